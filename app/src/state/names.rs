//! Better names for an open file, which come while the user looks at it.
//!
//! What is open, picked and zoomed to is a call path, and stays where it is on screen.

use std::sync::Arc;

use rview_core::{AxisView, NodeId, PathId, Renamed};
use rview_formats::{Job, Options};

use super::{Picked, Session, TabId, View};
use crate::analysis::{Named, RenamedBase, Trees};
use crate::navigate;
use crate::worker::Worker;

/// The box that fills the window most, and where it was.
struct Anchor {
    /// Its callers are in the chart too, up to the root.
    path: PathId,
    depth: u32,
    /// From the left edge of the window to that of the box, in weight.
    offset: i64,
    view: AxisView,
}

impl Session {
    /// Starts the job that looks up lines and inlined functions, if there may be any.
    pub(super) fn start_naming(&mut self, tab: TabId, options: Options, worker: &mut Worker) {
        if self.document.modules.iter().any(|module| module.from.may_have_lines()) {
            let job = Arc::new(Job::new(options));
            self.naming = Some(Arc::clone(&job));
            worker.name(tab, &self.document, &self.base, self.question.clone(), job);
        }
    }

    /// Leaves names as they are.
    pub fn stop_naming(&self) {
        if let Some(job) = &self.naming {
            job.cancel();
        }
    }

    /// Takes better names, once they come with the answer to what is asked.
    pub(super) fn take_names(
        &mut self,
        tab: TabId,
        named: Option<Box<Named>>,
        worker: &mut Worker,
    ) {
        let Some(named) = named else {
            self.naming = None;
            return;
        };
        let Some(better) = &named.renamed else {
            // Nothing but what was looked for is new.
            self.document = named.document;
            self.naming = None;
            return;
        };
        // The user may have changed the shape since the job started.
        if better.question != self.question || !Arc::ptr_eq(&better.before, &self.base) {
            worker.answer_named(tab, named, &self.base, self.question.clone());
            return;
        }
        self.naming = None;
        self.document = named.document;
        if let Some(better) = named.renamed {
            self.take_renamed(better, worker);
        }
    }

    /// Takes the answer to a question in another shape, unless the question has changed again.
    pub(super) fn take_shape(&mut self, reshaped: RenamedBase, worker: &Worker) {
        self.asked = None;
        if reshaped.question == self.question {
            self.take_renamed(reshaped, worker);
        }
    }

    fn take_renamed(&mut self, better: RenamedBase, worker: &Worker) {
        self.follow(&better);
        self.asked = None;
        self.document.profile = Arc::clone(&better.base.shaped.profile);
        worker.discard(std::mem::replace(&mut self.base, better.base));
        self.timeline.refresh(&self.document.profile, &self.base);
        // Files may be known by now.
        if View::Source.is_of(&self.base) && self.layout.tile(View::Source).is_none() {
            self.layout.add(View::Source);
        }
        worker.discard(self.trees.replace((better.question, better.trees)));
        // The functions that are found and listed have other ids.
        self.search.found = Arc::default();
        self.functions.rows.clear();
        self.bottom_up.cursor = None;
        self.listed = None;
        self.open_some();
        self.refresh_rows();
        self.find_places();
    }

    /// Opens the heaviest rows of the call tree where all roots are closed.
    fn open_some(&mut self) {
        let Some((_, trees)) = &self.trees else { return };
        let outline = &mut self.call_tree.outline;
        let is_any_open = trees.tree.roots().any(|root| outline.is_open(trees.tree.path(root)));
        if !is_any_open && let Some(root) = trees.tree.roots().next() {
            outline.open_heaviest(&trees.tree, root);
        }
    }

    /// Puts what is open, picked and zoomed to where its call path is.
    fn follow(&mut self, better: &RenamedBase) {
        let RenamedBase { base, trees, renamed, .. } = better;
        let is_regrouped = base.shaped.shape.group_by != self.base.shaped.shape.group_by;
        let paths = [&self.base.paths, &base.paths];
        self.call_tree.outline = renamed.outline(&self.call_tree.outline, paths);
        self.picked = match self.picked {
            Picked::Path(path) => {
                let function = || renamed.function(self.base.paths.function(path));
                let path = heaviest(renamed, trees, path).map(Picked::Path);
                path.or_else(|| function().map(Picked::Function)).unwrap_or_default()
            }
            Picked::Sample(path, sample) => heaviest(renamed, trees, path)
                .map_or(Picked::Nothing, |path| Picked::Sample(path, sample)),
            Picked::Function(function) => {
                renamed.function(function).map_or(Picked::Nothing, Picked::Function)
            }
            other => other,
        };
        self.assembly.follow(|function| renamed.function(function));
        let name = self.distribution.name.and_then(|name| renamed.function(name));
        self.forget_slices(name);
        self.sandwich.follow(|function| renamed.function(function));
        self.source.follow(|function| renamed.function(function));
        let mut inverted = trees.inverted.clone();
        inverted.open_as_renamed(&self.bottom_up.tree, |function| renamed.function(function));
        self.bottom_up.tree = inverted;
        self.glide = None;
        match self.anchor() {
            // Who groups wants to see the groups.
            Some(anchor) if !is_regrouped => self.keep(&anchor, renamed, trees),
            _ => self.flame_view = None,
        }
    }

    /// The call path of the box that fills the flame graph, when only a part of it is shown.
    pub(super) fn zoomed_path(&self) -> Option<PathId> {
        self.anchor().map(|anchor| anchor.path)
    }

    /// The deepest box that covers all of the window, when only a part of the chart is shown.
    fn anchor(&self) -> Option<Anchor> {
        let (view, trees) = (self.flame_view?, self.trees()?);
        let (flame, middle) = (&trees.flame, view.at_px(view.width_px / 2.0));
        let mut deepest = None;
        for row in 0..flame.n_rows() {
            let Some(node) = flame.hit(row, middle) else { break };
            let span = flame.span(node);
            if span.end - span.start < view.range().end - view.range().start && deepest.is_some() {
                break;
            }
            deepest = Some((node, span.start));
        }
        let (node, start) = deepest?;
        let node = NodeId::from_index(node as usize);
        let (path, depth) = (trees.tree.path(node), trees.tree.depth(node));
        Some(Anchor { path, depth, offset: start - view.range().start, view })
    }

    /// Moves the window to where its box is now.
    fn keep(&mut self, anchor: &Anchor, renamed: &Renamed, trees: &Trees) {
        self.flame_view = None;
        let Some(path) = heaviest(renamed, trees, anchor.path) else { return };
        let Some(node) = trees.tree.node_of_path(path) else { return };
        let start = trees.flame.span(node.raw()).start - anchor.offset;
        let view = AxisView::new(start, anchor.view.units_per_px, anchor.view.width_px);
        let bounds = 0..trees.flame.width().max(1);
        self.flame_view = Some(navigate::fitted(view, anchor.view.width_px).within(bounds));
        self.flame_rows_added = trees.tree.depth(node) as f32 - anchor.depth as f32;
    }
}

/// Of what a path has become, what weighs most.
fn heaviest(renamed: &Renamed, trees: &Trees, path: PathId) -> Option<PathId> {
    let total = |&path: &PathId| {
        let node = trees.tree.node_of_path(path);
        node.map_or(0, |node| trees.tree.total_of(node).unsigned_abs())
    };
    renamed.paths(path).max_by_key(total)
}
