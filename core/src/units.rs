//! What weights and times are measured in, and how people read them.
//!
//! Times are `i64` nanoseconds, named `…_ns`: exact over 292 years, where an `f64` loses
//! nanoseconds after 104 days.

use std::fmt;

/// What the weights of a value type measure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// How often: samples, events, calls.
    Count,
    /// How long, in nanoseconds.
    Nanoseconds,
    /// How much memory, in bytes.
    Bytes,
    /// How long, or how much memory, in a multiple of those: weights stay as the file has them.
    Scaled(ScaledUnit),
    /// How often, where that is no whole number: a weight of 1234 with two decimals is 12.34.
    Decimal(Decimals),
    /// Anything else, by the name the file gives it, such as `cycles`.
    Other(Box<str>),
}

/// How many digits of a weight stand after the point: 1 to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimals(u8);

/// What the least weight is by its decimals: the unit of such weights in files.
const LEAST: [&str; 9] = [
    "0.1",
    "0.01",
    "0.001",
    "0.0001",
    "0.00001",
    "0.000001",
    "0.0000001",
    "0.00000001",
    "0.000000001",
];

/// The same in words, for readers that write the unit right behind a number.
const LEAST_WORDS: [&str; 9] = [
    "tenths",
    "hundredths",
    "thousandths",
    "ten-thousandths",
    "hundred-thousandths",
    "millionths",
    "ten-millionths",
    "hundred-millionths",
    "billionths",
];

impl Decimals {
    /// As many decimals, but no more than nine; `None` for none.
    pub fn new(n_decimals: u32) -> Option<Self> {
        let n_decimals = u8::try_from(n_decimals.min(9)).unwrap_or(9);
        (n_decimals > 0).then_some(Self(n_decimals))
    }

    /// How many there are.
    pub fn count(self) -> u32 {
        self.0.into()
    }

    /// How many of the least weight make 1.
    pub fn size(self) -> i64 {
        10_i64.pow(self.count())
    }

    /// What the least weight is, in words: `hundredths` with two decimals.
    pub fn least(self) -> &'static str {
        LEAST_WORDS[usize::from(self.0) - 1]
    }

    fn of_least(least: &str) -> Option<Self> {
        let at =
            LEAST.iter().zip(LEAST_WORDS).position(|(n, word)| *n == least || word == least)?;
        Self::new(u32::try_from(at + 1).unwrap_or(0))
    }
}

/// A multiple of a nanosecond or of a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScaledUnit {
    /// 1000 nanoseconds.
    Microseconds,
    /// 1,000,000 nanoseconds.
    Milliseconds,
    /// 1,000,000,000 nanoseconds.
    Seconds,
    /// 1024 bytes.
    Kilobytes,
    /// 1024² bytes.
    Megabytes,
    /// 1024³ bytes.
    Gigabytes,
}

impl ScaledUnit {
    /// The unit of which it is a multiple, which multiple, its name and its short name.
    fn row(self) -> (Unit, i64, &'static str, &'static str) {
        match self {
            Self::Microseconds => (Unit::Nanoseconds, 1_000, "microseconds", "µs"),
            Self::Milliseconds => (Unit::Nanoseconds, 1_000_000, "milliseconds", "ms"),
            Self::Seconds => (Unit::Nanoseconds, 1_000_000_000, "seconds", "s"),
            Self::Kilobytes => (Unit::Bytes, 1 << 10, "kilobytes", "KiB"),
            Self::Megabytes => (Unit::Bytes, 1 << 20, "megabytes", "MiB"),
            Self::Gigabytes => (Unit::Bytes, 1 << 30, "gigabytes", "GiB"),
        }
    }
}

impl Unit {
    /// The unit a file names, in any of the usual spellings. As `pprof` has it, a kilobyte is
    /// 1024 bytes, however it is spelled.
    pub fn from_name(name: &str) -> Self {
        match name {
            "count" | "counts" | "samples" | "events" | "" => return Self::Count,
            "ns" | "nanosecond" | "nanoseconds" => return Self::Nanoseconds,
            "B" | "byte" | "bytes" => return Self::Bytes,
            _ => {}
        }
        if let Some(decimals) = Decimals::of_least(name) {
            return Self::Decimal(decimals);
        }
        Self::Scaled(match &*name.to_lowercase() {
            "us" | "µs" | "μs" | "microsecond" | "microseconds" => ScaledUnit::Microseconds,
            "ms" | "millisecond" | "milliseconds" => ScaledUnit::Milliseconds,
            "s" | "sec" | "secs" | "second" | "seconds" => ScaledUnit::Seconds,
            "kb" | "kib" | "kbyte" | "kbytes" | "kilobyte" | "kilobytes" => ScaledUnit::Kilobytes,
            "mb" | "mib" | "mbyte" | "mbytes" | "megabyte" | "megabytes" => ScaledUnit::Megabytes,
            "gb" | "gib" | "gbyte" | "gbytes" | "gigabyte" | "gigabytes" => ScaledUnit::Gigabytes,
            _ => return Self::Other(name.into()),
        })
    }

    /// The name used in reports and files, such as `nanoseconds`; of weights with two decimals,
    /// `0.01`.
    pub fn name(&self) -> &str {
        match self {
            Self::Count => "count",
            Self::Nanoseconds => "nanoseconds",
            Self::Bytes => "bytes",
            Self::Scaled(unit) => unit.row().2,
            Self::Decimal(decimals) => LEAST[usize::from(decimals.0) - 1],
            Self::Other(name) => name,
        }
    }

    /// What stands behind numbers of it: `ns`; nothing where it counts.
    pub fn short_name(&self) -> &str {
        match self {
            Self::Count | Self::Decimal(_) => "",
            Self::Nanoseconds => "ns",
            Self::Bytes => "B",
            Self::Scaled(unit) => unit.row().3,
            Self::Other(name) => name,
        }
    }

    /// The unit of which it is a multiple, and which: a millisecond is 1,000,000 nanoseconds.
    pub fn base(&self) -> (Self, i64) {
        match self {
            Self::Scaled(unit) => {
                let (base, size, _, _) = unit.row();
                (base, size)
            }
            other => (other.clone(), 1),
        }
    }

    /// A weight as files without units have it: all its digits, and a point where it has decimals.
    pub fn number(&self, weight: i64) -> String {
        match self {
            Self::Decimal(decimals) => {
                let sign = if weight < 0 { "-" } else { "" };
                format!("{sign}{}", decimal(weight, *decimals, |whole| whole.to_string()))
            }
            _ => weight.to_string(),
        }
    }

    /// A weight for people: at most four significant digits, with its unit.
    pub fn format(&self, weight: i64) -> String {
        match self {
            Self::Count => scaled(weight, 1000.0, &THOUSANDS),
            Self::Nanoseconds => format_duration(weight),
            Self::Bytes => scaled(weight, 1024.0, &BYTES),
            Self::Scaled(unit) => {
                let (base, size, _, _) = unit.row();
                // Beyond 292 years, or eight exabytes, it is told in the unit of the file.
                let weight_in_base = weight.checked_mul(size);
                weight_in_base.map_or_else(|| self.format_exact(weight), |w| base.format(w))
            }
            Self::Decimal(decimals) => {
                let magnitude = weight.unsigned_abs() as f64 / decimals.size() as f64;
                let (value, _, unit) = scaled_down(magnitude, 1000.0, &THOUSANDS);
                let number = if value < 0.1 { format!("{value}") } else { four_digits(value) };
                let space = if unit.is_empty() { "" } else { " " };
                format!("{}{number}{space}{unit}", sign_of(weight))
            }
            Self::Other(name) => {
                format!("{} {name}", scaled(weight, 1000.0, &THOUSANDS))
            }
        }
    }

    /// How the numbers of a column are written whose largest is `largest`: see [`Scale`].
    pub fn scale(&self, largest: i64) -> Scale {
        if let Self::Scaled(unit) = self {
            let (base, size, _, _) = unit.row();
            let scale = base.scale(largest.saturating_mul(size));
            return Scale { size: scale.size / size as f64, ..scale };
        }
        if let Self::Decimal(decimals) = self {
            let size = decimals.size() as f64;
            let magnitude = largest.unsigned_abs() as f64 / size;
            let (value, scale, unit) = scaled_down(magnitude, 1000.0, &THOUSANDS);
            let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
            // Below 1, as many digits as above it would claim a precision that is not there.
            let n_decimals = decimals_of(value).min(decimals.count() as usize);
            return Scale { size: size * scale, unit, decimals: n_decimals };
        }
        let magnitude = largest.unsigned_abs() as f64;
        let (value, size, unit) = match self {
            Self::Count | Self::Scaled(_) | Self::Decimal(_) | Self::Other(_) => {
                scaled_down(magnitude, 1000.0, &THOUSANDS)
            }
            Self::Bytes => scaled_down(magnitude, 1024.0, &BYTES),
            Self::Nanoseconds => {
                let (size, unit) = duration_unit(magnitude);
                (magnitude / size, size, unit)
            }
        };
        let unit = match self {
            Self::Other(name) if unit.is_empty() => format!(" {name}"),
            Self::Other(name) => format!(" {unit} {name}"),
            _ if unit.is_empty() => String::new(),
            _ => format!(" {unit}"),
        };
        Scale { size, unit, decimals: if size <= 1.0 { 0 } else { decimals_of(value) } }
    }

    /// A weight to the last digit, with its unit: `163,000,000 ns`.
    pub fn format_exact(&self, weight: i64) -> String {
        let digits = group_digits(weight);
        match self {
            Self::Count => digits,
            Self::Nanoseconds => format!("{digits} ns"),
            Self::Bytes => format!("{digits} B"),
            Self::Scaled(unit) => format!("{digits} {}", unit.row().3),
            Self::Decimal(decimals) => {
                format!("{}{}", sign_of(weight), decimal(weight, *decimals, group_digits))
            }
            Self::Other(name) => format!("{digits} {name}"),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const THOUSANDS: [&str; 6] = ["", "k", "M", "G", "T", "P"];
const BYTES: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/// How the numbers of one column are written: all in one unit and with as many decimals, so
/// that their digits stand below each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    size: f64,
    unit: String,
    decimals: usize,
}

impl Scale {
    /// A weight with the unit of the column: the largest has four significant digits, 0 is `–`,
    /// and what would be rounded to 0 is said to be less than what can be written.
    pub fn format(&self, weight: i64) -> String {
        if weight == 0 {
            return "–".to_owned();
        }
        let sign = sign_of(weight);
        let (value, decimals) = (weight.unsigned_abs() as f64 / self.size, self.decimals);
        let mut number = format!("{value:.decimals$}");
        if !number.contains(|digit: char| matches!(digit, '1'..='9')) {
            number = format!("<{}", self.least());
        }
        format!("{sign}{number}{}", self.unit)
    }

    /// What is added to each number, a space first; empty for plain counts.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    fn least(&self) -> String {
        let decimals = self.decimals;
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "up to 3")]
        let least = 10_f64.powi(-(decimals as i32));
        format!("{least:.decimals$}")
    }
}

/// A share in a column of shares, with one decimal: `12.4 %`, `<0.1 %`, `–` for none.
pub fn format_share(part: i64, whole: i64) -> String {
    if whole == 0 || part == 0 {
        return "–".to_owned();
    }
    let percent = part as f64 * 100.0 / whole as f64;
    if percent.abs() < 0.05 {
        return if percent < 0.0 { "−<0.1 %" } else { "<0.1 %" }.to_owned();
    }
    let sign = if percent < 0.0 { "−" } else { "" };
    format!("{sign}{:.1} %", percent.abs())
}

/// Any number for people: at most four significant digits, thousands as `k`, `M` and so on.
pub fn format_number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let magnitude = value.abs();
    let sign = if value < 0.0 { "−" } else { "" };
    if magnitude < 0.001 && magnitude > 0.0 {
        return format!("{sign}{magnitude:.3e}");
    }
    if magnitude < 9_999.5 {
        return format!("{sign}{}", four_digits(magnitude));
    }
    let (value, _, unit) = scaled_down(magnitude, 1000.0, &THOUSANDS);
    if value < 99_999.5 {
        format!("{sign}{} {unit}", four_digits(value))
    } else {
        format!("{sign}{magnitude:.3e}")
    }
}

/// A duration for people, such as `1.234 ms`: at most four significant digits.
pub fn format_duration(duration_ns: i64) -> String {
    let magnitude = duration_ns.unsigned_abs() as f64;
    let sign = sign_of(duration_ns);
    if magnitude < 1e3 {
        return format!("{sign}{magnitude} ns");
    }
    let (size, unit) = duration_unit(magnitude);
    format!("{sign}{} {unit}", four_digits(magnitude / size))
}

/// The unit in which a duration is read most easily, and how many nanoseconds it has.
fn duration_unit(magnitude_ns: f64) -> (f64, &'static str) {
    match magnitude_ns {
        m if m < 1e3 => (1.0, "ns"),
        m if m < 999_950.0 => (1e3, "µs"),
        m if m < 999_950_000.0 => (1e6, "ms"),
        m if m < 59.995e9 => (1e9, "s"),
        m if m < 3_599.95e9 => (60e9, "min"),
        m if m < 48.0 * 3_600e9 => (3_600e9, "h"),
        _ => (86_400e9, "d"),
    }
}

/// A time of the recording, to the digits that tell it from the times `step_ns` beside it:
/// `1.378,123 s`. Digits beyond are cut, not rounded, and zeros at the end left out.
pub fn format_time(time_ns: i64, step_ns: i64) -> String {
    let (unit_ns, unit) = match time_ns.unsigned_abs() {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000_u64, "s"),
    };
    let step_ns = step_ns.max(1).unsigned_abs();
    let mut decimals = 0;
    while unit_ns / 10_u64.pow(decimals) > step_ns {
        decimals += 1;
    }
    let whole = i64::try_from(time_ns.unsigned_abs() / unit_ns).unwrap_or(i64::MAX);
    let rest = time_ns.unsigned_abs() % unit_ns;
    let sign = if time_ns < 0 { "−" } else { "" };
    let mut text = format!("{sign}{}", group_digits(whole));
    for at in 0..decimals {
        text.push_str(match at {
            0 => ".",
            at if at % 3 == 0 => ",",
            _ => "",
        });
        let digit = rest / (unit_ns / 10_u64.pow(at + 1)).max(1) % 10;
        text.push_str(&digit.to_string());
    }
    if decimals > 0 {
        let digits = text.trim_end_matches(['0', ',']).trim_end_matches('.').len();
        text.truncate(digits);
    }
    format!("{text} {unit}")
}

/// A share for people, such as `12.4 %`; a tiny one is not rounded to nothing.
pub fn format_percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let percent = part as f64 * 100.0 / whole as f64;
    let sign = if percent < 0.0 { sign_of(-1) } else { "" };
    match percent.abs() {
        0.0 => "0 %".to_owned(),
        p if p < 0.01 && percent < 0.0 => format!("> {sign}0.01 %"),
        p if p < 0.01 => "< 0.01 %".to_owned(),
        p if p < 1.0 => format!("{sign}{p:.2} %"),
        p if p < 99.95 => format!("{sign}{p:.1} %"),
        p => format!("{sign}{p:.0} %"),
    }
}

/// The digits of a number in groups of three: `1,234,567`.
pub fn group_digits(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3 + 1);
    grouped.push_str(sign_of(number));
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The sign before the digits of a number: a minus, which is as wide as a plus, not a hyphen.
pub(crate) fn sign_of(number: i64) -> &'static str {
    if number < 0 { "−" } else { "" }
}

fn scaled(weight: i64, base: f64, units: &[&'static str]) -> String {
    let (value, size, unit) = scaled_down(weight.unsigned_abs() as f64, base, units);
    let sign = sign_of(weight);
    let number = if size <= 1.0 { format!("{value}") } else { four_digits(value) };
    let space = if unit.is_empty() { "" } else { " " };
    format!("{sign}{number}{space}{unit}")
}

/// A magnitude in the largest unit that leaves at least 1, how large that unit is, its name.
fn scaled_down(magnitude: f64, base: f64, units: &[&'static str]) -> (f64, f64, &'static str) {
    let (mut size, mut unit) = (1.0, 0);
    while magnitude / size >= base * 0.99995 && unit + 1 < units.len() {
        size *= base;
        unit += 1;
    }
    (magnitude / size, size, units[unit])
}

/// Four significant digits, without zeros at the end: they would claim a precision.
fn four_digits(value: f64) -> String {
    let decimals = decimals_of(value);
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// The magnitude of a weight with decimals, without zeros at its end.
fn decimal(weight: i64, decimals: Decimals, digits: impl Fn(i64) -> String) -> String {
    let (magnitude, size) = (weight.unsigned_abs(), decimals.size().unsigned_abs());
    let whole = digits(i64::try_from(magnitude / size).unwrap_or(i64::MAX));
    let n_decimals = decimals.count() as usize;
    let fraction = format!("{:0n_decimals$}", magnitude % size);
    let text = format!("{whole}.{fraction}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How many decimals make four significant digits.
fn decimals_of(value: f64) -> usize {
    match value {
        v if v < 9.9995 => 3,
        v if v < 99.995 => 2,
        v if v < 999.95 => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_one_unit_and_as_many_decimals() {
        let column = |unit: Unit, weights: &[i64]| -> Vec<String> {
            let scale = unit.scale(weights[0]);
            weights.iter().map(|&weight| scale.format(weight)).collect()
        };
        assert_eq!(
            column(
                Unit::Nanoseconds,
                &[1_439_000_000, 905_900_000, 8_323_000, 0, 9_999, -70_000_000]
            ),
            ["1.439 s", "0.906 s", "0.008 s", "–", "<0.001 s", "−0.070 s"]
        );
        assert_eq!(column(Unit::Nanoseconds, &[72_630_000, 400_000]), ["72.63 ms", "0.40 ms"]);
        assert_eq!(column(Unit::Nanoseconds, &[999, 1]), ["999 ns", "1 ns"]);
        assert_eq!(column(Unit::Count, &[326, 1, 0]), ["326", "1", "–"]);
        assert_eq!(column(Unit::Count, &[-1_234_567, 999]), ["−1.235 M", "0.001 M"]);
        assert_eq!(column(Unit::Bytes, &[1_048_576, 512]), ["1.000 MiB", "<0.001 MiB"]);
        assert_eq!(column(Unit::Other("cycles".into()), &[12_000]), ["12.00 k cycles"]);
        assert_eq!(column(Unit::from_name("ms"), &[1_500, 3, 0]), ["1.500 s", "0.003 s", "–"]);
    }

    #[test]
    fn a_column_of_shares_has_one_decimal() {
        let texts = [1, 0, 1_000, 4, 5, -124].map(|part| format_share(part, 10_000));
        assert_eq!(texts, ["<0.1 %", "–", "10.0 %", "<0.1 %", "0.1 %", "−1.2 %"]);
        assert_eq!(format_share(10, 10), "100.0 %");
        assert_eq!(format_share(1, 0), "–");
    }

    #[test]
    fn any_number_has_at_most_four_digits() {
        let texts = [0.0, 1.0, 0.1 + 0.2, 1234.5678, 123_456.0, -2.5e9, 1e-9, 1e300, f64::NAN]
            .map(format_number);
        assert_eq!(
            texts,
            ["0", "1", "0.3", "1235", "123.5 k", "−2.5 G", "1.000e-9", "1.000e300", "–"]
        );
    }

    #[test]
    fn times_have_the_digits_that_tell_them_apart() {
        assert_eq!(format_time(1_378_123_456, 1), "1.378,123,456 s");
        assert_eq!(format_time(1_378_123_956, 1_000), "1.378,123 s");
        assert_eq!(format_time(1_378_123_956, 2_500), "1.378,123 s");
        assert_eq!(format_time(1_378_123_456, 2_000_000_000), "1 s");
        assert_eq!(format_time(86_400_000_000_001, 1), "86,400.000,000,001 s");
        assert_eq!(format_time(-1_500, 100), "−1.5 µs");
        assert_eq!(format_time(0, 1), "0 ns");
        assert_eq!(format_time(i64::MIN, i64::MAX), "−9,223,372,036 s");
    }

    #[test]
    fn durations_have_at_most_four_digits() {
        let texts = [0, 999, 1_000, 1_234_567, 999_999, 59_999_000_000, 3_600_000_000_000, -1_500]
            .map(format_duration);
        assert_eq!(
            texts,
            ["0 ns", "999 ns", "1 µs", "1.235 ms", "1 ms", "1 min", "1 h", "−1.5 µs"]
        );
    }

    #[test]
    fn weights_are_scaled_by_their_unit() {
        assert_eq!(Unit::Bytes.format(1536), "1.5 KiB");
        assert_eq!(Unit::Count.format(326), "326");
        assert_eq!(Unit::Count.format(-1_234_567), "−1.235 M");
        assert_eq!(Unit::Other("cycles".into()).format(12), "12 cycles");
        assert_eq!(Unit::Nanoseconds.format_exact(163_000_000), "163,000,000 ns");
    }

    #[test]
    fn multiples_of_time_and_memory_are_known_by_their_names() {
        for (name, weight, text, exact) in [
            ("microseconds", 1_500, "1.5 ms", "1,500 µs"),
            ("us", 7, "7 µs", "7 µs"),
            ("ms", 61_000, "1.017 min", "61,000 ms"),
            ("seconds", 7_200, "2 h", "7,200 s"),
            ("kb", 1536, "1.5 MiB", "1,536 KiB"),
            ("MB", -3, "−3 MiB", "−3 MiB"),
            ("s", i64::MAX, "9,223,372,036,854,775,807 s", "9,223,372,036,854,775,807 s"),
        ] {
            let unit = Unit::from_name(name);
            assert_eq!((&*unit.format(weight), &*unit.format_exact(weight)), (text, exact));
            assert_eq!(Unit::from_name(unit.name()), unit);
        }
        assert_eq!(Unit::from_name("Cycles"), Unit::Other("Cycles".into()));
    }

    #[test]
    fn weights_with_decimals_are_told_by_them() {
        for (n_decimals, weight, text, exact, number) in [
            (2, 1234, "12.34", "12.34", "12.34"),
            (1, 5, "0.5", "0.5", "0.5"),
            (3, -1_234_567_000, "−1.235 M", "−1,234,567", "-1234567"),
            (9, 20, "0.00000002", "0.00000002", "0.00000002"),
            (1, i64::MIN, "−922.3 P", "−922,337,203,685,477,580.8", "-922337203685477580.8"),
        ] {
            let unit = Unit::Decimal(Decimals::new(n_decimals).unwrap());
            let found = (unit.format(weight), unit.format_exact(weight), unit.number(weight));
            assert_eq!(found, (text.to_owned(), exact.to_owned(), number.to_owned()));
            assert_eq!(Unit::from_name(unit.name()), unit);
            let Unit::Decimal(decimals) = unit else { unreachable!() };
            assert_eq!(Unit::from_name(decimals.least()), unit);
        }
        let scale = Unit::from_name("0.01").scale(165);
        assert_eq!([165, 25, 0].map(|weight| scale.format(weight)), ["1.65", "0.25", "–"]);
        let scale = Unit::from_name("0.01").scale(16_500_000);
        assert_eq!([16_500_000, 25].map(|weight| scale.format(weight)), ["165.0 k", "<0.1 k"]);
    }

    #[test]
    fn what_is_negative_has_a_minus_everywhere() {
        let texts = [
            format_duration(-500),
            format_duration(i64::MIN),
            format_percent(-1, 8),
            format_percent(-1, 1_000_000),
            group_digits(-1_000),
            Unit::Count.format(-5),
        ];
        let expected = ["−500 ns", "−106752 d", "−12.5 %", "> −0.01 %", "−1,000", "−5"];
        assert_eq!(texts.each_ref().map(|text| &**text), expected);
    }

    #[test]
    fn a_tiny_share_is_not_nothing() {
        assert_eq!(format_percent(1, 1_000_000), "< 0.01 %");
        assert_eq!(format_percent(0, 10), "0 %");
        assert_eq!(format_percent(1, 8), "12.5 %");
        assert_eq!(format_percent(1, 0), "–");
    }
}
