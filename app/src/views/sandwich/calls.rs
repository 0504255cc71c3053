//! The direct callers and callees of a function as tables.

use egui::{Ui, UiBuilder};
use rview_core::Call;

use crate::command::{Command, Commands, InSandwich};
use crate::state::{Picked, Session};
use crate::theme::{self, Palette};
use crate::views::box_menu;
use crate::views::tables::{
    self, MODULE, NAME, Numbers, TOTAL, TOTAL_SHARE, module_cell, name_cell,
};
use crate::widgets::grid::{Grid, GridColumn};

const WEIGHT: &str = "What the stacks with this call weigh, each of them once";

const SHARE: &str = "What the stacks with this call weigh, as a share of {}";

const CALLERS: [GridColumn; 4] = [
    GridColumn { title: "Weight", help: WEIGHT, ..TOTAL },
    GridColumn { title: "Weight %", help: SHARE, ..TOTAL_SHARE },
    GridColumn::names("Callers", "The functions that call it directly", NAME),
    MODULE,
];

const CALLEES: [GridColumn; 4] = [
    CALLERS[0],
    CALLERS[1],
    GridColumn::names("Callees", "The functions that it calls directly", NAME),
    MODULE,
];

/// Shows the callers, and below them the callees.
pub(super) fn ui(ui: &mut Ui, session: &Session, numbers: &Numbers, commands: &mut Commands) {
    let full = ui.available_rect_before_wrap();
    let Some(sandwich) = session.sandwich.shown() else { return };
    let (above, below) = full.split_top_bottom_at_y(full.center().y.round());
    for (id, columns, calls, rect) in [
        ("callers", &CALLERS, &sandwich.direct_callers, above),
        ("callees", &CALLEES, &sandwich.direct_callees, below),
    ] {
        let builder = UiBuilder::new().max_rect(rect).id_salt(id);
        ui.scope_builder(builder, |ui| table(ui, session, numbers, (id, columns, calls), commands));
    }
    let line = Palette::from(ui).hairline;
    ui.painter().hline(full.x_range(), below.top(), (1.0, line));
}

/// One of the tables; a click picks a function, a double click goes to it.
fn table(
    ui: &mut Ui,
    session: &Session,
    numbers: &Numbers,
    (id, columns, calls): (&'static str, &[GridColumn], &[Call]),
    commands: &mut Commands,
) {
    let (profile, palette) = (&session.document.profile, Palette::from(ui));
    // Of the two lists of one table only that where the user is shows it.
    let picked = match session.picked {
        Picked::Function(function) if Some(function) != session.sandwich.function() => {
            calls.iter().position(|call| call.function == function)
        }
        _ => None,
    };
    let grid = Grid {
        id,
        columns,
        shown: tables::shown(session, columns),
        whole: numbers.whole.clone(),
        n_rows: calls.len(),
        sorted: Some((0, false)),
        picked,
        scroll_to: None,
    };
    let words =
        |row: usize| numbers.words(profile, calls[row].function, None, Some(calls[row].weight));
    let events = grid.show(ui, words, |ui, row, column| {
        let Call { function, weight } = calls[row];
        match column {
            0 => numbers.total_cell(ui, weight),
            1 => numbers.share_cell(ui, weight),
            2 => {
                let swatch = (session.base.color(function, ui.theme()), tables::Call::Real);
                let found = session.search.functions();
                let is_found = found.is_none_or(|found| found.contains(function));
                let ink = if is_found { palette.text } else { palette.muted };
                name_cell(ui, &profile.shown_name(function), NAME, swatch, ink);
            }
            _ => module_cell(ui, profile.function_module(function)),
        }
    });
    if calls.is_empty() {
        let text = if id == "callers" { "Nothing calls it" } else { "It calls nothing" };
        let at = ui.max_rect().left_top() + egui::vec2(8.0, 1.7 * theme::TABLE_ROW);
        let font = theme::sans(theme::CAPTION);
        ui.painter().text(at, egui::Align2::LEFT_CENTER, text, font, palette.muted);
    }
    if let Some(row) = &events.menu {
        row.context_menu(|ui| box_menu::ui(ui, session, commands));
    }
    if let Some(row) = events.double_click {
        commands.push(Command::Pick(Picked::Function(calls[row].function)));
    } else if let Some(row) = events.click {
        commands.push(Command::Sandwich(InSandwich::PickCall(calls[row].function)));
    }
}
