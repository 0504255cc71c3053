//! Any bytes, opened as the app opens files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rview_fuzz::open(bytes));
