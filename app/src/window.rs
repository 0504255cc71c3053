//! The native window: how it is made, and what is said when it cannot be.

use std::panic::AssertUnwindSafe;

use eframe::{NativeOptions, Renderer};
use egui::{IconData, ViewportBuilder};

use crate::app::App;
use crate::command::Commands;
use crate::settings::Settings;

/// Opens the window and runs it until it is closed. `wrap` makes of the program what the window
/// runs: itself, or what drives it.
///
/// # Errors
///
/// One line that says why there is no window and what to do.
pub fn run<A: eframe::App + 'static>(
    settings: Settings,
    commands: Commands,
    wrap: impl FnOnce(App) -> A + 'static,
) -> Result<(), String> {
    let mut viewport = ViewportBuilder::default()
        .with_title("rview")
        .with_app_id("rview")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([640.0, 400.0])
        .with_drag_and_drop(true);
    if let Some(icon) = icon() {
        viewport = viewport.with_icon(icon);
    }
    let options = NativeOptions {
        viewport,
        renderer: Renderer::Wgpu,
        persist_window: false,
        event_loop_builder: event_loop_hook(),
        ..NativeOptions::default()
    };
    // A missing libxkbcommon-x11 is a panic in a dependency, not an error.
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| {
        eframe::run_native(
            "rview",
            options,
            Box::new(move |cc| Ok(Box::new(wrap(App::new(cc, settings, commands))))),
        )
    }));
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(err)) => Err(explain(&err)),
        Err(_) => Err("a library that windows need is missing or broken; \
                       on Debian: apt-get install libxkbcommon-x11-0 libxcursor1 libxi6 libx11-xcb1"
            .to_owned()),
    }
}

fn icon() -> Option<IconData> {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon/rview-256.png")).ok()
}

fn explain(err: &eframe::Error) -> String {
    let hint = match err {
        eframe::Error::Wgpu(_) => {
            "no graphics driver: install mesa-vulkan-drivers, or set WGPU_BACKEND=gl"
        }
        _ => "is there a display? `rview report FILE` and `rview render FILE -o PNG` need none",
    };
    // The error of the window system may be several lines and name its source files.
    let text = err.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.rsplit_once(".rs:").map_or(line, |(_, rest)| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':' || c == ' ')
    });
    format!("cannot open a window ({line}); {hint}")
}

/// Files cannot be dropped on a Wayland window (winit 0.30), so where a desktop has both, the
/// window is one of X11. `RVIEW_WAYLAND=1` asks for Wayland all the same.
#[cfg(target_os = "linux")]
fn event_loop_hook() -> Option<eframe::EventLoopBuilderHook> {
    use winit::platform::x11::EventLoopBuilderExtX11 as _;

    let has_x11 = std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty());
    let wants_wayland = std::env::var_os("RVIEW_WAYLAND").is_some();
    (has_x11 && !wants_wayland).then(|| -> eframe::EventLoopBuilderHook {
        Box::new(|builder| {
            builder.with_x11();
        })
    })
}

#[cfg(not(target_os = "linux"))]
fn event_loop_hook() -> Option<eframe::EventLoopBuilderHook> {
    None
}
