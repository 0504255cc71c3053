//! The samples that count, found once for all that is asked of them.

use std::ops::Range;

use crate::bits::Bits;
use crate::{FrameId, Profile, Selection, StackFilter, StackId, ValueTypeId};

use super::Met;

/// The samples of a [`Selection`].
#[derive(Clone, Debug)]
pub struct SampleSet {
    range: Range<usize>,
    /// Those of the range that count; `None` where all do.
    counted: Option<Bits>,
}

impl Selection {
    /// The samples that count: linear in the samples of the range, and in the stacks where only
    /// those of some functions count. Stacks are as recorded: groups are no callers in them.
    pub fn sample_set(&self, profile: &Profile) -> SampleSet {
        let range = self.samples(profile);
        if self.threads.is_none() && self.labels.is_none() && self.only.is_none() {
            return SampleSet { range, counted: None };
        }
        let only = self.only.as_ref().map(|only| Stacks::new(profile, only));
        let samples = profile.samples();
        let mut counted = Bits::new(range.end);
        for sample in range.clone() {
            if self.has_thread(samples.threads()[sample])
                && self.has_labels(samples.labels(sample))
                && only.as_ref().is_none_or(|only| only.has(profile, sample))
            {
                counted.insert(sample);
            }
        }
        SampleSet { range, counted: Some(counted) }
    }
}

impl SampleSet {
    /// The samples, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.range.clone().filter(|&sample| self.counts(sample))
    }

    /// Calls `visit(sample, weight)` for each of the samples that weighs something, in order.
    pub fn for_each_weight(
        &self,
        profile: &Profile,
        value_type: ValueTypeId,
        mut visit: impl FnMut(usize, i64),
    ) {
        profile.samples().weights(value_type).for_each_in(self.range.clone(), |sample, weight| {
            if weight != 0 && self.counts(sample) {
                visit(sample, weight);
            }
        });
    }

    /// Whether a sample of the range counts.
    #[inline]
    fn counts(&self, sample: usize) -> bool {
        self.counted.as_ref().is_none_or(|counted| counted.contains(sample))
    }
}

/// What stacks have of what a filter asks for.
struct Stacks<'a> {
    filter: &'a StackFilter,
    met: Vec<Met>,
}

impl<'a> Stacks<'a> {
    fn new(profile: &Profile, filter: &'a StackFilter) -> Self {
        let stacks = profile.stacks();
        let mut this = Self { filter, met: Vec::with_capacity(stacks.len()) };
        for stack in stacks.ids() {
            let callers = stacks.parent(stack);
            this.met.push(this.met(profile, callers, stacks.frame(stack)));
        }
        this
    }

    /// What a stack has that calls a frame.
    fn met(&self, profile: &Profile, callers: Option<StackId>, frame: FrameId) -> Met {
        let callers = callers.map_or_else(Met::default, |stack| self.met[stack.index()]);
        let lines = profile.symbols().lines(frame).iter();
        lines.fold(callers, |met, line| self.filter.met(met, line.function))
    }

    fn has(&self, profile: &Profile, sample: usize) -> bool {
        let samples = profile.samples();
        self.filter.counts(self.met(profile, samples.callers(sample), samples.leaf(sample)))
    }
}
