//! What rview writes: the selected part of a profile, in formats that other tools read.
//!
//! Everything here is a pure function from a profile and a selection to bytes. Whether there is
//! a file, and where, is for others to know.

mod folded;
mod json;
mod pprof;
mod speedscope;

pub use folded::folded;
pub(crate) use json::push_text as push_json_text;
pub use pprof::{pprof, pprof_uncompressed};
pub use speedscope::speedscope;
