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
use crate::{FunctionId, Groups, PathId, Profile};

impl CallPaths {
    /// The paths with a root for each group, and the profile with functions that are called as
    /// the groups. What is of no group has no path any more.
    ///
    /// Takes time linear in the samples, the slices and the paths that come out; groups are made
    /// in parallel.
    pub fn grouped(&self, profile: &Profile, groups: &Groups) -> (Profile, Self) {
        let (profile, functions) = profile.with_functions(groups.names());
        let members = Members::new(groups);
        let pieces: Vec<Piece> = members
            .parts(self.len())
            .into_par_iter()
            .map(|groups| {
                let mut piece = Piece { groups: groups.clone(), ..Piece::default() };
                let mut marks = Marks::new(self.len());
                for group in groups {
                    piece.add(self, functions[group], members.of(group), &mut marks);
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
        let n_samples = self.sample_path.len();
        let mut of_row = vec![PathId::NONE; n_samples + self.slice_path.len()];
        for piece in pieces {
            let start = tree.parent.len();
            let moved = |path: PathId| {
                path.some().map_or(path, |path| PathId::from_index(start + path.index()))
            };
            tree.parent.extend(piece.tree.parent.into_iter().map(moved));
            tree.function.extend(piece.tree.function);
            tree.flags.extend(piece.tree.flags);
            origin.extend(piece.origin);
            let rows = piece.groups.flat_map(|group| members.of(group));
            for (&row, &path) in rows.zip(&piece.path) {
                of_row[row as usize] = moved(path);
            }
        }
        let slice_path = Arc::new(of_row.split_off(n_samples));
        let sample_path = Arc::new(of_row);
        let (tree, origin) = (Arc::new(tree), Arc::new(origin));
        let paths = Self { tree, sample_path, slice_path, origin, n_cut: self.n_cut };
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

    /// The path of a sample or of a slice, in the order in which [`Groups`] has them.
    #[inline]
    fn of_row(&self, row: u32) -> Option<PathId> {
        let row = row as usize;
        match row.checked_sub(self.sample_path.len()) {
            None => self.sample_path[row].some(),
            Some(slice) => self.slice_path[slice].some(),
        }
    }
}

/// The samples and slices of each group.
struct Members {
    rows: Vec<u32>,
    /// Where those of each group end in `rows`.
    end: Vec<u32>,
}

impl Members {
    fn new(groups: &Groups) -> Self {
        let (rows, end) = groups.sorted();
        Self { rows, end }
    }

    fn of(&self, group: usize) -> &[u32] {
        &self.rows[self.start(group)..self.start(group + 1)]
    }

    fn start(&self, group: usize) -> usize {
        group.checked_sub(1).map_or(0, |before| self.end[before] as usize)
    }

    /// The groups in parts with about as many members, no more than there are threads. Each part
    /// needs memory for all paths: that is never more than members take.
    fn parts(&self, n_paths: usize) -> Vec<Range<usize>> {
        let n = rayon::current_num_threads().min(1 + self.rows.len() / n_paths.max(1));
        let at = |part: usize| {
            let wanted = self.rows.len() * part / n;
            self.end.partition_point(|&end| (end as usize) < wanted)
        };
        let mut starts: Vec<usize> = (0..n).map(at).collect();
        starts[0] = 0;
        starts.push(self.end.len());
        starts.windows(2).map(|pair| pair[0]..pair[1]).filter(|part| !part.is_empty()).collect()
    }
}

/// The paths of some groups, by themselves.
#[derive(Default)]
struct Piece {
    groups: Range<usize>,
    tree: PathTree,
    origin: Vec<PathId>,
    /// By member of the groups; as if no paths were before those of this piece.
    path: Vec<PathId>,
}

impl Piece {
    fn add(&mut self, paths: &CallPaths, root: FunctionId, members: &[u32], marks: &mut Marks) {
        for path in members.iter().filter_map(|&row| paths.of_row(row)) {
            marks.mark(paths, path);
        }
        if marks.marked.is_empty() {
            self.path.resize(self.path.len() + members.len(), PathId::NONE);
            return;
        }
        let root = self.push(PathId::NONE, root, OUTERMOST, PathId::NONE);
        marks.take_in_order(|path, new_row| {
            let parent = paths.parent(path).map_or(root, |parent| new_row[parent.index()]);
            let row = path.index();
            let (function, flags) = (paths.tree.function[row], paths.tree.flags[row]);
            new_row[row] = self.push(parent, function, flags, path);
        });
        let new_row =
            |&row: &u32| paths.of_row(row).map_or(PathId::NONE, |path| marks.new_row[path.index()]);
        self.path.extend(members.iter().map(new_row));
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

/// The paths of one group and their callers.
struct Marks {
    words: Vec<u64>,
    marked: Vec<PathId>,
    /// By path: where it is in the new tree, for those of the latest group.
    new_row: Vec<PathId>,
}

impl Marks {
    fn new(n_paths: usize) -> Self {
        Self {
            words: vec![0; n_paths.div_ceil(64)],
            marked: Vec::new(),
            new_row: vec![PathId::NONE; n_paths],
        }
    }

    /// Marks a path and those of its callers that are not marked.
    #[inline]
    fn mark(&mut self, paths: &CallPaths, path: PathId) {
        let mut next = Some(path);
        while let Some(path) = next {
            let word = &mut self.words[path.index() / 64];
            let bit = 1 << (path.index() % 64);
            if *word & bit != 0 {
                return;
            }
            *word |= bit;
            self.marked.push(path);
            next = paths.parent(path);
        }
    }

    /// Visits what is marked in order of rows, callers first, and forgets it.
    fn take_in_order(&mut self, mut visit: impl FnMut(PathId, &mut [PathId])) {
        // Sorting few costs less than looking through the bits of all.
        let n = self.marked.len();
        if n * (n.max(2).ilog2() as usize) < self.words.len() {
            self.marked.sort_unstable();
            for path in self.marked.drain(..) {
                self.words[path.index() / 64] = 0;
                visit(path, &mut self.new_row);
            }
            return;
        }
        self.marked.clear();
        for (number, word) in self.words.iter_mut().enumerate() {
            let mut bits = std::mem::take(word);
            while bits != 0 {
                let path = PathId::from_index(number * 64 + bits.trailing_zeros() as usize);
                visit(path, &mut self.new_row);
                bits &= bits - 1;
            }
        }
    }
}
