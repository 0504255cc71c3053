//! One import of hostile bytes, and every rule it has to keep: it and what a window makes of the
//! profile.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};
use rview_core::{
    CallPaths, CallTree, CounterLod, FlameLayout, FunctionTotals, Inverted, MarkerId, Measure,
    PathWeights, Profile, Selection, SliceId, SliceLod,
};
use rview_formats::{ImportError, Importer, Job, Options, Severity, Source, detect};

use crate::counting::peak_during;

/// How long one import may take. The test files take milliseconds; machines are busy.
pub const MAX_DURATION: Duration = Duration::from_secs(10);

/// How many details of a profile are looked up.
const N_DETAILS: usize = 8;

/// How bytes become a profile.
#[derive(Clone, Copy)]
pub enum Via {
    /// By an importer, whatever the bytes look like.
    Importer(&'static dyn Importer),
    /// As the app opens a file: unwrapped, and by the importer that claims it.
    Open,
}

impl Via {
    /// How it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Importer(importer) => importer.name(),
            Self::Open => "open",
        }
    }
}

/// What an import may allocate at once: a little, and twice the input.
pub fn max_bytes(input: usize) -> usize {
    input.saturating_mul(2).saturating_add(64 << 20)
}

/// The same of an importer. Two bytes of folded stacks may be a new function, which is a row of
/// several tables.
fn max_bytes_of(importer: &dyn Importer, input: usize) -> usize {
    let is_folded = importer.name() == "folded";
    max_bytes(if is_folded { input.saturating_mul(32) } else { input })
}

/// What came of an import that kept every rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a profile; the worst that was noted.
    Opened(Option<Severity>),
    /// There is an error.
    Refused,
}

/// Imports the bytes and checks what comes of it. `case` is any number to find it again by.
///
/// # Errors
///
/// The rule that was broken; for a panic, the place on the first line.
pub fn try_import(bytes: Vec<u8>, via: Via, case: u64) -> Result<Outcome, String> {
    let (outcome, took) = timed_import(bytes.clone(), via, case)?;
    if took <= MAX_DURATION {
        return Ok(outcome);
    }
    // A machine may stand still for a while, but not twice for the same bytes.
    let (outcome, again) = timed_import(bytes, via, case)?;
    if again <= MAX_DURATION {
        return Ok(outcome);
    }
    Err(format!("takes too long\n{took:?}, then {again:?}"))
}

/// What comes of one import, and how long it took.
fn timed_import(bytes: Vec<u8>, via: Via, case: u64) -> Result<(Outcome, Duration), String> {
    catch_panics();
    count_all_threads();
    PANIC.set(Some(String::new()));
    let start = Instant::now();
    let caught = panic::catch_unwind(AssertUnwindSafe(|| import(bytes, via, case)));
    let took = start.elapsed();
    let message = PANIC.take().unwrap_or_default();
    match caught {
        Ok(result) => result.map(|outcome| (outcome, took)),
        Err(payload) if message.is_empty() => Err(format!("panicked: {}", text(&*payload))),
        Err(_) => Err(message),
    }
}

thread_local! {
    static POOL: Option<ThreadPool> =
        ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().ok();
}

/// Lets this thread do by itself what is otherwise shared with others, so that all memory is
/// counted, and panics are noted, where they belong.
fn count_all_threads() {
    POOL.with(|pool| debug_assert!(pool.is_some(), "a pool of this thread alone"));
}

fn import(bytes: Vec<u8>, via: Via, case: u64) -> Result<Outcome, String> {
    let job = Job::new(Options { no_system_symbols: true, ..Options::default() });
    let mut source = Source::from_vec(bytes);
    let importer = match via {
        Via::Importer(importer) => importer,
        Via::Open => {
            source = match source.unwrap(&job) {
                Ok(source) => source,
                Err(err) => return check_error(&err),
            };
            match detect(&source) {
                Ok(importer) => importer,
                Err(err) => return check_error(&err),
            }
        }
    };
    job.set_total(source.len() as u64);
    let most = max_bytes_of(importer, source.len());
    let (result, peak) = peak_during(case, || importer.consume(source, &job));
    check_peak("the import", peak, most)?;
    check_notes(&job)?;
    match result {
        Ok((profile, source)) => {
            profile.check().map_err(|err| format!("breaks an invariant: {err}"))?;
            look_up_details(&profile, importer, &source);
            let ((), peak) = peak_during(case, || analyze(&profile));
            check_peak("the analysis", peak, most)?;
            Ok(Outcome::Opened(job.report().worst()))
        }
        Err(err) => check_error(&err),
    }
}

fn check_peak(what: &str, peak: usize, most: usize) -> Result<(), String> {
    if peak <= most {
        return Ok(());
    }
    Err(format!("{what} allocates too much\n{peak} bytes, at most {most}"))
}

/// What a window computes when it opens a profile and somebody opens a row.
fn analyze(profile: &Profile) {
    let paths = CallPaths::new(profile);
    if let Some(measure) = Measure::default_of(profile) {
        let weights = PathWeights::new(profile, &paths, measure, &Selection::default());
        let tree = CallTree::new(profile, &paths, &weights);
        FlameLayout::new(tree.depths(), tree.totals());
        FunctionTotals::new(profile, &paths, &weights);
        let mut inverted = Inverted::new(profile, &paths, &weights);
        if let Some(root) = inverted.roots().next() {
            inverted.open_heaviest(root);
            inverted.visible();
        }
    }
    SliceLod::new(profile.slices());
    for counter in profile.counters().ids() {
        CounterLod::new(profile.counters().values(counter));
    }
}

/// Details are parsed when somebody looks: by then the file may be another.
fn look_up_details(profile: &Profile, importer: &dyn Importer, source: &Source) {
    let (slices, markers) = (profile.slices(), profile.markers());
    let of_slices = (0..slices.len().min(N_DETAILS)).map(SliceId::from_index);
    let of_markers = (0..markers.len().min(N_DETAILS)).map(MarkerId::from_index);
    let at: Vec<u64> = of_slices
        .flat_map(|slice| slices.details(slice))
        .chain(of_markers.filter_map(|marker| markers.detail(marker)))
        .chain([0, 1, source.len() as u64, u64::MAX - 1])
        .collect();
    let half = source.get(..source.len() / 2).unwrap_or_default();
    let cut = Source::from_vec(half.to_vec());
    for at in at {
        importer.details(source, at);
        importer.details(&cut, at);
    }
}

/// Errors are shown to people, on one line.
fn check_error(err: &ImportError) -> Result<Outcome, String> {
    check_line("error", &err.to_string()).map(|()| Outcome::Refused)
}

fn check_notes(job: &Job) -> Result<(), String> {
    job.report().notes().iter().try_for_each(|note| check_line(note.kind, &note.text))
}

fn check_line(what: &str, line: &str) -> Result<(), String> {
    let rules = [
        (line.is_empty(), "is empty"),
        (line.chars().count() > 500, "is longer than 500 characters"),
        (line.ends_with('.'), "ends with a full stop"),
        (line.chars().any(char::is_control), "holds control characters"),
    ];
    match rules.iter().find(|(is_broken, _)| *is_broken) {
        Some((_, rule)) => Err(format!("the text of {what} {rule}\n{line:?}")),
        None => Ok(()),
    }
}

thread_local! {
    /// Where a panic of this thread is noted instead of printed; `None` where it is printed.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics of imports off the screen, and their place for the message.
fn catch_panics() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let default = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_noted = PANIC.try_with(|note| {
                note.borrow_mut().as_mut().map(|note| *note = info.to_string()).is_some()
            });
            if is_noted != Ok(true) {
                default(info);
            }
        }));
    });
}

fn text(payload: &dyn std::any::Any) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("with no message")
}

#[cfg(test)]
mod tests {
    use rview_formats::{Details, Verdict};

    use super::*;
    use crate::counting::Counting;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    /// An importer that breaks the rule its input names.
    struct Careless;

    impl Importer for Careless {
        fn name(&self) -> &'static str {
            "careless"
        }

        fn extensions(&self) -> &'static [&'static str] {
            &[]
        }

        fn probe(&self, _head: &[u8]) -> Verdict {
            Verdict::No
        }

        fn import(&self, source: &Source, job: &Job) -> Result<Profile, ImportError> {
            match &source[..] {
                b"panic" => panic!("out of range"),
                b"memory" => drop(std::hint::black_box(vec![1_u8; 100 << 20])),
                b"threads" => {
                    rayon::join(
                        || drop(std::hint::black_box(vec![1_u8; 100 << 20])),
                        || drop(std::hint::black_box(vec![1_u8; 100 << 20])),
                    );
                }
                b"note" => job.note(Severity::Info, "odd", || "Odd.".to_owned()),
                b"lines" => return Err(ImportError::UnknownFormat { what: "a\nb".to_owned() }),
                _ => {}
            }
            Ok(Profile::default())
        }

        fn details(&self, source: &Source, at: u64) -> Details {
            assert!(&source[..] != b"details" || at < u64::MAX / 2, "no such place");
            Details::new()
        }
    }

    #[track_caller]
    fn check(input: &str, expected: &str) {
        let result = try_import(input.as_bytes().to_vec(), Via::Importer(&Careless), 0);
        match result {
            Ok(_) => assert_eq!(expected, "", "{input}"),
            Err(message) => {
                assert!(!expected.is_empty() && message.contains(expected), "{message}");
            }
        }
    }

    #[test]
    fn every_broken_rule_is_told() {
        check("", "");
        check("panic", "out of range");
        check("panic", "trial.rs");
        check("memory", "the import allocates too much");
        check("threads", "the import allocates too much");
        check("note", "the text of odd ends with a full stop");
        check("lines", "the text of error holds control characters");
        check("details", "no such place");
        check("fine after all", "");
    }
}
