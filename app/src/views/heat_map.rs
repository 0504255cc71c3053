//! The heat map: samples by when they were taken, the time of a column running up, columns side by
//! side. Dragging over cells selects their time.

use std::ops::Range;

use egui::{Align2, Id, PointerButton, Pos2, Rect, Sense, Stroke, Ui, Vec2, accesskit};
use rview_core::units::{format_duration, format_time, group_digits};
use rview_core::{AxisView, HeatMap, Measure};

use super::{tables, tooltip};
use crate::command::{Ask, Command, Commands};
use crate::state::Session;
use crate::theme::{self, Palette, color};
use crate::widgets::box_chart::BoxChart;
use crate::widgets::empty::empty;
use crate::widgets::ruler;

/// Room for the labels of rows, and for what columns are.
const GUTTER: f32 = 72.0;

/// Height of the line that says what is shown.
const CAPTION_ROW: f32 = theme::TAB_BAR;

/// How wide a column is at most, so that few do not look like a wall.
const WIDEST: f32 = 40.0;

/// Shows when samples were taken.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let is_of_samples = matches!(session.question.measure, Some(Measure::Weight(_)));
    if !is_of_samples || session.document.profile.samples().times_ns().is_none() {
        empty(ui, "No samples with times", "The heat map shows when samples were taken");
        return;
    }
    let Some(map) = session.heat_map.shown() else {
        empty(ui, "Counting…", "Looking at when samples were taken");
        return;
    };
    if map.most() == 0 {
        tables::nothing(ui, session, commands);
        return;
    }
    let full = ui.available_rect_before_wrap();
    let plot = Rect::from_min_max(
        full.min + Vec2::new(GUTTER, CAPTION_ROW),
        full.max - Vec2::new(12.0, ruler::HEIGHT + 4.0),
    );
    if plot.width() < 32.0 || plot.height() < 32.0 {
        return;
    }
    let cells = Cells::new(ui, map, plot);
    caption(ui, session, map, full);
    cells.labels(ui, full);
    let response = ui.interact(cells.rect, ui.scope_id().with("heat map"), Sense::click_and_drag());
    let pointed = response.hover_pos().map(|pos| cells.at(pos));
    let dragged = dragged(ui, &response, &cells, commands);
    cells.paint(ui);
    if let Some(range) = &session.question.range_ns {
        cells.outline(ui, range);
    }
    if let Some((column, row)) = session.heat_map.cursor() {
        let stroke = Stroke::new(2.0, Palette::from(ui).accent);
        ui.painter().rect_stroke(cells.cell(column, row), 0.0, stroke, egui::StrokeKind::Outside);
    }
    if let Some(range) = &dragged {
        cells.outline(ui, range);
    } else if let Some((column, row)) = pointed {
        let stroke = Stroke::new(1.0, Palette::from(ui).text);
        ui.painter().rect_stroke(cells.cell(column, row), 0.0, stroke, egui::StrokeKind::Outside);
    }
    describe(&response, map, session.heat_map.cursor());
    if response.double_clicked() {
        commands.push(Command::Ask(Ask::Range(None)));
    } else if response.clicked()
        && let Some((column, row)) = pointed
    {
        commands.push(Command::Ask(Ask::Range(Some(map.range_ns(column, row)))));
    }
    if let Some((column, row)) = pointed {
        response.on_hover_ui_at_pointer(|ui| match &dragged {
            Some(range) => tooltip::pairs(ui, &time_of(range)),
            None => cell_tooltip(ui, map, column, row),
        });
    }
}

/// What is shown, and what the colors stand for.
fn caption(ui: &Ui, session: &Session, map: &HeatMap, full: Rect) {
    let palette = Palette::from(ui);
    let font = theme::sans(theme::CAPTION);
    let y = full.top() + CAPTION_ROW / 2.0;
    let (row, column) = (format_duration(map.row_ns()), format_duration(map.column_ns()));
    let selected = session.question.range_ns.as_ref();
    let what = match selected {
        None => format!("Samples in each {row}; a column is {column}. Drag to select a time"),
        Some(range) => {
            format!("Selected {}; double-click for all", format_duration(range.end - range.start))
        }
    };
    let at = Pos2::new(full.left() + GUTTER, y);
    let text = ui.painter().text(at, Align2::LEFT_CENTER, what, font.clone(), palette.muted);
    // From none to most, as wide as there is room.
    let most = group_digits(i64::from(map.most()));
    let right = full.right() - 12.0;
    let most = ui.painter().text(
        Pos2::new(right, y),
        Align2::RIGHT_CENTER,
        most,
        font.clone(),
        palette.muted,
    );
    let bar = Rect::from_min_max(
        Pos2::new(most.left() - 8.0 - 96.0, y - 4.0),
        Pos2::new(most.left() - 8.0, y + 4.0),
    );
    if bar.left() - 20.0 < text.right() {
        return;
    }
    let n_steps = 24;
    for step in 0..n_steps {
        let x = |at: i32| egui::lerp(bar.x_range(), at as f32 / n_steps as f32);
        let fill = color::heat((step as f32 + 0.5) / n_steps as f32, palette.window, ui.theme());
        let rect = Rect::from_x_y_ranges(x(step)..=x(step + 1), bar.y_range());
        ui.painter().rect_filled(rect, 0.0, fill);
    }
    let at = Pos2::new(bar.left() - 8.0, y);
    ui.painter().text(at, Align2::RIGHT_CENTER, "1", font, palette.muted);
}

/// The heat map in words, for those who cannot see it.
fn describe(response: &egui::Response, map: &HeatMap, cursor: Option<(usize, usize)>) {
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(accesskit::Role::Canvas, true, "Heat map");
        info.current_text_value = cursor.or(map.hottest()).map(|(column, row)| {
            let start = map.range_ns(column, row).start;
            let count = group_digits(i64::from(map.count(column, row)));
            let what = if cursor.is_some() { "samples here" } else { "most samples" };
            format!("{what}, {count}, at {}", format_time(start, map.row_ns()))
        });
        info
    });
}

/// A range of time in words.
fn time_of(range: &Range<i64>) -> [(&'static str, String); 2] {
    let length = range.end - range.start;
    [("From", format_time(range.start, length)), ("Time", format_duration(length))]
}

fn cell_tooltip(ui: &mut Ui, map: &HeatMap, column: usize, row: usize) {
    let range = map.range_ns(column, row);
    let count = group_digits(i64::from(map.count(column, row)));
    let at = format!(
        "{} to {}",
        format_time(range.start, map.row_ns()),
        format_time(range.end, map.row_ns())
    );
    tooltip::pairs(ui, &[("At", at), ("Samples", count)]);
}

/// The range that is being dragged over; one that was dragged to its end is selected.
fn dragged(
    ui: &Ui,
    response: &egui::Response,
    cells: &Cells<'_>,
    commands: &mut Commands,
) -> Option<Range<i64>> {
    let origin = ui.input(|input| input.pointer.press_origin());
    let id = response.id.with("from");
    if response.drag_started_by(PointerButton::Primary)
        && let Some(origin) = origin
    {
        ui.data_mut(|data| data.insert_temp(id, cells.at(origin)));
    }
    let from = ui.data(|data| data.get_temp::<(usize, usize)>(id))?;
    let to = cells.at(response.interact_pointer_pos()?);
    let range = |(column, row): (usize, usize)| cells.map.range_ns(column, row);
    let (first, last) = (range(from.min(to)), range(from.max(to)));
    let range = first.start..last.end;
    if response.drag_stopped() {
        ui.data_mut(|data| data.remove_temp::<(usize, usize)>(id));
        commands.push(Command::Ask(Ask::Range(Some(range))));
        return None;
    }
    response.dragged().then_some(range)
}

/// The cells on screen.
struct Cells<'a> {
    map: &'a HeatMap,
    rect: Rect,
    /// Width of a column and height of a row, in points.
    size: Vec2,
}

impl<'a> Cells<'a> {
    fn new(ui: &Ui, map: &'a HeatMap, plot: Rect) -> Self {
        let n = Vec2::new(map.n_columns() as f32, map.n_rows() as f32);
        let ppp = ui.pixels_per_point();
        // Rows of a whole number of pixels are equally high; columns are where the ruler has them.
        let height = ((plot.height() * ppp / n.y).floor() / ppp).max(1.0 / ppp);
        let size = Vec2::new((plot.width() / n.x).min(WIDEST), height);
        let bottom = plot.bottom();
        let rect = Rect::from_min_max(
            Pos2::new(plot.left(), bottom - size.y * n.y),
            Pos2::new(plot.left() + size.x * n.x, bottom),
        );
        Self { map, rect, size }
    }

    /// The cell at a place, or the nearest.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cell on screen")]
    fn at(&self, pos: Pos2) -> (usize, usize) {
        let column = ((pos.x - self.rect.left()) / self.size.x).max(0.0) as usize;
        let row = ((self.rect.bottom() - pos.y) / self.size.y).max(0.0) as usize;
        (column.min(self.map.n_columns() - 1), row.min(self.map.n_rows() - 1))
    }

    fn cell(&self, column: usize, row: usize) -> Rect {
        let left = self.rect.left() + column as f32 * self.size.x;
        let bottom = self.rect.bottom() - row as f32 * self.size.y;
        Rect::from_min_max(
            Pos2::new(left, bottom - self.size.y),
            Pos2::new(left + self.size.x, bottom),
        )
    }

    fn paint(&self, ui: &Ui) {
        let palette = Palette::from(ui);
        ui.painter().rect_filled(self.rect, 0.0, palette.panel);
        let mut chart = BoxChart::new(ui, self.rect);
        let ppp = ui.pixels_per_point();
        let most = self.map.most() as f32;
        // Wide columns are told apart by a gap of a pixel.
        let gap = if self.size.x * ppp >= 6.0 { 1.0 } else { 0.0 };
        for column in 0..self.map.n_columns() {
            let x = [column, column + 1].map(|at| at as f32 * self.size.x * ppp);
            for row in 0..self.map.n_rows() {
                let count = self.map.count(column, row);
                if count == 0 {
                    continue;
                }
                let top = self.rect.height() - (row as f32 + 1.0) * self.size.y;
                // Brightness as the square root: few samples are seen beside many.
                let share = (count as f32 / most).sqrt();
                let fill = color::heat(share, palette.window, ui.theme());
                chart.fill([x[0], (x[1] - gap).max(x[0])], [top, top + self.size.y], fill);
            }
        }
        chart.finish(Id::unique("heat map cells"));
    }

    /// Marks a range of time: its part of each column.
    fn outline(&self, ui: &Ui, range: &Range<i64>) {
        let palette = Palette::from(ui);
        let column_ns = self.map.column_ns();
        #[expect(clippy::cast_possible_truncation, reason = "a place on screen")]
        let share = |ns: i64| (ns as f64 / column_ns as f64) as f32;
        let column_of = |ns: i64| usize::try_from(ns.div_euclid(column_ns)).unwrap_or_default();
        let last = column_of(range.end.saturating_sub(1)).min(self.map.n_columns() - 1);
        for column in column_of(range.start)..=last {
            let Ok(at) = i64::try_from(column) else { continue };
            let start = at.saturating_mul(column_ns);
            let from = share((range.start - start).clamp(0, column_ns));
            let to = share((range.end - start).clamp(0, column_ns));
            let x = self.rect.left() + column as f32 * self.size.x;
            let y = |share: f32| self.rect.bottom() - share * self.rect.height();
            let part = Rect::from_min_max(Pos2::new(x, y(to)), Pos2::new(x + self.size.x, y(from)));
            ui.painter().rect_filled(part, 0.0, palette.accent.gamma_multiply(0.3));
            let line = Stroke::new(1.0, palette.accent);
            ui.painter().hline(part.x_range(), part.top(), line);
            ui.painter().hline(part.x_range(), part.bottom(), line);
        }
    }

    /// When columns are, below, and what part of a column rows are, left.
    fn labels(&self, ui: &Ui, full: Rect) {
        let palette = Palette::from(ui);
        let width_px = f64::from(self.rect.width() * ui.pixels_per_point());
        let n_columns = i64::try_from(self.map.n_columns()).unwrap_or(i64::MAX);
        let end = n_columns.saturating_mul(self.map.column_ns());
        let view = AxisView::framing(0..end, width_px, 0.0);
        let below = Rect::from_min_size(
            self.rect.left_bottom(),
            Vec2::new(self.rect.width(), ruler::HEIGHT),
        );
        ruler::paint(ui, below, below.top() + 10.0, full.left(), &view, "");
        let font = theme::mono(theme::CAPTION);
        for quarter in 0..=4_i64 {
            let y = egui::lerp(self.rect.bottom()..=self.rect.top(), quarter as f32 / 4.0);
            let text = format_duration(self.map.column_ns() / 4 * quarter);
            let text = if quarter == 0 { "0".to_owned() } else { text };
            let x = self.rect.left() - 8.0;
            let align = match quarter {
                0 => Align2::RIGHT_BOTTOM,
                4 => Align2::RIGHT_TOP,
                _ => Align2::RIGHT_CENTER,
            };
            ui.painter().text(Pos2::new(x, y), align, text, font.clone(), palette.muted);
            let tick = Stroke::new(1.0, palette.hairline);
            ui.painter().hline(x + 3.0..=self.rect.left(), y, tick);
        }
    }
}
