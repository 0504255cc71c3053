//! Search among slices: what is not in a name may be in a category or in the arguments.

use super::compare::Threshold;
use super::expression::{Expression, Field, Figure, Key, Wanted};
use super::functions::Prepared;
use super::text::Matcher;
use super::{Compiled, Search, SearchError, Subject};
use crate::{FunctionSet, Profile, SliceId, Unit, process_name, thread_name};

/// A search among the slices of one profile.
///
/// A word or expression without a field matches a slice by its name, its category, or one of its
/// arguments: the name of that, its value, or both as `name=value`.
pub struct SliceSearch<'p> {
    profile: &'p Profile,
    wanted: Option<Expression<SliceTerm>>,
}

enum SliceTerm {
    /// Slices of these names.
    Names(FunctionSet),
    /// Those, and slices with such an argument.
    NamesOrArguments(FunctionSet, Matcher),
    /// Slices with an argument of this name, of some value.
    Argument(String, Option<Matcher>),
    /// By track.
    Tracks(Vec<bool>),
    /// Slices that last so long, themselves or with what is nested in them.
    Figure(Figure, Threshold),
}

impl<'p> SliceSearch<'p> {
    /// Looks at the names of a profile: linear in them. An error says what cannot be asked of
    /// slices.
    pub fn new(search: &Search, profile: &'p Profile) -> Result<Self, SearchError> {
        search.check(Subject::Slices)?;
        let wanted = search.wanted.as_ref();
        let term = |it: &Compiled| SliceTerm::new(it, profile);
        Ok(Self { profile, wanted: wanted.map(|wanted| wanted.try_map(&term)).transpose()? })
    }

    /// Whether nothing is searched for, so that every slice matches.
    pub fn is_none(&self) -> bool {
        self.wanted.is_none()
    }

    /// Whether a slice matches; `None` where only its arguments tell.
    #[inline]
    pub fn matches_without_arguments(&self, slice: SliceId) -> Option<bool> {
        let Some(wanted) = &self.wanted else { return Some(true) };
        wanted.holds(&mut |term| term.without_arguments(self.profile, slice))
    }

    /// Whether a slice with these arguments matches. `joined` is room for a text.
    pub fn matches(
        &self,
        slice: SliceId,
        arguments: &[(String, String)],
        joined: &mut String,
    ) -> bool {
        let Some(wanted) = &self.wanted else { return true };
        let holds = wanted.holds(&mut |term| {
            let known = term.without_arguments(self.profile, slice);
            known.or_else(|| Some(term.is_among(arguments, joined)))
        });
        holds.unwrap_or_default()
    }
}

impl SliceTerm {
    fn new(compiled: &Compiled, profile: &Profile) -> Result<Self, SearchError> {
        let (term, matcher) = (&compiled.term, compiled.matcher.as_ref());
        let all = FunctionSet::all(profile.symbols().functions().len());
        let names = || Ok(Prepared::new(compiled, profile, None)?.among(profile, &all));
        Ok(match (&term.wanted, matcher) {
            (Wanted::Text(Field::Anywhere, _), Some(matcher)) => {
                let found = all.filtered(|function| {
                    matcher.is_in(profile.function_name(function))
                        || matcher.is_in(profile.function_module(function))
                });
                Self::NamesOrArguments(found, matcher.clone())
            }
            (Wanted::Text(Field::Thread, _), Some(matcher)) => {
                let is_in = |thread| matcher.is_in(&thread_name(profile, thread));
                Self::Tracks(of_tracks(profile, |track| track.thread.is_some_and(is_in)))
            }
            (Wanted::Text(Field::Process, _), Some(matcher)) => {
                let is_in = |process| matcher.is_in(&process_name(profile, process));
                Self::Tracks(of_tracks(profile, |track| is_in(track.process)))
            }
            (Wanted::Has(Key::Argument, name) | Wanted::Value(Key::Argument, name, _), matcher) => {
                Self::Argument(name.clone(), matcher.cloned())
            }
            (&Wanted::Figure(figure, comparison, amount), _) => {
                let asked = (figure, comparison, amount);
                Self::Figure(figure, Threshold::new(asked, &Unit::Nanoseconds, None, term)?)
            }
            _ => Self::Names(names()?),
        })
    }

    /// Whether a slice matches; `None` where only its arguments tell.
    #[inline]
    fn without_arguments(&self, profile: &Profile, slice: SliceId) -> Option<bool> {
        let slices = profile.slices();
        match self {
            Self::Names(names) => Some(names.contains(slices.name(slice))),
            Self::NamesOrArguments(names, _) => names.contains(slices.name(slice)).then_some(true),
            Self::Argument(..) => None,
            Self::Tracks(tracks) => {
                let lane = &slices.lanes()[slices.lane_of(slice).index()];
                Some(tracks[lane.track.index()])
            }
            Self::Figure(Figure::Own, limit) => Some(limit.holds(slices.self_ns(slice))),
            Self::Figure(_, limit) => Some(limit.holds(slices.duration_ns(slice))),
        }
    }

    /// Whether such an argument is among those of a slice.
    fn is_among(&self, arguments: &[(String, String)], joined: &mut String) -> bool {
        match self {
            Self::NamesOrArguments(_, matcher) => arguments.iter().any(|(key, value)| {
                joined.clear();
                joined.extend([key, "=", value]);
                matcher.is_in(joined) || matcher.is_in(key) || matcher.is_in(value)
            }),
            Self::Argument(name, matcher) => arguments.iter().any(|(key, value)| {
                let is_called = key == name || is_last_part(key, name);
                is_called && matcher.as_ref().is_none_or(|matcher| matcher.is_in(value))
            }),
            Self::Names(_) | Self::Tracks(_) | Self::Figure(..) => false,
        }
    }
}

/// Whether a name such as `args.data.url` ends with parts such as `url` or `data.url`.
fn is_last_part(key: &str, name: &str) -> bool {
    key.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
}

fn of_tracks(profile: &Profile, is_in: impl Fn(&crate::Track) -> bool) -> Vec<bool> {
    profile.tracks().ids().map(|track| is_in(profile.tracks().row(track))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// What is found of a slice `a` of 10 microseconds on a thread `T` with some arguments: without
    /// those, only with them, or not.
    #[track_caller]
    fn check(search: &str, arguments: &[(&str, &str)], expected: &str) {
        let profile = testing::trace("T: aaaaaaaaaa");
        let slice = SliceId::from_index(0);
        let search = SliceSearch::new(&Search::new(search).unwrap(), &profile).unwrap();
        let arguments: Vec<(String, String)> =
            arguments.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        let matches = search.matches(slice, &arguments, &mut String::new());
        let known = search.matches_without_arguments(slice);
        let found = match (known, matches) {
            (Some(true), _) => "name",
            (None, true) => "arguments",
            (Some(false) | None, false) => "no",
            (Some(false), true) => "arguments are not asked",
        };
        assert_eq!(found, expected);
        assert!(known.is_none_or(|known| known == matches));
    }

    const SOUP: [(&str, &str); 2] = [("args.dish", "Soup of the day"), ("args.litres", "3")];

    #[test]
    fn all_words_are_found_in_names_or_arguments() {
        check("", &SOUP, "name");
        check("A", &SOUP, "no");
        check("a", &SOUP, "name");
        check("soup", &SOUP, "arguments");
        check("a litres", &SOUP, "arguments");
        check("dish=soup", &SOUP, "arguments");
        check("/^3$/", &SOUP, "arguments");
        check("soup bread", &SOUP, "no");
        check("soup module:x", &SOUP, "no");
        check("soup", &[], "no");
    }

    #[test]
    fn arguments_are_left_out_and_asked_by_name() {
        check("-soup", &SOUP, "no");
        check("-bread", &SOUP, "arguments");
        check("-a", &SOUP, "no");
        check("soup OR a", &SOUP, "name");
        check("arg.dish=soup", &SOUP, "arguments");
        check("arg.args.litres=3", &SOUP, "arguments");
        check("arg.itres=3", &SOUP, "no");
        check("arg.litres", &SOUP, "arguments");
        check("name:soup", &SOUP, "no");
    }

    #[test]
    fn slices_are_found_by_thread_and_by_how_long_they_last() {
        check("thread:t", &[], "name");
        check("thread:/^T 1$/", &[], "name");
        check("-thread:t", &[], "no");
        check("total>=10us self<10.001us", &[], "name");
        check("total>10us", &[], "no");
        let profile = testing::trace("T: a");
        let error = SliceSearch::new(&Search::new("total>1%").unwrap(), &profile).err().unwrap();
        assert_eq!(error.position, 6);
    }
}
