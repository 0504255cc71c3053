//! The whole recording in a strip, and which part of it is on screen.

use std::ops::Range;

use egui::{Align2, Id, Pos2, Rect, Sense, Stroke, Ui, Vec2};
use rview_core::AxisView;

use crate::command::{Command, Commands};
use crate::navigate;
use crate::state::Session;
use crate::theme::{self, Palette, color};
use crate::widgets::box_chart::BoxChart;

/// Height of the strip.
pub(super) const HEIGHT: f32 = 20.0;

/// Shows the strip right of `left` points; a press or a drag moves what is on screen there, a
/// double click shows everything.
#[expect(clippy::cast_possible_truncation, reason = "a share of a width")]
pub(super) fn ui(
    ui: &mut Ui,
    session: &Session,
    view: &AxisView,
    bounds: Range<i64>,
    left: f32,
    commands: &mut Commands,
) {
    let palette = Palette::from(ui);
    let size = Vec2::new(ui.available_width(), HEIGHT);
    let (row, _) = ui.allocate_exact_size(size, Sense::hover());
    let at = Pos2::new(row.left() + 12.0, row.center().y);
    let font = theme::sans(theme::CAPTION);
    ui.painter().text(at, Align2::LEFT_CENTER, "Overview", font, palette.muted);
    let rect = Rect::from_min_max(Pos2::new(left, row.top() + 2.0), row.max - Vec2::new(0.0, 2.0));
    let response = ui.interact(rect, ui.scope_id().with("overview"), Sense::click_and_drag());
    response.widget_info(|| {
        let role = egui::accesskit::Role::ScrollBar;
        egui::WidgetInfo::labeled(role, true, "Overview of the recording")
    });
    // Of one of several timelines there may be more time than of its file.
    let end = navigate::time_bounds(&session.document.profile).end.min(bounds.end);
    let covered = rect.width() * (end as f64 / bounds.end.max(1) as f64) as f32;
    let of_file = Rect::from_min_size(rect.min, Vec2::new(covered, rect.height()));
    paint(ui, of_file, session);

    let whole = AxisView::framing(bounds.clone(), f64::from(rect.width()), 0.0);
    let right = rect.right().max(left);
    let x = |at: i64| (left + whole.x_of(at)).clamp(left, right);
    let (start, end) = (x(view.range().start), x(view.range().end));
    if view.range().start > bounds.start || view.range().end < bounds.end {
        let veil = palette.window.gamma_multiply(0.6);
        for part in [left..=start, end..=right] {
            ui.painter().rect_filled(Rect::from_x_y_ranges(part, rect.y_range()), 0.0, veil);
        }
        // A part too small to be seen still has a place.
        let part = start..=end.max(start + 2.0);
        let part = Rect::from_x_y_ranges(part, rect.y_range());
        let stroke = Stroke::new(1.0, palette.muted);
        ui.painter().rect_stroke(part, 0.0, stroke, egui::StrokeKind::Outside);
    }
    if response.double_clicked() {
        commands.push(Command::SetTimeView(None));
    } else if (response.clicked() || response.dragged())
        && let Some(pointer) = response.interact_pointer_pos()
    {
        let there = view.px_of(whole.at_px(f64::from(pointer.x - left)));
        let moved = view.panned(there - view.width_px / 2.0, bounds);
        commands.push(Command::SetTimeView(Some(moved)));
    }
}

/// A column for each pixel, as high as its part of the recording is busy: wider boxes would be
/// set apart from each other as those of functions are.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a pixel on screen")]
fn paint(ui: &Ui, rect: Rect, session: &Session) {
    let shares = &session.base.overview[..];
    let palette = Palette::from(ui);
    let mut chart = BoxChart::new(ui, rect);
    let fill = color::mix(palette.window, palette.muted, 0.6);
    let width_px = (rect.width() * ui.pixels_per_point()).max(0.0) as usize;
    for px in 0..width_px {
        let share = shares.get(px * shares.len() / width_px).copied().unwrap_or_default();
        if share > 0.0 {
            let top = rect.height() - (rect.height() * share).max(1.0);
            chart.fill([px as f32, px as f32 + 1.0], [top, rect.height()], fill);
        }
    }
    chart.finish(Id::unique(("timeline overview", ui.scope_id())));
}
