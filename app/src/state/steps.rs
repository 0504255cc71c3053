//! Arrow keys: from what is picked to what is beside it, in the view that keys act on.

use rview_core::{NodeId, SliceId};

use super::{Picked, Session, View};
use crate::settings::Direction;

/// Which way an arrow key points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Up.
    Up,
    /// Down.
    Down,
    /// Left.
    Left,
    /// Right.
    Right,
}

impl Step {
    /// Rows a table goes down by.
    fn rows(self) -> isize {
        match self {
            Self::Up => -1,
            Self::Down => 1,
            Self::Left | Self::Right => 0,
        }
    }
}

impl Session {
    /// Picks what is beside what is picked; `direction` is the way flame graphs grow.
    pub fn step(&mut self, step: Step, direction: Direction) {
        match self.layout.active {
            _ if self.keys_on_time && matches!(self.picked, Picked::Slice(_)) => {
                self.step_in_time(step);
            }
            View::CallTree => self.step_in_call_tree(step),
            View::BottomUp => self.step_in_bottom_up(step),
            View::Functions => {
                let next = next_row(&self.functions.rows, self.picked_rows.functions, step);
                if let Some(&function) = next {
                    self.pick(Picked::Function(function));
                }
            }
            View::Slices => {
                let (rows, at) = (&self.slices.list.rows, self.slices.picked_row);
                self.pick_slice(next_row(rows, at, step).copied());
            }
            View::Distribution => {
                let (rows, at) = (self.distribution.longest(), self.distribution.picked_row);
                self.pick_slice(next_row(rows, at, step).copied());
            }
            View::Source => {
                self.step_in_source(step);
                self.follow_line();
            }
            View::Assembly => self.step_in_assembly(step),
            View::Sandwich => self.step_in_sandwich(step),
            View::HeatMap => self.step_in_heat_map(step, false),
            View::FlameChart => self.step_in_time(step),
            View::FlameGraph => self.step_in_flame_graph(match (step, direction) {
                (Step::Up, Direction::Flame) => Step::Down,
                (Step::Down, Direction::Flame) => Step::Up,
                (step, _) => step,
            }),
            View::Report => {}
        }
    }

    /// The same, and selects what is between where that can be selected.
    pub fn extend(&mut self, step: Step, direction: Direction) {
        if self.layout.active == View::HeatMap && !self.keys_on_time {
            self.step_in_heat_map(step, true);
        } else {
            self.step(step, direction);
        }
    }

    /// Right opens a row, then goes into it; left closes a row, then goes to its caller.
    fn step_in_call_tree(&mut self, step: Step) {
        let Some((_, trees)) = &self.trees else { return };
        let tree = &trees.tree;
        let rows = &self.call_tree.rows;
        let picked = self.picked_path().and_then(|path| tree.node_of_path(path));
        let at = self.picked_rows.call_tree;
        let Some(node) = picked.filter(|_| at.is_some()) else {
            self.pick_node(rows.first().copied());
            return;
        };
        let path = tree.path(node);
        let is_open = self.call_tree.outline.is_open(path);
        let has_callees = tree.subtree(node).len() > 1;
        match step {
            Step::Right if has_callees && !is_open => self.toggle_node(path),
            Step::Right if has_callees => self.pick_node(next_row(rows, at, Step::Down).copied()),
            Step::Left if has_callees && is_open => self.toggle_node(path),
            Step::Left => self.pick_node(tree.parent(node)),
            _ => self.pick_node(next_row(rows, at, step).copied()),
        }
    }

    fn step_in_bottom_up(&mut self, step: Step) {
        let tree = &self.bottom_up.tree;
        let rows = &self.bottom_up.rows;
        let at = self.picked_rows.bottom_up;
        let Some(node) = at.map(|at| rows[at]) else {
            if let Some(&first) = rows.first() {
                self.pick_inverted(first);
            }
            return;
        };
        match step {
            Step::Right if tree.has_callers(node) && !tree.is_open(node) => {
                self.toggle_inverted(node);
            }
            Step::Left if tree.is_open(node) => self.toggle_inverted(node),
            Step::Left => {
                if let Some(parent) = tree.parent(node) {
                    self.pick_inverted(parent);
                }
            }
            Step::Right if !tree.is_open(node) => {}
            _ => {
                let down = if step == Step::Right { Step::Down } else { step };
                if let Some(&next) = next_row(rows, at, down) {
                    self.pick_inverted(next);
                }
            }
        }
    }

    /// Up goes to the caller, down to the heaviest callee, left and right along the row.
    fn step_in_flame_graph(&mut self, step: Step) {
        let Some((_, trees)) = &self.trees else { return };
        let tree = &trees.tree;
        let Some(node) = self.picked_path().and_then(|path| tree.node_of_path(path)) else {
            let root = tree.roots().next();
            self.pick_node(root);
            return;
        };
        let next = match step {
            Step::Up => tree.parent(node),
            Step::Down => tree.children(node).next(),
            Step::Left | Step::Right => {
                let row = trees.flame.row(tree.depth(node) as usize);
                let at = trees.flame.place_in_row(node.raw());
                let next = if step == Step::Left { at.checked_sub(1) } else { Some(at + 1) };
                next.and_then(|at| row.get(at)).map(|&node| NodeId::from_index(node as usize))
            }
        };
        self.pick_node(next);
    }

    /// Up goes to the slice around it, down to the first one in it, left and right along the
    /// lane.
    fn step_in_time(&mut self, step: Step) {
        let Picked::Slice(slice) = self.picked else { return };
        let slices = self.document.profile.slices();
        let lane = slices.lane_slices(slices.lane_of(slice));
        let next = match step {
            Step::Up => slices.parent(slice),
            Step::Down => slices.first_child(slice),
            Step::Left => slice.index().checked_sub(1).filter(|&at| at >= lane.start).map(slice_at),
            Step::Right => Some(slice.index() + 1).filter(|&at| at < lane.end).map(slice_at),
        };
        if let Some(next) = next {
            self.pick(Picked::Slice(next));
        }
    }

    fn pick_slice(&mut self, slice: Option<SliceId>) {
        if let Some(slice) = slice {
            self.pick(Picked::Slice(slice));
            self.show_track_of(slice);
        }
    }

    fn pick_node(&mut self, node: Option<NodeId>) {
        if let Some((node, (_, trees))) = node.zip(self.trees.as_ref()) {
            self.pick(Picked::Path(trees.tree.path(node)));
        }
    }
}

fn slice_at(index: usize) -> SliceId {
    SliceId::from_index(index)
}

/// The row above or below one; the first when there is none.
fn next_row<T>(rows: &[T], at: Option<usize>, step: Step) -> Option<&T> {
    let last = rows.len().saturating_sub(1);
    rows.get(at.map_or(0, |at| at.saturating_add_signed(step.rows()).min(last)))
}
