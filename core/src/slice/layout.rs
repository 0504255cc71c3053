//! Puts slices, as files have them, in lanes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::durations::{Durations, HighHalves, joined};
use super::raw::{RawSlices, RawTrack};
use super::{Lane, Slices};
use crate::builder::RawSliceId;
use crate::id::row_number;
use crate::offsets::{Offsets, high_of_narrow, low_half};
use crate::{FunctionId, SliceId, TrackId};

/// Slices in lanes, and where they went.
pub(crate) struct LaidOut {
    pub(crate) slices: Slices,
    /// For each track where its lanes end.
    pub(crate) lanes_end: Vec<u32>,
    /// Where the slices are that were asked for, in the same order.
    pub(crate) found: Vec<SliceId>,
}

/// Sorts slices into lanes, with times since `origin_ns`, and finds those of `wanted`, which is
/// sorted.
///
/// Of two slices that start together the longer is the parent, of two equal ones the first in
/// the file, which is the one whose details are first. `O(n log n)` whatever the slices are.
/// Together they are most of what a trace takes, so there is never a second copy of them: the
/// columns of a track are moved to where they stay, a column at a time, and sorted there.
pub(crate) fn layout(raw: RawSlices, origin_ns: i64, wanted: &[RawSliceId]) -> LaidOut {
    let n_slices = raw.len();
    // Zeros cost no memory until they are written over.
    let mut names: Vec<u32> = vec![0; n_slices];
    let mut slices = Slices {
        start_ns: vec![0; n_slices],
        duration_ns: Durations::zeros(n_slices),
        name: Vec::new(),
        detail: Offsets::zeros(n_slices, raw.has_wide_details()),
        lanes: Vec::new(),
        ended: Vec::new(),
        end_detail: Offsets::default(),
    };
    let (low, high) = slices.detail.halves_mut();
    let mut rest = Columns {
        start_ns: &mut slices.start_ns,
        duration_low: slices.duration_ns.low_mut(),
        name: &mut names,
        detail: [low, high],
    };
    let tracks: Vec<(TrackId, RawTrack, Columns<'_>)> = raw
        .into_tracks()
        .map(|(id, track)| {
            let columns = rest.take(track.len());
            (id, track, columns)
        })
        .collect();
    let of_tracks: Vec<LaidOutTrack> = tracks
        .into_par_iter()
        .with_max_len(1)
        .map(|(id, track, columns)| columns.lay_out(track, origin_ns, of_track(wanted, id)))
        .collect();

    let mut lanes_end = Vec::with_capacity(of_tracks.len());
    let mut found = Vec::with_capacity(wanted.len());
    let mut start = 0;
    for (track, of_track) in of_tracks.into_iter().enumerate() {
        let id = |row: u32| SliceId::from_index(start + row as usize);
        found.extend(of_track.found.into_iter().map(id));
        for (row, high) in of_track.duration_high {
            slices.duration_ns.high_mut().set(id(row).index(), high);
        }
        for (row, at) in of_track.end_detail {
            slices.ended.push(id(row));
            slices.end_detail.push(at);
        }
        for (depth, n_rows) in of_track.lanes {
            start += n_rows;
            let track = TrackId::from_index(track);
            slices.lanes.push(Lane { track, depth, end: row_number(start) });
        }
        lanes_end.push(row_number(slices.lanes.len()));
    }
    // In the same memory.
    slices.name = names.into_iter().map(FunctionId::from_raw).collect();
    LaidOut { slices, lanes_end, found }
}

/// Those of some sorted slices that are on one track.
fn of_track(wanted: &[RawSliceId], track: TrackId) -> &[RawSliceId] {
    let start = wanted.partition_point(|slice| slice.track < track);
    let rest = &wanted[start..];
    &rest[..rest.partition_point(|slice| slice.track == track)]
}

/// Where the slices of a track are.
struct Columns<'a> {
    start_ns: &'a mut [i64],
    /// The lower halves.
    duration_low: &'a mut [u32],
    /// As [`FunctionId::raw`].
    name: &'a mut [u32],
    /// The lower halves and, in sources of 4 GiB and more, the higher ones.
    detail: [&'a mut [u32]; 2],
}

/// What becomes of one track, in rows of its own.
struct LaidOutTrack {
    /// Depths, and how many slices each lane has.
    lanes: Vec<(u32, usize)>,
    /// The higher halves of durations that are not 0, rising.
    duration_high: Vec<(u32, u32)>,
    end_detail: Vec<(u32, u64)>,
    found: Vec<u32>,
}

impl Columns<'_> {
    /// The first rows, which are no longer here then.
    fn take(&mut self, n: usize) -> Self {
        Self {
            start_ns: self.start_ns.split_off_mut(..n).unwrap_or_default(),
            duration_low: self.duration_low.split_off_mut(..n).unwrap_or_default(),
            name: self.name.split_off_mut(..n).unwrap_or_default(),
            detail: self.detail.each_mut().map(|half| half.split_off_mut(..n).unwrap_or_default()),
        }
    }

    /// Takes the slices of a track, and puts them in lanes.
    fn lay_out(
        mut self,
        mut track: RawTrack,
        origin_ns: i64,
        wanted: &[RawSliceId],
    ) -> LaidOutTrack {
        track.sort_ends();
        let duration_high = self.fill(&mut track, origin_ns);
        let RawTrack { operation, mut end_detail, ended_at, .. } = track;
        let of_lanes = {
            let start_ns = &*self.start_ns;
            let [low, high] = &self.detail;
            let rows = Rows {
                start_ns,
                duration_low: &*self.duration_low,
                duration_high: &duration_high,
                operation: &operation,
                ended_at: &ended_at,
            };
            let mut order: Vec<u32> = (0..row_number(start_ns.len())).collect();
            // Threads mostly write in order, so what is left of the file's disorder is cheap here.
            order.sort_by_key(|&row| {
                let at = row as usize;
                let time = (start_ns[at], Reverse(rows.duration_ns(row)));
                (rows.operation(row), time, high.get(at), low[at])
            });
            lanes_of_track(&rows, &order)
        };
        drop((operation, ended_at));
        let lanes = of_lanes.iter().map(|(depth, rows)| (*depth, rows.len())).collect();
        let mut of_lanes = of_lanes.into_iter().map(|(_, rows)| rows);
        let mut order = of_lanes.next().unwrap_or_default();
        of_lanes.for_each(|rows| order.extend(rows));

        let (mut found, mut new_row) = (Vec::new(), Vec::new());
        if !wanted.is_empty() || !end_detail.is_empty() {
            new_row.resize(order.len(), 0);
            for (new, &row) in (0..).zip(&order) {
                new_row[row as usize] = new;
            }
        }
        found.extend(wanted.iter().map(|slice| new_row[slice.row as usize]));
        for (row, _) in &mut end_detail {
            *row = new_row[*row as usize];
        }
        end_detail.sort_unstable();
        drop(new_row);
        let duration_high = duration_high.reordered(&order);
        if !order.is_sorted() {
            self.reorder(&order);
        }
        LaidOutTrack { lanes, duration_high, end_detail, found }
    }

    /// Moves the columns of a track here, in the order of the file. Each is gone before the next is
    /// looked at. Returns the higher halves of the durations.
    fn fill(&mut self, track: &mut RawTrack, origin_ns: i64) -> HighHalves {
        let start_ns = std::mem::take(&mut track.start_ns);
        for (to, start) in self.start_ns.iter_mut().zip(start_ns) {
            *to = start - origin_ns;
        }
        let (duration_low, duration_high) = std::mem::take(&mut track.duration_ns).into_halves();
        self.duration_low.copy_from_slice(&duration_low);
        drop(duration_low);
        let names = std::mem::take(&mut track.name);
        for (to, name) in self.name.iter_mut().zip(names) {
            *to = name.raw();
        }
        let (low, high) = std::mem::take(&mut track.detail).into_halves();
        let [to_low, to_high] = &mut self.detail;
        for (row, to) in to_high.iter_mut().enumerate() {
            *to = high.get(row).copied().unwrap_or_else(|| high_of_narrow(low[row]));
        }
        to_low.copy_from_slice(&low);
        duration_high
    }

    /// Puts the rows in another order, half a number at a time.
    fn reorder(&mut self, order: &[u32]) {
        let mut halves: Vec<u32> = Vec::new();
        for shift in [0, 32] {
            // The halves of one row come back together before the other ones leave it.
            reorder(
                self.start_ns,
                order,
                &mut halves,
                |number: i64| low_half((number >> shift).cast_unsigned()),
                |to, half| {
                    let kept = !(i64::from(u32::MAX) << shift);
                    *to = *to & kept | i64::from(half) << shift;
                },
            );
        }
        let [low, high] = &mut self.detail;
        for column in [&mut *self.duration_low, &mut *self.name, low, high] {
            if !column.is_empty() {
                reorder(column, order, &mut halves, |half| half, |to, half| *to = half);
            }
        }
    }
}

/// Gives each row a part of the one that comes there; `parts` is for use again.
fn reorder<T: Copy + Send + Sync>(
    column: &mut [T],
    order: &[u32],
    parts: &mut Vec<u32>,
    part: impl Fn(T) -> u32 + Sync,
    set: impl Fn(&mut T, u32) + Sync,
) {
    let from = &*column;
    let together = 1 << 14;
    order
        .par_iter()
        .with_min_len(together)
        .map(|&row| part(from[row as usize]))
        .collect_into_vec(parts);
    column.par_iter_mut().with_min_len(together).zip(&*parts).for_each(|(to, &part)| set(to, part));
}

/// What is known of the slices of a track, in the order of the file.
struct Rows<'a> {
    start_ns: &'a [i64],
    duration_low: &'a [u32],
    duration_high: &'a HighHalves,
    /// See [`RawTrack::operation`].
    operation: &'a [u32],
    /// See [`RawTrack::ended_at`].
    ended_at: &'a [(u32, u32)],
}

impl Rows<'_> {
    /// How long a slice lasts.
    #[inline]
    fn duration_ns(&self, row: u32) -> i64 {
        let row = row as usize;
        joined(self.duration_low[row], self.duration_high.get(row))
    }

    /// The operation that a slice is of.
    #[inline]
    fn operation(&self, row: u32) -> u32 {
        self.operation.get(row as usize).copied().unwrap_or(0)
    }

    /// Where a slice ended, in rows. Of one without duration that was never said to have ended
    /// nobody knows, so all of the same time that follow are within it.
    fn ended_at(&self, row: u32) -> u32 {
        match self.ended_at.binary_search_by_key(&row, |&(row, _)| row) {
            Ok(at) => self.ended_at[at].1,
            Err(_) if self.duration_ns(row) == 0 => u32::MAX,
            Err(_) => 0,
        }
    }
}

/// The slices of one lane, in order of start, below its depth.
type LaneRows = (u32, Vec<u32>);

/// The lanes of one track, top first.
fn lanes_of_track(raw: &Rows<'_>, rows: &[u32]) -> Vec<LaneRows> {
    if rows.is_empty() {
        return Vec::new();
    }
    let same = |a: u32, b: u32| raw.operation(a) == raw.operation(b);
    // Where each operation starts among the rows.
    let mut operations: Vec<u32> = vec![0];
    let changes = rows.windows(2).zip(1..).filter(|(pair, _)| !same(pair[0], pair[1]));
    operations.extend(changes.map(|(_, at)| at));
    if operations.len() == 1 {
        return Operation::new(raw, rows).lanes;
    }
    operations.sort_by_key(|&at| raw.start_ns[rows[at as usize] as usize]);

    // An operation takes the band that is free for longest; a new one where none is free. Each is
    // gone before the next is looked at: most have one slice, and lists of it take ten times as
    // much as the slice does.
    let mut bands: Vec<Vec<LaneRows>> = Vec::new();
    let mut free_at: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
    for at in operations {
        let rows = &rows[at as usize..];
        let n_rows = rows.iter().take_while(|&&row| same(row, rows[0])).count();
        let operation = Operation::new(raw, &rows[..n_rows]);
        let band = match free_at.peek() {
            Some(&Reverse((end, band))) if end <= operation.start_ns => {
                free_at.pop();
                band
            }
            _ => {
                bands.push(Vec::new());
                bands.len() - 1
            }
        };
        free_at.push(Reverse((operation.end_ns, band)));
        // A lane joins the lane at the same place of the same nesting, or it would lose its parent.
        let (lanes, mut at) = (&mut bands[band], 0);
        for (depth, mut rows) in operation.lanes {
            while depth == 0 && lanes.get(at).is_some_and(|&(other, _)| other != 0) {
                at += 1;
            }
            match lanes.get_mut(at) {
                Some((other, lane)) if *other == depth => lane.append(&mut rows),
                Some(_) | None => lanes.insert(at, (depth, rows)),
            }
            at += 1;
        }
    }
    bands.into_iter().flatten().collect()
}

/// One asynchronous operation, or all of a thread.
struct Operation {
    start_ns: i64,
    end_ns: i64,
    lanes: Vec<LaneRows>,
}

/// How many nestings a slice is tried in before a free one is taken. More would make slices
/// that all overlap cost quadratic time; two are enough for what tools write.
const MAX_NESTINGS_TRIED: usize = 8;

impl Operation {
    fn new(raw: &Rows<'_>, rows: &[u32]) -> Self {
        let mut nestings: Vec<Nesting> = vec![Nesting::default()];
        let mut end_ns = i64::MIN;
        let mut free_at: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
        for &row in rows {
            let start = raw.start_ns[row as usize];
            let end = start + raw.duration_ns(row);
            end_ns = end_ns.max(end);
            let tried = nestings.len().min(MAX_NESTINGS_TRIED);
            let slice = Placed { row, start, end, ended_at: raw.ended_at(row) };
            if nestings[..tried].iter_mut().any(|nesting| nesting.take(slice)) {
                continue;
            }
            let free = free_at.peek().filter(|Reverse((free, _))| *free <= start);
            let at = if let Some(at) = free.map(|Reverse((_, at))| *at) {
                free_at.pop();
                at
            } else {
                nestings.push(Nesting::default());
                nestings.len() - 1
            };
            let taken = nestings[at].take(slice);
            debug_assert!(taken, "a free nesting takes any slice");
            if at >= MAX_NESTINGS_TRIED {
                free_at.push(Reverse((end, at)));
            }
        }
        let start_ns = rows.first().map_or(0, |&row| raw.start_ns[row as usize]);
        let lanes = nestings.into_iter().flat_map(|nesting| (0..).zip(nesting.lanes)).collect();
        Self { start_ns, end_ns, lanes }
    }
}

/// A slice on its way to a lane.
#[derive(Clone, Copy)]
struct Placed {
    row: u32,
    start: i64,
    end: i64,
    /// The first row of a slice without duration that is not within it, at the time it ends.
    ended_at: u32,
}

/// Slices of which any two are disjoint or one within the other.
#[derive(Default)]
struct Nesting {
    /// Ends of the slices that are open, outermost first, as a time and as a row.
    open: Vec<(i64, u32)>,
    /// Rows by depth.
    lanes: Vec<Vec<u32>>,
}

/// Slices without duration nest in each other up to this depth, then from the top again: more
/// of one time would only make lanes that nobody can read.
const MAX_EMPTY_DEPTH: usize = 64;

impl Nesting {
    /// Takes a slice that starts after all it has, unless it would stick out of its parent.
    fn take(&mut self, slice: Placed) -> bool {
        let Placed { row, start, end, ended_at } = slice;
        let within = if start == end && self.open.len() < MAX_EMPTY_DEPTH { row } else { u32::MAX };
        let is_over = |&mut (open_end, ended_at): &mut (i64, u32)| {
            open_end < start || (open_end == start && ended_at <= within)
        };
        while self.open.pop_if(is_over).is_some() {}
        if self.open.last().is_some_and(|&(open_end, _)| open_end < end) {
            return false;
        }
        let depth = self.open.len();
        if depth == self.lanes.len() {
            self.lanes.push(Vec::new());
        }
        self.lanes[depth].push(row);
        self.open.push((end, ended_at));
        true
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Lays out slices `start..end` of one track, each an operation of its own where `@n` says
    /// which, and compares the lanes, a line `depth: slices` each. A slice `s..t|n` ended when
    /// there were `n` slices.
    #[track_caller]
    fn check(slices: &str, expected: &str) {
        let mut track = RawTrack::default();
        for text in slices.split_whitespace() {
            let (text, ended_at) = text.split_once('|').unwrap_or((text, ""));
            if let Ok(ended_at) = ended_at.parse() {
                track.ended_at.push((u32::try_from(track.len()).unwrap(), ended_at));
            }
            let (range, operation) = text.split_once('@').unwrap_or((text, "0"));
            let (start, end) = range.split_once("..").unwrap();
            let (start, end): (i64, i64) = (start.parse().unwrap(), end.parse().unwrap());
            track.operation.push(operation.parse().unwrap());
            track.start_ns.push(start);
            track.duration_ns.push(end - start);
            track.name.push(FunctionId::from_index(0));
            track.detail.push(Slices::NO_DETAIL);
        }
        let LaidOut { slices, lanes_end, .. } = layout(RawSlices::of_track(track), 0, &[]);
        assert_eq!(lanes_end, [u32::try_from(slices.lanes.len()).unwrap()]);

        let mut actual = String::new();
        let mut row = 0;
        for lane in &slices.lanes {
            write!(actual, "{}:", lane.depth).unwrap();
            for slice in row..lane.end as usize {
                let start = slices.start_ns[slice];
                write!(actual, " {start}..{}", start + slices.duration_ns.get(slice)).unwrap();
            }
            row = lane.end as usize;
            actual.push('\n');
        }
        assert_eq!(actual.trim_end(), crate::testing::unindent(expected));
    }

    #[test]
    fn slices_nest_whatever_their_order() {
        check(
            "2..3 0..10 1..5 12..13",
            "
            0: 0..10 12..13
            1: 1..5
            2: 2..3
            ",
        );
    }

    #[test]
    fn of_two_that_start_together_the_longer_is_the_parent() {
        check("0..5 0..10", "0: 0..10\n1: 0..5");
    }

    #[test]
    fn slices_without_duration_nest_at_their_time_until_they_end() {
        check("0..10 10..10", "0: 0..10 10..10");
        check("5..5 5..5", "0: 5..5\n1: 5..5");
        check("5..5 5..9", "0: 5..9\n1: 5..5");
        check("5..5|1 5..5|2", "0: 5..5 5..5");
        check("5..5|3 5..5|2 5..5|3 5..5|4", "0: 5..5 5..5\n1: 5..5 5..5");
        check("0..5|2 5..5|2 5..5|3", "0: 0..5 5..5\n1: 5..5");
        let many = "5..5 ".repeat(100);
        let mut expected = String::new();
        for depth in 0..64 {
            let times = if depth < 100 - 64 { " 5..5 5..5" } else { " 5..5" };
            writeln!(expected, "{depth}:{times}").unwrap();
        }
        check(&many, &expected);
    }

    #[test]
    fn partly_overlapping_slices_get_a_nesting_of_their_own() {
        check(
            "0..10 5..15 6..7 20..30",
            "
            0: 0..10 20..30
            1: 6..7
            0: 5..15
            ",
        );
    }

    #[test]
    fn operations_never_nest_in_each_other() {
        check(
            "0..10@1 2..3@2 4..5@1 20..30@3",
            "
            0: 0..10
            1: 4..5
            0: 2..3 20..30
            ",
        );
    }

    #[test]
    fn many_overlapping_slices_are_all_kept() {
        let mut track = RawTrack::default();
        for start in 0..500 {
            track.start_ns.push(start);
            track.duration_ns.push(1000);
            track.name.push(FunctionId::from_index(0));
            track.detail.push(Slices::NO_DETAIL);
        }
        assert_eq!(layout(RawSlices::of_track(track), 0, &[]).slices.len(), 500);
    }
}
