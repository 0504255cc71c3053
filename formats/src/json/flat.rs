//! What an object of the file says, read again when somebody looks.

use super::{Scanner, Value};
use crate::Details;

/// How much is shown of one event: more is data to be exported, not to be read.
const MAX_ENTRIES: usize = 200;
/// Longer values are cut, with an ellipsis.
const MAX_VALUE_LEN: usize = 4096;
/// Deeper objects are shown as they stand in the file.
const MAX_DEPTH: usize = 32;

/// The keys of the object at an offset but those that are `shown` already, in the order of the
/// file, nested ones as `args.outer.inner` and `args.list[0]`. Nothing if there is no object.
/// What is beyond [`MAX_ENTRIES`] is counted in a last entry.
pub(crate) fn flat(bytes: &[u8], at: usize, shown: &[&[u8]]) -> Details {
    let mut entries = Entries::default();
    collect(bytes, at, shown, &mut entries);
    let Entries { mut shown, n_more } = entries;
    if n_more > 0 {
        shown.push(("…".to_owned(), format!("{n_more} more, in the file at byte {at}")));
    }
    shown
}

/// What is found, as far as it is shown.
#[derive(Default)]
struct Entries {
    shown: Details,
    n_more: usize,
}

fn collect(bytes: &[u8], at: usize, shown: &[&[u8]], entries: &mut Entries) {
    let mut scanner = Scanner::new(bytes, at);
    if scanner.expect(b'{').is_err() {
        return;
    }
    while let Ok(Some(key)) = scanner.key() {
        let is_open = matches!(scanner.peek(), Some(b'{' | b'['));
        if is_open && !matches!(key.raw, b"name" | b"ph") {
            if flatten(&mut scanner, &key.decode(), entries).is_none() {
                break;
            }
            continue;
        }
        let Ok(value) = scanner.value() else { break };
        if !shown.contains(&key.raw) {
            entries.push(&key.decode(), value);
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
        path.truncate(level.path_len);
        let goes_on = if let Some(row) = &mut level.row {
            let goes_on = scanner.has_element().ok()?;
            path.push('[');
            path.push_str(&row.to_string());
            path.push(']');
            *row = row.wrapping_add(1);
            goes_on
        } else if let Some(key) = scanner.key().ok()? {
            path.push('.');
            path.push_str(&key.decode());
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
    fn push(&mut self, name: &str, value: Value<'_>) {
        if self.shown.len() == MAX_ENTRIES {
            self.n_more = self.n_more.saturating_add(1);
            return;
        }
        let mut text = match value {
            Value::String(text) => text.decode().into_owned(),
            Value::Number(bytes) | Value::Word(bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            Value::Object(bytes) | Value::Array(bytes) => {
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
