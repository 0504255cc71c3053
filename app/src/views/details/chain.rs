//! The critical chain of the picked slice: a row for each step, the first cause on top.

use egui::{Pos2, Sense, Ui, Vec2};
use rview_core::ChainStep;
use rview_core::units::{format_duration, format_time};

use super::heading;
use crate::command::{Command, Commands};
use crate::state::{Picked, Session};
use crate::theme::{self, Palette};
use crate::views::{tooltip, track_label};
use crate::widgets::elide::one_line;

/// Steps shown on either side of the picked one at most.
const MAX_BESIDE: usize = 16;

/// Height of a step: a name, and where and when below it.
const STEP: f32 = 34.0;

/// Shows the chain, if any flow leads to the slice or on from it; a click goes to a step.
pub(super) fn ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let steps = session.chain();
    if steps.len() < 2 {
        return;
    }
    let is_picked = |step: &ChainStep| session.picked == Picked::Slice(step.slice);
    let picked = steps.iter().position(is_picked).unwrap_or_default();
    let (first, end) =
        (picked.saturating_sub(MAX_BESIDE), steps.len().min(picked + MAX_BESIDE + 1));
    heading(ui, "Critical chain");
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if first > 0 {
            tooltip::note(ui, &format!("{first} more before"));
        }
        for (at, step) in steps.iter().enumerate().take(end).skip(first) {
            if row(ui, session, step, at == picked) {
                commands.push(Command::JumpTo(step.slice));
            }
        }
        if end < steps.len() {
            tooltip::note(ui, &format!("{} more after", steps.len() - end));
        }
        let is_cut = session.details.as_ref().is_some_and(|(_, details)| details.chain.is_cut);
        if is_cut {
            tooltip::note(ui, "it goes on beyond what is followed");
        }
    });
}

/// One step; whether it was clicked.
fn row(ui: &mut Ui, session: &Session, step: &ChainStep, is_picked: bool) -> bool {
    let palette = Palette::from(ui);
    let profile = &session.document.profile;
    let slices = profile.slices();
    let name = &*profile.shown_name(slices.name(step.slice));
    let (start, duration) = (slices.start_ns(step.slice), slices.duration_ns(step.slice));
    let wait = step.flow.map(|_| in_words(step.wait_ns));
    let place =
        format!("{} on {}", format_time(start, duration / 1000), track_label(profile, step.slice));
    let size = Vec2::new(ui.available_width(), STEP);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        let wait = wait.as_ref().map_or(String::new(), |(_, words)| format!(", {words}"));
        let label = format!("Step {name}, {place}{wait}");
        egui::WidgetInfo::selected(egui::accesskit::Role::ListItem, true, is_picked, label)
    });
    if is_picked {
        ui.painter().rect_filled(rect, 0.0, palette.selection());
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 0.0, palette.hover());
    }
    let swatch = session.base.color(slices.name(step.slice), ui.theme());
    let bar = egui::Rect::from_min_size(rect.min + Vec2::new(0.0, 4.0), Vec2::new(3.0, STEP - 8.0));
    ui.painter().rect_filled(bar, 0.0, swatch);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let left = rect.left() + 10.0;
    let mut right = rect.right() - 4.0;
    if let Some((short, _)) = &wait {
        let galley =
            painter.layout_no_wrap(short.clone(), theme::mono(theme::CAPTION), palette.muted);
        right -= galley.size().x;
        painter.galley(Pos2::new(right, rect.top() + 3.0), galley, palette.muted);
        right -= 8.0;
    }
    let font = theme::mono(theme::CAPTION);
    let title = one_line(&painter, name, font, palette.text, (right - left).max(0.0));
    painter.galley(Pos2::new(left, rect.top() + 3.0), title, palette.text);
    let font = theme::sans(theme::CAPTION);
    let room = (rect.right() - 4.0 - left).max(0.0);
    let below = one_line(&painter, &place, font, palette.muted, room);
    painter.galley(Pos2::new(left, rect.top() + 18.0), below, palette.muted);
    let response = response.on_hover_ui(|ui| {
        ui.label(name);
        tooltip::note(ui, &format!("{} {place}", format_duration(duration)));
        if let Some((_, words)) = &wait {
            tooltip::note(ui, words);
        }
    });
    response.clicked()
}

/// How long a step waited for the one before: short, and in words.
fn in_words(wait_ns: i64) -> (String, String) {
    let apart = format_duration(wait_ns.saturating_abs());
    if wait_ns < 0 {
        return ("overlaps".to_owned(), format!("starts {apart} before the step above it ends"));
    }
    (format!("+{apart}"), format!("starts {apart} after the step above it ends"))
}
