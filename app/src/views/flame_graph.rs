//! The flame graph: stacks merged, the heaviest callee left.

use egui::{Id, Rect, Sense, Stroke, Ui, Vec2};
use rview_core::{AxisView, BoxRun, NodeId, PathId};

use crate::analysis::Trees;
use crate::command::{Command, Commands};
use crate::navigate::{self, Axis};
use crate::settings::Direction;
use crate::state::{Picked, Session};
use crate::theme::{self, Palette, color};
use crate::views::{box_menu, tables, tooltip};
use crate::widgets::axis_input::{Chart, Drag, axis_input};
use crate::widgets::box_chart::BoxChart;
use crate::widgets::empty::empty;

/// Shows the flame graph; a click picks a box, a double click zooms to it.
pub fn ui(ui: &mut Ui, session: &Session, direction: Direction, commands: &mut Commands) {
    let Some((_, trees)) = &session.trees else {
        empty(ui, "Computing…", "Adding up the recording");
        return;
    };
    if trees.tree.is_empty() {
        tables::nothing(ui, session, commands);
        return;
    }
    let width = ui.available_width();
    let height = trees.flame.n_rows() as f32 * theme::CHART_ROW + 4.0;
    egui::ScrollArea::vertical()
        .id_salt("flame graph")
        .auto_shrink(false)
        .stick_to_bottom(direction == Direction::Flame)
        .show(ui, |ui| {
            follow_added_rows(ui, session, direction, commands);
            let size = Vec2::new(width, height.max(ui.available_height()));
            let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
            let ppp = ui.pixels_per_point();
            let width_px = f64::from(rect.width() * ppp);
            let bounds = navigate::bounds(session, Axis::Weight);
            let view = session.flame_view.map_or_else(
                || AxisView::framing(bounds.clone(), width_px, 0.0),
                |view| navigate::fitted(view, width_px).within(bounds.clone()),
            );
            let graph = Graph { session, trees, view, rect, direction };
            let hovered = response.hover_pos().and_then(|pos| graph.node_at(ui, pos));
            graph.paint(ui, hovered);
            graph.scroll_to_picked(ui);
            describe(&response, session, trees);

            let axis = Axis::Weight.name();
            let chart = Chart { axis, response: &response, left: rect.left(), view: &view };
            let input = axis_input(ui, chart, bounds, Drag::Pan);
            if let Some(view) = input.view {
                commands.push(Command::SetFlameView(Some(view)));
            }
            if response.clicked() || response.double_clicked() || response.secondary_clicked() {
                let picked =
                    hovered.map_or(Picked::Nothing, |node| Picked::Path(trees.tree.path(node)));
                commands.push(Command::Pick(picked));
            }
            if response.double_clicked() {
                commands.push(hovered.map_or(Command::ResetZoom, |_| Command::FramePicked));
            }
            response.context_menu(|ui| box_menu::ui(ui, session, commands));
            if let Some(node) = hovered.filter(|_| !response.context_menu_opened()) {
                response.on_hover_ui_at_pointer(|ui| tooltip::node(ui, session, node));
            }
        });
}

/// What was on screen has more callers above it than before: scrolls to where it is.
fn follow_added_rows(ui: &Ui, session: &Session, direction: Direction, commands: &mut Commands) {
    if session.flame_rows_added == 0.0 {
        return;
    }
    commands.push(Command::FlameRowsShown);
    if direction == Direction::Icicle {
        let up = Vec2::new(0.0, -session.flame_rows_added * theme::CHART_ROW);
        ui.scroll_with_delta_animation(up, egui::style::ScrollAnimation::none());
    }
}

/// The chart in words, for those who cannot see it.
fn describe(response: &egui::Response, session: &Session, trees: &Trees) {
    let profile = &session.document.profile;
    response.widget_info(|| {
        let role = egui::accesskit::Role::Canvas;
        let mut info = egui::WidgetInfo::labeled(role, true, "Flame graph");
        let picked = session.picked_path().and_then(|path| trees.tree.node_of_path(path));
        info.current_text_value = picked.map(|node| {
            let share = rview_core::units::format_percent(
                trees.tree.total_of(node),
                trees.tree.reference(),
            );
            let name = profile.shown_name(trees.tree.function(node));
            let inlined = if trees.tree.is_inlined(node) { ", inlined" } else { "" };
            format!("{name}{inlined}, {share} of all")
        });
        info
    });
}

/// How wide the mark of an inlined function is, in points.
const INLINED_MARK: f32 = 3.0;

/// Marks the left edge of a box whose function is inlined into the one above, with a line of
/// dots, which no other edge has.
fn inlined_mark(chart: &mut BoxChart, x: [f32; 2], y: [f32; 2], ink: egui::Color32, width_px: f32) {
    if x[1] - x[0] < 3.0 * width_px {
        return;
    }
    let dot = INLINED_MARK - 1.0;
    let mut top = y[0] + dot / 2.0;
    while top + dot <= y[1] {
        chart.fill([x[0] + width_px / 3.0, x[0] + width_px], [top, top + dot], ink);
        top += 2.0 * dot;
    }
}

/// One frame of the chart.
struct Graph<'a> {
    session: &'a Session,
    trees: &'a Trees,
    view: AxisView,
    rect: Rect,
    direction: Direction,
}

impl Graph<'_> {
    /// Upper edge of a row in points from the top of the chart.
    fn top_of(&self, row: usize) -> f32 {
        match self.direction {
            Direction::Icicle => row as f32 * theme::CHART_ROW,
            Direction::Flame => self.rect.height() - (row as f32 + 1.0) * theme::CHART_ROW,
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row on screen")]
    fn row_at(&self, y: f32) -> usize {
        let y = match self.direction {
            Direction::Icicle => y - self.rect.top(),
            Direction::Flame => self.rect.bottom() - y,
        };
        (y / theme::CHART_ROW).max(0.0) as usize
    }

    fn node_at(&self, ui: &Ui, pos: egui::Pos2) -> Option<NodeId> {
        let px = f64::from((pos.x - self.rect.left()) * ui.pixels_per_point());
        let row = self.row_at(pos.y);
        if row >= self.trees.flame.n_rows() {
            return None;
        }
        let node = self.trees.flame.hit(row, self.view.at_px(px))?;
        Some(NodeId::from_index(node as usize))
    }

    /// Scrolls to the row of what is picked, in the frame in which it changes.
    fn scroll_to_picked(&self, ui: &Ui) {
        let picked = self.session.picked_path();
        let key = Id::unique("flame graph scrolled to");
        let last = ui.data(|data| data.get_temp::<Option<PathId>>(key)).flatten();
        if picked == last {
            return;
        }
        ui.data_mut(|data| data.insert_temp(key, picked));
        let tree = &self.trees.tree;
        if let Some(node) = picked.and_then(|path| tree.node_of_path(path)) {
            let top = self.rect.top() + self.top_of(tree.depth(node) as usize);
            let y = egui::Rangef::new(top, top + theme::CHART_ROW);
            ui.scroll_to_rect(Rect::from_x_y_ranges(self.rect.x_range(), y), None);
        }
    }

    fn paint(&self, ui: &Ui, hovered: Option<NodeId>) {
        let clip = ui.clip_rect().intersect(self.rect);
        let mut chart = BoxChart::new(ui, clip);
        let offset = self.rect.top() - clip.top();
        let (a, b) = (self.row_at(clip.top()), self.row_at(clip.bottom()));
        let rows = a.min(b)..(a.max(b) + 1).min(self.trees.flame.n_rows());
        let hovered_function = hovered.map(|node| self.trees.tree.function(node));
        let mut runs = Vec::new();
        for row in rows {
            runs.clear();
            self.trees.flame.visible(row, &self.view, &mut runs);
            let top = self.top_of(row) + offset;
            for run in &runs {
                self.paint_run(
                    ui,
                    &mut chart,
                    run,
                    [top, top + theme::CHART_ROW - 1.0],
                    hovered_function,
                );
            }
        }
        self.outline(ui, &mut chart, offset, hovered);
        chart.finish(Id::unique("flame graph boxes"));
    }

    fn paint_run(
        &self,
        ui: &Ui,
        chart: &mut BoxChart,
        run: &BoxRun,
        y: [f32; 2],
        hovered: Option<rview_core::FunctionId>,
    ) {
        let palette = Palette::from(ui);
        let node = NodeId::from_index(run.first as usize);
        let function = self.trees.tree.function(node);
        let mut fill = self.fill(ui, node);
        let is_faded =
            self.session.search.functions().is_some_and(|found| !found.contains(function));
        if is_faded {
            fill = color::mix(palette.window, fill, 0.25);
        } else if hovered == Some(function) {
            fill = color::lifted(fill, ui.theme());
        }
        if run.n > 1 {
            fill = color::at_coverage(palette.window, fill, run.coverage);
        }
        chart.fill([run.x0, run.x1], y, fill);
        if self.session.picked == Picked::Function(function) && run.n == 1 {
            chart.outline([run.x0, run.x1], y, Stroke::new(2.0, palette.accent));
        }
        if run.n == 1 {
            let name = &*self.session.document.profile.shown_name(function);
            let ink = if is_faded { palette.muted } else { color::ink_on(fill) };
            let x = if self.trees.tree.is_inlined(node) {
                let mark = INLINED_MARK * ui.pixels_per_point();
                inlined_mark(chart, [run.x0, run.x1], y, color::mix(fill, ink, 0.5), mark);
                [run.x0 + mark, run.x1]
            } else {
                [run.x0, run.x1]
            };
            if self.trees.tree.has_negative() {
                let sign = if self.trees.tree.total_of(node) < 0 { "− " } else { "+ " };
                chart.label_after(x, y, sign, name, ink);
            } else {
                chart.label(x, y, name, ink);
            }
        }
    }

    /// The color of a box: that of its function; where some weights are negative, of its sign.
    fn fill(&self, ui: &Ui, node: NodeId) -> egui::Color32 {
        if self.trees.tree.has_negative() {
            return color::signed(self.trees.tree.total_of(node), ui.theme());
        }
        self.session.base.color(self.trees.tree.function(node), ui.theme())
    }

    fn outline(&self, ui: &Ui, chart: &mut BoxChart, offset: f32, hovered: Option<NodeId>) {
        let palette = Palette::from(ui);
        let tree = &self.trees.tree;
        let picked = self.session.picked_path().and_then(|path| tree.node_of_path(path));
        let outlines =
            [(hovered, Stroke::new(1.0, palette.text)), (picked, Stroke::new(2.0, palette.accent))];
        for (node, stroke) in outlines {
            let Some(node) = node else { continue };
            let span = self.trees.flame.span(node.raw());
            let top = self.top_of(tree.depth(node) as usize) + offset;
            let x = [self.view.x_of(span.start), self.view.x_of(span.end)];
            chart.outline(x, [top, top + theme::CHART_ROW - 1.0], stroke);
        }
    }
}
