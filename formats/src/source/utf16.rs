//! Text in UTF-16, as `>` of `PowerShell` writes whatever a program prints.

use std::cell::Cell;
use std::io::{self, Read};

/// The order of the bytes of text in UTF-16, which mostly has a byte order mark; `None` for
/// anything else. Judged by the first of them.
pub(super) fn order(bytes: &[u8]) -> Option<Order> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let order = match *head.first_chunk()? {
        [0xff, 0xfe] | [_, 0] => Order::Little,
        [0xfe, 0xff] | [0, _] => Order::Big,
        _ => return None,
    };
    let (mut n_units, mut n_ascii) = (0_usize, 0_usize);
    for unit in units(head, order).skip_while(|&unit| unit == BYTE_ORDER_MARK) {
        let is_text = unit >= u16::from(b' ') || matches!(unit, 9 | 10 | 13);
        if !is_text || unit == BYTE_ORDER_MARK.swap_bytes() {
            return None;
        }
        n_units = n_units.saturating_add(1);
        n_ascii = n_ascii.saturating_add(usize::from(unit < 0x80));
    }
    // A few bytes that could be anything are text only if they say so.
    let says_so = matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let is_enough = n_units >= if says_so { 1 } else { LEAST_UNITS };
    (is_enough && n_ascii >= n_units.div_ceil(4)).then_some(order)
}

/// Text without a byte order mark is at least as long.
const LEAST_UNITS: usize = 4;

/// How much of a file is looked at.
const HEAD: usize = 1024;

/// Which byte of a unit is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

const BYTE_ORDER_MARK: u16 = 0xfeff;

fn unit(pair: [u8; 2], order: Order) -> u16 {
    match order {
        Order::Little => u16::from_le_bytes(pair),
        Order::Big => u16::from_be_bytes(pair),
    }
}

fn units(bytes: &[u8], order: Order) -> impl Iterator<Item = u16> {
    let (pairs, _) = bytes.as_chunks();
    pairs.iter().map(move |&pair| unit(pair, order))
}

/// The same text in UTF-8, as it is read, without byte order mark.
#[derive(Debug)]
pub(super) struct Utf8<'a> {
    rest: &'a [u8],
    order: Order,
    /// How many units so far are no part of a character.
    n_broken: Cell<u64>,
}

impl<'a> Utf8<'a> {
    pub(super) fn new(bytes: &'a [u8], order: Order) -> Self {
        let n_marks = units(bytes, order).take_while(|&unit| unit == BYTE_ORDER_MARK).count();
        let rest = bytes.get(n_marks.saturating_mul(2)..).unwrap_or_default();
        Self { rest, order, n_broken: Cell::new(0) }
    }

    pub(super) fn n_broken(&self) -> u64 {
        self.n_broken.get()
    }

    /// How many bytes are not read yet.
    pub(super) fn n_left(&self) -> usize {
        self.rest.len()
    }
}

impl Read for Utf8<'_> {
    /// Whole characters: a buffer that has no room for the next stays empty.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut len = 0_usize;
        while let Some((&first, after)) = self.rest.split_first_chunk::<2>() {
            let first = unit(first, self.order);
            let pair = [first, after.first_chunk().map_or(0, |&next| unit(next, self.order))];
            let (c, rest) = match char::decode_utf16(pair).next() {
                Some(Ok(c)) if c > '\u{ffff}' => (Some(c), after.get(2..).unwrap_or_default()),
                Some(Ok(c)) => (Some(c), after),
                _ => (None, after),
            };
            let shown = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            let end = len.saturating_add(shown.len_utf8());
            let Some(room) = buffer.get_mut(len..end) else { break };
            shown.encode_utf8(room);
            (len, self.rest) = (end, rest);
            self.n_broken.set(self.n_broken.get().saturating_add(u64::from(c.is_none())));
        }
        if self.rest.len() == 1 && len < buffer.len() {
            self.rest = &[];
            self.n_broken.set(self.n_broken.get().saturating_add(1));
        }
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn little(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn text_in_utf_16_is_told_from_other_bytes() {
        for text in ["{\"é\":1}", "\u{feff}[1]", "\u{feff}\r\n [1]", "main;café 3\n", "\u{feff}a 1"]
        {
            assert_eq!(order(&little(text)), Some(Order::Little), "{text}");
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(order(&big), Some(Order::Big), "{text}");
        }
        for other in [
            &b"{\"a\""[..],
            b"[\0\0\0",
            b"{\0\x01\0",
            b"main;read 1",
            b"\xff\xfe\0\0",
            b"a",
            b"2\0",
        ] {
            assert_eq!(order(other), None, "{other:?}");
        }
    }

    #[test]
    fn text_is_read_in_whole_characters() {
        let text = "\u{feff}aé→𝄞!";
        for room in [4, 5, 7, 64] {
            let mut bytes = little(text);
            bytes.extend([0x1e, 0xd8, b'x', 0, 7]);
            let mut utf8 = Utf8::new(&bytes, Order::Little);
            let (mut read, mut buffer) = (Vec::new(), vec![0; room]);
            loop {
                match utf8.read(&mut buffer).unwrap() {
                    0 => break,
                    len => read.extend_from_slice(buffer.get(..len).unwrap()),
                }
            }
            assert_eq!(String::from_utf8(read).unwrap(), "aé→𝄞!\u{fffd}x");
            assert_eq!((utf8.n_broken(), utf8.n_left()), (2, 0), "a unit and half a unit");
        }
    }
}
