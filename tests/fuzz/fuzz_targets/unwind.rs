//! The unwinding of a recording's stacks by the tables of any binary.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rview_fuzz::unwind(bytes));
