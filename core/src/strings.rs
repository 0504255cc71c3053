//! The string table: every name of a profile once, in one blob.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::RandomState;
use rustc_hash::FxHashMap;

use crate::StringId;

/// Interned UTF-8 strings.
///
/// ```text
/// blob   "mainparseread"
/// end     4    9    13
/// ```
///
/// # Invariants
///
/// * `end` rises, and its last value is the length of the blob.
/// * No two rows hold the same text.
#[derive(Clone, Debug, Default)]
pub struct StringTable {
    blob: String,
    /// Where each string ends in the blob.
    end: Vec<usize>,
}

impl StringTable {
    /// Number of strings.
    pub fn len(&self) -> usize {
        self.end.len()
    }

    /// Whether there is no string at all.
    pub fn is_empty(&self) -> bool {
        self.end.is_empty()
    }

    /// The text of a string.
    pub fn text(&self, id: StringId) -> &str {
        let index = id.index();
        let start = if index == 0 { 0 } else { self.end[index - 1] };
        &self.blob[start..self.end[index]]
    }

    /// All strings, oldest first.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = StringId> + use<> {
        (0..self.len()).map(StringId::from_index)
    }

    /// The ids of texts, which are added where the table has them not: one pass over it.
    pub(crate) fn add(&mut self, texts: &[String]) -> Vec<StringId> {
        let mut known: FxHashMap<&str, StringId> =
            texts.iter().map(|text| (text.as_str(), StringId::NONE)).collect();
        for id in self.ids() {
            if let Some(known) = known.get_mut(self.text(id)) {
                *known = id;
            }
        }
        let ids = texts.iter().map(|text| match known.get(text.as_str()) {
            Some(&id) if id != StringId::NONE => id,
            _ => {
                let id = self.push(text);
                known.insert(text, id);
                id
            }
        });
        ids.collect()
    }

    /// Whether a string has letters beyond those of Latin, Greek and Cyrillic: fonts for them are
    /// looked for only then. Linear in the length of all.
    pub fn has_other_scripts(&self) -> bool {
        // U+2000 to U+2BFF are punctuation, arrows and other signs.
        let is_other = |c: char| c >= '\u{590}' && !('\u{2000}'..'\u{2c00}').contains(&c);
        !self.blob.is_ascii() && self.blob.chars().any(is_other)
    }

    fn push(&mut self, text: &str) -> StringId {
        let id = StringId::from_index(self.end.len());
        self.blob.push_str(text);
        self.end.push(self.blob.len());
        id
    }
}

/// A [`StringTable`] under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct StringInterner {
    table: StringTable,
    /// Open addressing over row numbers, a power of two long; [`StringId::NONE`] is free.
    /// Texts are compared in the blob, so that no second copy of them is needed.
    slots: Vec<StringId>,
    /// Seeded: a file that knew the hashes could have names that all go to one slot.
    state: RandomState,
}

impl StringInterner {
    /// To add to a table.
    pub(crate) fn of(table: StringTable) -> Self {
        let mut this = Self { table, ..Self::default() };
        this.grow();
        this
    }

    pub(crate) fn intern(&mut self, text: &str) -> StringId {
        if (self.table.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut slot = self.hash(text) & mask;
        loop {
            match self.slots[slot].some() {
                None => {
                    let id = self.table.push(text);
                    self.slots[slot] = id;
                    return id;
                }
                Some(id) if self.table.text(id) == text => return id,
                Some(_) => slot = (slot + 1) & mask,
            }
        }
    }

    pub(crate) fn table(&self) -> &StringTable {
        &self.table
    }

    pub(crate) fn finish(mut self) -> StringTable {
        self.table.blob.shrink_to_fit();
        self.table.end.shrink_to_fit();
        self.table
    }

    fn grow(&mut self) {
        let capacity = ((self.table.len() + 1) * 2).next_power_of_two().max(64);
        self.slots.clear();
        self.slots.resize(capacity, StringId::NONE);
        for id in self.table.ids() {
            let mut slot = self.hash(self.table.text(id)) & (capacity - 1);
            while self.slots[slot].some().is_some() {
                slot = (slot + 1) & (capacity - 1);
            }
            self.slots[slot] = id;
        }
    }

    fn hash(&self, text: &str) -> usize {
        let mut hasher = self.state.build_hasher();
        hasher.write(text.as_bytes());
        usize::try_from(hasher.finish() & u64::from(u32::MAX)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who knows the hashes can write a file of names that all go to one slot.
    #[test]
    fn letters_beyond_the_european_ones_are_other_scripts() {
        for (text, expected) in
            [("größe → 5 µs", false), ("функция", false), ("日本語", true), ("עברית", true)]
        {
            let mut strings = StringInterner::default();
            strings.intern("main");
            strings.intern(text);
            assert_eq!(strings.finish().has_other_scripts(), expected, "{text}");
        }
    }

    #[test]
    fn nobody_knows_the_hash_of_a_name() {
        let hashes = || {
            let strings = StringInterner::default();
            (0..100).map(|i| strings.hash(&i.to_string())).collect::<Vec<usize>>()
        };
        assert_ne!(hashes(), hashes());
    }

    #[test]
    fn equal_texts_share_a_row() {
        let mut strings = StringInterner::default();
        let ids: Vec<StringId> = (0..1000).map(|i| strings.intern(&format!("f{i}"))).collect();
        for (i, &id) in ids.iter().enumerate() {
            assert_eq!(strings.intern(&format!("f{i}")), id);
        }
        let table = strings.finish();
        assert_eq!(table.len(), 1000);
        assert_eq!(table.text(ids[7]), "f7");
    }
}
