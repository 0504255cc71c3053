//! The sandwich: which function is between its callers and its callees, and what is picked there.

use std::ops::Range;
use std::sync::{Arc, Weak};

use rview_core::{AxisView, FunctionId, MergedTree, Sandwich};

use super::{Picked, Session, Step, TabId, View};
use crate::analysis::Trees;
use crate::command::InSandwich;
use crate::navigate::Axis;
use crate::worker::Worker;

/// What called a function, or what it called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Half {
    /// What called it.
    Callers,
    /// What it called.
    Callees,
}

impl Half {
    /// This half of a sandwich.
    pub fn of(self, sandwich: &Sandwich) -> &MergedTree {
        match self {
            Self::Callers => &sandwich.callers,
            Self::Callees => &sandwich.callees,
        }
    }
}

/// A function between its callers and its callees.
#[derive(Debug, Default)]
pub struct SandwichView {
    /// The function that was picked last.
    function: Option<FunctionId>,
    /// What was found, of which function, in which answer.
    answer: Option<(Weak<Trees>, FunctionId, Arc<Sandwich>)>,
    is_asked: bool,
    /// The box that is picked, of which the root is the function itself.
    pub cursor: Option<(Half, usize)>,
    /// Whether direct callers and callees are shown as tables.
    pub shows_tables: bool,
    views: [Option<AxisView>; 2],
}

impl SandwichView {
    /// Shows another function, if there is one.
    pub(super) fn turn_to(&mut self, function: Option<FunctionId>) {
        self.cursor = None;
        if let Some(function) = function
            && self.function != Some(function)
        {
            self.function = Some(function);
            self.views = [None; 2];
        }
    }

    /// Follows the function to its new id; what was found is of the old ones.
    pub(super) fn follow(&mut self, renamed: impl Fn(FunctionId) -> Option<FunctionId>) {
        let function = self.function.and_then(renamed);
        *self = Self {
            function,
            shows_tables: self.shows_tables,
            is_asked: self.is_asked,
            ..Self::default()
        };
    }

    /// What is shown.
    pub fn shown(&self) -> Option<&Sandwich> {
        self.answer.as_ref().map(|(_, _, sandwich)| &**sandwich)
    }

    /// The function of what is shown.
    pub fn function(&self) -> Option<FunctionId> {
        self.answer.as_ref().map(|(_, function, _)| *function)
    }

    /// Half of what is shown.
    pub fn tree(&self, half: Half) -> Option<&MergedTree> {
        self.shown().map(|sandwich| half.of(sandwich))
    }

    /// All of the axis of a half, never empty.
    pub fn bounds(&self, half: Half) -> Range<i64> {
        0..self.tree(half).map_or(1, |tree| tree.flame().width()).max(1)
    }

    /// The part of a half on screen; `None` is all of it.
    pub fn view(&self, half: Half) -> Option<AxisView> {
        self.views[half as usize]
    }

    /// Sets the part of a half on screen.
    pub fn set_view(&mut self, half: Half, view: Option<AxisView>) {
        self.views[half as usize] = view;
    }
}

impl Session {
    /// Takes what a job has found, unless there is another answer by now: functions may have other
    /// ids in it.
    pub(super) fn take_sandwich(
        &mut self,
        trees: &Arc<Trees>,
        of: FunctionId,
        found: Arc<Sandwich>,
    ) {
        let sandwich = &mut self.sandwich;
        sandwich.is_asked = false;
        if self.trees.as_ref().is_some_and(|(_, shown)| Arc::ptr_eq(shown, trees)) {
            sandwich.answer = Some((Arc::downgrade(trees), of, found));
            sandwich.views = [None; 2];
            sandwich.cursor = None;
        }
    }

    /// The function to show: the one that was picked last, else the heaviest.
    fn sandwiched(&self) -> Option<FunctionId> {
        self.sandwich.function.or_else(|| self.functions.rows.first().copied())
    }

    /// Starts the job that finds callers and callees, if they are on screen and not found.
    pub(super) fn ask_for_sandwich(&mut self, tab: TabId, worker: &mut Worker) {
        if self.sandwich.is_asked || !self.layout.shows(View::Sandwich) {
            return;
        }
        let Some((function, (_, trees))) = self.sandwiched().zip(self.trees.as_ref()) else {
            return;
        };
        let is_answered = self.sandwich.answer.as_ref().is_some_and(|(answer, of, _)| {
            *of == function && answer.ptr_eq(&Arc::downgrade(trees))
        });
        if !is_answered {
            self.sandwich.is_asked = true;
            worker.find_callers(tab, trees, function);
        }
    }

    pub(super) fn change_sandwich(&mut self, change: InSandwich) {
        match change {
            InSandwich::Pick(half, row) => self.pick_in_sandwich(half, row),
            InSandwich::PickCall(function) => self.pick_beside(Picked::Function(function), None),
            InSandwich::View(half, view) => {
                self.glide = None;
                self.sandwich.set_view(half, view);
            }
            InSandwich::ToggleTables => self.sandwich.shows_tables = !self.sandwich.shows_tables,
        }
    }

    /// Picks the function of a box in all views, but leaves the sandwich as it is.
    fn pick_in_sandwich(&mut self, half: Half, row: usize) {
        let Some(tree) = self.sandwich.tree(half).filter(|tree| row < tree.len()) else { return };
        self.pick_beside(Picked::Function(tree.function(row)), Some((half, row)));
        self.axis = Axis::of_half(half);
    }

    fn pick_beside(&mut self, picked: Picked, cursor: Option<(Half, usize)>) {
        let (function, views) = (self.sandwich.function(), self.sandwich.views);
        self.pick(picked);
        self.sandwich.function = function;
        self.sandwich.views = views;
        self.sandwich.cursor = cursor;
    }

    /// Up goes to what is above, down to what is below, left and right along the row. The function
    /// is between its callers and its callees.
    pub(super) fn step_in_sandwich(&mut self, step: Step) {
        let (half, row) = self.sandwich.cursor.unwrap_or((Half::Callees, 0));
        let Some(tree) = self.sandwich.tree(half).filter(|tree| !tree.is_empty()) else { return };
        let (half, tree) = match step {
            Step::Up if row == 0 => (Half::Callers, self.sandwich.tree(Half::Callers)),
            Step::Down if row == 0 => (Half::Callees, self.sandwich.tree(Half::Callees)),
            _ => (half, Some(tree)),
        };
        let Some(tree) = tree else { return };
        let is_outward = (step == Step::Up) == (half == Half::Callers);
        let next = match step {
            _ if self.sandwich.cursor.is_none() => Some(0),
            Step::Up | Step::Down if is_outward => tree.first_child(row),
            Step::Up | Step::Down => tree.parent(row),
            Step::Left | Step::Right => beside(tree, row, step),
        };
        if let Some(next) = next {
            self.pick_in_sandwich(half, next);
        }
    }
}

/// The box left or right of one.
fn beside(tree: &MergedTree, row: usize, step: Step) -> Option<usize> {
    let boxes = tree.flame().row(tree.depth(row));
    let at = tree.flame().place_in_row(u32::try_from(row).ok()?);
    let next = if step == Step::Left { at.checked_sub(1)? } else { at + 1 };
    boxes.get(next).map(|&row| row as usize)
}
