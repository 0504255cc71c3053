//! The regular expressions of `drop_frames` and `keep_frames`.
//!
//! They are written for Go's `regexp`, whose syntax is RE2's; what that has and the `regex` crate
//! has not, or means differently, is translated first. They come from the file, so the compiled
//! size is limited; who matches limits the names, and the time that it takes.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// A pattern, ready to match.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
}

/// Longer than any pattern of a profiler.
const MAX_LEN: usize = 8192;

/// Bytes of the compiled pattern: that of gperftools, the longest known, needs half of it.
const SIZE_LIMIT: usize = 1 << 18;

/// Groups in groups.
const NEST_LIMIT: u32 = 100;

impl Pattern {
    /// Reads a pattern; `None` if it is not understood.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_LEN {
            return None;
        }
        // Enclosed as pprof does it, so that a match covers the whole name.
        let regex = RegexBuilder::new(&format!("^({})$", translated(text)?))
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .nest_limit(NEST_LIMIT)
            .octal(true)
            .build()
            .ok()?;
        Some(Self { regex })
    }

    /// Whether the pattern covers the whole name.
    pub(super) fn matches(&self, name: &str) -> bool {
        self.regex.is_match(name)
    }
}

/// The pattern in the syntax of the `regex` crate:
///
/// - `\Q…\E` quotes what is between.
/// - `\d`, `\s`, `\w` and `\b` are of ASCII.
/// - An escaped punctuation character is that character, also `\<` and `\>`.
/// - A `{` that begins no repetition is that character.
/// - In a class `[`, `&&`, `--` and `~~` have no meaning of their own.
///
/// `None` when the pattern ends in the middle.
fn translated(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len().saturating_mul(2));
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => translate_escape(&mut rest, &mut out)?,
            '[' => translate_class(&mut rest, &mut out)?,
            '{' if !begins_repetition(rest.clone()) => out.push_str(r"\{"),
            c => out.push(c),
        }
    }
    Some(out)
}

/// What follows a backslash outside of a class.
fn translate_escape(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    match rest.next()? {
        'Q' => quote(rest, out),
        'b' => out.push_str(r"(?-u:\b)"),
        'B' => out.push_str(r"(?-u:\B)"),
        'd' => out.push_str("[0-9]"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        's' => out.push_str(r"[\t\n\f\r ]"),
        c => translate_negated_or_literal(c, rest, out),
    }
    Some(())
}

/// Escapes that mean the same in a class and outside.
fn translate_negated_or_literal(c: char, rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    match c {
        'D' => out.push_str("[^0-9]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        'S' => out.push_str(r"[^\t\n\f\r ]"),
        c if c.is_ascii_punctuation() => literal(c, out),
        c => {
            out.push('\\');
            out.push(c);
            // The braces of `\p{Greek}` and `\x{41}` are no repetition.
            if matches!(c, 'p' | 'P' | 'x') && rest.peek() == Some(&'{') {
                out.extend(rest.by_ref().take_while(|c| *c != '}'));
                out.push('}');
            }
        }
    }
}

/// What is between `\Q` and `\E`, or the end.
fn quote(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    while let Some(c) = rest.next() {
        if c == '\\' && rest.next_if_eq(&'E').is_some() {
            return;
        }
        if c.is_ascii_punctuation() { literal(c, out) } else { out.push(c) }
    }
}

/// What follows a `[`, to its `]`.
fn translate_class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('[');
    if rest.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut is_first = true;
    loop {
        match rest.next()? {
            ']' if !is_first => {
                out.push(']');
                return Some(());
            }
            '[' if rest.peek() == Some(&':') => copy_named_class(rest, out)?,
            '\\' => match rest.next()? {
                'd' => out.push_str("0-9"),
                'w' => out.push_str("0-9A-Za-z_"),
                's' => out.push_str(r"\t\n\f\r "),
                c => translate_negated_or_literal(c, rest, out),
            },
            '-' => {
                // Alone it makes a range; before another it would take sets from each other.
                let is_range = !is_first && !matches!(rest.peek(), Some(']' | '-'));
                if is_range { out.push('-') } else { literal('-', out) }
            }
            c @ ('[' | ']' | '&' | '~' | '^') => literal(c, out),
            c => out.push(c),
        }
        is_first = false;
    }
}

/// `[:alpha:]`, or a `[` that only looks so.
fn copy_named_class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Option<()> {
    let name: String = rest.clone().skip(1).take_while(|c| *c != ':').take(10).collect();
    let mut after = rest.clone().skip(name.len().saturating_add(1));
    let is_named = name.chars().all(|c| c.is_ascii_alphabetic() || c == '^')
        && after.next() == Some(':')
        && after.next() == Some(']');
    if !is_named {
        literal('[', out);
        return Some(());
    }
    rest.nth(name.len().saturating_add(2))?;
    // Writing to a String cannot fail.
    let _: std::fmt::Result = write!(out, "[:{name}:]");
    Some(())
}

/// Whether what follows a `{` is `n}`, `n,}` or `n,m}`.
fn begins_repetition(rest: Peekable<Chars<'_>>) -> bool {
    let inner: String = rest.take(12).collect();
    let Some((inner, _)) = inner.split_once('}') else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match inner.split_once(',') {
        Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
        None => is_number(inner),
    }
}

/// A character that stands for itself, whatever it may mean to the `regex` crate.
fn literal(c: char, out: &mut String) {
    // Writing to a String cannot fail.
    let _: std::fmt::Result = write!(out, r"\x{{{:x}}}", u32::from(c));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let parsed = Pattern::parse(pattern);
        assert!(parsed.is_some(), "{pattern}");
        let parsed = parsed.unwrap();
        for name in matching {
            assert!(parsed.matches(name), "{pattern} matches {name:?}");
        }
        for name in others {
            assert!(!parsed.matches(name), "{pattern} does not match {name:?}");
        }
    }

    #[test]
    fn the_whole_name_has_to_match() {
        check("malloc", &["malloc"], &["mallocx", "xmalloc", "", "mallo"]);
        check("", &[""], &["a"]);
        check("a|b|cd", &["a", "b", "cd"], &["", "ab", "acd", "c"]);
        check("^malloc$", &["malloc"], &["mallocs"]);
        check("|a", &["", "a"], &["b"]);
    }

    #[test]
    fn what_profilers_write_is_understood() {
        check(
            r"runtime\.mcall|runtime\.(?:deferreturn|panic.*)|calloc|(.*::)?operator new(\[\])?",
            &["runtime.mcall", "runtime.panicmem", "std::operator new[]", "operator new"],
            &["runtime_mcall", "main.calloc", "operator new["],
        );
        check("a{2}|(?i)B+?", &["aa", "b", "Bb"], &["a", "A"]);
    }

    #[test]
    fn what_the_crate_reads_differently_is_translated() {
        check(r"\Qa.b\E+|\Q[x", &["a.b", "a.bb", "[x"], &["axb", "x"]);
        check(r"\w+", &["a_2"], &["é"]);
        check(r"\d", &["7"], &["٧"]);
        check(r"[\d\s]+", &["1 2"], &["a", "\u{a0}"]);
        check(r"[^\w]", &["é", "-"], &["a"]);
        check(r"\<a\>\/\-\&\@", &["<a>/-&@"], &["a"]);
        check("a{|b{,2}|c{1", &["a{", "b{,2}", "c{1"], &["a", "b", "bb", "c"]);
        check("x{2,}", &["xx", "xxx"], &["x"]);
        check("[a[b]+", &["a[b"], &["]"]);
        check("[a&&b]+", &["a&b"], &["c"]);
        check("[a~~b]+", &["a~b"], &["c"]);
        check("[[:alpha:]_]+", &["ab_"], &["1"]);
        check("[[:x]+", &["[:x"], &["a"]);
        check("[]a-]+", &["]-a"], &["b"]);
        check("[a-c]+", &["abc"], &["-", "d"]);
        check(r"\x41\x{42}\101", &["ABA"], &["A"]);
        check(r"\pL\p{Greek}", &["aα"], &["1α"]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for pattern in ["(a", "a)", "*a", "(*)", "[a", r"\", "[[:alpha:]", r"\y"] {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn a_hostile_pattern_is_refused() {
        for pattern in ["(".repeat(4000), "((((.{99}){99}){99}){99}){99}".to_owned()] {
            assert!(Pattern::parse(&pattern).is_none(), "{pattern}");
        }
        assert!(Pattern::parse(&"a".repeat(MAX_LEN + 1)).is_none());
    }

    #[test]
    fn nested_repeats_cost_linear_time() {
        let pattern = format!("{}a{}b", "(".repeat(40), ")*".repeat(40));
        let pattern = Pattern::parse(&pattern).unwrap();
        assert!(!pattern.matches(&"a".repeat(20_000)));
    }
}
