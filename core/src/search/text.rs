//! Whether a text is somewhere in another.
//!
//! A search looks at every name of a profile while the user types, so words of ASCII are not
//! expressions: where case is the same, sixteen places of a name are compared at once, by the two
//! rarest letters of the word.

use memchr::memmem::Finder;
use regex::{Regex, RegexBuilder};
use wide::u8x16;

use super::SearchError;
use super::expression::Pattern;

/// What tells whether a text matches a pattern.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    /// The text has this.
    Exact(Box<Finder<'static>>),
    /// The text has this; letters of ASCII are the same in upper and lower case.
    Folded(Folded),
    /// The expression matches somewhere.
    Regex(Regex),
}

/// An expression that needs more memory than this is refused; a long list of Unicode classes
/// fits.
const MAX_REGEX_BYTES: usize = 4 << 20;

const TOO_LARGE: &str = "the expression needs too much memory";

impl Matcher {
    /// What matches a pattern that starts at a place of what was typed.
    pub(super) fn new(pattern: &Pattern, at: usize) -> Result<Self, SearchError> {
        match pattern {
            Pattern::Text(text) if text.chars().any(char::is_uppercase) => {
                Ok(Self::Exact(Box::new(Finder::new(text).into_owned())))
            }
            Pattern::Text(text) if text.is_ascii() => Ok(Self::Folded(Folded::new(text))),
            Pattern::Text(text) => {
                let error = |_| SearchError { message: TOO_LARGE.to_owned(), position: at };
                compile(&regex::escape(text), false).map(Self::Regex).map_err(error)
            }
            Pattern::Regex(text) => expression(text, at + 1).map(Self::Regex),
        }
    }

    #[inline]
    pub(super) fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Exact(finder) => finder.find(text.as_bytes()).is_some(),
            Self::Folded(folded) => folded.is_in(text.as_bytes()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// A word in which upper and lower case are the same.
#[derive(Clone, Debug)]
pub(super) struct Folded {
    /// In lower case.
    word: Box<[u8]>,
    /// Where its two rarest letters are, and what they are with [`CASE`] set.
    rare: [(usize, u8); 2],
}

/// The bit that tells letters of lower case from those of upper case. Setting it also makes some
/// other bytes the same, so what is found by it is compared again.
const CASE: u8 = 0x20;

/// The letters of names, the most frequent first.
const FREQUENT: &[u8] = b"e:_tarionscldpumgf<>vhybkwx,&* ";

/// Places that are compared at once.
const LANES: usize = 16;

impl Folded {
    fn new(word: &str) -> Self {
        let word = word.to_ascii_lowercase().into_bytes().into_boxed_slice();
        let rank = |at: &usize| {
            let place = FREQUENT.iter().position(|letter| *letter == word[*at]);
            place.unwrap_or(FREQUENT.len())
        };
        let mut places: Vec<usize> = (0..word.len()).collect();
        places.sort_by_key(|at| std::cmp::Reverse(rank(at)));
        let letter = |at: usize| word.get(at).map_or((0, CASE), |letter| (at, letter | CASE));
        let first = places.first().copied().unwrap_or(0);
        let rare = [letter(first), letter(places.get(1).copied().unwrap_or(first))];
        Self { word, rare }
    }

    #[inline]
    fn is_in(&self, text: &[u8]) -> bool {
        let Some(last) = text.len().checked_sub(self.word.len()) else { return false };
        let mut start = 0;
        while start + LANES <= last + 1 {
            if self.is_among(text, start) {
                return true;
            }
            start += LANES;
        }
        if start > last {
            return false;
        }
        match (last + 1).checked_sub(LANES) {
            // The last places, with some of those before them.
            Some(start) => self.is_among(text, start),
            None => (start..=last).any(|at| self.is_at(text, at)),
        }
    }

    /// Whether the word is at one of the places from `start` on.
    #[inline]
    fn is_among(&self, text: &[u8], start: usize) -> bool {
        let [(a_at, a), (b_at, b)] = self.rare;
        let lanes = |at: usize| text[start + at..].first_chunk().map(|it| u8x16::new(*it));
        let (Some(a_text), Some(b_text)) = (lanes(a_at), lanes(b_at)) else { return false };
        let case = u8x16::splat(CASE);
        let is = |text: u8x16, letter| (text | case).simd_eq(u8x16::splat(letter));
        let mut found = (is(a_text, a) & is(b_text, b)).to_bitmask();
        while found != 0 {
            let lane = found.trailing_zeros() as usize;
            if self.is_at(text, start + lane) {
                return true;
            }
            found &= found - 1;
        }
        false
    }

    #[inline]
    fn is_at(&self, text: &[u8], at: usize) -> bool {
        text[at..][..self.word.len()].eq_ignore_ascii_case(&self.word)
    }
}

fn expression(pattern: &str, at: usize) -> Result<Regex, SearchError> {
    compile(pattern, has_upper_case_beside_escapes(pattern)).map_err(|error| match error {
        regex::Error::Syntax(report) => {
            let (message, column) = last_lines(&report);
            let in_pattern = pattern.char_indices().map(|(at, _)| at).nth(column);
            SearchError { message, position: at + in_pattern.unwrap_or_default() }
        }
        _ => SearchError { message: TOO_LARGE.to_owned(), position: at },
    })
}

fn compile(pattern: &str, is_case_sensitive: bool) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(!is_case_sensitive)
        .size_limit(MAX_REGEX_BYTES)
        .build()
}

/// Whether an expression has upper case that is to be matched: not that of `\W` or `\p{Lu}`.
fn has_upper_case_beside_escapes(pattern: &str) -> bool {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            let class = chars.next();
            if matches!(class, Some('p' | 'P')) && chars.as_str().starts_with('{') {
                chars.by_ref().find(|&c| c == '}');
            }
        } else if c.is_uppercase() {
            return true;
        }
    }
    false
}

/// The message and the column, in characters, of a report on a syntax error:
///
/// ```text
/// regex parse error:
///     foo(
///        ^
/// error: unclosed group
/// ```
fn last_lines(report: &str) -> (String, usize) {
    const INDENT: usize = 4;
    let last = report.lines().next_back().unwrap_or_default();
    let message = last.strip_prefix("error: ").unwrap_or(last).to_owned();
    let column = report
        .lines()
        .find(|line| line.trim_start().starts_with('^'))
        .and_then(|line| line.find('^')?.checked_sub(INDENT));
    (message, column.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_word_is_found_wherever_it_is(
            text in "[aAbB@`ß:_k{2}]{0,60}",
            word in "[ab@`:_]{1,4}",
        ) {
            let matcher = Matcher::new(&Pattern::Text(word.clone()), 0).unwrap();
            prop_assert!(matches!(matcher, Matcher::Folded(_)));
            let expected = text.to_ascii_lowercase().contains(&word);
            prop_assert_eq!(matcher.is_in(&text), expected);
        }
    }
}
