//! Bars side by side over an axis, with marks, and what is under the pointer in words.

use egui::{Align2, Color32, Pos2, Rect, Sense, Stroke, Ui, Vec2, accesskit};

use crate::theme::{self, Palette};

/// One bar.
pub struct Bar {
    /// How high it is.
    pub count: u64,
    /// What it stands for, in words: what it says itself, and what is said on hover.
    pub words: String,
    /// Whether a gap is left after it: what follows is of another scale.
    pub is_apart: bool,
}

/// A place on the axis.
pub struct Place {
    /// In bars from the left edge of the first.
    pub at: f32,
    /// What is written there.
    pub label: String,
    /// Places of a smaller number are written first, others where there is room left.
    pub rank: u8,
}

/// Bars and what is written at them.
pub struct Histogram<'a> {
    /// What it is, in words.
    pub name: &'a str,
    /// Left to right, equally wide.
    pub bars: &'a [Bar],
    /// What is written below.
    pub ticks: &'a [Place],
    /// Lines from top to bottom.
    pub marks: &'a [Place],
    /// The color of bars.
    pub ink: Color32,
}

/// Height of the labels below.
const AXIS: f32 = 18.0;
/// Height of the labels of marks above.
const TOP: f32 = 18.0;
/// Space between labels.
const GAP: f32 = 12.0;
/// How wide a bar is at most, so that few do not look like a wall.
const WIDEST: f32 = 48.0;

impl Histogram<'_> {
    /// Paints it into a rectangle.
    pub fn show(&self, ui: &mut Ui, rect: Rect) {
        let palette = Palette::from(ui);
        let response = ui.interact(rect, ui.scope_id().with("histogram"), Sense::hover());
        response
            .widget_info(|| egui::WidgetInfo::labeled(accesskit::Role::Figure, true, self.name));
        let most = self.bars.iter().map(|bar| bar.count).max().unwrap_or_default().max(1);
        let font = theme::mono(theme::CAPTION);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let top = painter.layout_no_wrap(grouped(most), font.clone(), palette.muted);
        let left = rect.left() + top.size().x.max(24.0) + 8.0;
        let plot = Rect::from_min_max(
            Pos2::new(left, rect.top() + TOP),
            Pos2::new(rect.right(), rect.bottom() - AXIS),
        );
        let width = (plot.width() / self.bars.len().max(1) as f32).min(WIDEST);
        let x = |at: f32| plot.left() + at * width;
        let end = x(self.bars.len() as f32);
        let line = Stroke::new(1.0, palette.hairline);
        painter.hline(plot.left()..=end, plot.top(), line);
        painter.hline(plot.left()..=end, plot.bottom(), Stroke::new(1.0, palette.muted));
        let middle = plot.top() - top.size().y / 2.0;
        painter.galley(Pos2::new(left - 6.0 - top.size().x, middle), top, palette.muted);
        for (at, bar) in self.bars.iter().enumerate() {
            let column = Rect::from_min_max(
                Pos2::new(x(at as f32), plot.top()),
                Pos2::new(x(at as f32 + 1.0), plot.bottom()),
            );
            self.bar(ui, column, at, bar, most);
        }
        self.labels(ui, rect, plot, &x);
    }

    fn bar(&self, ui: &mut Ui, column: Rect, at: usize, bar: &Bar, most: u64) {
        let palette = Palette::from(ui);
        let id = ui.scope_id().with(("bar", at));
        let response = ui.interact(column, id, Sense::hover());
        if bar.count > 0 {
            response.widget_info(|| {
                egui::WidgetInfo::labeled(accesskit::Role::ListItem, true, &bar.words)
            });
        }
        let is_hovered = response.hovered() && !bar.words.is_empty();
        if is_hovered {
            ui.painter().rect_filled(column, 0.0, palette.hover());
        }
        if bar.count > 0 {
            #[expect(clippy::cast_possible_truncation, reason = "a share")]
            let share = (bar.count as f64 / most as f64) as f32;
            let height = (column.height() * share).max(2.0);
            let gap = if column.width() > 4.0 { 1.0 } else { 0.0 };
            let filled = Rect::from_min_max(
                Pos2::new(column.left(), column.bottom() - height),
                Pos2::new(column.right() - gap, column.bottom()),
            );
            ui.painter().rect_filled(filled, 0.0, self.ink);
        }
        if bar.is_apart {
            let line = Stroke::new(1.0, palette.hairline);
            ui.painter().vline(column.right() + column.width() / 2.0, column.y_range(), line);
        }
        if is_hovered {
            response.on_hover_ui_at_pointer(|ui| {
                ui.label(&bar.words);
            });
        }
    }

    /// Labels of ticks below, those of one rank all or none, so that they are evenly apart; above
    /// those of marks.
    fn labels(&self, ui: &Ui, rect: Rect, plot: Rect, x: &dyn Fn(f32) -> f32) {
        let palette = Palette::from(ui);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let layout = |place: &Place, ink| {
            painter.layout_no_wrap(place.label.clone(), theme::mono(theme::CAPTION), ink)
        };
        let room_of = |place: &Place, ink| {
            let half = layout(place, ink).size().x / 2.0;
            let most = (rect.right() - half).max(rect.left() + half);
            let center = x(place.at).clamp(rect.left() + half, most);
            egui::Rangef::new(center - half, center + half)
        };
        let is_free = |room: egui::Rangef, taken: &[egui::Rangef]| {
            taken.iter().all(|other| other.max + GAP <= room.min || room.max + GAP <= other.min)
        };
        let mut taken: Vec<egui::Rangef> = Vec::new();
        let most = self.ticks.iter().map(|tick| tick.rank).max().unwrap_or_default();
        for rank in 0..=most {
            let before = taken.len();
            let of_rank = self.ticks.iter().filter(|tick| tick.rank == rank);
            for tick in of_rank.clone() {
                taken.push(room_of(tick, palette.muted));
            }
            let fits = (before..taken.len()).all(|at| is_free(taken[at], &taken[..at]));
            if !fits {
                taken.truncate(before);
                break;
            }
            for (tick, room) in of_rank.zip(&taken[before..]) {
                let stroke = Stroke::new(1.0, palette.muted);
                painter.vline(x(tick.at), plot.bottom()..=plot.bottom() + 4.0, stroke);
                let at = Pos2::new(room.min, plot.bottom() + 4.0);
                painter.galley(at, layout(tick, palette.muted), palette.muted);
            }
        }
        self.mark_labels(&painter, rect, plot, x, palette.text);
        if self.bars.is_empty() {
            let font = theme::sans(theme::BODY);
            painter.text(rect.center(), Align2::CENTER_CENTER, "–", font, palette.muted);
        }
    }

    /// Lines of marks with their labels, from the left: one that meets the one before it stands
    /// right of it.
    fn mark_labels(
        &self,
        painter: &egui::Painter,
        rect: Rect,
        plot: Rect,
        x: &dyn Fn(f32) -> f32,
        ink: Color32,
    ) {
        let mut marks: Vec<&Place> = self.marks.iter().collect();
        marks.sort_by(|a, b| a.at.total_cmp(&b.at));
        let galleys: Vec<_> = marks
            .iter()
            .map(|mark| {
                painter.layout_no_wrap(mark.label.clone(), theme::mono(theme::CAPTION), ink)
            })
            .collect();
        let mut lefts: Vec<f32> = Vec::with_capacity(marks.len());
        for (mark, galley) in marks.iter().zip(&galleys) {
            let after = lefts.last().zip(galleys.get(lefts.len().wrapping_sub(1)));
            let free =
                after.map_or(rect.left(), |(left, galley)| left + galley.size().x + GAP / 2.0);
            lefts.push((x(mark.at) - galley.size().x / 2.0).max(free));
        }
        // Those that reach beyond the right edge go left, and those in their way with them.
        let mut right = rect.right();
        for (left, galley) in lefts.iter_mut().zip(&galleys).rev() {
            *left = left.min(right - galley.size().x);
            right = *left - GAP / 2.0;
        }
        for ((mark, left), galley) in marks.iter().zip(lefts).zip(galleys) {
            let at = x(mark.at);
            let dash = Stroke::new(1.0, ink.gamma_multiply(0.7));
            let ends = [Pos2::new(at, plot.top() - 2.0), Pos2::new(at, plot.bottom())];
            painter.extend(egui::Shape::dashed_line(&ends, dash, 3.0, 3.0));
            painter.galley(Pos2::new(left, rect.top()), galley, ink);
        }
    }

    /// How much room it needs at least.
    pub fn least() -> Vec2 {
        Vec2::new(160.0, TOP + AXIS + 48.0)
    }
}

fn grouped(count: u64) -> String {
    rview_core::units::group_digits(i64::try_from(count).unwrap_or(i64::MAX))
}
