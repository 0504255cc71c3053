//! How long slices last, a row each.

use super::raw::reserve;
use crate::boxes::Lengths;
use crate::id::row_number;
use crate::offsets::low_half;

/// A column of durations in nanoseconds, none negative.
///
/// 4 bytes a row. Where one lasts 4.29 s or longer, the rows around it take 4 more: 256 bytes for
/// one alone, and never more than 8 bytes a row for all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Durations {
    low: Vec<u32>,
    high: HighHalves,
}

impl Durations {
    /// So many rows of 0, in memory that is not touched yet.
    pub(super) fn zeros(len: usize) -> Self {
        Self { low: vec![0; len], high: HighHalves::default() }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.low.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, duration_ns: i64) {
        let (low, high) = halves(duration_ns);
        self.high.set(self.low.len(), high);
        reserve(&mut self.low);
        self.low.push(low);
    }

    /// The duration of a row, in nanoseconds.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> i64 {
        joined(self.low[row], self.high.get(row))
    }

    /// Changes the duration of a row.
    pub(super) fn set(&mut self, row: usize, duration_ns: i64) {
        let (low, high) = halves(duration_ns);
        self.low[row] = low;
        self.high.set(row, high);
    }

    /// The lower halves, to be written.
    pub(super) fn low_mut(&mut self) -> &mut [u32] {
        &mut self.low
    }

    /// The higher halves, to be written.
    pub(super) fn high_mut(&mut self) -> &mut HighHalves {
        &mut self.high
    }

    /// The lower and the higher halves.
    pub(super) fn into_halves(self) -> (Vec<u32>, HighHalves) {
        (self.low, self.high)
    }
}

impl Lengths for Durations {
    #[inline]
    fn units(&self, row: usize) -> i64 {
        self.get(row)
    }
}

#[cfg(test)]
impl FromIterator<i64> for Durations {
    fn from_iter<T: IntoIterator<Item = i64>>(durations_ns: T) -> Self {
        let mut column = Self::default();
        durations_ns.into_iter().for_each(|duration_ns| column.push(duration_ns));
        column
    }
}

/// The lower and the higher half of a duration.
#[inline]
fn halves(duration_ns: i64) -> (u32, u32) {
    let bits = duration_ns.cast_unsigned();
    (low_half(bits), low_half(bits >> 32))
}

/// The duration of two halves.
#[inline]
pub(super) fn joined(low: u32, high: u32) -> i64 {
    (u64::from(high) << 32 | u64::from(low)).cast_signed()
}

/// The higher halves of a column, in blocks of rows: nothing where all of a block are 0.
#[derive(Clone, Debug, Default)]
pub(super) struct HighHalves {
    /// For each block which one of `halves` it is, or [`NO_BLOCK`]; none after the last that is.
    blocks: Vec<u32>,
    halves: Vec<[u32; BLOCK]>,
}

/// Rows of a block: few, as those around a long one cost as much, and enough that where they are
/// costs little beside them.
const BLOCK: usize = 64;
const NO_BLOCK: u32 = u32::MAX;

impl HighHalves {
    #[inline]
    pub(super) fn get(&self, row: usize) -> u32 {
        let halves =
            self.blocks.get(row / BLOCK).and_then(|&block| self.halves.get(block as usize));
        halves.map_or(0, |halves| halves[row % BLOCK])
    }

    #[inline]
    pub(super) fn set(&mut self, row: usize, half: u32) {
        if half != 0 || row / BLOCK < self.blocks.len() {
            self.set_stored(row, half);
        }
    }

    fn set_stored(&mut self, row: usize, half: u32) {
        let at = row / BLOCK;
        if at >= self.blocks.len() {
            self.blocks.resize(at + 1, NO_BLOCK);
        }
        let block = &mut self.blocks[at];
        if *block == NO_BLOCK {
            if half == 0 {
                return;
            }
            *block = row_number(self.halves.len());
            self.halves.push([0; BLOCK]);
        }
        self.halves[*block as usize][row % BLOCK] = half;
    }

    /// Those that are not 0 where the rows come in another order, with their new rows, rising.
    pub(super) fn reordered(&self, order: &[u32]) -> Vec<(u32, u32)> {
        if self.halves.is_empty() {
            return Vec::new();
        }
        let found = (0..).zip(order).map(|(new, &row)| (new, self.get(row as usize)));
        found.filter(|&(_, half)| half != 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_duration() -> impl Strategy<Value = i64> {
        let limit = i64::from(u32::MAX);
        prop_oneof![8 => 0..1000_i64, 1 => limit - 1..=limit + 1, 1 => 0..=i64::MAX]
    }

    proptest! {
        #[test]
        fn durations_are_kept_whatever_their_size(
            pushed in prop::collection::vec(any_duration(), 1..300),
            set in prop::collection::vec((any::<prop::sample::Index>(), any_duration()), 0..100),
        ) {
            let mut expected = pushed.clone();
            let mut column: Durations = pushed.into_iter().collect();
            for (row, duration_ns) in set {
                let row = row.index(expected.len());
                expected[row] = duration_ns;
                column.set(row, duration_ns);
            }
            let actual: Vec<i64> = (0..column.len()).map(|row| column.get(row)).collect();
            prop_assert_eq!(&actual, &expected);

            let order: Vec<u32> = (0..row_number(expected.len())).rev().collect();
            expected.reverse();
            let high = column.high.reordered(&order);
            prop_assert!(high.is_sorted());
            let long = (0..).zip(&expected).map(|(row, &ns)| (row, halves(ns).1));
            prop_assert_eq!(high, long.filter(|&(_, half)| half != 0).collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_long_duration_takes_one_block_and_short_ones_none() {
        let mut column: Durations = (0..1000).collect();
        assert_eq!((column.high.blocks.len(), column.high.halves.len()), (0, 0));
        column.set(100, 5_000_000_000);
        assert_eq!((column.high.blocks.len(), column.high.halves.len()), (2, 1));
        column.set(100, 7);
        assert_eq!((column.get(100), column.get(101), column.get(999)), (7, 101, 999));
    }
}
