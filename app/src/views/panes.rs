//! The views of a file in panes that dock and split.

use egui::{Color32, Stroke, Style, Ui, Visuals, WidgetText};
use egui_tiles::{Behavior, SimplificationOptions, TabState, TileId, Tiles, UiResponse};

use super::{bottom_up, call_tree, flame_chart, flame_graph, functions, report};
use crate::command::{Command, Commands};
use crate::settings::Settings;
use crate::state::{Session, View};
use crate::theme::{self, Palette};

/// The panes of one frame.
pub struct Panes<'a> {
    /// The file.
    pub session: &'a Session,
    /// How flame graphs look.
    pub settings: &'a Settings,
    /// What was asked for in this frame.
    pub commands: &'a mut Commands,
}

impl Behavior<View> for Panes<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, view: &mut View) -> UiResponse {
        let Self { session, settings, commands } = self;
        let palette = Palette::from(ui);
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, palette.window);
        let pressed = ui.input(|input| {
            input.pointer.any_pressed()
                && input.pointer.interact_pos().is_some_and(|pointer| rect.contains(pointer))
        });
        if pressed && session.layout.active != *view {
            commands.push(Command::FocusView(*view));
        }
        match view {
            View::FlameGraph => flame_graph::ui(ui, session, settings.direction, commands),
            View::FlameChart => flame_chart::ui(ui, session, commands),
            View::CallTree => call_tree::ui(ui, session, commands),
            View::BottomUp => bottom_up::ui(ui, session, commands),
            View::Functions => functions::ui(ui, session, commands),
            View::Report => report::ui(ui, session, settings, commands),
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, view: &View) -> WidgetText {
        view.title().into()
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

    fn tab_bg_color(
        &self,
        visuals: &Visuals,
        _tiles: &Tiles<View>,
        _tile: TileId,
        state: &TabState,
    ) -> Color32 {
        if state.active { visuals.extreme_bg_color } else { visuals.panel_fill }
    }

    fn tab_outline_stroke(
        &self,
        _visuals: &Visuals,
        _tiles: &Tiles<View>,
        _tile: TileId,
        _state: &TabState,
    ) -> Stroke {
        Stroke::NONE
    }

    fn tab_bar_hline_stroke(&self, visuals: &Visuals) -> Stroke {
        visuals.widgets.noninteractive.bg_stroke
    }

    fn tab_text_color(
        &self,
        visuals: &Visuals,
        _tiles: &Tiles<View>,
        _tile: TileId,
        state: &TabState,
    ) -> Color32 {
        if state.active { visuals.text_color() } else { visuals.weak_text_color() }
    }

    fn resize_stroke(&self, style: &Style, _state: egui_tiles::ResizeState) -> Stroke {
        style.visuals.widgets.noninteractive.bg_stroke
    }
}
