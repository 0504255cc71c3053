//! Unwinds the copies of stacks that `--call-graph dwarf` records.
//!
//! ```text
//! registers + dump ─ rule of the code that runs ─▶ registers of the caller ─ … ─▶ addresses
//! ```
//!
//! Samples wait in a batch together with the maps of their process, and a batch is unwound in
//! parallel. Each binary is opened once, when a stack first meets its code, and each thread keeps
//! the rules of the addresses it has seen.
//!
//! The rules are those of the tables, read with gimli. framehop, which does the same for other
//! profilers, follows three registers and no expression that reads memory: it loses the frames
//! of signals, of functions that align their stack and of the dynamic linker, and a table with a
//! loop in an expression would stop it for ever. Where there is no table, frame pointers are
//! followed the way perf's libunwind does.

mod dump;
mod module;
mod registers;
mod rule;

use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

pub(super) use self::dump::Dump;
use self::module::{Context, Module};
pub(super) use self::registers::{Processor, Registers};
use self::rule::{Rule, Step, step_by_frame_pointer, step_out_of_jump};
use super::machine::Space;
use crate::Options;
use crate::symbols::{Finder, Origin, Wanted};

/// Frames a stack may have: each takes 8 bytes of a dump that is smaller than 64 KiB.
const MAX_FRAMES: usize = 8192;

/// How many signals may have interrupted each other: only there the stack may go down.
const MAX_SIGNALS: usize = 8;

/// Stacks that a thread unwinds at once.
const CHUNK: usize = 64;

/// A stack to unwind.
#[derive(Clone, Debug)]
pub(super) struct Task<'a> {
    pub(super) registers: Registers,
    pub(super) dump: Dump<'a>,
    /// What the process had mapped.
    pub(super) space: Space,
}

/// Stacks that were unwound, in the order of the tasks.
#[derive(Debug, Default)]
pub(super) struct Unwound {
    /// The frames of all stacks, leaf first: where the code ran, then where it called.
    addresses: Vec<u64>,
    stacks: Vec<(usize, Ending)>,
}

/// Why a stack has no more frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The last frame is the outermost, or what its caller was cannot be known.
    Root,
    /// The dump was too small.
    Truncated,
    /// The file of the binary that the last frame is in was not found.
    NoFile,
}

impl Unwound {
    /// The frames of each stack, leaf first, and why they end.
    pub(super) fn stacks(&self) -> impl Iterator<Item = (&[u64], Ending)> {
        let mut start = 0;
        self.stacks.iter().map(move |&(end, ending)| {
            let addresses = self.addresses.get(start..end).unwrap_or_default();
            start = end;
            (addresses, ending)
        })
    }
}

/// Unwinds stacks of all processes of a recording.
pub(super) struct Unwinder<'o> {
    processor: Processor,
    modules: Vec<Slot>,
    finder: Mutex<Finder<'o>>,
    /// Those that no thread uses at the moment.
    caches: Mutex<Vec<Cache>>,
}

/// A binary, once it is looked for.
struct Slot {
    file: Option<File>,
    module: OnceLock<Option<Module>>,
}

/// Which file a binary is.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) build_id: Option<String>,
    pub(super) mapped_end: u64,
    pub(super) origin: Origin,
}

impl<'o> Unwinder<'o> {
    pub(super) fn new(processor: Processor, options: &'o Options) -> Self {
        let (finder, caches) = (Mutex::new(Finder::new(options)), Mutex::default());
        Self { processor, modules: Vec::new(), finder, caches }
    }

    pub(super) const fn processor(&self) -> Processor {
        self.processor
    }

    /// How many files were not opened because there were too many.
    pub(super) fn n_refused(&self) -> u64 {
        lock(&self.finder).n_refused()
    }

    /// Number of binaries that are known.
    pub(super) const fn n_modules(&self) -> usize {
        self.modules.len()
    }

    /// Tells the file of the next binary, in the order of the mappings; `None` if it is no file.
    pub(super) fn push_module(&mut self, file: Option<File>) {
        self.modules.push(Slot { file, module: OnceLock::new() });
    }

    /// Unwinds all stacks.
    pub(super) fn unwind(&self, tasks: &[Task<'_>]) -> Vec<Unwound> {
        let chunks = tasks.par_chunks(CHUNK).map(|tasks| {
            let mut cache = lock(&self.caches).pop().unwrap_or_default();
            let mut unwound = Unwound::default();
            for task in tasks {
                let ending = self.unwind_one(task, &mut cache, &mut unwound.addresses);
                unwound.stacks.push((unwound.addresses.len(), ending));
            }
            lock(&self.caches).push(cache);
            unwound
        });
        chunks.collect()
    }

    fn unwind_one(&self, task: &Task<'_>, cache: &mut Cache, addresses: &mut Vec<u64>) -> Ending {
        let processor = self.processor;
        let mut registers = task.registers.clone();
        // The address of the first frame, and of one that a signal interrupted, is exact.
        let mut is_exact = true;
        let mut n_signals = 0;
        for _ in 0..MAX_FRAMES {
            let Some(address) = registers.get(processor.instruction_pointer()) else { break };
            let stack = registers.get(processor.stack_pointer());
            let call = if is_exact { address } else { address.wrapping_sub(1) };
            let (rule, at) = self.rule(task, call, cache);
            addresses.push(if rule.is_signal() { address } else { call });
            let step = match (&rule, at) {
                (Rule::End, _) => Step::End,
                (Rule::Simple(rule), _) => rule.step(processor, &mut registers, &task.dump),
                (Rule::Complex { .. }, Some((module, at))) => {
                    module.step(&mut cache.context, at, &mut registers, &task.dump)
                }
                (Rule::Jump, _) => step_out_of_jump(processor, &mut registers, &task.dump),
                (Rule::None | Rule::Complex { .. }, _) => {
                    step_by_frame_pointer(processor, &mut registers, &task.dump)
                }
            };
            match step {
                Step::Caller => {}
                Step::Unread(address) if task.dump.is_too_small_for(address) => {
                    return Ending::Truncated;
                }
                Step::Lost | Step::Unread(_) if at.is_none() && self.is_file(task, call) => {
                    return Ending::NoFile;
                }
                Step::End | Step::Lost | Step::Unread(_) => break,
            }
            // Callers are further up. On aarch64 the first frame may have nothing on the stack.
            let rises = match (stack, registers.get(processor.stack_pointer())) {
                (Some(before), Some(after)) => after > before || is_exact && after == before,
                _ => false,
            };
            n_signals = usize::from(rule.is_signal()).saturating_add(n_signals);
            if !rises && (!rule.is_signal() || n_signals > MAX_SIGNALS) {
                break;
            }
            is_exact = rule.is_signal();
        }
        Ending::Root
    }

    /// The rule at an address of a process, and the place in the binary if there is one.
    fn rule<'s>(
        &'s self,
        task: &Task<'_>,
        address: u64,
        cache: &mut Cache,
    ) -> (Rule, Option<(&'s Module, u64)>) {
        let none = (Rule::None, None);
        let Some(map) = task.space.maps().at(address) else { return none };
        let index = map.mapping.index();
        let Some(module) = self.module(index) else { return none };
        let offset = address.wrapping_add(map.to_frame);
        let Some(at) = module.address_of_offset(offset) else { return none };
        let context = &mut cache.context;
        let rule = cache.rules.get((index, at), || module.rule(context, at, offset));
        (rule, Some((module, at)))
    }

    /// Whether the code at an address is of a file.
    fn is_file(&self, task: &Task<'_>, address: u64) -> bool {
        let map = task.space.maps().at(address);
        map.and_then(|map| self.modules.get(map.mapping.index()))
            .is_some_and(|slot| slot.file.is_some())
    }

    fn module(&self, index: usize) -> Option<&Module> {
        let slot = self.modules.get(index)?;
        let file = slot.file.as_ref()?;
        let module = slot.module.get_or_init(|| {
            let &File { ref path, ref build_id, mapped_end, origin } = file;
            let wanted = Wanted { path, build_id: build_id.as_deref(), mapped_end, origin };
            let source = lock(&self.finder).find_runtime(&wanted)?;
            Module::new(source, self.processor)
        });
        module.as_ref()
    }
}

impl std::fmt::Debug for Unwinder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unwinder").field("modules", &self.modules.len()).finish_non_exhaustive()
    }
}

/// What a thread keeps from one stack to the next.
#[derive(Default)]
struct Cache {
    context: Box<Context>,
    rules: RuleCache,
}

/// The rules that were looked up last, by binary and address.
struct RuleCache {
    slots: Vec<((usize, u64), Rule)>,
}

impl RuleCache {
    /// 4096 slots of 80 bytes stay in the second cache of a processor.
    const BITS: u32 = 12;

    fn get(&mut self, key: (usize, u64), look_up: impl FnOnce() -> Rule) -> Rule {
        // The constant spreads neighbors: 2^64 divided by the golden ratio.
        let hash = (key.1 ^ (key.0 as u64) << 48).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = usize::try_from(hash >> (64 - Self::BITS)).unwrap_or_default();
        match self.slots.get_mut(slot) {
            Some((known, rule)) if *known == key => *rule,
            Some(slot) => {
                *slot = (key, look_up());
                slot.1
            }
            None => look_up(),
        }
    }
}

impl Default for RuleCache {
    fn default() -> Self {
        Self { slots: vec![((usize::MAX, 0), Rule::None); 1 << Self::BITS] }
    }
}

/// What a thread that panicked held is whole: nothing is changed in steps.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
