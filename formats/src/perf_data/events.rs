//! The events of a recording: what was counted, and which records belong to which.

use rustc_hash::FxHashMap;
use rview_core::Unit;

use super::attr::{Attr, sample_type};
use super::fields::{ByteOrder, Fields};
use super::record::{Record, Trailer, kind};

/// One event that was sampled.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) attr: Attr,
    /// As the recording names it.
    name: Option<String>,
}

impl Event {
    pub(super) fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.attr.name())
    }

    /// What the periods of its samples count.
    pub(super) fn unit(&self) -> Unit {
        match self.attr.hardware_name() {
            _ if self.attr.is_clock() => Unit::Nanoseconds,
            Some(name) => Unit::Other(name.into()),
            None => Unit::Count,
        }
    }
}

/// Every event, in the order of the file.
#[derive(Debug)]
pub(super) struct Events {
    rows: Vec<Event>,
    /// The kernel gives an event an id of its own on each CPU.
    by_id: FxHashMap<u64, usize>,
    order: ByteOrder,
    sample_id_at: Option<usize>,
    trailer_time_at: Option<usize>,
}

impl Events {
    pub(super) fn new(order: ByteOrder) -> Self {
        let by_id = FxHashMap::default();
        Self { rows: Vec::new(), by_id, order, sample_id_at: None, trailer_time_at: None }
    }

    pub(super) fn push(&mut self, attr: Attr, ids: impl Iterator<Item = u64>) {
        let row = self.rows.len();
        self.by_id.extend(ids.map(|id| (id, row)));
        if row == 0 {
            self.sample_id_at = attr.sample_id_at();
        }
        if self.trailer_time_at.is_none() {
            // The records of processes come with the event that asks for them; perf gives all
            // events the same trailer.
            self.trailer_time_at = attr.trailer_time_at();
        }
        self.rows.push(Event { attr, name: None });
    }

    pub(super) fn rows(&self) -> &[Event] {
        &self.rows
    }

    pub(super) fn get(&self, row: usize) -> Option<&Event> {
        self.rows.get(row)
    }

    /// The event with an id.
    #[inline]
    pub(super) fn by_id(&self, id: u64) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// The event of a sample. With several events the sample names it; perf writes 0 for the
    /// first, and old recordings tell the ids of none. `Err` has the first event for an id that
    /// no event has: to know what such a record looks like, not to count it.
    #[inline]
    pub(super) fn of_sample(&self, record: &Record<'_>) -> Result<usize, usize> {
        if self.rows.len() <= 1 {
            return Ok(0);
        }
        match self.sample_id_at.and_then(|at| record.u64_at(at, self.order)) {
            None | Some(0) => Ok(0),
            Some(_) if self.by_id.is_empty() => Ok(0),
            Some(id) => self.by_id(id).ok_or(0),
        }
    }

    /// When a record was written; `None` if it does not say, as those that perf makes up for
    /// what was there before the recording.
    #[inline]
    pub(super) fn time_of(&self, record: &Record<'_>, is_sample: bool) -> Option<u64> {
        let time = if is_sample {
            let (Ok(row) | Err(row)) = self.of_sample(record);
            let at = self.rows.get(row)?.attr.sample_time_at()?;
            record.u64_at(at, self.order)
        } else {
            record.u64_from_end(self.trailer_time_at?, self.order)
        };
        time.filter(|&time| time != 0 && time != u64::MAX)
    }

    /// The event that has lost something, if the record says so.
    pub(super) fn of_loss(&self, record: &Record<'_>) -> Option<&Event> {
        let id_at = match record.kind {
            kind::LOST => 0,
            // The time comes first.
            kind::THROTTLE => 8,
            _ => return None,
        };
        self.get(self.by_id(record.u64_at(id_at, self.order)?)?)
    }

    /// Whether perf asks the events at the end how many records they have lost.
    pub(super) fn count_losses(&self) -> bool {
        self.rows.iter().any(|event| event.attr.counts_losses())
    }

    /// Who wrote a record that is no sample, when and where.
    pub(super) fn trailer(&self, record: &Record<'_>) -> Option<Trailer> {
        use sample_type::{CPU, ID, IDENTIFIER, STREAM_ID, TID, TIME};
        let attr = self.rows.iter().map(|event| &event.attr).find(|attr| attr.has_trailer())?;
        let fields = [TID, TIME, ID, STREAM_ID, CPU, IDENTIFIER];
        let n_fields = fields.iter().filter(|&&field| attr.has(field)).count();
        let start = record.body.len().checked_sub(n_fields.checked_mul(8)?)?;
        let mut reader = Fields::new(record.body.get(start..)?, self.order);
        let mut trailer = Trailer::default();
        if attr.has(TID) {
            trailer.pid_tid = Some((reader.id()?, reader.id()?));
        }
        if attr.has(TIME) {
            trailer.time = Some(reader.u64()?);
        }
        for field in [ID, STREAM_ID] {
            if attr.has(field) {
                reader.skip(8)?;
            }
        }
        if attr.has(CPU) {
            trailer.cpu = Some(reader.u32()?);
        }
        Some(trailer)
    }

    /// Sets the name of the event with an id.
    pub(super) fn set_name(&mut self, id: u64, name: &[u8]) {
        if let Some(event) = self.by_id(id).and_then(|row| self.rows.get_mut(row)) {
            event.name = Some(String::from_utf8_lossy(name).into_owned());
        }
    }

    /// Reads the feature section with the names of all events. It lists them as the
    /// attributes do, and tells their ids where those do not.
    pub(super) fn read_names(&mut self, section: &[u8]) -> Option<()> {
        let mut fields = Fields::new(section, self.order);
        let n_events = fields.u32()?;
        let attr_size = fields.u32()?;
        for row in 0..usize::try_from(n_events).ok()? {
            fields.bytes(attr_size.into())?;
            let n_ids = fields.u32()?;
            let name = fields.sized_text()?;
            let ids = fields.words(n_ids.into())?;
            if row >= self.rows.len() {
                return None;
            }
            for id in ids.iter() {
                self.by_id.entry(id).or_insert(row);
            }
            if let Some(event) = self.rows.get_mut(row)
                && !name.is_empty()
            {
                event.name = Some(String::from_utf8_lossy(name).into_owned());
            }
        }
        Some(())
    }
}
