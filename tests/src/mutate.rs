//! Broken files, made from whole ones.

use std::ops::Range;

/// Random numbers that are the same on every machine: `SplitMix64`.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, any of 2^64.
    pub const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 if `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        let n = (n as u64).max(1);
        usize::try_from(self.number() % n).unwrap_or_default()
    }

    /// One of some things.
    fn one_of<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())]
    }
}

/// Numbers that make lengths, counts, offsets and times go wrong.
const NUMBERS: &[u64] = &[
    0,
    1,
    7,
    0x7f,
    0x80,
    0xff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fff0,
    0xffff_ffff,
    0x1_0000_0000,
    1 << 40,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_fff0,
    0xffff_ffff_ffff_ffff,
];

/// Pieces of text that make parsers of text go wrong.
const TOKENS: &[&str] = &[
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    ";",
    " ",
    "\n",
    "\r\n",
    "\0",
    "-",
    ".",
    "e",
    "null",
    "NaN",
    "-Infinity",
    "1e999",
    "-1",
    "0x",
    "99999999999999999999",
    "-9223372036854775808",
    "9223372036854775807",
    "18446744073709551615",
    "0.000000000000000000000000001",
    "\u{feff}",
    "\u{1f600}",
];

/// A file with one to eight things wrong with it, always the same ones for a seed.
pub fn mutate(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(8) {
        break_once(&mut bytes, &mut random);
    }
    bytes
}

fn break_once(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = place(bytes.len(), random);
    match random.below(12) {
        0 | 1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        2 => {
            let value = random.one_of(&[0, 0xff, 0x7f, 0x80, b'0', b'"']);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        3 | 4 => overwrite_number(bytes, at, random),
        5 => {
            let range = piece(at, bytes.len(), random);
            let value = random.one_of(&[0, 0xff, 0x80]);
            bytes[range].fill(value);
        }
        6 => drop(bytes.drain(piece(at, bytes.len(), random))),
        7 => {
            let copy = bytes[piece(at, bytes.len(), random)].to_vec();
            let to = place(bytes.len(), random);
            bytes.splice(to..to, copy);
        }
        8 => {
            let copy = bytes[piece(at, bytes.len(), random)].to_vec();
            let start = place(bytes.len(), random);
            let end = (start + copy.len()).min(bytes.len());
            bytes.splice(start..end, copy);
        }
        9 => bytes.truncate(random.below(bytes.len() + 1)),
        10 => {
            let token = random.one_of(TOKENS).bytes();
            let end = if random.below(2) == 0 { at } else { (at + token.len()).min(bytes.len()) };
            bytes.splice(at..end, token);
        }
        _ => {
            // A varint of any length, also one that never ends.
            let varint = [0xff; 11];
            let len = random.below(varint.len());
            let end = (at + len).min(bytes.len());
            bytes.splice(at..end, varint[..len].iter().copied().chain([0x7f]));
        }
    }
}

/// Where to break a file. A third of the time in the first 512 bytes: headers are small, and
/// everything hangs on them.
fn place(len: usize, random: &mut Random) -> usize {
    let len = if random.below(3) == 0 { len.min(512) } else { len };
    let at = random.below(len);
    if random.below(2) == 0 { at & !3 } else { at }
}

/// A piece that starts at `at`: mostly short, sometimes up to the end.
fn piece(at: usize, len: usize, random: &mut Random) -> Range<usize> {
    let longest = random.one_of(&[1, 4, 8, 64, 1024, usize::MAX]).min(len - at);
    at..at + random.below(longest + 1)
}

/// Writes a number in 2, 4 or 8 bytes of either order, as lengths and offsets are.
fn overwrite_number(bytes: &mut [u8], at: usize, random: &mut Random) {
    let len = bytes.len() as u64;
    let number = match random.below(4) {
        0 => len.wrapping_add(random.number() % 17).wrapping_sub(8),
        1 => random.number() % (len + 1),
        _ => random.one_of(NUMBERS),
    };
    let width = random.one_of(&[2, 4, 4, 8, 8]);
    let mut image = number.to_le_bytes();
    if random.below(4) == 0 {
        image[..width].reverse();
    }
    for (byte, new) in bytes[at..].iter_mut().zip(&image[..width]) {
        *byte = *new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_breaks_a_file_the_same_way() {
        let bytes: Vec<u8> = (0..=255).cycle().take(4000).collect();
        assert_eq!(mutate(&bytes, 7), mutate(&bytes, 7));
        let n_broken = (0..100).filter(|&seed| mutate(&bytes, seed) != bytes).count();
        assert!(n_broken > 90, "{n_broken}");
    }

    #[test]
    fn tiny_files_can_be_broken_too() {
        for len in 0..4 {
            for seed in 0..1000 {
                mutate(&vec![b'a'; len], seed);
            }
        }
    }
}
