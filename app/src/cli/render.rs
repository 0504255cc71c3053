//! `rview render`: a view of a file as a PNG, drawn offscreen by the real window.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use egui_kittest::Harness;
use rview_core::diff::Mode;
use rview_core::{Measure, PairNodeId, Profile, SliceId};
use rview_formats::Input;

use super::labels::Labels;
use super::shape::{PathsOf, group_by, transforms};
use super::span::{Span, range};
use super::{CANNOT_READ, Failure, Subject, Theme, WRONG_USE, two_sides};
use crate::app::App;
use crate::command::{Ask, Command, Commands, Compare, InNotes, LabelsPanel};
use crate::last_session::{LastFile, LastSession};
use crate::offscreen;
use crate::settings::{Direction, Settings, ThemeChoice};
use crate::state::{
    Comparison, ComparisonView, Content, Overlay, Picked, PickedPair, Session, State, View,
};

/// `rview render`
#[derive(Args)]
pub(super) struct Render {
    #[command(flatten)]
    subject: Subject,
    /// Where to write
    #[arg(short, long, value_name = "PNG")]
    output: PathBuf,
    /// Compares two files, A and B
    #[arg(long, conflicts_with_all = ["merge", "demo"])]
    diff: bool,
    /// Which view is in front; without this what suits the file
    #[arg(long, value_enum)]
    view: Option<InFront>,
    /// Width and height of the window in points
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = size)]
    size: [u16; 2],
    /// Pixels a point
    #[arg(long, default_value_t = 1.0, value_parser = scale)]
    scale: f32,
    #[arg(long, value_enum, default_value = "dark", help = "Light or dark")]
    theme: Theme,
    /// Roots at the bottom
    #[arg(long)]
    flame: bool,
    /// Searches for this
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    search: Option<String>,
    /// Picks the heaviest function, or the longest slice, that is called so
    #[arg(long, value_name = "NAME")]
    pick: Option<String>,
    /// Counts only this part of the time, such as 100ms..250ms; without a unit in seconds
    #[arg(long, value_name = "A..B", value_parser = range)]
    range: Option<Span>,
    #[command(flatten)]
    labels: Labels,
    #[command(flatten)]
    paths: PathsOf,
    /// Groups by the values of this label, by `thread` or by `process`
    #[arg(long, value_name = "KEY")]
    group_by: Option<String>,
    /// Changes stacks, such as `focus=main`, as `rview export` does
    #[arg(long, value_name = "KIND=NAME")]
    transform: Vec<String>,
    /// Adds up this, by name, such as `cpu`
    #[arg(long, value_name = "NAME")]
    value: Option<String>,
    /// What weights of two files are compared as
    #[arg(long, value_name = "MODE", value_parser = super::diff::mode, requires = "diff")]
    mode: Option<Mode>,
    /// Looks for source files in this folder, for `--view source`
    #[arg(long, value_name = "DIR")]
    source_dir: Vec<PathBuf>,
    /// Puts the pointer here, in points
    #[arg(long, value_name = "X,Y", hide = true, value_parser = point)]
    pointer: Option<[f32; 2]>,
    /// What else is the case, for pictures of it
    #[arg(long, value_enum, hide = true)]
    state: Vec<Staged>,
}

/// A view of a file, or of two.
#[derive(Clone, Copy)]
enum InFront {
    One(View),
    Two(ComparisonView),
}

impl InFront {
    fn command(self) -> Command {
        match self {
            Self::One(view) => Command::ShowView(view),
            Self::Two(view) => Command::Compare(Compare::View(view)),
        }
    }
}

impl ValueEnum for InFront {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<InFront>> = LazyLock::new(|| {
            let of_two = ComparisonView::ALL.into_iter().map(InFront::Two);
            View::ALL.into_iter().map(InFront::One).chain(of_two).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::One(view) => view.name(),
            Self::Two(view) => view.name(),
        }))
    }
}

/// What a picture can show beside a file.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Staged {
    /// No file.
    Welcome,
    /// A file that is being read.
    Loading,
    /// A file that cannot be read.
    Failed,
    /// Files held over the window.
    Dropping,
    /// The palette of commands.
    Palette,
    /// The keys.
    Keys,
    /// A path to type.
    OpenPath,
    /// The flame graph beside the functions.
    Split,
    /// The panel of labels.
    Labels,
    /// The file has changed on disk.
    Changed,
    /// The notes on the file.
    Notes,
    /// A note that is being written.
    Note,
}

fn size(text: &str) -> Result<[u16; 2], String> {
    let parsed = text.split_once('x').and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    parsed
        .filter(|size| size.iter().all(|side| (64..=8192).contains(side)))
        .ok_or_else(|| "write it as 1280x800, each side from 64 to 8192".to_owned())
}

fn scale(text: &str) -> Result<f32, String> {
    let parsed = text.parse().ok().filter(|scale| (0.5..=4.0).contains(scale));
    parsed.ok_or_else(|| "a number from 0.5 to 4".to_owned())
}

fn point(text: &str) -> Result<[f32; 2], String> {
    let parsed = text.split_once(',').and_then(|(x, y)| Some([x.parse().ok()?, y.parse().ok()?]));
    parsed.ok_or_else(|| "write it as 640,400".to_owned())
}

/// Pictures are of one format, and their names say so.
pub(super) fn refuse_other_format(option: &str, output: &Path) -> Result<(), Failure> {
    if output.extension().is_some_and(|extension| !extension.eq_ignore_ascii_case("png")) {
        let name = output.with_extension("png");
        let line = format!("pictures are written as PNG: {option} {}", name.display());
        return Err(Failure::new(WRONG_USE, line));
    }
    Ok(())
}

/// Writes a picture.
pub(super) fn save(image: &image::RgbaImage, output: &Path) -> Result<(), Failure> {
    image.save_with_format(output, image::ImageFormat::Png).map_err(|err| {
        Failure::new(CANNOT_READ, format!("{}: cannot be written: {err}", output.display()))
    })
}

/// Errors of a file come as a line and an exit code, not as a picture.
pub(super) fn refuse_failed(state: &State) -> Result<(), Failure> {
    for tab in &state.tabs {
        if let Content::Failed(why) = &tab.content {
            let path = tab.input.path();
            let name = path.map_or_else(|| tab.input.name(), |path| path.display().to_string());
            return Err(Failure::new(CANNOT_READ, format!("{name}: {why}")));
        }
    }
    Ok(())
}

impl Render {
    pub(super) fn run(&self) -> Result<(), Failure> {
        self.subject.refuse_as_output(&self.output)?;
        refuse_other_format("-o", &self.output)?;
        save(&self.draw()?, &self.output)
    }

    fn draw(&self) -> Result<image::RgbaImage, Failure> {
        let is_empty = self.state.contains(&Staged::Welcome);
        let settings = Settings {
            theme: match self.theme {
                Theme::Light => ThemeChoice::Light,
                Theme::Dark | Theme::System => ThemeChoice::Dark,
            },
            direction: if self.flame { Direction::Flame } else { Direction::Icicle },
            recent: if is_empty { recent() } else { Vec::new() },
            ..Settings::default()
        };
        self.refuse_other_view()?;
        let mut commands = self.subject.places.clone().commands();
        if !is_empty {
            commands.push(if self.diff {
                Command::Compare(Compare::Inputs(two_sides(&self.subject.files)?))
            } else {
                Command::Open(self.subject.inputs())
            });
        }
        let size = egui::Vec2::from(self.size.map(f32::from));
        let mut harness = offscreen::harness(size, self.scale, settings, commands)
            .map_err(|line| Failure::new(CANNOT_READ, line))?;
        harness.state_mut().wait();
        if !self.state.contains(&Staged::Failed) {
            refuse_failed(&harness.state().state)?;
        }
        let ctx = harness.ctx.clone();
        let commands = self.commands(&harness.state().state)?;
        harness.state_mut().apply(commands, &ctx);
        harness.state_mut().wait();
        harness.run_steps(4);
        for state in &self.state {
            stage(*state, &mut harness);
        }
        if let Some([x, y]) = self.pointer {
            harness.event(egui::Event::PointerMoved(egui::Pos2::new(x, y)));
        }
        harness.run_steps(8);
        harness.render().map_err(|err| Failure::new(CANNOT_READ, err))
    }

    /// What is asked for, in the order in which a user would.
    fn commands(&self, state: &State) -> Result<Commands, Failure> {
        let mut commands = Vec::new();
        commands.extend(self.source_dir.iter().cloned().map(Command::AddSourceDir));
        commands.extend(self.view.map(InFront::command));
        commands.extend(self.search.clone().map(Command::SetSearch));
        if let Some((span, session)) = self.range.as_ref().zip(state.session()) {
            let range = span.of(&session.document.profile)?;
            commands.push(Command::Ask(Ask::Range(Some(range))));
        }
        if let Some(session) = state.session() {
            commands.extend(self.question(&session.base.recorded)?);
        }
        if let Some(comparison) = state.comparison() {
            commands.extend(self.compare(state, comparison)?);
        }
        if let Some((name, session)) = self.pick.as_ref().zip(state.session()) {
            let picked = heaviest(session, name).ok_or_else(|| {
                Failure::new(WRONG_USE, format!("--pick: nothing is called {name}"))
            })?;
            commands.push(Command::Pick(picked));
            if let Picked::Slice(_) = picked {
                commands.push(Command::Reveal);
            }
        }
        Ok(commands)
    }
}

impl Render {
    /// Refuses a view of two files of one, and the other way round.
    fn refuse_other_view(&self) -> Result<(), Failure> {
        let line = match self.view {
            Some(InFront::Two(view)) if !self.diff => {
                format!("--view {} is of two files: add --diff", view.name())
            }
            Some(InFront::One(view)) if self.diff => {
                let names = ComparisonView::ALL.map(ComparisonView::name).join(", ");
                format!("--view {} is of one file; --diff has {names}", view.name())
            }
            _ => return Ok(()),
        };
        Err(Failure::new(WRONG_USE, line))
    }

    /// What is asked of a comparison.
    fn compare(&self, state: &State, comparison: &Comparison) -> Result<Commands, Failure> {
        let Some(compared) = &comparison.compared else {
            let why = comparison.refused.clone().unwrap_or_default();
            return Err(Failure::new(WRONG_USE, why));
        };
        let mut asked = Vec::new();
        asked.extend(self.mode.clone().map(Compare::Mode));
        asked.extend(self.value.clone().map(Compare::Measure));
        let of_timelines = match self.view {
            Some(InFront::Two(ComparisonView::Timelines)) => {
                let session = state.session_of_side(comparison, 1);
                Some(
                    session
                        .zip(self.pick.as_ref())
                        .and_then(|(session, name)| longest_slice(&session.document.profile, name)),
                )
            }
            _ => None,
        };
        let is_instances = matches!(self.view, Some(InFront::Two(ComparisonView::Instances)));
        if let Some(name) = self.pick.as_ref().filter(|_| is_instances) {
            let paired = &compared.paired;
            if !paired.slice_names.iter().any(|it| paired.name(it.function) == name) {
                let line = format!("--pick: no slice of both is called {name}");
                return Err(Failure::new(WRONG_USE, line));
            }
            asked.push(Compare::Slice(name.clone()));
        } else if let Some((name, longest)) = self.pick.as_ref().zip(of_timelines) {
            let Some(longest) = longest else {
                let line = format!("--pick: no slice of B is called {name}");
                return Err(Failure::new(WRONG_USE, line));
            };
            asked.push(Compare::InSide(1, Box::new(Command::JumpTo(longest))));
        } else if let Some(name) = &self.pick {
            let tree = &compared.paired.tree;
            let nodes =
                tree.ids().filter(|&node| compared.paired.name(tree.function(node)) == name);
            let weight = |&node: &PairNodeId| {
                tree.total_of(node).iter().map(|weight| weight.unsigned_abs()).max()
            };
            let node = nodes.max_by_key(weight).ok_or_else(|| {
                Failure::new(WRONG_USE, format!("--pick: nothing is called {name}"))
            })?;
            asked.push(Compare::Pick(PickedPair::Node(node)));
        }
        Ok(asked.into_iter().map(Command::Compare).collect())
    }

    /// What is asked of a file, but for its time.
    fn question(&self, profile: &Arc<Profile>) -> Result<Commands, Failure> {
        let queries = self.labels.queries(profile)?.into_iter();
        let mut asked: Vec<Ask> = queries.map(Ask::ToggleLabel).collect();
        if let Some(name) = &self.value {
            let mut all = Measure::all(profile).into_iter();
            let measure = all.find(|measure| measure.name(profile) == *name).ok_or_else(|| {
                Failure::new(WRONG_USE, format!("--value: nothing is called {name}"))
            })?;
            asked.push(Ask::Measure(measure));
        }
        let granularity = self.paths.granularity();
        let transforms = transforms(profile, granularity, &self.transform)?;
        asked.extend(transforms.into_iter().map(Ask::Transform));
        if let Some(name) = &self.group_by {
            asked.push(Ask::GroupBy(Some(group_by(profile, name)?)));
        }
        asked.push(Ask::Granularity(granularity));
        Ok(asked.into_iter().map(Command::Ask).collect())
    }
}

fn longest_slice(profile: &Profile, name: &str) -> Option<SliceId> {
    let slices = profile.slices();
    let all = (0..slices.len()).map(SliceId::from_index);
    all.filter(|&slice| profile.function_name(slices.name(slice)) == name)
        .max_by_key(|slice| slices.duration_ns(*slice))
}

/// The longest slice of a name, else the heaviest place in which a function of that name is
/// called.
fn heaviest(session: &Session, name: &str) -> Option<Picked> {
    let profile = &session.document.profile;
    let is_called = |function| profile.function_name(function) == name;
    if let Some(slice) = longest_slice(profile, name) {
        return Some(Picked::Slice(slice));
    }
    let tree = &session.trees()?.tree;
    let nodes = tree.ids().filter(|&node| is_called(tree.function(node)));
    // Of equal ones the outermost, which comes first.
    let node = nodes.min_by_key(|&node| std::cmp::Reverse(tree.total_of(node).unsigned_abs()))?;
    Some(Picked::Path(tree.path(node)))
}

/// Recent files, as a picture of an empty window shows them.
fn recent() -> Vec<PathBuf> {
    ["kitchen/perf.data", "kitchen/oven.trace.json.gz", "yard/hens.pb.gz"]
        .map(|path| PathBuf::from("/home/ada").join(path))
        .into()
}

/// Makes something else the case.
fn stage(state: Staged, harness: &mut Harness<'_, App>) {
    let ctx = harness.ctx.clone();
    let overlay = |overlay| vec![Command::Overlay(Some(overlay))];
    let commands = match state {
        Staged::Welcome => {
            let file = |path: &str| LastFile { paths: vec![path.into()], ..LastFile::default() };
            let files = vec![file("kitchen/perf.data"), file("yard/hens.pb.gz")];
            let session = LastSession { files, ..LastSession::default() };
            harness.state_mut().state.last_session = Some(session);
            Vec::new()
        }
        Staged::Failed => Vec::new(),
        Staged::Notes => vec![Command::Notes(InNotes::List)],
        Staged::Note => vec![Command::Notes(InNotes::Write)],
        Staged::Loading => {
            let path = PathBuf::from("/home/ada/kitchen/night-shift.trace.json.gz");
            let (_, job) = harness.state_mut().state.add_tab(Input::Path(path));
            job.set_total(2_460_000_000);
            // Nobody cancels it.
            let _: Result<(), _> = job.progress(1_010_000_000);
            if let Some(Content::Loading(loading)) =
                harness.state_mut().state.tabs.last_mut().map(|tab| &mut tab.content)
            {
                let since = loading.since.checked_sub(std::time::Duration::from_secs(3));
                loading.since = since.unwrap_or(loading.since);
            }
            Vec::new()
        }
        Staged::Changed => {
            let state = &mut harness.state_mut().state;
            state.changed.extend(state.tabs.iter().map(|tab| tab.input.clone()));
            Vec::new()
        }
        Staged::Labels => vec![Command::Labels(LabelsPanel::Toggle)],
        Staged::Dropping => {
            let file = egui::HoveredFile { path: None, mime: String::new() };
            harness.input_mut().hovered_files = vec![file];
            Vec::new()
        }
        Staged::Palette => overlay(Overlay::Palette("show".to_owned())),
        Staged::Keys => overlay(Overlay::Keys),
        Staged::OpenPath => overlay(Overlay::OpenPath("/home/ada/kitchen/perf.data".to_owned())),
        Staged::Split => split(&harness.state().state),
    };
    harness.state_mut().apply(commands, &ctx);
    harness.state_mut().wait();
}

/// Moves the functions beside the other views.
fn split(state: &State) -> Commands {
    let Some(session) = state.session() else { return Vec::new() };
    let mut tree = session.layout.tree.clone();
    let (Some(root), Some(functions)) = (tree.root(), session.layout.tile(View::Functions)) else {
        return Vec::new();
    };
    let beside = tree.tiles.insert_tab_tile(Vec::new());
    tree.root = Some(tree.tiles.insert_horizontal_tile(vec![root, beside]));
    tree.move_tile_to_container(functions, beside, 0, false);
    vec![Command::SetPanes(Box::new(tree))]
}
