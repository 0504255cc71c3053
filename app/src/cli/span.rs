//! A part of the time, as it is written on the command line.

use rview_core::Profile;
use rview_core::units::format_duration;

use super::{Failure, WRONG_USE};

/// A part of the time, in nanoseconds.
#[derive(Clone)]
pub(super) struct Span(std::ops::Range<i64>);

impl Span {
    /// Refuses it for a recording without times, and for what comes after its end.
    pub(super) fn of(&self, profile: &Profile) -> Result<std::ops::Range<i64>, Failure> {
        if profile.duration_ns() == 0 {
            return Err(Failure::new(WRONG_USE, "--range: the file has no times"));
        }
        if self.0.start >= profile.duration_ns() {
            let end = format_duration(profile.duration_ns());
            let line = format!("--range: the recording is over by then, it lasts {end}");
            return Err(Failure::new(WRONG_USE, line));
        }
        Ok(self.0.clone())
    }
}

/// Reads such as `100ms..250ms`.
pub(super) fn range(text: &str) -> Result<Span, String> {
    let parsed = text.split_once("..").and_then(|(a, b)| Some(time(a)?..time(b)?));
    parsed
        .filter(|range| range.start < range.end)
        .map(Span)
        .ok_or_else(|| "write it as 0.1..0.25 in seconds, or as 100ms..250ms".to_owned())
}

/// A time in nanoseconds.
fn time(text: &str) -> Option<i64> {
    const UNITS: [(&str, f64); 6] =
        [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("min", 60e9), ("s", 1e9)];
    let text = text.trim();
    let unit = UNITS.iter().find_map(|&(name, size)| Some((text.strip_suffix(name)?, size)));
    let (number, size) = unit.unwrap_or((text, 1e9));
    let time = number.trim().parse::<f64>().ok()? * size;
    #[expect(clippy::cast_possible_truncation, reason = "it is in the range")]
    (0.0..=9e18).contains(&time).then_some(time.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_in_seconds_or_have_units() {
        let range = |text| range(text).map(|span| span.0).ok();
        assert_eq!(range("0.1..0.25"), Some(100_000_000..250_000_000));
        assert_eq!(range("100ms..1 s"), Some(100_000_000..1_000_000_000));
        assert_eq!(range("10us..2min"), Some(10_000..120_000_000_000));
        assert_eq!(range("5ns..5ns"), None);
        assert_eq!(range("2..1"), None);
        assert_eq!(range("-1..1"), None);
        assert_eq!(range("1"), None);
        assert_eq!(range("a..b"), None);
    }
}
