//! The status line: what counts, how much, what opening it took, what the importer noted.

use egui::{Align, Layout, RichText, Ui};
use rview_core::Unit;
use rview_core::units::{format_duration, group_digits};
use rview_formats::Severity;

use crate::command::{Command, Commands};
use crate::state::{Session, State, View};
use crate::theme::{self, Palette};

/// Shows the status line.
pub fn ui(ui: &mut Ui, state: &State, commands: &mut Commands) {
    let Some(session) = state.session() else { return };
    let palette = Palette::from(ui);
    ui.horizontal_centered(|ui| {
        let text = |text: String| RichText::new(text).font(theme::sans(theme::CAPTION));
        ui.label(text(selected(session)).color(palette.text));
        ui.label(text(recorded(session)).color(palette.muted));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(text(loaded(session)).color(palette.muted));
            if let Some(job) = &session.preview {
                let (done, total) = job.state();
                let percent = done.saturating_mul(100) / total.max(1);
                let label = text(format!("The start of the file; reading the rest: {percent} %"));
                ui.label(label.color(palette.accent));
                ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
            }
            if let Some((_, job)) = &session.again {
                let (done, total) = job.state();
                let percent = done.saturating_mul(100) / total.max(1);
                let label = text(format!("Reading the file again {percent} % ×"));
                let label =
                    egui::Label::new(label.color(palette.accent)).sense(egui::Sense::click());
                if ui.add(label).on_hover_text("Stop: the file stays as it is").clicked() {
                    commands.push(Command::StopReload);
                }
                ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
            }
            if let Some(job) = &session.naming {
                let (done, total) = job.state();
                let percent = done.saturating_mul(100) / total.max(1);
                let label = text(format!("Looking up lines and inlined functions {percent} % ×"));
                let label =
                    egui::Label::new(label.color(palette.muted)).sense(egui::Sense::click());
                if ui.add(label).on_hover_text("Stop: names stay as they are").clicked() {
                    commands.push(Command::StopNaming);
                }
                ui.ctx().request_repaint_after(std::time::Duration::from_millis(200));
            }
            let report = &session.document.report;
            let n_notes = report.notes().len();
            if n_notes > 0 {
                let noun = if n_notes == 1 { "note" } else { "notes" };
                let ink = match report.worst() {
                    Some(Severity::Loss) => palette.warning,
                    _ => palette.accent,
                };
                let label = text(format!("{n_notes} {noun} of the import")).color(ink);
                let link = ui.add(egui::Label::new(label).sense(egui::Sense::click()));
                let link = link.on_hover_cursor(egui::CursorIcon::PointingHand);
                if link.on_hover_text("Show the report").clicked() {
                    commands.push(Command::ShowView(View::Report));
                }
            }
        });
    });
}

/// What counts and how much it is.
fn selected(session: &Session) -> String {
    let Some((question, trees)) = &session.trees else { return "Computing…".to_owned() };
    let Some(measure) = question.measure else { return "Nothing to add up".to_owned() };
    let unit = measure.unit(&session.document.profile);
    let name = super::measure_name(&session.document.profile, measure);
    format!("{} of {name}", unit.format(trees.tree.total()))
}

/// What was recorded.
fn recorded(session: &Session) -> String {
    let profile = &session.document.profile;
    let mut parts = vec![session.document.format().to_owned()];
    let mut count = |n: usize, one: &str, many: &str| {
        if n > 0 {
            let digits = group_digits(i64::try_from(n).unwrap_or(i64::MAX));
            parts.push(format!("{digits} {}", if n == 1 { one } else { many }));
        }
    };
    count(profile.samples().len(), "sample", "samples");
    count(profile.slices().len(), "slice", "slices");
    count(profile.threads().len(), "thread", "threads");
    if profile.duration_ns() > 0 {
        parts.push(format_duration(profile.duration_ns()));
    }
    parts.join(" · ")
}

/// What opening it took.
fn loaded(session: &Session) -> String {
    let load = &session.document.load;
    let bytes = Unit::Bytes.format(i64::try_from(load.bytes).unwrap_or(i64::MAX));
    let time = format_duration(i64::try_from(load.import.as_nanos()).unwrap_or(i64::MAX));
    format!("{bytes} in {time}")
}
