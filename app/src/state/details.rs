//! What else the file says of what is picked: read from the file by the worker, when somebody
//! looks.

use rview_core::{CriticalChain, FlowIndex};
use rview_formats::Document;

use super::Picked;

/// What the file says of a slice, marker or sample beside its name and time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Names and values, in the order of the file.
    pub arguments: Vec<(String, String)>,
    /// What a slice waited for and what waited for it; of the slice alone, or empty, when nothing
    /// did.
    pub chain: CriticalChain,
}

/// Letters of a value that are shown: more is a document of its own.
const MAX_LETTERS: usize = 4_000;

impl Details {
    /// Reads what the file says of what is picked; nothing of a function or call path.
    pub fn read(document: &Document, flows: &FlowIndex, picked: Picked) -> Self {
        let profile = &document.profile;
        let chain = match picked {
            Picked::Slice(slice) => CriticalChain::new(profile, flows, slice),
            _ => CriticalChain::default(),
        };
        let arguments = match picked {
            Picked::Slice(slice) => {
                profile.slices().details(slice).flat_map(|at| document.details(at)).collect()
            }
            Picked::Marker(marker) => {
                let at = profile.markers().detail(marker);
                at.map(|at| document.details(at)).unwrap_or_default()
            }
            Picked::Sample(_, sample) => document.sample_details(sample as usize),
            Picked::Nothing | Picked::Path(_) | Picked::Function(_) => Vec::new(),
        };
        let shorten = |(name, value): (String, String)| (name, shortened(value));
        Self { arguments: arguments.into_iter().map(shorten).collect(), chain }
    }
}

fn shortened(mut value: String) -> String {
    if let Some((end, _)) = value.char_indices().nth(MAX_LETTERS) {
        let n_more = value[end..].chars().count();
        value.truncate(end);
        value = format!("{value}… and {n_more} letters more");
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_cut_and_says_by_how_much() {
        let value = shortened("ü".repeat(MAX_LETTERS + 3));
        assert!(value.ends_with("ü… and 3 letters more"));
        assert_eq!(shortened("short".to_owned()), "short");
    }
}
