//! The importer of Chrome traces on any bytes, as they are and cut into pieces.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rview_fuzz::chrome_trace(bytes));
