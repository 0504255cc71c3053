//! Wheel, pinch and drag on a chart with a horizontal axis.

use std::ops::Range;

use egui::{Context, Id, PointerButton, Response, Ui};
use rview_core::AxisView;

/// What dragging with the main button does; the middle button, or Shift, always pans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drag {
    /// Moves the chart.
    Pan,
    /// Selects a range.
    Select,
}

/// What the pointer asked for in this frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AxisInput {
    /// Another part of the axis on screen.
    pub view: Option<AxisView>,
    /// The range that is being dragged over.
    pub selecting: Option<Range<i64>>,
    /// A range was dragged over to its end.
    pub selected: Option<Range<i64>>,
}

/// A chart with a horizontal axis.
#[derive(Clone, Copy)]
pub struct Chart<'a> {
    /// What the axis is called; charts that share it are zoomed together.
    pub axis: &'static str,
    /// What the pointer does over it.
    pub response: &'a Response,
    /// Its left edge in points.
    pub left: f32,
    /// What is on screen.
    pub view: &'a AxisView,
}

/// Where the pointer is over the chart of an axis in this frame or the last, as a share of its
/// width.
pub fn pointer_share(ctx: &Context, axis: &'static str) -> Option<f64> {
    let (frame, share) =
        ctx.data(|data| data.get_temp::<(u64, f64)>(Id::unique((axis, "pointer"))))?;
    (frame + 1 >= ctx.cumulative_frame_nr()).then_some(share)
}

/// Reads the pointer over a chart.
pub fn axis_input(ui: &Ui, chart: Chart<'_>, bounds: Range<i64>, drag: Drag) -> AxisInput {
    let Chart { axis, response, left, view } = chart;
    let mut input = AxisInput::default();
    let ppp = f64::from(ui.pixels_per_point());
    let px = |x: f32| f64::from(x - left) * ppp;
    if let Some(pointer) = response.hover_pos().filter(|_| response.contains_pointer()) {
        let share = px(pointer.x) / view.width_px;
        let here = (ui.ctx().cumulative_frame_nr(), share);
        ui.data_mut(|data| data.insert_temp(Id::unique((axis, "pointer")), here));
        let (zoom, scroll) = ui.input(|i| (i.zoom_delta(), i.smooth_scroll_delta()));
        if (zoom - 1.0).abs() > f32::EPSILON {
            input.view = Some(view.zoomed(px(pointer.x), f64::from(zoom), bounds.clone()));
        } else if scroll.x != 0.0 {
            input.view = Some(view.panned(-f64::from(scroll.x) * ppp, bounds.clone()));
        }
    }
    let pans = response.dragged_by(PointerButton::Middle)
        || (response.dragged_by(PointerButton::Primary)
            && (drag == Drag::Pan || ui.input(|i| i.modifiers.shift)));
    if pans {
        let moved = -f64::from(response.drag_delta().x) * ppp;
        input.view = Some(view.panned(moved, bounds));
    } else if drag == Drag::Select {
        read_selection(ui, response, &mut input, |x| {
            view.at_px(px(x)).clamp(bounds.start, bounds.end)
        });
    }
    input
}

fn read_selection(ui: &Ui, response: &Response, input: &mut AxisInput, at: impl Fn(f32) -> i64) {
    let start_id = response.id.with("drag start");
    if response.drag_started_by(PointerButton::Primary)
        && let Some(origin) = ui.input(|i| i.pointer.press_origin())
    {
        // In units of the axis: the chart may be zoomed while the button is down.
        ui.data_mut(|data| data.insert_temp(start_id, at(origin.x)));
    }
    let start = ui.data(|data| data.get_temp::<i64>(start_id));
    let pointer = response.interact_pointer_pos();
    if let (Some(start), Some(pointer)) = (start, pointer) {
        let end = at(pointer.x);
        let range = start.min(end)..start.max(end);
        if response.drag_stopped() {
            ui.data_mut(|data| data.remove_temp::<i64>(start_id));
            input.selected = Some(range).filter(|range| !range.is_empty());
        } else if response.dragged() {
            input.selecting = Some(range);
        }
    }
}
