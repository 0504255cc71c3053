//! What an importer repaired or left out.

/// How much a note matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something worth knowing; nothing is missing.
    Info,
    /// Something beside the measurement is not shown, such as metadata; no time or weight is
    /// missing.
    Unshown,
    /// The file broke a rule, and what it meant is clear.
    Repair,
    /// Something in the file is not shown.
    Loss,
}

impl Severity {
    /// As written in reports: `info`, `unshown`, `repair` or `loss`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Unshown => "unshown",
            Self::Repair => "repair",
            Self::Loss => "loss",
        }
    }
}

/// One thing that an importer noted, and how often it met it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// A short name for programs, in kebab case, such as `truncated`.
    pub kind: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// How often.
    pub count: u64,
    /// What happened, where first, and what to do about it; no full stop at the end.
    pub text: String,
}

/// Counts what an import repaired or left out, instead of failing on it or saying nothing.
#[derive(Clone, Debug, Default)]
pub struct Report {
    notes: Vec<Note>,
}

impl Report {
    /// Counts `count` more of a kind of note. The text of the first one is kept: it names the
    /// first place.
    pub fn add(
        &mut self,
        severity: Severity,
        kind: &'static str,
        count: u64,
        text: impl FnOnce() -> String,
    ) {
        if count == 0 {
            return;
        }
        match self.notes.iter_mut().find(|note| note.kind == kind) {
            Some(note) => note.count = note.count.saturating_add(count),
            None => self.notes.push(Note { kind, severity, count, text: one_line(&text()) }),
        }
    }

    /// Counts what another report has noted, after what this one has.
    pub fn merge(&mut self, other: &Self) {
        for note in &other.notes {
            self.add(note.severity, note.kind, note.count, || note.text.clone());
        }
    }

    /// Leaves out the notes that do not hold any more.
    pub fn retain(&mut self, holds: impl FnMut(&Note) -> bool) {
        self.notes.retain(holds);
    }

    /// Every note, the worst first; of equal severity in the order in which they were met.
    pub fn notes(&self) -> Vec<&Note> {
        let mut notes: Vec<&Note> = self.notes.iter().collect();
        notes.sort_by_key(|note| std::cmp::Reverse(note.severity));
        notes
    }

    /// The worst severity; `None` when there is nothing to note.
    pub fn worst(&self) -> Option<Severity> {
        self.notes.iter().map(|note| note.severity).max()
    }
}

/// How many characters a text may have: more is a name from a broken file.
const MAX_TEXT: usize = 400;

/// A text that a person can read on one line, whatever names of the file it quotes.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(MAX_TEXT));
    for c in text.chars().take(MAX_TEXT) {
        if c.is_control() {
            line.extend(c.escape_debug());
        } else {
            line.push(c);
        }
    }
    if text.chars().nth(MAX_TEXT).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_one_line_whatever_it_quotes() {
        let mut report = Report::default();
        report.add(Severity::Info, "odd", 1, || "a\nb\u{7f} é".to_owned());
        report.add(Severity::Loss, "long", 1, || "x".repeat(10_000));
        let notes = report.notes();
        assert_eq!(notes.last().unwrap().text, "a\\nb\\u{7f} é");
        assert_eq!(notes.first().unwrap().text.chars().count(), MAX_TEXT + 1);
    }
}
