//! The reader of binaries and their debug information on any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rview_fuzz::symbols(bytes));
