//! The report: what the importer noted, what is in the recording, and what the file says of
//! itself.

mod names;

use egui::{Grid, RichText, ScrollArea, Ui};
use rview_core::ThreadId;
use rview_core::units::group_digits;
use rview_formats::Severity;

use super::facts::{self, Fact};
use super::tooltip::note;
use crate::command::Commands;
use crate::settings::Settings;
use crate::state::{Session, process_label, thread_label};
use crate::theme::{self, Palette};

/// Threads that are listed at most; `rview report` lists them all.
const MAX_THREADS: usize = 100;

/// How wide the tables of facts are.
const FACTS: f32 = 280.0;

/// Shows the report of a file.
pub fn ui(ui: &mut Ui, session: &Session, settings: &Settings, commands: &mut Commands) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        egui::Frame::new().inner_margin(16.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            heading(ui, "Import");
            notes(ui, session);
            if !session.document.modules.is_empty() {
                ui.add_space(16.0);
                heading(ui, "Names");
                names::ui(ui, session, settings, commands);
            }
            ui.add_space(16.0);
            heading(ui, "Recording");
            let facts = [
                facts::file(session),
                facts::value_types(session),
                facts::counts(&session.base.recorded),
            ];
            // Columns of several lengths start at one line.
            let from_top = egui::Layout::left_to_right(egui::Align::Min).with_main_wrap(true);
            ui.with_layout(from_top, |ui| {
                ui.spacing_mut().item_spacing = egui::Vec2::new(32.0, 16.0);
                for facts in facts.iter().filter(|facts| !facts.is_empty()) {
                    column(ui, facts);
                }
            });
            said(ui, session);
            if session.document.modules.is_empty() {
                mappings(ui, session);
            }
            threads(ui, session);
        });
    });
}

fn column(ui: &mut Ui, facts: &[Fact]) {
    ui.allocate_ui(egui::Vec2::new(FACTS, 20.0 * facts.len() as f32), |ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            facts::table(ui, facts, FACTS);
        });
    });
}

/// What was repaired or left out.
fn notes(ui: &mut Ui, session: &Session) {
    let palette = Palette::from(ui);
    let notes = session.document.report.notes();
    if notes.is_empty() {
        let text = "Everything in the file is shown; nothing was repaired or left out";
        ui.label(RichText::new(text).color(palette.muted));
        return;
    }
    Grid::new("notes").num_columns(2).spacing([16.0, 4.0]).min_row_height(20.0).show(ui, |ui| {
        for note in notes {
            let (mark, ink) = match note.severity {
                Severity::Info => ("noted", palette.muted),
                Severity::Unshown => ("not shown", palette.muted),
                Severity::Repair => ("repaired", palette.text),
                Severity::Loss => ("lost", palette.warning),
            };
            let count = group_digits(i64::try_from(note.count).unwrap_or(i64::MAX));
            let badge = RichText::new(format!("{count} {mark}")).font(theme::mono(theme::BODY));
            ui.label(badge.color(ink));
            ui.add(egui::Label::new(with_grouped_digits(&note.text)).wrap().selectable(true));
            ui.end_row();
        }
    });
}

/// The digits of byte offsets in groups: they are long, and read against those of an editor.
fn with_grouped_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.find("byte ") {
        let (before, after) = rest.split_at(at + "byte ".len());
        out.push_str(before);
        let n_digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, after) = after.split_at(n_digits);
        match digits.parse() {
            Ok(number) => out.push_str(&group_digits(number)),
            Err(_) => out.push_str(digits),
        }
        rest = after;
    }
    out + rest
}

/// What the file says of itself.
fn said(ui: &mut Ui, session: &Session) {
    let palette = Palette::from(ui);
    let facts = session.document.profile.facts();
    if facts.is_empty() {
        return;
    }
    ui.add_space(16.0);
    heading(ui, "In the words of the file");
    Grid::new("facts").num_columns(2).spacing([16.0, 4.0]).min_row_height(20.0).show(ui, |ui| {
        for (what, value) in facts {
            ui.label(RichText::new(&**what).color(palette.muted));
            let value = RichText::new(&**value).font(theme::mono(theme::BODY - 0.5));
            ui.add(egui::Label::new(value).wrap().selectable(true));
            ui.end_row();
        }
    });
}

/// The binaries, where the panel of names does not list them.
fn mappings(ui: &mut Ui, session: &Session) {
    let (profile, palette) = (&*session.base.recorded, Palette::from(ui));
    let (mappings, frames) = (profile.mappings(), profile.frames());
    if mappings.is_empty() {
        return;
    }
    let mut n_frames = vec![0; mappings.len()];
    for mapping in frames.ids().filter_map(|frame| frames.mapping(frame)) {
        n_frames[mapping.index()] += 1;
    }
    ui.add_space(16.0);
    heading(ui, "Modules");
    Grid::new("mappings").num_columns(3).spacing([24.0, 4.0]).min_row_height(20.0).show(ui, |ui| {
        let title = |text: &str| RichText::new(text).font(theme::sans(theme::CAPTION));
        for text in ["Path", "Build id"] {
            ui.label(title(text).color(palette.muted));
        }
        right(ui, title("Frames").color(palette.muted));
        ui.end_row();
        let mut all: Vec<_> = mappings.ids().collect();
        all.sort_by_key(|mapping| std::cmp::Reverse(n_frames[mapping.index()]));
        for mapping in all.into_iter().take(MAX_THREADS) {
            let row = mappings.row(mapping);
            let mono = |text: &str| RichText::new(text).font(theme::mono(theme::BODY - 0.5));
            ui.add(egui::Label::new(mono(profile.text(row.path))).selectable(true));
            let build_id = row.build_id.map_or("–", |id| profile.text(id));
            ui.add(egui::Label::new(mono(build_id).color(palette.muted)).selectable(true));
            number(ui, n_frames[mapping.index()]);
            ui.end_row();
        }
    });
    if let Some(n_more @ 1..) = mappings.len().checked_sub(MAX_THREADS) {
        note(ui, &format!("and {n_more} more"));
    }
}

/// The threads with what was recorded of them.
fn threads(ui: &mut Ui, session: &Session) {
    let profile = &session.document.profile;
    if profile.threads().len() < 2 {
        return;
    }
    let mut n_slices = vec![0; profile.threads().len()];
    for track in profile.tracks().ids() {
        if let Some(thread) = profile.tracks().row(track).thread {
            let lanes = profile.tracks().lanes(track);
            n_slices[thread.index()] +=
                lanes.map(|lane| profile.slices().lane_slices(lane).len()).sum::<usize>();
        }
    }
    let n_samples = |thread: ThreadId| {
        let chart = session.base.charts.get(thread.index()).and_then(Option::as_ref);
        chart.map_or(0, rview_core::SampleChart::n_samples)
    };
    ui.add_space(16.0);
    heading(ui, "Threads");
    let palette = Palette::from(ui);
    Grid::new("threads").num_columns(4).spacing([24.0, 4.0]).min_row_height(20.0).show(ui, |ui| {
        let title = |text: &str| RichText::new(text).font(theme::sans(theme::CAPTION));
        for text in ["Thread", "Process"] {
            ui.label(title(text).color(palette.muted));
        }
        for text in ["Samples", "Slices"] {
            right(ui, title(text).color(palette.muted));
        }
        ui.end_row();
        let mut threads: Vec<ThreadId> = profile.threads().ids().collect();
        threads.sort_by_key(|&id| std::cmp::Reverse((n_samples(id), n_slices[id.index()])));
        for thread in threads.into_iter().take(MAX_THREADS) {
            ui.label(thread_label(profile, thread));
            let process = process_label(profile, profile.threads().row(thread).process);
            ui.label(RichText::new(process).color(palette.muted));
            for n in [n_samples(thread), n_slices[thread.index()]] {
                number(ui, n);
            }
            ui.end_row();
        }
    });
    if profile.threads().len() > MAX_THREADS {
        let n = i64::try_from(profile.threads().len() - MAX_THREADS).unwrap_or(i64::MAX);
        note(ui, &format!("and {} more", group_digits(n)));
    }
}

fn number(ui: &mut Ui, n: usize) {
    let palette = Palette::from(ui);
    let (text, ink) = match n {
        0 => ("–".to_owned(), palette.muted),
        n => (group_digits(i64::try_from(n).unwrap_or(i64::MAX)), palette.text),
    };
    right(ui, RichText::new(text).font(theme::mono(theme::BODY - 0.5)).color(ink));
}

/// A text at the right edge of a column of numbers.
fn right(ui: &mut Ui, text: RichText) {
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    ui.allocate_ui_with_layout(egui::Vec2::new(80.0, 16.0), layout, |ui| {
        ui.set_min_width(80.0);
        ui.label(text);
    });
}

fn heading(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::medium(theme::HEADING)));
    ui.add_space(4.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_offsets_have_their_digits_in_groups() {
        assert_eq!(
            with_grouped_digits("a slice, first at byte 208603, last at byte 9 of 12345"),
            "a slice, first at byte 208,603, last at byte 9 of 12345"
        );
        assert_eq!(with_grouped_digits("the last byte"), "the last byte");
    }
}
