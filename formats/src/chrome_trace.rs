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
mod stacks;
mod states;
mod threads;

use rview_core::Profile;

use crate::{Details, ImportError, Importer, Job, Source, Verdict};
use ahead::Pieces;
use recording::Recording;

/// The importer of Chrome Trace Event JSON.
pub(crate) struct ChromeTrace;

/// How the format is called in messages.
const FORMAT: &str = "chrome-trace";

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
        import(source, Pieces::for_all_threads(), job).map(|(profile, _)| profile)
    }

    fn consume(&self, source: Source, job: &Job) -> Result<(Profile, Source), ImportError> {
        let (profile, frames_at) = import(&source, Pieces::for_all_threads(), job)?;
        Ok((profile, source.with_table_at(frames_at)))
    }

    fn can_preview(&self) -> bool {
        true
    }

    fn details(&self, source: &Source, at: u64) -> Details {
        let details = |at| stacks::details(source, at, source.table_at());
        usize::try_from(at).map(details).unwrap_or_default()
    }

    fn arguments(&self, source: &Source, at: u64) -> Details {
        usize::try_from(at).map(|at| stacks::arguments(source, at)).unwrap_or_default()
    }
}

/// Imports a file cut into pieces of other sizes, for tests on any bytes.
pub(crate) fn import_in_pieces(
    source: &Source,
    len: usize,
    n_together: usize,
    job: &Job,
) -> Result<Profile, ImportError> {
    import(source, Pieces { len, n_together }, job).map(|(profile, _)| profile)
}

/// Reads a file in pieces; also where the frames of stacks are in it.
fn import(
    source: &Source,
    pieces: Pieces,
    job: &Job,
) -> Result<(Profile, Option<usize>), ImportError> {
    if probe::is_systrace_page(source.get(..crate::PROBE_LEN).unwrap_or(source)) {
        return Err(ImportError::Unsupported {
            format: FORMAT,
            what: "a systrace inside an HTML page".into(),
            hint: "record with Perfetto, or save the trace as JSON",
        });
    }
    let mut recording = Recording::new(job);
    file::read(source, pieces, &mut recording)?;
    if recording.n_events() == 0 {
        let hint = "there is no event in it; record again";
        return Err(ImportError::Empty { format: FORMAT, hint });
    }
    let frames_at = recording.samples_mut().frames_at();
    Ok((recording.finish(source)?, frames_at))
}

#[cfg(test)]
mod tests;
