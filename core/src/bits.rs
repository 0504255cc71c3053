//! A set of rows of one table, a bit each.

use rayon::prelude::*;

/// Rows of a table with a known number of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    /// Bit `i % 64` of word `i / 64` is row `i`; rows past the end are 0.
    words: Vec<u64>,
}

impl Bits {
    /// No row of a table of `len` rows.
    pub(crate) fn new(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)] }
    }

    /// Every row of a table of `len` rows.
    pub(crate) fn full(len: usize) -> Self {
        let mut words = vec![u64::MAX; len.div_ceil(64)];
        if let Some(last) = words.last_mut() {
            *last >>= (64 - len % 64) % 64;
        }
        Self { words }
    }

    /// The rows of which `keep` holds, asked in parallel.
    pub(crate) fn filtered(&self, keep: impl Fn(usize) -> bool + Sync) -> Self {
        let word = |(at, &word): (usize, &u64)| {
            let (mut rest, mut kept) = (word, 0);
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                kept |= u64::from(keep(at * 64 + bit)) << bit;
            }
            kept
        };
        Self { words: self.words.par_iter().enumerate().map(word).collect() }
    }

    /// The rows of this set or of the other, or of both.
    pub(crate) fn union(&self, other: &Self) -> Self {
        let (longer, other) =
            if self.words.len() < other.words.len() { (other, self) } else { (self, other) };
        let mut words = longer.words.clone();
        words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
        Self { words }
    }

    /// The rows of this set that are not in the other.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut words = self.words.clone();
        words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
        Self { words }
    }

    /// Adds a row of the table.
    #[inline]
    pub(crate) fn insert(&mut self, row: usize) {
        self.words[row / 64] |= 1 << (row % 64);
    }

    /// Whether a row is in the set; a row that the table does not have is not.
    #[inline]
    pub(crate) fn contains(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Number of rows in the set.
    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The rows in the set, rising.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

impl FromIterator<bool> for Bits {
    /// The rows, from the first on, for which it is true.
    fn from_iter<I: IntoIterator<Item = bool>>(rows: I) -> Self {
        let mut words = Vec::new();
        for (row, is_in) in rows.into_iter().enumerate() {
            if row % 64 == 0 {
                words.push(0);
            }
            if let Some(word) = words.last_mut() {
                *word |= u64::from(is_in) << (row % 64);
            }
        }
        Self { words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_that_are_true() {
        let bits: Bits = (0..70).map(|row| row % 3 == 0).collect();
        assert_eq!(bits.iter().collect::<Vec<_>>(), (0..70).step_by(3).collect::<Vec<_>>());
    }

    #[test]
    fn rows_come_back_rising() {
        let mut bits = Bits::new(130);
        for row in [129, 0, 64, 63, 64] {
            bits.insert(row);
        }
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert_eq!(bits.count(), 4);
        assert!(bits.contains(129) && !bits.contains(128) && !bits.contains(100_000));
    }
}
