//! The report: what the importer noted, and what the file says of itself.

mod names;

use egui::{Grid, RichText, ScrollArea, Ui};
use rview_core::units::group_digits;
use rview_formats::Severity;

use crate::command::Commands;
use crate::settings::Settings;
use crate::state::Session;
use crate::theme::{self, Palette};

/// Shows the report of a file.
pub fn ui(ui: &mut Ui, session: &Session, settings: &Settings, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let document = &session.document;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        egui::Frame::new().inner_margin(16.0).show(ui, |ui| {
            heading(ui, "Import");
            let notes = document.report.notes();
            if notes.is_empty() {
                let text = "Everything in the file is shown; nothing was repaired or left out";
                ui.label(RichText::new(text).color(palette.muted));
            }
            for note in notes {
                let (mark, ink) = match note.severity {
                    Severity::Info => ("note", palette.muted),
                    Severity::Unshown => ("not shown", palette.muted),
                    Severity::Repair => ("repaired", palette.text),
                    Severity::Loss => ("lost", palette.warning),
                };
                ui.horizontal_top(|ui| {
                    let count = i64::try_from(note.count).unwrap_or(i64::MAX);
                    let badge = format!("{:>9} {mark}", group_digits(count));
                    ui.label(RichText::new(badge).font(theme::mono(theme::BODY)).color(ink));
                    ui.add(egui::Label::new(&note.text).wrap());
                });
            }
            if !document.modules.is_empty() {
                ui.add_space(16.0);
                heading(ui, "Names");
                names::ui(ui, session, settings, commands);
            }
            ui.add_space(16.0);
            heading(ui, "Recording");
            Grid::new("facts").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
                for (what, value) in document.profile.facts() {
                    ui.label(RichText::new(&**what).color(palette.muted));
                    let value = RichText::new(&**value).font(theme::mono(theme::BODY - 0.5));
                    ui.add(egui::Label::new(value).wrap().selectable(true));
                    ui.end_row();
                }
            });
        });
    });
}

fn heading(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::medium(theme::HEADING)));
    ui.add_space(4.0);
}
