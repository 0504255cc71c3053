//! Text that is cut where it does not fit.

/// Which part of a text may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elide {
    /// The end, for names.
    End,
    /// The middle, for paths: both the root and the file tell something.
    Middle,
}

/// As much of a text as fits in `n_chars` of a monospace font, with `…` for what is cut.
/// Nothing at all if less than three letters would be left.
pub fn elide(text: &str, n_chars: usize, how: Elide) -> Option<String> {
    let len = text.chars().count();
    if len <= n_chars {
        return Some(text.to_owned());
    }
    if n_chars < 4 {
        return None;
    }
    let kept = n_chars - 1;
    let (head, tail) = match how {
        Elide::End => (kept, 0),
        Elide::Middle => (kept / 2, kept - kept / 2),
    };
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(len - tail).collect();
    Some(format!("{head}…{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_marked() {
        assert_eq!(elide("parse", 5, Elide::End).as_deref(), Some("parse"));
        assert_eq!(elide("parse_header", 6, Elide::End).as_deref(), Some("parse…"));
        assert_eq!(elide("/usr/lib/libc.so", 9, Elide::Middle).as_deref(), Some("/usr…c.so"));
        assert_eq!(elide("parse", 3, Elide::End), None);
    }
}
