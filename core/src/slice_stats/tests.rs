use std::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::testing::{self, naive, random};

fn stats_of(profile: &Profile, name: &str, range_us: Option<Range<i64>>) -> Option<SliceStats> {
    let range_ns = range_us.map(|range| range.start * 1000..range.end * 1000);
    let selection = Selection { range_ns, ..Selection::default() };
    let functions = profile.symbols().functions().ids();
    let names = functions.filter(|&function| profile.function_name(function) == name).collect();
    SliceStats::new(profile, &selection, &names, 3)
}

/// Compares what is said of the slices `a`, in microseconds.
#[track_caller]
fn check(trace: &str, range_us: Option<Range<i64>>, expected: &str) {
    let profile = testing::trace(trace);
    let stats = stats_of(&profile, "a", range_us).unwrap();
    let us = |ns: i64| ns / 1000;
    let longest = stats.longest.iter().map(|&slice| us(profile.slices().start_ns(slice)));
    let longest: Vec<String> = longest.map(|start| start.to_string()).collect();
    let SliceTotal { count, total_ns, self_ns, min_ns, max_ns } = stats.total;
    let actual = format!(
        "{count} slices, total {}, self {}\nmin {}, mean {}, p50 {}, p90 {}, p99 {}, max {}\nlongest at {}",
        us(total_ns),
        us(self_ns),
        us(min_ns),
        us(stats.mean_ns),
        us(stats.p50_ns),
        us(stats.p90_ns),
        us(stats.p99_ns),
        us(max_ns),
        longest.join(" ")
    );
    assert_eq!(actual, testing::unindent(expected));
}

const TRACE: &str = "
    A: aaaaaaaa bbb a aaaa
     :  ccc  a   aa
    B: aa
    ";

#[test]
fn durations_of_all_threads_are_ranked() {
    check(
        TRACE,
        None,
        "
        6 slices, total 18, self 14
        min 1, mean 3, p50 2, p90 8, p99 8, max 8
        longest at 0 15 0
        ",
    );
}

#[test]
fn a_range_cuts_sums_and_not_durations() {
    check(
        TRACE,
        Some(1..3),
        "
        2 slices, total 3, self 1
        min 2, mean 5, p50 2, p90 8, p99 8, max 8
        longest at 0 0
        ",
    );
}

#[test]
fn what_does_not_occur_has_no_distribution() {
    let profile = testing::trace(TRACE);
    assert_eq!(stats_of(&profile, "d", None), None);
    assert_eq!(stats_of(&profile, "b", Some(0..2)), None);
}

#[test]
fn percentiles_are_by_nearest_rank() {
    let ranks = |n| [50, 90, 99].map(|percent| nearest_rank(n, percent) + 1);
    assert_eq!(ranks(1), [1, 1, 1]);
    assert_eq!(ranks(2), [1, 2, 2]);
    assert_eq!(ranks(10), [5, 9, 10]);
    assert_eq!(ranks(100), [50, 90, 99]);
    assert_eq!(ranks(101), [51, 91, 100]);
    assert_eq!(ranks(usize::MAX / 100 * 100)[0], usize::MAX / 100 * 50);
}

proptest! {
    #[test]
    fn a_distribution_is_what_a_recount_gives(
        profile in random::profile(),
        range_ns in proptest::option::of(random::range_ns()),
        threads in proptest::option::of(random::threads()),
        names in random::functions(),
        n_longest in 0..5_usize,
    ) {
        let selection = Selection { range_ns, threads, ..Selection::default() };
        let range = selection.range_ns.as_ref();
        let slices = profile.slices();
        let stats = SliceStats::new(&profile, &selection, &names, n_longest);
        let mut counted: Vec<SliceId> = (0..slices.len())
            .map(SliceId::from_index)
            .filter(|&slice| names.contains(slices.name(slice)))
            .filter(|&slice| naive::slice_touches(&profile, slice, range))
            .filter(|&slice| naive::is_of_threads(&profile, slice, &selection))
            .collect();
        let duration = |slice: SliceId| slices.duration_ns(slice);
        counted.sort_by_key(|&slice| (Reverse(duration(slice)), slices.start_ns(slice), slice));
        let n = counted.len();
        prop_assert_eq!(stats.is_some(), n > 0);
        if let Some(stats) = stats {
            prop_assert_eq!(stats.total.count, n as u64);
            let total: i64 = counted.iter().map(|&s| naive::slice_inside(&profile, s, range)).sum();
            let self_ns: i64 = counted.iter().map(|&s| naive::self_time(&profile, s, range)).sum();
            prop_assert_eq!((stats.total.total_ns, stats.total.self_ns), (total, self_ns));
            prop_assert_eq!(stats.total.max_ns, duration(counted[0]));
            prop_assert_eq!(stats.total.min_ns, duration(counted[n - 1]));
            let sum: i64 = counted.iter().map(|&slice| duration(slice)).sum();
            prop_assert_eq!(stats.mean_ns, sum / i64::try_from(n).unwrap());
            // The least duration that so many of all do not exceed.
            let percentile = |percent: usize| {
                let durations = counted.iter().rev().map(|&slice| duration(slice));
                let at_most = |limit| counted.iter().filter(|&&s| duration(s) <= limit).count();
                durations.into_iter().find(|&limit| at_most(limit) * 100 >= n * percent).unwrap()
            };
            prop_assert_eq!(stats.p50_ns, percentile(50));
            prop_assert_eq!(stats.p90_ns, percentile(90));
            prop_assert_eq!(stats.p99_ns, percentile(99));
            counted.truncate(n_longest);
            prop_assert_eq!(stats.longest, counted);
        }
    }

    #[test]
    fn self_times_are_what_a_recount_gives(profile in random::profile()) {
        for slice in (0..profile.slices().len()).map(SliceId::from_index) {
            let expected = naive::self_time(&profile, slice, None);
            prop_assert_eq!(profile.slices().self_ns(slice), expected);
        }
    }
}
