//! What the instructions of a binary weigh.

use std::ops::Range;

use crate::{CallPaths, FrameId, MappingId, Measure, Profile, Selection};

/// What samples weigh that ended at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressCost {
    /// The address, as frames count.
    pub address: u64,
    /// What ended there.
    pub self_: i64,
}

/// Adds up what counts by the addresses of a part of a binary at which samples ended, rising: a
/// linear pass over the samples. Of transforms counts what they leave out, as for
/// [`LineCosts`](crate::LineCosts).
pub fn address_costs(
    profile: &Profile,
    paths: &CallPaths,
    measure: Measure,
    selection: &Selection,
    (mapping, addresses): (MappingId, Range<u64>),
) -> Vec<AddressCost> {
    let Measure::Weight(value_type) = measure else { return Vec::new() };
    let frames = profile.frames();
    let is_in = |frame: FrameId| {
        frames.mapping(frame) == Some(mapping) && addresses.contains(&frames.address(frame))
    };
    let is_in: Vec<bool> = frames.ids().map(is_in).collect();
    let mut sums = vec![0_i64; frames.len()];
    let set = selection.sample_set(profile);
    let samples = profile.samples();
    set.for_each_weight(profile, value_type, |sample, weight| {
        let leaf = samples.leaf(sample);
        if is_in[leaf.index()] && paths.of_sample(sample).some().is_some() {
            sums[leaf.index()] = sums[leaf.index()].saturating_add(weight);
        }
    });
    let of_frame = |frame: FrameId| {
        (sums[frame.index()] != 0).then(|| (frames.address(frame), sums[frame.index()]))
    };
    let mut costs: Vec<(u64, i64)> = frames.ids().filter_map(of_frame).collect();
    costs.sort_unstable();
    // Frames of one address differ in what is inlined there.
    costs.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 = kept.1.saturating_add(next.1);
        }
        is_same
    });
    costs.into_iter().map(|(address, self_)| AddressCost { address, self_ }).collect()
}
