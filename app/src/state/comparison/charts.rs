//! What of the flame graphs of a comparison is on screen, and the way from box to box in them.

use rview_core::{AxisView, FlameLayout, PairNodeId};

use super::{Comparison, ComparisonView, PickedPair};
use crate::comparison::{Compared, Layout};
use crate::state::Step;

/// How wide charts are before they have been on screen, in pixels.
const UNSEEN: f64 = 1000.0;

/// Which part of a box fills a chart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zoom {
    node: PairNodeId,
    /// Where in it the chart starts and ends, as shares of its width.
    part: [f64; 2],
    width_px: f64,
}

impl Zoom {
    /// The smallest box that is as wide as what is on screen; `None` when it is no single box.
    pub(super) fn of(compared: &Compared, layout: Layout, view: &AxisView) -> Option<Self> {
        let (tree, flame) = (&compared.paired.tree, compared.layout(layout));
        let range = view.range();
        let covers = |&node: &PairNodeId| {
            let span = flame.span(node.raw());
            span.start <= range.start && range.end <= span.end && !span.is_empty()
        };
        let mut node = tree.roots().find(covers)?;
        while let Some(child) = tree.children(node).find(covers) {
            node = child;
        }
        let span = flame.span(node.raw());
        let width = (span.end - span.start) as f64;
        let share = |at: i64| (at - span.start) as f64 / width;
        let part = [share(range.start), share(range.end)];
        Some(Self { node, part, width_px: view.width_px })
    }

    /// The same part of the same box in another layout; where it has no width, its nearest
    /// caller that has.
    pub(super) fn seen(&self, compared: &Compared, layout: Layout) -> Option<AxisView> {
        let (tree, flame) = (&compared.paired.tree, compared.layout(layout));
        let mut callers = std::iter::successors(Some(self.node), |&node| tree.parent(node));
        let node = callers.find(|&node| !flame.span(node.raw()).is_empty())?;
        let part = if node == self.node { self.part } else { [0.0, 1.0] };
        let span = flame.span(node.raw());
        let width = (span.end - span.start) as f64;
        #[expect(clippy::cast_possible_truncation, reason = "a part of a range of integers")]
        let at = |share: f64| span.start + (share * width).round() as i64;
        let start = at(part[0]);
        let range = start..at(part[1]).max(start + 1);
        Some(AxisView::framing(range, self.width_px, 0.0))
    }
}

/// All of a flame graph, never empty.
pub fn bounds(flame: &FlameLayout) -> std::ops::Range<i64> {
    0..flame.width().max(1)
}

/// The same part of a chart in a new answer, found by the names of functions.
pub(super) fn followed(
    before: &Compared,
    (now, layout): (&Compared, Layout),
    view: Option<AxisView>,
) -> Option<AxisView> {
    let zoom = Zoom::of(before, layout, &view?)?;
    let node = now.paired.node_like(&before.paired, zoom.node)?;
    Zoom { node, ..zoom }.seen(now, layout)
}

impl Comparison {
    /// The layout that keys act on.
    fn front_layout(&self) -> Layout {
        match self.view {
            ComparisonView::SideBySide => Layout::of_side(self.front_side),
            _ => self.layout,
        }
    }

    fn front_view(&self, compared: &Compared) -> AxisView {
        let view = match self.view {
            ComparisonView::SideBySide => self.side_views[self.front_side],
            _ => self.flame_view,
        };
        let bounds = bounds(compared.layout(self.front_layout()));
        view.unwrap_or_else(|| AxisView::framing(bounds, UNSEEN, 0.0))
    }

    fn set_front_view(&mut self, view: Option<AxisView>) {
        match self.view {
            ComparisonView::SideBySide => self.set_side_view(self.front_side, view),
            _ => self.flame_view = view,
        }
    }

    /// Shows a part of the flame graph of one side, and the same of the other.
    pub(super) fn set_side_view(&mut self, side: usize, view: Option<AxisView>) {
        self.front_side = side;
        self.side_views[side] = view;
        let other = 1 - side;
        let followed = self.compared.as_ref().zip(view).and_then(|(compared, view)| {
            let zoom = Zoom::of(compared, Layout::of_side(side), &view)?;
            zoom.seen(compared, Layout::of_side(other))
        });
        self.side_views[other] = followed;
    }

    pub(super) fn reset_zoom(&mut self) {
        self.set_front_view(None);
    }

    pub(super) fn zoom(&mut self, factor: f64) {
        let Some(compared) = self.compared.clone() else { return };
        let view = self.front_view(&compared);
        let bounds = bounds(compared.layout(self.front_layout()));
        self.set_front_view(Some(view.zoomed(view.width_px * 0.5, factor, bounds)));
    }

    pub(super) fn pan(&mut self, share: f64) {
        let Some(compared) = self.compared.clone() else { return };
        let view = self.front_view(&compared);
        let bounds = bounds(compared.layout(self.front_layout()));
        self.set_front_view(Some(view.panned(view.width_px * share, bounds)));
    }

    /// What is picked, as a box: of a function, where it is widest.
    pub(super) fn picked_box(&self) -> Option<PairNodeId> {
        let compared = self.compared.as_ref()?;
        match self.picked {
            PickedPair::Nothing => None,
            PickedPair::Node(node) => Some(node),
            PickedPair::Function(pair) => {
                let (tree, flame) = (&compared.paired.tree, compared.layout(self.front_layout()));
                let width = |&node: &PairNodeId| {
                    let span = flame.span(node.raw());
                    span.end - span.start
                };
                tree.ids().filter(|&node| tree.function(node) == pair).max_by_key(width)
            }
        }
    }

    pub(super) fn frame_picked(&mut self) {
        let Some((compared, node)) = self.compared.clone().zip(self.picked_box()) else { return };
        let span = compared.layout(self.front_layout()).span(node.raw());
        if !span.is_empty() {
            let width_px = self.front_view(&compared).width_px;
            self.set_front_view(Some(AxisView::framing(span, width_px, 0.0)));
        }
    }

    /// Brings what is picked on screen if it is not.
    pub(super) fn reveal(&mut self) {
        let Some((compared, node)) = self.compared.clone().zip(self.picked_box()) else { return };
        let (view, span) =
            (self.front_view(&compared), compared.layout(self.front_layout()).span(node.raw()));
        let is_seen = view.px_of(span.end) > 1.0 && view.px_of(span.start) < view.width_px - 1.0;
        if self.is_chart() && !is_seen {
            self.frame_picked();
        }
    }

    /// Up goes to the caller, down to the first callee that is seen, left and right along the row.
    pub(super) fn step_in_chart(&mut self, step: Step) {
        let Some(compared) = self.compared.clone() else { return };
        let (tree, flame) = (&compared.paired.tree, compared.layout(self.front_layout()));
        let is_seen = |&node: &PairNodeId| !flame.span(node.raw()).is_empty();
        let Some(node) = self.picked_box() else {
            if let Some(root) = tree.roots().find(is_seen) {
                self.pick(PickedPair::Node(root));
            }
            return;
        };
        let next = match step {
            Step::Up => tree.parent(node),
            Step::Down => tree.children(node).find(is_seen),
            Step::Left | Step::Right => {
                let row = flame.row(tree.depth(node) as usize);
                let at = flame.place_in_row(node.raw());
                let node_at = |&node: &u32| PairNodeId::from_index(node as usize);
                if step == Step::Left {
                    row[..at].iter().rev().map(node_at).find(is_seen)
                } else {
                    row[at + 1..].iter().map(node_at).find(is_seen)
                }
            }
        };
        if let Some(next) = next {
            self.pick(PickedPair::Node(next));
            self.reveal();
        }
    }
}
