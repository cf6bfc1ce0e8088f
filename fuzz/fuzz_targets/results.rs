//! A results file of any bytes is read or refused, and what is read has a sheet.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use suanli::results::Results;
use suanli::sheet::Sheet;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(results) = Results::parse(Path::new("fuzz.json"), bytes) {
        let _ = Sheet::new(&[results], &[]);
    }
});
