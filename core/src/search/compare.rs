//! What a row weighs, compared with a number that was typed.

use super::amount::{Amount, AmountUnit, Comparison};
use super::expression::Figure;
use super::{SearchError, Term};
use crate::{Decimals, FunctionTotals, Unit};

/// What functions weigh, for `self>1ms` and the like.
#[derive(Clone, Copy, Debug)]
pub struct Figures<'a> {
    /// Self and total of each.
    pub totals: &'a FunctionTotals,
    /// The same where each sample or slice weighs 1; needed where
    /// [`Search::asks_for_counts`](crate::Search::asks_for_counts).
    pub counts: Option<&'a FunctionTotals>,
    /// What they are measured in.
    pub unit: &'a Unit,
    /// What shares are of; `None` where nothing is.
    pub reference: Option<u64>,
}

/// A condition on a number, exact: no side of it is ever rounded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Threshold {
    comparison: Comparison,
    /// What a weight is multiplied with before it is compared.
    factor: i128,
    limit: i128,
}

impl Threshold {
    /// The condition that a term puts on weights of a unit.
    pub(super) fn new(
        (figure, comparison, amount): (Figure, Comparison, Amount),
        unit: &Unit,
        reference: Option<u64>,
        term: &Term,
    ) -> Result<Self, SearchError> {
        let error = |message: String| Err(SearchError { message, position: term.pattern_at });
        let (base, size) = unit.base();
        let least = if let Unit::Decimal(decimals) = unit { Decimals::size(*decimals) } else { 1 };
        let (size, multiple) = match (amount.unit, &base) {
            (Some(AmountUnit::Percent), _) if figure == Figure::Count => {
                return error("a count has no %".to_owned());
            }
            (Some(AmountUnit::Percent), _) => {
                let Some(reference) = reference else {
                    return error("nothing is here that a share could be of".to_owned());
                };
                (100, i128::from(reference))
            }
            (None, _) => (1, i128::from(least)),
            (Some(AmountUnit::Times(times)), _) => (1, i128::from(times) * i128::from(least)),
            (Some(AmountUnit::Nanoseconds(multiple)), Unit::Nanoseconds)
            | (Some(AmountUnit::Bytes(multiple)), Unit::Bytes) => (size, i128::from(multiple)),
            (Some(AmountUnit::Nanoseconds(_)), _) => {
                return error(format!("no times are added up here, but {}", in_words(unit)));
            }
            (Some(AmountUnit::Bytes(_)), _) => {
                return error(format!("no bytes are added up here, but {}", in_words(unit)));
            }
        };
        let ten = 10_i128.pow(amount.n_decimals.into());
        Ok(Self {
            comparison,
            factor: i128::from(size) * ten,
            limit: i128::from(amount.digits).saturating_mul(multiple),
        })
    }

    #[inline]
    pub(super) fn holds(&self, weight: i64) -> bool {
        self.comparison.holds(i128::from(weight).saturating_mul(self.factor).cmp(&self.limit))
    }
}

fn in_words(unit: &Unit) -> &str {
    match unit {
        Unit::Count | Unit::Decimal(_) => "numbers",
        other => other.name(),
    }
}
