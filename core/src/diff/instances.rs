//! The slices of one name in two recordings, instance by instance: which call got slower.
//!
//! ```text
//! A  load a.png 4 ms, load b.png 9 ms                   a.png  4 ms  5 ms  +1 ms
//! B  load a.png 5 ms, load c.png 3 ms                   b.png  9 ms  –     gone
//!                                                       c.png  –     3 ms  new
//! ```
//!
//! Instances are one that have the same arguments, and of several such, in the order of their
//! starts. Arguments that no run has twice, such as times and addresses, are not looked at; where
//! none are left, instances are one by order alone: on tracks of one name, else all.

use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher as _};

use super::{PairedFunctions, Side};
use crate::{FunctionSet, PairId, SliceId, TrackId};

mod order;

use order::matched;

/// The instances of a name in one recording, as they started.
#[derive(Clone, Debug, Default)]
pub struct Instances {
    rows: Vec<SliceId>,
    /// The arguments of all of them: name and value, each as a hash.
    arguments: Vec<[u64; 2]>,
    /// By instance: where its arguments end.
    ends: Vec<usize>,
    /// By instance: the name of its track, as a hash.
    tracks: Vec<u64>,
}

/// Why two instances are taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchedBy {
    /// They have the same arguments.
    Arguments,
    /// They are the next of that name.
    Order,
}

/// An instance of one or of both recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstancePair {
    /// The slice in the first and in the second recording; one of them at least is there.
    pub of: [Option<SliceId>; 2],
    /// Why they are taken for one; `None` for what is new or gone.
    pub by: Option<MatchedBy>,
}

/// How many slices of a name there are on both sides, and how long they last together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceName {
    /// What they are called.
    pub function: PairId,
    /// How many there are.
    pub counts: [usize; 2],
    /// How long they last.
    pub total_ns: [i64; 2],
}

fn hash(of: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    of.hash(&mut hasher);
    hasher.finish()
}

impl Instances {
    /// Finds the slices of some names that count, with their arguments still to be
    /// [told](Self::add_arguments). Linear in the slices, but for sorting those that are found.
    pub fn new(Side { profile, selection }: Side<'_>, names: &FunctionSet) -> Self {
        let slices = profile.slices();
        let rows = selection.slice_rows(profile).into_iter().flatten();
        let mut rows: Vec<SliceId> = rows
            .map(SliceId::from_index)
            .filter(|&slice| names.contains(slices.name(slice)))
            .collect();
        rows.sort_by_key(|&slice| (slices.start_ns(slice), slice));
        let of_track = |track: TrackId| {
            let thread = profile.tracks().row(track).thread;
            hash(thread.map(|thread| crate::thread_name(profile, thread)))
        };
        let by_track: Vec<u64> = profile.tracks().ids().map(of_track).collect();
        let track_of = |slice: SliceId| slices.lanes()[slices.lane_of(slice).index()].track;
        let tracks = rows.iter().map(|&slice| by_track[track_of(slice).index()]).collect();
        Self { rows, arguments: Vec::new(), ends: Vec::new(), tracks }
    }

    /// The slices, as they started.
    pub fn rows(&self) -> &[SliceId] {
        &self.rows
    }

    /// Tells the arguments of the next instance, as name and value: to be called once for each of
    /// [`Self::rows`], in that order.
    pub fn add_arguments<'a>(&mut self, arguments: impl Iterator<Item = (&'a str, &'a str)>) {
        self.arguments.extend(arguments.map(|(name, value)| [hash(name), hash(value)]));
        self.ends.push(self.arguments.len());
    }

    /// Tells those of the next instances, as another list of instances has them.
    pub fn append_arguments(&mut self, other: &Self) {
        let start = self.arguments.len();
        self.arguments.extend_from_slice(&other.arguments);
        self.ends.extend(other.ends.iter().map(|end| start + end));
    }

    fn arguments(&self, instance: usize) -> &[[u64; 2]] {
        let start = if instance == 0 { Some(&0) } else { self.ends.get(instance - 1) };
        let (Some(&start), Some(&end)) = (start, self.ends.get(instance)) else { return &[] };
        &self.arguments[start..end]
    }

    /// By instance: its arguments of some names as one number.
    fn keys(&self, names: &FxHashMap<u64, bool>) -> Vec<u64> {
        let key = |instance: usize| {
            let is_told = |it: &&[u64; 2]| names.get(&it[0]).copied().unwrap_or_default();
            // In any order: some writers have none.
            self.arguments(instance)
                .iter()
                .filter(is_told)
                .fold(0_u64, |sum, it| sum.wrapping_add(hash(it)))
        };
        (0..self.rows.len()).map(key).collect()
    }
}

/// Pairs the instances of both sides, each being in one pair: new and gone ones alone. Linear in
/// their number and that of their arguments, but for searches in sorted lists.
pub fn pair_instances(sides: [&Instances; 2]) -> Vec<InstancePair> {
    let names = telling_names(sides);
    let mut keys = sides.map(|side| side.keys(&names));
    let mut all = keys.iter().flatten();
    let first = all.next().copied();
    let by = if all.any(|&key| Some(key) != first) {
        MatchedBy::Arguments
    } else {
        keys = sides.map(|side| side.tracks.clone());
        MatchedBy::Order
    };
    let mut pairs = matched([&keys[0], &keys[1]]);
    let mut is_paired = sides.map(|side| vec![false; side.rows.len()]);
    let open = |is_paired: &[Vec<bool>; 2], side: usize| -> Vec<usize> {
        (0..is_paired[side].len()).filter(|&at| !is_paired[side][at]).collect()
    };
    for [a, b] in &pairs {
        is_paired[0][*a] = true;
        is_paired[1][*b] = true;
    }
    if by == MatchedBy::Order {
        let rest: Vec<[usize; 2]> =
            open(&is_paired, 0).into_iter().zip(open(&is_paired, 1)).map(|(a, b)| [a, b]).collect();
        for [a, b] in &rest {
            is_paired[0][*a] = true;
            is_paired[1][*b] = true;
        }
        pairs.extend(rest);
    }
    let slice = |side: usize, at: usize| Some(sides[side].rows[at]);
    let both =
        pairs.iter().map(|&[a, b]| InstancePair { of: [slice(0, a), slice(1, b)], by: Some(by) });
    let gone = open(&is_paired, 0);
    let gone = gone.iter().map(|&a| InstancePair { of: [slice(0, a), None], by: None });
    let new = open(&is_paired, 1);
    let new = new.iter().map(|&b| InstancePair { of: [None, slice(1, b)], by: None });
    both.chain(gone).chain(new).collect()
}

/// The names of arguments of which at least half of the values that one side has are on the other
/// too: what is different in every run tells nothing.
fn telling_names(sides: [&Instances; 2]) -> FxHashMap<u64, bool> {
    let mut values: FxHashMap<[u64; 2], [usize; 2]> = FxHashMap::default();
    for (at, side) in sides.into_iter().enumerate() {
        for argument in &side.arguments {
            values.entry(*argument).or_default()[at] += 1;
        }
    }
    // By name, by side: how many values there are, and how many of them the other side has.
    let mut counts: FxHashMap<u64, [[usize; 2]; 2]> = FxHashMap::default();
    let mut values: Vec<([u64; 2], [usize; 2])> = values.into_iter().collect();
    values.sort_unstable();
    for ([name, _], n) in &values {
        let counts = counts.entry(*name).or_default();
        for at in [0, 1] {
            counts[at][0] += n[at];
            counts[at][1] += if n[1 - at] > 0 { n[at] } else { 0 };
        }
    }
    let tells =
        |sides: &[[usize; 2]; 2]| sides.iter().any(|[all, both]| *all > 0 && both * 2 >= *all);
    counts.iter().map(|(name, sides)| (*name, tells(sides))).collect()
}

/// The names that slices have on both sides, those whose time changed most first. Linear in the
/// slices.
pub fn slice_names(functions: &PairedFunctions, sides: [Side<'_>; 2]) -> Vec<SliceName> {
    let mut counts = vec![[0_usize; 2]; functions.len()];
    let mut total_ns = vec![[0_i64; 2]; functions.len()];
    for (at, Side { profile, selection }) in sides.into_iter().enumerate() {
        let slices = profile.slices();
        for row in selection.slice_rows(profile).into_iter().flatten() {
            let Some(pair) = functions.of(at, slices.names()[row]).some() else { continue };
            counts[pair.index()][at] += 1;
            let total = &mut total_ns[pair.index()][at];
            *total = total.saturating_add(slices.duration_ns(SliceId::from_index(row)));
        }
    }
    let name = |function: PairId| SliceName {
        function,
        counts: counts[function.index()],
        total_ns: total_ns[function.index()],
    };
    let is_in_both = |it: &SliceName| it.counts.iter().all(|&n| n > 0);
    let mut names: Vec<SliceName> = functions.ids().map(name).filter(is_in_both).collect();
    let change = |it: &SliceName| it.total_ns[1].saturating_sub(it.total_ns[0]).unsigned_abs();
    names.sort_by_key(|it| (std::cmp::Reverse(change(it)), it.function));
    names
}

#[cfg(test)]
mod tests;
