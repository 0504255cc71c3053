//! What the views of a comparison need, computed in the worker.
//!
//! [`Paired`] puts two recordings together, as their tabs show them: their functions, and their
//! call trees as one. [`Compared`] is that with what weights are compared as.

mod lines;

use std::borrow::Cow;
use std::sync::Arc;

use rview_core::diff::{
    self, Alike, Basis, By, Change, FunctionName, Mode, NameRule, PairTree, PairedFunction,
    PairedFunctions, PairedMeasure, PathEvents, Proposal, Rename, SliceName, TreeSide, measures,
    proposals,
};
use rview_core::{
    CallTree, FlameLayout, FunctionSet, FunctionTotals, PairId, PairNodeId, PathWeights, Profile,
    Selection,
};
use rview_formats::Document;

use crate::analysis::{Base, Question, Trees};
use crate::instances::PairedInstances;
use crate::state::title_of;

pub use lines::{PairedSource, WantedLines};

/// One of the two recordings, and what counts of it.
#[derive(Clone)]
pub struct Source {
    /// The file.
    pub document: Document,
    /// What its tab shows.
    pub base: Arc<Base>,
    /// What is asked there.
    pub question: Question,
    /// The answer to that.
    pub trees: Arc<Trees>,
}

impl Source {
    /// Whether another is the same file with the same names, of which the same counts.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.base, &other.base) && Arc::ptr_eq(&self.trees, &other.trees)
    }

    /// The recording as its tab shows it.
    pub fn profile(&self) -> &Arc<Profile> {
        &self.base.shaped.profile
    }

    /// How long what counts lasted; 0 where the recording does not tell.
    pub fn duration_ns(&self) -> i64 {
        let range = self.question.range_ns.as_ref();
        range.map_or(self.profile().duration_ns(), |range| range.end - range.start)
    }

    /// What it is called.
    pub fn name(&self) -> String {
        title_of(&self.document.input)
    }
}

/// How two recordings are to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What is added up, by its name; `None` is what suits the files.
    pub measure: Option<String>,
    /// What weights are compared as.
    pub mode: Mode,
    /// What of names may differ between builds.
    pub rules: Vec<NameRule>,
    /// Functions of other names that were taken for one.
    pub renames: Vec<Rename>,
    /// The name of the slices that are compared one by one.
    pub slice: Option<String>,
}

impl Default for Wanted {
    fn default() -> Self {
        let (rules, renames) = (NameRule::ALL.to_vec(), Vec::new());
        Self { measure: None, mode: Mode::default(), rules, renames, slice: None }
    }
}

/// Two recordings put together.
pub struct Paired {
    /// The two.
    pub sources: [Source; 2],
    /// What can be compared.
    pub measures: Arc<Vec<PairedMeasure>>,
    /// Which of these is.
    pub at: usize,
    /// The functions of both.
    pub functions: PairedFunctions,
    /// The call trees of both.
    pub tree: PairTree,
    /// By side: what its functions weigh, where its tab adds up something else.
    totals: [Option<(FunctionTotals, u64)>; 2],
    rules: Vec<NameRule>,
    renames: Vec<Rename>,
    /// Gone and new functions that may be one.
    pub proposals: Vec<Proposal>,
    /// The labels that samples of both have.
    pub label_keys: Vec<String>,
    /// The names that slices of both have, those whose time changed most first.
    pub slice_names: Vec<SliceName>,
}

impl Paired {
    /// Puts two recordings together: linear in their samples, functions and call paths.
    fn new(
        sources: &[Source; 2],
        measures: Arc<Vec<PairedMeasure>>,
        at: usize,
        alike: Alike<'_>,
    ) -> Self {
        let measure = &measures[at];
        let [a, b] = sources;
        let profiles = [&**a.profile(), &**b.profile()];
        let functions = || PairedFunctions::new(profiles, [&a.base.paths, &b.base.paths], alike);
        let side = |at: usize| Weighed::new(&sources[at], measure.of[at]);
        let (functions, weighed) =
            rayon::join(functions, || rayon::join(|| side(0), || side(1)).into());
        let weighed: [Weighed<'_>; 2] = weighed;
        let tree = PairTree::new(&functions, weighed.each_ref().map(Weighed::tree_side), measure);
        let totals = weighed.map(|side| side.totals);
        let proposals = proposals(profiles, &functions, &tree, alike.rules);
        let (rules, renames) = (alike.rules.to_vec(), alike.renames.to_vec());
        let (of_a, of_b) = (diff::label_keys(profiles[0]), diff::label_keys(profiles[1]));
        let in_both = of_a.into_iter().filter(|key| of_b.binary_search(key).is_ok());
        let label_keys = in_both.map(str::to_owned).collect();
        let selections = selections_of_slices(sources);
        let slice_names = diff::slice_names(&functions, sides_of(sources, &selections));
        let sources = sources.clone();
        Self {
            sources,
            measures,
            at,
            functions,
            tree,
            totals,
            rules,
            renames,
            proposals,
            label_keys,
            slice_names,
        }
    }

    /// What is compared.
    pub fn measure(&self) -> &PairedMeasure {
        &self.measures[self.at]
    }

    /// Both recordings as their tabs show them.
    pub fn profiles(&self) -> [&Profile; 2] {
        self.sources.each_ref().map(|source| &**source.profile())
    }

    /// What the functions of a side weigh, and what shares of that are of.
    pub fn totals(&self, side: usize) -> (&FunctionTotals, u64) {
        if let Some((totals, reference)) = &self.totals[side] {
            return (totals, *reference);
        }
        let trees = &self.sources[side].trees;
        (&trees.functions, trees.tree.reference().unsigned_abs())
    }

    /// A function of one or both sides.
    pub fn function(&self, pair: PairId) -> PairedFunction {
        self.functions.get(pair)
    }

    /// The name of a function, that in B where it is in both.
    pub fn name(&self, pair: PairId) -> &str {
        self.function(pair).name(self.profiles())
    }

    /// The same for people.
    pub fn shown_name(&self, pair: PairId) -> Cow<'_, str> {
        rview_core::shown_name(self.name(pair))
    }

    /// The module of a function, that in B where it is in both.
    pub fn module(&self, pair: PairId) -> &str {
        self.function(pair).module(self.profiles())
    }

    /// What a function is called on the sides that have it.
    pub fn function_names(&self, pair: PairId) -> Vec<FunctionName> {
        let of_side = self.function(pair).of.into_iter().zip(self.profiles());
        let name = |(function, profile): (Option<rview_core::FunctionId>, &Profile)| {
            let function = function?;
            Some(FunctionName {
                name: profile.function_name(function).to_owned(),
                module: Some(profile.function_module(function).to_owned()),
            })
        };
        of_side.filter_map(name).collect()
    }

    /// The heaviest function of a name, of those that weigh something on both sides.
    pub fn heaviest_called(&self, name: &str) -> Option<PairId> {
        let weights = |&pair: &PairId| self.tree.weights_of(pair, By::Total);
        let is_called =
            |pair: &PairId| self.name(*pair) == name && weights(pair).iter().all(|&it| it != 0);
        let weight = |pair: &PairId| weights(pair).map(i64::unsigned_abs).into_iter().max();
        self.tree.functions().filter(is_called).max_by_key(weight)
    }

    /// The slices of a name one by one, in either's words; else of the first name there is.
    fn instances(&self, name: &str) -> Option<(PairId, PairedInstances)> {
        let is_it =
            |it: &&SliceName| self.function_names(it.function).iter().any(|n| n.name == name);
        let all = &self.slice_names;
        let pair = all.iter().find(is_it).or(all.first())?.function;
        let functions_of = |side: usize| {
            let functions = self.sources[side].profile().symbols().functions().ids();
            functions.filter(|&id| self.functions.of(side, id) == pair).collect()
        };
        let names: [FunctionSet; 2] = [functions_of(0), functions_of(1)];
        let selections = selections_of_slices(&self.sources);
        let documents = self.sources.each_ref().map(|source| &source.document);
        let sides = sides_of(&self.sources, &selections);
        Some((pair, PairedInstances::new(documents, sides, names.each_ref())))
    }

    /// The functions from the root to a node.
    pub fn path(&self, node: PairNodeId) -> Vec<PairId> {
        let callers = std::iter::successors(Some(node), |&node| self.tree.parent(node));
        let mut path: Vec<PairId> = callers.map(|node| self.tree.function(node)).collect();
        path.reverse();
        path
    }

    /// The node that a path of another such pair is here, by the names of functions.
    pub fn node_like(&self, other: &Self, node: PairNodeId) -> Option<PairNodeId> {
        let mut found = None;
        for function in other.path(node) {
            let (name, module) = (other.name(function), other.module(function));
            let is_it = |&node: &PairNodeId| {
                let function = self.tree.function(node);
                self.name(function) == name && self.module(function) == module
            };
            found = match found {
                None => self.tree.roots().find(is_it),
                Some(node) => self.tree.children(node).find(is_it),
            };
            found?;
        }
        found
    }

    /// The function that one of another such pair is here, by its name.
    pub fn function_like(&self, other: &Self, pair: PairId) -> Option<PairId> {
        let (name, module) = (other.name(pair), other.module(pair));
        self.functions.ids().find(|&it| self.name(it) == name && self.module(it) == module)
    }
}

/// Which slices count; they have no labels.
fn selections_of_slices(sources: &[Source; 2]) -> [Selection; 2] {
    sources.each_ref().map(|source| source.question.selection_of_any_label(source.profile()))
}

fn sides_of<'a>(sources: &'a [Source; 2], selections: &'a [Selection; 2]) -> [diff::Side<'a>; 2] {
    [0, 1].map(|at| diff::Side { profile: sources[at].profile(), selection: &selections[at] })
}

/// The call tree of a side in a measure, and how many events it is of.
struct Weighed<'a> {
    source: &'a Source,
    /// `None` where its tab has the tree already.
    tree: Option<CallTree>,
    /// The same.
    totals: Option<(FunctionTotals, u64)>,
    events: Option<PathEvents>,
}

impl<'a> Weighed<'a> {
    fn new(source: &'a Source, measure: rview_core::Measure) -> Self {
        let (profile, paths) = (source.profile(), &source.base.paths);
        let selection = source.question.selection(profile);
        let tree = || {
            let is_there = source.question.measure == Some(measure);
            (!is_there).then(|| {
                let weights = PathWeights::new(profile, paths, measure, &selection);
                let totals = FunctionTotals::new(profile, paths, &weights);
                (CallTree::new(profile, paths, &weights), (totals, weights.reference()))
            })
        };
        let events = || PathEvents::new(profile, paths, measure, &selection);
        let (tree, events) = rayon::join(tree, events);
        let (tree, totals) = tree.unzip();
        Self { source, tree, totals, events }
    }

    fn tree_side(&self) -> TreeSide<'_> {
        let tree = self.tree.as_ref().unwrap_or(&self.source.trees.tree);
        TreeSide { tree, events: self.events.as_ref() }
    }
}

/// By what boxes of both recordings are as wide as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// By both together.
    #[default]
    Both,
    /// By the first: what is new has no width.
    A,
    /// By the second: what is gone has no width.
    B,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Both, Self::A, Self::B];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Both => "A and B",
            Self::A => "A",
            Self::B => "B",
        }
    }

    /// The layout by one side.
    pub fn of_side(side: usize) -> Self {
        if side == 0 { Self::A } else { Self::B }
    }
}

/// Two recordings compared.
pub struct Compared {
    /// The two together.
    pub paired: Arc<Paired>,
    /// What weights are compared as.
    pub basis: Basis,
    /// By function: [`By::Own`], then [`By::Total`].
    changes: Vec<[Change; 2]>,
    /// How many functions are in both, new and gone.
    pub counts: [usize; 3],
    /// In the order of [`Layout::ALL`].
    layouts: [Arc<FlameLayout>; 3],
    /// The slices of the name that is asked for, one by one.
    pub instances: Option<(PairId, Arc<PairedInstances>)>,
    /// That name.
    slice: Option<String>,
}

impl Compared {
    /// Compares two recordings; what of an earlier answer is still right is taken from it. An
    /// error says why the two cannot be compared.
    pub fn new(
        sources: &[Source; 2],
        wanted: &Wanted,
        last: Option<&Arc<Self>>,
    ) -> Result<Self, String> {
        let last = last.filter(|last| {
            let of_last = &last.paired.sources;
            sources.iter().zip(of_last).all(|(source, other)| source.is_same(other))
        });
        let all = if let Some(last) = last {
            Arc::clone(&last.paired.measures)
        } else {
            let [a, b] = sources.each_ref().map(|source| &**source.profile());
            Arc::new(measures([a, b], None).map_err(|err| err.to_string())?)
        };
        let is_wanted = |pair: &PairedMeasure| {
            wanted.measure.as_ref().is_some_and(|name| pair.names.contains(name))
        };
        let at = all.iter().position(is_wanted).unwrap_or_default();
        let same = last.filter(|last| {
            let paired = &last.paired;
            paired.at == at && paired.rules == wanted.rules && paired.renames == wanted.renames
        });
        let alike = Alike { rules: &wanted.rules, renames: &wanted.renames };
        let paired = match same {
            Some(last) => Arc::clone(&last.paired),
            None => Arc::new(Paired::new(sources, all, at, alike)),
        };
        let durations = sources.each_ref().map(Source::duration_ns);
        let basis = basis(&wanted.mode, &paired, durations);
        let (changes, layouts) = rayon::join(
            || paired.tree.changes(&basis),
            || layouts(&paired.tree, &basis, same.map(|last| &last.layouts)),
        );
        let counts = counts(&paired);
        let known = same.filter(|last| last.slice == wanted.slice);
        let instances = match (known, &wanted.slice) {
            (Some(last), _) => last.instances.clone(),
            (None, Some(name)) => {
                paired.instances(name).map(|(pair, found)| (pair, Arc::new(found)))
            }
            (None, None) => None,
        };
        let slice = wanted.slice.clone();
        Ok(Self { paired, basis, changes, counts, layouts, instances, slice })
    }

    /// What a function weighs on both sides.
    pub fn change_of(&self, pair: PairId, by: By) -> Change {
        self.changes[pair.index()][by as usize]
    }

    /// What a node and all it called weigh on both sides.
    pub fn change_of_node(&self, node: PairNodeId) -> Change {
        self.paired.tree.change_of(node, &self.basis)
    }

    /// What both weigh as a whole.
    pub fn whole(&self) -> Change {
        self.paired.tree.change_of_whole(&self.basis)
    }

    /// Where the boxes are.
    pub fn layout(&self, layout: Layout) -> &FlameLayout {
        &self.layouts[layout as usize]
    }
}

/// What a mode divides by; weights as recorded where a side has nothing of that.
fn basis(mode: &Mode, paired: &Paired, durations_ns: [i64; 2]) -> Basis {
    let exposure = match mode {
        Mode::PerSecond => durations_ns.map(|ns| ns as f64 / 1e9),
        Mode::PerFunction(name) => paired.heaviest_called(name).map_or([0.0; 2], |pair| {
            paired.tree.weights_of(pair, By::Total).map(|weight| weight as f64)
        }),
        mode => paired.sources.each_ref().map(|source| {
            let (profile, selection) =
                (source.profile(), source.question.selection(source.profile()));
            mode.exposure(diff::Side { profile, selection: &selection }).unwrap_or_default()
        }),
    };
    let is_there = exposure.iter().all(|&it| it != 0.0) || *mode == Mode::Share;
    let mode = if is_there { mode.clone() } else { Mode::Absolute };
    Basis::new(mode, paired.tree.whole(), exposure)
}

/// How many functions that count somewhere are in both, new and gone.
fn counts(paired: &Paired) -> [usize; 3] {
    let mut counts = [0; 3];
    for pair in paired.tree.functions() {
        counts[match paired.function(pair).of {
            [Some(_), Some(_)] => 0,
            [None, _] => 1,
            [_, None] => 2,
        }] += 1;
    }
    counts
}

/// Where the boxes are; those of one side depend on nothing that the user chooses.
fn layouts(
    tree: &PairTree,
    basis: &Basis,
    last: Option<&[Arc<FlameLayout>; 3]>,
) -> [Arc<FlameLayout>; 3] {
    let new = |widths: &[i64]| Arc::new(FlameLayout::new(tree.depths(), widths));
    let both = || new(&widths(tree, basis));
    if let Some([_, a, b]) = last {
        return [both(), Arc::clone(a), Arc::clone(b)];
    }
    let (both, (a, b)) =
        rayon::join(both, || rayon::join(|| new(tree.totals(0)), || new(tree.totals(1))));
    [both, a, b]
}

/// How wide all boxes together are where weights are divided by something.
const WIDTH: f64 = (1_u64 << 40) as f64;

/// What nodes weigh on both sides together.
fn widths(tree: &PairTree, basis: &Basis) -> Vec<i64> {
    if basis.mode == Mode::Absolute {
        let sums = tree.totals(0).iter().zip(tree.totals(1));
        return sums.map(|(a, b)| a.saturating_abs().saturating_add(b.saturating_abs())).collect();
    }
    let [a, b] = basis.values(tree.whole());
    let scale = WIDTH / (a.abs() + b.abs()).max(f64::MIN_POSITIVE);
    let width = |node: PairNodeId| {
        let [a, b] = basis.values(tree.total_of(node));
        #[expect(clippy::cast_possible_truncation, reason = "up to the width of all")]
        let width = ((a.abs() + b.abs()) * scale) as i64;
        width
    };
    tree.ids().map(width).collect()
}
