//! What had to happen before a slice, and what it led to, along the flows.

use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::{FlowId, FlowIndex, LaneId, Profile, SliceId, Slices};

/// A chain of slices through one, joined by flows, the first cause first.
///
/// ```text
/// UI      click──╮      select a slice
/// worker         ╰─▶ load ──╮
/// network                   ╰─▶ fetch      chain: click, load, fetch
/// ```
///
/// # What comes before
///
/// A slice may go on when the last of what it waits for has come. So the slice before is, of those
/// at the other ends of the flows that reach the slice **or one nested in it**, the one that ends
/// last; of two that end together the one that starts last, then the first in the table. Only
/// where no flow reaches any of these, the slices it is nested in are asked, innermost first: the
/// flow that reached the task is why its steps ran.
///
/// # What comes after
///
/// The same the other way round: of the slices that flows lead to from the slice or one nested in
/// it, else from the innermost slice around it that has any, the one that ends last, which is when
/// all that it led to is done.
///
/// Flows within the slice itself, or to one around it, lead nowhere. No slice occurs twice, so
/// that flows in a circle end; a chain has at most [`CriticalChain::MAX_STEPS`] before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CriticalChain {
    /// In the order of cause and effect.
    pub steps: Vec<ChainStep>,
    /// Which of them is the slice that was asked for.
    pub picked: usize,
    /// Whether it goes on before the first or after the last step.
    pub is_cut: bool,
}

/// One slice of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainStep {
    /// The slice.
    pub slice: SliceId,
    /// The flow from the step before; `None` of the first.
    pub flow: Option<FlowId>,
    /// From the end of the step before to the start of this one, whatever slices nested in them or
    /// around them the flow itself joins; negative where this one starts before that end. 0 of the
    /// first.
    pub wait_ns: i64,
}

/// Which way along flows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Back,
    Forth,
}

impl CriticalChain {
    /// Steps on either side of the slice at most.
    pub const MAX_STEPS: usize = 500;

    /// Flows and slices around that are looked at in each direction at most, so that a slice around
    /// everything is no matter of seconds.
    const MAX_LOOKS: usize = 1_000_000;

    /// The chain through a slice; of that slice alone when no flow leads on. `index` is that of
    /// the flows of the profile.
    ///
    /// Each step is `O(lanes · log n)` and linear in the flows that start or end within its slice.
    pub fn new(profile: &Profile, index: &FlowIndex, slice: SliceId) -> Self {
        let mut walk = Walk { profile, index, seen: FxHashSet::default(), n_looks: 0 };
        walk.seen.insert(slice);
        let mut is_cut = false;
        let mut before = Vec::new();
        let mut at = slice;
        while let Some((flow, next)) = walk.next(at, Way::Back) {
            before.push((at, Some(flow)));
            at = next;
            if before.len() == Self::MAX_STEPS || walk.n_looks > Self::MAX_LOOKS {
                is_cut |= walk.next(at, Way::Back).is_some();
                break;
            }
        }
        before.push((at, None));
        let picked = before.len() - 1;
        let mut steps: Vec<_> = before.into_iter().rev().collect();
        walk.n_looks = 0;
        at = slice;
        while let Some((flow, next)) = walk.next(at, Way::Forth) {
            steps.push((next, Some(flow)));
            at = next;
            if steps.len() > picked + Self::MAX_STEPS || walk.n_looks > Self::MAX_LOOKS {
                is_cut |= walk.next(at, Way::Forth).is_some();
                break;
            }
        }
        let slices = profile.slices();
        let mut before_ns = None;
        let steps = steps.into_iter().map(|(slice, flow)| {
            let start_ns = slices.start_ns(slice);
            let ended_ns = before_ns.replace(slices.end_ns(slice)).unwrap_or(start_ns);
            ChainStep { slice, flow, wait_ns: start_ns - ended_ns }
        });
        Self { steps: steps.collect(), picked, is_cut }
    }
}

struct Walk<'a> {
    profile: &'a Profile,
    index: &'a FlowIndex,
    /// What the chain has already.
    seen: FxHashSet<SliceId>,
    n_looks: usize,
}

impl Walk<'_> {
    /// The step beside a slice, and the flow to it.
    fn next(&mut self, slice: SliceId, way: Way) -> Option<(FlowId, SliceId)> {
        let slices = self.profile.slices();
        let mut best = None;
        let lane = slices.lane_of(slice);
        for rows in slices.nested_rows(slice) {
            self.best_of(slice, rows, way, &mut best);
        }
        let mut around = slices.parent_on(lane, slice);
        while best.is_none()
            && let Some((lane, parent)) = around
        {
            let rows = parent.index()..parent.index() + 1;
            self.best_of(slice, rows, way, &mut best);
            around = slices.parent_on(lane, parent);
        }
        let (_, flow, slice) = best?;
        self.seen.insert(slice);
        Some((flow, slice))
    }

    /// Finds a better step among the flows of some rows of the table.
    fn best_of(&mut self, of: SliceId, rows: Range<usize>, way: Way, best: &mut Option<Best>) {
        let slices = self.profile.slices();
        let flows = match way {
            Way::Back => self.index.reaching_rows(&rows),
            Way::Forth => self.index.leaving_rows(&rows),
        };
        self.n_looks += 1 + flows.len();
        for &(_, flow) in flows {
            let (from, to) = self.profile.flows().ends(flow);
            let other = if way == Way::Back { from } else { to };
            if self.seen.contains(&other) || is_within(slices, of, other) {
                continue;
            }
            let rank = (slices.end_ns(other), slices.start_ns(other), std::cmp::Reverse(other));
            if best.as_ref().is_none_or(|(found, ..)| *found < rank) {
                *best = Some((rank, flow, other));
            }
        }
    }
}

/// A step with what it is chosen by.
type Best = ((i64, i64, std::cmp::Reverse<SliceId>), FlowId, SliceId);

/// Whether one of two slices lies within the other, on the same track.
fn is_within(slices: &Slices, a: SliceId, b: SliceId) -> bool {
    let (lane_a, lane_b) = (slices.lane_of(a), slices.lane_of(b));
    let ((above, outer), (below, inner)) =
        if lane_a <= lane_b { ((lane_a, a), (lane_b, b)) } else { ((lane_b, b), (lane_a, a)) };
    // Depths start at 0 again with each track and each nesting, so as many lanes down are as many
    // levels down only where the one is above the other.
    let depth = |lane: LaneId| slices.lanes()[lane.index()].depth as usize;
    above.index() + depth(below) == below.index() + depth(above)
        && slices.start_ns(outer) <= slices.start_ns(inner)
        && slices.end_ns(inner) <= slices.end_ns(outer)
        && (above != below || a == b)
}

impl Slices {
    /// The slice that one on a lane is nested in, and its lane.
    fn parent_on(&self, lane: LaneId, slice: SliceId) -> Option<(LaneId, SliceId)> {
        debug_assert!(self.lane_slices(lane).contains(&slice.index()), "it is on that lane");
        let above = lane.index().checked_sub(1).map(LaneId::from_index)?;
        Some((above, self.parent(slice)?))
    }

    /// The rows of a slice and of all that are nested in it, a range for each lane.
    fn nested_rows(&self, slice: SliceId) -> Vec<Range<usize>> {
        let mut lane = self.lane_of(slice);
        let mut rows = slice.index()..slice.index() + 1;
        let mut all = Vec::new();
        while !rows.is_empty() {
            let below = LaneId::from_index(lane.index() + 1);
            let depth = self.lanes()[lane.index()].depth;
            let is_nested = self.lanes().get(below.index()).is_some_and(|lane| lane.depth > depth);
            let next = if is_nested { self.children(&rows, lane, below) } else { 0..0 };
            all.push(std::mem::replace(&mut rows, next));
            lane = below;
        }
        all
    }

    /// The rows of `below` that are nested directly in `rows` of a lane, which are those of one
    /// slice and what is nested in it: what starts with the first or later and ends by the end.
    fn children(&self, rows: &Range<usize>, lane: LaneId, below: LaneId) -> Range<usize> {
        let starts = self.starts_ns();
        let [first, last] = [rows.start, rows.end - 1].map(SliceId::from_index);
        // A slice without duration at the edge may be of the slice beside these.
        let next = (rows.end < self.lane_slices(lane).end).then(|| starts[rows.end]);
        let lane_rows = self.lane_slices(below);
        let start = starts[lane_rows.clone()].partition_point(|&at| at < self.start_ns(first));
        let end = starts[lane_rows.clone()]
            .partition_point(|&at| at <= self.end_ns(last) && next.is_none_or(|next| at < next));
        let start = lane_rows.start + start;
        start..(lane_rows.start + end).max(start)
    }
}

#[cfg(test)]
mod tests;
