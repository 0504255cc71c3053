//! The importer of `cpuprofile` on any bytes.
#![no_main]

rview_fuzz::fuzz_importer!("cpuprofile");
