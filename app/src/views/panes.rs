//! The views of a file in panes that dock and split.

use egui::{Color32, Pos2, Sense, Stroke, Style, Ui, Vec2, Visuals, WidgetText};
use egui_tiles::{Behavior, SimplificationOptions, TabState, TileId, Tiles, UiResponse};

use rview_core::Granularity;

use super::{
    assembly, bottom_up, call_tree, distribution, flame_chart, flame_graph, functions, heat_map,
    report, sandwich, slices, source,
};
use crate::command::{Command, Commands};
use crate::settings::Settings;
use crate::state::{Session, View};
use crate::theme::{self, Palette};

/// Space beside the title of a tab.
const TAB_PADDING: f32 = 12.0;

/// The same where each tab has less than [`WITH_PADDING`] points.
const NARROW_TAB_PADDING: f32 = 6.0;

/// How wide a tab is on average.
const WITH_PADDING: f32 = 84.0;

/// The panes of one frame.
pub struct Panes<'a> {
    /// The file.
    pub session: &'a Session,
    /// How flame graphs look.
    pub settings: &'a Settings,
    /// How wide all panes together are, in points.
    pub width: f32,
    /// What was asked for in this frame.
    pub commands: &'a mut Commands,
}

/// Scrolls the tabs to the one in front: when it gets there, and when they get another width.
fn scroll_to_front(ui: &Ui, tile: TileId, rect: egui::Rect) {
    let key = ui.scope_id().with("tab in front");
    let now = (tile, ui.clip_rect().width());
    if ui.data(|data| data.get_temp::<(TileId, f32)>(key)) != Some(now) {
        ui.data_mut(|data| data.insert_temp(key, now));
        ui.scroll_to_rect_animation(rect, None, egui::style::ScrollAnimation::none());
    }
}

impl Behavior<View> for Panes<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, view: &mut View) -> UiResponse {
        let Self { session, settings, commands, .. } = self;
        let palette = Palette::from(ui);
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, palette.window);
        crate::picture::remember(ui.ctx(), *view, rect);
        let pressed = ui.input(|input| {
            input.pointer.any_pressed()
                && input.pointer.interact_pos().is_some_and(|pointer| rect.contains(pointer))
        });
        if pressed && (session.layout.active != *view || session.keys_on_time) {
            commands.push(Command::FocusView(*view));
        }
        match view {
            View::FlameGraph => flame_graph::ui(ui, session, settings.direction, commands),
            View::FlameChart => flame_chart::ui(ui, session, commands),
            View::HeatMap => heat_map::ui(ui, session, commands),
            View::CallTree => call_tree::ui(ui, session, commands),
            View::BottomUp => bottom_up::ui(ui, session, commands),
            View::Functions => functions::ui(ui, session, commands),
            View::Sandwich => sandwich::ui(ui, session, commands),
            View::Source => source::ui(ui, session, settings, commands),
            View::Assembly => assembly::ui(ui, session, commands),
            View::Slices => slices::ui(ui, session, commands),
            View::Distribution => distribution::ui(ui, session, commands),
            View::Report => report::ui(ui, session, settings, commands),
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, view: &View) -> WidgetText {
        match (view, self.session.base.shaped.shape.granularity) {
            (View::Functions, Granularity::Line) => "Lines",
            (View::Functions, Granularity::File) => "Files",
            (View::Functions, Granularity::Module) => "Modules",
            (view, _) => view.title(),
        }
        .into()
    }

    fn on_tab_button(
        &mut self,
        tiles: &mut Tiles<View>,
        tile: TileId,
        response: egui::Response,
    ) -> egui::Response {
        if response.clicked()
            && let Some(&view) = tiles.get_pane(&tile)
        {
            self.commands.push(Command::ShowView(view));
        }
        response
    }

    fn tab_ui(
        &mut self,
        tiles: &mut Tiles<View>,
        ui: &mut Ui,
        id: egui::Id,
        tile: TileId,
        state: &TabState,
    ) -> egui::Response {
        let palette = Palette::from(ui);
        let title = self.tab_title_for_tile(tiles, tile).text().to_owned();
        let ink = if state.active { palette.text } else { palette.muted };
        let galley = ui.painter().layout_no_wrap(title, theme::sans(theme::BODY), ink);
        let n_tabs = tiles.tiles().filter(|tile| tile.is_pane()).count();
        let is_narrow = self.width < n_tabs as f32 * WITH_PADDING;
        let padding = if is_narrow { NARROW_TAB_PADDING } else { TAB_PADDING };
        let size = Vec2::new(galley.size().x + 2.0 * padding, ui.available_height());
        let (_, rect) = ui.allocate_space(size);
        let response = ui.interact(rect, id, Sense::click_and_drag());
        response.widget_info(|| {
            let role = egui::accesskit::Role::Button;
            egui::WidgetInfo::selected(role, true, state.active, galley.text())
        });
        if state.active {
            scroll_to_front(ui, tile, rect);
        }
        if !state.is_being_dragged {
            let painter = ui.painter();
            if state.active {
                painter.rect_filled(rect, 0.0, palette.window);
                let line = Stroke::new(2.0, palette.accent);
                painter.hline(rect.x_range(), rect.top() + 1.0, line);
            } else if response.hovered() {
                painter.rect_filled(rect, 0.0, palette.hover());
            }
            let y = rect.center().y - galley.size().y / 2.0;
            painter.galley(Pos2::new(rect.left() + padding, y), galley, ink);
        }
        self.on_tab_button(tiles, tile, response)
    }

    fn tab_bar_height(&self, _style: &Style) -> f32 {
        theme::TAB_BAR
    }

    fn gap_width(&self, _style: &Style) -> f32 {
        1.0
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }

    fn tab_bar_color(&self, visuals: &Visuals) -> Color32 {
        visuals.panel_fill
    }

    fn tab_bar_hline_stroke(&self, visuals: &Visuals) -> Stroke {
        visuals.widgets.noninteractive.bg_stroke
    }

    fn resize_stroke(&self, style: &Style, _state: egui_tiles::ResizeState) -> Stroke {
        style.visuals.widgets.noninteractive.bg_stroke
    }
}
