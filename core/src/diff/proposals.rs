//! New and gone functions that may be one, as what is around them is the same.
//!
//! ```text
//! A  main 100             B  main 100          proposal     callers  callees  weight
//!      parse 60                read 58           parse → read  100 %    100 %    97 %
//!        token 50                token 49
//! ```
//!
//! Nothing is taken for one because of that: somebody has to say so, see
//! [`Rename`](super::Rename).

mod surroundings;

use std::cmp::Ordering;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::align::{Named, is_placeholder};
use super::names::{NameRule, plain};
use super::{By, PairTree, PairedFunctions, part};
use crate::{PairId, Profile};

use surroundings::{Context, Surroundings, Way};

/// A gone and a new function that may be one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proposal {
    /// What is gone and what is new.
    pub of: [PairId; 2],
    /// How sure that is, from 0.6 to 1.
    pub score: f64,
    /// The part of what they weigh that the same functions called.
    pub callers: f64,
    /// The part of what they weigh that the same functions used that they call, and themselves;
    /// `None` where neither calls any.
    pub callees: Option<f64>,
    /// The share of the lighter as a part of that of the heavier.
    pub weight: f64,
    /// How alike their names are.
    pub name: f64,
}

/// What is less sure is not proposed. What one function calls in one place, and is as heavy there
/// as what is gone, is just above.
const LEAST: f64 = 0.6;

/// What surroundings, weights and names count for. Names alone propose nothing.
const PARTS: [f64; 3] = [0.55, 0.2, 0.25];

/// What the callers alone count for where nothing is called.
const CALLERS_ALONE: f64 = 0.75;

/// Functions that are looked at for each caller, callee and name, the heaviest.
const MAX_CANDIDATES: usize = 16;

/// How often what was proposed is taken for one to find more around it.
const MAX_ROUNDS: usize = 3;

/// Finds pairs among what is new and gone, each in one pair at most; the surest first. Linear in
/// the nodes of the tree.
pub fn proposals(
    profiles: [&Profile; 2],
    functions: &PairedFunctions,
    tree: &PairTree,
    rules: &[NameRule],
) -> Vec<Proposal> {
    let mut finder = Finder::new(profiles, functions, tree, rules);
    if finder.open.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let found = finder.round();
        if found.is_empty() {
            break;
        }
        all.extend(found);
    }
    all.sort_by(|a: &Proposal, b| b.score.total_cmp(&a.score).then(a.of.cmp(&b.of)));
    all
}

struct Finder<'a> {
    /// What is gone and what is new, and counts.
    open: [Vec<PairId>; 2],
    /// By function: what it is called without what builds add, in small letters.
    names: FxHashMap<PairId, String>,
    surroundings: Surroundings,
    /// By function: which it is taken for; nothing for what is new or gone.
    stands_for: Vec<PairId>,
    functions: &'a PairedFunctions,
    tree: &'a PairTree,
}

impl<'a> Finder<'a> {
    fn new(
        profiles: [&Profile; 2],
        functions: &'a PairedFunctions,
        tree: &'a PairTree,
        rules: &[NameRule],
    ) -> Self {
        let mut open = [Vec::new(), Vec::new()];
        let mut names = FxHashMap::default();
        let mut stands_for: Vec<PairId> = functions.ids().collect();
        for pair in tree.functions() {
            let side = match functions.get(pair).of {
                [Some(_), Some(_)] => continue,
                [Some(_), None] => 0,
                [None, _] => 1,
            };
            stands_for[pair.index()] = PairId::NONE;
            let Some(function) = functions.get(pair).of[side] else { continue };
            let named = Named::of(profiles[side], function);
            let is_heavy = tree.weights_of(pair, By::Total)[side] != 0;
            if is_heavy && !is_placeholder(named.name) {
                open[side].push(pair);
                names.insert(pair, plain(named.name, rules).to_lowercase());
            }
        }
        let surroundings = if open.iter().any(Vec::is_empty) {
            Surroundings::default()
        } else {
            Surroundings::new(tree, &stands_for)
        };
        Self { open, names, surroundings, stands_for, functions, tree }
    }

    /// Pairs what is sure enough, and takes it for one from then on.
    fn round(&mut self) -> Vec<Proposal> {
        let mut found: Vec<Proposal> = self
            .candidates()
            .into_iter()
            .filter_map(|of| Some(self.judged(of)).filter(|it| it.score >= LEAST))
            .collect();
        found.sort_by(|a, b| {
            let weight = |it: &Proposal| self.share(it.of[0], 0).max(self.share(it.of[1], 1));
            let by_score = b.score.total_cmp(&a.score);
            by_score.then_with(|| weight(b).total_cmp(&weight(a))).then_with(|| a.of.cmp(&b.of))
        });
        found.retain(|it| {
            let is_open = it.of.iter().all(|pair| self.stands_for[pair.index()].some().is_none());
            if is_open {
                it.of.iter().for_each(|pair| self.stands_for[pair.index()] = it.of[0]);
            }
            is_open
        });
        let stands_for = &self.stands_for;
        for open in &mut self.open {
            open.retain(|pair| stands_for[pair.index()].some().is_none());
        }
        found
    }

    /// Pairs that have a caller, a callee or the last part of their names in common.
    fn candidates(&self) -> Vec<[PairId; 2]> {
        let mut by_context: FxHashMap<(Way, Context), [Vec<PairId>; 2]> = FxHashMap::default();
        let mut by_name: FxHashMap<&str, [Vec<PairId>; 2]> = FxHashMap::default();
        for side in [0, 1] {
            for &pair in &self.heaviest_first(side) {
                for link in self.surroundings.of(pair) {
                    let context = self.context(link.other);
                    // What uses something itself is no sign of anything.
                    let is_self = link.way == Way::Callee && link.other == Context::Outside;
                    if let Some(context) = context.filter(|_| !is_self) {
                        push(&mut by_context.entry((link.way, context)).or_default()[side], pair);
                    }
                }
                if let Some(name) = self.names.get(&pair) {
                    push(&mut by_name.entry(last_part(name)).or_default()[side], pair);
                }
            }
        }
        let mut candidates: FxHashSet<[PairId; 2]> = FxHashSet::default();
        for [gone, new] in by_context.values().chain(by_name.values()) {
            for &a in gone {
                candidates.extend(new.iter().map(|&b| [a, b]));
            }
        }
        candidates.into_iter().collect()
    }

    fn heaviest_first(&self, side: usize) -> Vec<PairId> {
        let mut open = self.open[side].clone();
        open.sort_by(|&a, &b| {
            let order = self.share(b, side).total_cmp(&self.share(a, side));
            order.then(a.cmp(&b)) as Ordering
        });
        open
    }

    /// A caller or callee as both sides have it; `None` where it is on one of them only.
    fn context(&self, other: Context) -> Option<Context> {
        match other {
            Context::Outside => Some(Context::Outside),
            Context::Of(pair) => self.stands_for[pair.index()].some().map(Context::Of),
        }
    }

    fn share(&self, pair: PairId, side: usize) -> f64 {
        let weight = self.tree.weights_of(pair, By::Total)[side];
        part(weight as f64, self.tree.whole()[side] as f64).abs()
    }

    fn judged(&self, of: [PairId; 2]) -> Proposal {
        let (callers, callees) = self.in_common(of);
        let [a, b] = [0, 1].map(|side| self.share(of[side], side));
        let weight = a.min(b) / a.max(b).max(f64::MIN_POSITIVE);
        let name = match of.map(|pair| self.names.get(&pair)) {
            [Some(a), Some(b)] => likeness(a, b).max(likeness(last_part(a), last_part(b))),
            _ => 0.0,
        };
        let around =
            callees.map_or(callers * CALLERS_ALONE, |callees| f64::midpoint(callers, callees));
        let score = PARTS[0] * around + PARTS[1] * weight + PARTS[2] * name;
        debug_assert!(self.functions.get(of[0]).of[1].is_none(), "what is gone comes first");
        Proposal { of, score, callers, callees, weight, name }
    }

    /// Which part of what two functions weigh has the same callers, and the same callees.
    fn in_common(&self, of: [PairId; 2]) -> (f64, Option<f64>) {
        let sides = of.map(|pair| {
            // Sums of fractions have an order.
            let mut shares: BTreeMap<(Way, Context), f64> = BTreeMap::new();
            let (mut unknown, mut calls) = ([0.0; 2], false);
            for link in self.surroundings.of(pair) {
                calls |= link.way == Way::Callee && matches!(link.other, Context::Of(_));
                match self.context(link.other) {
                    Some(context) => {
                        *shares.entry((link.way, context)).or_default() += link.share;
                    }
                    None => unknown[link.way as usize] += link.share,
                }
            }
            (shares, unknown, calls)
        });
        let [(a, a_unknown, a_calls), (b, b_unknown, b_calls)] = &sides;
        // What is gone and what is new may be one as well, or not.
        let mut sums = [0, 1].map(|way| 0.5 * a_unknown[way].min(b_unknown[way]));
        for (key, share) in a {
            sums[key.0 as usize] += share.min(b.get(key).copied().unwrap_or_default());
        }
        (sums[0].min(1.0), (*a_calls || *b_calls).then(|| sums[1].min(1.0)))
    }
}

fn push(list: &mut Vec<PairId>, pair: PairId) {
    if list.len() < MAX_CANDIDATES && list.last() != Some(&pair) {
        list.push(pair);
    }
}

/// A name without what it is in: `push` of `std::vec::push`, `main.push`.
fn last_part(name: &str) -> &str {
    let name = name.split('(').next().unwrap_or(name);
    let end = name.trim_end_matches([':', '.', '/', ' ']);
    end.rsplit([':', '.', '/', ' ', '$']).next().unwrap_or(end)
}

/// How many pairs of neighbouring letters two names have in common, of all they have (Dice, 1945).
fn likeness(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let pairs = |name: &str| -> Vec<[u8; 2]> {
        let mut pairs: Vec<[u8; 2]> = name.as_bytes().windows(2).map(|it| [it[0], it[1]]).collect();
        pairs.sort_unstable();
        pairs
    };
    let (a, b) = (pairs(a), pairs(b));
    let (mut at, mut n_common) = (0, 0_usize);
    for pair in &a {
        while b.get(at).is_some_and(|other| other < pair) {
            at += 1;
        }
        if b.get(at) == Some(pair) {
            n_common += 1;
            at += 1;
        }
    }
    2.0 * n_common as f64 / (a.len() + b.len()).max(1) as f64
}

#[cfg(test)]
mod tests;
