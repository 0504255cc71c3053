//! Call paths below their groups, as if each group were the root of its samples.
//!
//! ```text
//! main;serve  endpoint=/a         path   parent   function       origin
//! main;serve  endpoint=/b    →     0       -      endpoint=/a    -
//!                                  1       0      main           0
//!                                  2       1      serve          1
//!                                  3       -      endpoint=/b    -
//!                                  4       3      main           0
//!                                  5       4      serve          1
//! ```

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::{CallPaths, OUTERMOST, PathTree};
use crate::buckets::Buckets;
use crate::id::row_number;
use crate::{FunctionId, Groups, PathId, Profile};

impl CallPaths {
    /// The paths with a root for each group, and the profile with functions that are called as
    /// the groups. What is of no group has no path any more.
    ///
    /// Takes time linear in the samples, the slices and the paths that come out. What is sorted
    /// for that is kept for other groups of the same paths: 4 bytes a sample or slice.
    pub fn grouped(&self, profile: &Profile, groups: &Groups) -> (Profile, Self) {
        let (profile, functions) = profile.with_functions(groups.names());
        let by_path = self.rows_by_path.get_or_init(|| rows_by_path(self));
        let parts: Vec<Pairs> = by_path
            .parts(rayon::current_num_threads())
            .into_par_iter()
            .map(|paths| Pairs::of_paths(paths, by_path, groups))
            .collect();
        let members = members(&parts, groups.len());
        // Each part needs memory for all paths: no more of them than the pairs take.
        let most = 1 + members.items().len() / self.len().max(1);
        let pieces: Vec<Piece> = members
            .parts(rayon::current_num_threads().min(most))
            .into_par_iter()
            .map(|groups| {
                let mut piece = Piece::new(self.len());
                for group in groups {
                    piece.add(self, functions[group], members.of(group));
                }
                piece
            })
            .collect();

        let mut tree = PathTree::default();
        tree.name_rank.clone_from(&self.tree.name_rank);
        // Groups are only compared with each other: they are the roots.
        let ranks = FunctionId::from_index(tree.name_rank.len()).raw()..;
        tree.name_rank.extend(ranks.take(functions.len()));
        let mut origin = Vec::new();
        let mut path_of_pair = vec![PathId::NONE; members.items().len()];
        let mut pairs = members.items().iter();
        for piece in pieces {
            let start = tree.parent.len();
            let moved = |path: PathId| {
                path.some().map_or(path, |path| PathId::from_index(start + path.index()))
            };
            append(&mut tree.parent, piece.tree.parent, moved);
            append(&mut tree.function, piece.tree.function, |function| function);
            append(&mut tree.flags, piece.tree.flags, |flags| flags);
            append(&mut origin, piece.origin, |path| path);
            for (path, &(pair, _)) in piece.path_of_pair.into_iter().zip(&mut pairs) {
                path_of_pair[pair as usize] = moved(path);
            }
        }
        let mut sample_path = vec![PathId::NONE; self.sample_path.len()];
        let mut slice_path = vec![PathId::NONE; self.slice_path.len()];
        let (mut rows, mut path_of_pair) = (by_path.items().iter(), &path_of_pair[..]);
        for part in &parts {
            for (&pair, &row) in part.of_row.iter().zip(&mut rows) {
                let row = row as usize;
                let path = path_of_pair.get(pair as usize).copied().unwrap_or(PathId::NONE);
                match row.checked_sub(sample_path.len()) {
                    None => sample_path[row] = path,
                    Some(slice) => slice_path[slice] = path,
                }
            }
            path_of_pair = &path_of_pair[part.pairs.len()..];
        }
        let paths = Self {
            tree: Arc::new(tree),
            sample_path: Arc::new(sample_path),
            slice_path: Arc::new(slice_path),
            origin: Arc::new(origin),
            rows_by_path: Arc::default(),
            n_cut: self.n_cut,
        };
        (profile, paths)
    }

    /// The path in the paths that were grouped; `None` for the root of a group, and where
    /// nothing is grouped.
    pub fn ungrouped(&self, path: PathId) -> Option<PathId> {
        self.origin.get(path.index())?.some()
    }

    /// Whether each root is a group.
    pub fn is_grouped(&self) -> bool {
        !self.origin.is_empty()
    }
}

/// Appends a column to one that may still be empty.
fn append<T: Copy>(all: &mut Vec<T>, part: Vec<T>, moved: impl Fn(T) -> T) {
    if all.is_empty() {
        *all = part;
    } else {
        all.extend(part.into_iter().map(moved));
    }
}

/// The samples and then the slices that have a path, by their path.
fn rows_by_path(paths: &CallPaths) -> Buckets<u32> {
    Buckets::new(paths.len(), || {
        let path = paths.sample_path.iter().chain(&*paths.slice_path);
        (0..).zip(path).filter_map(|(row, path)| Some((path.some()?.index(), row)))
    })
}

/// The groups that have anything that ends in some paths.
struct Pairs {
    /// Group and path, in order of paths.
    pairs: Vec<(u32, PathId)>,
    /// By row of the paths: its pair among these; [`u32::MAX`] where it is of no group.
    of_row: Vec<u32>,
}

impl Pairs {
    fn of_paths(paths: Range<usize>, by_path: &Buckets<u32>, groups: &Groups) -> Self {
        // The latest pair of each group: what ends in one path comes together.
        let mut latest = vec![(PathId::NONE, 0); groups.len()];
        let mut pairs = Vec::new();
        let rows = by_path.start(paths.start)..by_path.start(paths.end);
        let mut of_row = Vec::with_capacity(rows.len());
        for path in paths {
            let id = PathId::from_index(path);
            for &row in by_path.of(path) {
                let group = groups.of_row(row);
                let Some(latest) = latest.get_mut(group as usize) else {
                    of_row.push(u32::MAX);
                    continue;
                };
                if latest.0 != id {
                    *latest = (id, row_number(pairs.len()));
                    pairs.push((group, id));
                }
                of_row.push(latest.1);
            }
        }
        Self { pairs, of_row }
    }
}

/// The paths in which anything of each group ends: by group, and for each in order of paths, the
/// number of the pair, as they are numbered through, and the path.
fn members(parts: &[Pairs], n_groups: usize) -> Buckets<(u32, PathId)> {
    Buckets::new(n_groups, || {
        let pairs = parts.iter().flat_map(|part| &part.pairs);
        (0..).zip(pairs).map(|(pair, &(group, path))| (group as usize, (pair, path)))
    })
}

/// The paths of some groups, by themselves.
struct Piece {
    tree: PathTree,
    origin: Vec<PathId>,
    /// By pair of the groups.
    path_of_pair: Vec<PathId>,
    /// By path that is grouped: where it is in the latest group that has it.
    latest: Vec<PathId>,
    /// Callers that the group does not have yet, the innermost first.
    new: Vec<PathId>,
}

impl Piece {
    fn new(n_paths: usize) -> Self {
        Self {
            tree: PathTree::default(),
            origin: Vec::new(),
            path_of_pair: Vec::new(),
            latest: vec![PathId::NONE; n_paths],
            new: Vec::new(),
        }
    }

    /// Adds a group: a root, and below it the paths in which something ends and their callers.
    ///
    /// The paths come in preorder, so those of their callers that are new come in preorder too.
    fn add(&mut self, paths: &CallPaths, root: FunctionId, members: &[(u32, PathId)]) {
        if members.is_empty() {
            return;
        }
        let root = self.push(PathId::NONE, root, OUTERMOST, PathId::NONE);
        for &(_, leaf) in members {
            let mut parent = root;
            let mut next = Some(leaf);
            while let Some(path) = next {
                let latest = self.latest[path.index()];
                if latest != PathId::NONE && latest > root {
                    parent = latest;
                    break;
                }
                self.new.push(path);
                next = paths.parent(path);
            }
            while let Some(path) = self.new.pop() {
                let row = path.index();
                let (function, flags) = (paths.tree.function[row], paths.tree.flags[row]);
                parent = self.push(parent, function, flags, path);
                self.latest[row] = parent;
            }
            self.path_of_pair.push(parent);
        }
    }

    fn push(&mut self, parent: PathId, function: FunctionId, flags: u8, origin: PathId) -> PathId {
        let path = PathId::from_index(self.origin.len());
        self.tree.parent.push(parent);
        self.tree.function.push(function);
        self.tree.flags.push(flags);
        self.origin.push(origin);
        path
    }
}
