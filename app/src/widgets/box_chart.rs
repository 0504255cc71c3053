//! Rows of boxes with labels: what flame graphs, flame charts and tracks are made of.
//!
//! Boxes go to the GPU in one call, labels are egui text on top, outlines on top of both.

use egui::{Color32, Id, Painter, Pos2, Rect, Stroke, StrokeKind, Ui, Vec2};

use super::elide::{Elide, elide};
use crate::gpu::{self, BoxInstance};
use crate::theme;

/// A chart under construction. Positions along x are physical pixels from the left of the
/// chart, along y points from the top of it.
pub struct BoxChart {
    painter: Painter,
    rect: Rect,
    /// The part of `rect` that is on screen: what the GPU is asked to paint into may not reach
    /// beyond the screen.
    visible: Rect,
    pixels_per_point: f32,
    char_width: f32,
    boxes: Vec<BoxInstance>,
    labels: Vec<(Rect, String, Color32)>,
    outlines: Vec<(Rect, Stroke)>,
}

/// More labels than this nobody reads; each costs a few microseconds.
const MAX_LABELS: usize = 1500;

impl BoxChart {
    /// An empty chart over a rectangle of the screen.
    pub fn new(ui: &Ui, rect: Rect) -> Self {
        let visible = rect.intersect(ui.clip_rect());
        let painter = ui.painter().with_clip_rect(visible);
        let font = theme::mono(theme::CAPTION);
        let char_width = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
        Self {
            pixels_per_point: painter.pixels_per_point(),
            painter,
            rect,
            visible,
            char_width,
            boxes: Vec::new(),
            labels: Vec::new(),
            outlines: Vec::new(),
        }
    }

    /// A filled box; `y` are its upper and lower edge.
    pub fn fill(&mut self, x: [f32; 2], y: [f32; 2], fill: Color32) {
        let offset = (self.rect.min - self.visible.min) * self.pixels_per_point;
        let y = y.map(|y| y * self.pixels_per_point + offset.y);
        let x = x.map(|x| x + offset.x);
        self.boxes.push(BoxInstance::new(x, y, fill));
    }

    /// A label in a box, where it fits. It stays in view while its box is partly scrolled out.
    pub fn label(&mut self, x: [f32; 2], y: [f32; 2], text: &str, ink: Color32) {
        self.label_after(x, y, "", text, ink);
    }

    /// The same behind a mark that is never cut: where there is no room for both, a mark with a word
    /// stands alone.
    pub fn label_after(&mut self, x: [f32; 2], y: [f32; 2], mark: &str, text: &str, ink: Color32) {
        let mut rect = self.rect_in_screen(x, y);
        if !self.visible.intersects(rect) {
            return;
        }
        // Kept in view along the row only: a row that is cut shows the cut label.
        rect.min.x = rect.min.x.max(self.visible.min.x);
        rect.max.x = rect.max.x.min(self.visible.max.x);
        if rect.width() < theme::MIN_LABEL_WIDTH || self.labels.len() >= MAX_LABELS {
            return;
        }
        let room = (rect.width() - 2.0 * theme::LABEL_PADDING) / self.char_width;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a width in letters"
        )]
        let room = room.max(0.0) as usize;
        let n_letters = |text: &str| text.chars().count();
        if let Some(text) = elide(text, room.saturating_sub(n_letters(mark)), Elide::Name) {
            self.labels.push((rect, format!("{mark}{text}"), ink));
            return;
        }
        let mark = mark.trim_end();
        if mark.contains(' ') && n_letters(mark) <= room {
            self.labels.push((rect, mark.to_owned(), ink));
        }
    }

    /// An outline inside a box.
    pub fn outline(&mut self, x: [f32; 2], y: [f32; 2], stroke: Stroke) {
        self.outlines.push((self.rect_in_screen(x, y), stroke));
    }

    fn rect_in_screen(&self, x: [f32; 2], y: [f32; 2]) -> Rect {
        let [left, right] = x.map(|x| self.rect.left() + x / self.pixels_per_point);
        let [top, bottom] = y.map(|y| self.rect.top() + y);
        Rect::from_min_max(Pos2::new(left, top), Pos2::new(right, bottom))
    }

    /// Paints everything.
    pub fn finish(self, id: Id) {
        if self.visible.is_positive() {
            gpu::paint(&self.painter, id, self.visible, self.boxes);
        }
        let font = theme::mono(theme::CAPTION);
        for (rect, text, ink) in self.labels {
            let galley = self.painter.layout_no_wrap(text, font.clone(), ink);
            let offset = Vec2::new(theme::LABEL_PADDING, (rect.height() - galley.size().y) / 2.0);
            self.painter.galley(rect.min + offset, galley, ink);
        }
        for (rect, stroke) in self.outlines {
            self.painter.rect_stroke(rect, 0.0, stroke, StrokeKind::Inside);
        }
    }
}
