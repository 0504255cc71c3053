//! Numbers of a profile in its unit.

use rview_core::Unit;

use crate::json::{Value, scaled};

/// The unit of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// Times ten to this power in nanoseconds.
    Time(i32),
    Bytes,
    None,
}

impl Scale {
    pub(super) fn of(unit: &[u8]) -> Self {
        match unit {
            b"nanoseconds" => Self::Time(0),
            b"microseconds" => Self::Time(3),
            b"milliseconds" => Self::Time(6),
            b"seconds" => Self::Time(9),
            b"bytes" => Self::Bytes,
            _ => Self::None,
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
            Self::None => ("weight", Unit::Count),
        }
    }

    /// A number in whole nanoseconds, bytes or ones, and whether nothing was rounded.
    pub(super) fn amount(self, value: Value<'_>) -> Option<(i64, bool)> {
        let power = if let Self::Time(power) = self { power } else { 0 };
        let Value::Number(digits) = value else { return None };
        let amount = scaled(digits, power)?;
        // What is too large to be multiplied is no fraction.
        let thousandths = scaled(digits, power.saturating_add(3));
        let is_exact =
            thousandths.is_none_or(|thousandths| thousandths.checked_rem(1000) == Some(0));
        Some((amount, is_exact))
    }
}
