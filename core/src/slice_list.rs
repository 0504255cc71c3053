//! The slices of a selection as rows of a table, in some order.

use rayon::prelude::*;

use crate::{FunctionId, Profile, Selection, SliceId, TrackId, process_name, thread_name};

/// What slices are sorted by. Of equal ones the first track and lane comes first, and the
/// earliest of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SliceKey {
    /// When they start.
    Start,
    /// How long they last.
    Duration,
    /// How long they last less what is nested directly in them.
    SelfTime,
    /// What they are called.
    Name,
    /// Their category, then what they are called.
    Category,
    /// The names of process and thread, or of asynchronous work.
    Track,
}

/// An order of slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceOrder {
    /// By what.
    pub key: SliceKey,
    /// Least or first letter first.
    pub ascending: bool,
}

/// Slices in an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SliceList {
    /// The first of them in that order.
    pub rows: Vec<SliceId>,
    /// By row: how long it lasts less what is nested directly in it.
    pub self_ns: Vec<i64>,
    /// How many there are, also those that are not listed.
    pub n_found: usize,
}

impl SliceList {
    /// Lists the slices that have a part in the range of a selection, are of its threads, see
    /// [`Selection::has_track`], and that `keep` wants. No more than `max_rows` are kept, those
    /// that come first.
    ///
    /// Linear in the slices of the range, but for sorting those that are kept; on all cores, 16
    /// bytes for each that is wanted meanwhile.
    pub fn new(
        profile: &Profile,
        selection: &Selection,
        keep: impl Fn(SliceId) -> bool + Sync,
        order: SliceOrder,
        max_rows: usize,
    ) -> Self {
        let keys = Keys::new(profile, order);
        let chunks = selection.slice_chunks(profile);
        let mut found: Vec<(u64, SliceId)> = chunks
            .par_iter()
            .flat_map_iter(|chunk| {
                let rows = chunk.rows.clone().map(SliceId::from_index);
                let (keys, keep, lane) = (&keys, &keep, chunk.lane);
                let track = profile.slices().lanes()[lane.index()].track;
                rows.filter(move |&slice| keep(slice))
                    .map(move |slice| (keys.of(profile, slice, track), slice))
            })
            .collect();
        let n_found = found.len();
        if n_found > max_rows {
            if max_rows > 0 {
                found.select_nth_unstable(max_rows - 1);
            }
            found.truncate(max_rows);
            found.shrink_to_fit();
        }
        found.par_sort_unstable();
        let slices = profile.slices();
        let rows: Vec<SliceId> = found.into_iter().map(|(_, slice)| slice).collect();
        let self_ns = rows.par_iter().map(|&slice| slices.self_ns(slice)).collect();
        Self { rows, self_ns, n_found }
    }
}

/// What slices are sorted by, as numbers that rise in the wanted order.
struct Keys {
    order: SliceOrder,
    /// By function or track: its place among all. Empty where slices are sorted by time.
    ranks: Vec<u32>,
}

impl Keys {
    fn new(profile: &Profile, order: SliceOrder) -> Self {
        let functions = || profile.symbols().functions().ids();
        let name = |function: FunctionId| profile.function_name(function);
        let ranks = match order.key {
            SliceKey::Start | SliceKey::Duration | SliceKey::SelfTime => Vec::new(),
            SliceKey::Name => ranks(functions().map(name)),
            SliceKey::Category => {
                ranks(functions().map(|id| (profile.function_module(id), name(id))))
            }
            SliceKey::Track => {
                ranks(profile.tracks().ids().map(|track| track_name(profile, track)))
            }
        };
        Self { order, ranks }
    }

    #[inline]
    fn of(&self, profile: &Profile, slice: SliceId, track: TrackId) -> u64 {
        let slices = profile.slices();
        let key = match self.order.key {
            SliceKey::Start => rising(slices.start_ns(slice)),
            SliceKey::Duration => rising(slices.duration_ns(slice)),
            SliceKey::SelfTime => rising(slices.self_ns(slice)),
            SliceKey::Name | SliceKey::Category => {
                u64::from(self.ranks[slices.name(slice).index()])
            }
            SliceKey::Track => u64::from(self.ranks[track.index()]),
        };
        if self.order.ascending { key } else { !key }
    }
}

/// A number that is greater where the signed one is.
fn rising(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}

/// The place of each name among all; equal ones share it.
fn ranks<N: Ord>(names: impl Iterator<Item = N>) -> Vec<u32> {
    let names: Vec<N> = names.collect();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| names[a].cmp(&names[b]));
    let mut ranks = vec![0; names.len()];
    let mut rank = 0;
    for pair in order.windows(2) {
        if names[pair[0]] != names[pair[1]] {
            rank += 1;
        }
        ranks[pair[1]] = rank;
    }
    ranks
}

/// The names that a track is sorted by.
fn track_name(profile: &Profile, track: TrackId) -> (String, String) {
    let row = profile.tracks().row(track);
    let name = match row.thread {
        Some(thread) => thread_name(profile, thread),
        None => profile.text(row.name).to_owned(),
    };
    (process_name(profile, row.process), name)
}

#[cfg(test)]
mod tests;
