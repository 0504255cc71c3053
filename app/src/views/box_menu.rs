//! The menu of a box or row: what can be done with what is picked.

use egui::{Button, Ui};
use rview_core::Search;

use crate::actions::action_of;
use crate::command::{Ask, Command, Commands, InNotes};
use crate::state::{Picked, Session, TransformKind, View};

/// How wide the menu is, in points.
const WIDTH: f32 = 288.0;

/// Shows the menu of what is picked.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some(function) = session.picked_function() else {
        ui.label("Nothing here");
        return;
    };
    // Keys stand right of the longest name.
    ui.set_min_width(WIDTH);
    ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
    let profile = &session.document.profile;
    let name = &*profile.shown_name(function);
    let mut entry = |ui: &mut Ui, text: &str, chosen: Vec<Command>| {
        if ui.button(text).clicked() {
            commands.extend(chosen);
            ui.close();
        }
    };
    if !matches!(session.picked, Picked::Marker(_)) {
        entry(ui, "Zoom to it", vec![Command::FramePicked]);
    }
    if let Picked::Slice(slice) = session.picked {
        let slices = profile.slices();
        let range = slices.start_ns(slice)..slices.end_ns(slice);
        entry(ui, "Count only its time", vec![Command::Ask(Ask::Range(Some(range)))]);
    }
    for kind in TransformKind::ALL {
        if session.transform(kind).is_none() {
            continue;
        }
        if kind.starts_group() || kind == TransformKind::FocusFunction {
            ui.separator();
        }
        let keys = action_of(kind).and_then(|action| action.keys.first());
        let keys = keys.map(|keys| ui.ctx().format_shortcut(keys)).unwrap_or_default();
        let button = ui.add(Button::new(kind.name()).shortcut_text(keys));
        button.widget_info(|| {
            egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, kind.name())
        });
        if button.clicked() {
            commands.push(Command::Ask(Ask::TransformPicked(kind)));
            ui.close();
        }
    }
    let mut entry = |ui: &mut Ui, text: &str, chosen: Vec<Command>| {
        if ui.button(text).clicked() {
            commands.extend(chosen);
            ui.close();
        }
    };
    ui.separator();
    entry(ui, "Find it everywhere", vec![Command::SetSearch(Search::text_of_name(name))]);
    if session.picked_path().is_some() {
        entry(ui, "Show in the call tree", vec![Command::ShowView(View::CallTree)]);
    }
    let in_sandwich =
        vec![Command::Pick(Picked::Function(function)), Command::ShowView(View::Sandwich)];
    entry(ui, "Show its callers and callees", in_sandwich);
    if profile.symbols().functions().row(function).file.is_some() {
        entry(ui, "Show its source", vec![Command::ShowView(View::Source)]);
    }
    if session.base.n_binaries > 0 {
        entry(ui, "Show its instructions", vec![Command::ShowView(View::Assembly)]);
    }
    let in_functions =
        vec![Command::Pick(Picked::Function(function)), Command::ShowView(View::Functions)];
    entry(ui, "Show in the functions", in_functions);
    if !profile.slices().is_empty() {
        entry(ui, "Show its distribution", vec![Command::ShowView(View::Distribution)]);
        let listed = Command::SetSearch(Search::text_of_name(name));
        entry(ui, "List its slices", vec![listed, Command::ShowView(View::Slices)]);
    }
    ui.separator();
    entry(ui, "Add a note…", vec![Command::Notes(InNotes::Write)]);
    entry(ui, "Copy its name", vec![Command::CopyText(name.to_owned())]);
    if session.picked_path().is_some() {
        entry(ui, "Copy the stack", vec![Command::CopyStack]);
    }
}
