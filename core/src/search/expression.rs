//! What is searched for, as data: terms, and how they are joined.

use std::fmt;

use super::amount::{Amount, Comparison};
use super::parse;
use crate::SearchError;

/// Terms of some kind, joined. [`Expression::parse`] reads one, `Display` writes what it reads.
///
/// # Invariants
///
/// * No `All` is directly in an `All`, no `Any` in an `Any`, no `Not` in a `Not`, and each of the
///   first two has at least two parts: what means the same is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression<T = Term> {
    /// All of these.
    All(Vec<Self>),
    /// At least one of these.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// This.
    Is(T),
}

/// One thing that is asked, and where in the text.
#[derive(Clone, Debug)]
pub struct Term {
    /// What is asked.
    pub wanted: Wanted,
    /// Where it starts in the text, in bytes.
    pub at: usize,
    /// Where its pattern or number starts.
    pub pattern_at: usize,
}

/// Two terms are the same that ask the same, wherever they were typed.
impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.wanted == other.wanted
    }
}

impl Eq for Term {}

/// What a term asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A text that matches.
    Text(Field, Pattern),
    /// Something with this name at all, such as a label of this key.
    Has(Key, String),
    /// Something with this name that matches.
    Value(Key, String, Pattern),
    /// A number so large or small.
    Figure(Figure, Comparison, Amount),
}

/// A text that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The name; of slices also their categories and arguments.
    Anywhere,
    /// The name.
    Name,
    /// The binary, or the category where there is none.
    Module,
    /// The source file.
    File,
    /// The category.
    Category,
    /// The thread, by name and number.
    Thread,
    /// The process, by name and number.
    Process,
}

/// A kind of things that have names and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Labels of samples.
    Label,
    /// Arguments of slices.
    Argument,
}

/// A number that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// The weight of its own.
    Own,
    /// The weight with all that was called; of a slice how long it lasts.
    Total,
    /// How many samples or slices it is in.
    Count,
}

/// What a text is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// It has this text somewhere.
    Text(String),
    /// This expression matches somewhere.
    Regex(String),
}

impl Field {
    /// The fields with what stands before their patterns.
    pub(super) const PREFIXES: [(&'static str, Self); 6] = [
        ("name:", Self::Name),
        ("module:", Self::Module),
        ("file:", Self::File),
        ("category:", Self::Category),
        ("thread:", Self::Thread),
        ("process:", Self::Process),
    ];
}

impl Key {
    pub(super) const PREFIXES: [(&'static str, Self); 2] =
        [("label.", Self::Label), ("arg.", Self::Argument)];
}

impl Figure {
    /// The names of figures, for each the one to write first.
    pub(super) const NAMES: [(&'static str, Self); 4] = [
        ("self", Self::Own),
        ("total", Self::Total),
        ("count", Self::Count),
        ("duration", Self::Total),
    ];
}

/// The first text of a table that stands for something.
pub(super) fn text_of<T: PartialEq>(table: &[(&'static str, T)], of: &T) -> &'static str {
    table.iter().find(|(_, other)| other == of).map_or("", |&(text, _)| text)
}

impl Pattern {
    /// An expression, written so that it is one between slashes.
    pub fn regex(text: &str) -> Self {
        let mut pattern = String::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            // A slash before these would end the expression.
            let ends = chars.peek().is_none_or(|&next| next.is_whitespace() || next == ')');
            if c == '/' && ends { pattern.push_str(r"\x2f") } else { pattern.push(c) }
        }
        Self::Regex(pattern)
    }
}

impl Wanted {
    /// The pattern, if there is one.
    pub fn pattern(&self) -> Option<&Pattern> {
        match self {
            Self::Text(_, pattern) | Self::Value(_, _, pattern) => Some(pattern),
            Self::Has(..) | Self::Figure(..) => None,
        }
    }
}

impl Expression {
    /// Reads what was typed; `None` where nothing is asked.
    pub fn parse(text: &str) -> Result<Option<Self>, SearchError> {
        parse::parse(text)
    }

    /// Reads what was written to the end: what [`Self::parse`] takes for not yet complete, such as
    /// a group that is never closed, is an error at its place.
    pub(crate) fn parse_finished(text: &str) -> Result<Option<Self>, SearchError> {
        parse::parse_finished(text)
    }
}

impl<T> Expression<T> {
    /// All of these: nothing where there are none.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::All(parts) => all.extend(parts),
                other => all.push(other),
            }
        }
        if all.len() < 2 { all.pop() } else { Some(Self::All(all)) }
    }

    /// At least one of these: nothing where there are none.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut any = Vec::new();
        for part in parts {
            match part {
                Self::Any(parts) => any.extend(parts),
                other => any.push(other),
            }
        }
        if any.len() < 2 { any.pop() } else { Some(Self::Any(any)) }
    }

    /// The contrary.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Not(part) => *part,
            other => Self::Not(Box::new(other)),
        }
    }

    /// The same of other terms. As deep as the expression, which [`Expression::parse`] limits.
    pub(crate) fn try_map<'a, U, E>(
        &'a self,
        map: &impl Fn(&'a T) -> Result<U, E>,
    ) -> Result<Expression<U>, E> {
        let each = |parts: &'a [Self]| {
            parts.iter().map(|part| part.try_map(map)).collect::<Result<Vec<_>, E>>()
        };
        Ok(match self {
            Self::All(parts) => Expression::All(each(parts)?),
            Self::Any(parts) => Expression::Any(each(parts)?),
            Self::Not(part) => Expression::Not(Box::new(part.try_map(map)?)),
            Self::Is(term) => Expression::Is(map(term)?),
        })
    }

    /// The terms, in the order of the text.
    pub fn terms(&self) -> impl Iterator<Item = &T> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            loop {
                match waiting.pop()? {
                    Self::All(parts) | Self::Any(parts) => waiting.extend(parts.iter().rev()),
                    Self::Not(part) => waiting.push(part),
                    Self::Is(term) => return Some(term),
                }
            }
        })
    }

    /// Whether it holds, where some terms may be unknown: then `None`, unless that is the same
    /// whatever they are.
    pub(super) fn holds(&self, is: &mut impl FnMut(&T) -> Option<bool>) -> Option<bool> {
        let mut fold = |parts: &[Self], decides: bool| {
            let mut all = Some(!decides);
            for part in parts {
                match part.holds(is) {
                    Some(holds) if holds == decides => return Some(decides),
                    Some(_) => {}
                    None => all = None,
                }
            }
            all
        };
        match self {
            Self::All(parts) => fold(parts, false),
            Self::Any(parts) => fold(parts, true),
            Self::Not(part) => part.holds(is).map(|holds| !holds),
            Self::Is(term) => is(term),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, between) = match self {
            Self::Is(term) => return term.wanted.fmt(f),
            Self::Not(part) if matches!(**part, Self::Is(_)) => return write!(f, "-{part}"),
            Self::Not(part) => return write!(f, "-({part})"),
            Self::All(parts) => (parts, " "),
            Self::Any(parts) => (parts, " OR "),
        };
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                f.write_str(between)?;
            }
            // What stands side by side binds closer.
            match part {
                Self::Any(_) => write!(f, "({part})")?,
                _ => part.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(Field::Anywhere, Pattern::Text(text)) if !parse::is_word(text) => {
                quoted(f, text)
            }
            Self::Text(field, pattern) => {
                write!(f, "{}{pattern}", text_of(&Field::PREFIXES, field))
            }
            Self::Has(key, name) => {
                f.write_str(text_of(&Key::PREFIXES, key))?;
                plain_or_quoted(f, name)
            }
            Self::Value(key, name, pattern) => {
                f.write_str(text_of(&Key::PREFIXES, key))?;
                plain_or_quoted(f, name)?;
                write!(f, "={pattern}")
            }
            Self::Figure(figure, comparison, amount) => {
                write!(f, "{}{comparison}{amount}", text_of(&Figure::NAMES, figure))
            }
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => plain_or_quoted(f, text),
            Self::Regex(text) => write!(f, "/{text}/"),
        }
    }
}

fn plain_or_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    if parse::is_plain(text) { f.write_str(text) } else { quoted(f, text) }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
