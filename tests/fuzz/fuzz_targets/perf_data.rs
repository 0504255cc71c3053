//! The importer of perf.data on any bytes.
#![no_main]

rview_fuzz::fuzz_importer!("perf.data");
