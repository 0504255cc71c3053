//! The lines of a function's file with what they weigh on both sides.

use egui::{Align, Button, Layout, Panel, RichText, Ui, Vec2};
use rview_core::diff::{Change, PairLine};

use super::columns::{CHANGE, Cells, PERCENT_OF_A};
use super::words::Words;
use crate::command::{Command, Commands, Compare, InSource};
use crate::comparison::{Compared, PairedSource};
use crate::state::{Comparison, State};
use crate::theme::{self, Palette};
use crate::views::source::{line_number, places, source_cell};
use crate::views::tables;
use crate::widgets::elide::{Elide, elide};
use crate::widgets::empty::empty;
use crate::widgets::grid::{Grid, GridColumn, RowWords, TEXT_PADDING, text_cell};

const LINE: GridColumn = GridColumn { width: 64.0, narrow: 56.0, ..GridColumn::number("", "") };

const COLUMNS: [GridColumn; 7] = [
    GridColumn::number("A", "What the line weighs in A"),
    GridColumn::number("B", "What the line weighs in B"),
    CHANGE,
    PERCENT_OF_A,
    GridColumn { title: "Line in A", help: "The line of the file of A", ..LINE },
    GridColumn { title: "Line in B", help: "The line of the file of B", ..LINE },
    GridColumn::names("Source", "What is in the line", TEXT_PADDING),
];

/// Where the text is in [`COLUMNS`].
const TEXT: usize = 6;

/// A table narrower than this, in points, has the change and the line in B only.
const WITH_SIDES: f32 = 720.0;

/// Shows the file of the function that is picked, or of what changed most.
pub(super) fn ui(
    ui: &mut Ui,
    state: &State,
    (comparison, compared): (&Comparison, &Compared),
    commands: &mut Commands,
) {
    let Some((wanted, source)) = comparison.source.shown() else {
        return empty(ui, "Reading…", "Looking for the file");
    };
    // What was just asked for has other functions.
    if wanted.function.index() >= compared.paired.functions.len() {
        return empty(ui, "Reading…", "Looking for the file");
    }
    let name = compared.paired.shown_name(wanted.function);
    if [0, 1].iter().all(|&side| source.file(side).is_none()) {
        let line = format!("Neither recording says in which file {name} is");
        return empty(ui, "No file is known", &line);
    }
    let frame = egui::Frame::new().fill(Palette::from(ui).panel);
    Panel::top("lines of both")
        .exact_size(theme::TAB_BAR)
        .frame(frame)
        .show(ui, |ui| header(ui, source, commands));
    if let Some(missing) = source.missing() {
        let height = (ui.available_height() * 0.5).round();
        let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 8));
        Panel::top("places of both").exact_size(height).frame(frame).show(ui, |ui| {
            egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                places(ui, &state.settings, &missing, commands);
            });
        });
    }
    table(ui, (comparison, compared), source, commands);
}

/// Which file it is, and the way through what changed.
fn header(ui: &mut Ui, source: &PairedSource, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let caption = |text: &str| RichText::new(text).font(theme::sans(theme::CAPTION));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        ui.spacing_mut().button_padding.y = 1.0;
        ui.add_space(8.0);
        for (text, help, step) in [
            ("Next change", "By how much it is, largest first (N)", 1),
            ("Previous", "Previous change (Shift+N)", -1),
        ] {
            if ui.add(Button::new(caption(text))).on_hover_text(help).clicked() {
                commands.push(Command::Source(InSource::StepCostly(step)));
            }
        }
        let size = Vec2::new(ui.available_width(), theme::TAB_BAR);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(12.0);
            let path = |side: usize| {
                let found = source.text_of(side).map(|text| text.path.display().to_string());
                found.or_else(|| source.file(side).map(str::to_owned))
            };
            let (a, b) = (path(0), path(1));
            let mut shown = b.clone().or(a.clone()).unwrap_or_default();
            let mut help = shown.clone();
            if let (Some(a), Some(b)) = (&a, &b)
                && a != b
            {
                help = format!("A: {a}\nB: {b}");
                shown = format!("{a} → {b}");
            }
            let font = theme::mono(theme::CAPTION);
            let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters")]
            let room = (ui.available_width() / letter) as usize;
            let text = elide(&shown, room, Elide::Middle).unwrap_or_default();
            ui.label(RichText::new(text).font(font).color(palette.text)).on_hover_text(help);
        });
    });
}

/// The lines with what they weigh.
fn table(
    ui: &mut Ui,
    (comparison, compared): (&Comparison, &Compared),
    source: &PairedSource,
    commands: &mut Commands,
) {
    let by = comparison.by;
    let rows = &source.rows;
    let changes = comparison.source.changes(by);
    let weights = rows.iter().flat_map(|row| row.weights(by));
    let largest = weights.max_by_key(|it| it.unsigned_abs()).unwrap_or_default();
    let cells = Cells::new(Words::new(compared, largest), comparison, changes.iter());
    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::mono(theme::BODY - 0.5), '0'));
    let mut columns = COLUMNS;
    // Wider than the view where lines are: the table scrolls.
    columns[TEXT].narrow = source.n_columns() as f32 * letter + 3.0 * TEXT_PADDING;
    let picked = comparison.source.picked.filter(|&row| row < rows.len());
    let is_narrow = ui.available_width() < WITH_SIDES;
    let grid = Grid {
        id: "lines of both",
        columns: &columns,
        shown: if is_narrow { vec![2, 5, TEXT] } else { (0..columns.len()).collect() },
        whole: String::new(),
        n_rows: rows.len().min(changes.len()),
        sorted: None,
        picked,
        scroll_to: tables::scroll_target(ui, "lines of both", picked),
    };
    let in_words = |row: usize| row_words(source, &cells, &rows[row], &changes[row]);
    let events = grid.show_around(ui, in_words, |ui, row, column| {
        cell(ui, (source, &cells), (&rows[row], &changes[row]), column);
    });
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(Command::Compare(Compare::Line(row)));
    }
    if events.double_click.is_some() {
        commands.push(Command::OpenInEditor);
    }
}

/// A line in words.
fn row_words(
    source: &PairedSource,
    cells: &Cells<'_>,
    row: &PairLine,
    change: &Change,
) -> RowWords {
    let number = row.line[1].or(row.line[0]).unwrap_or_default();
    let text = source.text(row).unwrap_or_default();
    let numbers = if row.counts() { cells.in_words(change) } else { String::new() };
    RowWords { name: format!("{number}: {}", text.trim()), numbers }
}

fn cell(
    ui: &Ui,
    (source, cells): (&PairedSource, &Cells<'_>),
    (row, change): (&PairLine, &Change),
    column: usize,
) {
    let palette = Palette::from(ui);
    let ink = if row.counts() { palette.text } else { palette.muted };
    match column {
        4 | 5 => {
            if let Some(line) = row.line[column - 4].filter(|&line| line > 0) {
                line_number(ui, line, ink);
            }
        }
        TEXT => match source.text(row) {
            Some(text) => source_cell(ui, &text, palette.text),
            None if row.line.contains(&Some(0)) => {
                let text = "places whose line is not recorded";
                text_cell(ui, text, TEXT_PADDING, Elide::End, palette.muted);
            }
            None => {}
        },
        // A line may only have called what counts: of its own it has nothing to show.
        _ if change.weights != [0; 2] => cells.paint(ui, change, column),
        _ => {}
    }
}
