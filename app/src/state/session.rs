//! One open file: what is asked of it, what is picked in it, where its views are.

use std::ops::Range;
use std::sync::Arc;

use rview_core::{
    AxisView, FunctionId, FunctionSet, Inverted, InvertedNodeId, MarkerId, Measure, NodeId,
    Outline, PathId, SearchError, SliceId, ThreadId,
};
use rview_formats::{Document, DropFrames, Job};

use super::TabId;
use super::assembly::AssemblyView;
use super::details::Details;
use super::heat_map::HeatMapView;
use super::kept::Places;
use super::labels::Labels;
use super::layout::{Layout, View};
use super::sandwich::{Half, SandwichView};
use super::slices::{Distribution, SliceTable};
use super::source::SourceView;
use super::timeline::Timeline;
use super::zoom::Zoom;
use crate::analysis::{Base, Question, Trees};
use crate::listing::{Found, Listing, Sort, SortKey, Wanted};
use crate::navigate::{Axis, Glide};
use crate::notes::Notes;

/// One open file.
pub struct Session {
    /// The file; its profile is in the shape that is shown.
    pub document: Document,
    /// What depends on the file and its shape alone.
    pub base: Arc<Base>,
    /// What is asked; the trees may still be those of the question before.
    pub question: Question,
    /// The latest answer, and to what.
    pub trees: Option<(Question, Arc<Trees>)>,
    /// The question a job is working on.
    pub asked: Option<Question>,
    /// What is listed: what the search found, and the rows of the function table.
    pub listed: Option<Wanted>,
    /// Whether a job is listing something else.
    pub is_listing: bool,
    /// Questions before, for undo, and those undone, for redo.
    pub undo: Vec<Question>,
    /// See `undo`.
    pub redo: Vec<Question>,
    /// What all views highlight.
    pub picked: Picked,
    /// In which rows of the tables that is.
    pub picked_rows: PickedRows,
    /// What else the file says of it, as soon as it is read.
    pub details: Option<(Picked, Details)>,
    /// What a job reads the details of.
    pub reading: Option<Picked>,
    /// A job for this file has panicked: nothing more is asked of the worker.
    pub is_broken: bool,
    /// The axis that keys act on: that of the chart that was clicked or shown last.
    pub axis: Axis,
    /// Whether keys act on the timeline and not on the view in front.
    pub keys_on_time: bool,
    /// What is searched for.
    pub search: SearchState,
    /// The panel of labels.
    pub labels: Labels,
    /// Which views are where.
    pub layout: Layout,
    /// The tracks and the part of time on screen.
    pub timeline: Timeline,
    /// The thread in the flame chart.
    pub chart_thread: Option<ThreadId>,
    /// The part of the flame graph on screen, in weight; `None` is all of it.
    pub flame_view: Option<AxisView>,
    /// A jump on its way.
    pub glide: Option<Glide>,
    /// The call tree as a table.
    pub call_tree: TreeTable,
    /// The bottom-up tree as a table.
    pub bottom_up: BottomUp,
    /// The function table.
    pub functions: FunctionTable,
    /// A function between its callers and its callees.
    pub sandwich: SandwichView,
    /// The lines of the file of a function.
    pub source: SourceView,
    /// The instructions of a function.
    pub assembly: AssemblyView,
    /// Samples by when they were taken.
    pub heat_map: HeatMapView,
    /// The table of slices.
    pub slices: SliceTable,
    /// The distribution of the slices of one name.
    pub distribution: Distribution,
    /// The notes on the file.
    pub notes: Notes,
    /// The job that looks up better names, as long as it runs.
    pub naming: Option<Arc<Job>>,
    /// The job that reads the rest, as long as this is what the file starts with.
    pub preview: Option<Arc<Job>>,
    /// The job that reads the file again while this is still shown, and the name that its tab
    /// gets when it has.
    pub again: Option<(TabId, Arc<Job>)>,
    /// What to go to once there is an answer.
    pub(super) places: Option<Places>,
    /// What becomes of frames that the file asks to leave out.
    pub drop_frames: DropFrames,
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
    /// A call path in a sample, of which the file says more.
    Sample(PathId, u32),
    /// A function, wherever it was called from.
    Function(FunctionId),
    /// A slice.
    Slice(SliceId),
    /// A marker.
    Marker(MarkerId),
}

/// What is searched for, and what it finds.
#[derive(Debug, Default)]
pub struct SearchState {
    /// As typed.
    pub text: String,
    /// What it finds; the last good result stays while the text is wrong, and while a job
    /// searches.
    pub found: Arc<Found>,
    /// What is wrong with the text, or what of it cannot be asked of functions.
    pub error: Option<SearchError>,
    /// Which hit was jumped to last.
    pub hit: usize,
    /// Hits to go on by when the job that searches is done.
    pub(super) steps_ahead: Option<isize>,
}

impl SearchState {
    /// The functions that are found; `None` when nothing is searched for.
    pub fn functions(&self) -> Option<&FunctionSet> {
        self.found.functions.as_ref()
    }
}

/// The rows of the tables that what is picked is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PickedRows {
    /// In the call tree.
    pub call_tree: Option<usize>,
    /// In the bottom-up tree.
    pub bottom_up: Option<usize>,
    /// In the function table.
    pub functions: Option<usize>,
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
    /// The row that was picked last.
    pub cursor: Option<InvertedNodeId>,
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
        let chart_thread = base.busiest_thread;
        let layout = Layout::new(first, |view| view.is_of(&base));
        Self {
            timeline: Timeline::new(&profile, &base),
            document,
            base,
            question: Question { measure, ..Question::default() },
            trees: None,
            asked: None,
            listed: None,
            is_listing: false,
            undo: Vec::new(),
            redo: Vec::new(),
            picked: Picked::Nothing,
            picked_rows: PickedRows::default(),
            details: None,
            reading: None,
            preview: None,
            is_broken: false,
            axis: if first == View::FlameChart { Axis::Time } else { Axis::Weight },
            keys_on_time: false,
            search: SearchState::default(),
            labels: Labels::default(),
            layout,
            chart_thread,
            flame_view: None,
            glide: None,
            call_tree: TreeTable::default(),
            bottom_up: BottomUp::default(),
            functions: FunctionTable::default(),
            sandwich: SandwichView::default(),
            source: SourceView::default(),
            assembly: AssemblyView::default(),
            heat_map: HeatMapView::default(),
            slices: SliceTable::default(),
            distribution: Distribution::default(),
            notes: Notes::default(),
            naming: None,
            again: None,
            places: None,
            drop_frames: DropFrames::default(),
            flame_rows_added: 0.0,
        }
    }

    /// Whether the file asks to leave frames out.
    pub fn has_drop_frames(&self) -> bool {
        self.document.profile.facts().iter().any(|(what, _)| &**what == "drop_frames")
    }

    /// The latest answer.
    pub fn trees(&self) -> Option<&Trees> {
        self.trees.as_ref().map(|(_, trees)| &**trees)
    }

    /// What is added up on screen.
    pub fn shown_measure(&self) -> Option<Measure> {
        self.trees.as_ref().and_then(|(question, _)| question.measure)
    }

    /// Whether the trees on screen answer an earlier question.
    pub fn is_stale(&self) -> bool {
        !self.is_broken
            && self.trees.as_ref().is_none_or(|(question, _)| *question != self.question)
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
    /// Gives back the answer before.
    pub fn take_answer(&mut self, question: Question, trees: Arc<Trees>) -> Option<Arc<Trees>> {
        if self.asked.as_ref() == Some(&question) {
            self.asked = None;
        }
        let is_first = self.trees.is_none();
        let mut inverted = trees.inverted.clone();
        inverted.open_as(&self.bottom_up.tree);
        self.bottom_up.tree = inverted;
        self.bottom_up.cursor = None;
        if is_first && let Some(root) = trees.tree.roots().next() {
            self.call_tree.outline.open_heaviest(&trees.tree, root);
        }
        let zoom =
            self.flame_view.zip(self.trees()).and_then(|(view, trees)| Zoom::of(trees, &view));
        let width_px = self.flame_view.map_or(1000.0, |view| view.width_px);
        self.flame_view = zoom.and_then(|zoom| zoom.in_answer(&trees, width_px));
        self.glide = None;
        let before = self.trees.replace((question, trees));
        self.refresh_rows();
        self.find_places();
        before.map(|(_, trees)| trees)
    }

    /// Picks the next slice that the search finds, in the order of lanes and time. Whether there
    /// is one; linear in the slices between.
    fn step_slice_hit(&mut self, step: isize) -> bool {
        let profile = Arc::clone(&self.document.profile);
        let names = profile.slices().names();
        let Some(functions) = self.search.functions().filter(|_| !names.is_empty()) else {
            return false;
        };
        let n = names.len();
        let from = match self.picked {
            Picked::Slice(slice) => slice.index(),
            _ if step > 0 => n - 1,
            _ => 0,
        };
        let at = |distance: usize| {
            if step > 0 { (from + distance) % n } else { (from + n - distance) % n }
        };
        let Some(hit) = (1..=n).map(at).find(|&at| functions.contains(names[at])) else {
            return false;
        };
        let slice = SliceId::from_index(hit);
        self.pick(Picked::Slice(slice));
        self.show_track_of(slice);
        true
    }

    /// Picks something in all views.
    pub fn pick(&mut self, picked: Picked) {
        self.picked = picked;
        self.sandwich.turn_to(self.picked_function());
        self.source.turn_to(self.picked_function());
        self.assembly.turn_to(self.picked_function());
        self.find_picked_rows();
        self.find_slice_rows();
    }

    /// The function that is picked, if any.
    pub fn picked_function(&self) -> Option<FunctionId> {
        match self.picked {
            Picked::Nothing => None,
            Picked::Path(path) | Picked::Sample(path, _) => Some(self.base.paths.function(path)),
            Picked::Function(function) => Some(function),
            Picked::Slice(slice) => Some(self.document.profile.slices().name(slice)),
            Picked::Marker(marker) => Some(self.document.profile.markers().name(marker)),
        }
    }

    /// The call path that is picked, if any.
    pub fn picked_path(&self) -> Option<PathId> {
        match self.picked {
            Picked::Path(path) | Picked::Sample(path, _) => Some(path),
            Picked::Slice(slice) => self.base.paths.of_slice(slice),
            Picked::Nothing | Picked::Function(_) | Picked::Marker(_) => None,
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

    /// Searches for another text, in the worker.
    pub fn set_search(&mut self, text: String) {
        self.search.text = text;
        self.search.hit = 0;
        self.search.steps_ahead = None;
    }

    /// Lets keys act on a view, and on its axis if it has one.
    pub fn focus(&mut self, view: View) {
        self.layout.active = view;
        self.keys_on_time = false;
        match view {
            View::FlameGraph => self.axis = Axis::Weight,
            View::FlameChart | View::HeatMap => self.axis = Axis::Time,
            View::Sandwich => self.axis = Axis::of_half(Half::Callees),
            View::CallTree
            | View::BottomUp
            | View::Functions
            | View::Source
            | View::Assembly
            | View::Slices
            | View::Distribution
            | View::Report => {}
        }
    }

    /// Whether the file may say more of what is picked, and nobody has looked.
    pub fn wants_details(&self) -> bool {
        matches!(self.picked, Picked::Slice(_) | Picked::Marker(_) | Picked::Sample(..))
            && self.reading.is_none()
            && self.details.as_ref().is_none_or(|(picked, _)| *picked != self.picked)
    }

    /// What is to be listed, if that is not what is listed.
    pub fn wanted(&self) -> Option<Wanted> {
        let (question, _) = self.trees.as_ref()?;
        let is_listed = self.listed.as_ref().is_some_and(|listed| {
            listed.search == self.search.text
                && listed.sort == self.functions.sort
                && listed.question == *question
        });
        let sort = self.functions.sort;
        (!is_listed).then(|| Wanted {
            question: question.clone(),
            search: self.search.text.clone(),
            sort,
        })
    }

    /// Takes what a job has listed.
    pub fn take_listing(&mut self, of: &Arc<Trees>, wanted: Wanted, listing: Listing) {
        self.is_listing = false;
        // Better names have come since: functions and paths have other ids.
        if !self.trees.as_ref().is_some_and(|(_, trees)| Arc::ptr_eq(trees, of)) {
            return;
        }
        match listing.found {
            Ok(found) => {
                self.search.found = found;
                self.search.error = None;
            }
            Err(error) => self.search.error = Some(error),
        }
        self.functions.rows = listing.functions;
        self.find_picked_rows();
        self.listed = Some(wanted);
        if self.wanted().is_none()
            && let Some(step) = self.search.steps_ahead.take()
        {
            self.step_hit(step);
        }
    }

    /// Picks the hit of the search that is `step` further in the call tree, as soon as the hits
    /// are known.
    pub fn step_hit(&mut self, step: isize) {
        if self.wanted().is_some() {
            self.search.steps_ahead = Some(step);
            return;
        }
        if self.axis == Axis::Time && self.step_slice_hit(step) {
            return;
        }
        let found = Arc::clone(&self.search.found);
        let Ok(n_hits) = isize::try_from(found.hits.len()) else { return };
        if n_hits == 0 {
            return;
        }
        let at_hit =
            self.picked_path().is_some_and(|path| found.hits.get(self.search.hit) == Some(&path));
        let hit = isize::try_from(self.search.hit).unwrap_or_default();
        let hit = if at_hit { (hit + step).rem_euclid(n_hits) } else { hit.min(n_hits - 1) };
        self.search.hit = hit.unsigned_abs();
        let path = found.hits[self.search.hit];
        self.pick(Picked::Path(path));
        if let Some(trees) = self.trees.as_ref().map(|(_, trees)| Arc::clone(trees))
            && let Some(node) = trees.tree.node_of_path(path)
        {
            self.call_tree.outline.open_to(&trees.tree, node);
            self.refresh_rows();
        }
    }
}
