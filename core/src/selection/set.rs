//! The samples that count, found once for all that is asked of them.

use std::ops::Range;

use crate::bits::Bits;
use crate::{FrameId, FunctionSet, Profile, Selection, ValueTypeId};

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
        let only = self.only.as_ref().map(|only| Containing::new(profile, only));
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

/// The stacks with a function of a set.
struct Containing<'a> {
    functions: &'a FunctionSet,
    stacks: Bits,
}

impl<'a> Containing<'a> {
    fn new(profile: &Profile, functions: &'a FunctionSet) -> Self {
        let stacks = profile.stacks();
        let mut containing = Self { functions, stacks: Bits::new(stacks.len()) };
        for stack in stacks.ids() {
            let in_callers =
                stacks.parent(stack).is_some_and(|p| containing.stacks.contains(p.index()));
            if in_callers || containing.is_of(profile, stacks.frame(stack)) {
                containing.stacks.insert(stack.index());
            }
        }
        containing
    }

    fn is_of(&self, profile: &Profile, frame: FrameId) -> bool {
        profile.symbols().lines(frame).iter().any(|line| self.functions.contains(line.function))
    }

    fn has(&self, profile: &Profile, sample: usize) -> bool {
        let samples = profile.samples();
        samples.callers(sample).is_some_and(|stack| self.stacks.contains(stack.index()))
            || self.is_of(profile, samples.leaf(sample))
    }
}
