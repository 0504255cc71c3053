//! Comparisons against what `go tool pprof -diff_base` and `perf diff` say, and of recordings with
//! a known change.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::collections::BTreeMap;
use std::fs;

use rview_core::Selection;
use rview_core::diff::{Comparison, Mode, NameRule, Row, Side};
use rview_formats::{Document, Input, Job};
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
    let comparison = Comparison::new(sides, &Mode::Absolute, &NameRule::ALL, Some("cpu")).unwrap();
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

/// The pair of which pprof's own answers are beside it.
fn heap_and_allocs() -> [Document; 2] {
    let folder = fixtures_dir().join("pprof");
    ["go-heap.pb.gz", "go-allocs.pb.gz"]
        .map(|file| rview_formats::open(&Input::Path(folder.join(file)), &Job::default()).unwrap())
}

#[test]
fn every_function_changes_as_pprof_says() {
    let documents = heap_and_allocs();
    let selection = Selection::default();
    let sides = [0, 1].map(|at| Side { profile: &documents[at].profile, selection: &selection });
    for rules in [&[][..], &NameRule::ALL] {
        let comparison = Comparison::new(sides, &Mode::Absolute, rules, None).unwrap();
        for (number, pair) in comparison.measures.iter().enumerate() {
            let file =
                fixtures_dir().join("pprof").join(format!("heap-to-allocs.{}.txt", pair.name()));
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

/// Changes of self and total of each function, by name.
fn changes_of_top(file: &str) -> BTreeMap<String, (i64, i64)> {
    let text = fs::read_to_string(fixtures_dir().join("pprof").join(file)).unwrap();
    parse_top(&text).into_iter().filter(|&(_, sums)| sums != (0, 0)).collect()
}

#[test]
fn shares_are_what_pprof_normalizes_to() {
    let documents = heap_and_allocs();
    let selection = Selection::default();
    let sides = [0, 1].map(|at| Side { profile: &documents[at].profile, selection: &selection });
    let comparison = Comparison::new(sides, &Mode::Share, &[], None).unwrap();
    for (number, pair) in comparison.measures.iter().enumerate() {
        let expected = changes_of_top(&format!("heap-to-allocs.normalized.{}.txt", pair.name()));
        assert!(expected.len() > 5, "{} is listed", pair.name());
        // pprof scales the other to the total of the base, and rounds each sample.
        let whole = comparison.whole[number].weights[0] as f64;
        let n_samples = documents[1].profile.samples().len() as f64;
        let mut found: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for row in &comparison.rows {
            let side = usize::from(row.functions[1].is_some());
            let name = documents[side].profile.function_name(row.functions[side].unwrap());
            let sums = found.entry(name.to_owned()).or_default();
            sums.0 += row.self_[number].delta_value() * whole;
            sums.1 += row.total[number].delta_value() * whole;
        }
        for (name, found) in found {
            let expected = expected.get(&name).copied().unwrap_or_default();
            let is_close = |a: f64, b: i64| (a - b as f64).abs() <= n_samples / 2.0;
            assert!(
                is_close(found.0, expected.0) && is_close(found.1, expected.1),
                "{name}: {found:?}, not {expected:?}"
            );
        }
    }
}

/// A recording of the mill.
fn mill(name: &str, run: u32) -> Document {
    let path = fixtures_dir().join(format!("perf-script/mill/{name}-{run}.script.gz"));
    rview_formats::open(&Input::Path(path), &Job::default()).unwrap()
}

#[test]
fn every_function_changes_as_perf_diff_says() {
    for name in ["slow", "removed", "inlined"] {
        let documents = [mill("base", 1), mill(name, 1)];
        let selection = Selection::default();
        let sides =
            documents.each_ref().map(|it| Side { profile: &it.profile, selection: &selection });
        let shares = Comparison::new(sides, &Mode::Share, &[], Some("cpu-clock:u")).unwrap();
        let path = fixtures_dir().join(format!("perf-script/mill/{name}.perf-diff.txt"));
        let text = fs::read_to_string(path).unwrap();
        let mut n_rows = 0;
        // Share of A, period of A, perhaps change and period of B, module, `[.]`, function.
        for cells in text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()) {
            let function = cells[cells.len() - 1];
            let row = shares.rows.iter().find(|row| {
                let function_a = row.functions[0].map(|id| documents[0].profile.function_name(id));
                function_a == Some(function)
            });
            let change = row.unwrap().self_[0];
            let percent = |cell: &str| cell.trim_end_matches('%').parse::<f64>().unwrap();
            let is_close = |a: f64, cell: &str| (a * 100.0 - percent(cell)).abs() < 0.0051;
            assert!(is_close(change.values[0], cells[0]), "{name} {function}");
            assert_eq!(change.weights[0], cells[1].parse::<i64>().unwrap());
            if cells.len() == 7 {
                assert!(is_close(change.delta_value(), cells[2]), "{name} {function}");
                assert_eq!(change.weights[1], cells[3].parse::<i64>().unwrap());
            } else {
                assert_eq!(change.weights[1], 0, "{function} is gone");
            }
            n_rows += 1;
        }
        assert!(n_rows >= 5);
    }
}

/// The functions whose self changed for sure, in the order of the table, and what was found.
fn changed_for_sure(name: &str) -> Vec<String> {
    let documents = ["base", name]
        .map(|name| -> Vec<Document> { (1..=5).map(|run| mill(name, run)).collect() });
    let selection = Selection::default();
    let sides = documents.each_ref().map(|side| -> Vec<Side<'_>> {
        side.iter().map(|it| Side { profile: &it.profile, selection: &selection }).collect()
    });
    let sides = [&*sides[0], &*sides[1]];
    let comparison =
        Comparison::of_several(sides, &Mode::Absolute, &NameRule::ALL, Some("cpu-clock:u"))
            .unwrap();
    let sure = comparison.rows.iter().map(|row| {
        let at = usize::from(row.functions[1].is_some());
        let profile = &documents[at][row.recordings[at]].profile;
        let name = profile.function_name(row.functions[at].unwrap());
        let is_sure = row.self_[0].is_significant() == Some(true);
        (is_sure, name, row.self_[0].delta() > 0, row.functions[1].is_none())
    });
    let sure: Vec<_> = sure.collect();
    let n_sure = sure.iter().filter(|it| it.0).count();
    assert!(sure[..n_sure].iter().all(|it| it.0), "what is sure comes first: {sure:?}");
    let told = sure[..n_sure].iter().map(|&(_, name, has_grown, is_gone)| {
        let how = if is_gone {
            "is gone"
        } else if has_grown {
            "grew"
        } else {
            "shrank"
        };
        format!("{name} {how}")
    });
    told.collect()
}

#[test]
fn a_known_change_is_at_the_top_and_nothing_else_is_significant() {
    assert_eq!(changed_for_sure("slow"), ["sift grew"]);
    assert_eq!(changed_for_sure("removed"), ["turn is gone"]);
    assert_eq!(changed_for_sure("inlined"), ["weigh is gone", "pack grew"]);
}
