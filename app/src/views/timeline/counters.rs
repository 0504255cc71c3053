//! Counters: a stepped line over a thin fill, with the values at its edges.

use egui::{Align2, Pos2, Rect, Ui};
use rview_core::CounterId;
use rview_core::units::{format_number, format_time};

use super::tracks::Area;
use crate::theme::{self, Palette, color};
use crate::views::tooltip;
use crate::widgets::box_chart::BoxChart;

/// Room for the values at the edges, in the gutter.
pub(super) const EDGES: f32 = 64.0;

/// Space between them and the chart.
const PADDING: f32 = 8.0;

/// How large the point is that marks a value, in points.
const POINT: f32 = 2.5;

impl Area<'_> {
    /// A counter over time. 0 is always on the axis, so that heights can be compared.
    pub fn counter(&self, ui: &Ui, counter: CounterId) {
        let rect = self.rect;
        let profile = &self.session.document.profile;
        let counters = profile.counters();
        let (times, values) = (counters.times_ns(counter), counters.values(counter));
        let palette = Palette::from(ui);
        let name = profile.text(counters.row(counter).name);
        let line = color::function_color(name, "", color::ColorMode::Function, ui.theme());
        let lod = &self.session.base.counters[counter.index()];
        let [low, high] = lod.extent(values).unwrap_or_default();
        let (low, high) = (low.min(0.0), high.max(0.0));
        let scale = f64::from(rect.height() - 2.0) / (high - low).max(f64::MIN_POSITIVE);
        #[expect(clippy::cast_possible_truncation, reason = "a height on screen")]
        let y_of = |value: f64| rect.height() - ((value - low) * scale) as f32 - 1.0;
        let mut chart = BoxChart::new(ui, rect);
        let fill = color::mix(palette.window, line, 0.25);
        let mut columns = Vec::new();
        lod.columns(times, values, &self.view, &mut columns);
        let zero = y_of(0.0);
        for column in columns.iter().filter(|column| column.min <= column.max) {
            let (top, bottom) = (y_of(column.max), y_of(column.min));
            let x = [column.x, column.x + 1.0];
            chart.fill(x, [top.min(zero), bottom.max(zero).min(rect.height())], fill);
            chart.fill(x, [top - 1.0, bottom.max(top) + 0.5], line);
        }
        chart.finish(self.chart_id(("counter", counter)));
        edges(ui, rect, [low, high]);
        let Some(pointer) = self.response.hover_pos() else { return };
        let at = self.view.at_px(f64::from((pointer.x - rect.left()) * ui.pixels_per_point()));
        let Some(row) = times.partition_point(|&time| time <= at).checked_sub(1) else { return };
        let (value, since) = (values[row], times[row]);
        if value.is_finite() {
            let at = Pos2::new(pointer.x, rect.top() + y_of(value));
            let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
            painter.circle(at, POINT, line, (1.0, palette.text));
        }
        self.response.clone().on_hover_ui_at_pointer(|ui| {
            ui.label(name);
            let short = format_number(value);
            let exact = format!("{value}");
            let is_rounded = short.parse() != Ok(value);
            let next = times.get(row + 1);
            #[expect(clippy::cast_possible_truncation, reason = "a step of a few digits")]
            let step = self.view.units_per_px.max(1.0) as i64;
            let mut pairs = vec![("Value", short), ("Since", format_time(since, step))];
            pairs.extend(next.map(|&next| ("Until", format_time(next, step))));
            tooltip::pairs(ui, &pairs);
            if is_rounded {
                tooltip::note(ui, &format!("to the last digit {exact}"));
            }
        });
    }
}

/// What the upper and the lower edge stand for, in the gutter beside them.
fn edges(ui: &Ui, rect: Rect, [low, high]: [f64; 2]) {
    if low >= high {
        return;
    }
    let ink = Palette::from(ui).muted;
    let right = rect.left() - PADDING;
    for (y, align, value) in
        [(rect.top(), Align2::RIGHT_TOP, high), (rect.bottom(), Align2::RIGHT_BOTTOM, low)]
    {
        let font = theme::mono(theme::CAPTION);
        ui.painter().text(Pos2::new(right, y), align, format_number(value), font, ink);
    }
}
