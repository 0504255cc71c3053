//! How much of a change sampling alone would make.
//!
//! A sampled profile counts events that come at random: a function that is met `n` times would,
//! recorded again, be met `n ± √n` times (the counting error of a Poisson process). Whether two
//! counts differ by more than that is told by the conditional test of Przyborowski and Wilenski
//! (1940): given that both together are `n`, how many are in the second is binomial. Above
//! [`EXACT_UP_TO`] events the normal approximation takes its place, with the variance estimated
//! by the sum of the squared weights of the events (a compound Poisson process).
//!
//! This is the error of sampling, not that of a program which runs differently each time:
//! for that, record several times.

use crate::{CallPaths, FunctionGroups, Measure, Profile, Selection, Unit, ValueTypeId};

/// A change that chance alone would make less often than this is significant.
pub const LEVEL: f64 = 0.05;

/// Up to so many events the exact test is made.
const EXACT_UP_TO: f64 = 200.0;

/// How many events make up a weight, and its variance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Events {
    pub(super) n: f64,
    pub(super) variance: f64,
}

impl Events {
    fn add(&mut self, other: Self) {
        self.n += other.n;
        self.variance += other.variance;
    }
}

/// The events of each group of functions.
pub(super) struct GroupEvents {
    pub(super) self_: Vec<Events>,
    pub(super) total: Vec<Events>,
}

impl GroupEvents {
    /// `None` where the recording does not tell how many events there were: slices of traces,
    /// and values that were scaled up.
    pub(super) fn new(
        (profile, paths): (&Profile, &CallPaths),
        groups: &FunctionGroups,
        measure: Measure,
        selection: &Selection,
    ) -> Option<Self> {
        let Measure::Weight(value_type) = measure else { return None };
        let events = EventsOfSample::new(profile, value_type)?;
        let mut of_path = vec![Events::default(); paths.len()];
        selection.for_each_weight(profile, paths, value_type, |sample, weight| {
            of_path[paths.of_sample(sample).index()].add(events.of(profile, sample, weight));
        });
        let none = vec![Events::default(); groups.len()];
        let mut all = Self { self_: none.clone(), total: none };
        for path in paths.ids() {
            all.self_[groups.of_function(paths.function(path))].add(of_path[path.index()]);
        }
        let outermost = groups.outermost(paths);
        for path in paths.ids().rev() {
            let here = of_path[path.index()];
            if outermost.as_ref().map_or(paths.is_outermost(path), |o| o.contains(path.index())) {
                all.total[groups.of_function(paths.function(path))].add(here);
            }
            if let Some(parent) = paths.parent(path) {
                of_path[parent.index()].add(here);
            }
        }
        Some(all)
    }
}

/// How many events a sample stands for.
enum EventsOfSample {
    /// Its weight, times this.
    Weight(f64),
    /// Its weight in another value type.
    Sibling(ValueTypeId),
    /// One: each was recorded at its time.
    One,
}

impl EventsOfSample {
    fn new(profile: &Profile, value_type: ValueTypeId) -> Option<Self> {
        let counts_samples = |id: ValueTypeId| {
            let row = &profile.value_types()[id.index()];
            matches!(row.unit, Unit::Count | Unit::Decimal(_)) && &*row.name == "samples"
        };
        if profile.samples().times_ns().is_some() {
            return Some(Self::One);
        }
        if counts_samples(value_type) {
            return Some(match profile.value_types()[value_type.index()].unit {
                Unit::Decimal(decimals) => Self::Weight(1.0 / decimals.size() as f64),
                _ => Self::Weight(1.0),
            });
        }
        profile.value_type_ids().find(|&id| counts_samples(id)).map(Self::Sibling)
    }

    fn of(&self, profile: &Profile, sample: usize, weight: i64) -> Events {
        let weight = weight as f64;
        let n = match self {
            Self::Weight(size) => (weight * size).abs(),
            Self::Sibling(id) => profile.samples().weights(*id).of(sample).unsigned_abs() as f64,
            Self::One => 1.0,
        };
        // Of `n` events of equal weight.
        Events { n, variance: weight * weight / n.max(1.0) }
    }
}

/// How likely chance alone changes a weight as much, where each side had so much `exposure`, such
/// as time, to be met in: between 0 and 1.
pub(super) fn p_value(weights: [f64; 2], events: [Events; 2], exposure: [f64; 2]) -> f64 {
    let share = exposure[1] / (exposure[0] + exposure[1]);
    if !share.is_finite() || share <= 0.0 || share >= 1.0 {
        return 1.0;
    }
    let n = events[0].n + events[1].n;
    if n <= EXACT_UP_TO {
        return binomial_p_value(events[1].n.round(), n.round(), share);
    }
    // Both sides as if they had had the exposure of the first.
    let scale = exposure[0] / exposure[1];
    let change = weights[1] * scale - weights[0];
    let variance = events[0].variance + events[1].variance * scale * scale;
    if variance <= 0.0 { 1.0 } else { libm::erfc(change.abs() / (2.0 * variance).sqrt()) }
}

/// How likely `k` of `n` or what is at least as far to one side are where each is in with
/// probability `p`, twice.
fn binomial_p_value(k: f64, n: f64, p: f64) -> f64 {
    let log_of = |i: f64| {
        libm::lgamma(n + 1.0) - libm::lgamma(i + 1.0) - libm::lgamma(n - i + 1.0)
            + i * p.ln()
            + (n - i) * (1.0 - p).ln()
    };
    let sum = |from: f64, to: f64| {
        let mut sum = 0.0;
        let mut i = from;
        while i <= to {
            sum += log_of(i).exp();
            i += 1.0;
        }
        sum
    };
    (2.0 * sum(0.0, k).min(sum(k, n))).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_those_of_the_tables() {
        // R: 2 * pbinom(3, 20, 0.5), 2 * pnorm(-2.309401), 2 * pbinom(1, 10, 2/3)
        let equal = |n| Events { n, variance: n };
        let p = |a: f64, b: f64, exposure| p_value([a, b], [equal(a), equal(b)], exposure);
        assert!((p(17.0, 3.0, [1.0; 2]) - 0.002_577).abs() < 1e-6);
        assert!(
            (p(1000.0, 1100.0, [1.0; 2]) - 0.029_096).abs() < 1e-6,
            "{}",
            p(1000.0, 1100.0, [1.0; 2])
        );
        assert!((p(9.0, 1.0, [1.0, 2.0]) - 0.000_711).abs() < 1e-6, "{}", p(9.0, 1.0, [1.0, 2.0]));
        assert!((p(0.0, 0.0, [1.0; 2]) - 1.0).abs() < 1e-12);
        assert!((p(5.0, 5.0, [1.0, 0.0]) - 1.0).abs() < 1e-12, "nothing to compare with");
    }
}
