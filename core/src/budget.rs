//! Performance budgets: what recordings must not exceed, or not more than a base did.
//!
//! ```text
//! fail if  total(parse*) > +5%             fails when it holds
//! require  p99(slice:frame) < 33ms         fails when it does not
//! ```
//!
//! A change that is beyond its limit by chance alone does not fail what is written as *fail if*:
//! whoever writes it so wants to hear of what is sure. What is *required* must be measured. The
//! statistics are those of [`diff`](crate::diff): the spread of several recordings, else the
//! counting error of single ones.

mod condition;
mod reading;

pub use condition::{Condition, Direction, Figure, Limit, Of};

use std::cmp::Ordering;

use crate::diff::{LEVEL, Mode, Rename, Side, Spread, TTest, p_value};
use crate::search::{Amount, AmountUnit};
use crate::{Decimals, SearchError, SliceId, Unit};

use reading::{Measured, Reading, other_names};

/// A condition, and what it means for a recording.
#[derive(Clone, Debug)]
pub struct Budget {
    /// What is compared with what.
    pub condition: Condition,
    /// Whether that is good or bad.
    pub kind: Kind,
    /// The value type that is meant; `None` is the first that has the unit of the limit.
    pub measure: Option<String>,
    /// Whether it is fine that there is nothing to weigh.
    pub may_be_missing: bool,
}

/// What a condition means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It must not hold.
    FailIf,
    /// It must hold.
    Require,
}

/// What all budgets of a check share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What changes are changes of.
    pub mode: Mode,
    /// Whether changes that chance explains may be beyond their limits.
    pub chance: Chance,
    /// Functions that have another name in the new recordings: what is asked of either name is
    /// asked of both.
    pub renames: Vec<Rename>,
}

/// Reads the arguments of a slice, as names and values.
pub type Arguments<'a> = dyn Fn(SliceId) -> Vec<(String, String)> + Sync + 'a;

/// A recording that is held against budgets.
#[derive(Clone, Copy)]
pub struct Recording<'a> {
    /// It, and what of it counts.
    pub side: Side<'a>,
    /// Its file says the arguments: a profile only knows where they are.
    pub arguments: &'a Arguments<'a>,
}

/// What is done with changes that chance explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chance {
    /// They fail nothing.
    Excuses,
    /// They count as they were measured.
    Counts,
}

/// How a budget came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it must be.
    Passed,
    /// Beyond the limit, but chance alone makes as large changes.
    Chance,
    /// Beyond the limit.
    Failed,
    /// Nothing is called so in any of the recordings.
    Missing,
}

/// What was measured for a budget.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What it means.
    pub verdict: Verdict,
    /// The value type that was weighed, or `slices`.
    pub measure: String,
    /// What values are in, unless they are shares.
    pub unit: Unit,
    /// What values are, such as weights or shares of the whole.
    pub mode: Mode,
    /// The values of the base; `None` where there is no base.
    pub base: Option<Spread>,
    /// The values of the new side.
    pub new: Spread,
    /// The whole of the new side in the mean, of which values are shares; `None` for slices.
    pub whole: Option<f64>,
    /// How likely chance alone changes as much; `None` where nothing tells, or nothing changed
    /// from is known.
    pub p_value: Option<f64>,
    /// Where the true change is, with a confidence of 1 - [`LEVEL`]; of several recordings.
    pub interval: Option<[f64; 2]>,
    /// Whether nothing that is weighed is in the base, and in the new side.
    pub is_missing: [bool; 2],
    /// What is called so, each name once: the first of them in the alphabet.
    pub names: Vec<String>,
    /// How many names there are.
    pub n_names: usize,
}

impl Verdict {
    /// Whether the check fails.
    pub fn fails(self) -> bool {
        matches!(self, Self::Failed | Self::Missing)
    }
}

impl Outcome {
    /// The new side less the base.
    pub fn delta(&self) -> Option<f64> {
        Some(self.new.mean - self.base?.mean)
    }

    /// Whether the change is more than chance makes; `None` where nothing tells.
    pub fn is_significant(&self) -> Option<bool> {
        self.p_value.map(|p| p < LEVEL)
    }
}

impl Budget {
    /// Weighs what the budget is about in recordings of two sides; `base` may have none.
    ///
    /// # Errors
    ///
    /// A change is asked for and there is no base, there is no such value type, or it is not in
    /// the unit of the limit, or arguments are asked for that a file does not have. The position is
    /// in the text of the condition.
    ///
    /// # Panics
    ///
    /// When `new` has no recording.
    pub fn check(
        &self,
        [base, new]: [&[Recording<'_>]; 2],
        terms: &Terms,
    ) -> Result<Outcome, SearchError> {
        let condition = &self.condition;
        let at_limit = |message| condition.error_at_limit(message);
        let change = condition.limit.change;
        if change.is_some() && base.is_empty() {
            return Err(at_limit("a change is from something: name a base".to_owned()));
        }
        if let Of::Slices { argument_at: Some(position), .. } = condition.of {
            let slices = base.iter().chain(new).map(|it| it.side.profile.slices());
            // No slices at all are none of that name.
            if slices.into_iter().any(|slices| !slices.is_empty() && !slices.have_details()) {
                let message = "not all files have arguments of slices".to_owned();
                return Err(SearchError { message, position });
            }
        }
        let mode = if change.is_some() { terms.mode.clone() } else { Mode::Absolute };
        let measured = Measured::new(self, new[0].side.profile, mode.clone()).map_err(at_limit)?;
        let others = other_names(&condition.of, [base, new], &terms.renames);
        let read = |at: usize| -> Result<Vec<Reading>, SearchError> {
            let read = |it| measured.read(condition, it, &others[at]).map_err(at_limit);
            [base, new][at].iter().map(read).collect()
        };
        let readings = [read(0)?, read(1)?];
        let [of_base, of_new] = readings.each_ref().map(|readings| spread(readings));
        let base_side = (!base.is_empty()).then_some(of_base);
        let test = TTest::new([&of_base, &of_new]);
        let p_value = test.map(|test| test.p_value).or_else(|| single(&readings));
        let whole = mean(readings[1].iter().filter_map(|reading| reading.whole));
        let is_missing = readings.each_ref().map(|readings| readings.iter().all(|r| !r.is_there));
        let holds = |of_base: f64, of_new: f64| {
            condition.holds([of_base, of_new], whole.unwrap_or_default(), &measured.unit)
        };
        let is_met = holds(of_base.mean, of_new.mean);
        let is_by_chance = terms.chance == Chance::Excuses
            && change.is_some()
            && p_value.is_some_and(|p| p >= LEVEL)
            // What fails without any change is not excused by a small one.
            && !holds(of_base.mean, of_base.mean);
        let verdict = match (self.kind, is_met) {
            _ if is_missing == [true; 2] && !self.may_be_missing => Verdict::Missing,
            (Kind::FailIf, true) if is_by_chance => Verdict::Chance,
            (Kind::FailIf, true) | (Kind::Require, false) => Verdict::Failed,
            (Kind::FailIf, false) | (Kind::Require, true) => Verdict::Passed,
        };
        let names = reading::names(&condition.of, &[base, new].concat());
        Ok(Outcome {
            verdict,
            measure: measured.name,
            unit: measured.unit,
            mode,
            base: base_side,
            new: of_new,
            whole,
            p_value: base_side.and(p_value),
            interval: test.map(|test| test.interval),
            is_missing,
            n_names: names.len(),
            names: names.into_iter().take(MAX_NAMES).collect(),
        })
    }
}

/// Names that an outcome lists.
const MAX_NAMES: usize = 50;

fn spread(readings: &[Reading]) -> Spread {
    let values: Vec<f64> = readings.iter().map(Reading::value).collect();
    let counting: Option<Vec<f64>> = readings.iter().map(Reading::counting).collect();
    Spread::new(&values, counting.as_deref())
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    (n > 0.0).then(|| sum / n)
}

/// What chance explains of a change between two single recordings.
fn single([base, new]: &[Vec<Reading>; 2]) -> Option<f64> {
    let ([base], [new]) = (&base[..], &new[..]) else { return None };
    let events = [base.events?, new.events?];
    Some(p_value([base.weight, new.weight], events, [base.exposure, new.exposure]))
}

impl Condition {
    /// Whether it holds of values before and after.
    fn holds(&self, [base, new]: [f64; 2], whole: f64, unit: &Unit) -> bool {
        let Limit { amount, change } = self.limit;
        let number = amount.digits as f64;
        let ten = 10_f64.powi(i32::from(amount.n_decimals));
        let (value, sign) = match change {
            Some(Direction::Up) => (new - base, 1.0),
            Some(Direction::Down) => (new - base, -1.0),
            None => (new, 1.0),
        };
        // Both sides are multiplied and never divided: whole numbers stay whole.
        let order = match (amount.unit, change) {
            (Some(AmountUnit::Percent), Some(_)) if base == 0.0 && value != 0.0 => {
                // More than any part of nothing.
                if value > 0.0 { Ordering::Greater } else { Ordering::Less }
            }
            (Some(AmountUnit::Percent), Some(_)) => {
                let reference = if base == 0.0 { 1.0 } else { base.abs() };
                (value * 100.0 * ten).total_cmp(&(sign * number * reference))
            }
            (Some(AmountUnit::Percent), None) => {
                (value * 100.0 * ten).total_cmp(&(number * whole.abs()))
            }
            _ => {
                let [of_value, of_limit] = sizes(amount, unit);
                (value * of_value * ten).total_cmp(&(sign * number * of_limit))
            }
        };
        self.comparison.holds(order)
    }
}

/// How many of the smaller of two units one of the values, and one of a limit, is.
fn sizes(amount: Amount, unit: &Unit) -> [f64; 2] {
    let least = if let Unit::Decimal(decimals) = unit { Decimals::size(*decimals) } else { 1 };
    match amount.unit {
        Some(AmountUnit::Nanoseconds(size) | AmountUnit::Bytes(size)) => {
            [unit.base().1 as f64, size as f64]
        }
        Some(AmountUnit::Times(times)) => [1.0, times as f64 * least as f64],
        Some(AmountUnit::Percent) | None => [1.0, least as f64],
    }
}

#[cfg(test)]
mod tests;
