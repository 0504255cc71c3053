//! The timelines of both sides, one above the other, over the same part of time.

use egui::{Pos2, Rect, RichText, Stroke, Ui, UiBuilder, Vec2};
use rview_core::units::format_duration;

use crate::command::{Command, Commands, Compare};
use crate::state::{Comparison, Picked, Session, State};
use crate::theme::{self, Palette};
use crate::views::{timeline, track_label};
use crate::widgets::elide::{Elide, elide};
use crate::widgets::empty::empty;

/// How high the line above each is.
const HEADER: f32 = 24.0;

/// Letters of the name of a file at most.
const MAX_LETTERS: usize = 48;

/// Shows both timelines. What is done in one is done in the other where that makes sense.
pub(super) fn ui(ui: &mut Ui, state: &State, comparison: &Comparison, commands: &mut Commands) {
    let sessions = [0, 1].map(|side| state.session_of_side(comparison, side));
    let has_tracks =
        sessions.iter().flatten().any(|session| session.timeline.visible_rows().next().is_some());
    if !has_tracks && sessions.iter().all(Option::is_some) {
        let line = "Only recordings that say when things happened have a timeline";
        return empty(ui, "No times in either recording", line);
    }
    let bounds = state.time_of_both(comparison);
    let full = ui.available_rect_before_wrap();
    let (top, bottom) = full.split_top_bottom_at_y((full.top() + full.height() / 2.0).round());
    for (side, rect) in [top, bottom].into_iter().enumerate() {
        let (header, below) = rect.split_top_bottom_at_y(rect.top() + HEADER);
        let session = sessions[side];
        head(ui, (comparison, side), session, header);
        let id = ["timeline of A", "timeline of B"][side];
        let builder = UiBuilder::new().id_salt(id).max_rect(below);
        ui.scope_builder(builder, |ui| {
            ui.set_clip_rect(below.intersect(ui.clip_rect()));
            let Some(session) = session else {
                let line = format!("Open {} again to see it", comparison.sides[side].name);
                return empty(ui, "Its tab was closed", &line);
            };
            let mut own = Commands::new();
            timeline::within(ui, session, (id, bounds.clone()), &mut own);
            commands.extend(
                own.into_iter()
                    .map(|command| Command::Compare(Compare::InSide(side, Box::new(command)))),
            );
        });
    }
    counterpart_of_pointer(ui, full);
}

/// Which side it is, and what is picked there.
fn head(
    ui: &mut Ui,
    (comparison, side): (&Comparison, usize),
    session: Option<&Session>,
    rect: Rect,
) {
    let palette = Palette::from(ui);
    ui.painter().rect_filled(rect, 0.0, palette.panel);
    for y in [rect.top(), rect.bottom() - 1.0] {
        ui.painter().hline(rect.x_range(), y, (1.0, palette.hairline));
    }
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let builder = UiBuilder::new().max_rect(rect.shrink2(Vec2::new(12.0, 0.0))).layout(layout);
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let letter = ["A", "B"][side];
        ui.label(RichText::new(letter).font(theme::medium(theme::BODY)).color(palette.text));
        let name = &comparison.sides[side].name;
        let short = elide(name, MAX_LETTERS, Elide::Middle).unwrap_or_default();
        ui.label(RichText::new(short).color(palette.text)).on_hover_text(name);
        if let Some(picked) = session.and_then(picked_in_words) {
            let text = RichText::new(picked).font(theme::mono(theme::CAPTION)).color(palette.muted);
            ui.add(egui::Label::new(text).truncate());
        }
    });
}

/// The slice that is picked, with how long it lasts.
fn picked_in_words(session: &Session) -> Option<String> {
    let Picked::Slice(slice) = session.picked else { return None };
    let profile = &session.document.profile;
    let slices = profile.slices();
    let name = profile.shown_name(slices.name(slice)).into_owned();
    let duration = format_duration(slices.duration_ns(slice));
    Some(format!("{name}  {duration}  {}", track_label(profile, slice)))
}

/// The line under the pointer goes through both.
fn counterpart_of_pointer(ui: &Ui, full: Rect) {
    let Some(pointer) = ui.input(|input| input.pointer.hover_pos()) else { return };
    let left = full.left() + theme::GUTTER;
    if !full.contains(pointer) || pointer.x < left || !ui.ui_contains_pointer() {
        return;
    }
    let half = Pos2::new(pointer.x, full.center().y);
    let (from, to) = if pointer.y < half.y {
        (half.y + HEADER, full.bottom())
    } else {
        (full.top() + HEADER, half.y)
    };
    let line = Stroke::new(1.0, Palette::from(ui).muted.gamma_multiply(0.5));
    ui.painter().vline(pointer.x, from..=to, line);
}
