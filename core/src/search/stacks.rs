//! Search as a filter: only what it finds counts.
//!
//! Its parts, all of which must hold, are asked of three things. One function on the stack must
//! match all that is said of functions; none may match what is negated. What is said of threads
//! and processes must hold of the thread, what is said of labels of the sample:
//!
//! ```text
//! json parse -malloc (thread:a OR thread:b) label.user
//! └── one ──┘ └none┘ └───── the thread ────┘ └ sample ┘
//! ```

use std::sync::Arc;

use super::expression::{Expression, Field, Key, Pattern, Wanted};
use super::functions::{Prepared, find};
use super::{Compiled, Search, SearchError, Subject};
use crate::{
    FunctionSet, Label, LabelQuery, LabelSelection, LabelValue, Profile, Selection, StackFilter,
    ThreadId, Wants, process_name, thread_name,
};

/// What a part of a search is asked of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    Function,
    Thread,
    Sample,
}

impl Search {
    /// What is left of a selection when only what the search finds counts: samples, and slices,
    /// by their stacks, threads and labels. Linear in the names and in the sets of labels.
    ///
    /// An error says what cannot be asked of stacks, or not in this way.
    pub fn narrowed(
        &self,
        profile: &Profile,
        selection: Selection,
    ) -> Result<Selection, SearchError> {
        self.check(Subject::Stacks)?;
        let Some(wanted) = &self.wanted else { return Ok(selection) };
        let parts =
            if let Expression::All(parts) = wanted { parts } else { std::slice::from_ref(wanted) };
        let mut selection = selection;
        let all = FunctionSet::all(profile.symbols().functions().len());
        let mut filter = StackFilter::default();
        for part in parts {
            match holder(part)? {
                Holder::Thread => selection.threads = Some(threads(part, profile, &selection)),
                Holder::Sample => {
                    let sets = |labels: &[Label]| has_labels(part, profile, labels);
                    let before = selection.labels.as_deref();
                    let labels = LabelSelection::narrowed(before, profile, sets);
                    selection.labels = Some(Arc::new(labels));
                }
                Holder::Function => {
                    let (part, negated) = match part {
                        Expression::Not(part) => (&**part, true),
                        part => (part, false),
                    };
                    let prepared = part.try_map(&|it| Prepared::new(it, profile, None))?;
                    if negated {
                        let found = find(&prepared, profile, &all);
                        let union = filter.without.bits().union(found.bits());
                        filter.without = FunctionSet::of_bits(union);
                    } else {
                        let found = find(&prepared, profile, filter.with.as_ref().unwrap_or(&all));
                        filter.with = Some(found);
                    }
                }
            }
        }
        if filter != StackFilter::default() {
            selection.only = Some(Arc::new(filter));
        }
        Ok(selection)
    }
}

/// What a part is asked of.
fn holder(part: &Expression<Compiled>) -> Result<Holder, SearchError> {
    let holder = |it: &Compiled| match it.term.wanted {
        Wanted::Text(Field::Thread | Field::Process, _) => Holder::Thread,
        Wanted::Has(..) | Wanted::Value(..) => Holder::Sample,
        Wanted::Text(..) | Wanted::Figure(..) => Holder::Function,
    };
    let mut terms = part.terms();
    let first = terms.next().map_or(Holder::Function, holder);
    match terms.find(|it| holder(it) != first) {
        None => Ok(first),
        Some(other) => Err(SearchError {
            message: "functions, threads and labels cannot be joined by OR for Only".to_owned(),
            position: other.term.at,
        }),
    }
}

/// The threads of a selection of which a part holds.
fn threads(part: &Expression<Compiled>, profile: &Profile, selection: &Selection) -> Vec<bool> {
    let holds = |thread: ThreadId| {
        let is = &mut |it: &Compiled| {
            let matcher = it.matcher.as_ref()?;
            let process = profile.threads().row(thread).process;
            Some(match it.term.wanted {
                Wanted::Text(Field::Process, _) => matcher.is_in(&process_name(profile, process)),
                _ => matcher.is_in(&thread_name(profile, thread)),
            })
        };
        selection.has_thread(thread) && part.holds(is).unwrap_or_default()
    };
    profile.threads().ids().map(holds).collect()
}

/// Whether a part holds of a sample with some labels.
fn has_labels(part: &Expression<Compiled>, profile: &Profile, labels: &[Label]) -> bool {
    let is = &mut |it: &Compiled| {
        let (name, value) = match &it.term.wanted {
            Wanted::Value(Key::Label, name, Pattern::Text(value)) => (name, Some(value)),
            Wanted::Has(_, name) | Wanted::Value(_, name, _) => (name, None),
            Wanted::Text(..) | Wanted::Figure(..) => return None,
        };
        let query = LabelQuery { key: name.clone(), value: value.cloned(), wants: Wants::With };
        let matcher = it.matcher.as_ref().filter(|_| value.is_none());
        Some(labels.iter().any(|label| {
            query.matches(label, profile)
                && matcher.is_none_or(|matcher| matcher.is_in(&value_text(label.value, profile)))
        }))
    };
    part.holds(is).unwrap_or_default()
}

fn value_text(value: LabelValue, profile: &Profile) -> String {
    match value {
        LabelValue::Text(text) => profile.text(text).to_owned(),
        LabelValue::Number(number, _) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallPaths, Line, Measure, PathWeights, ProfileBuilder, Sample, Unit};

    /// Samples as `thread stack label=value`, each of which weighs 1.
    const SAMPLES: &str = "
        web main;read;json user=ann
        web main;read;log user=bob
        web main;malloc size=64
        job main;write;json
        job main;write;malloc;log user=ann
        ";

    fn profile() -> Profile {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(7, "server");
        let value_type = builder.value_type("samples", Unit::Count);
        for line in SAMPLES.lines().filter(|line| !line.trim().is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let thread = builder.thread(process, i64::from(words[0] == "web"), words[0]);
            let frames: Vec<_> = words[1]
                .split(';')
                .map(|name| {
                    let function = builder.function_named(name);
                    builder.named_frame(Line { function, line: 0 })
                })
                .collect();
            let (leaf, callers) = frames.split_last().unwrap();
            let callers =
                callers.iter().fold(None, |stack, &frame| Some(builder.stack(stack, frame)));
            let labels =
                words.get(2).and_then(|label| label.split_once('=')).map(|(key, value)| {
                    let key = builder.string(key);
                    let value = match value.parse() {
                        Ok(number) => LabelValue::Number(number, builder.string("")),
                        Err(_) => LabelValue::Text(builder.string(value)),
                    };
                    Label { key, value }
                });
            let labels = labels.and_then(|label| builder.label_set(&[label]));
            builder.sample(Sample { time_ns: None, thread, callers, leaf: *leaf, labels });
            builder.weight(value_type, 1).unwrap();
        }
        builder.finish().0
    }

    /// How many samples are left, or what is wrong.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let profile = profile();
        let paths = CallPaths::new(&profile);
        let measure = Measure::default_of(&profile).unwrap();
        let narrowed = Search::new(text).unwrap().narrowed(&profile, Selection::default());
        let left = narrowed.map(|selection| {
            PathWeights::new(&profile, &paths, measure, &selection).total().to_string()
        });
        let left = left.unwrap_or_else(|error| format!("{error} at {}", error.position));
        assert_eq!(left, expected, "{text}");
    }

    #[test]
    fn stacks_have_one_function_that_matches_and_none_that_is_negated() {
        check("", "5");
        check("main", "5");
        check("json", "2");
        check("json read", "0");
        check("re ad", "2");
        check("json OR malloc", "4");
        check("main -malloc", "3");
        check("-malloc -log", "2");
        check("-(log OR json)", "1");
    }

    #[test]
    fn threads_and_labels_are_asked_of_samples() {
        check("thread:web", "3");
        check("-thread:web", "2");
        check("thread:web -log", "2");
        check("process:server log", "2");
        check("thread:web OR thread:job", "5");
        check("label.user", "3");
        check("label.user=ann", "2");
        check("label.user=an", "0");
        check("label.user=/^a/ json", "1");
        check("label.user!=ann", "3");
        check("label.size=50:70", "1");
        check("label.user=bob OR label.size", "2");
        check("-label.user thread:web", "1");
    }

    #[test]
    fn what_cannot_be_asked_of_stacks_says_so() {
        check("json self>1", "self is not for Only, but for functions and slices at 5");
        let mixed = "functions, threads and labels cannot be joined by OR for Only";
        check("json OR thread:web", &format!("{mixed} at 8"));
    }
}
