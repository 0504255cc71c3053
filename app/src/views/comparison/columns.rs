//! What the tables of a comparison have in common: what a row weighs on both sides, what changed,
//! and whether that may be chance.

use egui::{Color32, Ui};
use rview_core::diff::{Change, Doubt};

use super::words::Words;
use crate::state::Comparison;
use crate::theme::{Palette, color};
use crate::widgets::grid::{GridColumn, change_cell, number_cell_in};

/// What all tables tell of a change.
pub(super) const CHANGE: GridColumn = GridColumn {
    width: 196.0,
    narrow: 112.0,
    ..GridColumn::number("B − A", "The change: blue is less, orange is more, ~ and ? may be chance")
};

pub(super) const PERCENT_OF_A: GridColumn =
    GridColumn { narrow: 76.0, ..GridColumn::number("% of A", "The change in percent of A") };

/// The cells of a table of weights, in its first four columns: A, B, the change, that in percent
/// of A.
pub(super) struct Cells<'a> {
    pub(super) words: Words<'a>,
    /// The largest change has the longest bar.
    pub(super) longest: f64,
    /// Whether what chance may explain is grey.
    pub(super) hides_chance: bool,
}

impl<'a> Cells<'a> {
    /// Of a table of these changes: linear in them.
    pub(super) fn new(
        words: Words<'a>,
        comparison: &Comparison,
        changes: impl Iterator<Item = &'a Change>,
    ) -> Self {
        let longest = changes.map(|change| change.delta_value().abs()).fold(0.0, f64::max);
        Self { words, longest, hides_chance: comparison.hides_chance }
    }

    /// Paints one of the four.
    pub(super) fn paint(&self, ui: &Ui, change: &Change, column: usize) {
        let (words, ink) = (&self.words, self.ink(ui, change));
        match column {
            0 | 1 => number_cell_in(ui, &words.cell(change, column), &words.unit(), ink),
            2 => {
                let delta = change.delta_value();
                let share = if self.longest > 0.0 { delta / self.longest } else { 0.0 };
                let fill = if delta == 0.0 || self.is_grey(change) {
                    Palette::from(ui).muted
                } else {
                    color::change(delta.signum(), ui.theme())
                };
                let text = format!("{}{}", mark(change), words.delta_cell(change));
                change_cell(ui, &text, &words.unit(), share, (ink, fill));
            }
            _ => number_cell_in(ui, &Words::of_a(change), " %", ink),
        }
    }

    /// In what a row is written.
    pub(super) fn ink(&self, ui: &Ui, change: &Change) -> Color32 {
        let palette = Palette::from(ui);
        if self.is_grey(change) { palette.muted } else { palette.text }
    }

    /// Both sides and the change in words.
    pub(super) fn in_words(&self, change: &Change) -> String {
        let (words, [a, b]) = (&self.words, [0, 1].map(|side| self.words.side(change, side)));
        format!("A {a}, B {b}, change {}{}", words.delta(change), doubted(change))
    }

    fn is_grey(&self, change: &Change) -> bool {
        self.hides_chance && change.may_be_chance()
    }
}

/// What stands before a change that may be chance, as `rview diff` has it.
pub(super) fn mark(change: &Change) -> &'static str {
    change.doubt().map_or("", Doubt::mark)
}

/// What the mark means, to follow what else is told of a row.
pub(super) fn doubted(change: &Change) -> String {
    change.doubt().map_or_else(String::new, |doubt| format!(", {}", doubt.told()))
}

/// What all marks mean.
pub(super) fn marks_in_words() -> String {
    let lines = Doubt::ALL.map(|doubt| format!("{} {}", doubt.mark(), doubt.told()));
    lines.join("\n")
}
