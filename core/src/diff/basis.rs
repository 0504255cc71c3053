//! What weights are divided by before they are compared.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{Change, Rename, Side, Sums};
use crate::bits::Bits;
use crate::units::format_number;
use crate::{FunctionGroups, FunctionSet, Label, LabelSetId, LabelValue, Measure, Profile, Unit};

/// What weights are compared as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As they were recorded.
    #[default]
    Absolute,
    /// As parts of the whole of their recording.
    Share,
    /// By how long their recording lasted.
    PerSecond,
    /// By how many samples count.
    PerSample,
    /// As parts of what a function weighs with all it calls.
    PerFunction(Arc<str>),
    /// By how many values a label has in the samples that count, such as requests.
    PerLabel(Arc<str>),
}

impl Mode {
    /// Its name on the command line and in files, without what follows it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Absolute => "absolute",
            Self::Share => "share",
            Self::PerSecond => "per-second",
            Self::PerSample => "per-sample",
            Self::PerFunction(_) => "per-function",
            Self::PerLabel(_) => "per-label",
        }
    }

    /// The function or the key of the label.
    pub fn of(&self) -> Option<&str> {
        match self {
            Self::PerFunction(name) | Self::PerLabel(name) => Some(name),
            _ => None,
        }
    }

    /// Reads `share` or `per-function=render`; `None` for what is no mode.
    pub fn from_text(text: &str) -> Option<Self> {
        let (name, of) = text.split_once('=').map_or((text, None), |(name, of)| (name, Some(of)));
        match (name, of.filter(|of| !of.is_empty())) {
            ("per-function", Some(of)) => return Some(Self::PerFunction(of.into())),
            ("per-label", Some(of)) => return Some(Self::PerLabel(of.into())),
            _ => {}
        }
        let all = [Self::Absolute, Self::Share, Self::PerSecond, Self::PerSample];
        all.into_iter().find(|mode| mode.name() == text)
    }

    /// The same for a side on which the function has another name; `None` where it has not.
    pub(super) fn renamed(&self, side: usize, renames: &[Rename]) -> Option<Self> {
        let Self::PerFunction(name) = self else { return None };
        let is_it = |rename: &&Rename| rename.of.iter().any(|it| *it.name == **name);
        let rename = renames.iter().find(is_it)?;
        Some(Self::PerFunction(rename.of[side].name.as_str().into()))
    }

    /// Whether values are parts of something in the same unit: they have none.
    pub fn is_part(&self) -> bool {
        matches!(self, Self::Share | Self::PerFunction(_))
    }

    /// What is written behind the unit of a value, such as `/s`.
    pub fn suffix(&self) -> Cow<'static, str> {
        match self {
            Self::Absolute | Self::Share | Self::PerFunction(_) => Cow::Borrowed(""),
            Self::PerSecond => Cow::Borrowed("/s"),
            Self::PerSample => Cow::Borrowed("/sample"),
            Self::PerLabel(key) => Cow::Owned(format!("/{key}")),
        }
    }

    /// A value as people read it, without suffix.
    pub fn format(&self, value: f64, unit: &Unit) -> String {
        if self.is_part() {
            return format!("{:.2} %", value * 100.0).replace('-', "−");
        }
        // Less than one of the least unit is still something, and a mean of counts is no count.
        if value.abs() < 100.0 && (*self != Self::Absolute || value.fract() != 0.0) {
            return match unit.short_name() {
                "" => format_number(value),
                unit => format!("{} {unit}", format_number(value)),
            };
        }
        #[expect(clippy::cast_possible_truncation, reason = "rounded for people")]
        let rounded = value.round() as i64;
        unit.format(rounded)
    }

    /// What weights of a recording are divided by, in any measure; `None` where that depends on
    /// what is measured. Zero where the recording has nothing of it.
    pub fn exposure(&self, side: Side<'_>) -> Option<f64> {
        let Side { profile, selection } = side;
        match self {
            Self::Absolute => Some(1.0),
            Self::Share | Self::PerFunction(_) => None,
            Self::PerSecond => Some(profile.duration_ns() as f64 / 1e9),
            Self::PerSample => Some(selection.sample_set(profile).iter().count() as f64),
            Self::PerLabel(key) => Some(n_values(side, key) as f64),
        }
    }

    /// The same where it depends on what is measured, in each of the measures; `None` for modes
    /// of which [`Self::exposure`] tells.
    pub(crate) fn exposures_of(&self, side: Side<'_>, measures: &[Measure]) -> Option<Vec<i64>> {
        let Self::PerFunction(name) = self else { return None };
        let groups = FunctionGroups::of_set(side.profile, &named(side.profile, name));
        let sums = Sums::new(side, &groups, measures);
        let total = |at: usize| sums.figures[at].total.first().map_or(0, |figure| figure.weight);
        Some((0..measures.len()).map(total).collect())
    }

    /// Why a recording cannot be divided by this.
    pub(crate) fn nothing(&self, profile: &Profile) -> String {
        match self {
            Self::Absolute | Self::Share => "it weighs nothing".to_owned(),
            Self::PerSecond => "it does not tell how long it lasted".to_owned(),
            Self::PerSample => "it has no samples".to_owned(),
            Self::PerFunction(name) if named(profile, name).is_empty() => {
                format!("it has no function {name}")
            }
            Self::PerFunction(name) => format!("{name} weighs nothing in it"),
            Self::PerLabel(key) => format!("no sample of it has a label {key}"),
        }
    }
}

/// The functions of a name.
fn named(profile: &Profile, name: &str) -> FunctionSet {
    let functions = profile.symbols().functions().ids();
    functions.filter(|&function| profile.function_name(function) == name).collect()
}

/// How many values a label has in the samples that count: linear in these.
fn n_values(Side { profile, selection }: Side<'_>, key: &str) -> usize {
    let sets = profile.labels();
    let mut occurs = Bits::new(sets.len());
    for sample in selection.sample_set(profile).iter() {
        if let Some(set) = profile.samples().labels(sample) {
            occurs.insert(set.index());
        }
    }
    let labels = occurs.iter().flat_map(|set| sets.labels(LabelSetId::from_index(set)));
    let is_of_key = |label: &&Label| profile.strings().text(label.key) == key;
    labels.filter(is_of_key).map(|label| label.value).collect::<FxHashSet<LabelValue>>().len()
}

/// The labels that samples of a recording have, in the order of the alphabet: linear in the sets
/// of them.
pub fn label_keys(profile: &Profile) -> Vec<&str> {
    let sets = profile.labels();
    let keys = sets.ids().flat_map(|set| sets.labels(set)).map(|label| label.key);
    let keys: FxHashSet<crate::StringId> = keys.collect();
    let mut keys: Vec<&str> = keys.into_iter().map(|key| profile.strings().text(key)).collect();
    keys.sort_unstable();
    keys
}

/// What weights of the two sides are divided by before they are compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Basis {
    /// Why.
    pub mode: Mode,
    pub(super) exposure: [f64; 2],
}

impl Basis {
    /// What a mode compares by, where both recordings weigh so much, and have so much of what
    /// other modes than shares divide by.
    pub fn new(mode: Mode, whole: [i64; 2], other: [f64; 2]) -> Self {
        let exposure = match mode {
            Mode::Absolute => [1.0; 2],
            Mode::Share => whole.map(|weight| weight as f64),
            _ => other,
        };
        Self { mode, exposure }
    }

    /// What weights are, for this.
    pub fn values(&self, weights: [i64; 2]) -> [f64; 2] {
        Change::of_one(weights, [None; 2], self.exposure).0.values
    }

    /// The change of weights of which nothing else is known.
    pub fn change(&self, weights: [i64; 2]) -> Change {
        Change::of_one(weights, [None; 2], self.exposure).0
    }

    /// What the weights of both sides are divided by.
    pub fn exposure(&self) -> [f64; 2] {
        self.exposure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_as_they_are_written() {
        for (text, of) in [
            ("absolute", None),
            ("share", None),
            ("per-second", None),
            ("per-sample", None),
            ("per-function=operator==", Some("operator==")),
            ("per-label=request", Some("request")),
        ] {
            let mode = Mode::from_text(text).unwrap();
            let written = of.map_or(mode.name().to_owned(), |of| format!("{}={of}", mode.name()));
            assert_eq!((&*written, mode.of()), (text, of));
        }
        for text in ["", "shares", "per-function", "per-label=", "share=x"] {
            assert_eq!(Mode::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn values_have_the_unit_of_their_mode() {
        let unit = Unit::Nanoseconds;
        let per = |text: &str, value: f64| {
            let mode = Mode::from_text(text).unwrap();
            format!("{}{}", mode.format(value, &unit), mode.suffix())
        };
        assert_eq!(per("share", 0.123), "12.30 %");
        assert_eq!(per("per-function=f", -1.5), "−150.00 %");
        assert_eq!(per("per-sample", 0.25), "0.25 ns/sample");
        assert_eq!(per("per-label=request", 2_500_000.0), "2.5 ms/request");
    }
}
