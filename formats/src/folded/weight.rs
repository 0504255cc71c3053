//! The number at the end of a line, and how many of its digits all weights share.

use rview_core::{Decimals, Unit};

use crate::json::number::scaled;
use crate::{ImportError, Job};

/// What follows the last space of a line: a decimal number, perhaps with an exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight<'a> {
    digits: &'a [u8],
    /// The power of ten of its last digit that is not 0, if that is below 1.
    n_decimals: u32,
}

impl<'a> Weight<'a> {
    /// `None` if it is no number that can be added up.
    fn new(digits: &'a [u8]) -> Option<Self> {
        let first = digits.first()?;
        if !first.is_ascii_digit() && !b"+-.".contains(first) {
            return None;
        }
        scaled(digits, 0)?;
        Some(Self { digits, n_decimals: n_decimals(digits) })
    }

    /// Whether it is a whole number that is not negative.
    pub(super) fn is_count(&self) -> bool {
        self.n_decimals == 0 && !self.digits.starts_with(b"-")
    }
}

/// How many digits after the point a number needs.
fn n_decimals(digits: &[u8]) -> u32 {
    if digits.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    let mut parts = digits.splitn(2, |byte| matches!(byte, b'e' | b'E'));
    let mantissa = parts.next().unwrap_or_default();
    let exponent =
        parts.next().and_then(|text| std::str::from_utf8(text).ok()?.parse::<i64>().ok());
    let mut halves = mantissa.splitn(2, |&byte| byte == b'.');
    let (whole, fraction) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    let n_zeros = |digits: &[u8]| digits.iter().rev().take_while(|&&digit| digit == b'0').count();
    let last = match fraction.len().saturating_sub(n_zeros(fraction)) {
        // Zeros before the point let a negative exponent be without a fraction.
        0 if whole.iter().all(|byte| !matches!(byte, b'1'..=b'9')) => return 0,
        0 => i64::try_from(n_zeros(whole)).map_or(i64::MIN, i64::saturating_neg),
        len => i64::try_from(len).unwrap_or(i64::MAX),
    };
    u32::try_from(last.saturating_sub(exponent.unwrap_or(0)).max(0)).unwrap_or(u32::MAX)
}

/// How many decimals the weights of a file are kept with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Precision(Option<Decimals>);

impl Precision {
    /// What the most precise weight of a text needs, or as many decimals as leave the sum of all
    /// magnitudes within 64 bits. A pass over the ends of the lines.
    pub(super) fn of(text: &[u8], job: &Job) -> Result<Self, ImportError> {
        let (mut most, mut sum) = (0_u32, 0.0_f64);
        for (n_lines, line) in text.split(|&byte| byte == b'\n').enumerate() {
            if n_lines.is_multiple_of(4096) {
                job.progress(0)?;
            }
            let Some((_, weight)) = entry(line) else { continue };
            most = most.max(weight.n_decimals);
            sum += scaled(weight.digits, 0).unwrap_or(0).unsigned_abs() as f64 + 1.0;
        }
        // What is left over is room for the rounding of the sum itself.
        let fits = |decimals: &Decimals| sum * (decimals.size() as f64) < 0.99 * i64::MAX as f64;
        let fewer = (1..=most.min(9)).rev().filter_map(Decimals::new);
        Ok(Self(fewer.into_iter().find(fits)))
    }

    /// What a weight counts.
    pub(super) fn unit(self) -> Unit {
        self.0.map_or(Unit::Count, Unit::Decimal)
    }

    /// A weight as a multiple of the least one, and whether it is rounded; `None` if it is too large.
    pub(super) fn whole(self, weight: Weight<'_>) -> (Option<i64>, bool) {
        let n_decimals = self.0.map_or(0, Decimals::count);
        let power = i32::try_from(n_decimals).unwrap_or(0);
        (scaled(weight.digits, power), weight.n_decimals > n_decimals)
    }
}

/// Splits a line into stack and two weights.
pub(super) fn entry_of_two(line: &[u8]) -> Option<(&[u8], [Weight<'_>; 2])> {
    let (rest, after) = entry(line)?;
    let (stack, before) = entry(rest)?;
    Some((stack, [before, after]))
}

/// Splits a line into stack, which may be empty, and weight.
pub(super) fn entry(line: &[u8]) -> Option<(&[u8], Weight<'_>)> {
    let line = line.trim_ascii_end();
    let space = memchr::memrchr2(b' ', b'\t', line)?;
    let (stack, number) = line.split_at_checked(space)?;
    Some((stack.trim_ascii(), Weight::new(number.trim_ascii())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_those_that_a_number_needs() {
        for (digits, expected) in [
            ("12", 0),
            ("12.50", 1),
            ("-0.125", 3),
            (".5", 1),
            ("1e2", 0),
            ("1.5e1", 0),
            ("1.25e1", 1),
            ("25e-3", 3),
            ("100e-2", 0),
            ("0e-9", 0),
            ("0.000", 0),
            ("1e-99999999999", u32::MAX),
        ] {
            let weight = Weight::new(digits.as_bytes());
            assert_eq!(weight.map(|weight| weight.n_decimals), Some(expected), "{digits}");
        }
        for text in ["nan", "inf", "", "-", "1e400", "12x"] {
            assert_eq!(Weight::new(text.as_bytes()), None, "{text}");
        }
    }
}
