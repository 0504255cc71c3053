//! The registers of a thread in user space, by the numbers that DWARF gives them.

use super::super::fields::Words;

/// A kind of processor whose stacks can be unwound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Processor {
    X86_64,
    Aarch64,
}

/// Which DWARF register each register of a sample is, in the order of the bits of its mask.
/// Source: `arch/x86/include/uapi/asm/perf_regs.h` of Linux and the x86-64 psABI.
const X86_64: [Option<u8>; 24] = {
    const NONE: Option<u8> = None;
    [
        Some(0),
        Some(3),
        Some(2),
        Some(1),
        Some(4),
        Some(5),
        Some(6),
        Some(7),
        Some(16),
        NONE, // Flags.
        NONE, // Segments.
        NONE,
        NONE,
        NONE,
        NONE,
        NONE,
        Some(8),
        Some(9),
        Some(10),
        Some(11),
        Some(12),
        Some(13),
        Some(14),
        Some(15),
    ]
};

impl Processor {
    /// The processor of a recording, by the name of its architecture, else by which registers
    /// its samples have. `None` for one whose stacks are not unwound.
    pub(crate) fn of_recording(architecture: Option<&str>, mask: u64) -> Option<Self> {
        match architecture {
            Some("x86_64") => Some(Self::X86_64),
            Some("aarch64" | "arm64") => Some(Self::Aarch64),
            None if mask == (1 << 33) - 1 => Some(Self::Aarch64),
            None if mask & !0xff_ffff == 0 => Some(Self::X86_64),
            _ => None,
        }
    }

    /// The DWARF register at a bit of the mask.
    fn register(self, bit: u32) -> Option<u8> {
        match self {
            Self::X86_64 => *X86_64.get(usize::try_from(bit).ok()?)?,
            // x0 to x30, the stack pointer, the program counter.
            Self::Aarch64 => u8::try_from(bit).ok().filter(|&bit| bit <= 32),
        }
    }

    pub(super) const fn stack_pointer(self) -> u8 {
        match self {
            Self::X86_64 => 7,
            Self::Aarch64 => 31,
        }
    }

    pub(super) const fn frame_pointer(self) -> u8 {
        match self {
            Self::X86_64 => 6,
            Self::Aarch64 => 29,
        }
    }

    /// Where the code runs.
    pub(super) const fn instruction_pointer(self) -> u8 {
        match self {
            Self::X86_64 => 16,
            Self::Aarch64 => 32,
        }
    }

    /// Where the return address is by the rules of a frame.
    pub(super) const fn return_address(self) -> u8 {
        match self {
            Self::X86_64 => 16,
            Self::Aarch64 => 30,
        }
    }

    /// An address without what the processor signs pointers with.
    pub(super) const fn code_address(self, address: u64) -> u64 {
        match self {
            Self::X86_64 => address,
            Self::Aarch64 => address & 0x0000_ffff_ffff_ffff,
        }
    }
}

/// Highest number of a register, and one.
pub(super) const N_REGISTERS: u8 = 33;

/// The values of those registers that are known.
#[derive(Clone, Debug)]
pub(crate) struct Registers {
    values: [u64; N_REGISTERS as usize],
    known: u64,
}

impl Registers {
    /// The registers of a sample: those of the mask, in order.
    pub(crate) fn of_sample(processor: Processor, mask: u64, words: Words<'_>) -> Self {
        let mut registers = Self { values: [0; N_REGISTERS as usize], known: 0 };
        let bits = (0..u64::BITS).filter(|&bit| mask >> bit & 1 != 0);
        for (bit, value) in bits.zip(words.iter()) {
            if let Some(register) = processor.register(bit) {
                registers.set(register, Some(value));
            }
        }
        registers
    }

    /// Where the stack ends.
    pub(crate) fn stack_pointer(&self, processor: Processor) -> Option<u64> {
        self.get(processor.stack_pointer())
    }

    #[inline]
    pub(super) fn get(&self, register: u8) -> Option<u64> {
        let value = *self.values.get(usize::from(register))?;
        (self.known >> register & 1 != 0).then_some(value)
    }

    /// Sets a register; `None` where its value is lost.
    #[inline]
    pub(super) fn set(&mut self, register: u8, value: Option<u64>) {
        let Some(slot) = self.values.get_mut(usize::from(register)) else { return };
        match value {
            Some(value) => {
                *slot = value;
                self.known |= 1 << register;
            }
            None => self.known &= !(1 << register),
        }
    }
}
