//! How much work a debug file may make.

use std::sync::atomic::{AtomicU64, Ordering};

/// Steps for each byte of the debug sections. Reading all of a file takes less than one: this
/// is room for units that are read again because others refer to them.
const STEPS_PER_BYTE: u64 = 16;

/// Steps for any file, however short.
const MIN_STEPS: u64 = 16 << 20;

/// The steps that are left, shared by the threads that read one file.
#[derive(Debug)]
pub(super) struct Budget {
    left: AtomicU64,
}

/// Why reading stopped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// The file breaks its rules.
    Broken,
    /// The file makes more work than it may.
    Exhausted,
}

impl From<gimli::Error> for Stop {
    fn from(_: gimli::Error) -> Self {
        Self::Broken
    }
}

impl Budget {
    /// For debug sections of this length.
    pub(super) fn for_len(len: u64) -> Self {
        let steps = len.saturating_mul(STEPS_PER_BYTE).saturating_add(MIN_STEPS);
        Self { left: AtomicU64::new(steps) }
    }

    /// Takes steps, or stops.
    pub(super) fn spend(&self, steps: u64) -> Result<(), Stop> {
        let take = |left: u64| left.checked_sub(steps);
        if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
            return Ok(());
        }
        self.left.store(0, Ordering::Relaxed);
        Err(Stop::Exhausted)
    }

    /// Whether all steps were taken.
    pub(super) fn is_exhausted(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

/// Steps that one thread counts for itself, so that threads do not wait for each other.
#[derive(Debug)]
pub(super) struct Meter<'b> {
    budget: &'b Budget,
    steps: u64,
}

impl<'b> Meter<'b> {
    /// How many steps are paid at once.
    const BATCH: u64 = 1 << 12;

    pub(super) const fn new(budget: &'b Budget) -> Self {
        Self { budget, steps: 0 }
    }

    /// Takes a step.
    #[inline]
    pub(super) fn step(&mut self) -> Result<(), Stop> {
        self.steps = self.steps.wrapping_add(1);
        if self.steps >= Self::BATCH { self.pay() } else { Ok(()) }
    }

    #[cold]
    fn pay(&mut self) -> Result<(), Stop> {
        let steps = std::mem::take(&mut self.steps);
        self.budget.spend(steps)
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        // What is over is noticed by whoever pays next.
        let _: Result<(), Stop> = self.budget.spend(self.steps);
    }
}
