//! The source view: the lines of a function's file with what they weigh.

use std::fmt::Write as _;

use egui::{Align, Button, Color32, Layout, RichText, ScrollArea, Ui, UiBuilder, Vec2};
use rview_core::LineCost;
use rview_core::units::group_digits;

use super::tables::{self, Numbers, SELF, SELF_SHARE, TOTAL, TOTAL_SHARE};
use crate::command::{Command, Commands, InSource};
use crate::settings::Settings;
use crate::source::{Missing, Source, Text};
use crate::state::{Overlay, Session};
use crate::theme::{self, Palette};
use crate::widgets::elide::{Elide, one_line};
use crate::widgets::empty::empty;
use crate::widgets::grid::{Grid, GridColumn, RowWords, TEXT_PADDING, text_cell};

const COLUMNS: [GridColumn; 6] = [
    TOTAL,
    TOTAL_SHARE,
    SELF,
    SELF_SHARE,
    GridColumn { width: 64.0, narrow: 56.0, ..GridColumn::number("Line", "The line of the file") },
    GridColumn::names("Source", "What is in the line", TEXT_PADDING),
];

/// Where the text is in [`COLUMNS`].
const TEXT: usize = 5;

/// A table narrower than this, in points, has shares but no weights.
const WITH_WEIGHTS: f32 = 640.0;

/// Shows the file of the function that was picked last.
pub fn ui(ui: &mut Ui, session: &Session, settings: &Settings, commands: &mut Commands) {
    let Some((_, numbers)) = tables::answer(ui, session, commands) else { return };
    let Some(source) = session.source.shown() else {
        empty(ui, "Reading…", "Looking for the file");
        return;
    };
    let function = session.source.function();
    let name = function.map(|function| session.document.profile.shown_name(function));
    let name = name.as_deref().unwrap_or_default();
    let Some(file) = &source.file else {
        let line = format!("The recording does not say in which file {name} is");
        empty(ui, "No file is known", &line);
        return;
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    header(ui, session, source, file, commands);
    match &source.text {
        Ok(text) => lines(ui, session, source, text, &numbers, commands),
        Err(missing) => not_found(ui, session, settings, (source, missing), &numbers, commands),
    }
}

/// Where the file is, and what can be done with it.
fn header(ui: &mut Ui, session: &Session, source: &Source, file: &str, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let rect = ui.available_rect_before_wrap();
    let (row, _) = rect.split_top_bottom_at_y(rect.top() + theme::TAB_BAR);
    let line = egui::Stroke::new(1.0, palette.hairline);
    ui.painter().hline(row.x_range(), row.bottom() - 0.5, line);
    let caption = |text: &str| RichText::new(text).font(theme::sans(theme::CAPTION));
    let builder = UiBuilder::new()
        .max_rect(row.shrink2(Vec2::new(8.0, 0.0)))
        .layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.spacing_mut().button_padding.y = 1.0;
        let mut button = |ui: &mut Ui, text: &str, help: &str, is_on: bool, command: Command| {
            let button = ui.add_enabled(is_on, Button::new(caption(text)));
            if button.on_hover_text(help).clicked() {
                commands.push(command);
            }
        };
        let set = Command::Overlay(Some(Overlay::Editor(None)));
        button(ui, "Editor…", "Set the command that opens a file", true, set);
        let is_there = source.text.is_ok();
        let help = "Open this line in the editor (E)";
        button(ui, "Open in editor", help, is_there, Command::OpenInEditor);
        let has_lines = !source.heaviest.is_empty();
        for (text, help, step) in [
            ("Next costly line", "By what ends in it, heaviest first (N)", 1),
            ("Previous", "Previous costly line (Shift+N)", -1),
        ] {
            let step = Command::Source(InSource::StepCostly(step));
            button(ui, text, help, has_lines, step);
        }
        let width = ui.available_width();
        let layout = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(Vec2::new(width, row.height()), layout, |ui| {
            ui.set_min_width(width);
            let found = source.text.as_ref().map(|text| text.path.display().to_string());
            let shown = found.as_deref().unwrap_or(file);
            let (font, ink) = (theme::mono(theme::CAPTION), palette.text);
            // The end of a path says more than its start.
            let room = ui.available_width();
            let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters")]
            let room = (room / letter) as usize;
            let text = crate::widgets::elide::elide(shown, room, Elide::Middle);
            let text = RichText::new(text.unwrap_or_default()).font(font).color(ink);
            let mut help = format!("Recorded as {file}");
            if let Some(unknown) = source.costs.of(0) {
                // Writing to a String cannot fail.
                let _: std::fmt::Result = write!(help, "; {}", of_no_line(session, unknown));
            }
            ui.label(text).on_hover_text(help);
        });
    });
    ui.advance_cursor_after_rect(row);
}

/// What of the file is in no line.
fn of_no_line(session: &Session, cost: LineCost) -> String {
    let question = session.trees.as_ref().map(|(question, _)| question);
    let Some(measure) = question.and_then(|question| question.measure) else {
        return String::new();
    };
    let total = measure.unit(&session.document.profile).format(cost.total);
    format!("{total} of it are in places whose line is not recorded")
}

/// The text with what each line weighs.
fn lines(
    ui: &mut Ui,
    session: &Session,
    source: &Source,
    text: &Text,
    numbers: &Numbers,
    commands: &mut Commands,
) {
    let n_rows = text.n_lines();
    let row_of = |line: u32| (line as usize).checked_sub(1).filter(|&row| row < n_rows);
    let picked = session.source.line.and_then(row_of);
    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono(theme::BODY - 0.5), '0'));
    let mut columns = COLUMNS;
    // Wider than the view where lines are: the table scrolls.
    columns[TEXT].narrow = text.n_columns as f32 * letter + 3.0 * TEXT_PADDING;
    let line_of = |row: usize| u32::try_from(row + 1).unwrap_or(u32::MAX);
    let grid = Grid {
        id: "source",
        columns: &columns,
        shown: shown(ui.available_width()),
        whole: numbers.whole.clone(),
        n_rows,
        sorted: None,
        picked,
        scroll_to: tables::scroll_target(ui, "source", picked),
    };
    let words = |row: usize| {
        let cost = source.costs.of(line_of(row));
        row_words(&text.line(line_of(row)), line_of(row), cost, numbers)
    };
    let events = grid.show_around(ui, words, |ui, row, column| {
        let line = line_of(row);
        cell(ui, source, numbers, line, column);
        if column == TEXT {
            let ink = Palette::from(ui).text;
            source_cell(ui, &text.line(line), ink);
        }
    });
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(Command::Source(InSource::Line(line_of(row))));
    }
    if events.double_click.is_some() {
        commands.push(Command::OpenInEditor);
    }
}

fn shown(width: f32) -> Vec<usize> {
    if width < WITH_WEIGHTS { vec![1, 3, 4, TEXT] } else { vec![0, 1, 2, 3, 4, TEXT] }
}

fn row_words(text: &str, line: u32, cost: Option<LineCost>, numbers: &Numbers) -> RowWords {
    let numbers = cost.map_or_else(String::new, |cost| numbers.weights(cost.self_, cost.total));
    RowWords { name: format!("{line}: {}", text.trim()), numbers }
}

/// The numbers of a line.
fn cell(ui: &Ui, source: &Source, numbers: &Numbers, line: u32, column: usize) {
    let cost = source.costs.of(line);
    match (column, cost) {
        (4, _) => {
            let palette = Palette::from(ui);
            line_number(ui, line, if cost.is_some() { palette.text } else { palette.muted });
        }
        (0, Some(cost)) => numbers.total_cell(ui, cost.total),
        (1, Some(cost)) => numbers.share_cell(ui, cost.total),
        (2, Some(cost)) => numbers.self_cell(ui, cost.self_),
        (3, Some(cost)) => numbers.share_cell(ui, cost.self_),
        _ => {}
    }
}

/// The number of a line.
pub(super) fn line_number(ui: &Ui, line: u32, ink: Color32) {
    let at = ui.max_rect().right_center() - Vec2::new(TEXT_PADDING, 0.0);
    let font = theme::mono(theme::BODY - 0.5);
    let digits = group_digits(i64::from(line));
    ui.painter().text(at, egui::Align2::RIGHT_CENTER, digits, font, ink);
}

/// A line as it is written.
pub(super) fn source_cell(ui: &Ui, text: &str, ink: Color32) {
    let rect = ui.max_rect();
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let font = theme::mono(theme::BODY - 0.5);
    let galley = one_line(&painter, text, font, ink, f32::INFINITY);
    let y = rect.center().y - galley.size().y / 2.0;
    painter.galley(egui::Pos2::new(rect.left() + TEXT_PADDING, y), galley, ink);
}

/// Says where the file was looked for, and lists what its lines weigh.
fn not_found(
    ui: &mut Ui,
    session: &Session,
    settings: &Settings,
    (source, missing): (&Source, &[Missing]),
    numbers: &Numbers,
    commands: &mut Commands,
) {
    let full = ui.available_rect_before_wrap();
    let (above, below) = full.split_top_bottom_at_y((full.top() + full.height() * 0.5).round());
    let builder = UiBuilder::new().max_rect(above.shrink2(Vec2::new(12.0, 8.0)));
    ui.scope_builder(builder, |ui| {
        ScrollArea::vertical().id_salt("places").auto_shrink(false).show(ui, |ui| {
            places(ui, settings, missing, commands);
        });
    });
    let palette = Palette::from(ui);
    ui.painter().hline(full.x_range(), below.top(), (1.0, palette.hairline));
    let builder = UiBuilder::new().max_rect(below);
    ui.scope_builder(builder, |ui| costs(ui, session, source, numbers, commands));
}

/// Where the file was looked for, and what can be done.
pub(super) fn places(
    ui: &mut Ui,
    settings: &Settings,
    missing: &[Missing],
    commands: &mut Commands,
) {
    let palette = Palette::from(ui);
    ui.label(RichText::new("The file is not here").font(theme::medium(theme::HEADING)));
    ui.add_space(4.0);
    let line = if missing.is_empty() {
        "Its path is not absolute, and there is no folder to look in"
    } else {
        "It was looked for in these places"
    };
    ui.label(RichText::new(line).color(palette.muted));
    egui::Grid::new("places").num_columns(2).spacing([16.0, 2.0]).show(ui, |ui| {
        for Missing { path, why } in missing {
            let path = RichText::new(path.display().to_string());
            ui.add(egui::Label::new(path.font(theme::mono(theme::BODY - 0.5))).selectable(true));
            ui.label(RichText::new(why).color(palette.muted));
            ui.end_row();
        }
    });
    ui.add_space(8.0);
    for dir in &settings.source_dirs {
        ui.horizontal(|ui| {
            if ui.small_button("×").on_hover_text("Search this folder no more").clicked() {
                commands.push(Command::RemoveSourceDir(dir.clone()));
            }
            ui.label(RichText::new(dir.display().to_string()).font(theme::mono(theme::BODY)));
        });
    }
    if ui.button("Search a folder for source…").clicked() {
        commands.push(Command::AddSourceDirDialog);
    }
}

/// What the lines weigh, without their text.
fn costs(
    ui: &mut Ui,
    session: &Session,
    source: &Source,
    numbers: &Numbers,
    commands: &mut Commands,
) {
    let rows = &source.costs.lines;
    let picked = rows.iter().position(|cost| Some(cost.line) == session.source.line);
    let grid = Grid {
        id: "line costs",
        columns: &COLUMNS,
        shown: shown(ui.available_width()),
        whole: numbers.whole.clone(),
        n_rows: rows.len(),
        sorted: None,
        picked,
        scroll_to: tables::scroll_target(ui, "line costs", picked),
    };
    let words = |row: usize| row_words("", rows[row].line, Some(rows[row]), numbers);
    let events = grid.show(ui, words, |ui, row, column| {
        if column == TEXT {
            let text = if rows[row].line == 0 { "places whose line is not recorded" } else { "" };
            text_cell(ui, text, TEXT_PADDING, Elide::End, Palette::from(ui).muted);
        } else {
            cell(ui, source, numbers, rows[row].line, column);
        }
    });
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(Command::Source(InSource::Line(rows[row].line)));
    }
}
