//! What part of an axis is on screen, and what is where on it.
//!
//! ```text
//!          start + fraction                        end
//! axis  ──────────┼──────────────────────────────────┼───────  whole units
//! screen          0 px                        width_px
//! ```

use std::ops::Range;

/// A horizontal window onto an axis of whole units: nanoseconds, or the weights of a flame
/// graph. Pixels are physical ones.
///
/// The left edge is a whole number of units and a fraction of one. Places on screen are
/// differences of whole numbers first and become floating only then, so that a slice of 1 ns
/// is where it should be after 24 hours as after 146 years.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AxisView {
    /// The unit in which the left edge is.
    pub start: i64,
    /// Where in that unit: from 0, less than 1.
    pub fraction: f64,
    /// The scale; more than 0.
    pub units_per_px: f64,
    /// How wide the window is; more than 0.
    pub width_px: f64,
}

impl AxisView {
    /// The closest that [`Self::zoomed`] goes: 64 pixels a unit.
    pub const MIN_UNITS_PER_PX: f64 = 1.0 / 64.0;

    /// How far beyond the window boxes may reach, so that the edges of those that go on
    /// outside it are not seen.
    pub const MARGIN_PX: f64 = 8.0;

    /// A view from `start`. A scale or a width of nothing becomes the smallest there is.
    pub fn new(start: i64, units_per_px: f64, width_px: f64) -> Self {
        let units_per_px = if units_per_px > 0.0 { units_per_px } else { Self::MIN_UNITS_PER_PX };
        Self { start, fraction: 0.0, units_per_px, width_px: width_px.max(1.0) }
    }

    /// The view in which `range` fills the window but for `margin_px` pixels at each side.
    pub fn framing(range: Range<i64>, width_px: f64, margin_px: f64) -> Self {
        let width_px = width_px.max(1.0);
        let inner_px = (width_px - 2.0 * margin_px).max(1.0);
        let units = difference(range.end, range.start);
        let view = Self::new(range.start, units / inner_px, width_px);
        view.shifted((units - width_px * view.units_per_px) / 2.0)
    }

    /// Where a place on the axis is on screen; 0 is the left edge.
    #[inline]
    pub fn px_of(&self, at: i64) -> f64 {
        (difference(at, self.start) - self.fraction) / self.units_per_px
    }

    /// [`Self::px_of`] for the GPU: kept within [`Self::MARGIN_PX`] of the window, where 32
    /// bits are exact to a thousandth of a pixel.
    #[inline]
    pub fn x_of(&self, at: i64) -> f32 {
        self.clamped(self.px_of(at))
    }

    /// The unit in which a place on screen is.
    ///
    /// Lands on the unit itself at the pixel where it starts, even where rounding puts that
    /// pixel a hair to its left.
    pub fn at_px(&self, px: f64) -> i64 {
        /// A sixteenth of a pixel at the closest zoom.
        const HAIR: f64 = 1.0 / 1024.0;
        self.shifted(px * self.units_per_px + HAIR).start
    }

    /// The first unit right of the window.
    pub fn end(&self) -> i64 {
        let right = self.shifted(self.width_px * self.units_per_px);
        if right.fraction > 0.0 { right.start.saturating_add(1) } else { right.start }
    }

    /// The units of which at least a part is in the window.
    pub fn range(&self) -> Range<i64> {
        self.start..self.end()
    }

    /// Closer for a `factor` above 1, with what is at `about_px` staying there as far as
    /// `bounds` allow. Shows `bounds` at most, and [`Self::MIN_UNITS_PER_PX`] at least.
    #[must_use]
    pub fn zoomed(&self, about_px: f64, factor: f64, bounds: Range<i64>) -> Self {
        let widest = self.widest(&bounds);
        // A flame graph of ten samples starts closer than the limit: it is not pushed out.
        let closest = Self::MIN_UNITS_PER_PX.min(widest).min(self.units_per_px);
        let wanted = self.units_per_px / factor;
        let units_per_px = if wanted.is_finite() { wanted.clamp(closest, widest) } else { widest };
        let moved = self.shifted(about_px * (self.units_per_px - units_per_px));
        Self { units_per_px, ..moved }.within(bounds)
    }

    /// Moved to the right by `px` pixels, as far as `bounds` allow.
    #[must_use]
    pub fn panned(&self, px: f64, bounds: Range<i64>) -> Self {
        self.shifted(px * self.units_per_px).within(bounds)
    }

    /// The view that shows no more than `bounds`, nearest to this one.
    #[must_use]
    pub fn within(&self, bounds: Range<i64>) -> Self {
        let widest = self.widest(&bounds);
        let view = Self { units_per_px: self.units_per_px.min(widest), ..*self };
        let shown = view.width_px * view.units_per_px;
        let beyond = shown + view.fraction - difference(bounds.end, view.start);
        let view = if beyond > 0.0 { view.shifted(-beyond) } else { view };
        if view.start < bounds.start {
            return Self { start: bounds.start, fraction: 0.0, ..view };
        }
        view
    }

    /// The same left edge and scale in a window of another width.
    #[must_use]
    pub fn with_width(&self, width_px: f64) -> Self {
        Self { width_px: width_px.max(1.0), ..*self }
    }

    /// The view a share `t` of the way from `a` to `b`, for animation: the scale changes by
    /// equal factors in equal times, and the one place that has the same pixel in both stays
    /// at it. The window is as wide as that of `b`.
    #[must_use]
    pub fn lerp(a: &Self, b: &Self, t: f64) -> Self {
        if t >= 1.0 {
            return *b;
        }
        let t = t.max(0.0);
        let log_ratio = (b.units_per_px / a.units_per_px).ln();
        // How far the left edge has come: it moves as the scale does.
        let share =
            if log_ratio.abs() < 1e-6 { t } else { (t * log_ratio).exp_m1() / log_ratio.exp_m1() };
        let distance = difference(b.start, a.start) + (b.fraction - a.fraction);
        let moved = if log_ratio < 0.0 {
            // From the closer of the two: the other knows its place less exactly.
            let left = ((log_ratio).exp() - (t * log_ratio).exp()) / log_ratio.exp_m1();
            let left = if log_ratio.abs() < 1e-6 { 1.0 - t } else { left };
            b.shifted(-distance * left)
        } else {
            a.shifted(distance * share)
        };
        let units_per_px = a.units_per_px * (t * log_ratio).exp();
        Self { units_per_px, width_px: b.width_px, ..moved }
    }

    /// A place on screen as the GPU gets it.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the GPU computes in 32 bits")]
    pub(crate) fn clamped(&self, px: f64) -> f32 {
        px.clamp(-Self::MARGIN_PX, self.width_px + Self::MARGIN_PX) as f32
    }

    /// The scale at which `bounds` fill the window.
    fn widest(&self, bounds: &Range<i64>) -> f64 {
        let units = difference(bounds.end, bounds.start).max(1.0);
        units / self.width_px
    }

    /// Moved to the right by a number of units.
    #[expect(clippy::cast_possible_truncation, reason = "a whole number; beyond 2^63 saturates")]
    fn shifted(&self, units: f64) -> Self {
        let offset = self.fraction + units;
        let whole = offset.floor();
        // Rounds to 1 where the offset is a hair below a whole number.
        let fraction = (offset - whole).min(1.0 - f64::EPSILON);
        Self { start: self.start.saturating_add(whole as i64), fraction, ..*self }
    }
}

/// `a - b`; exact up to 2^53, and never an overflow.
#[inline]
pub(crate) fn difference(a: i64, b: i64) -> f64 {
    match a.checked_sub(b) {
        Some(difference) => difference as f64,
        None => a as f64 - b as f64,
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "chosen so that nothing is rounded")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const YEARS_146: i64 = i64::MAX / 2;
    const DAY: i64 = 86_400_000_000_000;

    fn views() -> impl Strategy<Value = AxisView> {
        (-YEARS_146..YEARS_146, 0.0..1.0, -6.0..41.0, 1.0..8000.0).prop_map(
            |(start, fraction, log_scale, width_px): (i64, f64, f64, f64)| AxisView {
                start,
                fraction,
                units_per_px: log_scale.exp2(),
                width_px,
            },
        )
    }

    #[test]
    fn a_nanosecond_after_146_years_is_where_it_should_be() {
        for start in [DAY, YEARS_146, -YEARS_146] {
            let view = AxisView { fraction: 0.25, ..AxisView::new(start, 1.0 / 64.0, 1000.0) };
            assert_eq!(view.px_of(start + 1), 48.0);
            assert_eq!(view.x_of(start + 2) - view.x_of(start + 1), 64.0);
            assert_eq!(view.at_px(47.9), start);
            assert_eq!(view.at_px(48.0), start + 1);
        }
    }

    #[test]
    fn what_is_far_outside_stays_at_the_margin() {
        let view = AxisView::new(0, 1.0, 100.0);
        assert_eq!(view.x_of(i64::MIN), -8.0);
        assert_eq!(view.x_of(i64::MAX), 108.0);
        let view = AxisView::new(i64::MIN, 1.0, 100.0);
        assert_eq!(view.x_of(i64::MAX), 108.0);
    }

    #[test]
    fn framing_leaves_the_margins() {
        let view = AxisView::framing(1000..2000, 120.0, 10.0);
        assert_eq!((view.px_of(1000), view.px_of(2000)), (10.0, 110.0));
        assert_eq!(AxisView::framing(0..3, 1920.0, 0.0).range(), 0..3);
    }

    #[test]
    fn an_empty_range_is_framed_in_the_middle() {
        let view = AxisView::framing(500..500, 100.0, 10.0);
        assert_eq!(view.px_of(500), 50.0);
    }

    #[test]
    fn a_view_never_shows_more_than_the_bounds() {
        let bounds = 100..1100;
        let view = AxisView::framing(400..500, 100.0, 0.0);
        assert_eq!(view.zoomed(50.0, 0.001, bounds.clone()).range(), bounds);
        assert_eq!(view.panned(-1e9, bounds.clone()).range(), 100..200);
        assert_eq!(view.panned(1e9, bounds.clone()).range(), 1000..1100);
        assert_eq!(view.zoomed(0.0, f64::INFINITY, bounds.clone()).units_per_px, 1.0 / 64.0);
        assert_eq!(view.zoomed(0.0, 0.0, bounds.clone()).range(), bounds);
    }

    #[test]
    fn a_flame_graph_of_three_samples_is_not_pushed_out_of_its_frame() {
        let view = AxisView::framing(0..3, 1920.0, 0.0);
        assert_eq!(view.zoomed(0.0, 1.0, 0..3), view);
    }

    #[test]
    fn an_animation_starts_and_ends_exactly() {
        let a = AxisView::framing(0..DAY, 1920.0, 0.0);
        let b = AxisView::framing(DAY / 3..DAY / 3 + 100, 1920.0, 10.0);
        assert_eq!(AxisView::lerp(&a, &b, 0.0).range(), a.range());
        assert_eq!(AxisView::lerp(&a, &b, 1.0), b);
    }

    proptest! {
        #[test]
        fn zooming_keeps_what_is_under_the_pointer(
            view in views(), share in 0.0..1.0, log_factor in -3.0..3.0,
        ) {
            let about = share * view.width_px;
            let at = view.at_px(about);
            let zoomed = view.zoomed(about, f64::exp2(log_factor), i64::MIN..i64::MAX);
            prop_assert!((zoomed.px_of(at) - about).abs() <= 0.5 + 1.0 / zoomed.units_per_px);
            // The same to a fraction of a unit, which the closest zooms show.
            let fraction = (about - view.px_of(at)) / zoomed.units_per_px * view.units_per_px;
            prop_assert!((zoomed.px_of(at) + fraction - about).abs() <= 0.5);
        }

        #[test]
        fn a_pixel_and_its_unit_are_inverse(view in views(), share in 0.0..1.0) {
            let px = share * view.width_px;
            let at = view.at_px(px);
            prop_assert!(view.px_of(at) <= px + 0.1);
            prop_assert!(view.px_of(at + 1) >= px - 0.1);
            let units = view.width_px * view.units_per_px;
            let slack = (units * 2f64.powi(-50)).ceil();
            prop_assert!((view.at_px(view.px_of(at)) - at).abs() as f64 <= slack);
        }

        #[test]
        fn a_thousand_steps_in_and_out_lead_back(view in views(), share in 0.0..1.0) {
            let about = share * view.width_px;
            let bounds = i64::MIN..i64::MAX;
            let at = view.at_px(about);
            let before = view.px_of(at);
            let mut now = view;
            for step in 0..1000 {
                let factor = if (step / 5) % 2 == 0 { 0.9 } else { 1.0 / 0.9 };
                now = now.zoomed(about, factor, bounds.clone());
            }
            prop_assert!((now.units_per_px / view.units_per_px - 1.0).abs() < 1e-9);
            prop_assert!((now.px_of(at) - before).abs() < 0.01, "{now:?}");
        }

        #[test]
        fn the_fixed_point_of_an_animation_stays(view in views(), t in 0.0..1.0, share in 0.0..1.0) {
            let about = share * view.width_px;
            let at = view.at_px(about);
            let bounds = i64::MIN..i64::MAX;
            let zoomed = view.zoomed(about, 0.01, bounds);
            let (near, far) = (view.px_of(at), zoomed.px_of(at));
            for (a, b) in [(&view, &zoomed), (&zoomed, &view)] {
                let px = AxisView::lerp(a, b, t).px_of(at);
                prop_assert!(px >= near.min(far) - 0.1 && px <= near.max(far) + 0.1);
            }
        }

        #[test]
        fn any_numbers_at_all_are_survived(
            start: i64, end: i64, at: i64, scale: f64, width: f64, px: f64, factor: f64,
        ) {
            let view = AxisView::new(start, scale, width);
            let _ = (view.px_of(at), view.at_px(px), view.range());
            let _ = view.zoomed(px, factor, start..end).panned(px, start..end);
            let _ = AxisView::lerp(&view, &AxisView::framing(start..end, width, px), factor);
        }
    }
}
