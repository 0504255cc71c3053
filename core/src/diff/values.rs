//! Which value types of two recordings measure the same.

use std::cell::Cell;
use std::fmt;

use super::Mode;
use super::noise::Events;
use crate::{Measure, Profile, Unit};

/// A measure that both recordings have.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedMeasure {
    /// Its names in the first and in the second recording.
    pub names: [String; 2],
    /// The unit of both, the finer of the two.
    pub unit: Unit,
    /// Which measure it is on each side.
    pub of: [Measure; 2],
    /// How many of the unit one of each side's is.
    factor: [i64; 2],
}

impl PairedMeasure {
    /// What it is called in the second recording.
    pub fn name(&self) -> &str {
        &self.names[1]
    }

    pub(crate) fn scaled(&self, side: usize, weight: i64) -> i64 {
        weight.saturating_mul(self.factor[side])
    }

    pub(crate) fn scaled_events(&self, side: usize, events: Events) -> Events {
        let factor = self.factor[side] as f64;
        Events { variance: events.variance * factor * factor, ..events }
    }
}

/// Why two recordings cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incomparable {
    /// They measure nothing in common: what each of them measures, with units.
    Measures([Vec<String>; 2]),
    /// They measure the same, but so much of it that sums in the finer unit do not fit into a
    /// number: how both call it, with units.
    TooLarge([String; 2]),
    /// One has nothing that its weights could be divided by: which of the two, and why.
    Nothing(usize, String),
}

impl Default for Incomparable {
    fn default() -> Self {
        Self::Measures([Vec::new(), Vec::new()])
    }
}

impl Incomparable {
    /// Of two recordings.
    pub(super) fn of(profiles: [&Profile; 2]) -> Self {
        let told = |profile: &Profile| {
            let name = |&measure: &Measure| told(profile, measure);
            let default = Measure::default_of(profile);
            let mut all = Measure::all(profile);
            all.sort_by_key(|&measure| Some(measure) != default);
            all.iter().map(name).collect()
        };
        Self::Measures(profiles.map(told))
    }

    /// Of a side that cannot be divided.
    pub(super) fn nothing(side: usize, mode: &Mode, profile: &Profile) -> Self {
        Self::Nothing(side, mode.nothing(profile))
    }
}

impl std::error::Error for Incomparable {}

impl fmt::Display for Incomparable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| {
            if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
        };
        match self {
            Self::Measures([a, b]) => write!(
                f,
                "the two cannot be compared: the first measures {}, the second {}",
                list(a),
                list(b)
            ),
            Self::TooLarge([a, b]) => write!(
                f,
                "the two cannot be compared: {a} of the first and {b} of the second add up to more \
                 than can be counted in the finer of both units"
            ),
            Self::Nothing(side, why) => {
                let which = if *side == 0 { "first" } else { "second" };
                write!(f, "there is nothing to divide the {which} by: {why}")
            }
        }
    }
}

/// Pairs measures of one name whose units convert, and those of other names that both measure
/// time or memory. `first`, or what the second recording shows first, comes first.
///
/// # Errors
///
/// There is no such pair.
pub(crate) fn pairs(
    profiles: [&Profile; 2],
    first: Option<&str>,
) -> Result<Vec<PairedMeasure>, Incomparable> {
    let mut all = profiles.map(Measure::all);
    for (measures, profile) in all.iter_mut().zip(profiles) {
        let default = Measure::default_of(profile);
        // A stable sort: the others stay in the order of the file.
        measures.sort_by_key(|&measure| {
            (first != Some(&*measure.name(profile)), Some(measure) != default)
        });
    }
    let [of_a, of_b] = &all;
    let too_large = Cell::new(None);
    let pair = |a: Measure, b: Measure| {
        let units = [a.unit(profiles[0]), b.unit(profiles[1])];
        let (unit, factor) = common(units)?;
        let of = [a, b];
        let magnitude = |at: usize| sum_of_magnitudes(profiles[at], of[at]) * factor[at] as f64;
        if magnitude(0).max(magnitude(1)) >= MOST {
            too_large.set(too_large.get().or(Some(of)));
            return None;
        }
        let names = [a.name(profiles[0]), b.name(profiles[1])];
        Some(PairedMeasure { names, unit, of, factor })
    };
    let is_namesake = |a: &Measure, b: &Measure| a.name(profiles[0]) == b.name(profiles[1]);
    let of_name = |b: Measure| of_a.iter().filter(|a| is_namesake(a, &b)).find_map(|&a| pair(a, b));
    let is_free = |a: &&Measure| !of_b.iter().any(|b| is_namesake(a, b));
    let of_unit = |b: Measure| {
        let base = b.unit(profiles[1]).base().0;
        let is_known = matches!(base, Unit::Nanoseconds | Unit::Bytes);
        of_a.iter().filter(|_| is_known).filter(is_free).find_map(|&a| pair(a, b))
    };
    let pairs: Vec<PairedMeasure> =
        of_b.iter().filter_map(|&b| of_name(b).or_else(|| of_unit(b))).collect();
    if let ([], Some([a, b])) = (&pairs[..], too_large.get()) {
        return Err(Incomparable::TooLarge([told(profiles[0], a), told(profiles[1], b)]));
    }
    if pairs.is_empty() {
        return Err(Incomparable::of(profiles));
    }
    Ok(pairs)
}

/// A measure for people, with its unit.
fn told(profile: &Profile, measure: Measure) -> String {
    format!("{} ({})", measure.name(profile), measure.unit(profile))
}

/// Sums up to this stay exact in the common unit.
const MOST: f64 = i64::MAX as f64 / 2.0;

fn sum_of_magnitudes(profile: &Profile, measure: Measure) -> f64 {
    match measure {
        Measure::Weight(id) => {
            let mut sum = 0.0;
            profile.samples().weights(id).for_each(|_, weight| sum += weight.unsigned_abs() as f64);
            sum
        }
        // Of one unit always.
        Measure::SliceTime => 0.0,
    }
}

/// The unit in which weights of both units are whole numbers, and how many of it each is; `None`
/// where they measure different things.
fn common(units: [Unit; 2]) -> Option<(Unit, [i64; 2])> {
    if units[0] == units[1] {
        let [unit, _] = units;
        return Some((unit, [1, 1]));
    }
    let parts = [units[0].base(), units[1].base()];
    if let [Unit::Decimal(a), Unit::Decimal(b)] = &units {
        let finest = (*a).max(*b);
        return Some((Unit::Decimal(finest), [finest.size() / a.size(), finest.size() / b.size()]));
    }
    match &units {
        [Unit::Decimal(a), Unit::Count] => return Some((units[0].clone(), [1, a.size()])),
        [Unit::Count, Unit::Decimal(b)] => return Some((units[1].clone(), [b.size(), 1])),
        _ => {}
    }
    let [(base_a, size_a), (base_b, size_b)] = parts;
    (base_a == base_b).then_some((base_a, [size_a, size_b]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Line, ProfileBuilder, Sample};

    #[test]
    fn units_that_convert_have_a_common_one() {
        for (a, b, expected) in [
            ("ns", "ns", Some(("nanoseconds", [1, 1]))),
            ("ms", "ns", Some(("nanoseconds", [1_000_000, 1]))),
            ("us", "s", Some(("nanoseconds", [1_000, 1_000_000_000]))),
            ("bytes", "kb", Some(("bytes", [1, 1024]))),
            ("0.1", "0.001", Some(("0.001", [100, 1]))),
            ("count", "0.01", Some(("0.01", [100, 1]))),
            ("count", "ns", None),
            ("cycles", "instructions", None),
            ("cycles", "cycles", Some(("cycles", [1, 1]))),
        ] {
            let found = common([Unit::from_name(a), Unit::from_name(b)]);
            let found = found.as_ref().map(|(unit, factor)| (unit.name(), *factor));
            assert_eq!(found, expected, "{a} {b}");
        }
    }

    /// One sample of this weight.
    fn profile(unit: &str, weight: i64) -> Profile {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let value_type = builder.value_type("cpu", Unit::from_name(unit));
        let function = builder.function_named("main");
        let leaf = builder.named_frame(Line { function, line: 0 });
        builder.sample(Sample { time_ns: None, thread, callers: None, leaf, labels: None });
        builder.weight(value_type, weight).expect("it is one weight");
        builder.finish().0
    }

    #[test]
    fn what_is_too_large_to_add_up_does_not_pass_for_another_measure() {
        let compared = |a: &Profile, b: &Profile| {
            pairs([a, b], None).map(|pairs| pairs.len()).map_err(|error| error.to_string())
        };
        let (large, fine) = (profile("s", 1 << 50), profile("ns", 3));
        let expected = "the two cannot be compared: cpu (seconds) of the first and cpu (nanoseconds) \
                        of the second add up to more than can be counted in the finer of both units";
        assert_eq!(compared(&large, &fine), Err(expected.to_owned()));
        assert_eq!(compared(&large, &large), Ok(1), "nothing is multiplied");
        assert_eq!(compared(&profile("s", 1 << 20), &fine), Ok(1));
    }
}
