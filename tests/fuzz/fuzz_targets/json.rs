//! The scanner that all importers of JSON share, on any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rview_fuzz::json(bytes));
