//! A frame of the window: replies and keys become commands, commands change the state, views
//! paint it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui::{CentralPanel, Context, Frame, Margin, Panel, Ui};

use crate::actions;
use crate::command::{Command, Commands, update};
use crate::last_session::{LastSession, Writer};
use crate::navigate;
use crate::settings::{AtStart, Settings, ThemeChoice};
use crate::state::{Content, State};
use crate::theme::{self, Palette};
use crate::typed_ahead::TypedAhead;
use crate::views::{
    breadcrumbs, comparison, details, drop_target, file_tabs, labels, loading, overlay, panes,
    reload_bar, status, timeline, toolbar, welcome,
};
use crate::worker::Worker;

/// The window.
pub struct App {
    /// What the user sees.
    pub state: State,
    worker: Worker,
    /// Settings as they were saved last.
    saved: Settings,
    /// Whether settings are kept.
    remembers: bool,
    session: Option<KeptSession>,
    shown_title: String,
    /// Whether the fonts of the system stand behind those of rview.
    has_system_fonts: bool,
    typed_ahead: TypedAhead,
}

impl App {
    /// A window that will apply `commands` first.
    pub fn new(cc: &eframe::CreationContext<'_>, settings: Settings, commands: Commands) -> Self {
        theme::install(&cc.egui_ctx);
        if let Some(render_state) = &cc.wgpu_render_state {
            crate::gpu::install(render_state);
        }
        crate::memory::keep_freed_blocks();
        let worker = Worker::new(cc.egui_ctx.clone());
        let saved = settings.clone();
        let mut app = Self {
            saved,
            state: State::new(settings),
            worker,
            remembers: true,
            session: None,
            shown_title: String::new(),
            has_system_fonts: false,
            typed_ahead: TypedAhead::default(),
        };
        app.apply(commands, &cc.egui_ctx);
        app
    }

    /// The same for a picture: nothing is remembered, nobody is asked.
    #[must_use]
    pub fn offscreen(mut self) -> Self {
        self.remembers = false;
        self.worker.hide_dialogs();
        self
    }

    /// Writes what is open to a file, from now on. What is written there by now can be opened
    /// again, and is where nothing else is open and the settings say so.
    pub fn keep_session_in(&mut self, path: PathBuf) {
        self.state.last_session = LastSession::load(&path);
        self.session = Some(KeptSession::new(path));
        if self.state.settings.at_start == AtStart::LastSession
            && self.state.tabs.is_empty()
            && self.state.last_session.is_some()
        {
            let ctx = self.worker.ctx().clone();
            self.apply(vec![Command::RestoreSession], &ctx);
        }
    }

    /// Applies commands, then starts the jobs they call for.
    pub fn apply(&mut self, commands: Commands, ctx: &Context) {
        if !commands.is_empty() {
            self.has_changed();
        }
        for command in commands {
            update(&mut self.state, command, &mut self.worker, ctx);
        }
        self.state.ask_worker(&mut self.worker);
        ctx.set_theme(match self.state.theme.unwrap_or(self.state.settings.theme) {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
        });
    }

    /// Waits until no job is running: for pictures and tests.
    pub fn wait(&mut self) {
        while let Some(reply) = self.worker.wait_for_reply() {
            self.state.take(reply, &mut self.worker);
            self.state.ask_worker(&mut self.worker);
        }
    }

    /// Names the file in front in the title of the window.
    fn title(&mut self, ctx: &Context) {
        let name = self.state.tab().map(|tab| format!("{} – rview", tab.name()));
        let title = name.unwrap_or_else(|| "rview".to_owned());
        if title != self.shown_title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.shown_title = title;
        }
    }

    /// Looks for fonts as soon as a recording has letters that rview's own do not have.
    fn find_fonts(&mut self, ctx: &Context) {
        let needs_fonts =
            self.state.session().is_some_and(|session| session.base.has_other_scripts);
        if needs_fonts && !self.has_system_fonts {
            self.has_system_fonts = true;
            theme::add_system_fonts(ctx);
        }
    }

    fn take_replies(&mut self) {
        while let Some(reply) = self.worker.try_reply() {
            self.has_changed();
            self.state.take(reply, &mut self.worker);
        }
        self.state.ask_worker(&mut self.worker);
    }

    /// What is open is to be written soon.
    fn has_changed(&mut self) {
        if let Some(session) = &mut self.session {
            session.due.get_or_insert_with(|| Instant::now() + WRITE_AFTER);
        }
    }

    /// Writes what is open, when it is time to.
    fn keep_session(&mut self, ctx: &Context) {
        let Some(session) = &mut self.session else { return };
        let Some(due) = session.due else { return };
        let left = due.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            return ctx.request_repaint_after(left);
        }
        if let Some(write) = session.write(&self.state) {
            self.worker.run(write);
        }
    }

    fn paint(&self, ui: &mut Ui) -> Commands {
        let mut commands = Commands::new();
        let bar = |ui: &Ui| {
            Frame::new()
                .fill(Palette::from(ui).panel)
                .inner_margin(Margin::symmetric(toolbar::MARGIN, 4))
        };
        let state = &self.state;
        let frame = bar(ui);
        let height = toolbar::height(ui.ctx(), state);
        Panel::top("toolbar").exact_size(height).frame(frame).show(ui, |ui| {
            toolbar::ui(ui, state, &mut commands);
        });
        if !state.tabs.is_empty() {
            let frame = bar(ui).inner_margin(0);
            Panel::top("tabs").exact_size(theme::TAB_BAR).frame(frame).show(ui, |ui| {
                ui.horizontal(|ui| {
                    file_tabs::ui(ui, state, &mut commands);
                    if let Some(session) = state.session() {
                        breadcrumbs::ui(ui, session, &mut commands);
                    }
                });
            });
        }
        notices(ui, state, &mut commands);
        reload_bar::ui(ui, state, &mut commands);
        if state.session().is_some() {
            let frame = bar(ui).inner_margin(Margin::symmetric(12, 2));
            Panel::bottom("status").exact_size(24.0).frame(frame).show(ui, |ui| {
                status::ui(ui, state, &mut commands);
            });
        }
        let frame = Frame::new().fill(Palette::from(ui).window);
        // Each file has its own places to scroll to, its own widths of columns.
        let tab = state.tab().map(|tab| tab.id);
        CentralPanel::default()
            .frame(frame)
            .show(ui, |ui| ui.push_id(tab, |ui| self.tab(ui, &mut commands)));
        drop_target::ui(ui.ctx(), &mut commands);
        if let Some(over) = &state.overlay {
            overlay::ui(ui.ctx(), over, state, &mut commands);
        }
        commands
    }

    /// The tab in front.
    fn tab(&self, ui: &mut Ui, commands: &mut Commands) {
        let Some(tab) = self.state.tab() else { return welcome::ui(ui, &self.state, commands) };
        let (name, index) = (tab.name(), self.state.active);
        let session = match &tab.content {
            Content::Loading(job) => return loading::ui(ui, &name, job, index, commands),
            Content::Failed(why) => return loading::failed(ui, &name, why, index, commands),
            Content::Open(session) => session,
            Content::Comparison(it) => {
                return comparison::ui(ui, &self.state, it, commands);
            }
        };
        let frame = Frame::new().fill(Palette::from(ui).panel);
        if session.labels.is_shown && session.has_labels() {
            Panel::left("labels")
                .default_size(LABELS)
                .size_range(200.0..=480.0)
                .frame(frame)
                .show(ui, |ui| labels::ui(ui, session, commands));
        }
        // A narrow window has no room to give away.
        if ui.available_width() >= WITH_DETAILS {
            Panel::right("details")
                .default_size(300.0)
                .size_range(200.0..=640.0)
                .frame(frame)
                .show(ui, |ui| details::ui(ui, session, commands));
        }
        if !session.timeline.is_empty() {
            let default = timeline::default_height(session, ui.available_height());
            Panel::top(egui::Id::unique(("timeline", tab.id)))
                .resizable(true)
                .default_size(default)
                .size_range(64.0..=ui.available_height() * 0.8)
                .frame(Frame::NONE)
                .show(ui, |ui| timeline::ui(ui, session, commands));
        }
        // The panes are painted from a copy of their places: a frame may move them, and only
        // `update` changes the state.
        let mut tree = session.layout.tree.clone();
        let settings = &self.state.settings;
        let width = ui.available_width();
        tree.ui(&mut panes::Panes { session, settings, width, commands }, ui);
        if tree != session.layout.tree {
            commands.push(Command::SetPanes(Box::new(tree)));
        }
    }
}

/// How long after a change what is open is written: a drag is many changes.
const WRITE_AFTER: Duration = Duration::from_secs(2);

/// What is open, as it is written to a file.
struct KeptSession {
    path: PathBuf,
    /// As it was written last.
    written: LastSession,
    /// When it is written next.
    due: Option<Instant>,
    writer: Writer,
}

impl KeptSession {
    fn new(path: PathBuf) -> Self {
        Self { path, written: LastSession::default(), due: None, writer: Writer::default() }
    }

    /// What writes the session, if it is another than before. The last one stays when the last
    /// file is closed: it can be opened again.
    fn write(&mut self, state: &State) -> Option<impl FnOnce() + Send + use<>> {
        self.due = None;
        let session = state.as_last_session();
        if session.files.is_empty() || session == self.written {
            return None;
        }
        self.written = session.clone();
        Some(self.writer.job(session, self.path.clone()))
    }
}

/// In windows narrower than this, in points, there are no details.
const WITH_DETAILS: f32 = 720.0;

/// How wide the panel of labels is at first.
const LABELS: f32 = 288.0;

/// What went wrong, until it is dismissed.
fn notices(ui: &mut Ui, state: &State, commands: &mut Commands) {
    if state.notices.is_empty() {
        return;
    }
    let palette = Palette::from(ui);
    let frame = Frame::new().fill(palette.raised).inner_margin(Margin::symmetric(12, 6));
    Panel::top("notices").frame(frame).show(ui, |ui| {
        for (index, notice) in state.notices.iter().enumerate() {
            ui.horizontal(|ui| {
                if ui.small_button("×").on_hover_text("Dismiss").clicked() {
                    commands.push(Command::Dismiss(index));
                }
                ui.add(egui::Label::new(&notice.text).wrap());
            });
        }
    });
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.take_replies();
        self.find_fonts(ctx);
        self.typed_ahead.order(ctx);
        let mut commands = actions::pressed(ctx, &self.state);
        if let Some((kind, path)) = self.state.picture.take() {
            commands.push(Command::SavePicture(kind, path));
        }
        self.apply(commands, ctx);
        navigate::glide(&mut self.state, ctx);
        if self.remembers && self.state.settings != self.saved {
            self.saved = self.state.settings.clone();
            self.saved.save();
        }
        self.keep_session(ctx);
        self.title(ctx);
        if self.state.wants_quit {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    fn on_exit(&mut self) {
        if let Some(write) = self.session.as_mut().and_then(|session| session.write(&self.state)) {
            write();
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let commands = self.paint(ui);
        self.state.wants_search_focus = false;
        self.state.was_typing = ui.ctx().text_edit_focused();
        if !commands.is_empty() {
            self.apply(commands, ui.ctx());
            ui.ctx().request_repaint();
        }
    }
}
