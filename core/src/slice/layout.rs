//! Puts slices, as files have them, in lanes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::{Lane, Slices};
use crate::id::row_number;
use crate::{FunctionId, SliceId, TrackId};

/// Slices in the order of the file. Columns of equal length.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawSlices {
    pub(crate) track: Vec<TrackId>,
    /// Which asynchronous operation; slices of one operation nest, others do not. On the track
    /// of a thread all are 0.
    pub(crate) operation: Vec<u32>,
    pub(crate) start_ns: Vec<i64>,
    pub(crate) duration_ns: Vec<i64>,
    pub(crate) name: Vec<FunctionId>,
    pub(crate) detail: Vec<u64>,
    pub(crate) end_detail: Vec<(u32, u64)>,
    /// Slices that ended when another had just started at the same time, and how many slices
    /// there were then: those added later are not within them. By slice, rising, once sorted.
    pub(crate) ended_at: Vec<(u32, u32)>,
}

/// Sorts slices into lanes. Gives the slices, the new row of each old one, and for each track
/// where its lanes end.
///
/// Of two slices that start together the longer is the parent, of two equal ones the first in
/// the file, which is the one whose details are first. `O(n log n)` whatever the slices are.
pub(crate) fn layout(raw: RawSlices, n_tracks: usize) -> (Slices, Vec<SliceId>, Vec<u32>) {
    let mut order = rows_by_track(&raw, n_tracks);
    let mut of_tracks: Vec<&mut [u32]> = Vec::with_capacity(n_tracks);
    let mut rest = &mut *order.rows;
    for n_rows in order.n_rows {
        let (rows, after) = rest.split_at_mut(n_rows);
        rest = after;
        of_tracks.push(rows);
    }
    let of_tracks: Vec<Vec<LaneRows>> = of_tracks
        .into_par_iter()
        .map(|rows| {
            // Threads mostly write in order, so what is left of the file's disorder is cheap here.
            rows.sort_by_key(|&row| {
                let row = row as usize;
                let time = (raw.start_ns[row], Reverse(raw.duration_ns[row]));
                (raw.operation[row], time, raw.detail[row])
            });
            lanes_of_track(&raw, rows)
        })
        .collect();
    drop(order.rows);

    let mut order: Vec<u32> = Vec::with_capacity(raw.start_ns.len());
    let mut lanes = Vec::new();
    let mut lanes_end = Vec::with_capacity(n_tracks);
    for (track, of_track) in of_tracks.into_iter().enumerate() {
        for (depth, rows) in of_track {
            order.extend(rows);
            let end = row_number(order.len());
            lanes.push(Lane { track: TrackId::from_index(track), depth, end });
        }
        lanes_end.push(row_number(lanes.len()));
    }
    let mut new_row = vec![SliceId::from_index(0); raw.start_ns.len()];
    for (new, &row) in order.iter().enumerate() {
        new_row[row as usize] = SliceId::from_index(new);
    }
    let mut end_detail: Vec<(SliceId, u64)> =
        raw.end_detail.iter().map(|&(row, at)| (new_row[row as usize], at)).collect();
    end_detail.sort_unstable();
    // Each column is gone before the next is made: together they are most of what a trace takes.
    let RawSlices { start_ns, duration_ns, name, detail, .. } = raw;
    let slices = Slices {
        start_ns: in_order(start_ns, &order),
        duration_ns: in_order(duration_ns, &order),
        name: in_order(name, &order),
        detail: in_order(detail, &order),
        lanes,
        end_detail,
    };
    (slices, new_row, lanes_end)
}

/// A column with its rows in another order.
#[expect(clippy::needless_pass_by_value, reason = "its memory is given back")]
fn in_order<T: Copy + Send + Sync>(column: Vec<T>, order: &[u32]) -> Vec<T> {
    order.par_iter().with_min_len(1 << 14).map(|&row| column[row as usize]).collect()
}

/// Rows by track.
struct RowsByTrack {
    /// Those of each track in turn, in the order of the file.
    rows: Vec<u32>,
    /// How many each track has.
    n_rows: Vec<usize>,
}

fn rows_by_track(raw: &RawSlices, n_tracks: usize) -> RowsByTrack {
    let mut n_rows = vec![0; n_tracks];
    for track in &raw.track {
        n_rows[track.index()] += 1;
    }
    let mut next: Vec<usize> = Vec::with_capacity(n_tracks);
    let mut start = 0;
    for n in &n_rows {
        next.push(start);
        start += n;
    }
    let mut rows = vec![0; raw.track.len()];
    for (row, track) in raw.track.iter().enumerate() {
        let at = &mut next[track.index()];
        rows[*at] = row_number(row);
        *at += 1;
    }
    RowsByTrack { rows, n_rows }
}

/// The slices of one lane, in order of start, below its depth.
type LaneRows = (u32, Vec<u32>);

/// The lanes of one track, top first.
fn lanes_of_track(raw: &RawSlices, rows: &[u32]) -> Vec<LaneRows> {
    if rows.is_empty() {
        return Vec::new();
    }
    let same = |a: u32, b: u32| raw.operation[a as usize] == raw.operation[b as usize];
    let mut operations: Vec<Operation> =
        rows.chunk_by(|&a, &b| same(a, b)).map(|rows| Operation::new(raw, rows)).collect();
    if operations.len() == 1 {
        return operations.remove(0).lanes;
    }
    operations.sort_by_key(|operation| operation.start_ns);

    // An operation takes the band that is free for longest; a new one where none is free.
    let mut bands: Vec<Vec<LaneRows>> = Vec::new();
    let mut free_at: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
    for operation in operations {
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
    fn new(raw: &RawSlices, rows: &[u32]) -> Self {
        let mut nestings: Vec<Nesting> = vec![Nesting::default()];
        let mut end_ns = i64::MIN;
        let mut free_at: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
        for &row in rows {
            let start = raw.start_ns[row as usize];
            let end = start + raw.duration_ns[row as usize];
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

impl RawSlices {
    /// Where a slice ended, in rows. Of one without duration that was never said to have ended
    /// nobody knows, so all of the same time that follow are within it.
    fn ended_at(&self, row: u32) -> u32 {
        match self.ended_at.binary_search_by_key(&row, |&(row, _)| row) {
            Ok(at) => self.ended_at[at].1,
            Err(_) if self.duration_ns[row as usize] == 0 => u32::MAX,
            Err(_) => 0,
        }
    }
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
        let mut raw = RawSlices::default();
        for text in slices.split_whitespace() {
            let (text, ended_at) = text.split_once('|').unwrap_or((text, ""));
            if let Ok(ended_at) = ended_at.parse() {
                raw.ended_at.push((u32::try_from(raw.track.len()).unwrap(), ended_at));
            }
            let (range, operation) = text.split_once('@').unwrap_or((text, "0"));
            let (start, end) = range.split_once("..").unwrap();
            let (start, end): (i64, i64) = (start.parse().unwrap(), end.parse().unwrap());
            raw.track.push(TrackId::from_index(0));
            raw.operation.push(operation.parse().unwrap());
            raw.start_ns.push(start);
            raw.duration_ns.push(end - start);
            raw.name.push(FunctionId::from_index(0));
            raw.detail.push(Slices::NO_DETAIL);
        }
        let (slices, _, lanes_end) = layout(raw, 1);
        assert_eq!(lanes_end, [u32::try_from(slices.lanes.len()).unwrap()]);

        let mut actual = String::new();
        let mut row = 0;
        for lane in &slices.lanes {
            write!(actual, "{}:", lane.depth).unwrap();
            for slice in row..lane.end as usize {
                let start = slices.start_ns[slice];
                write!(actual, " {start}..{}", start + slices.duration_ns[slice]).unwrap();
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
        let text: Vec<String> = (0..500).map(|i| format!("{i}..{}", 1000 + i)).collect();
        let mut raw = RawSlices::default();
        for i in 0..text.len() {
            raw.track.push(TrackId::from_index(0));
            raw.operation.push(0);
            raw.start_ns.push(i64::try_from(i).unwrap());
            raw.duration_ns.push(1000);
            raw.name.push(FunctionId::from_index(0));
            raw.detail.push(Slices::NO_DETAIL);
        }
        assert_eq!(layout(raw, 1).0.len(), 500);
    }
}
