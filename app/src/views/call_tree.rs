//! The call tree as a table: callers above callees.

use egui::{Align, Pos2, Rect, Sense, Ui, Vec2};
use rview_core::units::format_percent;
use rview_core::{NodeId, Unit};

use crate::analysis::Trees;
use crate::command::{Command, Commands};
use crate::listing::{Sort, SortKey};
use crate::state::{Picked, Session};
use crate::theme::{self, Palette};
use crate::widgets::empty::empty;
use crate::widgets::grid::{Grid, GridColumn, GridEvents, number_cell, text_cell};

/// The columns of trees: weights, then the name, then where it is.
pub const COLUMNS: [GridColumn; 6] = [
    GridColumn { title: "Total", width: 88.0, align: Align::Max },
    GridColumn { title: "of all", width: 70.0, align: Align::Max },
    GridColumn { title: "Self", width: 88.0, align: Align::Max },
    GridColumn { title: "of all", width: 70.0, align: Align::Max },
    GridColumn { title: "Function", width: 0.0, align: Align::Min },
    GridColumn { title: "Module", width: 150.0, align: Align::Min },
];

/// What each of [`COLUMNS`] sorts by.
pub const SORT_KEYS: [SortKey; 6] = [
    SortKey::Total,
    SortKey::Total,
    SortKey::SelfWeight,
    SortKey::SelfWeight,
    SortKey::Name,
    SortKey::Module,
];

/// Points that a level of the tree is indented by.
pub const INDENT: f32 = 14.0;

/// The column that shows an order.
pub fn sorted_column(keys: &[SortKey], sort: Sort) -> Option<(usize, bool)> {
    keys.iter().position(|&key| key == sort.key).map(|column| (column, sort.ascending))
}

/// The order after a click on a header: the other way round on the second click.
pub fn sort_after_click(keys: &[SortKey], column: usize, sort: Sort) -> Sort {
    let key = keys.get(column).copied().unwrap_or(sort.key);
    let is_text = matches!(key, SortKey::Name | SortKey::Module);
    let ascending = if key == sort.key { !sort.ascending } else { is_text };
    Sort { key, ascending }
}

/// Shows the call tree.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some((question, trees)) = &session.trees else {
        empty(ui, "Computing…", "Adding up the recording");
        return;
    };
    let Some(measure) = question.measure.filter(|_| !trees.tree.is_empty()) else {
        empty(ui, "No stacks", "Nothing in this recording, or in its selected part, has a stack");
        return;
    };
    let unit = measure.unit(&session.document.profile);
    let rows = &session.call_tree.rows;
    let picked = session.picked_rows.call_tree;
    let grid = Grid {
        id: "call tree",
        columns: &COLUMNS,
        n_rows: rows.len(),
        sorted: sorted_column(&SORT_KEYS, session.call_tree.sort),
        picked,
        scroll_to: scroll_target(ui, "call tree", picked),
    };
    let profile = &session.document.profile;
    let name = |row: usize| profile.function_name(trees.tree.function(rows[row])).to_owned();
    let mut toggled = None;
    let events = grid.show(ui, name, |ui, row, column| {
        if let Some(toggle) = cell(ui, session, trees, &unit, rows[row], column) {
            toggled = Some(toggle);
        }
    });
    react(session, trees, rows, events, toggled, commands);
}

/// The picked row, in the frame in which it changes: then the table scrolls to it.
pub fn scroll_target(ui: &Ui, id: &'static str, picked: Option<usize>) -> Option<usize> {
    let key = egui::Id::unique((id, "scrolled to"));
    let last = ui.data(|data| data.get_temp::<Option<usize>>(key)).flatten();
    ui.data_mut(|data| data.insert_temp(key, picked));
    picked.filter(|_| picked != last)
}

fn react(
    session: &Session,
    trees: &Trees,
    rows: &[NodeId],
    events: GridEvents,
    toggled: Option<Command>,
    commands: &mut Commands,
) {
    if let Some(column) = events.sort {
        let sort = sort_after_click(&SORT_KEYS, column, session.call_tree.sort);
        commands.push(Command::SortCallTree(sort));
    }
    if let Some(toggle) = toggled {
        commands.push(toggle);
    } else if let Some(row) = events.double_click {
        commands.push(Command::ToggleNode(trees.tree.path(rows[row])));
    } else if let Some(row) = events.click {
        commands.push(Command::Pick(Picked::Path(trees.tree.path(rows[row]))));
    }
}

/// Paints a cell; gives the command of its triangle if that was clicked.
fn cell(
    ui: &Ui,
    session: &Session,
    trees: &Trees,
    unit: &Unit,
    node: NodeId,
    column: usize,
) -> Option<Command> {
    let (tree, profile) = (&trees.tree, &session.document.profile);
    let all = tree.total();
    let share = |weight: i64| Some(weight as f64 / all.max(1) as f64);
    match column {
        0 => number_cell(ui, &unit.format(tree.total_of(node)), None),
        1 => {
            let total = tree.total_of(node);
            number_cell(ui, &format_percent(total, all), share(total));
        }
        2 => number_cell(ui, &unit.format(tree.self_of(node)), None),
        3 => {
            let self_ = tree.self_of(node);
            number_cell(ui, &format_percent(self_, all), share(self_));
        }
        4 => return name_cell(ui, session, trees, node),
        _ => {
            let module = profile.function_module(tree.function(node));
            text_cell(ui, module, 0.0, Palette::from(ui).muted);
        }
    }
    None
}

fn name_cell(ui: &Ui, session: &Session, trees: &Trees, node: NodeId) -> Option<Command> {
    let (tree, palette) = (&trees.tree, Palette::from(ui));
    let function = tree.function(node);
    let is_found = session.search.functions().is_none_or(|found| found.contains(function));
    let ink = if is_found { palette.text } else { palette.muted };
    let indent = tree.depth(node) as f32 * INDENT;
    let path = tree.path(node);
    let is_open = session.call_tree.outline.is_open(path);
    let toggled = (tree.subtree(node).len() > 1)
        .then(|| triangle(ui, indent, is_open, ("open call", path.raw())))
        .flatten();
    let swatch = session.base.color(function, ui.theme());
    name_with_swatch(ui, session.document.profile.function_name(function), indent, swatch, ink);
    toggled.map(|all| if all { Command::ToggleSubtree(path) } else { Command::ToggleNode(path) })
}

/// A triangle that opens a row. Gives, when it is clicked, whether all below is meant (Alt).
pub fn triangle(
    ui: &Ui,
    indent: f32,
    is_open: bool,
    id: impl std::hash::Hash + std::fmt::Debug,
) -> Option<bool> {
    let rect = ui.max_rect();
    let at = Pos2::new(rect.left() + indent + 10.0, rect.center().y);
    let hit = Rect::from_center_size(at, Vec2::splat(16.0));
    let response = ui.interact(hit, egui::Id::unique(id), Sense::click());
    response.widget_info(|| {
        let label = if is_open { "Close row" } else { "Open row" };
        egui::WidgetInfo::labeled(egui::accesskit::Role::DisclosureTriangle, true, label)
    });
    let palette = Palette::from(ui);
    let ink = if response.hovered() { palette.text } else { palette.muted };
    let text = if is_open { "▾" } else { "▸" };
    ui.painter().text(at, egui::Align2::CENTER_CENTER, text, theme::mono(theme::BODY), ink);
    response.clicked().then(|| ui.input(|input| input.modifiers.alt))
}

/// A name behind a small square in the color that its boxes have.
pub fn name_with_swatch(
    ui: &Ui,
    name: &str,
    indent: f32,
    swatch: egui::Color32,
    ink: egui::Color32,
) {
    let rect = ui.max_rect();
    let at = Pos2::new(rect.left() + indent + 24.0, rect.center().y);
    let square = Rect::from_center_size(at, Vec2::splat(8.0));
    let clip = rect.intersect(ui.clip_rect());
    ui.painter().with_clip_rect(clip).rect_filled(square, 1.0, swatch);
    text_cell(ui, name, indent + 26.0, ink);
}
