//! Search: what a person types to find functions.
//!
//! | text              | finds functions                                             |
//! |-------------------|-------------------------------------------------------------|
//! | `parse json`      | whose name has both words, in any order                     |
//! | `/^std::.*alloc/` | whose name the expression matches                           |
//! | `module:libc`     | of a binary or category whose name has `libc`               |
//! | `file:/\.rs$/`    | of a source file the expression matches                     |
//!
//! Upper and lower case are the same, unless a word or expression has upper case.

mod slices;

use std::fmt;
use std::ops::Range;

use regex::{Regex, RegexBuilder};

pub use self::slices::SliceSearch;

use crate::{FunctionId, FunctionSet, Profile};

/// A search, ready to be run on any profile.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// All must match.
    terms: Vec<Term>,
}

/// Why a text is no search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchError {
    /// What is wrong, for people: a clause without a full stop.
    pub message: String,
    /// Where, as a byte offset in the text, at a character.
    pub position: usize,
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SearchError {}

#[derive(Clone, Debug)]
struct Term {
    field: Field,
    regex: Regex,
}

/// What a term looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Module,
    File,
}

/// An expression that needs more memory than this is refused; a long list of Unicode classes
/// fits.
const MAX_REGEX_BYTES: usize = 4 << 20;

impl Search {
    /// Reads what was typed. Text without a word, and words such as `module:` that are not
    /// complete yet, find nothing and restrict nothing.
    pub fn new(text: &str) -> Result<Self, SearchError> {
        let mut terms = Vec::new();
        let mut at = 0;
        while let Some(start) = text[at..].find(|c: char| !c.is_whitespace()).map(|n| at + n) {
            let (field, prefix) = field(&text[start..]);
            let value = start + prefix;
            let (pattern, end) = pattern(text, value);
            at = end;
            match pattern {
                Pattern::Regex(range) => {
                    terms.push(Term { field, regex: expression(text, range)? });
                }
                Pattern::Word("") => {}
                Pattern::Word(word) => {
                    let error = |_| SearchError { message: TOO_LARGE.to_owned(), position: value };
                    let regex = compile(&regex::escape(word), has_upper_case(word));
                    terms.push(Term { field, regex: regex.map_err(error)? });
                }
            }
        }
        Ok(Self { terms })
    }

    /// What to type to find the functions of one name and no others.
    pub fn text_of_name(name: &str) -> String {
        // A slash before white space would end the expression.
        format!("/^{}$/", regex::escape(name).replace('/', r"\x2f"))
    }

    /// Whether nothing is searched for.
    pub fn is_none(&self) -> bool {
        self.terms.is_empty()
    }

    /// The functions that match; none when nothing is searched for. Linear in the names.
    pub fn functions(&self, profile: &Profile) -> FunctionSet {
        if self.is_none() {
            return FunctionSet::default();
        }
        let n_functions = profile.symbols().functions().len();
        FunctionSet::of(n_functions, |function| self.matches(profile, function))
    }

    /// Where the words and expressions match in a name, to mark them: rising, may overlap.
    pub fn marks(&self, name: &str) -> Vec<Range<usize>> {
        let terms = self.terms.iter().filter(|term| term.field == Field::Name);
        let found = terms.flat_map(|term| term.regex.find_iter(name));
        let mut marks: Vec<_> =
            found.map(|found| found.range()).filter(|mark| !mark.is_empty()).collect();
        marks.sort_unstable_by_key(|mark| (mark.start, mark.end));
        marks
    }

    fn matches(&self, profile: &Profile, function: FunctionId) -> bool {
        self.terms.iter().all(|term| term.matches(profile, function))
    }
}

impl Term {
    fn matches(&self, profile: &Profile, function: FunctionId) -> bool {
        let text = match self.field {
            Field::Name => profile.function_name(function),
            Field::Module => profile.function_module(function),
            Field::File => {
                let file = profile.symbols().functions().row(function).file;
                file.map_or("", |file| profile.text(file))
            }
        };
        self.regex.is_match(text)
    }
}

/// What a term is about, and how long its prefix is.
fn field(term: &str) -> (Field, usize) {
    let fields = [("module:", Field::Module), ("file:", Field::File)];
    let named = fields.into_iter().find_map(|(prefix, field)| {
        // `file::open` is the name of a function.
        let rest = term.strip_prefix(prefix)?;
        (!rest.starts_with(':')).then_some((field, prefix.len()))
    });
    named.unwrap_or((Field::Name, 0))
}

enum Pattern<'a> {
    Word(&'a str),
    /// Where the expression is in the text, without its slashes.
    Regex(Range<usize>),
}

/// The pattern at a place in the text, and where it ends. An expression ends with a `/` before
/// white space or the end of the text; without one, its `/` is a part of a word such as a path.
fn pattern(text: &str, start: usize) -> (Pattern<'_>, usize) {
    let rest = &text[start..];
    if let Some(inner) = rest.strip_prefix('/') {
        let closing = inner
            .match_indices('/')
            .map(|(at, _)| at)
            .find(|&at| at > 0 && !inner[at + 1..].starts_with(|c: char| !c.is_whitespace()));
        if let Some(len) = closing {
            let start = start + 1;
            return (Pattern::Regex(start..start + len), start + len + 1);
        }
    }
    let len = rest.find(char::is_whitespace).unwrap_or(rest.len());
    (Pattern::Word(&rest[..len]), start + len)
}

const TOO_LARGE: &str = "the expression needs too much memory";

fn expression(text: &str, range: Range<usize>) -> Result<Regex, SearchError> {
    let pattern = &text[range.clone()];
    compile(pattern, has_upper_case_beside_escapes(pattern)).map_err(|error| match error {
        regex::Error::Syntax(report) => {
            let (message, column) = last_lines(&report);
            let at = pattern.char_indices().map(|(at, _)| at).nth(column).unwrap_or_default();
            SearchError { message, position: range.start + at }
        }
        _ => SearchError { message: TOO_LARGE.to_owned(), position: range.start },
    })
}

fn compile(pattern: &str, is_case_sensitive: bool) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(!is_case_sensitive)
        .size_limit(MAX_REGEX_BYTES)
        .build()
}

fn has_upper_case(text: &str) -> bool {
    text.chars().any(char::is_uppercase)
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
mod tests;
