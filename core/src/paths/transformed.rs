//! Call paths after a transform: a new tree, and where each path has gone.
//!
//! Paths come in preorder, callers first, so one pass finds what becomes of each from what has
//! become of its caller. Most callees of a path come from one path before and differ as they did;
//! only below paths that several have become, equal callees are looked for:
//!
//! ```text
//! before      merge b     after     from
//!   a                       a         a, a b
//!     b                       c         a b c, a c
//!       c         →             d         a b c d, a c d
//!         d
//!     c
//!       d
//! ```

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{CallPaths, INLINED, PathTree, mark_outermost};
use crate::bits::Bits;
use crate::id::row_number;
use crate::transform::{PathKey, functions, idle};
use crate::{FunctionId, FunctionSet, PathId, Profile, Transform, preorder};

impl CallPaths {
    /// The paths after a transform, and the profile with the function that a module or file has
    /// become. A transform whose function, path, module or file the profile does not have changes
    /// nothing: then `None`. Roots of groups stay.
    ///
    /// Linear in the paths, whatever the number of samples.
    pub fn transformed(
        &self,
        profile: &Arc<Profile>,
        transform: &Transform,
    ) -> Option<(Arc<Profile>, Self)> {
        let rule = Rule::new(transform, profile, self)?;
        let mut profile = Arc::clone(profile);
        let mut name_rank = None;
        let mut collapsed = FunctionId::NONE;
        if let Transform::CollapseModule(name) | Transform::CollapseFile(name) = transform {
            let name = format!("({})", crate::file_name(name));
            name_rank = Some(self.tree.ranks_with(&profile, &name));
            let (with, ids) = profile.with_functions(&[name]);
            (profile, collapsed) = (Arc::new(with), ids[0]);
        }
        let (mut tree, mut new_of_old) = rule.apply(self, collapsed);
        let parent = |row: usize| tree.parent[row].some().map(PathId::index);
        if !preorder::is_in_preorder(tree.len(), parent) {
            let new_row = tree.sort_in_preorder();
            for path in &mut new_of_old {
                *path = path.some().map_or(PathId::NONE, |path| new_row[path.index()]);
            }
        }
        tree.name_rank = name_rank.unwrap_or_else(|| self.tree.name_rank.clone());
        let n_functions = profile.symbols().functions().len();
        let n_paths = tree.len();
        let PathTree { parent, function, flags, .. } = &mut tree;
        let (origin, moved) = rayon::join(
            || mark_outermost(parent, function, flags, n_functions),
            || (self.origin_after(&new_of_old, n_paths), self.moved_then(&new_of_old)),
        )
        .1;
        let paths = Self {
            tree: Arc::new(tree),
            leaves_out: moved.contains(&PathId::NONE),
            moved: Some(Arc::new(moved)),
            origin: Arc::new(origin),
            rows_by_path: Arc::default(),
            ..self.clone()
        };
        Some((profile, paths))
    }

    /// By new path: the first that it is of in the paths that were grouped; empty where nothing is
    /// grouped.
    fn origin_after(&self, new_of_old: &[PathId], n_paths: usize) -> Vec<PathId> {
        if !self.is_grouped() {
            return Vec::new();
        }
        let mut origin = vec![PathId::NONE; n_paths];
        for (&recorded, path) in self.origin.iter().zip(new_of_old).rev() {
            if let Some(path) = path.some() {
                origin[path.index()] = recorded;
            }
        }
        origin
    }

    /// By path before all transforms: what it has become after one more.
    fn moved_then(&self, new_of_old: &[PathId]) -> Vec<PathId> {
        let Some(moved) = &self.moved else { return new_of_old.to_vec() };
        let then = |path: &PathId| path.some().map(|path| new_of_old[path.index()]);
        moved.iter().map(|path| then(path).unwrap_or(PathId::NONE)).collect()
    }

    /// Whether a path is the root of a group.
    fn is_group(&self, path: PathId) -> bool {
        self.is_grouped() && self.parent(path).is_none()
    }
}

impl PathTree {
    /// The places of functions by name with one more function of this name.
    fn ranks_with(&self, profile: &Profile, name: &str) -> Vec<u32> {
        let mut has_path = Bits::new(self.name_rank.len());
        self.function.iter().for_each(|function| has_path.insert(function.index()));
        let is_before = |row: &usize| profile.function_name(FunctionId::from_index(*row)) <= name;
        let rank = row_number(has_path.iter().filter(is_before).count());
        let moved = |&other: &u32| other + u32::from(other >= rank);
        self.name_rank.iter().map(moved).chain([rank]).collect()
    }
}

/// A transform in the terms of one profile.
enum Rule {
    Focus(FunctionSet),
    FocusPath(PathId),
    Merge(FunctionSet),
    MergePath(PathId),
    Drop(FunctionSet),
    /// What these call is their own.
    Own(FunctionSet),
    Recursion(FunctionSet),
    DirectRecursion(FunctionSet),
    /// Neighbors of these are one.
    Collapse(FunctionSet),
}

impl Rule {
    fn new(transform: &Transform, profile: &Profile, paths: &CallPaths) -> Option<Self> {
        let path = |key: &PathKey| find(key, profile, paths);
        let set = |set: FunctionSet| (!set.is_empty()).then_some(set);
        Some(match transform {
            Transform::FocusFunction(key) => Self::Focus(set(key.find(profile))?),
            Transform::FocusPath(key) => Self::FocusPath(path(key)?),
            Transform::MergeFunction(key) => Self::Merge(set(key.find(profile))?),
            Transform::MergePath(key) => Self::MergePath(path(key)?),
            Transform::DropFunction(key) => Self::Drop(set(key.find(profile))?),
            Transform::CollapseFunction(key) => Self::Own(set(key.find(profile))?),
            Transform::CollapseRecursion(key) => Self::Recursion(set(key.find(profile))?),
            Transform::CollapseDirectRecursion(key) => {
                Self::DirectRecursion(set(key.find(profile))?)
            }
            Transform::CollapseModule(name) => {
                Self::Collapse(set(functions(profile, |it| profile.function_module(it) == name))?)
            }
            Transform::CollapseFile(name) => {
                let file = |it| profile.symbols().functions().row(it).file;
                let is_in = |it| file(it).is_some_and(|file| profile.text(file) == name);
                Self::Collapse(set(functions(profile, is_in))?)
            }
            Transform::HideIdle => Self::Drop(set(idle(profile))?),
        })
    }

    /// Whether a path is of the functions that calls are joined of.
    fn has(&self, paths: &CallPaths, path: PathId) -> bool {
        let (Self::DirectRecursion(set) | Self::Collapse(set)) = self else { return false };
        path.some().is_some_and(|it| !paths.is_group(it) && set.contains(paths.function(it)))
    }

    /// The tree after it, callers first, and the new path of each old one; [`PathId::NONE`] for
    /// those of which nothing is left. `collapsed` is the function that neighbors become.
    fn apply(&self, paths: &CallPaths, collapsed: FunctionId) -> (PathTree, Vec<PathId>) {
        let looks_back = matches!(self, Self::Own(_) | Self::Recursion(_));
        let mut walk = Walk {
            grown: Grown::new(paths.len()),
            first: if looks_back { vec![PathId::NONE; paths.len()] } else { Vec::new() },
            top: PathId::NONE,
        };
        let mut new_of_old: Vec<PathId> = Vec::with_capacity(paths.len());
        for path in paths.ids() {
            let (function, parent) = (paths.function(path), paths.parent(path));
            let new = if parent.is_none() && paths.is_grouped() {
                walk.top = walk.grown.push(PathId::NONE, function, 0);
                walk.top
            } else {
                let is_top = parent.is_none_or(|parent| paths.is_group(parent));
                let parent = parent.filter(|_| !is_top).unwrap_or(PathId::NONE);
                let new_parent = parent.some().map_or(PathId::NONE, |it| new_of_old[it.index()]);
                let inlined = paths.tree.flags[path.index()] & INLINED;
                let place = Place { path, function, inlined, parent, new_parent };
                walk.step(self, paths, place, collapsed)
            };
            new_of_old.push(new);
        }
        (walk.grown.tree, new_of_old)
    }
}

/// A path before the transform.
#[derive(Clone, Copy)]
struct Place {
    path: PathId,
    function: FunctionId,
    inlined: u8,
    /// Its caller; [`PathId::NONE`] where a stack starts, also below the root of a group.
    parent: PathId,
    /// What that has become; [`PathId::NONE`] where nothing of it is left.
    new_parent: PathId,
}

/// Where a transform is.
struct Walk {
    grown: Grown,
    /// By path, where the rule looks back: what the outermost call of its functions has become.
    first: Vec<PathId>,
    /// Where stacks start: nothing, or the root of their group.
    top: PathId,
}

impl Walk {
    /// What becomes of a path; [`PathId::NONE`] where nothing does.
    #[inline]
    fn step(
        &mut self,
        rule: &Rule,
        paths: &CallPaths,
        place: Place,
        collapsed: FunctionId,
    ) -> PathId {
        match rule {
            Rule::Focus(set) => self.focus(place, set.contains(place.function)),
            Rule::FocusPath(start) => self.focus(place, place.path == *start),
            Rule::Merge(set) => self.merge(place, set.contains(place.function)),
            Rule::MergePath(merged) => self.merge(place, place.path == *merged),
            Rule::Drop(set) => {
                let is_out = place.parent != PathId::NONE && place.new_parent == PathId::NONE;
                let is_out = is_out || set.contains(place.function);
                if is_out { PathId::NONE } else { self.callee(place) }
            }
            Rule::Own(set) => {
                let owner = self.first_above(place);
                let new = if owner == PathId::NONE { self.callee(place) } else { owner };
                let is_owner = owner == PathId::NONE && set.contains(place.function);
                self.first[place.path.index()] = if is_owner { new } else { owner };
                new
            }
            Rule::Recursion(set) => {
                let outer = self.first_above(place);
                let is_in = set.contains(place.function);
                let repeats = is_in && outer != PathId::NONE;
                let new = if repeats { self.grown.join(outer) } else { self.callee(place) };
                self.first[place.path.index()] = if is_in { new } else { outer };
                new
            }
            Rule::DirectRecursion(set) if set.contains(place.function) => {
                let repeats = rule.has(paths, place.parent);
                if repeats { self.grown.join(place.new_parent) } else { self.callee(place) }
            }
            Rule::Collapse(set) if set.contains(place.function) => {
                if rule.has(paths, place.parent) {
                    self.grown.join(place.new_parent)
                } else {
                    self.grown.merged_child(self.below(place), collapsed)
                }
            }
            Rule::DirectRecursion(_) | Rule::Collapse(_) => self.callee(place),
        }
    }

    /// What calls a path now: it starts anew where all of its callers are gone.
    fn below(&self, place: Place) -> PathId {
        place.new_parent.some().unwrap_or(self.top)
    }

    /// The path as it was, below what its caller has become.
    fn callee(&mut self, place: Place) -> PathId {
        let below = self.below(place);
        // What starts a stack is inlined into nothing.
        let flags = if below == self.top { 0 } else { place.inlined };
        self.grown.child(below, place.function, flags)
    }

    fn focus(&mut self, place: Place, is_start: bool) -> PathId {
        if place.new_parent != PathId::NONE {
            self.callee(place)
        } else if is_start {
            self.grown.merged_child(self.top, place.function)
        } else {
            PathId::NONE
        }
    }

    fn merge(&mut self, place: Place, is_merged: bool) -> PathId {
        if !is_merged {
            return self.callee(place);
        }
        if place.new_parent == PathId::NONE {
            // What it calls is beside what else starts a stack.
            self.grown.share(self.top);
        }
        self.grown.join(place.new_parent)
    }

    fn first_above(&self, place: Place) -> PathId {
        place.parent.some().map_or(PathId::NONE, |parent| self.first[parent.index()])
    }
}

/// The path that is called so, all the way from its root.
fn find(key: &PathKey, profile: &Profile, paths: &CallPaths) -> Option<PathId> {
    // How many calls of the key each path is: it goes on where its caller is one less.
    let mut n_known: Vec<u32> = Vec::with_capacity(paths.len());
    for path in paths.ids() {
        let depth = match paths.parent(path) {
            None => 0,
            Some(parent) => n_known[parent.index()],
        };
        let is_called = |(function, inlined): &(crate::FunctionKey, bool)| {
            let id = paths.function(path);
            *inlined == paths.is_inlined(path)
                && profile.function_name(id) == function.name
                && profile.function_module(id) == function.module
        };
        let goes_on = depth != u32::MAX && key.get(depth as usize).is_some_and(is_called);
        if goes_on && depth as usize + 1 == key.len() {
            return Some(path);
        }
        n_known.push(if goes_on { depth + 1 } else { u32::MAX });
    }
    None
}

/// A tree that grows at its leaves. Links of siblings say what a path calls already, for the few
/// of which that must be known.
struct Grown {
    tree: PathTree,
    first_child: Vec<PathId>,
    next_sibling: Vec<PathId>,
    first_root: PathId,
    /// Paths that several have become: callees of theirs may be there already.
    is_shared: Bits,
    roots_are_shared: bool,
    /// What paths that are shared call.
    known: FxHashMap<(PathId, FunctionId, u8), PathId>,
}

impl Grown {
    fn new(n_paths: usize) -> Self {
        Self {
            tree: PathTree::with_capacity(n_paths),
            first_child: Vec::with_capacity(n_paths),
            next_sibling: Vec::with_capacity(n_paths),
            first_root: PathId::NONE,
            is_shared: Bits::new(n_paths + 1),
            roots_are_shared: false,
            known: FxHashMap::default(),
        }
    }

    fn push(&mut self, parent: PathId, function: FunctionId, flags: u8) -> PathId {
        let path = self.tree.push(parent, function, flags);
        let first = match parent.some() {
            None => &mut self.first_root,
            Some(parent) => &mut self.first_child[parent.index()],
        };
        let next = std::mem::replace(first, path);
        self.first_child.push(PathId::NONE);
        self.next_sibling.push(next);
        path
    }

    fn is_shared(&self, path: PathId) -> bool {
        path.some().map_or(self.roots_are_shared, |path| self.is_shared.contains(path.index()))
    }

    /// A path of which callees may come from several paths before; `NONE` stands for the roots.
    fn share(&mut self, path: PathId) {
        if self.is_shared(path) {
            return;
        }
        let mut child = match path.some() {
            None => {
                self.roots_are_shared = true;
                self.first_root
            }
            Some(path) => {
                self.is_shared.insert(path.index());
                self.first_child[path.index()]
            }
        };
        while let Some(row) = child.some().map(PathId::index) {
            self.known.insert((path, self.tree.function[row], self.tree.flags[row]), child);
            child = self.next_sibling[row];
        }
    }

    /// One more path has become this one.
    fn join(&mut self, path: PathId) -> PathId {
        if path != PathId::NONE {
            self.share(path);
        }
        path
    }

    /// The callee of a path.
    #[inline]
    fn child(&mut self, parent: PathId, function: FunctionId, flags: u8) -> PathId {
        if !self.is_shared(parent) {
            return self.push(parent, function, flags);
        }
        let key = (parent, function, flags);
        if let Some(&known) = self.known.get(&key) {
            return self.join(known);
        }
        let path = self.push(parent, function, flags);
        self.known.insert(key, path);
        path
    }

    /// The same where several callees of one path become this one.
    fn merged_child(&mut self, parent: PathId, function: FunctionId) -> PathId {
        self.share(parent);
        self.child(parent, function, 0)
    }
}
