//! A foreign table of any bytes, CSV or a workbook, is read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suanli::import::table;

fuzz_target!(|bytes: &[u8]| {
    let _ = table::tables("fuzz", bytes);
});
