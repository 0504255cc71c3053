//! The importer of folded stacks on any bytes.
#![no_main]

rview_fuzz::fuzz_importer!("folded");
