//! The importer of `heapprofile` on any bytes.
#![no_main]

rview_fuzz::fuzz_importer!("heapprofile");
