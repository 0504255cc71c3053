//! A ruler: ticks at round steps, the unit stated once.

use std::sync::Arc;

use egui::{Galley, Pos2, Rect, Stroke, Ui};
use rview_core::{AxisView, Ticks, Unit};

use super::elide::one_line;
use crate::theme::{self, Palette};

/// Height of a ruler.
pub const HEIGHT: f32 = 22.0;

/// Room for a label, in points: the steps are chosen so that labels stay this far apart.
const LABEL_ROOM: f32 = 96.0;

/// Space between the edges of the gutter and what is written in it.
const PADDING: f32 = 12.0;

/// Paints the ticks of a time axis into a rectangle, and thin lines down to `bottom`. The gutter
/// left of it, from `left` on, says what the labels are in: the unit, and the time they are
/// relative to where that is not 0; and `about` the recording, where there is room for both.
pub fn paint(ui: &Ui, rect: Rect, bottom: f32, left: f32, view: &AxisView, about: &str) {
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
    let gutter = Rect::from_min_max(Pos2::new(left, rect.top()), rect.left_bottom());
    paint_gutter(ui, gutter, &unit_of(&ticks), about);
}

/// What the labels of a time axis are in.
pub fn unit(ui: &Ui, view: &AxisView) -> String {
    unit_of(&Ticks::new(view, &Unit::Nanoseconds, f64::from(LABEL_ROOM * ui.pixels_per_point())))
}

fn unit_of(ticks: &Ticks) -> String {
    if ticks.base_label.is_empty() {
        ticks.unit.clone()
    } else {
        format!("{} + {}", ticks.base_label, ticks.unit)
    }
}

/// The unit beside the first label, and a remark at the left edge, on the baseline of the labels.
fn paint_gutter(ui: &Ui, gutter: Rect, unit: &str, about: &str) {
    let palette = Palette::from(ui);
    let painter = ui.painter().with_clip_rect(gutter.intersect(ui.clip_rect()));
    let digits = theme::mono(theme::CAPTION);
    let unit = one_line(&painter, unit, digits, palette.muted, gutter.width() - PADDING);
    if unit.size().x + PADDING > gutter.width() {
        return;
    }
    let y = gutter.center().y + 1.0 - unit.size().y / 2.0;
    let baseline_of_digits = y + baseline(&unit);
    let x = gutter.right() - PADDING / 2.0 - unit.size().x;
    painter.galley(Pos2::new(x, y), unit, palette.muted);
    let about =
        painter.layout_no_wrap(about.to_owned(), theme::sans(theme::CAPTION), palette.muted);
    let at = Pos2::new(gutter.left() + PADDING, baseline_of_digits - baseline(&about));
    if at.x + about.size().x + PADDING <= x {
        painter.galley(at, about, palette.muted);
    }
}

/// Where the letters of a line stand, in points below its top.
fn baseline(galley: &Arc<Galley>) -> f32 {
    let row = galley.rows.first();
    row.and_then(|row| Some(row.pos.y + row.glyphs.first()?.pos.y)).unwrap_or_default()
}
