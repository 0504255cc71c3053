//! Arrows along the flows of the picked slice, and along its critical chain.

use egui::epaint::CubicBezierShape;
use egui::{Color32, Painter, Pos2, Stroke, Ui, Vec2};
use rview_core::{AxisView, FlowId, SliceId};

use super::{TRACK, row_height};
use crate::state::{Picked, Session, TrackKey};
use crate::theme::{self, Palette};

/// Arrows that are drawn at most: more hide what they connect.
const MAX_ARROWS: usize = 64;

/// Steps of a chain that are drawn at most on either side of the picked one.
const MAX_STEPS: usize = 32;

/// Paints the flows of the picked slice, from slice to slice. The rows start at `top`, the axis
/// of time at `left`; both in points on screen.
pub(super) fn paint(ui: &Ui, session: &Session, view: &AxisView, left: f32, top: f32) {
    let Picked::Slice(slice) = session.picked else { return };
    let (flows, index) = (session.document.profile.flows(), &session.base.flows);
    let mut clip = ui.clip_rect();
    clip.min.x = clip.min.x.max(left);
    let painter = ui.painter().with_clip_rect(clip);
    let ink = Palette::from(ui).accent;
    let chain = critical(session, slice);
    let place = |slice, end| {
        Some(Pos2::new(x_of(ui, session, view, left, slice, end), top + y_of(session, slice)?))
    };
    let of_slice = index.reaching(slice).chain(index.leaving(slice));
    let others = of_slice.filter(|flow| !chain.contains(flow)).take(MAX_ARROWS);
    let quiet = Stroke::new(1.0, ink.gamma_multiply(0.6));
    // What is critical is drawn last, over the others.
    let all = others.map(|flow| (flow, quiet));
    for (flow, stroke) in all.chain(chain.iter().map(|&flow| (flow, Stroke::new(2.0, ink)))) {
        let (from, to) = flows.ends(flow);
        if let (Some(from), Some(to)) = (place(from, End::Last), place(to, End::First)) {
            arrow(&painter, from, to, stroke);
        }
    }
}

/// The flows of the critical chain, those near the picked slice.
fn critical(session: &Session, slice: SliceId) -> Vec<FlowId> {
    let steps = session.chain();
    let picked = steps.iter().position(|step| step.slice == slice).unwrap_or_default();
    let near = picked.saturating_sub(MAX_STEPS)..steps.len().min(picked + MAX_STEPS + 1);
    // The flow of a step is the one that leads to it.
    let flows = steps.iter().take(near.end).skip(near.start + 1);
    flows.filter_map(|step| step.flow).collect()
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

/// The middle of a slice's lane, in points below the first row; in the middle of the row of its
/// thread or process where that is closed.
pub(super) fn y_of(session: &Session, slice: SliceId) -> Option<f32> {
    let profile = &session.document.profile;
    let lane = profile.slices().lane_of(slice);
    let track = profile.slices().lanes()[lane.index()].track;
    let process = profile.tracks().row(track).process;
    let mut y = 0.0;
    for row in session.timeline.visible_rows() {
        let is_open = session.timeline.open.contains(&row.key);
        if row.key == TrackKey::Process(process) && !is_open {
            return Some(y + theme::TABLE_ROW / 2.0);
        }
        if row.track != Some(track) {
            y += row_height(session, row);
            continue;
        }
        if !is_open {
            return Some(y + TRACK / 2.0);
        }
        let first = profile.tracks().lane_range(track).start;
        let above = row.n_marker_rows + row.n_stack_rows + (lane.index() - first);
        return Some(y + 2.0 + (above as f32 + 0.5) * theme::CHART_ROW);
    }
    None
}

/// A curve that leaves to the right and arrives from the left.
fn arrow(painter: &Painter, from: Pos2, to: Pos2, stroke: Stroke) {
    let reach = ((to.x - from.x).abs() / 2.0).clamp(24.0, 120.0);
    let bend = Vec2::new(reach, 0.0);
    let points = [from, from + bend, to - bend, to];
    painter.add(CubicBezierShape::from_points_stroke(points, false, Color32::TRANSPARENT, stroke));
    for y in [-3.5, 3.5] {
        painter.line_segment([to, to + Vec2::new(-6.0, y)], stroke);
    }
}
