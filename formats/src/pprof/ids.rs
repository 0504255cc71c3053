//! Which row of a table an id of the file means.

use foldhash::HashMap;

/// Rows of a table by their ids, which are any numbers in any order.
#[derive(Debug)]
pub(super) enum RowById {
    /// Row plus 1 by id; 0 where there is no such id.
    Dense(Vec<u32>),
    Sparse(HashMap<u64, u32>),
}

/// Rows beyond are not found: a table of them takes 8 GiB at least.
pub(super) const MAX_ROWS: u32 = u32::MAX - 3;

/// How many rows can never be meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unreachable {
    /// Rows with an id that an earlier one has.
    pub(super) duplicates: u64,
    /// All rows, when none has an id: then they are counted from 1.
    pub(super) without_id: u64,
}

impl RowById {
    /// Indexes a table by the ids of its rows, in order. Of rows with one id the first counts.
    pub(super) fn new(ids: impl ExactSizeIterator<Item = u64> + Clone) -> (Self, Unreachable) {
        let len = ids.len();
        let mut unreachable = Unreachable::default();
        if len > 0 && ids.clone().all(|id| id == 0) {
            unreachable.without_id = len as u64;
            let mut by_position: Vec<u32> = (0..MAX_ROWS).zip(0..=len).map(|(id, _)| id).collect();
            if let [only, _] = &mut by_position[..] {
                *only = 1;
            }
            return (Self::Dense(by_position), unreachable);
        }
        // Usual files count from 1; a few gaps cost less than hashing.
        let bound = len.saturating_mul(4).saturating_add(1024) as u64;
        let max = ids.clone().max().unwrap_or_default();
        let mut index = if max < bound {
            let len = usize::try_from(max).unwrap_or_default().saturating_add(1);
            Self::Dense(vec![0; len])
        } else {
            Self::Sparse(HashMap::default())
        };
        for (row, id) in (0..MAX_ROWS).zip(ids) {
            let is_new = match &mut index {
                Self::Dense(rows) => usize::try_from(id)
                    .ok()
                    .and_then(|id| rows.get_mut(id))
                    .filter(|slot| **slot == 0)
                    .map(|slot| *slot = row.wrapping_add(1))
                    .is_some(),
                Self::Sparse(rows) => {
                    let before = rows.len();
                    rows.entry(id).or_insert(row);
                    rows.len() > before
                }
            };
            unreachable.duplicates = unreachable.duplicates.wrapping_add(u64::from(!is_new));
        }
        (index, unreachable)
    }

    /// The row with an id.
    #[inline]
    pub(super) fn row(&self, id: u64) -> Option<u32> {
        match self {
            Self::Dense(rows) => rows.get(usize::try_from(id).ok()?)?.checked_sub(1),
            Self::Sparse(rows) => rows.get(&id).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ids: &[u64], expected: &[(u64, Option<u32>)], unreachable: Unreachable) {
        let (rows, found) = RowById::new(ids.iter().copied());
        assert_eq!(found, unreachable, "{ids:?}");
        for &(id, row) in expected {
            assert_eq!(rows.row(id), row, "id {id} of {ids:?}");
        }
    }

    #[test]
    fn ids_are_any_numbers_in_any_order() {
        check(
            &[3, 1],
            &[(1, Some(1)), (3, Some(0)), (2, None), (0, None), (9, None)],
            Unreachable::default(),
        );
        let huge = u64::MAX;
        check(
            &[huge, 0, 7],
            &[(huge, Some(0)), (0, Some(1)), (7, Some(2)), (8, None)],
            Unreachable::default(),
        );
        check(&[], &[(0, None), (1, None)], Unreachable::default());
    }

    #[test]
    fn of_rows_with_one_id_the_first_counts() {
        let duplicates = Unreachable { duplicates: 1, without_id: 0 };
        check(&[5, 5, 6], &[(5, Some(0)), (6, Some(2))], duplicates);
        check(&[u64::MAX, u64::MAX], &[(u64::MAX, Some(0))], duplicates);
    }

    #[test]
    fn rows_without_ids_are_counted_from_one() {
        let without_id = Unreachable { duplicates: 0, without_id: 2 };
        check(&[0], &[(0, Some(0)), (1, Some(0))], Unreachable { without_id: 1, ..without_id });
        check(&[0, 0], &[(0, None), (1, Some(0)), (2, Some(1)), (3, None)], without_id);
    }

    #[test]
    fn ids_that_collide_for_a_known_hash_take_no_quadratic_time() {
        const MULTIPLIER: u64 = 0xf135_7aea_2e62_a9c5;
        // Each round doubles how many bits of the inverse are right.
        let inverse = (0..6).fold(MULTIPLIER, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(MULTIPLIER.wrapping_mul(inverse)))
        });
        assert_eq!(inverse.wrapping_mul(MULTIPLIER), 1);
        let ids: Vec<u64> = (1..=200_000).map(|n| inverse.wrapping_mul(n)).collect();
        check(&ids, &[(inverse, Some(0))], Unreachable::default());
    }
}
