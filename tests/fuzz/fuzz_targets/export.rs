//! The pprof profile that is written of one that was read of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rview_fuzz::round_trip(bytes));
