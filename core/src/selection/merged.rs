//! What shares are of where weights are negative.

use rustc_hash::FxHashMap;

use super::SampleSet;
use crate::{FrameId, LabelSelection, LabelSetId, Profile, StackId, ThreadId, ValueTypeId};

/// Samples as pprof merges them before it counts anything: those of one stack, thread and set of
/// labels are one, so that +5 and -3 there are 2, and not 8.
#[derive(Debug, Default)]
pub(super) struct Merged {
    weights: FxHashMap<Key, i64>,
}

type Key = (Option<StackId>, FrameId, Option<LabelSetId>, ThreadId);

impl Merged {
    pub(super) fn add(&mut self, profile: &Profile, sample: usize, weight: i64) {
        let samples = profile.samples();
        let (callers, leaf) = (samples.callers(sample), samples.leaf(sample));
        let key = (callers, leaf, samples.labels(sample), samples.threads()[sample]);
        *self.weights.entry(key).or_default() += weight;
    }

    /// What shares are of: see [`PathWeights::reference`](crate::PathWeights::reference).
    pub(super) fn reference(&self, profile: &Profile) -> u64 {
        let base = LabelSelection::of_base(profile);
        let (mut of_all, mut of_base) = (0_u64, 0_u64);
        #[expect(clippy::iter_over_hash_type, reason = "a sum does not depend on the order")]
        for (&(_, _, labels, _), weight) in &self.weights {
            let weight = weight.unsigned_abs();
            of_all = of_all.saturating_add(weight);
            if base.as_ref().is_some_and(|base| base.has(labels)) {
                of_base = of_base.saturating_add(weight);
            }
        }
        if of_base > 0 { of_base } else { of_all }
    }
}

impl SampleSet {
    /// What shares of the samples are of: see
    /// [`PathWeights::reference`](crate::PathWeights::reference).
    pub fn reference(&self, profile: &Profile, value_type: ValueTypeId) -> u64 {
        let mut merged = Merged::default();
        let (mut total, mut has_negative) = (0_u64, false);
        let may_be_negative = profile.samples().weights(value_type).has_negative();
        self.for_each_weight(profile, value_type, |sample, weight| {
            has_negative |= weight < 0;
            total = total.saturating_add(weight.unsigned_abs());
            if may_be_negative {
                merged.add(profile, sample, weight);
            }
        });
        if has_negative { merged.reference(profile) } else { total }
    }
}
