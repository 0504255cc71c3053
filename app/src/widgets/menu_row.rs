//! The rows of a menu of which one is set: a name, and a value at the right edge.

use egui::accesskit::Role;
use egui::{Align2, RichText, Sense, Ui, Vec2, WidgetInfo};

use crate::theme::{self, Palette};

/// Space between a name and a value.
const GAP: f32 = 24.0;
/// Space between the edge of a row and its text.
const PADDING: f32 = 8.0;

/// One row.
pub struct Row {
    /// At the left.
    pub name: String,
    /// At the right; may be empty.
    pub value: String,
    /// Whether it is the one that is set.
    pub is_set: bool,
}

impl Row {
    /// A row without a value.
    pub fn new(name: String, is_set: bool) -> Self {
        Self { name, value: String::new(), is_set }
    }
}

/// Shows rows, values in a column of their own. Gives the one that is clicked, or chosen by key.
pub fn rows(ui: &mut Ui, rows: &[Row]) -> Option<usize> {
    let width = |text: &str| {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), font(), Palette::from(ui).text);
        galley.size().x
    };
    let widest =
        |text: fn(&Row) -> &str| rows.iter().map(|row| width(text(row))).fold(0.0, f32::max);
    let values = widest(|row| &row.value);
    let gap = if values > 0.0 { GAP } else { 0.0 };
    let wanted = widest(|row| &row.name) + gap + values + 2.0 * PADDING;
    let size = Vec2::new(wanted.max(ui.available_width()), theme::TABLE_ROW);
    let mut chosen = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    for (at, row) in rows.iter().enumerate() {
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| {
            let name = [&*row.name, &*row.value].join(" ");
            WidgetInfo::selected(Role::RadioButton, true, row.is_set, name.trim_end())
        });
        let palette = Palette::from(ui);
        let painter = ui.painter();
        if row.is_set {
            painter.rect_filled(rect, 4.0, palette.selection());
        } else if response.hovered() || response.has_focus() {
            painter.rect_filled(rect, 4.0, palette.hover());
        }
        let inner = rect.shrink2(Vec2::new(PADDING, 0.0));
        let (left, right) = (inner.left_center(), inner.right_center());
        painter.text(left, Align2::LEFT_CENTER, &row.name, font(), palette.text);
        let value = theme::mono(theme::BODY - 0.5);
        painter.text(right, Align2::RIGHT_CENTER, &row.value, value, palette.muted);
        if response.clicked() {
            chosen = Some(at);
        }
    }
    chosen
}

/// The caption of a part of a menu.
pub fn heading(ui: &mut Ui, text: &str) {
    let ink = Palette::from(ui).muted;
    ui.add_space(if ui.min_rect().height() > 0.0 { 8.0 } else { 0.0 });
    ui.label(RichText::new(text).font(theme::sans(theme::CAPTION)).color(ink));
    ui.add_space(2.0);
}

fn font() -> egui::FontId {
    theme::sans(theme::BODY)
}
