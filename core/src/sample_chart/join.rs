//! Stacks side by side joined to boxes.

use std::ops::Range;

use super::StackBox;
use super::cells::Representative;
use super::paths::Paths;
use crate::AxisView;

/// Takes stacks from left to right; where neighbours start with the same functions, these
/// become one box each.
pub(super) struct Joiner<'a> {
    paths: &'a Paths,
    view: &'a AxisView,
    /// The rows that are asked for.
    depths: Range<u32>,
    out: &'a mut Vec<StackBox>,
    /// The boxes that may go on, by depth.
    open: Vec<Open>,
    /// The part of a new stack that the one before does not have, leaf first.
    new: Vec<u32>,
    /// Where the last stack ended on screen.
    last_x1: f64,
}

struct Open {
    row: u32,
    x0: f64,
    n: u64,
    /// How many samples go through it.
    through: f64,
}

/// A gap of less than this is not seen.
const GAP_PX: f64 = 1.0;

impl<'a> Joiner<'a> {
    pub(super) fn new(
        paths: &'a Paths,
        view: &'a AxisView,
        depths: Range<u32>,
        out: &'a mut Vec<StackBox>,
    ) -> Self {
        Self {
            paths,
            view,
            depths,
            out,
            open: Vec::new(),
            new: Vec::new(),
            last_x1: f64::NEG_INFINITY,
        }
    }

    /// The stack that represents `n` samples.
    pub(super) fn stack(&mut self, range_ns: Range<i64>, n: usize, shown: &Representative) {
        let x0 = self.view.px_of(range_ns.start);
        let x1 = self.view.px_of(range_ns.end);
        if x0 - self.last_x1 >= GAP_PX {
            self.close(0, self.last_x1);
        }
        let mut row = shown.leaf;
        while row != 0 && !self.is_open(row) {
            self.new.push(row);
            row = self.paths.parent(row);
        }
        self.close(self.paths.depth(row) as usize, x0);
        let opened = self.new.drain(..).rev();
        self.open.extend(opened.map(|row| Open { row, x0, n: 0, through: 0.0 }));
        let all = n as f64;
        let mut rest = self.open.as_mut_slice();
        let mut done = 0;
        for (to, share) in shown.steps() {
            let here = (to.max(done) - done) as usize;
            let (step, deeper) = rest.split_at_mut(here.min(rest.len()));
            for open in step {
                open.n += n as u64;
                open.through += all * f64::from(share);
            }
            rest = deeper;
            done = to.max(done);
        }
        // At least a pixel; if the next stack needs the room, it takes it.
        self.last_x1 = x1.max(x0 + 1.0);
    }

    pub(super) fn finish(mut self) {
        self.close(0, f64::INFINITY);
    }

    fn is_open(&self, row: u32) -> bool {
        let depth = self.paths.depth(row) as usize;
        self.open.get(depth - 1).is_some_and(|open| open.row == row)
    }

    /// Gives out the boxes beyond a depth, not farther than `limit`.
    fn close(&mut self, depth: usize, limit: f64) {
        let x1 = self.last_x1.min(limit);
        for (open, depth) in self.open.drain(depth..).zip(depth..) {
            let is_asked = u32::try_from(depth).is_ok_and(|depth| self.depths.contains(&depth));
            if !is_asked || x1 <= 0.0 || open.x0 >= self.view.width_px {
                continue;
            }
            let x0 = self.view.clamped(open.x0);
            self.out.push(StackBox {
                depth: u32::try_from(depth).unwrap_or(u32::MAX),
                x0,
                x1: self.view.clamped(x1).max(x0.next_up()),
                path: self.paths.path(open.row),
                n: u32::try_from(open.n).unwrap_or(u32::MAX),
                share: share(open.through, open.n),
            });
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a share needs no 64 bits")]
fn share(through: f64, n: u64) -> f32 {
    (through / n as f64) as f32
}
