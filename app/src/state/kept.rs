//! What stays as it is when a file is read again, or opened another day: the question, the panes,
//! the tracks, and, by the names on their call paths, what is zoomed to and picked.

mod panes;
mod question;
mod tracks;

use rview_core::{AxisView, FunctionKey, NodeId, PathId, SliceId};
use serde::{Deserialize, Serialize};

use self::panes::Panes;
use self::question::{KeptFunction, KeptQuestion};
use self::tracks::{KeptTracks, TrackName};
use super::{Labels, Layout, Picked, Session, View};
use crate::analysis::Trees;
use crate::listing::Sort;
use crate::navigate::Axis;

/// What a file keeps of itself, by the names in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    question: KeptQuestion,
    search: String,
    /// The view that keys act on.
    front: Option<String>,
    panes: Option<Panes>,
    tracks: KeptTracks,
    chart_thread: Option<TrackName>,
    keys_on_time: bool,
    call_tree: Sort,
    functions: Option<Sort>,
    places: Places,
    /// Frames that the file asks to leave out are shown.
    pub(super) shows_dropped: bool,
}

/// What another file in the same tab takes over as it is.
pub(super) struct Surroundings {
    layout: Layout,
    labels: Labels,
    axis: Axis,
}

/// Places in the call tree by the names on the way to them, root first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Places {
    /// The box that fills the flame graph.
    zoom: Option<Vec<String>>,
    picked: Option<KeptPick>,
    open: Vec<Vec<String>>,
}

/// What is picked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeptPick {
    Path(Vec<String>),
    Function(KeptFunction),
    Slice { name: String, start_ns: i64 },
}

/// Rows of the call tree that stay open when a file is read again: more nobody has opened one by
/// one.
pub(super) const MAX_OPEN: usize = 10_000;

impl Kept {
    /// The same for a recording that starts so much earlier.
    pub(super) fn go_on(&mut self, later_ns: i64) {
        let ranges = [&mut self.question.range_ns, &mut self.tracks.view_ns];
        for edge in ranges.into_iter().flatten().flatten() {
            *edge = edge.saturating_add(later_ns);
        }
    }
}

impl Session {
    /// What is kept when the file is read again; no more rows than that stay open.
    pub(super) fn kept(&self, max_open: usize) -> Kept {
        let profile = &self.document.profile;
        let names = |path: PathId| self.names_of(path);
        let open = self.trees().map(|trees| {
            let paths = self.call_tree.rows.iter().filter_map(|&node| {
                let is_there = node.index() < trees.tree.len();
                is_there.then(|| trees.tree.path(node))
            });
            paths.filter(|&path| self.call_tree.outline.is_open(path))
        });
        let picked = match self.picked {
            Picked::Path(path) | Picked::Sample(path, _) => Some(KeptPick::Path(names(path))),
            Picked::Function(function) => {
                Some(KeptPick::Function(KeptFunction::of(&FunctionKey::of(profile, function))))
            }
            Picked::Slice(slice) => Some(KeptPick::Slice {
                name: profile.function_name(profile.slices().name(slice)).to_owned(),
                start_ns: profile.slices().start_ns(slice),
            }),
            Picked::Nothing | Picked::Marker(_) => None,
        };
        // What is still looked for is not forgotten.
        let mut places = self.places.clone().unwrap_or_default();
        places.zoom = self.zoomed_path().map(names).or(places.zoom);
        places.picked = picked.or(places.picked);
        let still_closed = max_open.saturating_sub(places.open.len());
        places.open.extend(open.into_iter().flatten().take(still_closed).map(names));
        Kept {
            question: KeptQuestion::of(&self.question, profile),
            search: self.search.text.clone(),
            front: Some(self.layout.active.name().to_owned()),
            panes: Panes::of(&self.layout),
            tracks: KeptTracks::of(&self.timeline, profile),
            chart_thread: self.chart_thread.map(|it| TrackName::of_thread(profile, it)),
            keys_on_time: self.keys_on_time,
            call_tree: self.call_tree.sort,
            functions: Some(self.functions.sort),
            places,
            shows_dropped: self.drop_frames == rview_formats::DropFrames::Shown,
        }
    }

    /// What is around the views: it goes over to the file that takes the place of this one.
    pub(super) fn surroundings(&mut self) -> Surroundings {
        let none = Layout::new(View::Report, |_| false);
        Surroundings {
            layout: std::mem::replace(&mut self.layout, none),
            labels: self.labels.kept(),
            axis: self.axis,
        }
    }

    /// Takes over what was around the views, but for views that the file does not have.
    pub(super) fn settle_in(&mut self, around: Surroundings) {
        let Surroundings { mut layout, labels, axis } = around;
        for view in View::ALL {
            match (view.is_of(&self.base), layout.tile(view)) {
                (true, None) => layout.add(view),
                (false, Some(tile)) => {
                    layout.tree.remove_recursively(tile);
                }
                _ => {}
            }
        }
        if layout.tile(layout.active).is_some() {
            self.layout = layout;
        }
        self.labels = labels;
        self.axis = axis;
    }

    fn names_of(&self, path: PathId) -> Vec<String> {
        let (profile, paths) = (&self.document.profile, &self.base.paths);
        let names = paths.walk_to_root(path);
        let mut names: Vec<String> =
            names.map(|path| profile.function_name(paths.function(path)).to_owned()).collect();
        names.reverse();
        names
    }

    /// Makes a file that has just been read what it was, as far as it still can be.
    pub(super) fn restore(&mut self, kept: Kept) {
        let profile = std::sync::Arc::clone(&self.document.profile);
        self.question = kept.question.to(&self.question, &profile, &self.base);
        kept.tracks.restore(&mut self.timeline, &profile, &self.base);
        let chart_thread = kept.chart_thread.and_then(|name| name.find_thread(&profile));
        self.chart_thread = chart_thread.or(self.chart_thread);
        let is_named = |view: &View| Some(view.name()) == kept.front.as_deref();
        let front = View::ALL.into_iter().find(is_named).filter(|view| view.is_of(&self.base));
        let front = front.unwrap_or(self.layout.active);
        if let Some(panes) = kept.panes {
            self.layout = panes.layout(front, |view| view.is_of(&self.base));
        }
        self.focus(front);
        self.keys_on_time = kept.keys_on_time;
        if kept.keys_on_time {
            self.axis = Axis::Time;
        }
        self.call_tree.sort = kept.call_tree;
        self.functions.sort = kept.functions.unwrap_or(self.functions.sort);
        self.set_search(kept.search);
        self.places = Some(kept.places);
    }

    /// Goes to the places that were kept, once there is an answer to the question. What is not
    /// found may be once better names have come.
    pub(super) fn find_places(&mut self) {
        let Some(mut places) = self.places.take() else { return };
        let Some((_, trees)) = self.trees.clone() else { return };
        let find = |names: &[String]| self.find(&trees, names);
        let mut open = Vec::new();
        places.open.retain(|names| match find(names) {
            Some(node) => {
                open.push(trees.tree.path(node));
                false
            }
            None => true,
        });
        let zoom = places.zoom.as_deref().and_then(find);
        let picked = places.picked.as_ref().and_then(|picked| match picked {
            KeptPick::Path(names) => Some(Picked::Path(trees.tree.path(find(names)?))),
            KeptPick::Function(function) => {
                let found = function.clone().key().find(&self.document.profile);
                found.iter().next().map(Picked::Function)
            }
            KeptPick::Slice { name, start_ns } => {
                self.slice_called(name, *start_ns).map(Picked::Slice)
            }
        });
        for path in open {
            self.call_tree.outline.open(path);
        }
        if let Some(node) = zoom.filter(|_| self.flame_view.is_none()) {
            let span = trees.flame.span(node.raw());
            self.flame_view = Some(AxisView::framing(span, 1000.0, 0.0));
            places.zoom = None;
        }
        self.refresh_rows();
        if let Some(picked) = picked.filter(|_| self.picked == Picked::Nothing) {
            self.pick(picked);
            places.picked = None;
        }
        if self.naming.is_some() {
            self.places = Some(places);
        }
    }

    /// The slice of a name that starts nearest to a time; linear in their number.
    fn slice_called(&self, name: &str, start_ns: i64) -> Option<SliceId> {
        let profile = &self.document.profile;
        let slices = profile.slices();
        let functions = profile.symbols().functions().ids();
        let mut named = functions.filter(|&function| profile.function_name(function) == name);
        let function = named.next()?;
        let of_name = slices.names().iter().enumerate().filter(|(_, name)| **name == function);
        let ids = of_name.map(|(at, _)| SliceId::from_index(at));
        ids.min_by_key(|&slice| slices.start_ns(slice).abs_diff(start_ns))
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
