//! Numbers of a profile in its unit.

use rview_core::Unit;

use super::Part;
use crate::json::{Elements, Fields, Value, scaled};
use crate::precision::{Numbers, Precision};

/// The unit of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Times ten to this power in nanoseconds.
    Time(i32),
    Bytes,
    /// Of no unit, in multiples of the least.
    None(Precision),
}

impl Scale {
    pub(super) fn of(unit: &[u8]) -> Self {
        match unit {
            b"nanoseconds" => Self::Time(0),
            b"microseconds" => Self::Time(3),
            b"milliseconds" => Self::Time(6),
            b"seconds" => Self::Time(9),
            b"bytes" => Self::Bytes,
            _ => Self::None(Precision::default()),
        }
    }

    pub(super) fn is_time(self) -> bool {
        matches!(self, Self::Time(_))
    }

    /// Name and unit of weights.
    pub(super) fn value_type(self) -> (&'static str, Unit) {
        match self {
            Self::Time(_) => ("time", Unit::Nanoseconds),
            Self::Bytes => ("bytes", Unit::Bytes),
            Self::None(precision) => ("weight", precision.unit()),
        }
    }

    /// A number in whole nanoseconds, bytes or least weights, and whether nothing was rounded.
    pub(super) fn amount(self, value: Value<'_>) -> Option<(i64, bool)> {
        let power = match self {
            Self::Time(power) => power,
            Self::Bytes => 0,
            Self::None(precision) => i32::try_from(precision.n_decimals()).unwrap_or(0),
        };
        let Value::Number(digits) = value else { return None };
        let amount = scaled(digits, power)?;
        // What is too large to be multiplied is no fraction.
        let thousandths = scaled(digits, power.saturating_add(3));
        let is_exact =
            thousandths.is_none_or(|thousandths| thousandths.checked_rem(1000) == Some(0));
        Some((amount, is_exact))
    }
}

/// How precise the numbers are that have no unit, in all profiles of a file together: they are of
/// one value type.
pub(super) fn precision<'a>(parts: impl Iterator<Item = &'a Part<'a>>) -> Precision {
    let mut numbers = Numbers::default();
    let mut add = |value: Value<'_>| {
        if let Value::Number(digits) = value {
            numbers.add(digits);
        }
    };
    for part in parts.filter(|part| part.is_of_precision()) {
        part.start.into_iter().chain(part.end).for_each(&mut add);
        part.weights.into_iter().flat_map(Elements::of).for_each(&mut add);
        for event in part.events.into_iter().flat_map(Elements::of) {
            let at = Fields::of(event).filter(|(key, _)| key.raw == b"at").last();
            if let Some((_, at)) = at {
                add(at);
            }
        }
    }
    numbers.precision()
}
