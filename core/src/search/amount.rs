//! Numbers with units, as they are typed.

use std::fmt;

use super::expression::text_of;

/// A number with a unit: exact, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Its digits, without a point.
    pub digits: u64,
    /// How many of them stand after the point: at most 9, the last of them not 0.
    pub n_decimals: u8,
    /// What it is of; `None` is as the measure counts.
    pub unit: Option<AmountUnit>,
}

/// What a typed number is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountUnit {
    /// A share of everything that counts.
    Percent,
    /// A multiple of a nanosecond.
    Nanoseconds(i64),
    /// A multiple of a byte.
    Bytes(i64),
    /// A multiple of what the measure counts.
    Times(i64),
}

/// How a number is compared with one that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Less.
    Less,
    /// Less or as much.
    AtMost,
    /// As much.
    Equal,
    /// As much or more.
    AtLeast,
    /// More.
    More,
}

impl Comparison {
    /// What is written for them: of two that start alike the longer first, of two that mean the
    /// same the one to write first.
    pub(crate) const SIGNS: [(&'static str, Self); 7] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        ("≥", Self::AtLeast),
        ("≤", Self::AtMost),
        (">", Self::More),
        ("<", Self::Less),
        ("=", Self::Equal),
    ];

    /// Whether a comparison comes out like this.
    pub(crate) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::AtLeast => order.is_ge(),
            Self::More => order.is_gt(),
        }
    }
}

impl AmountUnit {
    /// What units are called, of several names for one the one to write first. As everywhere in
    /// rview, a kilobyte is 1024 bytes, however it is spelled.
    const NAMES: [(&'static str, Self); 24] = [
        ("%", Self::Percent),
        ("ns", Self::Nanoseconds(1)),
        ("us", Self::Nanoseconds(1_000)),
        ("µs", Self::Nanoseconds(1_000)),
        ("ms", Self::Nanoseconds(1_000_000)),
        ("s", Self::Nanoseconds(1_000_000_000)),
        ("min", Self::Nanoseconds(60_000_000_000)),
        ("h", Self::Nanoseconds(3_600_000_000_000)),
        ("B", Self::Bytes(1)),
        ("KiB", Self::Bytes(1 << 10)),
        ("MiB", Self::Bytes(1 << 20)),
        ("GiB", Self::Bytes(1 << 30)),
        ("TiB", Self::Bytes(1 << 40)),
        ("KB", Self::Bytes(1 << 10)),
        ("kB", Self::Bytes(1 << 10)),
        ("kb", Self::Bytes(1 << 10)),
        ("MB", Self::Bytes(1 << 20)),
        ("mb", Self::Bytes(1 << 20)),
        ("GB", Self::Bytes(1 << 30)),
        ("gb", Self::Bytes(1 << 30)),
        ("k", Self::Times(1_000)),
        ("K", Self::Times(1_000)),
        ("M", Self::Times(1_000_000)),
        ("G", Self::Times(1_000_000_000)),
    ];

    /// The units by the names to write, for people.
    pub(crate) const LISTED: &'static str = "%, ns, us, ms, s, min, h, B, KiB, MiB, GiB, k, M, G";

    /// The unit of a name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, unit)| unit)
    }
}

impl Amount {
    /// Reads digits that may have a point among them. `None` where they are not that, or more
    /// than can be compared exactly: 18, of which 9 after the point.
    pub(crate) fn parse(number: &str, unit: Option<AmountUnit>) -> Option<Self> {
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let decimals = decimals.trim_end_matches('0');
        let digits = [whole, decimals].concat();
        let is_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        if number.len() > 28 || digits.is_empty() && !number.starts_with('0') || !is_digits {
            return None;
        }
        let n_decimals = u8::try_from(decimals.len()).ok().filter(|&n| n <= 9)?;
        let digits = digits.trim_start_matches('0');
        if digits.len() > 18 {
            return None;
        }
        let digits = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        Some(Self { digits, n_decimals, unit })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(text_of(&Self::SIGNS, self))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n_decimals = usize::from(self.n_decimals);
        let digits = format!("{:0width$}", self.digits, width = n_decimals + 1);
        let (whole, decimals) = digits.split_at(digits.len() - n_decimals);
        f.write_str(whole)?;
        if n_decimals > 0 {
            write!(f, ".{decimals}")?;
        }
        self.unit.map_or(Ok(()), |unit| f.write_str(text_of(&AmountUnit::NAMES, &unit)))
    }
}
