//! Labels, groups, value types and what call paths are of.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use rview::command::{Ask, Command};
use rview::state::{Picked, View};
use rview_core::{Granularity, GroupBy};
use rview_formats::DropFrames;

use crate::support::{Files, Window, fixture};

/// The CPU profile of a Go program, 84 samples of 10 ms, labeled by job and worker:
///
/// ```text
/// job      red 300 ms    cider 270 ms    white 270 ms
/// worker   0 420 ms      1 420 ms
/// ```
fn cellar() -> Window {
    Window::open(&[fixture("pprof/go-cpu.pb.gz")])
}

const MS: i64 = 1_000_000;

/// The names of the roots of the call tree, heaviest first.
fn roots(window: &Window) -> Vec<String> {
    let trees = window.session().trees().expect("the file is open");
    let names = trees.tree.roots().map(|node| trees.tree.function(node));
    names.map(|function| window.profile().function_name(function).to_owned()).collect()
}

#[test]
fn every_value_type_is_one_click_away_with_its_total() {
    let mut window = cellar();
    assert_eq!(window.total(), 840 * MS);
    window.click("Value type: cpu (nanoseconds)");
    assert!(window.has("cpu (nanoseconds) 840 ms"));
    window.click("samples 84");
    assert_eq!(window.total(), 84);
    window.key(Key::V);
    assert_eq!(window.total(), 840 * MS, "V goes on to the next");
    window.chord(Modifiers::SHIFT, Key::V);
    assert_eq!(window.total(), 84);
    window.ctrl(Key::Z);
    assert_eq!(window.total(), 840 * MS);
}

#[test]
fn a_click_on_a_label_keeps_only_its_samples() {
    let mut window = cellar();
    window.key(Key::L);
    assert!(window.has("job red, 300 ms, 35.7 %"), "the heaviest is listed");
    window.click("job red, 300 ms, 35.7 %");
    assert_eq!(window.total(), 300 * MS);
    // Totals of value types are of what counts; other values stay to be asked for.
    window.click("Value type: cpu (nanoseconds)");
    assert!(window.has("samples 30"));
    window.key(Key::Escape);
    window.click("job white, 270 ms, 32.1 %");
    assert_eq!(window.total(), 270 * MS, "instead of red");
    window.click("Remove job = white");
    assert_eq!(window.total(), 840 * MS);
    window.ctrl(Key::Z);
    assert_eq!(window.total(), 270 * MS, "undone");
    window.click("job white, 270 ms, 32.1 %");
    assert_eq!(window.total(), 840 * MS, "asked again, any will do");
}

#[test]
fn labels_add_up_and_are_left_out_by_the_menu() {
    let mut window = cellar();
    window.click("Labels");
    window.click("job red, 300 ms, 35.7 %");
    let white = window.rect("job white, 270 ms, 32.1 %").center();
    window.secondary_click_at(white);
    window.click("Keep these too");
    assert_eq!(window.total(), 570 * MS);
    let zero = window.get_by_label_contains("worker 0, ").rect().center();
    window.secondary_click_at(zero);
    window.click("Leave these out");
    assert!(window.total() < 570 * MS);
    assert!(window.has("Remove worker ≠ 0"));
    window.apply(Command::Ask(Ask::Everything));
    assert_eq!(window.total(), 840 * MS);
}

#[test]
fn values_are_found_by_a_part_of_their_text() {
    let mut window = cellar();
    window.key(Key::L);
    window.click("Filter labels");
    window.type_text("CID");
    assert!(window.has("job cider, 270 ms, 32.1 %"));
    assert!(!window.has("job red, 300 ms, 35.7 %"));
    window.type_text("x");
    window.assert_paints("No label matches");
}

#[test]
fn keys_of_labels_close() {
    let mut window = cellar();
    window.key(Key::L);
    window.click("Close label job");
    assert!(!window.has("job red, 300 ms, 35.7 %"));
    window.click("Open label job");
    assert!(window.has("job red, 300 ms, 35.7 %"));
}

#[test]
fn many_values_are_listed_when_asked_for() {
    let mut window = Window::open(&[fixture("pprof/go-heap.pb.gz")]);
    window.key(Key::L);
    // More sizes were allocated than are in use.
    window.key(Key::V);
    let n_rows = |window: &Window| window.query_all_by_label_contains("bytes ").count();
    let few = n_rows(&window);
    window.get_by_label_contains("more of bytes").click();
    window.settle();
    assert!(n_rows(&window) > few);
    window.click("Show fewer of bytes");
    assert_eq!(n_rows(&window), few);
}

#[test]
fn a_label_groups_every_view() {
    let mut window = cellar();
    window.key(Key::L);
    window.click("Group by job");
    assert_eq!(roots(&window), ["job=red", "job=cider", "job=white"]);
    assert_eq!(window.total(), 840 * MS);
    window.apply(Command::ShowView(View::CallTree));
    assert!(window.has("job=red"));
    window.click("Remove by job");
    assert!(!roots(&window).contains(&"job=red".to_owned()));
    window.ctrl(Key::Z);
    assert_eq!(roots(&window).len(), 3, "undone");
    window.click("Shown: Functions");
    window.click("nothing");
    assert!(!roots(&window).contains(&"job=red".to_owned()));
}

#[test]
fn the_palette_finds_groups() {
    let mut window = cellar();
    window.chord(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::P);
    window.type_text("by work");
    window.key(Key::Enter);
    let by = GroupBy::Label("worker".to_owned());
    assert_eq!(window.session().question.shape.group_by, Some(by));
    assert_eq!(roots(&window), ["worker=0", "worker=1"]);
}

#[test]
fn what_is_picked_stays_picked_in_another_shape() {
    let mut window = cellar();
    let path_of = |window: &Window, name: &str| {
        let trees = window.session().trees().expect("the file is open");
        let function = window.function(name);
        let node = trees.tree.ids().find(|&node| trees.tree.function(node) == function);
        trees.tree.path(node.expect("it is in the tree"))
    };
    let path = path_of(&window, "main.age");
    window.pick(Picked::Path(path));
    window.apply(Command::Ask(Ask::GroupBy(Some(GroupBy::Label("job".to_owned())))));
    assert_eq!(window.picked_name(), Some("main.age"));
    window.apply(Command::Ask(Ask::GroupBy(None)));
    assert_eq!(window.picked_name(), Some("main.age"));
    assert_eq!(window.session().picked, Picked::Path(path), "and in its place");
}

#[test]
fn boxes_and_rows_are_of_lines_files_or_modules() {
    let mut window = cellar();
    window.click("Shown: Functions");
    window.click("Lines");
    assert!(window.profile().strings().ids().any(|id| window.profile().text(id) == "main.age:30"));
    assert_eq!(window.session().question.shape.granularity, Granularity::Line);
    assert_eq!(window.total(), 840 * MS);
    window.click("Shown: Lines");
    window.click("Modules");
    assert_eq!(roots(&window), ["(cellar)"]);
    window.apply(Command::Ask(Ask::Granularity(Granularity::Function)));
    assert!(roots(&window).contains(&"main.main.func1".to_owned()), "{:?}", roots(&window));
}

#[test]
fn inlined_functions_are_called_so() {
    let mut window = Window::open(&[fixture("pprof/odd-inlined.pb")]);
    let hash = window.function("main.hash");
    window.apply(Command::ShowView(View::CallTree));
    window.apply(Command::ShowView(View::FlameGraph));
    let trees = window.session().trees().expect("the file is open");
    let mut nodes = trees.tree.ids();
    let node = nodes.find(|&node| trees.tree.function(node) == hash).expect("it is in the tree");
    let path = trees.tree.path(node);
    window.pick(Picked::Path(path));
    window.assert_paints("Inlined into its caller here");
    window.assert_paints("main.hash (inlined)");
    window.apply(Command::ShowView(View::CallTree));
    assert!(window.has("main.hash, inlined"));
}

#[test]
fn negative_weights_are_as_wide_as_they_are_large_and_have_a_sign() {
    // parse −20, hash −45, and 30 and 10 of lex: −25 in all, 105 without signs.
    let mut window = Window::open(&[fixture("pprof/odd-negative.pb")]);
    assert_eq!(window.total(), -25);
    let trees = window.session().trees().expect("the file is open");
    assert_eq!(trees.tree.reference(), 105);
    assert!(trees.flame.width() >= 85, "{}", trees.flame.width());
    window.assert_paints("− main.hash");
    window.assert_paints("+ main.lex");
    window.apply(Command::ShowView(View::Functions));
    let first = window.session().functions.rows[0];
    assert_eq!(window.profile().function_name(first), "main.hash", "the largest, without signs");
}

#[test]
fn frames_that_the_file_drops_can_be_shown() {
    let files = Files::new("drop.pb", dropping());
    let mut window = Window::open(&[files.path("drop.pb")]);
    let names = |window: &Window| {
        let trees = window.session().trees().expect("the file is open");
        let names = trees.tree.ids().map(|node| trees.tree.function(node));
        names.map(|id| window.profile().function_name(id).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&window), ["main"]);
    window.apply(Command::ShowView(View::CallTree));
    window.click("Shown: Functions");
    window.click("Frames the file asks to leave out");
    window.settle();
    assert_eq!(names(&window), ["main", "malloc"]);
    assert_eq!(window.session().drop_frames, DropFrames::Shown);
    assert_eq!(window.session().layout.active, View::CallTree, "what was on screen stays");
    window.apply(Command::ToggleDropFrames);
    assert_eq!(names(&window), ["main"]);
}

/// A profile of one sample `main` → `malloc` that asks to leave `malloc` out.
fn dropping() -> Vec<u8> {
    let message = |field: u8, content: &[u8]| {
        let len = u8::try_from(content.len()).expect("it is short");
        [&[field << 3 | 2, len], content].concat()
    };
    let mut file = message(1, &[1 << 3, 1, 2 << 3, 1]);
    file.extend(message(2, &[1 << 3, 2, 1 << 3, 1, 2 << 3, 7]));
    for id in 1..=2 {
        file.extend(message(4, &[&[1 << 3, id], &*message(4, &[1 << 3, id])].concat()));
        file.extend(message(5, &[1 << 3, id, 2 << 3, id + 1]));
    }
    for text in ["", "n", "main", "malloc"] {
        file.extend(message(6, text.as_bytes()));
    }
    file.extend([7 << 3, 3]);
    file
}

#[test]
fn reading_again_keeps_the_question() {
    let mut window = cellar();
    window.key(Key::L);
    window.click("job red, 300 ms, 35.7 %");
    window.click("Group by worker");
    window.key(Key::F5);
    assert_eq!(window.total(), 300 * MS);
    assert_eq!(roots(&window).len(), 2);
    assert!(window.session().labels.is_shown);
}
