//! The profiles of pprof: Go, and everything that writes `profile.proto`.
//!
//! A file is one protobuf message, nearly always in gzip: tables of texts, mappings, functions
//! and locations that refer to each other by id, and samples that are lists of locations with
//! a value for each type of value:
//!
//! ```text
//! sample     values 3, 30000000     locations 5 2 1      labels bytes=512
//! location 5 mapping 1 at 0x4e277e  lines: Abs:12, inlined into loop:40
//! ```
//!
//! Source: `proto/profile.proto` of google/pprof, and what `go tool pprof` makes of it.

mod assemble;
pub(crate) mod facts;
mod ids;
mod legacy;
mod pattern;
mod places;
mod probe;
mod prune;
mod samples;
mod symbolize;
#[cfg(test)]
mod tests;
mod wire;

use rview_core::{Profile, ProfileBuilder, ThreadId, Unit, ValueTypeId};

use crate::{ImportError, Importer, Job, Severity, Source, Verdict};
use assemble::Pieces;
use places::{FunctionRows, Places};
use prune::Prune;
use samples::Rows;
use wire::Tables;

/// The importer of pprof profiles.
pub(crate) struct Pprof;

const NAME: &str = "pprof";

/// More types of values than any profiler has; the weights of each cost memory of their own.
const MAX_VALUE_TYPES: usize = 256;

/// Longer names of value types are cut: they are copied for each type.
const MAX_NAME_LEN: usize = 256;

impl Importer for Pprof {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["pprof", "pb", "prof", "gz"]
    }

    fn probe(&self, head: &[u8]) -> Verdict {
        if legacy::form(head).is_some() { Verdict::Yes } else { probe::probe(head) }
    }

    fn probe_outline(&self, bytes: &[u8]) -> Verdict {
        probe::probe_outline(bytes)
    }

    fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError> {
        if let Some(form) = legacy::form(source) {
            return symbolize::symbolize(legacy::import(form, source, job)?, job);
        }
        Recording::read(source, job)?.finish(job)
    }

    fn consume(&self, source: Source, job: &Job) -> Result<(Profile, Source), ImportError> {
        if legacy::form(&source).is_some() {
            return Ok((self.import(&source, job)?, source.release()));
        }
        let recording = Recording::read(&source, job)?;
        let source = source.release();
        Ok((recording.finish(job)?, source))
    }
}

/// All of a file, but for the stacks: they are not sorted yet.
struct Recording {
    builder: ProfileBuilder,
    thread: ThreadId,
    value_types: Vec<ValueTypeId>,
    samples: Pieces,
}

impl Recording {
    fn read(bytes: &[u8], job: &Job) -> Result<Self, ImportError> {
        let mut tables = Tables::read(bytes, job)?;
        if tables.strings.is_empty() {
            // Every whole file has the empty text; one that was cut between two fields has not.
            tables.end = tables.end.or(Some(bytes.len()));
        }
        check_tables(&tables, bytes.len())?;
        let mut builder = ProfileBuilder::default();
        let process = builder.process(0, "");
        let thread = builder.thread(process, 0, "");
        let value_types = add_value_types(&tables, &mut builder, job);
        facts::add(&tables, &mut builder);
        let functions = FunctionRows::new(&tables, job);
        let prune = Prune::new(&tables, &functions, job);
        let mut places = Places::new(&tables, functions, &prune, job);
        places.main_mapping(&mut builder);
        let by_id = places::location_rows(&tables, job);
        let n_locations = u32::try_from(tables.locations.len()).unwrap_or(ids::MAX_ROWS);
        let rows = Rows { by_id: &by_id, n_locations };
        let chunks = samples::read(bytes, &tables, &rows, &prune, job)?;
        let samples = Pieces::new(chunks, &rows, &mut places, &mut builder, job);
        if let Some(offset) = tables.end {
            job.note(Severity::Loss, "truncated", || {
                format!(
                    "the file is cut or damaged at byte {offset}: what follows is left out, \
                     names among it show as [unknown]; fetch or copy the file again"
                )
            });
        }
        Ok(Self { builder, thread, value_types, samples })
    }

    fn finish(mut self, job: &Job) -> Result<Profile, ImportError> {
        self.samples.add_to(&mut self.builder, self.thread, &self.value_types, job);
        symbolize::symbolize(self.builder.finish().0, job)
    }
}

/// Whether there is anything to show.
fn check_tables(tables: &Tables<'_>, len: usize) -> Result<(), ImportError> {
    if tables.n_samples == 0 {
        return Err(match tables.end {
            Some(offset) => ImportError::Malformed {
                format: NAME,
                what: "the file ends before its first sample".into(),
                offset: offset as u64,
                hint: "fetch or copy the file again",
            },
            None => ImportError::Empty { format: NAME, hint: "record for a longer time" },
        });
    }
    if tables.sample_types.is_empty() {
        return Err(ImportError::Malformed {
            format: NAME,
            what: "no sample type says what the samples count".into(),
            offset: tables.end.unwrap_or(len) as u64,
            hint: "record it again",
        });
    }
    Ok(())
}

/// Adds the types of values, and chooses the one that pprof shows first.
fn add_value_types(
    tables: &Tables<'_>,
    builder: &mut ProfileBuilder,
    job: &Job,
) -> Vec<ValueTypeId> {
    let n_left_out = tables.sample_types.len().saturating_sub(MAX_VALUE_TYPES);
    job.note_many(Severity::Loss, "value-types", n_left_out as u64, || {
        format!("only the first {MAX_VALUE_TYPES} types of values are shown")
    });
    let short = |string| {
        let bytes = tables.bytes(string).unwrap_or_default();
        String::from_utf8_lossy(bytes.get(..MAX_NAME_LEN).unwrap_or(bytes))
    };
    let mut ids = Vec::new();
    let mut default = None;
    let default_name = tables.bytes(tables.default_sample_type).unwrap_or_default();
    for (number, value_type) in (1..).zip(tables.sample_types.iter().take(MAX_VALUE_TYPES)) {
        let unit = Unit::from_name(&short(value_type.unit));
        let id = match short(value_type.name) {
            // The names of a file that was cut are gone.
            name if name.is_empty() => builder.value_type(&format!("value {number}"), unit),
            name => builder.value_type(&name, unit),
        };
        ids.push(id);
        let name = tables.bytes(value_type.name).unwrap_or_default();
        if !name.is_empty() && name == default_name {
            default = default.or(Some(id));
        }
    }
    if let Some(default) = default.or(ids.last().copied()) {
        builder.set_default_value_type(default);
    }
    ids
}
