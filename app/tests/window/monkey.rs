//! A hundred thousand random events: nothing that anybody does to the window may end it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2};
use fastrand::Rng;
use rustc_hash::FxHashSet;
use rview::actions::ACTIONS;
use rview::command::{Command, Commands};
use rview::state::View;
use rview::worker::BUG;

use crate::support::{Dropped, Files, SERVICE, Window, dark, fixture};

const EVENTS: usize = 100_000;

/// Events of a frame on average. A frame of all of them takes a hundred times as long as they do
/// in a program that is not optimized, and a fast hand on a slow machine makes as many.
const EVENTS_A_FRAME: usize = 16;

/// The same on every run, so that what it finds can be found again; `RVIEW_MONKEY` is another.
const SEED: u64 = 0x7261_7669_6577;

/// A hand that does anything.
struct Monkey {
    rng: Rng,
    size: Vec2,
    at: Pos2,
    files: Vec<PathBuf>,
}

impl Monkey {
    fn key(&mut self, modifiers: Modifiers, key: Key, events: &mut Vec<Event>) {
        for pressed in [true, false] {
            let (physical_key, repeat) = (None, self.rng.u8(..) < 20);
            events.push(Event::Key { key, physical_key, pressed, repeat, modifiers });
        }
    }

    /// Anywhere, now and then beside the window, often near where it was.
    fn place(&mut self) -> Pos2 {
        let mut side = |length: f32| (self.rng.f32() * 1.04 - 0.02) * length;
        let far = Pos2::new(side(self.size.x), side(self.size.y));
        self.at = if self.rng.u8(..) < 100 { self.at.lerp(far, 0.04) } else { far };
        self.at
    }

    fn modifiers(&mut self) -> Modifiers {
        match self.rng.u8(..) {
            0..180 => Modifiers::NONE,
            180..215 => Modifiers::SHIFT,
            215..245 => Modifiers::COMMAND,
            _ => Modifiers::ALT,
        }
    }

    /// Presses and releases a button, with moves between.
    fn press(&mut self, n_moves: usize, events: &mut Vec<Event>) {
        let button = match self.rng.u8(..) {
            0..200 => PointerButton::Primary,
            200..240 => PointerButton::Secondary,
            _ => PointerButton::Middle,
        };
        let (mut pos, modifiers) = (self.place(), self.modifiers());
        events.push(Event::PointerMoved(pos));
        events.push(Event::PointerButton { pos, button, pressed: true, modifiers });
        for _ in 0..n_moves {
            pos = self.place();
            events.push(Event::PointerMoved(pos));
        }
        events.push(Event::PointerButton { pos, button, pressed: false, modifiers });
    }

    fn text(&mut self) -> String {
        let words = [
            "main", "-", "/(", "self>1ms", "\"", " OR ", "é", "日本", "🦀", ":", "\\", "a.*", "  ",
        ];
        self.rng.choice(words).unwrap_or_default().to_owned()
    }

    /// What comes next.
    fn act(&mut self, events: &mut Vec<Event>) {
        match self.rng.u8(..) {
            0..60 => {
                let pos = self.place();
                events.push(Event::PointerMoved(pos));
            }
            60..100 => self.press(0, events),
            100..110 => {
                self.press(0, events);
                let again: Vec<Event> = events.iter().rev().take(2).rev().cloned().collect();
                events.extend(again);
            }
            110..135 => {
                let n_moves = self.rng.usize(1..6);
                self.press(n_moves, events);
            }
            135..185 => {
                let action = &ACTIONS[self.rng.usize(..ACTIONS.len())];
                if let Some(keys) = action.keys.first() {
                    self.key(keys.modifiers, keys.logical_key, events);
                }
            }
            185..210 => {
                let keys = [
                    Key::ArrowDown,
                    Key::ArrowUp,
                    Key::ArrowLeft,
                    Key::ArrowRight,
                    Key::Enter,
                    Key::Escape,
                    Key::Escape,
                    Key::Tab,
                    Key::Space,
                    Key::Backspace,
                    Key::Home,
                    Key::End,
                    Key::PageDown,
                    Key::PageUp,
                    Key::Delete,
                ];
                let (key, modifiers) = (keys[self.rng.usize(..keys.len())], self.modifiers());
                self.key(modifiers, key, events);
            }
            210..222 => events.push(Event::Text(self.text())),
            222..242 => {
                let delta = Vec2::new(self.rng.f32() - 0.5, self.rng.f32() - 0.5) * 400.0;
                let (unit, phase) = (MouseWheelUnit::Point, TouchPhase::Move);
                let source = egui::MouseWheelSource::Unknown;
                let modifiers = self.modifiers();
                events.push(Event::MouseWheel { unit, delta, phase, modifiers, source });
            }
            242..250 => events.push(Event::Zoom(0.25 + self.rng.f32() * 2.0)),
            250 => events.push(Event::PointerGone),
            251 => events.push(Event::Copy),
            252 => events.push(Event::Paste(self.text())),
            _ => events.push(Event::WindowFocused(self.rng.bool())),
        }
    }

    /// What happens to the window as a whole, now and then.
    fn shake(&mut self, window: &mut Window) {
        match self.rng.u16(..1200) {
            0..6 => {
                self.size =
                    Vec2::new(self.rng.f32() * 1700.0 + 300.0, self.rng.f32() * 900.0 + 200.0);
                window.set_size(self.size);
            }
            6 => {
                window.set_pixels_per_point(self.rng.f32() * 2.0 + 0.5);
            }
            7..12 => {
                let file = self.files[self.rng.usize(..self.files.len())].clone();
                window.input_mut().dropped_files.push(Arc::new(Dropped(file)));
            }
            12..20 => {
                // Jobs of before have an answer, and closed files are back.
                let ctx = window.ctx.clone();
                window.state_mut().wait();
                if window.shown().tabs.len() < 2 {
                    window.state_mut().apply(vec![Command::OpenDemo], &ctx);
                }
            }
            20 => {
                let ctx = window.ctx.clone();
                while window.shown().tabs.len() > 5 {
                    window.state_mut().apply(vec![Command::CloseTab(0)], &ctx);
                }
            }
            _ => {}
        }
    }
}

#[test]
fn a_hundred_thousand_random_events_break_nothing() {
    let files = Files::new("service.json", SERVICE);
    let trace = std::fs::read(fixture("chrome-trace/viztracer.json")).expect("a fixture");
    files.write("viztracer.json", trace);
    files.write("noise.bin", [7, 0, 255, 3, 99]);
    let names = ["service.json", "viztracer.json", "noise.bin", "not there.json"];
    let paths: Vec<PathBuf> = names.iter().map(|name| files.path(name)).collect();
    let size = Vec2::new(1280.0, 800.0);
    let mut window = Window::with(size, 1.0, dark(), Commands::from([Command::OpenDemo]));
    let seed = std::env::var("RVIEW_MONKEY").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(SEED);
    let mut monkey = Monkey { rng: Rng::with_seed(seed), size, at: Pos2::ZERO, files: paths };
    let (mut n_events, mut n_frames, mut n_with_file) = (0, 0, 0);
    let mut views = FxHashSet::default();
    while n_events < EVENTS {
        monkey.shake(&mut window);
        let n_wanted = monkey.rng.usize(1..2 * EVENTS_A_FRAME);
        let mut events = Vec::new();
        while events.len() < n_wanted {
            monkey.act(&mut events);
        }
        n_events += events.len();
        n_frames += 1;
        let last = events.clone();
        window.input_mut().events.append(&mut events);
        let step = catch_unwind(AssertUnwindSafe(|| window.step()));
        assert!(
            step.is_ok(),
            "seed {seed}, frame {n_frames}, after {n_events} events; the last: {last:#?}"
        );
        let is_bug = window.shown().notices.iter().any(|notice| notice.text == BUG);
        if let Some(session) = window.shown().session() {
            n_with_file += 1;
            views.extend(View::ALL.into_iter().filter(|&view| session.layout.shows(view)));
        }
        assert!(
            !is_bug,
            "seed {seed}, frame {n_frames}, after {n_events} events: a job has panicked"
        );
    }
    window.settle();
    assert!(n_frames > EVENTS / EVENTS_A_FRAME / 2, "{n_frames} frames");
    assert!(
        n_with_file > n_frames / 2,
        "a file was in front in {n_with_file} of {n_frames} frames"
    );
    assert_eq!(views.len(), View::ALL.len(), "not all views were seen: {views:?}");
}
