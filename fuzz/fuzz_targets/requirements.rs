//! Requirements of any bytes are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suanli::tender;

fuzz_target!(|bytes: &[u8]| {
    let _ = tender::of_bytes("fuzz.toml", bytes);
});
