//! The feature sections: what perf says about the machine and the recording.

use rustc_hash::FxHashMap;

use super::events::Events;
use super::fields::{ByteOrder, Fields};
use super::header::Section;
use super::record::{Record, misc};
use super::wall_clock::WallClock;

/// Numbers of the features that are read.
mod feature {
    pub(super) const TRACING_DATA: u64 = 1;
    pub(super) const BUILD_ID: u64 = 2;
    pub(super) const HOSTNAME: u64 = 3;
    pub(super) const OS_RELEASE: u64 = 4;
    pub(super) const VERSION: u64 = 5;
    pub(super) const ARCH: u64 = 6;
    pub(super) const N_CPUS: u64 = 7;
    pub(super) const CPU_DESC: u64 = 8;
    pub(super) const TOTAL_MEM: u64 = 10;
    pub(super) const CMDLINE: u64 = 11;
    pub(super) const EVENT_DESC: u64 = 12;
    pub(super) const CLOCK_DATA: u64 = 29;
}

/// The longest build id there is a use for, as binary.
const MAX_BUILD_ID: usize = 20;

/// What the kind of processor is called among the facts.
const ARCHITECTURE: &str = "architecture";

/// The file ends before the end of what it says there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut;

/// What the features tell.
#[derive(Debug, Default)]
pub(super) struct Features<'a> {
    /// What and value, in the order of the file.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Build ids by path, in hexadecimal digits.
    pub(super) build_ids: FxHashMap<Box<[u8]>, String>,
    /// What the clock on the wall said.
    pub(super) wall_clock: Option<WallClock>,
    /// The formats of tracepoints.
    pub(super) tracepoints: &'a [u8],
    /// The section with the names of the events. In a pipe it may come before the events.
    event_names: &'a [u8],
}

impl<'a> Features<'a> {
    /// Reads every section that the table behind the data lists. An error if the file ends in
    /// the table or before the end of one of them.
    pub(super) fn read_table(
        &mut self,
        file: &'a [u8],
        table: Section,
        present: [u64; 4],
        order: ByteOrder,
    ) -> Result<(), Cut> {
        let mut fields = Fields::new(table.of(file), order);
        let mut result = Ok(());
        for feature in 0_u64..256 {
            let word = usize::try_from(feature >> 6).unwrap_or_default();
            if present.get(word).is_none_or(|bits| bits >> (feature & 63) & 1 == 0) {
                continue;
            }
            let section = Section::read(&mut fields).ok_or(Cut)?;
            if section.size > 0 && section.end() > file.len() as u64 {
                result = Err(Cut);
            }
            self.read(feature, section.of(file), order);
        }
        result
    }

    /// Reads one feature; those of no use here are skipped, broken ones give what they have.
    pub(super) fn read(&mut self, feature: u64, section: &'a [u8], order: ByteOrder) {
        let fields = Fields::new(section, order);
        let fact = match feature {
            feature::BUILD_ID => {
                self.read_build_ids(section, order);
                None
            }
            feature::TRACING_DATA => {
                self.tracepoints = section;
                None
            }
            feature::EVENT_DESC => {
                self.event_names = section;
                None
            }
            feature::HOSTNAME => text(fields).map(|text| ("host", text)),
            feature::OS_RELEASE => text(fields).map(|text| ("kernel", text)),
            feature::VERSION => text(fields).map(|text| ("perf", text)),
            feature::ARCH => text(fields).map(|text| (ARCHITECTURE, text)),
            feature::CPU_DESC => text(fields).map(|text| ("cpu", text)),
            feature::N_CPUS => n_cpus(fields).map(|text| ("cpus", text)),
            feature::TOTAL_MEM => total_mem(fields).map(|text| ("memory", text)),
            feature::CMDLINE => command(fields).map(|text| ("command", text)),
            feature::CLOCK_DATA => {
                self.wall_clock = WallClock::read(fields);
                None
            }
            _ => None,
        };
        self.facts.extend(fact);
    }

    /// What the recorded machine calls its kind of processor, such as `x86_64`.
    pub(super) fn architecture(&self) -> Option<&str> {
        self.fact(ARCHITECTURE)
    }

    /// A fact by what it is called.
    pub(super) fn fact(&self, what: &str) -> Option<&str> {
        let fact = self.facts.iter().find(|(fact, _)| *fact == what);
        fact.map(|(_, value)| value.as_str())
    }

    /// Names the events, once they are known.
    pub(super) fn name_events(&self, events: &mut Events) {
        events.read_names(self.event_names);
    }

    /// Reads the list of build ids: records without a type.
    fn read_build_ids(&mut self, mut section: &[u8], order: ByteOrder) {
        while let Ok(record) = Record::read(section, order) {
            self.read_build_id(&record, order);
            section = section.get(record.len()..).unwrap_or_default();
        }
    }

    /// Reads one build id and what it is of.
    pub(super) fn read_build_id(&mut self, record: &Record<'_>, order: ByteOrder) -> Option<()> {
        let mut fields = record.fields(order);
        fields.skip(4)?; // The pid: -1 for the host's kernel.
        let id = fields.bytes(20)?;
        let size = *fields.bytes(4)?.first()?;
        let id = if record.misc & misc::BUILD_ID_SIZE != 0 {
            id.get(..size.into())?
        } else {
            without_padding(id)
        };
        self.build_ids.insert(fields.text().into(), hexadecimal(id)?);
        Some(())
    }
}

/// A build id without its zeros at the end: MD5 and UUID ones are shorter than the field, and
/// old recordings do not give the length.
fn without_padding(id: &[u8]) -> &[u8] {
    match id {
        [head @ .., 0, 0, 0, 0] if head.len() >= 16 => head,
        _ => id,
    }
}

/// The digits of a build id; `None` for one that is empty or all zeros: there is none.
pub(super) fn hexadecimal(id: &[u8]) -> Option<String> {
    use std::fmt::Write as _;
    if id.len() > MAX_BUILD_ID || id.iter().all(|&byte| byte == 0) {
        return None;
    }
    let mut digits = String::with_capacity(id.len().saturating_mul(2));
    for byte in id {
        let _ = write!(digits, "{byte:02x}");
    }
    Some(digits)
}

fn text(mut fields: Fields<'_>) -> Option<String> {
    let text = fields.sized_text()?;
    (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}

fn n_cpus(mut fields: Fields<'_>) -> Option<String> {
    let (available, online) = (fields.u32()?, fields.u32()?);
    Some(if available == online {
        online.to_string()
    } else {
        format!("{online} of {available} online")
    })
}

/// The kernel counts in KiB.
fn total_mem(mut fields: Fields<'_>) -> Option<String> {
    let bytes = fields.u64()?.checked_mul(1024)?;
    Some(rview_core::Unit::Bytes.format(i64::try_from(bytes).ok()?))
}

fn command(mut fields: Fields<'_>) -> Option<String> {
    let n_words = fields.u32()?;
    let mut command = String::new();
    for word in 0..n_words {
        let Some(text) = fields.sized_text() else { break };
        if word > 0 {
            command.push(' ');
        }
        command.push_str(&String::from_utf8_lossy(text));
    }
    Some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_id_is_as_long_as_its_record_says() {
        let mut body = vec![0xff; 4];
        body.extend([0xab; 16]);
        body.extend([0; 4]);
        body.extend([16, 0, 0, 0]);
        body.extend(b"/bin/app\0\0");
        for misc in [misc::BUILD_ID_SIZE, 0] {
            let mut features = Features::default();
            let record = Record { kind: 0, misc, body: &body };
            features.read_build_id(&record, ByteOrder::Little).unwrap();
            let build_id = features.build_ids.get(&b"/bin/app"[..]);
            assert_eq!(build_id, Some(&"ab".repeat(16)));
        }
    }

    #[test]
    fn zeros_are_no_build_id() {
        assert_eq!(hexadecimal(&[0; 20]), None);
        assert_eq!(hexadecimal(&[]), None);
        assert_eq!(hexadecimal(&[1, 0xab]), Some("01ab".to_owned()));
    }
}
