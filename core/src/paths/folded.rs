//! Call paths in which a function directly below itself is the same path, as is good for what is
//! no function but the file or module of one.
//!
//! ```text
//! main.c → main.c → read.c → read.c (inlined)    becomes    main.c → read.c
//! ```

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{CallPaths, PathTree};
use crate::{FunctionId, PathId, Profile};

impl CallPaths {
    /// The paths without repeats: one pass over them, the samples and the slices. Nothing is
    /// inlined any more.
    pub(crate) fn folded(&self, profile: &Profile) -> Self {
        let mut tree = PathTree::with_capacity(self.len());
        let mut known: FxHashMap<(PathId, FunctionId), PathId> = FxHashMap::default();
        let mut new_path: Vec<PathId> = Vec::with_capacity(self.len());
        for path in self.ids() {
            let function = self.function(path);
            let caller = self.parent(path).map_or(PathId::NONE, |caller| new_path[caller.index()]);
            let is_repeat =
                caller.some().is_some_and(|caller| tree.function[caller.index()] == function);
            new_path.push(if is_repeat {
                caller
            } else {
                *known.entry((caller, function)).or_insert_with(|| tree.push(caller, function, 0))
            });
        }
        let new_row = tree.sort_in_preorder();
        tree.rank_and_mark(profile);
        let folded = |path: &PathId| {
            path.some().map_or(PathId::NONE, |path| new_row[new_path[path.index()].index()])
        };
        Self {
            tree: Arc::new(tree),
            sample_path: Arc::new(self.sample_path.iter().map(folded).collect()),
            slice_path: Arc::new(self.slice_path.iter().map(folded).collect()),
            origin: Arc::default(),
            n_cut: self.n_cut,
        }
    }
}
