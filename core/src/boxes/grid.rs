//! Cells as wide as a pixel, anchored to the axis.

use crate::AxisView;
use crate::view::difference;

/// The cells of a view: cell 0 is the one at its left edge, those to the left are negative.
///
/// Every cell starts at a multiple of its width from 0 of the axis. To compute that exactly,
/// the width is cut to 20 bits, an error of less than 1/100 pixel over a window.
///
/// Inside, places are offsets from a unit in or near cell 0, in 64-bit floats: exact for
/// whatever is in the window up to scales of an hour a pixel, and good enough beyond.
pub(super) struct PixelGrid {
    base: i64,
    /// Where cell 0 starts, and how wide cells are.
    phase: f64,
    cell: f64,
    cells_per_unit: f64,
    /// Where offset 0 is on screen.
    base_px: f64,
    px_per_unit: f64,
}

/// So many cells left of cell 0 matter at most, so that numbers of cells plus this are not
/// negative and cut off like rounded down.
const CELLS_LEFT: f64 = 4.0;

impl PixelGrid {
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers in range, see each")]
    pub(super) fn new(view: &AxisView) -> Self {
        /// Scales beyond are of no use and would not fit below.
        const EXPONENTS: (f64, f64) = (-20.0, 62.0);
        let exponent = view.units_per_px.log2().floor().clamp(EXPONENTS.0, EXPONENTS.1) as i32;
        // 2^19 or more and less than 2^20: the width is less than a pixel by 2^-19 at most.
        let mantissa = (view.units_per_px * f64::from(19 - exponent).exp2()).floor();
        let mantissa = mantissa.clamp(524_288.0, 1_048_575.0);
        let unit_exponent = exponent - 19;

        // Cell 0 in units of 2^unit_exponent or of 1, whichever is smaller: exact in 128 bits,
        // as 2^63 * 2^39 * 2^20 is.
        let shift = (-unit_exponent).max(0);
        let cell = (mantissa as i128) << unit_exponent.max(0);
        let start = i128::from(view.start) << shift;
        let origin = start.div_euclid(cell) * cell;
        let base = (origin >> shift).max(i128::from(i64::MIN)) as i64;
        let unit = f64::from(-shift).exp2();
        let phase = (origin - (i128::from(base) << shift)) as f64 * unit;

        let cell = cell as f64 * unit;
        let base_px = (difference(base, view.start) - view.fraction) / view.units_per_px;
        let px_per_unit = 1.0 / view.units_per_px;
        Self { base, phase, cell, cells_per_unit: 1.0 / cell, base_px, px_per_unit }
    }

    /// How many units wide a cell is.
    pub(super) fn cell_units(&self) -> f64 {
        self.cell
    }

    pub(super) fn px_per_unit(&self) -> f64 {
        self.px_per_unit
    }

    /// A place on the axis as an offset.
    #[inline]
    pub(super) fn offset_of(&self, at: i64) -> f64 {
        at.saturating_sub(self.base) as f64
    }

    /// Where an offset is on screen.
    #[inline]
    pub(super) fn px_of(&self, offset: f64) -> f64 {
        self.base_px + offset * self.px_per_unit
    }

    /// The offset at which a cell starts.
    #[inline]
    pub(super) fn start_of(&self, cell: f64) -> f64 {
        self.phase + cell * self.cell
    }

    /// The cell in which an offset is; wrong left of the cells that matter.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "cells of a window are few")]
    pub(super) fn cell_of(&self, offset: f64) -> f64 {
        // Not `floor`, which is a call into libm on older x86.
        let cell = (offset - self.phase) * self.cells_per_unit + CELLS_LEFT;
        let cell = cell as i64 as f64 - CELLS_LEFT;
        // The product is not exact where a cell starts, and slices like to start there.
        if offset < self.start_of(cell) {
            cell - 1.0
        } else if offset >= self.start_of(cell + 1.0) {
            cell + 1.0
        } else {
            cell
        }
    }
}
