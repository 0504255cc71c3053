//! The lines of a function's file on both sides.

use egui::accesskit::Role;
use egui::{Key, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rview::command::{Command, Compare};
use rview::state::{ComparisonView, PickedPair};
use rview_core::diff::By;

use super::{ask, compare, node, shown};
use crate::support::{Files, Window};

/// Samples of a millisecond, so many in each line of `bake`.
fn recording(file: &str, lines: &[(u32, usize)]) -> String {
    let samples = lines.iter().flat_map(|&(line, n)| std::iter::repeat_n(line, n)).enumerate();
    let sample = |(at, line): (usize, u32)| {
        let stack = format!("\t 1{line:03}0 bake+0x{line} (/bin/kitchen)\n  {file}:{line}\n");
        format!("cook 1/1 1.{at:06}: 1000000 cpu-clock:\n{stack}\n")
    };
    samples.map(sample).collect()
}

/// What is said of a change that may be chance.
const DOUBTED: &str = "chance alone changes as much in more than one of 20 recordings";

/// A window that shows the lines of `bake` in two recordings, each of a file of its own.
fn lines(texts: [&str; 2], costs: [&[(u32, usize)]; 2]) -> (Files, Window) {
    let files = Files::new("a.c", texts[0]);
    files.write("b.c", texts[1]);
    let path = |name: &str| files.path(name).display().to_string();
    files.write("a.perf.txt", recording(&path("a.c"), costs[0]));
    files.write("b.perf.txt", recording(&path("b.c"), costs[1]));
    let mut window = compare(&files, ["a.perf.txt", "b.perf.txt"], Vec2::new(1280.0, 800.0));
    let bake = node(&window, "bake");
    ask(&mut window, Compare::Pick(PickedPair::Node(bake)));
    window.key(Key::O);
    assert_eq!(shown(&window).view, ComparisonView::Source);
    (files, window)
}

fn table(window: &Window) -> Vec<String> {
    let rows = window.query_all_by_role(Role::Row);
    let row = |row: egui_kittest::Node<'_>| {
        let node = row.accesskit_node();
        format!("{} | {}", node.label()?, node.description().unwrap_or_default()).into()
    };
    rows.filter_map(row).collect()
}

#[test]
fn a_line_that_has_moved_is_compared_with_itself() {
    let texts = ["one();\ntwo();\nfour();\n", "zero();\none();\nthree();\nfour();\n"];
    let (_files, mut window) = lines(texts, [&[(1, 2), (2, 3), (3, 4)], &[(2, 5), (4, 4)]]);
    ask(&mut window, Compare::By(By::Own));
    let expected = [
        "1: zero(); | ".to_owned(),
        format!("2: one(); | A 2 ms, B 5 ms, change +3 ms, {DOUBTED}"),
        format!("2: two(); | A 3 ms, B –, change −3 ms, {DOUBTED}"),
        "3: three(); | ".to_owned(),
        "4: four(); | A 4 ms, B 4 ms, change ±0".to_owned(),
    ];
    assert_eq!(table(&window), expected);
    assert_eq!(shown(&window).source.picked, Some(1), "the heaviest in B");
    window.key(Key::N);
    assert_eq!(shown(&window).source.picked, Some(2), "the next of those that changed");
}

#[test]
fn lines_whose_file_is_not_there_are_compared_by_number() {
    let (files, mut window) = lines(["", ""], [&[(1, 2), (7, 3)], &[(7, 1)]]);
    std::fs::remove_file(files.path("a.c")).expect("it is there");
    std::fs::remove_file(files.path("b.c")).expect("it is there");
    window.apply(Command::AddSourceDir("/nowhere".into()));
    window.assert_paints("The file is not here");
    let expected = ["1:  | A 2 ms, B –", "7:  | A 3 ms, B 1 ms"];
    let expected = expected.map(|row| format!("{row}, change −2 ms, {DOUBTED}"));
    assert_eq!(table(&window), expected);
}

#[test]
fn a_line_in_many_more_samples_is_no_chance() {
    let (_files, mut window) =
        lines(["one();\ntwo();\n"; 2], [&[(1, 50), (2, 3)], &[(1, 99), (2, 5)]]);
    ask(&mut window, Compare::By(By::Own));
    let rows = table(&window);
    assert_eq!(rows[0], "1: one(); | A 50 ms, B 99 ms, change +49 ms");
    assert!(rows[1].ends_with(DOUBTED), "{}", rows[1]);
    window.assert_paints("~+2");
}

#[test]
fn folded_stacks_have_no_lines_and_say_so() {
    let (_files, mut window) = super::compared();
    window.key(Key::O);
    window.assert_paints("No file is known");
}
