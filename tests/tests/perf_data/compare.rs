//! Two readers of one recording, added up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rview_core::{FrameId, Profile, ValueTypeId};
use rview_formats::{Job, Source};

use crate::script::{Scripted, parse_script};
use crate::{Counts, Key, fixtures, open_with};

/// The text beside a recording, packed or not.
pub(crate) fn text_beside(recording: &Path, ending: &str) -> Option<String> {
    let name = recording.file_name()?.to_str()?;
    let stem = if !ending.contains("stats") && recording.starts_with(fixtures()) {
        name.strip_suffix(".perf.data")?
    } else {
        name
    };
    let path = recording.with_file_name(format!("{stem}{ending}"));
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    let source = Source::open(&path).or_else(|_| Source::open(&packed)).ok()?;
    let source = source.unwrap(&Job::default()).ok()?;
    Some(String::from_utf8_lossy(&source).into_owned())
}

/// Function and module of a frame, as perf writes them.
pub(crate) fn described(profile: &Profile, frame: FrameId) -> (String, String) {
    let function = profile.symbols().lines(frame)[0].function;
    let module = match profile.function_module(function) {
        "" => "[unknown]",
        module => module,
    };
    (profile.function_name(function).to_owned(), module.to_owned())
}

/// The value types that are the periods of events, not counts of their samples.
pub(crate) fn event_ids(profile: &Profile) -> impl Iterator<Item = ValueTypeId> {
    let is_event = |id: &ValueTypeId| {
        let name = &profile.value_types()[id.index()].name;
        !["samples", "blocked", "preempted", "(approximate)"].iter().any(|it| name.ends_with(it))
    };
    profile.value_type_ids().filter(is_event)
}

/// The thread of a sample as `pid/tid`.
pub(crate) fn thread_of(profile: &Profile, sample: usize) -> String {
    let thread = profile.threads().row(profile.samples().threads()[sample]);
    format!("{}/{}", profile.processes().row(thread.process).pid, thread.tid)
}

/// Function and module of each frame of a sample, leaf first.
pub(crate) fn frames_of(profile: &Profile, sample: usize) -> Vec<(String, String)> {
    let callers = profile.samples().callers(sample).into_iter();
    let callers = callers.flat_map(|stack| profile.stacks().walk_to_root(stack));
    let callers = callers.map(|stack| profile.stacks().frame(stack));
    let frames = std::iter::once(profile.samples().leaf(sample)).chain(callers);
    frames.map(|frame| described(profile, frame)).collect()
}

/// Calls `visit(event, pid/tid, period, frames)` for each sample, frames leaf first.
pub(crate) fn for_each_sample(
    profile: &Profile,
    mut visit: impl FnMut(&str, &str, i64, &[(String, String)]),
) {
    for event in event_ids(profile) {
        let name = &profile.value_types()[event.index()].name;
        profile.samples().weights(event).for_each(|sample, weight| {
            visit(name, &thread_of(profile, sample), weight, &frames_of(profile, sample));
        });
    }
}

pub(crate) fn add(counts: &mut BTreeMap<Key, Counts>, key: [&str; 4], period: i64) {
    let [event, thread, module, function] = key.map(str::to_owned);
    let count = counts.entry((event, thread, module, function)).or_default();
    *count = (count.0 + 1, count.1 + period);
}

/// What two readers of a recording must agree on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Every function up to the first of a module that is not known: without its file, nothing
    /// says who called it.
    Unwound,
    /// Every function of every stack.
    Stacks,
}

/// Adds up the leaves by thread and the functions of whole stacks, once a sample. Functions
/// of modules that are not `known` have no names: theirs may differ from perf's.
pub(crate) fn tally(
    counts: &mut BTreeMap<Key, Counts>,
    (known, depth): (&[&str], Depth),
    (event, thread, period): (&str, &str, i64),
    frames: &[(String, String)],
) {
    let name = |frame: &(String, String)| {
        let is_known = known.contains(&frame.1.as_str());
        // perf leaves out what follows the name of a function.
        let function = frame.0.trim_end_matches(" const");
        if is_known { function.to_owned() } else { "-".to_owned() }
    };
    let counts_leaf =
        |leaf: &&(String, String)| depth == Depth::Stacks || known.contains(&leaf.1.as_str());
    if let Some(leaf) = frames.first().filter(counts_leaf) {
        add(counts, [event, thread, &leaf.1, &name(leaf)], period);
    }
    let is_foreign = |frame: &(String, String)| !known.contains(&frame.1.as_str());
    let frames = match frames.iter().position(is_foreign) {
        Some(n_known) if depth == Depth::Unwound => &frames[..n_known],
        _ => frames,
    };
    // perf does not say where a stack is cut.
    let frames = frames.iter().filter(|frame| frame.0 != "[truncated]");
    let functions: std::collections::BTreeSet<_> =
        frames.map(|frame| (frame.1.clone(), name(frame))).collect();
    for (module, function) in functions {
        add(counts, [event, "whole stack", &module, &function], period);
    }
}

/// Compares a recording with the text of `perf script` beside it.
#[track_caller]
pub(crate) fn check_script(recording: &Path, symbol_dirs: &[PathBuf], known: &[&str]) {
    let Some(text) = text_beside(recording, ".script.txt") else { return };
    let document = open_with(recording, symbol_dirs);
    let is_unwound = recording.to_string_lossy().contains("dwarf");
    let depth = if is_unwound { Depth::Unwound } else { Depth::Stacks };
    let mut expected = BTreeMap::new();
    for Scripted { event, thread, period, frames, .. } in parse_script(&text) {
        // perf names events in full where the header has no names.
        let event = event.strip_suffix('H').unwrap_or(&event);
        tally(&mut expected, (known, depth), (event, &thread, period), &frames);
    }
    let mut found = BTreeMap::new();
    // Without the part of the kernel, perf prints no leaf that is there.
    let n_hidden = usize::from(recording.ends_with("sched.perf.data"));
    for_each_sample(&document.profile, |event, thread, period, frames| {
        let frames = &frames[n_hidden..];
        tally(&mut found, (known, depth), (event, thread, period), frames);
    });
    let differences: Vec<_> = expected
        .keys()
        .chain(found.keys())
        .filter(|key| expected.get(key) != found.get(key))
        .map(|key| format!("{key:?}: {:?} {:?}\n", expected.get(key), found.get(key)))
        .collect();
    let differences = differences.concat();
    assert!(differences.is_empty(), "{}, perf and rview:\n{differences}", recording.display());
    assert!(!expected.is_empty());
}
