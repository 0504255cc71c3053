//! What fuzz targets reach beside the importers: nothing here is for programs.

use rview_core::Profile;

use crate::chrome_trace;
use crate::export::push_json_text;
use crate::json::{Scanner, Value};
use crate::{ImportError, Job, Source};

/// Imports a Chrome trace cut into pieces of this many bytes, of which up to `n_together` are
/// scanned ahead; with 0 everything is read in order.
pub fn chrome_trace_in_pieces(
    source: &Source,
    (piece_len, n_together): (usize, usize),
    job: &Job,
) -> Result<Profile, ImportError> {
    chrome_trace::import_in_pieces(source, piece_len.max(1), n_together, job)
}

/// A value as the scanner reads it, piece by piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The value, written again.
    pub json: String,
    /// Where it ended.
    pub read_to: usize,
    /// Where it ends for who skips it as a whole.
    pub skipped_to: usize,
}

/// Reads the first value of these bytes and writes it again; `None` if the scanner finds it broken.
pub fn rewritten_json(bytes: &[u8]) -> Option<Rewritten> {
    let mut whole = Scanner::new(bytes, 0);
    let skipped = whole.value();
    let mut scanner = Scanner::new(bytes, 0);
    let mut json = String::new();
    // What closes the objects and lists around, outermost first.
    let mut open = Vec::new();
    loop {
        match scanner.peek()? {
            bracket @ (b'{' | b'[') => {
                scanner.bump();
                json.push(char::from(bracket));
                open.push(if bracket == b'{' { '}' } else { ']' });
            }
            _ => match scanner.value().ok()? {
                Value::String(text) => push_json_text(&mut json, &text.decode()),
                Value::Number(raw) | Value::Word(raw) => {
                    json.push_str(&String::from_utf8_lossy(raw));
                }
                Value::Object(_) | Value::Array(_) => return None,
            },
        }
        loop {
            let Some(&close) = open.last() else {
                let (read_to, skipped_to) = (scanner.position(), whole.position());
                return skipped.is_ok().then_some(Rewritten { json, read_to, skipped_to });
            };
            let comma = if json.ends_with(['{', '[']) { "" } else { "," };
            if close == ']' && scanner.has_element().ok()? {
                json.push_str(comma);
                break;
            }
            if close == '}'
                && let Some(key) = scanner.key().ok()?
            {
                json.push_str(comma);
                push_json_text(&mut json, &key.decode());
                json.push(':');
                break;
            }
            json.push(close);
            open.pop();
        }
    }
}
