//! The encodings of text files.

use std::borrow::Cow;

/// The text of a file as UTF-8; some tools on Windows write UTF-16 with a byte order mark.
pub(super) struct Text<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// How much of the file is before the text.
    mark_len: usize,
}

impl<'a> Text<'a> {
    pub(super) fn new(file: &'a [u8]) -> Self {
        let utf16 = |bytes: &[u8], from_bytes: fn([u8; 2]) -> u16| {
            let (units, _) = bytes.as_chunks();
            let text = char::decode_utf16(units.iter().map(|&unit| from_bytes(unit)))
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
            Cow::Owned(text.collect::<String>().into_bytes())
        };
        match file {
            [0xef, 0xbb, 0xbf, rest @ ..] => Self { bytes: Cow::Borrowed(rest), mark_len: 3 },
            [0xff, 0xfe, rest @ ..] => Self { bytes: utf16(rest, u16::from_le_bytes), mark_len: 2 },
            [0xfe, 0xff, rest @ ..] => Self { bytes: utf16(rest, u16::from_be_bytes), mark_len: 2 },
            _ => Self { bytes: Cow::Borrowed(file), mark_len: 0 },
        }
    }

    /// Where in the file an offset of the text is. Linear in the offset where the file is UTF-16,
    /// which is for the few places that notes name.
    pub(super) fn place(&self, offset: usize) -> usize {
        let len = match &self.bytes {
            Cow::Borrowed(_) => offset,
            Cow::Owned(bytes) => {
                let before = bytes.get(..offset).unwrap_or(bytes);
                String::from_utf8_lossy(before).encode_utf16().count().saturating_mul(2)
            }
        };
        self.mark_len.saturating_add(len)
    }
}
