//! What an object of the file says, read again when somebody looks.

use std::borrow::Cow;

use super::{Scanner, Text, Value};
use crate::Details;

/// How much is shown of one event: more is data to be exported, not to be read.
const MAX_ENTRIES: usize = 200;
/// Longer values are cut, with an ellipsis.
const MAX_VALUE_LEN: usize = 4096;
/// Bytes of the file that at least so much text needs: no escape is longer than six bytes, and what
/// is cut at its end stands behind what is shown.
const MAX_RAW_LEN: usize = (MAX_VALUE_LEN + 2) * 6;
/// How far what is not shown is counted: a list of millions is not gone through for a number.
const MAX_COUNTED_LEN: usize = 16 << 20;
/// Deeper objects are shown as they stand in the file.
const MAX_DEPTH: usize = 32;

/// The keys of the object at an offset but those that are `shown` already, in the order of the
/// file, nested ones as `args.outer.inner` and `args.list[0]`. Nothing if there is no object.
/// What is beyond [`MAX_ENTRIES`] is counted in a last entry, within [`MAX_COUNTED_LEN`].
pub(crate) fn flat(bytes: &[u8], at: usize, shown: &[&[u8]]) -> Details {
    let mut entries =
        Entries { counted_to: at.saturating_add(MAX_COUNTED_LEN), ..Entries::default() };
    collect(bytes, at, shown, &mut entries);
    let Entries { mut shown, n_more, is_all_counted, .. } = entries;
    if n_more > 0 {
        let least = if is_all_counted { "" } else { "at least " };
        shown.push(("…".to_owned(), format!("{least}{n_more} more, in the file at byte {at}")));
    }
    shown
}

/// What is found, as far as it is shown.
struct Entries {
    shown: Details,
    n_more: usize,
    /// Where in the file it is enough.
    counted_to: usize,
    is_all_counted: bool,
}

impl Default for Entries {
    fn default() -> Self {
        Self { shown: Details::new(), n_more: 0, counted_to: usize::MAX, is_all_counted: true }
    }
}

fn collect(bytes: &[u8], at: usize, shown: &[&[u8]], entries: &mut Entries) {
    let mut scanner = Scanner::new(bytes, at);
    if scanner.expect(b'{').is_err() {
        return;
    }
    while let Ok(Some(key)) = scanner.key() {
        if entries.is_enough(&scanner) {
            break;
        }
        if !shown.contains(&key.raw) && matches!(scanner.peek(), Some(b'{' | b'[')) {
            if flatten(&mut scanner, &start_of(key.raw), entries).is_none() {
                break;
            }
            continue;
        }
        let Ok(value) = scanner.value() else { break };
        if !shown.contains(&key.raw) {
            entries.push(&start_of(key.raw), value);
        }
    }
}

/// An object or array that is gone through.
struct Level {
    /// How much of the path is that of the object itself.
    path_len: usize,
    /// The next row of an array; `None` for objects.
    row: Option<usize>,
}

/// Adds what is in the object or array that comes next; `None` if it is broken.
fn flatten(scanner: &mut Scanner<'_>, name: &str, entries: &mut Entries) -> Option<()> {
    let mut path = name.to_owned();
    let mut levels = vec![enter(scanner, path.len())?];
    while let Some(level) = levels.last_mut() {
        if entries.is_enough(scanner) {
            return None;
        }
        // What is only counted needs no name.
        let is_named = !entries.is_full();
        path.truncate(level.path_len);
        let goes_on = if let Some(row) = &mut level.row {
            let goes_on = scanner.has_element().ok()?;
            if is_named {
                path.push('[');
                path.push_str(&row.to_string());
                path.push(']');
            }
            *row = row.wrapping_add(1);
            goes_on
        } else if let Some(key) = scanner.key().ok()? {
            if is_named {
                path.push('.');
                path.push_str(&start_of(key.raw));
            }
            true
        } else {
            false
        };
        if !goes_on {
            levels.pop();
            continue;
        }
        let is_open = matches!(scanner.peek(), Some(b'{' | b'['));
        if is_open && levels.len() < MAX_DEPTH && path.len() < MAX_VALUE_LEN {
            levels.push(enter(scanner, path.len())?);
        } else {
            entries.push(&path, scanner.value().ok()?);
        }
    }
    Some(())
}

fn enter(scanner: &mut Scanner<'_>, path_len: usize) -> Option<Level> {
    let row = (scanner.peek()? == b'[').then_some(0);
    scanner.bump();
    Some(Level { path_len, row })
}

impl Entries {
    fn is_full(&self) -> bool {
        self.shown.len() == MAX_ENTRIES
    }

    /// Whether no more is counted.
    fn is_enough(&mut self, scanner: &Scanner<'_>) -> bool {
        let is_enough = self.is_full() && scanner.position() > self.counted_to;
        self.is_all_counted &= !is_enough;
        is_enough
    }

    fn push(&mut self, name: &str, value: Value<'_>) {
        if self.is_full() {
            self.n_more = self.n_more.saturating_add(1);
            return;
        }
        let mut text = match value {
            Value::String(text) => start_of(text.raw).into_owned(),
            Value::Number(bytes)
            | Value::Word(bytes)
            | Value::Object(bytes)
            | Value::Array(bytes) => {
                let start = bytes.get(..MAX_VALUE_LEN.saturating_add(4)).unwrap_or(bytes);
                String::from_utf8_lossy(start).into_owned()
            }
        };
        if text.len() > MAX_VALUE_LEN {
            text.truncate(text.floor_char_boundary(MAX_VALUE_LEN));
            text.push('…');
        }
        self.shown.push((name.to_owned(), text));
    }
}

/// The start of a string, as far as it can be shown.
fn start_of(raw: &[u8]) -> Cow<'_, str> {
    Text { raw: raw.get(..MAX_RAW_LEN).unwrap_or(raw) }.decode()
}
