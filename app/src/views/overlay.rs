//! Windows over the others: the palette of commands, a path to open, the keys.

use egui::{Align2, Context, Key, RichText, ScrollArea, TextEdit, Ui, Window};

use rview_formats::Input;

use crate::actions::{ACTIONS, Action};
use crate::command::{Command, Commands};
use crate::state::Overlay;
use crate::theme::{self, Palette};

/// Shows the window that is over the others.
pub fn ui(ctx: &Context, overlay: &Overlay, commands: &mut Commands) {
    match overlay {
        Overlay::Palette(text) => window(ctx, "Commands", |ui| palette(ui, text, commands)),
        Overlay::OpenPath(text) => window(ctx, "Open by path", |ui| open_path(ui, text, commands)),
        Overlay::Keys => window(ctx, "Keys", keys),
    }
}

fn window(ctx: &Context, title: &str, content: impl FnOnce(&mut Ui)) {
    Window::new(title)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_TOP, [0.0, 80.0])
        .fixed_size([460.0, 360.0])
        .show(ctx, content);
}

/// A text field that has the keyboard. Gives the text if it changed, and whether Enter was hit.
fn field(ui: &mut Ui, text: &str, label: &str, hint: &str) -> (Option<String>, bool) {
    let mut edited = text.to_owned();
    let edit = TextEdit::singleline(&mut edited).hint_text(hint).desired_width(f32::INFINITY);
    let response = ui.add(edit);
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, label);
        info.current_text_value = Some(text.to_owned());
        info
    });
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    response.request_focus();
    (response.changed().then_some(edited), entered)
}

fn palette(ui: &mut Ui, text: &str, commands: &mut Commands) {
    let (changed, entered) = field(ui, text, "Command", "Type to find a command");
    if let Some(text) = changed {
        commands.push(Command::Overlay(Some(Overlay::Palette(text))));
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let matches = |action: &&Action| {
        let name = action.name.to_lowercase();
        words.iter().all(|word| name.contains(word))
    };
    let run = |action: &Action, commands: &mut Commands| {
        commands.push(Command::Overlay(None));
        commands.push((action.command)());
    };
    if entered && let Some(action) = ACTIONS.iter().find(matches) {
        run(action, commands);
    }
    ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
        for action in ACTIONS.iter().filter(matches) {
            let mut button = egui::Button::new(action.name)
                .frame(false)
                .min_size(egui::Vec2::new(ui.available_width(), theme::TABLE_ROW));
            if !action.keys.is_empty() {
                button = button.shortcut_text(shortcut(ui.ctx(), action));
            }
            if ui.add(button).clicked() {
                run(action, commands);
            }
        }
    });
}

fn open_path(ui: &mut Ui, text: &str, commands: &mut Commands) {
    let ink = Palette::from(ui).muted;
    let (changed, entered) = field(ui, text, "Path", "/path/to/perf.data");
    if let Some(text) = changed {
        commands.push(Command::Overlay(Some(Overlay::OpenPath(text))));
    }
    ui.add_space(4.0);
    let help = "If no file dialog appears, the system has no dialog service: install \
                xdg-desktop-portal or zenity, drop the file on the window, or type its path here.";
    ui.add(egui::Label::new(RichText::new(help).color(ink)).wrap());
    ui.add_space(8.0);
    if (ui.button("Open").clicked() || entered) && !text.trim().is_empty() {
        commands.push(Command::Open(vec![Input::Path(text.trim().into())]));
    }
}

fn keys(ui: &mut Ui) {
    let palette = Palette::from(ui);
    ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
        egui::Grid::new("keys").num_columns(2).spacing([24.0, 4.0]).show(ui, |ui| {
            for (keys, name) in [
                ("Wheel", "Scroll"),
                ("Ctrl+Wheel, pinch", "Zoom at the pointer"),
                ("Drag on the timeline", "Select a range of time"),
                ("Shift+Drag, middle button", "Move a chart"),
                ("Double-click", "Zoom to a box"),
            ] {
                ui.label(RichText::new(keys).color(palette.muted));
                ui.label(name);
                ui.end_row();
            }
            for action in ACTIONS.iter().filter(|action| !action.keys.is_empty()) {
                ui.label(RichText::new(shortcut(ui.ctx(), action)).color(palette.muted));
                ui.label(action.name);
                ui.end_row();
            }
        });
    });
}

fn shortcut(ctx: &Context, action: &Action) -> String {
    action.keys.first().map(|keys| ctx.format_shortcut(keys)).unwrap_or_default()
}
