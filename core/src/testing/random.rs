//! Random profiles, for properties that must hold of every profile.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::{
    FrameId, Function, Line, Profile, ProfileBuilder, Sample, Slice, ThreadId, TrackId, Unit,
};

/// Number of functions, frames, threads: few, so that random stacks meet and recurse.
const N_FUNCTIONS: usize = 5;
const N_FRAMES: usize = 8;
const N_THREADS: usize = 3;

#[derive(Clone, Debug)]
struct RandomSample {
    time_ns: i64,
    thread: usize,
    stack: Vec<usize>,
    dense: i64,
    sparse: Option<i64>,
}

#[derive(Clone, Debug)]
struct RandomSlice {
    track: usize,
    start_ns: i64,
    duration_ns: i64,
    name: usize,
}

/// A profile with two value types, one of which not all samples have, negative weights, frames
/// with inlined functions, recursion, slices of threads that overlap in any way, and slices of
/// no thread. Times are from 0 to 140 nanoseconds.
pub(crate) fn profile() -> impl Strategy<Value = Profile> {
    let lines = vec(vec(0..N_FUNCTIONS, 1..4), N_FRAMES);
    let stack = vec(0..N_FRAMES, 1..7);
    let sample = (0..100_i64, 0..N_THREADS, stack, -3..9_i64, proptest::option::of(-9..9_i64));
    let sample = sample.prop_map(|(time_ns, thread, stack, dense, sparse)| RandomSample {
        time_ns,
        thread,
        stack,
        dense,
        sparse,
    });
    let slice = (0..=N_THREADS, 0..100_i64, 0..40_i64, 0..N_FUNCTIONS);
    let slice = slice.prop_map(|(track, start_ns, duration_ns, name)| RandomSlice {
        track,
        start_ns,
        duration_ns,
        name,
    });
    (lines, vec(sample, 0..40), vec(slice, 0..40))
        .prop_map(|(lines, samples, slices)| build(&lines, &samples, &slices))
}

/// A range of time that may cover all, some or nothing of a random profile.
pub(crate) fn range_ns() -> impl Strategy<Value = std::ops::Range<i64>> {
    (-10..150_i64, -10..150_i64).prop_map(|(start, end)| start..end)
}

/// Which of the threads of a random profile.
pub(crate) fn threads() -> impl Strategy<Value = Vec<bool>> {
    vec(any::<bool>(), N_THREADS)
}

/// Which of the functions of a random profile.
pub(crate) fn functions() -> impl Strategy<Value = Vec<bool>> {
    vec(any::<bool>(), N_FUNCTIONS)
}

fn build(lines: &[Vec<usize>], samples: &[RandomSample], slices: &[RandomSlice]) -> Profile {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let threads: Vec<ThreadId> =
        (1..).take(N_THREADS).map(|tid| builder.thread(process, tid, "")).collect();
    // Names fall where ids rise, so that the order of names is not that of ids.
    let functions: Vec<_> = (0..N_FUNCTIONS)
        .map(|i| {
            let name = builder.string(&format!("f{}", 9 - i));
            builder.function(Function::named(name))
        })
        .collect();
    let frames: Vec<FrameId> = (0..)
        .zip(lines)
        .map(|(address, lines)| {
            let frame = builder.frame(None, address);
            let line = |&function: &usize| Line { function: functions[function], line: 0 };
            builder.set_lines(frame, &lines.iter().map(line).collect::<Vec<_>>());
            frame
        })
        .collect();

    let dense = builder.value_type("dense", Unit::Count);
    let sparse = builder.value_type("sparse", Unit::Bytes);
    for sample in samples {
        let (leaf, callers) = sample.stack.split_last().unwrap();
        let callers =
            callers.iter().fold(None, |stack, &at| Some(builder.stack(stack, frames[at])));
        let (time_ns, thread) = (Some(sample.time_ns), threads[sample.thread]);
        builder.sample(Sample { time_ns, thread, callers, leaf: frames[*leaf], labels: None });
        builder.weight(dense, sample.dense).unwrap();
        if let Some(weight) = sample.sparse {
            builder.weight(sparse, weight).unwrap();
        }
    }

    let mut tracks: Vec<TrackId> =
        threads.iter().map(|&thread| builder.thread_track(thread)).collect();
    tracks.push(builder.async_track(process, "async"));
    for (operation, slice) in (0..).zip(slices) {
        let &RandomSlice { start_ns, duration_ns, name, track } = slice;
        let name = functions[name];
        let slice = Slice { track: tracks[track], start_ns, duration_ns, name, detail: None };
        if track == N_THREADS {
            builder.async_slice(slice, operation / 3);
        } else {
            builder.slice(slice);
        }
    }
    // Keeps times as they were drawn.
    let origin = builder.function_named("origin");
    builder.marker(0, origin, crate::Scope::Global, None);
    builder.finish().0
}
