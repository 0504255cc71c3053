//! The importer of the text of `perf script` on any bytes.
#![no_main]

rview_fuzz::fuzz_importer!("perf-script");
