//! The recordings of one side, and what their functions weigh.

use rayon::prelude::*;

use super::align::{Named, align};
use super::noise::Events;
use super::spread::{Spread, TTest};
use super::{Change, Incomparable, Mode, NameRule, PairedMeasure, Rename, Side, Sums};
use crate::{FunctionGroups, FunctionId, Measure, Profile};

/// All recordings of a side.
pub(super) struct Recordings<'a> {
    sides: &'a [Side<'a>],
    sums: Vec<Sums>,
    measures: &'a [PairedMeasure],
    /// Which of the two sides this is.
    at: usize,
    /// By function: in which recording it is first, and its row there.
    first: Vec<(usize, usize)>,
    /// By function, by recording: its row there.
    rows: Vec<Option<usize>>,
}

/// Which weight of a function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Self.
    Own,
    /// Total.
    Total,
}

/// What a function weighs in one recording, in the unit of the pair.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Value {
    weight: i64,
    /// `None` where the recording does not tell.
    events: Option<Events>,
}

impl<'a> Recordings<'a> {
    /// Adds up what the functions of each recording weigh, and finds each in all of them.
    pub(super) fn new(
        sides: &'a [Side<'a>],
        measures: &'a [PairedMeasure],
        at: usize,
        rules: &[NameRule],
    ) -> Result<Self, Incomparable> {
        let first_profile = sides[0].profile;
        let sums = sides
            .par_iter()
            .map(|side| {
                let of_side = same(measures, at, [first_profile, side.profile])?;
                let groups = FunctionGroups::by_name_and_module(side.profile);
                Ok(Sums::new(*side, &groups, &of_side))
            })
            .collect::<Result<Vec<Sums>, Incomparable>>()?;
        let n = sides.len();
        let mut first: Vec<(usize, usize)> = Vec::new();
        let mut rows: Vec<Option<usize>> = Vec::new();
        let mut named: Vec<Named<'_>> = Vec::new();
        for (recording, (side, sums)) in sides.iter().zip(&sums).enumerate() {
            let functions = Named::all(side.profile, &sums.functions);
            if recording == 0 {
                first.extend((0..functions.len()).map(|row| (0, row)));
                rows.resize(functions.len() * n, None);
                (0..functions.len()).for_each(|row| rows[row * n] = Some(row));
                named = functions;
                continue;
            }
            for aligned in align([&named, &functions], rules.into()) {
                let [known, row] = aligned.of;
                let Some(row) = row else { continue };
                let known = known.unwrap_or_else(|| {
                    first.push((recording, row));
                    rows.resize(rows.len() + n, None);
                    named.push(functions[row]);
                    first.len() - 1
                });
                rows[known * n + recording] = Some(row);
            }
        }
        Ok(Self { sides, sums, measures, at, first, rows })
    }

    /// The recording that a function is first in, and what it is there.
    pub(super) fn entry(&self, function: usize) -> (usize, FunctionId) {
        let (recording, row) = self.first[function];
        (recording, self.sums[recording].functions[row])
    }

    /// The functions as they are aligned with those of the other side.
    pub(super) fn named(&self) -> Vec<Named<'a>> {
        let named = |function| {
            let (recording, id) = self.entry(function);
            Named::of(self.sides[recording].profile, id)
        };
        (0..self.first.len()).map(named).collect()
    }

    /// By recording: what a function weighs, nothing where it is not.
    pub(super) fn values(&self, function: Option<usize>, measure: usize, kind: Kind) -> Vec<Value> {
        let n = self.sides.len();
        let value = |recording: usize| {
            let sums = &self.sums[recording];
            let row = function.and_then(|function| self.rows[function * n + recording]);
            let figures = &sums.figures[measure];
            let column = match kind {
                Kind::Own => &figures.self_,
                Kind::Total => &figures.total,
            };
            let figure = row.map(|row| column[sums.groups[row]]).unwrap_or_default();
            let pair = &self.measures[measure];
            let events = pair.scaled_events(self.at, figure.events);
            let events = sums.has_events[measure].then_some(events);
            Value { weight: pair.scaled(self.at, figure.weight), events }
        };
        (0..n).map(value).collect()
    }

    /// By recording: what all weighs.
    pub(super) fn whole(&self, measure: usize) -> Vec<Value> {
        let whole = |sums: &Sums| self.measures[measure].scaled(self.at, sums.whole(measure));
        self.sums.iter().map(|sums| Value { weight: whole(sums), events: None }).collect()
    }

    /// By measure, by recording: what weights are divided by.
    pub(super) fn exposures(
        &self,
        mode: &Mode,
        renames: &[Rename],
    ) -> Result<Vec<Vec<f64>>, Incomparable> {
        let renamed = mode.renamed(self.at, renames);
        let mode = renamed.as_ref().unwrap_or(mode);
        if *mode == Mode::Share {
            let of_measure = |at| self.whole(at).iter().map(|it| it.weight as f64).collect();
            return Ok((0..self.measures.len()).map(of_measure).collect());
        }
        let mut exposures = vec![Vec::with_capacity(self.sides.len()); self.measures.len()];
        for side in self.sides {
            let of_side = same(self.measures, self.at, [self.sides[0].profile, side.profile])?;
            let one = mode.exposure(*side);
            let several = mode.exposures_of(*side, &of_side);
            for (at, exposures) in exposures.iter_mut().enumerate() {
                let scaled = |weight| self.measures[at].scaled(self.at, weight) as f64;
                let of_measure = several.as_ref().map(|several| scaled(several[at]));
                exposures.push(one.or(of_measure).unwrap_or_default());
            }
            // Another measure may well be nothing there.
            if exposures.first().and_then(|of| of.last()).is_none_or(|&it| it == 0.0) {
                return Err(Incomparable::nothing(self.at, mode, side.profile));
            }
        }
        Ok(exposures)
    }
}

/// The measures of another recording of a side that are those of the first.
fn same(
    measures: &[PairedMeasure],
    at: usize,
    [first, other]: [&Profile; 2],
) -> Result<Vec<Measure>, Incomparable> {
    if std::ptr::eq(first, other) {
        return Ok(measures.iter().map(|pair| pair.of[at]).collect());
    }
    let all = Measure::all(other);
    let is_same = |measure: Measure, it: Measure| {
        it.name(other) == measure.name(first) && it.unit(other) == measure.unit(first)
    };
    let found = |pair: &PairedMeasure| {
        let measure = pair.of[at];
        all.iter().copied().find(|&it| is_same(measure, it))
    };
    let found: Option<Vec<Measure>> = measures.iter().map(found).collect();
    found.ok_or_else(|| Incomparable::of([first, other]))
}

impl Value {
    /// The change from the values of one side to those of the other, and whether any change could
    /// be told from chance.
    pub(super) fn change(sides: [&[Self]; 2], exposures: [&[f64]; 2]) -> (Change, bool) {
        if let ([a], [b]) = (sides[0], sides[1]) {
            let exposures = [exposures[0][0], exposures[1][0]];
            return Change::of_one([a.weight, b.weight], [a.events, b.events], exposures);
        }
        let spreads = [0, 1].map(|at| spread(sides[at], exposures[at]));
        let test = TTest::new(spreads.each_ref());
        let weights = sides.map(|side| {
            let sum: i128 = side.iter().map(|value| i128::from(value.weight)).sum();
            rounded_quotient(sum, side.len())
        });
        let change = Change {
            weights,
            values: spreads.map(|spread| spread.mean),
            deviations: Some(spreads.map(|spread| spread.deviation)),
            p_value: test.map(|test| test.p_value),
            adjusted: None,
            interval: test.map(|test| test.interval),
        };
        (change, is_several_events(sides))
    }
}

/// Whether there are more events than a few, where that is known: of fewer no division between
/// the sides tells anything.
fn is_several_events(sides: [&[Value]; 2]) -> bool {
    let mut all = sides.iter().copied().flatten();
    let n: Option<f64> = all.clone().map(|value| value.events.map(|events| events.n)).sum();
    n.map_or_else(|| all.any(|value| value.weight != 0), |n| n > FEW_EVENTS)
}

/// If five events are all on one side, that is chance in one of 16 cases.
const FEW_EVENTS: f64 = 5.0;

fn spread(values: &[Value], exposures: &[f64]) -> Spread {
    let of_recording = values.iter().zip(exposures);
    let counting: Option<Vec<f64>> = of_recording
        .clone()
        .map(|(value, &exposure)| Some(part(value.events?.variance, exposure * exposure)))
        .collect();
    let parts: Vec<f64> =
        of_recording.map(|(value, &exposure)| part(value.weight as f64, exposure)).collect();
    Spread::new(&parts, counting.as_deref())
}

/// A part of a whole; of a side that is nothing, all is nothing.
pub(super) fn part(weight: f64, exposure: f64) -> f64 {
    if exposure == 0.0 { 0.0 } else { weight / exposure }
}

fn rounded_quotient(sum: i128, n: usize) -> i64 {
    let n = i128::try_from(n).unwrap_or(1).max(1);
    i64::try_from((sum + sum.signum() * (n / 2)) / n).unwrap_or_default()
}
