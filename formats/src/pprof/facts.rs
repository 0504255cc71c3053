//! What the file says about the recording as a whole.

use foldhash::HashSet;
use rview_core::ProfileBuilder;
use rview_core::units::format_duration;

use super::wire::Tables;

/// Notes time, duration, period, comments and patterns.
pub(super) fn add(tables: &Tables<'_>, builder: &mut ProfileBuilder) {
    if tables.time_ns != 0 {
        builder.fact("recorded", &utc(tables.time_ns));
    }
    if tables.duration_ns > 0 {
        builder.set_duration_ns(tables.duration_ns);
        builder.fact("duration", &format_duration(tables.duration_ns));
    }
    let period_type = tables.period_type.unwrap_or_default();
    let [name, unit] = [period_type.name, period_type.unit].map(|string| tables.text(string));
    if tables.period != 0 || !name.is_empty() || !unit.is_empty() {
        builder.fact("period", format!("{} {unit} {name}", tables.period).trim_ascii_end());
    }
    // A text that is named again and again is told once, so that facts never outgrow the file.
    let mut told = HashSet::default();
    let comments = tables.comments.iter().map(|&comment| ("comment", comment));
    let patterns = [
        ("documentation", tables.doc_url),
        ("drop_frames", tables.drop_frames),
        ("keep_frames", tables.keep_frames),
    ];
    for (what, string) in comments.chain(patterns) {
        let text = tables.text(string);
        if !text.is_empty() && told.insert((what, string)) {
            builder.fact(what, &text);
        }
    }
}

/// A time in nanoseconds since 1970 as `2017-09-29 20:57:59.257235370 UTC`.
fn utc(time_ns: i64) -> String {
    let (second, nanosecond) =
        (time_ns.div_euclid(1_000_000_000), time_ns.rem_euclid(1_000_000_000));
    let (day, second) = (second.div_euclid(86_400), second.rem_euclid(86_400));
    let (hour, minute, second) =
        (second.div_euclid(3600), second.div_euclid(60).rem_euclid(60), second.rem_euclid(60));
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{nanosecond:09} UTC")
}

/// The time that [`utc`] tells; `None` for any other text.
pub(crate) fn parse_utc(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix(" UTC")?.split_once(' ')?;
    let number = |text: &str| text.parse::<i64>().ok();
    let mut date = date.splitn(3, '-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, nanosecond) = time.split_once('.')?;
    let mut clock = clock.splitn(3, ':').map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let nanosecond = number(nanosecond)?;
    // All days of a year from a guess on are tried: no second calendar is needed.
    let guess = year.checked_sub(1970)?.checked_mul(3_652_425)?.checked_div(10_000)?;
    let first = guess.checked_sub(3)?;
    let days = (first..first.checked_add(372)?).find(|&days| civil(days) == (year, month, day))?;
    let seconds = days
        .checked_mul(86_400)?
        .checked_add(hour.checked_mul(3600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?;
    // The earliest times only fit once the nanoseconds are in.
    let time_ns = i128::from(seconds).checked_mul(1_000_000_000)?;
    i64::try_from(time_ns.checked_add(nanosecond.into())?).ok()
}

/// Year, month and day of a day counted from 1970-01-01, by counting whole years and months.
fn civil(day: i64) -> (i64, i64, i64) {
    let is_leap = |year: i64| {
        year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
    };
    // An i64 of nanoseconds reaches from 1677 to 2262, so this takes at most 293 rounds.
    let (mut year, mut day) = (1970_i64, day);
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if day < 0 {
            year = year.saturating_sub(1);
            day = day.saturating_add(if is_leap(year) { 366 } else { 365 });
        } else if day >= length {
            year = year.saturating_add(1);
            day = day.saturating_sub(length);
        } else {
            break;
        }
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1_i64;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day < length {
            break;
        }
        day = day.saturating_sub(length);
        month = month.saturating_add(1);
    }
    (year, month, day.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_utc() {
        for (time_ns, expected) in [
            (0, "1970-01-01 00:00:00.000000000 UTC"),
            (1_506_718_679_257_235_370, "2017-09-29 20:57:59.257235370 UTC"),
            (951_827_696_000_000_007, "2000-02-29 12:34:56.000000007 UTC"),
            (-1, "1969-12-31 23:59:59.999999999 UTC"),
            (i64::MAX, "2262-04-11 23:47:16.854775807 UTC"),
            (i64::MIN, "1677-09-21 00:12:43.145224192 UTC"),
        ] {
            assert_eq!(utc(time_ns), expected);
            assert_eq!(parse_utc(expected), Some(time_ns), "{expected}");
        }
    }
}
