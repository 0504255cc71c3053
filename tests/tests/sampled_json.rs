//! Sampled profiles in JSON against recounts of the same files: V8's, speedscope's, Firefox's.
//!
//! Beside each fixture is what a script counts in it. Tests of the corpus do nothing where there
//! is none.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::collections::BTreeMap;
use std::path::Path;

use rview_core::{MarkerId, Profile, SliceId};
use rview_formats::{Document, Input, Job, open};
use rview_tests::{Sums, corpus, fixtures, recount};
use serde_json::Value;

#[track_caller]
fn open_file(path: &Path) -> Document {
    let document = open(&Input::Path(path.into()), &Job::default());
    let document = document.unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    document.profile.check().unwrap();
    document
}

/// Total, then self and total by function, of a value type.
fn sums(profile: &Profile, name: &str) -> (i64, Sums) {
    let ids = profile.value_type_ids().zip(profile.value_types());
    let (id, _) = ids.into_iter().find(|(_, row)| &*row.name == name).unwrap();
    (profile.samples().weights(id).total(), recount(profile, id))
}

/// How many slices of threads there are of a name, and how long they last together.
fn slices(profile: &Profile) -> BTreeMap<String, (u64, i64)> {
    let slices = profile.slices();
    let mut rows: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for slice in (0..slices.len()).map(SliceId::from_index) {
        let row = rows.entry(profile.function_name(slices.name(slice)).to_owned()).or_default();
        *row = (row.0 + 1, row.1 + slices.duration_ns(slice));
    }
    rows
}

fn pair(value: &Value) -> (i64, i64) {
    (value[0].as_i64().unwrap(), value[1].as_i64().unwrap())
}

#[test]
fn fixtures_are_what_their_scripts_count() {
    let mut n_checked = 0;
    for fixture in fixtures() {
        let expected = fixture.path.with_file_name(format!("{}.expected.json", fixture.name));
        let Ok(text) = std::fs::read_to_string(&expected) else { continue };
        let expected: Value = serde_json::from_str(&text).unwrap();
        let document = open_file(&fixture.path);
        let (profile, name) = (&*document.profile, &fixture.name);
        assert_eq!(document.format(), fixture.format, "{name}");
        assert_eq!(profile.samples().len() as u64, expected["samples"], "{name}");
        let types = expected["types"].as_object().unwrap();
        let mut kinds: Vec<&str> = profile.value_types().iter().map(|row| &*row.name).collect();
        kinds.sort_unstable();
        let expected_kinds: Vec<&str> = types.keys().map(String::as_str).collect();
        assert_eq!(kinds, expected_kinds, "{name}");
        for (kind, row) in types {
            let (total, functions) = sums(profile, kind);
            assert_eq!(total, row["total"].as_i64().unwrap(), "{name}: {kind}");
            let rows = row["functions"].as_object().unwrap();
            let rows: Sums = rows.iter().map(|(name, row)| (name.clone(), pair(row))).collect();
            assert_eq!(functions, rows, "{name}: {kind}");
        }
        if let Some(rows) = expected.get("slices") {
            let rows = rows.as_object().unwrap().iter();
            let rows = rows.map(|(name, row)| (name.clone(), pair(row)));
            let rows: BTreeMap<String, (u64, i64)> =
                rows.map(|(name, row)| (name, (row.0.unsigned_abs(), row.1))).collect();
            assert_eq!(slices(profile), rows, "{name}");
        }
        if let Some(rows) = expected.get("points") {
            let markers = profile.markers();
            let mut points: BTreeMap<&str, u64> = BTreeMap::new();
            for marker in (0..markers.len()).map(MarkerId::from_index) {
                *points.entry(profile.function_name(markers.name(marker))).or_default() += 1;
            }
            assert_eq!(serde_json::to_value(points).unwrap(), *rows, "{name}");
        }
        if let Some(rows) = expected.get("counters") {
            let counters = profile.counters();
            let text = |id| profile.text(counters.row(id).name);
            let values: BTreeMap<&str, &[f64]> =
                counters.ids().map(|id| (text(id), counters.values(id))).collect();
            let rows: BTreeMap<&str, Vec<f64>> = rows
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, values)| (&**name, values.as_array().unwrap()))
                .map(|(name, values)| (name, values.iter().map(|v| v.as_f64().unwrap()).collect()))
                .collect();
            let rows: BTreeMap<&str, &[f64]> =
                rows.iter().map(|(name, values)| (*name, &**values)).collect();
            assert_eq!(values, rows, "{name}");
        }
        n_checked += 1;
    }
    assert!(n_checked >= 11, "{n_checked}");
}

#[test]
fn firefox_keeps_what_is_inlined_and_where_it_was() {
    for name in ["per-thread.json", "shared.json.gz", "sources.json"] {
        let path = rview_tests::fixtures_dir().join("firefox").join(name);
        let document = open_file(&path);
        let profile = &*document.profile;
        let symbols = profile.symbols();
        let frames = profile.frames();
        let inlined = frames.ids().find(|&frame| symbols.lines(frame).len() == 2).unwrap();
        let lines: Vec<(&str, u32)> = symbols
            .lines(inlined)
            .iter()
            .map(|line| (profile.function_name(line.function), line.line))
            .collect();
        assert_eq!(lines, [("run", 14), ("mix", 22)], "{name}");
        let mapping = profile.mappings().row(frames.mapping(inlined).unwrap());
        assert_eq!(profile.text(mapping.path), "/usr/lib/app");
        assert_eq!(profile.text(mapping.build_id.unwrap()), "abcdef0123456789");
        assert_eq!(frames.address(inlined), 0x224);
        let run = symbols.functions().row(symbols.lines(inlined)[0].function);
        assert_eq!(profile.text(run.file.unwrap()), "/tmp/app.cpp");
        assert_eq!(run.line, 12);

        let threads = profile.threads();
        let names: Vec<(i64, i64, &str, &str)> = threads
            .ids()
            .map(|id| threads.row(id))
            .map(|row| (row, profile.processes().row(row.process)))
            .map(|(row, of)| (of.pid, row.tid, profile.text(of.name), profile.text(row.name)))
            .collect();
        let expected =
            [(70, 70, "app", "GeckoMain"), (70, 71, "app", "worker"), (90, 90, "web", "GeckoMain")];
        assert_eq!(names, expected, "{name}");
        assert_eq!(profile.samples().times_ns().unwrap()[..3], [0, 1_000_000, 1_000_000]);

        let details = document.details(profile.markers().detail(MarkerId::from_index(0)).unwrap());
        assert_eq!(details[1], ("x".to_owned(), "1".to_owned()), "{name}");
    }
}

/// The notes of a document, for `assert_eq`.
fn notes(document: &Document) -> Vec<(&str, u64)> {
    document.report.notes().iter().map(|note| (note.kind, note.count)).collect()
}

#[test]
fn what_is_odd_is_noted() {
    let open = |name: &str| open_file(&rview_tests::fixtures_dir().join(name));
    assert_eq!(
        notes(&open("cpuprofile/odd.cpuprofile")),
        [("sample-without-node", 1), ("time-goes-back", 1)]
    );
    assert_eq!(notes(&open("cpuprofile/old.cpuprofile")), []);
    assert_eq!(
        notes(&open("speedscope/calls.speedscope.json")),
        [("stray-end", 1), ("missing-end", 1), ("unclosed-slice", 1)]
    );
    assert_eq!(notes(&open("speedscope/units.speedscope.json")), []);
    assert_eq!(notes(&open("firefox/sources.json")), [("unclosed-slice", 1), ("idle-samples", 1)]);
}

#[test]
fn profiles_of_the_corpus_are_what_the_manifest_says() {
    let Some(corpus) = corpus() else { return };
    let cpu = open_file(&corpus.join("v8/js.cpuprofile"));
    assert_eq!(cpu.profile.samples().len(), 290);
    let (_, time) = sums(&cpu.profile, "time");
    let us = [
        ("fib", 287_127),
        ("(anonymous)", 72_148),
        ("hashLoop", 21_384),
        ("sumAreas", 16_239),
        ("(program)", 8_784),
        ("(garbage collector)", 5_475),
    ];
    for (name, us) in us {
        assert_eq!(time[name].0, us * 1000, "{name}");
    }
    let heap = open_file(&corpus.join("v8/js.heapprofile"));
    let (total, sizes) = sums(&heap.profile, "allocated");
    assert_eq!(total, 7_589_104);
    for (name, size) in [("repeat", 3_810_752), ("mk", 3_402_352), ("(anonymous)", 101_904)] {
        assert_eq!(sizes[name].0, size, "{name}");
    }
}

/// Name and self weight of each frame in what speedscope shows of a file. Frames that have one
/// name there have one row here.
fn speedscope_weights(snapshot: &str) -> BTreeMap<String, i64> {
    let mut weights = BTreeMap::new();
    let mut name = String::new();
    for line in snapshot.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("\"name\": \"") {
            text.trim_end_matches("\",").clone_into(&mut name);
        } else if let Some(weight) = line.strip_prefix("\"selfWeight\": ") {
            // In whole microseconds or bytes, but for the errors of an `f64`.
            let weight: f64 = weight.trim_end_matches(',').parse().unwrap();
            let weight: i64 = format!("{weight:.0}").parse().unwrap();
            *weights.entry(name.clone()).or_default() += weight;
        }
    }
    weights
}

#[test]
fn profiles_of_the_corpus_weigh_what_speedscope_shows() {
    let Some(corpus) = corpus() else { return };
    let check = |file: &str, kind: &str, unit: i64, (least, slack): (usize, i64)| {
        let document = open_file(&corpus.join("speedscope").join(file));
        let (_, functions) = sums(&document.profile, kind);
        let snapshot = corpus.join("speedscope").join(format!("{file}.snap.txt"));
        let expected = speedscope_weights(&std::fs::read_to_string(snapshot).unwrap());
        let mut n_checked = 0;
        for (name, weight) in expected {
            // Functions without a name have their place in it there.
            if name.starts_with("(anonymous") || !functions.contains_key(&name) {
                continue;
            }
            let actual = functions[&name].0;
            assert!((actual - weight * unit).abs() <= slack * unit, "{file}: {name} {actual}");
            n_checked += 1;
        }
        assert!(n_checked >= least, "{file}: {n_checked}");
    };
    check("Chrome_69_simple.json", "time", 1000, (6, 0));
    // The last sample lasts 640 us, until the end of the recording: there it lasts nothing.
    check("Chrome_65_simple-timeline.json", "time", 1000, (2, 640));
    // Seven samples, 575 us in all, go back in time: here they are put in order, as DevTools
    // does, and there each waits until the clock has caught up.
    check("Chrome_116_Trace-20230603T221323.json", "time", 1000, (3, 575));
    check("trace-event_simple-with-samples.json", "time", 1000, (5, 0));
    check("node_10.11.0_Heap-20181003T105432.heapprofile", "allocated", 1, (40, 0));
}

#[test]
fn profiles_of_samply_and_gecko_markers_open() {
    let Some(corpus) = corpus() else { return };
    let path = corpus.join("firefox/ls-profile.json");
    let document = open_file(&path);
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let threads = file["threads"].as_array().unwrap();
    let weights = threads.iter().flat_map(|thread| {
        let samples = &thread["samples"];
        let stacks = samples["stack"].as_array().unwrap().iter();
        stacks.zip(samples["weight"].as_array().unwrap())
    });
    let weights: Vec<i64> =
        weights.filter(|(stack, _)| !stack.is_null()).map(|(_, w)| w.as_i64().unwrap()).collect();
    assert_eq!(document.profile.samples().len(), weights.len());
    assert_eq!(sums(&document.profile, "samples").0, weights.iter().sum::<i64>());

    let gecko = open_file(&corpus.join("perfetto-json/gecko__test_gecko_markers.json"));
    let profile = &*gecko.profile;
    assert_eq!(
        slices(profile),
        BTreeMap::from([("Boot".into(), (1, 5_000_000)), ("DOMEvent".into(), (1, 5_000_000))])
    );
    let click = MarkerId::from_index(0);
    let at = profile.markers().times_ns()[0] + profile.origin_ns();
    assert_eq!((profile.function_name(profile.markers().name(click)), at), ("Click", 10_000_000));
    let details = gecko.details(profile.markers().detail(click).unwrap());
    assert_eq!(details, [("flow".to_owned(), "7".to_owned())]);
}
