//! Sets of functions: what a search finds, what a selection asks for.

use crate::FunctionId;
use crate::bits::Bits;

/// Some of the functions of a profile, a bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionSet {
    bits: Bits,
}

impl FunctionSet {
    /// The first `n_functions`.
    pub(crate) fn all(n_functions: usize) -> Self {
        Self { bits: Bits::full(n_functions) }
    }

    pub(crate) fn of_bits(bits: Bits) -> Self {
        Self { bits }
    }

    /// A bit for each function.
    pub(crate) fn bits(&self) -> &Bits {
        &self.bits
    }

    /// Those of which `keep` holds. Asks in parallel: a search looks at every name of a profile.
    pub(crate) fn filtered(&self, keep: impl Fn(FunctionId) -> bool + Sync) -> Self {
        Self { bits: self.bits.filtered(|row| keep(FunctionId::from_index(row))) }
    }

    /// Those that are not in another set.
    pub(crate) fn without(&self, other: &Self) -> Self {
        Self { bits: self.bits.without(&other.bits) }
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
