//! Conditions as they are written: `total(parse*) > +5%`.
//!
//! ```text
//! condition  = figure [ "(" what ")" ] comparison limit
//! figure     = "self" | "total" | "count" | "min" | "mean" | "p50" … "p99.9" | "max"
//! what       = search | "slice:" search
//! comparison = "<" | "<=" | ">" | ">=" | "="
//! limit      = [ "+" | "-" ] number [ unit ]
//! ```
//!
//! A limit without a sign is compared with what the new recording weighs, one with a sign with the
//! change from the base. In percent the first is a share of the whole recording, the second a
//! part of what the base weighs. Units are those of searches, as in `self>1ms`.
//!
//! What is in parentheses is a [`Search`], with one difference: a name that stands alone is the
//! whole name, and `*` in it stands for any text. A budget of `render` must not grow when somebody
//! adds `render_later`. Without parentheses `total` is the whole recording.

use std::fmt;

use crate::search::{
    Amount, AmountUnit, Comparison, Expression, Field, Key, Pattern, Subject, Term, Wanted,
};
use crate::{Search, SearchError};

/// Something that is weighed, and a limit.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What number is compared.
    pub figure: Figure,
    /// What it is a number of.
    pub of: Of,
    /// How it is compared.
    pub comparison: Comparison,
    /// What it is compared with.
    pub limit: Limit,
    /// As it was written.
    text: String,
    /// Where the limit starts in the text, in bytes.
    limit_at: usize,
}

/// What number is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// The weight of their own; of slices, the time in which nothing is nested in them.
    Own,
    /// The weight with all they called; of slices, all their durations.
    Total,
    /// How many slices there are.
    Count,
    /// How long the shortest slice lasts.
    Shortest,
    /// How long slices last in the mean.
    Mean,
    /// What so many thousandths of a percent of the slices do not exceed, by nearest rank.
    Percentile(u32),
    /// How long the longest slice lasts.
    Longest,
}

/// What is weighed.
#[derive(Clone, Debug)]
pub enum Of {
    /// The whole recording.
    Whole,
    /// Functions.
    Functions(Search),
    /// Slices.
    Slices {
        /// Those that are weighed.
        search: Search,
        /// Those that could be, however long they last: none of them is none of that name.
        named: Search,
        /// Where in the text of the condition an argument is first asked for, in bytes.
        argument_at: Option<usize>,
    },
}

/// What a number is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How much.
    pub amount: Amount,
    /// Whether it is of the change, and of an increase or a decrease; `None` is of what the new
    /// recording weighs.
    pub change: Option<Direction>,
}

/// Which way a limit of a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More than before.
    Up,
    /// Less than before.
    Down,
}

/// All of a hundred percent.
pub(super) const HUNDRED_PERCENT: u32 = 100_000;

const FIGURES: &str = "self, total, count, min, mean, p50 to p99.9 and max";

impl Condition {
    /// Reads a condition; an error says where it ends to be one.
    pub fn new(text: &str) -> Result<Self, SearchError> {
        let mut reader = Reader { text, at: 0 };
        let figure_at = reader.skip_space();
        let figure = reader.figure()?;
        let of_at = reader.skip_space();
        let of = reader.of()?;
        match (&of, figure) {
            (Of::Whole | Of::Functions(_), Figure::Own | Figure::Total)
            | (Of::Slices { .. }, _) => {}
            _ => {
                let name = figure.to_string();
                let message = format!("{name} is of slices: write {name}(slice:render)");
                return Err(SearchError { message, position: figure_at });
            }
        }
        if matches!((&of, figure), (Of::Whole, Figure::Own)) {
            let message = "self is of functions: write self(render)".to_owned();
            return Err(SearchError { message, position: of_at });
        }
        reader.skip_space();
        let comparison = reader.comparison()?;
        let limit_at = reader.skip_space();
        let limit = reader.limit()?;
        check_unit(figure, &of, limit)
            .map_err(|message| SearchError { message: message.to_owned(), position: limit_at })?;
        Ok(Self { figure, of, comparison, limit, text: text.trim().to_owned(), limit_at })
    }

    /// An error at the limit.
    pub(super) fn error_at_limit(&self, message: String) -> SearchError {
        SearchError { message, position: self.limit_at }
    }
}

/// Whether a figure can have a limit of this unit.
fn check_unit(figure: Figure, of: &Of, limit: Limit) -> Result<(), &'static str> {
    let is_change = limit.change.is_some();
    match (figure, of, limit.amount.unit) {
        (_, Of::Slices { .. }, Some(AmountUnit::Percent)) if !is_change => {
            Err("slices are no share of anything; write +5% for the change")
        }
        (_, Of::Whole, Some(AmountUnit::Percent)) if !is_change => {
            Err("the whole is always 100 %; write +5% for the change")
        }
        (Figure::Count, _, Some(AmountUnit::Nanoseconds(_) | AmountUnit::Bytes(_))) => {
            Err("a count has no unit")
        }
        (Figure::Count, _, _) => Ok(()),
        (_, Of::Slices { .. }, Some(AmountUnit::Bytes(_))) => {
            Err("slices last, they have no bytes")
        }
        (_, Of::Slices { .. }, None | Some(AmountUnit::Times(_))) if limit.amount.digits != 0 => {
            Err("a time needs its unit, such as 16ms")
        }
        _ => Ok(()),
    }
}

struct Reader<'t> {
    text: &'t str,
    /// How far it has been read.
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) -> usize {
        self.at = self.text.len() - self.rest().trim_start().len();
        self.at
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, SearchError> {
        Err(SearchError { message: message.into(), position: self.at })
    }

    fn figure(&mut self) -> Result<Figure, SearchError> {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || c == '.';
        let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let Some(figure) = Figure::from_name(name) else {
            let found = if name.is_empty() { "nothing".to_owned() } else { format!("`{name}`") };
            return self.error(format!("a figure is expected here, not {found}: {FIGURES}"));
        };
        self.at += name.len();
        Ok(figure)
    }

    /// Reads what is in parentheses. Names have some of their own: the last one closes.
    fn of(&mut self) -> Result<Of, SearchError> {
        if !self.rest().starts_with('(') {
            return Ok(Of::Whole);
        }
        let Some(len) = self.rest().rfind(')') else {
            return self.error("this parenthesis is never closed");
        };
        self.at += 1;
        let inner = &self.rest()[..len - 1];
        let start = self.at + inner.len() - inner.trim_start().len();
        let (subject, text) = match inner.trim().strip_prefix("slice:") {
            Some(text) => (Subject::Slices, text),
            None => (Subject::Functions, inner.trim()),
        };
        let text_at = start + inner.trim().len() - text.len();
        let in_text =
            |error: SearchError| SearchError { position: text_at + error.position, ..error };
        let Some(expression) = whole_names(text, subject).map_err(in_text)? else {
            self.at = text_at;
            return self.error("what is to be weighed is expected here, such as parse*");
        };
        self.at += len;
        let search = Search::of(&expression).map_err(in_text)?;
        search.check(subject).map_err(in_text)?;
        if subject == Subject::Functions {
            return Ok(Of::Functions(search));
        }
        let is_argument = |term: &&Term| {
            matches!(term.wanted, Wanted::Has(Key::Argument, _) | Wanted::Value(Key::Argument, ..))
        };
        let argument_at = expression.terms().find(is_argument).map(|term| text_at + term.at);
        let named = without_figures(expression).map(|it| Search::of(&it)).transpose();
        let named = named.map_err(in_text)?.unwrap_or_default();
        Ok(Of::Slices { search, named, argument_at })
    }

    fn comparison(&mut self) -> Result<Comparison, SearchError> {
        let rest = self.rest();
        let sign = Comparison::SIGNS.into_iter().find(|(sign, _)| rest.starts_with(sign));
        let Some((sign, comparison)) = sign else {
            return self.error("a comparison is expected here: <, <=, >, >= or =");
        };
        self.at += sign.len();
        Ok(comparison)
    }

    fn limit(&mut self) -> Result<Limit, SearchError> {
        let signs = [("+", Direction::Up), ("-", Direction::Down), ("−", Direction::Down)];
        let sign = signs.into_iter().find(|(sign, _)| self.rest().starts_with(sign));
        if let Some((sign, _)) = sign {
            self.at += sign.len();
            self.skip_space();
        }
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        let number = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        if Amount::parse(number, None).is_none() {
            return self.error("a number is expected here, such as 16ms, 5% or +5%");
        }
        self.at += number.len();
        self.skip_space();
        let name = self.rest().trim_end();
        let unit = AmountUnit::from_name(name);
        if unit.is_none() && !name.is_empty() {
            return self.error(format!("{name} is no unit: {}", AmountUnit::LISTED));
        }
        let amount = Amount::parse(number, unit);
        let Some(amount) = amount else { return self.error("the number has too many digits") };
        Ok(Limit { amount, change: sign.map(|(_, direction)| direction) })
    }
}

/// What a text asks, in which names that stand alone are whole ones.
fn whole_names(text: &str, subject: Subject) -> Result<Option<Expression>, SearchError> {
    let Some(expression) = Expression::parse_finished(text)? else { return Ok(None) };
    let of_term = |term: &Term| {
        let refuse =
            |message: &str| Err(SearchError { message: message.to_owned(), position: term.at });
        let wanted = match &term.wanted {
            Wanted::Text(Field::Anywhere, Pattern::Text(name)) => {
                Wanted::Text(Field::Name, whole_name(name))
            }
            Wanted::Text(Field::Anywhere, pattern) => Wanted::Text(Field::Name, pattern.clone()),
            Wanted::Figure(..) if subject == Subject::Functions => {
                return refuse("a budget is of functions by name, not by weight");
            }
            other => other.clone(),
        };
        Ok(Term { wanted, ..term.clone() })
    };
    expression.try_map(&of_term).map(Some)
}

/// What is asked beside numbers; `None` where that is nothing. As deep as the expression.
fn without_figures(expression: Expression) -> Option<Expression> {
    let has_figure =
        |part: &Expression| part.terms().any(|term| matches!(term.wanted, Wanted::Figure(..)));
    match expression {
        Expression::All(parts) => Expression::all(parts.into_iter().filter_map(without_figures)),
        other => (!has_figure(&other)).then_some(other),
    }
}

/// A pattern that a name matches as a whole, with its case.
fn whole_name(name: &str) -> Pattern {
    let parts: Vec<String> = name.split('*').map(regex::escape).collect();
    Pattern::regex(&format!("(?s-i:^{}$)", parts.join(".*")))
}

impl Figure {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "self" => Self::Own,
            "total" => Self::Total,
            "count" => Self::Count,
            "min" => Self::Shortest,
            "mean" => Self::Mean,
            "max" => Self::Longest,
            _ => Self::Percentile(percentile(name.strip_prefix('p')?)?),
        })
    }
}

/// Reads such as `99.9`, with at most three digits after the point.
fn percentile(text: &str) -> Option<u32> {
    let amount = Amount::parse(text, None).filter(|amount| amount.n_decimals <= 3)?;
    let thousandths = amount.digits.checked_mul(10_u64.pow(3 - u32::from(amount.n_decimals)))?;
    u32::try_from(thousandths).ok().filter(|&n| (1..=HUNDRED_PERCENT).contains(&n))
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("self"),
            Self::Total => f.write_str("total"),
            Self::Count => f.write_str("count"),
            Self::Shortest => f.write_str("min"),
            Self::Mean => f.write_str("mean"),
            Self::Longest => f.write_str("max"),
            Self::Percentile(thousandths) => write!(f, "p{}", f64::from(*thousandths) / 1000.0),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
