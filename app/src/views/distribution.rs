//! The distribution: how long the slices of one name last, and the longest of them.

use egui::{Rect, RichText, ScrollArea, Ui, UiBuilder, Vec2};
use rview_core::units::{format_duration, format_percent, group_digits};
use rview_core::{DurationBin, FunctionId, SliceId, SliceStats, Unit};

use super::facts::{self, Fact};
use super::slices::{DURATION, SELF, START, duration_cell, start_cell, words};
use super::tables::{self, module_cell};
use super::{filters, track_label};
use crate::command::{Ask, Command, Commands};
use crate::state::Session;
use crate::theme::{self, Palette};
use crate::widgets::empty::{empty, empty_with_way_out};
use crate::widgets::grid::{Grid, GridColumn};
use crate::widgets::histogram::{Bar, Histogram, Place};

const COLUMNS: [GridColumn; 4] = [
    DURATION,
    SELF,
    START,
    GridColumn::names("Thread", "The thread, or what the asynchronous work is called", 8.0),
];

/// Where self times are in [`COLUMNS`], which a narrow table has no room for.
const SELF_TIME: usize = 1;

/// A table narrower than this, in points, leaves them out.
const WITH_SELF: f32 = 500.0;

/// How wide the figures are, in a pane that has room for a chart beside them.
const FIGURES: f32 = 216.0;

/// Shows the distribution of the name that was picked last.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    if session.document.profile.slices().is_empty() {
        empty(ui, "No slices", "Samples have no durations to show the distribution of");
        return;
    }
    let Some(name) = session.distribution.name else {
        empty(
            ui,
            "No name is picked",
            "Click a slice or a function to see how long its slices last",
        );
        return;
    };
    let Some((of, stats)) = &session.distribution.counted else {
        empty(ui, "Counting…", "Looking at the slices of this name");
        return;
    };
    let Some(stats) = stats.as_deref().filter(|_| of.name == name) else {
        if of.name == name {
            nothing(ui, session, name, commands);
        }
        return;
    };
    let full = ui.available_rect_before_wrap();
    let figures = FIGURES.min(full.width() * 0.4);
    let (left, right) = full.split_left_right_at_x(full.left() + figures);
    let builder = UiBuilder::new().max_rect(left.shrink2(Vec2::new(12.0, 8.0)));
    ui.scope_builder(builder, |ui| facts_of(ui, session, name, stats));
    let palette = Palette::from(ui);
    ui.painter().vline(left.right(), full.y_range(), (1.0, palette.hairline));
    let height = (right.height() * 0.45).clamp(Histogram::least().y, 240.0);
    let (chart, table) = right.split_top_bottom_at_y(right.top() + height);
    if chart.width() >= Histogram::least().x {
        let ink = session.base.color(name, ui.theme());
        histogram(ui, chart.shrink2(Vec2::new(12.0, 8.0)), stats, ink);
    }
    if table.height() >= 2.0 * theme::TABLE_ROW {
        let builder = UiBuilder::new().max_rect(table);
        ui.scope_builder(builder, |ui| longest(ui, session, &stats.longest, commands));
    }
}

/// Says that there is nothing of this name.
fn nothing(ui: &mut Ui, session: &Session, name: FunctionId, commands: &mut Commands) {
    let name = session.document.profile.shown_name(name);
    let filters = filters(session);
    if filters.is_empty() {
        empty(ui, "No slices of this name", &format!("No slice is called {name}"));
        return;
    }
    let line = format!("No slice in {} is called {name}", filters.join(" of "));
    if empty_with_way_out(ui, "Nothing in the selection", &line, "Count everything again") {
        commands.push(Command::Ask(Ask::Everything));
    }
}

/// The figures, the name above.
fn facts_of(ui: &mut Ui, session: &Session, name: FunctionId, stats: &SliceStats) {
    let profile = &session.document.profile;
    let palette = Palette::from(ui);
    ScrollArea::vertical().id_salt("figures").auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let title = RichText::new(profile.shown_name(name)).font(theme::mono(theme::BODY));
        let title = egui::Label::new(title.color(palette.text)).wrap();
        ui.add(title);
        let category = profile.function_module(name);
        let caption = |text: String| RichText::new(text).font(theme::sans(theme::CAPTION));
        if !category.is_empty() {
            ui.label(caption(category.to_owned()).color(palette.muted));
        }
        let filters = filters(session);
        if !filters.is_empty() {
            ui.add(egui::Label::new(caption(format!("in {}", filters.join(" of ")))).wrap());
        }
        ui.add_space(8.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        let width = ui.available_width();
        facts::table(ui, &figures(stats), width);
    });
}

/// Sums, then what was found of single slices, shortest first.
fn figures(stats: &SliceStats) -> Vec<Fact> {
    let total = &stats.total;
    let count = i64::try_from(total.count).unwrap_or(i64::MAX);
    let count = Fact {
        name: "Slices".to_owned(),
        value: group_digits(count),
        exact: "Those with a part in the selection".to_owned(),
    };
    let time = |name: &str, ns: i64, help: &str| Fact {
        name: name.to_owned(),
        value: format_duration(ns),
        exact: format!("{}{help}", Unit::Nanoseconds.format_exact(ns)),
    };
    let rank = "; percentiles are of slices there are, by nearest rank";
    vec![
        count,
        time("Total", total.total_ns, " within the selection"),
        time("Self", total.self_ns, " within the selection, without what is nested in them"),
        time("Shortest", total.min_ns, ""),
        time("Mean", stats.mean_ns, ", rounded down"),
        time("p50, median", stats.p50_ns, rank),
        time("p90", stats.p90_ns, rank),
        time("p99", stats.p99_ns, rank),
        time("Longest", total.max_ns, ""),
    ]
}

/// The bins as bars, on a logarithmic axis.
fn histogram(ui: &mut Ui, rect: Rect, stats: &SliceStats, ink: egui::Color32) {
    let bins = &stats.histogram.bins;
    let n_zero = stats.histogram.n_zero;
    let all = i64::try_from(stats.total.count).unwrap_or(i64::MAX);
    let slices = |count: u64| {
        let n = i64::try_from(count).unwrap_or(i64::MAX);
        let noun = if n == 1 { "slice" } else { "slices" };
        format!("{} {noun}, {} of them", group_digits(n), format_percent(n, all))
    };
    let mut bars = Vec::with_capacity(bins.len() + 2);
    if n_zero > 0 {
        let words = format!("no duration: {}", slices(n_zero));
        bars.push(Bar { count: n_zero, words, is_apart: !bins.is_empty() });
    }
    if n_zero > 0 && !bins.is_empty() {
        bars.push(Bar { count: 0, words: String::new(), is_apart: false });
    }
    let first = bars.len() as f32;
    bars.extend(bins.iter().map(|bin| {
        let range = format!("{} to {}", edge(bin.start_ns), edge(bin.end_ns));
        Bar { count: bin.count, words: format!("{range}: {}", slices(bin.count)), is_apart: false }
    }));
    let mut ticks = ticks(bins, first);
    if n_zero > 0 {
        ticks.push(Place { at: 0.5, label: "0".to_owned(), rank: 0 });
    }
    let marks = [("p50", stats.p50_ns, 0), ("p90", stats.p90_ns, 2), ("p99", stats.p99_ns, 1)];
    let marks = marks.into_iter().filter_map(|(label, ns, rank)| {
        Some(Place { at: first + place_of(bins, ns)?, label: label.to_owned(), rank })
    });
    let marks: Vec<Place> = marks.collect();
    Histogram { name: "How long slices last", bars: &bars, ticks: &ticks, marks: &marks, ink }
        .show(ui, rect);
}

/// An edge of a bin: those are round, so no digit is lost.
fn edge(ns: i64) -> String {
    format_duration(ns)
}

/// The edges of bins, the rounder the more they are wanted.
fn ticks(bins: &[DurationBin], first: f32) -> Vec<Place> {
    let starts = bins.iter().map(|bin| bin.start_ns);
    let edges = starts.chain(bins.last().map(|bin| bin.end_ns));
    let place = |(at, ns): (usize, i64)| {
        let decade = ns.checked_ilog10().map_or(1, |digits| 10_i64.pow(digits));
        let rank = match (ns % decade, ns / decade) {
            (0, 1) => 0,
            (0, 2 | 5) => 1,
            (0, _) => 2,
            _ => 3,
        };
        Place { at: first + at as f32, label: edge(ns), rank }
    };
    let mut ticks: Vec<Place> = edges.enumerate().map(place).collect();
    // 1, 2, 5 and 10 are evenly apart; what is between is needed only where these are not there.
    if ticks.iter().filter(|tick| tick.rank <= 1).count() >= 2 {
        ticks.retain(|tick| tick.rank <= 1);
    }
    ticks
}

/// Where a duration is among the bins; `None` for one without a place on the axis.
fn place_of(bins: &[DurationBin], ns: i64) -> Option<f32> {
    let at = bins.iter().position(|bin| (bin.start_ns..bin.end_ns).contains(&ns))?;
    let bin = bins[at];
    let log = |ns: i64| (ns as f64).ln();
    let share = (log(ns) - log(bin.start_ns)) / (log(bin.end_ns) - log(bin.start_ns));
    #[expect(clippy::cast_possible_truncation, reason = "a share")]
    Some(at as f32 + share as f32)
}

/// The longest slices; a click goes to one.
fn longest(ui: &mut Ui, session: &Session, rows: &[SliceId], commands: &mut Commands) {
    let profile = &session.document.profile;
    let slices = profile.slices();
    let line = ui.max_rect();
    ui.painter().hline(line.x_range(), line.top(), (1.0, Palette::from(ui).hairline));
    let picked = session.distribution.picked_row;
    let grid = Grid {
        id: "longest",
        columns: &COLUMNS,
        shown: (0..COLUMNS.len())
            .filter(|&at| at != SELF_TIME || line.width() >= WITH_SELF)
            .collect(),
        whole: String::new(),
        n_rows: rows.len(),
        sorted: Some((0, false)),
        picked,
        scroll_to: tables::scroll_target(ui, "longest", picked),
    };
    let events = grid.show(
        ui,
        |row| words(profile, rows[row]),
        |ui, row, column| {
            let slice = rows[row];
            match column {
                0 => duration_cell(ui, slices.duration_ns(slice)),
                SELF_TIME => duration_cell(ui, slices.self_ns(slice)),
                2 => start_cell(ui, profile, slice),
                _ => module_cell(ui, &track_label(profile, slice)),
            }
        },
    );
    if let Some(row) = events.click.or(events.double_click) {
        commands.push(Command::JumpTo(rows[row]));
    }
}
