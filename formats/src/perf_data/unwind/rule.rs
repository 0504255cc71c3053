//! How to get from the registers of a frame to those of its caller.

use gimli::{
    CfaRule, Encoding, EndianSlice, Evaluation, EvaluationResult, LittleEndian, RegisterRule,
    UnwindExpression, UnwindTableRow, Value,
};

use super::dump::Dump;
use super::registers::{N_REGISTERS, Processor, Registers};

/// How many registers a function saves at most: x19 to x30 on aarch64.
const MAX_SAVED: usize = 12;

/// How many operations an expression may take: real ones have a dozen, hostile ones have loops.
const MAX_OPERATIONS: u32 = 1_000;

/// In place of an offset: the value of the register is lost.
const LOST: i16 = i16::MIN;

/// The rule for all that happens at one address.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// The frame is the outermost.
    End,
    /// Registers are saved at fixed distances from where the frame starts.
    Simple(SimpleRule),
    /// The row of the table has to be evaluated each time.
    Complex {
        /// Whether the frame is that of a signal: the one below it was interrupted, not called.
        is_signal: bool,
    },
    /// There is no unwind information: the code has frame pointers, if anything.
    None,
    /// A jump to another binary, which has nothing on the stack but the return address.
    Jump,
}

impl Rule {
    /// Whether the frame is that of a signal, so that the caller's address is no return address.
    pub(super) const fn is_signal(&self) -> bool {
        match self {
            Self::Simple(rule) => rule.is_signal,
            Self::Complex { is_signal } => *is_signal,
            Self::End | Self::None | Self::Jump => false,
        }
    }
}

/// Where the frame starts and where it keeps the registers of its caller.
#[derive(Clone, Copy, Debug)]
pub(super) struct SimpleRule {
    cfa_offset: i32,
    cfa_register: u8,
    n_saved: u8,
    is_signal: bool,
    registers: [u8; MAX_SAVED],
    /// From the CFA, in units of 8 bytes.
    offsets: [i16; MAX_SAVED],
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The registers are those of the caller.
    Caller,
    /// There is no caller.
    End,
    /// What is at an address of the stack is needed and not there.
    Unread(u64),
    /// The unwind information needs what is not known.
    Lost,
}

/// A row of an unwind table.
pub(super) struct Row<'r> {
    pub(super) table: &'r UnwindTableRow<usize>,
    pub(super) encoding: Encoding,
    pub(super) is_signal: bool,
    /// The section with the table: expressions are in it.
    pub(super) section: &'r [u8],
}

impl Row<'_> {
    pub(super) fn rule(&self, processor: Processor) -> Rule {
        if self.ends(processor) {
            return Rule::End;
        }
        self.simple().map_or(Rule::Complex { is_signal: self.is_signal }, Rule::Simple)
    }

    /// Whether the return address is marked as unknown. On x86-64 it is always saved.
    fn ends(&self, processor: Processor) -> bool {
        match self.table.register(gimli::Register(processor.return_address().into())) {
            Some(RegisterRule::Undefined) => true,
            None => processor == Processor::X86_64,
            Some(_) => false,
        }
    }

    fn simple(&self) -> Option<SimpleRule> {
        let &CfaRule::RegisterAndOffset { register, offset } = self.table.cfa() else {
            return None;
        };
        let mut rule = SimpleRule {
            cfa_offset: i32::try_from(offset).ok()?,
            cfa_register: u8::try_from(register.0).ok()?,
            n_saved: 0,
            is_signal: self.is_signal,
            registers: [0; MAX_SAVED],
            offsets: [0; MAX_SAVED],
        };
        for (register, saved) in self.table.registers() {
            let Ok(register) = u8::try_from(register.0) else { continue };
            let offset = match saved {
                _ if register >= N_REGISTERS => continue,
                RegisterRule::SameValue => continue,
                RegisterRule::Undefined => LOST,
                RegisterRule::Offset(offset) if offset.trailing_zeros() >= 3 => {
                    i16::try_from(offset >> 3).ok().filter(|&offset| offset != LOST)?
                }
                _ => return None,
            };
            let slot = usize::from(rule.n_saved);
            *rule.registers.get_mut(slot)? = register;
            *rule.offsets.get_mut(slot)? = offset;
            rule.n_saved = rule.n_saved.saturating_add(1);
        }
        Some(rule)
    }

    /// Evaluates the row as it is.
    pub(super) fn step(
        &self,
        processor: Processor,
        registers: &mut Registers,
        dump: &Dump<'_>,
    ) -> Step {
        let cfa = match *self.table.cfa() {
            CfaRule::RegisterAndOffset { register, offset } => {
                let register = u8::try_from(register.0).ok();
                let base = register.and_then(|register| registers.get(register));
                base.map(|base| base.wrapping_add_signed(offset))
            }
            CfaRule::Expression(expression) => self.evaluate(expression, None, registers, dump),
        };
        let Some(cfa) = cfa else { return Step::Lost };
        let before = registers.clone();
        registers.set(processor.stack_pointer(), Some(cfa));
        let mut unread = None;
        for (register, saved) in self.table.registers() {
            let Ok(register) = u8::try_from(register.0) else { continue };
            let mut read = |address: u64| {
                let value = dump.u64(address);
                if value.is_none() && register == processor.return_address() {
                    unread = Some(address);
                }
                value
            };
            let value = match *saved {
                RegisterRule::SameValue => continue,
                RegisterRule::Offset(offset) => read(cfa.wrapping_add_signed(offset)),
                RegisterRule::ValOffset(offset) => Some(cfa.wrapping_add_signed(offset)),
                RegisterRule::Register(other) => {
                    u8::try_from(other.0).ok().and_then(|other| before.get(other))
                }
                RegisterRule::Expression(expression) => {
                    self.evaluate(expression, Some(cfa), &before, dump).and_then(read)
                }
                RegisterRule::ValExpression(expression) => {
                    self.evaluate(expression, Some(cfa), &before, dump)
                }
                RegisterRule::Constant(value) => Some(value),
                _ => None,
            };
            registers.set(register, value);
        }
        arrive(processor, registers, unread)
    }

    fn evaluate(
        &self,
        expression: UnwindExpression<usize>,
        initial: Option<u64>,
        registers: &Registers,
        dump: &Dump<'_>,
    ) -> Option<u64> {
        let bytes = self.section.get(expression.offset..)?.get(..expression.length)?;
        let bytecode = EndianSlice::new(bytes, LittleEndian);
        let mut evaluation = Evaluation::new(bytecode, self.encoding);
        evaluation.set_max_iterations(MAX_OPERATIONS);
        if let Some(initial) = initial {
            evaluation.set_initial_value(initial);
        }
        let mut result = evaluation.evaluate().ok()?;
        loop {
            result = match result {
                EvaluationResult::Complete => break,
                EvaluationResult::RequiresRegister { register, .. } => {
                    let value = registers.get(u8::try_from(register.0).ok()?)?;
                    evaluation.resume_with_register(Value::Generic(value)).ok()?
                }
                EvaluationResult::RequiresMemory { address, size, .. } => {
                    let value = dump.uint(address, size.min(8))?;
                    evaluation.resume_with_memory(Value::Generic(value)).ok()?
                }
                _ => return None,
            };
        }
        match evaluation.as_result().last()?.location {
            gimli::Location::Address { address } => Some(address),
            _ => None,
        }
    }
}

impl SimpleRule {
    #[inline]
    pub(super) fn step(
        &self,
        processor: Processor,
        registers: &mut Registers,
        dump: &Dump<'_>,
    ) -> Step {
        let Some(base) = registers.get(self.cfa_register) else { return Step::Lost };
        let cfa = base.wrapping_add_signed(self.cfa_offset.into());
        registers.set(processor.stack_pointer(), Some(cfa));
        let mut unread = None;
        let saved = self.registers.iter().zip(&self.offsets).take(self.n_saved.into());
        for (&register, &offset) in saved {
            let value = if offset == LOST {
                None
            } else {
                let address = cfa.wrapping_add_signed(i64::from(offset) << 3);
                let value = dump.u64(address);
                if value.is_none() && register == processor.return_address() {
                    unread = Some(address);
                }
                value
            };
            registers.set(register, value);
        }
        arrive(processor, registers, unread)
    }
}

/// Takes the return address of a frame for where its caller is.
fn arrive(processor: Processor, registers: &mut Registers, unread: Option<u64>) -> Step {
    match (registers.get(processor.return_address()), unread) {
        (_, Some(address)) => Step::Unread(address),
        (None, None) => Step::Lost,
        (Some(address), None) => {
            let address = processor.code_address(address);
            registers.set(processor.instruction_pointer(), Some(address));
            if address == 0 { Step::End } else { Step::Caller }
        }
    }
}

/// Steps out of a frame by its frame pointer, as there is nothing better.
pub(super) fn step_by_frame_pointer(
    processor: Processor,
    registers: &mut Registers,
    dump: &Dump<'_>,
) -> Step {
    /// A frame that is longer is none: the register holds something else.
    const MAX_FRAME: u64 = 0x4000;
    let frame = registers.get(processor.frame_pointer());
    let (Some(frame), Some(stack)) = (frame, registers.get(processor.stack_pointer())) else {
        return Step::Lost;
    };
    if frame == 0 {
        return Step::End;
    }
    if frame.checked_sub(stack).is_none_or(|len| len > MAX_FRAME) {
        return Step::Lost;
    }
    let address = frame.wrapping_add(8);
    let Some(caller) = dump.u64(address) else { return Step::Unread(address) };
    registers.set(processor.frame_pointer(), dump.u64(frame));
    registers.set(processor.stack_pointer(), Some(frame.wrapping_add(16)));
    registers.set(processor.return_address(), Some(caller));
    arrive(processor, registers, None)
}

/// Steps out of a jump to another binary.
pub(super) fn step_out_of_jump(
    processor: Processor,
    registers: &mut Registers,
    dump: &Dump<'_>,
) -> Step {
    if processor == Processor::X86_64 {
        let Some(stack) = registers.get(processor.stack_pointer()) else { return Step::Lost };
        let Some(caller) = dump.u64(stack) else { return Step::Unread(stack) };
        registers.set(processor.stack_pointer(), Some(stack.wrapping_add(8)));
        registers.set(processor.return_address(), Some(caller));
    }
    arrive(processor, registers, None)
}
