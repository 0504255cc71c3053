//! The labels of what counts, key by key, the heaviest value first.

use std::sync::Arc;

use rayon::prelude::*;

use crate::group::MAX_KEYS;
use crate::{GroupTotal, LabelGroups, LabelQuery, LabelSelection, Measure, Profile, Selection};

/// The keys with their values.
#[derive(Clone, Debug, Default)]
pub struct LabelTable {
    /// In order of name; those that most samples have, if there are more than a hundred.
    pub keys: Vec<KeyTable>,
    /// How many keys are left out.
    pub n_left_out: usize,
}

/// The values of one key.
#[derive(Clone, Debug, Default)]
pub struct KeyTable {
    /// All values, whether or not they are listed.
    pub groups: Arc<LabelGroups>,
    /// What each of them counts for, whatever is asked of this key itself: so the others are there
    /// to be asked for.
    pub totals: Vec<GroupTotal>,
    /// What they count for together, without their signs where some are negative: what shares
    /// are of.
    pub whole: i64,
    /// The groups that are listed: those with samples that the search finds, the heaviest first.
    pub rows: Vec<u32>,
}

impl LabelTable {
    /// Adds up the values of each key in what is selected; `selection` is that without labels.
    /// Lists those that contain `search`, in any case; all of a key that does itself.
    ///
    /// One pass over the samples for each key, in parallel. `last` is an earlier table of the same
    /// recording, so that its values need not be found again.
    pub fn new(
        profile: &Profile,
        measure: Measure,
        selection: &Selection,
        queries: &[LabelQuery],
        search: &str,
        last: Option<&Self>,
    ) -> Self {
        let (groups, n_left_out) = match last {
            Some(last) => (last.groups(), last.n_left_out),
            None => groups_of_keys(profile),
        };
        let search = search.to_lowercase();
        let key = |groups: Arc<LabelGroups>| {
            let others: Vec<LabelQuery> =
                queries.iter().filter(|query| query.key != groups.key()).cloned().collect();
            let labels = (!others.is_empty()).then(|| LabelSelection::new(profile, &others).into());
            let selection = Selection { labels, ..selection.clone() };
            let totals = groups.totals(profile, measure, &selection);
            KeyTable::new(groups, totals, &search)
        };
        Self { keys: groups.into_par_iter().map(key).collect(), n_left_out }
    }
}

impl LabelTable {
    fn groups(&self) -> Vec<Arc<LabelGroups>> {
        self.keys.iter().map(|key| Arc::clone(&key.groups)).collect()
    }
}

/// The values of the keys that most samples have, and how many other keys there are.
fn groups_of_keys(profile: &Profile) -> (Vec<Arc<LabelGroups>>, usize) {
    let n_keys = LabelGroups::keys(profile).len();
    let keys = LabelGroups::common_keys(profile, MAX_KEYS);
    let n_left_out = n_keys - keys.len();
    let groups = keys.into_par_iter().map(|key| LabelGroups::new(profile, &key).into());
    (groups.collect(), n_left_out)
}

impl KeyTable {
    fn new(groups: Arc<LabelGroups>, totals: Vec<GroupTotal>, search: &str) -> Self {
        let is_key_found = groups.key().to_lowercase().contains(search);
        let is_found =
            |group: usize| is_key_found || groups.value(group).to_lowercase().contains(search);
        let mut rows: Vec<u32> = (0..)
            .zip(&totals)
            .filter(|&(group, total)| total.n_samples > 0 && is_found(group as usize))
            .map(|(group, _)| group)
            .collect();
        // Of equal weights in the order of values.
        rows.sort_by_key(|&group| std::cmp::Reverse(totals[group as usize].weight.unsigned_abs()));
        let magnitudes = totals.iter().map(|total| total.weight.saturating_abs());
        let whole = magnitudes.fold(0, i64::saturating_add);
        Self { groups, totals, whole, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::groups::tests::{REQUESTS, profile};

    fn check(queries: &[&str], search: &str, expected: &[&str]) {
        let profile = profile(REQUESTS);
        let queries: Vec<LabelQuery> =
            queries.iter().map(|query| LabelQuery::parse(query).unwrap()).collect();
        let measure = Measure::default_of(&profile).unwrap();
        let all = Selection::default();
        let first = LabelTable::new(&profile, measure, &all, &[], "", None);
        let table = LabelTable::new(&profile, measure, &all, &queries, search, Some(&first));
        let rows = table.keys.iter().flat_map(|key| {
            key.rows.iter().map(|&group| {
                let total = &key.totals[group as usize];
                let value = key.groups.value(group as usize);
                format!("{} {value} {} of {}", key.groups.key(), total.weight, key.whole)
            })
        });
        assert_eq!(rows.collect::<Vec<String>>(), expected, "{queries:?} {search}");
    }

    #[test]
    fn keys_that_few_samples_have_are_counted() {
        let many: Vec<String> = (0..150).map(|key| format!("key{key:03}=a")).collect();
        let profile = profile(&format!("f 1 {} zone=a\nf 1 zone=b", many.join(" ")));
        let measure = Measure::default_of(&profile).unwrap();
        let table = LabelTable::new(&profile, measure, &Selection::default(), &[], "", None);
        assert_eq!((table.keys.len(), table.n_left_out), (MAX_KEYS, 51));
        assert_eq!(table.keys.last().unwrap().groups.key(), "zone");
        let last = Some(&table);
        let again = LabelTable::new(&profile, measure, &Selection::default(), &[], "", last);
        assert_eq!(again.n_left_out, 51);
    }

    #[test]
    fn values_are_listed_by_weight() {
        let bytes =
            ["bytes (no bytes) 70 of 105", "bytes 2 KiB 20 of 105", "bytes 512 B 15 of 105"];
        let endpoints = [
            "endpoint (no endpoint) 40 of 105",
            "endpoint /a, /b 30 of 105",
            "endpoint /b 20 of 105",
            "endpoint /a 15 of 105",
        ];
        check(&[], "", &[&bytes[..], &endpoints[..]].concat());
        check(&[], "/A", &[endpoints[1], endpoints[3]]);
        check(&[], "byte", &bytes);
        // A key is not narrowed by what is asked of itself.
        let of_a = ["bytes (no bytes) 30 of 45", "bytes 512 B 15 of 45"];
        check(&["endpoint=/a"], "", &[&of_a[..], &endpoints[..]].concat());
    }
}
