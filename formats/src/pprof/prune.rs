//! Frames that the file asks to leave out, as pprof does when it opens one.
//!
//! `drop_frames` is a pattern for functions such as the allocator's: together with all that they
//! call they are taken off the stack, unless `keep_frames` matches them too. Frames before the
//! first one that stays are kept, so that no stack is left empty.

use std::time::{Duration, Instant};

use foldhash::HashMap;

use super::pattern::Pattern;
use super::places::FunctionRows;
use super::wire::{Line, Tables, is_mangled};
use crate::symbols::demangle;
use crate::{DropFrames, Job, Report, Severity};

/// What to do with each location.
#[derive(Debug, Default)]
pub(super) struct Prune {
    /// By row of the locations; empty when the file asks for nothing.
    marks: Vec<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Keep,
    /// Takes off what the location calls, and so many of its innermost lines.
    Beneath(usize),
    /// Takes off the location too.
    Whole,
}

/// Patterns that take longer than that are not applied: those of profilers take milliseconds.
const MAX_DURATION: Duration = Duration::from_secs(4);

/// Bytes of a name that patterns are tried on: with one name at once, too, they take no time that
/// anybody sees.
const MAX_NAME_LEN: usize = 4096;

impl Prune {
    /// Reads the patterns and tries them on every function.
    pub(super) fn new(tables: &Tables<'_>, functions: &FunctionRows, job: &Job) -> Self {
        let drop_frames = tables.text(tables.drop_frames);
        if drop_frames.is_empty() {
            return Self::default();
        }
        if job.options().drop_frames == DropFrames::Shown {
            job.note(Severity::Info, "drop-frames", || {
                "the file asks to leave out some frames (its drop_frames); they are shown, as \
                 you asked"
                    .to_owned()
            });
            return Self::default();
        }
        let not_applied = |why: &str| {
            job.note(Severity::Info, "drop-frames", || {
                format!(
                    "the file asks to leave out some functions, by a pattern that {why}; \
                     they are shown"
                )
            });
            Self::default()
        };
        let keep_frames = tables.text(tables.keep_frames);
        let keep = (!keep_frames.is_empty()).then(|| Pattern::parse(&keep_frames));
        let (Some(drop), Ok(keep)) =
            (Pattern::parse(&drop_frames), keep.map(|keep| keep.ok_or(())).transpose())
        else {
            return not_applied("is not understood");
        };
        let start = Instant::now();
        // Many functions may share a name, however long it is.
        let mut by_name = HashMap::default();
        let mut is_dropped = Vec::with_capacity(tables.functions.len());
        for function in &tables.functions {
            let name = tables.name_of(function);
            is_dropped.push(*by_name.entry(name).or_insert_with(|| {
                // As it is shown: pprof makes names readable first.
                let bytes = tables.bytes(name).unwrap_or_default();
                let name = if is_mangled(bytes) { demangle(bytes) } else { tables.text(name) };
                let name = tried(simplified(&name), job);
                !name.is_empty()
                    && drop.matches(name)
                    && !keep.as_ref().is_some_and(|keep| keep.matches(name))
            }));
            if job.is_cancelled() {
                // Whoever reads the samples stops at once.
                return Self::default();
            }
            if start.elapsed() > MAX_DURATION {
                return not_applied("takes too long");
            }
        }
        let mark = |(row, location)| {
            let lines = tables.lines(location);
            let outermost = lines.iter().rposition(|line: &Line| {
                let row = functions.row(line.function, row);
                row.and_then(|row| is_dropped.get(row as usize)) == Some(&true)
            });
            match outermost {
                None => Mark::Keep,
                Some(line) if line.saturating_add(1) == lines.len() => Mark::Whole,
                Some(line) => Mark::Beneath(line.saturating_add(1)),
            }
        };
        Self { marks: (0..u32::MAX).zip(&tables.locations).map(mark).collect() }
    }

    /// The lines of a location that stay.
    pub(super) fn remaining_lines<'t>(&self, location: u32, lines: &'t [Line]) -> &'t [Line] {
        match self.mark(location) {
            Mark::Beneath(n_dropped) => lines.get(n_dropped..).unwrap_or_default(),
            Mark::Keep | Mark::Whole => lines,
        }
    }

    /// The part of a stack that stays, leaf first as it is given.
    pub(super) fn pruned<'s>(&self, locations: &'s [u32], notes: &mut Report) -> &'s [u32] {
        if self.marks.is_empty() {
            return locations;
        }
        let mut has_user_frame = false;
        for (index, &location) in locations.iter().enumerate().rev() {
            let first = match self.mark(location) {
                Mark::Keep => {
                    has_user_frame = true;
                    continue;
                }
                _ if !has_user_frame => continue,
                Mark::Whole => index.saturating_add(1),
                Mark::Beneath(_) => index,
            };
            notes.add(Severity::Info, "drop-frames", first as u64, || {
                "frames that the file asks to leave out (its drop_frames), and what they call, \
                 are left out"
                    .to_owned()
            });
            return locations.get(first..).unwrap_or_default();
        }
        locations
    }

    fn mark(&self, location: u32) -> Mark {
        self.marks.get(location as usize).copied().unwrap_or(Mark::Keep)
    }
}

/// The part of a name that patterns are tried on.
fn tried<'n>(name: &'n str, job: &Job) -> &'n str {
    if name.len() <= MAX_NAME_LEN {
        return name;
    }
    job.note(Severity::Info, "long-name", || {
        format!(
            "of names longer than {MAX_NAME_LEN} bytes only the start is compared with what the \
             file asks to leave out (its drop_frames)"
        )
    });
    name.get(..name.floor_char_boundary(MAX_NAME_LEN)).unwrap_or(name)
}

/// A name without the arguments of C++ and without the dot of PowerPC.
fn simplified(name: &str) -> &str {
    let name = name.strip_prefix('.').unwrap_or(name);
    let mut from = 0;
    while let Some(at) = name.get(from..).and_then(|rest| rest.find('(')) {
        let at = at.saturating_add(from);
        let (before, after) = name.split_at_checked(at).unwrap_or((name, ""));
        from = if let Some(rest) = after.strip_prefix("(anonymous namespace)") {
            name.len().saturating_sub(rest.len())
        } else if before.ends_with("operator") && after.starts_with("()") {
            at.saturating_add(2)
        } else {
            return before;
        };
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_arguments() {
        for (name, expected) in [
            ("f(int)", "f"),
            (".f", "f"),
            ("(anonymous namespace)::f(a)", "(anonymous namespace)::f"),
            ("A::operator()(int) const", "A::operator()"),
            ("main.(*T).Run", "main."),
            ("plain", "plain"),
        ] {
            assert_eq!(simplified(name), expected);
        }
    }
}
