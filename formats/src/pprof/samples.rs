//! The second pass: samples.

use rustc_hash::FxHashMap;
use rview_core::{
    FrameId, Label, LabelValue, ProfileBuilder, Sample, StackId, ThreadId, ValueTypeId,
};

use super::places::{Places, UNKNOWN_LOCATION};
use super::prune::Prune;
use super::wire::{field, note_broken};
use crate::protobuf::{End, Field, Fields};
use crate::{ImportError, Job, Severity};

/// Adds the samples of a file to the profile under construction.
pub(super) struct Samples<'a, 'b> {
    pub(super) builder: &'b mut ProfileBuilder,
    pub(super) places: Places<'a, 'b>,
    pub(super) prune: &'b Prune,
    pub(super) job: &'b Job,
    pub(super) thread: ThreadId,
    pub(super) value_types: Vec<ValueTypeId>,
    pub(super) callers: Callers,
    pub(super) scratch: Scratch,
    /// Labels by their bytes: many samples have the same.
    pub(super) labels: FxHashMap<&'a [u8], Label>,
}

/// What one sample holds, kept to be used again by the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Rows of locations, the leaf first.
    locations: Vec<u32>,
    values: Vec<i64>,
    labels: Vec<Label>,
}

/// The callers of the sample before: samples that follow each other often share the first.
#[derive(Debug, Default)]
pub(super) struct Callers {
    /// Root first.
    path: Vec<(u32, StackId)>,
}

impl<'a> Samples<'a, '_> {
    /// Reads all samples.
    pub(super) fn read(&mut self, bytes: &'a [u8]) -> Result<(), ImportError> {
        let mut n_samples = 0_u64;
        for field in Fields::new(bytes, 0).filter(|field| field.number == field::SAMPLE) {
            if let Some(fields) = field.message() {
                self.add(fields, field.start);
            }
            n_samples = n_samples.wrapping_add(1);
            if n_samples.is_multiple_of(4096) {
                self.job.progress(field.end as u64)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, mut fields: Fields<'a>, offset: usize) {
        self.scratch.locations.clear();
        self.scratch.values.clear();
        self.scratch.labels.clear();
        for field in fields.by_ref() {
            match field.number {
                1 => {
                    let places = &self.places;
                    let mut ids = field.ints();
                    self.scratch.locations.extend(ids.by_ref().map(|id| places.location(id)));
                    self.note_broken_ints(ids.end(), &field);
                }
                2 => {
                    let mut values = field.ints();
                    self.scratch.values.extend(values.by_ref().map(u64::cast_signed));
                    self.note_broken_ints(values.end(), &field);
                }
                3 => self.add_label(&field),
                _ => {}
            }
        }
        note_broken(&fields, self.job);
        self.finish(offset);
    }

    fn note_broken_ints(&self, end: End, field: &Field<'_>) {
        if end != End::Whole {
            self.job.note(Severity::Loss, "broken-sample", || {
                format!(
                    "the rest of a list of numbers cannot be read and is left out, \
                     first at byte {}",
                    field.start
                )
            });
        }
    }

    /// Adds the sample in `scratch`.
    fn finish(&mut self, offset: usize) {
        if self.scratch.locations.contains(&UNKNOWN_LOCATION) {
            self.job.note(Severity::Repair, "unknown-location", || {
                format!(
                    "a stack has a location that is not in the file; it is shown as [unknown], \
                     first at byte {offset}"
                )
            });
        }
        let locations = self.prune.pruned(&self.scratch.locations, self.job);
        let (leaf, callers) = if let Some((&leaf, callers)) = locations.split_first() {
            let callers = self.callers.stack(self.builder, &mut self.places, callers);
            (self.places.frame(self.builder, leaf), callers)
        } else {
            self.job.note(Severity::Info, "empty-stack", || {
                format!("a sample without a stack is shown as [no stack], first at byte {offset}")
            });
            (self.places.empty_stack(self.builder), None)
        };
        let labels = self.builder.label_set(&self.scratch.labels);
        let thread = self.thread;
        self.builder.sample(Sample { time_ns: None, thread, callers, leaf, labels });
        self.add_weights(offset);
    }

    fn add_weights(&mut self, offset: usize) {
        let values = &self.scratch.values;
        if values.len() != self.value_types.len() {
            self.job.note(Severity::Loss, "value-count", || {
                format!(
                    "a sample with {} values where the file has {} types of them keeps those \
                     that fit, first at byte {offset}",
                    values.len(),
                    self.value_types.len()
                )
            });
        }
        for (&value_type, &value) in self.value_types.iter().zip(values) {
            if self.builder.weight(value_type, value).is_err() {
                self.job.note(Severity::Loss, "weight-overflow", || {
                    format!(
                        "a value makes the sum too large and is left out, first at byte {offset}"
                    )
                });
            }
        }
    }

    fn add_label(&mut self, field: &Field<'a>) {
        let Some(bytes) = field.bytes() else { return };
        if let Some(&label) = self.labels.get(bytes) {
            self.scratch.labels.push(label);
            return;
        }
        match self.new_label(field) {
            Some(label) => {
                self.labels.insert(bytes, label);
                self.scratch.labels.push(label);
            }
            None => self.job.note(Severity::Loss, "label-without-key", || {
                format!("a label without a key is left out, first at byte {}", field.start)
            }),
        }
    }

    fn new_label(&mut self, field: &Field<'a>) -> Option<Label> {
        let mut fields = field.message()?;
        let (mut key, mut text, mut number, mut unit) = (0, 0, 0, 0);
        for field in fields.by_ref() {
            match (field.number, field.int()) {
                (1, Some(row)) => key = row,
                (2, Some(row)) => text = row,
                (3, Some(value)) => number = value.cast_signed(),
                (4, Some(row)) => unit = row,
                _ => {}
            }
        }
        note_broken(&fields, self.job);
        let key = self.places.string(self.builder, key)?;
        let mut string = |row| {
            let string = self.places.string(self.builder, row);
            string.unwrap_or_else(|| self.builder.string(""))
        };
        let value = match text {
            0 => LabelValue::Number(number, string(unit)),
            text => LabelValue::Text(string(text)),
        };
        Some(Label { key, value })
    }
}

impl Callers {
    /// The stack of call sites, given as rows of locations, leaf first.
    fn stack(
        &mut self,
        builder: &mut ProfileBuilder,
        places: &mut Places<'_, '_>,
        callers: &[u32],
    ) -> Option<StackId> {
        let mut root_first = callers.iter().rev();
        let n_shared =
            self.path.iter().zip(root_first.clone()).take_while(|((a, _), b)| a == *b).count();
        self.path.truncate(n_shared);
        let mut stack = self.path.last().map(|&(_, stack)| stack);
        for &location in root_first.by_ref().skip(n_shared) {
            let frame: FrameId = places.frame(builder, location);
            let next = builder.stack(stack, frame);
            self.path.push((location, next));
            stack = Some(next);
        }
        stack
    }
}
