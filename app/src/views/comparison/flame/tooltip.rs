//! What is under the pointer in a flame graph of a comparison, in words.

use egui::{RichText, Ui};
use rview_core::PairNodeId;
use rview_core::diff::By;

use super::super::words::Words;
use crate::comparison::Compared;
use crate::theme::{self, Palette};
use crate::views::tooltip::{note, pairs};

/// A node: both sides, the change, and how likely chance alone makes it.
pub(super) fn node(ui: &mut Ui, compared: &Compared, node: PairNodeId) {
    let palette = Palette::from(ui);
    let paired = &compared.paired;
    let words = Words::new(compared, 0);
    let (function, change) = (paired.tree.function(node), compared.change_of_node(node));
    ui.set_max_width(460.0);
    let name = RichText::new(paired.shown_name(function)).font(theme::mono(theme::BODY));
    ui.add(egui::Label::new(name.color(palette.text)).wrap());
    let module = paired.module(function);
    if !module.is_empty() {
        note(ui, module);
    }
    let of_a = match (change.weights, Words::of_a(&change)) {
        ([0, _], _) => "  new".to_owned(),
        ([_, 0], _) => "  gone".to_owned(),
        (_, of_a) if of_a == "–" => String::new(),
        (_, of_a) => format!("  {of_a} of A"),
    };
    pairs(
        ui,
        &[
            ("A", words.side(&change, 0)),
            ("B", words.side(&change, 1)),
            ("Change", format!("{}{of_a}", words.delta(&change))),
            ("Share", words.of_whole(&change)),
            ("Chance", Words::chance(&change)),
        ],
    );
}

/// The same in a sentence.
pub(super) fn sentence(compared: &Compared, node: PairNodeId) -> String {
    let name = compared.paired.shown_name(compared.paired.tree.function(node));
    let change = compared.change_of_node(node);
    Words::new(compared, 0).sentence(&name, &change, By::Total)
}
