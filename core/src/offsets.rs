//! Where in the source more is told, a place for each row or none.

use crate::slice::reserve;

/// A column of offsets: 4 bytes a row in a source of less than 4 GiB, else 8.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offsets {
    low: Vec<u32>,
    /// The higher halves; empty as long as every offset fits in the lower one.
    high: Vec<u32>,
}

/// Stands for no place.
pub(crate) const NO_OFFSET: u64 = u64::MAX;

impl Offsets {
    /// So many rows, in memory that is not touched yet.
    pub(crate) fn zeros(len: usize, is_wide: bool) -> Self {
        Self { low: vec![0; len], high: vec![0; if is_wide { len } else { 0 }] }
    }

    pub(crate) fn len(&self) -> usize {
        self.low.len()
    }

    /// Whether a row takes 8 bytes.
    pub(crate) fn is_wide(&self) -> bool {
        !self.high.is_empty()
    }

    #[inline]
    pub(crate) fn push(&mut self, offset: u64) {
        let fits = offset < u64::from(u32::MAX) || offset == NO_OFFSET;
        if !fits && !self.is_wide() {
            self.high = self.low.iter().map(|&low| high_of_narrow(low)).collect();
        }
        // The first row of all that does not fit finds no higher halves before it.
        if !fits || self.is_wide() {
            self.high.push(low_half(offset >> 32));
        }
        reserve(&mut self.low);
        self.low.push(low_half(offset));
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> u64 {
        let low = self.low[row];
        let high = self.high.get(row).copied().unwrap_or_else(|| high_of_narrow(low));
        u64::from(high) << 32 | u64::from(low)
    }

    /// The halves, to be written.
    pub(crate) fn halves_mut(&mut self) -> (&mut [u32], &mut [u32]) {
        (&mut self.low, &mut self.high)
    }

    /// The lower halves, and the higher ones where they are stored.
    pub(crate) fn into_halves(self) -> (Vec<u32>, Vec<u32>) {
        (self.low, self.high)
    }

    /// The rows in another order.
    pub(crate) fn reordered(self, order: &[u32]) -> Self {
        let of = |half: Vec<u32>| {
            if half.is_empty() {
                return half;
            }
            order.iter().map(|&row| half[row as usize]).collect()
        };
        Self { low: of(self.low), high: of(self.high) }
    }

    #[cfg(test)]
    pub(crate) fn clear(&mut self) {
        self.low.clear();
        self.high.clear();
    }
}

/// The higher half of an offset of which only the lower is stored.
#[inline]
pub(crate) fn high_of_narrow(low: u32) -> u32 {
    if low == u32::MAX { u32::MAX } else { 0 }
}

/// The lower half of some bits.
#[inline]
pub(crate) fn low_half(bits: u64) -> u32 {
    u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_kept_whatever_their_size() {
        let small = [0, 7, NO_OFFSET, u64::from(u32::MAX) - 1];
        let large = [u64::from(u32::MAX), 1 << 32, u64::MAX - 1];
        for first_large in 0..=small.len() {
            let mut expected = small.to_vec();
            expected.splice(first_large..first_large, large);
            let mut offsets = Offsets::default();
            for (row, &offset) in expected.iter().enumerate() {
                assert_eq!(offsets.is_wide(), row > first_large, "{row}");
                offsets.push(offset);
            }
            let get = |offsets: &Offsets| (0..offsets.len()).map(|row| offsets.get(row)).collect();
            let actual: Vec<u64> = get(&offsets);
            assert_eq!(actual, expected);
            let order: Vec<u32> = (0..u32::try_from(offsets.len()).unwrap()).rev().collect();
            let mut actual: Vec<u64> = get(&offsets.reordered(&order));
            actual.reverse();
            assert_eq!(actual, expected);
        }
    }
}
