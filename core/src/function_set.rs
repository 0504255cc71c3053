//! Sets of functions: what a search finds, what a selection asks for.

use crate::FunctionId;
use crate::bits::Bits;

/// Some of the functions of a profile, a bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionSet {
    bits: Bits,
}

impl FunctionSet {
    /// The functions of which `contains` holds, of the first `n_functions`. Asks in parallel:
    /// a search looks at every name of a profile.
    pub(crate) fn of(n_functions: usize, contains: impl Fn(FunctionId) -> bool + Sync) -> Self {
        use rayon::prelude::*;
        let word = |at: usize| {
            let rows = at * 64..n_functions.min(at * 64 + 64);
            rows.fold(0_u64, |word, row| {
                word | u64::from(contains(FunctionId::from_index(row))) << (row % 64)
            })
        };
        let words = (0..n_functions.div_ceil(64)).into_par_iter().map(word).collect();
        Self { bits: Bits::from_words(words) }
    }

    /// Whether a function is in the set.
    #[inline]
    pub fn contains(&self, function: FunctionId) -> bool {
        self.bits.contains(function.index())
    }

    /// Number of functions in the set. Linear in the number of functions of the profile.
    pub fn len(&self) -> usize {
        self.bits.count()
    }

    /// Whether the set has no function.
    pub fn is_empty(&self) -> bool {
        self.bits.iter().next().is_none()
    }

    /// The functions in the set, in the order of the function table.
    pub fn iter(&self) -> impl Iterator<Item = FunctionId> {
        self.bits.iter().map(FunctionId::from_index)
    }
}

impl FromIterator<FunctionId> for FunctionSet {
    fn from_iter<I: IntoIterator<Item = FunctionId>>(functions: I) -> Self {
        let functions: Vec<FunctionId> = functions.into_iter().collect();
        let len = functions.iter().map(|function| function.index() + 1).max().unwrap_or_default();
        let mut bits = Bits::new(len);
        for function in functions {
            bits.insert(function.index());
        }
        Self { bits }
    }
}
