//! What ties events to each other: ids as numbers and as texts.

use std::borrow::Cow;
use std::hash::Hash;

use foldhash::HashMap;

use super::event::Event;
use crate::json::{Scanner, Value};

/// An id of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Id {
    /// A number, or digits in a string: `16`, `"16"` and `"0x10"` are the same.
    Number(u64),
    /// Any other text, by the order of first use.
    Text(u32),
    /// The event has none.
    Missing,
}

/// Among whom an id is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum IdScope {
    /// All processes.
    Global,
    /// One process: `id2.local`.
    Local,
}

/// The texts of ids, as they are in the file. They are no names, so they have a table of their own
/// that is dropped.
#[derive(Debug, Default)]
pub(super) struct Ids<'a> {
    texts: HashMap<Cow<'a, [u8]>, u32>,
}

/// Numbers for what belongs together: all of one id that is unique among what `C` says. Files have
/// as many ids as slices, and few of what they are unique among.
#[derive(Debug)]
pub(super) struct Keys<C> {
    among: HashMap<(C, u8), u32>,
    /// What the id before was unique among: mostly this one too.
    last: Option<((C, u8), u32)>,
    /// By the number of what it is unique among and the 64 bits of the id.
    numbers: HashMap<[u32; 3], u32>,
}

impl<C> Default for Keys<C> {
    fn default() -> Self {
        Self { among: HashMap::default(), last: None, numbers: HashMap::default() }
    }
}

impl<C: Copy + Eq + Hash> Keys<C> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number of an id.
    pub(super) fn number(&mut self, among: C, id: Id) -> u32 {
        let (kind, bits) = match id {
            Id::Number(number) => (0, number),
            Id::Text(text) => (1, u64::from(text)),
            Id::Missing => (2, 0),
        };
        let among = (among, kind);
        let among = match self.last {
            Some((last, number)) if last == among => number,
            _ => {
                let next = row(self.among.len());
                let number = *self.among.entry(among).or_insert(next);
                self.last = Some((among, number));
                number
            }
        };
        let next = row(self.numbers.len());
        let [low, high] = [bits & u64::from(u32::MAX), bits >> 32];
        let [low, high] = [low, high].map(|half| u32::try_from(half).unwrap_or_default());
        *self.numbers.entry([among, low, high]).or_insert(next)
    }
}

/// A file of 2^32 different ids would be larger than any memory.
fn row(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl<'a> Ids<'a> {
    /// The id that a value stands for.
    pub(super) fn of(&mut self, value: Value<'a>) -> Id {
        let bytes = match value {
            // One id may be written with escapes by one tool and without by the next.
            Value::String(text) if text.has_escapes() => {
                let text = text.decode().into_owned().into_bytes();
                return number(&text).map_or_else(|| self.text(text.into()), Id::Number);
            }
            Value::String(text) => text.raw,
            Value::Number(bytes)
            | Value::Word(bytes)
            | Value::Object(bytes)
            | Value::Array(bytes) => bytes,
        };
        number(bytes).map_or_else(|| self.text(bytes.into()), Id::Number)
    }

    /// The id of an asynchronous event, or of an end of a flow.
    pub(super) fn of_event(&mut self, event: &Event<'a>) -> (Id, IdScope) {
        if let Some(id2) = event.id2 {
            let mut scanner = Scanner::new(id2, 1);
            if let Ok(Some(key)) = scanner.key()
                && let Ok(value) = scanner.value()
            {
                let is_local = key.raw == b"local";
                let scope = if is_local { IdScope::Local } else { IdScope::Global };
                return (self.of(value), scope);
            }
        }
        match event.id {
            Some(id) => (self.of(id), IdScope::Global),
            None => (Id::Missing, IdScope::Local),
        }
    }

    fn text(&mut self, bytes: Cow<'a, [u8]>) -> Id {
        let next = row(self.texts.len());
        Id::Text(*self.texts.entry(bytes).or_insert(next))
    }
}

/// The number of `16` and `0x10`; no other way to write one, such as `010`, is taken as such.
fn number(bytes: &[u8]) -> Option<u64> {
    let (digits, radix) = match bytes {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'0', _, ..] => return None,
        _ => (bytes, 10),
    };
    let is_digits = digits.iter().all(u8::is_ascii_hexdigit);
    u64::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_digits)?, radix).ok()
}
