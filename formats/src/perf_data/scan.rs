//! The first pass over a recording: unpacks it, reads what describes it, and finds in which
//! order its records happened.
//!
//! perf writes the buffers of the CPUs one after the other, so the file is in order of time
//! only by stretches. The index has the time and the place of each record that matters to the
//! second pass, and is sorted by time; equal times keep the order of the file.

use std::time::SystemTime;

use super::attr::Attr;
use super::compressed::{UnpackError, Unpacked};
use super::events::Events;
use super::features::Features;
use super::fields::{ByteOrder, until_zero};
use super::losses::Losses;
use super::record::{NoRecord, Record, kind};
use crate::{ImportError, Job, Severity, Source};

/// How many records are read between two looks at whether the user has cancelled.
const PROGRESS_EVERY: u64 = 1 << 14;

/// What the first pass found.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    file: &'a [u8],
    /// When the recording was complete.
    pub(super) until: Option<SystemTime>,
    order: ByteOrder,
    unpacked: Unpacked,
    /// Up to where the unpacked bytes are walked.
    walked: usize,
    /// How far packed records can be trusted.
    packed: Packed,
    pub(super) events: Events,
    pub(super) features: Features<'a>,
    pub(super) losses: Losses,
    index: Vec<Entry>,
    /// The time at which a record without one happened: the end of the round before the last.
    round_ns: u64,
    latest_ns: u64,
    /// Whether the recording goes on behind what can be read of it.
    is_cut: bool,
}

/// When a record happened and where it is: in the file, or behind its end in what is unpacked.
#[derive(Clone, Copy, Debug)]
struct Entry {
    time_ns: u64,
    at: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packed {
    Fine,
    /// Something in the stream was wrong: what comes later cannot be unpacked.
    Broken,
}

impl<'a> Scan<'a> {
    pub(super) fn new(source: &'a Source, order: ByteOrder) -> Self {
        let file: &[u8] = source;
        Self {
            file,
            until: source.modified(),
            order,
            unpacked: Unpacked::new(file.len()),
            walked: 0,
            packed: Packed::Fine,
            events: Events::new(order),
            features: Features::default(),
            losses: Losses::default(),
            index: Vec::new(),
            round_ns: 0,
            latest_ns: 0,
            is_cut: false,
        }
    }

    /// Walks the records from `start` to `end`, or to where the file is cut or broken.
    pub(super) fn walk(&mut self, start: u64, end: u64, job: &Job) -> Result<(), ImportError> {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let end = usize::try_from(end).unwrap_or(usize::MAX);
        let file = self.file.get(..end).unwrap_or(self.file);
        let mut at = start;
        let mut n_records = 0_u64;
        loop {
            let rest = file.get(at..).unwrap_or_default();
            match Record::read(rest, self.order) {
                Ok(record) => {
                    self.visit(&record, at as u64, job);
                    let len = record.len().saturating_add(payload_len(&record, self.order));
                    at = at.saturating_add(len);
                }
                Err(NoRecord::End) if at == end => break,
                Err(NoRecord::End | NoRecord::Cut) => {
                    self.is_cut = true;
                    note_cut(job, at.min(file.len()), rest.len());
                    break;
                }
                Err(NoRecord::Broken) => {
                    self.is_cut = true;
                    note_broken(job, at, rest.len());
                    break;
                }
            }
            n_records = n_records.wrapping_add(1);
            if n_records.is_multiple_of(PROGRESS_EVERY) {
                // The first pass is much the shorter one.
                job.progress(at as u64 >> 3)?;
            }
        }
        let unwalked = self.unpacked.bytes().len().saturating_sub(self.walked);
        if unwalked > 0 && self.packed == Packed::Fine {
            job.note(Severity::Loss, "truncated", || {
                format!(
                    "the compressed records end inside a record; its last {unwalked} bytes are \
                     left out"
                )
            });
        }
        Ok(())
    }

    /// Gives the events their names, once all there is of them is read.
    pub(super) fn name_events(&mut self) {
        self.features.name_events(&mut self.events);
    }

    /// One record of the file.
    fn visit(&mut self, record: &Record<'a>, at: u64, job: &Job) {
        match record.kind {
            kind::COMPRESSED => self.unpack(record.body, at, job),
            kind::COMPRESSED2 => {
                let mut fields = record.fields(self.order);
                let chunk = fields.u64().and_then(|len| fields.bytes(len));
                match chunk {
                    Some(chunk) => self.unpack(chunk, at, job),
                    None => self.losses.bad_record(at),
                }
            }
            kind::HEADER_ATTR => self.read_attr(record, at),
            kind::EVENT_UPDATE => {
                self.read_update(record);
            }
            kind::HEADER_FEATURE => {
                let mut fields = record.fields(self.order);
                if let Some(feature) = fields.u64() {
                    self.features.read(feature, fields.rest(), self.order);
                }
            }
            kind::TRACING_DATA => {
                // The formats follow the record.
                let start = usize::try_from(at).ok().and_then(|at| at.checked_add(record.len()));
                let rest = start.and_then(|start| self.file.get(start..)).unwrap_or_default();
                let len = payload_len(record, self.order);
                self.features.tracepoints = rest.get(..len).unwrap_or(rest);
            }
            kind::BUILD_ID => {
                self.features.read_build_id(record, self.order);
            }
            _ => self.visit_event(record, at),
        }
    }

    /// One record that may also be in the packed part.
    fn visit_event(&mut self, record: &Record<'_>, at: u64) {
        match record.kind {
            kind::SAMPLE
            | kind::MMAP
            | kind::MMAP2
            | kind::COMM
            | kind::FORK
            | kind::EXIT
            | kind::KSYMBOL
            | kind::NAMESPACES
            | kind::SWITCH
            | kind::SWITCH_CPU_WIDE => {
                let time = self.events.time_of(record, record.kind == kind::SAMPLE);
                let time_ns = time.unwrap_or(self.round_ns);
                self.latest_ns = self.latest_ns.max(time_ns);
                self.index.push(Entry { time_ns, at });
            }
            kind::FINISHED_ROUND => self.round_ns = self.latest_ns,
            _ => {
                self.losses.count(record, &self.events, self.order);
                if matches!(record.kind, kind::LOST | kind::LOST_SAMPLES | kind::THROTTLE)
                    && let Some(time_ns) = self.events.time_of(record, false)
                {
                    self.latest_ns = self.latest_ns.max(time_ns);
                    self.index.push(Entry { time_ns, at });
                }
            }
        }
    }

    /// Unpacks a chunk and walks the records that are whole with it.
    fn unpack(&mut self, chunk: &[u8], at: u64, job: &Job) {
        if self.packed == Packed::Broken {
            return;
        }
        if let Err(err) = self.unpacked.push(chunk) {
            self.packed = Packed::Broken;
            job.note(Severity::Loss, "bad-compression", || match err {
                UnpackError::Broken => format!(
                    "the compressed records break at byte {at}; what follows them in the file \
                     is left out"
                ),
                UnpackError::TooLarge => format!(
                    "the compressed records unpack to more than 300 times the file; what \
                     follows byte {at} is left out"
                ),
            });
        }
        // The unpacked bytes are lent to each record while the index grows.
        let unpacked = std::mem::replace(&mut self.unpacked, Unpacked::new(0));
        let behind_file = self.file.len() as u64;
        loop {
            let rest = unpacked.bytes().get(self.walked..).unwrap_or_default();
            match Record::read(rest, self.order) {
                Ok(record) => {
                    let at = behind_file.saturating_add(self.walked as u64);
                    self.visit_event(&record, at);
                    self.walked = self.walked.saturating_add(record.len());
                }
                Err(NoRecord::End | NoRecord::Cut) => break,
                Err(NoRecord::Broken) => {
                    self.packed = Packed::Broken;
                    note_broken(job, usize::try_from(at).unwrap_or_default(), rest.len());
                    break;
                }
            }
        }
        self.unpacked = unpacked;
    }

    /// An event of a pipe: its attributes, then its ids.
    fn read_attr(&mut self, record: &Record<'_>, at: u64) {
        let size = Attr::size_of_entry(record.body, self.order);
        let attr = Attr::read(record.body, self.order);
        let (Some(size), Some(attr)) = (size, attr) else {
            self.losses.bad_record(at);
            return;
        };
        let mut fields = record.fields(self.order);
        let mut ids = None;
        if fields.bytes(size.into()).is_some() {
            ids = fields.words(fields.rest().len() as u64 >> 3);
        }
        self.events.push(attr, ids.into_iter().flat_map(super::fields::Words::iter));
    }

    /// What perf adds to an event; a name is of use.
    fn read_update(&mut self, record: &Record<'_>) -> Option<()> {
        const NAME: u64 = 2;
        let mut fields = record.fields(self.order);
        if fields.u64()? == NAME {
            let id = fields.u64()?;
            let name = until_zero(fields.rest());
            if !name.is_empty() {
                self.events.set_name(id, name);
            }
        }
        Some(())
    }

    /// Puts the records in order of time.
    pub(super) fn sort(&mut self) {
        // Stable, and linear in what is sorted already: it merges the stretches of the CPUs.
        self.index.sort_by_key(|entry| entry.time_ns);
    }

    /// The time of the last record, if the recording was to go on behind it.
    pub(super) fn cut_ns(&self) -> Option<u64> {
        (self.is_cut && self.latest_ns > 0).then_some(self.latest_ns)
    }

    /// The time of the last record, if all are there that were to be: what the recording does
    /// not say until then has not happened.
    pub(super) fn whole_until_ns(&self) -> Option<u64> {
        (!self.is_cut && !self.losses.has_lost_records()).then_some(self.latest_ns)
    }

    /// Number of records in the index.
    pub(super) fn n_records(&self) -> usize {
        self.index.len()
    }

    /// The times and places of the records in the index, in order.
    pub(super) fn places(&self) -> impl Iterator<Item = (u64, u64)> {
        self.index.iter().map(|entry| (entry.time_ns, entry.at))
    }

    /// The record at a place.
    #[inline]
    pub(super) fn record(&self, at: u64) -> Option<Record<'_>> {
        let at = usize::try_from(at).ok()?;
        let rest = match self.file.get(at..) {
            Some(rest) if at < self.file.len() => rest,
            _ => self.unpacked.bytes().get(at.checked_sub(self.file.len())?..)?,
        };
        Record::read(rest, self.order).ok()
    }

    /// Where a place is in the file, for people.
    pub(super) fn offset_of(&self, at: u64) -> String {
        match at.checked_sub(self.file.len() as u64) {
            None => format!("byte {at}"),
            Some(unpacked) => format!("byte {unpacked} of what the compressed records unpack to"),
        }
    }
}

/// How many bytes follow a record that its size does not count.
fn payload_len(record: &Record<'_>, order: ByteOrder) -> usize {
    let mut fields = record.fields(order);
    let len = match record.kind {
        kind::AUXTRACE => fields.u64(),
        kind::TRACING_DATA => fields.u32().map(u64::from),
        _ => None,
    };
    usize::try_from(len.unwrap_or_default()).unwrap_or(usize::MAX)
}

fn note_cut(job: &Job, at: usize, n_bytes: usize) {
    job.note(Severity::Loss, "truncated", || {
        format!(
            "the file is cut off: the last whole record ends at byte {at}, the {n_bytes} bytes \
             behind it are left out; copy the file again, or let perf end by itself"
        )
    });
}

fn note_broken(job: &Job, at: usize, n_bytes: usize) {
    job.note(Severity::Loss, "bad-record", || {
        format!(
            "the record at byte {at} gives a size smaller than its header; the {n_bytes} bytes \
             from there on are left out"
        )
    });
}
