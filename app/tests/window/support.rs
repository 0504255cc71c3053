//! A window that nobody sees, and the hands that work it.

use std::fmt::Debug;
use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::epaint::Shape;
use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use rview::app::App;
use rview::command::{Command, Commands};
use rview::offscreen;
use rview::settings::{Settings, ThemeChoice};
use rview::state::{Content, Picked, Session, State};
use rview_core::{FunctionId, Profile};
use rview_formats::Input;
use tempfile::TempDir;

/// The window as most tests want it.
const SIZE: Vec2 = Vec2::new(1280.0, 800.0);

/// The keys of the views, in the order of their tabs.
pub(crate) const VIEW_KEYS: [Key; 12] = [
    Key::Num1,
    Key::Num2,
    Key::H,
    Key::Num3,
    Key::Num4,
    Key::Num5,
    Key::Num9,
    Key::O,
    Key::I,
    Key::Num6,
    Key::Num7,
    Key::Num8,
];

/// Frames after which what was asked for is on screen, menus faded in and panes measured.
const FRAMES: usize = 4;

/// A window that nobody sees.
pub(crate) struct Window {
    harness: Harness<'static, App>,
}

impl Deref for Window {
    type Target = Harness<'static, App>;

    fn deref(&self) -> &Self::Target {
        &self.harness
    }
}

impl DerefMut for Window {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.harness
    }
}

impl Window {
    /// A window of some size that has done what `commands` say.
    pub(crate) fn with(
        size: Vec2,
        pixels_per_point: f32,
        settings: Settings,
        commands: Commands,
    ) -> Self {
        let harness = offscreen::harness(size, pixels_per_point, settings, commands);
        let mut window = Self { harness: harness.unwrap_or_else(|err| panic!("{err}")) };
        window.settle();
        window
    }

    /// A window without a file.
    pub(crate) fn empty() -> Self {
        Self::with(SIZE, 1.0, dark(), Commands::new())
    }

    /// A window with these files open, the last of them in front.
    pub(crate) fn open<P: AsRef<Path>>(paths: &[P]) -> Self {
        Self::with(SIZE, 1.0, dark(), vec![open(paths)])
    }

    /// Paints until nothing is left to do, jobs in the background included.
    pub(crate) fn settle(&mut self) {
        self.harness.run_steps(FRAMES);
        self.harness.state_mut().wait();
        self.harness.run_steps(FRAMES);
    }

    /// Does what a menu, a key or the command line would ask for.
    pub(crate) fn apply(&mut self, command: Command) {
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().apply(vec![command], &ctx);
        self.settle();
    }

    /// Everything in the window.
    pub(crate) fn shown(&self) -> &State {
        &self.harness.state().state
    }

    /// The open file in front.
    #[track_caller]
    pub(crate) fn session(&self) -> &Session {
        let front = self.shown().tab().map(|tab| match &tab.content {
            Content::Loading(_) => format!("{} is being read", tab.input.name()),
            Content::Open(_) => String::new(),
            Content::Comparison(comparison) => format!("{} are compared", comparison.name()),
            Content::Failed(why) => format!("{}: {why}", tab.input.name()),
        });
        self.shown().session().unwrap_or_else(|| panic!("no open file in front: {front:?}"))
    }

    /// The recording in front.
    #[track_caller]
    pub(crate) fn profile(&self) -> &Profile {
        &self.session().document.profile
    }

    /// What everything that counts adds up to.
    #[track_caller]
    pub(crate) fn total(&self) -> i64 {
        self.session().trees().map_or(0, |trees| trees.tree.total())
    }

    /// A function by its name.
    #[track_caller]
    pub(crate) fn function(&self, name: &str) -> FunctionId {
        let profile = self.profile();
        let found = profile
            .symbols()
            .functions()
            .ids()
            .find(|&function| profile.function_name(function) == name);
        found.unwrap_or_else(|| panic!("no function {name}"))
    }

    /// The name of the function that is picked.
    #[track_caller]
    pub(crate) fn picked_name(&self) -> Option<&str> {
        let session = self.session();
        Some(self.profile().function_name(session.picked_function()?))
    }

    /// The names of the tabs of files.
    pub(crate) fn tab_names(&self) -> Vec<String> {
        self.shown().tabs.iter().map(|tab| tab.input.name()).collect()
    }

    /// Presses a key with modifiers.
    pub(crate) fn chord(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// Presses a key.
    pub(crate) fn key(&mut self, key: Key) {
        self.chord(Modifiers::NONE, key);
    }

    /// Presses a key and shows the frame that comes `seconds` later.
    pub(crate) fn key_for_a_frame(&mut self, key: Key, seconds: f64) {
        let now = self.harness.ctx.input(|input| input.time);
        let frame = Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        self.harness.input_mut().events.push(frame);
        for time in [now, now + seconds] {
            self.harness.input_mut().time = Some(time);
            self.harness.step();
        }
        self.harness.input_mut().time = None;
    }

    /// Presses keys within one frame, each with the letter that it types without Ctrl.
    pub(crate) fn at_once(&mut self, keys: &[(Modifiers, Key)]) {
        for &(modifiers, key) in keys {
            let (physical_key, pressed, repeat) = (None, true, false);
            let pressed = Event::Key { key, physical_key, pressed, repeat, modifiers };
            let events = &mut self.harness.input_mut().events;
            events.push(pressed);
            if modifiers.is_none() {
                events.push(Event::Text(key.name().to_lowercase()));
            }
        }
        self.settle();
    }

    /// Presses a key with Ctrl.
    pub(crate) fn ctrl(&mut self, key: Key) {
        self.chord(Modifiers::COMMAND, key);
    }

    /// Types letters one by one, each with the key that a keyboard sends before it.
    pub(crate) fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            if let Some(key) = Key::from_name(&letter.to_uppercase().to_string()) {
                self.harness.key_press(key);
            }
            self.harness.event(Event::Text(letter.to_string()));
            self.settle();
        }
    }

    /// Clicks what has a label.
    #[track_caller]
    pub(crate) fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.settle();
    }

    /// Clicks a place.
    pub(crate) fn click_at(&mut self, pos: Pos2) {
        self.harness.event(Event::PointerMoved(pos));
        self.button(pos, PointerButton::Primary, true);
        self.button(pos, PointerButton::Primary, false);
        self.settle();
    }

    /// Clicks a place with the secondary button.
    pub(crate) fn secondary_click_at(&mut self, pos: Pos2) {
        self.harness.event(Event::PointerMoved(pos));
        self.button(pos, PointerButton::Secondary, true);
        self.button(pos, PointerButton::Secondary, false);
        self.settle();
    }

    /// Clicks a place twice, faster than a frame each.
    pub(crate) fn double_click_at(&mut self, pos: Pos2) {
        self.harness.event(Event::PointerMoved(pos));
        self.harness.step();
        for _ in 0..2 {
            for pressed in [true, false] {
                let event = button(pos, PointerButton::Primary, pressed);
                self.harness.input_mut().events.push(event);
            }
            self.harness.step();
        }
        self.settle();
    }

    /// Drags from one place to another with the main button.
    pub(crate) fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.event(Event::PointerMoved(from));
        self.button(from, PointerButton::Primary, true);
        for share in [0.25, 0.5, 0.75, 1.0] {
            self.harness.event(Event::PointerMoved(from.lerp(to, share)));
        }
        self.button(to, PointerButton::Primary, false);
        self.settle();
    }

    /// Moves the pointer to a place and leaves it there.
    pub(crate) fn hover(&mut self, pos: Pos2) {
        self.harness.event(Event::PointerMoved(pos));
        self.settle();
    }

    fn button(&self, pos: Pos2, which: PointerButton, pressed: bool) {
        self.harness.event(button(pos, which, pressed));
    }

    /// Whether something has this label.
    pub(crate) fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    /// Where what has a label is.
    #[track_caller]
    pub(crate) fn rect(&self, label: &str) -> Rect {
        self.harness.get_by_label(label).rect()
    }

    /// All text that is painted.
    pub(crate) fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for clipped in &self.harness.output().shapes {
            collect_text(&clipped.shape, &mut texts);
        }
        texts
    }

    /// Whether a text is painted, alone or in a longer one.
    pub(crate) fn paints(&self, text: &str) -> bool {
        self.texts().iter().any(|painted| painted.contains(text))
    }

    /// Fails unless a text is painted, and says what is.
    #[track_caller]
    pub(crate) fn assert_paints(&self, text: &str) {
        assert!(self.paints(text), "{text:?} is not painted, but {:#?}", self.texts());
    }

    /// The text that Ctrl+C puts on the clipboard.
    pub(crate) fn copied(&mut self) -> Option<String> {
        self.harness.input_mut().events.push(Event::Copy);
        self.harness.step();
        let commands = &self.harness.output().platform_output.commands;
        let copied = commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        self.settle();
        copied
    }

    /// The average of red, green and blue over the whole picture, from 0 to 255.
    #[track_caller]
    pub(crate) fn brightness(&mut self) -> f64 {
        let image = self.harness.render().unwrap_or_else(|err| panic!("{err}"));
        let sum: u64 = image.pixels().flat_map(|p| p.0[..3].to_vec()).map(u64::from).sum();
        sum as f64 / (f64::from(image.width()) * f64::from(image.height()) * 3.0)
    }
}

fn button(pos: Pos2, button: PointerButton, pressed: bool) -> Event {
    Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE }
}

fn collect_text(shape: &Shape, texts: &mut Vec<String>) {
    match shape {
        Shape::Text(text) => texts.push(text.galley.text().to_owned()),
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect_text(shape, texts)),
        _ => {}
    }
}

/// Settings that do not depend on the system.
pub(crate) fn dark() -> Settings {
    Settings { theme: ThemeChoice::Dark, ..Settings::default() }
}

/// The command that opens files.
pub(crate) fn open<P: AsRef<Path>>(paths: &[P]) -> Command {
    Command::Open(paths.iter().map(|path| Input::Path(path.as_ref().to_owned())).collect())
}

/// A recording of `tests/fixtures`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(name)
}

/// A folder with files, gone when it is dropped.
pub(crate) struct Files(TempDir);

impl Files {
    /// A folder with one file.
    pub(crate) fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|err| panic!("{err}"));
        let files = Self(folder);
        files.write(name, content);
        files
    }

    /// Writes a file, or writes it anew.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
        path
    }

    /// Where a file is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A small program whose weights are easy to add up: 100 in all.
///
/// ```text
/// main ─┬─ bake ─┬─ knead 40
///       │        └─ heat  20
///       ├─ wash 25
///       └─ 15 of its own
/// ```
pub(crate) const KITCHEN: &str = "\
main 15
main;bake;knead 40
main;bake;heat 20
main;wash 25
";

/// A window with [`KITCHEN`] open.
pub(crate) fn kitchen() -> (Files, Window) {
    let files = Files::new("kitchen.folded", KITCHEN);
    let window = Window::open(&[files.path("kitchen.folded")]);
    (files, window)
}

/// Two threads over 1 ms, times in microseconds.
///
/// ```text
///          0        200       600       1000
/// cook     boil──────────────────────────
///                   stir──────
/// waiter                      serve──────
/// ```
pub(crate) const SERVICE: &str = r#"{"traceEvents": [
{"ph": "M", "pid": 1, "tid": 1, "name": "process_name", "args": {"name": "kitchen"}},
{"ph": "M", "pid": 1, "tid": 1, "name": "thread_name", "args": {"name": "cook"}},
{"ph": "M", "pid": 1, "tid": 2, "name": "thread_name", "args": {"name": "waiter"}},
{"ph": "X", "pid": 1, "tid": 1, "ts": 0, "dur": 1000, "name": "boil", "cat": "stove", "args": {"dish": "soup", "litres": 3}},
{"ph": "X", "pid": 1, "tid": 1, "ts": 200, "dur": 400, "name": "stir", "cat": "stove"},
{"ph": "X", "pid": 1, "tid": 2, "ts": 600, "dur": 400, "name": "serve", "cat": "hall"}
]}"#;

/// A window with [`SERVICE`] open.
pub(crate) fn service() -> (Files, Window) {
    let files = Files::new("service.json", SERVICE);
    let window = Window::open(&[files.path("service.json")]);
    (files, window)
}

/// A file as a file manager drops it.
#[derive(Debug)]
pub(crate) struct Dropped(pub(crate) PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        fs::read(&self.0).map_err(|err| err.to_string())
    }
}

impl Window {
    /// Drops files onto the window.
    pub(crate) fn drop_files(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.clone())));
        }
        self.settle();
    }

    /// Holds files over the window.
    pub(crate) fn hold_files(&mut self, n_files: usize) {
        let file = egui::HoveredFile { path: Some("/tmp/held".into()), mime: String::new() };
        self.harness.input_mut().hovered_files = vec![file; n_files];
        self.harness.step();
    }

    /// Picks something, as a click on it would.
    pub(crate) fn pick(&mut self, picked: Picked) {
        self.apply(Command::Pick(picked));
    }
}

/// Fails unless two numbers differ by at most a share of the second.
#[track_caller]
pub(crate) fn assert_near(got: f64, wanted: f64, share: f64, what: impl Debug) {
    assert!((got - wanted).abs() <= wanted.abs() * share, "{what:?}: {got}, not {wanted}");
}
