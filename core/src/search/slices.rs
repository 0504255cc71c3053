//! Search among slices: what is not in a name may be in a category or in the arguments.

use regex::Regex;

use super::{Field, Search};
use crate::{FunctionId, FunctionSet, Profile};

/// A search among the slices of one profile.
///
/// A word or expression without a prefix matches a slice by its name, its category, or one of its
/// arguments: the name of that, its value, or both as `name=value`. Those with a prefix match as
/// they do functions.
#[derive(Clone, Debug, Default)]
pub struct SliceSearch {
    terms: Vec<SliceTerm>,
}

#[derive(Clone, Debug)]
struct SliceTerm {
    /// What matches by name or category.
    functions: FunctionSet,
    /// What arguments are asked for; `None` where only functions are.
    regex: Option<Regex>,
}

impl SliceSearch {
    /// Looks at the names of a profile: linear in them.
    pub fn new(search: &Search, profile: &Profile) -> Self {
        let n_functions = profile.symbols().functions().len();
        let term = |term: &super::Term| {
            let functions = FunctionSet::of(n_functions, |function| {
                let is_in_category = term.field == Field::Name
                    && term.regex.is_match(profile.function_module(function));
                is_in_category || term.matches(profile, function)
            });
            let regex = (term.field == Field::Name).then(|| term.regex.clone());
            SliceTerm { functions, regex }
        };
        Self { terms: search.terms.iter().map(term).collect() }
    }

    /// Whether nothing is searched for, so that every slice matches.
    pub fn is_none(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a slice of this name matches whatever its arguments are.
    #[inline]
    pub fn matches_name(&self, name: FunctionId) -> bool {
        self.terms.iter().all(|term| term.functions.contains(name))
    }

    /// Whether a slice of this name may match by its arguments, but not by its name alone.
    #[inline]
    pub fn wants_arguments(&self, name: FunctionId) -> bool {
        !self.matches_name(name)
            && self.terms.iter().all(|term| term.regex.is_some() || term.functions.contains(name))
    }

    /// Whether a slice of this name with these arguments matches. `joined` is room for a text.
    pub fn matches(
        &self,
        name: FunctionId,
        arguments: &[(String, String)],
        joined: &mut String,
    ) -> bool {
        self.terms.iter().all(|term| {
            let is_in = |regex: &Regex| {
                arguments.iter().any(|(key, value)| {
                    joined.clear();
                    joined.extend([key, "=", value]);
                    regex.is_match(joined) || regex.is_match(key) || regex.is_match(value)
                })
            };
            term.functions.contains(name) || term.regex.as_ref().is_some_and(is_in)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// What is found of a slice `a` with some arguments: by its name, only by its arguments, or
    /// not.
    #[track_caller]
    fn check(search: &str, arguments: &[(&str, &str)], expected: &str) {
        let profile = testing::trace("T: a");
        let name = profile.slices().names()[0];
        let search = SliceSearch::new(&Search::new(search).unwrap(), &profile);
        let arguments: Vec<(String, String)> =
            arguments.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        let matches = search.matches(name, &arguments, &mut String::new());
        let found = match (search.matches_name(name), matches) {
            (true, _) => "name",
            (false, true) => "arguments",
            (false, false) => "no",
        };
        assert_eq!(found, expected);
        assert!(!matches || search.matches_name(name) || search.wants_arguments(name));
    }

    #[test]
    fn all_words_are_found_in_names_or_arguments() {
        let arguments = [("args.dish", "Soup of the day"), ("args.litres", "3")];
        check("", &arguments, "name");
        check("A", &arguments, "no");
        check("a", &arguments, "name");
        check("soup", &arguments, "arguments");
        check("a litres", &arguments, "arguments");
        check("dish=soup", &arguments, "arguments");
        check("/^3$/", &arguments, "arguments");
        check("soup bread", &arguments, "no");
        check("soup module:x", &arguments, "no");
        check("soup", &[], "no");
    }
}
