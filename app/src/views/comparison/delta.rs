//! The delta table: a row for each function of either side, and what changed.

use egui::Ui;
use rview_core::PairId;
use rview_core::diff::{By, Change};

use super::columns::{CHANGE, Cells, PERCENT_OF_A, doubted, mark};
use super::words::{Words, state_of};
use super::{menu, pick};
use crate::command::{Command, Commands, Compare};
use crate::comparison::Compared;
use crate::state::{Comparison, DeltaKey, DeltaSort, PickedPair};
use crate::theme::Palette;
use crate::views::tables::{self, MODULE, module_cell};
use crate::widgets::elide::Elide;
use crate::widgets::empty::empty_with_way_out;
use crate::widgets::grid::{Grid, GridColumn, RowWords, TEXT_PADDING, number_cell_in, text_cell};

const COLUMNS: [GridColumn; 8] = [
    GridColumn::number("A", "What it weighs in A"),
    GridColumn::number("B", "What it weighs in B"),
    CHANGE,
    PERCENT_OF_A,
    GridColumn {
        narrow: 76.0,
        ..GridColumn::number(
            "Share ±",
            "The change of its share of the whole of the recording, in percentage points",
        )
    },
    GridColumn {
        narrow: 64.0,
        ..GridColumn::text("State", "New in B, gone in B, or marked: ~ and ? may be chance", 76.0)
    },
    GridColumn::names("Function", "The function, over all its callers", TEXT_PADDING),
    MODULE,
];

const KEYS: [DeltaKey; 8] = [
    DeltaKey::A,
    DeltaKey::B,
    DeltaKey::Change,
    DeltaKey::OfA,
    DeltaKey::Share,
    DeltaKey::Chance,
    DeltaKey::Name,
    DeltaKey::Module,
];

/// Shows the table.
pub(super) fn ui(
    ui: &mut Ui,
    comparison: &Comparison,
    compared: &Compared,
    commands: &mut Commands,
) {
    let rows = &comparison.rows;
    if rows.is_empty() && comparison.found.is_some() {
        let line = format!("None of the functions is called {}", comparison.search);
        if empty_with_way_out(ui, "No function matches", &line, "Clear the search") {
            commands.push(Command::SetSearch(String::new()));
        }
        return;
    }
    let table = Table::new(comparison, compared);
    let column = KEYS.iter().position(|&key| key == comparison.sort.key);
    let grid = Grid {
        id: "delta",
        columns: &COLUMNS,
        shown: table.columns(),
        whole: String::new(),
        n_rows: rows.len(),
        sorted: column.map(|column| (column, comparison.sort.ascending)),
        picked: comparison.picked_row,
        scroll_to: tables::scroll_target(ui, "delta", comparison.picked_row),
    };
    let events = grid.show(
        ui,
        |row| table.words_of(rows[row]),
        |ui, row, column| table.cell(ui, rows[row], column),
    );
    if let Some(row) = &events.menu {
        row.context_menu(|ui| menu::ui(ui, comparison, compared, commands));
    }
    if let Some(&key) = events.sort.and_then(|column| KEYS.get(column)) {
        let ascending = key == comparison.sort.key && !comparison.sort.ascending;
        commands.push(Command::Compare(Compare::Sort(DeltaSort { key, ascending })));
    }
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(pick(PickedPair::Function(rows[row])));
    }
    if events.double_click.is_some() {
        commands.push(Command::Compare(Compare::View(crate::state::ComparisonView::DiffFlame)));
    }
}

/// One frame of the table.
struct Table<'a> {
    comparison: &'a Comparison,
    compared: &'a Compared,
    cells: Cells<'a>,
}

impl<'a> Table<'a> {
    fn new(comparison: &'a Comparison, compared: &'a Compared) -> Self {
        let words = Words::new(compared, comparison.extent.largest);
        let (longest, hides_chance) = (comparison.extent.longest, comparison.hides_chance);
        Self { comparison, compared, cells: Cells { words, longest, hides_chance } }
    }

    /// Without the module where every function is of none.
    fn columns(&self) -> Vec<usize> {
        let is_of_modules = self.compared.paired.sources.iter().any(|it| it.base.n_modules > 1);
        (0..COLUMNS.len()).filter(|&at| COLUMNS[at].title != "Module" || is_of_modules).collect()
    }

    fn change(&self, pair: PairId) -> Change {
        self.compared.change_of(pair, self.comparison.by)
    }

    fn cell(&self, ui: &Ui, pair: PairId, column: usize) {
        let change = self.change(pair);
        let ink = self.cells.ink(ui, &change);
        match column {
            0..=3 => self.cells.paint(ui, &change, column),
            4 => number_cell_in(ui, &self.cells.words.points(&change), " pp", ink),
            5 => self.state_cell(ui, pair, &change),
            6 => text_cell(
                ui,
                &self.compared.paired.shown_name(pair),
                TEXT_PADDING,
                Elide::Name,
                ink,
            ),
            _ => module_cell(ui, self.compared.paired.module(pair)),
        }
    }

    fn state_cell(&self, ui: &Ui, pair: PairId, change: &Change) {
        let palette = Palette::from(ui);
        let state = state_of(self.compared, pair);
        let text = match (state, mark(change)) {
            (state, "") => state.to_owned(),
            ("", mark) => format!("{mark} chance"),
            (state, mark) => format!("{mark} {state}"),
        };
        let ink = if change.may_be_chance() { palette.muted } else { palette.text };
        text_cell(ui, &text, TEXT_PADDING, Elide::Name, ink);
    }

    fn words_of(&self, pair: PairId) -> RowWords {
        let change = self.change(pair);
        let (words, name) = (&self.cells.words, self.compared.paired.shown_name(pair));
        let by = match self.comparison.by {
            By::Own => "self",
            By::Total => "total",
        };
        let (a, b, delta) = (words.side(&change, 0), words.side(&change, 1), words.delta(&change));
        let mut numbers = format!("{by} A {a}, B {b}, change {delta}");
        for (what, text) in [("of A", Words::of_a(&change)), ("share", words.points(&change))] {
            numbers = format!("{numbers}, {text} {what}");
        }
        let state = state_of(self.compared, pair);
        if !state.is_empty() {
            numbers = format!("{numbers}, {state}");
        }
        RowWords { name: name.into_owned(), numbers: format!("{numbers}{}", doubted(&change)) }
    }
}
