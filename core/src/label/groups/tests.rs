use proptest::prelude::*;

use super::*;
use crate::{
    CallPaths, CallTree, GroupBy, Groups, LabelQuery, LabelSelection, Line, PathWeights,
    ProfileBuilder, Sample,
};

/// A profile of one sample a line: `stack;of;names weight key=text other=#7unit`.
pub(crate) fn profile(text: &str) -> Profile {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let value_type = builder.value_type("samples", Unit::Count);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = line.split(' ');
        let (mut callers, mut leaf) = (None, None);
        for name in words.next().unwrap().split(';') {
            let function = builder.function_named(name);
            let frame = builder.named_frame(Line { function, line: 0 });
            if let Some(caller) = leaf.replace(frame) {
                callers = Some(builder.stack(callers, caller));
            }
        }
        let weight = words.next().unwrap().parse().unwrap();
        let mut labels = Vec::new();
        for word in words {
            let (key, value) = word.split_once('=').unwrap();
            let key = builder.string(key);
            let value = match value.strip_prefix('#') {
                Some(number) => {
                    let end = number.find(|c: char| c.is_alphabetic()).unwrap_or(number.len());
                    let unit = builder.string(&number[end..]);
                    LabelValue::Number(number[..end].parse().unwrap(), unit)
                }
                None => LabelValue::Text(builder.string(value)),
            };
            labels.push(Label { key, value });
        }
        let labels = builder.label_set(&labels);
        builder.sample(Sample { time_ns: None, thread, callers, leaf: leaf.unwrap(), labels });
        builder.weight(value_type, weight).unwrap();
    }
    builder.finish().0
}

fn selection(profile: &Profile, queries: &[&str]) -> Selection {
    let queries: Vec<LabelQuery> =
        queries.iter().map(|query| LabelQuery::parse(query).unwrap()).collect();
    let labels = (!queries.is_empty()).then(|| LabelSelection::new(profile, &queries).into());
    Selection { labels, ..Selection::default() }
}

pub(crate) const REQUESTS: &str = "
    main;serve;parse 10 endpoint=/a bytes=#512
    main;serve;parse 20 endpoint=/b bytes=#2048
    main;serve 30 endpoint=/a endpoint=/b
    main;gc 40
    main;serve;main 5 endpoint=/a bytes=#512
";

#[track_caller]
fn check_totals(text: &str, key: &str, queries: &[&str], expected: &[&str]) {
    let profile = profile(text);
    let groups = LabelGroups::new(&profile, key);
    let measure = Measure::default_of(&profile).unwrap();
    let totals = groups.totals(&profile, measure, &selection(&profile, queries));
    let rows = groups.names().iter().zip(totals);
    let rows: Vec<String> =
        rows.map(|(name, total)| format!("{name} {} {}", total.weight, total.n_samples)).collect();
    assert_eq!(rows, expected);
}

#[test]
fn samples_are_grouped_by_the_values_of_a_key() {
    let expected =
        ["(no endpoint) 40 1", "endpoint=/a 15 2", "endpoint=/b 20 1", "endpoint=/a, /b 30 1"];
    check_totals(REQUESTS, "endpoint", &[], &expected);
    check_totals(
        REQUESTS,
        "bytes",
        &[],
        &["(no bytes) 70 2", "bytes=512 B 15 2", "bytes=2 KiB 20 1"],
    );
    check_totals(REQUESTS, "user", &[], &["(no user) 105 5"]);
}

#[test]
fn many_numbers_are_in_buckets() {
    let samples: Vec<String> =
        (0..20).map(|number| format!("f 1 ms=#{}milliseconds", number * number - 1)).collect();
    let profile = profile(&samples.join("\n"));
    let groups = LabelGroups::new(&profile, "ms");
    let names: Vec<&str> = groups.names().iter().map(|name| &name[3..]).take(4).collect();
    assert_eq!(groups.names()[0], "(no ms)");
    assert_eq!(names.len(), 4);
    for number in [0, 1, 2, 3, 4, 7, 8, i64::MAX, -1, -2, -3, i64::MIN] {
        let (low, high) = bounds(bucket(number));
        let is_in = match number {
            i64::MAX | i64::MIN => low <= number || high >= number,
            1.. => (low..high).contains(&number),
            0 => (low, high) == (0, 1),
            _ => low < number && number <= high,
        };
        assert!(is_in, "{number} in {low}..{high}");
    }
}

#[test]
fn of_many_texts_all_but_the_heaviest_are_one_group() {
    let samples: Vec<String> =
        (1..=1000).map(|number| format!("main;serve {number} request=r{number}")).collect();
    let profile = profile(&samples.join("\n"));
    let groups = Groups::new(&profile, &GroupBy::Label("request".to_owned()));
    assert_eq!(groups.len(), 256);
    let (grouped, paths) = CallPaths::new(&profile).grouped(&profile, &groups);
    // The group without the label is empty, and there are two functions below each other one.
    assert_eq!(paths.len(), 255 * 3);
    let measure = Measure::default_of(&grouped).unwrap();
    let weights = PathWeights::new(&grouped, &paths, measure, &Selection::default());
    let tree = CallTree::new(&grouped, &paths, &weights);
    let roots: Vec<(&str, i64)> = tree
        .roots()
        .map(|root| (grouped.function_name(tree.function(root)), tree.total_of(root)))
        .collect();
    assert_eq!(roots[0], ("(746 other values of request)", 746 * 747 / 2));
    assert_eq!(roots[1], ("request=r1000", 1000));
    assert_eq!(roots[254], ("request=r747", 747));
}

#[test]
fn numbers_are_asked_for_as_groups_are_called() {
    let samples: Vec<String> =
        (0..20).map(|number| format!("f 1 size=#{}bytes", number * 512)).collect();
    let profile = profile(&samples.join("\n"));
    let groups = LabelGroups::new(&profile, "size");
    let measure = Measure::default_of(&profile).unwrap();
    let totals = groups.totals(&profile, measure, &Selection::default());
    let paths = CallPaths::new(&profile);
    for (name, total) in groups.names().iter().zip(totals) {
        let selection = selection(&profile, &[name]);
        let weights = PathWeights::new(&profile, &paths, measure, &selection);
        assert_eq!(weights.total(), total.weight, "{name}");
    }
}

#[test]
fn queries_select_by_labels() {
    let check = |queries: &[&str], expected: i64| {
        let profile = profile(REQUESTS);
        let paths = CallPaths::new(&profile);
        let measure = Measure::default_of(&profile).unwrap();
        let selection = selection(&profile, queries);
        let weights = PathWeights::new(&profile, &paths, measure, &selection);
        assert_eq!(weights.total(), expected, "{queries:?}");
    };
    check(&[], 105);
    check(&["endpoint=/a"], 45);
    check(&["bytes=2 KiB"], 20);
    check(&["(no endpoint)"], 40);
    check(&["endpoint=/a", "endpoint=/b"], 65);
    check(&["endpoint=/a", "bytes"], 15);
    check(&["endpoint!=/a"], 60);
    check(&["!endpoint"], 40);
    check(&["bytes=512"], 15);
    check(&["bytes=600:"], 20);
    check(&["bytes=:600"], 15);
    check(&["bytes=0:4096"], 35);
    check(&["user=x"], 0);
    assert_eq!(LabelQuery::parse("=x"), None);
    for text in ["a=b", "a!=b", "a", "!a", "a=b=c"] {
        assert_eq!(LabelQuery::parse(text).unwrap().to_string(), text);
    }
}

/// The tree, a node a line.
fn tree(profile: &Profile, paths: &CallPaths, selection: &Selection) -> Vec<String> {
    let measure = Measure::default_of(profile).unwrap();
    let weights = PathWeights::new(profile, paths, measure, selection);
    let tree = CallTree::new(profile, paths, &weights);
    let line = |node| {
        let indent = " ".repeat(tree.depth(node) as usize);
        let name = profile.function_name(tree.function(node));
        format!("{indent}{name} {} {}", tree.self_of(node), tree.total_of(node))
    };
    tree.ids().map(line).collect()
}

/// As `go tool pprof` says of a profile that it has written with `-diff_base`.
#[test]
fn shares_of_a_difference_are_of_its_base() {
    let reference = |text: &str, queries: &[&str]| {
        let (profile, selection) = (profile(text), selection(&profile(text), queries));
        let (paths, measure) = (CallPaths::new(&profile), Measure::default_of(&profile));
        let weights = PathWeights::new(&profile, &paths, measure.unwrap(), &selection);
        let value_type = profile.default_value_type().unwrap();
        let of_set = selection.sample_set(&profile).reference(&profile, value_type);
        assert_eq!(weights.reference(), of_set);
        (weights.total(), weights.has_negative(), weights.reference())
    };
    assert_eq!(reference("f 3\ng 4", &[]), (7, false, 7));
    assert_eq!(reference("f 3\ng -4", &[]), (-1, true, 7));
    assert_eq!(reference("f 5\nf -3\ng 1", &[]), (3, true, 3));
    assert_eq!(reference("f 5 a=1\nf -3\ng 1", &[]), (3, true, 9));
    let diff = "f 3 a=1\ng -4 pprof::base=true\nf -2 pprof::base=true a=1";
    assert_eq!(reference(diff, &[]), (-3, true, 6));
    assert_eq!(reference(diff, &["a=1"]), (1, true, 2));
}

/// The sum of the samples that the query of each group asks for is that of the group.
#[test]
fn each_group_can_be_asked_for() {
    let numbers: Vec<String> = [0, 1, 2, 3, 4, 7, 8, 9, 100, 5000, -1, -2, -3, -4, i64::MAX]
        .into_iter()
        .chain([i64::MIN, i64::MIN + 1, 1 << 40, 1 << 62, (1 << 62) - 1, -(1 << 20)])
        .map(|number| format!("f 1 n=#{number}"))
        .collect();
    for (text, key) in [(REQUESTS, "endpoint"), (REQUESTS, "bytes"), (&*numbers.join("\n"), "n")] {
        let profile = profile(text);
        let (groups, measure) = (LabelGroups::new(&profile, key), Measure::default_of(&profile));
        let totals = groups.totals(&profile, measure.unwrap(), &Selection::default());
        for (group, total) in totals.iter().enumerate() {
            let Some(query) = groups.query(group) else {
                assert_eq!(groups.value(group), "/a, /b");
                continue;
            };
            let labels = LabelSelection::new(&profile, std::slice::from_ref(query));
            let selection = Selection { labels: Some(labels.into()), ..Selection::default() };
            let asked = groups.totals(&profile, measure.unwrap(), &selection);
            // Who asks for one of two values gets the samples that have both, too.
            assert_eq!(asked[group], *total, "{query}");
            let others = asked.iter().enumerate().filter(|&(other, _)| other != group);
            let is_several = |other: usize| groups.query(other).is_none();
            assert!(
                others.into_iter().all(|(at, other)| other.n_samples == 0 || is_several(at)),
                "{query} {asked:?}"
            );
        }
    }
}

#[test]
fn a_tree_is_grouped_below_its_labels() {
    let profile = profile(REQUESTS);
    let paths = CallPaths::new(&profile);
    let groups = Groups::new(&profile, &GroupBy::Label("endpoint".to_owned()));
    let (grouped, paths) = paths.grouped(&profile, &groups);
    grouped.check().unwrap();
    assert_eq!(
        tree(&grouped, &paths, &Selection::default()),
        [
            "(no endpoint) 0 40",
            " main 0 40",
            "  gc 40 40",
            "endpoint=/a, /b 0 30",
            " main 0 30",
            "  serve 30 30",
            "endpoint=/b 0 20",
            " main 0 20",
            "  serve 0 20",
            "   parse 20 20",
            "endpoint=/a 0 15",
            " main 0 15",
            "  serve 0 15",
            "   parse 10 10",
            "   main 5 5",
        ]
    );
    let functions = crate::FunctionTotals::new(
        &grouped,
        &paths,
        &PathWeights::new(
            &grouped,
            &paths,
            Measure::default_of(&grouped).unwrap(),
            &Selection::default(),
        ),
    );
    let main = grouped.symbols().functions().ids().find(|&f| grouped.function_name(f) == "main");
    assert_eq!(functions.total_of(main.unwrap()), 105);
}

proptest! {
    #[test]
    fn each_group_has_the_tree_of_its_samples(
        samples in proptest::collection::vec((0_usize..4, 0_usize..4, 0_usize..4, 0_usize..5), 1..60),
    ) {
        let line = |&(a, b, c, label): &(usize, usize, usize, usize)| {
            let label = if label == 0 { String::new() } else { format!(" key=v{label}") };
            format!("f{a};f{b};f{c} 1{label}")
        };
        let profile = profile(&samples.iter().map(line).collect::<Vec<_>>().join("\n"));
        let paths = CallPaths::new(&profile);
        let groups = Groups::new(&profile, &GroupBy::Label("key".to_owned()));
        let (grouped, grouped_paths) = paths.grouped(&profile, &groups);
        grouped.check().unwrap();
        for label in 1..5 {
            let query = format!("key=v{label}");
            let whole = tree(&profile, &paths, &selection(&profile, &[&query]));
            let group = tree(&grouped, &grouped_paths, &selection(&profile, &[&query]));
            let below: Vec<String> =
                group.iter().skip(1).map(|line| line[1..].to_owned()).collect();
            prop_assert_eq!(whole, below);
        }
    }
}

#[test]
fn the_keys_that_most_sets_have_are_the_common_ones() {
    let profile = profile("a 1 x=1 y=1\na 1 y=2 z=1\na 1 y=3 z=2 x=2\na 1 y=4 x=3");
    assert_eq!(LabelGroups::common_keys(&profile, 2), ["x", "y"]);
    assert_eq!(LabelGroups::common_keys(&profile, usize::MAX), LabelGroups::keys(&profile));
}
