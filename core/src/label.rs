//! Labels of samples: keys with text or numbers, as pprof has them.

mod groups;
mod query;
mod table;

use crate::{LabelSetId, StringId};

pub use groups::{GroupTotal, LabelGroups};
pub use query::{LabelQuery, LabelSelection, Wants};
pub use table::{KeyTable, LabelTable};

/// One label of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label {
    /// Such as `endpoint`.
    pub key: StringId,
    /// What it is set to.
    pub value: LabelValue,
}

/// What a label is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LabelValue {
    /// Text, such as `/api/users`.
    Text(StringId),
    /// A number and its unit, such as 4096 `bytes`; the unit is empty if the file names none.
    Number(i64, StringId),
}

/// Every distinct set of labels. A key may occur more than once in a set.
#[derive(Clone, Debug, Default)]
pub struct LabelSets {
    /// Where each set ends in `labels`.
    pub(crate) end: Vec<u32>,
    pub(crate) labels: Vec<Label>,
}

impl LabelSets {
    /// Number of distinct sets.
    pub fn len(&self) -> usize {
        self.end.len()
    }

    /// Whether no sample has labels.
    pub fn is_empty(&self) -> bool {
        self.end.is_empty()
    }

    /// The labels of a set, in the order of the file.
    pub fn labels(&self, set: LabelSetId) -> &[Label] {
        let index = set.index();
        let start = if index == 0 { 0 } else { self.end[index - 1] as usize };
        &self.labels[start..self.end[index] as usize]
    }

    /// All sets.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = LabelSetId> + use<> {
        (0..self.len()).map(LabelSetId::from_index)
    }
}
