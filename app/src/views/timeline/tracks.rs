//! What tracks show: activity, lanes of slices, sampled stacks.

use egui::{Color32, Id, Rect, Response, Stroke, Ui};
use rview_core::{AxisView, FunctionId, PathId, Scope, SliceId, ThreadId};

use crate::command::{Command, Commands};
use crate::state::{Picked, Session, TrackRow};
use crate::theme::{self, Palette, color};
use crate::views::{box_menu, tooltip};
use crate::widgets::box_chart::BoxChart;

/// Paints tracks of a file over one part of time.
#[derive(Clone, Copy)]
pub struct Area<'a> {
    /// The file.
    pub session: &'a Session,
    /// The part of time on screen.
    pub view: AxisView,
    /// Which chart of the window this is.
    pub id: &'static str,
    /// Where it is on screen.
    pub rect: Rect,
    /// What the pointer does there.
    pub response: &'a Response,
}

/// How wide the steps of an activity are, in points: narrower ones make a comb of a thread that
/// shares its processor with others, and a comb reads as idle.
const BAR: f32 = 6.0;

/// How near a thin box counts as hit, in physical pixels.
const NEAR_PX: f64 = 3.0;

impl Area<'_> {
    /// How busy a thread was, and its markers.
    pub fn activity(&self, ui: &Ui, thread: ThreadId) {
        let palette = Palette::from(ui);
        let mut bars = Vec::new();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some pixels")]
        let bar_px = (BAR * ui.pixels_per_point()).round() as u32;
        let (base, measure) = (&self.session.base, self.session.shown_measure());
        if let Some(activity) = base.activity_in(measure, thread) {
            activity.bars(&self.view, bar_px, &mut bars);
        }
        let mut chart = BoxChart::new(ui, self.rect);
        let [peak, mean, line] =
            [0.2, 0.5, 1.0].map(|share| color::mix(palette.window, palette.muted, share));
        let height = self.rect.height();
        let top_of = |load: f32| height - (height * load.min(1.0)).max(1.0);
        for bar in &bars {
            // Boxes leave a pixel to the next one; steps of one curve do not.
            let (x, top) = ([bar.x0, bar.x1 + 1.0], top_of(bar.mean));
            chart.fill(x, [top_of(bar.peak), top], peak);
            chart.fill(x, [top, height], mean);
            chart.fill(x, [top, top + 1.0], line);
        }
        self.marker_ticks(ui, &mut chart, Scope::Thread(thread));
        chart.finish(self.chart_id(("activity", thread)));
    }

    /// The lanes of slices of a row.
    pub fn lanes(&self, ui: &Ui, row: &TrackRow, commands: &mut Commands) {
        self.unpick(commands);
        let mut chart = BoxChart::new(ui, self.rect);
        let hovered = self.paint_lanes(ui, &mut chart, 0.0, row);
        chart.finish(self.chart_id(("lanes", row.key)));
        self.react(hovered, commands);
    }

    /// All of a thread: markers, sampled stacks, lanes of slices, from top to bottom.
    pub fn open_thread(&self, ui: &Ui, row: &TrackRow, thread: ThreadId, commands: &mut Commands) {
        self.unpick(commands);
        let mut chart = BoxChart::new(ui, self.rect);
        let mut top = 0.0;
        if row.n_marker_rows > 0 {
            let y = [0.0, theme::CHART_ROW - 1.0];
            let marker = self.paint_markers(ui, &mut chart, y, Scope::Thread(thread));
            self.react_to_marker(marker, commands);
            top += theme::CHART_ROW;
        }
        if row.n_stack_rows > 0 {
            let measure = self.session.shown_measure();
            if let Some(samples) = self.session.base.chart(measure, thread) {
                self.paint_stacks(ui, &mut chart, top, samples, commands);
            }
            top += row.n_stack_rows as f32 * theme::CHART_ROW;
        }
        let hovered = self.paint_lanes(ui, &mut chart, top, row);
        chart.finish(self.chart_id(("thread", thread)));
        self.react(hovered, commands);
    }

    pub(super) fn chart_id(&self, key: impl std::hash::Hash + std::fmt::Debug) -> Id {
        Id::unique((self.id, key))
    }

    pub(super) fn fill_of(&self, ui: &Ui, function: FunctionId) -> Color32 {
        let fill = self.session.base.color(function, ui.theme());
        let found = self.session.search.functions();
        if found.is_some_and(|found| !found.contains(function)) {
            color::mix(Palette::from(ui).window, fill, 0.25)
        } else {
            fill
        }
    }

    /// The ink of a label on a box: quiet where the search finds something else.
    fn ink_of(&self, ui: &Ui, function: FunctionId, fill: Color32) -> Color32 {
        let found = self.session.search.functions();
        if found.is_some_and(|found| !found.contains(function)) {
            Palette::from(ui).muted
        } else {
            color::ink_on(fill)
        }
    }

    /// Paints lanes from `top` points on; gives the slice under the pointer.
    fn paint_lanes(
        &self,
        ui: &Ui,
        chart: &mut BoxChart,
        top: f32,
        row: &TrackRow,
    ) -> Option<(SliceId, u32, f32)> {
        let (rect, response) = (self.rect, self.response);
        let profile = &self.session.document.profile;
        let (slices, palette) = (profile.slices(), Palette::from(ui));
        let pointer = response.hover_pos().filter(|_| response.contains_pointer());
        let mut hovered = None;
        let mut runs = Vec::new();
        let lanes = row.track.into_iter().flat_map(|track| profile.tracks().lanes(track));
        let clip = ui.clip_rect();
        for (i, lane) in lanes.enumerate() {
            let y = top + i as f32 * theme::CHART_ROW;
            let in_screen = rect.top() + y;
            if in_screen > clip.bottom() || in_screen + theme::CHART_ROW < clip.top() {
                continue;
            }
            let y = [y, y + theme::CHART_ROW - 1.0];
            runs.clear();
            self.session.base.slices.visible(slices, lane, &self.view, &mut runs);
            for run in &runs {
                let slice = SliceId::from_index(run.first as usize);
                let function = slices.name(slice);
                let mut fill = self.fill_of(ui, function);
                if run.n > 1 {
                    fill = color::at_coverage(palette.window, fill, run.coverage);
                }
                chart.fill([run.x0, run.x1], y, fill);
                if run.n == 1 {
                    let ink = self.ink_of(ui, function, fill);
                    chart.label([run.x0, run.x1], y, &profile.shown_name(function), ink);
                }
            }
            if let Picked::Slice(picked) = self.session.picked
                && profile.slices().lane_slices(lane).contains(&picked.index())
            {
                chart.outline(self.x_of_slice(picked), y, Stroke::new(2.0, palette.accent));
            }
            let Some(pointer) = pointer else { continue };
            if (in_screen..in_screen + theme::CHART_ROW).contains(&pointer.y) {
                let px = f64::from((pointer.x - rect.left()) * ui.pixels_per_point());
                let lod = &self.session.base.slices;
                let at = self.view.at_px(px);
                let within = self.view.at_px(px + NEAR_PX).saturating_sub(at);
                let hit = lod.nearest(slices, lane, at, within);
                #[expect(clippy::cast_possible_truncation, reason = "a position on screen")]
                let px = px as f32;
                hovered = hit.map(|slice| {
                    let run = runs.iter().find(|run| run.x0 <= px && px < run.x1.max(run.x0 + 1.0));
                    let (n, coverage) = run.map_or((1, 1.0), |run| (run.n, run.coverage));
                    (slice, n, coverage)
                });
                if let Some((slice, ..)) = hovered {
                    chart.outline(self.x_of_slice(slice), y, Stroke::new(1.0, palette.text));
                }
            }
        }
        hovered
    }

    /// Where a slice is, at least two pixels wide.
    fn x_of_slice(&self, slice: SliceId) -> [f32; 2] {
        let slices = self.session.document.profile.slices();
        let x0 = self.view.x_of(slices.start_ns(slice));
        [x0, self.view.x_of(slices.end_ns(slice)).max(x0 + 2.0)]
    }

    /// Picks nothing when what was clicked is empty; shows the menu of what is picked.
    fn unpick(&self, commands: &mut Commands) {
        if self.response.clicked() || self.response.secondary_clicked() {
            commands.push(Command::Pick(Picked::Nothing));
        }
        let session = self.session;
        self.response.context_menu(|ui| box_menu::ui(ui, session, commands));
    }

    /// Picks and zooms to slices, and says what is under the pointer.
    fn react(&self, hovered: Option<(SliceId, u32, f32)>, commands: &mut Commands) {
        let response = self.response;
        let Some((slice, n, coverage)) = hovered else { return };
        if response.clicked() || response.double_clicked() || response.secondary_clicked() {
            commands.push(Command::Pick(Picked::Slice(slice)));
        }
        if response.double_clicked() {
            let slices = self.session.document.profile.slices();
            let range = slices.start_ns(slice)..slices.end_ns(slice);
            commands.push(Command::FrameTime(range));
        }
        response.clone().on_hover_ui_at_pointer(|ui| {
            tooltip::slice(ui, self.session, slice);
            if n > 1 {
                tooltip::several(ui, n, "slices", coverage);
            }
        });
    }

    /// Sampled stacks, one for a pixel column where many samples share it.
    fn paint_stacks(
        &self,
        ui: &Ui,
        chart: &mut BoxChart,
        top: f32,
        samples: &rview_core::SampleChart,
        commands: &mut Commands,
    ) {
        let (rect, response) = (self.rect, self.response);
        let profile = &self.session.document.profile;
        let paths = &self.session.base.paths;
        let palette = Palette::from(ui);
        let mut boxes = Vec::new();
        let clip = ui.clip_rect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row")]
        let row_at = |y: f32| ((y - rect.top() - top) / theme::CHART_ROW).max(0.0) as u32;
        samples.visible(&self.view, row_at(clip.top())..row_at(clip.bottom()) + 1, &mut boxes);
        let ppp = ui.pixels_per_point();
        let pointer = response.hover_pos().map(|pos| {
            ((pos.x - rect.left()) * ppp, (pos.y - rect.top() - top) / theme::CHART_ROW)
        });
        let mut hovered = None;
        for stack in &boxes {
            let function = paths.function(stack.path);
            let fill = self.fill_of(ui, function);
            let y = top + stack.depth as f32 * theme::CHART_ROW;
            let (x, y) = ([stack.x0, stack.x1], [y, y + theme::CHART_ROW - 1.0]);
            chart.fill(x, y, fill);
            let ink = self.ink_of(ui, function, fill);
            chart.label(x, y, &profile.shown_name(function), ink);
            if self.is_picked(stack.path) {
                chart.outline(x, y, Stroke::new(2.0, palette.accent));
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a row")]
            let is_under = |(px, row): (f32, f32)| {
                (x[0]..x[1].max(x[0] + 1.0)).contains(&px)
                    && row as u32 == stack.depth
                    && row >= 0.0
            };
            if pointer.is_some_and(is_under) {
                chart.outline(x, y, Stroke::new(1.0, palette.text));
                hovered = Some(*stack);
            }
        }
        let Some(stack) = hovered else { return };
        if response.clicked() || response.double_clicked() || response.secondary_clicked() {
            let at = pointer.map_or(stack.x0, |(px, _)| px);
            let sample = samples.hit(self.view.at_px(f64::from(at)));
            commands.push(Command::Pick(self.pick_of(stack.path, sample)));
        }
        if response.double_clicked() {
            let at = |x: f32| self.view.at_px(f64::from(x));
            commands.push(Command::FrameTime(at(stack.x0)..at(stack.x1).max(at(stack.x0) + 1)));
        }
        response.clone().on_hover_ui_at_pointer(|ui| {
            match self.session.trees().and_then(|trees| trees.tree.node_of_path(stack.path)) {
                Some(node) => tooltip::node(ui, self.session, node),
                None => {
                    ui.label(profile.shown_name(paths.function(stack.path)));
                }
            }
            let share = (stack.share * 100.0).round();
            let noun = if stack.n == 1 { "sample" } else { "samples" };
            tooltip::note(ui, &format!("{} {noun} here, {share} % of them in this stack", stack.n));
        });
    }

    fn is_picked(&self, path: PathId) -> bool {
        match self.session.picked {
            Picked::Path(picked) | Picked::Sample(picked, _) => picked == path,
            _ => false,
        }
    }

    /// What a click on a box picks: the sample too, if the file says more of it.
    fn pick_of(&self, path: PathId, sample: Option<u32>) -> Picked {
        let branches = self.session.document.profile.branches();
        match sample.filter(|&sample| branches.of_sample(sample as usize).is_some()) {
            Some(sample) => Picked::Sample(path, sample),
            None => Picked::Path(path),
        }
    }
}
