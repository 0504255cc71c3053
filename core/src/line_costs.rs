//! What the lines of one source file weigh.

use std::ops::AddAssign;

use rustc_hash::FxHashMap;

use crate::functions::StackWalk;
use crate::{CallPaths, Line, Measure, Profile, Selection};

/// A line of a file with what it weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineCost {
    /// Counted from 1; 0 stands for all places of the file of which the recording knows no line.
    pub line: u32,
    /// What ended in it.
    pub self_: i64,
    /// What has it anywhere in its stack, each stack once.
    pub total: i64,
}

/// The lines of a file that are in any stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineCosts {
    /// By line, rising.
    pub lines: Vec<LineCost>,
}

impl LineCosts {
    /// Adds up what counts by line of a file: a linear pass over the samples and the stacks.
    ///
    /// Stacks are as recorded, inlined calls in them too. Of transforms counts what they leave
    /// out: `paths` are those after them. Slices are in no line.
    pub fn new(
        profile: &Profile,
        paths: &CallPaths,
        measure: Measure,
        selection: &Selection,
        file: &str,
    ) -> Self {
        let Measure::Weight(value_type) = measure else { return Self::default() };
        let weights = profile.samples().weights(value_type).by_sample();
        let sums = sums_by_line(profile, paths, selection, file, |sample| weights.of(sample));
        let cost = |(line, [self_, total]): (u32, [i64; 2])| LineCost { line, self_, total };
        let counts = |cost: &LineCost| cost.self_ != 0 || cost.total != 0;
        Self { lines: sums.into_iter().map(cost).filter(counts).collect() }
    }

    /// What a line weighs; `None` for one that is in no stack.
    pub fn of(&self, line: u32) -> Option<LineCost> {
        let at = self.lines.binary_search_by_key(&line, |cost| cost.line).ok()?;
        Some(self.lines[at])
    }

    /// The lines that are known, those with the largest self weight first; of equal ones those
    /// with the largest total.
    pub fn heaviest(&self) -> Vec<LineCost> {
        let mut lines: Vec<LineCost> =
            self.lines.iter().filter(|cost| cost.line > 0).copied().collect();
        lines.sort_by_key(|cost| {
            std::cmp::Reverse((cost.self_.unsigned_abs(), cost.total.unsigned_abs()))
        });
        lines
    }
}

/// What samples have of something, by line of a file that is in any stack, rising: of those that
/// end in it, then of those that have it anywhere in their stack, each once.
pub(crate) fn sums_by_line<W>(
    profile: &Profile,
    paths: &CallPaths,
    selection: &Selection,
    file: &str,
    of_sample: impl Fn(usize) -> W + Sync,
) -> Vec<(u32, [W; 2])>
where
    W: Copy + Default + AddAssign + Send,
{
    let (symbols, frames) = (profile.symbols(), profile.frames());
    let functions = symbols.functions();
    let is_in_file: Vec<bool> = functions
        .ids()
        .map(|function| functions.row(function).file.is_some_and(|name| profile.text(name) == file))
        .collect();
    let is_of_file = |line: &&Line| is_in_file[line.function.index()];
    // Group 0 is all that is elsewhere.
    let mut group_of: FxHashMap<u32, u32> = FxHashMap::default();
    for line in frames.ids().flat_map(|frame| symbols.lines(frame)).filter(is_of_file) {
        let next = u32::try_from(group_of.len() + 1).unwrap_or(0);
        group_of.entry(line.line).or_insert(next);
    }
    let group = |line: &Line| {
        let group = is_of_file(&line).then(|| group_of.get(&line.line).copied()).flatten();
        group.unwrap_or_default()
    };
    let set = selection.sample_set(profile);
    let walk = StackWalk::by_line(profile, group_of.len() + 1, group, &set);
    let sums = walk.add_up(|sample| {
        if paths.of_sample(sample).some().is_some() { of_sample(sample) } else { W::default() }
    });
    let occurs = walk.occurs();
    let lines = group_of.iter().map(|(&line, &group)| (line, group as usize));
    let lines = lines.filter(|&(_, group)| occurs[group]);
    let mut lines: Vec<(u32, [W; 2])> =
        lines.map(|(line, group)| (line, [sums.self_[group], sums.total[group]])).collect();
    lines.sort_unstable_by_key(|(line, _)| *line);
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Function, ProfileBuilder, Sample, Unit};

    /// Samples of weight 1, each a stack of frames, outermost first; a frame is `function:line`,
    /// or several with `+` between them, each inlined into the one before. Functions whose name
    /// starts with `x` are in another file.
    fn profile(stacks: &[&str]) -> Profile {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let value_type = builder.value_type("samples", Unit::Count);
        let mut frames = BTreeMap::new();
        for (time_ns, stack) in (0..).zip(stacks) {
            let mut callers = None;
            let mut leaf = None;
            for text in stack.split_whitespace() {
                let next = frames.len() as u64;
                let frame = *frames.entry(text).or_insert_with(|| {
                    let frame = builder.frame(None, next);
                    let lines = text.split('+').map(|text| line_of(&mut builder, text));
                    let lines: Vec<Line> = lines.collect();
                    builder.set_lines(frame, &lines);
                    frame
                });
                if let Some(caller) = leaf.replace(frame) {
                    callers = Some(builder.stack(callers, caller));
                }
            }
            let leaf = leaf.unwrap();
            let time_ns = Some(time_ns);
            builder.sample(Sample { time_ns, thread, callers, leaf, labels: None });
            builder.weight(value_type, 1).unwrap();
        }
        builder.finish().0
    }

    /// Reads `function:line`.
    fn line_of(builder: &mut ProfileBuilder, text: &str) -> Line {
        let (name, line) = text.split_once(':').unwrap();
        let file = if name.starts_with('x') { "x.rs" } else { "main.rs" };
        let file = Some(builder.string(file));
        let name = builder.string(name);
        let function = builder.function(Function { file, ..Function::named(name) });
        Line { function, line: line.parse().unwrap() }
    }

    fn costs(stacks: &[&str], selection: &Selection) -> String {
        let profile = profile(stacks);
        let measure = Measure::default_of(&profile).unwrap();
        let paths = CallPaths::new(&profile);
        let costs = LineCosts::new(&profile, &paths, measure, selection, "main.rs");
        let text = |cost: &LineCost| format!("{}: {} {}", cost.line, cost.self_, cost.total);
        costs.lines.iter().map(text).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_line_weighs_what_ends_in_it_and_what_it_calls() {
        let stacks = ["main:3", "main:3 read:9", "main:4 read:9", "main:4 xlib:1"];
        assert_eq!(costs(&stacks, &Selection::default()), "3: 1 2, 4: 0 2, 9: 2 2");
    }

    #[test]
    fn a_line_that_is_in_a_stack_twice_weighs_once() {
        let stacks = ["fib:7 fib:7 fib:7", "fib:7 xlib:1 fib:8"];
        assert_eq!(costs(&stacks, &Selection::default()), "7: 1 2, 8: 1 1");
    }

    #[test]
    fn two_functions_inlined_into_one_line_weigh_once() {
        let stacks = ["main:5+run:5+xlib:2", "main:5+run:6"];
        assert_eq!(costs(&stacks, &Selection::default()), "5: 0 2, 6: 1 1");
    }

    #[test]
    fn places_without_a_line_are_added_up_as_line_0() {
        let stacks = ["main:0", "run:0", "main:3"];
        assert_eq!(costs(&stacks, &Selection::default()), "0: 2 2, 3: 1 1");
    }

    #[test]
    fn what_does_not_count_weighs_nothing() {
        let selection = Selection { range_ns: Some(1..3), ..Selection::default() };
        assert_eq!(costs(&["main:1", "main:2", "run:3", "main:4"], &selection), "2: 1 1, 3: 1 1");
    }
}
