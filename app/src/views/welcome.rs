//! The window without a file: where to drop one, what can be opened, what was open before.

use egui::{Align, Layout, RichText, Ui};
use rview_formats::Input;

use crate::command::{Command, Commands};
use crate::state::State;
use crate::theme::{self, Palette};

/// Shows the welcome page.
pub fn ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let palette = Palette::from(ui);
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space((ui.available_height() * 0.22).max(24.0));
        ui.label(RichText::new("Drop a profile or trace here").font(theme::medium(theme::TITLE)));
        ui.add_space(4.0);
        let formats =
            "perf.data · pprof · Chrome trace JSON · folded stacks — also in gzip or zstd";
        ui.label(RichText::new(formats).color(palette.muted));
        ui.add_space(20.0);
        ui.horizontal(|ui| {
            let width = 232.0;
            ui.add_space((ui.available_width() - width).max(0.0) / 2.0);
            if ui.button("Open…").on_hover_text("Ctrl+O").clicked() {
                commands.push(Command::OpenDialog);
            }
            if ui.button("Open the demos").clicked() {
                commands.push(Command::OpenDemo);
            }
            if ui.button("Keys").clicked() {
                commands.push(Command::Overlay(Some(crate::state::Overlay::Keys)));
            }
        });
        if !state.settings.recent.is_empty() {
            ui.add_space(32.0);
            ui.label(RichText::new("Recent").font(theme::medium(theme::HEADING)));
            ui.add_space(4.0);
            for path in state.settings.recent.iter().take(8) {
                let text = path.display().to_string();
                let short =
                    crate::widgets::elide::elide(&text, 72, crate::widgets::elide::Elide::Middle);
                if ui.link(short.unwrap_or_default()).on_hover_text(text).clicked() {
                    commands.push(Command::Open(vec![Input::Path(path.clone())]));
                }
            }
        }
    });
}
