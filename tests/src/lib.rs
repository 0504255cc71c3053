//! What the tests of several crates share.

pub mod binary;
mod corpus;
pub mod counting;
mod digest;
mod dump;
mod fixture;
mod mutate;
mod program;
pub mod recording;
mod recount;
pub mod trial;
mod wrap;

pub use corpus::{CorpusFile, corpus, manifest};
pub use digest::digest;
pub use dump::{comparable, dump, dump_document};
pub use fixture::{Fixture, fixture_job, fixtures, fixtures_dir};
pub use mutate::{Random, mutate};
pub use program::{failure, json, json_of, run, rview, stdout};
pub use recount::{Sums, add_stack, recount, stack_names};
pub use wrap::{gzip, gzip_zeros, zstd};
