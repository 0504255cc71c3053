//! The events of an array, whole ones only, whatever is between them.

use super::event::Event;
use crate::json::{Broken, Scanner};

/// What comes next in an array of events, if not an event.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gap {
    /// Something whole that is not an object.
    Other,
    /// Something that cannot be read, from the first offset up to the next event.
    Junk(usize),
    /// The bytes end within an event that starts here.
    Cut(usize),
    /// As [`Self::Junk`], where so much of the file has been broken that nobody looks for more.
    GivenUp(usize),
    /// The bytes end between events, before the end of the array.
    Unclosed,
    /// The array ends here.
    End,
}

/// How often the bytes of a file may be gone through in search of the next event. A search
/// starts where an event is broken, and only hostile files have as many as this allows.
const MAX_SEARCHES: usize = 4;

/// Finds where to go on after an event that cannot be read.
#[derive(Debug)]
pub(super) struct Resync {
    /// How many bytes may still be read for nothing; `None` once they were too many.
    budget: Option<usize>,
}

impl Resync {
    pub(super) fn new(len: usize) -> Self {
        Self { budget: Some(len.saturating_mul(MAX_SEARCHES).saturating_add(1 << 20)) }
    }

    /// Finds the next object after `start` that is an event, and neither the value of a key
    /// nor first in a list that is, as arguments are.
    pub(super) fn find(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        let mut at = start;
        loop {
            let rest = bytes.get(at..)?;
            let found = at.saturating_add(memchr::memchr(b'{', rest)?);
            self.spend(found.saturating_sub(at))?;
            at = found.saturating_add(1);
            let before = bytes.get(start..found)?.iter().rev();
            let mut before = before.filter(|byte| !matches!(byte, b'[' | b'\0'..=b' '));
            if before.next() == Some(&b':') {
                continue;
            }
            let mut scanner = Scanner::new(bytes, found);
            let event = Event::read(&mut scanner);
            if event.is_ok_and(|event| event.is_plausible()) {
                return Some(found);
            }
            self.spend(scanner.position().saturating_sub(found))?;
        }
    }

    /// Whether nobody looks for more events.
    pub(super) fn is_used_up(&self) -> bool {
        self.budget.is_none()
    }

    fn spend(&mut self, len: usize) -> Option<()> {
        self.budget = self.budget?.checked_sub(len.saturating_add(1));
        self.budget.map(|_| ())
    }
}

/// Reads the next event into `event`, of which nothing is read yet. The scanner is in an array, behind its `[` or an element.
pub(super) fn next_event<'a>(
    scanner: &mut Scanner<'a>,
    bytes: &'a [u8],
    resync: &mut Resync,
    event: &mut Event<'a>,
) -> Result<(), Gap> {
    match scanner.has_element() {
        Ok(false) => return Err(Gap::End),
        Err(_) => return Err(Gap::Unclosed),
        Ok(true) => {}
    }
    let start = scanner.position();
    let broken = if scanner.peek() == Some(b'{') {
        match event.read_next(scanner) {
            Ok(()) => return Ok(()),
            Err(broken) => broken,
        }
    } else {
        match scanner.value() {
            Ok(_) => return Err(Gap::Other),
            Err(broken) => broken,
        }
    };
    let found = resync
        .spend(scanner.position().saturating_sub(start))
        .and_then(|()| resync.find(bytes, start.saturating_add(1)));
    if let Some(found) = found {
        *scanner = Scanner::new(bytes, found);
        return Err(Gap::Junk(start));
    }
    *scanner = Scanner::new(bytes, bytes.len());
    Err(match broken {
        _ if resync.is_used_up() => Gap::GivenUp(start),
        Broken::Ended => Gap::Cut(start),
        Broken::Junk => Gap::Junk(start),
    })
}
