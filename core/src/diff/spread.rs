//! Several recordings of one program: their mean, their spread, and whether two sides differ by
//! more than that.
//!
//! The test is that of Welch (1947), *The generalization of "Student's" problem when several
//! different population variances are involved*, with his degrees of freedom (also by
//! Satterthwaite, 1946): the recordings of the two sides need not vary alike, nor be as many.
//! Where one side has a single recording, that is taken to vary as those of the other, and the
//! test is Student's with the degrees of freedom of the other side.
//!
//! Three sampled recordings may agree by luck alone: no side is taken to vary less than the
//! counting of its samples does (see `noise`). Numbers that are not sampled, such as counted
//! allocations, may agree to the last digit, and then any difference is one.

use super::noise::LEVEL;

/// Some recordings of one side: what a function weighs in each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many recordings there are.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, with `n - 1`; 0 of one recording.
    pub deviation: f64,
    /// What they vary by at least, squared: the counting error of one of them.
    counting: f64,
}

/// Whether the means of two sides differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// The second mean less the first.
    pub delta: f64,
    /// Where the true difference is, with a confidence of 1 - [`LEVEL`].
    pub interval: [f64; 2],
    /// How likely chance alone makes the means differ as much.
    pub p_value: f64,
}

impl Spread {
    /// Of values, and of the squares of their counting errors, where they are known.
    pub(crate) fn new(values: &[f64], counting: Option<&[f64]>) -> Self {
        let n = values.len();
        let mean = mean_of(values);
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = if n > 1 { (squares / (n as f64 - 1.0)).sqrt() } else { 0.0 };
        Self { n, mean, deviation, counting: counting.map_or(0.0, mean_of) }
    }

    /// The square of what its recordings vary by.
    fn variance(&self) -> f64 {
        (self.deviation * self.deviation).max(self.counting)
    }
}

fn mean_of(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

impl TTest {
    /// Compares two sides; `None` where each has one recording, or one has none: those do not
    /// tell how they vary.
    pub fn new([a, b]: [&Spread; 2]) -> Option<Self> {
        let degrees = |side: &Spread| side.n as f64 - 1.0;
        let (square, freedom) = match (a.n, b.n) {
            (0, _) | (_, 0) | (1, 1) => return None,
            (1, n) | (n, 1) => {
                let several = if a.n > 1 { a } else { b };
                let variance = a.variance().max(b.variance());
                (variance * (1.0 + 1.0 / n as f64), degrees(several))
            }
            _ => {
                let of_mean = [a, b].map(|side| side.variance() / side.n as f64);
                let square = of_mean[0] + of_mean[1];
                let parts =
                    of_mean[0] * of_mean[0] / degrees(a) + of_mean[1] * of_mean[1] / degrees(b);
                (square, square * square / parts)
            }
        };
        let delta = b.mean - a.mean;
        if square <= 0.0 {
            let p_value = if delta == 0.0 { 1.0 } else { 0.0 };
            return Some(Self { delta, interval: [delta; 2], p_value });
        }
        let error = square.sqrt();
        let reach = error * quantile(LEVEL, freedom);
        let p_value = two_sided(delta / error, freedom);
        Some(Self { delta, interval: [delta - reach, delta + reach], p_value })
    }
}

/// How likely Student's t with some degrees of freedom is as far from 0 as `t`.
fn two_sided(t: f64, freedom: f64) -> f64 {
    incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + t * t))
}

/// Beyond what Student's t is, to both sides, with a probability.
fn quantile(probability: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while two_sided(high, freedom) > probability && high < 1e9 {
        high *= 2.0;
    }
    // To all digits that a number has.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if two_sided(middle, freedom) > probability { low = middle } else { high = middle }
    }
    high
}

/// The regularized incomplete beta function, by the continued fraction 8.17.22 of the NIST
/// Digital Library of Mathematical Functions (<https://dlmf.nist.gov/8.17>).
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast on one side of this only; the function is symmetric.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let front = (a * x.ln() + b * (1.0 - x).ln() - log_beta).exp() / a;
    // So many terms give all digits of a number: they are needed in proportion to the root.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    let n_terms = 40 + 4 * (a.max(b).sqrt().min(1e6) as u32);
    let mut fraction = 1.0;
    for term in (1..=n_terms).rev() {
        let m = f64::from(term / 2);
        let coefficient = if term % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        fraction = 1.0 + coefficient / fraction;
    }
    front / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of values without counting errors.
    fn test(a: &[f64], b: &[f64]) -> Option<TTest> {
        TTest::new([&Spread::new(a, None), &Spread::new(b, None)])
    }

    #[test]
    fn the_distribution_of_t_is_that_of_the_tables() {
        for (freedom, expected) in [
            (1.0, 12.706_205),
            (2.0, 4.302_653),
            (4.0, 2.776_445),
            (10.0, 2.228_139),
            (100.0, 1.983_972),
            (1e6, 1.959_966),
        ] {
            let found = quantile(0.05, freedom);
            assert!((found - expected).abs() < 1e-5, "{freedom}: {found}");
        }
        assert!((two_sided(1.0, 1.0) - 0.5).abs() < 1e-12, "a Cauchy distribution");
        assert!((two_sided(-3.0, 2.0) - 0.095_466).abs() < 1e-6);
    }

    #[test]
    fn means_are_compared_as_welch_does() {
        // R: t.test(c(24.4, 22.8, 19.2, 17.8, 26.0), c(21.5, 22.8, 21.0, 21.4)), with 4.5009
        // degrees of freedom
        let found = test(&[21.5, 22.8, 21.0, 21.4], &[24.4, 22.8, 19.2, 17.8, 26.0]).unwrap();
        let expected = [0.365, 0.829_083, -3.877_233, 4.607_233];
        let found = [found.delta, found.p_value, found.interval[0], found.interval[1]];
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }

    #[test]
    fn one_recording_is_taken_to_vary_as_the_other_side() {
        let found = test(&[10.0, 11.0, 12.0], &[20.0]).unwrap();
        // t = 9 / (1 · √(1 + 1/3)) = 7.794 with 2 degrees of freedom
        assert!((found.p_value - 0.016_06).abs() < 1e-4, "{found:?}");
        assert_eq!(test(&[1.0], &[2.0]), None);
    }

    #[test]
    fn what_is_exact_differs_however_little_and_what_is_sampled_does_not() {
        let same = test(&[7.0, 7.0], &[7.0, 7.0]).unwrap();
        assert!((same.p_value - 1.0).abs() < 1e-12);
        let exact = test(&[7.0, 7.0], &[8.0, 8.0]).unwrap();
        assert!(exact.p_value <= 0.0);
        assert!(exact.interval.iter().all(|end| (end - 1.0).abs() < 1e-12));
        let sampled = [7.0, 8.0].map(|n| Spread::new(&[n, n], Some(&[n, n])));
        assert!(TTest::new([&sampled[0], &sampled[1]]).unwrap().p_value > 0.5);
    }

    /// How often two sides of so many recordings are called different, where counts of a mean vary
    /// from run to run by a part of it.
    fn share_significant(means: [f64; 2], n: usize, part: f64, random: &mut fastrand::Rng) -> f64 {
        let mut normal = || {
            let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
            radius * (std::f64::consts::TAU * random.f64()).cos()
        };
        let mut side = |mean: f64| {
            let counts: Vec<f64> = (0..n)
                .map(|_| {
                    let of_run = mean * (1.0 + part * normal());
                    (of_run + of_run.sqrt() * normal()).round().max(0.0)
                })
                .collect();
            Spread::new(&counts, Some(&counts))
        };
        let n_runs = 2000;
        let is_significant = |_: &i32| {
            let sides = means.map(&mut side);
            TTest::new(sides.each_ref()).unwrap().p_value < LEVEL
        };
        (0..n_runs).filter(is_significant).count() as f64 / f64::from(n_runs)
    }

    #[test]
    fn several_recordings_of_one_program_are_called_different_in_no_more_than_one_of_twenty() {
        let mut random = fastrand::Rng::with_seed(3);
        for n in [2, 3, 5, 10] {
            for (mean, part) in [(100.0, 0.0), (1000.0, 0.05), (10_000.0, 0.02), (10_000.0, 0.2)] {
                let share = share_significant([mean; 2], n, part, &mut random);
                // Three standard errors of the simulation itself.
                assert!(share < LEVEL + 0.015, "{share} with {n} of {mean}, varying by {part}");
            }
        }
    }

    #[test]
    fn several_recordings_find_what_the_documentation_says() {
        let mut random = fastrand::Rng::with_seed(4);
        for (n, change, percent) in
            [(3, 0.05, 44.5), (3, 0.1, 93.8), (5, 0.05, 85.0), (5, 0.1, 100.0)]
        {
            let means = [10_000.0, 10_000.0 * (1.0 + change)];
            let found = share_significant(means, n, 0.02, &mut random) * 100.0;
            assert!((found - percent).abs() < 5.0, "{found} % of {n}, change {change}");
        }
    }
}
