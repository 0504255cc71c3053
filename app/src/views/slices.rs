//! The table of slices: a row for each that counts and that the search finds.

use egui::{Button, RichText, Stroke, Ui};
use rview_core::units::{format_duration, format_time, group_digits};
use rview_core::{Profile, SliceId, SliceKey, SliceOrder};

use super::tables::{self, Call, NAME, module_cell, name_cell};
use super::{box_menu, track_label};
use crate::command::{Ask, Command, Commands};
use crate::slice_jobs::WantedSlices;
use crate::state::Session;
use crate::theme::{self, Palette};
use crate::widgets::empty::{empty, empty_with_way_out};
use crate::widgets::grid::{Grid, GridColumn, RowWords, number_cell};

/// When a slice starts.
pub const START: GridColumn = GridColumn {
    width: 124.0,
    narrow: 112.0,
    ..GridColumn::number("Start", "When it starts, since the start of the recording")
};
/// How long a slice lasts.
pub const DURATION: GridColumn =
    GridColumn::number("Duration", "How long it lasts, whatever range of time is selected");
/// What of that is its own.
pub const SELF: GridColumn =
    GridColumn::number("Self", "How long it lasts less the slices nested directly in it");
/// What a slice is on.
pub const TRACK: GridColumn = GridColumn {
    narrow: 136.0,
    ..GridColumn::text("Thread", "The thread, or what the asynchronous work is called", 176.0)
};

const COLUMNS: [GridColumn; 6] = [
    START,
    DURATION,
    SELF,
    GridColumn::names("Name", "What the slice is called", NAME),
    TRACK,
    GridColumn::text("Category", "The category it is of", 140.0),
];

/// Where categories are in [`COLUMNS`].
const CATEGORY: usize = 5;

const KEYS: [SliceKey; 6] = [
    SliceKey::Start,
    SliceKey::Duration,
    SliceKey::SelfTime,
    SliceKey::Name,
    SliceKey::Track,
    SliceKey::Category,
];

/// Shows the table of slices.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let profile = &session.document.profile;
    if profile.slices().is_empty() {
        empty(ui, "No slices", "This recording has samples; the functions list what they are in");
        return;
    }
    let table = &session.slices;
    let Some(listed) = &table.listed else {
        empty(ui, "Listing…", "Sorting the slices of the recording");
        return;
    };
    status(ui, session, listed, commands);
    let (rows, self_ns) = (&table.list.rows, &table.list.self_ns);
    if rows.is_empty() {
        nothing(ui, session, listed, commands);
        return;
    }
    let column = KEYS.iter().position(|&key| key == table.order.key);
    let grid = Grid {
        id: "slices",
        columns: &COLUMNS,
        shown: (0..COLUMNS.len())
            .filter(|&at| at != CATEGORY || session.base.n_modules > 1)
            .collect(),
        whole: String::new(),
        n_rows: rows.len(),
        sorted: column.map(|column| (column, table.order.ascending)),
        picked: table.picked_row,
        scroll_to: tables::scroll_target(ui, "slices", table.picked_row),
    };
    let words = |row: usize| words(profile, rows[row]);
    let events = grid.show(ui, words, |ui, row, column| {
        cell(ui, session, rows[row], self_ns[row], column);
    });
    if let Some(row) = &events.menu {
        row.context_menu(|ui| box_menu::ui(ui, session, commands));
    }
    if let Some(&key) = events.sort.and_then(|column| KEYS.get(column)) {
        commands.push(Command::SortSlices(after_click(key, table.order)));
    }
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(Command::JumpTo(rows[row]));
    }
}

/// The order after a click on a header: what is long first, the other way round on the second.
fn after_click(key: SliceKey, order: SliceOrder) -> SliceOrder {
    let is_length = matches!(key, SliceKey::Duration | SliceKey::SelfTime);
    let ascending = if key == order.key { !order.ascending } else { !is_length };
    SliceOrder { key, ascending }
}

/// A cell of a column of [`COLUMNS`].
fn cell(ui: &Ui, session: &Session, slice: SliceId, self_ns: i64, column: usize) {
    let profile = &session.document.profile;
    let slices = profile.slices();
    match column {
        0 => start_cell(ui, profile, slice),
        1 => duration_cell(ui, slices.duration_ns(slice)),
        2 => duration_cell(ui, self_ns),
        3 => {
            let name = slices.name(slice);
            let swatch = (session.base.color(name, ui.theme()), Call::Real);
            name_cell(ui, &profile.shown_name(name), NAME, swatch, Palette::from(ui).text);
        }
        CATEGORY => module_cell(ui, profile.function_module(slices.name(slice))),
        _ => module_cell(ui, &track_label(profile, slice)),
    }
}

/// A row in words.
pub fn words(profile: &Profile, slice: SliceId) -> RowWords {
    let slices = profile.slices();
    let (start, duration) = (slices.start_ns(slice), slices.duration_ns(slice));
    RowWords {
        name: profile.shown_name(slices.name(slice)).into_owned(),
        numbers: format!(
            "{} from {} on {}",
            format_duration(duration),
            format_time(start, step_ns(profile)),
            track_label(profile, slice)
        ),
    }
}

/// When a slice starts, to the digits that tell rows of the recording apart.
pub fn start_cell(ui: &Ui, profile: &Profile, slice: SliceId) {
    split_cell(ui, &format_time(profile.slices().start_ns(slice), step_ns(profile)));
}

/// The digits of starts: a ten-millionth of the recording.
fn step_ns(profile: &Profile) -> i64 {
    (profile.duration_ns() / 10_000_000).max(1)
}

/// A duration with its own unit: those of one table are from nanoseconds to hours.
pub fn duration_cell(ui: &Ui, ns: i64) {
    split_cell(ui, &format_duration(ns));
}

fn split_cell(ui: &Ui, text: &str) {
    let unit = text.rfind(' ').map_or("", |at| &text[at..]);
    number_cell(ui, text, unit);
}

/// How many there are, and how far the search of arguments is.
fn status(ui: &mut Ui, session: &Session, listed: &WantedSlices, commands: &mut Commands) {
    let (palette, table) = (Palette::from(ui), &session.slices);
    let caption = |text: String| RichText::new(text).font(theme::sans(theme::CAPTION));
    let row = ui.horizontal(|ui| {
        ui.set_height(theme::TAB_BAR);
        ui.add_space(8.0);
        ui.label(caption(found(session, listed)).color(palette.text));
        if let Some((_, job)) = &table.reading {
            let (done, total) = job.state();
            let percent = done.saturating_mul(100) / total.max(1);
            ui.label(caption(format!("Searching arguments {percent} %")).color(palette.muted));
            let help = "Stop searching arguments: names and categories are searched";
            if ui.add(Button::new(caption("Stop".to_owned()))).on_hover_text(help).clicked() {
                commands.push(Command::StopReading);
            }
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
        } else if table.is_stopped {
            let text = "not all arguments were searched".to_owned();
            ui.label(caption(text).color(palette.warning));
        }
    });
    let rect = row.response.rect;
    let line = Stroke::new(1.0, palette.hairline);
    ui.painter().hline(ui.max_rect().x_range(), rect.bottom(), line);
}

/// How many slices there are, in words.
fn found(session: &Session, listed: &WantedSlices) -> String {
    let list = &session.slices.list;
    let digits = |n: usize| group_digits(i64::try_from(n).unwrap_or(i64::MAX));
    let noun = if list.n_found == 1 { "slice" } else { "slices" };
    let mut text = format!("{} {noun}", digits(list.n_found));
    if !listed.hits.search.is_empty() {
        let n_by_name = list.n_found.saturating_sub(listed.n_by_arguments);
        let by_name = format!("{} by name or category", digits(n_by_name));
        let by_arguments = format!("{} by arguments", digits(listed.n_by_arguments));
        text = format!("{text} found: {by_name}, {by_arguments}");
    }
    let filters = super::filters(session);
    if !filters.is_empty() {
        text = format!("{text} in {}", filters.join(" of "));
    }
    if list.rows.len() < list.n_found {
        text = format!("{text}; the first {} are listed", digits(list.rows.len()));
    }
    text
}

/// Says why no slice is listed, and leads out.
fn nothing(ui: &mut Ui, session: &Session, listed: &WantedSlices, commands: &mut Commands) {
    if !listed.hits.search.is_empty() {
        if session.slices.reading.is_some() {
            empty(ui, "No name matches", "Arguments are being searched");
            return;
        }
        let line = format!("No name, category or argument matches {}", listed.hits.search);
        if empty_with_way_out(ui, "No slice matches", &line, "Clear the search") {
            commands.push(Command::SetSearch(String::new()));
        }
        return;
    }
    let line = format!("No slice is in {}", super::filters(session).join(" of "));
    if empty_with_way_out(ui, "No slices in the selection", &line, "Count everything again") {
        commands.push(Command::Ask(Ask::Everything));
    }
}
