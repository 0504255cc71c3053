//! The processed profile format of the Firefox Profiler, which samply writes too.
//!
//! Tables of columns, for each thread or shared by all: a sample names a stack, a stack its
//! caller and a frame, a frame a function, a function a string.
//!
//! ```text
//! samples.stack → stackTable.prefix, .frame → frameTable.func, .line → funcTable.name → stringArray
//! ```
//!
//! Times are milliseconds since `meta.startTime`. What Firefox itself writes, the Gecko format,
//! has other tables. Source: `profile.js` among the types of the Firefox Profiler, and its
//! changelog of formats.

mod counters;
mod markers;
mod places;
mod samples;
mod table;
mod threads;

use rview_core::Profile;

use crate::json::{Elements, Fields, Value, flat};
use crate::{Details, ImportError, Importer, Job, Severity, Source, Verdict};
use threads::Importing;

/// The importer of processed profiles of Firefox.
pub(crate) struct Firefox;

const FORMAT: &str = "firefox";

impl Importer for Firefox {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["json", "json.gz"]
    }

    fn probe(&self, head: &[u8]) -> Verdict {
        let (mut has_meta, mut has_threads) = (false, false);
        for (key, value) in Fields::new(head) {
            match key.raw {
                b"meta" => {
                    for (key, _) in Fields::of(value) {
                        match key.raw {
                            b"preprocessedProfileVersion" => return Verdict::Yes,
                            b"categories" | b"stackwalk" | b"processType" => has_meta = true,
                            _ => {}
                        }
                    }
                }
                b"threads" => {
                    let mut keys = Elements::of(value).take(1).flat_map(Fields::of);
                    has_threads = keys.any(|(key, _)| {
                        matches!(key.raw, b"stackTable" | b"frameTable" | b"samples" | b"markers")
                    });
                }
                _ => {}
            }
        }
        match (has_meta, has_threads) {
            (true, true) => Verdict::Yes,
            (true, false) | (false, true) => Verdict::Perhaps,
            (false, false) => Verdict::No,
        }
    }

    fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError> {
        let mut file = File::default();
        let mut fields = Fields::new(source);
        for (key, value) in &mut fields {
            match key.raw {
                b"meta" => file.meta = value,
                b"libs" => file.libs = value,
                b"shared" => file.shared = value,
                b"threads" => file.threads = value,
                b"counters" => file.counters = value,
                _ => {}
            }
        }
        fields.note_end(job);
        if Elements::of(file.threads).any(is_gecko) {
            return Err(ImportError::Unsupported {
                format: FORMAT,
                what: "the Gecko format, which Firefox writes itself,".into(),
                hint: "open it in profiler.firefox.com and save it from there",
            });
        }
        job.progress(source.len() as u64 / 8)?;
        let mut importing = Importing::new(source, job, &file);
        for thread in Elements::of(file.threads) {
            if thread.object().is_none() {
                job.note(Severity::Loss, "not-a-thread", || {
                    "the list of threads holds something else, which is left out".to_owned()
                });
                continue;
            }
            importing.add_thread(thread)?;
        }
        importing.add_counters(file.counters)?;
        importing.finish()
    }

    fn details(&self, source: &Source, at: u64) -> Details {
        usize::try_from(at).map(|at| flat(source, at, &[])).unwrap_or_default()
    }
}

/// What is at the top of the file.
#[derive(Clone, Copy, Debug)]
struct File<'a> {
    meta: Value<'a>,
    libs: Value<'a>,
    shared: Value<'a>,
    threads: Value<'a>,
    counters: Value<'a>,
}

impl Default for File<'_> {
    fn default() -> Self {
        let none = Value::Word(b"null");
        Self { meta: none, libs: none, shared: none, threads: none, counters: none }
    }
}

/// Whether the tables of a thread are rows with a schema.
fn is_gecko(thread: Value<'_>) -> bool {
    let table = Fields::of(thread).find(|(key, _)| matches!(key.raw, b"samples" | b"stackTable"));
    table.is_some_and(|(_, table)| Fields::of(table).any(|(key, _)| key.raw == b"schema"))
}

/// Where a part of the file is in it.
fn offset_of(file: &[u8], part: &[u8]) -> u64 {
    part.as_ptr().addr().saturating_sub(file.as_ptr().addr()) as u64
}
