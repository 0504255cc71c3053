//! The bottom-up tree as a table: what used most itself, and below it who called it.

use egui::{Align, Ui};
use rview_core::units::format_percent;

use super::call_tree::{INDENT, name_with_swatch, scroll_target, triangle};
use crate::command::{Command, Commands};
use crate::state::Session;
use crate::theme::Palette;
use crate::widgets::empty::empty;
use crate::widgets::grid::{Grid, GridColumn, number_cell, text_cell};

const COLUMNS: [GridColumn; 4] = [
    GridColumn { title: "Self", width: 92.0, align: Align::Max },
    GridColumn { title: "of all", width: 76.0, align: Align::Max },
    GridColumn { title: "Function and its callers", width: 0.0, align: Align::Min },
    GridColumn { title: "Module", width: 150.0, align: Align::Min },
];

/// Shows the bottom-up tree.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some((question, trees)) = &session.trees else {
        empty(ui, "Computing…", "Adding up the recording");
        return;
    };
    let Some(measure) = question.measure.filter(|_| !trees.tree.is_empty()) else {
        empty(ui, "No stacks", "Nothing in this recording, or in its selected part, has a stack");
        return;
    };
    let profile = &session.document.profile;
    let (inverted, unit, all) =
        (&session.bottom_up.tree, measure.unit(profile), trees.tree.total());
    let rows = &session.bottom_up.rows;
    let picked = session.picked_rows.bottom_up;
    let grid = Grid {
        id: "bottom-up",
        columns: &COLUMNS,
        n_rows: rows.len(),
        sorted: Some((0, false)),
        picked,
        scroll_to: scroll_target(ui, "bottom-up", picked),
    };
    let name = |row: usize| profile.function_name(inverted.function(rows[row])).to_owned();
    let mut toggled = None;
    let palette = Palette::from(ui);
    let events = grid.show(ui, name, |ui, row, column| {
        let row = rows[row];
        let weight = inverted.weight(row);
        let function = inverted.function(row);
        match column {
            0 => number_cell(ui, &unit.format(weight), None),
            1 => {
                let share = weight as f64 / all.max(1) as f64;
                number_cell(ui, &format_percent(weight, all), Some(share));
            }
            2 => {
                let indent = inverted.depth(row) as f32 * INDENT;
                if inverted.has_callers(row)
                    && triangle(ui, indent, inverted.is_open(row), ("open caller", row)).is_some()
                {
                    toggled = Some(row);
                }
                let swatch = session.base.color(function, ui.theme());
                let found = session.search.functions();
                let is_found = found.is_none_or(|found| found.contains(function));
                let ink = if is_found { palette.text } else { palette.muted };
                name_with_swatch(ui, profile.function_name(function), indent, swatch, ink);
            }
            _ => text_cell(ui, profile.function_module(function), 0.0, palette.muted),
        }
    });
    if let Some(row) = toggled.or(events.double_click.map(|row| rows[row])) {
        commands.push(Command::ToggleInverted(row));
    } else if let Some(row) = events.click {
        commands.push(Command::PickInverted(rows[row]));
    }
}
