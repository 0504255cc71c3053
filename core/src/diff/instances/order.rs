//! Two sequences of keys, of which the same belong together.
//!
//! What both have once is sure, wherever it is. The longest rising part of that divides both into
//! gaps (a *patience diff*), in which what starts and ends alike belongs together, then the first
//! of a key to the first of that key, the second to the second. Last comes what has changed
//! places. So of each key as many are paired as both sides have.

use rustc_hash::FxHashMap;

/// Pairs of places that have the same key, in no order.
pub(super) fn matched(keys: [&[u64]; 2]) -> Vec<[usize; 2]> {
    let mut matching = Matching {
        keys,
        is_paired: keys.map(|keys| vec![false; keys.len()]),
        pairs: Vec::with_capacity(keys[0].len().min(keys[1].len())),
    };
    let anchors = matching.pair_unique();
    let mut start = [0, 0];
    for end in anchors.into_iter().chain([[keys[0].len(), keys[1].len()]]) {
        matching.pair_gap(start, end);
        start = end.map(|at| at + 1);
    }
    let rest = [0, 1].map(|side| matching.open(side, 0..keys[side].len()));
    for pair in nth_of_key(keys, &rest) {
        matching.pair(pair);
    }
    matching.pairs
}

struct Matching<'a> {
    keys: [&'a [u64]; 2],
    is_paired: [Vec<bool>; 2],
    pairs: Vec<[usize; 2]>,
}

impl Matching<'_> {
    fn pair(&mut self, pair: [usize; 2]) {
        self.is_paired[0][pair[0]] = true;
        self.is_paired[1][pair[1]] = true;
        self.pairs.push(pair);
    }

    fn open(&self, side: usize, range: std::ops::Range<usize>) -> Vec<usize> {
        range.filter(|&at| !self.is_paired[side][at]).collect()
    }

    /// Pairs the keys that each side has once; gives those of them that rise on both.
    fn pair_unique(&mut self) -> Vec<[usize; 2]> {
        // How often, and where last.
        let mut places: FxHashMap<u64, [(usize, usize); 2]> = FxHashMap::default();
        for side in [0, 1] {
            for (at, &key) in self.keys[side].iter().enumerate() {
                let (n, last) = &mut places.entry(key).or_default()[side];
                *n += 1;
                *last = at;
            }
        }
        let unique = places
            .values()
            .filter_map(|&[(n_a, a), (n_b, b)]| (n_a == 1 && n_b == 1).then_some([a, b]));
        let mut unique: Vec<[usize; 2]> = unique.collect();
        unique.sort_unstable();
        for &pair in &unique {
            self.pair(pair);
        }
        longest_rising(&unique)
    }

    /// Pairs what is between two places that belong together.
    fn pair_gap(&mut self, start: [usize; 2], end: [usize; 2]) {
        let mut open = [0, 1].map(|side| self.open(side, start[side]..end[side]));
        let n_both = open[0].len().min(open[1].len());
        let is_same = |[a, b]: [usize; 2]| self.keys[0][a] == self.keys[1][b];
        let starts_alike =
            (0..n_both).take_while(|&at| is_same([open[0][at], open[1][at]])).count();
        let last = |side: usize, at: usize| open[side][open[side].len() - 1 - at];
        let ends_alike = (0..n_both - starts_alike)
            .take_while(|&at| is_same([last(0, at), last(1, at)]))
            .count();
        let first: Vec<_> = (0..starts_alike).map(|at| [open[0][at], open[1][at]]).collect();
        let last: Vec<_> = (0..ends_alike).map(|at| [last(0, at), last(1, at)]).collect();
        for pair in first.into_iter().chain(last) {
            self.pair(pair);
        }
        for open in &mut open {
            open.truncate(open.len() - ends_alike);
            open.drain(..starts_alike);
        }
        for pair in longest_rising(&nth_of_key(self.keys, &open)) {
            self.pair(pair);
        }
    }
}

/// The first of each key on one side with the first of it on the other, and so on; by places on
/// the first side.
fn nth_of_key(keys: [&[u64]; 2], open: &[Vec<usize>; 2]) -> Vec<[usize; 2]> {
    if open.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let mut of_key: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    for &at in open[1].iter().rev() {
        of_key.entry(keys[1][at]).or_default().push(at);
    }
    let pair = |&a: &usize| Some([a, of_key.get_mut(&keys[0][a])?.pop()?]);
    open[0].iter().filter_map(pair).collect()
}

/// The most pairs of those, in the order of the first side, that rise on the second side too:
/// patience sorting, n log n.
fn longest_rising(pairs: &[[usize; 2]]) -> Vec<[usize; 2]> {
    // By length: which pair ends the run of that length that ends earliest.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end][1] < pair[1]);
        before.push(length.checked_sub(1).map(|last| ends[last]));
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let run = std::iter::successors(ends.last().copied(), |&at| before[at]);
    let mut run: Vec<[usize; 2]> = run.map(|at| pairs[at]).collect();
    run.reverse();
    run
}
