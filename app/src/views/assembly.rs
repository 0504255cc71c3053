//! The assembly view: the instructions of a function with what each weighs.

use egui::{RichText, Ui, UiBuilder, Vec2};
use rview_formats::symbols;

use super::tables::{self, Numbers, SELF, SELF_SHARE};
use crate::assembly::Assembly;
use crate::command::{Command, Commands, InAssembly};
use crate::state::{Session, View};
use crate::theme::{self, Palette};
use crate::widgets::elide::Elide;
use crate::widgets::empty::empty;
use crate::widgets::grid::{Grid, GridColumn, RowWords, TEXT_PADDING, text_cell};

const COLUMNS: [GridColumn; 5] = [
    SELF,
    SELF_SHARE,
    GridColumn {
        width: 96.0,
        narrow: 80.0,
        ..GridColumn::number("Address", "Where the instruction is, as the binary counts")
    },
    GridColumn::names(
        "Instruction",
        "In Intel's syntax: what is written to comes first",
        TEXT_PADDING,
    ),
    GridColumn::text("Line", "The line of source that it is of", 220.0),
];

/// Shows the instructions of the function that was picked last.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some((_, numbers)) = tables::answer(ui, session, commands) else { return };
    let Some(assembly) = session.assembly.shown() else {
        empty(ui, "Reading…", "Looking for the binary");
        return;
    };
    match &assembly.code {
        Ok(code) => {
            ui.spacing_mut().item_spacing.y = 0.0;
            header(ui, assembly, code);
            table(ui, session, assembly, code, &numbers, commands);
        }
        Err(why) => empty(ui, &format!("No instructions of {}", assembly.name), &in_words(why)),
    }
}

/// The first letter is that of a sentence.
fn in_words(why: &symbols::NoAssembly) -> String {
    let text = why.to_string();
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Whose instructions these are, and where they are from.
fn header(ui: &mut Ui, assembly: &Assembly, code: &symbols::Assembly) {
    let palette = Palette::from(ui);
    let rect = ui.available_rect_before_wrap();
    let (row, _) = rect.split_top_bottom_at_y(rect.top() + theme::TAB_BAR);
    let line = egui::Stroke::new(1.0, palette.hairline);
    ui.painter().hline(row.x_range(), row.bottom() - 0.5, line);
    let builder = UiBuilder::new()
        .max_rect(row.shrink2(Vec2::new(8.0, 0.0)))
        .layout(egui::Layout::left_to_right(egui::Align::Center));
    ui.scope_builder(builder, |ui| {
        let text = |text: &str| RichText::new(text).font(theme::mono(theme::CAPTION));
        let of_symbol = if code.symbol == assembly.name {
            String::new()
        } else {
            format!(", inlined into {}", code.symbol)
        };
        ui.label(text(&format!("{}{of_symbol}", assembly.name)).color(palette.text));
        let cut = if code.is_cut { ", the start of it" } else { "" };
        let n = code.instructions.len();
        let about = format!("{n} instructions of {}{cut}", code.path.display());
        ui.add(egui::Label::new(text(&about).color(palette.muted)).truncate());
    });
    ui.advance_cursor_after_rect(row);
}

fn table(
    ui: &mut Ui,
    session: &Session,
    assembly: &Assembly,
    code: &symbols::Assembly,
    numbers: &Numbers,
    commands: &mut Commands,
) {
    let picked = session.assembly.row.filter(|&row| row < code.instructions.len());
    let has_lines = !code.files.is_empty();
    let grid = Grid {
        id: "assembly",
        columns: &COLUMNS,
        shown: if has_lines { vec![0, 1, 2, 3, 4] } else { vec![0, 1, 2, 3] },
        whole: numbers.whole.clone(),
        n_rows: code.instructions.len(),
        sorted: None,
        picked,
        scroll_to: tables::scroll_target(ui, "assembly", picked),
    };
    let self_of = |row: usize| assembly.self_.get(row).copied().filter(|&weight| weight != 0);
    let words = |row: usize| RowWords {
        name: format!("{:x}: {}", code.instructions[row].address, code.instructions[row].text),
        numbers: self_of(row).map_or_else(String::new, |weight| numbers.weights(weight, weight)),
    };
    let palette = Palette::from(ui);
    let events = grid.show(ui, words, |ui, row, column| {
        let instruction = &code.instructions[row];
        let ink = if self_of(row).is_some() { palette.text } else { palette.muted };
        match column {
            0 => {
                if let Some(weight) = self_of(row) {
                    numbers.self_cell(ui, weight);
                }
            }
            1 => {
                if let Some(weight) = self_of(row) {
                    numbers.share_cell(ui, weight);
                }
            }
            2 => {
                let address = instruction.address.wrapping_add(code.to_symbol);
                let at = ui.max_rect().right_center() - Vec2::new(TEXT_PADDING, 0.0);
                let font = theme::mono(theme::BODY - 0.5);
                let text = format!("{address:x}");
                ui.painter().text(at, egui::Align2::RIGHT_CENTER, text, font, palette.muted);
            }
            3 => text_cell(ui, &instruction.text, TEXT_PADDING, Elide::End, ink),
            _ => {
                // The same line again and again says nothing.
                let is_new = row == 0 || assembly.place(row - 1) != assembly.place(row);
                if let Some((file, line)) = assembly.place(row).filter(|_| is_new) {
                    let text = format!("{}:{line}", rview_core::file_name(file));
                    text_cell(ui, &text, TEXT_PADDING, Elide::Middle, palette.muted);
                }
            }
        }
    });
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(Command::Assembly(InAssembly::Go(row)));
    }
    if events.double_click.is_some() {
        commands.push(Command::ShowView(View::Source));
    }
}
