//! What decides which boxes become one run.

use super::BoxRun;
use super::grid::PixelGrid;
use crate::AxisView;
use crate::view::difference;

/// Takes the boxes of a row from left to right and gives out runs.
///
/// Boxes smaller than a cell merge when they start in the same cell. Their run reaches from
/// the start of the cell to its end, or to where the last of them ends, and is cut where
/// neighbours need the room.
pub(super) struct RunMerger<'a> {
    view: &'a AxisView,
    grid: PixelGrid,
    px_per_unit: f64,
    out: &'a mut Vec<BoxRun>,
    pending: Small,
    /// Where the pending run starts on screen.
    pending_x0: f64,
    /// Where its cell ends, on screen and on the axis.
    cell_end_px: f64,
    cell_end: i64,
    /// Where the last run ended on screen.
    last_x1: f64,
}

/// Boxes that are smaller than a cell altogether.
#[derive(Clone, Copy, Default)]
pub(super) struct Small {
    /// Where the first starts.
    pub(super) start: i64,
    /// From there to the end of the last.
    pub(super) units: f64,
    /// How much of that they cover.
    pub(super) covered: f64,
    /// The longest, and how long it is.
    pub(super) longest: u32,
    pub(super) longest_units: f32,
    /// How many; 0 if there are none.
    pub(super) n: u32,
}

impl<'a> RunMerger<'a> {
    pub(super) fn new(view: &'a AxisView, out: &'a mut Vec<BoxRun>) -> Self {
        Self {
            view,
            grid: PixelGrid::new(view),
            px_per_unit: 1.0 / view.units_per_px,
            out,
            pending: Small::default(),
            pending_x0: 0.0,
            cell_end_px: 0.0,
            cell_end: i64::MIN,
            last_x1: f64::NEG_INFINITY,
        }
    }

    /// From where on boxes matter: two cells left of the window, so that runs at its edge
    /// are whole.
    pub(super) fn from(&self) -> i64 {
        self.grid.start_of_cell(-2.0)
    }

    /// From where on no box matters: the end of the cell at the right edge.
    pub(super) fn until(&self) -> i64 {
        let last = self.grid.cell_of(self.view.end());
        self.grid.start_of_cell(last + 1.0)
    }

    /// What is at least this long is never merged: a cell, which is a pixel or a hair less.
    pub(super) fn cell_units(&self) -> f64 {
        self.grid.cell_units()
    }

    /// A box of at least a cell.
    #[inline]
    pub(super) fn large(&mut self, row: u32, start: i64, units: i64) {
        let x0 = self.px_of(start);
        self.flush(x0);
        let x1 = x0 + units as f64 * self.px_per_unit;
        self.last_x1 = x1;
        if x1 > 0.0 && x0 < self.view.width_px {
            self.emit(BoxRun { x0: 0.0, x1: 0.0, first: row, n: 1, coverage: 1.0 }, x0, x1);
        }
    }

    /// Boxes that are smaller than a cell altogether.
    #[inline]
    pub(super) fn small(&mut self, boxes: Small) {
        if boxes.start >= self.cell_end {
            self.open(boxes);
            return;
        }
        let pending = &mut self.pending;
        pending.units = difference(boxes.start, pending.start) + boxes.units;
        pending.covered += boxes.covered;
        pending.n = pending.n.saturating_add(boxes.n);
        if boxes.longest_units > pending.longest_units {
            pending.longest = boxes.longest;
            pending.longest_units = boxes.longest_units;
        }
    }

    /// Gives out what is left; `next` is where the next box starts.
    pub(super) fn finish(mut self, next: Option<i64>) {
        let next_x0 = next.map_or(f64::INFINITY, |next| self.px_of(next));
        self.flush(next_x0);
    }

    fn open(&mut self, boxes: Small) {
        let x0 = self.px_of(boxes.start);
        self.flush(x0);
        let cell = self.grid.cell_of(boxes.start);
        self.cell_end_px = self.grid.px_of_cell(cell + 1.0);
        // Rounding must not leave the box before the start of its own cell's end.
        self.cell_end = self.grid.start_of_cell(cell + 1.0).max(boxes.start.saturating_add(1));
        self.pending_x0 = self.grid.px_of_cell(cell).max(self.last_x1).min(x0);
        self.pending = boxes;
    }

    #[inline]
    fn flush(&mut self, next_x0: f64) {
        let boxes = std::mem::take(&mut self.pending);
        self.cell_end = i64::MIN;
        if boxes.n == 0 {
            return;
        }
        let x0 = self.pending_x0;
        let end = self.px_of(boxes.start) + boxes.units * self.px_per_unit;
        let x1 = self.cell_end_px.max(end).min(next_x0);
        self.last_x1 = x1;
        if x1 <= 0.0 || x0 >= self.view.width_px {
            return;
        }
        let covered = boxes.covered * self.px_per_unit;
        // Of a run that neighbours leave no room, what there is is covered.
        let width = (x1 - x0).max(covered).max(f64::MIN_POSITIVE);
        let coverage = narrowed(covered / width);
        let run = BoxRun { x0: 0.0, x1: 0.0, first: boxes.longest, n: boxes.n, coverage };
        self.emit(run, x0, x1);
    }

    #[inline]
    fn emit(&mut self, run: BoxRun, x0: f64, x1: f64) {
        let x0 = self.view.clamped(x0);
        let x1 = self.view.clamped(x1).max(x0.next_up());
        self.out.push(BoxRun { x0, x1, ..run });
    }

    #[inline]
    fn px_of(&self, at: i64) -> f64 {
        (difference(at, self.view.start) - self.view.fraction) * self.px_per_unit
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a share needs no 64 bits")]
fn narrowed(share: f64) -> f32 {
    share as f32
}
