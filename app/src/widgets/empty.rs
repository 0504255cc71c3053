//! What a pane says when it has nothing to show.

use egui::{Align, Layout, RichText, Ui};

use crate::theme::{self, Palette};

/// A title and a line below it, in the middle of the pane.
pub fn empty(ui: &mut Ui, title: &str, line: &str) {
    let palette = Palette::from(ui);
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space((ui.available_height() * 0.38 - 20.0).max(12.0));
        ui.label(RichText::new(title).font(theme::medium(theme::HEADING)).color(palette.text));
        ui.label(RichText::new(line).color(palette.muted));
    });
}
