//! The text of a file behind its byte order mark.

/// The text of a file; some tools on Windows write a byte order mark before it.
pub(super) struct Text<'a> {
    pub(super) bytes: &'a [u8],
    /// How much of the file is before the text.
    mark_len: usize,
}

impl<'a> Text<'a> {
    pub(super) fn new(file: &'a [u8]) -> Self {
        match file {
            [0xef, 0xbb, 0xbf, rest @ ..] => Self { bytes: rest, mark_len: 3 },
            _ => Self { bytes: file, mark_len: 0 },
        }
    }

    /// Where in the file an offset of the text is.
    pub(super) fn place(&self, offset: usize) -> usize {
        self.mark_len.saturating_add(offset)
    }
}
