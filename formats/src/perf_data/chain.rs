//! The places that one sample saw: its leaf and the callers of that.

use super::attr::Attr;
use super::machine::{Mode, Place};
use super::record::misc;
use super::sample::Sample;

/// Numbers from here on in a call chain are markers, not addresses.
const FIRST_MARKER: u64 = 4095_u64.wrapping_neg();

/// The stack of a sample, leaf first. Kept from sample to sample for its memory.
#[derive(Debug)]
pub(super) struct Chain {
    leaf: Place,
    callers: Vec<Place>,
    /// How many addresses the recorded chain has.
    n_recorded: usize,
}

/// What to make of a chain that is as long as the kernel records them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// It may be whole.
    Whole,
    /// It is as long as it may be: there may be more callers.
    Full,
    /// It is cut: its outermost call is one that has a caller further in.
    Cut,
}

/// A marker in a call chain that is not known: the chain ends before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadMarker;

impl Chain {
    pub(super) const fn new() -> Self {
        Self { leaf: Place { address: 0, mode: Mode::Other }, callers: Vec::new(), n_recorded: 0 }
    }

    /// Where the sample was taken.
    pub(super) const fn leaf(&self) -> Place {
        self.leaf
    }

    /// Where the leaf was called from, and so on.
    pub(super) fn callers(&self) -> &[Place] {
        &self.callers
    }

    /// Reads the chain of a sample.
    ///
    /// All but the first address of each mode are return addresses, so the call is just before
    /// them. But where the kernel was entered, the address in user space may be that of the
    /// very instruction that trapped.
    pub(super) fn read(&mut self, misc: u16, sample: &Sample<'_>) -> Result<(), BadMarker> {
        let sampled = Mode::of_sample(misc);
        let address = sample.ip.unwrap_or_default();
        let mode = sampled.unwrap_or_else(|| Mode::of_address(address));
        self.leaf = Place { address, mode };
        self.callers.clear();
        self.n_recorded = 0;
        if sample.chain.is_empty() {
            return Ok(());
        }
        let mut callee = None;
        let mut mode = sampled.unwrap_or(Mode::User);
        for address in sample.chain.iter() {
            if address >= FIRST_MARKER {
                mode = Mode::of_marker(address).ok_or(BadMarker)?;
                continue;
            }
            let fits = sample.ip.is_none() || sampled.is_none_or(|sampled| sampled == mode);
            if callee.is_none() && fits {
                // The chain starts where the interrupt came; the sampled address may be more
                // precise.
                let address = sample.ip.unwrap_or(address);
                self.leaf = Place { address, mode };
            } else {
                let is_return = callee.unwrap_or(self.leaf.mode) == mode;
                let address = address.wrapping_sub(u64::from(is_return));
                self.callers.push(Place { address, mode });
            }
            callee = Some(mode);
            self.n_recorded = self.n_recorded.saturating_add(1);
        }
        Ok(())
    }

    /// Whether the chain of an event ends because the kernel records no more of it. One that is
    /// cut for sure gets a frame that says so.
    #[inline]
    pub(super) fn end(&mut self, attr: &Attr) -> Length {
        if self.n_recorded != attr.max_chain() || attr.has_user_stacks() {
            return Length::Whole;
        }
        let Some((outermost, inner)) = self.callers.split_last() else { return Length::Whole };
        if !inner.contains(outermost) {
            return Length::Full;
        }
        self.callers.push(Place { address: 0, mode: Mode::Truncated });
        Length::Cut
    }

    /// Whether the chain says where user space was.
    fn has_user_callers(&self) -> bool {
        self.callers.iter().any(|place| place.mode == Mode::User)
    }

    /// Adds the frames in user space that the processor has kept of its latest calls.
    pub(super) fn push_branches(&mut self, attr: &Attr, sample: &Sample<'_>) {
        // A chain that does not get to user space has nothing to do with the calls there.
        let is_user = |word: u64| word.cast_signed() == Mode::USER_MARKER;
        if !attr.has_call_stack() || !sample.chain.iter().any(is_user) {
            return;
        }
        let Some(tail) = sample.tail(attr) else { return };
        // Each entry has where a call was, where it went, and flags; newest first.
        let mut words = tail.branches.iter();
        let (Some(call), Some(callee)) = (words.next(), words.next()) else { return };
        self.callers.retain(|place| place.mode != Mode::User);
        let mode = Mode::User;
        if self.leaf.mode != mode {
            self.callers.push(Place { address: callee, mode });
        }
        let calls = std::iter::once(call).chain(words.skip(1).step_by(3));
        self.callers.extend(calls.map(|address| Place { address, mode }));
    }

    /// Adds the frames of an unwound stack, leaf first, of which all but the first are calls.
    pub(super) fn push_unwound(&mut self, frames: &[u64], is_truncated: bool) {
        if self.has_user_callers() || frames.is_empty() {
            return;
        }
        // The first one is the leaf, unless that is in the kernel. Where nothing was called the
        // address is 0.
        let n_leaves = usize::from(self.leaf.mode == Mode::User);
        let frames = frames.iter().skip(n_leaves).filter(|&&address| address != 0);
        self.callers.extend(frames.map(|&address| Place { address, mode: Mode::User }));
        if is_truncated {
            self.callers.push(Place { address: 0, mode: Mode::Truncated });
        }
    }
}

impl Mode {
    /// In a call chain: addresses of user space follow.
    const USER_MARKER: i64 = -512;

    /// Where the sample itself was taken; `None` if the record does not say.
    pub(super) fn of_sample(misc: u16) -> Option<Self> {
        match misc & misc::CPUMODE_MASK {
            0 => None,
            1 => Some(Self::Kernel),
            2 => Some(Self::User),
            3 => Some(Self::Hypervisor),
            4 => Some(Self::GuestKernel),
            5 => Some(Self::GuestUser),
            _ => Some(Self::Other),
        }
    }

    /// What a marker says of the addresses behind it; `None` for one that is not known.
    fn of_marker(marker: u64) -> Option<Self> {
        match marker.cast_signed() {
            -128 => Some(Self::Kernel),
            Self::USER_MARKER => Some(Self::User),
            -32 => Some(Self::Hypervisor),
            -2176 => Some(Self::GuestKernel),
            // A guest, and user space in one.
            -2048 | -2560 => Some(Self::GuestUser),
            _ => None,
        }
    }

    /// The kernel has the upper half of the addresses.
    pub(super) fn of_address(address: u64) -> Self {
        if address.cast_signed() < 0 { Self::Kernel } else { Self::User }
    }
}
