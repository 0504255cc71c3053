//! Lines of text and the numbers in them.

use memchr::memchr;

use super::note_cut;
use crate::Job;

/// Lines without their ends, each with where it starts.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    offset: usize,
    /// Whether the text ended before the line did.
    is_in_line: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { rest: text, offset: 0, is_in_line: false }
    }

    /// Whether the last line has no end.
    pub(super) fn is_in_line(&self) -> bool {
        self.is_in_line
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (&'a [u8], usize);

    /// The next line, without space around it.
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at_checked(end)?;
        let start = self.offset;
        self.is_in_line = rest.is_empty();
        self.rest = rest.get(1..).unwrap_or_default();
        self.offset = start.saturating_add(end).saturating_add(1);
        Some((line.trim_ascii(), start))
    }
}

/// Notes a last line without an end: every profiler ends its lines. `offset` is where the text
/// starts in the file.
pub(super) fn note_unfinished(text: &[u8], offset: usize, job: &Job) {
    if text.last().is_some_and(|last| !last.is_ascii_whitespace()) {
        let line = memchr::memrchr(b'\n', text).map_or(0, |at| at.saturating_add(1));
        let at = offset.saturating_add(line);
        note_cut(&format!("the file is cut in its last line, which starts at byte {at}"), job);
    }
}

pub(super) fn is_blank_or_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.is_empty() || line.starts_with(b"#")
}

/// A decimal number, perhaps negative, after spaces.
pub(super) fn take_int(text: &mut &[u8]) -> Option<i64> {
    let trimmed = text.trim_ascii_start();
    let n_sign = usize::from(trimmed.starts_with(b"-"));
    let digits = trimmed.get(n_sign..)?;
    let n_digits = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = trimmed.split_at_checked(n_sign.saturating_add(n_digits))?;
    let number = std::str::from_utf8(number).ok()?.parse().ok()?;
    *text = rest;
    Some(number)
}

/// Moves over `token`, after spaces.
pub(super) fn take_token(text: &mut &[u8], token: &[u8]) -> Option<()> {
    *text = text.trim_ascii_start().strip_prefix(token)?;
    Some(())
}

/// Adds all numbers of the form `0x1f` in a text; `None` if one has more than 64 bits.
pub(super) fn add_addresses(text: &[u8], addresses: &mut Vec<u64>) -> Option<()> {
    let mut rest = text;
    while let Some(at) = memchr(b'x', rest) {
        let (before, after) = rest.split_at_checked(at)?;
        rest = after.get(1..)?;
        let n_digits = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let (digits, after) = rest.split_at_checked(n_digits.count())?;
        if before.ends_with(b"0") && !digits.is_empty() {
            addresses.push(hex(digits)?);
            rest = after;
        }
    }
    Some(())
}

/// A number in hexadecimal digits of either case.
pub(super) fn hex(digits: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_wherever_they_are() {
        let mut addresses = Vec::new();
        assert_eq!(add_addresses(b" 0x1f x0x0,0xa0 0x @0xFF 10x2g", &mut addresses), Some(()));
        assert_eq!(addresses, [0x1f, 0, 0xa0, 2]);
        assert_eq!(add_addresses(b"0x12345678901234567", &mut addresses), None);
    }

    #[test]
    fn numbers_are_taken_from_the_start() {
        let mut text = &b"  -12: 7"[..];
        assert_eq!(take_int(&mut text), Some(-12));
        assert_eq!(take_token(&mut text, b":"), Some(()));
        assert_eq!(take_int(&mut text), Some(7));
        assert_eq!(take_int(&mut text), None);
    }
}
