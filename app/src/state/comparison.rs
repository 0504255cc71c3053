//! A tab that compares two others: what is asked of it, what is picked in it, where its views
//! are.

mod charts;
mod instances;
mod rows;
mod sides;
mod source;
mod timelines;

use std::sync::Arc;

use rview_core::diff::{By, Mode, NameRule, PairCalls, Rename};
use rview_core::search::SearchError;
use rview_core::{AxisView, PairId, PairNodeId, SliceId};

pub use charts::bounds as chart_bounds;
pub use instances::{InstanceKey, InstanceRows};
pub use rows::{DeltaKey, DeltaSort, Extent, change_of_share, shares};
pub use sides::Side;
pub use source::SourceLines;

use charts::followed;

use crate::command::{Command, Compare, InSource};
use crate::comparison::{Compared, Layout, Source, Wanted};
use crate::state::{Step, View};

/// A view of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ComparisonView {
    /// A row for each function.
    #[default]
    Delta,
    /// One flame graph of both sides.
    DiffFlame,
    /// A flame graph of each side.
    SideBySide,
    /// A function between what called it and what it called.
    Sandwich,
    /// The lines of the file of a function.
    Source,
    /// The timeline of each side, one above the other.
    Timelines,
    /// The slices of a name, one by one.
    Instances,
}

impl ComparisonView {
    /// Every view, in the order of its tab and key.
    pub const ALL: [Self; 7] = [
        Self::Delta,
        Self::DiffFlame,
        Self::SideBySide,
        Self::Sandwich,
        Self::Source,
        Self::Timelines,
        Self::Instances,
    ];

    /// What its tab says.
    pub fn title(self) -> &'static str {
        match self {
            Self::Delta => "Delta table",
            Self::DiffFlame => "Differential flame graph",
            Self::SideBySide => "Side by side",
            Self::Sandwich => "Sandwich",
            Self::Source => "Source",
            Self::Timelines => "Timelines",
            Self::Instances => "Slices",
        }
    }

    /// Whether what it shows is in times, and nothing is divided.
    pub fn is_of_time(self) -> bool {
        matches!(self, Self::Timelines | Self::Instances)
    }

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delta => "delta",
            Self::DiffFlame => "diff-flame",
            Self::SideBySide => "side-by-side",
            Self::Sandwich => "sandwich-diff",
            Self::Source => "source-diff",
            Self::Timelines => "timelines",
            Self::Instances => "slice-diff",
        }
    }
}

/// What all views of a comparison highlight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PickedPair {
    /// Nothing.
    #[default]
    Nothing,
    /// A function, wherever it was called from.
    Function(PairId),
    /// A call path.
    Node(PairNodeId),
}

/// A comparison of two recordings.
pub struct Comparison {
    /// A and B.
    pub sides: [Side; 2],
    /// How they are to be compared.
    pub wanted: Wanted,
    /// The latest answer.
    pub compared: Option<Arc<Compared>>,
    /// Why there is none.
    pub refused: Option<String>,
    /// What a job is working on, and how often sides had changed then.
    pub(super) asked: Option<(Wanted, u64)>,
    /// What the latest answer is to, the same way.
    pub(super) answered: Option<(Wanted, u64)>,
    /// How often a side has changed.
    pub(super) version: u64,
    /// A job has panicked: nothing more is asked of the worker.
    pub is_broken: bool,
    /// The view in front.
    pub view: ComparisonView,
    /// Whether functions are listed by what they weigh alone or with all they call.
    pub by: By,
    /// By what boxes of the differential flame graph are as wide as they are.
    pub layout: Layout,
    /// What chance alone may explain is shown like what has not changed.
    pub hides_chance: bool,
    /// The order of the table.
    pub sort: DeltaSort,
    /// The rows of the table.
    pub rows: Vec<PairId>,
    /// How large the numbers of the table are.
    pub extent: Extent,
    /// The row that is picked.
    pub picked_row: Option<usize>,
    /// What is picked.
    pub picked: PickedPair,
    /// What is searched for, as typed.
    pub search: String,
    /// By function: whether it is found; `None` where nothing is searched for.
    pub found: Option<Vec<bool>>,
    /// What is wrong with the search.
    pub search_error: Option<SearchError>,
    /// The part of the differential flame graph on screen.
    pub flame_view: Option<AxisView>,
    /// The parts of the flame graphs of A and B on screen.
    pub side_views: [Option<AxisView>; 2],
    /// Which of the two keys act on.
    pub front_side: usize,
    /// The slices of a name, one by one.
    pub instances: InstanceRows,
    /// The function of the sandwich, with its calls.
    pub calls: Option<(PairId, PairCalls)>,
    /// The lines of the file of a function.
    pub source: SourceLines,
    /// The slice of one side whose counterpart is to be picked on the other.
    pub(super) counterpart_of: Option<(usize, SliceId)>,
}

impl Comparison {
    /// A comparison of two tabs that may still be loading.
    pub fn new(sides: [Side; 2]) -> Self {
        Self {
            sides,
            wanted: Wanted::default(),
            compared: None,
            refused: None,
            asked: None,
            answered: None,
            version: 0,
            is_broken: false,
            view: ComparisonView::default(),
            by: By::default(),
            layout: Layout::default(),
            hides_chance: true,
            sort: DeltaSort::default(),
            rows: Vec::new(),
            extent: Extent::default(),
            picked_row: None,
            picked: PickedPair::Nothing,
            search: String::new(),
            found: None,
            search_error: None,
            flame_view: None,
            side_views: [None; 2],
            front_side: 0,
            instances: InstanceRows::default(),
            calls: None,
            source: SourceLines::default(),
            counterpart_of: None,
        }
    }

    /// What its tab is called.
    pub fn name(&self) -> String {
        let [a, b] = self.sides.each_ref().map(|side| &*side.name);
        format!("{a} → {b}")
    }

    /// Whether what is on screen answers an earlier question.
    pub fn is_stale(&self) -> bool {
        !self.is_broken && self.refused.is_none() && self.answered != Some(self.question())
    }

    pub(super) fn question(&self) -> (Wanted, u64) {
        (self.wanted.clone(), self.version)
    }

    /// Takes an answer. Gives back the answer before.
    pub(super) fn take(
        &mut self,
        question: (Wanted, u64),
        answer: Result<Arc<Compared>, String>,
    ) -> Option<Arc<Compared>> {
        if self.asked.as_ref() == Some(&question) {
            self.asked = None;
        }
        if question.1 != self.version {
            // Of other recordings.
            return answer.ok();
        }
        let is_refused = answer.is_err();
        self.answered = Some(question);
        let (answer, refused) = match answer {
            Ok(compared) => (Some(compared), None),
            Err(why) => (None, Some(why)),
        };
        let before = std::mem::replace(&mut self.compared, answer);
        self.refused = refused;
        if !is_refused {
            self.follow(before.as_deref());
        }
        self.calls = None;
        if let Some(compared) = &self.compared {
            self.source.refresh(&compared.basis);
        }
        self.refresh();
        self.find_calls();
        if self.view == ComparisonView::Instances {
            self.show_instances();
        }
        let instances = |of: Option<&Compared>| {
            let (_, found) = of?.instances.as_ref()?;
            Some(Arc::as_ptr(found))
        };
        if instances(before.as_deref()) != instances(self.compared.as_deref()) {
            self.refresh_instances();
        }
        before
    }

    /// Finds what is picked and what is on screen in a new answer, by name.
    fn follow(&mut self, before: Option<&Compared>) {
        let (Some(now), Some(before)) = (self.compared.clone(), before) else { return };
        let (new, old) = (&now.paired, &before.paired);
        if Arc::ptr_eq(new, old) {
            // Only what weights are compared as is new, and with it the layout of both.
            if self.layout == Layout::Both {
                self.flame_view = followed(before, (&now, Layout::Both), self.flame_view);
            }
            return;
        }
        self.picked = match self.picked {
            PickedPair::Nothing => PickedPair::Nothing,
            PickedPair::Function(pair) => {
                new.function_like(old, pair).map_or(PickedPair::Nothing, PickedPair::Function)
            }
            PickedPair::Node(node) => {
                new.node_like(old, node).map_or(PickedPair::Nothing, PickedPair::Node)
            }
        };
        self.flame_view = followed(before, (&now, self.layout), self.flame_view);
        // Zoomed graphs of both sides show the same box.
        let front = Layout::of_side(self.front_side);
        let view = followed(before, (&now, front), self.side_views[self.front_side]);
        self.set_side_view(self.front_side, view);
    }

    /// Turns the two sides round.
    fn swap(&mut self) {
        self.sides.swap(0, 1);
        self.wanted.renames.iter_mut().for_each(|rename| rename.of.reverse());
        self.version += 1;
        self.refused = None;
    }

    /// Applies a command that concerns this tab; gives back any other.
    pub(super) fn update(&mut self, command: Command) -> Option<Command> {
        match command {
            jump @ Command::Compare(Compare::JumpTo(_)) => return Some(jump),
            Command::Compare(compare) => self.update_own(compare),
            Command::SetSearch(text) => {
                self.search = text;
                self.refresh();
            }
            Command::ShowView(view) => {
                // What has these keys in a file; slices are fourth here.
                match view {
                    View::FlameGraph => self.view = ComparisonView::Delta,
                    View::FlameChart => self.view = ComparisonView::DiffFlame,
                    View::CallTree => self.view = ComparisonView::SideBySide,
                    View::Sandwich => self.update_own(Compare::View(ComparisonView::Sandwich)),
                    View::BottomUp => self.update_own(Compare::View(ComparisonView::Instances)),
                    View::Source => self.update_own(Compare::View(ComparisonView::Source)),
                    View::Functions => self.update_own(Compare::View(ComparisonView::Timelines)),
                    _ => {}
                }
            }
            Command::Step(step) => self.step(step),
            Command::StepHit(step) => {
                self.step_rows(step);
                self.reveal();
            }
            Command::Source(InSource::StepCostly(step)) => self.step_changed_line(step),
            Command::ResetZoom => self.reset_zoom(),
            Command::FramePicked => self.frame_picked(),
            Command::Zoom(factor) => self.zoom(factor),
            Command::Pan(share) => self.pan(share),
            Command::Ask(crate::command::Ask::StepMeasure(step)) => self.step_measure(step),
            other => return Some(other),
        }
        None
    }

    fn update_own(&mut self, compare: Compare) {
        match compare {
            Compare::Swap => self.swap(),
            Compare::Measure(name) => self.wanted.measure = Some(name),
            Compare::Mode(mode) => self.wanted.mode = mode,
            Compare::ToggleRule(rule) => self.toggle_rule(rule),
            Compare::AcceptRename(of) => self.accept_rename(of),
            Compare::UndoRename(at) => {
                if at < self.wanted.renames.len() {
                    self.wanted.renames.remove(at);
                }
            }
            Compare::View(view) => {
                self.view = view;
                self.find_calls();
                if view == ComparisonView::Instances {
                    self.show_instances();
                }
            }
            Compare::Line(row) => self.source.picked = Some(row),
            Compare::Slice(name) => self.wanted.slice = Some(name),
            Compare::SortInstances(key, ascending) => {
                (self.instances.key, self.instances.ascending) = (key, ascending);
                self.refresh_instances();
            }
            Compare::PickInstance(row) => self.instances.picked = Some(row),
            Compare::By(by) => {
                self.by = by;
                self.refresh();
            }
            Compare::Layout(layout) => {
                if let Some(compared) = self.compared.clone() {
                    let zoom = self.flame_view.and_then(|view| {
                        charts::Zoom::of(&compared, self.layout, &view)?.seen(&compared, layout)
                    });
                    self.flame_view = zoom;
                }
                self.layout = layout;
            }
            Compare::ToggleChance => self.hides_chance = !self.hides_chance,
            Compare::Sort(sort) => {
                self.sort = sort;
                self.refresh();
            }
            Compare::Pick(picked) => self.pick(picked),
            Compare::SetFlameView(view) => self.flame_view = view,
            Compare::SetSideView(side, view) => self.set_side_view(side, view),
            Compare::FrontSide(side) => self.front_side = side,
            Compare::Choose
            | Compare::Offer
            | Compare::Tabs(_)
            | Compare::Inputs(_)
            | Compare::ShowIn(_)
            | Compare::InSide(..)
            | Compare::JumpTo(_) => {}
        }
    }

    /// Lets names differ in something, or no more.
    fn toggle_rule(&mut self, rule: NameRule) {
        let is_on = |it: &NameRule| self.wanted.rules.contains(it) != (*it == rule);
        self.wanted.rules = NameRule::ALL.into_iter().filter(is_on).collect();
    }

    /// Takes a gone and a new function for one.
    fn accept_rename(&mut self, of: [PairId; 2]) {
        let Some(compared) = &self.compared else { return };
        // A click on what another answer has replaced.
        if of.iter().any(|pair| pair.index() >= compared.paired.functions.len()) {
            return;
        }
        let names = of.map(|pair| compared.paired.function_names(pair));
        if let [[a], [b]] = names.each_ref().map(|names| &names[..]) {
            self.wanted.renames.push(Rename { of: [a.clone(), b.clone()] });
        }
    }

    fn step_measure(&mut self, step: isize) {
        let Some(compared) = &self.compared else { return };
        let (measures, at) = (&compared.paired.measures, compared.paired.at);
        let (Ok(n), Ok(at)) = (isize::try_from(measures.len()), isize::try_from(at)) else {
            return;
        };
        if let Some(measure) = measures.get((at + step).rem_euclid(n.max(1)).unsigned_abs()) {
            self.wanted.measure = Some(measure.name().to_owned());
        }
    }

    /// Picks something in all views.
    pub(super) fn pick(&mut self, picked: PickedPair) {
        self.picked = picked;
        self.find_picked_row();
        self.find_calls();
    }

    /// Finds the calls of what is picked, or of what changed most, where they are shown.
    fn find_calls(&mut self) {
        let Some(compared) = &self.compared else { return };
        if self.view != ComparisonView::Sandwich {
            return;
        }
        let function = self.picked_function().or(self.rows.first().copied());
        let Some(function) = function else { return };
        if self.calls.as_ref().is_none_or(|(of, _)| *of != function) {
            let calls = PairCalls::new(&compared.paired.tree, function, &compared.basis);
            self.calls = Some((function, calls));
        }
    }

    /// The function that is picked.
    pub fn picked_function(&self) -> Option<PairId> {
        match self.picked {
            PickedPair::Nothing => None,
            PickedPair::Function(pair) => Some(pair),
            PickedPair::Node(node) => Some(self.compared.as_ref()?.paired.tree.function(node)),
        }
    }

    /// The node that is picked.
    pub fn picked_node(&self) -> Option<PairNodeId> {
        match self.picked {
            PickedPair::Node(node) => Some(node),
            PickedPair::Nothing | PickedPair::Function(_) => None,
        }
    }

    /// Whether a rate can be told: both recordings say how long they lasted.
    pub fn is_timed(&self) -> bool {
        let duration = |side: &Side| side.source.as_ref().map_or(0, Source::duration_ns);
        self.sides.iter().all(|side| duration(side) > 0)
    }

    /// What weights are compared as.
    pub fn mode(&self) -> &Mode {
        &self.wanted.mode
    }

    /// Picks what is beside what is picked.
    fn step(&mut self, step: Step) {
        match self.view {
            ComparisonView::Delta | ComparisonView::Sandwich => match step {
                Step::Up => self.step_rows(-1),
                Step::Down => self.step_rows(1),
                Step::Left | Step::Right => {}
            },
            ComparisonView::DiffFlame | ComparisonView::SideBySide => self.step_in_chart(step),
            ComparisonView::Source => match step {
                Step::Up => self.source.step(-1),
                Step::Down => self.source.step(1),
                Step::Left | Step::Right => {}
            },
            // Keys go to the file of one side.
            ComparisonView::Timelines => {}
            ComparisonView::Instances => match step {
                Step::Up => self.step_instances(-1),
                Step::Down => self.step_instances(1),
                Step::Left | Step::Right => {}
            },
        }
    }
}
