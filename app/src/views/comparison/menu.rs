//! What can be done with what is picked in a comparison.

use egui::Ui;
use rview_core::Search;

use crate::command::{Command, Commands, Compare};
use crate::comparison::Compared;
use crate::state::Comparison;

/// Shows the menu of what is picked.
pub(super) fn ui(
    ui: &mut Ui,
    comparison: &Comparison,
    compared: &Compared,
    commands: &mut Commands,
) {
    let Some(pair) = comparison.picked_function() else {
        ui.close();
        return;
    };
    let (name, function) = (compared.paired.name(pair), compared.paired.function(pair));
    let mut offer = |ui: &mut Ui, text: &str, is_there: bool, command: Command| {
        if ui.add_enabled(is_there, egui::Button::new(text)).clicked() {
            commands.push(command);
            ui.close();
        }
    };
    if comparison.is_chart() {
        offer(ui, "Zoom to it (F)", true, Command::FramePicked);
    }
    let text = Search::text_of_name(name);
    offer(ui, "Search for this function", true, Command::SetSearch(text));
    for (side, title) in ["Show it in A", "Show it in B"].into_iter().enumerate() {
        let show = Command::Compare(Compare::ShowIn(side));
        offer(ui, title, function.of[side].is_some(), show);
    }
    offer(ui, "Copy its name", true, Command::CopyText(name.to_owned()));
}
