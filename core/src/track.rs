//! Tracks: what slices happen on.

use std::ops::Range;

use crate::{LaneId, ProcessId, StringId, ThreadId, TrackId};

/// One line of events of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Track {
    /// The process it is shown under.
    pub process: ProcessId,
    /// The thread whose calls the slices are; `None` for asynchronous work.
    pub thread: Option<ThreadId>,
    /// Shown for asynchronous tracks; a thread's track is named by its thread.
    pub name: StringId,
}

/// Every track.
///
/// # Invariants
///
/// * The lanes of a track are one range, and these ranges rise with the tracks.
#[derive(Clone, Debug, Default)]
pub struct TrackTable {
    pub(crate) rows: Vec<Track>,
    /// Where the lanes of each track end in the lanes of [`Slices`](crate::Slices).
    pub(crate) lanes_end: Vec<u32>,
}

impl TrackTable {
    /// Number of tracks.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no track, as in a recording of samples only.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All tracks, in the order in which the recording first uses them.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = TrackId> + use<> {
        (0..self.len()).map(TrackId::from_index)
    }

    /// A track.
    pub fn row(&self, track: TrackId) -> &Track {
        &self.rows[track.index()]
    }

    /// The lanes of a track, top first.
    pub fn lanes(&self, track: TrackId) -> impl ExactSizeIterator<Item = LaneId> + use<> {
        self.lane_range(track).map(LaneId::from_index)
    }

    /// The rows of the lanes of a track.
    pub fn lane_range(&self, track: TrackId) -> Range<usize> {
        let index = track.index();
        let start = if index == 0 { 0 } else { self.lanes_end[index - 1] as usize };
        start..self.lanes_end[index] as usize
    }
}
