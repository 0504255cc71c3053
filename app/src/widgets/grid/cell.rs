//! What is in the cells of a table.

use egui::{Color32, Pos2, Ui, Vec2};

use super::in_middle;
use crate::theme::{self, Palette};
use crate::widgets::elide::{Elide, elide, one_line};

/// Space between the edge of a cell and its text.
pub const TEXT_PADDING: f32 = 8.0;

/// The font of cells.
fn font() -> egui::FontId {
    theme::mono(theme::BODY - 0.5)
}

/// A number, right-aligned; its unit, where it has it, is quieter.
pub fn number_cell(ui: &Ui, text: &str, unit: &str) {
    number_cell_in(ui, text, unit, Palette::from(ui).text);
}

/// The same in an ink.
pub fn number_cell_in(ui: &Ui, text: &str, unit: &str, ink: Color32) {
    let palette = Palette::from(ui);
    let rect = ui.max_rect();
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let number = text.strip_suffix(unit).unwrap_or(text);
    let has_unit = number.len() < text.len();
    let unit = painter.layout_no_wrap(unit.to_owned(), font(), palette.muted);
    let mut x = rect.right() - TEXT_PADDING - unit.size().x;
    let y = rect.center().y - unit.size().y / 2.0;
    if has_unit {
        painter.galley(Pos2::new(x, y), unit, palette.muted);
    }
    // What is nothing is no more than a mark.
    let ink = if number == "–" { palette.muted } else { ink };
    let number = painter.layout_no_wrap(number.to_owned(), font(), ink);
    x -= number.size().x;
    painter.galley(Pos2::new(x, y), number, ink);
}

/// How long the bar of a share of 1 is at most.
const BAR: f32 = 48.0;

/// A share as a number, and as a bar from the left in a strip of its own, or behind the number
/// where the column is too narrow for one; the bar in a color.
pub fn share_cell(ui: &Ui, text: &str, share: f64, ink: Color32) {
    let rect = ui.max_rect();
    let left = rect.left() + TEXT_PADDING;
    // As wide as `100.0 %` beside it: bars of all rows are of one scale.
    let widest = ui.fonts_mut(|fonts| fonts.glyph_width(&font(), '0')) * 7.0 + TEXT_PADDING;
    let room = rect.right() - TEXT_PADDING - widest - left;
    #[expect(clippy::cast_possible_truncation, reason = "a share of a width")]
    let share = share.abs().min(1.0) as f32;
    let (bar, strength) = if room >= BAR / 2.0 {
        (in_middle(rect, left, Vec2::new(room.min(BAR) * share, 8.0)), 1.0)
    } else {
        let size = Vec2::new((rect.width() - TEXT_PADDING).max(0.0) * share, rect.height() - 4.0);
        (in_middle(rect, rect.left() + TEXT_PADDING / 2.0, size), 0.5)
    };
    ui.painter().rect_filled(bar, 0.0, ink.gamma_multiply(strength));
    number_cell(ui, text, " %");
}

/// A change as a number with its sign, and as a bar from the middle of a strip of its own: to the
/// right what is more, to the left what is less, in a color. `share` is of the longest bar, and
/// has the sign.
pub fn change_cell(ui: &Ui, text: &str, unit: &str, share: f64, (ink, fill): (Color32, Color32)) {
    let rect = ui.max_rect();
    let widest = ui.fonts_mut(|fonts| fonts.glyph_width(&font(), '0')) * 10.0;
    let left = rect.left() + TEXT_PADDING;
    let room = rect.right() - TEXT_PADDING - widest - left;
    if room >= BAR / 2.0 {
        let half = room.min(2.0 * BAR) / 2.0;
        #[expect(clippy::cast_possible_truncation, reason = "a share of a width")]
        let length = share.clamp(-1.0, 1.0) as f32 * half;
        // What is more than nothing is seen.
        let length = if share == 0.0 { 0.0 } else { length.abs().max(1.0).copysign(length) };
        let size = Vec2::new(length.abs(), 8.0);
        let bar = in_middle(rect, left + half + length.min(0.0), size);
        ui.painter().rect_filled(bar, 0.0, fill);
        let zero = in_middle(rect, left + half - 0.5, Vec2::new(1.0, 12.0));
        ui.painter().rect_filled(zero, 0.0, Palette::from(ui).muted.gamma_multiply(0.6));
    }
    number_cell_in(ui, text, unit, ink);
}

/// Text, `indent` points from the left edge of its cell, cut where it does not fit.
pub fn text_cell(ui: &Ui, text: &str, indent: f32, how: Elide, ink: Color32) {
    let rect = ui.max_rect();
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let width = ui.fonts_mut(|fonts| fonts.glyph_width(&font(), '0'));
    let room = ((rect.width() - indent - 4.0) / width).max(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters")]
    let Some(text) = elide(text, room as usize, how) else { return };
    let mut galley = painter.layout_no_wrap(text.into_owned(), font(), ink);
    // Letters of some scripts are wider than a figure.
    let room = rect.width() - indent - 4.0;
    if galley.size().x > room + width {
        galley = one_line(&painter, galley.text(), font(), ink, room);
    }
    let y = rect.center().y - galley.size().y / 2.0;
    painter.galley(Pos2::new(rect.left() + indent, y), galley, ink);
}
