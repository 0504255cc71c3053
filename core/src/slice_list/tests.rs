use proptest::prelude::*;

use super::*;
use crate::testing::{self, naive, random};

const TRACE: &str = "
    B: aaaaaaaa bbb
     :  ccc  a
    A: bb
    ";

fn order(key: SliceKey, ascending: bool) -> SliceOrder {
    SliceOrder { key, ascending }
}

/// Compares the rows in an order, each as `name start self`, in microseconds.
#[track_caller]
fn check(order: SliceOrder, max_rows: usize, expected: &str) {
    let profile = testing::trace(TRACE);
    let list = SliceList::new(&profile, &Selection::default(), |_| true, order, max_rows);
    assert_eq!(list.n_found, 5);
    let rows = list.rows.iter().zip(&list.self_ns).map(|(&slice, self_ns)| {
        let name = profile.function_name(profile.slices().name(slice));
        format!("{name} {} {}", profile.slices().start_ns(slice) / 1000, self_ns / 1000)
    });
    assert_eq!(rows.collect::<Vec<_>>().join(", "), expected);
}

#[test]
fn slices_are_sorted_by_any_column() {
    check(order(SliceKey::Start, true), 9, "a 0 4, b 0 2, c 1 3, a 6 1, b 9 3");
    check(order(SliceKey::Duration, false), 9, "a 0 4, b 9 3, c 1 3, b 0 2, a 6 1");
    check(order(SliceKey::SelfTime, true), 9, "a 6 1, b 0 2, b 9 3, c 1 3, a 0 4");
    check(order(SliceKey::Name, true), 9, "a 0 4, a 6 1, b 9 3, b 0 2, c 1 3");
    check(order(SliceKey::Name, false), 9, "c 1 3, b 9 3, b 0 2, a 0 4, a 6 1");
    check(order(SliceKey::Track, true), 9, "b 0 2, a 0 4, b 9 3, c 1 3, a 6 1");
}

#[test]
fn no_more_rows_than_wanted_are_kept_and_those_come_first() {
    check(order(SliceKey::Duration, false), 2, "a 0 4, b 9 3");
    check(order(SliceKey::Duration, false), 0, "");
}

#[test]
fn equal_names_share_a_rank() {
    assert_eq!(ranks(["b", "a", "b", "c"].into_iter()), [1, 0, 1, 2]);
    assert!(ranks(std::iter::empty::<&str>()).is_empty());
}

proptest! {
    #[test]
    fn the_list_is_what_a_recount_gives(
        profile in random::profile(),
        range_ns in proptest::option::of(random::range_ns()),
        threads in proptest::option::of(random::threads()),
        ascending: bool,
        max_rows in 0..50_usize,
    ) {
        let selection = Selection { range_ns, threads, ..Selection::default() };
        let slices = profile.slices();
        let keep = |slice: SliceId| slice.index() % 3 != 1;
        let order = order(SliceKey::SelfTime, ascending);
        let list = SliceList::new(&profile, &selection, keep, order, max_rows);
        let mut expected: Vec<(i64, SliceId)> = (0..slices.len())
            .map(SliceId::from_index)
            .filter(|&slice| keep(slice))
            .filter(|&slice| naive::slice_touches(&profile, slice, selection.range_ns.as_ref()))
            .filter(|&slice| naive::is_of_threads(&profile, slice, &selection))
            .map(|slice| (naive::self_time(&profile, slice, None), slice))
            .collect();
        expected.sort_by_key(|&(self_ns, slice)| (if ascending { self_ns } else { -self_ns }, slice));
        prop_assert_eq!(list.n_found, expected.len());
        expected.truncate(max_rows);
        let listed: Vec<(i64, SliceId)> = list.self_ns.into_iter().zip(list.rows).collect();
        prop_assert_eq!(listed, expected);
    }
}
