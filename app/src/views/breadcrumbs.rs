//! What of the recording counts and how it is grouped: a chip each, which a click takes off.

use egui::{Button, Ui, Vec2};
use rview_core::units::format_duration;
use rview_core::{GroupBy, LabelQuery, Unit, Wants};

use crate::command::{Ask, Command, Commands};
use crate::state::{Session, negated, thread_label, transform_in_words};
use crate::theme::{self, Palette};
use crate::widgets::elide::{Elide, elide};

/// Letters of a chip at most: values of labels may be whole queries.
const MAX_LETTERS: usize = 32;

/// Less room than this is not enough for a chip, nor for the bar to scroll to one.
const MIN_WIDTH: f32 = 48.0;

/// Whether there is anything to take off.
pub fn is_needed(session: &Session) -> bool {
    let question = &session.question;
    question.thread.is_some()
        || question.range_ns.is_some()
        || !question.labels.is_empty()
        || question.only.is_some()
        || !question.shape.transforms.is_empty()
        || question.shape.group_by.is_some()
}

/// Shows the chips in one line, where there is room for one.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    if ui.available_width() < MIN_WIDTH {
        return;
    }
    // A bar that shrank with its last chip would be shorter than the handle somebody still drags.
    let area = egui::ScrollArea::horizontal().id_salt("breadcrumbs").auto_shrink([false, true]);
    area.show(ui, |ui| {
        ui.horizontal_centered(|ui| chips(ui, session, commands));
    });
}

fn chips(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let question = &session.question;
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.add_space(8.0);
    if let Some(by) = &question.shape.group_by {
        let text = format!("by {}", by.name());
        if chip(ui, &text, "Group by nothing") {
            commands.push(Command::Ask(Ask::GroupBy(None)));
        }
    }
    if let Some(thread) = question.thread {
        let label = thread_label(&session.document.profile, thread);
        if chip(ui, &label, "Count all threads again") {
            commands.push(Command::Ask(Ask::Thread(None)));
        }
    }
    if let Some(range) = &question.range_ns {
        let text = format!("{} selected", format_duration(range.end - range.start));
        if chip(ui, &text, "Count all of the time again (Esc)") {
            commands.push(Command::Ask(Ask::Range(None)));
        }
    }
    if let Some(only) = &question.only
        && chip(ui, &only_in_words(only), "Count all stacks again")
    {
        commands.push(Command::Ask(Ask::Only(None)));
    }
    for query in &question.labels {
        label_chip(ui, query, commands);
    }
    for (at, transform) in question.shape.transforms.iter().enumerate() {
        let text = transform_in_words(transform);
        // Whether the latest transform applies is known once there is an answer.
        let applies = session.base.shaped.applies.get(at).copied().unwrap_or(true);
        let help = if applies { "Take this back" } else { "Not in these stacks. Take this back" };
        let chip = ui.scope(|ui| {
            ui.set_opacity(if applies { 1.0 } else { 0.5 });
            chip(ui, &text, help)
        });
        if chip.inner {
            commands.push(Command::Ask(Ask::RemoveTransform(at)));
        }
    }
    if is_stale(session) {
        ui.add(egui::Spinner::new().size(14.0));
    }
}

/// Which stacks count, as a part of a sentence.
pub fn only_in_words(search: &str) -> String {
    format!("only {search}")
}

/// Whether an answer is on its way.
pub fn is_stale(session: &Session) -> bool {
    session.is_stale() && session.trees.is_some()
}

fn label_chip(ui: &mut Ui, query: &LabelQuery, commands: &mut Commands) {
    let text = in_words(query);
    let chip = chip_button(ui, &text);
    if chip.clicked() {
        commands.push(Command::Ask(Ask::ToggleLabel(query.clone())));
    }
    chip.context_menu(|ui| {
        let other = match query.wants {
            Wants::With => "Leave these out instead",
            Wants::Without => "Keep only these instead",
        };
        if ui.button(other).clicked() {
            commands.push(Command::Ask(Ask::ToggleLabel(negated(query))));
            ui.close();
        }
        if ui.button(format!("Group by {}", query.key)).clicked() {
            let by = GroupBy::Label(query.key.clone());
            commands.push(Command::Ask(Ask::GroupBy(Some(by))));
            ui.close();
        }
    });
    chip.on_hover_text("Count these whatever this label is");
}

/// What a label has to be: `endpoint = /api`, `bytes = 1024 to 2047`, `no endpoint`.
pub fn in_words(query: &LabelQuery) -> String {
    let sign = match query.wants {
        Wants::With => "=",
        Wants::Without => "≠",
    };
    match (&query.value, query.wants) {
        (Some(value), _) => {
            let number = |text: &str| Some(number_of(&query.key, text.parse().ok()?));
            let range = value.split_once(':');
            let value = match range.and_then(|(low, high)| number(low).zip(number(high))) {
                Some((low, high)) => format!("{low} to {high}"),
                None => number(value).unwrap_or_else(|| value.clone()),
            };
            format!("{} {sign} {value}", query.key)
        }
        (None, Wants::With) => format!("any {}", query.key),
        (None, Wants::Without) => format!("no {}", query.key),
    }
}

/// A number, in the unit that its key is called as, if that is one.
fn number_of(key: &str, number: i64) -> String {
    match Unit::from_name(key) {
        unit @ (Unit::Bytes | Unit::Nanoseconds) => unit.format(number),
        _ => number.to_string(),
    }
}

fn chip(ui: &mut Ui, text: &str, help: &str) -> bool {
    chip_button(ui, text).on_hover_text(help).clicked()
}

fn chip_button(ui: &mut Ui, text: &str) -> egui::Response {
    let shown = elide(text, MAX_LETTERS, Elide::Middle).unwrap_or_default();
    let palette = Palette::from(ui);
    let label = egui::RichText::new(format!("{shown}  ×")).font(theme::sans(theme::BODY));
    let response =
        ui.add(Button::new(label).fill(palette.selection()).min_size(Vec2::new(0.0, 22.0)));
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, format!("Remove {text}"))
    });
    response
}
