//! The function table: a row for each function, over all the places it was called from.

use egui::Ui;

use super::box_menu;
use super::tables::{
    self, Call, MODULE, NAME, SELF, SELF_SHARE, TOTAL, TOTAL_SHARE, module_cell, name_cell,
};
use crate::command::{Command, Commands};
use crate::listing::SortKey;
use crate::state::{Picked, Session};
use crate::theme::Palette;
use crate::widgets::empty::empty_with_way_out;
use crate::widgets::grid::{Grid, GridColumn};

const COLUMNS: [GridColumn; 7] = [
    SELF,
    SELF_SHARE,
    TOTAL,
    TOTAL_SHARE,
    GridColumn::names("Function", "The function, over all its callers", NAME),
    MODULE,
    GridColumn::text("File", "The file it is defined in", 200.0),
];

const SORT_KEYS: [SortKey; 6] = [
    SortKey::SelfWeight,
    SortKey::SelfWeight,
    SortKey::Total,
    SortKey::Total,
    SortKey::Name,
    SortKey::Module,
];

/// Shows the function table.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some((trees, numbers)) = tables::answer(ui, session, commands) else { return };
    let profile = &session.document.profile;
    let rows = &session.functions.rows;
    if rows.is_empty() && session.search.functions().is_some() {
        let line = format!("None of the functions is called {}", session.search.text);
        if empty_with_way_out(ui, "No function matches", &line, "Clear the search") {
            commands.push(Command::SetSearch(String::new()));
        }
        return;
    }
    let totals = &trees.functions;
    let picked = session.picked_rows.functions;
    let grid = Grid {
        id: "functions",
        columns: &tables::named(session, &COLUMNS),
        shown: tables::shown(session, &COLUMNS),
        whole: numbers.whole.clone(),
        n_rows: rows.len(),
        sorted: tables::sorted_column(&SORT_KEYS, session.functions.sort),
        picked,
        scroll_to: tables::scroll_target(ui, "functions", picked),
    };
    let palette = Palette::from(ui);
    let words = |row: usize| {
        let function = rows[row];
        let (self_, total) = (totals.self_of(function), totals.total_of(function));
        numbers.words(profile, function, Some(self_), Some(total))
    };
    let events = grid.show(ui, words, |ui, row, column| {
        let function = rows[row];
        match column {
            0 => numbers.self_cell(ui, totals.self_of(function)),
            1 => numbers.share_cell(ui, totals.self_of(function)),
            2 => numbers.total_cell(ui, totals.total_of(function)),
            3 => numbers.share_cell(ui, totals.total_of(function)),
            4 => {
                let call = Call::of(session, function, false);
                let swatch = (session.base.color(function, ui.theme()), call);
                name_cell(ui, &profile.shown_name(function), NAME, swatch, palette.text);
            }
            5 => module_cell(ui, profile.function_module(function)),
            _ => {
                let row = profile.symbols().functions().row(function);
                module_cell(ui, row.file.map(|file| profile.text(file)).unwrap_or_default());
            }
        }
    });
    if let Some(row) = &events.menu {
        row.context_menu(|ui| box_menu::ui(ui, session, commands));
    }
    if let Some(column) = events.sort.filter(|&column| column < SORT_KEYS.len()) {
        let sort = tables::sort_after_click(&SORT_KEYS, column, session.functions.sort);
        commands.push(Command::SortFunctions(sort));
    }
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(Command::Pick(Picked::Function(rows[row])));
    }
    if events.double_click.is_some() {
        commands.push(Command::ShowView(crate::state::View::FlameGraph));
    }
}
