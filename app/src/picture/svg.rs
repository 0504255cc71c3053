//! The boxes of a flame graph as SVG.

use std::fmt::{self, Write as _};

use egui::{Color32, Theme};
use rview_core::units::format_percent;
use rview_core::{AxisView, BoxRun, NodeId};

use crate::analysis::Trees;
use crate::navigate::{self, Axis};
use crate::settings::Direction;
use crate::state::Session;
use crate::theme::{self, Palette, color};
use crate::widgets::elide::{Elide, elide};

/// Height of the line that says what is shown.
const CAPTION_ROW: f32 = 24.0;

/// How wide a letter of the labels is, in points: that of most monospace fonts.
const LETTER: f32 = 6.7;

/// What of the flame graph is on screen, as wide as it is there; `None` where there is none.
///
/// Each box says its name and its weight when the pointer is on it, and in search.
pub fn flame_graph(
    session: &Session,
    direction: Direction,
    theme: Theme,
    width: f32,
) -> Option<String> {
    let (_, trees) = session.trees.as_ref().filter(|(_, trees)| !trees.tree.is_empty())?;
    let bounds = navigate::bounds(session, Axis::Weight);
    let width = width.max(100.0);
    let view = session.flame_view.map_or_else(
        || AxisView::framing(bounds.clone(), f64::from(width), 0.0),
        |view| navigate::fitted(view, f64::from(width)).within(bounds.clone()),
    );
    let graph = Graph { session, trees, view, direction, theme, width };
    let mut svg = String::new();
    graph.write(&mut svg).ok()?;
    Some(svg)
}

struct Graph<'a> {
    session: &'a Session,
    trees: &'a Trees,
    view: AxisView,
    direction: Direction,
    theme: Theme,
    width: f32,
}

impl Graph<'_> {
    fn write(&self, svg: &mut String) -> fmt::Result {
        let palette = Palette::of(self.theme);
        let flame = &self.trees.flame;
        let mut rows: Vec<Vec<BoxRun>> = Vec::new();
        for row in 0..flame.n_rows() {
            let mut runs = Vec::new();
            flame.visible(row, &self.view, &mut runs);
            rows.push(runs);
        }
        while rows.pop_if(|runs| runs.is_empty()).is_some() {}
        let (width, height) =
            (self.width, CAPTION_ROW + rows.len() as f32 * theme::CHART_ROW + 8.0);
        writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"JetBrains Mono, monospace\" \
             font-size=\"{}\">",
            theme::CAPTION
        )?;
        let window = hex(palette.window);
        writeln!(svg, "<rect width=\"{width}\" height=\"{height}\" fill=\"{window}\"/>")?;
        let (caption, ink) = (xml(&self.caption()), hex(palette.muted));
        writeln!(svg, "<text x=\"4\" y=\"16\" fill=\"{ink}\">{caption}</text>")?;
        for (at, runs) in rows.iter().enumerate() {
            let from_top = match self.direction {
                Direction::Icicle => at,
                Direction::Flame => rows.len() - 1 - at,
            };
            let y = CAPTION_ROW + from_top as f32 * theme::CHART_ROW;
            for run in runs {
                self.write_box(svg, run, y)?;
            }
        }
        svg.write_str("</svg>\n")
    }

    /// What the picture is of.
    fn caption(&self) -> String {
        let profile = &self.session.document.profile;
        let name = crate::state::title_of(&self.session.document.input);
        let question = self.session.trees.as_ref().map(|(question, _)| question);
        let Some(measure) = question.and_then(|question| question.measure) else { return name };
        let total = measure.unit(profile).format(self.trees.tree.total());
        format!("{name} · {total} of {}", measure.name(profile))
    }

    fn write_box(&self, svg: &mut String, run: &BoxRun, y: f32) -> fmt::Result {
        let (tree, profile) = (&self.trees.tree, &self.session.document.profile);
        let node = NodeId::from_index(run.first as usize);
        let function = tree.function(node);
        let mut fill = if tree.has_negative() {
            color::signed(tree.total_of(node), self.theme)
        } else {
            self.session.base.color(function, self.theme)
        };
        if run.n > 1 {
            fill = color::at_coverage(Palette::of(self.theme).window, fill, run.coverage);
        }
        let (left, right) = (run.x0.max(0.0), run.x1.min(self.width));
        let gap = if right - left > 2.0 { 0.5 } else { 0.0 };
        let (width, height) = ((right - left - gap).max(0.1), theme::CHART_ROW - 1.0);
        let shape = format!(
            "<rect x=\"{left:.2}\" y=\"{y}\" width=\"{width:.2}\" height=\"{height}\" \
             fill=\"{}\"/>",
            hex(fill)
        );
        if run.n > 1 {
            return writeln!(svg, "{shape}");
        }
        let name = profile.shown_name(function);
        let title = xml(&self.title(node, &name));
        write!(svg, "<g><title>{title}</title>{shape}")?;
        let room = right - left - 2.0 * theme::LABEL_PADDING;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters")]
        let n_letters = (room / LETTER).max(0.0) as usize;
        if right - left >= theme::MIN_LABEL_WIDTH
            && let Some(label) = elide(&name, n_letters, Elide::Name)
        {
            let ink = if color::ink_on(fill) == Color32::WHITE { "#fff" } else { "#111" };
            let (x, y) = (left + theme::LABEL_PADDING, y + 12.5);
            let label = xml(&label);
            write!(svg, "<text x=\"{x:.2}\" y=\"{y}\" fill=\"{ink}\">{label}</text>")?;
        }
        svg.write_str("</g>\n")
    }

    /// A box in words.
    fn title(&self, node: NodeId, name: &str) -> String {
        let tree = &self.trees.tree;
        let question = self.session.trees.as_ref().map(|(question, _)| question);
        let Some(measure) = question.and_then(|question| question.measure) else {
            return name.to_owned();
        };
        let unit = measure.unit(&self.session.document.profile);
        let total = tree.total_of(node);
        let share = format_percent(total, tree.reference());
        format!("{name}\n{}, {share} of all", unit.format(total))
    }
}

fn hex(color: Color32) -> String {
    let [r, g, b, _] = color.to_array();
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A text in XML: without what would be markup, and without the letters that XML has no way to
/// write.
fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            _ if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('\u{fffd}');
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        assert_eq!(xml("Vec<&str>::\"f\"\u{1}"), "Vec&lt;&amp;str&gt;::&quot;f&quot;\u{fffd}");
    }
}
