//! Commands whose effect depends on what is on screen: zoom, pan, copy, theme.

use rview_core::{AxisView, NodeId, Profile};

use crate::command::{Command, Compare, InAssembly, InSource};
use crate::settings::ThemeChoice;
use crate::state::{Half, Picked, Session, State, View};
use crate::text::{self, Copied};
use crate::widgets::axis_input;

/// Applies a command of this kind; gives back any other.
pub fn update(state: &mut State, command: Command, ctx: &egui::Context) -> Option<Command> {
    if command == Command::ToggleTheme {
        toggle_theme(state, ctx);
        return None;
    }
    let motion = if state.settings.reduced_motion {
        Motion::None
    } else {
        Motion::Since(ctx.input(|input| input.time))
    };
    if let Command::Compare(Compare::JumpTo(side)) = command {
        if state.show_instance_in_tab(side)
            && let Some(session) = state.session_mut()
        {
            jump_to_picked(session, motion);
        }
        return None;
    }
    let is_copy = matches!(command, Command::Copy | Command::CopyMarkdown);
    if is_copy && let Some(copied) = state.comparison().and_then(text::of_comparison) {
        let is_markdown = command == Command::CopyMarkdown;
        copy(state, if is_markdown { copied.in_markdown() } else { copied }, ctx);
        return None;
    }
    let direction = state.settings.direction;
    let session = state.session_mut()?;
    match command {
        Command::Zoom(factor) => zoom(session, factor, ctx),
        Command::Pan(share) => pan(session, share),
        Command::FramePicked => frame_picked(session, motion),
        Command::FrameTime(range) => {
            let width_px = view(session, Axis::Time).width_px;
            jump(session, Axis::Time, Some(AxisView::framing(range, width_px, 0.0)), motion);
        }
        Command::Reveal => {
            if let Picked::Slice(slice) = session.picked {
                session.show_track_of(slice);
            }
            reveal_picked(session, motion);
        }
        Command::JumpTo(slice) => {
            session.pick(Picked::Slice(slice));
            jump_to_picked(session, motion);
        }
        Command::JumpToPicked => enter(session, motion),
        Command::Extend(step) => {
            session.extend(step, direction);
            reveal_picked(session, motion);
        }
        Command::ResetZoom => {
            let axis = axis(session);
            jump(session, axis, None, motion);
        }
        Command::Step(step) => {
            session.step(step, direction);
            reveal_picked(session, motion);
        }
        Command::StepHit(step) => {
            session.step_hit(step);
            reveal_picked(session, motion);
        }
        Command::Copy | Command::CopyMarkdown => {
            let copied = text::of_active_view(session);
            let is_markdown = command == Command::CopyMarkdown;
            let copied = if is_markdown { copied.map(Copied::in_markdown) } else { copied };
            if let Some(copied) = copied {
                copy(state, copied, ctx);
            }
        }
        Command::Source(InSource::StepCostly(step)) => step_costly(session, step),
        Command::CopyText(text) => ctx.copy_text(text),
        Command::CopyStack => {
            if let Some(text) = text::of_stack(session) {
                ctx.copy_text(text);
            }
        }
        other => return Some(other),
    }
    None
}

fn toggle_theme(state: &mut State, ctx: &egui::Context) {
    state.theme = None;
    state.settings.theme = match ctx.theme() {
        egui::Theme::Dark => ThemeChoice::Light,
        egui::Theme::Light => ThemeChoice::Dark,
    };
}

/// Goes to a costly instruction where instructions are in front, else to a costly line.
fn step_costly(session: &mut Session, step: isize) {
    if session.layout.active == View::Assembly {
        return session.update(Command::Assembly(InAssembly::StepCostly(step)));
    }
    session.update(Command::Source(InSource::StepCostly(step)));
    session.layout.show(View::Source);
    session.focus(View::Source);
}

/// Puts a table on the clipboard.
fn copy(state: &mut State, copied: Copied, ctx: &egui::Context) {
    ctx.copy_text(copied.text);
    if let Some(n_left_out) = copied.n_left_out {
        state.notify(format!(
            "Copied the first {} rows, without {n_left_out} more; \
             `rview report FILE --all` prints them all",
            text::MAX_ROWS
        ));
    }
}

/// An axis that charts share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Of the timeline and the flame chart, in nanoseconds.
    Time,
    /// Of the flame graph, in weight.
    Weight,
    /// Of what called the function of the sandwich, in weight.
    Callers,
    /// Of what it called, in weight.
    Callees,
}

impl Axis {
    /// What charts of this axis call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Weight => "weight",
            Self::Callers => "callers",
            Self::Callees => "callees",
        }
    }

    /// That of a half of the sandwich.
    pub fn of_half(half: Half) -> Self {
        match half {
            Half::Callers => Self::Callers,
            Half::Callees => Self::Callees,
        }
    }

    /// The half of the sandwich that it is of.
    fn half(self) -> Option<Half> {
        match self {
            Self::Callers => Some(Half::Callers),
            Self::Callees => Some(Half::Callees),
            Self::Time | Self::Weight => None,
        }
    }
}

/// A jump on its way, eased out, so that the eye can follow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glide {
    axis: Axis,
    from: AxisView,
    /// Where it ends; `None` is all of the axis.
    to: Option<AxisView>,
    /// When it started, in seconds of the window's clock.
    since: f64,
}

/// How long a jump takes, in seconds.
const GLIDE: f64 = 0.12;

/// Moves the charts of the file in front as far as their jump has come.
pub fn glide(state: &mut State, ctx: &egui::Context) {
    let Some(session) = state.session_mut() else { return };
    let Some(glide) = session.glide else { return };
    let share = (ctx.input(|input| input.time) - glide.since) / GLIDE;
    if share >= 1.0 {
        session.glide = None;
        set_view(session, glide.axis, glide.to);
        return;
    }
    let bounds = bounds(session, glide.axis);
    let width_px = glide.from.width_px;
    let to = glide.to.unwrap_or_else(|| AxisView::framing(bounds.clone(), width_px, 0.0));
    let eased = 1.0 - (1.0 - share.max(0.0)).powi(3);
    let view = AxisView::lerp(&glide.from, &to, eased).within(bounds);
    set_view(session, glide.axis, Some(view));
    ctx.request_repaint();
}

/// The axis that keys act on.
fn axis(session: &Session) -> Axis {
    if session.axis == Axis::Time && session.timeline.is_empty() {
        Axis::Weight
    } else {
        session.axis
    }
}

/// All of an axis, never empty.
pub fn bounds(session: &Session, axis: Axis) -> std::ops::Range<i64> {
    match axis {
        Axis::Weight => 0..session.trees().map_or(1, |trees| trees.flame.width()).max(1),
        Axis::Time => time_bounds(&session.document.profile),
        Axis::Callers => session.sandwich.bounds(Half::Callers),
        Axis::Callees => session.sandwich.bounds(Half::Callees),
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

fn view(session: &Session, axis: Axis) -> AxisView {
    let view = match axis {
        Axis::Weight => session.flame_view,
        Axis::Time => session.timeline.view,
        Axis::Callers => session.sandwich.view(Half::Callers),
        Axis::Callees => session.sandwich.view(Half::Callees),
    };
    let bounds = bounds(session, axis);
    match view {
        Some(view) => view.within(bounds),
        None => AxisView::framing(bounds, 1000.0, 0.0),
    }
}

fn set_view(session: &mut Session, axis: Axis, view: Option<AxisView>) {
    match axis {
        Axis::Weight => session.flame_view = view,
        Axis::Time => session.timeline.view = view,
        Axis::Callers => session.sandwich.set_view(Half::Callers, view),
        Axis::Callees => session.sandwich.set_view(Half::Callees, view),
    }
}

/// Goes to another part of an axis, at once or eased.
fn jump(session: &mut Session, axis: Axis, to: Option<AxisView>, motion: Motion) {
    session.glide = match motion {
        Motion::None => None,
        Motion::Since(since) => Some(Glide { axis, from: view(session, axis), to, since }),
    };
    if session.glide.is_none() {
        set_view(session, axis, to);
    }
}

/// Whether jumps are eased.
#[derive(Clone, Copy)]
enum Motion {
    /// They are not.
    None,
    /// They are, from this time of the window's clock on.
    Since(f64),
}

/// Zooms about the pointer where it is over a chart of the axis, else about the middle.
fn zoom(session: &mut Session, factor: f64, ctx: &egui::Context) {
    let axis = axis(session);
    let (view, bounds) = (view(session, axis), bounds(session, axis));
    let about = axis_input::pointer_share(ctx, axis.name()).unwrap_or(0.5);
    session.glide = None;
    set_view(session, axis, Some(view.zoomed(view.width_px * about, factor, bounds)));
}

fn pan(session: &mut Session, share: f64) {
    let axis = axis(session);
    let (view, bounds) = (view(session, axis), bounds(session, axis));
    session.glide = None;
    set_view(session, axis, Some(view.panned(view.width_px * share, bounds)));
}

/// The part of an axis that what is picked takes up.
fn picked_range(session: &Session, axis: Axis) -> Option<std::ops::Range<i64>> {
    match axis {
        Axis::Weight => Some(session.trees()?.flame.span(picked_node(session)?.raw())),
        Axis::Time => session.picked_range_ns(),
        Axis::Callers | Axis::Callees => {
            let (half, row) = session.sandwich.cursor?;
            let row = u32::try_from(row).ok()?;
            (axis.half() == Some(half))
                .then(|| session.sandwich.tree(half).map(|tree| tree.flame().span(row)))?
        }
    }
}

fn frame_picked(session: &mut Session, motion: Motion) {
    let axis = axis(session);
    let width_px = view(session, axis).width_px;
    if let Some(range) = picked_range(session, axis) {
        jump(session, axis, Some(AxisView::framing(range, width_px, 0.0)), motion);
    }
}

/// How much of the window is left free on either side of what was jumped to.
const MARGIN: f64 = 0.25;

/// The least time that a jump shows: closer, nothing is around what was jumped to.
const LEAST_NS: i64 = 100;

/// Selects the cell of the heat map that keys act on; else goes to the picked slice.
fn enter(session: &mut Session, motion: Motion) {
    if !session.select_cell() {
        jump_to_picked(session, motion);
    }
}

/// Goes to the picked slice on the timeline: zoomed so that it can be told from what is around.
fn jump_to_picked(session: &mut Session, motion: Motion) {
    let Picked::Slice(slice) = session.picked else { return };
    session.show_track_of(slice);
    session.axis = Axis::Time;
    let slices = session.document.profile.slices();
    let start = slices.start_ns(slice);
    let range = start..slices.end_ns(slice).max(start.saturating_add(LEAST_NS));
    let (width_px, bounds) = (view(session, Axis::Time).width_px, bounds(session, Axis::Time));
    let to = AxisView::framing(range, width_px, width_px * MARGIN).within(bounds);
    jump(session, Axis::Time, Some(to), motion);
}

/// Brings what is picked on screen if it is not: in its middle, or as large as it fits.
fn reveal_picked(session: &mut Session, motion: Motion) {
    let axis = match (session.picked, session.sandwich.cursor) {
        (Picked::Slice(_), _) => Axis::Time,
        (_, Some((half, _))) if session.layout.active == View::Sandwich => Axis::of_half(half),
        _ => Axis::Weight,
    };
    let (view, bounds) = (view(session, axis), bounds(session, axis));
    let Some(range) = picked_range(session, axis) else { return };
    let (left, right) = (view.px_of(range.start), view.px_of(range.end));
    if right > 1.0 && left < view.width_px - 1.0 {
        return;
    }
    let to = if right - left < view.width_px {
        view.panned(left.midpoint(right) - view.width_px / 2.0, bounds)
    } else {
        AxisView::framing(range, view.width_px, 0.0)
    };
    jump(session, axis, Some(to), motion);
}

fn picked_node(session: &Session) -> Option<NodeId> {
    let trees = session.trees()?;
    match session.picked {
        Picked::Function(function) => {
            let tree = &trees.tree;
            let nodes = tree.ids().filter(|&node| tree.function(node) == function);
            nodes.max_by_key(|&node| tree.total_of(node))
        }
        _ => trees.tree.node_of_path(session.picked_path()?),
    }
}
