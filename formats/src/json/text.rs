//! Strings of JSON, decoded on demand.

use std::borrow::Cow;

/// A string as it stands between its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    /// Without the quotes, escapes as they are.
    pub(crate) raw: &'a [u8],
}

impl<'a> Text<'a> {
    /// Whether it stands for this text, which needs no escapes.
    #[inline]
    pub(crate) fn is(self, text: &str) -> bool {
        self.raw == text.as_bytes() || self.has_escapes() && self.decode() == text
    }

    /// Its first character, if that is of ASCII.
    #[inline]
    pub(crate) fn first(self) -> Option<u8> {
        match self.raw.first() {
            Some(b'\\') => self.decode().bytes().next(),
            first => first.copied(),
        }
    }

    /// Whether any character is written as an escape.
    pub(crate) fn has_escapes(self) -> bool {
        memchr::memchr(b'\\', self.raw).is_some()
    }

    /// The text it stands for. What is not UTF-8, and half of a surrogate pair, becomes the
    /// replacement character; an escape that JSON does not have stands for itself.
    pub(crate) fn decode(self) -> Cow<'a, str> {
        if self.has_escapes() {
            Cow::Owned(unescape(&String::from_utf8_lossy(self.raw)))
        } else {
            String::from_utf8_lossy(self.raw)
        }
    }
}

fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut chars = escape.chars();
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some(other @ ('"' | '\\' | '/')) => text.push(other),
            Some('u') => {
                if let Some((decoded, after)) = unicode(chars.as_str()) {
                    text.push(decoded);
                    rest = after;
                    continue;
                }
                text.push_str("\\u");
            }
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
        rest = chars.as_str();
    }
    text.push_str(rest);
    text
}

/// The character of the hexadecimal digits after `\u`, of two such escapes where they are a
/// surrogate pair, and what follows.
fn unicode(digits: &str) -> Option<(char, &str)> {
    let (first, rest) = unit(digits)?;
    let second = rest.strip_prefix("\\u").and_then(unit);
    if let Some((second, after)) = second
        && let Some(Ok(pair)) = char::decode_utf16([first, second]).next()
        && pair > '\u{ffff}'
    {
        return Some((pair, after));
    }
    Some((char::from_u32(u32::from(first)).unwrap_or(char::REPLACEMENT_CHARACTER), rest))
}

fn unit(digits: &str) -> Option<(u16, &str)> {
    let (digits, rest) = digits.split_at_checked(4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some((u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)?, rest))
}
