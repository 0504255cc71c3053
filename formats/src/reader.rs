//! Checked reads from untrusted bytes.

/// A place in a slice of bytes. Every read either gives what was asked for and moves on, or
/// gives `None` and stays where it is.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Declares a read of a fixed-width integer in either byte order.
macro_rules! read_int {
    ($($(#[$doc:meta])* $le:ident $be:ident $int:ty,)*) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $le(&mut self) -> Option<$int> {
            let (bytes, _) = self.bytes.get(self.at..)?.split_first_chunk()?;
            self.at = self.at.saturating_add(size_of::<$int>());
            Some(<$int>::from_le_bytes(*bytes))
        }

        $(#[$doc])*
        #[inline]
        pub fn $be(&mut self) -> Option<$int> {
            self.$le().map(<$int>::swap_bytes)
        }
    )*};
}

impl<'a> Reader<'a> {
    /// Reads from the first byte on.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub const fn position(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub const fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// The bytes that are left.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next `len` bytes.
    #[inline]
    pub fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let bytes = self.bytes.get(self.at..self.at.checked_add(len)?)?;
        self.at = self.at.saturating_add(len);
        Some(bytes)
    }

    /// Moves over `len` bytes.
    pub fn skip(&mut self, len: usize) -> Option<()> {
        self.bytes(len).map(|_| ())
    }

    /// The next byte.
    #[inline]
    pub fn u8(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at = self.at.saturating_add(1);
        Some(byte)
    }

    read_int! {
        /// The next 2 bytes.
        u16_le u16_be u16,
        /// The next 4 bytes.
        u32_le u32_be u32,
        /// The next 8 bytes.
        u64_le u64_be u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_past_the_end_stays_where_it_is() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u16_le(), Some(0x0201));
        assert_eq!(reader.u32_le(), None);
        assert_eq!(reader.position(), 2);
        assert_eq!(reader.u8(), Some(3));
        assert_eq!(reader.bytes(usize::MAX), None);
    }
}
