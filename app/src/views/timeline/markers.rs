//! Markers: points in time with a name.

use egui::{Stroke, Ui};
use rview_core::{MarkerId, MarkerRun, Scope};

use super::tracks::Area;
use crate::command::{Command, Commands};
use crate::state::Picked;
use crate::theme::{self, Palette};
use crate::views::tooltip;
use crate::widgets::box_chart::BoxChart;

/// How wide a marker is, in points.
const WIDTH: f32 = 2.0;

/// How high a marker is over the activity of a closed row, in points.
const TICK: f32 = 6.0;

/// How near a marker counts as hit, in points.
const NEAR: f32 = 4.0;

impl Area<'_> {
    /// The markers of a scope in a row of their own, and what the pointer does there.
    pub fn markers(&self, ui: &Ui, scope: Scope, commands: &mut Commands) {
        let mut chart = BoxChart::new(ui, self.rect);
        let top = ((self.rect.height() - theme::CHART_ROW) / 2.0).max(0.0);
        let hovered =
            self.paint_markers(ui, &mut chart, [top, top + theme::CHART_ROW - 1.0], scope);
        chart.finish(self.chart_id(("markers", scope)));
        self.react_to_marker(hovered, commands);
    }

    /// The markers of a scope as ticks along the upper edge, without names.
    pub fn marker_ticks(&self, ui: &Ui, chart: &mut BoxChart, scope: Scope) {
        let ppp = ui.pixels_per_point();
        for run in self.marker_runs(scope) {
            chart.fill([run.x, run.x + WIDTH * ppp], [0.0, TICK], self.marker_ink(ui, run.first));
        }
    }

    /// Markers between `y`, each with its name where there is room before the next; gives the
    /// one under the pointer and how many share its place.
    pub fn paint_markers(
        &self,
        ui: &Ui,
        chart: &mut BoxChart,
        y: [f32; 2],
        scope: Scope,
    ) -> Option<(MarkerId, u32)> {
        let profile = &self.session.document.profile;
        let palette = Palette::from(ui);
        let ppp = ui.pixels_per_point();
        let runs = self.marker_runs(scope);
        for (i, run) in runs.iter().enumerate() {
            let x = [run.x, run.x + WIDTH * ppp];
            chart.fill(x, y, self.marker_ink(ui, run.first));
            let next = runs.get(i + 1).map_or(f32::INFINITY, |next| next.x);
            let name = profile.shown_name(profile.markers().name(run.first));
            let text = match run.n {
                1 => name.into_owned(),
                n => format!("{name} and {} more", n - 1),
            };
            let room = [x[1], next.min(x[1] + 240.0 * ppp)];
            chart.label(room, y, &text, palette.text);
            if self.session.picked == Picked::Marker(run.first) {
                let around = [x[0] - 2.0 * ppp, x[1] + 2.0 * ppp];
                chart.outline(around, y, Stroke::new(2.0, palette.accent));
            }
        }
        let pointer = self.response.hover_pos().filter(|_| self.response.contains_pointer())?;
        let at = pointer - self.rect.min;
        if !(y[0]..y[1]).contains(&at.y) {
            return None;
        }
        let distance = |run: &&MarkerRun| ((run.x + WIDTH * ppp / 2.0) / ppp - at.x).abs();
        let nearest = runs.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
        (distance(&nearest) <= NEAR).then_some((nearest.first, nearest.n))
    }

    /// Picks a marker, and says what is under the pointer.
    pub fn react_to_marker(&self, hovered: Option<(MarkerId, u32)>, commands: &mut Commands) {
        let Some((marker, n)) = hovered else { return };
        if self.response.clicked() {
            commands.push(Command::Pick(Picked::Marker(marker)));
        }
        self.response.clone().on_hover_ui_at_pointer(|ui| {
            tooltip::marker(ui, self.session, marker);
            if n > 1 {
                tooltip::note(ui, &format!("the first of {n} markers here"));
            }
        });
    }

    fn marker_runs(&self, scope: Scope) -> Vec<MarkerRun> {
        let mut runs = Vec::new();
        let markers = self.session.document.profile.markers();
        self.session.base.markers.visible(markers, scope, &self.view, &mut runs);
        runs
    }

    fn marker_ink(&self, ui: &Ui, marker: MarkerId) -> egui::Color32 {
        self.fill_of(ui, self.session.document.profile.markers().name(marker))
    }
}
