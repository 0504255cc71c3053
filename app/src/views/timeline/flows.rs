//! Arrows along the flows of the picked slice.

use egui::epaint::CubicBezierShape;
use egui::{Color32, Painter, Pos2, Stroke, Ui, Vec2};
use rview_core::{AxisView, SliceId};

use super::{TRACK, row_height};
use crate::state::{Picked, Session, TrackKey};
use crate::theme::{self, Palette};

/// Arrows that are drawn at most: more hide what they connect.
const MAX_ARROWS: usize = 64;

/// Paints the flows of the picked slice, from slice to slice. The rows start at `top`, the axis
/// of time at `left`; both in points on screen.
pub(super) fn paint(ui: &Ui, session: &Session, view: &AxisView, left: f32, top: f32) {
    let Picked::Slice(slice) = session.picked else { return };
    let (flows, index) = (session.document.profile.flows(), &session.base.flows);
    let mut clip = ui.clip_rect();
    clip.min.x = clip.min.x.max(left);
    let painter = ui.painter().with_clip_rect(clip);
    let ink = Palette::from(ui).accent;
    let place = |slice, end| {
        Some(Pos2::new(x_of(ui, session, view, left, slice, end), top + y_of(session, slice)?))
    };
    for flow in index.reaching(slice).chain(index.leaving(slice)).take(MAX_ARROWS) {
        let (from, to) = flows.ends(flow);
        if let (Some(from), Some(to)) = (place(from, End::Last), place(to, End::First)) {
            arrow(&painter, from, to, ink);
        }
    }
}

/// An end of a slice.
#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}

fn x_of(ui: &Ui, session: &Session, view: &AxisView, left: f32, slice: SliceId, end: End) -> f32 {
    let slices = session.document.profile.slices();
    let at = match end {
        End::First => slices.start_ns(slice),
        End::Last => slices.end_ns(slice),
    };
    left + view.x_of(at) / ui.pixels_per_point()
}

/// The middle of a slice's lane, in points below the first row; in the middle of a row that is
/// closed, `None` where its process is.
fn y_of(session: &Session, slice: SliceId) -> Option<f32> {
    let profile = &session.document.profile;
    let lane = profile.slices().lane_of(slice);
    let track = profile.slices().lanes()[lane.index()].track;
    let mut y = 0.0;
    for row in session.timeline.visible_rows() {
        if row.track != Some(track) {
            y += row_height(session, row);
            continue;
        }
        let shows_lanes =
            matches!(row.key, TrackKey::Async(_)) || session.timeline.open.contains(&row.key);
        if !shows_lanes {
            return Some(y + TRACK / 2.0);
        }
        let first = profile.tracks().lane_range(track).start;
        let above = row.n_marker_rows + row.n_stack_rows + (lane.index() - first);
        return Some(y + 2.0 + (above as f32 + 0.5) * theme::CHART_ROW);
    }
    None
}

/// A curve that leaves to the right and arrives from the left.
fn arrow(painter: &Painter, from: Pos2, to: Pos2, ink: Color32) {
    let reach = ((to.x - from.x).abs() / 2.0).clamp(24.0, 120.0);
    let stroke = Stroke::new(1.5, ink);
    let bend = Vec2::new(reach, 0.0);
    let points = [from, from + bend, to - bend, to];
    painter.add(CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke));
    for y in [-3.5, 3.5] {
        painter.line_segment([to, to + Vec2::new(-6.0, y)], stroke);
    }
}
