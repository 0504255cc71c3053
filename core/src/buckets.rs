//! Rows sorted by what they belong to, all rows of one owner side by side.
//!
//! ```text
//! row      0  1  2  3         items   1 3 | | 0 2
//! bucket   2  0  2  0    →    end     2   2   4
//! ```

use std::ops::Range;

/// Items in numbered buckets, those of one in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Buckets<T> {
    items: Vec<T>,
    /// By bucket: where its items end, and those of the next start.
    end: Vec<u32>,
}

impl<T: Copy> Buckets<T> {
    /// A counting sort of items, each with the number of its bucket, less than `n_buckets`:
    /// two passes over them.
    pub(crate) fn new<I>(n_buckets: usize, items: impl Fn() -> I) -> Self
    where
        I: Iterator<Item = (usize, T)>,
    {
        let mut end = vec![0_u32; n_buckets];
        items().for_each(|(bucket, _)| end[bucket] += 1);
        let mut n_items = 0;
        for count in &mut end {
            n_items += std::mem::replace(count, n_items);
        }
        let Some((_, any)) = items().next() else { return Self { items: Vec::new(), end } };
        let mut sorted = vec![any; n_items as usize];
        // From where a bucket starts, to where its next item goes, to where it ends.
        items().for_each(|(bucket, item)| {
            let next = &mut end[bucket];
            sorted[*next as usize] = item;
            *next += 1;
        });
        Self { items: sorted, end }
    }

    /// The items of all buckets, one bucket after the other.
    pub(crate) fn items(&self) -> &[T] {
        &self.items
    }

    /// The items of a bucket.
    #[inline]
    pub(crate) fn of(&self, bucket: usize) -> &[T] {
        &self.items[self.start(bucket)..self.end[bucket] as usize]
    }

    /// Sorts the items of each bucket.
    pub(crate) fn sort_each<K: Ord>(&mut self, key: impl Fn(T) -> K) {
        let mut start = 0;
        for &end in &self.end {
            self.items[start..end as usize].sort_unstable_by_key(|&item| key(item));
            start = end as usize;
        }
    }

    /// Where the items of a bucket start among all.
    #[inline]
    pub(crate) fn start(&self, bucket: usize) -> usize {
        bucket.checked_sub(1).map_or(0, |before| self.end[before] as usize)
    }

    /// The buckets in no more than `n` parts with about as many items.
    pub(crate) fn parts(&self, n: usize) -> Vec<Range<usize>> {
        let n_items = self.items.len();
        let at = |part: usize| self.end.partition_point(|&end| (end as usize) < n_items * part / n);
        let mut starts: Vec<usize> = (0..n).map(at).collect();
        starts[0] = 0;
        starts.push(self.end.len());
        starts.windows(2).map(|pair| pair[0]..pair[1]).filter(|part| !part.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_bucket_has_its_items_in_their_order(
            buckets in prop::collection::vec(0_usize..9, 0..50),
        ) {
            let sorted = Buckets::new(9, || buckets.iter().copied().zip(0_u32..));
            for bucket in 0..9 {
                let items = (0_u32..).zip(&buckets).filter(|(_, of)| **of == bucket);
                let items: Vec<u32> = items.map(|(item, _)| item).collect();
                prop_assert_eq!(sorted.of(bucket), items);
            }
        }

        #[test]
        fn parts_have_each_bucket_once(
            buckets in prop::collection::vec(0_usize..9, 0..50),
            n in 1_usize..12,
        ) {
            let sorted = Buckets::new(9, || buckets.iter().copied().zip(0_u32..));
            let parts = sorted.parts(n);
            prop_assert!(parts.len() <= n);
            prop_assert_eq!(parts.into_iter().flatten().collect::<Vec<_>>(), (0..9).collect::<Vec<_>>());
        }
    }
}
