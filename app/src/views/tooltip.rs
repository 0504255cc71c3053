//! What is under the pointer, in words.

use egui::{RichText, Ui};
use rview_core::units::{format_duration, format_percent, format_time};
use rview_core::{FunctionId, MarkerId, NodeId, Profile, SliceId};

use crate::state::{Half, Session};
use crate::theme::{self, Palette};

/// A function's name, and where it is.
fn function(ui: &mut Ui, profile: &Profile, function: FunctionId) {
    let palette = Palette::from(ui);
    ui.set_max_width(460.0);
    let name = RichText::new(profile.shown_name(function)).font(theme::mono(theme::BODY));
    ui.add(egui::Label::new(name.color(palette.text)).wrap());
    let place = place(profile, function);
    if !place.is_empty() {
        ui.label(RichText::new(place).font(theme::sans(theme::CAPTION)).color(palette.muted));
    }
}

/// Module and file of a function, with the line of its definition.
pub fn place(profile: &Profile, function: FunctionId) -> String {
    let row = profile.symbols().functions().row(function);
    let mut parts = Vec::new();
    let module = profile.function_module(function);
    if !module.is_empty() {
        parts.push(module.to_owned());
    }
    if let Some(file) = row.file {
        let file = profile.text(file);
        parts.push(if row.line == 0 { file.to_owned() } else { format!("{file}:{}", row.line) });
    }
    parts.join(" · ")
}

/// A node of the call tree.
pub fn node(ui: &mut Ui, session: &Session, node: NodeId) {
    let Some((question, trees)) = &session.trees else { return };
    let Some(measure) = question.measure else { return };
    let profile = &session.document.profile;
    let (tree, unit) = (&trees.tree, measure.unit(profile));
    function(ui, profile, tree.function(node));
    let total = tree.total_of(node);
    let of_parent = tree.parent(node).map(|parent| tree.total_of(parent));
    let mut shares = format!("{} of all", format_percent(total, trees.tree.reference()));
    if let Some(parent) = of_parent {
        shares = format!("{shares} · {} of caller", format_percent(total, parent));
    }
    if tree.is_inlined(node) {
        note(ui, "inlined into its caller");
    }
    pairs(
        ui,
        &[
            ("Total", format!("{}  ({shares})", unit.format(total))),
            ("Self", {
                let self_ = tree.self_of(node);
                format!(
                    "{}  ({} of all)",
                    unit.format(self_),
                    format_percent(self_, trees.tree.reference())
                )
            }),
        ],
    );
}

/// A box of the sandwich.
pub fn merged(ui: &mut Ui, session: &Session, half: Half, row: usize) {
    let Some((question, trees)) = &session.trees else { return };
    let Some((measure, tree)) = question.measure.zip(session.sandwich.tree(half)) else { return };
    let profile = &session.document.profile;
    function(ui, profile, tree.function(row));
    if tree.is_inlined(row) {
        note(ui, "inlined here");
    }
    let (total, unit) = (tree.total(row), measure.unit(profile));
    let of_all = format_percent(total, trees.tree.reference());
    let of_function = format_percent(total, tree.total(0));
    let total = unit.format(total);
    let mut values =
        vec![("Weight", format!("{total}  ({of_all} of all · {of_function} of the function)"))];
    if half == Half::Callees {
        let own = format_percent(tree.own(row), trees.tree.reference());
        values.push(("Self", format!("{}  ({own} of all)", unit.format(tree.own(row)))));
    }
    pairs(ui, &values);
}

/// A slice.
pub fn slice(ui: &mut Ui, session: &Session, slice: SliceId) {
    let profile = &session.document.profile;
    let slices = profile.slices();
    function(ui, profile, slices.name(slice));
    pairs(
        ui,
        &[
            ("Duration", format_duration(slices.duration_ns(slice))),
            ("Start", format_time(slices.start_ns(slice), slices.duration_ns(slice) / 1000)),
        ],
    );
}

/// A marker.
pub fn marker(ui: &mut Ui, session: &Session, marker: MarkerId) {
    let profile = &session.document.profile;
    let markers = profile.markers();
    function(ui, profile, markers.name(marker));
    pairs(ui, &[("At", format_time(markers.times_ns()[marker.index()], 1))]);
}

/// Several things in one pixel.
pub fn several(ui: &mut Ui, n: u32, what: &str, coverage: f32) {
    let percent = (coverage * 100.0).round();
    note(ui, &format!("{n} {what} here, over {percent} % of the time; the longest is shown"));
}

/// A muted line.
pub fn note(ui: &mut Ui, text: &str) {
    let ink = Palette::from(ui).muted;
    ui.label(RichText::new(text).font(theme::sans(theme::CAPTION)).color(ink));
}

/// Room for the name of a value.
const PAIR_NAME: f32 = 64.0;

/// Height of a line of a name and a value.
const PAIR: f32 = 16.0;

/// Names and values, a line each.
pub fn pairs(ui: &mut Ui, pairs: &[(&str, String)]) {
    let palette = Palette::from(ui);
    for (name, value) in pairs {
        let font = theme::sans(theme::BODY);
        let painter = ui.painter();
        let name = painter.layout_no_wrap((*name).to_owned(), font.clone(), palette.muted);
        let value = painter.layout_no_wrap(value.clone(), font, palette.text);
        let size = egui::Vec2::new(PAIR_NAME + value.size().x, PAIR);
        let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
        response.widget_info(|| {
            let text = format!("{} {}", name.text(), value.text());
            egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, text)
        });
        for (x, galley) in [(0.0, name), (PAIR_NAME, value)] {
            let y = rect.center().y - galley.size().y / 2.0;
            let at = egui::Pos2::new(rect.left() + x, y);
            ui.painter().galley(at, galley, palette.text);
        }
    }
}
