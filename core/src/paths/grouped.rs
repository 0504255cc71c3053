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
use crate::group::{GroupedRow, Groups};
use crate::id::row_number;
use crate::{FunctionId, PathId, Profile};

impl CallPaths {
    /// The paths with a root for each group, and the profile with functions that are called as
    /// the groups. What is of no group has no path any more.
    ///
    /// Takes time linear in the samples, the slices and the paths that come out. What is sorted
    /// for that is kept for other groups of the same paths: 8 bytes a sample or slice.
    pub fn grouped(&self, profile: &Profile, groups: &Groups) -> (Profile, Self) {
        let by_path = self.rows_by_path.get_or_init(|| rows_by_path(self, profile));
        let (profile, functions) = profile.with_functions(groups.names());
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
        let of_rows = || {
            let path_of_pair = path_of_pair(&pieces, &members);
            self.of_rows_grouped(by_path, &parts, &path_of_pair)
        };
        let ((tree, origin), (sample_path, slice_path)) =
            rayon::join(|| self.tree_of(&pieces, &functions), of_rows);
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

    /// The trees of all pieces in one, and the paths in this one that it has.
    fn tree_of(&self, pieces: &[Piece], groups: &[FunctionId]) -> (PathTree, Vec<PathId>) {
        let n_paths = pieces.iter().map(|piece| piece.tree.len()).sum();
        let mut tree = PathTree::with_capacity(n_paths);
        tree.name_rank.clone_from(&self.tree.name_rank);
        // Groups are only compared with each other: they are the roots.
        let ranks = FunctionId::from_index(tree.name_rank.len()).raw()..;
        tree.name_rank.extend(ranks.take(groups.len()));
        let mut origin = Vec::with_capacity(n_paths);
        for piece in pieces {
            let start = tree.len();
            tree.parent.extend(piece.tree.parent.iter().map(|&parent| moved(parent, start)));
            tree.function.extend_from_slice(&piece.tree.function);
            tree.flags.extend_from_slice(&piece.tree.flags);
            origin.extend_from_slice(&piece.origin);
        }
        (tree, origin)
    }

    /// The paths of all samples, and of all slices.
    fn of_rows_grouped(
        &self,
        by_path: &Buckets<GroupedRow>,
        parts: &[Pairs],
        path_of_pair: &[PathId],
    ) -> (Vec<PathId>, Vec<PathId>) {
        let n_samples = self.sample_path.len();
        let mut sample_path = vec![PathId::NONE; n_samples];
        let mut slice_path = vec![PathId::NONE; self.slice_path.len()];
        let (mut rows, mut path_of_pair) = (by_path.items().iter(), path_of_pair);
        for part in parts {
            for (&pair, &row) in part.of_row.iter().zip(&mut rows) {
                let path = path_of_pair.get(pair as usize).copied().unwrap_or(PathId::NONE);
                match row.slice(n_samples) {
                    None => sample_path[row.row as usize] = path,
                    Some(slice) => slice_path[slice] = path,
                }
            }
            path_of_pair = &path_of_pair[part.pairs.len()..];
        }
        (sample_path, slice_path)
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

/// The samples and slices that have a path, by their path.
fn rows_by_path(paths: &CallPaths, profile: &Profile) -> Buckets<GroupedRow> {
    Buckets::new(paths.len(), || {
        let samples = paths.sample_path.iter().enumerate();
        let slices = paths.slice_path.iter().enumerate();
        let samples = samples.map(|(row, path)| (path, GroupedRow::of_sample(profile, row)));
        let slices = slices.map(|(row, path)| (path, GroupedRow::of_slice(profile, row)));
        samples.chain(slices).filter_map(|(path, row)| Some((path.some()?.index(), row)))
    })
}

/// By pair, as they are numbered through: its path in the tree of all pieces.
fn path_of_pair(pieces: &[Piece], members: &Buckets<(u32, PathId)>) -> Vec<PathId> {
    let mut path_of_pair = vec![PathId::NONE; members.items().len()];
    let mut pairs = members.items().iter();
    let mut start = 0;
    for piece in pieces {
        for (&path, &(pair, _)) in piece.path_of_pair.iter().zip(&mut pairs) {
            path_of_pair[pair as usize] = moved(path, start);
        }
        start += piece.tree.len();
    }
    path_of_pair
}

/// A path of a piece that comes behind `start` others.
#[inline]
fn moved(path: PathId, start: usize) -> PathId {
    path.some().map_or(path, |path| PathId::from_index(start + path.index()))
}

/// The groups that have anything that ends in some paths.
struct Pairs {
    /// Group and path, in order of paths.
    pairs: Vec<(u32, PathId)>,
    /// By row of the paths: its pair among these; [`u32::MAX`] where it is of no group.
    of_row: Vec<u32>,
}

impl Pairs {
    fn of_paths(paths: Range<usize>, by_path: &Buckets<GroupedRow>, groups: &Groups) -> Self {
        // The latest pair of each group: what ends in one path comes together.
        let mut latest = vec![(PathId::NONE, 0); groups.len()];
        let mut pairs = Vec::new();
        let rows = by_path.start(paths.start)..by_path.start(paths.end);
        let mut of_row = Vec::with_capacity(rows.len());
        for path in paths {
            let id = PathId::from_index(path);
            for &row in by_path.of(path) {
                let group = groups.of(row);
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
