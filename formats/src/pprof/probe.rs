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
}

/// Walks the fields of the head: each has to be one that a profile may have there, and together
/// they have to be a type of samples with samples, tables or texts.
pub(super) fn probe(head: &[u8]) -> Verdict {
    let mut evidence = Evidence::default();
    let mut fields = Fields::new(head, 0);
    for field in fields.by_ref() {
        if !evidence.add(&field) {
            return Verdict::No;
        }
    }
    // The head ends where it likes, a file only where it was cut.
    let is_head_of_larger = head.len() >= PROBE_LEN;
    let Evidence { sample_types, rows, strings, has_empty_first_string, n_unknown } = evidence;
    match fields.end() {
        End::Malformed => Verdict::No,
        _ if n_unknown > rows.saturating_add(strings) => Verdict::No,
        _ if sample_types > 0 && (rows > 0 || (strings > 1 && has_empty_first_string)) => {
            Verdict::Yes
        }
        // Tables first, and longer than the head.
        End::Cut if is_head_of_larger && has_empty_first_string && strings.max(rows) > 8 => {
            Verdict::Perhaps
        }
        _ => Verdict::No,
    }
}

impl Evidence {
    /// Counts a field; `false` if a profile cannot have it.
    fn add(&mut self, field: &Field<'_>) -> bool {
        match (field.number, field.value) {
            (field::SAMPLE_TYPE | field::PERIOD_TYPE, Value::Bytes(bytes)) => {
                // Two small numbers, and nothing else: many messages of other formats are alike.
                let is_value_type = field
                    .message()
                    .is_some_and(|mut fields| fields.all(|inner| matches!(inner.number, 1 | 2)))
                    && is_message(field, &[1, 2], &[]);
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

/// Whether a field is a message of these numbers and these messages or lists of numbers, and
/// perhaps of fields with higher numbers.
fn is_message(field: &Field<'_>, numbers: &[u64], bytes: &[u64]) -> bool {
    let Some(mut fields) = field.message() else { return false };
    let highest = numbers.iter().chain(bytes).copied().max().unwrap_or_default();
    let are_known = fields.by_ref().all(|inner| match inner.value {
        _ if inner.number > highest => true,
        Value::Varint(_) => numbers.contains(&inner.number),
        Value::Bytes(_) => bytes.contains(&inner.number),
        Value::Fixed(_) => false,
    });
    are_known && fields.end() == End::Whole
}
