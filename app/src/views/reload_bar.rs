//! Offers to read the file in front again when it has changed on disk.

use egui::{Button, Frame, Margin, Panel, RichText, Ui};

use crate::command::{Command, Commands};
use crate::state::State;
use crate::theme::Palette;
use crate::widgets::elide::{Elide, elide};

/// Letters of a name at most: the choices need their room.
const MAX_LETTERS: usize = 48;

/// Shows the offer, if there is one.
pub fn ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(input) = state.changed_in_front() else { return };
    let palette = Palette::from(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(12, 4));
    Panel::top("changed").frame(frame).show(ui, |ui| {
        ui.horizontal(|ui| {
            let name = crate::state::title_of(input);
            let short = elide(&name, MAX_LETTERS, Elide::Middle).unwrap_or_default();
            ui.label(format!("{short} has changed on disk"));
            let reload = Button::new(RichText::new("Reload").color(palette.accent));
            let help = format!("Read it again (Ctrl+R); views stay where they are\n{name}");
            if ui.add(reload).on_hover_text(help).clicked() {
                commands.push(Command::Reload);
            }
            if ui.button("Not now").on_hover_text("Until it changes again").clicked() {
                commands.push(Command::PutOffReload);
            }
            let mut always = state.settings.reload_changed;
            let text = RichText::new("Always reload").color(palette.muted);
            let help = "Read files that change on disk again without asking";
            if ui.checkbox(&mut always, text).on_hover_text(help).clicked() {
                commands.push(Command::ToggleReloadChanged);
            }
        });
    });
}
