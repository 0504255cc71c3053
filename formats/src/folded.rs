//! Folded stacks, the input of `flamegraph.pl`.
//!
//! A line is a stack, root first, and how often it was seen:
//!
//! ```text
//! main;parse;read file 12
//! ```
//!
//! Frame names may contain spaces, so the weight is what follows the *last* space. There is no
//! magic number and no unit. `difffolded.pl` writes two weights a line: before and after. A weight
//! may have a fraction, as milliseconds have; then all count in the least digit of any, exactly.
//!
//! A line that starts with `#` is a comment, unless it is a stack: Ruby has frames such as
//! `#<Class:Foo>#bar`. Source: the README of Brendan Gregg's `FlameGraph`.

use std::borrow::Cow;

use foldhash::HashMap;
use memchr::memchr;
use rview_core::{
    FrameId, Function, Line, Profile, ProfileBuilder, Sample, StackId, ThreadId, Unit, ValueTypeId,
};

use text::Text;
use weight::{Weight, entry, entry_of_two, precision};

use crate::precision::Precision;
use crate::{ImportError, Importer, Job, Severity, Source, Verdict};

mod text;
mod weight;

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
        let text = text.bytes;
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
        let is_comparison = has_two_weights(text.bytes);
        let weights: &[&str] = if is_comparison { &["before", "after"] } else { &["samples"] };
        if is_comparison {
            job.note(Severity::Info, "two-weights", || {
                "every line ends in two numbers, which are shown as the weights before and \
                 after, as `difffolded.pl` writes them; if the first belongs to the name of a \
                 frame, replace the space before it"
                    .to_owned()
            });
        }
        let precision = precision(text.bytes, job)?;
        let mut stacks = Stacks::new(&text, weights, precision);
        let mut rest = text.bytes;
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
    precision: Precision,
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
    fn new(text: &'a Text<'a>, weights: &[&str], precision: Precision) -> Self {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(0, "");
        let thread = builder.thread(process, 0, "");
        let mut value_types = Vec::new();
        for name in weights {
            let value_type = builder.value_type(name, precision.unit());
            builder.set_default_value_type(value_type);
            value_types.push(value_type);
        }
        let (frames, path) = (HashMap::default(), Vec::new());
        Self { text, precision, builder, thread, value_types, frames, before: &[], path }
    }

    /// Adds the sample of a line, or notes why not.
    fn add_line(&mut self, line: &'a [u8], offset: usize, job: &Job) {
        let one = || entry(line).map(|(stack, weight)| (stack, [weight; 2]));
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
            let (weight, is_rounded) = weight.whole(self.precision);
            if is_rounded {
                job.note(Severity::Repair, "fractional-weight", || {
                    let (at, least) = (self.text.place(offset), self.precision.unit());
                    let least = if least == Unit::Count { "1" } else { least.name() };
                    format!(
                        "a weight has more digits after the point than can be kept for all, and \
                         is rounded to multiples of {least}, first at byte {at}"
                    )
                });
            }
            if weight.is_none_or(|weight| self.builder.weight(value_type, weight).is_err()) {
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
        let function = self.builder.function_named(Function::NO_STACK);
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
        match entry_of_two(line) {
            Some((stack, weights)) if !stack.is_empty() && weights.iter().all(Weight::is_count) => {
            }
            _ if is_cut => {}
            _ => return false,
        }
        n_lines = n_lines.saturating_add(1);
    }
    n_lines > 1
}

#[cfg(test)]
mod tests;
