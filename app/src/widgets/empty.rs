//! What a pane says when it has nothing to show.

use egui::{Align, Layout, RichText, Ui};

use crate::theme::{self, Palette};

/// A title and a line below it, in the middle of the pane.
pub fn empty(ui: &mut Ui, title: &str, line: &str) {
    centered(ui, |ui| words(ui, title, line));
}

/// The same with a button that leads out; gives whether it was clicked.
pub fn empty_with_way_out(ui: &mut Ui, title: &str, line: &str, button: &str) -> bool {
    centered(ui, |ui| {
        words(ui, title, line);
        ui.add_space(12.0);
        ui.button(button).clicked()
    })
}

fn centered<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space((ui.available_height() * 0.38 - 20.0).max(12.0));
        content(ui)
    })
    .inner
}

fn words(ui: &mut Ui, title: &str, line: &str) {
    let palette = Palette::from(ui);
    ui.label(RichText::new(title).font(theme::medium(theme::TITLE)).color(palette.text));
    ui.add_space(4.0);
    ui.label(RichText::new(line).color(palette.muted));
}
