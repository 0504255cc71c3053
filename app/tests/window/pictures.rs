//! What is painted: light and dark, large and small, and nothing while nothing happens.

use std::time::Duration;

use egui::Vec2;
use rview::settings::{Settings, ThemeChoice};
use rview::state::View;

use crate::support::{VIEW_KEYS, Window, dark, fixture, open};

const FILES: [&str; 4] = [
    "folded/threads.folded",
    "pprof/go-cpu.pb.gz",
    "chrome-trace/viztracer.json",
    "perf.data/threads.perf.data",
];

fn window(size: Vec2, scale: f32, settings: Settings, name: &str) -> Window {
    Window::with(size, scale, settings, vec![open(&[fixture(name)])])
}

#[test]
fn light_is_light_and_dark_is_dark() {
    let light = Settings { theme: ThemeChoice::Light, ..Settings::default() };
    for name in FILES {
        let size = Vec2::new(1000.0, 640.0);
        let (dark, light) = (
            window(size, 1.0, dark(), name).brightness(),
            window(size, 1.0, light.clone(), name).brightness(),
        );
        assert!(dark < 80.0, "{name}: {dark}");
        assert!(light > 180.0, "{name}: {light}");
    }
}

#[test]
fn every_view_paints_at_the_least_size_and_below() {
    for size in [Vec2::new(640.0, 400.0), Vec2::new(200.0, 120.0)] {
        for name in FILES {
            let mut window = window(size, 1.0, dark(), name);
            for key in VIEW_KEYS {
                window.key(key);
                window.render().expect("it is painted");
            }
        }
    }
}

#[test]
fn a_screen_of_twice_the_pixels_gets_them() {
    let mut window = window(Vec2::new(640.0, 400.0), 2.0, dark(), "folded/threads.folded");
    let image = window.render().expect("it is painted");
    assert_eq!((image.width(), image.height()), (1280, 800));
    let colors: std::collections::BTreeSet<[u8; 4]> = image.pixels().map(|pixel| pixel.0).collect();
    assert!(colors.len() > 50, "boxes, text, surfaces: {}", colors.len());
}

#[test]
fn the_flame_graph_has_the_colors_of_its_boxes() {
    let mut window = window(Vec2::new(1000.0, 640.0), 1.0, dark(), "folded/threads.folded");
    let image = window.render().expect("it is painted");
    let base = &window.session().base;
    let functions = ["orchard::press", "orchard::pick", "main"];
    for name in functions {
        let color = base.color(window.function(name), egui::Theme::Dark).to_array();
        let n_pixels = image.pixels().filter(|pixel| pixel.0 == color).count();
        assert!(n_pixels > 500, "{name}: {n_pixels} pixels of {color:?}");
    }
}

#[test]
fn a_still_window_asks_for_no_frames() {
    for name in FILES {
        let mut window = window(Vec2::new(1000.0, 640.0), 1.0, dark(), name);
        for view in View::ALL {
            window.apply(rview::command::Command::ShowView(view));
            window.run();
            let delay = window
                .output()
                .viewport_output
                .values()
                .map(|viewport| viewport.repaint_delay)
                .min()
                .expect("there is a window");
            assert!(delay > Duration::from_mins(1), "{name}, {view:?}: {delay:?}");
        }
    }
}

#[test]
fn an_empty_window_asks_for_no_frames() {
    let mut window = Window::empty();
    window.run();
    let delays = window.output().viewport_output.values().map(|viewport| viewport.repaint_delay);
    assert!(delays.min().expect("there is a window") > Duration::from_mins(1));
}

#[test]
fn two_pictures_of_one_file_are_the_same() {
    for name in FILES {
        let [a, b] = [(); 2].map(|()| {
            let mut window = window(Vec2::new(640.0, 400.0), 1.0, dark(), name);
            let image = window.render().expect("it is painted");
            // The status line tells how long the opening took.
            image.rows().take(376).flatten().flat_map(|pixel| pixel.0).collect::<Vec<u8>>()
        });
        // Its digits also decide where glyphs lie in their texture, and with that how the edges
        // of letters are rounded.
        let farthest = a.iter().zip(&b).map(|(a, b)| a.abs_diff(*b)).max();
        assert_eq!(a.len(), b.len(), "{name}");
        assert!(farthest <= Some(2), "{name}: {farthest:?} levels");
    }
}
