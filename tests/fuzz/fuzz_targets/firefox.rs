//! The importer of `firefox` on any bytes.
#![no_main]

rview_fuzz::fuzz_importer!("firefox");
