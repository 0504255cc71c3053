//! Numbers and names in the byte order of the recording.

use crate::Reader;

/// Which end of a number comes first. A recording has that of the machine it was made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// A place in a record, or in another part of the file. Every read gives `None` at the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    reader: Reader<'a>,
    order: ByteOrder,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(bytes: &'a [u8], order: ByteOrder) -> Self {
        Self { reader: Reader::new(bytes), order }
    }

    #[inline]
    pub(super) fn u16(&mut self) -> Option<u16> {
        match self.order {
            ByteOrder::Little => self.reader.u16_le(),
            ByteOrder::Big => self.reader.u16_be(),
        }
    }

    #[inline]
    pub(super) fn u32(&mut self) -> Option<u32> {
        match self.order {
            ByteOrder::Little => self.reader.u32_le(),
            ByteOrder::Big => self.reader.u32_be(),
        }
    }

    #[inline]
    pub(super) fn u64(&mut self) -> Option<u64> {
        match self.order {
            ByteOrder::Little => self.reader.u64_le(),
            ByteOrder::Big => self.reader.u64_be(),
        }
    }

    /// A process or thread id, which is signed: -1 stands for the kernel.
    #[inline]
    pub(super) fn id(&mut self) -> Option<i32> {
        self.u32().map(u32::cast_signed)
    }

    #[inline]
    pub(super) fn bytes(&mut self, len: u64) -> Option<&'a [u8]> {
        self.reader.bytes(usize::try_from(len).ok()?)
    }

    #[inline]
    pub(super) fn skip(&mut self, len: usize) -> Option<()> {
        self.reader.skip(len)
    }

    /// `count` numbers of 8 bytes, as they are in the file.
    #[inline]
    pub(super) fn words(&mut self, count: u64) -> Option<Words<'a>> {
        let (words, _) = self.bytes(count.checked_mul(8)?)?.as_chunks();
        Some(Words { words, order: self.order })
    }

    /// The bytes that are left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    /// Text up to the first zero byte, or to the end.
    pub(super) fn text(&self) -> &'a [u8] {
        until_zero(self.rest())
    }

    /// A text with its length in front, padded with zeros, as the header has them.
    pub(super) fn sized_text(&mut self) -> Option<&'a [u8]> {
        let len = self.u32()?;
        Some(until_zero(self.bytes(len.into())?))
    }
}

/// Numbers of 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words<'a> {
    words: &'a [[u8; 8]],
    order: ByteOrder,
}

impl<'a> Words<'a> {
    /// No numbers.
    pub(super) const EMPTY: Self = Self { words: &[], order: ByteOrder::Little };

    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = u64> + use<'a> {
        let order = self.order;
        self.words.iter().map(move |&word| match order {
            ByteOrder::Little => u64::from_le_bytes(word),
            ByteOrder::Big => u64::from_be_bytes(word),
        })
    }
}

impl Default for Words<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// What is before the first zero byte.
pub(super) fn until_zero(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default()
}
