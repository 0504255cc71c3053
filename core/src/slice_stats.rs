//! How the durations of slices of one name are distributed, and which are the longest.

mod histogram;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

pub use histogram::{DurationBin, DurationHistogram};

use self::histogram::FineBins;
use crate::slice::SelfTimes;
use crate::{FunctionSet, Profile, Selection, SliceId, SliceTotal};

/// The slices of some names that have a part in a selection.
///
/// What is added up, `total_ns` and `self_ns`, is what lies within the range. Everything else is
/// of whole slices, also of those that the range cuts: one second of a call that took an hour
/// does not make it a short call. A slice that never ended lasts to the end of the recording, as
/// everywhere; the importer has noted that there are such.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceStats {
    /// Count, sums, shortest and longest.
    pub total: SliceTotal,
    /// The mean duration, rounded down.
    pub mean_ns: i64,
    /// The median. As all percentiles here it is the duration of a slice there is, by nearest
    /// rank: of `n` durations in rising order the one at place `⌈n · p / 100⌉`, counted from 1.
    pub p50_ns: i64,
    /// What nine of ten do not exceed.
    pub p90_ns: i64,
    /// What 99 of 100 do not exceed.
    pub p99_ns: i64,
    /// How many last how long.
    pub histogram: DurationHistogram,
    /// The longest, longest first; of equal ones the earliest first.
    pub longest: Vec<SliceId>,
}

impl SliceStats {
    /// The slices of the names in a set; `None` when there are none. `n_longest` are listed.
    ///
    /// Of the selection, time and threads count, see [`Selection::has_track`]. One pass over the
    /// names of the slices in the range, on all cores; 8 bytes for each that matches meanwhile.
    pub fn new(
        profile: &Profile,
        selection: &Selection,
        names: &FunctionSet,
        n_longest: usize,
    ) -> Option<Self> {
        let chunks = selection.slice_chunks(profile);
        let range = selection.range_ns.as_ref();
        let slices = profile.slices();
        let part = chunks
            .par_iter()
            .fold(Part::default, |mut part, chunk| {
                let mut self_times = SelfTimes::new(slices, chunk.lane, range);
                let of_chunk = &slices.names()[chunk.rows.clone()];
                for (row, &name) in chunk.rows.clone().zip(of_chunk) {
                    if names.contains(name) {
                        let slice = SliceId::from_index(row);
                        let inside_ns = slices.inside_ns(slice, range);
                        let sums = [inside_ns, self_times.of(row)];
                        let duration = slices.duration_ns(SliceId::from_index(row));
                        part.add(duration, sums);
                        part.rank(
                            (duration, Reverse(slices.start_ns(slice)), Reverse(slice)),
                            n_longest,
                        );
                    }
                }
                part
            })
            .reduce(Part::default, |a, b| a.merged(b, n_longest));
        part.finished()
    }
}

/// Longest first, of equal ones the earliest, then the first row.
type Rank = (i64, Reverse<i64>, Reverse<SliceId>);

/// What has been counted so far.
#[derive(Default)]
struct Part {
    total: SliceTotal,
    /// All durations together.
    whole_ns: i128,
    durations: Vec<i64>,
    bins: FineBins,
    /// The longest, the shortest of them on top.
    longest: BinaryHeap<Reverse<Rank>>,
}

impl Part {
    #[inline]
    fn add(&mut self, duration: i64, [inside_ns, self_ns]: [i64; 2]) {
        let one = SliceTotal {
            count: 1,
            total_ns: inside_ns,
            self_ns,
            min_ns: duration,
            max_ns: duration,
        };
        self.total = self.total.merged(&one);
        self.whole_ns += i128::from(duration);
        self.durations.push(duration);
        self.bins.add(duration);
    }

    #[inline]
    fn rank(&mut self, rank: Rank, n_longest: usize) {
        if self.longest.len() < n_longest {
            self.longest.push(Reverse(rank));
        } else if let Some(mut least) = self.longest.peek_mut()
            && least.0 < rank
        {
            *least = Reverse(rank);
        }
    }

    fn merged(self, other: Self, n_longest: usize) -> Self {
        let (mut more, less) = if self.durations.len() < other.durations.len() {
            (other, self)
        } else {
            (self, other)
        };
        more.total = more.total.merged(&less.total);
        more.whole_ns += less.whole_ns;
        more.durations.extend(less.durations);
        more.bins.merge(&less.bins);
        for Reverse(rank) in less.longest {
            more.rank(rank, n_longest);
        }
        more
    }

    fn finished(mut self) -> Option<SliceStats> {
        if self.durations.is_empty() {
            return None;
        }
        let n = self.durations.len();
        // From the greatest down: what is sought next is left of what was found.
        let mut end = n;
        let mut percentile = |percent: usize| {
            let at = nearest_rank(n, percent);
            if at == end {
                return None;
            }
            let (_, &mut found, _) = self.durations[..end].select_nth_unstable(at);
            end = at;
            Some(found)
        };
        let p99 = percentile(99);
        let p90 = percentile(90).or(p99);
        let p50 = percentile(50).or(p90);
        let mean = self.whole_ns / i128::try_from(n).unwrap_or(1);
        let mut longest: Vec<Rank> = self.longest.into_iter().map(|Reverse(rank)| rank).collect();
        longest.sort_unstable_by(|a, b| b.cmp(a));
        Some(SliceStats {
            total: self.total,
            mean_ns: i64::try_from(mean).unwrap_or(i64::MAX),
            p50_ns: p50.unwrap_or_default(),
            p90_ns: p90.unwrap_or_default(),
            p99_ns: p99.unwrap_or_default(),
            histogram: self.bins.histogram(self.total.count),
            longest: longest.into_iter().map(|(_, _, Reverse(slice))| slice).collect(),
        })
    }
}

/// Where the percentile of `n` sorted values is, counted from 0.
fn nearest_rank(n: usize, percent: usize) -> usize {
    // In two parts, so that no number of slices overflows.
    let rank = n / 100 * percent + (n % 100 * percent).div_ceil(100);
    rank.saturating_sub(1)
}

#[cfg(test)]
mod tests;
