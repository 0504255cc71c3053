//! The marks of a ruler: round numbers at a readable distance.

use crate::units::{group_digits, sign_of};
use crate::{AxisView, Unit};

/// The marks on a ruler and what to write at them.
///
/// ```text
///   unit "ms"      |0    .    .    .    .    |5    .    .    .    .    |10
/// ```
///
/// The unit is the same for all labels, so it is said once. Where labels would be long, as
/// nanoseconds an hour into a trace are, all count from a base, which is said once too.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    /// What the labels count, such as `ms` or `h:min`; empty for plain counts.
    pub unit: String,
    /// Where labels count from, in units of the axis.
    pub base: i64,
    /// The base for people, such as `3,723.456 s`; empty when it is 0.
    pub base_label: String,
    /// Units of the axis from a label to the next.
    pub step: i64,
    /// The labeled ticks, from the last one left of the window to the first one right of it.
    pub labeled: Vec<Tick>,
    /// Where the ticks between them are on screen, in pixels.
    pub minor_px: Vec<f32>,
}

/// A tick with a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where it is on the axis.
    pub at: i64,
    /// Where it is on screen, in pixels.
    pub px: f32,
    /// What to write at it.
    pub label: String,
}

/// How numbers on an axis are written.
#[derive(Clone, Copy)]
struct Scale {
    /// The name of what labels count.
    unit: &'static str,
    /// How many units of the axis that is.
    size: i64,
    /// What two marks may be apart, in `size`, rising.
    steps: &'static [i64],
}

const DECIMAL: &[i64] = &[1, 2, 5, 10, 20, 50, 100, 200, 500];
const SIXTIETHS: &[i64] = &[1, 2, 5, 10, 30];
const DAYS: &[i64] = &[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000];
const BINARY: &[i64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

const TIME: &[Scale] = &[
    Scale { unit: "ns", size: 1, steps: DECIMAL },
    Scale { unit: "µs", size: 1000, steps: DECIMAL },
    Scale { unit: "ms", size: 1_000_000, steps: DECIMAL },
    Scale { unit: "s", size: SECOND, steps: SIXTIETHS },
    Scale { unit: "min", size: MINUTE, steps: SIXTIETHS },
    Scale { unit: "h", size: HOUR, steps: &[1, 2, 5, 10] },
    Scale { unit: "d", size: 24 * HOUR, steps: DAYS },
];

const COUNT: &[Scale] = &[
    Scale { unit: "", size: 1, steps: DECIMAL },
    Scale { unit: "k", size: 1000, steps: DECIMAL },
    Scale { unit: "M", size: 1_000_000, steps: DECIMAL },
    Scale { unit: "G", size: 1_000_000_000, steps: DECIMAL },
    Scale { unit: "T", size: 1_000_000_000_000, steps: DECIMAL },
    Scale { unit: "P", size: 1_000_000_000_000_000, steps: DECIMAL },
    Scale { unit: "E", size: 1_000_000_000_000_000_000, steps: &[1, 2, 5] },
];

const BYTES: &[Scale] = &[
    Scale { unit: "B", size: 1, steps: BINARY },
    Scale { unit: "KiB", size: 1 << 10, steps: BINARY },
    Scale { unit: "MiB", size: 1 << 20, steps: BINARY },
    Scale { unit: "GiB", size: 1 << 30, steps: BINARY },
    Scale { unit: "TiB", size: 1 << 40, steps: BINARY },
    Scale { unit: "PiB", size: 1 << 50, steps: BINARY },
    Scale { unit: "EiB", size: 1 << 60, steps: &[1, 2, 4] },
];

/// Labels of more digits than this count from a base.
const MAX_LABEL: i64 = 100_000;

impl Ticks {
    /// The marks for an axis of weights or times, labels at least `min_gap_px` apart.
    pub fn new(view: &AxisView, unit: &Unit, min_gap_px: f64) -> Self {
        let scales = match unit {
            Unit::Nanoseconds => TIME,
            Unit::Bytes => BYTES,
            Unit::Count | Unit::Scaled(_) | Unit::Decimal(_) | Unit::Other(_) => COUNT,
        };
        let wanted = min_gap_px.max(1.0) * view.units_per_px;
        let (scale, step) = chosen(scales, wanted);
        let clock = Clock::of(scale, view);
        let base = match clock {
            Clock::No => base(scale, view),
            Clock::Minutes | Clock::Hours => 0,
        };
        let labeled = multiples(view, step)
            .map(|at| {
                let label = match clock {
                    Clock::No => group_digits(at.saturating_sub(base) / scale.size),
                    _ => clock.label(at, scale.size),
                };
                Tick { at, px: view.x_of(at), label }
            })
            .collect();
        let minor = minor_step(scale, step);
        let minor_px = multiples(view, minor)
            .filter(|at| minor < step && at % step != 0)
            .map(|at| view.x_of(at))
            .collect();
        Self {
            unit: named(clock.unit(scale.size).unwrap_or(scale.unit), unit),
            base,
            base_label: if base == 0 { String::new() } else { base_label(scales, base, unit) },
            step,
            labeled,
            minor_px,
        }
    }
}

/// The closest marks that are at least `wanted` units of the axis apart.
fn chosen(scales: &[Scale], wanted: f64) -> (Scale, i64) {
    let mut widest = (scales[0], 1);
    for scale in scales {
        for &step in scale.steps {
            widest = (*scale, step.saturating_mul(scale.size));
            if widest.1 as f64 >= wanted {
                return widest;
            }
        }
    }
    widest
}

/// The multiples of a step in the window, and one more at each side.
fn multiples(view: &AxisView, step: i64) -> impl Iterator<Item = i64> + use<> {
    /// No screen has room for more.
    const MOST: usize = 10_000;
    let first = view.start.div_euclid(step).saturating_mul(step);
    let last = view.end();
    let next = move |&at: &i64| (at < last).then(|| at.checked_add(step)).flatten();
    std::iter::successors(Some(first), next).take(MOST)
}

/// Five parts, or as many as the labels are apart if that is fewer, or none where the parts
/// are not whole units of the axis.
fn minor_step(scale: Scale, step: i64) -> i64 {
    let steps = step / scale.size;
    let parts = match steps {
        30 => 3,
        step if step % 5 == 0 => 5,
        step if step % 4 == 0 || step.count_ones() == 1 && step > 2 => 4,
        2 => 2,
        _ if scale.size % 10 == 0 && scale.size <= SECOND => 5,
        _ => 4,
    };
    if step % parts == 0 { step / parts } else { step }
}

/// Where labels count from: 0, or a number that is round in the next larger unit.
fn base(scale: Scale, view: &AxisView) -> i64 {
    if view.end() / scale.size < MAX_LABEL && view.start / scale.size > -MAX_LABEL {
        return 0;
    }
    let round = scale.size.saturating_mul(1000);
    view.start.div_euclid(round).saturating_mul(round)
}

/// A base for people: exact, in the unit in which it has at most six digits before the point.
fn base_label(scales: &[Scale], base: i64, unit: &Unit) -> String {
    let digits = |scale: &&Scale| base / scale.size < 1_000_000 && base / scale.size > -1_000_000;
    let scale = if matches!(unit, Unit::Nanoseconds) {
        &TIME[3]
    } else {
        scales.iter().find(digits).unwrap_or(&scales[0])
    };
    let whole = group_digits(base / scale.size);
    let rest = (base % scale.size).unsigned_abs();
    if rest == 0 {
        return format!("{whole} {}", named(scale.unit, unit)).trim_end().to_owned();
    }
    if scale.size % 10 != 0 {
        return format!("{} {}", group_digits(base), unit.name());
    }
    let digits = scale.size.ilog10() as usize;
    let fraction = format!("{rest:0digits$}");
    let fraction = fraction.trim_end_matches('0');
    let sign = if base / scale.size == 0 { sign_of(base) } else { "" };
    format!("{sign}{whole}.{fraction} {}", named(scale.unit, unit)).trim_end().to_owned()
}

/// The unit with its prefix: `k`, or `k cycles`.
fn named(prefix: &str, unit: &Unit) -> String {
    match unit {
        Unit::Scaled(_) | Unit::Other(_) => {
            format!("{prefix} {}", unit.name()).trim_start().to_owned()
        }
        Unit::Decimal(_) => format!("{prefix} × {}", unit.name()).trim_start().to_owned(),
        _ => prefix.to_owned(),
    }
}

/// Times as on a clock, where seconds or minutes alone would be large numbers.
#[derive(Clone, Copy, PartialEq)]
enum Clock {
    No,
    /// `12:30`, minutes and seconds.
    Minutes,
    /// `1:12:30`, or `1:12` where no tick is between minutes.
    Hours,
}

impl Clock {
    fn of(scale: Scale, view: &AxisView) -> Self {
        let end = view.end();
        match scale.unit {
            "s" | "min" if end > HOUR => Self::Hours,
            "s" if end > MINUTE => Self::Minutes,
            _ => Self::No,
        }
    }

    fn unit(self, size: i64) -> Option<&'static str> {
        match self {
            Self::No => None,
            Self::Hours if size == SECOND => Some("h:min:s"),
            Self::Minutes => Some("min:s"),
            Self::Hours => Some("h:min"),
        }
    }

    fn label(self, at: i64, size: i64) -> String {
        let sign = if at < 0 { "−" } else { "" };
        let seconds = at.unsigned_abs() / SECOND.unsigned_abs();
        let (hours, minutes, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match self {
            Self::Hours if size == SECOND => format!("{sign}{hours}:{minutes:02}:{second:02}"),
            Self::Hours => format!("{sign}{hours}:{minutes:02}"),
            _ => format!("{sign}{}:{second:02}", seconds / 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Draws a ruler of `width` characters: a label at each tick, a `.` at each minor one.
    fn drawn(start: i64, end: i64, width: usize, unit: &Unit) -> String {
        let view = AxisView::framing(start..end, width as f64, 0.0);
        let ticks = Ticks::new(&view, unit, 10.0);
        let mut line = vec![' '; width + 1];
        let mut put = |px: f32, text: &str| {
            let start = (0..=width).find(|&at| (at as f32 - px).abs() <= 0.5);
            for (at, c) in start.into_iter().flat_map(|start| start..).zip(text.chars()) {
                if let Some(place) = line.get_mut(at) {
                    *place = c;
                }
            }
        };
        ticks.minor_px.iter().for_each(|&px| put(px, "."));
        ticks.labeled.iter().for_each(|tick| put(tick.px, &format!("|{}", tick.label)));
        let line: String = line.iter().collect();
        format!("{} [{}] {}", ticks.base_label, ticks.unit, line.trim_end()).trim().to_owned()
    }

    fn check(start: i64, end: i64, expected: &str) {
        assert_eq!(drawn(start, end, 50, &Unit::Nanoseconds), expected);
    }

    #[test]
    fn times_are_at_round_numbers() {
        check(0, 50, "[ns] |0. . . . |10 . . . |20 . . . |30 . . . |40 . . . |");
        check(0, 3_000_000, "[ms] |0 .   .  .  .   |1 .  .   .  .  |2  .  .  .   .  |");
    }

    #[test]
    fn seconds_become_a_clock() {
        check(0, 40 * SECOND, "[s] |0.  . .  . |10. .  . .  |20  . .  . |30. .  . .  |");
        check(0, 100 * SECOND, "[min:s] |0:00.    .    |0:30.    .    |1:00.    .    |1:30.");
        check(
            HOUR,
            HOUR + 10 * SECOND,
            "[h:min:s] |1:00:00  |1:00:02  |1:00:04  |1:00:06  |1:00:08  |",
        );
        check(0, 600 * SECOND, "[min] |0   .    |2   .    |4   .    |6   .    |8   .    |");
        check(23 * HOUR, 24 * HOUR, "[h:min] |23:00  .        .       |23:30  .        .       |");
        check(-2 * HOUR, 24 * HOUR, "[h] .   |0  .   .  .   .   |10 .   .   .  .   |20 .   .");
        check(0, 1000 * 24 * HOUR, "[d] |0. . . . |200. . . |400. . . |600. . . |800. . . |");
    }

    #[test]
    fn long_labels_count_from_a_base() {
        check(
            24 * HOUR + 123_456,
            24 * HOUR + 123_506,
            "86,400.000123 s [ns] . . |460. . . |470. . . |480. . . |490. . . |500. .",
        );
    }

    #[test]
    fn weights_have_prefixes_of_their_unit() {
        assert_eq!(
            drawn(0, 1 << 20, 40, &Unit::Bytes),
            "[KiB] |0.  . .  |256 . .  |512 . .  |768 . .  |"
        );
        assert_eq!(drawn(0, 3, 40, &Unit::Count), "[] |0           |1            |2           |");
        assert_eq!(
            drawn(0, 5_000_000, 40, &Unit::Other("cycles".into())),
            "[M cycles] |0      .       |2      .       |4      ."
        );
    }

    proptest! {
        #[test]
        fn labels_are_apart_and_few(
            start in -i64::MAX / 2..i64::MAX / 2, log_scale in -6.0..51.0, width in 1.0..8000.0,
        ) {
            for unit in [Unit::Nanoseconds, Unit::Bytes, Unit::Count] {
                let view = AxisView::new(start, f64::exp2(log_scale), width);
                let ticks = Ticks::new(&view, &unit, 80.0);
                prop_assert!(ticks.step as f64 >= 80.0 * view.units_per_px);
                prop_assert!(ticks.labeled.len() as f64 <= width / 80.0 + 3.0);
                prop_assert!(ticks.minor_px.len() <= 5 * ticks.labeled.len());
                prop_assert!(ticks.labeled.iter().all(|tick| tick.at % ticks.step == 0));
                prop_assert!(ticks.labeled.iter().all(|tick| tick.label.len() < 16), "{ticks:?}");
            }
        }
    }
}
