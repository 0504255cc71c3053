//! The functions of two recordings by number, those that are one having one.

use super::align::{Match, Named, align};
use super::renames::Alike;
use crate::bits::Bits;
use crate::{CallPaths, FunctionGroups, FunctionId, PairId, Profile};

/// A function of one or of both recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairedFunction {
    /// The function in the first and in the second recording, the first of its name and module;
    /// one of them at least is there.
    pub of: [Option<FunctionId>; 2],
    /// Why they are taken for one; `None` for what is new or gone.
    pub matched: Option<Match>,
}

impl PairedFunction {
    /// Its name, that in the second recording where it is in both.
    pub fn name<'a>(&self, profiles: [&'a Profile; 2]) -> &'a str {
        self.tell(profiles, Profile::function_name)
    }

    /// The module it is of, that in the second recording where it is in both.
    pub fn module<'a>(&self, profiles: [&'a Profile; 2]) -> &'a str {
        self.tell(profiles, Profile::function_module)
    }

    fn tell<'a>(
        &self,
        [a, b]: [&'a Profile; 2],
        tell: impl Fn(&'a Profile, FunctionId) -> &'a str,
    ) -> &'a str {
        match self.of {
            [_, Some(function)] => tell(b, function),
            [Some(function), None] => tell(a, function),
            [None, None] => "",
        }
    }
}

/// Every function on any call path of two recordings, see [`PairId`].
#[derive(Clone, Debug, Default)]
pub struct PairedFunctions {
    pairs: Vec<PairedFunction>,
    /// By side, by function; [`PairId::NONE`] for what is on no path.
    pair_of: [Vec<PairId>; 2],
}

impl PairedFunctions {
    /// Pairs the functions that renames name, those of one name and module, then those whose names
    /// differ only in what rules take away: linear in the paths and functions.
    pub fn new<'r>(
        profiles: [&Profile; 2],
        paths: [&CallPaths; 2],
        alike: impl Into<Alike<'r>>,
    ) -> Self {
        let alike = alike.into();
        let groups_of = |at: usize| Groups::new(profiles[at], paths[at]);
        let groups: [Groups; 2] = rayon::join(|| groups_of(0), || groups_of(1)).into();
        let named = [0, 1].map(|at| Named::all(profiles[at], &groups[at].first));
        let aligned = align([&named[0], &named[1]], alike);
        let mut row_of_group = [0, 1].map(|at| vec![PairId::NONE; groups[at].by_name.len()]);
        let mut pairs = Vec::with_capacity(aligned.len());
        for aligned in aligned {
            let pair = PairId::from_index(pairs.len());
            for at in [0, 1] {
                if let Some(row) = aligned.of[at] {
                    row_of_group[at][groups[at].group[row]] = pair;
                }
            }
            let of = [0, 1].map(|at| aligned.of[at].map(|row| groups[at].first[row]));
            pairs.push(PairedFunction { of, matched: aligned.by });
        }
        let pair_of = [0, 1].map(|at| {
            let by_name = &groups[at].by_name;
            let functions = profiles[at].symbols().functions().ids();
            functions.map(|function| row_of_group[at][by_name.of_function(function)]).collect()
        });
        Self { pairs, pair_of }
    }

    /// Number of functions, those that are one counted once.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether neither recording has a function.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// All of them: those of the first recording, then what is new.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = PairId> + use<> {
        (0..self.len()).map(PairId::from_index)
    }

    /// What one of them is on each side.
    #[inline]
    pub fn get(&self, pair: PairId) -> PairedFunction {
        self.pairs[pair.index()]
    }

    /// What a function of one side is; [`PairId::NONE`] where it is on no path.
    #[inline]
    pub fn of(&self, side: usize, function: FunctionId) -> PairId {
        self.pair_of[side][function.index()]
    }
}

/// The functions of one recording that are on a path, one of each name and module.
struct Groups {
    by_name: FunctionGroups,
    /// Their groups.
    group: Vec<usize>,
    first: Vec<FunctionId>,
}

impl Groups {
    fn new(profile: &Profile, paths: &CallPaths) -> Self {
        let by_name = FunctionGroups::by_name_and_module(profile);
        let mut is_used = Bits::new(profile.symbols().functions().len());
        paths.ids().for_each(|path| is_used.insert(paths.function(path).index()));
        let mut occurs = Bits::new(by_name.len());
        for function in is_used.iter().map(FunctionId::from_index) {
            occurs.insert(by_name.of_function(function));
        }
        let group: Vec<usize> = occurs.iter().collect();
        let first = group.iter().map(|&group| by_name.first()[group]).collect();
        Self { by_name, group, first }
    }
}
