//! Profiles written as text, for tests that are easier to read than to debug.
#![expect(clippy::expect_used, reason = "only tests get here")]

#[cfg(test)]
pub(crate) mod naive;
#[cfg(test)]
pub(crate) mod random;

use rustc_hash::FxHashMap;

use crate::{FlowEnd, Line, Profile, ProfileBuilder, Sample, Slice, Unit};

/// Makes a profile from columns of function names: a column is a sample of weight 1, its
/// first line the root of the stack. Column `i` is at `i` milliseconds.
///
/// ```text
/// main main  main
/// read parse parse
///            eval
/// ```
///
/// A shorter stack ends early; align the columns on their first letters. All samples are of
/// one thread `app/main`, pid and tid 1.
///
/// # Panics
///
/// Never: it would take 2^63 columns.
pub fn profile(columns: &str) -> Profile {
    let lines: Vec<&str> = columns.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let value_type = builder.value_type("samples", Unit::Count);

    let columns = lines.first().into_iter().flat_map(|line| word_starts(line));
    for (time_ns, column) in (0..).step_by(1_000_000).zip(columns) {
        let mut callers = None;
        let mut leaf = None;
        for name in lines.iter().map_while(|line| word_at(line, column)) {
            let function = builder.function_named(name);
            let frame = builder.named_frame(Line { function, line: 0 });
            if let Some(caller) = leaf.replace(frame) {
                callers = Some(builder.stack(callers, caller));
            }
        }
        if let Some(leaf) = leaf {
            let time_ns = Some(time_ns);
            builder.sample(Sample { time_ns, thread, callers, leaf, labels: None });
            builder.weight(value_type, 1).expect("far fewer samples than 2^63");
        }
    }
    builder.finish().0
}

/// Makes a trace from lines: a line is the track of a thread, each run of equal letters in it a
/// slice of that name, a character a microsecond; lines below a track that start with a space
/// are the slices nested in it.
///
/// ```text
/// T1: aaaaaaaa  bbb
///   :  cc ddd   c
/// T2: eeee
/// ```
///
/// # Panics
///
/// When a line has no `:`.
pub fn trace(lines: &str) -> Profile {
    trace_with_flows(lines, "")
}

/// The same with flows, such as `a>c b>c`, each from the first slice of a name to the first of
/// another.
///
/// # Panics
///
/// When a line has no `:`, or there is no slice of a name.
pub fn trace_with_flows(lines: &str, flows: &str) -> Profile {
    let mut first = FxHashMap::default();
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let mut track = None;
    let mut tid = 0;
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let (name, slices) = line.split_once(':').expect("a line has a `:`");
        if !name.trim().is_empty() {
            tid += 1;
            let thread = builder.thread(process, tid, name.trim());
            track = Some(builder.thread_track(thread));
        }
        let track = track.expect("the first line names its track");
        let letters: Vec<char> = slices.chars().skip(1).collect();
        let mut start_ns = 0;
        for run in letters.chunk_by(|a, b| a == b) {
            let duration_ns = i64::try_from(run.len()).expect("a short line") * 1000;
            if run[0] != ' ' {
                let name = builder.function_named(&run[0].to_string());
                let slice = Slice { track, start_ns, duration_ns, name, detail: None };
                let slice = builder.slice(slice);
                first.entry(run[0].to_string()).or_insert(slice);
            }
            start_ns += duration_ns;
        }
    }
    let name = builder.string("flow");
    for (from, to) in flows.split_whitespace().filter_map(|flow| flow.split_once('>')) {
        builder.flow(name, FlowEnd::Slice(first[from]), FlowEnd::Slice(first[to]));
    }
    builder.finish().0
}

/// Removes the indentation that all lines share, and blank first and last lines.
pub fn unindent(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let indent = lines.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    lines.iter().map(|line| line[indent..].trim_end()).collect::<Vec<_>>().join("\n")
}

fn word_starts(line: &str) -> impl Iterator<Item = usize> {
    line.match_indices(|c: char| !c.is_whitespace())
        .map(|(at, _)| at)
        .filter(|&at| line[..at].ends_with(char::is_whitespace) || at == 0)
}

fn word_at(line: &str, column: usize) -> Option<&str> {
    line.get(column..)?.split(char::is_whitespace).next().filter(|word| !word.is_empty())
}
