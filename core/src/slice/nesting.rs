//! Which slice is nested in which, a lane at a time, and what that leaves as self time.

use std::ops::Range;

use super::Slices;
use crate::{LaneId, SliceId};

impl Slices {
    /// Each of the slices `rows` of a lane with the one of the slices `above`, of the lane
    /// before, that it is nested in. Linear in both: starts rise in either.
    pub(crate) fn with_parents(
        &self,
        rows: Range<usize>,
        above: Range<usize>,
    ) -> impl Iterator<Item = (SliceId, Option<SliceId>)> {
        let mut at = above.start;
        rows.map(SliceId::from_index).map(move |slice| {
            let start = self.start_ns(slice);
            while at + 1 < above.end && self.start_ns[at + 1] <= start {
                at += 1;
            }
            let parent = (at < above.end).then(|| SliceId::from_index(at));
            let around = |&parent: &SliceId| {
                self.start_ns(parent) <= start && self.end_ns(parent) >= self.end_ns(slice)
            };
            (slice, parent.filter(around))
        })
    }

    /// The slices of a lane that have a part in a range of time, by binary search; all without
    /// one. A slice without duration is in the range when its start is.
    pub(crate) fn lane_slices_in(&self, lane: LaneId, range: Option<&Range<i64>>) -> Range<usize> {
        let rows = self.lane_slices(lane);
        let Some(range) = range else { return rows };
        if range.is_empty() {
            return rows.start..rows.start;
        }
        // Slices of a lane are disjoint, so their ends rise as their starts do.
        let first = partition_point(rows.clone(), |row| {
            self.start_ns[row] < range.start && self.end_ns(SliceId::from_index(row)) <= range.start
        });
        let end = partition_point(rows, |row| self.start_ns[row] < range.end);
        first..end.max(first)
    }

    /// How much of a slice lies in a range of time; all without one.
    pub(crate) fn inside_ns(&self, slice: SliceId, range: Option<&Range<i64>>) -> i64 {
        range.map_or(self.duration_ns(slice), |range| {
            let start = self.start_ns(slice).max(range.start);
            self.end_ns(slice).min(range.end).saturating_sub(start).max(0)
        })
    }

    /// Calls `visit(slice, parent)` for each slice of the lanes of one track: which it is nested
    /// in directly. Parents come before what is nested in them.
    pub(crate) fn for_each_parent(
        &self,
        lanes: impl Iterator<Item = LaneId>,
        mut visit: impl FnMut(SliceId, Option<SliceId>),
    ) {
        let mut above = 0..0;
        for lane in lanes {
            let rows = self.lane_slices(lane);
            if self.lanes[lane.index()].depth == 0 {
                above = 0..0;
            }
            self.with_parents(rows.clone(), above).for_each(|(slice, parent)| visit(slice, parent));
            above = rows;
        }
    }

    /// Calls `visit(slice, self_ns)` for each slice of some lanes of one track that has a part
    /// in the range: how much of that part no slice nested directly in it covers.
    pub(crate) fn for_each_self(
        &self,
        lanes: impl Iterator<Item = LaneId>,
        range: Option<&Range<i64>>,
        mut visit: impl FnMut(SliceId, i64),
    ) {
        let mut above = 0..0;
        let mut above_self: Vec<i64> = Vec::new();
        let mut lane_self: Vec<i64> = Vec::new();
        let mut flush = |rows: Range<usize>, self_ns: &[i64]| {
            rows.map(SliceId::from_index).zip(self_ns).for_each(|(row, &ns)| visit(row, ns));
        };
        for lane in lanes {
            let rows = self.lane_slices_in(lane, range);
            lane_self.clear();
            let inside = |row| self.inside_ns(SliceId::from_index(row), range);
            lane_self.extend(rows.clone().map(inside));
            if self.lanes[lane.index()].depth > 0 {
                let nested = self.with_parents(rows.clone(), above.clone());
                for ((_, parent), inside) in nested.zip(&lane_self) {
                    if let Some(parent) = parent {
                        above_self[parent.index() - above.start] -= inside;
                    }
                }
            }
            flush(above, &above_self);
            above = rows;
            std::mem::swap(&mut above_self, &mut lane_self);
        }
        flush(above, &above_self);
    }
}

impl Slices {
    /// How much of a slice no slice nested directly in it covers, of all of it: by binary
    /// search, and linear in the slices nested directly in it.
    pub fn self_ns(&self, slice: SliceId) -> i64 {
        SelfTimes::new(self, self.lane_of(slice), None).of(slice.index())
    }
}

/// Self times of some of the slices of a lane, in the order of the lane. Together they look at
/// each slice of the lane below once.
pub(crate) struct SelfTimes<'a> {
    slices: &'a Slices,
    range: Option<&'a Range<i64>>,
    /// Where the lane ends.
    end: usize,
    /// What is left of the lane below; empty where slices of that are not nested in this one.
    below: Range<usize>,
}

impl<'a> SelfTimes<'a> {
    /// Of slices of a lane, within a range of time.
    pub(crate) fn new(slices: &'a Slices, lane: LaneId, range: Option<&'a Range<i64>>) -> Self {
        let lanes = &slices.lanes;
        let next = lanes.get(lane.index() + 1);
        let is_nested = next.is_some_and(|below| below.depth > lanes[lane.index()].depth);
        let below =
            if is_nested { slices.lane_slices(LaneId::from_index(lane.index() + 1)) } else { 0..0 };
        Self { slices, range, end: slices.lane_slices(lane).end, below }
    }

    /// The self time of a slice of the lane, after all that were asked for before.
    pub(crate) fn of(&mut self, row: usize) -> i64 {
        let Self { slices, range, end, .. } = *self;
        let slice = SliceId::from_index(row);
        let mut self_ns = slices.inside_ns(slice, range);
        let start = slices.start_ns(slice);
        let next = if row + 1 < end { slices.start_ns[row + 1] } else { i64::MAX };
        self.below.start += gallop(&slices.start_ns[self.below.clone()], start);
        for child in self.below.clone().take_while(|&child| slices.start_ns[child] < next) {
            let child = SliceId::from_index(child);
            if slices.end_ns(child) <= slices.end_ns(slice) {
                self_ns -= slices.inside_ns(child, range);
            }
            self.below.start += 1;
        }
        self_ns
    }
}

/// How many of rising times are before one: by steps that double, so that what is near costs
/// little.
fn gallop(times: &[i64], start: i64) -> usize {
    let mut step = 1;
    while step < times.len() && times[step] < start {
        step *= 2;
    }
    let end = times.len().min(step + 1);
    let begin = (step / 2).min(end);
    begin + times[begin..end].partition_point(|&time| time < start)
}

/// The first of the rows for which `before` does not hold.
fn partition_point(rows: Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    let Range { mut start, mut end } = rows;
    while start < end {
        let middle = start + (end - start) / 2;
        if before(middle) {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::testing;

    /// Compares the self times of the slices in a range of microseconds, a line `name: self`
    /// each in order of lane and start, with `expected`.
    #[track_caller]
    fn check(trace: &str, range_us: Option<Range<i64>>, expected: &str) {
        let profile = testing::trace(trace);
        let range = range_us.map(|range| range.start * 1000..range.end * 1000);
        let mut actual = String::new();
        for track in profile.tracks().ids() {
            let lanes = profile.tracks().lanes(track);
            profile.slices().for_each_self(lanes, range.as_ref(), |slice, self_ns| {
                let name = profile.function_name(profile.slices().name(slice));
                writeln!(actual, "{name}: {}", self_ns / 1000).unwrap();
            });
        }
        assert_eq!(actual.trim_end(), testing::unindent(expected));
    }

    const TRACE: &str = "
        A: aaaaaaaa bbb
         :  ccc dd  e
         :  ff
        ";

    #[test]
    fn self_time_is_what_no_nested_slice_covers() {
        check(
            TRACE,
            None,
            "
            a: 3
            b: 2
            c: 1
            d: 2
            e: 1
            f: 2
            ",
        );
    }

    #[test]
    fn a_range_cuts_slices_and_what_is_nested_in_them() {
        check(
            TRACE,
            Some(2..6),
            "
            a: 1
            c: 1
            d: 1
            f: 1
            ",
        );
    }

    #[test]
    fn a_range_without_slices_has_no_self_time() {
        check(TRACE, Some(8..9), "");
        check(TRACE, Some(Range { start: 6, end: 2 }), "");
    }
}
