//! The importer of `speedscope` on any bytes.
#![no_main]

rview_fuzz::fuzz_importer!("speedscope");
