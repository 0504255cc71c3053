//! The importer of Chrome traces on any bytes.
#![no_main]

rview_fuzz::fuzz_importer!("chrome-trace");
