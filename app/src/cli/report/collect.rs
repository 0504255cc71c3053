//! From an open file to the summary that is printed.

use std::time::Instant;

use rview_core::{Granularity, GroupBy, Profile, Selection, SliceId, SliceTotals, StringId};
use rview_formats::Document;

use super::{Counts, List, Load, Module, Note, Slice, Summary, Thread, Tried, ValueType};

/// Everything that is printed; lists have their largest rows.
pub(super) fn summary(
    document: &Document,
    granularity: Granularity,
    selection: &Selection,
    list: List,
    group_by: Option<&GroupBy>,
) -> Summary {
    let list_len = list.len;
    let profile = &*document.profile;
    let start = Instant::now();
    let ((functions, n_functions), labels) = rayon::join(
        || super::functions::largest(&granularity.applied_to(&document.profile), selection, list),
        || super::labels::keys(profile, selection, list_len, group_by),
    );
    let slices = slices(profile, selection);
    let index_ms = start.elapsed().as_secs_f64() * 1e3;
    let mut threads = threads(profile, selection);
    threads.sort_by_key(|thread| std::cmp::Reverse((thread.samples, thread.slices)));
    Summary {
        file: document.input.name(),
        format: document.format(),
        duration_ns: profile.duration_ns(),
        value_types: value_types(profile, selection),
        counts: Counts { functions: n_functions, ..counts(profile) },
        threads: truncated(threads, list_len),
        functions,
        slices: truncated(slices, list_len),
        labels,
        notes: notes(document),
        modules: modules(document),
        load: Load {
            bytes: document.load.bytes,
            import_ms: document.load.import.as_secs_f64() * 1e3,
            index_ms,
            peak_anon_bytes: peak_anon_bytes(),
        },
        is_part: *selection != Selection::default(),
        distribution: None,
    }
}

fn truncated<T>(mut rows: Vec<T>, len: usize) -> Vec<T> {
    rows.truncate(len);
    rows
}

fn value_types(profile: &Profile, selection: &Selection) -> Vec<ValueType> {
    let is_all = *selection == Selection::default();
    let set = selection.sample_set(profile);
    let ids = profile.value_type_ids();
    ids.zip(profile.value_types())
        .map(|(id, value_type)| {
            let weights = profile.samples().weights(id);
            let (mut samples, mut total) = (weights.len(), weights.total());
            let mut whole = total;
            if !is_all || weights.has_negative() {
                (samples, total) = (0, 0);
                set.for_each_weight(profile, id, |_, weight| {
                    samples += 1;
                    total += weight;
                });
                whole = i64::try_from(set.reference(profile, id)).unwrap_or(i64::MAX);
            }
            ValueType {
                name: value_type.name.to_string(),
                unit: value_type.unit.name().to_owned(),
                samples,
                total,
                whole,
            }
        })
        .collect()
}

fn counts(profile: &Profile) -> Counts {
    let n_sync: usize = slices_by_thread(profile, &Selection::default()).iter().sum();
    Counts {
        processes: profile.processes().len(),
        threads: profile.threads().len(),
        samples: profile.samples().len(),
        stacks: profile.stacks().len(),
        functions: 0,
        slices: n_sync,
        async_slices: profile.slices().len() - n_sync,
        markers: profile.markers().len(),
        counters: profile.counters().len(),
        counter_values: profile.counters().n_values(),
        flows: profile.flows().len(),
        branches: profile.branches().n_branches(),
    }
}

/// Number of slices on the tracks of each thread, whole or in part within what counts.
fn slices_by_thread(profile: &Profile, selection: &Selection) -> Vec<usize> {
    let mut n_slices = vec![0; profile.threads().len()];
    let (tracks, slices) = (profile.tracks(), profile.slices());
    let n_in_lane = |lane| {
        let rows = slices.lane_slices(lane);
        let Some(range) = &selection.range_ns else { return rows.len() };
        let is_in = |row: &usize| {
            let start = slices.start_ns(SliceId::from_index(*row));
            start < range.end
                && start.saturating_add(slices.duration_ns(SliceId::from_index(*row)))
                    >= range.start
        };
        rows.filter(is_in).count()
    };
    for track in tracks.ids() {
        let row = tracks.row(track);
        if let Some(thread) = row.thread.filter(|_| selection.has_track(row)) {
            n_slices[thread.index()] += tracks.lanes(track).map(n_in_lane).sum::<usize>();
        }
    }
    n_slices
}

/// The threads of which anything counts, or all of them where all of the file does.
fn threads(profile: &Profile, selection: &Selection) -> Vec<Thread> {
    let mut n_samples = vec![0; profile.threads().len()];
    let threads = profile.samples().threads();
    for sample in selection.sample_set(profile).iter() {
        n_samples[threads[sample].index()] += 1;
    }
    let n_slices = slices_by_thread(profile, selection);
    let is_all = *selection == Selection::default();
    let text = |id: Option<StringId>| id.map(|id| profile.text(id).to_owned());
    profile
        .threads()
        .ids()
        .filter(|id| is_all || n_samples[id.index()] > 0 || n_slices[id.index()] > 0)
        .map(|id| {
            let thread = profile.threads().row(id);
            let process = profile.processes().row(thread.process);
            Thread {
                pid: process.pid,
                pid_text: text(process.id_text),
                tid: thread.tid,
                tid_text: text(thread.id_text),
                process: profile.text(process.name).to_owned(),
                name: profile.text(thread.name).to_owned(),
                samples: n_samples[id.index()],
                slices: n_slices[id.index()],
            }
        })
        .collect()
}

fn slices(profile: &Profile, selection: &Selection) -> Vec<Slice> {
    let totals = SliceTotals::new(profile, selection);
    let mut rows: Vec<Slice> = totals
        .ids()
        .filter_map(|name| Some((name, totals.of(name)?)))
        .map(|(name, row)| Slice {
            name: profile.function_name(name).to_owned(),
            category: profile.function_module(name).to_owned(),
            count: row.count,
            total_ns: row.total_ns,
            self_ns: row.self_ns,
        })
        .collect();
    rows.sort_by(|a, b| b.total_ns.cmp(&a.total_ns).then_with(|| a.name.cmp(&b.name)));
    rows
}

pub(in crate::cli) fn notes(document: &Document) -> Vec<Note> {
    let notes = document.report.notes().into_iter();
    notes
        .map(|note| Note {
            kind: note.kind,
            severity: note.severity.name(),
            count: note.count,
            text: note.text.clone(),
        })
        .collect()
}

/// Every binary, those with most frames first.
fn modules(document: &Document) -> Vec<Module> {
    let profile = &document.profile;
    let mut modules: Vec<Module> = document
        .modules
        .iter()
        .map(|module| {
            let (row, lookup) = (profile.mappings().row(module.mapping), &module.lookup);
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let tried = lookup.tried.iter().map(|tried| Tried {
                path: tried.path.display().to_string(),
                found: tried.found.describe(),
            });
            Module {
                path: profile.text(row.path).to_owned(),
                build_id: row.build_id.map(|id| profile.text(id).to_owned()).unwrap_or_default(),
                frames: module.frames.len(),
                named: lookup.n_named,
                with_lines: lookup.n_lines,
                symbols: text(&lookup.symbols),
                lines: text(&lookup.lines),
                tried: tried.collect(),
            }
        })
        .collect();
    modules.sort_by(|a, b| b.frames.cmp(&a.frames).then_with(|| a.path.cmp(&b.path)));
    modules
}

/// The most memory of its own that the process has had; 0 where the system does not tell.
fn peak_anon_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = |key: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    };
    // The peak is only told with the pages of mapped files in it: those there are at the moment
    // are taken off.
    let peak = kib("VmHWM:").unwrap_or_default();
    peak.saturating_sub(kib("RssFile:").unwrap_or_default()).saturating_mul(1024)
}
