//! Reads the profile formats rview knows, from bytes to a [`Profile`](rview_core::Profile).
//!
//! The bytes come from other people's programs. So no input may make this crate panic, loop
//! for ever or allocate more than a small multiple of the file; the fuzz targets hold it to
//! that, and the lints below forbid the usual ways to break it.
//!
//! # Adding a format
//!
//! 1. Write `src/<format>.rs` with a unit struct that implements [`Importer`].
//! 2. Add it to [`IMPORTERS`].
//! 3. Put small recordings in `tests/fixtures/<format>/` and say in the `README.md` there how
//!    they were made, with what the producing tool says of them. `tests/tests/import.rs` finds
//!    and checks them.
//!
//! There is no step 4: file dialog, fuzz target and docs are made from the table.
#![warn(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic)]

mod chrome_trace;
mod document;
mod error;
pub mod export;
mod firefox;
mod folded;
#[doc(hidden)]
pub mod fuzzing;
mod import;
mod json;
pub mod merge;
mod perf_data;
mod perf_script;
mod pprof;
mod precision;
mod protobuf;
mod reader;
mod registry;
mod report;
pub mod source;
mod speedscope;
pub mod symbols;
mod v8;

pub use document::{Document, Input, Load, open, open_with_preview};
pub use error::ImportError;
pub use import::{Branch, Details, DropFrames, Importer, Job, Options, Verdict};
pub use reader::Reader;
pub use registry::{IMPORTERS, PROBE_LEN, detect};
pub use report::{Note, Report, Severity};
pub use source::{CutWatch, Source};
