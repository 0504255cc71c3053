//! The samples: stacks that were seen, and what each counts for.

use std::ops::Range;

use crate::{FrameId, LabelSetId, StackId, ThreadId, ValueTypeId};

/// The samples of a profile, in order of time; those without a time in order of the file.
///
/// Columns of equal length: row `i` is the `i`th sample. 24 bytes a sample with a time, one
/// value type and no labels: see [`Weights`] for the narrow form of weights.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// When, in nanoseconds since the start of the profile. Empty when the format has no times.
    pub(crate) time_ns: Vec<i64>,
    pub(crate) thread: Vec<ThreadId>,
    /// The callers of the leaf; [`StackId::NONE`] where the leaf is the root.
    pub(crate) callers: Vec<StackId>,
    pub(crate) leaf: Vec<FrameId>,
    /// Empty when no sample has labels.
    pub(crate) labels: Vec<LabelSetId>,
    /// By value type.
    pub(crate) weights: Vec<Weights>,
}

impl Samples {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.leaf.len()
    }

    /// Whether there is no sample at all, as in a trace of slices.
    pub fn is_empty(&self) -> bool {
        self.leaf.is_empty()
    }

    /// When the samples were taken, rising; `None` when the format has no times.
    pub fn times_ns(&self) -> Option<&[i64]> {
        (!self.time_ns.is_empty()).then_some(&self.time_ns)
    }

    /// The thread of each sample.
    pub fn threads(&self) -> &[ThreadId] {
        &self.thread
    }

    /// The callers of the sample's leaf; `None` where it has none.
    #[inline]
    pub fn callers(&self, sample: usize) -> Option<StackId> {
        self.callers[sample].some()
    }

    /// The frame that ran.
    #[inline]
    pub fn leaf(&self, sample: usize) -> FrameId {
        self.leaf[sample]
    }

    /// The labels of a sample; `None` where it has none.
    pub fn labels(&self, sample: usize) -> Option<LabelSetId> {
        self.labels.get(sample)?.some()
    }

    /// The weights of one value type.
    pub fn weights(&self, value_type: ValueTypeId) -> &Weights {
        &self.weights[value_type.index()]
    }
}

/// What the samples count for in one value type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Which samples have this value, rising; `None` if all do. Several events recorded at once
    /// each have samples of their own.
    pub(crate) samples: Option<Vec<u32>>,
    pub(crate) values: Values,
}

/// A column of weights, as narrow as they allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// All `len` weigh the same, as in most recordings at a fixed period.
    Same { weight: i64, len: usize },
    /// Every weight fits in 32 bits.
    Narrow(Vec<u32>),
    /// Any weights.
    Wide(Vec<i64>),
}

impl Weights {
    /// Number of samples that have this value.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether no sample has this value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The weight of a sample; 0 where it has no such value. Logarithmic if not all have it.
    pub fn of(&self, sample: usize) -> i64 {
        let row = match &self.samples {
            None => Some(sample),
            Some(samples) => {
                u32::try_from(sample).ok().and_then(|sample| samples.binary_search(&sample).ok())
            }
        };
        row.map_or(0, |row| self.values.of(row))
    }

    /// The weights of samples in any order: takes 4 bytes a sample where not all have this value.
    pub(crate) fn by_sample(&self) -> BySample<'_> {
        let row_of = self.samples.as_ref().map(|samples| {
            let n_samples = samples.last().map_or(0, |&last| last as usize + 1);
            let mut row_of = vec![u32::MAX; n_samples];
            for (row, &sample) in (0..).zip(samples) {
                row_of[sample as usize] = row;
            }
            row_of
        });
        BySample { values: &self.values, row_of }
    }

    /// Calls `visit(sample, weight)` for each sample that has this value, in order.
    #[inline]
    pub fn for_each(&self, mut visit: impl FnMut(usize, i64)) {
        match &self.samples {
            None => self.values.for_each(visit),
            Some(samples) => {
                self.values.for_each(|row, weight| visit(samples[row] as usize, weight));
            }
        }
    }

    /// Calls `visit(sample, weight)` for each of some samples that has this value, in order.
    #[inline]
    pub fn for_each_in(&self, samples: Range<usize>, mut visit: impl FnMut(usize, i64)) {
        match &self.samples {
            None => self.values.for_each_in(samples, visit),
            Some(rows) => {
                let start = rows.partition_point(|&row| (row as usize) < samples.start);
                let end = rows.partition_point(|&row| (row as usize) < samples.end);
                self.values
                    .for_each_in(start..end, |row, weight| visit(rows[row] as usize, weight));
            }
        }
    }

    /// Whether any weighs less than nothing.
    pub fn has_negative(&self) -> bool {
        match &self.values {
            Values::Same { weight, len } => *len > 0 && *weight < 0,
            Values::Narrow(_) => false,
            Values::Wide(weights) => weights.iter().any(|&weight| weight < 0),
        }
    }

    /// The sum of all weights. Cannot overflow: [`ProfileBuilder`](crate::ProfileBuilder)
    /// keeps the sum of magnitudes within an `i64`.
    pub fn total(&self) -> i64 {
        let mut sum = 0;
        self.values.for_each(|_, weight| sum += weight);
        sum
    }
}

/// What [`Weights::by_sample`] gives.
pub(crate) struct BySample<'a> {
    values: &'a Values,
    row_of: Option<Vec<u32>>,
}

impl BySample<'_> {
    /// The weight of a sample; 0 where it has no such value.
    #[inline]
    pub(crate) fn of(&self, sample: usize) -> i64 {
        let Some(row_of) = &self.row_of else { return self.values.of(sample) };
        match row_of.get(sample) {
            None | Some(&u32::MAX) => 0,
            Some(&row) => self.values.of(row as usize),
        }
    }
}

impl Values {
    /// Adds a row. The column becomes as wide as it has to be, and was as narrow as it could.
    #[inline]
    pub(crate) fn push(&mut self, weight: i64) {
        match self {
            Self::Same { weight: same, len } if *len == 0 || *same == weight => {
                *same = weight;
                *len += 1;
            }
            Self::Narrow(weights) if let Ok(weight) = u32::try_from(weight) => weights.push(weight),
            Self::Wide(weights) => weights.push(weight),
            Self::Same { .. } | Self::Narrow(_) => {
                self.widen_for(weight);
                self.push(weight);
            }
        }
    }

    /// Makes room for a weight that the column is too narrow for.
    #[cold]
    fn widen_for(&mut self, weight: i64) {
        let is_narrow = |weight: i64| u32::try_from(weight).ok();
        *self = match *self {
            Self::Same { weight: same, len } => match (is_narrow(same), is_narrow(weight)) {
                (Some(same), Some(_)) => Self::Narrow(vec![same; len]),
                _ => Self::Wide(vec![same; len]),
            },
            Self::Narrow(ref weights) => {
                Self::Wide(weights.iter().map(|&weight| weight.into()).collect())
            }
            Self::Wide(ref mut weights) => Self::Wide(std::mem::take(weights)),
        };
    }

    /// The column in another order of rows.
    pub(crate) fn reordered(self, order: impl Iterator<Item = usize>) -> Self {
        match self {
            Self::Same { .. } => self,
            Self::Narrow(weights) => Self::Narrow(order.map(|row| weights[row]).collect()),
            Self::Wide(weights) => Self::Wide(order.map(|row| weights[row]).collect()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Same { len, .. } => *len,
            Self::Narrow(weights) => weights.len(),
            Self::Wide(weights) => weights.len(),
        }
    }

    fn of(&self, row: usize) -> i64 {
        match self {
            Self::Same { weight, .. } => *weight,
            Self::Narrow(weights) => i64::from(weights[row]),
            Self::Wide(weights) => weights[row],
        }
    }

    #[inline]
    fn for_each(&self, visit: impl FnMut(usize, i64)) {
        self.for_each_in(0..self.len(), visit);
    }

    /// One loop for each form of the column, so that the form is not asked for each row.
    #[inline]
    fn for_each_in(&self, rows: Range<usize>, mut visit: impl FnMut(usize, i64)) {
        let rows = rows.start..rows.end.min(self.len()).max(rows.start);
        match self {
            Self::Same { weight, .. } => rows.for_each(|row| visit(row, *weight)),
            Self::Narrow(weights) => {
                for (row, &weight) in rows.clone().zip(weights.get(rows).unwrap_or_default()) {
                    visit(row, i64::from(weight));
                }
            }
            Self::Wide(weights) => {
                for (row, &weight) in rows.clone().zip(weights.get(rows).unwrap_or_default()) {
                    visit(row, weight);
                }
            }
        }
    }
}

impl Default for Values {
    fn default() -> Self {
        Self::Same { weight: 0, len: 0 }
    }
}

impl FromIterator<i64> for Values {
    fn from_iter<I: IntoIterator<Item = i64>>(weights: I) -> Self {
        let mut values = Self::default();
        weights.into_iter().for_each(|weight| values.push(weight));
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_narrow_as_its_values_allow() {
        let values = |weights: &[i64]| weights.iter().copied().collect::<Values>();
        assert_eq!(values(&[]), Values::Same { weight: 0, len: 0 });
        assert_eq!(values(&[7, 7]), Values::Same { weight: 7, len: 2 });
        assert_eq!(values(&[7, 7, 8]), Values::Narrow(vec![7, 7, 8]));
        assert_eq!(values(&[7, -8]), Values::Wide(vec![7, -8]));
        assert_eq!(values(&[-7, -7, 8]), Values::Wide(vec![-7, -7, 8]));
        assert_eq!(values(&[7, 8, 1 << 32]), Values::Wide(vec![7, 8, 1 << 32]));
    }

    #[test]
    fn a_sparse_column_gives_nothing_to_the_others() {
        let weights = Weights { samples: Some(vec![1, 4]), values: Values::Narrow(vec![10, 20]) };
        assert_eq!((0..6).map(|sample| weights.of(sample)).sum::<i64>(), weights.total());
        assert_eq!(weights.of(4), 20);
        assert_eq!(weights.len(), 2);
    }

    #[test]
    fn a_range_of_samples_visits_those_that_have_the_value() {
        let visited = |weights: &Weights, samples| {
            let mut visited = Vec::new();
            weights.for_each_in(samples, |sample, weight| visited.push((sample, weight)));
            visited
        };
        let sparse = Weights { samples: Some(vec![1, 4]), values: Values::Narrow(vec![10, 20]) };
        assert_eq!(visited(&sparse, 0..4), [(1, 10)]);
        assert_eq!(visited(&sparse, 2..9), [(4, 20)]);
        let dense = Weights { samples: None, values: Values::Wide(vec![1, -2, 3]) };
        assert_eq!(visited(&dense, 1..3), [(1, -2), (2, 3)]);
        assert_eq!(visited(&dense, 3..3), []);
    }
}
