//! From the pieces of the samples to the profile under construction.
//!
//! First everything that is still in the bytes of the file is made into rows of the profile,
//! then the bytes may go, then the stacks are sorted.

use rview_core::{
    FrameId, Label, LabelSetId, LabelValue, ProfileBuilder, SortedStacks, ThreadId, ValueTypeId,
};

use super::places::Places;
use super::samples::{Chunk, Rows};
use super::wire::note_broken;
use crate::protobuf::Fields;
use crate::{Job, Report, Severity};

/// The samples of a piece, without anything of the file.
#[derive(Debug)]
pub(super) struct Piece {
    callers: SortedStacks,
    leaves: Vec<u32>,
    values: Vec<i64>,
    n_values: Vec<u16>,
    label_set: Vec<u32>,
    sets: Vec<Option<LabelSetId>>,
}

/// All samples, and the frames of their locations.
#[derive(Debug)]
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    /// By row of the locations, and of the two that [`Rows`] adds.
    frames: Vec<FrameId>,
}

impl Pieces {
    /// Makes frames and labels of what the samples refer to, in the order in which they do.
    pub(super) fn new(
        chunks: Vec<Chunk<'_>>,
        rows: &Rows<'_>,
        places: &mut Places<'_, '_>,
        builder: &mut ProfileBuilder,
        job: &Job,
    ) -> Self {
        let n_rows = (rows.n_locations as usize).saturating_add(2);
        let mut frames = vec![FrameId::NONE; n_rows];
        let mut pieces = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            for &row in &chunk.met {
                if let Some(slot) = frames.get_mut(row as usize)
                    && slot.some().is_none()
                {
                    *slot = if row == rows.empty_stack() {
                        places.empty_stack(builder)
                    } else {
                        places.frame(builder, row)
                    };
                }
            }
            job.merge(&chunk.notes);
            let sets = label_sets(&chunk, places, builder, job);
            pieces.push(Piece {
                callers: chunk.callers,
                leaves: chunk.leaves,
                values: chunk.values,
                n_values: chunk.n_values,
                label_set: chunk.label_set,
                sets,
            });
        }
        Self { pieces, frames }
    }

    /// Adds the samples to the profile, one thread's all of them.
    pub(super) fn add_to(
        mut self,
        builder: &mut ProfileBuilder,
        thread: ThreadId,
        value_types: &[ValueTypeId],
        job: &Job,
    ) {
        let frames = &self.frames;
        let callers = self.pieces.iter_mut().map(|piece| std::mem::take(&mut piece.callers));
        let callers = builder.stacks(callers.collect(), frames);
        let mut leaf = Vec::with_capacity(callers.len());
        let mut labels = Vec::new();
        for piece in &mut self.pieces {
            let sets = std::mem::take(&mut piece.label_set);
            let rows = sets.into_iter().map(|set| (set as usize).checked_sub(1));
            let sets = rows.map(|row| piece.sets.get(row?).copied().flatten());
            if !piece.sets.is_empty() {
                labels.resize(leaf.len(), LabelSetId::NONE);
                labels.extend(sets.map(|set| set.unwrap_or(LabelSetId::NONE)));
            }
            let rows = std::mem::take(&mut piece.leaves).into_iter();
            leaf.extend(rows.map(|row| frames.get(row as usize).copied().unwrap_or(FrameId::NONE)));
        }
        builder.samples(thread, callers, leaf, labels);
        let mut sample = 0_usize;
        for piece in std::mem::take(&mut self.pieces) {
            let mut values = &piece.values[..];
            for &n_values in &piece.n_values {
                let (here, rest) = values.split_at_checked(n_values.into()).unwrap_or_default();
                values = rest;
                for (&value_type, &value) in value_types.iter().zip(here) {
                    if builder.weight_of(sample, value_type, value).is_err() {
                        note_overflow(sample.saturating_add(1), job);
                    }
                }
                sample = sample.saturating_add(1);
            }
        }
    }
}

/// The sets of labels of a piece.
fn label_sets(
    chunk: &Chunk<'_>,
    places: &mut Places<'_, '_>,
    builder: &mut ProfileBuilder,
    job: &Job,
) -> Vec<Option<LabelSetId>> {
    let mut notes = Report::default();
    let labels: Vec<Option<Label>> = chunk
        .labels
        .iter()
        .map(|&(bytes, offset)| {
            let label = label(Fields::new(bytes, offset), places, builder, &mut notes);
            if label.is_none() {
                notes.add(Severity::Loss, "label-without-key", 1, || {
                    format!("a label without a key is left out, first at byte {offset}")
                });
            }
            label
        })
        .collect();
    job.merge(&notes);
    let mut set = Vec::new();
    let mut start = 0;
    let sets = chunk.sets_end.iter().map(|&end| {
        let rows = chunk.sets.get(start..end).unwrap_or_default();
        start = end;
        set.clear();
        set.extend(rows.iter().filter_map(|&row| *labels.get(row as usize)?));
        builder.label_set(&set)
    });
    sets.collect()
}

fn label(
    mut fields: Fields<'_>,
    places: &mut Places<'_, '_>,
    builder: &mut ProfileBuilder,
    notes: &mut Report,
) -> Option<Label> {
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
    note_broken(&fields, notes);
    let key = places.string(builder, key)?;
    let mut string = |row| {
        let string = places.string(builder, row);
        string.unwrap_or_else(|| builder.string(""))
    };
    let value = match text {
        0 => LabelValue::Number(number, string(unit)),
        text => LabelValue::Text(string(text)),
    };
    Some(Label { key, value })
}

fn note_overflow(sample: usize, job: &Job) {
    job.note(Severity::Loss, "weight-overflow", || {
        format!(
            "a value makes the sum too large and is left out, first in sample {sample} of the file"
        )
    });
}
