//! A ruler: ticks at round steps, the unit stated once.

use egui::{Pos2, Rect, Stroke, Ui};
use rview_core::{AxisView, Ticks, Unit};

use crate::theme::{self, Palette};

/// Height of a ruler.
pub const HEIGHT: f32 = 22.0;

/// Room for a label, in points: the steps are chosen so that labels stay this far apart.
const LABEL_ROOM: f32 = 96.0;

/// Paints the ticks of a time axis into a rectangle, and thin lines down to `bottom`. Gives what
/// the labels are in: the unit, and the time they are relative to where that is not 0.
pub fn paint(ui: &Ui, rect: Rect, bottom: f32, view: &AxisView) -> String {
    let palette = Palette::from(ui);
    let ppp = ui.pixels_per_point();
    let painter = ui
        .painter()
        .with_clip_rect(rect.union(Rect::from_min_max(rect.min, Pos2::new(rect.right(), bottom))));
    let ticks = Ticks::new(view, &Unit::Nanoseconds, f64::from(LABEL_ROOM * ppp));
    for tick in &ticks.labeled {
        let x = rect.left() + tick.px / ppp;
        let hairline = Stroke::new(1.0, palette.hairline);
        painter.line_segment([Pos2::new(x, rect.top() + 6.0), Pos2::new(x, bottom)], hairline);
        let font = theme::mono(theme::CAPTION);
        let galley = painter.layout_no_wrap(tick.label.clone(), font, palette.muted);
        let at = Pos2::new(x + 4.0, rect.center().y + 1.0 - galley.size().y / 2.0);
        // A label that would be cut says something else than what is meant.
        if at.x + galley.size().x <= rect.right() && x >= rect.left() {
            painter.galley(at, galley, palette.muted);
        }
    }
    if ticks.base_label.is_empty() {
        ticks.unit
    } else {
        format!("{} + {}", ticks.base_label, ticks.unit)
    }
}
