//! Objects and arrays, piece by piece, as far as they can be read.
//!
//! Where a file is cut, the value that is cut is given too, if it is an object or an array: what
//! is whole in it can be read in the same way.

use super::{Broken, Scanner, Text, Value, integer};
use crate::{Job, Severity};

/// The keys and values of an object.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    scanner: Scanner<'a>,
    broken: Option<Broken>,
}

impl<'a> Fields<'a> {
    /// Those of the object that these bytes start with, behind blanks and a byte order mark.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let mut scanner = Scanner::new(bytes, 0);
        scanner.skip_byte_order_mark();
        let broken = scanner.expect(b'{').err();
        Self { bytes, scanner, broken }
    }

    /// Those of a value; none if it is no object.
    pub(crate) fn of(value: Value<'a>) -> Self {
        Self::new(value.object().unwrap_or(b"{}"))
    }

    /// Notes where a file that is this object ends or breaks before its end.
    pub(crate) fn note_end(&self, job: &Job) {
        let Some(broken) = self.broken else { return };
        let at = self.scanner.position();
        job.note(Severity::Loss, "truncated", || {
            let how = match broken {
                Broken::Ended => "ends in the middle",
                Broken::Junk => "is not JSON any more",
            };
            format!(
                "the file {how}, at byte {at}; what is before it is shown; record or copy it again"
            )
        });
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (Text<'a>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken.is_some() {
            return None;
        }
        let key = match self.scanner.key() {
            Ok(key) => key?,
            Err(broken) => {
                self.broken = Some(broken);
                return None;
            }
        };
        let (value, broken) = value_or_rest(self.bytes, &mut self.scanner);
        self.broken = broken;
        Some((key, value?))
    }
}

/// The values of an array.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a> {
    bytes: &'a [u8],
    scanner: Scanner<'a>,
    broken: Option<Broken>,
}

impl<'a> Elements<'a> {
    /// Those of a value; none if it is no array.
    pub(crate) fn of(value: Value<'a>) -> Self {
        let bytes = match value {
            Value::Array(bytes) => bytes,
            _ => b"[]",
        };
        let mut scanner = Scanner::new(bytes, 0);
        let broken = scanner.expect(b'[').err();
        Self { bytes, scanner, broken }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        if self.broken.is_some() {
            return None;
        }
        match self.scanner.has_element() {
            Ok(true) => {}
            Ok(false) => return None,
            Err(broken) => {
                self.broken = Some(broken);
                return None;
            }
        }
        let (value, broken) = value_or_rest(self.bytes, &mut self.scanner);
        self.broken = broken;
        value
    }
}

/// The next value; if it is cut, what there is of it.
#[inline]
fn value_or_rest<'a>(
    bytes: &'a [u8],
    scanner: &mut Scanner<'a>,
) -> (Option<Value<'a>>, Option<Broken>) {
    let open = scanner.peek();
    let start = scanner.position();
    match scanner.value() {
        Ok(value) => (Some(value), None),
        Err(broken) => {
            let rest = bytes.get(start..).unwrap_or_default();
            let value = match open {
                Some(b'{') => Some(Value::Object(rest)),
                Some(b'[') => Some(Value::Array(rest)),
                _ => None,
            };
            (value, Some(broken))
        }
    }
}

impl Value<'_> {
    /// The whole number, also one in a string.
    pub(crate) fn integer(self) -> Option<i64> {
        self.digits().and_then(integer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_read_as_far_as_it_goes() {
        let text = br#"{"a":1,"b":{"c":[10,20,3"#;
        let mut fields = Fields::new(text);
        let (a, one) = fields.next().unwrap();
        assert_eq!((a.raw, one.integer()), (&b"a"[..], Some(1)));
        let (_, b) = fields.next().unwrap();
        assert!(fields.next().is_none());
        let job = Job::default();
        fields.note_end(&job);
        let report = job.report();
        let note = report.notes().first().unwrap().text.clone();
        assert!(note.contains("at byte 24"), "{note}");
        let (_, list) = Fields::of(b).next().unwrap();
        let numbers: Vec<Option<i64>> = Elements::of(list).map(Value::integer).collect();
        assert_eq!(numbers, [Some(10), Some(20)], "the last number may go on");
        assert_eq!(Elements::of(Value::Word(b"null")).count(), 0);
    }
}
