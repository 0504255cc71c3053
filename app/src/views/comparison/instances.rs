//! The slices of one name in both recordings, instance by instance: which call got slower.

use egui::{Frame, Panel, RichText, Ui};
use rview_core::Profile;
use rview_core::diff::{InstancePair, MatchedBy, SliceName};
use rview_core::units::{format_duration, format_percent, format_time, group_digits};

use super::columns::{CHANGE, PERCENT_OF_A};
use crate::command::{Command, Commands, Compare};
use crate::comparison::Compared;
use crate::instances::{PairedInstances, change_ns, durations_ns, state_of};
use crate::state::{Comparison, InstanceKey};
use crate::theme::{self, Palette, color};
use crate::views::tables::{self, module_cell};
use crate::views::track_label;
use crate::widgets::elide::Elide;
use crate::widgets::empty::empty;
use crate::widgets::grid::{
    Grid, GridColumn, RowWords, TEXT_PADDING, change_cell, number_cell_in, text_cell,
};

const START: GridColumn = GridColumn { width: 100.0, narrow: 92.0, ..GridColumn::number("", "") };

const COLUMNS: [GridColumn; 8] = [
    GridColumn { title: "Start in A", help: "When it starts, since the start of A", ..START },
    GridColumn { title: "Start in B", help: "When it starts, since the start of B", ..START },
    GridColumn::number("A", "How long it lasts in A"),
    GridColumn::number("B", "How long it lasts in B"),
    GridColumn { narrow: 132.0, help: "The change: blue is shorter, orange is longer", ..CHANGE },
    PERCENT_OF_A,
    GridColumn { narrow: 60.0, ..GridColumn::text("State", "New in B or gone in B", 64.0) },
    GridColumn::names("Thread", "What it is on, in B where it is in both", TEXT_PADDING),
];

const KEYS: [InstanceKey; 7] = [
    InstanceKey::StartA,
    InstanceKey::StartB,
    InstanceKey::A,
    InstanceKey::B,
    InstanceKey::Change,
    InstanceKey::OfA,
    InstanceKey::State,
];

const NAMES: [GridColumn; 3] = [
    GridColumn::names("Slices", "What slices of both are called", TEXT_PADDING),
    GridColumn {
        width: 92.0,
        narrow: 88.0,
        ..GridColumn::number("B − A", "All of B less all of A")
    },
    GridColumn {
        width: 76.0,
        narrow: 68.0,
        ..GridColumn::number("Count", "How many there are in B")
    },
];

/// A list of names narrower than this, in points, has no counts.
const WITH_COUNTS: f32 = 280.0;

/// A table narrower than this has the starts in B only.
const WITH_STARTS: f32 = 760.0;

/// Shows the names of slices at the left, and the instances of one of them.
pub(super) fn ui(
    ui: &mut Ui,
    comparison: &Comparison,
    compared: &Compared,
    commands: &mut Commands,
) {
    let names = &compared.paired.slice_names;
    if names.is_empty() {
        let line = "Only slices of traces have instances, and only names of both are compared";
        return empty(ui, "No slices of one name in both", line);
    }
    let palette = Palette::from(ui);
    Panel::left("names of slices")
        .default_size(if ui.available_width() < 960.0 { 264.0 } else { 300.0 })
        .size_range(180.0..=560.0)
        .frame(Frame::new().fill(palette.panel))
        .show(ui, |ui| list(ui, comparison, compared, commands));
    let Some((_, found)) = &compared.instances else {
        return empty(ui, "Comparing…", "Reading the arguments of slices");
    };
    Panel::top("instances legend")
        .frame(Frame::new().fill(palette.panel).inner_margin(egui::Margin::symmetric(12, 4)))
        .show(ui, |ui| summary(ui, comparison, found));
    table(ui, (comparison, compared), found, commands);
}

/// The names that both have.
fn list(ui: &mut Ui, comparison: &Comparison, compared: &Compared, commands: &mut Commands) {
    let paired = &compared.paired;
    let names = &paired.slice_names;
    let chosen = comparison.wanted.slice.as_deref();
    let picked = names.iter().position(|it| Some(paired.name(it.function)) == chosen);
    let grid = Grid {
        id: "names of slices",
        columns: &NAMES,
        shown: (0..if ui.available_width() < WITH_COUNTS { 2 } else { 3 }).collect(),
        whole: String::new(),
        n_rows: names.len(),
        sorted: Some((1, false)),
        picked,
        scroll_to: tables::scroll_target(ui, "names of slices", picked),
    };
    let change = |it: &SliceName| it.total_ns[1].saturating_sub(it.total_ns[0]);
    let words = |row: usize| RowWords {
        name: paired.shown_name(names[row].function).into_owned(),
        numbers: format!(
            "{} in A, {} in B, change {}",
            names[row].counts[0],
            names[row].counts[1],
            signed(change(&names[row]))
        ),
    };
    let ink = Palette::from(ui).text;
    let events = grid.show(ui, words, |ui, row, column| match column {
        0 => text_cell(ui, &paired.shown_name(names[row].function), TEXT_PADDING, Elide::Name, ink),
        1 => duration_cell(ui, &signed(change(&names[row])), ink),
        _ => number_cell_in(ui, &count(names[row].counts[1]), "", ink),
    });
    if let Some(row) = events.click.or(events.double_click) {
        let name = paired.name(names[row].function).to_owned();
        commands.push(Command::Compare(Compare::Slice(name)));
    }
}

/// What all of them together are, and how they were matched.
fn summary(ui: &mut Ui, comparison: &Comparison, found: &PairedInstances) {
    let palette = Palette::from(ui);
    let [both, new, gone] = found.counts;
    let [a, b] = found.total_ns;
    ui.horizontal_wrapped(|ui| {
        let name = comparison.wanted.slice.as_deref().unwrap_or_default();
        ui.label(RichText::new(name).font(theme::mono(theme::BODY)).color(palette.text));
        let totals = format!(
            "{} → {}, {}",
            format_duration(a),
            format_duration(b),
            signed(b.saturating_sub(a))
        );
        ui.label(RichText::new(totals).font(theme::mono(theme::BODY - 0.5)).color(palette.text));
        let how = match found.by {
            Some(MatchedBy::Arguments) => " by their arguments",
            Some(MatchedBy::Order) => " by their order, as arguments tell nothing",
            None => "",
        };
        let counts =
            format!("{} in both{how}, {} new, {} gone", count(both), count(new), count(gone));
        let counts = RichText::new(counts).font(theme::sans(theme::CAPTION)).color(palette.muted);
        ui.label(counts);
        // Each slice was timed by itself: there is no counting error to tell from a change.
        let text = "every slice is measured, none sampled: nothing here is greyed out as chance";
        ui.label(RichText::new(text).font(theme::sans(theme::CAPTION)).color(palette.muted));
    });
}

fn table(
    ui: &mut Ui,
    (comparison, compared): (&Comparison, &Compared),
    found: &PairedInstances,
    commands: &mut Commands,
) {
    let profiles = compared.paired.profiles();
    let rows = &comparison.instances;
    // The answer is newer than the order for a moment.
    let row = |at: usize| found.rows.get(rows.rows[at] as usize);
    let longest = found.rows.first().map_or(0, |row| change_ns(profiles, row).abs());
    let column = KEYS.iter().position(|&key| key == rows.key);
    let grid = Grid {
        id: "instances",
        columns: &COLUMNS,
        shown: (usize::from(ui.available_width() < WITH_STARTS)..COLUMNS.len()).collect(),
        whole: String::new(),
        n_rows: rows.rows.len().min(crate::slice_jobs::MAX_ROWS),
        sorted: column.map(|column| (column, rows.ascending)),
        picked: rows.picked,
        scroll_to: tables::scroll_target(ui, "instances", rows.picked),
    };
    let words = |at: usize| row(at).map_or_else(nothing, |row| words(profiles, row));
    let events = grid.show(ui, words, |ui, at, column| {
        if let Some(row) = row(at) {
            cell(ui, profiles, row, (column, longest));
        }
    });
    if let Some(response) = &events.menu {
        response.context_menu(|ui| menu(ui, comparison, commands));
    }
    if let Some(&key) = events.sort.and_then(|column| KEYS.get(column)) {
        let ascending = key == rows.key && !rows.ascending;
        commands.push(Command::Compare(Compare::SortInstances(key, ascending)));
    }
    if let Some(at) = events.click.or(events.double_click) {
        commands.push(Command::Compare(Compare::PickInstance(at)));
    }
    if let Some(row) = events.double_click.and_then(row) {
        let side = usize::from(row.of[1].is_some());
        commands.push(Command::Compare(Compare::JumpTo(side)));
    }
}

fn nothing() -> RowWords {
    RowWords { name: String::new(), numbers: String::new() }
}

/// Where to see the instance that is picked.
fn menu(ui: &mut Ui, comparison: &Comparison, commands: &mut Commands) {
    let Some(row) = comparison.picked_instance() else {
        // What was just clicked is picked in the next frame.
        ui.label("Nothing here");
        return;
    };
    for (side, title) in ["Show it in A", "Show it in B"].into_iter().enumerate() {
        if ui.add_enabled(row.of[side].is_some(), egui::Button::new(title)).clicked() {
            commands.push(Command::Compare(Compare::JumpTo(side)));
            ui.close();
        }
    }
}

fn cell(ui: &Ui, profiles: [&Profile; 2], row: &InstancePair, (column, longest): (usize, i64)) {
    let ink = Palette::from(ui).text;
    let none = || "–".to_owned();
    let durations = durations_ns(profiles, row);
    let change = change_ns(profiles, row);
    match column {
        0 | 1 => {
            let start = row.of[column].map(|slice| profiles[column].slices().start_ns(slice));
            let step = (profiles[column].duration_ns() / 1_000_000).max(1);
            duration_cell(ui, &start.map_or_else(none, |ns| format_time(ns, step)), ink);
        }
        2 | 3 => duration_cell(ui, &durations[column - 2].map_or_else(none, format_duration), ink),
        4 => {
            let share = if longest > 0 { change as f64 / longest as f64 } else { 0.0 };
            let fill = match change {
                0 => Palette::from(ui).muted,
                _ => color::change(share.signum(), ui.theme()),
            };
            let text = signed(change);
            change_cell(ui, &text, unit_of(&text), share, (ink, fill));
        }
        5 => number_cell_in(ui, &of_a(durations), " %", ink),
        6 => {
            let state = state_of(row);
            let state = if state == "both" { "" } else { state };
            text_cell(ui, state, TEXT_PADDING, Elide::Name, ink);
        }
        _ => module_cell(ui, &track(profiles, row)),
    }
}

fn track(profiles: [&Profile; 2], row: &InstancePair) -> String {
    let b = row.of[1].map(|slice| track_label(profiles[1], slice));
    b.or_else(|| row.of[0].map(|slice| track_label(profiles[0], slice))).unwrap_or_default()
}

/// A row in words.
fn words(profiles: [&Profile; 2], row: &InstancePair) -> RowWords {
    let [a, b] = durations_ns(profiles, row)
        .map(|ns| ns.map_or_else(|| "nothing".to_owned(), format_duration));
    let start = |side: usize| {
        let start = row.of[side].map(|slice| profiles[side].slices().start_ns(slice));
        start.map_or_else(|| "not there".to_owned(), |ns| format_time(ns, 1000))
    };
    let change = signed(change_ns(profiles, row));
    RowWords {
        name: format!("{} from {} in A, {} in B", track(profiles, row), start(0), start(1)),
        numbers: format!("A {a}, B {b}, change {change}, {}", state_of(row)),
    }
}

fn duration_cell(ui: &Ui, text: &str, ink: egui::Color32) {
    number_cell_in(ui, text, unit_of(text), ink);
}

/// What follows the number of a duration.
fn unit_of(text: &str) -> &str {
    text.rfind(' ').map_or("", |at| &text[at..])
}

fn signed(ns: i64) -> String {
    match ns {
        0 => "±0".to_owned(),
        _ if ns > 0 => format!("+{}", format_duration(ns)),
        _ => format_duration(ns),
    }
}

fn of_a(durations: [Option<i64>; 2]) -> String {
    match durations {
        [Some(a), Some(b)] if a > 0 && a != b => {
            let sign = if b > a { "+" } else { "" };
            format!("{sign}{}", format_percent(b - a, a))
        }
        _ => "–".to_owned(),
    }
}

fn count(n: usize) -> String {
    group_digits(i64::try_from(n).unwrap_or(i64::MAX))
}
