//! The copy of a stack that a sample carries.

/// What was on the stack from the stack pointer on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dump<'a> {
    bytes: &'a [u8],
    start: u64,
    is_full: bool,
}

/// How far above its end a dump may still be said to have been too small for an address:
/// further away there is no stack.
const MAX_STACK: u64 = 1 << 30;

impl<'a> Dump<'a> {
    /// The valid bytes of a dump that starts at the stack pointer. One that `is_full` may have
    /// cut the stack off.
    pub(crate) const fn new(bytes: &'a [u8], start: u64, is_full: bool) -> Self {
        Self { bytes, start, is_full }
    }

    /// The number of 8 bytes at an address.
    #[inline]
    pub(super) fn u64(&self, address: u64) -> Option<u64> {
        let at = usize::try_from(address.checked_sub(self.start)?).ok()?;
        Some(u64::from_le_bytes(*self.bytes.get(at..)?.first_chunk()?))
    }

    /// The number of up to 8 bytes at an address.
    pub(super) fn uint(&self, address: u64, len: u8) -> Option<u64> {
        let at = usize::try_from(address.checked_sub(self.start)?).ok()?;
        let bytes = self.bytes.get(at..)?.get(..usize::from(len))?;
        Some(bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    }

    /// Whether a larger dump would have had what is at an address.
    pub(super) fn is_too_small_for(&self, address: u64) -> bool {
        let Some(beyond) = address.checked_sub(self.start) else { return false };
        self.is_full && beyond.saturating_add(8) > self.bytes.len() as u64 && beyond < MAX_STACK
    }
}
