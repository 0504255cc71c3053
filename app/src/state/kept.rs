//! What stays as it is when a file is read again: the question, the panes, and, by the names on
//! their call paths, what is zoomed to and picked.

use rview_core::{NodeId, PathId, Wants};

use super::{Labels, Layout, Picked, Session};
use crate::analysis::{Question, Trees};
use crate::navigate::Axis;

/// What a file that is read again keeps of itself.
pub(crate) struct Kept {
    question: Question,
    /// What is added up, by name.
    measure: Option<String>,
    layout: Layout,
    axis: Axis,
    labels: Labels,
    search: String,
    places: Places,
}

/// Places in the call tree by the names on the way to them, root first.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The box that fills the flame graph.
    zoom: Option<Vec<String>>,
    picked: Option<Vec<String>>,
    open: Vec<Vec<String>>,
}

/// Rows of the call tree that stay open: more nobody has opened one by one.
const MAX_OPEN: usize = 10_000;

impl Kept {
    /// The same for a recording that starts so much earlier.
    pub(super) fn go_on(&mut self, later_ns: i64) {
        if let Some(range) = &mut self.question.range_ns {
            range.start = range.start.saturating_add(later_ns);
            range.end = range.end.saturating_add(later_ns);
        }
    }
}

impl Session {
    /// What is kept when the file is read again.
    pub(super) fn kept(&mut self) -> Kept {
        let measure = self.question.measure.map(|measure| measure.name(&self.document.profile));
        let names = |path: PathId| self.names_of(path);
        let open = self.trees().map(|trees| {
            let paths = trees.tree.ids().map(|node| trees.tree.path(node));
            paths.filter(|&path| self.call_tree.outline.is_open(path)).take(MAX_OPEN)
        });
        let places = Places {
            zoom: self.zoomed_path().map(names),
            picked: self.picked_path().map(names),
            open: open.into_iter().flatten().map(names).collect(),
        };
        Kept {
            question: self.question.clone(),
            measure,
            layout: std::mem::replace(
                &mut self.layout,
                Layout::new(super::View::FlameGraph, |_| false),
            ),
            axis: self.axis,
            labels: self.labels.kept(),
            search: self.search.text.clone(),
            places,
        }
    }

    fn names_of(&self, path: PathId) -> Vec<String> {
        let (profile, paths) = (&self.document.profile, &self.base.paths);
        let names = paths.walk_to_root(path);
        let mut names: Vec<String> =
            names.map(|path| profile.function_name(paths.function(path)).to_owned()).collect();
        names.reverse();
        names
    }

    /// Makes a file that has just been read again what it was, as far as it still can be.
    pub(super) fn restore(&mut self, kept: Kept) {
        let profile = &self.document.profile;
        let mut question = kept.question;
        let all = rview_core::Measure::all(profile).into_iter();
        let measure = all.into_iter().find(|it| Some(it.name(profile)) == kept.measure);
        question.measure = measure.or(self.question.measure);
        question.thread = question.thread.filter(|id| id.index() < profile.threads().len());
        let end_ns = profile.duration_ns();
        question.range_ns = question.range_ns.filter(|range| range.end <= end_ns);
        let keys = rview_core::LabelGroups::keys(profile);
        question.labels.retain(|query| query.wants == Wants::Without || keys.contains(&query.key));
        let shape = &mut question.shape;
        shape.group_by = shape.group_by.take().filter(|by| self.base.groups.contains(by));
        if !self.base.granularities.contains(&shape.granularity) {
            shape.granularity = rview_core::Granularity::default();
        }
        self.question = question;
        self.layout = kept.layout;
        self.axis = kept.axis;
        self.labels = kept.labels;
        self.set_search(kept.search);
        self.places = Some(kept.places);
    }

    /// Goes to the places that were kept, once there is an answer to the question.
    pub(super) fn find_places(&mut self) {
        let Some(places) = self.places.take() else { return };
        let Some((_, trees)) = self.trees.clone() else { return };
        let find = |names: &[String]| self.find(&trees, names);
        let open: Vec<PathId> = places
            .open
            .iter()
            .filter_map(|names| find(names))
            .map(|n| trees.tree.path(n))
            .collect();
        let zoom = places.zoom.and_then(|names| find(&names));
        let picked = places.picked.and_then(|names| find(&names));
        for path in open {
            self.call_tree.outline.open(path);
        }
        if let Some(node) = zoom {
            let span = trees.flame.span(node.raw());
            self.flame_view = Some(rview_core::AxisView::framing(span, 1000.0, 0.0));
        }
        if let Some(node) = picked {
            self.picked = Picked::Path(trees.tree.path(node));
        }
        self.refresh_rows();
    }

    /// The node that is called so, all the way down.
    fn find(&self, trees: &Trees, names: &[String]) -> Option<NodeId> {
        let profile = &self.document.profile;
        let is_called =
            |node: &NodeId, name: &str| profile.function_name(trees.tree.function(*node)) == name;
        let (root, callees) = names.split_first()?;
        let mut node = trees.tree.roots().find(|node| is_called(node, root))?;
        for name in callees {
            node = trees.tree.children(node).find(|node| is_called(node, name))?;
        }
        Some(node)
    }
}
