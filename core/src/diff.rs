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

mod align;
mod names;
mod noise;
mod spread;
mod sums;
mod values;

use crate::{FunctionGroups, FunctionId, Measure, Profile, Selection};

pub use align::Match;
pub use names::NameRule;
pub use noise::LEVEL;
pub use spread::{Spread, TTest};
pub use values::{Incomparable, PairedMeasure};

pub(crate) use noise::{Events, p_value};
pub(crate) use sums::{Figure, Sums};
pub(crate) use values::pairs;

use align::{Aligned, align};

/// One of the two recordings, and what of it counts.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The recording.
    pub profile: &'a Profile,
    /// What counts.
    pub selection: &'a Selection,
}

/// What weights are compared as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As they were recorded.
    #[default]
    Absolute,
    /// As parts of the whole of their recording.
    Share,
    /// By how long their recording lasted.
    PerSecond,
}

/// What a function weighs on both sides, in one measure and in the unit of the pair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    /// Weight in the first and in the second recording.
    pub weights: [i64; 2],
    /// The same as [`Mode`] has it: weights, parts of the whole, or weights by second.
    pub values: [f64; 2],
    /// How likely chance alone makes as large a change; `None` where nothing tells.
    pub p_value: Option<f64>,
}

impl Change {
    /// The second less the first.
    pub fn delta(&self) -> i64 {
        self.weights[1].saturating_sub(self.weights[0])
    }

    /// The change as [`Mode`] has it.
    pub fn delta_value(&self) -> f64 {
        self.values[1] - self.values[0]
    }

    /// Whether chance alone would make the change less often than [`LEVEL`].
    pub fn is_significant(&self) -> Option<bool> {
        self.p_value.map(|p| p < LEVEL)
    }
}

/// A function of one or of both recordings.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The function in the first and in the second recording; one of them at least is there.
    pub functions: [Option<FunctionId>; 2],
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
    /// The largest change of self in the first measure first.
    pub rows: Vec<Row>,
}

impl Comparison {
    /// Compares the functions of two recordings, those of one name and module being one: linear
    /// in the stacks and slices of both. The measure called `first` comes first, else that which the
    /// second recording shows first.
    ///
    /// # Errors
    ///
    /// The two have no value type that can be compared.
    pub fn new(
        sides: [Side<'_>; 2],
        mode: Mode,
        rules: &[NameRule],
        first: Option<&str>,
    ) -> Result<Self, Incomparable> {
        let measures = pairs(sides.map(|side| side.profile), first)?;
        let sums_of = |at: usize| {
            let of_side: Vec<Measure> = measures.iter().map(|pair| pair.of[at]).collect();
            let groups = FunctionGroups::by_name_and_module(sides[at].profile);
            Sums::new(sides[at], &groups, &of_side)
        };
        let sums: [Sums; 2] = rayon::join(|| sums_of(0), || sums_of(1)).into();
        let whole: Vec<Change> = measures
            .iter()
            .enumerate()
            .map(|(number, pair)| {
                let weights = [0, 1].map(|at| pair.scaled(at, sums[at].whole(number)));
                Change { weights, values: weights.map(|weight| weight as f64), p_value: None }
            })
            .collect();
        let exposures: Vec<[f64; 2]> =
            whole.iter().map(|whole| exposure(mode, sides, whole)).collect();
        let aligned =
            align(sides.map(|side| side.profile), [&sums[0].functions, &sums[1].functions], rules);
        let mut rows: Vec<Row> = aligned
            .into_iter()
            .map(|aligned| row(&aligned, &sums, &measures, &exposures))
            .collect();
        let size =
            |changes: &[Change]| changes.first().map_or(0.0, |change| change.delta_value().abs());
        rows.sort_by(|a, b| {
            let by_self = size(&b.self_).total_cmp(&size(&a.self_));
            by_self.then_with(|| size(&b.total).total_cmp(&size(&a.total)))
        });
        Ok(Self { measures, whole, rows })
    }
}

/// What a weight is divided by, for [`Mode`].
fn exposure(mode: Mode, sides: [Side<'_>; 2], whole: &Change) -> [f64; 2] {
    match mode {
        Mode::Absolute => [1.0; 2],
        Mode::Share => whole.weights.map(|weight| weight as f64),
        Mode::PerSecond => sides.map(|side| side.profile.duration_ns() as f64 / 1e9),
    }
}

fn row(
    aligned: &Aligned,
    sums: &[Sums; 2],
    measures: &[PairedMeasure],
    exposures: &[[f64; 2]],
) -> Row {
    let groups = [0, 1].map(|at| aligned.of[at].map(|row| sums[at].groups[row]));
    let changes = |is_self: bool| {
        let of_measure = |(number, pair): (usize, &PairedMeasure)| {
            let figures = [0, 1].map(|at| {
                let sums = &sums[at].figures[number];
                let column = if is_self { &sums.self_ } else { &sums.total };
                groups[at].map_or_else(Figure::default, |group| column[group])
            });
            let weights = [0, 1].map(|at| pair.scaled(at, figures[at].weight));
            let events = [0, 1].map(|at| {
                let events = pair.scaled_events(at, figures[at].events);
                sums[at].has_events[number].then_some(events)
            });
            let p_value = match events {
                [Some(a), Some(b)] => {
                    Some(p_value(weights.map(|w| w as f64), [a, b], exposures[number]))
                }
                _ => None,
            };
            // A side that is nothing is nothing of nothing.
            let values = [0, 1].map(|at| match exposures[number][at] {
                0.0 => 0.0,
                exposure => weights[at] as f64 / exposure,
            });
            Change { weights, values, p_value }
        };
        measures.iter().enumerate().map(of_measure).collect()
    };
    Row {
        functions: [0, 1].map(|at| aligned.of[at].map(|row| sums[at].functions[row])),
        matched: aligned.by,
        self_: changes(true),
        total: changes(false),
    }
}

#[cfg(test)]
mod tests;
