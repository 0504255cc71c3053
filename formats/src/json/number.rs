//! Numbers of JSON, exact from their digits.

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
    let mut mantissa = 0_u64;
    let mut point = None;
    for (at, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                let digit = u64::from(byte.wrapping_sub(b'0'));
                mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
            }
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let decimals = match point {
        Some(point) => digits.len().wrapping_sub(point).wrapping_sub(1),
        None if digits.len() == 20 => return None,
        None => 0,
    };
    let exponent = usize::try_from(power).ok()?.checked_sub(decimals)?;
    let power = [1_i64, 10, 100, 1000].get(exponent)?;
    let value = i64::try_from(mantissa).ok()?.checked_mul(*power)?;
    // A zero may be no number at all.
    (value != 0).then_some(if is_negative { value.wrapping_neg() } else { value })
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
    if digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) || digits.is_empty() {
        return unusual_integer(text);
    }
    let value = digits.iter().fold(0_i64, |sum, byte| {
        sum.wrapping_mul(10).wrapping_add(i64::from(byte.wrapping_sub(b'0')))
    });
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
