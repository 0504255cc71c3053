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

use rayon::prelude::*;

use super::event::Event;
use crate::json::Scanner;

/// Into what pieces the bytes are cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pieces {
    /// In bytes.
    pub(super) len: usize,
    /// How many are scanned together; 0 to read everything in order.
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

/// How many pieces each thread has in a window: enough for them to end together.
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

/// Batches that are scanned together, and again used for others.
pub(super) type Window<'a> = Vec<Batch<'a>>;

/// The bytes that are not scanned yet.
#[derive(Debug)]
pub(super) struct Ahead<'a> {
    bytes: &'a [u8],
    at: usize,
    pieces: Pieces,
}

impl<'a> Ahead<'a> {
    /// Scans from `at` on.
    pub(super) fn new(bytes: &'a [u8], at: usize, pieces: Pieces) -> Self {
        Self { bytes, at, pieces }
    }

    /// Scans the next window into the batches of an old one; empty at the end of the bytes.
    pub(super) fn scan(&mut self, mut window: Window<'a>) -> Window<'a> {
        let (bytes, at, piece) = (self.bytes, self.at, self.pieces.len);
        let n_pieces = bytes.len().saturating_sub(at).div_ceil(piece).min(self.pieces.n_together);
        window.resize_with(n_pieces, Batch::default);
        window.par_iter_mut().enumerate().for_each(|(number, batch)| {
            let from = at.saturating_add(number.saturating_mul(piece));
            batch.fill(bytes, from, from.saturating_add(piece));
        });
        self.at = at.saturating_add(n_pieces.saturating_mul(piece));
        window
    }
}

impl<'a> Batch<'a> {
    /// Takes the events that start in a piece, up to the first that cannot be read.
    fn fill(&mut self, bytes: &'a [u8], from: usize, limit: usize) {
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
            if self.end >= limit || scanner.peek() != Some(b'{') {
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
