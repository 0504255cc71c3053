//! What the views of an open file need, computed in the worker.
//!
//! [`Base`] depends on the file alone and is made once. [`Trees`] answer a [`Question`]: which
//! measure, over which part of the recording. The answer to the last question stays on screen
//! until that to the next one is there.

mod time_charts;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use egui::{Color32, Theme};
use rustc_hash::{FxHashMap, FxHashSet};
use rview_core::{
    Activity, CallPaths, CallTree, CounterLod, FlameLayout, FlowIndex, FunctionId, FunctionTotals,
    Granularity, GroupBy, Inverted, LabelQuery, LabelSelection, LaneId, MarkerRows, Measure,
    PathWeights, Profile, Renamed, SampleChart, Search, Selection, Shape, Shaped, SliceLod,
    StringId, ThreadId, Transform, overview,
};
use rview_formats::{Document, Job};

use time_charts::ByValue;

use crate::theme::color::{self, ColorMode, function_color};

/// Parts of a recording in the overview, each a few points wide: finer ones show the intervals
/// of sampling instead of the load.
const OVERVIEW_PARTS: u16 = 240;

/// What depends on the file alone, and on the shape in which it is shown.
#[derive(Clone, Debug)]
pub struct Base {
    /// The recording as it is in the file, with the latest names.
    pub recorded: Arc<Profile>,
    /// The recording as it is shown.
    pub shaped: Shaped,
    /// The functions, or what is shown for them, from the root to each leaf.
    pub paths: CallPaths,
    /// Slices at every zoom.
    pub slices: Arc<SliceLod>,
    /// By thread: its sampled stacks at every zoom, of all samples.
    pub charts: Arc<Vec<Option<SampleChart>>>,
    /// By thread: how busy it was.
    pub activity: Arc<Vec<Option<Activity>>>,
    /// Both by value type.
    by_value: ByValue,
    /// How busy all threads were together, in equally long parts of the recording.
    pub overview: Arc<Vec<f32>>,
    /// By counter: its values at every zoom.
    pub counters: Arc<Vec<CounterLod>>,
    /// What samples and slices may be grouped by.
    pub groups: Arc<Vec<GroupBy>>,
    /// What call paths may be of.
    pub granularities: Arc<Vec<Granularity>>,
    /// Whether names have letters beyond those of Latin, Greek and Cyrillic.
    pub has_other_scripts: bool,
    /// The thread to show first: the one with most samples, of those with as many the one with
    /// most slices.
    pub busiest_thread: Option<ThreadId>,
    /// Markers by whom they concern.
    pub markers: Arc<MarkerRows>,
    /// Flows by the slices at their ends.
    pub flows: Arc<FlowIndex>,
    /// By value type: what all samples add up to.
    pub totals: Vec<i64>,
    /// How many modules or categories there are, those without one as one more.
    pub n_modules: usize,
    /// How many binaries its code is in, as far as it knows.
    pub n_binaries: usize,
    /// Whether any function has a file.
    pub has_files: bool,
    /// Whether the recording says when nothing runs.
    pub knows_idle: bool,
    /// By function: its color in the dark theme and in the light one.
    colors: Arc<Vec<[Color32; 2]>>,
}

impl Base {
    /// Prepares a file, in time linear in its size; `None` when that was cancelled.
    pub fn new(profile: &Arc<Profile>, is_cancelled: &dyn Fn() -> bool) -> Option<Self> {
        Self::of_shape(profile, Shaped::new(profile, Shape::default()), is_cancelled)
    }

    /// The same in a shape that is made already.
    pub fn of_shape(
        recorded: &Arc<Profile>,
        shaped: Shaped,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let profile = &*shaped.profile;
        let by_thread = samples_by_thread(profile);
        let samples = profile.samples();
        let times = samples.times_ns();
        let end_ns = profile.duration_ns();
        let weights = profile.default_value_type().map(|value_type| samples.weights(value_type));
        let charts = charts(profile, &shaped.paths, &by_thread, is_cancelled)?;
        let mut activity = Vec::with_capacity(by_thread.len());
        let top_lanes = top_lanes(profile);
        for (thread, rows) in by_thread.iter().enumerate() {
            let times = times.filter(|_| !rows.is_empty());
            let of_samples = times.zip(weights);
            let of_samples =
                of_samples.map(|(times, weights)| Activity::of_samples(times, rows, weights));
            let lanes = &top_lanes[thread];
            let of_slices =
                || (!lanes.is_empty()).then(|| Activity::of_lanes(profile.slices(), lanes));
            activity.push(of_samples.or_else(of_slices));
        }
        let (n_modules, colors) = colors(&shaped);
        if is_cancelled() {
            return None;
        }
        let counters = profile.counters();
        let counters = counters.ids().map(|id| CounterLod::new(counters.values(id)));
        Some(Self {
            recorded: Arc::clone(recorded),
            overview: overview(activity.iter().flatten(), end_ns, OVERVIEW_PARTS).into(),
            has_other_scripts: profile.strings().has_other_scripts(),
            busiest_thread: busiest_thread(profile, &by_thread),
            slices: SliceLod::new(profile.slices()).into(),
            markers: MarkerRows::new(profile.markers()).into(),
            flows: FlowIndex::new(profile.flows()).into(),
            paths: shaped.paths.clone(),
            by_value: ByValue::new(profile),
            charts: charts.into(),
            activity: activity.into(),
            counters: counters.collect::<Vec<_>>().into(),
            groups: GroupBy::all(recorded).into(),
            granularities: Granularity::of(recorded).into(),
            totals: profile.value_type_ids().map(|id| samples.weights(id).total()).collect(),
            n_modules,
            n_binaries: 0,
            has_files: has_files(recorded),
            knows_idle: Transform::knows_idle(recorded),
            colors: colors.into(),
            shaped,
        })
    }

    /// The same file in another shape: what does not depend on it is shared.
    #[must_use]
    pub fn reshaped(&self, shape: Shape) -> Self {
        let shaped = self.shaped.reshaped(&self.recorded, shape);
        let profile = &*shaped.profile;
        let charts = if profile.samples().times_ns().is_some() {
            let by_thread = samples_by_thread(profile);
            charts(profile, &shaped.paths, &by_thread, &|| false).unwrap_or_default()
        } else {
            vec![None; profile.threads().len()]
        };
        let (n_modules, colors) = if shaped.shape.granularity == self.shaped.shape.granularity {
            (self.n_modules, self.colors_with_groups(&shaped))
        } else {
            colors(&shaped)
        };
        Self {
            paths: shaped.paths.clone(),
            by_value: ByValue::new(profile),
            charts: charts.into(),
            n_modules,
            colors: colors.into(),
            shaped,
            ..self.clone()
        }
    }

    /// The colors by function where only the groups are others.
    fn colors_with_groups(&self, shaped: &Shaped) -> Vec<[Color32; 2]> {
        let mut colors = self.colors[..shaped.n_plain_functions()].to_vec();
        colors.resize(shaped.profile.symbols().functions().len(), group_color());
        colors
    }

    /// The sampled stacks of a thread: of the samples that weigh anything in a measure that was
    /// asked for.
    pub fn chart(&self, measure: Option<Measure>, thread: ThreadId) -> Option<&SampleChart> {
        self.by_value.chart(measure, &self.charts, thread)
    }

    /// How busy a thread was, in a measure that was asked for.
    pub fn activity_in(&self, measure: Option<Measure>, thread: ThreadId) -> Option<&Activity> {
        self.by_value.activity(measure, &self.activity, thread)
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

fn has_files(profile: &Profile) -> bool {
    let functions = profile.symbols().functions();
    functions.ids().any(|function| functions.row(function).file.is_some())
}

/// By thread: its sampled stacks at every zoom; `None` when that was cancelled. Recordings
/// without times have none.
fn charts(
    profile: &Profile,
    paths: &CallPaths,
    by_thread: &[Vec<u32>],
    is_cancelled: &dyn Fn() -> bool,
) -> Option<Vec<Option<SampleChart>>> {
    let times = profile.samples().times_ns();
    let mut charts = Vec::with_capacity(by_thread.len());
    for rows in by_thread {
        if is_cancelled() {
            return None;
        }
        let times = times.filter(|_| !rows.is_empty());
        charts.push(times.map(|times| {
            let path_of = |row| paths.of_sample(row);
            let end_ns = profile.duration_ns();
            SampleChart::new(times, rows, path_of, |path| paths.parent(path), end_ns)
        }));
    }
    Some(charts)
}

/// With fewer modules than this, one hue for each would tell nothing apart.
const FEW_MODULES: usize = 4;

/// The number of modules, and the colors by function.
fn colors(shaped: &Shaped) -> (usize, Vec<[Color32; 2]>) {
    let profile = &*shaped.profile;
    let functions = profile.symbols().functions();
    // Groups are of no module.
    let plain = functions.ids().take(shaped.n_plain_functions());
    let modules: FxHashSet<&str> = plain.map(|id| profile.function_module(id)).collect();
    let mode = if modules.len() < FEW_MODULES { ColorMode::Function } else { ColorMode::Module };
    let text = |category: Option<StringId>| category.map_or("", |id| profile.text(id));
    let asked = profile.asked_colors().iter().filter_map(|asked| {
        let [dark, light] = [Theme::Dark, Theme::Light]
            .map(|theme| color::asked_color(profile.text(asked.color), theme));
        Some(((profile.text(asked.name), text(asked.category)), [dark?, light?]))
    });
    let asked: FxHashMap<(&str, &str), [Color32; 2]> = asked.collect();
    let colors = functions.ids().map(|function| {
        if function.index() >= shaped.n_plain_functions() {
            return group_color();
        }
        let (name, module) = (profile.function_name(function), profile.function_module(function));
        asked.get(&(name, module)).copied().unwrap_or_else(|| {
            [Theme::Dark, Theme::Light].map(|theme| function_color(name, module, mode, theme))
        })
    });
    (modules.len(), colors.collect())
}

/// In the dark theme and in the light one: groups are not of the program.
fn group_color() -> [Color32; 2] {
    [Theme::Dark, Theme::Light].map(color::neutral)
}

/// The rows of the samples of each thread, in order of time.
fn samples_by_thread(profile: &Profile) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); profile.threads().len()];
    for (row, thread) in (0..).zip(profile.samples().threads()) {
        rows[thread.index()].push(row);
    }
    rows
}

/// By thread: the outermost lanes of its slices.
fn top_lanes(profile: &Profile) -> Vec<Vec<LaneId>> {
    let mut top = vec![Vec::new(); profile.threads().len()];
    let (tracks, lanes) = (profile.tracks(), profile.slices().lanes());
    for track in tracks.ids() {
        if let Some(thread) = tracks.row(track).thread {
            let outermost = tracks.lanes(track).filter(|lane| lanes[lane.index()].depth == 0);
            top[thread.index()].extend(outermost);
        }
    }
    top
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

/// Everything that depends on names and on the shape, made anew.
pub struct RenamedBase {
    /// What depends on the file and the shape alone.
    pub base: Arc<Base>,
    /// The question that was on screen.
    pub question: Question,
    /// The answer to it.
    pub trees: Arc<Trees>,
    /// What the call paths have become.
    pub renamed: Renamed,
    /// What was shown before: what the paths have become is said of its paths.
    pub before: Arc<Base>,
}

impl RenamedBase {
    /// Answers a question that is of another shape than what is shown.
    pub fn reshape(base: &Arc<Base>, question: Question) -> Self {
        let after = Arc::new(base.reshaped(question.shape.clone()));
        Self::new(Arc::clone(base), after, question)
    }

    fn new(before: Arc<Base>, base: Arc<Base>, question: Question) -> Self {
        let (trees, renamed) = rayon::join(
            || Arc::new(Trees::new(&base, &question)),
            || before.shaped.renamed(&base.shaped),
        );
        Self { base, question, trees, renamed, before }
    }

    fn answering(self, before: Arc<Base>, question: Question) -> Self {
        let is_same_shape = self.base.shaped.shape == question.shape;
        let base = if is_same_shape {
            self.base
        } else {
            Arc::new(self.base.reshaped(question.shape.clone()))
        };
        Self::new(before, base, question)
    }
}

impl Named {
    /// Looks for better names; `None` when the job was cancelled.
    pub fn find(
        document: &Document,
        base: &Arc<Base>,
        question: Question,
        job: &Job,
    ) -> Option<Self> {
        let mut recorded = document.clone();
        recorded.profile = Arc::clone(&base.recorded);
        let better = recorded.symbolize(job).ok()?;
        if Arc::ptr_eq(&base.recorded, &better.profile) {
            return Some(Self { document: better, renamed: None });
        }
        let shaped = Shaped::new(&better.profile, question.shape.clone());
        let mut after = Base::of_shape(&better.profile, shaped, &|| job.is_cancelled())?;
        after.n_binaries = base.n_binaries;
        let renamed = RenamedBase::new(Arc::clone(base), Arc::new(after), question);
        Some(Self { document: better, renamed: Some(renamed) })
    }

    /// The same with the answer to another question, or for what is shown in another shape
    /// before.
    #[must_use]
    pub fn answering(mut self, before: Arc<Base>, question: Question) -> Self {
        self.renamed = self.renamed.map(|renamed| renamed.answering(before, question));
        self
    }
}

/// What is asked: a measure, over a part of the recording, in a shape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// What is added up; `None` where the file has neither samples nor slices.
    pub measure: Option<Measure>,
    /// Only what lies within this time.
    pub range_ns: Option<Range<i64>>,
    /// Only this thread.
    pub thread: Option<ThreadId>,
    /// Only samples with such labels.
    pub labels: Vec<LabelQuery>,
    /// Only the stacks that this search finds.
    pub only: Option<String>,
    /// How call paths are shown.
    pub shape: Shape,
}

impl Question {
    /// What counts, but for what is asked of labels.
    pub fn selection_of_any_label(&self, profile: &Profile) -> Selection {
        let threads = self.thread.map(|thread| {
            let mut threads = vec![false; profile.threads().len()];
            threads[thread.index()] = true;
            threads
        });
        let selection =
            Selection { range_ns: self.range_ns.clone(), threads, ..Selection::default() };
        self.narrowed(profile, selection)
    }

    /// What is left of a selection when only what the search finds counts. A search that stacks
    /// cannot be asked for is never a part of a question.
    fn narrowed(&self, profile: &Profile, selection: Selection) -> Selection {
        let search = self.only.as_deref().and_then(|text| Search::new(text).ok());
        let narrowed = search.map(|search| search.narrowed(profile, selection.clone()));
        narrowed.and_then(Result::ok).unwrap_or(selection)
    }

    /// What counts.
    pub fn selection(&self, profile: &Profile) -> Selection {
        let labels =
            (!self.labels.is_empty()).then(|| Arc::new(LabelSelection::new(profile, &self.labels)));
        let threads = self.selection_of_any_label(profile).threads;
        let range_ns = self.range_ns.clone();
        self.narrowed(profile, Selection { range_ns, threads, labels, only: None })
    }
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
    /// What all that can be measured adds up to in what counts, in the order of
    /// [`Measure::all`].
    pub totals: Vec<(Measure, i64)>,
    /// By function: in how many samples or slices it is, once that was asked.
    counts: OnceLock<FunctionTotals>,
}

impl Trees {
    /// Answers a question, in time linear in the number of samples and paths.
    pub fn new(base: &Base, question: &Question) -> Self {
        let profile = &*base.shaped.profile;
        if let Some(measure) = question.measure {
            base.by_value.prepare(profile, &base.paths, measure);
        }
        let selection = question.selection(profile);
        let weights = question.measure.map_or_else(PathWeights::default, |measure| {
            PathWeights::new(profile, &base.paths, measure, &selection)
        });
        let total = |measure: Measure| {
            if question.measure == Some(measure) {
                weights.total()
            } else {
                measure.total(profile, &base.paths, &selection)
            }
        };
        let tree = || {
            let tree = CallTree::new(profile, &base.paths, &weights);
            (FlameLayout::new(tree.depths(), tree.totals()), tree)
        };
        let others = || {
            let functions = FunctionTotals::new(profile, &base.paths, &weights);
            let inverted = Inverted::new(profile, &base.paths, &weights);
            let all = Measure::all(profile).into_iter();
            (functions, inverted, all.map(|measure| (measure, total(measure))).collect())
        };
        let ((flame, tree), (functions, inverted, totals)) = rayon::join(tree, others);
        Self { tree, flame, functions, inverted, totals, counts: OnceLock::new() }
    }

    /// Self and total of each function where every sample or slice weighs 1: one more pass, when
    /// it is asked first.
    pub fn counts(&self, base: &Base, question: &Question) -> &FunctionTotals {
        self.counts.get_or_init(|| {
            let profile = &*base.shaped.profile;
            let counts = question.measure.map_or_else(PathWeights::default, |measure| {
                let selection = question.selection(profile);
                PathWeights::counting(profile, &base.paths, measure, &selection)
            });
            FunctionTotals::new(profile, &base.paths, &counts)
        })
    }

    /// What all that counts in a measure adds up to.
    pub fn total_of(&self, measure: Measure) -> i64 {
        let found = self.totals.iter().find(|&&(other, _)| other == measure);
        found.map_or(0, |&(_, total)| total)
    }
}
