//! The number at the end of a line.

use crate::json::number::scaled;
use crate::precision::{Numbers, Precision, n_decimals};
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

    /// As a multiple of the least weight, and whether it is rounded; `None` if it is too large.
    pub(super) fn whole(&self, precision: Precision) -> (Option<i64>, bool) {
        (precision.whole(self.digits), self.n_decimals > precision.n_decimals())
    }

    /// Whether it is a whole number that is not negative.
    pub(super) fn is_count(&self) -> bool {
        self.n_decimals == 0 && !self.digits.starts_with(b"-")
    }
}

/// What all weights of a text share: a pass over the ends of the lines.
pub(super) fn precision(text: &[u8], job: &Job) -> Result<Precision, ImportError> {
    let mut numbers = Numbers::default();
    for (n_lines, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if n_lines.is_multiple_of(4096) {
            job.progress(0)?;
        }
        let Some((_, weight)) = entry(line) else { continue };
        numbers.add(weight.digits);
    }
    Ok(numbers.precision())
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
