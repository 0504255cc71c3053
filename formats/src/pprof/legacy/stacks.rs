//! What was read of a file in an older form, and the profile that becomes of it.

use foldhash::HashMap;
use rview_core::{
    CallPaths, FrameId, Function, FunctionId, Label, LabelValue, Line, Profile, ProfileBuilder,
    Sample, StackId, Unit,
};

use super::maps::Maps;
use crate::{ImportError, Job, Severity};

/// Stacks of addresses, with values.
#[derive(Debug, Default)]
pub(super) struct Stacks {
    /// The stacks one after the other, each leaf first.
    pub(super) addresses: Vec<u64>,
    /// Where each stack ends in `addresses`.
    pub(super) end: Vec<usize>,
    /// As many for each stack as there are types.
    pub(super) values: Vec<i64>,
    /// The size of one block of memory, by stack; empty where the form has none.
    pub(super) block_sizes: Vec<i64>,
}

impl Stacks {
    /// Ends the stack whose addresses were added.
    pub(super) fn finish_one(&mut self, values: &[i64]) {
        self.end.push(self.addresses.len());
        self.values.extend(values);
    }

    pub(super) fn len(&self) -> usize {
        self.end.len()
    }

    /// The addresses of each stack.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u64]> {
        let starts = std::iter::once(0).chain(self.end.iter().copied());
        starts
            .zip(&self.end)
            .map(|(start, &end)| self.addresses.get(start..end).unwrap_or_default())
    }

    /// Takes an address out of each stack for which `is_dropped` holds.
    pub(super) fn drop_second(&mut self, is_dropped: impl Fn(&[u64]) -> bool) {
        let mut kept = Self::default();
        for stack in self.iter() {
            match stack {
                [leaf, _, callers @ ..] if is_dropped(stack) => {
                    kept.addresses.push(*leaf);
                    kept.addresses.extend(callers);
                }
                stack => kept.addresses.extend(stack),
            }
            kept.end.push(kept.addresses.len());
        }
        (self.addresses, self.end) = (kept.addresses, kept.end);
    }

    /// Profilers get the address of the leaf twice, from unwinding and from the signal; the
    /// former is taken for a caller, so it is one less.
    pub(super) fn drop_doubled_leaves(&mut self) {
        self.drop_second(
            |stack| matches!(stack, [leaf, second, ..] if leaf.checked_sub(1) == Some(*second)),
        );
    }
}

/// The functions that a file names itself.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    /// By address, the innermost first.
    pub(super) lines: HashMap<u64, Vec<Name<'a>>>,
}

/// A function at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub(super) function: &'a [u8],
    pub(super) file: &'a [u8],
    pub(super) line: u32,
}

/// Everything that a file in an older form says.
#[derive(Debug)]
pub(super) struct Legacy<'a> {
    pub(super) types: Vec<(String, Unit)>,
    pub(super) period: String,
    pub(super) duration_ns: i64,
    pub(super) stacks: Stacks,
    pub(super) names: Names<'a>,
    pub(super) maps: Maps<'a>,
}

impl Legacy<'_> {
    /// Makes the profile. Gives the number of samples beside it.
    pub(super) fn finish(&self, job: &Job) -> Result<(Profile, usize), ImportError> {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(0, "");
        let thread = builder.thread(process, 0, "");
        let types: Vec<_> =
            self.types.iter().map(|(name, unit)| builder.value_type(name, unit.clone())).collect();
        if let Some(&last) = types.last() {
            builder.set_default_value_type(last);
        }
        if !self.period.is_empty() {
            builder.fact("period", &self.period);
        }
        if self.duration_ns > 0 {
            builder.set_duration_ns(self.duration_ns);
        }
        self.maps.note(job);
        self.maps.add_main(&mut builder);
        let mut frames = Frames { legacy: self, job, by_address: HashMap::default() };
        let (key, unit) = (builder.string("bytes"), builder.string(""));
        let mut values = self.stacks.values.chunks(types.len().max(1));
        for (number, stack) in self.stacks.iter().enumerate() {
            if number.is_multiple_of(4096) {
                job.progress(0)?;
            }
            let (leaf, callers) = frames.stack(stack, &mut builder);
            let block_size = self.stacks.block_sizes.get(number);
            let label =
                block_size.map(|&size| Label { key, value: LabelValue::Number(size, unit) });
            let labels = builder.label_set(label.as_slice());
            builder.sample(Sample { time_ns: None, thread, callers, leaf, labels });
            for (&value_type, &value) in types.iter().zip(values.next().unwrap_or_default()) {
                if builder.weight(value_type, value).is_err() {
                    job.note(Severity::Loss, "weight-overflow", || {
                        format!(
                            "a value makes the sum too large and is left out, first in stack \
                             {number}"
                        )
                    });
                }
            }
        }
        Ok((builder.finish().0, self.stacks.len()))
    }
}

/// Frames by address.
struct Frames<'l> {
    legacy: &'l Legacy<'l>,
    job: &'l Job,
    by_address: HashMap<u64, FrameId>,
}

impl Frames<'_> {
    fn stack(&mut self, stack: &[u64], builder: &mut ProfileBuilder) -> (FrameId, Option<StackId>) {
        let Some((&leaf, callers)) = stack.split_first() else {
            let function = builder.function_named(Function::NO_STACK);
            return (builder.named_frame(Line { function, line: 0 }), None);
        };
        let mut stack = None;
        for &address in callers.iter().rev() {
            let frame = self.frame(address, builder);
            stack = Some(builder.stack(stack, frame));
        }
        (self.frame(leaf, builder), stack)
    }

    fn frame(&mut self, address: u64, builder: &mut ProfileBuilder) -> FrameId {
        if let Some(&frame) = self.by_address.get(&address) {
            return frame;
        }
        let mapping = self.legacy.maps.mapping(address, builder);
        let names = self.legacy.names.lines.get(&address).map_or(&[][..], Vec::as_slice);
        let n_left_out = names.len().saturating_sub(CallPaths::MAX_LINES);
        self.job.note_many(Severity::Loss, "inlined", n_left_out as u64, || {
            format!(
                "of the functions at one address only the outermost {} are shown, first at \
                 address {address:#x}",
                CallPaths::MAX_LINES
            )
        });
        let lines: Vec<Line> = names
            .iter()
            .rev()
            .take(CallPaths::MAX_LINES)
            .map(|name| Line { function: function(name, mapping, builder), line: name.line })
            .collect();
        let frame = builder.frame(mapping, address);
        if !lines.is_empty() {
            builder.set_lines(frame, &lines);
        }
        self.by_address.insert(address, frame);
        frame
    }
}

fn function(
    name: &Name<'_>,
    mapping: Option<rview_core::MappingId>,
    builder: &mut ProfileBuilder,
) -> FunctionId {
    let file = match name.file {
        [] => None,
        file => Some(builder.string(&String::from_utf8_lossy(file))),
    };
    let name = builder.string(&String::from_utf8_lossy(name.function));
    builder.function(Function { file, mapping, ..Function::named(name) })
}
