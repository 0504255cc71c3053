//! What a search finds in an answer, and the function table in its order: computed in the worker.

use std::cmp::Ordering;
use std::sync::Arc;

use rview_core::search::{Figures, Search, SearchError};
use rview_core::{CallTree, FunctionId, FunctionSet, FunctionTotals, NodeId, PathId};
use rview_core::{Profile, Unit};
use serde::{Deserialize, Serialize};

use crate::analysis::{Base, Question, Trees};

/// An order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Smallest or first letter first.
    pub ascending: bool,
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SortKey {
    /// Self weight.
    SelfWeight,
    /// Total weight.
    Total,
    /// Name.
    Name,
    /// Module or category.
    Module,
}

impl Default for Sort {
    fn default() -> Self {
        Self { key: SortKey::Total, ascending: false }
    }
}

/// What is to be listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The question whose answer is searched.
    pub question: Question,
    /// The search, as typed.
    pub search: String,
    /// The order of functions.
    pub sort: Sort,
}

/// What a search finds.
#[derive(Debug, Default)]
pub struct Found {
    /// The functions; `None` when nothing is searched for.
    pub functions: Option<FunctionSet>,
    /// The call paths that end in one of them, in the order of the call tree.
    pub hits: Vec<PathId>,
}

/// The answer to [`Wanted`].
#[derive(Debug)]
pub struct Listing {
    /// What the search finds, or what is wrong with its text.
    pub found: Result<Arc<Found>, SearchError>,
    /// The functions that occur and are found, in their order.
    pub functions: Vec<FunctionId>,
}

impl Listing {
    /// Searches and sorts: linear in the functions and the nodes of the tree, but for the
    /// sorting. While the text is wrong, `last` holds what was found before.
    pub fn new(base: &Base, trees: &Trees, wanted: &Wanted, last: &Arc<Found>) -> Self {
        let profile = &*base.shaped.profile;
        let found = Search::new(&wanted.search).and_then(|search| {
            if search.is_none() {
                return Ok(Arc::default());
            }
            let functions = search_functions(&search, base, trees, &wanted.question)?;
            Ok(Arc::new(Found::new(functions, &trees.tree)))
        });
        let shown = found.as_ref().unwrap_or(last).functions.as_ref();
        let totals = &trees.functions;
        let is_shown = |&function: &FunctionId| shown.is_none_or(|found| found.contains(function));
        let mut functions: Vec<FunctionId> = totals.ids().filter(is_shown).collect();
        functions.sort_by(|&a, &b| {
            let order = compare_functions(profile, totals, wanted.sort.key, a, b);
            if wanted.sort.ascending { order } else { order.reverse() }
        });
        Self { found, functions }
    }
}

/// The functions that a search finds by their names and by what they weigh.
fn search_functions(
    search: &Search,
    base: &Base,
    trees: &Trees,
    question: &Question,
) -> Result<FunctionSet, SearchError> {
    let profile = &*base.shaped.profile;
    let unit = question.measure.map_or(Unit::Count, |measure| measure.unit(profile));
    let counts = search.asks_for_counts().then(|| trees.counts(base, question));
    let (totals, reference) = (&trees.functions, Some(trees.tree.reference().unsigned_abs()));
    search.functions(profile, Some(Figures { totals, counts, unit: &unit, reference }))
}

impl Found {
    fn new(functions: FunctionSet, tree: &CallTree) -> Self {
        let hits = tree.ids().filter(|&node| functions.contains(tree.function(node)));
        Self { hits: hits.map(|node| tree.path(node)).collect(), functions: Some(functions) }
    }
}

fn compare_functions(
    profile: &Profile,
    totals: &FunctionTotals,
    key: SortKey,
    a: FunctionId,
    b: FunctionId,
) -> Ordering {
    match key {
        SortKey::SelfWeight => {
            let weight =
                |function| magnitudes([totals.self_of(function), totals.total_of(function)]);
            weight(a).cmp(&weight(b))
        }
        SortKey::Total => {
            let weight =
                |function| magnitudes([totals.total_of(function), totals.self_of(function)]);
            weight(a).cmp(&weight(b))
        }
        SortKey::Name => by_name(profile, a, b),
        SortKey::Module => by_module(profile, a, b),
    }
}

/// Weights without their signs: what is much less is as much to look at as what is much more.
fn magnitudes(weights: [i64; 2]) -> [u64; 2] {
    weights.map(i64::unsigned_abs)
}

/// The order of two rows of a call tree, the smaller or first first.
pub fn compare_nodes(
    profile: &Profile,
    tree: &CallTree,
    key: SortKey,
    a: NodeId,
    b: NodeId,
) -> Ordering {
    let function = |node| tree.function(node);
    match key {
        SortKey::SelfWeight => tree.self_of(a).unsigned_abs().cmp(&tree.self_of(b).unsigned_abs()),
        SortKey::Total => tree.total_of(a).unsigned_abs().cmp(&tree.total_of(b).unsigned_abs()),
        SortKey::Name => by_name(profile, function(a), function(b)),
        SortKey::Module => by_module(profile, function(a), function(b)),
    }
}

fn by_name(profile: &Profile, a: FunctionId, b: FunctionId) -> Ordering {
    profile.function_name(a).cmp(profile.function_name(b))
}

fn by_module(profile: &Profile, a: FunctionId, b: FunctionId) -> Ordering {
    let module = |function| profile.function_module(function);
    module(a).cmp(module(b)).then_with(|| by_name(profile, a, b))
}
