//! What is significant where many functions are looked at.
//!
//! Of a thousand functions that did not change, fifty are called changed by a test that errs in
//! one of twenty. The step-up procedure of Benjamini and Hochberg (1995), *Controlling the false
//! discovery rate*, raises the p values so that of all that are called changed no more than the
//! stated share are expected not to be, and where nothing changed none is called so but in that
//! share of comparisons. It holds for what is independent and for what rises and falls together,
//! as callers do with what they call (Benjamini and Yekutieli, 2001).
//!
//! Functions in so few samples that no division of them between the two sides could tell
//! anything are not tests and do not count as such (Tarone, 1990): a profile has many of them.

use super::Change;

/// Raises the p values of the rows of a table, each with whether it is a test at all.
pub(super) fn adjust<'c>(rows: impl Iterator<Item = &'c mut (Change, bool)>) {
    let mut tests: Vec<(f64, &mut Change)> = Vec::new();
    for (change, can_tell) in rows {
        change.adjusted = change.p_value.map(|_| 1.0);
        if let Some(p) = change.p_value.filter(|_| *can_tell) {
            tests.push((p, change));
        }
    }
    tests.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let n = tests.len() as f64;
    let mut least = 1.0_f64;
    for (rank, (p, change)) in tests.into_iter().enumerate().rev() {
        least = least.min(p * n / (rank as f64 + 1.0));
        change.adjusted = Some(least);
    }
}

/// The rows of a table with their p values raised.
pub(super) fn adjusted(rows: impl IntoIterator<Item = (Change, bool)>) -> Vec<Change> {
    let mut rows: Vec<(Change, bool)> = rows.into_iter().collect();
    adjust(rows.iter_mut());
    rows.into_iter().map(|(change, _)| change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_raised_as_r_does() {
        // R: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.5), "BH")
        let p_values = [0.01, 0.04, 0.03, 0.005, 0.5];
        let row = |p| (Change { p_value: Some(p), ..Change::default() }, true);
        let mut rows: Vec<_> = p_values.into_iter().map(row).collect();
        // No test, and nothing to test.
        rows.push((Change { p_value: Some(0.2), ..Change::default() }, false));
        rows.push((Change::default(), true));
        let found: Vec<_> = adjusted(rows).iter().map(|change| change.adjusted).collect();
        let expected = [0.025, 0.05, 0.05, 0.025, 0.5, 1.0];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found.unwrap() - expected).abs() < 1e-12, "{found:?} {expected}");
        }
        assert_eq!(found[6], None);
    }
}
