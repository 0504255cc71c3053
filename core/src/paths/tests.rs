use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::testing::{self, random};
use crate::{Line, ProfileBuilder, Sample, Unit};

/// Compares the paths, a line each: the functions from the root, `>` before an inlined one and
/// `*` after one that is not outermost.
#[track_caller]
fn check(profile: &Profile, expected: &str) {
    let paths = CallPaths::new(profile);
    let mut actual = String::new();
    for path in paths.ids() {
        let mut callers: Vec<PathId> = paths.walk_to_root(path).collect();
        callers.reverse();
        for path in callers {
            let inlined = if paths.is_inlined(path) { ">" } else { "" };
            let again = if paths.is_outermost(path) { "" } else { "*" };
            let name = profile.function_name(paths.function(path));
            write!(actual, "{inlined}{name}{again} ").unwrap();
        }
        actual = actual.trim_end().to_owned() + "\n";
    }
    assert_eq!(actual.trim_end(), testing::unindent(expected));
}

#[test]
fn samples_of_one_path_share_it() {
    let profile = testing::profile(
        "
        main main main idle
        read eval read
        ",
    );
    check(&profile, "main\nmain read\nmain eval\nidle");
    let paths = CallPaths::new(&profile);
    assert_eq!(paths.of_sample(0), paths.of_sample(2));
}

#[test]
fn inlined_functions_are_paths_and_differ_from_called_ones() {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let samples = builder.value_type("samples", Unit::Count);
    let [run, mix] = ["run", "mix"].map(|name| builder.function_named(name));
    let line = |function| Line { function, line: 0 };
    // Two addresses of `run`, with `mix` inlined at the second; and a `mix` that is called.
    let lines: [&[Line]; 3] = [&[line(run)], &[line(run), line(mix)], &[line(mix)]];
    let frames = [1, 2, 3].map(|address| builder.frame(None, address));
    for (frame, lines) in frames.into_iter().zip(lines) {
        builder.set_lines(frame, lines);
    }
    let call = builder.stack(None, frames[0]);
    for (callers, leaf) in [(None, frames[1]), (Some(call), frames[2]), (Some(call), frames[1])] {
        builder.sample(Sample { time_ns: None, thread, callers, leaf, labels: None });
        builder.weight(samples, 1).unwrap();
    }
    check(&builder.finish().0, "run\nrun mix\nrun run*\nrun run* >mix\nrun >mix");
}

/// A profile whose only sample is under a frame of many functions inlined into each other, which
/// is met `depth` times in its stack.
fn inlined_again_and_again(n_lines: usize, depth: usize) -> Profile {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let functions = (0..n_lines).map(|i| builder.function_named(&i.to_string()));
    let lines: Vec<Line> = functions.map(|function| Line { function, line: 0 }).collect();
    let frame = builder.frame(None, 1);
    builder.set_lines(frame, &lines);
    let callers = (1..depth).fold(None, |stack, _| Some(builder.stack(stack, frame)));
    builder.sample(Sample { time_ns: None, thread, callers, leaf: frame, labels: None });
    builder.finish().0
}

#[test]
fn a_frame_of_too_many_functions_shows_the_outermost() {
    const MOST: usize = CallPaths::MAX_LINES;
    let paths = CallPaths::new(&inlined_again_and_again(MOST, 1));
    assert_eq!((paths.len(), paths.n_cut()), (MOST, 0));
    let paths = CallPaths::new(&inlined_again_and_again(MOST + 1, 1));
    assert_eq!((paths.len(), paths.n_cut()), (MOST, 1));
}

#[test]
fn inlined_functions_are_no_more_than_in_proportion_to_the_stacks() {
    let depth = 20_000;
    let paths = CallPaths::new(&inlined_again_and_again(200, depth));
    assert!(paths.len() < FREE_PATHS + (PATHS_PER_ROW + 1) * depth, "{}", paths.len());
    assert!(paths.n_cut() > 0);
    // Each call has a path all the same.
    let physical = paths.ids().filter(|&path| !paths.is_inlined(path)).count();
    assert_eq!(physical, depth);
}

#[test]
fn nested_slices_of_threads_are_paths() {
    let profile = testing::trace(
        "
        A: aaaaaaaa b
         :  ccc aa  c
        B: aaa
         : ccc
        ",
    );
    check(&profile, "a\na c\na a*\nb\nb c");
}

#[test]
fn no_samples_no_paths() {
    check(&Profile::default(), "");
}

#[test]
fn names_rank_by_all_their_letters() {
    let profile = testing::profile("prefix_of_b prefix_of_a prefix");
    let paths = CallPaths::new(&profile);
    let rank = |sample| paths.tree.name_rank[paths.function(paths.of_sample(sample)).index()];
    assert_eq!([rank(0), rank(1), rank(2)], [2, 1, 0]);
}

proptest! {
    #[test]
    fn a_path_is_the_functions_of_its_stack(profile in random::profile()) {
        profile.check().unwrap();
        let paths = CallPaths::new(&profile);
        let of_path = |path| {
            let functions = paths.walk_to_root(path);
            functions.map(|p| (paths.function(p), paths.is_inlined(p))).collect::<Vec<_>>()
        };
        for sample in 0..profile.samples().len() {
            let functions = testing::naive::functions_of_sample(&profile, sample);
            prop_assert_eq!(of_path(paths.of_sample(sample)), functions);
        }
        for slice in (0..profile.slices().len()).map(SliceId::from_index) {
            let lane = profile.slices().lane_of(slice);
            let track = profile.slices().lanes()[lane.index()].track;
            let of_thread = profile.tracks().row(track).thread.is_some();
            let functions = of_thread.then(|| testing::naive::functions_of_slice(&profile, slice));
            prop_assert_eq!(paths.of_slice(slice).map(of_path), functions);
        }
    }

    #[test]
    fn paths_are_distinct_and_in_preorder(profile in random::profile()) {
        let paths = CallPaths::new(&profile);
        let mut seen = BTreeSet::new();
        for path in paths.ids() {
            if let (Some(parent), Some(before)) = (paths.parent(path), path.index().checked_sub(1)) {
                let before = PathId::from_index(before);
                prop_assert!(paths.walk_to_root(before).any(|path| path == parent));
            }
            let key = (paths.parent(path), paths.function(path), paths.is_inlined(path));
            prop_assert!(seen.insert(key));
            let again = paths.walk_to_root(path).skip(1);
            let outermost = again.map(|p| paths.function(p)).all(|f| f != paths.function(path));
            prop_assert_eq!(paths.is_outermost(path), outermost);
        }
    }
}
