//! Which two files to compare.

use egui::{RichText, Ui};

use crate::command::{Command, Commands, Compare};
use crate::state::{Content, Overlay, State, Tab, TabId};
use crate::theme::Palette;

/// Lists the open files that the latest one can be compared with.
pub fn choose(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let in_front = state.tab().filter(|tab| !matches!(tab.content, Content::Comparison(_)));
    let Some(b) = in_front.or_else(|| state.comparable_tabs().last()) else { return };
    let muted = Palette::from(ui).muted;
    ui.label(RichText::new(format!("Compare {}, as B, with A:", b.name())).color(muted));
    ui.add_space(4.0);
    for a in state.comparable_tabs().filter(|tab| tab.id != b.id) {
        if ui.button(a.name()).clicked() {
            commands.push(Command::Compare(Compare::Tabs([a.id, b.id])));
        }
    }
}

/// Asks whether to compare two files that were opened together.
pub fn offer(ui: &mut Ui, state: &State, tabs: [TabId; 2], commands: &mut Commands) {
    let name = |id: TabId| state.tabs.iter().find(|tab| tab.id == id).map(Tab::name);
    let [Some(a), Some(b)] = tabs.map(name) else { return };
    let line = format!("Compare {a}, as A, with {b}, as B?");
    ui.add(egui::Label::new(line).wrap());
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if ui.button("Compare them").clicked() {
            commands.push(Command::Compare(Compare::Tabs(tabs)));
        }
        if ui.button("The other way round").clicked() {
            let [a, b] = tabs;
            commands.push(Command::Compare(Compare::Tabs([b, a])));
        }
        if ui.button("Look at each alone").clicked() {
            commands.push(Command::Overlay(None::<Overlay>));
        }
    });
}

/// The menu of a tab: which others it can be compared with.
pub fn menu(ui: &mut Ui, state: &State, b: &Tab, commands: &mut Commands) {
    let is_file = !matches!(b.content, Content::Comparison(_) | Content::Failed(_));
    let others: Vec<&Tab> = state.comparable_tabs().filter(|tab| tab.id != b.id).collect();
    if is_file {
        for a in &others {
            if ui.button(format!("Compare with {}", a.name())).clicked() {
                commands.push(Command::Compare(Compare::Tabs([a.id, b.id])));
                ui.close();
            }
        }
        if others.is_empty() {
            let button = egui::Button::new("Compare with another open file");
            ui.add_enabled(false, button);
        }
        ui.separator();
    }
    if ui.button("Close").clicked() {
        if let Some(at) = state.tabs.iter().position(|tab| tab.id == b.id) {
            commands.push(Command::CloseTab(at));
        }
        ui.close();
    }
}
