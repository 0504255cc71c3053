//! Notes: flags on the ruler, what they say in the details, a list, and the field to write one.

use egui::accesskit::Role;
use egui::{
    Color32, Id, Painter, Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
};
use rview_core::units::{format_duration, format_time};
use rview_core::{AxisView, FunctionId};

use crate::command::{Command, Commands, InNotes};
use crate::notes::{Note, On};
use crate::state::{Draft, Overlay, Session};
use crate::theme::{self, Palette};

/// How large a flag is.
pub const FLAG: Vec2 = Vec2::new(8.0, 10.0);

/// Paints a flag, its pole from `foot` up.
pub fn flag(painter: &Painter, foot: Pos2, fill: Color32) {
    let top = foot - Vec2::new(0.0, FLAG.y);
    let tip = top + Vec2::new(FLAG.x, FLAG.y * 0.3);
    let cloth = vec![top, tip, top + Vec2::new(0.0, FLAG.y * 0.6)];
    painter.add(Shape::convex_polygon(cloth, fill, Stroke::NONE));
    painter.line_segment([foot, top], Stroke::new(1.5, fill));
}

/// Flags on the ruler where notes start, and lines below as long as what they are on.
pub fn on_ruler(ui: &Ui, session: &Session, view: &AxisView, ruler: Rect, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let painter = ui.painter().with_clip_rect(ruler.intersect(ui.clip_rect()));
    let ppp = ui.pixels_per_point();
    for (note, range) in session.notes.on_time() {
        let [start, end] = [range.start, range.end].map(|at| ruler.left() + view.x_of(at) / ppp);
        if end < ruler.left() || start > ruler.right() {
            continue;
        }
        let y = ruler.bottom() - 1.0;
        painter.hline(start..=end.max(start), y, Stroke::new(2.0, palette.muted));
        // Of a part that started before what is on screen the flag stays in sight.
        let foot = Pos2::new(start.max(ruler.left()).min(end.max(start)), y);
        flag(&painter, foot, palette.text);
        let area =
            Rect::from_min_max(foot - Vec2::new(3.0, FLAG.y + 2.0), foot + Vec2::new(10.0, 2.0));
        let id = Id::unique(("note on the ruler", note.id));
        let response = ui.interact(area.intersect(ruler), id, Sense::click());
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Button, true, format!("Note: {}", note.text))
        });
        let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
        if response.clicked() {
            commands.push(Command::Notes(InNotes::Jump(note.id)));
        }
        response.context_menu(|ui| menu(ui, note, commands));
        response.on_hover_text(format!("{}\n{}", note.text, on_in_words(&note.on)));
    }
}

fn menu(ui: &mut Ui, note: &Note, commands: &mut Commands) {
    for (text, change) in [
        ("Go to it", InNotes::Jump(note.id)),
        ("Edit…", InNotes::Edit(note.id)),
        ("Delete", InNotes::Delete(note.id)),
    ] {
        if ui.button(text).clicked() {
            commands.push(Command::Notes(change));
            ui.close();
        }
    }
}

/// What a note is on, for people.
fn on_in_words(on: &On) -> String {
    match on {
        On::Time(range) => {
            let length = range.end - range.start;
            let start = format_time(range.start, (length / 1000).max(1));
            if length == 0 {
                format!("at {start}")
            } else {
                format!("{} from {start}", format_duration(length))
            }
        }
        On::Function(key) if key.module.is_empty() => key.name.clone(),
        On::Function(key) => format!("{} of {}", key.name, key.module),
    }
}

/// Whether there is a note on a function.
pub fn is_noted(session: &Session, function: FunctionId) -> bool {
    session.notes.on_function(&session.document.profile, function).next().is_some()
}

/// The notes on a function, in the details of it.
pub fn on_function(ui: &mut Ui, session: &Session, function: FunctionId, commands: &mut Commands) {
    let mut notes = session.notes.on_function(&session.document.profile, function).peekable();
    if notes.peek().is_some() {
        super::details::heading(ui, "Notes");
    }
    for note in notes {
        one(ui, note, false, commands);
    }
}

/// Every note on the file.
pub fn list(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    for note in session.notes.all() {
        one(ui, note, true, commands);
    }
}

/// A note with what can be done with it; with what it is on, where that is not said already.
fn one(ui: &mut Ui, note: &Note, says_on: bool, commands: &mut Commands) {
    let palette = Palette::from(ui);
    ui.push_id(("note", note.id), |ui| {
        ui.add_space(4.0);
        ui.add(egui::Label::new(&note.text).wrap().selectable(true));
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.y = 18.0;
            let small = |text: &str| RichText::new(text).font(theme::sans(theme::CAPTION));
            let mut link = |ui: &mut Ui, text: &str, what: &str, change: InNotes| {
                let label = small(text).color(palette.accent);
                let label = egui::Label::new(label).sense(Sense::click());
                let response = ui.add(label).on_hover_cursor(egui::CursorIcon::PointingHand);
                response.widget_info(|| {
                    WidgetInfo::labeled(Role::Link, true, format!("{what}: {}", note.text))
                });
                if response.clicked() {
                    if !matches!(change, InNotes::Delete(_)) {
                        commands.push(Command::Overlay(None));
                    }
                    commands.push(Command::Notes(change));
                }
            };
            if says_on {
                link(ui, "Go to it", "Go to the note", InNotes::Jump(note.id));
            }
            link(ui, "Edit", "Edit the note", InNotes::Edit(note.id));
            link(ui, "Delete", "Delete the note", InNotes::Delete(note.id));
            if says_on {
                let on = small(&on_in_words(&note.on)).color(palette.muted);
                ui.add(egui::Label::new(on).truncate());
            }
        });
        ui.add_space(4.0);
    });
}

/// The list in a window over the others.
pub fn overlay(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let palette = Palette::from(ui);
    if session.notes.all().is_empty() {
        let help = "There are no notes on this file yet. Pick a function or select a range of \
                    time, then press B.";
        ui.add(egui::Label::new(RichText::new(help).color(palette.muted)).wrap());
        return;
    }
    egui::ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
        list(ui, session, commands);
    });
}

/// The field to write a note.
pub fn write(ui: &mut Ui, draft: &Draft, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let mut changed = draft.clone();
    match &draft.other {
        None => {
            let on = RichText::new(format!("On {}", on_in_words(&draft.on))).color(palette.muted);
            ui.add(egui::Label::new(on).truncate());
        }
        Some(other) => {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new("On").color(palette.muted));
                ui.add(egui::RadioButton::new(true, on_in_words(&draft.on)));
                if ui.radio(false, on_in_words(other)).clicked() {
                    changed.other = Some(draft.on.clone());
                    changed.on = other.clone();
                }
            });
        }
    }
    ui.add_space(4.0);
    let edit = egui::TextEdit::multiline(&mut changed.text)
        .hint_text("What is to be remembered")
        .desired_rows(3)
        .desired_width(f32::INFINITY)
        .return_key(egui::KeyboardShortcut::new(egui::Modifiers::SHIFT, egui::Key::Enter));
    let response = ui.add(edit);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::MultilineTextInput, true, "Note");
        info.current_text_value = Some(draft.text.clone());
        info
    });
    response.request_focus();
    let entered = ui.input(|input| {
        input.key_pressed(egui::Key::Enter) && !input.modifiers.shift && !input.modifiers.command
    });
    ui.add_space(8.0);
    let saved = ui.horizontal(|ui| {
        let saved = ui.button("Save").clicked();
        let hint = RichText::new("Enter saves, Shift+Enter is a new line").color(palette.muted);
        ui.label(hint);
        saved
    });
    if saved.inner || entered {
        commands.push(Command::Notes(InNotes::Save(changed)));
    } else if changed != *draft {
        commands.push(Command::Overlay(Some(Overlay::Note(changed))));
    }
}
