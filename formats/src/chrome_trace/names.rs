//! Names of events, by their bytes in the file.

use foldhash::HashMap;
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

/// Finds names seen before without decoding them again.
#[derive(Debug, Default)]
pub(super) struct Names {
    ids: HashMap<Box<[u8]>, Name>,
    /// The bytes to look up: length of the name, name, category.
    key: Vec<u8>,
}

impl Names {
    pub(super) fn of(
        &mut self,
        builder: &mut ProfileBuilder,
        name: Option<Text<'_>>,
        category: Option<Text<'_>>,
    ) -> Name {
        let len = name.map_or(usize::MAX, |name| name.raw.len());
        self.key.clear();
        self.key.extend_from_slice(&len.to_le_bytes());
        self.key.extend_from_slice(name.map_or(&[], |name| name.raw));
        self.key.extend_from_slice(category.map_or(&[], |category| category.raw));
        if let Some(&name) = self.ids.get(&*self.key) {
            return name;
        }
        let text = name.map(|name| builder.string(&name.decode()));
        let name = text.unwrap_or_else(|| builder.string("[No name]"));
        let category = category.map(|category| builder.string(&category.decode()));
        let function =
            builder.function(Function { name, file: None, line: 0, mapping: None, category });
        let name = Name { function, text: text.unwrap_or(StringId::NONE) };
        self.ids.insert(self.key.as_slice().into(), name);
        name
    }
}
