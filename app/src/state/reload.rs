//! Files that are read again: because the user asks for it, or because they have changed on disk.
//!
//! What is shown stays until the file is read, and when it cannot be.

use std::sync::Arc;

use rview_formats::{Document, DropFrames, Input, Job, Options};

use super::kept::MAX_OPEN;
use super::{Content, Kept, Session, State, TabId};
use crate::analysis::Base;
use crate::worker::Worker;

/// What a job has read.
type Opened = Box<(Document, Arc<Base>)>;

impl State {
    /// Reads the file of a tab again, in the same place among the tabs: as before where nothing
    /// else is said of dropped frames.
    pub(super) fn read_again(
        &mut self,
        index: usize,
        frames: Option<DropFrames>,
        worker: &mut Worker,
    ) {
        let Some(tab) = self.tabs.get(index) else { return };
        let (input, before_id) = (tab.input.clone(), tab.id);
        self.changed.retain(|changed| *changed != input);
        if let Content::Open(session) = &tab.content
            && session.preview.is_none()
        {
            let drop_frames = frames.unwrap_or(session.drop_frames);
            let options = Options { drop_frames, ..self.options_for(&input) };
            let job = Arc::new(Job::new(options));
            let again = (self.fresh_tab(), Arc::clone(&job));
            if let Some(session) = self.session_of(before_id) {
                worker.open(again.0, input, job);
                if let Some((_, job)) = session.again.replace(again) {
                    job.cancel();
                }
            }
            return;
        }
        let (kept, before) = match &tab.content {
            Content::Open(session) => (Some(Box::new(session.kept(MAX_OPEN))), session.drop_frames),
            Content::Loading(_) | Content::Failed(_) => (None, DropFrames::default()),
            Content::Comparison(_) => return,
        };
        self.close_tab(index, worker);
        let (id, job) = self.add_tab_with(input.clone(), frames.unwrap_or(before), kept);
        self.tabs[index..].rotate_right(1);
        self.renumber_sides(before_id, id);
        self.active = index;
        worker.open(id, input, job);
    }

    /// Reads the file in front again.
    pub(crate) fn reload(&mut self, worker: &mut Worker) {
        if self.comparison().is_some() {
            return self.reload_sides(worker);
        }
        if self.tab().is_some_and(|tab| !matches!(tab.input, Input::Stdin)) {
            self.read_again(self.active, None, worker);
        }
    }

    /// Stops reading the file in front again: it stays as it is.
    pub(crate) fn stop_reload(&mut self) {
        if let Some((_, job)) = self.session_mut().and_then(|session| session.again.take()) {
            job.cancel();
        }
    }

    /// Reads the file in front again with the frames that it asks to leave out, or without.
    pub(crate) fn toggle_drop_frames(&mut self, worker: &mut Worker) {
        let Some(session) = self.session().filter(|session| session.has_drop_frames()) else {
            return self.notify("This file does not ask to leave frames out");
        };
        if matches!(session.document.input, Input::Stdin) {
            return self.notify("Standard input cannot be read again");
        }
        let frames = match session.drop_frames {
            DropFrames::LeftOut => DropFrames::Shown,
            DropFrames::Shown => DropFrames::LeftOut,
        };
        self.read_again(self.active, Some(frames), worker);
    }

    /// A file has changed on disk: it is read again, or offered to be, as the settings say.
    pub(super) fn take_change(&mut self, input: Input, worker: &mut Worker) {
        let of_input =
            |tab: &super::Tab| tab.input == input && !matches!(tab.content, Content::Comparison(_));
        let Some(index) = self.tabs.iter().position(of_input) else {
            return worker.forget(&input);
        };
        let is_failed = matches!(self.tabs[index].content, Content::Failed(_));
        if self.settings.reload_changed || is_failed {
            let active = self.active;
            self.read_again(index, None, worker);
            self.active = active;
        } else if !self.changed.contains(&input) {
            self.changed.push(input);
        }
    }

    /// The file in front that has changed on disk, or one that is compared there.
    pub fn changed_in_front(&self) -> Option<&Input> {
        let tab = self.tab()?;
        let sides = match &tab.content {
            Content::Comparison(comparison) => {
                comparison.sides.each_ref().map(|side| Some(side.tab))
            }
            _ => [Some(tab.id), None],
        };
        let tabs = self.tabs.iter().filter(|tab| sides.contains(&Some(tab.id)));
        tabs.map(|tab| &tab.input).find(|input| self.changed.contains(input))
    }

    /// Leaves the file in front as it is, until it changes again.
    pub(crate) fn put_off_reload(&mut self) {
        while let Some(input) = self.changed_in_front().cloned() {
            self.changed.retain(|changed| *changed != input);
        }
    }

    /// Reads files that change on disk again without asking, or no more.
    pub(crate) fn toggle_reload_changed(&mut self, worker: &mut Worker) {
        self.settings.reload_changed = !self.settings.reload_changed;
        if self.settings.reload_changed {
            for input in std::mem::take(&mut self.changed) {
                self.take_change(input, worker);
            }
        }
    }

    /// Shows what a file starts with.
    pub(super) fn take_preview(&mut self, id: TabId, (document, base): (Document, Arc<Base>)) {
        let Some(tab) = self.tab_mut(id) else { return };
        let Content::Loading(loading) = &mut tab.content else { return };
        if loading.kept.is_some() {
            // What was asked of the whole file cannot be asked of its start.
            return;
        }
        let mut session = Session::new(document, base);
        session.drop_frames = loading.job.options().drop_frames;
        session.preview = Some(Arc::clone(&loading.job));
        tab.content = Content::Open(Box::new(session));
    }

    /// Shows a file that has been read, or why it could not be.
    pub(super) fn take_opened(
        &mut self,
        id: TabId,
        result: Result<Opened, String>,
        worker: &mut Worker,
    ) {
        let is_it = |tab: &super::Tab| {
            tab.id == id
                || matches!(&tab.content, Content::Open(session)
                if session.again.as_ref().is_some_and(|(again, _)| *again == id))
        };
        let Some(at) = self.tabs.iter().position(is_it) else { return };
        let shown = self.tabs[at].id;
        let read = match &mut self.tabs[at].content {
            Content::Loading(loading) => {
                let kept = loading.kept.take();
                Reading { options: loading.job.options().clone(), kept, what: What::First }
            }
            Content::Open(session) if shown == id => {
                let Some(job) = session.preview.take() else { return };
                let kept = Some(Box::new(session.kept(MAX_OPEN)));
                Reading { options: job.options().clone(), kept, what: What::Rest }
            }
            Content::Open(session) => {
                let Some((_, job)) = session.again.take() else { return };
                let kept = Some(Box::new(session.kept(MAX_OPEN)));
                Reading { options: job.options().clone(), kept, what: What::Again }
            }
            Content::Failed(_) | Content::Comparison(_) => return,
        };
        match result {
            Ok(opened) => self.show_opened(at, id, *opened, read, worker),
            Err(why) if read.what == What::Again => {
                let name = self.tabs[at].name();
                self.notify(format!("{name} is shown as it was: it cannot be read again: {why}"));
            }
            Err(why) => self.tabs[at].content = Content::Failed(why),
        }
    }

    fn show_opened(
        &mut self,
        at: usize,
        id: TabId,
        (document, base): (Document, Arc<Base>),
        read: Reading,
        worker: &mut Worker,
    ) {
        // Replies about what was shown before are none about the whole file.
        let fresh = if read.what == What::Rest { self.fresh_tab() } else { id };
        let before_id = self.tabs[at].id;
        let path = document.input.path().map(std::path::PathBuf::from);
        let mut session = Box::new(Session::new(document, base));
        session.drop_frames = read.options.drop_frames;
        let tab = &mut self.tabs[at];
        if let Some(mut kept) = read.kept {
            let before = match &mut tab.content {
                Content::Open(before) => Some(before),
                _ => None,
            };
            if let Some(before) = before.as_ref().filter(|_| read.what == What::Rest) {
                let [from, to] = [before, &session].map(|it| it.document.profile.origin_ns());
                kept.go_on(from - to);
            }
            session.restore(*kept);
            if let Some(before) = before {
                before.stop_naming();
                before.stop_reading();
                session.settle_in(before.surroundings());
            }
        }
        tab.id = fresh;
        session.start_naming(fresh, read.options, worker);
        if let Some(file) = super::notes::note_file(&tab.input) {
            worker.read_notes(fresh, file);
        }
        let before = std::mem::replace(&mut tab.content, Content::Open(session));
        if let Content::Open(before) = before {
            let Session { document, base, trees, search, slices, .. } = *before;
            worker.discard((document, base, trees, search, slices));
        }
        if let Some(path) = path {
            self.settings.add_recent(&path);
        }
        self.renumber_sides(before_id, fresh);
    }
}

/// What was read, and how.
struct Reading {
    options: Options,
    /// What stays as it is.
    kept: Option<Box<Kept>>,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// A file that was not open.
    First,
    /// All of a file whose start is shown.
    Rest,
    /// A file that is shown as it was before.
    Again,
}
