//! What ties events to each other: ids as numbers and as texts.

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

/// The texts of ids. They are no names, so they have a table of their own that is dropped.
#[derive(Debug, Default)]
pub(super) struct Ids {
    texts: HashMap<Box<[u8]>, u32>,
}

impl Ids {
    /// The id that a value stands for.
    pub(super) fn of(&mut self, value: Value<'_>) -> Id {
        let bytes = match value {
            Value::String(text) => text.raw,
            Value::Number(bytes)
            | Value::Word(bytes)
            | Value::Object(bytes)
            | Value::Array(bytes) => bytes,
        };
        number(bytes).map_or_else(|| self.text(bytes), Id::Number)
    }

    /// The id of an asynchronous event, or of an end of a flow.
    pub(super) fn of_event(&mut self, event: &Event<'_>) -> (Id, IdScope) {
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

    fn text(&mut self, bytes: &[u8]) -> Id {
        if let Some(&index) = self.texts.get(bytes) {
            return Id::Text(index);
        }
        // A file of 2^32 different ids would be larger than any memory.
        let index = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.insert(bytes.into(), index);
        Id::Text(index)
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
