//! Slices as importers find them: track by track, in the order of the file.

use super::{Durations, Slices};
use crate::builder::{RawSliceId, Slice};
use crate::id::row_number;
use crate::offsets::Offsets;
use crate::{FunctionId, TrackId};

/// The slices of all tracks.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawSlices {
    /// By [`TrackId`].
    tracks: Vec<RawTrack>,
    len: usize,
}

/// The slices of one track: as many bytes each as when they are laid out. Columns of equal length.
#[derive(Clone, Debug, Default)]
pub(super) struct RawTrack {
    /// Which asynchronous operation; slices of one operation nest, others do not. Empty as long
    /// as all are 0, as on the tracks of threads.
    pub(super) operation: Vec<u32>,
    pub(super) start_ns: Vec<i64>,
    pub(super) duration_ns: Durations,
    pub(super) name: Vec<FunctionId>,
    pub(super) detail: Offsets,
    /// Rows and where more is told at their ends.
    pub(super) end_detail: Vec<(u32, u64)>,
    /// Slices that ended when another had just started at the same time, and how many slices
    /// there were then: those added later are not within them. By row, rising, once sorted.
    pub(super) ended_at: Vec<(u32, u32)>,
}

/// Makes room for one more. Columns grow as any vector does, but from [`SMALL`] on at once to what
/// allocators take from the system and give back to it: what is freed of smaller ones is of use
/// only to others as small, and there are none any more when slices are laid out.
#[inline]
pub(crate) fn reserve<T>(column: &mut Vec<T>) {
    if column.len() == column.capacity() {
        grow(column);
    }
}

/// Bytes of a column that may stay small, and of the first one that does not.
const SMALL: usize = 16 << 10;
const LARGE: usize = 128 << 10;

#[cold]
fn grow<T>(column: &mut Vec<T>) {
    let (len, size) = (column.len(), size_of::<T>().max(1));
    let wanted = if len * size < SMALL { len } else { len.max((LARGE / size).saturating_sub(len)) };
    column.reserve_exact(wanted.max(4));
}

impl RawSlices {
    /// Adds a track without slices.
    pub(crate) fn add_track(&mut self) {
        self.tracks.push(RawTrack::default());
    }

    /// Number of slices.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Adds a slice, of which the end is not before its start.
    #[inline]
    pub(crate) fn push(&mut self, slice: Slice, operation: u32) -> RawSliceId {
        let track = &mut self.tracks[slice.track.index()];
        let row = track.start_ns.len();
        reserve(&mut track.start_ns);
        reserve(&mut track.name);
        track.start_ns.push(slice.start_ns);
        track.duration_ns.push(slice.duration_ns);
        track.name.push(slice.name);
        track.detail.push(slice.detail.unwrap_or(Slices::NO_DETAIL));
        if operation != 0 || !track.operation.is_empty() {
            track.operation.resize(row, 0);
            track.operation.push(operation);
        }
        self.len += 1;
        RawSliceId { track: slice.track, row: row_number(row) }
    }

    /// Sets when a slice ended, and where more is told there.
    pub(crate) fn end(&mut self, slice: RawSliceId, end_ns: i64, detail: Option<u64>) {
        let track = &mut self.tracks[slice.track.index()];
        let row = slice.row as usize;
        track.duration_ns.set(row, (end_ns - track.start_ns[row]).max(0));
        // Whether a slice without duration is in one that ends at its time, only the order of
        // the calls can tell.
        let latest = track.start_ns.len() - 1;
        if track.start_ns[latest] >= end_ns {
            track.ended_at.push((slice.row, row_number(latest) + 1));
        }
        track.end_detail.extend(detail.map(|at| (slice.row, at)));
    }

    /// The first start and the last end of all.
    pub(crate) fn span(&self) -> Option<(i64, i64)> {
        let first = self.tracks.iter().flat_map(|track| &track.start_ns).min()?;
        let ends = self.tracks.iter().flat_map(|track| {
            let starts = track.start_ns.iter().enumerate();
            starts.map(|(row, start)| start + track.duration_ns.get(row))
        });
        Some((*first, ends.max()?))
    }

    /// One track alone.
    #[cfg(test)]
    pub(super) fn of_track(track: RawTrack) -> Self {
        Self { len: track.len(), tracks: vec![track] }
    }

    /// Whether some details are beyond the first 4 GiB of the source.
    pub(super) fn has_wide_details(&self) -> bool {
        self.tracks.iter().any(|track| track.detail.is_wide())
    }

    /// The tracks, in order.
    pub(super) fn into_tracks(self) -> impl Iterator<Item = (TrackId, RawTrack)> {
        (0..).map(TrackId::from_index).zip(self.tracks)
    }
}

impl RawTrack {
    pub(super) fn len(&self) -> usize {
        self.start_ns.len()
    }

    /// Sorts [`Self::ended_at`] by row: an end that is told twice counts as told last.
    pub(super) fn sort_ends(&mut self) {
        self.ended_at.reverse();
        self.ended_at.sort_by_key(|&(row, _)| row);
        self.ended_at.dedup_by_key(|&mut (row, _)| row);
    }
}
