//! Events that are scanned ahead, by all threads, while those before them are applied.
//!
//! The bytes of an array are cut into pieces, and in each the first event is searched for by what
//! it looks like. What is found is a guess: the start of an event in a list of arguments, or in
//! a string, may look the same. So whoever goes through the array in order takes a batch only if
//! an event really starts where the batch does, and reads what is between batches by itself:
//!
//! ```text
//! pieces    |0                |1                |2                |
//! events    {…},{…},{…},{…},{…},{…},{"args":[{…},{…}]},{…},{…},{…},{…}
//! batches         [ …             ][ …         (a wrong guess)      ][ …
//! ```
//!
//! Every event is thus the same as when one thread reads them all; a wrong guess costs time only.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::event::Event;
use crate::json::Scanner;

/// Into what pieces the bytes are cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pieces {
    /// In bytes.
    pub(super) len: usize,
    /// How many are scanned ahead at most; 0 to read everything in order.
    pub(super) n_together: usize,
}

impl Pieces {
    /// With one thread there is nobody to scan ahead.
    pub(super) fn for_all_threads() -> Self {
        let n_threads = rayon::current_num_threads();
        let n_together = if n_threads > 1 { n_threads.saturating_mul(PIECES_A_THREAD) } else { 0 };
        Self { len: PIECE, n_together }
    }
}

/// Bytes of a piece: its events, which take about three times as much, stay in the caches.
const PIECE: usize = 32 << 10;

/// Events of a batch: four times as many as tracers write into as many bytes. What is left of the
/// piece is read in order.
const MAX_EVENTS: usize = PIECE / 32;

/// How many pieces each thread may be ahead.
const PIECES_A_THREAD: usize = 4;

/// How many places of a piece may look like an event before it is given up.
const MAX_GUESSES: usize = 64;

/// How many pieces the guesses of one piece may read, all together: those that are wrong may
/// each go on to the end of the file.
const MAX_PIECES_READ: usize = 4;

/// Events that follow each other.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    /// Where the first starts; `None` if there is none.
    pub(super) start: Option<usize>,
    /// Where what follows the last of them starts, behind blanks and commas; where the piece
    /// ends if there is none.
    pub(super) end: usize,
    pub(super) events: Vec<Event<'a>>,
}

/// The pieces of an array, scanned by whoever has nothing else to do.
///
/// Their batches lie in a ring: helpers fill those of the next pieces while the one thread that
/// applies events takes them in order. It fills one itself where none is ready, so that nobody
/// waits for anybody as long as there is room.
#[derive(Debug)]
pub(super) struct Ahead<'a> {
    bytes: &'a [u8],
    /// Where the first piece starts.
    from: usize,
    piece_len: usize,
    n_pieces: usize,
    slots: Vec<Slot<'a>>,
    /// The first piece that nobody has begun.
    next: AtomicUsize,
    /// The first piece whose slot is still needed.
    taken: AtomicUsize,
    n_helpers: AtomicUsize,
    is_over: AtomicBool,
    /// Whether a helper has panicked: its piece never comes.
    is_lost: AtomicBool,
}

/// The place of every piece whose number has the same rest.
#[derive(Debug, Default)]
struct Slot<'a> {
    batch: Mutex<Batch<'a>>,
    /// The number of the piece it holds, counted from 1.
    holds: AtomicUsize,
}

impl<'a> Slot<'a> {
    fn batch(&self) -> MutexGuard<'_, Batch<'a>> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Ahead<'a> {
    /// Scans from `at` on.
    pub(super) fn new(bytes: &'a [u8], at: usize, pieces: Pieces) -> Self {
        let is_cut = pieces.n_together > 0;
        let n_pieces = bytes.len().saturating_sub(at).div_ceil(pieces.len);
        let n_pieces = if is_cut { n_pieces } else { 0 };
        Self {
            bytes,
            from: at,
            piece_len: pieces.len,
            n_pieces,
            slots: (0..pieces.n_together.min(n_pieces)).map(|_| Slot::default()).collect(),
            next: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            n_helpers: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            is_lost: AtomicBool::new(false),
        }
    }

    /// Hands out the batch of every piece, in order, until one gives an end or an error.
    pub(super) fn each<T: Send, E: Send>(
        &self,
        mut apply: impl FnMut(&Batch<'a>) -> Result<Option<T>, E> + Send,
    ) -> Result<Option<T>, E> {
        if self.n_pieces == 0 {
            return Ok(None);
        }
        rayon::scope(|scope| {
            let mut end = Ok(None);
            for number in 0..self.n_pieces {
                if self.wants_helper() {
                    self.n_helpers.fetch_add(1, Relaxed);
                    scope.spawn(|_| self.help());
                }
                // Without its piece, the scope goes on with the panic.
                let Some(applied) = self.take(number, &mut apply) else { break };
                end = applied;
                if !matches!(end, Ok(None)) {
                    break;
                }
            }
            self.is_over.store(true, Relaxed);
            end
        })
    }

    /// Whether another thread would find enough to do: helpers that find nothing go away.
    fn wants_helper(&self) -> bool {
        let n_ahead = self.next.load(Relaxed).saturating_sub(self.taken.load(Relaxed));
        let n_others = rayon::current_num_threads().saturating_sub(1);
        n_ahead <= self.slots.len() / 2 && self.n_helpers.load(Relaxed) < n_others
    }

    fn help(&self) {
        let _leave = Leave(self);
        while !self.is_over.load(Relaxed)
            && let Some(number) = self.begin()
        {
            self.fill(number);
        }
    }

    /// The next piece that nobody has begun, if there is a slot for it.
    fn begin(&self) -> Option<usize> {
        let next = |next: usize| {
            // What was in the slot is no longer looked at.
            let limit = self.taken.load(Acquire).saturating_add(self.slots.len());
            (next < limit.min(self.n_pieces)).then(|| next.saturating_add(1))
        };
        self.next.fetch_update(Relaxed, Relaxed, next).ok()
    }

    fn slot(&self, number: usize) -> Option<&Slot<'a>> {
        self.slots.get(number.checked_rem(self.slots.len())?)
    }

    fn fill(&self, number: usize) {
        let Some(slot) = self.slot(number) else { return };
        let from = self.from.saturating_add(number.saturating_mul(self.piece_len));
        slot.batch().fill(self.bytes, from, from.saturating_add(self.piece_len));
        slot.holds.store(number.saturating_add(1), Release);
    }

    /// Applies a piece, once it is there; `None` if it never comes.
    fn take<T>(&self, number: usize, apply: impl FnOnce(&Batch<'a>) -> T) -> Option<T> {
        let after = number.saturating_add(1);
        let is_there = |slot: &&Slot<'_>| slot.holds.load(Acquire) == after;
        loop {
            if let Some(slot) = self.slot(number).filter(is_there) {
                let applied = apply(&slot.batch());
                self.taken.store(after, Release);
                return Some(applied);
            }
            match self.begin() {
                Some(other) => self.fill(other),
                None if self.is_lost.load(Relaxed) => return None,
                // Somebody is at it, and needs no longer than a piece does.
                None => std::thread::yield_now(),
            }
        }
    }
}

/// Counts a helper out, however it ends.
struct Leave<'l, 'a>(&'l Ahead<'a>);

impl Drop for Leave<'_, '_> {
    fn drop(&mut self) {
        self.0.is_lost.fetch_or(std::thread::panicking(), Relaxed);
        self.0.n_helpers.fetch_sub(1, Relaxed);
    }
}

impl<'a> Batch<'a> {
    /// Takes the events that start in a piece, up to the first that cannot be read.
    pub(super) fn fill(&mut self, bytes: &'a [u8], from: usize, limit: usize) {
        self.events.clear();
        self.start = None;
        self.end = limit.min(bytes.len());
        // An event that goes on behind this is read in order, as one that is cut would be.
        let budget = limit.saturating_sub(from).saturating_mul(MAX_PIECES_READ);
        let near = bytes.get(..limit.saturating_add(budget)).unwrap_or(bytes);
        let Some(start) = first_event(near, from, limit, budget) else { return };
        self.start = Some(start);
        let mut scanner = Scanner::new(near, start);
        loop {
            while scanner.peek() == Some(b',') {
                scanner.bump();
            }
            self.end = scanner.position();
            let is_over = self.end >= limit || self.events.len() >= MAX_EVENTS;
            if is_over || scanner.peek() != Some(b'{') {
                return;
            }
            self.events.push(Event::default());
            let read = self.events.last_mut().map(|event| event.read_next(&mut scanner));
            if !matches!(read, Some(Ok(()))) {
                self.events.pop();
                return;
            }
        }
    }
}

/// Where in a piece the first event seems to start, if that shows within a budget of bytes.
fn first_event(bytes: &[u8], from: usize, limit: usize, mut budget: usize) -> Option<usize> {
    let piece = bytes.get(from..limit.min(bytes.len()))?;
    for found in memchr::memchr_iter(b'{', piece).take(MAX_GUESSES) {
        let start = from.saturating_add(found);
        let before = bytes.get(..start).unwrap_or_default().trim_ascii_end();
        if before.last() != Some(&b',') {
            continue;
        }
        let near = bytes.get(..start.saturating_add(budget)).unwrap_or(bytes);
        let mut scanner = Scanner::new(near, start);
        if Event::read(&mut scanner).is_ok_and(|event| event.is_plausible()) {
            return Some(start);
        }
        budget = budget.checked_sub(scanner.position().saturating_sub(start))?;
        if budget == 0 {
            return None;
        }
    }
    None
}
