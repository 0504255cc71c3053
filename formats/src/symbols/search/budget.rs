//! How much of this machine one recording may make us read.

use std::sync::atomic::{AtomicU64, Ordering};

/// Files that are opened at most. A recording of a whole system meets some hundred binaries,
/// each with a debug file or two.
const MAX_FILES: u64 = 8192;

/// Bytes that they may have together: ten of the largest programs there are.
const MAX_BYTES: u64 = 64 << 30;

/// What was opened so far. A hostile recording names every file there is.
#[derive(Debug)]
pub(super) struct Budget {
    files_left: AtomicU64,
    bytes_left: AtomicU64,
    refused: AtomicU64,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self::of(MAX_FILES, MAX_BYTES)
    }

    const fn of(files: u64, bytes: u64) -> Self {
        Self {
            files_left: AtomicU64::new(files),
            bytes_left: AtomicU64::new(bytes),
            refused: AtomicU64::new(0),
        }
    }

    /// Whether another file of so many bytes may be opened, which is counted then.
    pub(super) fn spend(&self, bytes: u64) -> bool {
        let take = |left: &AtomicU64, n: u64| {
            left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(n))
                .is_ok()
        };
        let is_allowed = take(&self.files_left, 1) && take(&self.bytes_left, bytes);
        if !is_allowed {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        is_allowed
    }

    /// How many files were not opened for that.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_bytes_are_limited() {
        let budget = Budget::of(3, 100);
        assert!(budget.spend(60));
        assert!(!budget.spend(60), "too many bytes");
        assert!(budget.spend(40));
        assert!(!budget.spend(0), "too many files");
        assert_eq!(budget.refused(), 2);
    }
}
