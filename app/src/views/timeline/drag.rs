//! Rows of the timeline that are dragged by their names to another place.

use egui::{CursorIcon, DragAndDrop, Rect, Response, Stroke, Ui, Vec2};

use crate::command::{Command, Commands};
use crate::state::{Session, TrackKey};
use crate::theme::Palette;

/// This near to the upper or lower edge of the timeline it scrolls, in points.
const EDGE: f32 = 24.0;

/// How far it scrolls in a frame, in points.
const SCROLL: f32 = 8.0;

/// A drag of a name takes its row along.
pub(super) fn start(response: &Response, key: TrackKey) {
    response.dnd_set_drag_payload(key);
}

/// Whether a row is being dragged.
pub(super) fn is_dragged(ui: &Ui, key: TrackKey) -> bool {
    DragAndDrop::payload::<TrackKey>(ui.ctx()).is_some_and(|dragged| *dragged == key)
}

/// Shows where a row that is dragged over this one would go, and puts it there.
pub(super) fn over(ui: &Ui, session: &Session, key: TrackKey, rect: Rect, commands: &mut Commands) {
    let Some(dragged) = DragAndDrop::payload::<TrackKey>(ui.ctx()) else { return };
    let Some(pointer) = ui.input(|input| input.pointer.interact_pos()) else { return };
    if !rect.y_range().contains(pointer.y) || !ui.clip_rect().y_range().contains(pointer.y) {
        return;
    }
    let Some(is_below) = session.timeline.would_go(*dragged, key) else {
        if *dragged != key {
            ui.ctx().set_cursor_icon(CursorIcon::NotAllowed);
        }
        return;
    };
    let y = if is_below { rect.bottom() } else { rect.top() };
    let accent = Stroke::new(2.0, Palette::from(ui).accent);
    ui.painter().hline(rect.x_range(), y.clamp(rect.top() + 1.0, rect.bottom() - 1.0), accent);
    if ui.input(|input| input.pointer.any_released()) {
        commands.push(Command::DropTrack(*dragged, key));
    }
}

/// Scrolls while a row is dragged to the edge.
pub(super) fn scroll(ui: &Ui) {
    if !DragAndDrop::has_payload_of_type::<TrackKey>(ui.ctx()) {
        return;
    }
    let Some(pointer) = ui.input(|input| input.pointer.interact_pos()) else { return };
    let clip = ui.clip_rect();
    let by = if pointer.y < clip.top() + EDGE {
        SCROLL
    } else if pointer.y > clip.bottom() - EDGE {
        -SCROLL
    } else {
        return;
    };
    ui.scroll_with_delta(Vec2::new(0.0, by));
    ui.ctx().request_repaint();
}
