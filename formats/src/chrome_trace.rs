//! Chrome Trace Event JSON: what Chrome, `PyTorch`, Bazel, `VizTracer` and hundreds of small
//! tracers write.
//!
//! A file is an array of events, or an object with such an array under `traceEvents`:
//!
//! ```text
//! {"traceEvents": [
//!   {"ph": "X", "name": "paint", "cat": "gfx", "pid": 1, "tid": 1, "ts": 10.5, "dur": 3},
//!   {"ph": "M", "name": "thread_name", "pid": 1, "tid": 1, "args": {"name": "main"}}
//! ]}
//! ```
//!
//! Events come in any order, and often in the middle of being written. Source: the "Trace Event
//! Format" document of the Chromium project; where it says nothing, Perfetto's trace processor.
//!
//! Scanning bytes to an [`Event`](event::Event) knows nothing of other events, and applying it
//! to the [`Recording`](recording::Recording) knows nothing of the bytes around it. What needs
//! the order of time (`B` with `E`, asynchronous operations, flows) is collected first.

mod ahead;
mod array;
mod async_events;
mod begin_end;
mod counters;
mod event;
mod file;
mod flows;
mod id;
mod log;
mod metadata;
mod names;
mod probe;
mod recording;
mod samples;
mod states;
mod threads;

use rview_core::Profile;

use crate::json::flat;
use crate::{Details, ImportError, Importer, Job, Source, Verdict};
use ahead::Pieces;
use recording::Recording;

/// The importer of Chrome Trace Event JSON.
pub(crate) struct ChromeTrace;

/// How the format is called in messages.
const FORMAT: &str = "chrome-trace";

/// The keys of an event that its slice or marker shows already.
const SHOWN: [&[u8]; 8] = [b"name", b"ph", b"ts", b"dur", b"pid", b"tid", b"s", b"args"];

impl Importer for ChromeTrace {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json", "trace"]
    }

    fn probe(&self, head: &[u8]) -> Verdict {
        probe::probe(head)
    }

    fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError> {
        if probe::is_systrace_page(source.get(..crate::PROBE_LEN).unwrap_or(source)) {
            return Err(ImportError::Unsupported {
                format: FORMAT,
                what: "a systrace inside an HTML page".into(),
                hint: "record with Perfetto, or save the trace as JSON",
            });
        }
        let mut recording = Recording::new(job);
        file::read(source, Pieces::for_all_threads(), &mut recording)?;
        if recording.n_events() == 0 {
            let hint = "there is no event in it; record again";
            return Err(ImportError::Empty { format: FORMAT, hint });
        }
        recording.finish(source)
    }

    fn can_preview(&self) -> bool {
        true
    }

    fn details(&self, source: &Source, at: u64) -> Details {
        usize::try_from(at).map(|at| flat(source, at, &SHOWN)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
