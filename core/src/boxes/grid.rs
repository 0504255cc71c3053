//! Cells as wide as a pixel, anchored to the axis.

use crate::AxisView;
use crate::view::difference;

/// The cells of a view: cell 0 is the one at its left edge, those to the left are negative.
///
/// Every cell starts at a multiple of its width from 0 of the axis. To compute that exactly,
/// the width is cut to 20 bits, an error of less than 1/100 pixel over a window.
pub(super) struct PixelGrid {
    /// Cell 0 starts at `base + phase` units.
    base: i64,
    phase: f64,
    cell: f64,
    /// Where cell 0 starts on screen.
    origin_px: f64,
    cell_px: f64,
}

impl PixelGrid {
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers in range, see each")]
    pub(super) fn new(view: &AxisView) -> Self {
        /// Scales beyond are of no use and would not fit below.
        const EXPONENTS: (f64, f64) = (-20.0, 62.0);
        let exponent = view.units_per_px.log2().floor().clamp(EXPONENTS.0, EXPONENTS.1) as i32;
        // 2^19 or more and less than 2^20, so that a width is less than 1.000002 pixels.
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
        let phase = (origin - (i128::from(base) << shift)) as f64 * f64::from(-shift).exp2();

        let cell = cell as f64 * f64::from(-shift).exp2();
        let origin_px = (difference(base, view.start) + phase - view.fraction) / view.units_per_px;
        Self { base, phase, cell, origin_px, cell_px: cell / view.units_per_px }
    }

    /// How many units wide a cell is.
    pub(super) fn cell_units(&self) -> f64 {
        self.cell
    }

    /// The cell in which a place on the axis is.
    #[inline]
    pub(super) fn cell_of(&self, at: i64) -> f64 {
        ((difference(at, self.base) - self.phase) / self.cell).floor()
    }

    /// Where a cell starts on screen.
    #[inline]
    pub(super) fn px_of_cell(&self, cell: f64) -> f64 {
        self.origin_px + cell * self.cell_px
    }

    /// The first place on the axis that is in a cell or right of it.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a whole number; beyond 2^63 saturates")]
    pub(super) fn start_of_cell(&self, cell: f64) -> i64 {
        self.base.saturating_add((self.phase + cell * self.cell).ceil() as i64)
    }
}
