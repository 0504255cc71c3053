//! Two recordings compared: which functions are the same, what each weighs in both, and how much
//! of the change chance alone would make.
//!
//! ```text
//! A  main 100          B  main 120            name    state   A    B    change
//!      parse 60             parse 90          parse   both    60   90   +30
//!      old   40             new   30          old     gone    40    –   −40
//!                                             new     new      –   30   +30
//! ```
//!
//! Every function of either side is in exactly one row, so the changes of self add up to the
//! change of the whole, to the last unit.

mod adjust;
mod align;
mod basis;
mod doubt;
mod instances;
mod lines;
mod names;
mod noise;
mod paired;
mod proposals;
mod recordings;
mod renames;
mod spread;
mod sums;
mod tree;
mod values;

use rayon::prelude::*;

use crate::{FunctionId, Profile, Selection};

pub use align::Match;
pub use basis::{Basis, Mode, label_keys};
pub use doubt::Doubt;
pub use instances::{InstancePair, Instances, MatchedBy, SliceName, pair_instances, slice_names};
pub use lines::{LineEvents, LineSide, PairLine, line_changes, pair_lines};
pub use names::NameRule;
pub use noise::LEVEL;
pub use paired::{PairedFunction, PairedFunctions};
pub use proposals::{Proposal, proposals};
pub use renames::{Alike, FunctionName, Rename};
pub use spread::{Spread, TTest};
pub use tree::{By, PairCall, PairCalls, PairTree, PathEvents, TreeSide};
pub use values::{Incomparable, PairedMeasure};

pub(crate) use noise::{Events, p_value};
pub(crate) use sums::Sums;
pub(crate) use values::pairs;

use adjust::adjust;
use align::{Aligned, align};
use noise::chance;
use recordings::{Kind, Recordings, Value, part};

/// One of the two recordings, and what of it counts.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The recording.
    pub profile: &'a Profile,
    /// What counts.
    pub selection: &'a Selection,
}

/// What a function weighs on both sides, in one measure and in the unit of the pair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    /// Weight in the first and in the second recording; the mean of several, rounded.
    pub weights: [i64; 2],
    /// The same as [`Mode`] has it: such as weights, or parts of the whole.
    pub values: [f64; 2],
    /// The standard deviations of the values of several recordings.
    pub deviations: Option<[f64; 2]>,
    /// How likely chance alone makes as large a change; `None` where nothing tells.
    pub p_value: Option<f64>,
    /// The same for who looks at all functions: see [`Change::is_significant`].
    pub adjusted: Option<f64>,
    /// Where the true change of the values is, with a confidence of 1 - [`LEVEL`]; of several
    /// recordings.
    pub interval: Option<[f64; 2]>,
}

impl Change {
    /// What weights of one recording a side are where each has so much `exposure`, such as time,
    /// and where it is known how many events they are of; and whether any change could be told
    /// from chance.
    fn of_one(weights: [i64; 2], events: [Option<Events>; 2], exposure: [f64; 2]) -> (Self, bool) {
        let chance = match events {
            [Some(a), Some(b)] => Some(chance(weights.map(|w| w as f64), [a, b], exposure)),
            _ => None,
        };
        let values = [0, 1].map(|at| part(weights[at] as f64, exposure[at]));
        let p_value = chance.map(|chance| chance.p_value);
        let can_tell = chance.is_some_and(|chance| chance.can_tell());
        (Self { weights, values, p_value, ..Self::default() }, can_tell)
    }

    /// The second less the first.
    pub fn delta(&self) -> i64 {
        self.weights[1].saturating_sub(self.weights[0])
    }

    /// The change as [`Mode`] has it.
    pub fn delta_value(&self) -> f64 {
        self.values[1] - self.values[0]
    }

    /// Whether the change is more than chance makes, where all functions are looked at: of those
    /// for which this is so no more than [`LEVEL`] are expected to be chance after all, and where
    /// nothing changed it is so for any function in no more than [`LEVEL`] of all comparisons.
    pub fn is_significant(&self) -> Option<bool> {
        self.adjusted.map(|p| p < LEVEL)
    }
}

/// A function of one or of both recordings.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The function in the first and in the second recording; one of them at least is there.
    pub functions: [Option<FunctionId>; 2],
    /// Which recording of each side the function is numbered by, where there are several.
    pub recordings: [usize; 2],
    /// Why they are taken for one; `None` for what is new or gone.
    pub matched: Option<Match>,
    /// What it used itself, by measure.
    pub self_: Vec<Change>,
    /// What it and all it called used, by measure.
    pub total: Vec<Change>,
}

/// Two recordings, function by function.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What is measured on both sides.
    pub measures: Vec<PairedMeasure>,
    /// What each recording counts for as a whole, by measure.
    pub whole: Vec<Change>,
    /// What weights of the first and of the second recording are divided by, by measure; the mean
    /// of several.
    pub divided_by: Vec<[f64; 2]>,
    /// The largest change of self in the first measure first.
    pub rows: Vec<Row>,
}

impl Comparison {
    /// Compares the functions of two recordings, those of one name and module being one, and those
    /// that are `alike`: linear in the stacks and slices of both. The measure called `first` comes first, else that which the
    /// second recording shows first.
    ///
    /// # Errors
    ///
    /// The two have no value type that can be compared, or one has nothing to divide by.
    pub fn new<'r>(
        sides: [Side<'_>; 2],
        mode: &Mode,
        alike: impl Into<Alike<'r>>,
        first: Option<&str>,
    ) -> Result<Self, Incomparable> {
        Self::of_several(sides.each_ref().map(std::slice::from_ref), mode, alike, first)
    }

    /// Compares the means of several recordings of one program with those of several of another.
    /// What differs is told by how the recordings of each side vary, see [`Spread`].
    ///
    /// # Errors
    ///
    /// A side has no recording, the two have no value type that can be compared, not all recordings
    /// of a side have the same, or one has nothing to divide by.
    pub fn of_several<'r>(
        sides: [&[Side<'_>]; 2],
        mode: &Mode,
        alike: impl Into<Alike<'r>>,
        first: Option<&str>,
    ) -> Result<Self, Incomparable> {
        let alike = alike.into();
        let ([a, ..], [b, ..]) = (sides[0], sides[1]) else { return Err(Incomparable::default()) };
        let measures = pairs([a.profile, b.profile], first)?;
        let new = |at: usize| Recordings::new(sides[at], &measures, at, alike.rules);
        let (a, b) = rayon::join(|| new(0), || new(1));
        let recordings = [a?, b?];
        let of_mode = |at: usize| recordings[at].exposures(mode, alike.renames);
        let exposures = [of_mode(0)?, of_mode(1)?];
        let of_side = recordings.each_ref().map(Recordings::named);
        let aligned = align(of_side.each_ref().map(|named| &**named), alike);
        let change = |number: usize, values: [Vec<Value>; 2]| {
            let exposures = [0, 1].map(|at| &*exposures[at][number]);
            Value::change([&values[0], &values[1]], exposures)
        };
        let whole = (0..measures.len())
            .map(|number| change(number, recordings.each_ref().map(|side| side.whole(number))))
            .map(|change| Change { p_value: None, adjusted: None, ..change.0 })
            .collect();
        let of_row = |aligned: &Aligned| {
            let changes = |kind: Kind| -> Vec<(Change, bool)> {
                let of_measure = |number: usize| {
                    let values =
                        [0, 1].map(|at| recordings[at].values(aligned.of[at], number, kind));
                    change(number, values)
                };
                (0..measures.len()).map(of_measure).collect()
            };
            (changes(Kind::Own), changes(Kind::Total))
        };
        let mut columns: (Vec<_>, Vec<_>) = aligned.par_iter().map(of_row).unzip();
        for column in [&mut columns.0, &mut columns.1] {
            for number in 0..measures.len() {
                adjust(column.iter_mut().filter_map(|row| row.get_mut(number)));
            }
        }
        let row = |(aligned, (self_, total)): (&Aligned, (Vec<_>, Vec<_>))| {
            let entries = [0, 1].map(|at| aligned.of[at].map(|row| recordings[at].entry(row)));
            let changes = |column: Vec<(Change, bool)>| column.into_iter().map(|it| it.0).collect();
            Row {
                functions: entries.map(|entry| entry.map(|(_, function)| function)),
                recordings: entries.map(|entry| entry.map_or(0, |(recording, _)| recording)),
                matched: aligned.by,
                self_: changes(self_),
                total: changes(total),
            }
        };
        let mut rows: Vec<Row> =
            aligned.iter().zip(columns.0.into_iter().zip(columns.1)).map(row).collect();
        let size =
            |changes: &[Change]| changes.first().map_or(0.0, |change| change.delta_value().abs());
        rows.sort_by(|a, b| {
            let by_self = size(&b.self_).total_cmp(&size(&a.self_));
            by_self.then_with(|| size(&b.total).total_cmp(&size(&a.total)))
        });
        let mean = |of: &[f64]| of.iter().sum::<f64>() / (of.len().max(1) as f64);
        let divided_by =
            (0..measures.len()).map(|at| [mean(&exposures[0][at]), mean(&exposures[1][at])]);
        let divided_by = divided_by.collect();
        Ok(Self { measures, whole, divided_by, rows })
    }
}

/// What both recordings measure, that called `first` or else what the second shows first in front.
///
/// # Errors
///
/// The two have no value type that can be compared.
pub fn measures(
    profiles: [&Profile; 2],
    first: Option<&str>,
) -> Result<Vec<PairedMeasure>, Incomparable> {
    pairs(profiles, first)
}

#[cfg(test)]
mod tests;
