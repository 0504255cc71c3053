//! Which samples count by their labels.

use super::groups::is_called;
use crate::{Label, LabelSetId, LabelValue, Profile};

/// A condition on the labels of a sample: `endpoint=/api/users`, `bytes=4096:8192`, `user`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelQuery {
    /// The key.
    pub key: String,
    /// What it has to be set to, see [`LabelQuery::parse`]; `None` if any value will do.
    pub value: Option<String>,
    /// Which samples count: those with such a label, or those without.
    pub wants: Wants,
}

/// Whether samples with a label count, or those without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wants {
    /// Samples that have such a label.
    With,
    /// Samples that have no such label.
    Without,
}

impl LabelQuery {
    /// Reads `key=value`, `key!=value`, `key` or `!key`. The value is a text as it is in the file,
    /// or a number, or a range of numbers `low:high` with both ends, each of which may be left
    /// out, or numbers as groups are called: `4 KiB`, `1 KiB..2 KiB`. `(no key)` is `!key`.
    /// `None` where there is no key.
    pub fn parse(text: &str) -> Option<Self> {
        let missing = || text.strip_prefix("(no ")?.strip_suffix(')');
        let (key, value, wants) = if let Some((key, value)) = text.split_once('=') {
            match key.strip_suffix('!') {
                Some(key) => (key, Some(value), Wants::Without),
                None => (key, Some(value), Wants::With),
            }
        } else if let Some(key) = text.strip_prefix('!').or_else(missing) {
            (key, None, Wants::Without)
        } else {
            (text, None, Wants::With)
        };
        let key = key.trim();
        (!key.is_empty()).then(|| Self {
            key: key.to_owned(),
            value: value.map(str::to_owned),
            wants,
        })
    }

    /// Whether a label is the one that is asked for, whatever is wanted.
    pub(crate) fn matches(&self, label: &Label, profile: &Profile) -> bool {
        if profile.text(label.key) != self.key {
            return false;
        }
        let Some(value) = &self.value else { return true };
        match label.value {
            LabelValue::Text(text) => profile.text(text) == value,
            LabelValue::Number(number, unit) => match value.split_once(':') {
                Some((low, high)) => {
                    let bound = |text: &str, open| match text.trim() {
                        "" => Some(open),
                        text => text.parse().ok(),
                    };
                    let range = (bound(low, i64::MIN), bound(high, i64::MAX));
                    matches!(range, (Some(low), Some(high)) if (low..=high).contains(&number))
                }
                None => match value.trim().parse::<i64>() {
                    Ok(wanted) => wanted == number,
                    Err(_) => is_called(number, profile.text(unit), &self.key, value.trim()),
                },
            },
        }
    }
}

impl std::fmt::Display for LabelQuery {
    /// As [`LabelQuery::parse`] reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let negated = if self.wants == Wants::Without { "!" } else { "" };
        match &self.value {
            Some(value) => write!(f, "{}{negated}={value}", self.key),
            None => write!(f, "{negated}{}", self.key),
        }
    }
}

/// Which sets of labels count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelection {
    /// By [`LabelSetId`].
    sets: Vec<bool>,
    /// Whether samples without labels count.
    unlabeled: bool,
}

impl LabelSelection {
    /// The sets that fulfil all queries; of several that want the same key with different values,
    /// one is enough.
    pub fn new(profile: &Profile, queries: &[LabelQuery]) -> Self {
        let fulfils = |labels: &[Label]| {
            queries.iter().all(|query| {
                let has =
                    |query: &LabelQuery| labels.iter().any(|label| query.matches(label, profile));
                match query.wants {
                    Wants::Without => !has(query),
                    Wants::With => queries
                        .iter()
                        .filter(|other| other.wants == Wants::With && other.key == query.key)
                        .any(has),
                }
            })
        };
        let sets = profile.labels();
        Self {
            sets: sets.ids().map(|set| fulfils(sets.labels(set))).collect(),
            unlabeled: fulfils(&[]),
        }
    }

    /// The sets of another selection, or of all, of which `has` holds.
    pub(crate) fn narrowed(
        before: Option<&Self>,
        profile: &Profile,
        has: impl Fn(&[Label]) -> bool,
    ) -> Self {
        let sets = profile.labels();
        let counts = |set| before.is_none_or(|before| before.has(set));
        Self {
            sets: sets.ids().map(|id| counts(Some(id)) && has(sets.labels(id))).collect(),
            unlabeled: counts(None) && has(&[]),
        }
    }

    /// The samples that pprof has taken away from others, by the label it gives them; `None`
    /// where there are none.
    pub(crate) fn of_base(profile: &Profile) -> Option<Self> {
        let query = LabelQuery {
            key: "pprof::base".to_owned(),
            value: Some("true".to_owned()),
            wants: Wants::With,
        };
        let base = Self::new(profile, &[query]);
        base.sets.contains(&true).then_some(base)
    }

    /// Whether samples with this set of labels count.
    #[inline]
    pub fn has(&self, labels: Option<LabelSetId>) -> bool {
        match labels {
            Some(set) => self.sets.get(set.index()).copied().unwrap_or_default(),
            None => self.unlabeled,
        }
    }
}
