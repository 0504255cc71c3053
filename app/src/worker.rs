//! Background jobs: the only place that starts threads.
//!
//! A job runs to its reply; replies come back through a bounded channel and wake the window. A job that
//! panics replies too: nothing that is open is lost.

mod outside;
mod watch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rview_core::{
    FlowIndex, FunctionId, HeatMap, LabelTable, Sandwich, SearchError, SliceId, SliceList,
    SliceStats,
};
use rview_formats::symbols::{Module, NamesFrom};
use rview_formats::{Document, Input, Job, Options, open_with_preview};

use crate::analysis::{Base, Named, Question, RenamedBase, Trees};
use crate::assembly::{Assembly, WantedAssembly};
use crate::command::PictureKind;
use crate::comparison::{
    Compared, PairedSource, Source as ComparedSource, Wanted as WantedComparison, WantedLines,
};
use crate::listing::{Found, Listing, Wanted};
use crate::memory::Reading;
use crate::notes::Notes;
use crate::slice_jobs::{self, WantedHits, WantedSlices, WantedStats};
use crate::source::{Source, WantedSource};
use crate::state::{Details, HeatMapView, Picked, TabId, WantedLabels};
use watch::Watch;

/// What a job has found.
pub enum Reply {
    /// What a file starts with, while the rest is being read.
    Preview(TabId, Box<(Document, Arc<Base>)>),
    /// A file is open, or why not, in words for the user.
    Opened(TabId, Result<Box<(Document, Arc<Base>)>, String>),
    /// The trees for a question, of a file with these names.
    Trees(TabId, Arc<Base>, Question, Arc<Trees>),
    /// The answer to a question in another shape, of a file with these names in this one.
    Reshaped(TabId, Arc<Base>, Box<RenamedBase>),
    /// The labels of what counts.
    Labels(TabId, WantedLabels, Arc<LabelTable>),
    /// What a search finds in an answer, and the functions in their order.
    Listed(TabId, Arc<Trees>, Wanted, Listing),
    /// A function between its callers and its callees, in an answer.
    Sandwich(TabId, Arc<Trees>, FunctionId, Arc<Sandwich>),
    /// The lines of a file with what they weigh, of a recording with these names.
    Source(TabId, Arc<Base>, WantedSource, Arc<Source>),
    /// The notes on a file, or why they cannot be read or written.
    Notes(TabId, Result<Notes, String>),
    /// The instructions of a function with what they weigh, of a recording with these names.
    Assembly(TabId, Arc<Base>, WantedAssembly, Arc<Assembly>),
    /// The folder of source files that the user chose.
    ChosenSourceFolder(PathBuf),
    /// Whether the editor could be started, else why not, in words for the user.
    Editor(Result<(), String>),
    /// Samples by when they were taken, of a question but for its time.
    HeatMap(TabId, Question, HeatMap),
    /// Slices in their order, or what is wrong with the search.
    Slices(TabId, WantedSlices, Result<SliceList, SearchError>),
    /// The slices that a search finds by their arguments.
    Hits(TabId, WantedHits, Vec<SliceId>),
    /// The distribution of the slices of a name; `None` when there are none.
    Stats(TabId, WantedStats, Option<SliceStats>),
    /// What else the file says of what is picked.
    Details(TabId, Picked, Details),
    /// Better names for an open file; `None` when there are none, or the job was cancelled.
    Named(TabId, Option<Box<Named>>),
    /// Two recordings compared, or why they cannot be; with what was asked, and the sides' version.
    Compared(TabId, (WantedComparison, u64), Result<Arc<Compared>, String>),
    /// The lines of the file of a function on both sides, in an answer.
    ComparedLines(TabId, Arc<Compared>, WantedLines, Arc<PairedSource>),
    /// An open file has changed on disk.
    Changed(Input),
    /// What the user chose in the file dialog.
    Chosen(Vec<PathBuf>),
    /// The folder of binaries that the user chose.
    ChosenFolder(PathBuf),
    /// Where the user wants a picture.
    ChosenPicture(PictureKind, PathBuf),
    /// The window as it is painted, and which part of it goes to which file.
    Painted(Arc<egui::ColorImage>, egui::Rect, PathBuf),
    /// A picture was written, or why not, in words for the user.
    Saved(Result<PathBuf, String>),
    /// There is no file dialog on this system.
    NoDialog,
    /// A job that answers a question has panicked; the answer before stays.
    Bug(TabId),
    /// Nothing to do: a dialog was left without a choice.
    Nothing,
}

/// Starts jobs and collects their replies.
pub struct Worker {
    sender: SyncSender<Reply>,
    receiver: Receiver<Reply>,
    ctx: egui::Context,
    n_running: usize,
    files: Lane,
    questions: Lane,
    names: Lane,
    arguments: Lane,
    watch: Watch,
    /// Whether there is somebody to ask.
    shows_dialogs: bool,
}

/// Files that are read at the same time: each importer has all cores for itself where it can.
const FILES_AT_ONCE: usize = 2;

/// Answers that are computed at the same time.
const QUESTIONS_AT_ONCE: usize = 2;

/// Replies that wait at most; a job that finds the channel full waits.
const CAPACITY: usize = 64;

impl Worker {
    /// A worker that wakes the window of `ctx`.
    pub fn new(ctx: egui::Context) -> Self {
        let (sender, receiver) = sync_channel(CAPACITY);
        Self {
            sender,
            receiver,
            ctx,
            n_running: 0,
            files: Lane::new("rview files", FILES_AT_ONCE),
            questions: Lane::new("rview questions", QUESTIONS_AT_ONCE),
            // A lane of its own: reading debug information may take long, and nobody waits for it.
            names: Lane::new("rview names", 1),
            arguments: Lane::new("rview arguments", 1),
            watch: Watch::default(),
            shows_dialogs: true,
        }
    }

    /// Asks nobody: a window without a screen has no dialogs.
    pub fn hide_dialogs(&mut self) {
        self.shows_dialogs = false;
    }

    /// The window.
    pub fn ctx(&self) -> &egui::Context {
        &self.ctx
    }

    /// How many jobs have not replied yet.
    pub fn n_running(&self) -> usize {
        self.n_running
    }

    /// A reply, if one has come.
    pub fn try_reply(&mut self) -> Option<Reply> {
        let reply = self.receiver.try_recv().ok()?;
        self.count(&reply);
        Some(reply)
    }

    /// The next reply; `None` if no job is running.
    pub fn wait_for_reply(&mut self) -> Option<Reply> {
        if self.n_running == 0 {
            return None;
        }
        let reply = self.receiver.recv().ok()?;
        self.count(&reply);
        Some(reply)
    }

    /// A reply has come: the last of its job, unless it is a preview; of no job where the window
    /// was painted or a file has changed.
    fn count(&mut self, reply: &Reply) {
        let is_last = !matches!(reply, Reply::Preview(..) | Reply::Painted(..) | Reply::Changed(_));
        self.n_running -= usize::from(is_last);
    }

    /// Opens a file and prepares what all views of it need. The file asked for last is read
    /// first: it is the one in front.
    pub fn open(&mut self, tab: TabId, input: Input, job: Arc<Job>) {
        let (previews, ctx) = (self.sender.clone(), self.ctx.clone());
        let watch = self.watch.clone();
        let run = self.reply(
            move || {
                // What changes while it is read is news.
                watch.start(&input, &previews, &ctx);
                let _reading = Reading::of(&input);
                let with_base = |document: Document| -> Result<_, String> {
                    let is_cancelled = || job.is_cancelled();
                    let mut base = Base::new(&document.profile, &is_cancelled).ok_or(CANCELLED)?;
                    let in_file = |it: &Module| matches!(it.from, NamesFrom::File { .. });
                    base.n_binaries = document.modules.iter().filter(|it| in_file(it)).count();
                    Ok(Box::new((document, Arc::new(base))))
                };
                let opened = open_with_preview(&input, &job, &mut |document| {
                    // Whoever finds the channel full has more to look at than a preview.
                    if let Ok(preview) = with_base(document)
                        && previews.try_send(Reply::Preview(tab, preview)).is_ok()
                    {
                        ctx.request_repaint();
                    }
                });
                let opened = opened.map_err(|err| err.to_string()).and_then(with_base);
                Reply::Opened(tab, opened)
            },
            Reply::Opened(tab, Err(BUG.to_owned())),
        );
        self.files.push(run);
    }

    /// Watches the file of a tab that is closed no more.
    pub fn forget(&self, input: &Input) {
        self.watch.stop(input);
    }

    /// Answers a question about an open file.
    pub fn answer(&mut self, tab: TabId, base: &Arc<Base>, q: Question) {
        let base = Arc::clone(base);
        let run = self.reply(
            move || {
                if q.shape != base.shaped.shape {
                    let reshaped = Box::new(RenamedBase::reshape(&base, q));
                    return Reply::Reshaped(tab, base, reshaped);
                }
                let trees = Arc::new(Trees::new(&base, &q));
                Reply::Trees(tab, base, q, trees)
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
    }

    /// Lists the labels of what counts; `last` is an earlier list of the same file.
    pub fn list_labels(
        &mut self,
        tab: TabId,
        base: &Arc<Base>,
        last: Option<Arc<LabelTable>>,
        wanted: WantedLabels,
    ) {
        let base = Arc::clone(base);
        let run = self.reply(
            move || {
                let (profile, question) = (&*base.recorded, &wanted.question);
                let table = question.measure.map(|measure| {
                    let selection = question.selection_of_any_label(profile);
                    let (queries, search) = (&question.labels, &wanted.search);
                    LabelTable::new(profile, measure, &selection, queries, search, last.as_deref())
                });
                Reply::Labels(tab, wanted, Arc::new(table.unwrap_or_default()))
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
    }

    /// Searches and sorts an answer; `last` is what was found before.
    pub fn list(
        &mut self,
        tab: TabId,
        base: &Arc<Base>,
        trees: &Arc<Trees>,
        last: &Arc<Found>,
        wanted: Wanted,
    ) {
        let (base, trees) = (Arc::clone(base), Arc::clone(trees));
        let last = Arc::clone(last);
        let run = self.reply(
            move || {
                let listing = Listing::new(&base, &trees, &wanted, &last);
                Reply::Listed(tab, trees, wanted, listing)
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
    }

    /// Compares two recordings; `last` is an earlier answer.
    pub fn compare(
        &mut self,
        tab: TabId,
        sources: [ComparedSource; 2],
        question: (WantedComparison, u64),
        last: Option<Arc<Compared>>,
    ) {
        let run = self.reply(
            move || {
                let compared = Compared::new(&sources, &question.0, last.as_ref());
                Reply::Compared(tab, question, compared.map(Arc::new))
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
    }

    /// Finds the lines of the file of a function on both sides.
    pub fn compare_lines(&mut self, tab: TabId, compared: Arc<Compared>, wanted: WantedLines) {
        let run = self.reply(
            move || {
                let source = Arc::new(PairedSource::new(&compared, &wanted));
                Reply::ComparedLines(tab, compared, wanted, source)
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
    }

    /// Finds the callers and callees of a function in an answer.
    pub fn find_callers(&mut self, tab: TabId, trees: &Arc<Trees>, function: FunctionId) {
        let trees = Arc::clone(trees);
        let run = self.reply(
            move || {
                let sandwich = Arc::new(Sandwich::new(&trees.tree, function));
                Reply::Sandwich(tab, trees, function, sandwich)
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
    }

    /// Counts samples by when they were taken, for a question but for its time.
    pub fn count_by_time(&mut self, tab: TabId, base: &Arc<Base>, question: Question) {
        let base = Arc::clone(base);
        let run = self.reply(
            move || {
                let profile = &*base.shaped.profile;
                let selection = question.selection(profile);
                let size = HeatMapView::size(profile.samples().len());
                let map = question.measure.map_or_else(HeatMap::default, |measure| {
                    HeatMap::new(profile, &base.paths, measure, &selection, size)
                });
                Reply::HeatMap(tab, question, map)
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
    }

    /// Finds a source file and what its lines weigh; `last` is what was found before.
    pub fn read_source(
        &mut self,
        tab: TabId,
        base: &Arc<Base>,
        wanted: WantedSource,
        last: Option<Arc<Source>>,
    ) {
        let base = Arc::clone(base);
        let run = self.reply(
            move || {
                let source = Arc::new(Source::new(&base, &wanted, last.as_deref()));
                Reply::Source(tab, base, wanted, source)
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
    }

    /// Finds the instructions of a function and what they weigh; `last` is what was found before.
    pub fn read_assembly(
        &mut self,
        tab: TabId,
        (document, base): (Document, Arc<Base>),
        wanted: WantedAssembly,
        options: Options,
        last: Option<Arc<Assembly>>,
    ) {
        let run = self.reply(
            move || {
                let found = Assembly::new(&document, &base, &wanted, options, last.as_deref());
                Reply::Assembly(tab, base, wanted, Arc::new(found))
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
    }

    /// Reads what else the file says of what is picked.
    pub fn read_details(
        &mut self,
        tab: TabId,
        document: &Document,
        flows: Arc<FlowIndex>,
        picked: Picked,
    ) {
        let document = document.clone();
        let run = self.reply(
            move || Reply::Details(tab, picked, Details::read(&document, &flows, picked)),
            Reply::Details(tab, picked, Details::default()),
        );
        self.questions.push(run);
    }

    /// Lists slices; `by_arguments` match the search too.
    pub fn list_slices(
        &mut self,
        tab: TabId,
        document: &Document,
        wanted: WantedSlices,
        by_arguments: Arc<Vec<SliceId>>,
    ) {
        let profile = Arc::clone(&document.profile);
        let run = self.reply(
            move || {
                let list = slice_jobs::list(&profile, &wanted, &by_arguments);
                Reply::Slices(tab, wanted, list)
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
    }

    /// Searches the arguments of slices.
    pub fn search_arguments(
        &mut self,
        tab: TabId,
        document: &Document,
        wanted: WantedHits,
        job: Arc<Job>,
    ) {
        let document = document.clone();
        let run = self.reply(
            move || {
                let found = slice_jobs::search_arguments(&document, &wanted, &job);
                Reply::Hits(tab, wanted, found)
            },
            Reply::Bug(tab),
        );
        self.arguments.push(run);
    }

    /// Finds how long the slices of a name last.
    pub fn count_slices(&mut self, tab: TabId, document: &Document, wanted: WantedStats) {
        let profile = Arc::clone(&document.profile);
        let run = self.reply(
            move || {
                let stats = slice_jobs::stats(&profile, &wanted);
                Reply::Stats(tab, wanted, stats)
            },
            Reply::Bug(tab),
        );
        self.questions.push(run);
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
        let run = self.reply(
            move || Reply::Named(tab, Named::find(&document, &base, q, &job).map(Box::new)),
            Reply::Named(tab, None),
        );
        self.names.push(run);
    }

    /// Answers another question with better names that are found already.
    pub fn answer_named(&mut self, tab: TabId, named: Box<Named>, base: &Arc<Base>, q: Question) {
        let base = Arc::clone(base);
        let run = self.reply(
            move || Reply::Named(tab, Some(Box::new(named.answering(base, q)))),
            Reply::Named(tab, None),
        );
        self.names.push(run);
    }

    /// Runs what has no reply.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        self.questions.push(Box::new(job));
    }

    /// Gives back the memory of what nobody looks at any more: for gigabytes that takes longer
    /// than a frame.
    pub fn discard<T: Send + 'static>(&self, unused: T) {
        self.run(move || drop(unused));
    }

    /// A job that sends its reply, or `otherwise` when it panics.
    fn reply(
        &mut self,
        job: impl FnOnce() -> Reply + Send + 'static,
        otherwise: Reply,
    ) -> Box<dyn FnOnce() + Send> {
        self.n_running += 1;
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        Box::new(move || {
            let reply = catch_unwind(AssertUnwindSafe(job)).unwrap_or(otherwise);
            // The window is gone when nobody receives.
            if sender.send(reply).is_ok() {
                ctx.request_repaint();
            }
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.watch.end();
    }
}

/// Threads that take the latest of the jobs that wait.
struct Lane {
    waiting: Arc<(Mutex<Waiting>, Condvar)>,
}

#[derive(Default)]
struct Waiting {
    jobs: Vec<Box<dyn FnOnce() + Send>>,
    is_over: bool,
}

impl Lane {
    fn new(name: &str, n_threads: usize) -> Self {
        let waiting = Arc::<(Mutex<Waiting>, Condvar)>::default();
        for _ in 0..n_threads {
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new().name(name.to_owned());
            let run = move || {
                while let Some(job) = next(&waiting) {
                    job();
                }
            };
            // Without any thread nothing is ever read, and the progress says so.
            let _: Option<std::thread::JoinHandle<()>> = thread.spawn(run).ok();
        }
        Self { waiting }
    }

    fn push(&self, job: Box<dyn FnOnce() + Send>) {
        let (waiting, wake) = &*self.waiting;
        waiting.lock().unwrap_or_else(PoisonError::into_inner).jobs.push(job);
        wake.notify_one();
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let (waiting, wake) = &*self.waiting;
        waiting.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        wake.notify_all();
    }
}

/// The next job, as soon as there is one; `None` when there will be none.
fn next(waiting: &(Mutex<Waiting>, Condvar)) -> Option<Box<dyn FnOnce() + Send>> {
    let (waiting, wake) = waiting;
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if waiting.is_over {
            return None;
        }
        if let Some(job) = waiting.jobs.pop() {
            return Some(job);
        }
        waiting = wake.wait(waiting).unwrap_or_else(PoisonError::into_inner);
    }
}

/// What is said when a job panics.
pub const BUG: &str = "rview met a bug of its own while it read this file; \
                       please report it with the file if you can";

const CANCELLED: &str = "the reading was stopped";
