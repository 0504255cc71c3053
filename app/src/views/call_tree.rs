//! The call tree as a table: callers above callees.

use egui::Ui;
use rview_core::NodeId;

use super::box_menu;
use super::tables::{
    self, Call, INDENT, MODULE, Numbers, SELF, SELF_SHARE, TOTAL, TOTAL_SHARE, TREE_NAME,
    module_cell, triangle,
};
use crate::analysis::Trees;
use crate::command::{Command, Commands};
use crate::listing::SortKey;
use crate::state::{Picked, Session};
use crate::theme::Palette;
use crate::widgets::grid::{Grid, GridColumn, GridEvents};

/// Weights, then the name, then where it is.
const COLUMNS: [GridColumn; 6] = [
    TOTAL,
    TOTAL_SHARE,
    SELF,
    SELF_SHARE,
    GridColumn::names("Function", "The function, below its caller", TREE_NAME),
    MODULE,
];

/// What each of [`COLUMNS`] sorts by.
const SORT_KEYS: [SortKey; 6] = [
    SortKey::Total,
    SortKey::Total,
    SortKey::SelfWeight,
    SortKey::SelfWeight,
    SortKey::Name,
    SortKey::Module,
];

/// Shows the call tree.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some((trees, numbers)) = tables::answer(ui, session, commands) else { return };
    let rows = &session.call_tree.rows;
    let picked = session.picked_rows.call_tree;
    let grid = Grid {
        id: "call tree",
        columns: &tables::named(session, &COLUMNS),
        shown: tables::shown(session, &COLUMNS),
        whole: numbers.whole.clone(),
        n_rows: rows.len(),
        sorted: tables::sorted_column(&SORT_KEYS, session.call_tree.sort),
        picked,
        scroll_to: tables::scroll_target(ui, "call tree", picked),
    };
    let (tree, profile) = (&trees.tree, &session.document.profile);
    let words = |row: usize| {
        let (self_, total) = (tree.self_of(rows[row]), tree.total_of(rows[row]));
        let mut words = numbers.words(profile, tree.function(rows[row]), Some(self_), Some(total));
        if tree.is_inlined(rows[row]) {
            words.name += ", inlined";
        }
        words
    };
    let mut toggled = None;
    let events = grid.show(ui, words, |ui, row, column| {
        if let Some(toggle) = cell(ui, session, trees, &numbers, rows[row], column) {
            toggled = Some(toggle);
        }
    });
    if let Some(row) = &events.menu {
        row.context_menu(|ui| box_menu::ui(ui, session, commands));
    }
    react(session, trees, rows, &events, toggled, commands);
}

fn react(
    session: &Session,
    trees: &Trees,
    rows: &[NodeId],
    events: &GridEvents,
    toggled: Option<Command>,
    commands: &mut Commands,
) {
    if let Some(column) = events.sort {
        let sort = tables::sort_after_click(&SORT_KEYS, column, session.call_tree.sort);
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
    numbers: &Numbers,
    node: NodeId,
    column: usize,
) -> Option<Command> {
    let (tree, profile) = (&trees.tree, &session.document.profile);
    match column {
        0 => numbers.total_cell(ui, tree.total_of(node)),
        1 => numbers.share_cell(ui, tree.total_of(node)),
        2 => numbers.self_cell(ui, tree.self_of(node)),
        3 => numbers.share_cell(ui, tree.self_of(node)),
        4 => return name_cell(ui, session, trees, node),
        _ => module_cell(ui, profile.function_module(tree.function(node))),
    }
    None
}

fn name_cell(ui: &Ui, session: &Session, trees: &Trees, node: NodeId) -> Option<Command> {
    let (tree, palette) = (&trees.tree, Palette::from(ui));
    let function = tree.function(node);
    let name = &*session.document.profile.shown_name(function);
    let is_found = session.search.functions().is_none_or(|found| found.contains(function));
    let ink = if is_found { palette.text } else { palette.muted };
    let indent = tree.depth(node) as f32 * INDENT;
    let path = tree.path(node);
    let is_open = session.call_tree.outline.is_open(path);
    let toggled = (tree.subtree(node).len() > 1)
        .then(|| triangle(ui, indent, is_open, name, ("open call", path.raw())))
        .flatten();
    let call = Call::of(session, function, tree.is_inlined(node));
    let swatch = (session.base.color(function, ui.theme()), call);
    tables::name_cell(ui, name, TREE_NAME + indent, swatch, ink);
    toggled.map(|all| if all { Command::ToggleSubtree(path) } else { Command::ToggleNode(path) })
}
