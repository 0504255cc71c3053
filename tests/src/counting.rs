//! An allocator that counts, so that a test can say how much memory an import may take.
#![expect(unsafe_code, reason = "a global allocator is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write as _;

/// No import of a test file has a reason to ask for this much at once. A request beyond it
/// fails, which ends the process: better than the machine.
const LARGEST_REQUEST: usize = 4 << 30;

thread_local! {
    /// Bytes this thread holds more than when it began to count. Memory that one thread takes
    /// and another gives back makes it less than it is.
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static CASE: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting by thread. Install it by
/// `#[global_allocator] static ALLOCATOR: Counting = Counting;`
#[derive(Debug)]
pub struct Counting;

/// Runs something and tells how many bytes this thread had allocated on top of what it had
/// before, at most. `case` is named when the process ends for lack of memory.
pub fn peak_during<T>(case: u64, run: impl FnOnce() -> T) -> (T, usize) {
    CASE.set(case);
    LIVE.set(0);
    PEAK.set(0);
    let result = run();
    (result, PEAK.get().unsigned_abs())
}

fn count(taken: usize, given_back: usize) {
    let change = taken.cast_signed().wrapping_sub(given_back.cast_signed());
    // Not `with`: memory is given back after the thread's variables are gone, too.
    let _: Result<_, _> = LIVE.try_with(|live| {
        live.set(live.get().wrapping_add(change));
        PEAK.try_with(|peak| peak.set(peak.get().max(live.get())))
    });
}

/// Whether a request is refused; says so where the harness does not hide it.
fn is_refused(size: usize) -> bool {
    if size <= LARGEST_REQUEST {
        return false;
    }
    let thread = std::thread::current();
    let (name, case) = (thread.name().unwrap_or("?"), CASE.try_with(Cell::get).unwrap_or(0));
    let _: Result<_, _> =
        writeln!(std::io::stderr(), "{name}, case {case}: asks for {size} bytes at once");
    true
}

// SAFETY: every call is handed to the system's allocator as it is, or refused with a null
// pointer, which a caller must expect. Counting touches no memory but its own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_refused(layout.size()) {
            return std::ptr::null_mut();
        }
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_refused(layout.size()) {
            return std::ptr::null_mut();
        }
        count(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if is_refused(new_size) {
            return std::ptr::null_mut();
        }
        count(new_size, layout.size());
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, new_size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}
