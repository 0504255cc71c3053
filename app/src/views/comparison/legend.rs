//! What is compared and as what, and what colors mean: always in view.

use egui::{Pos2, Rect, RichText, Sense, Ui, Vec2};

use super::columns;
use super::words::Words;
use crate::command::{Command, Commands, Compare};
use crate::comparison::{Compared, Layout};
use crate::state::{Comparison, ComparisonView};
use crate::theme::{self, Palette, color};
use crate::widgets::elide::{Elide, elide};

/// Letters of the name of a file at most.
const MAX_LETTERS: usize = 36;

/// Shows the two sides, what is compared, and the scale of colors.
pub(super) fn ui(
    ui: &mut Ui,
    comparison: &Comparison,
    compared: &Compared,
    commands: &mut Commands,
) {
    let palette = Palette::from(ui);
    let words = Words::new(compared, 0);
    let whole = compared.whole();
    ui.spacing_mut().item_spacing = Vec2::new(6.0, 2.0);
    ui.horizontal_wrapped(|ui| {
        for (side, letter) in ["A", "B"].into_iter().enumerate() {
            // Sides that were just swapped have their old numbers still.
            let name = compared.paired.sources[side].name();
            let short = elide(&name, MAX_LETTERS, Elide::Middle).unwrap_or_default();
            ui.label(RichText::new(letter).font(theme::medium(theme::BODY)).color(palette.text));
            ui.label(short.into_owned()).on_hover_text(&name);
            ui.label(RichText::new(words.whole(side)).font(theme::mono(theme::BODY - 0.5)));
            ui.add_space(10.0);
        }
        let change = format!("{}  {} of A", words.delta(&whole), Words::of_a(&whole));
        ui.label(RichText::new(change).font(theme::mono(theme::BODY - 0.5)).color(palette.text));
        if comparison.is_stale() {
            ui.add(egui::Spinner::new().size(14.0));
        }
    });
    if comparison.view.is_of_time() {
        // What is below is in times, and says so.
        return;
    }
    ui.horizontal_wrapped(|ui| {
        let caption = |text: String| {
            RichText::new(text).font(theme::sans(theme::CAPTION)).color(palette.muted)
        };
        ui.label(caption(words.legend()));
        if comparison.is_chart() {
            ui.label(caption(format!("· {}", width(comparison))));
            ui.add_space(6.0);
            scale(ui);
        }
        ui.add_space(6.0);
        let mut hides_chance = comparison.hides_chance;
        let text = caption(format!("grey out what chance may explain ({})", marks(comparison)));
        let response = ui.checkbox(&mut hides_chance, text);
        if response.on_hover_text(columns::marks_in_words()).clicked() {
            commands.push(Command::Compare(Compare::ToggleChance));
        }
    });
}

/// The marks there are: a box is looked at alone, a row of a table among others.
fn marks(comparison: &Comparison) -> &'static str {
    if comparison.is_chart() { "~" } else { "~ ?" }
}

/// What the width of boxes means.
fn width(comparison: &Comparison) -> &'static str {
    match (comparison.view, comparison.layout) {
        (ComparisonView::SideBySide, _) => "A left, B right",
        (_, Layout::Both) => "width: A and B together",
        (_, Layout::A) => "width: A; what is new is not shown",
        (_, Layout::B) => "width: B; what is gone is not shown",
    }
}

/// How wide the scale of colors is.
const SCALE: Vec2 = Vec2::new(160.0, 10.0);

/// The scale of colors, with what its ends and the middle are.
fn scale(ui: &mut Ui) {
    let palette = Palette::from(ui);
    let font = theme::sans(theme::CAPTION);
    let word = |text: &str| RichText::new(text).font(font.clone()).color(palette.text);
    ui.label(word("− less, gone (hollow)"));
    let (rect, response) = ui.allocate_exact_size(SCALE, Sense::hover());
    response.widget_info(|| {
        let text = "Scale of colors: blue is less, orange is more, grey is the same";
        egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, text)
    });
    let steps = 32;
    let width = rect.width() / 32.0;
    for step in 0..steps {
        let at = (f64::from(step) + 0.5) / f64::from(steps) * 2.0 - 1.0;
        #[expect(clippy::cast_possible_truncation, reason = "a step of few")]
        let left = rect.left() + width * f64::from(step) as f32;
        let part = Rect::from_min_size(Pos2::new(left, rect.top()), Vec2::new(width, SCALE.y));
        ui.painter().rect_filled(part, 0.0, color::change(at, ui.theme()));
    }
    for share in [0.25, 0.5, 0.75] {
        let x = rect.left() + rect.width() * share;
        ui.painter().vline(x, rect.bottom() - 3.0..=rect.bottom(), (1.0, palette.text));
    }
    response.on_hover_text(
        "The change as a part of the larger side. From left to right: gone, half as much, the \
         same, twice as much, new",
    );
    ui.label(word("+ more, new"));
}
