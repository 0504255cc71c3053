//! One open file: what is asked of it, what is picked in it, where its views are.

use std::ops::Range;
use std::sync::Arc;

use rview_core::{
    AxisView, FunctionId, FunctionSet, Inverted, InvertedNodeId, Measure, NodeId, Outline, PathId,
    Search, SliceId, ThreadId,
};
use rview_formats::{Document, Job};

use super::layout::{Layout, View};
use super::timeline::Timeline;
use crate::analysis::{Base, Question, Trees};

/// One open file.
pub struct Session {
    /// The file.
    pub document: Document,
    /// What depends on the file alone.
    pub base: Arc<Base>,
    /// What is asked; the trees may still be those of the question before.
    pub question: Question,
    /// The latest answer, and to what.
    pub trees: Option<(Question, Arc<Trees>)>,
    /// The question a job is working on.
    pub asked: Option<Question>,
    /// Questions before, for undo, and those undone, for redo.
    pub undo: Vec<Question>,
    /// See `undo`.
    pub redo: Vec<Question>,
    /// What all views highlight.
    pub picked: Picked,
    /// What is searched for.
    pub search: SearchState,
    /// Which views are where.
    pub layout: Layout,
    /// The tracks and the part of time on screen.
    pub timeline: Timeline,
    /// The thread in the flame chart.
    pub chart_thread: Option<ThreadId>,
    /// The part of the flame graph on screen, in weight; `None` is all of it.
    pub flame_view: Option<AxisView>,
    /// The call tree as a table.
    pub call_tree: TreeTable,
    /// The bottom-up tree as a table.
    pub bottom_up: BottomUp,
    /// The function table.
    pub functions: FunctionTable,
    /// The job that looks up better names, as long as it runs.
    pub naming: Option<Arc<Job>>,
    /// Moves the flame graph down by this many rows in the next frame, so that what was on
    /// screen stays where it was.
    pub flame_rows_added: f32,
}

/// What all views highlight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Picked {
    /// Nothing.
    #[default]
    Nothing,
    /// A call path.
    Path(PathId),
    /// A function, wherever it was called from.
    Function(FunctionId),
    /// A slice.
    Slice(SliceId),
}

/// What is searched for, and what it finds.
#[derive(Debug, Default)]
pub struct SearchState {
    /// As typed.
    pub text: String,
    /// What it finds; the last good result stays while the text is wrong.
    pub found: Option<FunctionSet>,
    /// What is wrong with the text.
    pub error: Option<String>,
    /// Which hit was jumped to last.
    pub hit: usize,
}

/// The call tree as a table: which rows are open, in which order siblings are.
#[derive(Debug, Default)]
pub struct TreeTable {
    /// Open rows, by call path.
    pub outline: Outline,
    /// Order of siblings.
    pub sort: Sort,
    /// The rows that are visible; made anew when anything above changes.
    pub rows: Vec<NodeId>,
}

/// The bottom-up tree as a table: what is open of it, and the rows.
#[derive(Debug, Default)]
pub struct BottomUp {
    /// The tree, as far as it was opened.
    pub tree: Inverted,
    /// The rows that are visible; made anew when any is opened or closed.
    pub rows: Vec<InvertedNodeId>,
}

/// The function table: in which order, and the rows.
#[derive(Debug)]
pub struct FunctionTable {
    /// Order of rows.
    pub sort: Sort,
    /// The functions that occur and that the search finds; made anew when any of that changes.
    pub rows: Vec<FunctionId>,
}

impl Default for FunctionTable {
    fn default() -> Self {
        Self { sort: Sort { key: SortKey::SelfWeight, ascending: false }, rows: Vec::new() }
    }
}

/// An order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Smallest or first letter first.
    pub ascending: bool,
}

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl Session {
    /// A file that has just been opened.
    pub fn new(document: Document, base: Arc<Base>) -> Self {
        let profile = Arc::clone(&document.profile);
        let measure = Measure::default_of(&profile);
        let first = match measure {
            None => View::Report,
            Some(Measure::SliceTime) => View::FlameChart,
            Some(Measure::Weight(_)) => View::FlameGraph,
        };
        let chart_thread = busiest_thread(&document, &base);
        Self {
            timeline: Timeline::new(&profile, &base),
            document,
            base,
            question: Question { measure, range_ns: None, thread: None },
            trees: None,
            asked: None,
            undo: Vec::new(),
            redo: Vec::new(),
            picked: Picked::Nothing,
            search: SearchState::default(),
            layout: Layout::new(first),
            chart_thread,
            flame_view: None,
            call_tree: TreeTable::default(),
            bottom_up: BottomUp::default(),
            functions: FunctionTable::default(),
            naming: None,
            flame_rows_added: 0.0,
        }
    }

    /// The latest answer.
    pub fn trees(&self) -> Option<&Trees> {
        self.trees.as_ref().map(|(_, trees)| &**trees)
    }

    /// Whether the trees on screen answer an earlier question.
    pub fn is_stale(&self) -> bool {
        self.trees.as_ref().is_none_or(|(question, _)| *question != self.question)
    }

    /// Asks something else, so that it can be undone.
    pub fn ask(&mut self, question: Question) {
        if question != self.question {
            self.undo.push(std::mem::replace(&mut self.question, question));
            self.redo.clear();
        }
    }

    /// Goes back to the question before.
    pub fn undo(&mut self) {
        if let Some(question) = self.undo.pop() {
            self.redo.push(std::mem::replace(&mut self.question, question));
        }
    }

    /// Takes an undo back.
    pub fn redo(&mut self) {
        if let Some(question) = self.redo.pop() {
            self.undo.push(std::mem::replace(&mut self.question, question));
        }
    }

    /// Takes an answer, unless the question has changed again.
    pub fn take_answer(&mut self, question: Question, trees: Arc<Trees>) {
        if self.asked.as_ref() == Some(&question) {
            self.asked = None;
        }
        let is_first = self.trees.is_none();
        let is_new_measure =
            self.trees.as_ref().is_some_and(|(other, _)| other.measure != question.measure);
        let mut inverted = trees.inverted.clone();
        inverted.open_as(&self.bottom_up.tree);
        self.bottom_up.tree = inverted;
        if is_first && let Some(root) = trees.tree.roots().next() {
            self.call_tree.outline.open_heaviest(&trees.tree, root);
        }
        if is_first || is_new_measure {
            self.flame_view = None;
        }
        self.trees = Some((question, trees));
        self.refresh_rows();
    }

    /// The function that is picked, if any.
    pub fn picked_function(&self) -> Option<FunctionId> {
        match self.picked {
            Picked::Nothing => None,
            Picked::Path(path) => Some(self.base.paths.function(path)),
            Picked::Function(function) => Some(function),
            Picked::Slice(slice) => Some(self.document.profile.slices().name(slice)),
        }
    }

    /// The call path that is picked, if any.
    pub fn picked_path(&self) -> Option<PathId> {
        match self.picked {
            Picked::Path(path) => Some(path),
            Picked::Slice(slice) => self.base.paths.of_slice(slice),
            Picked::Nothing | Picked::Function(_) => None,
        }
    }

    /// The time that is picked: that of the slice, or the selected range.
    pub fn picked_range_ns(&self) -> Option<Range<i64>> {
        match self.picked {
            Picked::Slice(slice) => {
                let slices = self.document.profile.slices();
                Some(slices.start_ns(slice)..slices.end_ns(slice))
            }
            _ => self.question.range_ns.clone(),
        }
    }

    /// Searches for another text.
    pub fn set_search(&mut self, text: String) {
        match Search::new(&text) {
            Ok(search) => {
                self.search.found =
                    (!search.is_none()).then(|| search.functions(&self.document.profile));
                self.search.error = None;
            }
            Err(err) => self.search.error = Some(err.to_string()),
        }
        self.search.text = text;
        self.search.hit = 0;
        self.refresh_rows();
    }

    /// Picks the next hit of the search in the call tree, `step` from the last one.
    pub fn jump_to_hit(&mut self, step: isize) {
        let hits = self.hits();
        let Ok(n_hits) = isize::try_from(hits.len()) else { return };
        if n_hits == 0 {
            return;
        }
        let at_hit =
            self.picked_path().is_some_and(|path| hits.get(self.search.hit) == Some(&path));
        let hit = isize::try_from(self.search.hit).unwrap_or_default();
        let hit = if at_hit { (hit + step).rem_euclid(n_hits) } else { hit.min(n_hits - 1) };
        self.search.hit = hit.unsigned_abs();
        let path = hits[self.search.hit];
        self.picked = Picked::Path(path);
        if let Some(trees) = self.trees.as_ref().map(|(_, trees)| Arc::clone(trees))
            && let Some(node) = trees.tree.node_of_path(path)
        {
            self.call_tree.outline.open_to(&trees.tree, node);
            self.refresh_rows();
        }
    }

    /// The call paths that the search finds, in the order of the call tree.
    pub fn hits(&self) -> Vec<PathId> {
        let (Some(found), Some(trees)) = (&self.search.found, self.trees()) else {
            return Vec::new();
        };
        let tree = &trees.tree;
        tree.ids()
            .filter(|&node| found.contains(tree.function(node)))
            .map(|node| tree.path(node))
            .collect()
    }
}

/// The thread to show first: the one with most samples, else with most slices.
fn busiest_thread(document: &Document, base: &Base) -> Option<ThreadId> {
    let profile = &document.profile;
    let n_slices = |thread| {
        let tracks = profile.tracks();
        tracks
            .ids()
            .filter(|&track| tracks.row(track).thread == Some(thread))
            .flat_map(|track| tracks.lanes(track))
            .map(|lane| profile.slices().lane_slices(lane).len())
            .sum::<usize>()
    };
    let n_samples = |thread: ThreadId| {
        base.charts[thread.index()].as_ref().map_or(0, rview_core::SampleChart::n_samples)
    };
    // Of equal ones the first, which is usually the main thread.
    let size = |thread| (n_samples(thread), n_slices(thread));
    profile.threads().ids().min_by_key(|&thread| std::cmp::Reverse(size(thread)))
}
