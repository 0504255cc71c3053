//! The second pass: samples, in pieces of the file that are read at the same time.

use foldhash::HashMap;
use rayon::prelude::*;
use rview_core::{SortedStacks, StackList};

use super::MAX_VALUE_TYPES;
use super::ids::RowById;
use super::prune::Prune;
use super::wire::{Tables, field, note_broken};
use crate::protobuf::{End, Field, Fields};
use crate::{ImportError, Job, Report, Severity};

/// What the samples of a piece of the file hold. Locations are rows of their table, or one of
/// the two numbers after its last row: see [`Rows`].
#[derive(Debug, Default)]
pub(super) struct Chunk<'a> {
    /// The callers of the leaves.
    pub(super) callers: SortedStacks,
    pub(super) leaves: Vec<u32>,
    pub(super) values: Vec<i64>,
    /// How many of the values each sample has.
    pub(super) n_values: Vec<u16>,
    /// By sample: which of `sets`, counted from 1; 0 for none. Shorter than the samples where the
    /// last ones have none.
    pub(super) label_set: Vec<u32>,
    /// Each set of labels once, as rows of `labels`, one after the other.
    pub(super) sets: Vec<u32>,
    /// Where each set ends.
    pub(super) sets_end: Vec<usize>,
    /// Each label once: its bytes, and where they start in the file.
    pub(super) labels: Vec<(&'a [u8], usize)>,
    /// The locations in the order in which the samples meet them, each once.
    pub(super) met: Vec<u32>,
    pub(super) notes: Report,
}

/// Which location an id means.
#[derive(Debug)]
pub(super) struct Rows<'t> {
    pub(super) by_id: &'t RowById,
    pub(super) n_locations: u32,
}

impl Rows<'_> {
    /// Stands for a location that is not in the file.
    pub(super) fn unknown(&self) -> u32 {
        self.n_locations
    }

    /// Stands for the stack of a sample that has none.
    pub(super) fn empty_stack(&self) -> u32 {
        self.n_locations.saturating_add(1)
    }

    fn len(&self) -> usize {
        (self.n_locations as usize).saturating_add(2)
    }
}

/// Reads all samples.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    tables: &Tables<'a>,
    rows: &Rows<'_>,
    prune: &Prune,
    job: &Job,
) -> Result<Vec<Chunk<'a>>, ImportError> {
    let read_chunk = |range: &std::ops::Range<usize>| {
        job.progress(range.start as u64)?;
        let piece = bytes.get(range.clone()).unwrap_or_default();
        let mut decoder = Decoder::new(rows, prune, tables.sample_types.len());
        for field in Fields::new(piece, range.start).filter(|field| field.number == field::SAMPLE) {
            if let Some(fields) = field.message() {
                decoder.add(fields, field.start);
            }
        }
        Ok(decoder.finish())
    };
    match &tables.chunks[..] {
        [only] => Ok(vec![read_chunk(only)?]),
        chunks => chunks.par_iter().map(read_chunk).collect(),
    }
}

/// Reads the samples of one piece.
struct Decoder<'a, 't> {
    rows: &'t Rows<'t>,
    prune: &'t Prune,
    n_types: usize,
    chunk: Chunk<'a>,
    callers: StackList,
    /// By location, whether it is in `met`.
    is_met: Vec<bool>,
    label_rows: HashMap<&'a [u8], u32>,
    set_rows: HashMap<Box<[u32]>, u32>,
    /// The locations and labels of one sample, kept to be used again by the next.
    locations: Vec<u32>,
    labels: Vec<u32>,
}

impl<'a, 't> Decoder<'a, 't> {
    fn new(rows: &'t Rows<'t>, prune: &'t Prune, n_types: usize) -> Self {
        Self {
            rows,
            prune,
            n_types,
            chunk: Chunk::default(),
            callers: StackList::default(),
            is_met: vec![false; rows.len()],
            label_rows: HashMap::default(),
            set_rows: HashMap::default(),
            locations: Vec::new(),
            labels: Vec::new(),
        }
    }

    fn add(&mut self, mut fields: Fields<'a>, offset: usize) {
        self.locations.clear();
        self.labels.clear();
        let first_value = self.chunk.values.len();
        for field in fields.by_ref() {
            match field.number {
                1 => {
                    let rows = self.rows;
                    let mut ids = field.ints();
                    let row = |id| rows.by_id.row(id).unwrap_or(rows.unknown());
                    self.locations.extend(ids.by_ref().map(row));
                    self.note_broken_ints(ids.end(), &field);
                }
                2 => {
                    let mut values = field.ints();
                    self.chunk.values.extend(values.by_ref().map(u64::cast_signed));
                    self.note_broken_ints(values.end(), &field);
                }
                3 => self.add_label(&field),
                _ => {}
            }
        }
        note_broken(&fields, &mut self.chunk.notes);
        self.add_values(first_value, offset);
        self.add_stack(offset);
        self.add_label_set();
    }

    fn note_broken_ints(&mut self, end: End, field: &Field<'_>) {
        if end != End::Whole {
            self.chunk.notes.add(Severity::Loss, "broken-sample", 1, || {
                format!(
                    "the rest of a list of numbers cannot be read and is left out, \
                     first at byte {}",
                    field.start
                )
            });
        }
    }

    fn add_values(&mut self, first: usize, offset: usize) {
        let n_values = self.chunk.values.len().saturating_sub(first);
        if n_values != self.n_types {
            self.chunk.notes.add(Severity::Loss, "value-count", 1, || {
                format!(
                    "a sample with {n_values} values where the file has {} types of them keeps \
                     those that fit, first at byte {offset}",
                    self.n_types
                )
            });
        }
        let n_values = n_values.min(self.n_types).min(MAX_VALUE_TYPES);
        self.chunk.values.truncate(first.saturating_add(n_values));
        self.chunk.n_values.push(u16::try_from(n_values).unwrap_or_default());
    }

    fn add_stack(&mut self, offset: usize) {
        if self.locations.contains(&self.rows.unknown()) {
            self.chunk.notes.add(Severity::Repair, "unknown-location", 1, || {
                format!(
                    "a stack has a location that is not in the file; it is shown as [unknown], \
                     first at byte {offset}"
                )
            });
        }
        let locations = self.prune.pruned(&self.locations, &mut self.chunk.notes);
        let leaf = if let Some((&leaf, callers)) = locations.split_first() {
            self.callers.frames.extend(callers.iter().rev());
            leaf
        } else {
            self.chunk.notes.add(Severity::Info, "empty-stack", 1, || {
                format!("a sample without a stack is shown as [no stack], first at byte {offset}")
            });
            self.rows.empty_stack()
        };
        for &row in locations.iter().skip(1).rev().chain([&leaf]) {
            if let Some(is_met) = self.is_met.get_mut(row as usize)
                && !*is_met
            {
                *is_met = true;
                self.chunk.met.push(row);
            }
        }
        self.chunk.leaves.push(leaf);
        // A piece is far smaller than 4 GiB, but for a single sample that no file has.
        self.callers.frames.truncate(u32::MAX as usize);
        let end = u32::try_from(self.callers.frames.len()).unwrap_or_default();
        self.callers.end.push(end);
    }

    fn add_label(&mut self, field: &Field<'a>) {
        let Some(bytes) = field.bytes() else { return };
        let labels = &mut self.chunk.labels;
        let row = *self.label_rows.entry(bytes).or_insert_with(|| {
            labels.push((bytes, field.end.saturating_sub(bytes.len())));
            u32::try_from(labels.len()).unwrap_or_default().saturating_sub(1)
        });
        self.labels.push(row);
    }

    fn add_label_set(&mut self) {
        if self.labels.is_empty() {
            return;
        }
        let known = self.set_rows.get(&self.labels[..]).copied();
        let set = known.unwrap_or_else(|| {
            self.chunk.sets.extend(&self.labels);
            self.chunk.sets_end.push(self.chunk.sets.len());
            let set = u32::try_from(self.chunk.sets_end.len()).unwrap_or_default();
            self.set_rows.insert(self.labels[..].into(), set);
            set
        });
        let n_samples = self.chunk.leaves.len();
        self.chunk.label_set.resize(n_samples.saturating_sub(1), 0);
        self.chunk.label_set.push(set);
    }

    fn finish(mut self) -> Chunk<'a> {
        // Pieces wait until all are read, so what they took too much is given back.
        self.chunk.callers = self.callers.sorted();
        self.chunk.values.shrink_to_fit();
        self.chunk.sets.shrink_to_fit();
        self.chunk
    }
}
