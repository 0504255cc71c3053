//! Many bytes of JSON at once: where in them those of a kind are, as bits, the first byte lowest.

use wide::u8x16;

/// Sixteen bytes: longer than most keys and numbers.
#[derive(Clone, Copy)]
pub(super) struct Block(u8x16);

impl Block {
    /// How many bytes there are in one.
    pub(super) const LEN: usize = 16;

    /// Those from `at` on, if there are as many.
    #[inline]
    pub(super) fn load(bytes: &[u8], at: usize) -> Option<Self> {
        let block: &[u8; Self::LEN] = bytes.get(at..)?.first_chunk()?;
        Some(Self(u8x16::new(*block)))
    }

    #[inline]
    fn is(self, byte: u8) -> u8x16 {
        self.0.simd_eq(u8x16::splat(byte))
    }

    #[inline]
    fn is_within(self, first: u8, last: u8) -> u8x16 {
        self.0.simd_eq(self.0.max(u8x16::splat(first)).min(u8x16::splat(last)))
    }

    /// What ends a piece of a string.
    #[inline]
    pub(super) fn quotes_and_backslashes(self) -> u32 {
        (self.is(b'"') | self.is(b'\\')).to_bitmask()
    }

    /// Digits.
    #[inline]
    pub(super) fn digits(self) -> u32 {
        self.is_within(b'0', b'9').to_bitmask()
    }

    #[inline]
    pub(super) fn points(self) -> u32 {
        self.is(b'.').to_bitmask()
    }

    /// Digits, signs, points and the letter of an exponent.
    #[inline]
    pub(super) fn of_numbers(self) -> u32 {
        // What lies between the sign `+` and the digit `9` is all that but `,` and `/`.
        let others = self.is(b',') | self.is(b'/');
        let near = self.is_within(b'+', b'9') & !others;
        (near | self.is(b'e') | self.is(b'E')).to_bitmask()
    }

    /// Brackets of either kind, square or curly: their codes differ in one bit.
    #[inline]
    fn brackets(self) -> u32 {
        let curly = Self(self.0 | u8x16::splat(0x20));
        (curly.is(b'{') | curly.is(b'}')).to_bitmask()
    }

    /// What may come behind a string: blanks, commas, colons, closing brackets and, as commas may
    /// be missing, quotes.
    #[inline]
    fn after_strings(self) -> u32 {
        let curly = Self(self.0 | u8x16::splat(0x20));
        let blanks_and_quotes = self.is_within(0, b'"') & !self.is(b'!');
        (blanks_and_quotes | self.is(b',') | self.is(b':') | curly.is(b'}')).to_bitmask()
    }
}

/// As [`Block::after_strings`], of one byte.
pub(super) fn is_after_string(byte: u8) -> bool {
    matches!(byte, 0..=b' ' | b'"' | b',' | b':' | b']' | b'}')
}

/// What is in the next 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) quotes: u64,
    pub(super) brackets: u64,
    /// What may come behind a string.
    pub(super) after_strings: u64,
    /// Whether there is any.
    pub(super) has_backslash: bool,
}

impl Line {
    /// How many bytes there are in one.
    pub(super) const LEN: usize = 64;

    /// Those from `at` on, if there are as many.
    #[inline]
    pub(super) fn load(bytes: &[u8], at: usize) -> Option<Self> {
        let line: &[u8; Self::LEN] = bytes.get(at..)?.first_chunk()?;
        let mut found = Self { quotes: 0, brackets: 0, after_strings: 0, has_backslash: false };
        for part in [48, 32, 16, 0] {
            let block = Block::load(line, part)?;
            found.quotes = found.quotes << 16 | u64::from(block.is(b'"').to_bitmask());
            found.brackets = found.brackets << 16 | u64::from(block.brackets());
            found.after_strings = found.after_strings << 16 | u64::from(block.after_strings());
            found.has_backslash |= block.is(b'\\').any();
        }
        Some(found)
    }
}

/// For each bit whether there is an odd number of bits up to it: of quotes, what is in a string.
#[inline]
pub(super) fn within(mut quotes: u64) -> u64 {
    quotes ^= quotes << 1;
    quotes ^= quotes << 2;
    quotes ^= quotes << 4;
    quotes ^= quotes << 8;
    quotes ^= quotes << 16;
    quotes ^ quotes << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes at the bits that are set.
    fn at(bytes: &[u8], bits: u64) -> String {
        (0_u32..)
            .zip(bytes)
            .filter(|&(at, _)| bits >> at & 1 == 1)
            .map(|(_, &byte)| char::from(byte))
            .collect()
    }

    #[test]
    fn every_byte_is_of_its_kind() {
        let all: Vec<u8> = (0..=255).collect();
        let mut found = [const { String::new() }; 4];
        let mut after = Vec::new();
        for block in all.chunks(Block::LEN) {
            let bits = Block::load(block, 0).unwrap();
            let kinds =
                [bits.quotes_and_backslashes(), bits.digits(), bits.of_numbers(), bits.brackets()];
            for (found, kind) in found.iter_mut().zip(kinds) {
                found.push_str(&at(block, u64::from(kind)));
            }
            after.extend((0..Block::LEN).map(|at| bits.after_strings() >> at & 1 == 1));
        }
        assert_eq!(found, ["\"\\", "0123456789", "+-.0123456789Ee", "[]{}"]);
        let expected: Vec<bool> = all.iter().map(|&byte| is_after_string(byte)).collect();
        assert_eq!(after, expected);
    }

    #[test]
    fn a_line_is_read_in_order() {
        let text = br#"{"a":[1,"]"],                                "b":{}}   "#;
        let mut bytes = text.to_vec();
        bytes.resize(Line::LEN, b'}');
        let line = Line::load(&bytes, 0).unwrap();
        let outside = line.brackets & !within(line.quotes);
        assert_eq!(
            at(&bytes, outside),
            format!("{{[]{{}}}}{}", "}".repeat(Line::LEN - text.len()))
        );
        assert!(!line.has_backslash);
        assert_eq!(Line::load(&bytes, 1), None);
        bytes.extend_from_slice(b"\\");
        assert!(Line::load(&bytes, 1).unwrap().has_backslash);
    }
}
