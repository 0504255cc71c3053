//! Numbers of JSON, exact from their digits.

use super::Scanner;
use super::block::Block;

impl Scanner<'_> {
    /// The next value in thousandths, if it is a plain number such as most times are: up to 15
    /// digits, and up to three after the point. Else nothing is moved over.
    #[inline]
    pub(crate) fn thousandths(&mut self) -> Option<i64> {
        let rest = self.rest()?;
        let first = Block::load(rest, 0)?;
        let (mut digits, mut points) = (first.digits(), first.points());
        if digits | points == 0xffff {
            let second = Block::load(rest, Block::LEN)?;
            digits |= second.digits() << 16;
            points |= second.points() << 16;
        }
        let n_whole = digits.trailing_ones() as usize;
        let after_point = digits.wrapping_shr(digits.trailing_ones()).wrapping_shr(1);
        let n_decimals = match rest.get(n_whole)? {
            b'.' => after_point.trailing_ones() as usize,
            _ => 0,
        };
        let has_point = points.wrapping_shr(digits.trailing_ones()) & 1;
        let len = n_whole.wrapping_add(has_point as usize).wrapping_add(n_decimals);
        if !matches!(n_whole, 1..=15) || n_decimals > 3 || !ends_value(*rest.get(len)?) {
            return None;
        }
        let mut value = whole(rest.get(..n_whole)?);
        let decimals = rest.get(n_whole.wrapping_add(1)..)?;
        for decimal in 0..3 {
            let digit = decimals.get(decimal).filter(|_| decimal < n_decimals);
            let digit = digit.map_or(0, |digit| digit.wrapping_sub(b'0'));
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        }
        self.skip(len);
        Some(value.cast_signed())
    }

    /// The next value, if it is a plain whole number of up to 15 digits. Else nothing is moved
    /// over.
    #[inline]
    pub(crate) fn whole(&mut self) -> Option<i64> {
        let rest = self.rest()?;
        let len = Block::load(rest, 0)?.digits().trailing_ones() as usize;
        if !matches!(len, 1..=15) || !ends_value(*rest.get(len)?) {
            return None;
        }
        let value = whole(rest.get(..len)?);
        self.skip(len);
        Some(value.cast_signed())
    }
}

fn ends_value(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | b'\0'..=b' ')
}

/// The number of up to 19 digits.
#[inline]
fn whole(digits: &[u8]) -> u64 {
    let (value, rest) = leading(digits);
    rest.iter().fold(value, |value, digit| {
        value.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')))
    })
}

/// The number times a power of ten, rounded half away from zero; `None` if it is no number or
/// does not fit.
///
/// Times are microseconds with decimals in many files and nanoseconds in ours. An `f64` cannot
/// hold today's date to the nanosecond, so the digits are counted out.
#[inline]
pub(crate) fn scaled(text: &[u8], power: i32) -> Option<i64> {
    usual(text, power).or_else(|| any(text, power))
}

/// Up to 19 digits without an exponent that need no rounding: nearly all there are.
#[inline]
fn usual(text: &[u8], power: i32) -> Option<i64> {
    let (is_negative, digits) = sign(text);
    if digits.len() > 20 {
        return None;
    }
    let (mut mantissa, rest) = leading(digits);
    let mut point = None;
    for (left, &byte) in (1..=rest.len()).rev().zip(rest) {
        match byte {
            b'0'..=b'9' => {
                let digit = u64::from(byte.wrapping_sub(b'0'));
                mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
            }
            b'.' if point.is_none() => point = Some(left),
            _ => return None,
        }
    }
    let decimals = match point {
        Some(left) => left.wrapping_sub(1),
        None if digits.len() == 20 => return None,
        None => 0,
    };
    let exponent = usize::try_from(power).ok()?.checked_sub(decimals)?;
    let power = [1_i64, 10, 100, 1000].get(exponent)?;
    let value = i64::try_from(mantissa).ok()?.checked_mul(*power)?;
    // A zero may be no number at all.
    (value != 0).then_some(if is_negative { value.wrapping_neg() } else { value })
}

/// The number that the first digits are, eight and four at a time, and what follows them: at
/// least the digits that are left over.
#[inline]
fn leading(digits: &[u8]) -> (u64, &[u8]) {
    let (mut value, mut rest) = (0_u64, digits);
    while let Some((eight, after)) = rest.split_first_chunk() {
        let Some(eight) = eight_digits(u64::from_le_bytes(*eight)) else { break };
        value = value.wrapping_mul(100_000_000).wrapping_add(eight);
        rest = after;
    }
    if let Some((four, after)) = rest.split_first_chunk()
        && let Some(four) = eight_digits(u64::from(u32::from_le_bytes(*four)) << 32 | 0x3030_3030)
    {
        value = value.wrapping_mul(10_000).wrapping_add(four);
        rest = after;
    }
    (value, rest)
}

/// The number of eight digits, the first in the lowest byte; `None` if one is none.
#[inline]
fn eight_digits(text: u64) -> Option<u64> {
    let digits = text ^ 0x3030_3030_3030_3030;
    // Digits are 0 to 9 now: no byte has a high bit, and none gets one when 6 is added.
    let beyond = digits.wrapping_add(0x0606_0606_0606_0606);
    if (digits | beyond) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
        return None;
    }
    // Neighbors are joined: to pairs, to fours, to all eight.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff)
}

#[cold]
fn any(text: &[u8], power: i32) -> Option<i64> {
    let (is_negative, digits) = sign(text);
    let mut mantissa = 0_u128;
    let mut exponent = power;
    let mut n_digits = 0_u32;
    let mut after_point = false;
    let mut rest = digits;
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'0'..=b'9' => {
                n_digits = n_digits.saturating_add(1);
                // 37 digits leave room for one more; what follows is far below the rounding.
                if mantissa < MAX_MANTISSA {
                    let digit = u128::from(byte.wrapping_sub(b'0'));
                    mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
                    exponent = exponent.saturating_sub(i32::from(after_point));
                } else {
                    exponent = exponent.saturating_add(i32::from(!after_point));
                }
            }
            b'.' if !after_point => after_point = true,
            b'e' | b'E' => {
                exponent = exponent.saturating_add(explicit_exponent(after)?);
                break;
            }
            _ => return None,
        }
        rest = after;
    }
    if n_digits == 0 {
        return None;
    }
    let magnitude = i128::try_from(times_power_of_ten(mantissa, exponent)?).ok()?;
    let value = if is_negative { magnitude.wrapping_neg() } else { magnitude };
    i64::try_from(value).ok()
}

const MAX_MANTISSA: u128 = 10_u128.pow(36);

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// The digits after the `e`; a huge one counts as 100,000, which is beyond everything already.
fn explicit_exponent(text: &[u8]) -> Option<i32> {
    let (is_negative, digits) = sign(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits.iter().fold(0_i32, |sum, byte| {
        let digit = i32::from(byte.wrapping_sub(b'0'));
        sum.saturating_mul(10).saturating_add(digit).min(100_000)
    });
    Some(if is_negative { magnitude.wrapping_neg() } else { magnitude })
}

fn times_power_of_ten(mantissa: u128, exponent: i32) -> Option<u128> {
    let power = 10_u128.checked_pow(exponent.unsigned_abs());
    if mantissa == 0 {
        return Some(0);
    }
    if exponent >= 0 {
        return mantissa.checked_mul(power?);
    }
    let Some(power) = power else {
        return Some(0); // Less than a tenth of the smallest unit.
    };
    let (quotient, remainder) = (mantissa.checked_div(power)?, mantissa.checked_rem(power)?);
    let is_half = remainder >= power.wrapping_sub(remainder);
    quotient.checked_add(u128::from(is_half))
}

/// A whole number; one with a fraction is cut. Numbers up to 2^64 are taken as their 64 bits.
#[inline]
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = sign(text);
    if digits.len() > 18 || digits.is_empty() {
        return unusual_integer(text);
    }
    let (mut value, rest) = leading(digits);
    for &byte in rest {
        if !byte.is_ascii_digit() {
            return unusual_integer(text);
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(byte.wrapping_sub(b'0')));
    }
    let value = value.cast_signed();
    Some(if is_negative { value.wrapping_neg() } else { value })
}

#[cold]
fn unusual_integer(text: &[u8]) -> Option<i64> {
    let utf8 = std::str::from_utf8(text).ok()?;
    if let Ok(value) = utf8.parse::<u64>() {
        return Some(value.cast_signed());
    }
    let whole = match text.iter().position(|&byte| byte == b'.') {
        Some(point) if !text.iter().any(|byte| matches!(byte, b'e' | b'E')) => {
            text.get(..point).unwrap_or_default()
        }
        _ => text,
    };
    if whole.is_empty() || whole == b"-" { scaled(text, 0) } else { scaled(whole, 0) }
}

/// A number as near as an `f64` comes to it; `None` if it is none, or not finite.
pub(crate) fn float(text: &[u8]) -> Option<f64> {
    let is_number = text.iter().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
    let value = std::str::from_utf8(text).ok().filter(|_| is_number)?.parse::<f64>().ok()?;
    Some(value).filter(|value| value.is_finite())
}
