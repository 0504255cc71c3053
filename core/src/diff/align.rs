//! Which functions of two recordings are the same.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use super::names::{NameRule, plain};
use super::renames::{Alike, renamed};
use crate::{FunctionId, Profile, file_name};

/// Why two functions are taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// Somebody has said that they are one, see [`Rename`](super::Rename).
    Renamed,
    /// Name and module are the same.
    Exact,
    /// The names are the same, and the file names of the modules.
    Module,
    /// Name and file name of the module are the same without what builds add.
    Plain,
    /// The names are the same without what builds add, and each module is on one side only.
    Name,
}

/// A function of one or of both recordings, as rows of what was to be aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aligned {
    pub(super) of: [Option<usize>; 2],
    pub(super) by: Option<Match>,
}

/// A function as it is aligned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) module: &'a str,
}

impl<'a> Named<'a> {
    pub(super) fn of(profile: &'a Profile, function: FunctionId) -> Self {
        let (name, module) = (profile.function_name(function), profile.function_module(function));
        Self { name, module }
    }

    pub(super) fn all(profile: &'a Profile, functions: &[FunctionId]) -> Vec<Self> {
        functions.iter().map(|&function| Self::of(profile, function)).collect()
    }

    fn key(self, how: Match, rules: &[NameRule]) -> Key<'a> {
        let module = file_name(self.module);
        match how {
            Match::Exact | Match::Renamed => (Cow::Borrowed(self.name), Cow::Borrowed(self.module)),
            Match::Module => (Cow::Borrowed(self.name), Cow::Borrowed(module)),
            Match::Plain => (plain(self.name, rules), plain(module, rules)),
            Match::Name => (plain(self.name, rules), Cow::Borrowed("")),
        }
    }
}

/// Pairs the functions of two recordings: first those that somebody has said to be one, then those
/// that are the same to the letter, then by names that are less and less exact. A less exact name pairs two functions only if no other of
/// either side has it: what is ambiguous stays new and gone.
pub(super) fn align(functions: [&[Named<'_>]; 2], alike: Alike<'_>) -> Vec<Aligned> {
    let modules = functions.map(|functions| -> FxHashSet<&str> {
        functions.iter().map(|function| file_name(function.module)).collect()
    });
    // A place that has no name is no function, and one of a module that both sides have is there
    // or is gone.
    let may_differ = |side: usize, function: &Named<'_>| {
        !is_placeholder(function.name) && !modules[1 - side].contains(file_name(function.module))
    };
    let mut partner: [Vec<Option<usize>>; 2] =
        functions.map(|functions| vec![None; functions.len()]);
    let mut by: Vec<Option<Match>> = vec![None; functions[0].len()];
    for [a, b] in renamed(functions, alike.renames) {
        partner[0][a] = Some(b);
        partner[1][b] = Some(a);
        by[a] = Some(Match::Renamed);
    }
    for how in [Match::Exact, Match::Module, Match::Plain, Match::Name] {
        let keys = [0, 1].map(|side| -> Vec<(Key<'_>, usize)> {
            let open = functions[side].iter().enumerate();
            let open = open.filter(|&(row, function)| {
                partner[side][row].is_none() && (how != Match::Name || may_differ(side, function))
            });
            open.map(|(row, function)| (function.key(how, alike.rules), row)).collect()
        });
        if keys.iter().any(Vec::is_empty) {
            continue;
        }
        let [of_a, of_b] = keys.each_ref().map(|keys| unique(keys));
        for (key, _) in &keys[0] {
            let (Some(&Some(a)), Some(&Some(b))) = (of_a.get(key), of_b.get(key)) else { continue };
            partner[0][a] = Some(b);
            partner[1][b] = Some(a);
            by[a] = Some(how);
        }
    }
    let of_a = partner[0].iter().zip(&by).enumerate();
    let of_a = of_a.map(|(a, (&b, &by))| Aligned { of: [Some(a), b], by });
    let new = partner[1].iter().enumerate().filter(|(_, a)| a.is_none());
    of_a.chain(new.map(|(b, _)| Aligned { of: [None, Some(b)], by: None })).collect()
}

/// Whether a name stands for a place without one: `[unknown]`, `(anonymous)`, an address.
pub(super) fn is_placeholder(name: &str) -> bool {
    name.starts_with(['[', '(']) || name.starts_with("0x")
}

/// Name and module.
type Key<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The rows by key; `None` for a key that several have.
fn unique<'k>(rows: &'k [(Key<'k>, usize)]) -> FxHashMap<&'k Key<'k>, Option<usize>> {
    let mut by_key = FxHashMap::default();
    by_key.reserve(rows.len());
    for (key, row) in rows {
        by_key.entry(key).and_modify(|row| *row = None).or_insert(Some(*row));
    }
    by_key
}
