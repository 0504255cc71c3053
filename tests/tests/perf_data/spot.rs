//! Recordings made on the spot, sample by sample and frame by frame against perf itself.
//!
//! `RVIEW_RECORDINGS=DIR cargo test -p rview-tests --test perf_data spot -- --nocapture` takes
//! every `*.perf.data` in the folder; without the variable nothing happens. Both readers use the
//! binaries of this machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rview_formats::{Input, Job, Options, open};

use crate::compare::{event_ids, frames_of, thread_of};
use crate::recordings;
use crate::script::{Scripted, parse_script};

/// What is the same of a sample in both: event, `pid/tid` and time.
type Key = (usize, String, i64);

/// A sample: period and frames, leaf first.
type Sample = (i64, Vec<(String, String)>);

/// How many samples of each kind of difference are shown.
const MAX_SHOWN: usize = 3;

#[derive(Default)]
struct Comparison {
    equal: u64,
    /// Stacks that only differ in what a function is called.
    n_renamed: u64,
    /// By what differs: how often, and some of them.
    different: BTreeMap<String, (u64, Vec<String>)>,
}

impl Comparison {
    fn differ(&mut self, what: &str, example: impl FnOnce() -> String) {
        let entry = self.different.entry(what.to_owned()).or_default();
        entry.0 += 1;
        if entry.1.len() < MAX_SHOWN {
            entry.1.push(example());
        }
    }

    fn compare(&mut self, key: &Key, expected: &Scripted, found: &Sample) {
        let (period, frames) = found;
        // perf does not say that a stack was larger than its dump, but may end it with a frame
        // that is nowhere.
        let (mut frames, mut in_perf) = (&frames[..], &expected.frames[..]);
        if let Some((last, rest)) = frames.split_last()
            && last.0 == "[truncated]"
        {
            frames = rest;
            in_perf = match in_perf.split_last() {
                Some((last, rest)) if last.1 == "[unknown]" => rest,
                _ => in_perf,
            };
            // It takes the last word of a dump for missing.
            if frames.len() == in_perf.len() + 1 {
                frames = &frames[..in_perf.len()];
            }
        }
        // It stops at so many frames in user space.
        let is_longest = in_perf.iter().filter(|frame| !frame.1.starts_with("[k")).count() >= 127;
        if is_longest && frames.len() > in_perf.len() {
            frames = &frames[..in_perf.len()];
        }
        if *period != expected.period {
            self.differ("period", || format!("{key:?} {} {period}", expected.period));
            return;
        }
        // perf does not always find the file that it has recorded.
        let is_unknown = |function: &String| function == "[unknown]";
        let pairs = || frames.iter().zip(in_perf);
        let differs = pairs().position(|(found, expected)| found.1 != expected.1);
        let renamed =
            pairs().any(|(found, expected)| !is_unknown(&expected.0) && found.0 != expected.0);
        let text = || {
            let mut text = format!("{key:?}\n");
            for row in 0..frames.len().max(in_perf.len()) {
                let expected = in_perf.get(row).map(|(a, b)| format!("{a} ({b})"));
                let found = frames.get(row).map(|(a, b)| format!("{a} ({b})"));
                let mark = if expected == found { ' ' } else { '*' };
                let (expected, found) = (expected.unwrap_or_default(), found.unwrap_or_default());
                let _ = writeln!(text, "  {mark} {expected:60.60} | {found:60.60}");
            }
            text
        };
        match differs {
            Some(0) => self.differ("leaf", text),
            Some(_) => self.differ("callers", text),
            None if frames.len() < in_perf.len() => self.differ("shorter", text),
            None if frames.len() > in_perf.len() => self.differ("longer", text),
            None if renamed => {
                self.n_renamed += 1;
                self.differ("names", text);
            }
            None => self.equal += 1,
        }
    }

    fn total(&self) -> u64 {
        self.equal + self.different.values().map(|(count, _)| count).sum::<u64>()
    }

    #[expect(clippy::print_stdout, reason = "for whoever asks for the comparison")]
    fn print(&self, name: &str) {
        println!("{name}: {} of {} samples are equal", self.equal, self.total());
        for (what, (count, examples)) in &self.different {
            println!("  {what}: {count}");
            for example in examples {
                println!("    {example}");
            }
        }
    }
}

fn compare_with_perf(recording: &Path) -> Comparison {
    let document = open(&Input::Path(recording.into()), &Job::new(Options::default()));
    let document = document.unwrap_or_else(|err| panic!("{}: {err}", recording.display()));
    let profile = &document.profile;
    let times = profile.samples().times_ns().unwrap();
    let mut found: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for event in event_ids(profile) {
        profile.samples().weights(event).for_each(|sample, _| {
            let time = times[sample] + profile.origin_ns();
            let key = (event.index(), thread_of(profile, sample), time);
            found.entry(key).or_default().push(sample);
        });
    }
    for samples in found.values_mut() {
        samples.reverse();
    }
    let event_of = |name: &str| {
        event_ids(profile).find(|event| *profile.value_types()[event.index()].name == *name)
    };

    let mut perf = Command::new("perf")
        .args(["script", "--ns", "--no-inline", "-F", "comm,pid,tid,time,event,period,ip,sym,dso"])
        .arg("-i")
        .arg(recording)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut comparison = Comparison::default();
    let mut block = String::new();
    let mut lines = BufReader::new(perf.stdout.take().unwrap()).split(b'\n');
    loop {
        let line = lines.next().map(|line| String::from_utf8_lossy(&line.unwrap()).into_owned());
        let starts = line.as_ref().is_none_or(|line| !line.starts_with('\t') && !line.is_empty());
        if starts && !block.is_empty() {
            for expected in parse_script(&block) {
                let Some(event) = event_of(&expected.event) else {
                    comparison.differ("no such event", || expected.event);
                    continue;
                };
                let key = (event.index(), expected.thread.clone(), expected.time_ns);
                let Some(sample) = found.get_mut(&key).and_then(Vec::pop) else {
                    comparison.differ("only in perf", || format!("{key:?}"));
                    continue;
                };
                let period = profile.samples().weights(event).of(sample);
                comparison.compare(&key, &expected, &(period, frames_of(profile, sample)));
            }
            block.clear();
        }
        let Some(line) = line else { break };
        block.push_str(&line);
        block.push('\n');
    }
    perf.wait().unwrap();
    for (key, samples) in found {
        for _ in samples {
            comparison.differ("only in rview", || format!("{key:?}"));
        }
    }
    comparison
}

#[test]
fn spot_recordings_equal_perf_frame_by_frame() {
    let Some(folder) = std::env::var_os("RVIEW_RECORDINGS").map(PathBuf::from) else { return };
    let mut different = Vec::new();
    for recording in recordings(&folder) {
        let comparison = compare_with_perf(&recording);
        comparison.print(&recording.to_string_lossy());
        assert!(comparison.total() > 0);
        let n_equal = comparison.equal + comparison.n_renamed;
        if n_equal * 100 < comparison.total() * 99 {
            different.push(recording);
        }
    }
    assert!(different.is_empty(), "{different:?}");
}
