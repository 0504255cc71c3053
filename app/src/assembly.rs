//! The instructions of a function with what each weighs.

use std::sync::Arc;

use rview_core::{FrameId, FunctionId, address_costs};
use rview_formats::symbols::{self, NoAssembly};
use rview_formats::{Document, Job, Options};

use crate::analysis::{Base, Question};

/// Whose instructions are to be shown, and what of the recording counts.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedAssembly {
    /// What counts.
    pub question: Question,
    /// The function, by its id in the shape that is shown.
    pub function: FunctionId,
}

/// The instructions of a function with what each weighs.
#[derive(Debug)]
pub struct Assembly {
    /// What the function is called.
    pub name: String,
    /// The instructions, or why there are none.
    pub code: Result<Arc<symbols::Assembly>, NoAssembly>,
    /// What ended in each of them.
    pub self_: Vec<i64>,
    /// The costly ones, the heaviest first.
    pub heaviest: Vec<usize>,
}

impl Assembly {
    /// Finds the instructions and what they weigh. The code is not read again where it is that of
    /// `last`.
    pub fn new(
        document: &Document,
        base: &Base,
        wanted: &WantedAssembly,
        options: Options,
        last: Option<&Self>,
    ) -> Self {
        let recorded = &*base.recorded;
        let name = base.shaped.profile.function_name(wanted.function).to_owned();
        let frame = heaviest_frame(base, wanted);
        let code = match (last, frame) {
            (Some(Self { name: other, code: Ok(code), .. }), _) if *other == name => {
                Ok(Arc::clone(code))
            }
            (_, None) => Err(NoAssembly::NoFile),
            (_, Some(frame)) => {
                let job = Job::new(options);
                symbols::assembly(recorded, &document.modules, frame, &job).map(Arc::new)
            }
        };
        let self_ = match (&code, frame.and_then(|frame| recorded.frames().mapping(frame))) {
            (Ok(code), Some(mapping)) => {
                let instructions = &code.instructions;
                let end = instructions.last().map_or(0, |it| it.address + u64::from(it.len));
                let start = instructions.first().map_or(0, |it| it.address);
                let costs = wanted.question.measure.map_or_else(Vec::new, |measure| {
                    let selection = wanted.question.selection(recorded);
                    let part = (mapping, start..end);
                    address_costs(recorded, &base.paths, measure, &selection, part)
                });
                let mut self_ = vec![0; instructions.len()];
                for cost in costs {
                    // A sample between two instructions is of the one that has begun.
                    let at = instructions.partition_point(|it| it.address <= cost.address);
                    if let Some(sum) = at.checked_sub(1).and_then(|at| self_.get_mut(at)) {
                        *sum += cost.self_;
                    }
                }
                self_
            }
            _ => Vec::new(),
        };
        let mut heaviest: Vec<usize> = (0..self_.len()).filter(|&at| self_[at] != 0).collect();
        heaviest.sort_by_key(|&at| (std::cmp::Reverse(self_[at].unsigned_abs()), at));
        Self { name, code, self_, heaviest }
    }

    /// The file and line that an instruction is of.
    pub fn place(&self, row: usize) -> Option<(&str, u32)> {
        let code = self.code.as_ref().ok()?;
        let (file, line) = code.instructions.get(row)?.line?;
        Some((code.files.get(file as usize)?, line))
    }

    /// The heaviest instruction of a line, else its first.
    pub fn row_of_line(&self, file: &str, line: u32) -> Option<usize> {
        let is_it = |row: &usize| self.place(*row) == Some((file, line));
        let heaviest = self.heaviest.iter().copied().find(is_it);
        heaviest.or_else(|| (0..self.self_.len()).find(is_it))
    }
}

/// The frame of a function at which most ends, else any: linear in frames and samples. What is
/// inlined runs in the instructions of the function that it is inlined into.
fn heaviest_frame(base: &Base, wanted: &WantedAssembly) -> Option<FrameId> {
    let (shown, recorded) = (&*base.shaped.profile, &*base.recorded);
    let (name, module) =
        (shown.function_name(wanted.function), shown.function_module(wanted.function));
    let (symbols, frames) = (recorded.symbols(), recorded.frames());
    let is_it: Vec<bool> = symbols
        .functions()
        .ids()
        .map(|id| recorded.function_name(id) == name && recorded.function_module(id) == module)
        .collect();
    let is_of = |frame: &FrameId| {
        frames.mapping(*frame).is_some()
            && symbols.lines(*frame).iter().any(|line| is_it[line.function.index()])
    };
    let mut of_function = vec![false; frames.len()];
    for frame in frames.ids().filter(is_of) {
        of_function[frame.index()] = true;
    }
    let mut sums = vec![0_u64; frames.len()];
    if let Some(rview_core::Measure::Weight(id)) = wanted.question.measure {
        let samples = recorded.samples();
        samples.weights(id).for_each(|sample, weight| {
            let leaf = samples.leaf(sample).index();
            if of_function[leaf] {
                sums[leaf] = sums[leaf].saturating_add(weight.unsigned_abs());
            }
        });
    }
    // One whose physical function it is before one where it is inlined, of equal ones the first.
    let is_physical = |frame: FrameId| {
        symbols.lines(frame).first().is_some_and(|line| is_it[line.function.index()])
    };
    let found = frames.ids().filter(|frame| of_function[frame.index()]);
    found.min_by_key(|&frame| {
        let sum = sums[frame.index()];
        (std::cmp::Reverse(sum), !is_physical(frame), frame.index())
    })
}
