//! The shape in which call paths are shown: of functions, lines, files or modules, and below
//! which groups.

mod granularity;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::buckets::Buckets;
use crate::paths::{NewFunctions, Repeats};
use crate::{CallPaths, FunctionId, GroupBy, Groups, PathId, Profile, Renamed, Transform};

pub use granularity::Granularity;

/// How call paths are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    /// What a path is of.
    pub granularity: Granularity,
    /// What the roots are, if not the outermost callers.
    pub group_by: Option<GroupBy>,
    /// What is left out of stacks below the groups, or drawn together, one after the other.
    pub transforms: Vec<Transform>,
}

/// A profile and its call paths.
type Recording = (Arc<Profile>, CallPaths);

/// A recording in a [`Shape`]: its call paths, and the profile with what they are of as
/// functions. Everything else in that profile is as it was recorded.
#[derive(Clone, Debug, Default)]
pub struct Shaped {
    /// The shape.
    pub shape: Shape,
    /// The recording; what a path is of, such as a line or a group, is one of its functions.
    pub profile: Arc<Profile>,
    /// The paths.
    pub paths: CallPaths,
    /// By transform of the shape: whether what it is about is there at all.
    pub applies: Vec<bool>,
    /// Both as they are without groups and transforms.
    plain: Recording,
    /// Both as they are without transforms.
    grouped: Recording,
}

impl Shaped {
    /// Finds the paths of a recording: one pass over its stacks, samples and slices, and one
    /// over the samples to group them.
    pub fn new(recorded: &Arc<Profile>, shape: Shape) -> Self {
        let profile = shape.granularity.applied_to(recorded);
        let repeats = match shape.granularity {
            Granularity::Function | Granularity::Line => Repeats::Kept,
            Granularity::File | Granularity::Module => Repeats::Folded,
        };
        let paths = CallPaths::with(&profile, repeats);
        Self::of_plain((profile, paths), shape)
    }

    /// The same recording in another shape; only what is different is made anew.
    #[must_use]
    pub fn reshaped(&self, recorded: &Arc<Profile>, shape: Shape) -> Self {
        if shape.granularity != self.shape.granularity {
            return Self::new(recorded, shape);
        }
        if shape.group_by != self.shape.group_by {
            return Self::of_plain(self.plain.clone(), shape);
        }
        let (plain, grouped) = (self.plain.clone(), self.grouped.clone());
        if shape.transforms.starts_with(&self.shape.transforms) {
            let so_far = (Arc::clone(&self.profile), self.paths.clone());
            let applies = self.applies.clone();
            return Self::of_grouped((plain, grouped), shape, (so_far, applies));
        }
        let so_far = (grouped.clone(), Vec::new());
        Self::of_grouped((plain, grouped), shape, so_far)
    }

    fn of_plain(plain: Recording, shape: Shape) -> Self {
        let grouped = match &shape.group_by {
            None => plain.clone(),
            Some(by) => {
                let (profile, paths) = &plain;
                let (grouped, paths) = paths.grouped(profile, &Groups::new(profile, by));
                (Arc::new(grouped), paths)
            }
        };
        let so_far = (grouped.clone(), Vec::new());
        Self::of_grouped((plain, grouped), shape, so_far)
    }

    /// The shape where some of its transforms are done, and whether each of those applied.
    fn of_grouped(
        (plain, grouped): (Recording, Recording),
        shape: Shape,
        ((mut profile, mut paths), mut applies): (Recording, Vec<bool>),
    ) -> Self {
        for transform in &shape.transforms[applies.len()..] {
            let transformed = paths.transformed(&profile, transform);
            applies.push(transformed.is_some());
            (profile, paths) = transformed.unwrap_or((profile, paths));
        }
        Self { shape, profile, paths, applies, plain, grouped }
    }

    /// Number of functions that are no groups.
    pub fn n_plain_functions(&self) -> usize {
        self.plain.0.symbols().functions().len()
    }

    /// Whether a function stands for a group.
    pub fn is_group(&self, function: FunctionId) -> bool {
        let n_grouped = self.grouped.0.symbols().functions().len();
        (self.n_plain_functions()..n_grouped).contains(&function.index())
    }

    /// What each path becomes in another shape of the same recording, or with other names.
    /// Where nothing of one is in the other, as with lines and modules, none becomes anything;
    /// the same goes for the paths below groups of one kind and another, but not for functions.
    pub fn renamed(&self, after: &Self) -> Renamed {
        let [before, after] = [self, after];
        if before.paths.is_transformed() || after.paths.is_transformed() {
            return transformed(before, after);
        }
        let is_same = Arc::ptr_eq(&before.plain.1.tree, &after.plain.1.tree);
        let plain = if is_same {
            None
        } else if before.is_folded() || after.is_folded() {
            return Renamed::default();
        } else {
            let [(before, paths_before), (after, paths_after)] = [&before.plain, &after.plain];
            Some(Renamed::new((before, paths_before), (after, paths_after)))
        };
        if !before.paths.is_grouped()
            && !after.paths.is_grouped()
            && let Some(plain) = plain
        {
            return plain;
        }
        let functions = match &plain {
            Some(plain) => plain.functions.clone(),
            None => NewFunctions::Same(before.n_plain_functions()),
        };
        let renamed = Renamed { pairs: Vec::new(), functions };
        let is_regrouped = before.shape.group_by != after.shape.group_by
            && before.paths.is_grouped()
            && after.paths.is_grouped();
        if is_regrouped {
            return renamed;
        }
        Renamed { pairs: pairs(before, after, plain.as_ref()), ..renamed }
    }

    /// Whether directly repeated functions are one path, so that stacks are shorter.
    fn is_folded(&self) -> bool {
        matches!(self.shape.granularity, Granularity::File | Granularity::Module)
    }
}

/// The same where at least one of them has transforms: where they differ in nothing else, a path
/// is where the first of those it is made of has gone.
fn transformed(before: &Shaped, after: &Shaped) -> Renamed {
    let is_same = |a: &CallPaths, b: &CallPaths| Arc::ptr_eq(&a.tree, &b.tree);
    let mut pairs = Vec::new();
    if is_same(&before.grouped.1, &after.grouped.1) {
        let mut first = vec![PathId::NONE; before.paths.len()];
        for recorded in before.grouped.1.ids().rev() {
            if let Some(old) = before.paths.after_transforms(recorded).some() {
                first[old.index()] = recorded;
            }
        }
        let new = |old: PathId| after.paths.after_transforms(first[old.index()]).some();
        pairs.extend(before.paths.ids().filter_map(|old| Some((old, new(old)?))));
        let n_functions = before.grouped.0.symbols().functions().len();
        return Renamed { pairs, functions: NewFunctions::Same(n_functions) };
    }
    if is_same(&before.plain.1, &after.plain.1) {
        let functions = NewFunctions::Same(before.n_plain_functions());
        return Renamed { pairs, functions };
    }
    if before.is_folded() || after.is_folded() {
        return Renamed::default();
    }
    let [(before, paths_before), (after, paths_after)] = [&before.plain, &after.plain];
    let renamed = Renamed::new((before, paths_before), (after, paths_after));
    Renamed { pairs, functions: renamed.functions }
}

/// Which path becomes which, of two shapes of which at most one has groups, or both the same.
fn pairs(before: &Shaped, after: &Shaped, plain: Option<&Renamed>) -> Vec<(PathId, PathId)> {
    // Where both have groups, a path stays in its own.
    let groups = if before.paths.is_grouped() && after.paths.is_grouped() {
        let mut known = FxHashMap::default();
        Some([before, after].map(|side| side.groups(&mut known)))
    } else {
        None
    };
    let is_same_group = |old: PathId, new: PathId| {
        groups.as_ref().is_none_or(|[before, after]| before[old.index()] == after[new.index()])
    };
    let by_plain = Buckets::new(after.plain.1.len(), || {
        after.paths.ids().filter_map(|path| Some((after.plain_path(path)?.index(), path)))
    });
    let mut pairs = Vec::new();
    for old in before.paths.ids() {
        let Some(path) = before.plain_path(old) else { continue };
        let add = |path: PathId| {
            let found = by_plain.of(path.index()).iter().filter(|&&new| is_same_group(old, new));
            pairs.extend(found.map(|&new| (old, new)));
        };
        match plain {
            None => std::iter::once(path).for_each(add),
            Some(renamed) => renamed.paths(path).for_each(add),
        }
    }
    if plain.is_some() {
        pairs.sort_unstable();
    }
    pairs
}

impl Shaped {
    /// The path without groups; `None` for a group.
    fn plain_path(&self, path: PathId) -> Option<PathId> {
        if self.paths.is_grouped() { self.paths.ungrouped(path) } else { Some(path) }
    }

    /// By path: its group, as a number that is the same wherever it is called the same.
    fn groups<'s>(&'s self, known: &mut FxHashMap<&'s str, usize>) -> Vec<usize> {
        let mut groups: Vec<usize> = Vec::with_capacity(self.paths.len());
        for path in self.paths.ids() {
            let group = self.paths.parent(path).map(|parent| groups[parent.index()]);
            groups.push(group.unwrap_or_else(|| {
                let next = known.len();
                let name = self.profile.function_name(self.paths.function(path));
                *known.entry(name).or_insert(next)
            }));
        }
        groups
    }
}

#[cfg(test)]
mod tests;
