//! Search: what a person types to find functions and slices, and to say which stacks count.
//!
//! | text                          | finds                                                    |
//! |-------------------------------|----------------------------------------------------------|
//! | `parse json`                  | what has both words, in any order                        |
//! | `"operator new"`              | what has this text, white space too                      |
//! | `/^std::.*alloc/`             | what the expression matches                              |
//! | `module:libc` `file:/\.rs$/`  | of a binary, of a source file that is called so          |
//! | `-malloc`                     | what is not called so                                    |
//! | `read OR (write -log)`        | either; what stands side by side binds closer            |
//! | `self>1ms` `total>=5%`        | what weighs so much, in the units of the measure         |
//!
//! [`FIELDS`] has all that can be asked, and of what. Upper and lower case are the same, unless
//! a word or expression has upper case.

mod amount;
mod compare;
mod expression;
mod fields;
mod functions;
mod parse;
mod slices;
mod stacks;
mod text;

use std::fmt;

pub use self::amount::{Amount, AmountUnit, Comparison};
pub use self::compare::Figures;
pub use self::expression::{Expression, Field, Figure, Key, Pattern, Term, Wanted};
pub use self::fields::{FIELDS, FieldHelp, Subject};
pub use self::slices::SliceSearch;

use text::Matcher;

/// A search, ready to be run on any profile.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// What to find; `None` where nothing is searched for.
    wanted: Option<Expression<Compiled>>,
}

/// A term and what matches its pattern, if it has one.
#[derive(Clone, Debug)]
struct Compiled {
    term: Term,
    matcher: Option<Matcher>,
}

/// Why a text is no search, or none of what it is to search.
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

impl Search {
    /// Reads what was typed. Text without a word, and words such as `module:` that are not
    /// complete yet, find nothing and restrict nothing.
    pub fn new(text: &str) -> Result<Self, SearchError> {
        Expression::parse(text)?.as_ref().map_or_else(|| Ok(Self::default()), Self::of)
    }

    /// The search for what an expression says.
    pub fn of(expression: &Expression) -> Result<Self, SearchError> {
        let compile = |term: &Term| {
            let pattern = term.wanted.pattern();
            let matcher = pattern.map(|pattern| Matcher::new(pattern, term.pattern_at));
            Ok(Compiled { term: term.clone(), matcher: matcher.transpose()? })
        };
        Ok(Self { wanted: Some(expression.try_map(&compile)?) })
    }

    /// What to type to find the functions of one name and no others.
    pub fn text_of_name(name: &str) -> String {
        Pattern::regex(&format!("^{}$", regex::escape(name))).to_string()
    }

    /// Whether nothing is searched for.
    pub fn is_none(&self) -> bool {
        self.wanted.is_none()
    }

    /// Whether all that is asked can be asked of a subject; else the first that cannot.
    pub fn check(&self, subject: Subject) -> Result<(), SearchError> {
        let terms = self.wanted.iter().flat_map(Expression::terms);
        for Compiled { term, .. } in terms {
            subject.check(term)?;
        }
        Ok(())
    }

    /// Whether the numbers of samples or slices are asked for, see [`Figures::counts`].
    pub fn asks_for_counts(&self) -> bool {
        let mut terms = self.wanted.iter().flat_map(Expression::terms);
        terms.any(|it| matches!(it.term.wanted, Wanted::Figure(Figure::Count, ..)))
    }
}

#[cfg(test)]
mod tests;
