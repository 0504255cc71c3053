//! What is picked, in full: names, places, weights, the stack, the arguments of a slice.

mod chain;

use egui::{RichText, ScrollArea, Ui};
use rview_core::units::{format_duration, format_percent, format_time, group_digits};
use rview_core::{FunctionId, MarkerId, PathId, Profile, SliceId};

use super::tooltip::place;
use super::{notes, summary};
use crate::command::{Ask, Command, Commands};
use crate::state::{Picked, Session, View};
use crate::theme::{self, Palette};

/// Shows what is picked.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    ScrollArea::vertical().auto_shrink(false).id_salt("details").show(ui, |ui| {
        egui::Frame::new().inner_margin(12.0).show(ui, |ui| {
            ui.set_width(ui.available_width());
            match session.picked {
                Picked::Nothing => summary::ui(ui, session, commands),
                Picked::Path(path) => {
                    function(ui, session, session.base.paths.function(path), commands);
                    node(ui, session, path);
                    stack(ui, session, path, commands);
                }
                Picked::Sample(path, _) => {
                    function(ui, session, session.base.paths.function(path), commands);
                    node(ui, session, path);
                    arguments(ui, session, "Branches before it, newest first");
                    stack(ui, session, path, commands);
                }
                Picked::Function(id) => function(ui, session, id, commands),
                Picked::Slice(id) => slice(ui, session, id, commands),
                Picked::Marker(id) => marker(ui, session, id),
            }
        });
    });
}

/// Name and place of a function, and its self and total over all callers.
fn function(ui: &mut Ui, session: &Session, id: FunctionId, commands: &mut Commands) {
    let profile = &session.document.profile;
    name_and_place(ui, profile, id);
    notes::on_function(ui, session, id, commands);
    let Some((question, trees)) = &session.trees else { return };
    let Some(measure) = question.measure else { return };
    let (unit, all) = (measure.unit(profile), trees.tree.reference());
    heading(ui, "All callers");
    for (what, weight) in
        [("Self", trees.functions.self_of(id)), ("Total", trees.functions.total_of(id))]
    {
        let share = format!("{} of all", format_percent(weight, all));
        pair(ui, what, &unit.format(weight), &share, &unit.format_exact(weight));
    }
}

/// Self and total of one place in the call tree.
fn node(ui: &mut Ui, session: &Session, path: PathId) {
    let Some((question, trees)) = &session.trees else { return };
    let Some(measure) = question.measure else { return };
    let Some(node) = trees.tree.node_of_path(path) else { return };
    let (unit, tree) = (measure.unit(&session.document.profile), &trees.tree);
    let is_inlined = tree.is_inlined(node);
    heading(ui, if is_inlined { "Inlined into its caller here" } else { "Called from here" });
    for (what, weight) in [("Self", tree.self_of(node)), ("Total", tree.total_of(node))] {
        let share = format!("{} of all", format_percent(weight, trees.tree.reference()));
        pair(ui, what, &unit.format(weight), &share, &unit.format_exact(weight));
    }
    if let Some(parent) = tree.parent(node) {
        let share = format_percent(tree.total_of(node), tree.total_of(parent));
        pair(ui, "Share", &share, "of caller", "");
    }
}

/// The callers, innermost first; a click picks one.
fn stack(ui: &mut Ui, session: &Session, path: PathId, commands: &mut Commands) {
    let palette = Palette::from(ui);
    let profile = &session.document.profile;
    let paths = &session.base.paths;
    heading(ui, "Stack");
    for path in paths.walk_to_root(path).take(512) {
        let name = &*profile.shown_name(paths.function(path));
        let is_inlined = paths.is_inlined(path);
        let ink = if is_inlined { palette.muted } else { palette.text };
        // What is inlined stands behind what it is inlined into.
        let text = if is_inlined { format!("{name} (inlined)") } else { name.to_owned() };
        let text = RichText::new(text).font(theme::mono(theme::CAPTION)).color(ink);
        let label = egui::Label::new(text).truncate().sense(egui::Sense::click());
        if ui.add(label).on_hover_text(name).clicked() {
            commands.push(Command::Pick(Picked::Path(path)));
        }
    }
}

/// A slice: when, how long, and what else the file says of it.
fn slice(ui: &mut Ui, session: &Session, id: SliceId, commands: &mut Commands) {
    let profile = &session.document.profile;
    let slices = profile.slices();
    name_and_place(ui, profile, slices.name(id));
    ui.add_space(8.0);
    let duration = slices.duration_ns(id);
    pair(
        ui,
        "Start",
        &format_time(slices.start_ns(id), duration / 1000),
        "",
        &exact_ns(slices.start_ns(id)),
    );
    pair(ui, "Duration", &format_duration(duration), "", &exact_ns(duration));
    if let Some(parent) = slices.parent(id) {
        let share = format_percent(duration, slices.duration_ns(parent));
        pair(ui, "Share", &share, "of parent", "");
    }
    pair(ui, "Self", &format_duration(slices.self_ns(id)), "", &exact_ns(slices.self_ns(id)));
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        if ui.button("Select its time").clicked() {
            commands.push(Command::Ask(Ask::Range(Some(slices.start_ns(id)..slices.end_ns(id)))));
        }
        if ui.button("Distribution").on_hover_text("How long slices of this name last").clicked() {
            commands.push(Command::ShowView(View::Distribution));
        }
    });
    notes::on_function(ui, session, slices.name(id), commands);
    chain::ui(ui, session, commands);
    arguments(ui, session, "Arguments");
    flows(ui, session, id, commands);
    if let Some(path) = session.base.paths.of_slice(id) {
        stack(ui, session, path, commands);
    }
}

/// A marker: when, and what else the file says of it.
fn marker(ui: &mut Ui, session: &Session, id: MarkerId) {
    let profile = &session.document.profile;
    let markers = profile.markers();
    name_and_place(ui, profile, markers.name(id));
    ui.add_space(8.0);
    let at = markers.times_ns()[id.index()];
    pair(ui, "At", &format_time(at, 1), "", &exact_ns(at));
    arguments(ui, session, "Arguments");
}

/// Flows shown at most in each direction: a slice in the middle of everything may have thousands.
const MAX_FLOWS: usize = 32;

/// Where the flows of a slice come from and go to; a click picks the slice there.
fn flows(ui: &mut Ui, session: &Session, id: SliceId, commands: &mut Commands) {
    let profile = &session.document.profile;
    let (flows, index) = (profile.flows(), &session.base.flows);
    let reaching = index.reaching(id).map(|flow| (flow, flows.ends(flow).0));
    let leaving = index.leaving(id).map(|flow| (flow, flows.ends(flow).1));
    let (n_reaching, n_leaving) = (reaching.len(), leaving.len());
    for (title, n, ends) in [
        ("Flows from", n_reaching, reaching.take(MAX_FLOWS).collect::<Vec<_>>()),
        ("Flows to", n_leaving, leaving.take(MAX_FLOWS).collect()),
    ] {
        if n == 0 {
            continue;
        }
        heading(ui, title);
        for (flow, other) in ends {
            let name = profile.shown_name(profile.slices().name(other));
            let text = RichText::new(&*name).font(theme::mono(theme::CAPTION));
            let label = egui::Label::new(text).truncate().sense(egui::Sense::click());
            let from = profile.slices().start_ns(id);
            let apart = profile.slices().start_ns(other).saturating_sub(from);
            let sign = if apart < 0 { "before" } else { "after" };
            let apart = format_duration(apart.saturating_abs());
            let flow = profile.text(flows.name(flow));
            let help = format!("{flow}: {name}, which starts {apart} {sign} this");
            if ui.add(label).on_hover_text(help).clicked() {
                commands.push(Command::Pick(Picked::Slice(other)));
                commands.push(Command::Reveal);
            }
        }
        if n > MAX_FLOWS {
            super::tooltip::note(ui, &format!("and {} more", n - MAX_FLOWS));
        }
    }
}

fn name_and_place(ui: &mut Ui, profile: &Profile, id: FunctionId) {
    let name = RichText::new(profile.shown_name(id)).font(theme::mono(theme::HEADING - 1.0));
    ui.add(egui::Label::new(name).wrap().selectable(true));
    let place = place(profile, id);
    if !place.is_empty() {
        let place = RichText::new(place).color(Palette::from(ui).muted);
        ui.add(egui::Label::new(place).wrap().selectable(true));
    }
}

/// What the file says beside name and time.
fn arguments(ui: &mut Ui, session: &Session, title: &str) {
    let palette = Palette::from(ui);
    let read = session.details.as_ref().filter(|(picked, _)| *picked == session.picked);
    let arguments = read.map_or(&[][..], |(_, details)| &details.arguments);
    if !arguments.is_empty() {
        heading(ui, title);
    }
    for (name, value) in arguments {
        ui.label(RichText::new(name).color(palette.muted).font(theme::sans(theme::CAPTION)));
        let value = RichText::new(value).font(theme::mono(theme::BODY - 0.5));
        ui.add(egui::Label::new(value).wrap().selectable(true));
    }
}

fn exact_ns(ns: i64) -> String {
    format!("{} ns", group_digits(ns))
}

/// The title of a part.
pub fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(12.0);
    let ink = Palette::from(ui).muted;
    ui.label(RichText::new(text).font(theme::medium(theme::CAPTION)).color(ink));
}

/// A name, a number, a remark; the exact number in the tooltip.
pub fn pair(ui: &mut Ui, what: &str, number: &str, remark: &str, exact: &str) {
    let palette = Palette::from(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.spacing_mut().interact_size.y = 18.0;
    let row = ui.horizontal(|ui| {
        let size = egui::Vec2::new(56.0, 18.0);
        let what = RichText::new(what).color(palette.muted);
        ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.set_min_width(56.0);
            ui.label(what);
        });
        ui.label(RichText::new(number).font(theme::mono(theme::BODY)));
        ui.label(RichText::new(remark).color(palette.muted));
    });
    if !exact.is_empty() {
        row.response.on_hover_text(exact);
    }
}
