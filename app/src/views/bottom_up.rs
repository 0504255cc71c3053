//! The bottom-up tree as a table: what used most itself, and below it who called it.

use egui::Ui;

use super::box_menu;
use super::tables::{
    self, Call, FUNCTION_AND_CALLERS, INDENT, MODULE, SELF, SELF_SHARE, TREE_NAME, module_cell,
    name_cell, triangle,
};
use crate::command::{Command, Commands};
use crate::state::Session;
use crate::theme::Palette;
use crate::widgets::grid::{Grid, GridColumn};

const COLUMNS: [GridColumn; 4] = [
    SELF,
    SELF_SHARE,
    GridColumn::names(FUNCTION_AND_CALLERS, "The function, above its callers", TREE_NAME),
    MODULE,
];

/// Shows the bottom-up tree.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some((_, numbers)) = tables::answer(ui, session, commands) else { return };
    let profile = &session.document.profile;
    let inverted = &session.bottom_up.tree;
    let rows = &session.bottom_up.rows;
    let picked = session.picked_rows.bottom_up;
    let grid = Grid {
        id: "bottom-up",
        columns: &tables::named(session, &COLUMNS),
        shown: tables::shown(session, &COLUMNS),
        whole: numbers.whole.clone(),
        n_rows: rows.len(),
        sorted: Some((0, false)),
        picked,
        scroll_to: tables::scroll_target(ui, "bottom-up", picked),
    };
    let words = |row: usize| {
        let (function, weight) = (inverted.function(rows[row]), inverted.weight(rows[row]));
        numbers.words(profile, function, Some(weight), None)
    };
    let mut toggled = None;
    let palette = Palette::from(ui);
    let events = grid.show(ui, words, |ui, row, column| {
        let row = rows[row];
        let function = inverted.function(row);
        match column {
            0 => numbers.self_cell(ui, inverted.weight(row)),
            1 => numbers.share_cell(ui, inverted.weight(row)),
            2 => {
                let indent = inverted.depth(row) as f32 * INDENT;
                let name = &*profile.shown_name(function);
                let (is_open, id) = (inverted.is_open(row), ("open caller", row));
                if inverted.has_callers(row) && triangle(ui, indent, is_open, name, id).is_some() {
                    toggled = Some(row);
                }
                let call = Call::of(session, function, inverted.is_inlined(row));
                let swatch = (session.base.color(function, ui.theme()), call);
                let found = session.search.functions();
                let is_found = found.is_none_or(|found| found.contains(function));
                let ink = if is_found { palette.text } else { palette.muted };
                name_cell(ui, name, TREE_NAME + indent, swatch, ink);
            }
            _ => module_cell(ui, profile.function_module(function)),
        }
    });
    if let Some(row) = &events.menu {
        row.context_menu(|ui| box_menu::ui(ui, session, commands));
    }
    if let Some(row) = toggled.or(events.double_click.map(|row| rows[row])) {
        commands.push(Command::ToggleInverted(row));
    } else if let Some(row) = events.click {
        commands.push(Command::PickInverted(rows[row]));
    }
}
