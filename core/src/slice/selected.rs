//! Which slices are in a selection, in pieces for several cores.

use std::ops::Range;

use crate::{LaneId, Profile, Selection};

/// Some slices of one lane.
pub(crate) struct SliceChunk {
    /// The lane.
    pub(crate) lane: LaneId,
    /// Rows of slices that have a part in the range of the selection.
    pub(crate) rows: Range<usize>,
}

/// Slices of a chunk at most: enough that starting one costs nothing beside it.
const CHUNK: usize = 1 << 16;

impl Selection {
    /// The rows of the slices that have a part in the range, of the tracks that count, in order:
    /// ranges of no more than 65,536.
    pub fn slice_rows(&self, profile: &Profile) -> Vec<Range<usize>> {
        self.slice_chunks(profile).into_iter().map(|chunk| chunk.rows).collect()
    }

    /// The slices that have a part in the range, of the tracks that count, in order.
    pub(crate) fn slice_chunks(&self, profile: &Profile) -> Vec<SliceChunk> {
        let (slices, tracks) = (profile.slices(), profile.tracks());
        let mut chunks = Vec::new();
        for track in tracks.ids().filter(|&track| self.has_track(tracks.row(track))) {
            for lane in tracks.lanes(track) {
                let rows = slices.lane_slices_in(lane, self.range_ns.as_ref());
                chunks.extend(rows.clone().step_by(CHUNK).map(|start| {
                    let rows = start..rows.end.min(start + CHUNK);
                    SliceChunk { lane, rows }
                }));
            }
        }
        chunks
    }
}
