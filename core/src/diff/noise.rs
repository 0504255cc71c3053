//! How much of a change sampling alone would make.
//!
//! A sampled profile counts events that come at random: a function that is met `n` times would,
//! recorded again, be met `n ± √n` times (the counting error of a Poisson process). Whether two
//! counts differ by more than that is told by the conditional test of Przyborowski and Wilenski
//! (1940): given that both together are `n`, how many are in the second is binomial. Where events
//! weigh differently, as when one side was sampled more often, as many are expected on each side
//! as make up equal weights; this is exact where all of a side weigh the same. Above
//! [`EXACT_UP_TO`] events the normal approximation takes its place, with the variance estimated
//! by the sum of the squared weights of the events (a compound Poisson process).
//!
//! A sample with a time is taken for one event, a weight called `samples` for a count of them,
//! as folded stacks have it. Where it counts something else, the error told is too small.
//!
//! This is the error of sampling, not that of a program which runs differently each time:
//! for that, record several times.
//!
//! Simulated (a test does it again): of functions that did not change, so many are called
//! significant; of those that changed by so much, so many are found.
//!
//! | samples before | no change | +5 %   | +10 %  | +20 %  |
//! |----------------|-----------|--------|--------|--------|
//! | 100            | 4.4 %     | 6.0 %  | 10.3 % | 26.8 % |
//! | 1,000          | 4.4 %     | 19.0 % | 59.8 % | 99.1 % |
//! | 10,000         | 4.3 %     | 92.9 % | 100 %  | 100 %  |
//! | 100,000        | 3.0 %     | 100 %  | 100 %  | 100 %  |

use std::ops::AddAssign;

use crate::{Profile, Unit, ValueTypeId};

/// A change that chance alone would make less often than this is significant.
pub const LEVEL: f64 = 0.05;

/// Up to so many events the exact test is made.
const EXACT_UP_TO: f64 = 200.0;

/// How many events make up a weight, and its variance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Events {
    pub(crate) n: f64,
    pub(crate) variance: f64,
}

impl AddAssign for Events {
    fn add_assign(&mut self, other: Self) {
        self.n += other.n;
        self.variance += other.variance;
    }
}

/// How many events a sample stands for.
pub(super) enum EventsOfSample {
    /// Its weight, times this.
    Weight(f64),
    /// Its weight in another value type.
    Sibling(ValueTypeId),
    /// One: each was recorded at its time.
    One,
}

impl EventsOfSample {
    /// `None` where the recording does not tell how many events there were, as values were
    /// scaled up.
    pub(super) fn new(profile: &Profile, value_type: ValueTypeId) -> Option<Self> {
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

    pub(super) fn of(&self, profile: &Profile, sample: usize, weight: i64) -> Events {
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

/// What chance alone makes of a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chance {
    /// How likely it makes one as large: between 0 and 1.
    pub(super) p_value: f64,
    /// How likely the least likely of all changes would be.
    least: f64,
}

impl Chance {
    const CERTAIN: Self = Self { p_value: 1.0, least: 1.0 };

    /// Whether any change could be told from chance.
    pub(super) fn can_tell(&self) -> bool {
        self.least < LEVEL
    }
}

/// How likely chance alone changes a weight as much, where each side had so much `exposure`, such
/// as time, to be met in: between 0 and 1.
pub(crate) fn p_value(weights: [f64; 2], events: [Events; 2], exposure: [f64; 2]) -> f64 {
    chance(weights, events, exposure).p_value
}

/// What chance alone makes of a change of weights.
pub(super) fn chance(weights: [f64; 2], events: [Events; 2], exposure: [f64; 2]) -> Chance {
    let n = events[0].n + events[1].n;
    if n <= 0.0 || exposure.iter().any(|&exposure| exposure <= 0.0) {
        return Chance::CERTAIN;
    }
    if n <= EXACT_UP_TO {
        // What an event weighs on a side that has none is told by the other.
        let of_event = |side: usize| {
            let side = if events[side].n > 0.0 { side } else { 1 - side };
            (weights[side] / events[side].n).abs()
        };
        let expected = [0, 1].map(|side| exposure[side] / of_event(side).max(f64::MIN_POSITIVE));
        let share = expected[1] / (expected[0] + expected[1]);
        let p_value = binomial_p_value(events[1].n.round(), n.round(), share);
        return Chance { p_value, least: 2.0 * share.min(1.0 - share).powf(n.round()) };
    }
    // Both sides as if they had had the exposure of the first.
    let scale = exposure[0] / exposure[1];
    let change = weights[1] * scale - weights[0];
    let variance = events[0].variance + events[1].variance * scale * scale;
    let p_value =
        if variance <= 0.0 { 1.0 } else { libm::erfc(change.abs() / (2.0 * variance).sqrt()) };
    Chance { p_value, least: 0.0 }
}

/// How likely `k` of `n` or what is at least as far to one side are where each is in with
/// probability `p`, twice.
fn binomial_p_value(k: f64, n: f64, p: f64) -> f64 {
    if !(p > 0.0 && p < 1.0) {
        return 1.0;
    }
    let log_choices = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    let at_k = (log_choices + k * p.ln() + (n - k) * (1.0 - p).ln()).exp();
    let odds = p / (1.0 - p);
    // From the term of `k` outward, each by the one before it.
    let (mut up, mut term, mut i) = (at_k, at_k, k);
    while i < n {
        term *= (n - i) / (i + 1.0) * odds;
        up += term;
        i += 1.0;
    }
    let (mut down, mut term, mut i) = (at_k, at_k, k);
    while i > 0.0 {
        term *= i / (n - i + 1.0) / odds;
        down += term;
        i -= 1.0;
    }
    (2.0 * up.min(down)).min(1.0)
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

    #[test]
    fn what_events_weigh_counts_as_well_as_how_many_they_are() {
        let of = |n: f64, weight: f64| Events { n, variance: n * weight * weight };
        let p = |n: [f64; 2], each: [f64; 2]| {
            let weights = [n[0] * each[0], n[1] * each[1]];
            p_value(weights, [of(n[0], each[0]), of(n[1], each[1])], [1.0; 2])
        };
        // Ten milliseconds each at 100 Hz, one each at 1000 Hz: the same time.
        assert!(p([10.0, 100.0], [10.0, 1.0]) > 0.9);
        // Ten short waits against ten long ones.
        assert!(p([10.0, 10.0], [1.0, 1000.0]) < 0.001);
        assert!(p([0.0, 10.0], [1.0, 7.0]) < 0.01, "what is new");
    }

    /// Numbers that look random and are the same on every run.
    struct Random(u64);

    impl Random {
        /// Between 0 and 1.
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        }

        /// How many events come at random where `mean` are expected: between two of them is an
        /// exponential time.
        fn events(&mut self, mean: f64) -> f64 {
            let (mut time, mut n) = (-self.next().ln(), 0.0);
            while time < mean {
                time -= self.next().ln();
                n += 1.0;
            }
            n
        }
    }

    /// How often a change is called significant where `means` are expected.
    fn share_significant(means: [f64; 2], n_runs: u32, random: &mut Random) -> f64 {
        let mut n_significant = 0_u32;
        for _ in 0..n_runs {
            let n = means.map(|mean| random.events(mean));
            let events = n.map(|n| Events { n, variance: n });
            n_significant += u32::from(p_value(n, events, [1.0; 2]) < LEVEL);
        }
        f64::from(n_significant) / f64::from(n_runs)
    }

    #[test]
    fn what_did_not_change_is_called_significant_in_no_more_than_one_of_twenty() {
        let mut random = Random(1);
        for mean in [1.0, 5.0, 20.0, 80.0, 100.0, 1000.0] {
            let share = share_significant([mean; 2], 3000, &mut random);
            // Three standard errors of the simulation itself.
            assert!(share < LEVEL + 0.012, "{share} of functions with {mean} samples");
        }
    }

    #[test]
    fn changes_are_found_as_often_as_the_documentation_says() {
        let mut random = Random(2);
        for (mean, n_runs, percent) in [
            (100.0, 3000, [6.0, 10.3, 26.8]),
            (1_000.0, 1500, [19.0, 59.8, 99.1]),
            (10_000.0, 400, [92.9, 100.0, 100.0]),
        ] {
            for (change, percent) in [0.05, 0.1, 0.2].into_iter().zip(percent) {
                let means = [mean, mean * (1.0 + change)];
                let found = share_significant(means, n_runs, &mut random) * 100.0;
                assert!((found - percent).abs() < 5.0, "{found} % at {mean}, change {change}");
            }
        }
    }
}
