//! The same results as the analyses give, by the simplest means, to compare with.

use std::ops::Range;

use crate::{FunctionId, FunctionSet, Measure, Profile, Selection, SliceId};

/// A function, and whether it is inlined.
pub(crate) type Call = (FunctionId, bool);

/// The functions of a sample, leaf first.
pub(crate) fn functions_of_sample(profile: &Profile, sample: usize) -> Vec<Call> {
    let (samples, stacks) = (profile.samples(), profile.stacks());
    let callers = samples.callers(sample);
    let callers = callers.into_iter().flat_map(|stack| stacks.walk_to_root(stack));
    std::iter::once(samples.leaf(sample))
        .chain(callers.map(|stack| stacks.frame(stack)))
        .flat_map(|frame| {
            let lines = profile.symbols().lines(frame).iter().enumerate().rev();
            lines.map(|(at, line)| (line.function, at > 0))
        })
        .collect()
}

/// The names of a slice and of those around it, innermost first.
pub(crate) fn functions_of_slice(profile: &Profile, slice: SliceId) -> Vec<Call> {
    let slices = profile.slices();
    std::iter::successors(Some(slice), |&slice| slices.parent(slice))
        .map(|slice| (slices.name(slice), false))
        .collect()
}

/// How much of a slice is in a range, less what is nested directly in it.
pub(crate) fn self_time(profile: &Profile, slice: SliceId, range: Option<&Range<i64>>) -> i64 {
    let slices = profile.slices();
    let ids = || (0..slices.len()).map(SliceId::from_index);
    let nested = ids().filter(|&other| slices.parent(other) == Some(slice));
    let inside = |slice| slice_inside(profile, slice, range);
    inside(slice) - nested.map(inside).sum::<i64>()
}

/// How much of a slice is in a range.
pub(crate) fn slice_inside(profile: &Profile, slice: SliceId, range: Option<&Range<i64>>) -> i64 {
    let within = |time: &i64| range.is_none_or(|range| range.contains(time));
    let slices = profile.slices();
    let count = (slices.start_ns(slice)..slices.end_ns(slice)).filter(within).count();
    i64::try_from(count).unwrap()
}

/// Whether a slice has a part in a range.
pub(crate) fn slice_touches(profile: &Profile, slice: SliceId, range: Option<&Range<i64>>) -> bool {
    let start = profile.slices().start_ns(slice);
    slice_inside(profile, slice, range) > 0
        || (profile.slices().duration_ns(slice) == 0
            && range.is_none_or(|range| range.contains(&start)))
}

/// Whether a slice is of the threads of a selection; one of no thread is, unless some are chosen.
pub(crate) fn is_of_threads(profile: &Profile, slice: SliceId, selection: &Selection) -> bool {
    let lane = profile.slices().lane_of(slice);
    let track = profile.slices().lanes()[lane.index()].track;
    let thread = profile.tracks().row(track).thread;
    let threads = selection.threads.as_ref();
    threads.is_none_or(|threads| thread.is_some_and(|thread| threads[thread.index()]))
}

/// Everything that counts: its functions, leaf first, and its weight.
pub(crate) fn counted(
    profile: &Profile,
    measure: Measure,
    selection: &Selection,
) -> Vec<(Vec<Call>, i64)> {
    let range = selection.range_ns.as_ref();
    let mut counted = Vec::new();
    match measure {
        Measure::Weight(value_type) => {
            for sample in 0..profile.samples().len() {
                let time = profile.samples().times_ns().map(|times| times[sample]);
                let in_range = range.zip(time).is_none_or(|(range, time)| range.contains(&time));
                let weight = profile.samples().weights(value_type).of(sample);
                let thread = profile.samples().threads()[sample];
                if weight != 0 && in_range && selection.has_thread(thread) {
                    counted.push((functions_of_sample(profile, sample), weight));
                }
            }
        }
        Measure::SliceTime => {
            for slice in (0..profile.slices().len()).map(SliceId::from_index) {
                let lane = profile.slices().lane_of(slice);
                let track = profile.slices().lanes()[lane.index()].track;
                let thread = profile.tracks().row(track).thread;
                if thread.is_some_and(|thread| selection.has_thread(thread))
                    && slice_touches(profile, slice, range)
                {
                    let functions = functions_of_slice(profile, slice);
                    counted.push((functions, self_time(profile, slice, range)));
                }
            }
        }
    }
    if let Some(only) = &selection.only {
        let has = |calls: &[Call], set: &FunctionSet| calls.iter().any(|call| set.contains(call.0));
        counted.retain(|(calls, _)| {
            only.with.as_ref().is_none_or(|with| has(calls, with)) && !has(calls, &only.without)
        });
    }
    counted
}
