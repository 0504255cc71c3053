//! A function between what called it and what it called, on both sides.

use egui::{Align, Layout, RichText, Ui, UiBuilder};
use rview_core::PairId;
use rview_core::diff::{By, PairCall};

use super::columns::{CHANGE, Cells, PERCENT_OF_A, mark};
use super::pick;
use super::words::{Words, state_of};
use crate::command::Commands;
use crate::comparison::Compared;
use crate::state::{Comparison, PickedPair};
use crate::theme::{self, Palette};
use crate::widgets::elide::Elide;
use crate::widgets::empty::empty;
use crate::widgets::grid::{Grid, GridColumn, RowWords, TEXT_PADDING, text_cell};

const NUMBERS: [GridColumn; 4] = [
    GridColumn::number("A", "The stacks of A that have this call, each once"),
    GridColumn::number("B", "The stacks of B that have this call, each once"),
    CHANGE,
    PERCENT_OF_A,
];

/// The table of one half.
#[derive(Clone, Copy)]
struct Half<'a> {
    id: &'static str,
    column: GridColumn,
    calls: &'a [PairCall],
    nothing: &'static str,
}

/// How high the function is.
const HEADER: f32 = 56.0;

/// Shows both tables around the function that is picked.
pub(super) fn ui(
    ui: &mut Ui,
    comparison: &Comparison,
    compared: &Compared,
    commands: &mut Commands,
) {
    let Some((function, calls)) = &comparison.calls else {
        return empty(ui, "No function is picked", "Pick one in another view, or in its details");
    };
    let callers = Half {
        id: "callers of both",
        column: GridColumn::names("Called by", "What called it directly", TEXT_PADDING),
        calls: &calls.callers,
        nothing: "Nothing called it",
    };
    let callees = Half {
        id: "callees of both",
        column: GridColumn::names("Calls", "What it called directly", TEXT_PADDING),
        calls: &calls.callees,
        nothing: "It called nothing",
    };
    let full = ui.available_rect_before_wrap();
    let half = ((full.height() - HEADER) / 2.0).max(0.0);
    let (top, rest) = full.split_top_bottom_at_y(full.top() + half);
    let (middle, bottom) = rest.split_top_bottom_at_y(rest.top() + HEADER);
    for (rect, half) in [(top, callers), (bottom, callees)] {
        ui.scope_builder(UiBuilder::new().id_salt(half.id).max_rect(rect), |ui| {
            table(ui, (comparison, compared), half, commands);
        });
    }
    ui.scope_builder(UiBuilder::new().max_rect(middle), |ui| header(ui, compared, *function));
}

/// The function, and what it weighs.
fn header(ui: &mut Ui, compared: &Compared, function: PairId) {
    let palette = Palette::from(ui);
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, palette.panel);
    for y in [rect.top(), rect.bottom() - 1.0] {
        ui.painter().hline(rect.x_range(), y, (1.0, palette.hairline));
    }
    let words = Words::new(compared, 0);
    let inner = rect.shrink2(egui::Vec2::new(12.0, 6.0));
    let builder = UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Min));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let name = compared.paired.shown_name(function);
        let state = state_of(compared, function);
        let name = if state.is_empty() { name.into_owned() } else { format!("{name}  {state}") };
        let name = RichText::new(name).font(theme::mono(theme::BODY)).color(palette.text);
        ui.add(egui::Label::new(name).truncate());
        let line = [("Total", By::Total), ("self", By::Own)].map(|(what, by)| {
            let change = compared.change_of(function, by);
            let (a, b) = (words.side(&change, 0), words.side(&change, 1));
            format!("{what} {a} → {b}, {}{}", mark(&change), words.delta(&change))
        });
        let line = RichText::new(line.join("   ")).font(theme::mono(theme::CAPTION));
        ui.add(egui::Label::new(line.color(palette.muted)).truncate());
    });
}

fn table(
    ui: &mut Ui,
    (comparison, compared): (&Comparison, &Compared),
    half: Half<'_>,
    commands: &mut Commands,
) {
    let calls = half.calls;
    if calls.is_empty() {
        return empty(ui, half.nothing, "in what counts of either side");
    }
    let paired = &compared.paired;
    let largest = calls.iter().flat_map(|it| it.change.weights).max_by_key(|it| it.unsigned_abs());
    let words = Words::new(compared, largest.unwrap_or_default());
    let cells = Cells::new(words, comparison, calls.iter().map(|call| &call.change));
    let [a, b, delta, of_a] = NUMBERS;
    let columns = [a, b, delta, of_a, half.column];
    let grid = Grid {
        id: half.id,
        columns: &columns,
        shown: (0..columns.len()).collect(),
        whole: String::new(),
        n_rows: calls.len(),
        sorted: Some((2, false)),
        picked: None,
        scroll_to: None,
    };
    let in_words = |row: usize| {
        let PairCall { function, change } = &calls[row];
        let name = paired.shown_name(*function).into_owned();
        RowWords { name, numbers: cells.in_words(change) }
    };
    let events = grid.show(ui, in_words, |ui, row, column| {
        let PairCall { function, change } = &calls[row];
        if column == NUMBERS.len() {
            let ink = cells.ink(ui, change);
            text_cell(ui, &paired.shown_name(*function), TEXT_PADDING, Elide::Name, ink);
        } else {
            cells.paint(ui, change, column);
        }
    });
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(pick(PickedPair::Function(calls[row].function)));
    }
    debug_assert!(comparison.compared.is_some(), "it is what is shown");
}
