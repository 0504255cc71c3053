use proptest::prelude::*;

use super::*;
use crate::testing::{self, naive, random};
use crate::{FunctionId, ProfileBuilder, Slice};

fn weights(profile: &Profile, selection: &Selection) -> PathWeights {
    let measure = Measure::default_of(profile).unwrap();
    PathWeights::new(profile, &CallPaths::new(profile), measure, selection)
}

const SAMPLES: &str = "
    main main main idle
    read eval read
    ";

#[test]
fn a_range_begins_with_its_start_and_ends_before_its_end() {
    let profile = testing::profile(SAMPLES);
    let total = |range_ns| {
        let selection = Selection { range_ns: Some(range_ns), ..Selection::default() };
        weights(&profile, &selection).total()
    };
    assert_eq!(total(0..3_000_001), 4);
    assert_eq!(total(0..3_000_000), 3);
    assert_eq!(total(1..2_000_000), 1);
    assert_eq!(total(Range { start: 2_000_000, end: 1 }), 0);
}

#[test]
fn only_stacks_with_a_function_of_the_set_count() {
    let profile = testing::profile(SAMPLES);
    let total = |names: &[&str]| {
        let functions = profile.symbols().functions().ids();
        let named = |&function: &FunctionId| names.contains(&profile.function_name(function));
        let only = Some(Arc::new(StackFilter::with(functions.filter(named).collect())));
        weights(&profile, &Selection { only, ..Selection::default() }).total()
    };
    assert_eq!(total(&["read"]), 2);
    assert_eq!(total(&["main", "read"]), 3);
    assert_eq!(total(&[]), 0);
}

#[test]
fn only_threads_that_are_selected_count() {
    let profile = testing::trace("A: aaa\nB: bb");
    let total = |threads| {
        weights(&profile, &Selection { threads: Some(threads), ..Selection::default() }).total()
    };
    assert_eq!(total(vec![true, true]), 5_000);
    assert_eq!(total(vec![false, true]), 2_000);
    assert_eq!(total(vec![true]), 3_000);
}

#[test]
fn samples_come_before_slices() {
    let samples = testing::profile("main");
    assert_eq!(Measure::all(&samples), [Measure::Weight(ValueTypeId::from_index(0))]);
    assert_eq!(Measure::default_of(&samples), Measure::all(&samples).first().copied());
    let slices = testing::trace("A: aaa");
    assert_eq!(Measure::default_of(&slices), Some(Measure::SliceTime));
    assert_eq!(Measure::SliceTime.unit(&slices), Unit::Nanoseconds);
    assert_eq!(Measure::default_of(&Profile::default()), None);
}

#[test]
fn the_longest_slices_there_can_be_do_not_overflow() {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let name = builder.function_named("forever");
    for tid in 0..4 {
        let thread = builder.thread(process, tid, "");
        let track = builder.thread_track(thread);
        let (start_ns, duration_ns) = (i64::MIN, i64::MAX);
        builder.slice(Slice { track, start_ns, duration_ns, name, detail: None });
    }
    let (profile, _) = builder.finish();
    assert_eq!(weights(&profile, &Selection::default()).n_samples(), 4);
}

proptest! {
    #[test]
    fn self_weights_are_what_counts(
        profile in random::profile(),
        range_ns in proptest::option::of(random::range_ns()),
        threads in proptest::option::of(random::threads()),
        only in proptest::option::of(random::stack_filter()),
    ) {
        let only = only.map(Arc::new);
        let selection = Selection { range_ns, threads, only, ..Selection::default() };
        let paths = CallPaths::new(&profile);
        for measure in Measure::all(&profile) {
            let weights = PathWeights::new(&profile, &paths, measure, &selection);
            let counted = naive::counted(&profile, measure, &selection);
            prop_assert_eq!(weights.n_samples(), counted.len() as u64);
            prop_assert_eq!(weights.total(), counted.iter().map(|&(_, weight)| weight).sum::<i64>());
            prop_assert_eq!(weights.total(), paths.ids().map(|p| weights.self_of(p)).sum::<i64>());
            for path in paths.ids() {
                let calls: Vec<_> = paths
                    .walk_to_root(path)
                    .map(|path| (paths.function(path), paths.is_inlined(path)))
                    .collect();
                let here = || counted.iter().filter(|(other, _)| *other == calls);
                let self_: i64 = here().map(|&(_, weight)| weight).sum();
                prop_assert_eq!(weights.self_of(path), self_);
                prop_assert_eq!(weights.is_counted(path), here().next().is_some());
            }
        }
    }
}
