//! What the views of an open file need, computed in the worker.
//!
//! [`Base`] depends on the file alone and is made once. [`Trees`] answer a [`Question`]: which
//! measure, over which part of the recording. The answer to the last question stays on screen
//! until that to the next one is there.

use std::ops::Range;
use std::sync::Arc;

use egui::{Color32, Theme};
use rustc_hash::FxHashSet;
use rview_core::{
    Activity, CallPaths, CallTree, CounterLod, FlameLayout, FlowIndex, FunctionId, FunctionTotals,
    Inverted, LaneId, MarkerRows, Measure, PathWeights, Profile, Renamed, SampleChart, Selection,
    SliceLod, ThreadId, overview,
};
use rview_formats::{Document, Job};

use crate::theme::color::{ColorMode, function_color};

/// Parts of a recording in the overview, each a few points wide: finer ones show the intervals
/// of sampling instead of the load.
const OVERVIEW_PARTS: u16 = 240;

/// What depends on the file alone.
#[derive(Debug)]
pub struct Base {
    /// The functions from the root to each leaf.
    pub paths: CallPaths,
    /// Slices at every zoom.
    pub slices: SliceLod,
    /// By thread: its sampled stacks at every zoom.
    pub charts: Vec<Option<SampleChart>>,
    /// By thread: how busy it was.
    pub activity: Vec<Option<Activity>>,
    /// How busy all threads were together, in equally long parts of the recording.
    pub overview: Vec<f32>,
    /// By counter: its values at every zoom.
    pub counters: Vec<CounterLod>,
    /// Whether names have letters beyond those of Latin, Greek and Cyrillic.
    pub has_other_scripts: bool,
    /// The thread to show first: the one with most samples, of those with as many the one with
    /// most slices.
    pub busiest_thread: Option<ThreadId>,
    /// Markers by whom they concern.
    pub markers: MarkerRows,
    /// Flows by the slices at their ends.
    pub flows: FlowIndex,
    /// By value type: what all samples add up to.
    pub totals: Vec<i64>,
    /// How many modules or categories there are, those without one as one more.
    pub n_modules: usize,
    /// Whether any function has a file.
    pub has_files: bool,
    /// By function: its color in the dark theme and in the light one.
    colors: Vec<[Color32; 2]>,
}

impl Base {
    /// Prepares a file, in time linear in its size; `None` when that was cancelled.
    pub fn new(profile: &Profile, is_cancelled: &dyn Fn() -> bool) -> Option<Self> {
        Self::with_paths(profile, CallPaths::new(profile), is_cancelled)
    }

    /// The same with call paths that are made already.
    pub fn with_paths(
        profile: &Profile,
        paths: CallPaths,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let by_thread = samples_by_thread(profile);
        let samples = profile.samples();
        let times = samples.times_ns();
        let end_ns = profile.duration_ns();
        let weights = profile.default_value_type().map(|value_type| samples.weights(value_type));
        let mut charts = Vec::with_capacity(by_thread.len());
        let mut activity = Vec::with_capacity(by_thread.len());
        let top_lanes = top_lanes(profile);
        for (thread, rows) in by_thread.iter().enumerate() {
            if is_cancelled() {
                return None;
            }
            let times = times.filter(|_| !rows.is_empty());
            charts.push(times.map(|times| {
                let path_of = |row| paths.of_sample(row);
                SampleChart::new(times, rows, path_of, |path| paths.parent(path), end_ns)
            }));
            activity.push(match (times, weights) {
                (Some(times), Some(weights)) => Some(Activity::of_samples(times, rows, weights)),
                _ => top_lanes[thread].map(|lane| Activity::of_lane(profile.slices(), lane)),
            });
        }
        let (n_modules, colors) = colors(profile);
        let functions = profile.symbols().functions();
        if is_cancelled() {
            return None;
        }
        let counters = profile.counters();
        let counters = counters.ids().map(|id| CounterLod::new(counters.values(id))).collect();
        Some(Self {
            overview: overview(activity.iter().flatten(), end_ns, OVERVIEW_PARTS),
            has_other_scripts: profile.strings().has_other_scripts(),
            busiest_thread: busiest_thread(profile, &by_thread),
            slices: SliceLod::new(profile.slices()),
            markers: MarkerRows::new(profile.markers()),
            flows: FlowIndex::new(profile.flows()),
            paths,
            charts,
            activity,
            counters,
            totals: profile.value_type_ids().map(|id| samples.weights(id).total()).collect(),
            n_modules,
            has_files: functions.ids().any(|function| functions.row(function).file.is_some()),
            colors,
        })
    }

    /// The color of a function's boxes.
    pub fn color(&self, function: FunctionId, theme: Theme) -> Color32 {
        let [dark, light] = self.colors[function.index()];
        match theme {
            Theme::Dark => dark,
            Theme::Light => light,
        }
    }
}

/// With fewer modules than this, one hue for each would tell nothing apart.
const FEW_MODULES: usize = 4;

/// The number of modules, and the colors by function.
fn colors(profile: &Profile) -> (usize, Vec<[Color32; 2]>) {
    let functions = profile.symbols().functions();
    let modules: FxHashSet<&str> =
        functions.ids().map(|function| profile.function_module(function)).collect();
    let mode = if modules.len() < FEW_MODULES { ColorMode::Function } else { ColorMode::Module };
    let colors = functions.ids().map(|function| {
        let (name, module) = (profile.function_name(function), profile.function_module(function));
        [Theme::Dark, Theme::Light].map(|theme| function_color(name, module, mode, theme))
    });
    (modules.len(), colors.collect())
}

/// The rows of the samples of each thread, in order of time.
fn samples_by_thread(profile: &Profile) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); profile.threads().len()];
    for (row, thread) in (0..).zip(profile.samples().threads()) {
        rows[thread.index()].push(row);
    }
    rows
}

/// By thread: the first lane of its slices.
fn top_lanes(profile: &Profile) -> Vec<Option<LaneId>> {
    let mut lanes = vec![None; profile.threads().len()];
    let tracks = profile.tracks();
    for track in tracks.ids() {
        if let Some(thread) = tracks.row(track).thread {
            let lane = &mut lanes[thread.index()];
            *lane = lane.or_else(|| tracks.lanes(track).next());
        }
    }
    lanes
}

fn busiest_thread(profile: &Profile, samples: &[Vec<u32>]) -> Option<ThreadId> {
    let mut n_slices = vec![0; samples.len()];
    let tracks = profile.tracks();
    for track in tracks.ids() {
        let Some(thread) = tracks.row(track).thread else { continue };
        for lane in tracks.lanes(track) {
            n_slices[thread.index()] += profile.slices().lane_slices(lane).len();
        }
    }
    // Of equal ones the first, which is usually the main thread.
    let size = |thread: ThreadId| (samples[thread.index()].len(), n_slices[thread.index()]);
    profile.threads().ids().min_by_key(|&thread| std::cmp::Reverse(size(thread)))
}

/// A file once better names were looked for.
pub struct Named {
    /// The file.
    pub document: Document,
    /// What depends on names; `None` where all are as they were.
    pub renamed: Option<RenamedBase>,
}

/// Everything that depends on names, made anew.
pub struct RenamedBase {
    /// What depends on the file alone.
    pub base: Arc<Base>,
    /// The question that was on screen.
    pub question: Question,
    /// The answer to it.
    pub trees: Arc<Trees>,
    /// What the call paths have become.
    pub renamed: Renamed,
}

impl Named {
    /// Looks for better names; `None` when the job was cancelled.
    pub fn find(document: &Document, base: &Base, question: Question, job: &Job) -> Option<Self> {
        let better = document.symbolize(job).ok()?;
        let (before, after) = (&document.profile, &better.profile);
        if Arc::ptr_eq(before, after) {
            return Some(Self { document: better, renamed: None });
        }
        let paths = CallPaths::new(after);
        let renamed = Renamed::new((before, &base.paths), (after, &paths));
        let base = Arc::new(Base::with_paths(after, paths, &|| job.is_cancelled())?);
        let trees = Arc::new(Trees::new(after, &base, &question));
        let renamed = RenamedBase { base, question, trees, renamed };
        Some(Self { document: better, renamed: Some(renamed) })
    }

    /// The same with the answer to another question.
    #[must_use]
    pub fn answering(mut self, question: Question) -> Self {
        if let Some(renamed) = &mut self.renamed {
            let trees = Trees::new(&self.document.profile, &renamed.base, &question);
            (renamed.trees, renamed.question) = (Arc::new(trees), question);
        }
        self
    }
}

/// What is asked: a measure, over a part of the recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is added up; `None` where the file has neither samples nor slices.
    pub measure: Option<Measure>,
    /// Only what lies within this time.
    pub range_ns: Option<Range<i64>>,
    /// Only this thread.
    pub thread: Option<ThreadId>,
}

/// The answer.
#[derive(Debug)]
pub struct Trees {
    /// Top-down.
    pub tree: CallTree,
    /// The tree as boxes.
    pub flame: FlameLayout,
    /// Self and total by function.
    pub functions: FunctionTotals,
    /// Bottom-up, its first level.
    pub inverted: Inverted,
}

impl Trees {
    /// Answers a question, in time linear in the number of samples and paths.
    pub fn new(profile: &Profile, base: &Base, question: &Question) -> Self {
        let threads = question.thread.map(|thread| {
            let mut threads = vec![false; profile.threads().len()];
            threads[thread.index()] = true;
            threads
        });
        let selection =
            Selection { range_ns: question.range_ns.clone(), threads, ..Selection::default() };
        let weights = question.measure.map_or_else(PathWeights::default, |measure| {
            PathWeights::new(profile, &base.paths, measure, &selection)
        });
        let tree = CallTree::new(profile, &base.paths, &weights);
        Self {
            flame: FlameLayout::new(tree.depths(), tree.totals()),
            functions: FunctionTotals::new(profile, &base.paths, &weights),
            inverted: Inverted::new(profile, &base.paths, &weights),
            tree,
        }
    }
}
