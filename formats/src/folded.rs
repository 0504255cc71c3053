//! Folded stacks, the input of `flamegraph.pl`.
//!
//! A line is a stack, root first, and how often it was seen:
//!
//! ```text
//! main;parse;read file 12
//! ```
//!
//! Frame names may contain spaces, so the weight is what follows the *last* space. There is no
//! magic number and no unit. `difffolded.pl` writes two weights a line: before and after.
//!
//! A line that starts with `#` is a comment, unless it is a stack: Ruby has frames such as
//! `#<Class:Foo>#bar`. Source: the README of Brendan Gregg's `FlameGraph`.

use std::borrow::Cow;

use foldhash::HashMap;
use memchr::memchr;
use rview_core::{
    FrameId, Line, Profile, ProfileBuilder, Sample, StackId, ThreadId, Unit, ValueTypeId,
};

use crate::{ImportError, Importer, Job, Severity, Source, Verdict};

/// The importer of folded stacks.
pub(crate) struct Folded;

impl Importer for Folded {
    fn name(&self) -> &'static str {
        "folded"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["folded", "collapsed", "txt"]
    }

    /// Two thirds of the lines must be stacks with a weight, and one at least must have a caller.
    /// Where the head is less than a line, that must look like a deep stack.
    fn probe(&self, head: &[u8]) -> Verdict {
        let text = Text::new(head);
        let text = &*text.bytes;
        let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
        if head.len() >= crate::PROBE_LEN {
            if let [line] = *lines {
                return probe_cut_line(line);
            }
            lines.pop(); // The last line is cut off.
        }
        let mut n_stacks = 0_u32;
        let mut n_others = 0_u32;
        let mut has_caller = false;
        for line in lines.into_iter().filter(|line| !is_blank(line)) {
            match entry(line) {
                Some((stack, _)) => {
                    n_stacks = n_stacks.saturating_add(1);
                    has_caller |= stack.contains(&b';');
                }
                None => n_others = n_others.saturating_add(1),
            }
        }
        if has_caller && n_stacks > n_others.saturating_mul(2) {
            Verdict::Perhaps
        } else {
            Verdict::No
        }
    }

    fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError> {
        let text = Text::new(source);
        let is_comparison = has_two_weights(&text.bytes);
        let weights: &[&str] = if is_comparison { &["before", "after"] } else { &["samples"] };
        if is_comparison {
            job.note(Severity::Info, "two-weights", || {
                "every line ends in two numbers, which are shown as the weights before and \
                 after, as `difffolded.pl` writes them; if the first belongs to the name of a \
                 frame, replace the space before it"
                    .to_owned()
            });
        }
        let mut stacks = Stacks::new(&text, weights);
        let mut rest = &*text.bytes;
        let mut offset = 0_usize;
        let mut n_lines = 0_u64;
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            if !line.trim_ascii().is_empty() {
                stacks.add_line(line, offset, job);
            }
            rest = after.get(1..).unwrap_or_default();
            offset = offset.saturating_add(end).saturating_add(1);
            n_lines = n_lines.wrapping_add(1);
            if n_lines.is_multiple_of(4096) {
                job.progress(offset as u64)?;
            }
        }
        if stacks.builder.n_samples() == 0 {
            let hint = "each line should be `root;...;leaf weight`";
            return Err(ImportError::Empty { format: self.name(), hint });
        }
        Ok(stacks.builder.finish().0)
    }
}

/// The profile under construction.
struct Stacks<'a> {
    text: &'a Text<'a>,
    builder: ProfileBuilder,
    thread: ThreadId,
    value_types: Vec<ValueTypeId>,
    frames: HashMap<&'a [u8], FrameId>,
    /// The stack of the line before. Lines are mostly sorted, so the next starts alike.
    before: &'a [u8],
    /// Its frames, root first.
    path: Vec<Step>,
}

/// A frame of a stack.
struct Step {
    /// Where it ends in the stack.
    end: usize,
    frame: FrameId,
    /// The stack of a caller; not known of the leaf.
    stack: Option<StackId>,
}

impl<'a> Stacks<'a> {
    /// Stacks with weights of these names; the last is shown first.
    fn new(text: &'a Text<'a>, weights: &[&str]) -> Self {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(0, "");
        let thread = builder.thread(process, 0, "");
        let mut value_types = Vec::new();
        for name in weights {
            let value_type = builder.value_type(name, Unit::Count);
            builder.set_default_value_type(value_type);
            value_types.push(value_type);
        }
        let (frames, path) = (HashMap::default(), Vec::new());
        Self { text, builder, thread, value_types, frames, before: &[], path }
    }

    /// Adds the sample of a line, or notes why not.
    fn add_line(&mut self, line: &'a [u8], offset: usize, job: &Job) {
        let one = || entry(line).map(|(stack, weight)| (stack, [weight, Weight::default()]));
        let found = match self.value_types.len() {
            1 => one(),
            _ => entry_of_two(line),
        };
        let found = found.filter(|_| !is_comment(line));
        let Some((stack, weights)) = found else {
            if line.trim_ascii_start().starts_with(b"#") {
                job.note(Severity::Info, "comments", || {
                    let at = self.text.place(offset);
                    format!("a line that starts with `#` is a comment, first at byte {at}")
                });
                return;
            }
            job.note(Severity::Loss, "bad-line", || {
                let at = self.text.place(offset);
                format!(
                    "a line without its weight at the end is left out, first at byte {at}; \
                     each should be `root;...;leaf weight`"
                )
            });
            return;
        };
        self.follow(stack, offset, job);
        let (leaf, callers) = match self.path.split_last() {
            Some((leaf, callers)) => (leaf.frame, callers.last().and_then(|step| step.stack)),
            None => (self.empty_stack(offset, job), None),
        };
        let thread = self.thread;
        self.builder.sample(Sample { time_ns: None, thread, callers, leaf, labels: None });
        for (&value_type, weight) in self.value_types.iter().zip(weights) {
            if weight.is_rounded {
                job.note(Severity::Repair, "fractional-weight", || {
                    let at = self.text.place(offset);
                    format!("a weight with a fraction is rounded, first at byte {at}")
                });
            }
            if self.builder.weight(value_type, weight.value).is_err() {
                job.note(Severity::Loss, "weight-overflow", || {
                    let at = self.text.place(offset);
                    format!("a weight makes the sum too large and is left out, first at byte {at}")
                });
            }
        }
    }

    fn empty_stack(&mut self, offset: usize, job: &Job) -> FrameId {
        job.note(Severity::Info, "empty-stack", || {
            let at = self.text.place(offset);
            format!("a line without a frame is shown as [no stack], first at byte {at}")
        });
        let function = self.builder.function_named("[no stack]");
        self.builder.named_frame(Line { function, line: 0 })
    }

    /// Makes `path` that of a stack.
    fn follow(&mut self, stack: &'a [u8], offset: usize, job: &Job) {
        let n_common = self.before.iter().zip(stack).take_while(|(a, b)| a == b).count();
        let is_end = stack.get(n_common).is_none_or(|&byte| byte == b';');
        let is_shared = |step: &Step| step.end < n_common || (step.end == n_common && is_end);
        self.path.truncate(self.path.partition_point(is_shared));
        self.before = stack;

        let mut at = self.path.last().map_or(0, |step| step.end.saturating_add(1));
        let mut has_empty_name = false;
        while let Some(rest) = stack.get(at..).filter(|rest| !rest.is_empty()) {
            let len = memchr(b';', rest).unwrap_or(rest.len());
            let name = rest.get(..len).unwrap_or_default();
            let end = at.saturating_add(len);
            at = end.saturating_add(1);
            if name.is_empty() {
                has_empty_name = true;
                continue;
            }
            let frame = match self.frames.get(name) {
                Some(&frame) => frame,
                None => self.new_frame(name, offset, job),
            };
            self.path.push(Step { end, frame, stack: None });
        }
        if has_empty_name {
            job.note(Severity::Repair, "empty-name", || {
                let at = self.text.place(offset);
                format!("a frame without a name is left out of its stack, first at byte {at}")
            });
        }
        let n_callers = self.path.len().saturating_sub(1);
        let mut callers = None;
        for step in self.path.iter_mut().take(n_callers) {
            if step.stack.is_none() {
                step.stack = Some(self.builder.stack(callers, step.frame));
            }
            callers = step.stack;
        }
    }

    fn new_frame(&mut self, name: &'a [u8], offset: usize, job: &Job) -> FrameId {
        let text = String::from_utf8_lossy(name);
        if matches!(text, Cow::Owned(_)) {
            job.note(Severity::Repair, "invalid-utf8", || {
                let (at, shown) = (self.text.place(offset), char::REPLACEMENT_CHARACTER);
                format!(
                    "bytes that are no UTF-8 are shown as {shown}, first in the line at byte {at}"
                )
            });
        }
        let function = self.builder.function_named(&text);
        let frame = self.builder.named_frame(Line { function, line: 0 });
        self.frames.insert(name, frame);
        frame
    }
}

/// What follows the last space of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weight {
    value: i64,
    is_rounded: bool,
}

/// The text of a file as UTF-8; some tools on Windows write UTF-16 with a byte order mark.
struct Text<'a> {
    bytes: Cow<'a, [u8]>,
    /// How much of the file is before the text.
    mark_len: usize,
}

impl<'a> Text<'a> {
    fn new(file: &'a [u8]) -> Self {
        let utf16 = |bytes: &[u8], from_bytes: fn([u8; 2]) -> u16| {
            let (units, _) = bytes.as_chunks();
            let text = char::decode_utf16(units.iter().map(|&unit| from_bytes(unit)))
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
            Cow::Owned(text.collect::<String>().into_bytes())
        };
        match file {
            [0xef, 0xbb, 0xbf, rest @ ..] => Self { bytes: Cow::Borrowed(rest), mark_len: 3 },
            [0xff, 0xfe, rest @ ..] => Self { bytes: utf16(rest, u16::from_le_bytes), mark_len: 2 },
            [0xfe, 0xff, rest @ ..] => Self { bytes: utf16(rest, u16::from_be_bytes), mark_len: 2 },
            _ => Self { bytes: Cow::Borrowed(file), mark_len: 0 },
        }
    }

    /// Where in the file an offset of the text is. Linear in the offset where the file is UTF-16,
    /// which is for the few places that notes name.
    fn place(&self, offset: usize) -> usize {
        let len = match &self.bytes {
            Cow::Borrowed(_) => offset,
            Cow::Owned(bytes) => {
                let before = bytes.get(..offset).unwrap_or(bytes);
                String::from_utf8_lossy(before).encode_utf16().count().saturating_mul(2)
            }
        };
        self.mark_len.saturating_add(len)
    }
}

/// Fewer callers in 64 KiB are no stack.
const MIN_FRAMES_OF_CUT_LINE: usize = 64;

/// What a head that holds less than a line may be.
fn probe_cut_line(line: &[u8]) -> Verdict {
    let n_frames = memchr::memchr_iter(b';', line).count();
    let is_text = !line.iter().any(u8::is_ascii_control);
    if is_text && n_frames >= MIN_FRAMES_OF_CUT_LINE { Verdict::Perhaps } else { Verdict::No }
}

/// Whether a line is a comment although it ends in a number, such as `# lost 5`: frames that
/// start with `#` are names of classes.
fn is_comment(line: &[u8]) -> bool {
    match line.trim_ascii_start() {
        [b'#', next, ..] => next.is_ascii_whitespace() && !line.contains(&b';'),
        _ => false,
    }
}

/// Whether a line is empty or a comment.
fn is_blank(line: &[u8]) -> bool {
    let starts_as_comment = line.trim_ascii_start().starts_with(b"#");
    line.trim_ascii().is_empty() || starts_as_comment && (is_comment(line) || entry(line).is_none())
}

/// Whether each of the first lines has two weights: `difffolded.pl` writes those of two files.
fn has_two_weights(text: &[u8]) -> bool {
    let head = text.get(..crate::PROBE_LEN).unwrap_or(text);
    let mut lines = head.split(|&byte| byte == b'\n').filter(|line| !is_blank(line)).peekable();
    let mut n_lines = 0_u32;
    while let Some(line) = lines.next() {
        let is_cut = lines.peek().is_none() && head.len() < text.len();
        let is_whole = |weight: &Weight| !weight.is_rounded && weight.value >= 0;
        match entry_of_two(line) {
            Some((stack, weights)) if !stack.is_empty() && weights.iter().all(is_whole) => {}
            _ if is_cut => {}
            _ => return false,
        }
        n_lines = n_lines.saturating_add(1);
    }
    n_lines > 1
}

/// Splits a line into stack and two weights.
fn entry_of_two(line: &[u8]) -> Option<(&[u8], [Weight; 2])> {
    let (rest, after) = entry(line)?;
    let (stack, before) = entry(rest)?;
    Some((stack, [before, after]))
}

/// Splits a line into stack, which may be empty, and weight.
fn entry(line: &[u8]) -> Option<(&[u8], Weight)> {
    let line = line.trim_ascii_end();
    let space = memchr::memrchr2(b' ', b'\t', line)?;
    let (stack, number) = line.split_at_checked(space)?;
    let number = std::str::from_utf8(number.trim_ascii()).ok()?;
    let weight = match number.parse::<i64>() {
        Ok(value) => Weight { value, is_rounded: false },
        Err(_) => fraction(number)?,
    };
    Some((stack.trim_ascii(), weight))
}

/// A weight with a decimal point, rounded.
fn fraction(number: &str) -> Option<Weight> {
    let value = number.parse::<f64>().ok().filter(|value| value.abs() < 9e15)?;
    let starts_as_number = number.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    #[expect(clippy::cast_possible_truncation, reason = "the magnitude is checked above")]
    let rounded = value.round() as i64;
    starts_as_number.then_some(Weight { value: rounded, is_rounded: value.fract() != 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_probe(head: &str, expected: Verdict) {
        assert_eq!(Folded.probe(head.as_bytes()), expected, "{head:?}");
    }

    #[test]
    fn probe_wants_weights_and_a_caller() {
        check_probe("main;read 1\n", Verdict::Perhaps);
        check_probe("# comment\n\nmain 5\nmain;read 1", Verdict::Perhaps);
        check_probe("main 1\n", Verdict::No);
        check_probe("let a = 1; let b\n", Verdict::No);
        check_probe("", Verdict::No);
    }

    #[test]
    fn the_weight_follows_the_last_space() {
        let weight = |value, is_rounded| Weight { value, is_rounded };
        assert_eq!(entry(b"a b;c 12\r"), Some((&b"a b;c"[..], weight(12, false))));
        assert_eq!(entry(b"a;b 2.6"), Some((&b"a;b"[..], weight(3, true))));
        assert_eq!(entry(b"a;b nan"), None);
        assert_eq!(entry(b"a;b"), None);
    }

    /// The samples of a profile as folded stacks, and the kinds of the notes.
    fn import(text: &[u8]) -> (String, Vec<&'static str>) {
        let job = Job::default();
        let profile = Folded.import(&Source::from_vec(text.to_vec()), &job).unwrap();
        profile.check().unwrap();
        let (samples, stacks) = (profile.samples(), profile.stacks());
        let name = |frame| profile.symbols().lines(frame).iter().map(|line| line.function);
        let mut lines = Vec::new();
        samples.weights(ValueTypeId::from_index(0)).for_each(|sample, weight| {
            let mut functions: Vec<_> = name(samples.leaf(sample)).collect();
            if let Some(callers) = samples.callers(sample) {
                let frames = stacks.walk_to_root(callers).map(|stack| stacks.frame(stack));
                functions.extend(frames.flat_map(name));
            }
            let names = functions.iter().rev().map(|&function| profile.function_name(function));
            lines.push(format!("{} {weight}", names.collect::<Vec<_>>().join(";")));
        });
        let report = job.report();
        (lines.join("\n"), report.notes().iter().map(|note| note.kind).collect())
    }

    #[test]
    fn a_stack_may_start_like_the_one_before() {
        let text = "a;b;c 1\na;b;c 2\na;b 3\na;b;cd;e 4\na;b;c;e 5\na;bc 6\na 7\nab;c 8\na;b;c 9";
        assert_eq!(import(text.as_bytes()), (text.to_owned(), vec![]));
    }

    #[test]
    fn frames_without_a_name_are_left_out() {
        let (lines, notes) = import(b";a;;b 1\n;a;;b 2\na;b; 3\na;b 4\n; 5\n");
        assert_eq!(lines, "a;b 1\na;b 2\na;b 3\na;b 4\n[no stack] 5");
        assert_eq!(notes, ["empty-name", "empty-stack"]);
    }

    #[test]
    fn a_stack_without_frames_still_counts() {
        let (lines, notes) = import(b"a;b 1\n 3\n7\n");
        assert_eq!((&*lines, notes), ("a;b 1\n[no stack] 3", vec!["bad-line", "empty-stack"]));
    }

    #[test]
    fn two_weights_a_line_are_those_of_two_recordings() {
        let weights = |text: &[u8]| {
            let source = Source::from_vec(text.to_vec());
            let profile = Folded.import(&source, &Job::default()).unwrap();
            profile.check().unwrap();
            let types = profile.value_types().iter().zip(profile.value_type_ids());
            let totals = types
                .map(|(row, id)| format!("{} {}", row.name, profile.samples().weights(id).total()));
            totals.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(weights(b"a;b 1 2\n\na 10 20\n"), "before 11, after 22");
        assert_eq!(weights(b"a;b 1 2\na;c 10\n"), "samples 12");
        assert_eq!(weights(b"a;thread 7 2\n"), "samples 2");
        assert_eq!(weights(b"a;b 1 2\n# all 3 4\n"), "samples 2");
    }

    #[test]
    fn a_comment_is_what_is_no_stack() {
        let (lines, notes) = import(
            b"# total 12\n#<Class:Foo>#bar;x 10\n#no weight\nmain;#<Object>#run 2\n\n#a 1\n",
        );
        assert_eq!(lines, "#<Class:Foo>#bar;x 10\nmain;#<Object>#run 2\n#a 1");
        assert_eq!(notes, ["comments"]);
    }

    #[test]
    fn a_first_line_longer_than_the_head_is_a_stack_if_it_is_deep() {
        let line = "frame of some name;".repeat(4000);
        check_probe(line.get(..crate::PROBE_LEN).unwrap(), Verdict::Perhaps);
        check_probe(&"word ".repeat(20_000), Verdict::No);
        check_probe(&"\u{1};".repeat(crate::PROBE_LEN), Verdict::No);
    }

    #[test]
    fn notes_name_places_of_the_file() {
        let place = |bytes: Vec<u8>| {
            let job = Job::default();
            Folded.import(&Source::from_vec(bytes), &job).unwrap();
            let text = job.report().notes().first().unwrap().text.clone();
            let at = text.split("at byte ").nth(1).unwrap();
            at.chars().take_while(char::is_ascii_digit).collect::<String>()
        };
        let text = "ü;𝄞 1\nbad\n";
        assert_eq!(place(text.into()), "10");
        assert_eq!(place(format!("\u{feff}{text}").into()), "13");
        let utf16 = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(place(utf16), "16");
    }

    /// For a hash without a seed, who knows it can write names that all have one.
    #[test]
    fn names_made_to_collide_cost_no_more_than_others() {
        let start = std::time::Instant::now();
        let lines = (0..100_000).flat_map(|i| {
            [b"a;", &format!("{i:08}").into_bytes()[..], b"\x44\x73\x70\x03\x2e\x8a\x19\x13 1\n"]
                .concat()
        });
        let source = Source::from_vec(lines.collect());
        let profile = Folded.import(&source, &Job::default()).unwrap();
        assert_eq!(profile.samples().len(), 100_000);
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }

    #[test]
    fn names_that_are_no_utf8_are_shown_as_far_as_they_go() {
        let (lines, notes) = import(b"a;\xffb 1\n");
        assert_eq!((&*lines, notes), ("a;\u{fffd}b 1", vec!["invalid-utf8"]));
    }

    #[test]
    fn utf16_is_read() {
        let text: Vec<u8> =
            "\u{feff}main;read 3\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let profile = Folded.import(&Source::from_vec(text), &Job::default()).unwrap();
        assert_eq!(profile.samples().weights(ValueTypeId::from_index(0)).total(), 3);
    }
}
