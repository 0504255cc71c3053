//! Durations in bins that are as wide as they are long: a bin is a step on a logarithmic scale.

/// How many slices last how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DurationHistogram {
    /// How many have no duration: a logarithmic scale has no place for them.
    pub n_zero: u64,
    /// The others, shortest first, without gaps: from the bin of the shortest to that of the
    /// longest, empty ones between them too. A decade has 40, 20, 10 or 5 bins, the more the
    /// fewer decades there are; their edges are the preferred numbers of engineers (R 40), such as
    /// 1, 1.06, 1.12 or 1, 1.6, 2.5, rounded up to whole nanoseconds.
    pub bins: Vec<DurationBin>,
}

/// One bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationBin {
    /// The least duration that falls into it.
    pub start_ns: i64,
    /// The least duration that falls into the next one.
    pub end_ns: i64,
    /// How many slices last as long.
    pub count: u64,
}

/// The preferred numbers of one decade, in hundredths.
const STEPS: [i64; 40] = [
    100, 106, 112, 118, 125, 132, 140, 150, 160, 170, 180, 190, 200, 212, 224, 236, 250, 265, 280,
    300, 315, 335, 355, 375, 400, 425, 450, 475, 500, 530, 560, 600, 630, 670, 710, 750, 800, 850,
    900, 950,
];

/// The number of steps up to each number of hundredths of 1 to 10, less one.
const STEP_OF: [u8; 900] = {
    let mut steps = [0; 900];
    let mut step = 0_u8;
    let mut at = 0_usize;
    let mut hundredths = 100;
    while at < 900 {
        if (step as usize) + 1 < STEPS.len() && STEPS[step as usize + 1] <= hundredths {
            step += 1;
        }
        steps[at] = step;
        at += 1;
        hundredths += 1;
    }
    steps
};

/// Bins that fit into a picture.
const MAX_BINS: usize = 60;
/// Bins that a few slices get too.
const MIN_BINS: usize = 12;

/// The finest bins, by preferred number; the first is of what has no duration.
#[derive(Default)]
pub(super) struct FineBins {
    counts: Vec<u64>,
}

impl FineBins {
    #[inline]
    pub(super) fn add(&mut self, duration_ns: i64) {
        let at = fine_bin(duration_ns);
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// As many bins as tell something of `n` slices.
    pub(super) fn histogram(&self, n: u64) -> DurationHistogram {
        let n_zero = self.counts.first().copied().unwrap_or_default();
        let is_used = |at: &usize| self.counts[*at] > 0;
        let used = || (1..self.counts.len()).filter(is_used);
        let (Some(first), Some(last)) = (used().next(), used().next_back()) else {
            return DurationHistogram { n_zero, bins: Vec::new() };
        };
        let wanted = usize::try_from(n.isqrt() * 2).unwrap_or(MAX_BINS);
        let wanted = wanted.clamp(MIN_BINS, MAX_BINS);
        let width = [1, 2, 4, 8].into_iter().find(|width| (last - first) / width < wanted);
        let width = width.unwrap_or(8);
        let bin_of = |at: usize| (at - 1) / width;
        let bins = (bin_of(first)..=bin_of(last)).map(|bin| {
            let fine = bin * width + 1..(bin + 1) * width + 1;
            DurationBin {
                start_ns: lower_edge(fine.start),
                end_ns: lower_edge(fine.end),
                count: fine.filter_map(|at| self.counts.get(at)).sum(),
            }
        });
        // Steps of less than a nanosecond have no duration in them.
        let bins = bins.filter(|bin| bin.start_ns < bin.end_ns).collect();
        DurationHistogram { n_zero, bins }
    }
}

/// The finest bin of a duration.
#[inline]
fn fine_bin(duration_ns: i64) -> usize {
    let Some(decade) = duration_ns.checked_ilog10() else { return 0 };
    let hundredths = match decade {
        0 => duration_ns * 100,
        1 => duration_ns * 10,
        _ => duration_ns / 10_i64.pow(decade - 2),
    };
    let step = usize::try_from(hundredths - 100).map_or(0, |at| usize::from(STEP_OF[at.min(899)]));
    1 + decade as usize * STEPS.len() + step
}

/// The least duration that falls into one of the finest bins.
fn lower_edge(bin: usize) -> i64 {
    let Some(at) = bin.checked_sub(1) else { return 0 };
    let (decade, step) = (at / STEPS.len(), at % STEPS.len());
    let decade = u32::try_from(decade).unwrap_or(u32::MAX);
    let edge = 10_i128.checked_pow(decade).map(|size| i128::from(STEPS[step]) * size);
    let edge = edge.map(|hundredths| (hundredths + 99) / 100);
    edge.and_then(|edge| i64::try_from(edge).ok()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn histogram_of(durations: &[i64]) -> DurationHistogram {
        let mut fine = FineBins::default();
        for &duration in durations {
            fine.add(duration);
        }
        fine.histogram(durations.len() as u64)
    }

    /// Bins durations, and compares a line `start..end count` for each bin.
    #[track_caller]
    fn check(durations: &[i64], expected: &str) {
        let histogram = histogram_of(durations);
        let mut lines = Vec::new();
        if histogram.n_zero > 0 {
            lines.push(format!("0 {}", histogram.n_zero));
        }
        let line = |bin: &DurationBin| format!("{}..{} {}", bin.start_ns, bin.end_ns, bin.count);
        lines.extend(histogram.bins.iter().map(line));
        assert_eq!(lines.join("\n"), crate::testing::unindent(expected));
    }

    #[test]
    fn no_duration_is_apart() {
        check(&[0, 0], "0 2");
        check(&[], "");
    }

    #[test]
    fn durations_alike_get_narrow_bins() {
        check(
            &[1000, 1059, 1060, 1119, 1250],
            "
            1000..1060 2
            1060..1120 2
            1120..1180 0
            1180..1250 0
            1250..1320 1
            ",
        );
    }

    #[test]
    fn durations_of_decades_get_wide_bins() {
        check(
            &[100, 159, 160, 10_000],
            "
            100..160 2
            160..250 1
            250..400 0
            400..630 0
            630..1000 0
            1000..1600 0
            1600..2500 0
            2500..4000 0
            4000..6300 0
            6300..10000 0
            10000..16000 1
            ",
        );
    }

    #[test]
    fn bins_of_a_few_nanoseconds_are_whole() {
        check(&[1, 2, 2, 3], "1..2 1\n2..3 2\n3..4 1");
    }

    #[test]
    fn the_longest_duration_has_a_bin() {
        check(&[i64::MAX], "9000000000000000000..9223372036854775807 1");
    }

    proptest! {
        #[test]
        fn each_duration_is_in_one_bin(durations in proptest::collection::vec(0_i64.., 1..200), shift in 0_u32..60) {
            let durations: Vec<i64> = durations.iter().map(|duration| duration >> shift).collect();
            let histogram = histogram_of(&durations);
            let zeros = durations.iter().filter(|&&duration| duration == 0).count();
            prop_assert_eq!(histogram.n_zero, zeros as u64);
            for bins in histogram.bins.windows(2) {
                prop_assert_eq!(bins[0].end_ns, bins[1].start_ns);
            }
            for bin in &histogram.bins {
                let is_last = bin.end_ns == i64::MAX;
                let range = bin.start_ns..bin.end_ns;
                let is_in = |d: &&i64| range.contains(*d) || (is_last && **d == i64::MAX);
                prop_assert_eq!(bin.count, durations.iter().filter(is_in).count() as u64);
            }
            let counted: u64 = histogram.bins.iter().map(|bin| bin.count).sum();
            prop_assert_eq!(counted + histogram.n_zero, durations.len() as u64);
        }
    }
}
