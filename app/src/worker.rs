//! Background jobs: the only place that starts threads.
//!
//! A job runs to its reply; replies come back through a bounded channel and wake the window.
//! A job that panics replies too: nothing that is open is lost.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rview_formats::{Document, Input, Job, open};

use crate::analysis::{Base, Named, Question, Trees};
use crate::state::TabId;

/// What a job has found.
pub enum Reply {
    /// A file is open, or why not, in words for the user.
    Opened(TabId, Result<Box<(Document, Arc<Base>)>, String>),
    /// The trees for a question, of a file with these names.
    Trees(TabId, Arc<Base>, Question, Arc<Trees>),
    /// Better names for an open file; `None` when there are none, or the job was cancelled.
    Named(TabId, Option<Box<Named>>),
    /// What the user chose in the file dialog.
    Picked(Vec<PathBuf>),
    /// The folder of binaries that the user chose.
    PickedFolder(PathBuf),
    /// There is no file dialog on this system.
    NoDialog,
    /// Nothing to do: a dialog was left without a choice.
    Nothing,
}

/// Starts jobs and collects their replies.
pub struct Worker {
    sender: SyncSender<Reply>,
    receiver: Receiver<Reply>,
    ctx: egui::Context,
    n_running: usize,
}

/// Replies that wait at most; a job that finds the channel full waits.
const CAPACITY: usize = 64;

/// A dialog that closes faster than a person can was never shown.
const FASTER_THAN_A_PERSON: Duration = Duration::from_millis(200);

impl Worker {
    /// A worker that wakes the window of `ctx`.
    pub fn new(ctx: egui::Context) -> Self {
        let (sender, receiver) = sync_channel(CAPACITY);
        Self { sender, receiver, ctx, n_running: 0 }
    }

    /// How many jobs have not replied yet.
    pub fn n_running(&self) -> usize {
        self.n_running
    }

    /// A reply, if one has come.
    pub fn try_reply(&mut self) -> Option<Reply> {
        let reply = self.receiver.try_recv().ok()?;
        self.n_running -= 1;
        Some(reply)
    }

    /// The next reply; `None` if no job is running.
    pub fn wait_for_reply(&mut self) -> Option<Reply> {
        if self.n_running == 0 {
            return None;
        }
        let reply = self.receiver.recv().ok()?;
        self.n_running -= 1;
        Some(reply)
    }

    /// Opens a file and prepares what all views of it need.
    pub fn open(&mut self, tab: TabId, input: Input, job: Arc<Job>) {
        self.spawn("open", move || {
            let result = catch_unwind(AssertUnwindSafe(|| {
                let document = open(&input, &job).map_err(|err| err.to_string())?;
                let base = Arc::new(Base::new(&document.profile));
                Ok(Box::new((document, base)))
            }));
            Reply::Opened(tab, result.unwrap_or_else(|_| Err(BUG.to_owned())))
        });
    }

    /// Answers a question about an open file.
    pub fn answer(&mut self, tab: TabId, document: &Document, base: &Arc<Base>, q: Question) {
        let (profile, base) = (Arc::clone(&document.profile), Arc::clone(base));
        self.spawn("analysis", move || {
            let trees = catch_unwind(AssertUnwindSafe(|| Trees::new(&profile, &base, &q)));
            trees.map_or(Reply::Nothing, |trees| Reply::Trees(tab, base, q, Arc::new(trees)))
        });
    }

    /// Looks up better names for an open file, and answers the question on screen with them.
    pub fn name(
        &mut self,
        tab: TabId,
        document: &Document,
        base: &Arc<Base>,
        q: Question,
        job: Arc<Job>,
    ) {
        let (document, base) = (document.clone(), Arc::clone(base));
        self.spawn("names", move || {
            let named = catch_unwind(AssertUnwindSafe(|| Named::find(&document, &base, q, &job)));
            Reply::Named(tab, named.ok().flatten().map(Box::new))
        });
    }

    /// Answers another question with better names that are found already.
    pub fn answer_named(&mut self, tab: TabId, named: Box<Named>, q: Question) {
        self.spawn("names", move || {
            let named = catch_unwind(AssertUnwindSafe(|| named.answering(q)));
            Reply::Named(tab, named.ok().map(Box::new))
        });
    }

    /// Shows the system's dialog to choose files.
    pub fn pick_files(&mut self) {
        self.spawn("dialog", || {
            let start = std::time::Instant::now();
            match rfd::FileDialog::new().set_title("Open profiles").pick_files() {
                Some(paths) => Reply::Picked(paths),
                None if start.elapsed() < FASTER_THAN_A_PERSON => Reply::NoDialog,
                None => Reply::Nothing,
            }
        });
    }

    /// Shows the system's dialog to choose a folder of binaries or debug files.
    pub fn pick_folder(&mut self) {
        self.spawn("dialog", || {
            let dialog = rfd::FileDialog::new().set_title("Folder of binaries or debug files");
            dialog.pick_folder().map_or(Reply::Nothing, Reply::PickedFolder)
        });
    }

    fn spawn(&mut self, name: &str, job: impl FnOnce() -> Reply + Send + 'static) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        let run = move || {
            // The window is gone when nobody receives.
            if sender.send(job()).is_ok() {
                ctx.request_repaint();
            }
        };
        self.n_running += 1;
        let builder = std::thread::Builder::new().name(format!("rview {name}"));
        if builder.spawn(run).is_err() {
            self.n_running -= 1;
        }
    }
}

const BUG: &str = "rview met a bug of its own while it read this file; \
                   please report it with the file if you can";
