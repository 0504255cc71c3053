//! What the system's allocator does with freed memory.
//!
//! glibc keeps freed blocks of up to 32 MiB for later by default. While a file is read there is
//! little later use, as they come from several threads: `rview report` of a pprof profile of
//! 100 MB had 312 MB of anonymous memory at most with that and 147 MB where blocks are given back
//! (two cores, 2026-11). Once a file is open, each answer to a click needs what the one before it
//! needed, and pages that the system has taken back cost as much as the answer: grouping a million
//! samples by a label took 93 ms where blocks are given back and 71 ms where they are kept
//! (medians of 31, `cargo bench -p rview-core --bench labels`).
#![cfg_attr(
    all(target_os = "linux", target_env = "gnu"),
    expect(unsafe_code, reason = "the allocator is set by a call of the C library")
)]

use std::sync::{Mutex, PoisonError};

use rview_formats::Input;

/// Files of fewer bytes fit into any memory: that of each table is used again for the next, which
/// takes a fifth of the time off a pprof profile of 10 MB.
const LARGE_FILE: u64 = 16 << 20;

/// How many large files are being read.
static N_READING: Mutex<usize> = Mutex::new(0);

/// A large file that is being read: as long as there is one, freed columns of a table are the
/// system's again at once.
#[derive(Debug)]
pub(crate) struct Reading(());

impl Reading {
    /// A file is going to be read; `None` if it is not large.
    pub(crate) fn of(input: &Input) -> Option<Self> {
        let is_large = match input {
            Input::Path(path) => path.metadata().is_ok_and(|file| file.len() >= LARGE_FILE),
            Input::Static(..) => false,
            Input::Stdin | Input::Merged(_) => true,
        };
        is_large.then(|| {
            count(|n_reading| n_reading + 1);
            Self(())
        })
    }

    /// Nothing is looked at afterwards: the program answers once and ends.
    pub(crate) fn until_the_end(self) {
        std::mem::forget(self);
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        count(|n_reading| n_reading.saturating_sub(1));
    }
}

fn count(change: fn(usize) -> usize) {
    let mut n_reading = N_READING.lock().unwrap_or_else(PoisonError::into_inner);
    *n_reading = change(*n_reading);
    if *n_reading > 0 {
        set_thresholds(128 << 10, 128 << 10);
    } else {
        keep_freed_blocks();
    }
}

/// Keeps freed blocks for the next answer.
pub(crate) fn keep_freed_blocks() {
    set_thresholds(32 << 20, 256 << 20);
}

/// Blocks of `own_pages` bytes and more are the system's again as soon as they are freed, and all
/// that is free at the end of the heap once it is more than `kept`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn set_thresholds(own_pages: i32, kept: i32) {
    // SAFETY: it takes two numbers, and only changes what the allocator does with later calls.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, own_pages);
        libc::mallopt(libc::M_TRIM_THRESHOLD, kept);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn set_thresholds(_: i32, _: i32) {}
