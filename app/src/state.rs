//! What the user sees, apart from the profiles themselves.
//!
//! [`update`](crate::command::update) and replies of the worker change it; views read it.

mod ask;
mod assembly;
mod comparison;
mod details;
mod heat_map;
mod kept;
mod labels;
mod last_session;
mod layout;
mod names;
mod notes;
mod reload;
mod rows;
mod sandwich;
mod session;
mod slices;
mod source;
mod steps;
mod timeline;
mod transforms;
mod update;
mod zoom;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rview_formats::symbols::Debuginfod;
use rview_formats::{DropFrames, Input, Job, Options};

use crate::command::PictureKind;
use crate::last_session::LastSession;
use crate::settings::{Settings, ThemeChoice};
use crate::worker::Worker;

pub use ask::negated;
pub use assembly::AssemblyView;
pub use comparison::{
    Comparison, ComparisonView, DeltaKey, DeltaSort, Extent, InstanceKey, InstanceRows, PickedPair,
    Side, SourceLines, change_of_share, chart_bounds, shares,
};
pub use details::Details;
pub use heat_map::HeatMapView;
pub use kept::Kept;
pub use labels::{Labels, WantedLabels};
pub use layout::{Layout, View};
pub use notes::Draft;
pub use rview_core::{process_name as process_label, thread_name as thread_label};
pub use sandwich::{Half, SandwichView};
pub use session::{BottomUp, FunctionTable, Picked, PickedRows, SearchState, Session, TreeTable};
pub use slices::{Distribution, SliceTable};
pub use source::SourceView;
pub use steps::Step;
pub use timeline::{Timeline, TrackKey, TrackOrder, TrackRow, TrackRows};
pub use transforms::{TransformKind, transform_in_words};

/// Names a tab as long as it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TabId(pub u64);

/// Everything in the window.
pub struct State {
    /// The open files, left to right.
    pub tabs: Vec<Tab>,
    /// The row of the tab in front; 0 when there is none.
    pub active: usize,
    /// What is remembered between runs.
    pub settings: Settings,
    /// The theme of this run alone.
    pub theme: Option<ThemeChoice>,
    /// The picture that the next frame asks for, and where it goes.
    pub picture: Option<(PictureKind, PathBuf)>,
    /// What went wrong, until it is dismissed.
    pub notices: Vec<Notice>,
    /// A window over the others.
    pub overlay: Option<Overlay>,
    /// A text field had the keyboard in the last frame.
    pub was_typing: bool,
    /// The search field takes the keyboard in the next frame.
    pub wants_search_focus: bool,
    /// The program ends after this frame.
    pub wants_quit: bool,
    /// Files that have changed on disk since they were read, and that nobody has put off.
    pub changed: Vec<Input>,
    /// What was open when rview ended, until it is open again.
    pub last_session: Option<LastSession>,
    /// Where this run looks for names, whatever the settings say.
    pub name_places: NamePlaces,
    next_tab: u64,
}

/// Where names are looked for.
#[derive(Clone, Debug, Default)]
pub struct NamePlaces {
    /// Where binaries are looked for first.
    pub symbol_dirs: Vec<PathBuf>,
    /// Copies of the recorded machine's file system.
    pub sysroots: Vec<PathBuf>,
    /// Whether servers are asked for debug files.
    pub with_servers: bool,
}

/// A file that is open, being opened, or could not be.
pub struct Tab {
    /// Its name as long as it is open.
    pub id: TabId,
    /// Where the bytes come from; of a comparison those of B.
    pub input: Input,
    /// How far it is.
    pub content: Content,
}

/// How far a tab is.
pub enum Content {
    /// A job is reading it.
    Loading(Loading),
    /// It is open.
    Open(Box<Session>),
    /// It could not be read, and why.
    Failed(String),
    /// It compares two others.
    Comparison(Box<Comparison>),
}

impl Tab {
    /// What it is called.
    pub fn name(&self) -> String {
        match &self.content {
            Content::Comparison(comparison) => comparison.name(),
            _ => title_of(&self.input),
        }
    }
}

/// A file that is being read.
pub struct Loading {
    /// Its progress, and the means to stop it.
    pub job: Arc<Job>,
    /// When it started.
    pub since: Instant,
    /// What stays as it is when it is read again.
    pub(crate) kept: Option<Box<Kept>>,
}

/// Something that the user should know and may dismiss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// One line that says what, where and what to do.
    pub text: String,
}

/// A window over the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// All commands by name, and what was typed to find one.
    Palette(String),
    /// A path to type, where the system has no file dialog.
    OpenPath(String),
    /// The command of the editor as typed; as it is set before anything is.
    Editor(Option<String>),
    /// Keys and what they do.
    Keys,
    /// A note that is being written.
    Note(Draft),
    /// The notes on the file in front.
    Notes,
    /// The open files, to choose which to compare with that in front.
    Compare,
    /// Two files that came together, to compare them.
    OfferComparison([TabId; 2]),
}

/// What an input is called in the window: several files by the first of them.
pub fn title_of(input: &Input) -> String {
    let Input::Merged(paths) = input else { return input.name() };
    let name = |path: &PathBuf| Input::Path(path.clone()).name();
    match &paths[..] {
        [a, b] => format!("{} + {}", name(a), name(b)),
        [first, rest @ ..] if !rest.is_empty() => format!("{} + {} more", name(first), rest.len()),
        _ => input.name(),
    }
}

impl State {
    /// An empty window.
    pub fn new(settings: Settings) -> Self {
        Self {
            tabs: Vec::new(),
            active: 0,
            settings,
            theme: None,
            picture: None,
            notices: Vec::new(),
            overlay: None,
            was_typing: false,
            wants_search_focus: false,
            wants_quit: false,
            changed: Vec::new(),
            last_session: None,
            name_places: NamePlaces::default(),
            next_tab: 0,
        }
    }

    /// The tab in front.
    pub fn tab(&self) -> Option<&Tab> {
        self.tabs.get(self.active)
    }

    /// The open file in front.
    pub fn session(&self) -> Option<&Session> {
        match &self.tab()?.content {
            Content::Open(session) => Some(session),
            Content::Loading(_) | Content::Failed(_) | Content::Comparison(_) => None,
        }
    }

    /// The open file in front, to change what is shown of it.
    pub fn session_mut(&mut self) -> Option<&mut Session> {
        match &mut self.tabs.get_mut(self.active)?.content {
            Content::Open(session) => Some(session),
            Content::Loading(_) | Content::Failed(_) | Content::Comparison(_) => None,
        }
    }

    /// A tab by its name.
    pub fn tab_mut(&mut self, id: TabId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.id == id)
    }

    /// The open file of a tab.
    pub(crate) fn session_of(&mut self, id: TabId) -> Option<&mut Session> {
        match &mut self.tab_mut(id)?.content {
            Content::Open(session) => Some(session),
            Content::Loading(_) | Content::Failed(_) | Content::Comparison(_) => None,
        }
    }

    /// Adds a tab for a file and brings it to the front. Gives its name and its job.
    pub fn add_tab(&mut self, input: Input) -> (TabId, Arc<Job>) {
        self.add_tab_with(input, DropFrames::default(), None)
    }

    fn add_tab_with(
        &mut self,
        input: Input,
        drop_frames: DropFrames,
        kept: Option<Box<Kept>>,
    ) -> (TabId, Arc<Job>) {
        let id = self.fresh_tab();
        let options = Options { drop_frames, ..self.options_for(&input) };
        let job = Arc::new(Job::new(options));
        let loading = Loading { job: Arc::clone(&job), since: Instant::now(), kept };
        self.tabs.push(Tab { id, input, content: Content::Loading(loading) });
        self.active = self.tabs.len() - 1;
        (id, job)
    }

    /// A name that no tab has had.
    fn fresh_tab(&mut self) -> TabId {
        let id = TabId(self.next_tab);
        self.next_tab += 1;
        id
    }

    /// Where names of a file are looked for: where this run was told, then as always.
    pub fn options_for(&self, input: &Input) -> Options {
        let mut options = crate::demo::options_for(input);
        options.symbol_dirs.clone_from(&self.name_places.symbol_dirs);
        options.symbol_dirs.extend(self.settings.symbol_dirs.iter().cloned());
        options.sysroots.clone_from(&self.name_places.sysroots);
        if self.name_places.with_servers || self.settings.debuginfod {
            options.debuginfod = Debuginfod::from_environment();
        }
        options
    }

    /// Closes a tab; a file that is being read is cancelled.
    pub fn close_tab(&mut self, index: usize, worker: &Worker) {
        if index >= self.tabs.len() {
            return;
        }
        let mut tab = self.tabs.remove(index);
        if self.tabs.iter().all(|other| other.input != tab.input) {
            worker.forget(&tab.input);
            self.changed.retain(|input| *input != tab.input);
        }
        match &mut tab.content {
            Content::Loading(loading) => loading.job.cancel(),
            Content::Open(session) => {
                let again = session.again.as_ref().map(|(_, job)| job);
                for job in session.preview.iter().chain(again) {
                    job.cancel();
                }
                session.stop_naming();
                session.stop_reading();
            }
            Content::Failed(_) | Content::Comparison(_) => {}
        }
        if self.active > index || self.active == self.tabs.len() {
            self.active = self.active.saturating_sub(1);
        }
        match tab.content {
            Content::Open(session) => {
                let Session { document, base, trees, search, slices, .. } = *session;
                worker.discard((document, base, trees, search, slices));
            }
            Content::Comparison(comparison) => {
                let Comparison { sides, compared, .. } = *comparison;
                worker.discard((sides, compared));
            }
            Content::Loading(_) | Content::Failed(_) => {}
        }
    }

    /// Asks where a picture of what is in front goes.
    pub(crate) fn save_picture_dialog(&mut self, kind: PictureKind, worker: &mut Worker) {
        let Some(session) = self.session() else {
            return self.notify("Open a file first: there is nothing to take a picture of");
        };
        let (view, extension) = match kind {
            PictureKind::Png => (session.layout.active, "png"),
            PictureKind::Svg => (View::FlameGraph, "svg"),
        };
        let file = title_of(&session.document.input);
        worker.pick_picture(kind, format!("{file}.{}.{extension}", view.name()));
    }

    /// Tells the user something, once.
    pub fn notify(&mut self, text: impl Into<String>) {
        let notice = Notice { text: text.into() };
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }
}
