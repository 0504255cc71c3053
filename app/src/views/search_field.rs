//! The search field: what is searched for, how much is found, what is wrong, what can be asked.

use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align2, Area, Button, Frame, Key, KeyboardShortcut, Modifiers, Order, RichText, Stroke,
    TextEdit, Ui,
};
use rview_core::search::{FIELDS, SearchError};
use rview_core::units::group_digits;

use crate::command::{Ask, Command, Commands};
use crate::state::{Comparison, ComparisonView, Session, View};
use crate::theme::{self, Palette};

/// How wide the field is, where there is room.
const WIDTH: f32 = 320.0;

/// The same in a row of its own.
const WIDTH_ALONE: f32 = 440.0;

/// What stands beside it, in points: the help, the steps, and how much is found.
const BESIDE: f32 = 350.0;

/// How much room the field needs with what stands beside it.
pub const LEAST: f32 = 180.0 + BESIDE;

/// A field narrower than this, in points, has no room for its key beside its name.
const WITH_HINT: f32 = 180.0;

/// Shows the field and, in the direction of the layout, what belongs to it.
pub fn ui(ui: &mut Ui, session: &Session, wants_focus: bool, commands: &mut Commands) {
    let search = &session.search;
    let response = edit(ui, &search.text, "Search functions", wants_focus, commands);
    help(ui);
    if let Some(error) = error_of(session) {
        show_error(ui, response.rect, &search.text, error);
    }
    if !search.text.trim().is_empty() {
        found(ui, session, commands);
    }
}

/// The field of a comparison and how many functions it finds.
pub fn of_comparison(
    ui: &mut Ui,
    comparison: &Comparison,
    wants_focus: bool,
    commands: &mut Commands,
) {
    let hint = match comparison.view {
        ComparisonView::Timelines | ComparisonView::Instances => "Search slices",
        _ => "Search functions",
    };
    let response = edit(ui, &comparison.search, hint, wants_focus, commands);
    help(ui);
    if let Some(error) = &comparison.search_error {
        show_error(ui, response.rect, &comparison.search, error);
    } else if comparison.found.is_some() {
        let n = comparison.rows.len();
        let status = match n {
            0 => "no function matches".to_owned(),
            1 => "1 function".to_owned(),
            n => format!("{n} functions"),
        };
        let status = RichText::new(status).font(theme::sans(theme::CAPTION));
        ui.add(egui::Label::new(status.color(Palette::from(ui).muted)).truncate());
    }
}

/// The field itself.
fn edit(
    ui: &mut Ui,
    searched: &str,
    hint: &str,
    wants_focus: bool,
    commands: &mut Commands,
) -> egui::Response {
    let mut text = searched.to_owned();
    let widest = if ui.layout().prefer_right_to_left() { WIDTH } else { WIDTH_ALONE };
    let width = (ui.available_width() - BESIDE).clamp(120.0, widest);
    let edit = TextEdit::singleline(&mut text)
        .hint_text(hint)
        .margin(egui::Margin::symmetric(8, 4))
        .align(Align2::LEFT_CENTER)
        .desired_width(width - 16.0)
        .min_size(egui::Vec2::new(width, 24.0));
    let response = ui.add(edit);
    if searched.is_empty() && width >= WITH_HINT {
        key_hint(ui, response.rect);
    }
    response.widget_info(|| {
        let role = egui::accesskit::Role::SearchInput;
        let mut info = egui::WidgetInfo::labeled(role, true, hint);
        info.current_text_value = Some(searched.to_owned());
        info
    });
    if wants_focus {
        response.request_focus();
    }
    if response.changed() {
        commands.push(Command::SetSearch(text));
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        let modifiers = ui.input(|input| input.modifiers);
        // With Ctrl the key is another command.
        if !modifiers.command {
            commands.push(Command::StepHit(if modifiers.shift { -1 } else { 1 }));
        }
        response.request_focus();
    }
    response
}

/// Goes through what is found, lets only that count, and says how much it is.
fn found(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let has_hits = session.search.functions().is_some_and(|found| !found.is_empty());
    let mut steps = [("↑", -1, "Previous hit (Shift+Enter)"), ("↓", 1, "Next hit (Enter)")];
    if !ui.layout().prefer_right_to_left() {
        steps.reverse();
    }
    for (sign, step, help) in steps.into_iter().rev() {
        let button = ui.add_enabled(has_hits, Button::new(sign).frame(false));
        if button.on_hover_text(help).clicked() {
            commands.push(Command::StepHit(step));
        }
    }
    let help = "Count only stacks with what the search finds (Ctrl+Enter)";
    if ui.add(Button::new("Only")).on_hover_text(help).clicked() {
        commands.push(Command::Ask(Ask::OnlyFound));
    }
    if let Some(status) = status(session) {
        let status = RichText::new(status).font(theme::sans(theme::CAPTION));
        let status = status.color(Palette::from(ui).muted);
        ui.add(egui::Label::new(status).truncate());
    }
}

/// How much is found, where nothing is wrong.
fn status(session: &Session) -> Option<String> {
    if error_of(session).is_some() {
        return None;
    }
    if lists_slices(session) {
        let n = session.slices.list.n_found;
        let noun = if n == 1 { "slice" } else { "slices" };
        return Some(format!("{} {noun}", digits(n)));
    }
    let found = session.search.functions()?;
    let plural = session.base.shaped.shape.granularity.name();
    let singular = plural.trim_end_matches('s');
    if found.is_empty() {
        return Some(format!("no {singular} matches"));
    }
    let noun = if found.len() == 1 { singular } else { plural };
    Some(format!("{} {noun}{}", digits(found.len()), hits(session)))
}

/// What is wrong with the search in the view in front: slices are found by more than their names,
/// functions by what they weigh.
fn error_of(session: &Session) -> Option<&SearchError> {
    if session.layout.active == View::Slices {
        session.slices.error.as_ref()
    } else {
        session.search.error.as_ref()
    }
}

/// Whether the table of slices is in front, and lists what is searched for.
fn lists_slices(session: &Session) -> bool {
    let listed = session.slices.listed.as_ref();
    session.layout.active == View::Slices
        && listed.is_some_and(|listed| listed.hits.search == session.search.text)
}

/// The key that leads to the search, at the right edge of its field.
fn key_hint(ui: &Ui, field: egui::Rect) {
    let ink = Palette::from(ui).muted;
    let keys = KeyboardShortcut::new(Modifiers::COMMAND, Key::F);
    let at = egui::Pos2::new(field.right() - 8.0, field.center().y);
    let font = theme::sans(theme::CAPTION);
    ui.painter().text(at, Align2::RIGHT_CENTER, ui.ctx().format_shortcut(&keys), font, ink);
}

fn digits(n: usize) -> String {
    group_digits(i64::try_from(n).unwrap_or(i64::MAX))
}

/// How many places in the call tree are found, and which of them is picked.
fn hits(session: &Session) -> String {
    let hits = &session.search.found.hits;
    let picked = session.picked_path();
    let at = hits.get(session.search.hit).filter(|&&path| picked == Some(path));
    match (at, hits.len()) {
        (_, 0) => String::new(),
        (Some(_), n) => format!(", hit {} of {}", digits(session.search.hit + 1), digits(n)),
        (None, 1) => ", 1 hit".to_owned(),
        (None, n) => format!(", {} hits", digits(n)),
    }
}

/// Letters before and behind a mistake that are shown.
const AROUND: usize = 24;

/// Says under the field what is wrong, with the place in what was typed.
fn show_error(ui: &Ui, field: egui::Rect, text: &str, error: &SearchError) {
    let palette = Palette::from(ui);
    Area::new(ui.scope_id().with("search error"))
        .order(Order::Foreground)
        .interactable(false)
        .pivot(Align2::RIGHT_TOP)
        .fixed_pos(field.right_bottom() + egui::vec2(0.0, 4.0))
        .show(ui.ctx(), |ui| {
            let line = Stroke::new(1.0, palette.hairline);
            let frame = Frame::new().fill(palette.raised).stroke(line).corner_radius(4);
            frame.inner_margin(8).show(ui, |ui| {
                ui.set_max_width(WIDTH + 80.0);
                if let Some((before, after)) = text.split_at_checked(error.position) {
                    ui.label(place(palette, before, after));
                }
                ui.label(RichText::new(&error.message).color(palette.warning));
            });
        });
}

/// What was typed around a place, which is underlined up to white space.
fn place(palette: &Palette, before: &str, after: &str) -> LayoutJob {
    let mut job = LayoutJob::default();
    let font = theme::mono(theme::BODY);
    let plain = TextFormat::simple(font.clone(), palette.muted);
    let wrong = TextFormat {
        underline: Stroke::new(1.5, palette.warning),
        ..TextFormat::simple(font, palette.text)
    };
    let n_cut = before.chars().count().saturating_sub(AROUND);
    if n_cut > 0 {
        job.append("…", 0.0, plain.clone());
    }
    let before: String = before.chars().skip(n_cut).collect();
    job.append(&before, 0.0, plain.clone());
    let len = after.find(char::is_whitespace).unwrap_or(after.len());
    let (at, rest) = after.split_at(len);
    let short: String = at.chars().take(AROUND).collect();
    job.append(if short.is_empty() { "\u{a0}" } else { &short }, 0.0, wrong);
    let rest: String = rest.chars().take(AROUND).collect();
    job.append(&rest, 0.0, plain);
    job
}

/// What can be asked, with examples.
fn help(ui: &mut Ui) {
    let button = ui.add(Button::new("?").frame(false)).on_hover_text("What can be searched for");
    button.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, "What can be searched for")
    });
    egui::Popup::menu(&button).show(|ui| {
        let palette = Palette::from(ui);
        egui::Grid::new("search help")
            .num_columns(2)
            .min_row_height(18.0)
            .spacing([20.0, 2.0])
            .show(ui, |ui| {
                for field in FIELDS {
                    ui.label(RichText::new(field.example).font(theme::mono(theme::BODY)));
                    ui.label(RichText::new(field.finds).color(palette.muted));
                    ui.end_row();
                }
            });
        ui.add_space(4.0);
        let text = "Enter: next hit · Shift+Enter: the one before · Ctrl+Enter: count only these";
        let text = RichText::new(text).font(theme::sans(theme::CAPTION));
        ui.label(text.color(palette.muted));
    });
}
