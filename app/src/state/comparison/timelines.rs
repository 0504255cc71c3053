//! The timelines of both sides, which show the same part of time and select it together.

use std::ops::Range;
use std::sync::Arc;

use rview_core::{AxisView, SliceId};

use super::{Comparison, ComparisonView, PickedPair};
use crate::command::{Ask, Command};
use crate::comparison::Compared;
use crate::navigate;
use crate::state::{Content, Picked, Session, State};

/// How wide timelines are before they have been on screen, in pixels.
const UNSEEN: f64 = 1000.0;

/// How much of a timeline is left free on either side of a slice that is shown.
const MARGIN: f64 = 0.25;

impl State {
    /// The open file of one side of a comparison.
    pub fn session_of_side(&self, comparison: &Comparison, side: usize) -> Option<&Session> {
        let id = comparison.sides[side].tab;
        match &self.tabs.iter().find(|tab| tab.id == id)?.content {
            Content::Open(session) => Some(session),
            _ => None,
        }
    }

    /// The same of the comparison in front, to change what is shown of it.
    fn side_mut(&mut self, side: usize) -> Option<&mut Session> {
        let id = self.comparison()?.sides[side].tab;
        self.session_of(id)
    }

    /// The time that both timelines of a comparison show: as long as the longer of the two, so
    /// that as wide is as long in both.
    pub fn time_of_both(&self, comparison: &Comparison) -> Range<i64> {
        let session = |side| self.session_of_side(comparison, side);
        let sessions = [session(0), session(1)].into_iter().flatten();
        let ends = sessions.map(|session| navigate::time_bounds(&session.document.profile).end);
        0..ends.max().unwrap_or(1)
    }

    /// Applies a command to the file of one side. Time is shown and selected on both.
    pub(super) fn update_side(&mut self, side: usize, command: Command) {
        if let Some(comparison) = self.comparison_mut() {
            comparison.front_side = side;
        }
        match command {
            Command::SetTimeView(_) | Command::Ask(Ask::Range(_)) => {
                for side in [0, 1] {
                    if let Some(session) = self.side_mut(side) {
                        session.update(command.clone());
                    }
                }
            }
            Command::Pick(picked) => self.pick_in_side(side, picked),
            Command::JumpTo(slice) => {
                self.pick_in_side(side, Picked::Slice(slice));
                self.frame_in_timelines(true);
            }
            Command::FrameTime(range) => self.show_time(range, 0.0),
            command => {
                if let Some(session) = self.side_mut(side) {
                    session.update(command);
                }
            }
        }
    }

    /// Picks something on one side, and what it is compared with on the other.
    fn pick_in_side(&mut self, side: usize, picked: Picked) {
        let Some(session) = self.side_mut(side) else { return };
        session.pick(picked);
        let function = session.picked_function();
        let Some(comparison) = self.comparison_mut() else { return };
        comparison.counterpart_of = None;
        let Some(compared) = comparison.compared.clone() else { return };
        // Ids are of what is compared only as long as both tabs show that.
        if !self.shows_what_is_compared(&compared) {
            return;
        }
        let Some(comparison) = self.comparison_mut() else { return };
        let profile = compared.paired.sources[side].profile();
        if let Picked::Slice(slice) = picked {
            let name = profile.function_name(profile.slices().name(slice)).to_owned();
            comparison.wanted.slice = Some(name);
            comparison.counterpart_of = Some((side, slice));
            return;
        }
        let pair = function.map(|function| compared.paired.functions.of(side, function));
        comparison.pick(pair.map_or(PickedPair::Nothing, PickedPair::Function));
        let counterpart = pair.and_then(|pair| compared.paired.function(pair).of[1 - side]);
        let counterpart = counterpart.map_or(Picked::Nothing, Picked::Function);
        if let Some(other) = self.other_side_mut(side) {
            other.pick(counterpart);
        }
    }

    /// Whether the tabs of both sides still show what an answer is of.
    fn shows_what_is_compared(&self, compared: &Compared) -> bool {
        let Some(comparison) = self.comparison() else { return false };
        (0..2).all(|side| {
            self.session_of_side(comparison, side).is_some_and(|session| {
                Arc::ptr_eq(&session.base, &compared.paired.sources[side].base)
            })
        })
    }

    /// The file of the other side, where that is another file.
    fn other_side_mut(&mut self, side: usize) -> Option<&mut Session> {
        let [a, b] = self.comparison()?.sides.each_ref().map(|side| side.tab);
        (a != b).then(|| self.side_mut(1 - side)).flatten()
    }

    /// Picks the slice that a picked one is compared with, once it is known which that is.
    pub(super) fn pick_counterpart(&mut self, at: usize) {
        let Some(Content::Comparison(comparison)) = self.tabs.get_mut(at).map(|it| &mut it.content)
        else {
            return;
        };
        let Some((side, slice)) = comparison.counterpart_of else { return };
        if comparison.is_stale() {
            return;
        }
        comparison.counterpart_of = None;
        let Some(compared) = &comparison.compared else { return };
        let Some((_, found)) = &compared.instances else { return };
        let place = found.rows.iter().position(|row| row.of[side] == Some(slice));
        let row = comparison.instances.rows.iter().position(|&it| Some(it as usize) == place);
        comparison.instances.picked = row;
        let counterpart = place.and_then(|place| found.rows[place].of[1 - side]);
        let document = Some(Arc::clone(&compared.paired.sources[1 - side].document.profile));
        let [a, b] = comparison.sides.each_ref().map(|side| side.tab);
        let id = comparison.sides[1 - side].tab;
        // What a tab shows may have been read again since.
        let is_of_answer = |session: &&mut Session| {
            document.as_ref().is_some_and(|it| Arc::ptr_eq(it, &session.document.profile))
        };
        if let Some(session) = self.session_of(id).filter(is_of_answer).filter(|_| a != b) {
            session.pick(counterpart.map_or(Picked::Nothing, Picked::Slice));
            if let Some(slice) = counterpart {
                session.show_track_of(slice);
            }
        }
    }

    /// Applies a key that moves the timelines of the comparison in front; gives back any other.
    pub(super) fn update_timelines(&mut self, command: Command) -> Option<Command> {
        let Some(comparison) = self.comparison() else { return Some(command) };
        if comparison.view != ComparisonView::Timelines {
            return Some(command);
        }
        let side = comparison.front_side;
        let bounds = self.time_of_both(comparison);
        let view = self.session_of_side(comparison, side).and_then(|it| it.timeline.view);
        let view = view.unwrap_or_else(|| AxisView::framing(bounds.clone(), UNSEEN, 0.0));
        let to = match command {
            Command::Zoom(factor) => Some(view.zoomed(view.width_px * 0.5, factor, bounds)),
            Command::Pan(share) => Some(view.panned(view.width_px * share, bounds)),
            Command::ResetZoom => None,
            Command::FramePicked => {
                self.frame_in_timelines(true);
                return None;
            }
            Command::SetSearch(ref text) => {
                for side in [0, 1] {
                    if let Some(session) = self.side_mut(side) {
                        session.set_search(text.clone());
                    }
                }
                return Some(command);
            }
            Command::Step(step) => {
                let direction = self.settings.direction;
                self.step_in_timelines(|session| session.step(step, direction));
                return None;
            }
            Command::StepHit(step) => {
                self.step_in_timelines(|session| {
                    session.axis = navigate::Axis::Time;
                    session.step_hit(step);
                });
                return None;
            }
            other => return Some(other),
        };
        self.update_side(side, Command::SetTimeView(to));
        None
    }

    /// Goes to another slice on the side that keys act on, with its counterpart on the other side.
    fn step_in_timelines(&mut self, step: impl FnOnce(&mut Session)) {
        let Some(side) = self.comparison().map(|comparison| comparison.front_side) else { return };
        let Some(session) = self.side_mut(side) else { return };
        session.keys_on_time = true;
        step(session);
        let picked = session.picked;
        self.pick_in_side(side, picked);
        self.frame_in_timelines(false);
    }

    /// Shows the picked slice of the side that keys act on: as large as it fits, or only if it is
    /// out of sight.
    fn frame_in_timelines(&mut self, is_wanted: bool) {
        let Some(comparison) = self.comparison() else { return };
        let side = comparison.front_side;
        let bounds = self.time_of_both(comparison);
        let Some(session) = self.session_of_side(comparison, side) else { return };
        let view = session.timeline.view;
        let view = view.unwrap_or_else(|| AxisView::framing(bounds.clone(), UNSEEN, 0.0));
        let Some(range) = session.picked_range_ns() else { return };
        let is_seen = view.px_of(range.end) > 1.0 && view.px_of(range.start) < view.width_px - 1.0;
        if is_seen && !is_wanted {
            return;
        }
        self.show_time(range, MARGIN);
    }

    /// Shows a part of time on both sides, with some of its width free on either side of it.
    fn show_time(&mut self, range: Range<i64>, margin: f64) {
        let Some(comparison) = self.comparison() else { return };
        let side = comparison.front_side;
        let bounds = self.time_of_both(comparison);
        let view = self.session_of_side(comparison, side).and_then(|it| it.timeline.view);
        let width_px = view.map_or(UNSEEN, |view| view.width_px);
        let range = range.start..range.end.max(range.start.saturating_add(1));
        let to = AxisView::framing(range, width_px, width_px * margin).within(bounds);
        self.update_side(side, Command::SetTimeView(Some(to)));
    }

    /// The slice that is picked on one side of a comparison.
    pub fn picked_slice_of_side(&self, comparison: &Comparison, side: usize) -> Option<SliceId> {
        match self.session_of_side(comparison, side)?.picked {
            Picked::Slice(slice) => Some(slice),
            _ => None,
        }
    }
}
