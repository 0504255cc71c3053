//! Protocol Buffers on the wire: the fields of a message, without a schema.
//!
//! A message is a sequence of fields in any order, each a key and a value; a message inside a
//! message is a value of bytes. Unknown fields are skipped by their wire type:
//!
//! ```text
//! 08 96 01        field 1, a varint: 150
//! 12 02 68 69     field 2, 2 bytes: "hi"
//! ```
//!
//! Source: the "Encoding" page of the Protocol Buffers documentation. Nothing is copied and
//! nothing recurses: whoever reads a nested message walks its fields in turn.

/// The value of a field, by how it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// Integers, booleans and enums.
    Varint(u64),
    /// 4 or 8 bytes: integers of fixed width, and the bits of floats.
    Fixed(u64),
    /// Text, bytes, nested messages, and packed repeated numbers.
    Bytes(&'a [u8]),
}

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// As the schema numbers it, from 1.
    pub(crate) number: u64,
    /// What it is set to.
    pub(crate) value: Value<'a>,
    /// Where the field starts in the file.
    pub(crate) start: usize,
    /// Where it ends in the file.
    pub(crate) end: usize,
}

/// Why no more fields come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The message is over.
    Whole,
    /// The message ends inside a field.
    Cut,
    /// What comes next is no field.
    Malformed,
}

/// Walks the fields of a message.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    offset: usize,
    end: End,
}

impl<'a> Fields<'a> {
    /// The fields of a message that starts at `offset` in the file.
    pub(crate) fn new(message: &'a [u8], offset: usize) -> Self {
        Self { rest: message, offset, end: End::Whole }
    }

    /// Where the next field starts in the file; once there are no more, where they end.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// Why there are no more fields.
    pub(crate) fn end(&self) -> End {
        self.end
    }

    #[inline]
    fn read(&mut self) -> Result<Field<'a>, End> {
        let mut rest = self.rest;
        let mut key = take_varint(&mut rest)?;
        if key & 7 == 3 {
            key = skip_groups(&mut rest)?;
        }
        let number = key >> 3;
        let value = take_value(&mut rest, key)?;
        let start = self.offset;
        let end = start.saturating_add(self.rest.len().saturating_sub(rest.len()));
        (self.rest, self.offset) = (rest, end);
        Ok(Field { number, value, start, end })
    }
}

/// Reads the value that follows a key.
#[inline]
fn take_value<'a>(rest: &mut &'a [u8], key: u64) -> Result<Value<'a>, End> {
    Ok(match key & 7 {
        _ if key < 8 => return Err(End::Malformed),
        0 => Value::Varint(take_varint(rest)?),
        1 => Value::Fixed(u64::from_le_bytes(take_chunk(rest)?)),
        2 => {
            let len = usize::try_from(take_varint(rest)?).unwrap_or(usize::MAX);
            let (bytes, after) = rest.split_at_checked(len).ok_or(End::Cut)?;
            *rest = after;
            Value::Bytes(bytes)
        }
        5 => Value::Fixed(u32::from_le_bytes(take_chunk(rest)?).into()),
        _ => return Err(End::Malformed),
    })
}

/// Groups are a relic that may nest: from after the key that opens one, all of them are skipped
/// by counting. Gives the key that follows.
#[cold]
fn skip_groups(rest: &mut &[u8]) -> Result<u64, End> {
    let mut n_open = 1_u32;
    loop {
        if n_open == 0 && rest.is_empty() {
            return Err(End::Whole);
        }
        let key = take_varint(rest)?;
        match key & 7 {
            3 => n_open = n_open.checked_add(1).ok_or(End::Malformed)?,
            4 => n_open = n_open.checked_sub(1).ok_or(End::Malformed)?,
            _ if n_open == 0 => return Ok(key),
            _ => {
                take_value(rest, key)?;
            }
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    #[inline]
    fn next(&mut self) -> Option<Field<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        match self.read() {
            Ok(field) => Some(field),
            Err(end) => {
                self.end = end;
                self.rest = &[];
                None
            }
        }
    }
}

impl<'a> Field<'a> {
    /// The number a field holds; `None` for bytes.
    #[inline]
    pub(crate) fn int(&self) -> Option<u64> {
        match self.value {
            Value::Varint(number) | Value::Fixed(number) => Some(number),
            Value::Bytes(_) => None,
        }
    }

    /// The bytes a field holds; `None` for numbers.
    #[inline]
    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        match self.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Varint(_) | Value::Fixed(_) => None,
        }
    }

    /// The fields of the message a field holds; `None` for numbers.
    #[inline]
    pub(crate) fn message(&self) -> Option<Fields<'a>> {
        self.bytes().map(|bytes| Fields::new(bytes, self.end.saturating_sub(bytes.len())))
    }

    /// The numbers of a repeated field: one if it is not packed.
    #[inline]
    pub(crate) fn ints(&self) -> Ints<'a> {
        match self.value {
            Value::Varint(number) | Value::Fixed(number) => {
                Ints { single: Some(number), packed: &[], end: End::Whole }
            }
            Value::Bytes(packed) => Ints { single: None, packed, end: End::Whole },
        }
    }
}

/// Walks the numbers of a repeated field.
#[derive(Clone, Debug)]
pub(crate) struct Ints<'a> {
    single: Option<u64>,
    packed: &'a [u8],
    end: End,
}

impl Ints<'_> {
    /// Why there are no more numbers.
    pub(crate) fn end(&self) -> End {
        self.end
    }
}

impl Iterator for Ints<'_> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        if self.packed.is_empty() {
            return self.single.take();
        }
        if let Some((number, len)) = short_varint(self.packed) {
            self.packed = self.packed.get(len..).unwrap_or_default();
            return Some(number);
        }
        take_varint(&mut self.packed)
            .inspect_err(|&end| {
                self.end = end;
                self.packed = &[];
            })
            .ok()
    }
}

/// A varint of up to four bytes and its length, where eight bytes are left.
///
/// In lists of ids, lengths follow each other in no order that a processor could guess, so there
/// are no branches on them.
#[inline]
fn short_varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let word = u64::from_le_bytes(*bytes.first_chunk()?);
    let last = !word & 0x8080_8080;
    if last == 0 {
        return None;
    }
    // The bits below the top bit of the last byte.
    let number = word & (last ^ last.wrapping_sub(1)) & 0x7f7f_7f7f;
    let number = number & 0x7f
        | number >> 1 & 0x3f80
        | number >> 2 & 0x001f_c000
        | number >> 3 & 0x0fe0_0000;
    let len = last.trailing_zeros().div_ceil(8);
    Some((number, len as usize))
}

/// Reads a varint: 7 bits a byte, the lowest first; bits beyond the 64th are dropped.
#[inline]
fn take_varint(bytes: &mut &[u8]) -> Result<u64, End> {
    // Most numbers of a profile have one or two bytes.
    match *bytes {
        [a @ 0..0x80, rest @ ..] => {
            *bytes = rest;
            Ok(u64::from(*a))
        }
        [a, b @ 0..0x80, rest @ ..] => {
            *bytes = rest;
            Ok(u64::from(*a & 0x7f) | u64::from(*b) << 7)
        }
        _ => take_long_varint(bytes),
    }
}

fn take_long_varint(bytes: &mut &[u8]) -> Result<u64, End> {
    let mut number = 0;
    let mut rest = *bytes;
    for shift in (0..70).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or(End::Cut)?;
        rest = after;
        number |= u64::from(byte & 0x7f).wrapping_shl(shift);
        if byte < 0x80 {
            *bytes = rest;
            return Ok(number);
        }
    }
    Err(End::Malformed)
}

fn take_chunk<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], End> {
    let (chunk, rest) = bytes.split_first_chunk().ok_or(End::Cut)?;
    *bytes = rest;
    Ok(*chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &[u8], expected: &[(u64, Value<'_>)], expected_end: End) {
        let mut fields = Fields::new(message, 100);
        let found: Vec<_> = fields.by_ref().map(|field| (field.number, field.value)).collect();
        assert_eq!((&found[..], fields.end()), (expected, expected_end), "{message:02x?}");
    }

    #[test]
    fn each_wire_type_is_read() {
        check(
            b"\x08\x96\x01\x12\x02hi\x1d\x01\x00\x00\x80\x21\x02\0\0\0\0\0\0\0",
            &[
                (1, Value::Varint(150)),
                (2, Value::Bytes(b"hi")),
                (3, Value::Fixed(0x8000_0001)),
                (4, Value::Fixed(2)),
            ],
            End::Whole,
        );
    }

    #[test]
    fn numbers_have_up_to_64_bits() {
        check(
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            &[(1, Value::Varint(u64::MAX))],
            End::Whole,
        );
        check(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", &[], End::Malformed);
    }

    #[test]
    fn groups_are_skipped_with_what_they_hold() {
        check(b"\x0b\x10\x01\x13\x14\x0c\x18\x05", &[(3, Value::Varint(5))], End::Whole);
        check(b"\x0b\x0c", &[], End::Whole);
        check(b"\x0b\x10\x01", &[], End::Cut);
        check(b"\x0c", &[], End::Malformed);
    }

    #[test]
    fn what_comes_before_broken_bytes_is_read() {
        check(b"\x08\x01\x12\x05hi", &[(1, Value::Varint(1))], End::Cut);
        check(b"\x08\x01\x0f", &[(1, Value::Varint(1))], End::Malformed);
        check(b"\x08\x01\x00\x01", &[(1, Value::Varint(1))], End::Malformed);
        check(b"\x08", &[], End::Cut);
    }

    #[test]
    fn offsets_are_those_of_the_file() {
        let mut fields = Fields::new(b"\x08\x01\x12\x02\x08\x07\xff", 100);
        let field = fields.by_ref().nth(1).unwrap();
        assert_eq!((field.start, field.end), (102, 106));
        let inner = field.message().unwrap().next().unwrap();
        assert_eq!((inner.start, inner.int()), (104, Some(7)));
        assert!(fields.next().is_none());
        assert_eq!((fields.offset(), fields.end()), (106, End::Cut));
    }

    #[test]
    fn lists_have_numbers_of_all_lengths() {
        let numbers: Vec<u64> = (0..64).flat_map(|bits| [1 << bits, (1 << bits) - 1]).collect();
        for start in 0..numbers.len() {
            let mut packed = Vec::new();
            for &number in numbers.iter().skip(start) {
                let mut rest = number;
                while rest > 0x7f {
                    packed.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
                    rest >>= 7;
                }
                packed.push(u8::try_from(rest).unwrap());
            }
            let value = Value::Bytes(&packed);
            let ints = Field { number: 1, value, start: 0, end: packed.len() }.ints();
            assert!(ints.eq(numbers.iter().skip(start).copied()), "from the number at {start} on");
        }
    }

    #[test]
    fn repeated_numbers_are_packed_or_not() {
        let ints =
            |message| Fields::new(message, 0).flat_map(|field| field.ints()).collect::<Vec<_>>();
        assert_eq!(ints(b"\x08\x01\x0a\x03\x02\x83\x01\x08\x04"), [1, 2, 131, 4]);
        let mut broken = Fields::new(b"\x0a\x02\x05\x80", 0).next().unwrap().ints();
        assert_eq!((broken.next(), broken.next(), broken.end()), (Some(5), None, End::Cut));
    }
}
