//! Flame graphs of both recordings: one of the two together, or one of each side by side.
//!
//! All are of the same tree, so a box of one graph is the box of the other that has its number.

mod tooltip;

use egui::{Color32, Id, Pos2, Rect, Response, Sense, Stroke, Ui, Vec2};
use rview_core::{AxisView, BoxRun, PairNodeId};

use super::{is_found, menu, pick, shown_change};
use crate::command::{Command, Commands, Compare};
use crate::comparison::{Compared, Layout};
use crate::navigate;
use crate::settings::Direction;
use crate::state::{Comparison, PickedPair, chart_bounds};
use crate::theme::{self, Palette, color};
use crate::widgets::axis_input::{Chart as AxisChart, Drag, axis_input};
use crate::widgets::box_chart::BoxChart;

/// Shows both recordings in one flame graph.
pub(super) fn one(
    ui: &mut Ui,
    (comparison, compared): (&Comparison, &Compared),
    direction: Direction,
    commands: &mut Commands,
) {
    let layout = comparison.layout;
    scrolled(ui, compared, layout, direction, |ui, size| {
        let shown = Shown { comparison, compared, layout, direction, other: None };
        let view = comparison.flame_view;
        let events = shown.show(ui, size, ("Differential flame graph", view), commands);
        if let Some(view) = events.view {
            commands.push(Command::Compare(Compare::SetFlameView(Some(view))));
        }
        events.answer(commands, || Compare::SetFlameView(None));
    });
}

/// Space between the two graphs.
const GAP: f32 = 9.0;

/// Shows a flame graph of each recording: A left, B right, at the same height.
pub(super) fn side_by_side(
    ui: &mut Ui,
    (comparison, compared): (&Comparison, &Compared),
    direction: Direction,
    commands: &mut Commands,
) {
    scrolled(ui, compared, Layout::Both, direction, |ui, size| {
        let size = Vec2::new(((size.x - GAP) / 2.0).max(1.0), size.y);
        let key = Id::unique("comparison hovered");
        // What the pointer is on in one graph is lit up in the other, a frame later.
        // That of the last frame, which may have been of another tree.
        let hovered = ui.data(|data| data.get_temp::<Option<(usize, PairNodeId)>>(key)).flatten();
        let n_nodes = compared.paired.tree.len();
        let hovered = hovered.filter(|(_, node)| node.index() < n_nodes);
        let mut now = None;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for side in [0, 1] {
                let layout = Layout::of_side(side);
                let other = hovered.filter(|&(of, _)| of != side).map(|(_, node)| node);
                let shown = Shown { comparison, compared, layout, direction, other };
                let title = if side == 0 { "Flame graph of A" } else { "Flame graph of B" };
                let events = shown.show(ui, size, (title, comparison.side_views[side]), commands);
                if let Some(node) = events.hovered {
                    now = Some((side, node));
                }
                if events.is_used() && comparison.front_side != side {
                    commands.push(Command::Compare(Compare::FrontSide(side)));
                }
                if let Some(view) = events.view {
                    commands.push(Command::Compare(Compare::SetSideView(side, Some(view))));
                }
                events.answer(commands, || Compare::SetSideView(side, None));
                if side == 0 {
                    let (rect, _) = ui.allocate_exact_size(Vec2::new(GAP, size.y), Sense::hover());
                    let line = Stroke::new(1.0, Palette::from(ui).hairline);
                    ui.painter().vline(rect.center().x, rect.y_range(), line);
                }
            }
        });
        if now != hovered {
            ui.data_mut(|data| data.insert_temp(key, now));
            ui.ctx().request_repaint();
        }
    });
}

/// A part of the window that scrolls through the rows of the graphs.
fn scrolled(
    ui: &mut Ui,
    compared: &Compared,
    layout: Layout,
    direction: Direction,
    content: impl FnOnce(&mut Ui, Vec2),
) {
    let width = ui.available_width();
    let height = compared.layout(layout).n_rows() as f32 * theme::CHART_ROW + 4.0;
    egui::ScrollArea::vertical()
        .id_salt("comparison flame graphs")
        .auto_shrink(false)
        .stick_to_bottom(direction == Direction::Flame)
        .show(ui, |ui| {
            let size = Vec2::new(width, height.max(ui.available_height()));
            content(ui, size);
        });
}

/// The title of a graph, and the part of it on screen.
type Titled = (&'static str, Option<AxisView>);

/// What the user did to a graph.
struct Events {
    response: Response,
    hovered: Option<PairNodeId>,
    view: Option<AxisView>,
}

impl Events {
    fn is_used(&self) -> bool {
        self.response.clicked() || self.response.dragged() || self.view.is_some()
    }

    /// A click picks a box, a double click zooms to it.
    fn answer(&self, commands: &mut Commands, all: impl FnOnce() -> Compare) {
        let is_clicked = self.response.clicked() || self.response.secondary_clicked();
        if is_clicked || self.response.double_clicked() {
            commands.push(pick(self.hovered.map_or(PickedPair::Nothing, PickedPair::Node)));
        }
        if self.response.double_clicked() {
            commands.push(match self.hovered {
                Some(_) => Command::FramePicked,
                None => Command::Compare(all()),
            });
        }
    }
}

/// One graph of a frame.
struct Shown<'a> {
    comparison: &'a Comparison,
    compared: &'a Compared,
    layout: Layout,
    direction: Direction,
    /// The box that the pointer is on in the graph beside this one.
    other: Option<PairNodeId>,
}

impl Shown<'_> {
    fn show(
        &self,
        ui: &mut Ui,
        size: Vec2,
        (title, view): Titled,
        commands: &mut Commands,
    ) -> Events {
        let flame = self.compared.layout(self.layout);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        let width_px = f64::from(rect.width() * ui.pixels_per_point());
        let bounds = chart_bounds(flame);
        let view = view.map_or_else(
            || AxisView::framing(bounds.clone(), width_px, 0.0),
            |view| navigate::fitted(view, width_px).within(bounds.clone()),
        );
        let graph = Graph { shown: self, view, rect };
        let hovered = response.hover_pos().and_then(|pos| graph.node_at(ui, pos));
        graph.paint(ui, hovered, title);
        graph.scroll_to_picked(ui, title);
        self.describe(&response, title);
        response.context_menu(|ui| menu::ui(ui, self.comparison, self.compared, commands));
        let chart = AxisChart { axis: title, response: &response, left: rect.left(), view: &view };
        let input = axis_input(ui, chart, bounds, Drag::Pan);
        if let Some(node) = hovered.filter(|_| !response.context_menu_opened()) {
            response.clone().on_hover_ui_at_pointer(|ui| {
                tooltip::node(ui, self.compared, node);
            });
        }
        Events { response, hovered, view: input.view }
    }

    /// The graph in words, for those who cannot see it.
    fn describe(&self, response: &Response, title: &str) {
        response.widget_info(|| {
            let role = egui::accesskit::Role::Canvas;
            let mut info = egui::WidgetInfo::labeled(role, true, title);
            let picked = self.comparison.picked_node();
            info.current_text_value = picked.map(|node| tooltip::sentence(self.compared, node));
            info
        });
    }
}

/// A graph in its place.
struct Graph<'a> {
    shown: &'a Shown<'a>,
    view: AxisView,
    rect: Rect,
}

impl Graph<'_> {
    /// Upper edge of a row in points from the top of the chart.
    fn top_of(&self, row: usize) -> f32 {
        match self.shown.direction {
            Direction::Icicle => row as f32 * theme::CHART_ROW,
            Direction::Flame => self.rect.height() - (row as f32 + 1.0) * theme::CHART_ROW,
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row on screen")]
    fn row_at(&self, y: f32) -> usize {
        let y = match self.shown.direction {
            Direction::Icicle => y - self.rect.top(),
            Direction::Flame => self.rect.bottom() - y,
        };
        (y / theme::CHART_ROW).max(0.0) as usize
    }

    fn node_at(&self, ui: &Ui, pos: Pos2) -> Option<PairNodeId> {
        let px = f64::from((pos.x - self.rect.left()) * ui.pixels_per_point());
        let flame = self.shown.compared.layout(self.shown.layout);
        let row = self.row_at(pos.y);
        let node = flame.hit(row, self.view.at_px(px))?;
        Some(PairNodeId::from_index(node as usize))
    }

    /// Scrolls to the row of what is picked, in the frame in which it changes.
    fn scroll_to_picked(&self, ui: &Ui, title: &'static str) {
        let picked = self.shown.comparison.picked_node();
        let key = Id::unique((title, "scrolled to"));
        let last = ui.data(|data| data.get_temp::<Option<PairNodeId>>(key)).flatten();
        if picked == last {
            return;
        }
        ui.data_mut(|data| data.insert_temp(key, picked));
        if let Some(node) = picked {
            let depth = self.shown.compared.paired.tree.depth(node);
            let top = self.rect.top() + self.top_of(depth as usize);
            let y = egui::Rangef::new(top, top + theme::CHART_ROW);
            ui.scroll_to_rect(Rect::from_x_y_ranges(self.rect.x_range(), y), None);
        }
    }

    fn paint(&self, ui: &Ui, hovered: Option<PairNodeId>, title: &'static str) {
        let clip = ui.clip_rect().intersect(self.rect);
        let flame = self.shown.compared.layout(self.shown.layout);
        let mut chart = BoxChart::new(ui, clip);
        let offset = Vec2::new(self.rect.left() - clip.left(), self.rect.top() - clip.top());
        let (a, b) = (self.row_at(clip.top()), self.row_at(clip.bottom()));
        let rows = a.min(b)..(a.max(b) + 1).min(flame.n_rows());
        let lit = hovered.or(self.shown.other);
        let mut runs = Vec::new();
        for row in rows {
            runs.clear();
            flame.visible(row, &self.view, &mut runs);
            let top = self.top_of(row) + offset.y;
            for run in &runs {
                self.paint_run(ui, &mut chart, run, [top, top + theme::CHART_ROW - 1.0], lit);
            }
        }
        self.outline(ui, &mut chart, offset.y, lit);
        chart.finish(Id::unique((title, "boxes")));
    }

    fn paint_run(
        &self,
        ui: &Ui,
        chart: &mut BoxChart,
        run: &BoxRun,
        y: [f32; 2],
        lit: Option<PairNodeId>,
    ) {
        let palette = Palette::from(ui);
        let Shown { comparison, compared, .. } = *self.shown;
        let tree = &compared.paired.tree;
        let node = PairNodeId::from_index(run.first as usize);
        let (function, weights) = (tree.function(node), tree.total_of(node));
        let look = self.look(ui, node);
        let mut fill = look.fill;
        let is_faded = !is_found(comparison, compared, node);
        if is_faded {
            fill = color::mix(palette.window, fill, 0.25);
        } else if lit.is_some_and(|lit| tree.function(lit) == function) {
            fill = color::lifted(fill, ui.theme());
        }
        if run.n > 1 {
            fill = color::at_coverage(palette.window, fill, run.coverage);
        }
        let x = [run.x0, run.x1];
        chart.fill(x, y, fill);
        if run.n > 1 {
            return;
        }
        let is_gone = weights[1] == 0 && weights[0] != 0;
        if is_gone && !is_faded {
            hollow(ui, chart, x, y, color::mix(palette.window, fill, 0.3));
        }
        if comparison.picked == PickedPair::Function(function) {
            chart.outline(x, y, Stroke::new(2.0, palette.accent));
        }
        let ink = match (is_faded, is_gone) {
            (true, _) => palette.muted,
            (false, true) => palette.text,
            (false, false) => color::ink_on(fill),
        };
        chart.label_after(x, y, look.mark, &compared.paired.shown_name(function), ink);
    }

    /// The color of a box, and the sign before its name.
    fn look(&self, ui: &Ui, node: PairNodeId) -> Look {
        let Shown { comparison, compared, .. } = *self.shown;
        let change = compared.change_of_node(node);
        let shown = shown_change(comparison, &change);
        let mark = match (change.weights, shown) {
            (_, None) => "~ ",
            ([0, b], _) if b != 0 => "+ new ",
            ([a, 0], _) if a != 0 => "− gone ",
            (_, Some(change)) if change > 0.0 => "+ ",
            (_, Some(change)) if change < 0.0 => "− ",
            _ => "",
        };
        Look { fill: color::change(shown.unwrap_or_default(), ui.theme()), mark }
    }

    fn outline(&self, ui: &Ui, chart: &mut BoxChart, offset: f32, lit: Option<PairNodeId>) {
        let palette = Palette::from(ui);
        let Shown { comparison, compared, layout, .. } = *self.shown;
        let picked = comparison.picked_node();
        let outlines =
            [(lit, Stroke::new(1.0, palette.text)), (picked, Stroke::new(2.0, palette.accent))];
        for (node, stroke) in outlines {
            let Some(node) = node else { continue };
            let span = compared.layout(layout).span(node.raw());
            if span.is_empty() {
                continue;
            }
            let top = self.top_of(compared.paired.tree.depth(node) as usize) + offset;
            let x = [self.view.x_of(span.start), self.view.x_of(span.end)];
            chart.outline(x, [top, top + theme::CHART_ROW - 1.0], stroke);
        }
    }
}

/// How a box looks.
struct Look {
    fill: Color32,
    mark: &'static str,
}

/// Leaves only the edge of a box that is gone: nothing fills it any more.
fn hollow(ui: &Ui, chart: &mut BoxChart, x: [f32; 2], y: [f32; 2], inside: Color32) {
    let edge = 1.5;
    let edge_px = edge * ui.pixels_per_point();
    if x[1] - x[0] > 3.0 * edge_px {
        chart.fill([x[0] + edge_px, x[1] - edge_px], [y[0] + edge, y[1] - edge], inside);
    }
}
