//! What calls new and gone functions, and what they call.

use rustc_hash::FxHashMap;

use crate::PairId;
use crate::diff::{PairTree, part};

/// On which side of a function another is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Way {
    /// It calls the function.
    Caller,
    /// The function calls it.
    Callee,
}

/// What is next to a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Context {
    /// No caller; among callees what the function uses itself.
    Outside,
    /// Another function.
    Of(PairId),
}

/// A neighbour of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) way: Way,
    pub(super) other: Context,
    /// The part of what the function weighs.
    pub(super) share: f64,
}

/// The neighbours of functions that are new or gone.
#[derive(Default)]
pub(super) struct Surroundings {
    links: FxHashMap<PairId, Vec<Link>>,
}

impl Surroundings {
    /// Adds up over all nodes of functions that stand for nothing.
    pub(super) fn new(tree: &PairTree, stands_for: &[PairId]) -> Self {
        let mut weights: FxHashMap<(PairId, Way, Context), u64> = FxHashMap::default();
        let is_open = |pair: PairId| stands_for[pair.index()].some().is_none();
        let magnitude = |[a, b]: [i64; 2]| a.unsigned_abs().saturating_add(b.unsigned_abs());
        for node in tree.ids() {
            let function = tree.function(node);
            let caller = tree.parent(node).map(|parent| tree.function(parent));
            if caller == Some(function) {
                continue;
            }
            let total = magnitude(tree.total_of(node));
            let mut add = |of: PairId, way: Way, other: Context, weight: u64| {
                if weight > 0 {
                    let sum = weights.entry((of, way, other)).or_default();
                    *sum = sum.saturating_add(weight);
                }
            };
            if is_open(function) {
                let other = caller.map_or(Context::Outside, Context::Of);
                add(function, Way::Caller, other, total);
                let own = magnitude(tree.self_of(node));
                add(function, Way::Callee, Context::Outside, own);
            }
            if let Some(caller) = caller.filter(|&caller| is_open(caller)) {
                add(caller, Way::Callee, Context::Of(function), total);
            }
        }
        // Maps have no order, and sums of fractions have one.
        let mut weights: Vec<((PairId, Way, Context), u64)> = weights.into_iter().collect();
        weights.sort_unstable_by_key(|&(key, _)| key);
        let mut sums: FxHashMap<(PairId, Way), u64> = FxHashMap::default();
        for &((function, way, _), weight) in &weights {
            let sum = sums.entry((function, way)).or_default();
            *sum = sum.saturating_add(weight);
        }
        let mut links: FxHashMap<PairId, Vec<Link>> = FxHashMap::default();
        for ((function, way, other), weight) in weights {
            let share = part(weight as f64, sums[&(function, way)] as f64);
            links.entry(function).or_default().push(Link { way, other, share });
        }
        Self { links }
    }

    /// The neighbours of a function.
    pub(super) fn of(&self, function: PairId) -> &[Link] {
        self.links.get(&function).map_or(&[], |links| links)
    }
}
