//! Slices: intervals with a name, nested on tracks.
//!
//! Rows are sorted by track, lane and start, so that a lane is a range of rows and what is
//! visible of it is found by binary search:
//!
//! ```text
//! lane 0 of track A   | frame          | frame       |     rows 0, 1
//! lane 1              | layout | paint |   | paint   |     rows 2, 3, 4
//! lane 0 of track B      | decode             |            row 5
//! ```
//!
//! Slices of one thread that overlap without one containing the other have no common nesting.
//! They go to further lanes of depth 0 below; none is lost or shortened.

mod durations;
mod layout;
mod nesting;
mod raw;
mod selected;

use std::ops::Range;

pub(crate) use durations::Durations;
pub(crate) use layout::{LaidOut, layout};
pub(crate) use nesting::SelfTimes;
pub(crate) use raw::{RawSlices, reserve};

use crate::offsets::{NO_OFFSET, Offsets};
use crate::{FunctionId, LaneId, SliceId, TrackId};

/// Every slice of a profile: 20 bytes each, 24 in a source of 4 GiB and more; up to 4 more among
/// slices that last 4.29 s and longer.
///
/// # Invariants
///
/// * Columns have the same length.
/// * Within a lane, starts rise and no slice ends after the next one starts.
/// * A slice of a lane of depth `d > 0` lies within one of the lane before.
#[derive(Clone, Debug, Default)]
pub struct Slices {
    pub(crate) start_ns: Vec<i64>,
    pub(crate) duration_ns: Durations,
    pub(crate) name: Vec<FunctionId>,
    pub(crate) detail: Offsets,
    pub(crate) lanes: Vec<Lane>,
    /// Slices with details at their end, where the file has them apart; rising.
    pub(crate) ended: Vec<SliceId>,
    /// Where those details are.
    pub(crate) end_detail: Offsets,
}

/// One row of slices on a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// The track it is on.
    pub track: TrackId,
    /// How deep its slices are nested; each lane of depth 0 starts a nesting of its own.
    pub depth: u32,
    /// One past the last slice; the first is where the lane before ends.
    pub(crate) end: u32,
}

impl Slices {
    /// In the column of details: the slice has none.
    pub const NO_DETAIL: u64 = NO_OFFSET;

    /// Number of slices.
    pub fn len(&self) -> usize {
        self.start_ns.len()
    }

    /// Whether there is no slice, as in a recording of samples only.
    pub fn is_empty(&self) -> bool {
        self.start_ns.is_empty()
    }

    /// When each slice starts, in nanoseconds since the start of the profile.
    pub fn starts_ns(&self) -> &[i64] {
        &self.start_ns
    }

    /// What each slice is called. Slices of one name and category share a function, so that
    /// everything that adds up functions can add up slices.
    pub fn names(&self) -> &[FunctionId] {
        &self.name
    }

    /// When a slice starts.
    #[inline]
    pub fn start_ns(&self, slice: SliceId) -> i64 {
        self.start_ns[slice.index()]
    }

    /// How long a slice lasts, in nanoseconds; not negative.
    #[inline]
    pub fn duration_ns(&self, slice: SliceId) -> i64 {
        self.duration_ns.get(slice.index())
    }

    /// When a slice ends.
    #[inline]
    pub fn end_ns(&self, slice: SliceId) -> i64 {
        self.start_ns(slice) + self.duration_ns(slice)
    }

    /// What a slice is called.
    pub fn name(&self, slice: SliceId) -> FunctionId {
        self.name[slice.index()]
    }

    /// Where in the source the importer finds what else there is to know of a slice: at its
    /// start, and where the format has that apart, at its end.
    pub fn details(&self, slice: SliceId) -> impl Iterator<Item = u64> + use<> {
        let first = Some(self.detail.get(slice.index())).filter(|&at| at != Self::NO_DETAIL);
        let second = self.ended.binary_search(&slice).ok();
        let second = second.map(|row| self.end_detail.get(row));
        first.into_iter().chain(second)
    }

    /// Whether there is more to know of any slice.
    pub fn have_details(&self) -> bool {
        let detail = (0..self.len()).map(|row| self.detail.get(row));
        !self.ended.is_empty() || detail.into_iter().any(|at| at != Self::NO_DETAIL)
    }

    /// All lanes.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// The rows of the slices of a lane.
    pub fn lane_slices(&self, lane: LaneId) -> Range<usize> {
        let index = lane.index();
        let start = if index == 0 { 0 } else { self.lanes[index - 1].end as usize };
        start..self.lanes[index].end as usize
    }

    /// The lane a slice is on, by binary search.
    pub fn lane_of(&self, slice: SliceId) -> LaneId {
        LaneId::from_index(self.lanes.partition_point(|lane| lane.end as usize <= slice.index()))
    }

    /// The slice that this one is nested in, by binary search.
    pub fn parent(&self, slice: SliceId) -> Option<SliceId> {
        let lane = self.lane_of(slice);
        if self.lanes[lane.index()].depth == 0 {
            return None;
        }
        let above = self.lane_slices(LaneId::from_index(lane.index() - 1));
        let starts = &self.start_ns[above.clone()];
        let after = starts.partition_point(|&start| start <= self.start_ns(slice));
        let parent = SliceId::from_index(above.start + after.checked_sub(1)?);
        (self.end_ns(parent) >= self.end_ns(slice)).then_some(parent)
    }

    /// The first of the slices that are nested directly in this one, by binary search.
    pub fn first_child(&self, slice: SliceId) -> Option<SliceId> {
        let lane = self.lane_of(slice);
        let below = LaneId::from_index(lane.index() + 1);
        let deeper = self.lanes.get(below.index())?.depth > self.lanes[lane.index()].depth;
        let rows = self.lane_slices(below);
        let before =
            self.start_ns[rows.clone()].partition_point(|&start| start < self.start_ns(slice));
        let child = Some(rows.start + before).filter(|&at| deeper && at < rows.end)?;
        let child = SliceId::from_index(child);
        (self.parent(child) == Some(slice)).then_some(child)
    }

    /// The slice of a lane that covers a time, by binary search.
    pub fn at(&self, lane: LaneId, time_ns: i64) -> Option<SliceId> {
        let rows = self.lane_slices(lane);
        let after = self.start_ns[rows.clone()].partition_point(|&start| start <= time_ns);
        let slice = SliceId::from_index(rows.start + after.checked_sub(1)?);
        let end = self.end_ns(slice);
        (end > time_ns || (end == time_ns && self.start_ns(slice) == time_ns)).then_some(slice)
    }
}
