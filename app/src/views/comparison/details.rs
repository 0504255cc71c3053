//! What is picked, with its change in full; else the two recordings and how they were matched.

use egui::{RichText, ScrollArea, Ui};
use rview_core::diff::{By, Change, Match};
use rview_core::units::{format_duration, group_digits};
use rview_core::{PairId, PairNodeId};

use super::words::{Words, state_of};
use super::{pick, renames};
use crate::command::Commands;
use crate::comparison::{Compared, Source};
use crate::state::{Comparison, PickedPair};
use crate::theme::{self, Palette};
use crate::views::details::{heading, pair};
use crate::views::tooltip::place;

/// Shows what is picked.
pub(super) fn ui(
    ui: &mut Ui,
    comparison: &Comparison,
    compared: &Compared,
    commands: &mut Commands,
) {
    ScrollArea::vertical().auto_shrink(false).id_salt("comparison details").show(ui, |ui| {
        egui::Frame::new().inner_margin(12.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            match comparison.picked {
                PickedPair::Nothing => summary(ui, compared),
                PickedPair::Function(pair) => {
                    title(ui, &compared.paired.shown_name(pair));
                    names(ui, compared, pair);
                    renames::of_function(ui, comparison, compared, pair, commands);
                    function(ui, compared, pair, Some(comparison.by));
                }
                PickedPair::Node(node) => {
                    let pair = compared.paired.tree.function(node);
                    called_from_here(ui, compared, node);
                    renames::of_function(ui, comparison, compared, pair, commands);
                    function(ui, compared, pair, None);
                    stack(ui, compared, node, commands);
                }
            }
        });
    });
}

/// A function over all its callers; one of its changes in full.
fn function(ui: &mut Ui, compared: &Compared, id: PairId, in_full: Option<By>) {
    let words = Words::new(compared, 0);
    let name = compared.paired.shown_name(id);
    for (title, by) in [("Self, over all callers", By::Own), ("Total, over all callers", By::Total)]
    {
        heading(ui, title);
        let change = compared.change_of(id, by);
        numbers(ui, &words, &change);
        if in_full == Some(by) {
            sentence(ui, &words.sentence(&name, &change, by));
        }
    }
}

fn title(ui: &mut Ui, name: &str) {
    let name = RichText::new(name).font(theme::mono(theme::HEADING - 1.0));
    ui.add(egui::Label::new(name).wrap().selectable(true));
}

/// What the function is on each side, and why both are taken for one.
fn names(ui: &mut Ui, compared: &Compared, id: PairId) {
    let muted = Palette::from(ui).muted;
    let function = compared.paired.function(id);
    let profiles = compared.paired.profiles();
    let told = [0, 1].map(|side| {
        let id = function.of[side]?;
        let (name, place) = (profiles[side].shown_name(id), place(profiles[side], id));
        Some(if place.is_empty() { name.into_owned() } else { format!("{name} · {place}") })
    });
    let line = |ui: &mut Ui, text: String| {
        let text = RichText::new(text).color(muted);
        ui.add(egui::Label::new(text).wrap().selectable(true));
    };
    match told {
        [Some(a), Some(b)] if a != b => {
            line(ui, format!("A: {a}"));
            line(ui, format!("B: {b}"));
        }
        _ => {
            let id = function.of[1].map(|id| (1, id)).or(function.of[0].map(|id| (0, id)));
            let place = id.map(|(side, id)| place(profiles[side], id)).unwrap_or_default();
            if !place.is_empty() {
                line(ui, place);
            }
        }
    }
    let matched = match function.matched {
        Some(Match::Renamed) => "In both, taken for one by hand",
        Some(Match::Exact) => "In both, by name and module",
        Some(Match::Module) => "In both, by name and file name of the module",
        Some(Match::Plain) => "In both, by name without what builds add",
        Some(Match::Name) => "In both, by name without what builds add, in another module",
        None if state_of(compared, id) == "new" => "New: in B only",
        None => "Gone: in A only",
    };
    line(ui, matched.to_owned());
}

/// Both sides and the change.
fn numbers(ui: &mut Ui, words: &Words<'_>, change: &Change) {
    let exact = words.exact(change);
    pair(ui, "A", &words.side(change, 0), "", &exact);
    pair(ui, "B", &words.side(change, 1), "", &exact);
    let of_a = Words::of_a(change);
    let remark = if of_a == "–" { String::new() } else { format!("{of_a} of A") };
    pair(ui, "Change", &words.delta(change), &remark, &exact);
    pair(ui, "Share", &words.of_whole(change), "", &exact);
}

fn sentence(ui: &mut Ui, text: &str) {
    ui.add_space(4.0);
    let text = RichText::new(text).color(Palette::from(ui).muted);
    ui.add(egui::Label::new(text).wrap().selectable(true));
}

/// One place in the call tree.
fn called_from_here(ui: &mut Ui, compared: &Compared, node: PairNodeId) {
    let words = Words::new(compared, 0);
    let function = compared.paired.tree.function(node);
    let name = compared.paired.shown_name(function);
    title(ui, &name);
    names(ui, compared, function);
    heading(ui, "Total, called from here");
    let change = compared.change_of_node(node);
    numbers(ui, &words, &change);
    sentence(ui, &words.sentence(&name, &change, By::Total));
}

/// Callers shown at most.
const MAX_CALLERS: usize = 512;

/// The callers, innermost first; a click picks one.
fn stack(ui: &mut Ui, compared: &Compared, node: PairNodeId, commands: &mut Commands) {
    heading(ui, "Stack");
    let (paired, tree) = (&compared.paired, &compared.paired.tree);
    let callers = std::iter::successors(Some(node), |&node| tree.parent(node));
    for node in callers.take(MAX_CALLERS) {
        let name = paired.shown_name(tree.function(node));
        let state = match compared.change_of_node(node).weights {
            [0, b] if b != 0 => "+ ",
            [a, 0] if a != 0 => "− ",
            _ => "",
        };
        let text = RichText::new(format!("{state}{name}")).font(theme::mono(theme::CAPTION));
        let label = egui::Label::new(text).truncate().sense(egui::Sense::click());
        if ui.add(label).on_hover_text(name).clicked() {
            commands.push(pick(PickedPair::Node(node)));
        }
    }
}

/// The two recordings, and how their functions were matched.
fn summary(ui: &mut Ui, compared: &Compared) {
    let words = Words::new(compared, 0);
    for (side, (letter, source)) in ["A", "B"].iter().zip(&compared.paired.sources).enumerate() {
        heading(ui, &format!("{letter}: {}", source.name()));
        recording(ui, source, &words.whole(side));
    }
    heading(ui, "Functions");
    for ((what, n), remark) in
        ["In both", "New", "Gone"].iter().zip(compared.counts).zip(["", "in B only", "in A only"])
    {
        pair(ui, what, &group_digits(i64::try_from(n).unwrap_or(i64::MAX)), remark, "");
    }
    heading(ui, "Chance");
    let told = compared.paired.tree.ids().next();
    let told = told.and_then(|node| compared.change_of_node(node).p_value).is_some();
    let text = if told {
        "What may be chance is greyed out and marked: ~ where sampling alone makes as large a \
         change in more than 1 of 20 recordings, ? where it does so less often, but among so many \
         rows some are changed as much by it. How a program differs from run to run is not in \
         this: record several times for that"
    } else {
        "How much chance alone changes cannot be told: one of the recordings does not say how \
         many events its weights are of"
    };
    sentence(ui, text);
}

fn recording(ui: &mut Ui, source: &Source, whole: &str) {
    let profile = source.profile();
    pair(ui, "Total", whole, "", "");
    let duration_ns = source.duration_ns();
    if duration_ns > 0 {
        pair(ui, "Lasted", &format_duration(duration_ns), "", "");
    }
    let n_samples = i64::try_from(profile.samples().len()).unwrap_or(i64::MAX);
    pair(ui, "Samples", &group_digits(n_samples), "", "");
    pair(ui, "Format", source.document.format(), "", "");
    let filters = crate::views::filters_of(&source.question, profile);
    if !filters.is_empty() {
        sentence(ui, &format!("Only {}, as in its tab", filters.join(" of ")));
    }
}
