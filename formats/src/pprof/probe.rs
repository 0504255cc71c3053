//! Whether bytes are a pprof profile: it has no magic number, so its structure has to convince.

use super::wire::field;
use crate::protobuf::{End, Field, Fields, Value};
use crate::{PROBE_LEN, Verdict};

/// What was met so far.
#[derive(Debug, Default)]
struct Evidence {
    sample_types: u32,
    /// Samples, mappings, locations and functions that are well formed.
    rows: u32,
    strings: u32,
    has_empty_first_string: bool,
    n_unknown: u32,
    n_fields: usize,
    /// Whether the first field that cannot be read is a sample or a row of a table.
    ends_in_row: bool,
}

/// More fields of a file than this are not looked at, nor more of one of its messages.
const MOST_IN_OUTLINE: usize = 1 << 14;
const MOST_IN_MESSAGE: usize = 1 << 10;

/// Walks the fields of the head: each has to be one that a profile may have there, and together
/// they have to be a type of samples with samples, tables or texts.
pub(super) fn probe(head: &[u8]) -> Verdict {
    let mut evidence = Evidence::default();
    let Some(end) = evidence.add_all(head, usize::MAX) else { return Verdict::No };
    match end {
        _ if evidence.is_enough() => Verdict::Yes,
        // The head ends where it likes, a file only where it was cut.
        End::Cut if head.len() >= PROBE_LEN && evidence.is_of_tables() => Verdict::Perhaps,
        _ => Verdict::No,
    }
}

/// The same of a whole file: a sample, a text or a field of a later version may be longer than
/// the head, and is stepped over.
pub(super) fn probe_outline(bytes: &[u8]) -> Verdict {
    let mut evidence = Evidence::default();
    let Some(end) = evidence.add_all(bytes, MOST_IN_OUTLINE) else { return Verdict::No };
    match end {
        _ if evidence.is_enough() => Verdict::Yes,
        _ if evidence.n_fields == MOST_IN_OUTLINE && evidence.is_of_tables() => Verdict::Perhaps,
        // The file is cut in its first sample or row of a table.
        End::Cut if evidence.sample_types > 0 && evidence.ends_in_row => Verdict::Perhaps,
        _ => Verdict::No,
    }
}

impl Evidence {
    /// Counts the first `most` fields. Gives how they end; `None` if a profile cannot have them.
    fn add_all(&mut self, bytes: &[u8], most: usize) -> Option<End> {
        let mut fields = Fields::new(bytes, 0);
        for field in fields.by_ref().take(most) {
            self.n_fields = self.n_fields.saturating_add(1);
            if !self.add(&field) {
                return None;
            }
        }
        let is_known = self.n_unknown <= self.rows.saturating_add(self.strings);
        self.ends_in_row = bytes.get(fields.offset()).is_some_and(|&key| is_row(key));
        Some(fields.end()).filter(|&end| is_known && end != End::Malformed)
    }

    /// Whether nothing else looks like this.
    fn is_enough(&self) -> bool {
        let has_texts = self.strings > 1 && self.has_empty_first_string;
        self.sample_types > 0 && (self.rows > 0 || has_texts)
    }

    /// Whether tables come first.
    fn is_of_tables(&self) -> bool {
        self.has_empty_first_string && self.strings.max(self.rows) > 8
    }

    /// Counts a field; `false` if a profile cannot have it.
    fn add(&mut self, field: &Field<'_>) -> bool {
        match (field.number, field.value) {
            (field::SAMPLE_TYPE | field::PERIOD_TYPE, Value::Bytes(bytes)) => {
                // Two small numbers, and nothing else: many messages of other formats are alike.
                let is_value_type = field.message().is_some_and(|fields| {
                    let mut fields = fields.take(MOST_IN_MESSAGE);
                    fields.all(|inner| matches!(inner.number, 1 | 2))
                }) && is_message(field, &[1, 2], &[]);
                let counts = field.number == field::SAMPLE_TYPE && !bytes.is_empty();
                self.sample_types = self.sample_types.saturating_add(u32::from(counts));
                is_value_type
            }
            (field::SAMPLE, Value::Bytes(bytes)) => {
                self.add_row(bytes);
                is_message(field, &[1, 2], &[1, 2, 3])
            }
            (field::MAPPING, Value::Bytes(bytes)) => {
                self.add_row(bytes);
                is_message(field, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], &[])
            }
            (field::LOCATION, Value::Bytes(bytes)) => {
                self.add_row(bytes);
                is_message(field, &[1, 2, 3, 5], &[4])
            }
            (field::FUNCTION, Value::Bytes(bytes)) => {
                self.add_row(bytes);
                is_message(field, &[1, 2, 3, 4, 5], &[])
            }
            (field::STRING_TABLE, Value::Bytes(bytes)) => {
                self.has_empty_first_string |= self.strings == 0 && bytes.is_empty();
                self.strings = self.strings.saturating_add(1);
                true
            }
            (field::COMMENT, Value::Bytes(_) | Value::Varint(_)) => true,
            (field::DROP_FRAMES..=field::DOC_URL, Value::Varint(_)) => {
                field.number != field::PERIOD_TYPE
            }
            // Room for what later versions add.
            (16.., _) => {
                self.n_unknown = self.n_unknown.saturating_add(1);
                true
            }
            _ => false,
        }
    }

    fn add_row(&mut self, bytes: &[u8]) {
        self.rows = self.rows.saturating_add(u32::from(!bytes.is_empty()));
    }
}

/// Whether the key of a field is that of a sample or of a row of a table.
fn is_row(key: u8) -> bool {
    let rows = [field::SAMPLE, field::MAPPING, field::LOCATION, field::FUNCTION];
    key & 7 == 2 && rows.contains(&u64::from(key >> 3))
}

/// Whether a field is a message of these numbers and these messages or lists of numbers, and
/// perhaps of fields with higher numbers.
fn is_message(field: &Field<'_>, numbers: &[u64], bytes: &[u64]) -> bool {
    let Some(mut fields) = field.message() else { return false };
    let highest = numbers.iter().chain(bytes).copied().max().unwrap_or_default();
    let are_known = fields.by_ref().take(MOST_IN_MESSAGE).all(|inner| match inner.value {
        _ if inner.number > highest => true,
        Value::Varint(_) => numbers.contains(&inner.number),
        Value::Bytes(_) => bytes.contains(&inner.number),
        Value::Fixed(_) => false,
    });
    are_known && fields.end() == End::Whole
}
