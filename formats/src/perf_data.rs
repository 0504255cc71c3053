//! Recordings of Linux `perf record`.
//!
//! A file is read in two passes. The first walks its records, unpacks what is packed and
//! finds in which order they happened; the second follows the processes in that order and adds
//! the samples. Names are looked up at the end, for the frames that samples met.
//!
//! ```text
//! header ─ where the parts are      record ─ sample ─ attr ─ one record and its fields
//! scan ─ first pass, index          events, features ─ what describes the recording
//! machine ─ processes, maps ─ theirs  modules ─ binaries and addresses in them
//! convert ─ second pass             chain ─ unwind ─ places ─ the stack of a sample
//! jit ─ code that was made meanwhile
//! tracepoint ─ fields of samples    sched ─ what threads and CPUs did
//! notes ─ what there is to tell     symbolize ─ names     wall_clock ─ the date
//! namespaces ─ who is in which container    details ─ one record, when somebody looks
//! ```
//!
//! Sources: `include/uapi/linux/perf_event.h` and
//! `tools/perf/Documentation/perf.data-file-format.txt` of Linux.

mod attr;
mod chain;
mod compressed;
mod convert;
mod details;
mod events;
mod features;
mod fields;
mod header;
mod jit;
mod losses;
mod machine;
mod maps;
mod modules;
mod namespaces;
mod notes;
mod places;
mod record;
mod sample;
mod scan;
mod sched;
mod symbolize;
mod tracepoint;
mod unwind;
mod wall_clock;

use rview_core::Profile;

use self::attr::Attr;
use self::convert::Converter;
use self::fields::{ByteOrder, Fields};
use self::header::{Form, Header, MAGIC_BIG, MAGIC_LITTLE, Section};
use self::places::Places;
use self::scan::Scan;
use self::symbolize::symbolize;
use crate::{Branch, Details, ImportError, Importer, Job, Severity, Source, Verdict};

/// The importer of `perf record`'s files.
pub(crate) struct PerfData;

const NAME: &str = "perf.data";

impl Importer for PerfData {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["data", "perf"]
    }

    fn probe(&self, head: &[u8]) -> Verdict {
        match head.first_chunk() {
            Some(MAGIC_LITTLE | MAGIC_BIG | b"PERFFILE" | b"ELIFFREP") => Verdict::Yes,
            _ => Verdict::No,
        }
    }

    fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError> {
        let header = Header::parse(source)?;
        let mut scan = Scan::new(source, header.order);
        match header.form {
            Form::File { attr_size, attrs, data, features } => {
                read_attrs(&mut scan, source, header, attrs, attr_size)?;
                if data.size == 0 {
                    note_unfinished(job);
                }
                read_features(&mut scan, source, header, (data, features), job);
                scan.walk(data.offset, data_end(source, data), job)?;
            }
            Form::Pipe { data } => scan.walk(data, source.len() as u64, job)?,
        }
        scan.name_events();
        scan.sort();
        scan.losses.note(job);

        let mut converter = Converter::new(&scan, header.order, job);
        converter.run(source.len(), job)?;
        let Places { mut builder, modules, .. } = converter.places;
        if builder.n_samples() == 0 {
            let hint = if scan.losses.has_lost_records() {
                "what was recorded was lost, as perf could not keep up: record with a larger \
                 buffer (`-m`) or a lower rate (`-F`)"
            } else {
                "no sample was taken: record for longer, or another event (`perf list`)"
            };
            return Err(ImportError::Empty { format: NAME, hint });
        }
        for (what, value) in &scan.features.facts {
            builder.fact(what, value);
        }
        let start = scan.features.wall_clock.and_then(|clock| clock.at(builder.origin_ns()));
        if let Some(start) = start {
            builder.fact("start", &start);
        }
        let clock = scan.events.rows().iter().find_map(|event| event.attr.clock());
        if let Some(clock) = clock {
            builder.fact("clock of times", clock);
        }
        symbolize(&builder.finish().0, &modules, job)
    }

    fn branches(&self, source: &Source, at: u64) -> Vec<Branch> {
        let branches = scan_for(source, at)
            .ok()
            .and_then(|(scan, order)| details::branches_at(&scan, at, order));
        branches.unwrap_or_default()
    }

    fn details(&self, source: &Source, at: u64) -> Details {
        let details = scan_for(source, at)
            .ok()
            .and_then(|(scan, order)| details::of_record(&scan, at, order));
        details.unwrap_or_default()
    }
}

/// Reads the section with the attributes of all events and their ids.
fn read_attrs(
    scan: &mut Scan<'_>,
    file: &[u8],
    header: Header,
    attrs: Section,
    attr_size: u64,
) -> Result<(), ImportError> {
    /// Offset and size of the ids, behind the attributes.
    const IDS_LEN: usize = 16;
    /// Where the header has the size of an entry.
    const ATTR_SIZE_AT: u64 = 16;
    /// Where the header has the section.
    const ATTRS_AT: u64 = 24;

    let entry_len = usize::try_from(attr_size).unwrap_or(usize::MAX);
    let Some(attr_len) = entry_len.checked_sub(IDS_LEN).filter(|&len| len > 0) else {
        return Err(malformed("the attributes of an event have a wrong size", ATTR_SIZE_AT));
    };
    // Many events may claim the same large section of ids.
    let mut ids_left = file.len() as u64 >> 3;
    for entry in attrs.of(file).chunks_exact(entry_len) {
        let (attr, ids) = entry.split_at_checked(attr_len).unwrap_or_default();
        let Some(attr) = Attr::read(attr, header.order) else {
            return Err(malformed("the attributes of an event are too short", attrs.offset));
        };
        let section = Section::read(&mut Fields::new(ids, header.order)).unwrap_or_default();
        let ids = section.of(file);
        let n_ids = (ids.len() as u64 >> 3).min(ids_left);
        ids_left = ids_left.saturating_sub(n_ids);
        let words = Fields::new(ids, header.order).words(n_ids);
        scan.events.push(attr, words.into_iter().flat_map(fields::Words::iter));
    }
    if scan.events.rows().is_empty() {
        return Err(malformed("the file has no attributes of an event", ATTRS_AT));
    }
    Ok(())
}

/// Reads what is behind the records, if perf got to write it.
fn read_features<'f>(
    scan: &mut Scan<'f>,
    file: &'f [u8],
    header: Header,
    (data, features): (Section, [u64; 4]),
    job: &Job,
) {
    if data.size == 0 {
        return;
    }
    let table = Section { offset: data.end(), size: u64::MAX };
    let read = scan.features.read_table(file, table, features, header.order);
    // Where the records are cut off as well, that is noted when they are read.
    if read.is_err() && data.end() <= file.len() as u64 {
        job.note(Severity::Unshown, "truncated", || {
            "the file is cut off behind its samples: of what describes the recording (host, \
             build ids, names of events) something is missing; copy the file again"
                .to_owned()
        });
    }
}

/// Where the records end.
fn data_end(file: &[u8], data: Section) -> u64 {
    if data.size == 0 { file.len() as u64 } else { data.end() }
}

fn note_unfinished(job: &Job) {
    job.note(Severity::Repair, "unfinished", || {
        "perf was killed before it could finish the file: records are read to the end of the \
         file, and what perf writes last is missing (host, build ids, event names)"
            .to_owned()
    });
}

/// Reads what says what the records mean, and the records that have to be unpacked to get at
/// the one at a place.
fn scan_for(source: &Source, at: u64) -> Result<(Scan<'_>, ByteOrder), ImportError> {
    let header = Header::parse(source)?;
    let mut scan = Scan::new(source, header.order);
    let job = Job::default();
    match header.form {
        Form::File { attr_size, attrs, data, features } => {
            read_attrs(&mut scan, source, header, attrs, attr_size)?;
            read_features(&mut scan, source, header, (data, features), &job);
            if at >= source.len() as u64 {
                scan.walk(data.offset, data_end(source, data), &job)?;
            }
        }
        Form::Pipe { data } => scan.walk(data, at.min(source.len() as u64), &job)?,
    }
    scan.name_events();
    Ok((scan, header.order))
}

/// An error about the header.
fn malformed(what: &'static str, offset: u64) -> ImportError {
    let hint = "copy the file again, or record again";
    ImportError::Malformed { format: NAME, what: what.into(), offset, hint }
}
