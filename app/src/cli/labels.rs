//! Which samples a verb is about, by their labels.

use std::sync::Arc;

use clap::Args;
use rview_core::{LabelGroups, LabelQuery, LabelSelection, Profile, Selection};

use super::{Failure, WRONG_USE};

/// Labels that samples must have.
#[derive(Args)]
pub(super) struct Labels {
    /// Only samples with this label: `key=value`, `key=low:high` for numbers, `key!=value`, `key`,
    /// `!key`; of several values for one key one is enough
    #[arg(long = "label", value_name = "KEY=VALUE")]
    queries: Vec<String>,
}

impl Labels {
    /// What counts of a profile; fails if nothing does.
    pub(super) fn selection(&self, profile: &Profile) -> Result<Selection, Failure> {
        let selection = self.selection_or_nothing(profile)?;
        if self.is_nothing(profile, &selection) {
            return Err(self.nothing());
        }
        Ok(selection)
    }

    /// Whether labels are asked for, and no sample has them.
    pub(super) fn is_nothing(&self, profile: &Profile, selection: &Selection) -> bool {
        let samples = profile.samples();
        !self.queries.is_empty()
            && !(0..samples.len()).any(|sample| selection.has_labels(samples.labels(sample)))
    }

    /// Says that no sample has what is asked for.
    pub(super) fn nothing(&self) -> Failure {
        let asked: Vec<String> =
            self.queries.iter().map(|query| format!("--label '{query}'")).collect();
        let line = format!(
            "no sample has {}; `rview report --group-by KEY` lists the values of a label",
            asked.join(" ")
        );
        Failure::new(WRONG_USE, line)
    }

    /// What counts of a profile, perhaps nothing.
    pub(super) fn selection_or_nothing(&self, profile: &Profile) -> Result<Selection, Failure> {
        let queries = self.queries(profile)?;
        if queries.is_empty() {
            return Ok(Selection::default());
        }
        let labels = Some(Arc::new(LabelSelection::new(profile, &queries)));
        Ok(Selection { labels, ..Selection::default() })
    }

    /// The labels that are asked for.
    pub(super) fn queries(&self, profile: &Profile) -> Result<Vec<LabelQuery>, Failure> {
        let queries = self.queries.iter().map(|text| {
            let query = LabelQuery::parse(text).ok_or_else(|| {
                Failure::new(WRONG_USE, format!("--label {text}: there is no key before the `=`"))
            })?;
            known_key(profile, &query.key)?;
            Ok(query)
        });
        queries.collect()
    }
}

/// Fails if no sample has a label of this key.
fn known_key(profile: &Profile, key: &str) -> Result<(), Failure> {
    let keys = LabelGroups::keys(profile);
    if keys.iter().any(|known| known == key) {
        return Ok(());
    }
    let keys = if keys.is_empty() { "no labels".to_owned() } else { keys.join(", ") };
    Err(Failure::new(WRONG_USE, format!("no label is called {key}; there is {keys}")))
}
