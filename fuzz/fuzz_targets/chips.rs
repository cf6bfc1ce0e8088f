//! A file of chips of any bytes is read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suanli::chips;

fuzz_target!(|text: &str| {
    let _ = chips::of_texts(&chips::built_in(), &[("fuzz.toml".into(), text.into())]);
});
