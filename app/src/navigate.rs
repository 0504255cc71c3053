//! Commands whose effect depends on what is on screen: zoom, pan, copy, theme.

use rview_core::{AxisView, NodeId, Profile};

use crate::command::Command;
use crate::settings::ThemeChoice;
use crate::state::{Picked, Session, State, View};
use crate::text;

/// Applies a command of this kind; gives back any other.
pub fn update(state: &mut State, command: Command, ctx: &egui::Context) -> Option<Command> {
    if command == Command::ToggleTheme {
        state.settings.theme = match ctx.theme() {
            egui::Theme::Dark => ThemeChoice::Light,
            egui::Theme::Light => ThemeChoice::Dark,
        };
        return None;
    }
    let session = state.session_mut()?;
    match command {
        Command::Zoom(factor) => zoom(session, factor),
        Command::Pan(share) => pan(session, share),
        Command::FramePicked => frame_picked(session),
        Command::ResetZoom => set_view(session, None),
        Command::Copy => {
            if let Some(text) = text::copied(session) {
                ctx.copy_text(text);
            }
        }
        other => return Some(other),
    }
    None
}

/// Whether keys act on the axis of weights; else on that of time.
fn is_on_weights(session: &Session) -> bool {
    session.layout.active == View::FlameGraph || session.timeline.is_empty()
}

/// All of the axis that keys act on.
pub fn bounds(session: &Session, on_weights: bool) -> std::ops::Range<i64> {
    if on_weights {
        0..session.trees().map_or(1, |trees| trees.flame.width()).max(1)
    } else {
        time_bounds(&session.document.profile)
    }
}

/// All of time, never empty.
pub fn time_bounds(profile: &Profile) -> std::ops::Range<i64> {
    0..profile.duration_ns().max(1)
}

/// The same part of the axis in a chart of another width: what is on screen stays on screen in
/// the timeline and the flame chart, which share it, and in a window of another size.
pub fn fitted(view: AxisView, width_px: f64) -> AxisView {
    let width_px = width_px.max(1.0);
    #[expect(clippy::float_cmp, reason = "the same width, not one that is near")]
    if view.width_px == width_px {
        return view;
    }
    let units_per_px = view.units_per_px * view.width_px / width_px;
    AxisView { units_per_px, width_px, ..view }
}

fn view(session: &Session) -> AxisView {
    let on_weights = is_on_weights(session);
    let view = if on_weights { session.flame_view } else { session.timeline.view };
    view.unwrap_or_else(|| AxisView::framing(bounds(session, on_weights), 1000.0, 0.0))
}

fn set_view(session: &mut Session, view: Option<AxisView>) {
    if is_on_weights(session) {
        session.flame_view = view;
    } else {
        session.timeline.view = view;
    }
}

fn zoom(session: &mut Session, factor: f64) {
    let view = view(session);
    let bounds = bounds(session, is_on_weights(session));
    set_view(session, Some(view.zoomed(view.width_px / 2.0, factor, bounds)));
}

fn pan(session: &mut Session, share: f64) {
    let view = view(session);
    let bounds = bounds(session, is_on_weights(session));
    set_view(session, Some(view.panned(view.width_px * share, bounds)));
}

fn frame_picked(session: &mut Session) {
    let width_px = view(session).width_px;
    let range = if is_on_weights(session) {
        picked_node(session).and_then(|node| Some(session.trees()?.flame.span(node.raw())))
    } else {
        session.picked_range_ns()
    };
    if let Some(range) = range {
        set_view(session, Some(AxisView::framing(range, width_px, 0.0)));
    }
}

fn picked_node(session: &Session) -> Option<NodeId> {
    let trees = session.trees()?;
    match session.picked {
        Picked::Function(function) => {
            trees.tree.ids().find(|&node| trees.tree.function(node) == function)
        }
        _ => trees.tree.node_of_path(session.picked_path()?),
    }
}
