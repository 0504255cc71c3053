//! What decides which boxes become one run.

use super::BoxRun;
use super::grid::PixelGrid;
use crate::AxisView;

/// Takes the boxes of a row from left to right and gives out runs.
///
/// Boxes smaller than a cell merge when they start in the same cell. Their run reaches from
/// the start of the cell to its end, or to where the last of them ends, and is cut where
/// neighbours need the room.
///
/// A full window is a hundred thousand runs, so what is done for each counts.
pub(super) struct RunMerger<'a> {
    grid: PixelGrid,
    width_px: f64,
    out: &'a mut Vec<BoxRun>,
    /// What waits for the neighbour on the right; `n` is 0 if nothing does.
    pending: Small,
    /// Where the pending run starts on screen.
    x0: f64,
    /// The end of its cell as an offset; less than any offset if nothing is pending.
    cell_end: f64,
    /// Where the last run ended on screen.
    last_x1: f64,
}

/// Boxes that are smaller than a cell altogether.
#[derive(Clone, Copy, Default)]
pub(super) struct Small {
    /// Where the last ends, as an offset.
    pub(super) end: f64,
    /// How many units they cover.
    pub(super) covered: f64,
    pub(super) longest: Longest,
    /// How many.
    pub(super) n: u32,
}

/// The row of a box, ordered by how long it is; of equals the first is the greatest.
///
/// One number, because which of two is longer cannot be foreseen, and the maximum of numbers
/// takes no branch. Lengths are not negative: the bits of such floats are in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Longest(u64);

impl Longest {
    #[inline]
    pub(super) fn new(row: usize, units: f64) -> Self {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        Self(u64::from(narrowed(units).to_bits()) << 32 | u64::from(!row))
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low half")]
    pub(super) fn row(self) -> u32 {
        !(self.0 as u32)
    }
}

impl<'a> RunMerger<'a> {
    pub(super) fn new(view: &AxisView, out: &'a mut Vec<BoxRun>) -> Self {
        Self {
            grid: PixelGrid::new(view),
            width_px: view.width_px,
            out,
            pending: Small::default(),
            x0: 0.0,
            cell_end: f64::NEG_INFINITY,
            last_x1: f64::NEG_INFINITY,
        }
    }

    /// From where on boxes matter, as an offset: two cells left of the window, so that runs
    /// at its edge are whole.
    pub(super) fn from(&self) -> f64 {
        self.grid.start_of(-2.0)
    }

    /// From where on no box matters: the end of the cell at the right edge.
    pub(super) fn until(&self, view: &AxisView) -> f64 {
        let last = self.grid.cell_of(self.grid.offset_of(view.end()));
        self.grid.start_of(last + 1.0)
    }

    /// What is at least this long is never merged: a cell, which is a pixel or a hair less.
    pub(super) fn cell_units(&self) -> f64 {
        self.grid.cell_units()
    }

    /// A place on the axis as the offset that the other functions take.
    #[inline]
    pub(super) fn offset_of(&self, at: i64) -> f64 {
        self.grid.offset_of(at)
    }

    /// A box of at least a cell.
    #[inline]
    pub(super) fn large(&mut self, row: u32, start: f64, units: f64) {
        let x0 = self.grid.px_of(start);
        if self.pending.n > 0 {
            self.flush(x0);
        }
        let x1 = x0 + units * self.grid.px_per_unit();
        self.last_x1 = x1;
        if x1 > 0.0 && x0 < self.width_px {
            self.emit(row, 1, 1.0, (x0, x1));
        }
    }

    /// Boxes that are smaller than a cell altogether; the first starts at `start`.
    #[inline]
    pub(super) fn small(&mut self, start: f64, boxes: Small) {
        if start >= self.cell_end {
            self.open(start, boxes);
            return;
        }
        let pending = &mut self.pending;
        pending.end = boxes.end;
        pending.covered += boxes.covered;
        pending.n = pending.n.saturating_add(boxes.n);
        pending.longest = pending.longest.max(boxes.longest);
    }

    /// Gives out what is left; `next` is where the next box starts, as an offset.
    pub(super) fn finish(mut self, next: Option<f64>) {
        if self.pending.n > 0 {
            self.flush(next.map_or(f64::INFINITY, |next| self.grid.px_of(next)));
        }
    }

    #[inline]
    fn open(&mut self, start: f64, boxes: Small) {
        let start_px = self.grid.px_of(start);
        if self.pending.n > 0 {
            self.flush(start_px);
        }
        let cell = self.grid.cell_of(start);
        self.cell_end = self.grid.start_of(cell + 1.0);
        // Rounding must not push it right of the first box.
        let cell_px = self.grid.px_of(self.grid.start_of(cell));
        self.x0 = smaller(larger(cell_px, self.last_x1), start_px);
        self.pending = boxes;
    }

    #[inline]
    fn flush(&mut self, next_x0: f64) {
        let x0 = self.x0;
        let end = larger(self.cell_end, self.pending.end);
        let x1 = smaller(self.grid.px_of(end), next_x0);
        self.last_x1 = x1;
        if x1 > 0.0 && x0 < self.width_px {
            let covered = self.pending.covered * self.grid.px_per_unit();
            // Of a run that neighbours leave no room, what there is is covered.
            let width = larger(larger(x1 - x0, covered), f64::MIN_POSITIVE);
            let coverage = narrowed(covered / width);
            self.emit(self.pending.longest.row(), self.pending.n, coverage, (x0, x1));
        }
        self.pending.n = 0;
        self.cell_end = f64::NEG_INFINITY;
    }

    #[inline]
    fn emit(&mut self, first: u32, n: u32, coverage: f32, (x0, x1): (f64, f64)) {
        let (x0, x1) = (self.clamped(x0), self.clamped(x1));
        let x1 = if x1 > x0 { x1 } else { x0.next_up() };
        self.out.push(BoxRun { x0, x1, first, n, coverage });
    }

    /// As [`AxisView::x_of`] does it.
    #[inline]
    fn clamped(&self, px: f64) -> f32 {
        let (left, right) = (-AxisView::MARGIN_PX, self.width_px + AxisView::MARGIN_PX);
        narrowed(smaller(larger(px, left), right))
    }
}

/// `f64::max` for numbers that are none of them NaN: one instruction.
#[inline]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// `f64::min`, likewise.
#[inline]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[expect(clippy::cast_possible_truncation, reason = "the GPU computes in 32 bits")]
fn narrowed(number: f64) -> f32 {
    number as f32
}
