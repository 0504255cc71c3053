//! From what was typed to an [`Expression`].
//!
//! Who types is never done: what may still become something, such as `module:`, `"an open quote`
//! or `(a group`, is no error. Errors are what more letters do not mend.

use super::amount::{Amount, AmountUnit, Comparison};
use super::expression::{Expression, Field, Figure, Key, Pattern, Term, Wanted};
use crate::SearchError;

/// Texts are longer than this, in bytes, only by mistake.
const MAX_BYTES: usize = 4096;

/// Groups within each other at most: everything that walks an expression is as deep.
const MAX_DEPTH: usize = 32;

/// Terms at most: each expression of them may take some memory.
const MAX_TERMS: usize = 100;

const NEVER_CLOSED: &str = "this parenthesis is never closed";
const NOTHING_NEGATED: &str = "what must not match is expected here";

const KEYWORDS: [&str; 3] = ["AND", "OR", "NOT"];

/// Reads what was typed; `None` where nothing is asked.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, SearchError> {
    read(text).map(|(expression, _)| expression)
}

/// Reads what nobody is typing any more: what may still become something is an error.
pub(super) fn parse_finished(text: &str) -> Result<Option<Expression>, SearchError> {
    let (expression, unfinished) = read(text)?;
    unfinished.map_or(Ok(expression), Err)
}

/// Reads a text, and the first that is unfinished in it.
fn read(text: &str) -> Result<(Option<Expression>, Option<SearchError>), SearchError> {
    if text.len() > MAX_BYTES {
        let message = format!("the search is longer than {MAX_BYTES} bytes");
        return Err(SearchError { message, position: 0 });
    }
    let mut parser = Parser { text, at: 0, n_terms: 0, unfinished: None };
    let expression = parser.any(0)?;
    Ok((expression, parser.unfinished))
}

/// Whether a text is itself where a word may stand, and no keyword, field or group.
pub(super) fn is_word(text: &str) -> bool {
    is_plain(text) && !KEYWORDS.contains(&text) && Prefix::of(text).is_none()
}

/// Whether a text is a pattern, or the name of a key, without quotes.
pub(super) fn is_plain(text: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '.');
    // A colon would make a name of the field before it, a point none of a key.
    !text.is_empty() && !text.starts_with([':', '.']) && text.chars().all(is_plain)
}

/// What a term starts with.
enum Prefix {
    Field(Field),
    Key(Key),
    Figure(Figure, Comparison),
}

impl Prefix {
    /// The prefix of a text, and its length.
    fn of(text: &str) -> Option<(Self, usize)> {
        let field = Field::PREFIXES.into_iter().find_map(|(prefix, field)| {
            // `file::open` is the name of a function.
            let rest = text.strip_prefix(prefix)?;
            (!rest.starts_with(':')).then_some((Self::Field(field), prefix.len()))
        });
        let key = || {
            Key::PREFIXES.into_iter().find_map(|(prefix, key)| {
                let rest = text.strip_prefix(prefix)?;
                let is_name = |c: char| matches!(c, '"' | '_') || c.is_alphanumeric();
                rest.starts_with(is_name).then_some((Self::Key(key), prefix.len()))
            })
        };
        let figure = || {
            Figure::NAMES.into_iter().find_map(|(name, figure)| {
                let rest = text.strip_prefix(name)?.trim_start();
                let (sign, comparison) =
                    Comparison::SIGNS.into_iter().find(|(sign, _)| rest.starts_with(sign))?;
                let len = text.len() - rest.len() + sign.len();
                Some((Self::Figure(figure, comparison), len))
            })
        };
        field.or_else(key).or_else(figure)
    }
}

struct Parser<'t> {
    text: &'t str,
    /// How far it has been read.
    at: usize,
    n_terms: usize,
    /// The first place where more is to be typed.
    unfinished: Option<SearchError>,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, SearchError> {
        Err(SearchError { message: message.into(), position: self.at })
    }

    /// Says that more is to be typed.
    fn is_unfinished(&mut self, position: usize, message: &str) {
        let message = message.to_owned();
        self.unfinished.get_or_insert(SearchError { message, position });
    }

    /// Reads a keyword, if it is next.
    fn takes(&mut self, keyword: &str, depth: usize) -> bool {
        self.skip_space();
        let Some(after) = self.rest().strip_prefix(keyword) else { return false };
        let ends = |c: char| c.is_whitespace() || c == '(' || c == ')' && depth > 0;
        let is_next = after.is_empty() || after.starts_with(ends);
        if is_next {
            self.at += keyword.len();
        }
        is_next
    }

    /// Reads what is joined by `OR`, up to the end of the group.
    fn any(&mut self, depth: usize) -> Result<Option<Expression>, SearchError> {
        let mut parts = Vec::new();
        let mut is_first = true;
        loop {
            let part = self.all(depth)?;
            let is_side = part.is_some();
            parts.extend(part);
            let is_last = !self.takes("OR", depth);
            if !(is_side || is_last && is_first) {
                self.is_unfinished(self.at, "OR stands between what is asked");
            }
            if is_last {
                return Ok(Expression::any(parts));
            }
            is_first = false;
        }
    }

    /// Reads what stands side by side, up to an `OR` or the end of the group.
    fn all(&mut self, depth: usize) -> Result<Option<Expression>, SearchError> {
        let mut parts = Vec::new();
        loop {
            if self.takes("AND", depth) {
                continue;
            }
            let before = self.at;
            if self.takes("OR", depth) {
                self.at = before;
                break;
            }
            if self.rest().is_empty() || self.rest().starts_with(')') && depth > 0 {
                break;
            }
            parts.extend(self.one(depth)?);
        }
        Ok(Expression::all(parts))
    }

    /// Reads a term or a group with what negates it.
    fn one(&mut self, depth: usize) -> Result<Option<Expression>, SearchError> {
        let mut is_negated = false;
        loop {
            if self.takes("NOT", depth) {
                is_negated = !is_negated;
            } else if self.rest().starts_with('-') {
                self.at += 1;
                if self.rest().is_empty() || self.rest().starts_with(char::is_whitespace) {
                    self.is_unfinished(self.at, NOTHING_NEGATED);
                    return Ok(None);
                }
                is_negated = !is_negated;
            } else {
                break;
            }
        }
        let part = if self.rest().starts_with('(') {
            self.group(depth)?
        } else if self.rest().is_empty() || self.rest().starts_with(')') && depth > 0 {
            self.is_unfinished(self.at, NOTHING_NEGATED);
            None
        } else {
            self.term(depth)?
        };
        Ok(part.map(|part| if is_negated { part.negated() } else { part }))
    }

    fn group(&mut self, depth: usize) -> Result<Option<Expression>, SearchError> {
        if depth == MAX_DEPTH {
            return self.error(format!("more than {MAX_DEPTH} groups are open"));
        }
        let opened_at = self.at;
        self.at += 1;
        let group = self.any(depth + 1)?;
        self.skip_space();
        if self.rest().starts_with(')') {
            self.at += 1;
        } else {
            self.is_unfinished(opened_at, NEVER_CLOSED);
        }
        Ok(group)
    }

    fn term(&mut self, depth: usize) -> Result<Option<Expression>, SearchError> {
        let at = self.at;
        let mut is_negated = false;
        let (prefix, len) = match Prefix::of(self.rest()) {
            Some((prefix, len)) => (prefix, len),
            None => (Prefix::Field(Field::Anywhere), 0),
        };
        self.at += len;
        let mut pattern_at = self.at;
        let wanted = match prefix {
            Prefix::Field(field) => self.pattern(depth).map(|it| Wanted::Text(field, it)),
            Prefix::Key(key) => {
                let name = self.key(depth);
                let rest = self.rest();
                is_negated = rest.starts_with("!=");
                self.at += if is_negated { 2 } else { usize::from(rest.starts_with('=')) };
                let has_value = rest.len() > self.rest().len();
                pattern_at = self.at;
                let pattern = if has_value { self.pattern(depth) } else { None };
                if has_value && pattern.is_none() {
                    self.is_unfinished(pattern_at, "a value is expected here");
                }
                Some(match pattern {
                    Some(pattern) => Wanted::Value(key, name, pattern),
                    None => Wanted::Has(key, name),
                })
            }
            Prefix::Figure(figure, comparison) => {
                self.skip_space();
                pattern_at = self.at;
                self.amount(depth)?.map(|amount| Wanted::Figure(figure, comparison, amount))
            }
        };
        let Some(wanted) = wanted else {
            self.is_unfinished(pattern_at, "a text or a number is expected here");
            return Ok(None);
        };
        self.n_terms += 1;
        if self.n_terms > MAX_TERMS {
            self.at = at;
            return self.error(format!("more than {MAX_TERMS} terms"));
        }
        let term = Expression::Is(Term { wanted, at, pattern_at });
        Ok(Some(if is_negated { term.negated() } else { term }))
    }

    /// Reads a pattern; `None` where it is empty. An expression ends with a `/` before white
    /// space or the end; without one, its `/` is a part of a word such as a path.
    fn pattern(&mut self, depth: usize) -> Option<Pattern> {
        let rest = self.rest();
        if let Some(inner) = rest.strip_prefix('/') {
            let ends = |c: char| c.is_whitespace() || c == ')' && depth > 0;
            let is_last = |at: usize| {
                let after = &inner[at + 1..];
                at > 0 && (after.is_empty() || after.starts_with(ends))
            };
            let last = inner.match_indices('/').map(|(at, _)| at).find(|&at| is_last(at));
            if let Some(len) = last {
                self.at += len + 2;
                return Some(Pattern::regex(&inner[..len]));
            }
        }
        let text = if rest.starts_with('"') { self.quoted() } else { self.word(depth).to_owned() };
        (!text.is_empty()).then_some(Pattern::Text(text))
    }

    /// Reads the name of a key.
    fn key(&mut self, depth: usize) -> String {
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let rest = self.rest();
        let ends = |at: usize, c: char| {
            c.is_whitespace() || c == '=' || rest[at..].starts_with("!=") || c == ')' && depth > 0
        };
        let len = rest.char_indices().find(|&(at, c)| ends(at, c)).map_or(rest.len(), |it| it.0);
        self.at += len;
        rest[..len].to_owned()
    }

    /// Reads a text in quotes; one that is still open goes on to the end.
    fn quoted(&mut self) -> String {
        let opened_at = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return text;
                }
                '\\' if matches!(chars.peek(), Some((_, '"' | '\\'))) => {
                    text.extend(chars.next().map(|(_, c)| c));
                }
                c => text.push(c),
            }
        }
        self.at = self.text.len();
        self.is_unfinished(opened_at, "this quote is never closed");
        text
    }

    /// Reads a word: up to white space, or what closes the group. Parentheses of its own, as in
    /// `operator()`, belong to it.
    fn word(&mut self, depth: usize) -> &'t str {
        let rest = self.rest();
        let mut open = Vec::new();
        let ends = |&(at, c): &(usize, char)| {
            match c {
                '(' => open.push(at),
                ')' if !open.is_empty() => drop(open.pop()),
                ')' => return depth > 0,
                c => return c.is_whitespace(),
            }
            false
        };
        let len = rest.char_indices().find(ends).map_or(rest.len(), |(at, _)| at);
        // A name such as `foo(int, char)` is of two words: only what the text never closes is open.
        if let Some(&at) = open.first()
            && !rest[len..].contains(')')
        {
            self.is_unfinished(self.at + at, NEVER_CLOSED);
        }
        self.at += len;
        &rest[..len]
    }

    /// Reads a number and its unit, which white space may be between; `None` where nothing is
    /// typed yet.
    fn amount(&mut self, depth: usize) -> Result<Option<Amount>, SearchError> {
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(None);
        }
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if Amount::parse(&rest[..len], None).is_none() {
            return self.error("a number is expected here, such as 1.5ms or 5%");
        }
        self.at += len;
        let number = &rest[..len];
        let start = self.at;
        let unit = self.word(depth);
        if !unit.is_empty() {
            let Some(known) = AmountUnit::from_name(unit) else {
                self.at = start;
                let listed = AmountUnit::LISTED;
                return self.error(format!("{unit} is no unit: {listed}"));
            };
            return Ok(Amount::parse(number, Some(known)));
        }
        self.skip_space();
        let unit = AmountUnit::from_name(self.word(depth));
        if unit.is_none() {
            self.at = start;
        }
        Ok(Amount::parse(number, unit))
    }
}
