//! Functions added up over the slices of threads, in which those nested in others are their
//! callees.

use super::FunctionGroups;
use super::walk::{Inside, Sums};
use crate::bits::Bits;
use crate::{Profile, Selection, SliceId, preorder};

/// Self and total by group, of the self time of the slices that count.
pub(super) fn add_up(
    profile: &Profile,
    groups: &FunctionGroups,
    selection: &Selection,
) -> Sums<i64> {
    let slices = profile.slices();
    let (parents, self_ns) = nested(profile, selection);
    let parent = |row: usize| parents[row].some();
    let group_of = |slice: SliceId| groups.group_of(slices.name(slice));
    let mut inside: Inside<i64> = Inside::new(groups.len());
    for row in preorder::order(slices.len(), |row| parent(row).map(SliceId::index)) {
        let slice = SliceId::from_index(row as usize);
        let group = group_of(slice);
        inside.leave_to(parent(row as usize).map(SliceId::raw));
        // What a slice weighs ends in it, as a sample in its leaf.
        inside.add(&[group], self_ns[row as usize]);
        inside.enter(row, &[group]);
    }
    inside.finish()
}

/// Marks the groups of all slices of threads.
pub(super) fn mark(profile: &Profile, groups: &FunctionGroups, occurs: &mut [bool]) {
    let tracks = profile.tracks();
    for track in tracks.ids().filter(|&track| tracks.row(track).thread.is_some()) {
        for lane in tracks.lanes(track) {
            for row in profile.slices().lane_slices(lane) {
                let name = profile.slices().name(SliceId::from_index(row));
                occurs[groups.of_function(name)] = true;
            }
        }
    }
}

/// By slice: the one that it is nested in, and what it weighs by itself; 0 where it does not
/// count.
fn nested(profile: &Profile, selection: &Selection) -> (Vec<SliceId>, Vec<i64>) {
    let (tracks, slices) = (profile.tracks(), profile.slices());
    let mut parents = vec![SliceId::NONE; slices.len()];
    let mut self_ns = vec![0; slices.len()];
    let mut containing = selection.only.as_ref().map(|_| Bits::new(slices.len()));
    // Two threads that each last longer than an `i64` can count in two are no recording of
    // anything, but must not make the sum overflow.
    let mut rest = i64::MAX;
    for track in tracks.ids() {
        if tracks.row(track).thread.is_none_or(|thread| !selection.has_thread(thread)) {
            continue;
        }
        slices.for_each_parent(tracks.lanes(track), |slice, parent| {
            parents[slice.index()] = parent.unwrap_or(SliceId::NONE);
            if let (Some(containing), Some(only)) = (&mut containing, &selection.only)
                && (only.contains(slices.name(slice))
                    || parent.is_some_and(|parent| containing.contains(parent.index())))
            {
                containing.insert(slice.index());
            }
        });
        let range = selection.range_ns.as_ref();
        slices.for_each_self(tracks.lanes(track), range, |slice, ns| {
            if containing.as_ref().is_none_or(|containing| containing.contains(slice.index())) {
                let ns = ns.min(rest);
                self_ns[slice.index()] = ns;
                rest -= ns;
            }
        });
    }
    (parents, self_ns)
}
