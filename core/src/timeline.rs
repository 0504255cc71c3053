//! Slices on a timeline, as boxes at any zoom.

use crate::boxes::{Row, RowTree};
use crate::slice::Durations;
use crate::{AxisView, BoxRun, LaneId, SliceId, Slices};

/// Summaries of the slices of each lane, from which a frame takes what is in its window.
///
/// 4 bytes a slice, and at most 28 a lane besides. The cost of a frame is bounded by its
/// pixels, whatever the number of slices: 30 to 60 ns a run. 60 lanes of 1920 pixels, all of
/// them full, take 0.2 ms for a close look and 3 to 6 ms at the worst zoom, where each pixel
/// has a run; call stacks of 100 million slices take 3.4 ms for all of them at once. Fastest of
/// many on one core of a busy virtual machine with `cargo bench -p rview-core --bench
/// visible_boxes`. Lanes do not depend on each other and can be asked for in parallel.
#[derive(Clone, Debug, Default)]
pub struct SliceLod {
    tree: RowTree,
}

impl SliceLod {
    /// Summarizes all slices, in linear time and in parallel.
    pub fn new(slices: &Slices) -> Self {
        let ends = slices.lanes().iter().map(|lane| lane.end as usize);
        Self { tree: RowTree::new(slices.starts_ns(), &slices.duration_ns, ends) }
    }

    /// How much memory this takes.
    pub fn memory_bytes(&self) -> usize {
        self.tree.memory_bytes()
    }

    /// Appends the boxes of a lane that are in the window, from left to right, at most about
    /// one a pixel. `slices` are those this was made of; [`BoxRun::first`] is a row of them.
    pub fn visible(&self, slices: &Slices, lane: LaneId, view: &AxisView, out: &mut Vec<BoxRun>) {
        self.tree.visible(lane.index(), &row(slices, lane), view, out);
    }

    /// The slice that covers a time, by binary search.
    pub fn hit(&self, slices: &Slices, lane: LaneId, time_ns: i64) -> Option<SliceId> {
        self.tree.hit(lane.index(), &row(slices, lane), time_ns).map(SliceId::from_index)
    }

    /// The slice that covers a time, else the nearest one that is at most `within_ns` away:
    /// a slice of less than a pixel is hard to point at.
    pub fn nearest(
        &self,
        slices: &Slices,
        lane: LaneId,
        time_ns: i64,
        within_ns: i64,
    ) -> Option<SliceId> {
        let found = self.tree.nearest(lane.index(), &row(slices, lane), time_ns, within_ns);
        found.map(SliceId::from_index)
    }
}

fn row(slices: &Slices, lane: LaneId) -> Row<'_, Durations> {
    let boxes = slices.lane_slices(lane);
    Row { start: slices.starts_ns(), units: &slices.duration_ns, boxes }
}

#[cfg(test)]
mod tests;
