//! The function table: a row for each function, over all the places it was called from.

use egui::{Align, Ui};
use rview_core::units::format_percent;

use super::call_tree::{name_with_swatch, scroll_target, sort_after_click, sorted_column};
use crate::command::{Command, Commands};
use crate::listing::SortKey;
use crate::state::{Picked, Session};
use crate::theme::Palette;
use crate::widgets::empty::empty;
use crate::widgets::grid::{Grid, GridColumn, number_cell, text_cell};

const COLUMNS: [GridColumn; 7] = [
    GridColumn { title: "Self", width: 92.0, align: Align::Max },
    GridColumn { title: "of all", width: 76.0, align: Align::Max },
    GridColumn { title: "Total", width: 92.0, align: Align::Max },
    GridColumn { title: "of all", width: 76.0, align: Align::Max },
    GridColumn { title: "Function", width: 0.0, align: Align::Min },
    GridColumn { title: "Module", width: 130.0, align: Align::Min },
    GridColumn { title: "File", width: 200.0, align: Align::Min },
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
    let Some((question, trees)) = &session.trees else {
        empty(ui, "Computing…", "Adding up the recording");
        return;
    };
    let Some(measure) = question.measure.filter(|_| !trees.tree.is_empty()) else {
        empty(ui, "No functions", "Nothing in this recording, or in its selected part, has one");
        return;
    };
    let profile = &session.document.profile;
    let rows = &session.functions.rows;
    if rows.is_empty() {
        empty(ui, "No function matches", "Clear the search (Esc) to see all functions");
        return;
    }
    let (totals, unit, all) = (&trees.functions, measure.unit(profile), trees.tree.total());
    let picked = session.picked_rows.functions;
    let grid = Grid {
        id: "functions",
        columns: &COLUMNS,
        n_rows: rows.len(),
        sorted: sorted_column(&SORT_KEYS, session.functions.sort),
        picked,
        scroll_to: scroll_target(ui, "functions", picked),
    };
    let palette = Palette::from(ui);
    let name = |row: usize| profile.function_name(rows[row]).to_owned();
    let events = grid.show(ui, name, |ui, row, column| {
        let function = rows[row];
        let share = |weight: i64| Some(weight as f64 / all.max(1) as f64);
        match column {
            0 => number_cell(ui, &unit.format(totals.self_of(function)), None),
            1 => {
                let self_ = totals.self_of(function);
                number_cell(ui, &format_percent(self_, all), share(self_));
            }
            2 => number_cell(ui, &unit.format(totals.total_of(function)), None),
            3 => {
                let total = totals.total_of(function);
                number_cell(ui, &format_percent(total, all), share(total));
            }
            4 => {
                let swatch = session.base.color(function, ui.theme());
                name_with_swatch(ui, profile.function_name(function), -12.0, swatch, palette.text);
            }
            5 => text_cell(ui, profile.function_module(function), 0.0, palette.muted),
            _ => {
                let row = profile.symbols().functions().row(function);
                let file = row.file.map(|file| profile.text(file)).unwrap_or_default();
                text_cell(ui, file, 0.0, palette.muted);
            }
        }
    });
    if let Some(column) = events.sort.filter(|&column| column < SORT_KEYS.len()) {
        let sort = sort_after_click(&SORT_KEYS, column, session.functions.sort);
        commands.push(Command::SortFunctions(sort));
    }
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(Command::Pick(Picked::Function(rows[row])));
    }
    if events.double_click.is_some() {
        commands.push(Command::ShowView(crate::state::View::FlameGraph));
    }
}
