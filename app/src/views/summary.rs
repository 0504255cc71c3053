//! The recording at a glance: what the details show while nothing is picked.

use egui::accesskit::Role;
use egui::{Pos2, Rect, RichText, Sense, Ui, Vec2, WidgetInfo};
use rview_core::FunctionId;
use rview_core::units::format_share;

use super::tooltip::note;
use super::{facts, notes};
use crate::command::{Command, Commands};
use crate::state::{Picked, Session, title_of};
use crate::theme::{self, Palette};
use crate::widgets::elide::{Elide, elide};

/// Functions that are listed at most.
const MAX_FUNCTIONS: usize = 10;

/// Height of a row of the list.
const ROW: f32 = 22.0;

/// Shows the recording at a glance.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let width = ui.available_width();
    ui.spacing_mut().item_spacing.y = 0.0;
    let name = RichText::new(title_of(&session.document.input)).font(theme::medium(theme::HEADING));
    ui.add(egui::Label::new(name).wrap());
    ui.add_space(4.0);
    facts::table(ui, &facts::file(session), width);
    let value_types = facts::value_types(session);
    if !value_types.is_empty() {
        facts::heading(ui, if value_types.len() == 1 { "Value type" } else { "Value types" });
        facts::table(ui, &value_types, width);
    }
    facts::heading(ui, "Recorded");
    facts::table(ui, &facts::counts(&session.base.recorded), width);
    if !session.notes.all().is_empty() {
        facts::heading(ui, "Notes");
        notes::list(ui, session, commands);
    }
    heaviest(ui, session, commands);
    ui.add_space(12.0);
    note(ui, "Click a box or a row to see it here");
}

/// The functions that used most themselves; a click picks one.
fn heaviest(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some((question, trees)) = &session.trees else { return };
    if question.measure.is_none() || trees.inverted.is_empty() {
        return;
    }
    let what = if super::filters(session).is_empty() { "" } else { " in the selection" };
    facts::heading(ui, &format!("Heaviest by self{what}"));
    for node in trees.inverted.roots().take(MAX_FUNCTIONS) {
        let function = trees.inverted.function(node);
        let share = format_share(trees.inverted.weight(node), trees.tree.reference());
        if function_row(ui, session, function, &share) {
            commands.push(Command::Pick(Picked::Function(function)));
        }
    }
}

fn function_row(ui: &mut Ui, session: &Session, function: FunctionId, share: &str) -> bool {
    let palette = Palette::from(ui);
    let name = session.document.profile.shown_name(function);
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("{name}, {share}")));
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect.expand2(Vec2::new(4.0, 0.0)), 4.0, palette.hover());
    }
    let swatch = Pos2::new(rect.left() + 4.0, rect.center().y);
    let fill = session.base.color(function, ui.theme());
    painter.rect_filled(Rect::from_center_size(swatch, Vec2::splat(8.0)), 0.0, fill);
    let font = theme::mono(theme::BODY - 0.5);
    let share = painter.layout_no_wrap(share.to_owned(), font.clone(), palette.muted);
    let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let room = (rect.width() - 16.0 - share.size().x - 12.0) / letter;
    let y = rect.center().y - share.size().y / 2.0;
    painter.galley(Pos2::new(rect.right() - share.size().x, y), share, palette.muted);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters")]
    if let Some(text) = elide(&name, room.max(0.0) as usize, Elide::Name) {
        let name = painter.layout_no_wrap(text.into_owned(), font, palette.text);
        painter.galley(Pos2::new(rect.left() + 16.0, y), name, palette.text);
    }
    let is_clicked = response.clicked();
    response.on_hover_text(name);
    is_clicked
}
