//! The callers of a function as boxes above it, or its callees as boxes below it.

use egui::{Id, Pos2, Rect, Sense, Stroke, Ui, Vec2};
use rview_core::units::format_percent;
use rview_core::{AxisView, BoxRun, MergedTree};

use crate::analysis::Trees;
use crate::command::{Command, Commands, InSandwich};
use crate::navigate::{self, Axis};
use crate::state::{Half, Picked, Session};
use crate::theme::{self, Palette, color};
use crate::views::{box_menu, tooltip};
use crate::widgets::axis_input::{Chart, Drag, axis_input};
use crate::widgets::box_chart::BoxChart;

/// Room for the caption at the outer end of the boxes.
pub(super) const CAPTION_ROW: f32 = 20.0;

/// Shows the boxes of a half; a click picks one, a double click zooms to it.
pub(super) fn ui(
    ui: &mut Ui,
    session: &Session,
    trees: &Trees,
    half: Half,
    commands: &mut Commands,
) {
    let Some(tree) = session.sandwich.tree(half) else { return };
    let n_rows = tree.flame().n_rows().saturating_sub(1);
    let height = n_rows as f32 * theme::CHART_ROW + CAPTION_ROW;
    let width = ui.available_width();
    egui::ScrollArea::vertical()
        .id_salt(("sandwich", half))
        .auto_shrink(false)
        .min_scrolled_height(0.0)
        .stick_to_bottom(half == Half::Callers)
        .show(ui, |ui| {
            let size = Vec2::new(width, height.max(ui.available_height()));
            let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
            let width_px = f64::from(rect.width() * ui.pixels_per_point());
            let axis = Axis::of_half(half);
            let bounds = navigate::bounds(session, axis);
            let view = session.sandwich.view(half).map_or_else(
                || AxisView::framing(bounds.clone(), width_px, 0.0),
                |view| navigate::fitted(view, width_px).within(bounds.clone()),
            );
            let has_signs = trees.tree.has_negative();
            let graph = Graph { session, tree, half, view, rect, has_signs };
            let hovered = response.hover_pos().and_then(|pos| graph.row_at(ui, pos));
            graph.paint(ui, hovered);
            graph.caption(ui);
            describe(&response, session, tree, half);

            let axis = axis.name();
            let chart = Chart { axis, response: &response, left: rect.left(), view: &view };
            if let Some(view) = axis_input(ui, chart, bounds, Drag::Pan).view {
                commands.push(Command::Sandwich(InSandwich::View(half, Some(view))));
            }
            if response.clicked() || response.double_clicked() || response.secondary_clicked() {
                let row = hovered.unwrap_or_default();
                commands.push(Command::Sandwich(InSandwich::Pick(half, row)));
            }
            if response.double_clicked() {
                commands.push(hovered.map_or(Command::ResetZoom, |_| Command::FramePicked));
            }
            response.context_menu(|ui| box_menu::ui(ui, session, commands));
            if let Some(row) = hovered.filter(|_| !response.context_menu_opened()) {
                response.on_hover_ui_at_pointer(|ui| tooltip::merged(ui, session, half, row));
            }
        });
}

/// The chart in words, for those who cannot see it.
fn describe(response: &egui::Response, session: &Session, tree: &MergedTree, half: Half) {
    let profile = &session.document.profile;
    response.widget_info(|| {
        let name = if half == Half::Callers { "Callers" } else { "Callees" };
        let mut info = egui::WidgetInfo::labeled(egui::accesskit::Role::Canvas, true, name);
        let cursor = session.sandwich.cursor.filter(|&(of, _)| of == half);
        info.current_text_value = cursor.map(|(_, row)| {
            let share = format_percent(tree.total(row), tree.total(0));
            let name = profile.shown_name(tree.function(row));
            format!("{name}, {share} of the function")
        });
        info
    });
}

/// One frame of the chart.
struct Graph<'a> {
    session: &'a Session,
    tree: &'a MergedTree,
    half: Half,
    view: AxisView,
    rect: Rect,
    /// Whether some weights are negative: then colors tell signs.
    has_signs: bool,
}

impl Graph<'_> {
    /// Upper edge of the boxes that are `depth` calls away, in points from the top of the chart.
    fn top_of(&self, depth: usize) -> f32 {
        match self.half {
            Half::Callers => self.rect.height() - depth as f32 * theme::CHART_ROW,
            Half::Callees => (depth as f32 - 1.0) * theme::CHART_ROW,
        }
    }

    /// How many calls away a place is.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row on screen")]
    fn depth_at(&self, y: f32) -> usize {
        let y = match self.half {
            Half::Callers => self.rect.bottom() - y,
            Half::Callees => y - self.rect.top(),
        };
        (y / theme::CHART_ROW).max(0.0) as usize + 1
    }

    fn row_at(&self, ui: &Ui, pos: Pos2) -> Option<usize> {
        let px = f64::from((pos.x - self.rect.left()) * ui.pixels_per_point());
        let depth = self.depth_at(pos.y);
        let flame = self.tree.flame();
        if depth >= flame.n_rows() {
            return None;
        }
        flame.hit(depth, self.view.at_px(px)).map(|row| row as usize)
    }

    fn paint(&self, ui: &Ui, hovered: Option<usize>) {
        let clip = ui.clip_rect().intersect(self.rect);
        let mut chart = BoxChart::new(ui, clip);
        let offset = self.rect.top() - clip.top();
        let flame = self.tree.flame();
        let (a, b) = (self.depth_at(clip.top()), self.depth_at(clip.bottom()));
        let depths = a.min(b).max(1)..(a.max(b) + 1).min(flame.n_rows());
        let mut runs = Vec::new();
        for depth in depths {
            runs.clear();
            flame.visible(depth, &self.view, &mut runs);
            let top = self.top_of(depth) + offset;
            for run in &runs {
                let y = [top, top + theme::CHART_ROW - 1.0];
                self.paint_run(ui, &mut chart, run, y, hovered);
            }
        }
        let palette = Palette::from(ui);
        let picked = self.session.sandwich.cursor.filter(|&(half, _)| half == self.half);
        let picked = picked.map(|(_, row)| row);
        let outlines =
            [(hovered, Stroke::new(1.0, palette.text)), (picked, Stroke::new(2.0, palette.accent))];
        for (row, stroke) in outlines {
            let Some(row) = row.filter(|&row| row > 0) else { continue };
            let Ok(number) = u32::try_from(row) else { continue };
            let span = flame.span(number);
            let top = self.top_of(self.tree.depth(row)) + offset;
            let x = [self.view.x_of(span.start), self.view.x_of(span.end)];
            chart.outline(x, [top, top + theme::CHART_ROW - 1.0], stroke);
        }
        chart.finish(Id::unique(("sandwich boxes", self.half)));
    }

    fn paint_run(
        &self,
        ui: &Ui,
        chart: &mut BoxChart,
        run: &BoxRun,
        y: [f32; 2],
        hovered: Option<usize>,
    ) {
        let palette = Palette::from(ui);
        let row = run.first as usize;
        let function = self.tree.function(row);
        let has_signs = self.has_signs;
        let mut fill = if has_signs {
            color::signed(self.tree.total(row), ui.theme())
        } else {
            self.session.base.color(function, ui.theme())
        };
        let is_faded =
            self.session.search.functions().is_some_and(|found| !found.contains(function));
        if is_faded {
            fill = color::mix(palette.window, fill, 0.25);
        } else if hovered.is_some_and(|row| self.tree.function(row) == function) {
            fill = color::lifted(fill, ui.theme());
        }
        if run.n > 1 {
            fill = color::at_coverage(palette.window, fill, run.coverage);
        }
        chart.fill([run.x0, run.x1], y, fill);
        if run.n > 1 {
            return;
        }
        // Other boxes of what is picked, wherever they are.
        if self.session.picked == Picked::Function(function) {
            let stroke = Stroke::new(1.0, palette.accent);
            chart.outline([run.x0, run.x1], y, stroke);
        }
        let name = self.session.document.profile.shown_name(function);
        let ink = if is_faded { palette.muted } else { color::ink_on(fill) };
        let sign = match (has_signs, self.tree.total(row) < 0) {
            (false, _) => "",
            (true, true) => "− ",
            (true, false) => "+ ",
        };
        chart.label_after([run.x0, run.x1], y, sign, &name, ink);
    }

    /// What the boxes are, where there is none; in the row beyond the last one.
    fn caption(&self, ui: &Ui) {
        let palette = Palette::from(ui);
        let n_rows = self.tree.flame().n_rows().saturating_sub(1);
        let text = match (self.half, n_rows, self.tree.is_cut()) {
            (Half::Callers, 0, _) => "Nothing calls it",
            (Half::Callees, 0, _) => "It calls nothing",
            (Half::Callers, _, true) => "Callers; those further out are left out",
            (Half::Callers, ..) => "Callers",
            (Half::Callees, ..) => "Callees",
        };
        let depth = n_rows as f32 * theme::CHART_ROW;
        let y = match self.half {
            Half::Callers => self.rect.bottom() - depth - CAPTION_ROW / 2.0,
            Half::Callees => self.rect.top() + depth + CAPTION_ROW / 2.0,
        };
        let at = Pos2::new(self.rect.left() + 8.0, y);
        let font = theme::sans(theme::CAPTION);
        ui.painter().text(at, egui::Align2::LEFT_CENTER, text, font, palette.muted);
    }
}
