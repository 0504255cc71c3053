//! The flame chart: stacks or slices of one thread in order of time.

use egui::{Pos2, Rect, Sense, Ui, UiBuilder, Vec2};
use rview_core::{AxisView, ThreadId};

use super::timeline::{crosshair, paint_selection, tracks};
use super::tooltip;
use crate::command::{Command, Commands};
use crate::navigate::{self, Axis};
use crate::state::{Session, TrackKey, TrackRow, thread_label};
use crate::theme;
use crate::widgets::axis_input::{Chart, Drag, axis_input};
use crate::widgets::{empty::empty, ruler};

/// Shows the chart of one thread, and a menu to choose another.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let profile = &session.document.profile;
    let Some(thread) = session.chart_thread.filter(|_| !session.timeline.is_empty()) else {
        empty(ui, "No times in this file", "The flame graph shows what it has");
        return;
    };
    let full = ui.available_rect_before_wrap();
    // Below the timeline the axes line up; a pane beside another has no room to give away.
    let gutter = if full.width() >= 3.0 * theme::GUTTER { theme::GUTTER } else { 0.0 };
    let bounds = navigate::time_bounds(profile);
    let width_px = f64::from((full.width() - gutter).max(1.0) * ui.pixels_per_point());
    let view = session.timeline.view.map_or_else(
        || AxisView::framing(bounds.clone(), width_px, 0.0),
        |view| navigate::fitted(view, width_px).within(bounds.clone()),
    );
    ui.spacing_mut().item_spacing.y = 0.0;
    if gutter == 0.0 {
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            ui.add_space(8.0);
            thread_menu(ui, session, thread, commands);
            tooltip::note(ui, &format!("in {}", ruler::unit(ui, &view)));
        });
    }
    let (top, _) = ui.allocate_exact_size(Vec2::new(full.width(), ruler::HEIGHT), Sense::hover());
    let left = full.left() + gutter;
    let ruler_rect = Rect::from_min_max(Pos2::new(left, top.top()), top.max);
    ruler::paint(ui, ruler_rect, full.bottom(), full.left(), &view, "");

    let row = session.timeline.rows.iter().find(|row| row.key == TrackKey::Thread(thread));
    let n_rows = row.map_or(0, TrackRow::n_rows);
    egui::ScrollArea::vertical().id_salt("flame chart").auto_shrink(false).show(ui, |ui| {
        let height = (n_rows as f32 * theme::CHART_ROW + 4.0).max(ui.available_height());
        let (rect, _) = ui.allocate_exact_size(Vec2::new(full.width(), height), Sense::hover());
        let (_, rect) = rect.split_left_right_at_x(left);
        let response = ui.interact(rect, ui.scope_id().with("chart"), Sense::click_and_drag());
        response.widget_info(|| {
            let label = format!("Flame chart of {}", thread_label(profile, thread));
            egui::WidgetInfo::labeled(egui::accesskit::Role::Canvas, true, label)
        });
        let input = axis_input(
            ui,
            Chart { axis: Axis::Time.name(), response: &response, left: rect.left(), view: &view },
            bounds,
            Drag::Pan,
        );
        if let Some(view) = input.view {
            commands.push(Command::SetTimeView(Some(view)));
        }
        if let Some(row) = row {
            let (id, response) = ("flame chart boxes", &response);
            let area = tracks::Area { session, view, id, rect, response };
            area.open_thread(ui, row, thread, commands);
        }
    });
    let charts = Rect::from_min_max(Pos2::new(full.left(), top.top()), full.max);
    if let Some(range) = &session.question.range_ns {
        paint_selection(ui, range, &view, left, charts);
    }
    crosshair(ui, &view, left, charts, top.bottom());
    if gutter > 0.0 {
        let place = Rect::from_min_max(top.left_bottom(), Pos2::new(left, full.bottom()));
        let builder = UiBuilder::new().max_rect(place.shrink2(Vec2::new(8.0, 4.0)));
        ui.scope_builder(builder, |ui| thread_menu(ui, session, thread, commands));
    }
}

fn thread_menu(ui: &mut Ui, session: &Session, thread: ThreadId, commands: &mut Commands) {
    let profile = &session.document.profile;
    let menu = egui::ComboBox::from_id_salt("chart thread")
        .selected_text(thread_label(profile, thread))
        .width(theme::GUTTER - 16.0)
        .truncate();
    let response = menu.show_ui(ui, |ui| {
        for row in &session.timeline.rows {
            let TrackKey::Thread(other) = row.key else { continue };
            if ui.selectable_label(other == thread, &row.label).clicked() {
                commands.push(Command::SetChartThread(other));
            }
        }
    });
    response.response.widget_info(|| {
        let label = format!("Thread: {}", thread_label(profile, thread));
        egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, label)
    });
}
