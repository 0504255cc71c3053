//! Where call paths are once a profile has better names.
//!
//! What the user has opened, picked and zoomed to is a call path. Better names put inlined
//! functions between a caller and its callee, and tell apart what had one name, so a path may
//! become longer, or several:
//!
//! ```text
//! before    main → run → write          after    main → run → mix (inlined) → write
//!                                                main → run → write
//! ```

use rustc_hash::FxHashMap;

use crate::bits::Bits;
use crate::{CallPaths, FrameId, FunctionId, Outline, PathId, Profile};

/// Which paths each path of a profile has become in the same profile with other symbols.
#[derive(Clone, Debug, Default)]
pub struct Renamed {
    /// Each path before and one after, sorted; distinct.
    pub(crate) pairs: Vec<(PathId, PathId)>,
    pub(crate) functions: NewFunctions,
}

/// What functions have become.
#[derive(Clone, Debug)]
pub(crate) enum NewFunctions {
    /// So many have stayed what they were; others have become nothing.
    Same(usize),
    Found(FxHashMap<FunctionId, FunctionId>),
}

impl Default for NewFunctions {
    fn default() -> Self {
        Self::Same(0)
    }
}

impl Renamed {
    /// Follows every stack in both: one pass over samples, stacks and slices. `after` is
    /// `before` with other symbols.
    ///
    /// # Panics
    ///
    /// When the two are not the same recording.
    pub fn new(
        (before, paths_before): (&Profile, &CallPaths),
        (after, paths_after): (&Profile, &CallPaths),
    ) -> Self {
        let (samples, stacks) = (before.samples(), before.stacks());
        assert_eq!(samples.len(), after.samples().len(), "the same recording");
        let mut pairs = Pairs {
            lines: [before, after].map(|profile| &**profile.symbols()),
            paths: [paths_before, paths_after],
            found: Vec::new(),
            latest: vec![PathId::NONE; paths_before.len()],
        };
        let mut is_done = Bits::new(stacks.len());
        let mut latest = None;
        for sample in 0..samples.len() {
            let place = (samples.callers(sample), samples.leaf(sample));
            if latest == Some(place) {
                continue;
            }
            latest = Some(place);
            let (mut stack, leaf) = place;
            let ends = [paths_before.of_sample(sample), paths_after.of_sample(sample)];
            let mut callers = pairs.add(ends, leaf);
            while let (Some(row), Some(ends)) = (stack, callers) {
                if is_done.contains(row.index()) {
                    break;
                }
                is_done.insert(row.index());
                callers = pairs.add(ends, stacks.frame(row));
                stack = stacks.parent(row);
            }
        }
        let slices = before.slices();
        for slice in (0..slices.len()).map(crate::SliceId::from_index) {
            if let (Some(old), Some(new)) =
                (paths_before.of_slice(slice), paths_after.of_slice(slice))
            {
                pairs.push(old, new);
            }
        }
        let mut pairs = pairs.found;
        // Ids are in preorder, so this puts the paths that a path became in order too.
        pairs.sort_unstable();
        pairs.dedup();
        let mut functions = FxHashMap::default();
        for &(old, new) in &pairs {
            let (old, new) = (paths_before.function(old), paths_after.function(new));
            functions.entry(old).or_insert(new);
        }
        Self { pairs, functions: NewFunctions::Found(functions) }
    }

    /// The paths that a path has become: those that end in the same functions.
    pub fn paths(&self, path: PathId) -> impl Iterator<Item = PathId> {
        let start = self.pairs.partition_point(|&(old, _)| old < path);
        let pairs = self.pairs[start..].iter();
        pairs.take_while(move |&&(old, _)| old == path).map(|&(_, new)| new)
    }

    /// The function that a function has become; of several the first. `None` if no path ends
    /// in it.
    pub fn function(&self, function: FunctionId) -> Option<FunctionId> {
        match &self.functions {
            NewFunctions::Same(n_functions) => {
                (function.index() < *n_functions).then_some(function)
            }
            NewFunctions::Found(functions) => functions.get(&function).copied(),
        }
    }

    /// The same rows open. Inlined functions that are new between an open row and the ones
    /// below it are open too, so that those stay on screen.
    #[must_use]
    pub fn outline(&self, before: &Outline, paths: [&CallPaths; 2]) -> Outline {
        let [paths_before, paths_after] = paths;
        let mut after = Outline::default();
        for &(old, new) in &self.pairs {
            if before.is_open(old) {
                after.open(new);
            }
            if paths_before.parent(old).is_some_and(|caller| before.is_open(caller)) {
                let callers = paths_after.walk_to_root(new).skip(1);
                callers.take_while(|&path| paths_after.is_inlined(path)).for_each(|path| {
                    after.open(path);
                    // The function that it is inlined into shows it only when it is open.
                    after.open(paths_after.parent(path).unwrap_or(path));
                });
            }
        }
        after
    }
}

struct Pairs<'a> {
    lines: [&'a crate::Symbols; 2],
    paths: [&'a CallPaths; 2],
    found: Vec<(PathId, PathId)>,
    /// By path before: the latest after, so that what many samples have is kept once.
    latest: Vec<PathId>,
}

impl Pairs<'_> {
    fn push(&mut self, old: PathId, new: PathId) {
        if self.latest[old.index()] != new {
            self.latest[old.index()] = new;
            self.found.push((old, new));
        }
    }

    /// Adds the paths that end at a frame, and gives those of its callers.
    ///
    /// The physical function before is the physical one after. The functions inlined there
    /// have nothing in common but their order from the innermost on.
    fn add(&mut self, [old, new]: [PathId; 2], frame: FrameId) -> Option<[PathId; 2]> {
        let (paths, n_lines) = (self.paths, self.lines.map(|symbols| symbols.lines(frame).len()));
        let chain = |side: usize, end: PathId| {
            std::iter::successors(Some(end), move |&path| paths[side].parent(path))
                .take(n_lines[side])
                .collect::<Vec<PathId>>()
        };
        let (old, new) = (chain(0, old), chain(1, new));
        let (Some(&old_physical), Some(&new_physical)) = (old.last(), new.last()) else {
            return None;
        };
        self.push(old_physical, new_physical);
        for (&old, &new) in old[..old.len() - 1].iter().zip(&new[..new.len() - 1]) {
            self.push(old, new);
        }
        let callers = [(0, old_physical), (1, new_physical)]
            .map(|(side, physical)| paths[side].parent(physical));
        Some([callers[0]?, callers[1]?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Function, Line, SymbolsBuilder, testing};

    const SAMPLES: &str = "
        main  main  main
        run   run   idle
        write read
        ";

    /// The profile once `mix` is found to be inlined into `run`.
    fn with_inlined(profile: &Profile) -> Profile {
        let mut symbols = SymbolsBuilder::new(profile);
        for frame in profile.frames().ids() {
            let line = profile.symbols().lines(frame)[0];
            if profile.function_name(line.function) == "run" {
                let name = symbols.string("mix");
                let mix = Function::named(name);
                let mix = Line { function: symbols.function(mix), line: 3 };
                symbols.set_lines(frame, &[line, mix]);
            }
        }
        let (strings, symbols) = symbols.finish();
        profile.with_symbols(strings, symbols)
    }

    fn path_text(profile: &Profile, paths: &CallPaths, path: PathId) -> String {
        let mut names: Vec<&str> = paths
            .walk_to_root(path)
            .map(|path| profile.function_name(paths.function(path)))
            .collect();
        names.reverse();
        names.join(">")
    }

    fn find(profile: &Profile, paths: &CallPaths, text: &str) -> PathId {
        paths.ids().find(|&path| path_text(profile, paths, path) == text).unwrap()
    }

    #[test]
    fn a_path_is_where_its_functions_are() {
        let before = testing::profile(SAMPLES);
        let after = with_inlined(&before);
        let (old, new) = (CallPaths::new(&before), CallPaths::new(&after));
        let renamed = Renamed::new((&before, &old), (&after, &new));
        let check = |text: &str, expected: &[&str]| {
            let paths = renamed.paths(find(&before, &old, text));
            let texts: Vec<String> = paths.map(|path| path_text(&after, &new, path)).collect();
            assert_eq!(texts, expected, "{text}");
        };
        check("main", &["main"]);
        check("main>run", &["main>run"]);
        check("main>run>write", &["main>run>mix>write"]);
        let run = old.function(find(&before, &old, "main>run"));
        assert_eq!(after.function_name(renamed.function(run).unwrap()), "run");
    }

    #[test]
    fn what_was_on_screen_stays_on_screen() {
        let before = testing::profile(SAMPLES);
        let after = with_inlined(&before);
        let (old, new) = (CallPaths::new(&before), CallPaths::new(&after));
        let renamed = Renamed::new((&before, &old), (&after, &new));
        let mut outline = Outline::default();
        outline.open(find(&before, &old, "main"));
        let open = |outline: &Outline| -> Vec<String> {
            let is_open = |&path: &PathId| outline.is_open(path);
            new.ids().filter(is_open).map(|path| path_text(&after, &new, path)).collect()
        };
        assert_eq!(open(&renamed.outline(&outline, [&old, &new])), ["main"]);
        outline.open(find(&before, &old, "main>run"));
        let opened = open(&renamed.outline(&outline, [&old, &new]));
        assert_eq!(opened, ["main", "main>run", "main>run>mix"]);
    }
}
