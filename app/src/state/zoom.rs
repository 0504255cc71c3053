//! The zoom of a flame graph by call path, so that it survives another question.

use std::ops::Range;

use rview_core::{AxisView, NodeId, PathId};

use crate::analysis::Trees;

/// Which part of a box fills a flame graph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Zoom {
    /// The smallest box that is as wide as the graph.
    path: PathId,
    /// Where in it the graph starts and ends, as shares of its width.
    part: [f64; 2],
}

impl Zoom {
    /// What a view of an answer shows; `None` when it is no single box.
    pub(super) fn of(trees: &Trees, view: &AxisView) -> Option<Self> {
        let range = view.range();
        let covers = |node: NodeId| {
            let span = trees.flame.span(node.raw());
            span.start <= range.start && range.end <= span.end && !span.is_empty()
        };
        let mut node = trees.tree.roots().find(|&root| covers(root))?;
        while let Some(child) = trees.tree.children(node).find(|&child| covers(child)) {
            node = child;
        }
        let span = trees.flame.span(node.raw());
        let width = (span.end - span.start) as f64;
        let share = |at: i64| (at - span.start) as f64 / width;
        Some(Self { path: trees.tree.path(node), part: [share(range.start), share(range.end)] })
    }

    /// The same part of the same box in another answer; `None` when it has no such box.
    pub(super) fn in_answer(&self, trees: &Trees, width_px: f64) -> Option<AxisView> {
        let node = trees.tree.node_of_path(self.path)?;
        let span = trees.flame.span(node.raw());
        if span.is_empty() {
            return None;
        }
        Some(AxisView::framing(self.part_of(&span), width_px, 0.0))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a part of a range of integers")]
    fn part_of(&self, span: &Range<i64>) -> Range<i64> {
        let width = (span.end - span.start) as f64;
        let at = |share: f64| span.start + (share * width).round() as i64;
        let start = at(self.part[0]);
        start..at(self.part[1]).max(start + 1)
    }
}
