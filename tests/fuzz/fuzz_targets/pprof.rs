//! The importer of pprof on any bytes.
#![no_main]

rview_fuzz::fuzz_importer!("pprof");
