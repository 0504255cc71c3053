//! Pictures of a view: what is written, and where.

use std::fs;

use rview::command::{Command, PictureKind};

use crate::support::{Files, Window, kitchen};

/// The flame graph as it is saved.
fn svg(window: &mut Window) -> String {
    let folder = Files::new("empty", "");
    let path = folder.path("a.svg");
    window.apply(Command::SavePicture(PictureKind::Svg, path.clone()));
    fs::read_to_string(path).expect("it is written")
}

#[test]
fn the_flame_graph_is_saved_as_boxes_that_say_what_they_are() {
    let (_files, mut window) = kitchen();
    let svg = svg(&mut window);
    assert_eq!(svg.matches("<g>").count(), 5, "main, bake, knead, heat, wash");
    assert!(svg.contains("<title>knead\n40, 40.0 % of all</title>"), "{svg}");
    assert!(svg.contains(">kitchen.folded · 100 of samples</text>"), "{svg}");
    assert_eq!(svg.matches("<g>").count(), svg.matches("</g>").count());
    assert!(window.shown().notices.iter().any(|notice| notice.text.starts_with("Saved ")));
}

#[test]
fn only_what_is_zoomed_to_is_in_the_picture() {
    let (_files, mut window) = kitchen();
    let wash = window.function("wash");
    window.pick(rview::state::Picked::Function(wash));
    window.apply(Command::FramePicked);
    window.run_steps(30);
    let svg = svg(&mut window);
    assert!(svg.contains("<title>wash\n") && !svg.contains("<title>knead\n"), "{svg}");
}

#[test]
fn a_place_that_cannot_be_written_says_so() {
    let (_files, mut window) = kitchen();
    let path = "/nowhere/at/all/a.svg".into();
    window.apply(Command::SavePicture(PictureKind::Svg, path));
    let notices = &window.shown().notices;
    assert!(notices.iter().any(|notice| notice.text.contains("/nowhere/at/all/a.svg")));
}

#[test]
fn the_view_that_keys_act_on_is_saved_as_its_pixels() {
    let (files, mut window) = kitchen();
    window.key(egui::Key::Num3);
    let path = files.path("a.png");
    window.apply(Command::SavePicture(PictureKind::Png, path.clone()));
    window.settle();
    let picture = image::open(path).expect("it is written").to_rgba8();
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    assert!(width > 600.0 && width < 1280.0 && height > 400.0 && height < 800.0, "{width}");
    let colors: std::collections::BTreeSet<[u8; 4]> =
        picture.pixels().map(|pixel| pixel.0).collect();
    assert!(colors.len() > 20, "rows, bars, letters: {}", colors.len());
}
