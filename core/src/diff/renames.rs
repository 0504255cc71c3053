//! Functions that are one although their names say otherwise: what people have said so of.

use rustc_hash::FxHashMap;

use super::NameRule;
use super::align::Named;

/// A function as people name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionName {
    /// Its whole name.
    pub name: String,
    /// The module it is of; `None` where that is not said.
    pub module: Option<String>,
}

/// A function that has another name in the second recording.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rename {
    /// What it is called in the first and in the second recording.
    pub of: [FunctionName; 2],
}

/// Which functions of two recordings are taken for one beside those of one name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alike<'a> {
    /// What of names may differ between builds.
    pub rules: &'a [NameRule],
    /// Functions of other names; these come first.
    pub renames: &'a [Rename],
}

impl<'a> From<&'a [NameRule]> for Alike<'a> {
    fn from(rules: &'a [NameRule]) -> Self {
        Self { rules, renames: &[] }
    }
}

impl<'a, const N: usize> From<&'a [NameRule; N]> for Alike<'a> {
    fn from(rules: &'a [NameRule; N]) -> Self {
        Self { rules, renames: &[] }
    }
}

impl From<&str> for FunctionName {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), module: None }
    }
}

impl FunctionName {
    fn is_of(&self, function: &Named<'_>) -> bool {
        self.is(function.name, function.module)
    }

    /// Whether a function of this name in this module is meant.
    pub(crate) fn is(&self, name: &str, module: &str) -> bool {
        self.name == name && self.module.as_ref().is_none_or(|it| it == module)
    }
}

/// The rows of both sides that renames make one: of those that one function of either side has.
pub(super) fn renamed(functions: [&[Named<'_>]; 2], renames: &[Rename]) -> Vec<[usize; 2]> {
    let rows = [0, 1].map(|side| -> FxHashMap<&str, Vec<usize>> {
        let mut rows: FxHashMap<&str, Vec<usize>> =
            renames.iter().map(|rename| (&*rename.of[side].name, Vec::new())).collect();
        if !rows.is_empty() {
            for (row, function) in functions[side].iter().enumerate() {
                if let Some(rows) = rows.get_mut(function.name) {
                    rows.push(row);
                }
            }
        }
        rows
    });
    let mut pairs: Vec<[usize; 2]> = Vec::new();
    for rename in renames {
        let found = [0, 1].map(|side| {
            let name = &rename.of[side];
            let mut of_name = rows[side]
                .get(&*name.name)
                .into_iter()
                .flatten()
                .copied()
                .filter(|&row| name.is_of(&functions[side][row]));
            of_name.next().filter(|_| of_name.next().is_none())
        });
        let [Some(a), Some(b)] = found else { continue };
        if pairs.iter().all(|pair| pair[0] != a && pair[1] != b) {
            pairs.push([a, b]);
        }
    }
    pairs
}
