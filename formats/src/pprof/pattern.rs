//! The regular expressions of `drop_frames` and `keep_frames`.
//!
//! They come from the file, so neither their nesting nor the names they meet may cost more than
//! linear time each: a pattern becomes a list of steps, and a name is tried on all the steps it
//! can be at, at once. Understood is what profilers write there: literals, `.`, classes, groups,
//! `|`, `*`, `+`, `?`, `^` and `$`. A match covers the whole name.

/// A pattern, ready to match.
#[derive(Debug)]
pub(super) struct Pattern {
    steps: Vec<Step>,
    /// In which round a step was last reached, so that each counts once a character.
    reached: Vec<u64>,
    round: u64,
    /// Steps taken in all matches so far.
    pub(super) cost: u64,
}

/// Jumps are relative, so that a part of a pattern can be moved as it is.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Char(char),
    /// Any character but the end of a line.
    Any,
    Class(Vec<(char, char)>, Sense),
    Start,
    End,
    /// Goes on both with the next step and with this one.
    Fork(isize),
    Jump(isize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sense {
    OneOf,
    NoneOf,
}

/// Where in a name a step is reached.
#[derive(Clone, Copy, Debug)]
struct Place {
    is_start: bool,
    is_end: bool,
}

/// An open group of a pattern.
#[derive(Debug, Default)]
struct Group {
    start: usize,
    /// Where the alternative that is being read starts.
    alternative: usize,
    /// Jumps from the ends of the alternatives before to the end of the group.
    jumps: Vec<usize>,
}

/// Longer than any pattern of a profiler, short enough that moving its steps costs nothing.
const MAX_LEN: usize = 8192;

impl Pattern {
    /// Reads a pattern; `None` if it is not understood.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_LEN {
            return None;
        }
        let steps = parse_steps(text)?;
        let reached = vec![0; steps.len().saturating_add(1)];
        Some(Self { steps, reached, round: 0, cost: 0 })
    }

    /// Whether the pattern covers the whole name.
    pub(super) fn matches(&mut self, name: &str) -> bool {
        let mut at = Vec::new();
        let mut next = Vec::new();
        self.round = self.round.wrapping_add(1);
        self.reach(0, &mut at, Place { is_start: true, is_end: name.is_empty() });
        let mut rest = name.chars();
        while let Some(c) = rest.next() {
            self.round = self.round.wrapping_add(1);
            for step in at.drain(..) {
                if self.steps.get(step).is_some_and(|step| step.accepts(c)) {
                    let place = Place { is_start: false, is_end: rest.as_str().is_empty() };
                    self.reach(step.saturating_add(1), &mut next, place);
                }
            }
            std::mem::swap(&mut at, &mut next);
            if at.is_empty() {
                return false;
            }
        }
        at.contains(&self.steps.len())
    }

    /// Adds a step, and all that follow from it without a character, to `at`.
    fn reach(&mut self, step: usize, at: &mut Vec<usize>, place: Place) {
        let mut open = vec![step];
        while let Some(step) = open.pop() {
            match self.reached.get_mut(step) {
                Some(round) if *round != self.round => *round = self.round,
                _ => continue,
            }
            self.cost = self.cost.wrapping_add(1);
            let next = step.saturating_add(1);
            match self.steps.get(step) {
                Some(Step::Jump(by)) => open.push(step.saturating_add_signed(*by)),
                Some(Step::Fork(by)) => {
                    open.push(next);
                    open.push(step.saturating_add_signed(*by));
                }
                Some(Step::Start) if place.is_start => open.push(next),
                Some(Step::End) if place.is_end => open.push(next),
                Some(Step::Start | Step::End) => {}
                Some(Step::Char(_) | Step::Any | Step::Class(..)) | None => at.push(step),
            }
        }
    }
}

impl Step {
    fn accepts(&self, c: char) -> bool {
        match self {
            Self::Char(expected) => *expected == c,
            Self::Any => c != '\n',
            Self::Class(ranges, sense) => {
                let is_listed = ranges.iter().any(|&(first, last)| (first..=last).contains(&c));
                is_listed == (*sense == Sense::OneOf)
            }
            Self::Start | Self::End | Self::Fork(_) | Self::Jump(_) => false,
        }
    }
}

fn parse_steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut groups = vec![Group::default()];
    // Where the latest part starts that `*` and its like may repeat.
    let mut part = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let start = steps.len();
        let step = match c {
            '(' => {
                if rest.next_if_eq(&'?').is_some() {
                    rest.next_if_eq(&':')?;
                }
                groups.push(Group { start, alternative: start, jumps: Vec::new() });
                part = None;
                continue;
            }
            ')' => {
                let group = groups.pop().filter(|_| !groups.is_empty())?;
                close(&group, &mut steps)?;
                part = Some(group.start);
                continue;
            }
            '|' => {
                let group = groups.last_mut()?;
                let len = start.checked_sub(group.alternative)?;
                steps.insert(group.alternative, Step::Fork(offset(len, 2)?));
                group.jumps.push(steps.len());
                steps.push(Step::Jump(0));
                group.alternative = steps.len();
                part = None;
                continue;
            }
            '*' | '+' | '?' => {
                repeat(c, part?, &mut steps)?;
                rest.next_if_eq(&'?'); // How greedy it is does not matter to a whole match.
                continue;
            }
            '{' => return None,
            '[' => class(&mut rest)?,
            '\\' => escape(rest.next()?)?,
            '^' => Step::Start,
            '$' => Step::End,
            '.' => Step::Any,
            c => Step::Char(c),
        };
        part = Some(start);
        steps.push(step);
    }
    let whole = groups.pop().filter(|_| groups.is_empty())?;
    close(&whole, &mut steps)?;
    Some(steps)
}

/// Lets the alternatives of a group go on behind it.
fn close(group: &Group, steps: &mut [Step]) -> Option<()> {
    let end = steps.len();
    for &jump in &group.jumps {
        *steps.get_mut(jump)? = Step::Jump(offset(end.checked_sub(jump)?, 0)?);
    }
    Some(())
}

/// Repeats the part from `start` to the end.
fn repeat(quantifier: char, start: usize, steps: &mut Vec<Step>) -> Option<()> {
    let len = steps.len().checked_sub(start)?;
    match quantifier {
        '+' => steps.push(Step::Fork(offset(len, 0)?.checked_neg()?)),
        '?' => steps.insert(start, Step::Fork(offset(len, 1)?)),
        _ => {
            steps.insert(start, Step::Fork(offset(len, 2)?));
            steps.push(Step::Jump(offset(len, 1)?.checked_neg()?));
        }
    }
    Some(())
}

fn offset(len: usize, more: usize) -> Option<isize> {
    isize::try_from(len.checked_add(more)?).ok()
}

fn escape(c: char) -> Option<Step> {
    let sense = if c.is_ascii_uppercase() { Sense::NoneOf } else { Sense::OneOf };
    let ranges: &[(char, char)] = match c {
        'd' | 'D' => &[('0', '9')],
        'w' | 'W' => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        's' | 'S' => &[('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')],
        'A' => return Some(Step::Start),
        'z' => return Some(Step::End),
        'n' => return Some(Step::Char('\n')),
        't' => return Some(Step::Char('\t')),
        c if c.is_ascii_punctuation() => return Some(Step::Char(c)),
        _ => return None,
    };
    Some(Step::Class(ranges.to_vec(), sense))
}

/// Reads a class after its `[`.
fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Step> {
    let sense = if rest.next_if_eq(&'^').is_some() { Sense::NoneOf } else { Sense::OneOf };
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let first = match rest.next()? {
            ']' if !ranges.is_empty() => return Some(Step::Class(ranges, sense)),
            '[' if rest.peek() == Some(&':') => return None,
            '\\' => match escape(rest.next()?)? {
                Step::Char(c) => c,
                Step::Class(escaped, Sense::OneOf) => {
                    ranges.extend(escaped);
                    continue;
                }
                _ => return None,
            },
            c => c,
        };
        let is_range = rest.peek() == Some(&'-') && rest.clone().nth(1) != Some(']');
        let last = if is_range {
            rest.next();
            match rest.next()? {
                '\\' => match escape(rest.next()?)? {
                    Step::Char(c) => c,
                    _ => return None,
                },
                c => c,
            }
        } else {
            first
        };
        ranges.push((first, last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let mut parsed = Pattern::parse(pattern).unwrap();
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
    }

    #[test]
    fn parts_are_repeated() {
        check("ab*c", &["ac", "abbbc"], &["abab", "a"]);
        check("(ab)+", &["ab", "abab"], &["", "aba"]);
        check("(?:a|bc)?d", &["d", "ad", "bcd"], &["abcd"]);
        check("(a|b|c)*", &["", "abcabc"], &["abd"]);
        check("(a*)*b", &["b", "aab"], &["aa"]);
        check("x.*?", &["x", "xyz"], &["yx", "x\n"]);
        check("|a", &["", "a"], &["b"]);
    }

    #[test]
    fn classes_and_escapes_are_read() {
        check(r"[a-c_\d]+", &["a_2"], &["d", ""]);
        check(r"[^:]*::\w+", &["std::sort", "::x"], &["a:b::c"]);
        check(r"operator new(\[\])?", &["operator new", "operator new[]"], &["operator new["]);
        check("[]a-]+", &["]-a"], &["b"]);
    }

    #[test]
    fn what_profilers_write_is_understood() {
        check(
            r"runtime\.mcall|runtime\.(?:deferreturn|panic.*)|calloc|(.*::)?operator new(\[\])?",
            &["runtime.mcall", "runtime.panicmem", "std::operator new[]", "operator new"],
            &["runtime_mcall", "main.calloc"],
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for pattern in ["a{2}", "(a", "a)", "*a", "(*)", "[a", r"\pL", "(?i)a", r"\", "[[:alpha:]]"]
        {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn nested_repeats_cost_linear_time() {
        let mut pattern =
            Pattern::parse(&format!("{}a{}b", "(".repeat(200), ")*".repeat(200))).unwrap();
        assert!(!pattern.matches(&"a".repeat(2000)));
        assert!(pattern.cost < 2000 * 1000, "{}", pattern.cost);
    }
}
