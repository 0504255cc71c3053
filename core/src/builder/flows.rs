//! Which slices the flows of a file start and end at.

use std::collections::BinaryHeap;

use super::{FlowEnd, RawSliceId};
use crate::id::row_number;
use crate::{Flows, LaneId, SliceId, Slices, StringId, TrackId, TrackTable};

/// What could not be put in its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unbound {
    /// Flows one end of which has no slice.
    pub flows: u64,
    /// The first of them, counted from 0 in the order in which they were added.
    pub first_flow: Option<usize>,
}

/// A flow of the file: its name, and where it starts and ends.
pub(super) type RawFlow = (StringId, FlowEnd, FlowEnd);

/// The slices that flows start or end at by themselves, sorted.
pub(super) fn slices_of(flows: &[RawFlow]) -> Vec<RawSliceId> {
    let ends = flows.iter().flat_map(|&(_, from, to)| [from, to]);
    let mut slices: Vec<RawSliceId> = ends
        .filter_map(|end| match end {
            FlowEnd::Slice(slice) => Some(slice),
            FlowEnd::Enclosing(..) | FlowEnd::Next(..) => None,
        })
        .collect();
    slices.sort_unstable();
    slices.dedup();
    slices
}

/// Slices in their lanes, and where those of [`slices_of`] are.
pub(super) struct Finished<'a> {
    pub(super) slices: &'a Slices,
    pub(super) tracks: &'a TrackTable,
    pub(super) wanted: &'a [RawSliceId],
    pub(super) found: &'a [SliceId],
}

impl Finished<'_> {
    fn row_of(&self, slice: RawSliceId) -> Option<SliceId> {
        self.found.get(self.wanted.binary_search(&slice).ok()?).copied()
    }

    /// Looks up the slices at the ends of flows; the times of the flows are those of the file.
    ///
    /// `O((n + m) log n)` for `n` slices and `m` flows, however the slices lie: the ends on a
    /// track are gone through in order of time together with its slices.
    pub(super) fn bind(&self, raw: Vec<RawFlow>, origin_ns: i64) -> (Flows, Unbound) {
        let mut bound: Vec<SliceId> = vec![SliceId::NONE; raw.len() * 2];
        let (mut enclosing, mut next) = (Vec::new(), Vec::new());
        for (end, place) in raw.iter().flat_map(|&(_, from, to)| [from, to]).enumerate() {
            let want = |list: &mut Vec<Wanted>, track, time_ns: i64| {
                let time_ns = time_ns.saturating_sub(origin_ns);
                list.push(Wanted { time_ns, track, end: row_number(end) });
            };
            match place {
                FlowEnd::Slice(slice) => {
                    bound[end] = self.row_of(slice).unwrap_or(SliceId::NONE);
                }
                FlowEnd::Enclosing(track, time_ns) => want(&mut enclosing, track, time_ns),
                FlowEnd::Next(track, time_ns) => want(&mut next, track, time_ns),
            }
        }
        let names: Vec<StringId> = raw.into_iter().map(|(name, ..)| name).collect();
        for (kind, mut wanted) in [(Kind::Enclosing, enclosing), (Kind::Next, next)] {
            wanted.sort_unstable_by_key(|wanted| (wanted.track, wanted.time_ns));
            for wanted in wanted.chunk_by(|a, b| a.track == b.track) {
                bind_on_track(wanted, kind, self.slices, self.tracks, &mut bound);
            }
        }

        let mut flows = Flows::default();
        let mut unbound = Unbound::default();
        for (row, (name, ends)) in names.into_iter().zip(bound.chunks_exact(2)).enumerate() {
            let (from, to) = (ends[0], ends[1]);
            if from != SliceId::NONE && to != SliceId::NONE {
                flows.name.push(name);
                flows.from.push(from);
                flows.to.push(to);
            } else {
                unbound.flows += 1;
                unbound.first_flow.get_or_insert(row);
            }
        }
        (flows, unbound)
    }
}

/// The end of a flow that is looked for.
#[derive(Clone, Copy)]
struct Wanted {
    time_ns: i64,
    track: TrackId,
    /// Among all ends, two of each flow.
    end: u32,
}

#[derive(Clone, Copy)]
enum Kind {
    Enclosing,
    Next,
}

/// On a track of up to this many lanes each is looked at for each end: tools write no more.
const MAX_LANES_SWEPT: usize = 64;

/// The lanes of a track while time goes on.
struct Sweep<'a> {
    slices: &'a Slices,
    lanes: Vec<SweptLane>,
}

/// The rows of a lane, as far as time has come.
struct SweptLane {
    first: usize,
    /// The first that starts at the time or later.
    next: usize,
    /// The first that starts later.
    later: usize,
    end: usize,
}

impl<'a> Sweep<'a> {
    fn new(slices: &'a Slices, lanes: impl Iterator<Item = LaneId>) -> Self {
        let lanes = lanes.map(|lane| {
            let rows = slices.lane_slices(lane);
            SweptLane { first: rows.start, next: rows.start, later: rows.start, end: rows.end }
        });
        Self { slices, lanes: lanes.collect() }
    }

    /// The slice that an end of a flow is at, which is not before the last one asked for.
    fn find(&mut self, time: i64, kind: Kind) -> Option<SliceId> {
        let starts = self.slices.starts_ns();
        let mut found: Option<(i64, SliceId)> = None;
        for lane in &mut self.lanes {
            while lane.later < lane.end && starts[lane.later] <= time {
                lane.later += 1;
            }
            match kind {
                // Slices of a lane are disjoint: one before the last to start is over.
                Kind::Enclosing if lane.later > lane.first => {
                    let slice = SliceId::from_index(lane.later - 1);
                    let start = self.slices.start_ns(slice);
                    if self.slices.end_ns(slice) > time || start == time {
                        found = found.max(Some((start, slice)));
                    }
                }
                Kind::Enclosing => {}
                Kind::Next => {
                    while lane.next < lane.end && starts[lane.next] < time {
                        lane.next += 1;
                    }
                    if lane.next < lane.end {
                        let slice = SliceId::from_index(lane.next);
                        let start = (starts[lane.next], slice);
                        found = Some(found.map_or(start, |found| found.min(start)));
                    }
                }
            }
        }
        found.map(|(_, slice)| slice)
    }
}

/// Binds the ends of a kind on one track, in order of time.
fn bind_on_track(
    wanted: &[Wanted],
    kind: Kind,
    slices: &Slices,
    tracks: &TrackTable,
    bound: &mut [SliceId],
) {
    let Some(first) = wanted.first() else { return };
    let lanes = tracks.lanes(first.track);
    if lanes.len() <= MAX_LANES_SWEPT {
        let mut sweep = Sweep::new(slices, lanes);
        for wanted in wanted {
            let found = sweep.find(wanted.time_ns, kind);
            bound[wanted.end as usize] = found.unwrap_or(SliceId::NONE);
        }
        return;
    }
    let rows = lanes.flat_map(|lane| slices.lane_slices(lane)).map(SliceId::from_index);
    let mut rows: Vec<SliceId> = rows.collect();
    rows.sort_by_key(|&slice| slices.start_ns(slice));

    // What has started, the latest on top, deeper lanes later. One that is found to be over is
    // over for all that follow.
    let mut started: BinaryHeap<(i64, SliceId)> = BinaryHeap::new();
    let mut next = 0;
    for wanted in wanted {
        let time = wanted.time_ns;
        while let Some(&slice) = rows.get(next).filter(|&&slice| slices.start_ns(slice) <= time) {
            started.push((slices.start_ns(slice), slice));
            next += 1;
        }
        let covers = |start: i64, slice: SliceId| slices.end_ns(slice) > time || start == time;
        while started.peek().is_some_and(|&(start, slice)| !covers(start, slice)) {
            started.pop();
        }
        let found = match kind {
            Kind::Enclosing => started.peek().map(|&(_, slice)| slice),
            Kind::Next => {
                let before = rows.partition_point(|&slice| slices.start_ns(slice) < time);
                rows.get(before).copied()
            }
        };
        bound[wanted.end as usize] = found.unwrap_or(SliceId::NONE);
    }
}

#[cfg(test)]
mod tests {
    use crate::{FlowEnd, ProfileBuilder, Slice, SliceId};

    /// Lays out slices `name:start..end` on one track and binds the ends `<time` (enclosing)
    /// and `>time` (next), each as both ends of a flow; gives the names of their slices.
    #[track_caller]
    fn check(slices: &str, ends: &str, expected: &str) {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let track = builder.thread_track(thread);
        for text in slices.split_whitespace() {
            let (name, range) = text.split_once(':').unwrap();
            let (start, end) = range.split_once("..").unwrap();
            let (start_ns, end): (i64, i64) = (start.parse().unwrap(), end.parse().unwrap());
            let name = builder.function_named(name);
            builder.slice(Slice {
                track,
                start_ns,
                duration_ns: end - start_ns,
                name,
                detail: None,
            });
        }
        let mut actual = Vec::new();
        for text in ends.split_whitespace() {
            let (kind, time) = text.split_at(1);
            let time = time.parse().unwrap();
            let end = match kind {
                "<" => FlowEnd::Enclosing(track, time),
                _ => FlowEnd::Next(track, time),
            };
            let name = builder.string(text);
            builder.flow(name, end, end);
        }
        let n_ends = builder.flows.len();
        let (profile, unbound) = builder.finish();
        profile.check().unwrap();
        for flow in profile.flows().ids() {
            let (from, to): (SliceId, SliceId) = profile.flows().ends(flow);
            assert_eq!(from, to);
            actual.push(profile.function_name(profile.slices().name(from)));
        }
        assert_eq!(actual.join(" "), expected);
        assert_eq!(unbound.flows, (n_ends - actual.len()) as u64);
    }

    #[test]
    fn the_innermost_slice_encloses() {
        check("a:0..10 b:2..8 c:2..4", "<0 <2 <4 <5 <8 <9", "a c b b a a");
        check("a:0..10 b:20..20", "<10 <15 <20 <21", "b");
    }

    #[test]
    fn of_slices_that_overlap_the_last_to_start_encloses() {
        check("a:0..10 b:5..15 c:7..8", "<6 <7 <9 <12 <15", "b c b b");
    }

    #[test]
    fn ends_are_found_among_any_number_of_lanes() {
        for n in [10, 100] {
            // All overlap without nesting.
            let slices: Vec<String> =
                (0..n).map(|at| format!("s{at}:{}..{}", at * 10, at * 10 + 5000)).collect();
            let last = n - 1;
            let ends = format!("<5 <50 >41 >50 <55 <{} <5005", last * 10 + 3);
            check(&slices.join(" "), &ends, &format!("s0 s5 s5 s5 s5 s{last} s{last}"));
        }
    }

    #[test]
    fn the_next_slice_may_start_at_the_same_time() {
        check("a:0..10 b:2..8 c:20..30", ">0 >1 >2 >3 >21", "a b b c");
    }
}
