//! Comparisons against what `go tool pprof -diff_base` says.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::collections::BTreeMap;
use std::fs;

use rview_core::Selection;
use rview_core::diff::{Comparison, Mode, NameRule, Row, Side};
use rview_formats::{Input, Job};
use rview_tests::fixtures_dir;

/// The recordings of `assets/compare` are of a program of which `fold` became slower, `audit` with
/// `drain` below it is gone, and `seal` is new.
#[test]
fn known_changes_of_a_real_program_are_at_the_top() {
    let folder = fixtures_dir().join("../../assets/compare");
    let files = ["before.pb.gz", "after.pb.gz"];
    let documents = files
        .map(|file| rview_formats::open(&Input::Path(folder.join(file)), &Job::default()).unwrap());
    let selection = Selection::default();
    let sides = [0, 1].map(|at| Side { profile: &documents[at].profile, selection: &selection });
    let comparison = Comparison::new(sides, Mode::Absolute, &NameRule::ALL, Some("cpu")).unwrap();
    let name = |row: &Row| {
        let side = usize::from(row.functions[1].is_some());
        let name = documents[side].profile.function_name(row.functions[side].unwrap());
        let state = match row.functions {
            [Some(_), Some(_)] => "both",
            [None, _] => "new",
            [_, None] => "gone",
        };
        format!("{name} {state} {}", row.self_[0].delta().signum())
    };
    let mut top: Vec<String> = comparison.rows.iter().take(3).map(name).collect();
    top.sort();
    assert_eq!(top, ["main.drain gone -1", "main.fold both 1", "main.seal new 1"]);
    let is_significant = |row: &&Row| row.self_[0].is_significant() == Some(true);
    let significant: Vec<String> =
        comparison.rows.iter().filter(is_significant).map(name).collect();
    assert_eq!(significant.len(), 3, "nothing else changed: {significant:?}");
}

/// Flat and cumulative change by function, of `-top -unit=…`.
fn parse_top(text: &str) -> BTreeMap<String, (i64, i64)> {
    let rows = text.lines().skip_while(|line| !line.trim_start().starts_with("flat ")).skip(1);
    let number = |cell: &str| cell.trim_end_matches(char::is_alphabetic).parse().unwrap();
    rows.map(|row| {
        let mut cells = row.split_whitespace();
        let (flat, cum) = (number(cells.next().unwrap()), number(cells.nth(2).unwrap()));
        let name = cells.skip(1).collect::<Vec<_>>().join(" ");
        let name = name.trim_end_matches(" (inline)").trim_end_matches(" (partial-inline)");
        (name.to_owned(), (flat, cum))
    })
    .collect()
}

#[test]
fn every_function_changes_as_pprof_says() {
    let folder = fixtures_dir().join("pprof");
    let files = ["go-heap.pb.gz", "go-allocs.pb.gz"];
    let open =
        |file| rview_formats::open(&Input::Path(folder.join(file)), &Job::default()).unwrap();
    let documents = files.map(open);
    let selection = Selection::default();
    let sides = [0, 1].map(|at| Side { profile: &documents[at].profile, selection: &selection });
    for rules in [&[][..], &NameRule::ALL] {
        let comparison = Comparison::new(sides, Mode::Absolute, rules, None).unwrap();
        for (number, pair) in comparison.measures.iter().enumerate() {
            let file = folder.join(format!("heap-to-allocs.{}.txt", pair.name()));
            let expected = parse_top(&fs::read_to_string(file).unwrap());
            let mut found: BTreeMap<String, (i64, i64)> = BTreeMap::new();
            for row in &comparison.rows {
                let side = usize::from(row.functions[1].is_some());
                let function = row.functions[side].unwrap();
                let name = documents[side].profile.function_name(function).to_owned();
                let sums = found.entry(name).or_default();
                sums.0 += row.self_[number].delta();
                sums.1 += row.total[number].delta();
            }
            // pprof does not list what did not change.
            found.retain(|_, &mut sums| sums != (0, 0));
            let expected: BTreeMap<_, _> =
                expected.into_iter().filter(|&(_, sums)| sums != (0, 0)).collect();
            assert!(expected.len() > 5, "{} is listed", pair.name());
            assert_eq!(found, expected, "{}", pair.name());
        }
    }
}
