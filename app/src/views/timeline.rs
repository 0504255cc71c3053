//! The timeline: an overview, a ruler, and tracks by process and thread.
//!
//! The part of time on screen is shared with the flame chart; a range that is dragged over is
//! what every view counts.

mod counters;
mod drag;
mod flows;
mod markers;
mod overview;
pub mod tracks;

use std::ops::Range;

use egui::{Align2, Pos2, Rect, Sense, Stroke, Ui, Vec2};
use rview_core::units::{format_duration, format_time};
use rview_core::{AxisView, SliceId};

use crate::command::{Ask, Command, Commands};
use crate::navigate::{self, Axis};
use crate::state::{Picked, Session, TrackKey, TrackOrder, TrackRow};
use crate::theme::{self, Palette};
use crate::views::notes;
use crate::widgets::axis_input::{AxisInput, Chart, Drag, axis_input};
use crate::widgets::elide::one_line;
use crate::widgets::ruler;

/// Height of a closed thread, a counter.
const TRACK: f32 = 26.0;

/// Space beside the names of rows.
const NAME_PADDING: f32 = 8.0;

/// How high the timeline is at first: as many of its rows as leave enough for the views, none of
/// them cut.
pub fn default_height(session: &Session, available: f32) -> f32 {
    let most = (available * 0.45).max(96.0);
    let mut height = overview::HEIGHT + ruler::HEIGHT;
    for row in session.timeline.visible_rows().take(200) {
        let next = height + row_height(session, row);
        if next > most {
            // The rest of a window is not left empty for one row that is higher than all.
            if height < most * 0.6 && shows_boxes(session, row) {
                height +=
                    2.0 + ((most - height - 2.0) / theme::CHART_ROW).floor() * theme::CHART_ROW;
            }
            break;
        }
        height = next;
    }
    height.max(64.0)
}

/// Shows the timeline.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let bounds = navigate::time_bounds(&session.document.profile);
    within(ui, session, ("timeline boxes", bounds), commands);
}

/// A timeline on screen.
struct Shown<'a> {
    session: &'a Session,
    /// Which of the window it is.
    id: &'static str,
    /// The part of time on screen.
    view: AxisView,
    /// The time there is to see.
    bounds: Range<i64>,
    /// Where charts start, in points.
    left: f32,
}

/// Shows a timeline that can be one of several, over a time that can be longer than its file's.
pub(super) fn within(
    ui: &mut Ui,
    session: &Session,
    (id, bounds): (&'static str, Range<i64>),
    commands: &mut Commands,
) {
    let full = ui.available_rect_before_wrap();
    ui.painter().rect_filled(full, 0.0, Palette::from(ui).window);
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    let left = full.left() + theme::GUTTER;
    let chart_width = (full.width() - theme::GUTTER).max(1.0);
    let width_px = f64::from(chart_width * ui.pixels_per_point());
    let view = session.timeline.view.map_or_else(
        || AxisView::framing(bounds.clone(), width_px, 0.0),
        |view| navigate::fitted(view, width_px).within(bounds.clone()),
    );

    overview::ui(ui, session, &view, bounds.clone(), left, commands);
    let (top, _) = ui.allocate_exact_size(Vec2::new(full.width(), ruler::HEIGHT), Sense::hover());
    let ruler_rect = Rect::from_min_max(Pos2::new(left, top.top()), top.max);
    let all = navigate::time_bounds(&session.document.profile);
    let about = format!("{} in all", format_duration(all.end));
    ruler::paint(ui, ruler_rect, full.bottom(), full.left(), &view, &about);
    let ruler_response =
        ui.interact(ruler_rect, ui.scope_id().with("ruler"), Sense::click_and_drag());
    ruler_response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::Slider, true, "Time ruler")
    });
    notes::on_ruler(ui, session, &view, ruler_rect, commands);
    let charts = Rect::from_min_max(Pos2::new(left, top.bottom()), full.max);
    // Below the rows, for what is between and under them.
    let back = ui.interact(charts, ui.scope_id().with("back"), Sense::click_and_drag());
    let chart = |response| Chart { axis: Axis::Time.name(), response, left, view: &view };
    let on_ruler = axis_input(ui, chart(&ruler_response), bounds.clone(), Drag::Select);
    let on_back = axis_input(ui, chart(&back), bounds.clone(), Drag::Select);
    if back.clicked() {
        commands.push(Command::Pick(Picked::Nothing));
    }
    if ui.input(|input| {
        let at = input.pointer.interact_pos();
        input.pointer.any_pressed() && at.is_some_and(|at| full.contains(at))
    }) && (session.axis != Axis::Time || !session.keys_on_time)
    {
        commands.push(Command::FocusTime);
    }

    let shown = Shown { session, id, view, bounds, left };
    let selecting = egui::ScrollArea::vertical()
        .id_salt("timeline")
        .auto_shrink(false)
        .show(ui, |ui| rows(ui, &shown, commands))
        .inner;
    let none = AxisInput::default();
    let inputs = [on_ruler, selecting, on_back];
    let input = inputs.into_iter().find(|input| *input != none).unwrap_or_default();
    let below = Rect::from_min_max(top.min, full.max);
    if let Some(range) = input.selecting.as_ref().or(session.question.range_ns.as_ref()) {
        let edges = paint_selection(ui, range, &view, left, below);
        label_selection(ui, range, edges, left, below);
    }
    crosshair(ui, &view, left, below, top.bottom());
    if let Some(view) = input.view {
        commands.push(Command::SetTimeView(Some(view)));
    }
    if let Some(range) = input.selected {
        commands.push(Command::Ask(Ask::Range(Some(range))));
    }
}

/// Every visible row; gives what the pointer asked for.
fn rows(ui: &mut Ui, shown: &Shown<'_>, commands: &mut Commands) -> AxisInput {
    let &Shown { session, ref view, left, .. } = shown;
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    let clip = ui.clip_rect();
    let first = ui.cursor().top();
    let mut asked = AxisInput::default();
    let mut skipped = 0.0;
    for row in session.timeline.visible_rows() {
        let height = row_height(session, row);
        let top = ui.cursor().top() + skipped;
        if top + height < clip.top() || top > clip.bottom() {
            skipped += height;
            continue;
        }
        if skipped > 0.0 {
            ui.add_space(skipped);
            skipped = 0.0;
        }
        let size = Vec2::new(ui.available_width(), height);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let (name, chart) = rect.split_left_right_at_x(left);
        draw_frame(ui, rect);
        draw_name(ui, session, row, name, commands);
        let input = track_chart(ui, shown, row, chart, commands);
        if input != AxisInput::default() {
            asked = input;
        }
        drag::over(ui, session, row.key, rect, commands);
    }
    drag::scroll(ui);
    ui.add_space(skipped);
    if let Some(slice) = session.timeline.scroll_to {
        scroll_to(ui, session, slice, first);
        commands.push(Command::SliceShown);
    }
    flows::paint(ui, session, view, left, first);
    asked
}

/// Scrolls until the lane of a slice is on screen. The rows start at `first`.
fn scroll_to(ui: &Ui, session: &Session, slice: SliceId, first: f32) {
    let Some(y) = flows::y_of(session, slice) else { return };
    let size = Vec2::new(1.0, 3.0 * theme::CHART_ROW);
    let at = Pos2::new(ui.clip_rect().left(), first + y);
    ui.scroll_to_rect(Rect::from_center_size(at, size), None);
}

fn row_height(session: &Session, row: &TrackRow) -> f32 {
    match row.key {
        TrackKey::Process(_) => theme::TABLE_ROW,
        TrackKey::Counter(_) => TRACK + 8.0,
        TrackKey::Thread(_) | TrackKey::Async(_) if shows_boxes(session, row) => {
            row.n_rows() as f32 * theme::CHART_ROW + 6.0
        }
        TrackKey::Thread(_) | TrackKey::Async(_) | TrackKey::Markers(_) => TRACK,
    }
}

/// Whether a row shows what is in it.
fn shows_boxes(session: &Session, row: &TrackRow) -> bool {
    let has_boxes = matches!(row.key, TrackKey::Thread(_) | TrackKey::Async(_)) && row.n_rows() > 0;
    has_boxes && session.timeline.open.contains(&row.key)
}

/// The line below a row.
fn draw_frame(ui: &Ui, rect: Rect) {
    let line = Stroke::new(1.0, Palette::from(ui).hairline.gamma_multiply(0.6));
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, line);
}

/// The chart of a row; gives what the pointer asked for.
fn track_chart(
    ui: &Ui,
    shown: &Shown<'_>,
    row: &TrackRow,
    rect: Rect,
    commands: &mut Commands,
) -> AxisInput {
    let &Shown { session, id: chart, ref view, ref bounds, .. } = shown;
    if matches!(row.key, TrackKey::Process(_)) {
        return AxisInput::default();
    }
    let id = ui.scope_id().with(("track", row.key));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| {
        let label = format!("Track {}", row.label);
        egui::WidgetInfo::labeled(egui::accesskit::Role::Canvas, true, label)
    });
    let area = tracks::Area {
        session,
        view: *view,
        id: chart,
        rect: rect.shrink2(Vec2::new(0.0, 2.0)),
        response: &response,
    };
    match row.key {
        TrackKey::Counter(counter) => area.counter(ui, counter),
        TrackKey::Markers(scope) => area.markers(ui, scope, commands),
        TrackKey::Thread(thread) if session.timeline.open.contains(&row.key) => {
            area.open_thread(ui, row, thread, commands);
        }
        TrackKey::Thread(thread) => area.activity(ui, thread),
        _ => area.lanes(ui, row, commands),
    }
    let chart = Chart { axis: Axis::Time.name(), response: &response, left: rect.left(), view };
    axis_input(ui, chart, bounds.clone(), Drag::Select)
}

/// The name of a row; a click opens or closes it, a click on a thread's shows its chart.
fn draw_name(ui: &Ui, session: &Session, row: &TrackRow, rect: Rect, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let id = ui.scope_id().with(("name", row.key));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    drag::start(&response, row.key);
    let is_open = session.timeline.open.contains(&row.key);
    let is_process = matches!(row.key, TrackKey::Process(_));
    let can_open = row.can_open();
    response.widget_info(|| {
        let role = egui::accesskit::Role::TreeItem;
        egui::WidgetInfo::selected(role, true, is_open, row.label.clone())
    });
    if drag::is_dragged(ui, row.key) {
        ui.painter().rect_filled(rect, 0.0, palette.selection());
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, palette.hover());
    }
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let indent = if is_process { 12.0 } else { 26.0 };
    let y = rect.top() + rect.height().min(TRACK) / 2.0;
    let triangle = if is_open { "▾" } else { "▸" };
    if can_open {
        let at = Pos2::new(rect.left() + indent - 2.0, y);
        painter.text(at, Align2::LEFT_CENTER, triangle, theme::mono(theme::BODY), palette.muted);
    }
    let font = if is_process { theme::medium(theme::BODY) } else { theme::sans(theme::BODY) };
    let (name, number) = name_and_number(session, row);
    let mut right = rect.right() - NAME_PADDING;
    if let Some(number) = number {
        let font = theme::mono(theme::CAPTION);
        let galley = painter.layout_no_wrap(number.to_string(), font, palette.muted);
        right -= galley.size().x;
        painter.galley(Pos2::new(right, y - galley.size().y / 2.0), galley, palette.muted);
        right -= NAME_PADDING;
    }
    if let TrackKey::Counter(_) = row.key {
        right -= counters::EDGES;
    }
    let left = rect.left() + indent + 12.0;
    let galley = one_line(&painter, name, font, palette.text, right - left);
    let is_cut = galley.elided;
    painter.galley(Pos2::new(left, y - galley.size().y / 2.0), galley, palette.text);
    if response.clicked() {
        if can_open {
            commands.push(Command::ToggleTrack(row.key));
        }
        if let TrackKey::Thread(thread) = row.key {
            commands.push(Command::SetChartThread(thread));
        }
    }
    let is_pinned = session.timeline.pinned.contains(&row.key);
    if is_pinned {
        let bar = Rect::from_min_size(rect.min, Vec2::new(3.0, rect.height() - 1.0));
        painter.rect_filled(bar, 0.0, palette.muted);
    }
    let response = match (is_cut, is_pinned) {
        (_, true) => response.on_hover_text(format!("{}, pinned", row.label)),
        (true, _) => response.on_hover_text(&row.label),
        _ => response,
    };
    response.context_menu(|ui| track_menu(ui, session, row, commands));
}

/// What can be done with a row.
fn track_menu(ui: &mut Ui, session: &Session, row: &TrackRow, commands: &mut Commands) {
    ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
    let mut entry = |ui: &mut Ui, text: &str, chosen: Vec<Command>| {
        if ui.button(text).clicked() {
            commands.extend(chosen);
            ui.close();
        }
    };
    if let TrackKey::Thread(thread) = row.key {
        let only = vec![Command::Ask(Ask::Thread(Some(thread)))];
        entry(ui, "Count this thread only", only);
        let view = Command::ShowView(crate::state::View::FlameChart);
        entry(ui, "Show its flame chart", vec![Command::SetChartThread(thread), view]);
        ui.separator();
    }
    let timeline = &session.timeline;
    if !matches!(row.key, TrackKey::Process(_)) {
        let is_pinned = timeline.pinned.contains(&row.key);
        let text = if is_pinned { "Unpin" } else { "Pin above the others" };
        entry(ui, text, vec![Command::PinTrack(row.key)]);
    }
    if !timeline.pinned.contains(&row.key) {
        entry(ui, "Move up", vec![Command::MoveTrack(row.key, -1)]);
        entry(ui, "Move down", vec![Command::MoveTrack(row.key, 1)]);
    }
    entry(ui, "Hide", vec![Command::HideTrack(row.key)]);
    if !timeline.hidden.is_empty() {
        let text = format!("Show {} hidden", timeline.hidden.len());
        entry(ui, &text, vec![Command::ShowHiddenTracks]);
    }
    ui.separator();
    for (text, order) in [
        ("Sort by weight", TrackOrder::Weight),
        ("Sort by name", TrackOrder::Name),
        ("Sort as recorded", TrackOrder::Recorded),
    ] {
        if timeline.order != order {
            entry(ui, text, vec![Command::SortTracks(order)]);
        }
    }
}

/// A process or thread apart from its number, where it has both.
fn name_and_number<'a>(session: &'a Session, row: &'a TrackRow) -> (&'a str, Option<i64>) {
    let profile = &session.document.profile;
    let (name, number) = match row.key {
        TrackKey::Process(process) => {
            let row = profile.processes().row(process);
            (row.name, row.pid)
        }
        TrackKey::Thread(thread) => {
            let row = profile.threads().row(thread);
            (row.name, row.tid)
        }
        TrackKey::Async(_) | TrackKey::Counter(_) | TrackKey::Markers(_) => {
            return (&row.label, None);
        }
    };
    match profile.text(name) {
        "" => (&row.label, None),
        name => (name, Some(number)),
    }
}

/// Dims what is outside a range of time, and marks its edges; where these are on screen.
pub(super) fn paint_selection(
    ui: &Ui,
    range: &Range<i64>,
    view: &AxisView,
    left: f32,
    full: Rect,
) -> (f32, f32) {
    let palette = Palette::from(ui);
    let ppp = ui.pixels_per_point();
    let x = |at: i64| (left + view.x_of(at) / ppp).clamp(left, full.right().max(left));
    let (start, end) = (x(range.start), x(range.end));
    let painter = ui.painter().with_clip_rect(full);
    let veil = palette.window.gamma_multiply(0.6);
    for (from, to) in [(left, start), (end, full.right())] {
        let rect = Rect::from_min_max(Pos2::new(from, full.top()), Pos2::new(to, full.bottom()));
        painter.rect_filled(rect, 0.0, veil);
    }
    for edge in [start, end] {
        painter.vline(edge, full.y_range(), Stroke::new(1.0, palette.accent));
    }
    (start, end)
}

/// How long a range is, between its edges.
fn label_selection(ui: &Ui, range: &Range<i64>, edges: (f32, f32), left: f32, full: Rect) {
    let palette = Palette::from(ui);
    let painter = ui.painter().with_clip_rect(full);
    let text = format_duration(range.end - range.start);
    let galley = painter.layout_no_wrap(text, theme::mono(theme::CAPTION), palette.accent);
    let middle = edges.0.midpoint(edges.1) - galley.size().x / 2.0;
    // Below the ruler, whose labels it would cut.
    let most = full.right() - galley.size().x - 4.0;
    let at = Pos2::new(middle.min(most).max(left + 4.0), full.top() + ruler::HEIGHT + 4.0);
    painter.rect_filled(Rect::from_min_size(at, galley.size()).expand(3.0), 3.0, palette.raised);
    painter.galley(at, galley, palette.accent);
}

/// A line under the pointer, with the time it is at.
#[expect(clippy::cast_possible_truncation, reason = "a step of a few digits")]
pub(super) fn crosshair(ui: &Ui, view: &AxisView, left: f32, full: Rect, top: f32) {
    let Some(pointer) = ui.input(|input| input.pointer.hover_pos()) else { return };
    if !full.contains(pointer) || pointer.x < left || !ui.ui_contains_pointer() {
        return;
    }
    let palette = Palette::from(ui);
    let painter = ui.painter().with_clip_rect(full);
    let line = Stroke::new(1.0, palette.muted.gamma_multiply(0.5));
    painter.vline(pointer.x, top..=full.bottom(), line);
    let at = view.at_px(f64::from((pointer.x - left) * ui.pixels_per_point()));
    let galley = painter.layout_no_wrap(
        format_time(at, view.units_per_px.max(1.0) as i64),
        theme::mono(theme::CAPTION),
        palette.text,
    );
    let x = (pointer.x + 6.0).min(full.right() - galley.size().x - 4.0);
    let place = Pos2::new(x, full.top() + 4.0);
    let back = Rect::from_min_size(place, galley.size()).expand(3.0);
    painter.rect_filled(back, 3.0, palette.raised);
    painter.galley(place, galley, palette.text);
}
