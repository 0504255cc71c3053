use std::fmt::Write as _;
use std::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::SliceId;
use crate::testing::{self, naive, random};

/// Compares a line `name count total self min max`, in microseconds, for each name.
#[track_caller]
fn check(trace: &str, range_us: Option<Range<i64>>, expected: &str) {
    let profile = testing::trace(trace);
    let range = range_us.map(|range| range.start * 1000..range.end * 1000);
    let selection = Selection { range_ns: range, ..Selection::default() };
    let totals = SliceTotals::new(&profile, &selection);
    let mut actual = String::new();
    for name in totals.ids() {
        let total = totals.of(name).unwrap();
        let times = [total.total_ns, total.self_ns, total.min_ns, total.max_ns];
        let [total_us, self_us, min_us, max_us] = times.map(|time| time / 1000);
        let (name, count) = (profile.function_name(name), total.count);
        writeln!(actual, "{name} {count} {total_us} {self_us} {min_us} {max_us}").unwrap();
    }
    assert_eq!(actual.trim_end(), testing::unindent(expected));
}

const TRACE: &str = "
    A: aaaaaaaa bbb
     :  ccc  a
    B: bb
    ";

#[test]
fn slices_add_up_by_name() {
    check(TRACE, None, "a 2 9 5 1 8\nb 2 5 5 2 3\nc 1 3 3 3 3");
}

#[test]
fn a_range_counts_what_is_in_it() {
    check(TRACE, Some(1..3), "a 1 2 0 8 8\nb 1 1 1 2 2\nc 1 2 2 3 3");
}

#[test]
fn no_slices_no_names() {
    assert!(SliceTotals::new(&testing::profile("main"), &Selection::default()).is_empty());
}

proptest! {
    #[test]
    fn names_weigh_what_a_recount_gives(
        profile in random::profile(),
        range_ns in proptest::option::of(random::range_ns()),
        threads in proptest::option::of(random::threads()),
    ) {
        let range = range_ns.as_ref();
        let selection = Selection { range_ns: range_ns.clone(), threads: threads.clone(), ..Selection::default() };
        let totals = SliceTotals::new(&profile, &selection);
        prop_assert_eq!(totals.len(), totals.ids().count());
        for name in profile.symbols().functions().ids() {
            let ids = (0..profile.slices().len()).map(SliceId::from_index);
            let slices: Vec<SliceId> = ids
                .filter(|&slice| profile.slices().name(slice) == name)
                .filter(|&slice| naive::slice_touches(&profile, slice, range))
                .filter(|&slice| naive::is_of_threads(&profile, slice, &selection))
                .collect();
            let durations = || slices.iter().map(|&s| profile.slices().duration_ns(s));
            let expected = durations().min().zip(durations().max()).map(|(min_ns, max_ns)| {
                SliceTotal {
                    count: slices.len() as u64,
                    total_ns: slices.iter().map(|&s| naive::slice_inside(&profile, s, range)).sum(),
                    self_ns: slices.iter().map(|&s| naive::self_time(&profile, s, range)).sum(),
                    min_ns,
                    max_ns,
                }
            });
            prop_assert_eq!(totals.of(name), expected.as_ref());
        }
    }
}
