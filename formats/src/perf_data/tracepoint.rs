//! The formats of tracepoints: which fields the raw bytes of their samples have.
//!
//! ```text
//! magic, version, byte order, sizes
//! header_page, header_event, formats of ftrace itself: skipped
//! systems ─ name ─ formats ─ text such as
//!     name: sched_switch
//!     ID: 316
//!     format:
//!         field:pid_t prev_pid;  offset:24;  size:4;  signed:1;
//! ```
//!
//! Source: `tools/perf/util/trace-event-info.c` of Linux, which writes it.

use rustc_hash::FxHashMap;

use super::fields::{ByteOrder, Fields, until_zero};
use crate::Details;

/// The formats that a recording has, by the number that its events have as `config`.
#[derive(Debug, Default)]
pub(super) struct Formats<'a> {
    by_id: FxHashMap<u64, Format<'a>>,
}

/// The fields of one tracepoint.
#[derive(Debug)]
pub(super) struct Format<'a> {
    pub(super) name: &'a str,
    fields: Vec<Field<'a>>,
}

/// Where a field is in the raw bytes.
#[derive(Clone, Copy, Debug)]
struct Field<'a> {
    name: &'a str,
    offset: usize,
    size: usize,
    is_signed: bool,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    /// The field has the offset and the length of the text.
    TextElsewhere,
    /// The same, counted from the end of the field.
    TextBehind,
    Bytes,
}

/// How many formats are read: a kernel has some 2,000.
const MAX_FORMATS: usize = 1 << 16;

impl<'a> Formats<'a> {
    /// Reads what perf says of all tracepoints; keeps what is before something broken.
    pub(super) fn read(section: &'a [u8]) -> Self {
        let mut formats = Self::default();
        formats.read_all(section);
        formats
    }

    fn read_all(&mut self, section: &'a [u8]) -> Option<()> {
        let section = section.strip_prefix(b"\x17\x08\x44tracing")?;
        let version = until_zero(section);
        let rest = section.get(version.len().checked_add(1)?..)?;
        let (&is_big, rest) = rest.split_first()?;
        let order = if is_big == 0 { ByteOrder::Little } else { ByteOrder::Big };
        let mut fields = Fields::new(rest, order);
        fields.skip(5)?; // Sizes of a long and of a page.
        for name in [&b"header_page\0"[..], b"header_event\0"] {
            if fields.bytes(name.len() as u64)? != name {
                return None;
            }
            let len = fields.u64()?;
            fields.bytes(len)?;
        }
        for _ in 0..fields.u32()? {
            let len = fields.u64()?;
            fields.bytes(len)?;
        }
        for _ in 0..fields.u32()? {
            let system = fields.text();
            fields.skip(system.len().checked_add(1)?)?;
            for _ in 0..fields.u32()? {
                let len = fields.u64()?;
                let text = fields.bytes(len)?;
                if self.by_id.len() < MAX_FORMATS
                    && let Some((id, format)) = Format::read(text)
                {
                    self.by_id.insert(id, format);
                }
            }
        }
        Some(())
    }

    /// The format of the event with a `config`.
    pub(super) fn get(&self, config: u64) -> Option<&Format<'a>> {
        self.by_id.get(&config)
    }
}

impl<'a> Format<'a> {
    fn read(text: &'a [u8]) -> Option<(u64, Self)> {
        let text = std::str::from_utf8(text).ok()?;
        let mut lines = text.lines().map(str::trim);
        let name = lines.next()?.strip_prefix("name:")?.trim();
        let id = lines.next()?.strip_prefix("ID:")?.trim().parse().ok()?;
        let fields = lines.filter_map(Field::read).collect();
        Some((id, Self { name, fields }))
    }

    /// A field that is a number.
    pub(super) fn number(&self, name: &str, raw: &[u8], order: ByteOrder) -> Option<i64> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        field.number(raw, order)
    }

    /// Names and values of all fields but those that every tracepoint has.
    pub(super) fn values(&self, raw: &[u8], order: ByteOrder) -> Details {
        let fields = self.fields.iter().filter(|field| !field.name.starts_with("common_"));
        let values =
            fields.filter_map(|field| Some((field.name.to_owned(), field.value(raw, order)?)));
        values.collect()
    }
}

impl<'a> Field<'a> {
    /// Reads `field:char prev_comm[16];  offset:8;  size:16;  signed:0;`.
    fn read(line: &'a str) -> Option<Self> {
        let (declaration, rest) = line.strip_prefix("field:")?.split_once(';')?;
        let mut field = Self { name: "", offset: 0, size: 0, is_signed: false, kind: Kind::Number };
        for part in rest.split(';') {
            match part.trim().split_once(':') {
                Some(("offset", value)) => field.offset = value.parse().ok()?,
                Some(("size", value)) => field.size = value.parse().ok()?,
                Some(("signed", value)) => field.is_signed = value == "1",
                _ => {}
            }
        }
        let (kind, name) = declaration.trim().rsplit_once([' ', '*'])?;
        let (name, is_array) = match name.split_once('[') {
            Some((name, _)) => (name, true),
            None => (name, kind.ends_with(']')),
        };
        field.name = name;
        let is_text = kind.contains("char");
        field.kind = if kind.starts_with("__data_loc") && is_text {
            Kind::TextElsewhere
        } else if kind.starts_with("__rel_loc") && is_text {
            Kind::TextBehind
        } else if is_array && is_text {
            Kind::Text
        } else if is_array || field.size > 8 {
            Kind::Bytes
        } else {
            Kind::Number
        };
        Some(field)
    }

    fn bytes<'r>(&self, raw: &'r [u8]) -> Option<&'r [u8]> {
        raw.get(self.offset..)?.get(..self.size)
    }

    fn number(&self, raw: &[u8], order: ByteOrder) -> Option<i64> {
        let bytes = self.bytes(raw)?;
        let mut fields = Fields::new(bytes, order);
        let (value, n_bits) = match bytes.len() {
            1 => (u64::from(*bytes.first()?), 8),
            2 => (u64::from(fields.u16()?), 16),
            4 => (u64::from(fields.u32()?), 32),
            8 => (fields.u64()?, 64),
            _ => return None,
        };
        let value = value.cast_signed();
        let unused = u32::checked_sub(64, n_bits)?;
        Some(if self.is_signed { value.wrapping_shl(unused).wrapping_shr(unused) } else { value })
    }

    fn value(&self, raw: &[u8], order: ByteOrder) -> Option<String> {
        let text = |bytes| String::from_utf8_lossy(until_zero(bytes)).into_owned();
        match self.kind {
            Kind::Number => {
                let value = self.number(raw, order)?;
                // Addresses and flags are read best in digits of 16.
                let is_address = !self.is_signed && value.cast_unsigned() > 0xffff;
                Some(if is_address { format!("{value:#x}") } else { value.to_string() })
            }
            Kind::Text => Some(text(self.bytes(raw)?)),
            Kind::TextElsewhere | Kind::TextBehind => {
                let place = Fields::new(self.bytes(raw)?, order).u32()?;
                let mut offset = usize::try_from(place & 0xffff).ok()?;
                if self.kind == Kind::TextBehind {
                    offset = offset.checked_add(self.offset)?.checked_add(4)?;
                }
                let len = usize::try_from(place >> 16).ok()?;
                Some(text(raw.get(offset..)?.get(..len)?))
            }
            Kind::Bytes => {
                let bytes = self.bytes(raw)?;
                let digits = bytes.iter().take(64).map(|byte| format!("{byte:02x}"));
                Some(digits.collect::<Vec<_>>().join(" "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(formats: &[&str]) -> Vec<u8> {
        let mut bytes = b"\x17\x08\x44tracing0.6\0\0\x08".to_vec();
        bytes.extend(4096_u32.to_le_bytes());
        for name in ["header_page\0", "header_event\0"] {
            bytes.extend(name.as_bytes());
            bytes.extend(2_u64.to_le_bytes());
            bytes.extend(b"??");
        }
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(b"sched\0");
        bytes.extend(u32::try_from(formats.len()).unwrap().to_le_bytes());
        for format in formats {
            bytes.extend((format.len() as u64).to_le_bytes());
            bytes.extend(format.as_bytes());
        }
        bytes
    }

    const FORMAT: &str = "name: demo\nID: 7\nformat:\n\
        \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n\
        \tfield:char comm[4];\toffset:2;\tsize:4;\tsigned:0;\n\
        \tfield:short nice;\toffset:6;\tsize:2;\tsigned:1;\n\
        \tfield:const char * path;\toffset:8;\tsize:8;\tsigned:0;\n\
        \tfield:__data_loc char[] name;\toffset:16;\tsize:4;\tsigned:0;\n\
        print fmt: \"%s\", REC->comm\n";

    #[test]
    fn fields_are_read_as_their_format_says() {
        let section = section(&["no format", FORMAT]);
        let formats = Formats::read(&section);
        let format = formats.get(7).unwrap();
        assert_eq!(format.name, "demo");
        let mut raw = b"\x07\0ab\0\0".to_vec();
        raw.extend((-3_i16).to_le_bytes());
        raw.extend(0x7fff_0000_u64.to_le_bytes());
        raw.extend(0x0005_0014_u32.to_le_bytes());
        raw.extend(b"main\0");
        let values: Vec<String> = format
            .values(&raw, ByteOrder::Little)
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(values, ["comm=ab", "nice=-3", "path=0x7fff0000", "name=main"]);
        assert_eq!(format.number("nice", &raw, ByteOrder::Little), Some(-3));
        // What is cut off is left out.
        assert_eq!(format.values(raw.get(..8).unwrap(), ByteOrder::Little).len(), 2);
    }

    #[test]
    fn a_cut_section_keeps_the_formats_before_the_cut() {
        let section = section(&[FORMAT, FORMAT]);
        for len in 0..section.len() {
            let formats = Formats::read(section.get(..len).unwrap());
            assert!(formats.by_id.len() <= 1);
        }
        assert!(Formats::read(section.split_last().unwrap().1).get(7).is_some());
    }
}
