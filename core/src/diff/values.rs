//! Which value types of two recordings measure the same.

use std::fmt;

use super::noise::Events;
use crate::{Measure, Profile, Unit};

/// A measure that both recordings have.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedMeasure {
    /// Its name in the second recording.
    pub name: String,
    /// The unit of both, the finer of the two.
    pub unit: Unit,
    /// Which measure it is on each side.
    pub of: [Measure; 2],
    /// How many of the unit one of each side's is.
    factor: [i64; 2],
}

impl PairedMeasure {
    pub(super) fn scaled(&self, side: usize, weight: i64) -> i64 {
        weight.saturating_mul(self.factor[side])
    }

    pub(super) fn scaled_events(&self, side: usize, events: Events) -> Events {
        let factor = self.factor[side] as f64;
        Events { variance: events.variance * factor * factor, ..events }
    }
}

/// Two recordings that measure nothing in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomparable {
    /// What each of them measures, with units.
    pub measures: [Vec<String>; 2],
}

impl std::error::Error for Incomparable {}

impl fmt::Display for Incomparable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| {
            if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
        };
        let [a, b] = &self.measures;
        write!(
            f,
            "the two cannot be compared: the first measures {}, the second {}",
            list(a),
            list(b)
        )
    }
}

/// Pairs measures of one name whose units convert; where there is none, the first two of which
/// the units do. The default of the second recording comes first.
///
/// # Errors
///
/// There is no such pair.
pub(super) fn pairs(profiles: [&Profile; 2]) -> Result<Vec<PairedMeasure>, Incomparable> {
    let mut all = profiles.map(Measure::all);
    for (measures, profile) in all.iter_mut().zip(profiles) {
        // A stable sort: the others stay in the order of the file.
        let default = Measure::default_of(profile);
        measures.sort_by_key(|&measure| Some(measure) != default);
    }
    let [of_a, of_b] = &all;
    let pair = |a: Measure, b: Measure| {
        let units = [a.unit(profiles[0]), b.unit(profiles[1])];
        let (unit, factor) = common(units)?;
        Some(PairedMeasure { name: b.name(profiles[1]), unit, of: [a, b], factor })
    };
    let of_name = |&b: &Measure| {
        let is_namesake = |a: &&Measure| a.name(profiles[0]) == b.name(profiles[1]);
        pair(*of_a.iter().find(is_namesake)?, b)
    };
    let mut pairs: Vec<PairedMeasure> = of_b.iter().filter_map(of_name).collect();
    if pairs.is_empty() {
        let of_unit = |&b: &Measure| of_a.iter().find_map(|&a| pair(a, b));
        pairs.extend(of_b.iter().find_map(of_unit));
    }
    if pairs.is_empty() {
        let told = |at: usize| {
            let name = |measure: &Measure| {
                let unit = measure.unit(profiles[at]);
                format!("{} ({unit})", measure.name(profiles[at]))
            };
            all[at].iter().map(name).collect()
        };
        return Err(Incomparable { measures: [told(0), told(1)] });
    }
    Ok(pairs)
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
}
