//! How many digits after the point the weights of a file share.
//!
//! Weights are whole numbers in a profile. Where those of a file have fractions, all count in the
//! least digit of any, exactly.

use rview_core::{Decimals, Unit};

use crate::json::number::scaled;

/// How many digits after the point a number needs.
pub(crate) fn n_decimals(digits: &[u8]) -> u32 {
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

/// The numbers of a file, to find out how precise they are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers {
    most_decimals: u32,
    /// At least the sum of all magnitudes.
    sum: f64,
}

impl Numbers {
    /// Takes one more, by its digits.
    pub(crate) fn add(&mut self, digits: &[u8]) {
        self.most_decimals = self.most_decimals.max(n_decimals(digits));
        self.sum += scaled(digits, 0).unwrap_or(0).unsigned_abs() as f64 + 1.0;
    }

    /// What the most precise of them needs, or as many decimals as leave the sum of all
    /// magnitudes within 64 bits.
    pub(crate) fn precision(self) -> Precision {
        // What is left over is room for the rounding of the sum itself.
        let fits =
            |decimals: &Decimals| self.sum * (decimals.size() as f64) < 0.99 * i64::MAX as f64;
        let fewer = (1..=self.most_decimals.min(9)).rev().filter_map(Decimals::new);
        Precision(fewer.into_iter().find(fits))
    }
}

/// How many decimals the weights of a file are kept with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Precision(Option<Decimals>);

impl Precision {
    /// What a weight counts.
    pub(crate) fn unit(self) -> Unit {
        self.0.map_or(Unit::Count, Unit::Decimal)
    }

    /// How many decimals are kept.
    pub(crate) fn n_decimals(self) -> u32 {
        self.0.map_or(0, Decimals::count)
    }

    /// A number as a multiple of the least one; `None` if it is too large.
    pub(crate) fn whole(self, digits: &[u8]) -> Option<i64> {
        scaled(digits, i32::try_from(self.n_decimals()).unwrap_or(0))
    }
}
