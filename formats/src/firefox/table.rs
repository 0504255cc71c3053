//! Tables: an object with a list for each column.

use crate::json::{Elements, Fields, Text, Value, float, scaled};

/// No row.
pub(super) const NONE: u32 = u32::MAX;

/// The columns of a table, each read when it is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Table<'a> {
    columns: Vec<(&'a [u8], Value<'a>)>,
}

impl<'a> Table<'a> {
    pub(super) fn of(value: Value<'a>) -> Self {
        Self { columns: Fields::of(value).map(|(key, value)| (key.raw, value)).collect() }
    }

    /// What is under a key.
    pub(super) fn get(&self, key: &[u8]) -> Option<Value<'a>> {
        let (_, value) = self.columns.iter().rev().find(|(name, _)| *name == key)?;
        (!matches!(value, Value::Word(b"null"))).then_some(*value)
    }

    /// What is under a key, as text.
    pub(super) fn text(&self, key: &[u8]) -> Option<Text<'a>> {
        self.get(key)?.text()
    }

    /// A table in this table.
    pub(super) fn table(&self, key: &[u8]) -> Option<Self> {
        self.get(key).map(Self::of)
    }

    pub(super) fn list(&self, key: &[u8]) -> impl Iterator<Item = Value<'a>> + use<'a> {
        self.get(key).into_iter().flat_map(Elements::of)
    }

    /// Rows of another table; [`NONE`] where there is none, which files write as `null` or -1.
    pub(super) fn rows(&self, key: &[u8]) -> Vec<u32> {
        let row = |value: Value<'_>| value.integer().and_then(|row| u32::try_from(row).ok());
        self.list(key).map(|value| row(value).unwrap_or(NONE)).collect()
    }

    pub(super) fn integers(&self, key: &[u8]) -> Vec<Option<i64>> {
        self.list(key).map(Value::integer).collect()
    }

    pub(super) fn floats(&self, key: &[u8]) -> Vec<Option<f64>> {
        self.list(key).map(|value| value.digits().and_then(float)).collect()
    }

    /// Times in nanoseconds.
    pub(super) fn times(&self, key: &[u8]) -> Vec<Option<i64>> {
        self.list(key).map(milliseconds).collect()
    }

    /// When each row was: `time`, or the sums of `timeDeltas`.
    pub(super) fn clock(&self) -> Vec<Option<i64>> {
        if self.get(b"timeDeltas").is_none() {
            return self.times(b"time");
        }
        let mut now_ns = 0_i64;
        let deltas = self.times(b"timeDeltas").into_iter();
        deltas
            .map(|delta_ns| {
                now_ns = now_ns.saturating_add(delta_ns.unwrap_or_default());
                Some(now_ns)
            })
            .collect()
    }
}

/// Whether a row of another table is none, as files write it.
pub(super) fn is_none(row: Value<'_>) -> bool {
    matches!(row, Value::Word(b"null")) || row.integer() == Some(-1)
}

/// A time in milliseconds, in nanoseconds.
pub(super) fn milliseconds(value: Value<'_>) -> Option<i64> {
    scaled(value.digits()?, 6)
}
