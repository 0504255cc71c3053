//! Text that is cut where it does not fit.

use std::borrow::Cow;
use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{Color32, FontId, Galley, Painter};

mod name;

pub use name::elide_name;

/// Which part of a text may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elide {
    /// The end.
    End,
    /// The middle, for paths: both the root and the file tell something.
    Middle,
    /// Leading qualifiers, then the end: for names of functions.
    Name,
}

/// As much of a text as fits in `n_chars` of a monospace font, with `…` for what is cut.
/// Nothing at all if less than three letters would be left.
pub fn elide(text: &str, n_chars: usize, how: Elide) -> Option<Cow<'_, str>> {
    let len = n_chars_of(text);
    if len <= n_chars {
        return Some(Cow::Borrowed(text));
    }
    let (head, tail) = match how {
        Elide::Name => return elide_name(text, n_chars),
        _ if n_chars < MIN_CHARS => return None,
        Elide::End => (n_chars - 1, 0),
        Elide::Middle => ((n_chars - 1) / 2, n_chars - 1 - (n_chars - 1) / 2),
    };
    let head = &text[..byte_of(text, head)];
    let tail = &text[byte_of(text, len - tail)..];
    Some(Cow::Owned(format!("{head}…{tail}")))
}

/// With less room than this a text that does not fit says nothing.
const MIN_CHARS: usize = 4;

fn n_chars_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// Where a letter starts.
fn byte_of(text: &str, n_chars: usize) -> usize {
    text.char_indices().nth(n_chars).map_or(text.len(), |(at, _)| at)
}

/// One line of text in any font, its end cut where it is wider than `width` points.
pub fn one_line(
    painter: &Painter,
    text: &str,
    font: FontId,
    ink: Color32,
    width: f32,
) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, ink);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    painter.layout_job(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_marked() {
        assert_eq!(elide("parse", 5, Elide::End).as_deref(), Some("parse"));
        assert_eq!(elide("parse_header", 6, Elide::End).as_deref(), Some("parse…"));
        assert_eq!(elide("/usr/lib/libc.so", 9, Elide::Middle).as_deref(), Some("/usr…c.so"));
        assert_eq!(elide("日本語の関数", 4, Elide::End).as_deref(), Some("日本語…"));
        assert_eq!(elide("parse", 3, Elide::End), None);
    }
}
