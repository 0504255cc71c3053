//! A tab that compares two recordings: what is compared and as what, then one of its views.

mod bar;
mod choose;
mod columns;
mod delta;
mod details;
mod flame;
mod instances;
mod legend;
mod menu;
mod renames;
mod sandwich;
mod source;
mod timelines;
mod words;

use egui::{Align, Frame, Layout, Margin, Panel, RichText, Ui};

use crate::command::{Command, Commands, Compare};
use crate::comparison::Compared;
use crate::state::{Comparison, ComparisonView, Content, State};
use crate::theme::{self, Palette};
use crate::widgets::empty::{empty, empty_with_way_out};

pub use bar::toolbar;
pub use choose::{choose, menu, offer};

/// In windows narrower than this, in points, there are no details.
const WITH_DETAILS: f32 = 1000.0;

/// Shows the comparison in front.
pub fn ui(ui: &mut Ui, state: &State, comparison: &Comparison, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let Some(compared) = &comparison.compared else {
        return nothing(ui, state, comparison, commands);
    };
    let frame = Frame::new().fill(palette.panel);
    Panel::top("comparison views")
        .exact_size(theme::TAB_BAR)
        .frame(frame)
        .show(ui, |ui| bar::views(ui, comparison, commands));
    let frame = frame.inner_margin(Margin::symmetric(12, 4));
    Panel::top("comparison legend")
        .frame(frame)
        .show(ui, |ui| legend::ui(ui, comparison, compared, commands));
    if ui.available_width() >= WITH_DETAILS && !comparison.view.is_of_time() {
        Panel::right("comparison details")
            .default_size(300.0)
            .size_range(220.0..=640.0)
            .frame(Frame::new().fill(palette.panel))
            .show(ui, |ui| details::ui(ui, comparison, compared, commands));
    }
    if compared.paired.tree.is_empty() {
        return empty(ui, "Nothing to compare", "Nothing counts in either recording");
    }
    let direction = state.settings.direction;
    match comparison.view {
        ComparisonView::Delta => delta::ui(ui, comparison, compared, commands),
        ComparisonView::DiffFlame => flame::one(ui, (comparison, compared), direction, commands),
        ComparisonView::SideBySide => {
            flame::side_by_side(ui, (comparison, compared), direction, commands);
        }
        ComparisonView::Sandwich => sandwich::ui(ui, comparison, compared, commands),
        ComparisonView::Source => source::ui(ui, state, (comparison, compared), commands),
        ComparisonView::Timelines => timelines::ui(ui, state, comparison, commands),
        ComparisonView::Instances => instances::ui(ui, comparison, compared, commands),
    }
}

/// Says why nothing is compared: it cannot be, or not yet.
fn nothing(ui: &mut Ui, state: &State, comparison: &Comparison, commands: &mut Commands) {
    if let Some(why) = &comparison.refused {
        if empty_with_way_out(ui, "These two cannot be compared", &in_a_title(why), "Close") {
            commands.push(Command::CloseActiveTab);
        }
        return;
    }
    for (letter, side) in ["A", "B"].iter().zip(&comparison.sides) {
        if let Some(why) = &side.failed {
            let title = format!("{letter} cannot be opened");
            let line = format!("{}: {why}", side.name);
            if empty_with_way_out(ui, &title, &line, "Close") {
                commands.push(Command::CloseActiveTab);
            }
            return;
        }
    }
    if comparison.is_broken {
        return empty(ui, "Nothing is compared", crate::worker::BUG);
    }
    waiting(ui, state, comparison);
}

/// How far the two files are.
fn waiting(ui: &mut Ui, state: &State, comparison: &Comparison) {
    let palette = Palette::from(ui);
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        ui.add_space((ui.available_height() * 0.35).max(24.0));
        ui.label(RichText::new("Comparing").font(theme::medium(theme::HEADING)));
        ui.add_space(8.0);
        for (letter, side) in ["A", "B"].iter().zip(&comparison.sides) {
            let tab = state.tabs.iter().find(|tab| tab.id == side.tab);
            let how_far = match tab.map(|tab| &tab.content) {
                Some(Content::Loading(loading)) => {
                    let (done, total) = loading.job.state();
                    format!("reading, {} %", done.saturating_mul(100) / total.max(1))
                }
                Some(Content::Open(session)) if session.preview.is_some() => "reading".to_owned(),
                Some(_) if side.source.is_none() => "adding up".to_owned(),
                None if side.source.is_none() => "its tab was closed".to_owned(),
                Some(_) | None => "ready".to_owned(),
            };
            let line = format!("{letter}  {}: {how_far}", side.name);
            ui.label(RichText::new(line).color(palette.muted));
        }
    });
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
}

/// A clause as a line of its own.
fn in_a_title(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Picks a function or a node, or nothing.
fn pick(picked: crate::state::PickedPair) -> Command {
    Command::Compare(Compare::Pick(picked))
}

/// The change as a part of the larger side, from −1, gone, to 1, new; `None` where chance alone
/// may explain it and that is not to be shown.
fn shown_change(comparison: &Comparison, change: &rview_core::diff::Change) -> Option<f64> {
    if comparison.hides_chance && change.may_be_chance() {
        return None;
    }
    let [a, b] = change.values;
    let larger = a.abs().max(b.abs());
    Some(if larger == 0.0 { 0.0 } else { ((b - a) / larger).clamp(-1.0, 1.0) })
}

/// Whether a function of one or both sides is found, or nothing is searched for.
fn is_found(comparison: &Comparison, compared: &Compared, node: rview_core::PairNodeId) -> bool {
    let function = compared.paired.tree.function(node);
    comparison.found.as_ref().is_none_or(|found| found[function.index()])
}
