//! What the clock on the wall said at times of the recording.

use super::fields::Fields;

/// The moment at which perf read both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WallClock {
    /// Nanoseconds since 1970, of UTC.
    wall_ns: u64,
    /// What the clock of the recording said.
    clock_ns: u64,
}

const SECOND_NS: u64 = 1_000_000_000;
const DAY_S: u64 = 86_400;

impl WallClock {
    /// Reads the feature with the two times.
    pub(super) fn read(mut fields: Fields<'_>) -> Option<Self> {
        fields.skip(8)?; // Version and clock id.
        Some(Self { wall_ns: fields.u64()?, clock_ns: fields.u64()? })
    }

    /// Date and time of day at a time of the recording; `None` before 1970.
    pub(super) fn at(&self, clock_ns: i64) -> Option<String> {
        let since = i128::from(clock_ns).checked_sub(self.clock_ns.into())?;
        let wall_ns = since.checked_add(self.wall_ns.into())?;
        Some(date(u64::try_from(wall_ns).ok()?))
    }
}

/// Date and time of day by the calendar of Gregory, as `2026-11-23 12:00:05.000000001 UTC`.
fn date(wall_ns: u64) -> String {
    let [seconds, ns] = split(wall_ns, SECOND_NS);
    let [days, second] = split(seconds, DAY_S);
    let [minutes, second] = split(second, 60);
    let [hour, minute] = split(minutes, 60);
    let (year, month, day) = day_of_year(days);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{ns:09} UTC")
}

/// Year, month and day of a day since 1970.
fn day_of_year(mut days: u64) -> (u64, usize, u64) {
    const MONTHS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970_u64;
    // Some hundred times at most: the nanoseconds end in 2554.
    while let Some(rest) = days.checked_sub(365_u64.saturating_add(is_leap(year).into())) {
        days = rest;
        year = year.saturating_add(1);
    }
    let mut month = 1_usize;
    for (n, len) in (1..).zip(MONTHS) {
        let Some(rest) = days.checked_sub(len.saturating_add((n == 2 && is_leap(year)).into()))
        else {
            month = n;
            break;
        };
        days = rest;
    }
    (year, month, days.saturating_add(1))
}

/// How often a number goes into another, and what is left.
fn split(number: u64, by: u64) -> [u64; 2] {
    [number.checked_div(by).unwrap_or_default(), number.checked_rem(by).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // As `date --utc --date @…` has them.
        let of = |seconds: u64| date(seconds.saturating_mul(SECOND_NS).saturating_add(7));
        assert_eq!(of(0), "1970-01-01 00:00:00.000000007 UTC");
        assert_eq!(of(951_782_399), "2000-02-28 23:59:59.000000007 UTC");
        assert_eq!(of(951_782_400), "2000-02-29 00:00:00.000000007 UTC");
        assert_eq!(of(1_795_435_200), "2026-11-23 12:00:00.000000007 UTC");
        assert_eq!(of(4_107_542_400), "2100-03-01 00:00:00.000000007 UTC");
        assert_eq!(of(1_798_761_599), "2026-12-31 23:59:59.000000007 UTC");
    }

    #[test]
    fn times_count_from_when_both_clocks_were_read() {
        let clock = WallClock { wall_ns: 1_795_435_200 * SECOND_NS, clock_ns: 5000 };
        assert_eq!(clock.at(4999).unwrap(), "2026-11-23 11:59:59.999999999 UTC");
        let early = WallClock { wall_ns: 10, clock_ns: 5000 };
        assert_eq!(early.at(4000), None);
    }
}
