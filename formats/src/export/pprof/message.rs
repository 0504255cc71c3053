//! Protocol Buffers on the wire: a message under construction.

/// The fields of a message. Numbers that are 0 are left out, as the format has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    bytes: Vec<u8>,
}

impl Message {
    pub(super) fn int(&mut self, field: u64, number: u64) -> &mut Self {
        if number != 0 {
            self.varint(field.wrapping_shl(3));
            self.varint(number);
        }
        self
    }

    pub(super) fn bytes(&mut self, field: u64, bytes: &[u8]) -> &mut Self {
        self.varint(field.wrapping_shl(3) | 2);
        self.varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(super) fn message(&mut self, field: u64, message: &Self) -> &mut Self {
        self.bytes(field, &message.bytes)
    }

    /// A repeated field of numbers, of which a 0 counts too.
    pub(super) fn packed(
        &mut self,
        field: u64,
        numbers: impl Iterator<Item = u64> + Clone,
    ) -> &mut Self {
        let mut packed = Self::default();
        numbers.for_each(|number| packed.varint(number));
        if packed.bytes.is_empty() { self } else { self.message(field, &packed) }
    }

    /// Adds the fields of another.
    pub(super) fn append(&mut self, other: &Self) {
        self.bytes.extend_from_slice(&other.bytes);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(low_bits(number) | 0x80);
            number >>= 7;
        }
        self.bytes.push(low_bits(number));
    }
}

fn low_bits(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or_default()
}
