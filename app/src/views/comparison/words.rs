//! How the numbers of a comparison are written.

use std::borrow::Cow;

use rview_core::diff::{By, Change, Doubt, Mode, PairedMeasure};
use rview_core::units::{Scale, format_duration, format_percent, group_digits};
use rview_core::{PairId, Unit};

use crate::comparison::{Compared, Source};
use crate::state::shares;

/// What is not there.
const NOTHING: &str = "–";

/// How the numbers of a comparison are written: those of a column all in one unit.
pub(super) struct Words<'a> {
    compared: &'a Compared,
    scale: Scale,
}

impl<'a> Words<'a> {
    /// Numbers up to what the whole weighs; columns are of one scale.
    pub(super) fn new(compared: &'a Compared, largest: i64) -> Self {
        Self { compared, scale: compared.paired.measure().unit.scale(largest) }
    }

    fn measure(&self) -> &PairedMeasure {
        self.compared.paired.measure()
    }

    fn mode(&self) -> &Mode {
        &self.compared.basis.mode
    }

    /// What follows each number of a column.
    pub(super) fn unit(&self) -> Cow<'_, str> {
        match self.mode() {
            Mode::Absolute => Cow::Borrowed(self.scale.unit()),
            mode if mode.is_part() => Cow::Borrowed(" %"),
            mode => mode.suffix(),
        }
    }

    /// One side, for a column.
    pub(super) fn cell(&self, change: &Change, side: usize) -> String {
        match self.mode() {
            Mode::Absolute => self.scale.format(change.weights[side]),
            _ => self.value(change.values[side]),
        }
    }

    /// The change with its sign, for a column.
    pub(super) fn delta_cell(&self, change: &Change) -> String {
        match self.mode() {
            Mode::Absolute => with_plus(change.delta() > 0, self.scale.format(change.delta())),
            _ => self.delta(change),
        }
    }

    /// One side, for a sentence.
    pub(super) fn side(&self, change: &Change, side: usize) -> String {
        match self.mode() {
            Mode::Absolute if change.weights[side] == 0 => NOTHING.to_owned(),
            Mode::Absolute => self.measure().unit.format(change.weights[side]),
            _ => self.value(change.values[side]),
        }
    }

    /// The change with its sign, for a sentence.
    pub(super) fn delta(&self, change: &Change) -> String {
        let delta = change.delta_value();
        match self.mode() {
            Mode::Absolute if change.delta() == 0 => "±0".to_owned(),
            Mode::Absolute => {
                with_plus(change.delta() > 0, self.measure().unit.format(change.delta()))
            }
            _ if delta == 0.0 => "±0".to_owned(),
            // A difference of percentages is one of points.
            _ => with_plus(delta > 0.0, self.value(delta)),
        }
    }

    /// To the last digit.
    pub(super) fn exact(&self, change: &Change) -> String {
        let unit = &self.measure().unit;
        let [a, b] = change.weights.map(|weight| unit.format_exact(weight));
        format!("{a} in A, {b} in B")
    }

    fn value(&self, value: f64) -> String {
        if value == 0.0 {
            return NOTHING.to_owned();
        }
        format!("{}{}", self.mode().format(value, &self.measure().unit), self.mode().suffix())
    }

    /// The change in percent of A; nothing for what was not there.
    pub(super) fn of_a(change: &Change) -> String {
        let [a, b] = change.values;
        if a == 0.0 {
            return NOTHING.to_owned();
        }
        let percent = (b - a) * 100.0 / a.abs();
        let number = match percent.abs() {
            0.0 => return NOTHING.to_owned(),
            p if p < 0.005 => "<0.01".to_owned(),
            p if p < 0.95 => format!("{p:.2}"),
            p if p < 999.95 => format!("{p:.1}"),
            p => format!("{p:.0}"),
        };
        let sign = if percent < 0.0 { "−" } else { "+" };
        format!("{sign}{number} %")
    }

    /// The change of the share of the whole, in points.
    pub(super) fn points(&self, change: &Change) -> String {
        let [a, b] = shares(self.compared, change);
        let points = (b - a) * 100.0;
        if points == 0.0 {
            return NOTHING.to_owned();
        }
        with_plus(points > 0.0, format!("{points:.2} pp").replace('-', "−"))
    }

    /// The share of the whole on both sides.
    pub(super) fn of_whole(&self, change: &Change) -> String {
        let whole = self.compared.paired.tree.whole();
        let [a, b] = [0, 1].map(|at| format_percent(change.weights[at], whole[at]));
        format!("{a} → {b}, {}", self.points(change))
    }

    /// How likely chance alone makes as large a change.
    pub(super) fn chance(change: &Change) -> String {
        let often = match change.p_value {
            _ if change.delta_value() == 0.0 => "nothing changed".to_owned(),
            None => "cannot be told of these recordings".to_owned(),
            Some(p) if p < 0.001 => "in less than 1 of 1000 recordings".to_owned(),
            Some(p) if p < 0.095 => format!("in {:.0} of 1000 recordings", p * 1000.0),
            Some(p) => format!("in {:.0} of 100 recordings", p * 100.0),
        };
        match change.doubt() {
            Some(doubt @ Doubt::AmongMany) => format!("{often}; {} {}", doubt.mark(), doubt.told()),
            Some(Doubt::Alone) | None => often,
        }
    }

    /// What is compared, as what, and what that is of.
    pub(super) fn legend(&self) -> String {
        let measure = self.measure();
        let name = match &measure.names {
            [a, b] if a == b => b.clone(),
            [a, b] => format!("{a} (A) and {b} (B)"),
        };
        let exposure = self.compared.basis.exposure();
        #[expect(clippy::cast_possible_truncation, reason = "a count of samples or values")]
        let [a, b] = exposure.map(|n| group_digits(n as i64));
        match self.mode() {
            Mode::Absolute => format!("Compares {name} as recorded"),
            Mode::Share => format!("Compares shares of {name}: each side divided by all of it"),
            Mode::PerSecond => {
                let [a, b] = self.compared.paired.sources.each_ref();
                let duration = |source: &Source| format_duration(source.duration_ns());
                format!(
                    "Compares {name} by second: A divided by {}, B by {}",
                    duration(a),
                    duration(b)
                )
            }
            Mode::PerSample => {
                format!("Compares {name} by sample: A divided by {a}, B by {b}")
            }
            Mode::PerFunction(function) => {
                let weight = |of: f64| Mode::Absolute.format(of, &measure.unit);
                let function = rview_core::shown_name(function);
                let (a, b) = (weight(exposure[0]), weight(exposure[1]));
                format!(
                    "Compares {name} as parts of the total of {function}: A divided by {a}, B by {b}"
                )
            }
            Mode::PerLabel(key) => format!(
                "Compares {name} by {key}: A divided by the {a} values of that label, B by {b}"
            ),
        }
    }

    /// A change in full.
    pub(super) fn sentence(&self, name: &str, change: &Change, by: By) -> String {
        let with = match by {
            By::Own => "itself",
            By::Total => "with all it calls",
        };
        let (a, b) = (self.side(change, 0), self.side(change, 1));
        let what = match change.weights {
            [0, 0] => format!("{name} weighs nothing {with} on either side"),
            [0, _] => format!("{name} {with} is new: {b} in B"),
            [_, 0] => format!("{name} {with} is gone: {a} in A"),
            _ if change.delta_value() == 0.0 => format!("{name} {with} is {b} on both sides"),
            _ => {
                let (delta, of_a) = (self.delta(change), Self::of_a(change));
                format!("{name} {with} went from {a} in A to {b} in B: {delta}, {of_a} of A")
            }
        };
        let whole = self.of_whole(change);
        let chance = match change.delta_value() {
            0.0 => String::new(),
            _ => format!(" As much by chance alone: {}.", Self::chance(change)),
        };
        format!("{what}. Share of the whole: {whole}.{chance}")
    }

    /// The whole of one side.
    pub(super) fn whole(&self, side: usize) -> String {
        self.unit_of_weight().format(self.compared.paired.tree.whole()[side])
    }

    fn unit_of_weight(&self) -> &Unit {
        &self.measure().unit
    }
}

fn with_plus(is_more: bool, text: String) -> String {
    if is_more { format!("+{text}") } else { text }
}

/// Whether a function is on both sides, in a word; empty for both.
pub(super) fn state_of(compared: &Compared, pair: PairId) -> &'static str {
    match compared.paired.function(pair).of {
        [Some(_), Some(_)] => "",
        [None, _] => "new",
        [_, None] => "gone",
    }
}
