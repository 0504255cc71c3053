//! Windows over the others: the palette of commands, a path to open, the keys.

use egui::{
    Align2, Context, Id, Key, KeyboardShortcut, Modifiers, Rect, Response, RichText, ScrollArea,
    Sense, TextEdit, Ui, Vec2, WidgetInfo, Window,
};

use rview_formats::Input;

use crate::actions::{self, ACTIONS, Hit};
use crate::command::{Command, Commands};
use crate::state::{Overlay, State};
use crate::theme::{self, Palette};
use crate::views::{comparison, notes};

/// Shows the window that is over the others.
pub fn ui(ctx: &Context, overlay: &Overlay, state: &State, commands: &mut Commands) {
    let rect = match overlay {
        Overlay::Palette(text) => {
            let hits = actions::found(text, state.session());
            window(ctx, "Commands", |ui| palette(ui, text, hits, commands))
        }
        Overlay::OpenPath(text) => window(ctx, "Open by path", |ui| open_path(ui, text, commands)),
        Overlay::Editor(text) => {
            let text = text.as_deref().unwrap_or(&state.settings.editor);
            window(ctx, "Editor", |ui| editor_command(ui, text, commands))
        }
        Overlay::Note(draft) => {
            let title = if draft.id.is_some() { "Edit the note" } else { "Add a note" };
            window(ctx, title, |ui| notes::write(ui, draft, commands))
        }
        Overlay::Notes => state
            .session()
            .and_then(|session| window(ctx, "Notes", |ui| notes::overlay(ui, session, commands))),
        Overlay::Keys => window(ctx, "Keys", keys),
        Overlay::Compare => window(ctx, "Compare", |ui| comparison::choose(ui, state, commands)),
        Overlay::OfferComparison(tabs) => {
            window(ctx, "Two files", |ui| comparison::offer(ui, state, *tabs, commands))
        }
    };
    let is_beside = |pointer| rect.is_some_and(|rect| !rect.contains(pointer));
    let pressed = ctx
        .input(|input| input.pointer.any_pressed().then(|| input.pointer.interact_pos()).flatten());
    if pressed.is_some_and(is_beside) {
        commands.push(Command::Overlay(None));
    }
}

/// Gives where the window is, once it is there.
fn window(ctx: &Context, title: &str, content: impl FnOnce(&mut Ui)) -> Option<Rect> {
    let shown = Window::new(title)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_TOP, [0.0, 80.0])
        .fixed_size([460.0, 360.0])
        .show(ctx, content);
    shown.map(|shown| shown.response.rect)
}

/// A text field that has the keyboard. Gives the text if it changed, and whether Enter was hit.
fn field(ui: &mut Ui, text: &str, label: &str, hint: &str) -> (Option<String>, bool) {
    let mut edited = text.to_owned();
    let edit = TextEdit::singleline(&mut edited).hint_text(hint).desired_width(f32::INFINITY);
    let response = ui.add(edit);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, label);
        info.current_text_value = Some(text.to_owned());
        info
    });
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    response.request_focus();
    (response.changed().then_some(edited), entered)
}

fn palette(ui: &mut Ui, text: &str, found: Vec<Hit>, commands: &mut Commands) {
    let (chosen, is_moved) = chosen(ui, found.len());
    let (changed, entered) = field(ui, text, "Command", "Type to find a command");
    if let Some(text) = changed {
        ui.data_mut(|data| data.remove::<usize>(Id::unique(CHOSEN)));
        commands.push(Command::Overlay(Some(Overlay::Palette(text))));
    }
    let mut run = entered.then_some(chosen);
    ui.add_space(4.0);
    if found.is_empty() {
        ui.label(RichText::new("No command matches").color(Palette::from(ui).muted));
    }
    ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (at, action) in found.iter().enumerate() {
            let response = hit(ui, action, at == chosen);
            if at == chosen && is_moved {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                run = Some(at);
            }
        }
    });
    if let Some(hit) = run.and_then(|at| found.into_iter().nth(at)) {
        commands.push(Command::Overlay(None));
        commands.push(hit.command);
    }
}

/// Where the palette keeps which hit is chosen, as long as the text stays the same.
const CHOSEN: &str = "chosen command";

/// The hit that Enter runs, and whether the arrow keys have just chosen it.
fn chosen(ui: &Ui, n_hits: usize) -> (usize, bool) {
    let id = Id::unique(CHOSEN);
    let last = ui.data(|data| data.get_temp::<usize>(id)).unwrap_or_default();
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    let (down, up) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp));
    let chosen = (last + down).saturating_sub(up).min(n_hits.saturating_sub(1));
    ui.data_mut(|data| data.insert_temp(id, chosen));
    (chosen, down + up > 0)
}

/// A row of the palette: a command and its keys.
fn hit(ui: &mut Ui, action: &Hit, is_chosen: bool) -> Response {
    let palette = Palette::from(ui);
    let size = Vec2::new(ui.available_width(), theme::TABLE_ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(egui::accesskit::Role::Button, true, is_chosen, &*action.name)
    });
    let painter = ui.painter();
    if is_chosen {
        painter.rect_filled(rect, 4.0, palette.selection());
    } else if response.hovered() {
        painter.rect_filled(rect, 4.0, palette.hover());
    }
    let font = theme::sans(theme::BODY);
    let middle = rect.shrink2(Vec2::new(8.0, 0.0));
    painter.text(
        middle.left_center(),
        Align2::LEFT_CENTER,
        &*action.name,
        font.clone(),
        palette.text,
    );
    let keys = shortcut(ui.ctx(), action.keys);
    painter.text(middle.right_center(), Align2::RIGHT_CENTER, keys, font, palette.muted);
    response
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

/// Commands of editors that open a file at a line.
const EDITORS: [(&str, &str); 5] = [
    ("VS Code", "code -g {file}:{line}"),
    ("Zed", "zed {file}:{line}"),
    ("Sublime Text", "subl {file}:{line}"),
    ("JetBrains", "idea --line {line} {file}"),
    ("Emacs", "emacsclient -n +{line} {file}"),
];

fn editor_command(ui: &mut Ui, text: &str, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let (changed, entered) = field(ui, text, "Editor command", EDITORS[0].1);
    if let Some(text) = changed {
        commands.push(Command::Overlay(Some(Overlay::Editor(Some(text)))));
    }
    ui.add_space(4.0);
    let help = "{file} and {line} stand for the place. The command is run as it is, without a \
                shell, and only when you ask for it.";
    ui.add(egui::Label::new(RichText::new(help).color(palette.muted)).wrap());
    ui.add_space(8.0);
    egui::Grid::new("editors").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        for (name, command) in EDITORS {
            if ui.link(name).clicked() {
                let text = Some(command.to_owned());
                commands.push(Command::Overlay(Some(Overlay::Editor(text))));
            }
            let font = theme::mono(theme::BODY - 0.5);
            ui.label(RichText::new(command).font(font).color(palette.muted));
            ui.end_row();
        }
    });
    ui.add_space(8.0);
    if ui.button("Save").clicked() || entered {
        commands.push(Command::SetEditor(text.trim().to_owned()));
    }
}

fn keys(ui: &mut Ui) {
    let palette = Palette::from(ui);
    ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
        egui::Grid::new("keys").num_columns(2).min_row_height(18.0).spacing([24.0, 4.0]).show(
            ui,
            |ui| {
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
                    ui.label(RichText::new(shortcut(ui.ctx(), action.keys)).color(palette.muted));
                    ui.label(action.name);
                    ui.end_row();
                }
            },
        );
    });
}

fn shortcut(ctx: &Context, keys: &[KeyboardShortcut]) -> String {
    keys.first().map(|keys| ctx.format_shortcut(keys)).unwrap_or_default()
}
