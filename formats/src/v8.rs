//! Profiles of V8, which Chrome and Node write: `.cpuprofile` and `.heapprofile`.
//!
//! Both are trees of calls. Samples name the node where the program was, and the time since the
//! sample before:
//!
//! ```json
//! {"nodes": [{"id": 1, "callFrame": {"functionName": "(root)"}, "children": [2]},
//!            {"id": 2, "callFrame": {"functionName": "work", "url": "a.js", "lineNumber": 4}}],
//!  "startTime": 1000, "samples": [2, 2, 1], "timeDeltas": [10, 125, 130]}
//! ```
//!
//! Sources: the domains `Profiler` and `HeapProfiler` of the `DevTools` protocol; for what was
//! before, the documentation of the `v8-profiler` package.

mod cpu_profile;
mod heap_profile;
mod samples;
mod tree;

pub(crate) use cpu_profile::{CpuProfile, Parts, nanoseconds};
pub(crate) use heap_profile::HeapProfile;
pub(crate) use samples::{ClockedSamples, Sampled, ValueTypes, note_without_node};
pub(crate) use tree::{Placed, Tree};
