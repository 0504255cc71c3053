//! `"type": "sampled"`: stacks, root first, and a weight for each.

use rview_core::{FrameId, Function, Sample, StackId, ThreadId, ValueTypeId};

use super::frames::named;
use super::{Importing, Part};
use crate::json::{Elements, Value};
use crate::{ImportError, Severity};

impl Importing<'_> {
    pub(super) fn add_samples(
        &mut self,
        part: &Part<'_>,
        thread: ThreadId,
    ) -> Result<(), ImportError> {
        let value_type = self.value_type(part);
        let sign = part.own.map_or(1, |own| own.sign());
        let mut clock = self.amount(part.start, part.scale).unwrap_or_default();
        let mut weights = part.weights.into_iter().flat_map(Elements::of);
        let mut stack: Vec<FrameId> = Vec::new();
        for sample in part.samples.into_iter().flat_map(Elements::of) {
            self.step()?;
            stack.clear();
            stack.extend(Elements::of(sample).map(|frame| self.frame(frame)));
            let Some(weight) = self.amount(weights.next(), part.scale) else {
                self.job.note(Severity::Loss, "sample-without-weight", || {
                    "a sample without a weight is left out".to_owned()
                });
                continue;
            };
            let time_ns = self.is_timed.then_some(clock);
            clock = clock.saturating_add(weight.max(0));
            let sample = self.sample(time_ns, thread, &stack);
            self.add_sample(sample, (value_type, weight.saturating_mul(sign)));
        }
        if self.is_timed {
            // The last sample lasts as long as it is worth.
            self.builder.ends_at(clock);
        }
        Ok(())
    }

    /// The frame of a row, as it stands in a stack.
    fn frame(&mut self, row: Value<'_>) -> FrameId {
        if let Some((_, frame)) = row.integer().and_then(|row| self.frames.get(row)) {
            return frame;
        }
        self.note_unknown_frame();
        named(Function::UNKNOWN, &mut self.builder).1
    }

    pub(super) fn note_unknown_frame(&self) {
        self.job.note(Severity::Loss, "frame-without-name", || {
            "a frame that is not in the table of frames is shown as [unknown]".to_owned()
        });
    }

    /// A sample of a stack, root first.
    fn sample(&mut self, time_ns: Option<i64>, thread: ThreadId, stack: &[FrameId]) -> Sample {
        let (leaf, callers) = match stack.split_last() {
            Some((&leaf, callers)) => (leaf, callers),
            None => (named(Function::NO_STACK, &mut self.builder).1, &[][..]),
        };
        let callers: Option<StackId> =
            callers.iter().fold(None, |caller, &frame| Some(self.builder.stack(caller, frame)));
        Sample { time_ns, thread, callers, leaf, labels: None }
    }

    pub(super) fn add_sample(&mut self, sample: Sample, (id, weight): (ValueTypeId, i64)) {
        self.builder.sample(sample);
        if self.builder.weight(id, weight).is_err() {
            self.job.note(Severity::Loss, "overflow", || {
                "weights add up to more than fits in 63 bits; one is left out".to_owned()
            });
        }
    }
}
