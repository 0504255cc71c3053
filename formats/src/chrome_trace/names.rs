//! Names of events, by their bytes in the file.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::RandomState;
use rview_core::{Function, FunctionId, ProfileBuilder, StringId};

use crate::json::Text;

/// What an event is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Name and category, as slices have it.
    pub(super) function: FunctionId,
    /// The name alone; [`StringId::NONE`] when there is none.
    pub(super) text: StringId,
}

/// Finds names seen before without decoding or copying them again.
#[derive(Debug)]
pub(super) struct Names {
    /// Open addressing over rows, a power of two long; [`FREE`] is free.
    slots: Vec<u32>,
    rows: Vec<Row>,
    /// The bytes of all, name and category of each.
    bytes: Vec<u8>,
    /// Seeded: a file that knew the hashes could have names that all go to one slot.
    state: RandomState,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    hash: u64,
    /// Where it is in the bytes.
    start: usize,
    name_len: usize,
    category_len: usize,
    has_name: bool,
    name: Name,
}

const FREE: u32 = u32::MAX;

impl Default for Names {
    fn default() -> Self {
        let (rows, bytes) = (Vec::new(), Vec::new());
        Self { slots: vec![FREE; 1024], rows, bytes, state: RandomState::default() }
    }
}

impl Names {
    #[inline]
    pub(super) fn of(
        &mut self,
        builder: &mut ProfileBuilder,
        name: Option<Text<'_>>,
        category: Option<Text<'_>>,
    ) -> Name {
        let hash = self.hash(name, category);
        let mut slot = self.slot_of(hash);
        while let Some(&row) = self.slots.get(slot).filter(|&&row| row != FREE) {
            if let Some(row) = self.rows.get(row as usize)
                && row.hash == hash
                && self.is_same(row, name, category)
            {
                return row.name;
            }
            slot = slot.wrapping_add(1) & self.slots.len().wrapping_sub(1);
        }
        self.add(builder, name, category, hash)
    }

    fn hash(&self, name: Option<Text<'_>>, category: Option<Text<'_>>) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write(raw(name));
        hasher.write(raw(category));
        hasher.finish()
    }

    fn slot_of(&self, hash: u64) -> usize {
        let bits = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or_default();
        bits & self.slots.len().wrapping_sub(1)
    }

    fn is_same(&self, row: &Row, name: Option<Text<'_>>, category: Option<Text<'_>>) -> bool {
        let (name_raw, category) = (raw(name), raw(category));
        let bytes = self.bytes.get(row.start..).unwrap_or_default();
        let of_category = bytes.get(row.name_len..).unwrap_or_default();
        row.has_name == name.is_some()
            && (row.name_len, row.category_len) == (name_raw.len(), category.len())
            && bytes.starts_with(name_raw)
            && of_category.starts_with(category)
    }

    #[cold]
    fn add(
        &mut self,
        builder: &mut ProfileBuilder,
        name: Option<Text<'_>>,
        category: Option<Text<'_>>,
        hash: u64,
    ) -> Name {
        let (name_len, category_len) = (raw(name).len(), raw(category).len());
        let (start, has_name) = (self.bytes.len(), name.is_some());
        self.bytes.extend_from_slice(raw(name));
        self.bytes.extend_from_slice(raw(category));
        let text = name.map(|name| builder.string(&name.decode()));
        let name = text.unwrap_or_else(|| builder.string("[No name]"));
        let category = category.map(|category| builder.string(&category.decode()));
        let function = builder.function(Function { category, ..Function::named(name) });
        let name = Name { function, text: text.unwrap_or(StringId::NONE) };
        self.rows.push(Row { hash, start, name_len, category_len, has_name, name });
        if self.rows.len() > self.slots.len() / 2 {
            let n_slots = self.slots.len().saturating_mul(2);
            self.slots.clear();
            self.slots.resize(n_slots, FREE);
            for row in 0..self.rows.len() {
                self.take_slot(row);
            }
        } else {
            self.take_slot(self.rows.len().wrapping_sub(1));
        }
        name
    }

    fn take_slot(&mut self, row: usize) {
        let Some(hash) = self.rows.get(row).map(|row| row.hash) else { return };
        let mut slot = self.slot_of(hash);
        while self.slots.get(slot).is_some_and(|&row| row != FREE) {
            slot = slot.wrapping_add(1) & self.slots.len().wrapping_sub(1);
        }
        if let Some(slot) = self.slots.get_mut(slot) {
            // A file of 2^32 different names would be larger than any memory.
            *slot = u32::try_from(row).unwrap_or(FREE);
        }
    }
}

fn raw(text: Option<Text<'_>>) -> &[u8] {
    text.map_or(&[], |text| text.raw)
}
