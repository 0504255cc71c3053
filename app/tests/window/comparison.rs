//! Two recordings compared: opened, listed, drawn, swapped, refused.

mod source;
mod times;

use egui::accesskit::Role;
use egui::{Key, Pos2, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use rview::command::{Ask, Command, Compare};
use rview::comparison::Layout;
use rview::settings::{Settings, ThemeChoice};
use rview::state::{Comparison, ComparisonView, PickedPair};
use rview_core::PairNodeId;
use rview_core::diff::{By, Mode};
use rview_formats::Input;

use crate::support::{Files, KITCHEN, SERVICE, Window, dark, fixture, open};

/// [`KITCHEN`] on another day: less kneading, more washing, no heat, and a new dish.
const EVENING: &str = "\
main 15
main;bake;knead 10
main;wash 225
main;plate 50
";

fn files() -> Files {
    let files = Files::new("kitchen.folded", KITCHEN);
    files.write("evening.folded", EVENING);
    files
}

/// A window that compares [`KITCHEN`] with [`EVENING`].
fn compared() -> (Files, Window) {
    let files = files();
    let window = compare(&files, ["kitchen.folded", "evening.folded"], Vec2::new(1280.0, 800.0));
    (files, window)
}

fn compare(files: &Files, names: [&str; 2], size: Vec2) -> Window {
    let inputs = names.map(|name| Input::Path(files.path(name)));
    Window::with(size, 1.0, dark(), vec![Command::Compare(Compare::Inputs(inputs))])
}

#[track_caller]
fn shown(window: &Window) -> &Comparison {
    window.shown().comparison().expect("a comparison is in front")
}

fn ask(window: &mut Window, compare: Compare) {
    window.apply(Command::Compare(compare));
}

fn rows(window: &Window) -> Vec<String> {
    let rows = window.query_all_by_role(Role::Row);
    rows.filter_map(|row| row.accesskit_node().label()).collect()
}

/// What a row says beside its name.
#[track_caller]
fn numbers(window: &Window, name: &str) -> String {
    let row = window.get_by_role_and_label(Role::Row, name);
    row.accesskit_node().description().expect("a row says its numbers")
}

/// Clicks a button, where other things are called so too.
#[track_caller]
fn click_button(window: &mut Window, label: &str) {
    window.get_by_role_and_label(Role::Button, label).click();
    window.settle();
}

/// The widest node of a function.
#[track_caller]
fn node(window: &Window, name: &str) -> PairNodeId {
    let paired = &shown(window).compared.as_ref().expect("it is compared").paired;
    let found = paired.tree.ids().find(|&node| paired.name(paired.tree.function(node)) == name);
    found.unwrap_or_else(|| panic!("no node {name}"))
}

#[test]
fn two_open_files_are_compared_the_left_one_being_a() {
    let files = files();
    let paths = ["kitchen.folded", "evening.folded"].map(|name| files.path(name));
    let mut window = Window::open(&paths);
    window.ctrl(Key::D);
    assert_eq!(shown(&window).name(), "kitchen.folded → evening.folded");
    assert_eq!(rows(&window), ["wash", "plate", "knead", "heat", "main", "bake"]);
    window.ctrl(Key::D);
    assert_eq!(window.shown().tabs.len(), 3, "the same two are compared in one tab");
}

#[test]
fn one_open_file_is_compared_with_nothing() {
    let files = files();
    let mut window = Window::open(&[files.path("kitchen.folded")]);
    window.ctrl(Key::D);
    window.assert_paints("Open another file to compare this one with");
}

#[test]
fn of_several_open_files_one_is_chosen() {
    let files = files();
    files.write("night.folded", "main;sleep 3\n");
    let names = ["kitchen.folded", "night.folded", "evening.folded"];
    let mut window = Window::open(&names.map(|name| files.path(name)));
    window.click("Compare…");
    window.assert_paints("Compare evening.folded, as B, with A:");
    window.click("night.folded");
    assert_eq!(shown(&window).name(), "night.folded → evening.folded");
}

#[test]
fn two_files_that_are_dropped_together_can_be_compared() {
    let files = files();
    let mut window = Window::empty();
    window.hold_files(2);
    window.assert_paints("Drop to open 2 files and compare them");
    window.drop_files(&[files.path("kitchen.folded"), files.path("evening.folded")]);
    window.click("The other way round");
    assert_eq!(shown(&window).name(), "evening.folded → kitchen.folded");
    assert!(window.shown().overlay.is_none());
}

#[test]
fn a_row_tells_both_sides_and_the_change() {
    let (_files, window) = compared();
    assert_eq!(
        numbers(&window, "wash"),
        "self A 25, B 225, change +200, +800.0 % of A, +50.00 pp share"
    );
    assert!(numbers(&window, "plate").ends_with(", new"), "{}", numbers(&window, "plate"));
    assert!(numbers(&window, "heat").ends_with(", gone"), "{}", numbers(&window, "heat"));
    for text in ["+200", "−30", "new", "gone", "+200.0 % of A"] {
        window.assert_paints(text);
    }
}

#[test]
fn what_chance_may_explain_says_so() {
    let files = Files::new("a.folded", "main;a 10\nmain;b 1000\n");
    files.write("b.folded", "main;a 13\nmain;b 2000\n");
    let window = compare(&files, ["a.folded", "b.folded"], Vec2::new(1280.0, 800.0));
    window.assert_paints("~ chance");
    let told = "chance alone changes as much in more than one of 20 recordings";
    assert!(numbers(&window, "a").ends_with(told));
    assert!(!numbers(&window, "b").contains("chance"));
}

#[test]
fn calls_that_chance_may_change_as_much_say_so() {
    let files = Files::new("a.folded", "main;a 10\nmain;b 1000\n");
    files.write("b.folded", "main;a 13\nmain;b 2000\n");
    let mut window = compare(&files, ["a.folded", "b.folded"], Vec2::new(1280.0, 800.0));
    let main = node(&window, "main");
    ask(&mut window, Compare::Pick(PickedPair::Node(main)));
    ask(&mut window, Compare::View(ComparisonView::Sandwich));
    window.assert_paints("~+0.003");
    window.assert_paints("grey out what chance may explain (~ ?)");
    let told = ", change +3, chance alone changes as much in more than one of 20 recordings";
    assert!(numbers(&window, "a").ends_with(told), "{}", numbers(&window, "a"));
    assert!(!numbers(&window, "b").contains("chance"));
}

#[test]
fn swapped_sides_negate_the_changes() {
    let (_files, mut window) = compared();
    window.click("Swap");
    assert_eq!(shown(&window).name(), "evening.folded → kitchen.folded");
    assert_eq!(
        numbers(&window, "wash"),
        "self A 225, B 25, change −200, −88.9 % of A, −50.00 pp share"
    );
    assert!(numbers(&window, "plate").ends_with(", gone"));
}

#[test]
fn weights_are_compared_as_shares_and_the_legend_says_so() {
    let (_files, mut window) = compared();
    window.assert_paints("Compares samples as recorded");
    click_button(&mut window, "Share");
    assert_eq!(*shown(&window).mode(), Mode::Share);
    window.assert_paints("Compares shares of samples: each side divided by all of it");
    assert!(numbers(&window, "wash").starts_with("self A 25.00 %, B 75.00 %, change +50.00 %"));
}

#[test]
fn weights_are_divided_by_a_function_that_is_picked_and_the_legend_says_so() {
    let (_files, mut window) = compared();
    let wash = node(&window, "wash");
    ask(&mut window, Compare::Pick(PickedPair::Node(wash)));
    click_button(&mut window, "Per …");
    click_button(&mut window, "the total of wash");
    assert_eq!(shown(&window).mode().of(), Some("wash"));
    window.assert_paints("as parts of the total of wash: A divided by");
    assert!(numbers(&window, "wash").contains("A 100.00 %, B 100.00 %, change ±0"));
    // Where the function is gone, weights are as they were recorded, and that is said.
    ask(&mut window, Compare::Mode(Mode::PerFunction("no such".into())));
    window.assert_paints("as recorded");
    ask(&mut window, Compare::Mode(Mode::PerSample));
    window.assert_paints("by sample: A divided by");
}

#[test]
fn functions_are_listed_alone_or_with_all_they_call() {
    let (_files, mut window) = compared();
    click_button(&mut window, "Total");
    assert_eq!(shown(&window).by, By::Total);
    assert!(numbers(&window, "bake").starts_with("total A 60, B 10, change −50"));
}

#[test]
fn headers_sort_rows() {
    let (_files, mut window) = compared();
    let header = |window: &Window, title: &str| {
        window.get_by_role_and_label(Role::ColumnHeader, title).rect().center()
    };
    let at = header(&window, "A");
    window.click_at(at);
    assert_eq!(rows(&window)[..3], ["knead", "wash", "heat"]);
    let at = header(&window, "Function");
    window.click_at(at);
    assert_eq!(rows(&window)[..2], ["bake", "heat"]);
    window.click_at(at);
    assert_eq!(rows(&window)[..2], ["wash", "plate"]);
}

#[test]
fn a_search_filters_the_table_by_what_either_side_weighs() {
    let (_files, mut window) = compared();
    window.apply(Command::SetSearch("ea".to_owned()));
    assert_eq!(rows(&window), ["knead", "heat"]);
    window.apply(Command::SetSearch("self>45".to_owned()));
    assert_eq!(rows(&window), ["wash", "plate"]);
    window.apply(Command::SetSearch("nothing like it".to_owned()));
    window.assert_paints("No function matches");
    window.click("Clear the search");
    assert_eq!(rows(&window).len(), 6);
    window.apply(Command::SetSearch("self>".to_owned()));
    assert_eq!(rows(&window).len(), 6, "what is not complete yet restricts nothing");
}

#[test]
fn a_copy_is_a_table_of_what_is_listed() {
    let (_files, mut window) = compared();
    let copied = window.copied().expect("something is copied");
    let lines: Vec<&str> = copied.lines().collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(
        lines[0],
        "a\tb\tchange\tchange_of_a\tshare_a\tshare_b\tstate\tp_value\tfunction\tmodule"
    );
    let wash: Vec<&str> = lines[1].split('\t').collect();
    assert_eq!(wash[..7], ["25", "225", "200", "8", "0.25", "0.75", "both"]);
    assert_eq!(wash[8], "wash");
}

#[test]
fn recordings_that_measure_different_things_are_refused_with_the_reason() {
    let files = Files::new("kitchen.folded", KITCHEN);
    files.write("service.json", SERVICE);
    let mut window = compare(&files, ["kitchen.folded", "service.json"], Vec2::new(1280.0, 800.0));
    window.assert_paints("These two cannot be compared");
    window.assert_paints("the first measures samples (count), the second Slice time (nanoseconds)");
    window.click("Swap");
    window.assert_paints("the first measures Slice time (nanoseconds)");
    window.click("Close");
    assert_eq!(window.shown().tabs.len(), 2);
}

#[test]
fn a_file_that_cannot_be_read_says_so_in_the_comparison() {
    let files = Files::new("kitchen.folded", KITCHEN);
    files.write("broken.bin", [0_u8; 64]);
    let window = compare(&files, ["kitchen.folded", "broken.bin"], Vec2::new(1280.0, 800.0));
    window.assert_paints("B cannot be opened");
}

#[test]
fn a_comparison_follows_what_its_tabs_show() {
    let (files, mut window) = compared();
    files.write("evening.folded", "main;wash 30\nmain;fry 70\n");
    window.apply(Command::SelectTab(1));
    window.apply(Command::Reload);
    window.apply(Command::SelectTab(2));
    assert!(numbers(&window, "fry").starts_with("self A –, B 70"));
    window.apply(Command::SelectTab(1));
    window.apply(Command::Ask(Ask::Only(Some("wash".to_owned()))));
    window.apply(Command::SelectTab(2));
    assert!(!rows(&window).contains(&"fry".to_owned()));
    window.assert_paints("Only only wash, as in its tab");
    window.apply(Command::CloseTab(1));
    assert_eq!(shown(&window).name(), "kitchen.folded → evening.folded");
    assert!(numbers(&window, "wash").starts_with("self A 25, B 30"), "its tab is closed");
}

#[test]
fn the_menu_of_a_row_leads_to_the_tab_of_either_side() {
    let (_files, mut window) = compared();
    let row = window.get_by_role_and_label(Role::Row, "knead").rect();
    window.secondary_click_at(row.center());
    window.click("Show it in A");
    assert_eq!(window.shown().active, 0);
    assert_eq!(window.picked_name(), Some("knead"));
}

#[test]
fn both_files_are_read_again_in_one_go() {
    let (files, mut window) = compared();
    files.write("kitchen.folded", "main;dry 5\n");
    files.write("evening.folded", "main;dry 9\n");
    window.key(Key::F5);
    assert_eq!(rows(&window), ["dry", "main"]);
    assert!(numbers(&window, "dry").starts_with("self A 5, B 9, change +4, +80.0 % of A"));
}

#[test]
fn another_value_type_is_searched_by_what_it_weighs() {
    let inputs = [fixture("pprof/go-heap.pb.gz"), fixture("pprof/go-allocs.pb.gz")];
    let commands = vec![Command::Compare(Compare::Inputs(inputs.map(Input::Path)))];
    let mut window = Window::with(Vec2::new(1280.0, 800.0), 1.0, dark(), commands);
    let first = shown(&window).compared.as_ref().map(|it| it.paired.measure().name().to_owned());
    window.key(Key::V);
    let next = shown(&window).compared.as_ref().map(|it| it.paired.measure().name().to_owned());
    assert_ne!(first, next);
    window.apply(Command::SetSearch("total>=10%".to_owned()));
    assert!(!rows(&window).is_empty());
}

#[test]
fn a_double_click_on_a_row_shows_it_in_the_flame_graph() {
    let (_files, mut window) = compared();
    let row = window.get_by_role_and_label(Role::Row, "wash").rect();
    window.double_click_at(row.center());
    assert_eq!(shown(&window).view, ComparisonView::DiffFlame);
    assert_eq!(
        shown(&window).picked_function().map(|pair| {
            let compared = shown(&window).compared.as_ref().expect("it is compared");
            compared.paired.name(pair).to_owned()
        }),
        Some("wash".to_owned())
    );
}

#[test]
fn the_flame_graph_marks_what_is_more_less_new_and_gone() {
    let (_files, mut window) = compared();
    window.key(Key::Num2);
    for text in ["+ wash", "− knead", "+ new plate", "− bake"] {
        window.assert_paints(text);
    }
    window.assert_paints("width: A and B together");
    ask(&mut window, Compare::Layout(Layout::A));
    assert!(!window.paints("new plate"), "what is new has no width in A");
    window.assert_paints("− gone heat");
    ask(&mut window, Compare::Layout(Layout::B));
    assert!(!window.paints("gone heat"));
    window.assert_paints("+ new plate");
}

#[test]
fn the_pointer_on_a_box_tells_both_sides() {
    let (_files, mut window) = compared();
    window.key(Key::Num2);
    let canvas = window.get_by_role_and_label(Role::Canvas, "Differential flame graph").rect();
    window.hover(Pos2::new(canvas.left() + 100.0, canvas.top() + 9.0));
    for text in ["A 100", "B 300", "Change +200  +200.0 % of A"] {
        assert!(window.has(text), "{text}");
    }
}

#[test]
fn arrows_and_a_double_click_work_in_the_flame_graph() {
    let (_files, mut window) = compared();
    window.key(Key::Num2);
    let name = |window: &Window| {
        let compared = shown(window).compared.as_ref().expect("it is compared");
        let picked = shown(window).picked_function().expect("something is picked");
        compared.paired.name(picked).to_owned()
    };
    window.key(Key::ArrowDown);
    assert_eq!(name(&window), "main");
    window.key(Key::ArrowDown);
    assert_eq!(name(&window), "wash", "the heaviest of both");
    window.key(Key::F);
    assert!(shown(&window).flame_view.is_some());
    window.key(Key::Num0);
    assert!(shown(&window).flame_view.is_none());
}

#[test]
fn the_graphs_beside_each_other_are_zoomed_and_picked_together() {
    let (_files, mut window) = compared();
    window.key(Key::Num3);
    assert_eq!(shown(&window).view, ComparisonView::SideBySide);
    let bake = node(&window, "bake");
    ask(&mut window, Compare::Pick(PickedPair::Node(bake)));
    for title in ["Flame graph of A", "Flame graph of B"] {
        let graph = window.get_by_role_and_label(Role::Canvas, title);
        let value = graph.accesskit_node().value().expect("it says what is picked");
        assert!(
            value.starts_with("bake with all it calls went from 60 in A to 10 in B"),
            "{value}"
        );
    }
    window.key(Key::F);
    let [a, b] = shown(&window).side_views;
    let compared = shown(&window).compared.clone().expect("it is compared");
    for (view, layout) in [(a, Layout::A), (b, Layout::B)] {
        let (view, span) = (view.expect("zoomed"), compared.layout(layout).span(bake.raw()));
        assert_eq!(view.range(), span, "{layout:?}");
    }
}

#[test]
fn what_is_picked_and_on_screen_stays_through_a_swap() {
    let (_files, mut window) = compared();
    window.key(Key::Num2);
    let bake = node(&window, "bake");
    ask(&mut window, Compare::Pick(PickedPair::Node(bake)));
    window.key(Key::F);
    ask(&mut window, Compare::Swap);
    let bake = node(&window, "bake");
    assert_eq!(shown(&window).picked, PickedPair::Node(bake));
    let view = shown(&window).flame_view.expect("zoomed");
    let compared = shown(&window).compared.clone().expect("it is compared");
    assert_eq!(view.range(), compared.layout(Layout::Both).span(bake.raw()));
}

#[test]
fn the_graphs_beside_each_other_stay_zoomed_through_a_swap() {
    let (_files, mut window) = compared();
    window.key(Key::Num3);
    let wash = node(&window, "wash");
    ask(&mut window, Compare::Pick(PickedPair::Node(wash)));
    window.key(Key::F);
    ask(&mut window, Compare::Swap);
    let wash = node(&window, "wash");
    let compared = shown(&window).compared.clone().expect("it is compared");
    for (side, view) in shown(&window).side_views.into_iter().enumerate() {
        let span = compared.layout(Layout::of_side(side)).span(wash.raw());
        assert_eq!(view.expect("zoomed").range(), span, "{side}");
    }
}

#[test]
fn details_say_a_change_in_full() {
    let (_files, mut window) = compared();
    let row = window.get_by_role_and_label(Role::Row, "wash").rect();
    window.click_at(row.center());
    window.assert_paints(
        "wash itself went from 25 in A to 225 in B: +200, +800.0 % of A. Share of the whole: \
         25.0 % → 75.0 %, +50.00 pp. As much by chance alone: in less than 1 of 1000 recordings.",
    );
    window.assert_paints("In both, by name and module");
}

#[test]
fn names_that_differ_by_builds_are_one_unless_that_is_turned_off() {
    let files = Files::new("a.folded", "main;run.cold 5\n");
    files.write("b.folded", "main;run 7\n");
    let mut window = compare(&files, ["a.folded", "b.folded"], Vec2::new(1280.0, 800.0));
    assert_eq!(rows(&window).len(), 2);
    ask(&mut window, Compare::ToggleRule(rview_core::diff::NameRule::Clones));
    assert_eq!(rows(&window).len(), 3);
}

#[test]
fn a_renamed_function_is_proposed_and_taken_for_one_and_two_by_hand() {
    let files = Files::new("a.folded", "main;parse;token 60\nmain;wash 20\n");
    files.write("b.folded", "main;scan;token 55\nmain;wash 20\n");
    let mut window = compare(&files, ["a.folded", "b.folded"], Vec2::new(1280.0, 800.0));
    assert_eq!(rows(&window).len(), 5, "nothing is taken for one by itself");
    click_button(&mut window, "Renames (1)");
    window.assert_paints("parse → scan");
    window.assert_paints("callers 100 %, callees 100 %");
    click_button(&mut window, "Accept parse → scan");
    assert_eq!(rows(&window).len(), 4);
    assert!(!numbers(&window, "scan").contains("new"));
    ask(&mut window, Compare::Swap);
    assert_eq!(rows(&window).len(), 4, "the two are one the other way round too");
    ask(&mut window, Compare::UndoRename(0));
    assert_eq!(rows(&window).len(), 5);
}

#[test]
fn a_sandwich_tells_both_sides_of_each_call_and_leads_to_the_next() {
    let (_files, mut window) = compared();
    let bake = node(&window, "bake");
    ask(&mut window, Compare::Pick(PickedPair::Node(bake)));
    window.key(Key::Num9);
    assert_eq!(shown(&window).view, ComparisonView::Sandwich);
    let callees = rows(&window);
    assert!(callees.contains(&"main".to_owned()) && callees.contains(&"knead".to_owned()));
    let calls = shown(&window).calls.clone().expect("there are calls");
    let knead = node(&window, "knead");
    let knead =
        shown(&window).compared.as_ref().expect("it is compared").paired.tree.function(knead);
    let call = calls.1.callees.iter().find(|it| it.function == knead).expect("it is called");
    assert!(call.change.weights[1] == 10 && call.change.weights[0] > 10, "{call:?}");
    ask(&mut window, Compare::Pick(PickedPair::Function(knead)));
    assert!(rows(&window).contains(&"bake".to_owned()), "what called it");
}

#[test]
fn a_recording_compared_with_itself_has_not_changed() {
    let files = Files::new("kitchen.folded", KITCHEN);
    let window = compare(&files, ["kitchen.folded"; 2], Vec2::new(1280.0, 800.0));
    for name in rows(&window) {
        let numbers = numbers(&window, &name);
        assert!(numbers.contains("change ±0"), "{name}: {numbers}");
        assert!(!numbers.contains("chance"), "no change is not by chance: {name}: {numbers}");
    }
}

#[test]
fn different_formats_are_compared_by_their_common_unit() {
    let inputs = ["pprof/go-cpu.pb.gz", "pprof/rust-cpu.pb.gz"];
    let inputs = inputs.map(|name| Input::Path(fixture(name)));
    let mut window = Window::with(
        Vec2::new(900.0, 600.0),
        2.0,
        Settings { theme: ThemeChoice::Light, ..Settings::default() },
        vec![Command::Compare(Compare::Inputs(inputs))],
    );
    for view in ComparisonView::ALL {
        ask(&mut window, Compare::View(view));
        window.render().expect("it is painted");
    }
    ask(&mut window, Compare::View(ComparisonView::Delta));
    ask(&mut window, Compare::Mode(Mode::PerSecond));
    window.assert_paints("by second: A divided by");
}

#[test]
fn every_view_of_a_comparison_paints_in_the_smallest_windows() {
    let files = files();
    for size in [Vec2::new(640.0, 400.0), Vec2::new(200.0, 120.0)] {
        let mut window = compare(&files, ["kitchen.folded", "evening.folded"], size);
        for view in ComparisonView::ALL {
            ask(&mut window, Compare::View(view));
            window.render().expect("it is painted");
        }
    }
    // Opening again what is open is no second tab.
    let mut window = compare(&files, ["kitchen.folded", "evening.folded"], Vec2::splat(640.0));
    window.apply(open(&[files.path("evening.folded")]));
    assert_eq!((window.shown().tabs.len(), window.shown().active), (3, 1));
}
