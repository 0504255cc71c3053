//! The slices of one name in two recordings: their arguments read, and what goes with what.

use rayon::prelude::*;
use rview_core::diff::{InstancePair, Instances, MatchedBy, Side, pair_instances};
use rview_core::{FunctionSet, Profile, SliceId};
use rview_formats::Document;

/// Slices whose arguments are read in one go.
const AT_ONCE: usize = 4096;

/// The instances of a name on both sides, those that changed most first.
pub struct PairedInstances {
    /// All of them: every slice of either side is in one.
    pub rows: Vec<InstancePair>,
    /// Why those of both sides are one; `None` where none are.
    pub by: Option<MatchedBy>,
    /// How many are in both, new and gone.
    pub counts: [usize; 3],
    /// How long all of a side last together.
    pub total_ns: [i64; 2],
}

impl PairedInstances {
    /// Reads the arguments of the slices of some names on both sides, and pairs them.
    pub fn new(documents: [&Document; 2], sides: [Side<'_>; 2], names: [&FunctionSet; 2]) -> Self {
        let read = |at: usize| read(documents[at], sides[at], names[at]);
        let (a, b) = rayon::join(|| read(0), || read(1));
        let mut rows = pair_instances([&a, &b]);
        let profiles = sides.map(|side| side.profile);
        rows.par_sort_by_key(|row| {
            let start = row.of[1].or(row.of[0]);
            (std::cmp::Reverse(change_ns(profiles, row).unsigned_abs()), start)
        });
        let mut counts = [0; 3];
        for row in &rows {
            counts[match row.of {
                [Some(_), Some(_)] => 0,
                [None, _] => 1,
                [_, None] => 2,
            }] += 1;
        }
        let total_ns = [0, 1].map(|at| {
            let slices = profiles[at].slices();
            let of_side = rows.iter().filter_map(|row| row.of[at]);
            of_side.fold(0_i64, |sum, slice| sum.saturating_add(slices.duration_ns(slice)))
        });
        let by = rows.iter().find_map(|row| row.by);
        Self { rows, by, counts, total_ns }
    }
}

/// How long the instance is on each side; `None` where it is not.
pub fn durations_ns(profiles: [&Profile; 2], row: &InstancePair) -> [Option<i64>; 2] {
    [0, 1].map(|at| row.of[at].map(|slice| profiles[at].slices().duration_ns(slice)))
}

/// How much longer the instance is in the second recording; all of it where it is new.
pub fn change_ns(profiles: [&Profile; 2], row: &InstancePair) -> i64 {
    let [a, b] = durations_ns(profiles, row).map(Option::unwrap_or_default);
    b.saturating_sub(a)
}

/// Whether an instance is on both sides, in a word.
pub fn state_of(row: &InstancePair) -> &'static str {
    match row.of {
        [Some(_), Some(_)] => "both",
        [None, _] => "new",
        [_, None] => "gone",
    }
}

/// The instances of a side in its order, with their arguments.
fn read(document: &Document, side: Side<'_>, names: &FunctionSet) -> Instances {
    let mut all = Instances::new(side, names);
    let slices = side.profile.slices();
    let read = |rows: &[SliceId]| {
        let mut part = Instances::default();
        for &slice in rows {
            let arguments: Vec<(String, String)> =
                slices.details(slice).flat_map(|at| document.arguments(at)).collect();
            part.add_arguments(arguments.iter().map(|(name, value)| (&**name, &**value)));
        }
        part
    };
    let parts: Vec<Instances> = all.rows().par_chunks(AT_ONCE).map(read).collect();
    for part in &parts {
        all.append_arguments(part);
    }
    all
}
