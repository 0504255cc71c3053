//! pprof profiles against what `go tool pprof` says of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rview_core::{
    FunctionTotals, Granularity, Measure, PathWeights, Profile, Selection, Shape, Shaped,
    ValueTypeId,
};
use rview_formats::{Document, ImportError, Input, Job, Options, Source, detect, open};
use rview_tests::{Sums, add_stack, corpus, fixtures_dir, manifest, mutate, recount};

fn fixtures() -> PathBuf {
    fixtures_dir().join("pprof")
}

/// Files of the corpus that are stored as `profile.proto`.
const CORPUS: [&str; 7] = [
    "google/sample.cpu",
    "parca/alloc_objects.pb.gz",
    "parca/fib.pb.gz",
    "parca/profile-with-labels.pb.gz",
    "parca/single-stack.pb.gz",
    "parca/stripped-cpu.stripped.pprof",
    "speedscope/simple.prof",
];

fn open_path(path: &Path) -> Result<Document, ImportError> {
    let document = open(&Input::Path(path.to_owned()), &Job::default())?;
    document.profile.check().unwrap();
    assert_eq!(document.format(), "pprof", "{}", path.display());
    Ok(document)
}

fn read(path: &Path) -> String {
    let bytes = Source::open(path).unwrap().unwrap(&Job::default()).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Functions that never count are left out, as in reports of pprof, and so is what stands for the
/// function of samples without a stack: they count in its totals alone.
fn sums(profile: &Profile, value_type: ValueTypeId) -> Sums {
    let mut sums = without_zeros(recount(profile, value_type));
    sums.remove("[no stack]");
    sums
}

fn without_zeros(mut sums: Sums) -> Sums {
    sums.retain(|_, sum| *sum != (0, 0));
    sums
}

/// What `pprof -raw` says: types, number of samples, and the sums of each type.
struct Raw {
    types: Vec<String>,
    totals: Vec<i64>,
    sums: Vec<Sums>,
    n_samples: usize,
    n_labels: usize,
}

fn parse_raw(text: &str) -> Raw {
    parse_raw_by(text, Unnamed::Together)
}

/// What locations without a name are called.
#[derive(Clone, Copy)]
enum Unnamed {
    /// `[unknown]`, all of them.
    Together,
    /// Their addresses.
    ByAddress,
}

fn parse_raw_by(text: &str, unnamed: Unnamed) -> Raw {
    let mut lines = text.lines().skip_while(|line| *line != "Samples:").skip(1);
    let types: Vec<String> = lines
        .next()
        .unwrap()
        .split(' ')
        .map(|name| name.trim_end_matches("[dflt]").to_owned())
        .collect();
    let mut samples: Vec<(Vec<i64>, Vec<u64>)> = Vec::new();
    let mut n_labels = 0;
    for line in lines.by_ref().take_while(|line| *line != "Locations") {
        let values = line.split_once(": ").map(|(values, ids)| (numbers(values), numbers(ids)));
        match values {
            Some((Some(values), Some(ids))) => {
                samples.push((values, ids.into_iter().map(i64::cast_unsigned).collect()));
            }
            _ => n_labels += line.matches(":[").count(),
        }
    }
    let locations = parse_locations(lines.take_while(|line| *line != "Mappings"), unnamed);
    let mut sums = vec![Sums::new(); types.len()];
    let mut totals = vec![0; types.len()];
    for (values, ids) in &samples {
        for (index, &value) in values.iter().enumerate() {
            totals[index] += value;
            let names = ids.iter().flat_map(|id| locations[id].clone());
            add_stack(&mut sums[index], names, value);
        }
    }
    let sums = sums.into_iter().map(without_zeros).collect();
    Raw { types, totals, sums, n_samples: samples.len(), n_labels }
}

fn numbers(text: &str) -> Option<Vec<i64>> {
    text.split_whitespace().map(|number| number.parse().ok()).collect()
}

/// The functions of each location, the innermost first:
///
/// ```text
///      5: 0x40c4db M=1 leaf /a/b.go:12 s=0
///              its caller, that it is inlined into /a/b.go:30 s=0
/// ```
fn parse_locations<'a>(
    lines: impl Iterator<Item = &'a str>,
    unnamed: Unnamed,
) -> BTreeMap<u64, Vec<String>> {
    let mut locations: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let (mut id, mut address) = (0, "");
    for line in lines {
        let mut function = line.trim();
        if let Some((number, rest)) = function.split_once(": 0x")
            && let Ok(number) = number.parse()
        {
            id = number;
            locations.entry(id).or_default();
            (address, function) = rest.split_once(' ').unwrap_or((rest, ""));
            function = function.trim_start();
            if function.starts_with("M=") {
                function = function.split_once(' ').map_or("", |(_, rest)| rest);
            }
        }
        let name = function
            .rsplit_once(" s=")
            .and_then(|(function, _)| function.rsplit_once(' '))
            .map(|(name, _)| name.trim().to_owned());
        let name = name.unwrap_or_else(|| match unnamed {
            Unnamed::Together => "[unknown]".to_owned(),
            Unnamed::ByAddress => format!("0x{address}"),
        });
        locations.get_mut(&id).unwrap().push(name);
    }
    locations
}

/// What `pprof -top` says when it leaves nothing out and scales nothing.
fn parse_top(text: &str) -> Sums {
    let rows = text.lines().skip_while(|line| !line.trim_start().starts_with("flat ")).skip(1);
    let parse = |number: &str| number.trim_end_matches(char::is_alphabetic).parse().unwrap();
    let mut sums = Sums::new();
    for row in rows {
        let mut cells = row.split_whitespace();
        let (flat, cum) = (parse(cells.next().unwrap()), parse(cells.nth(2).unwrap()));
        let name = cells.skip(1).collect::<Vec<_>>().join(" ");
        let name = name.trim_end_matches(" (inline)").trim_end_matches(" (partial-inline)");
        sums.insert(name.to_owned(), (flat, cum));
    }
    sums
}

#[track_caller]
fn check_raw(path: &Path, raw: &str) {
    let document = open_path(path).unwrap();
    let profile = &*document.profile;
    let raw = parse_raw(raw);
    let types = profile.value_types().iter().map(|row| format!("{}/{}", row.name, row.unit));
    assert_eq!(types.collect::<Vec<_>>(), raw.types, "{}", path.display());
    for (index, value_type) in profile.value_type_ids().enumerate() {
        let total = profile.samples().weights(value_type).total();
        // pprof does not print samples without a stack.
        let (no_stack, _) = recount(profile, value_type).remove("[no stack]").unwrap_or_default();
        assert_eq!(total - no_stack, raw.totals[index], "{}", path.display());
        assert_eq!(sums(profile, value_type), raw.sums[index], "{}", path.display());
    }
    // pprof adds up samples that are alike before it prints them.
    if profile.samples().len() == raw.n_samples {
        let sets = (0..raw.n_samples).filter_map(|sample| profile.samples().labels(sample));
        let n_labels: usize = sets.map(|set| profile.labels().labels(set).len()).sum();
        assert_eq!(n_labels, raw.n_labels, "{}", path.display());
    }
}

const OWN: &[(&str, &[&str])] = &[
    ("go-allocs", &["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]),
    ("go-block", &["contentions", "delay"]),
    ("go-cpu", &["samples", "cpu"]),
    ("go-goroutine", &["goroutine"]),
    ("go-heap", &["alloc_objects", "alloc_space", "inuse_objects", "inuse_space"]),
    ("go-mutex", &["contentions", "delay"]),
    ("python-cpu", &["sample", "CPU"]),
    ("python-heap", &["sample", "HEAP"]),
    ("python-threads", &["sample", "THREADS"]),
    ("rust-cpu", &["samples", "cpu"]),
];

#[test]
fn each_function_has_the_flat_and_cum_of_top() {
    for &(name, types) in OWN {
        let document = open_path(&fixtures().join(format!("{name}.pb.gz"))).unwrap();
        let profile = &*document.profile;
        let names: Vec<&str> = profile.value_types().iter().map(|row| &*row.name).collect();
        assert_eq!(names, types);
        for (value_type, of) in profile.value_type_ids().zip(types) {
            let top = parse_top(&read(&fixtures().join(format!("{name}.top.{of}.txt"))));
            assert_eq!(sums(profile, value_type), top, "{name} {of}");
        }
        let notes = document.report.notes();
        assert!(notes.iter().all(|note| note.kind == "empty-stack"), "{name}: {notes:?}");
    }
}

/// Sums by what call paths are of, as pprof names it.
fn sums_of(document: &Document, granularity: Granularity, value_type: ValueTypeId) -> Sums {
    let shaped = Shaped::new(&document.profile, Shape { granularity, ..Shape::default() });
    let (profile, measure) = (&*shaped.profile, Measure::Weight(value_type));
    let weights = PathWeights::new(profile, &shaped.paths, measure, &Selection::default());
    let totals = FunctionTotals::new(profile, &shaped.paths, &weights);
    let name = |function| {
        let row = profile.symbols().functions().row(function);
        let (name, file) = (profile.text(row.name), profile.text(row.file.unwrap()));
        let file = file.trim_start_matches("./");
        match granularity {
            Granularity::Line => {
                let (name, line) = name.rsplit_once(':').unwrap();
                format!("{name} {file}:{line}")
            }
            _ => file.to_owned(),
        }
    };
    let sums = totals.ids().map(|id| (name(id), (totals.self_of(id), totals.total_of(id))));
    without_zeros(sums.collect())
}

#[test]
fn each_line_and_each_file_has_the_flat_and_cum_of_top() {
    for (name, of) in [("go-cpu", "cpu"), ("go-heap", "inuse_space")] {
        let document = open_path(&fixtures().join(format!("{name}.pb.gz"))).unwrap();
        let value_type = document.profile.default_value_type().unwrap();
        for (granularity, of_what) in [(Granularity::Line, "lines"), (Granularity::File, "files")] {
            let top = parse_top(&read(&fixtures().join(format!("{name}.{of_what}.{of}.txt"))));
            let sums = sums_of(&document, granularity, value_type);
            assert_eq!(sums, top, "{name} {of_what}");
        }
    }
}

#[test]
fn each_function_has_the_sums_of_the_raw_samples() {
    for &(name, _) in OWN {
        let raw = read(&fixtures().join(format!("{name}.raw.txt.gz")));
        check_raw(&fixtures().join(format!("{name}.pb.gz")), &raw);
    }
    let Some(corpus) = corpus() else { return };
    for name in CORPUS {
        let raw = corpus.join(format!("pprof/{name}.pprof-raw.txt.gz"));
        if raw.is_file() {
            check_raw(&corpus.join("pprof").join(name), &read(&raw));
        }
    }
}

/// `samples=120`, wherever it stands in a text.
fn number_after(text: &str, key: &str) -> Option<i64> {
    let (_, rest) = text.split_once(key)?;
    let end = rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[test]
fn counts_totals_and_largest_functions_are_those_of_an_independent_decoder() {
    let Some(corpus) = corpus() else { return };
    for name in CORPUS {
        let document = open_path(&corpus.join("pprof").join(name)).unwrap();
        let profile = &*document.profile;
        let facts = read(&corpus.join(format!("pprof/{name}.facts.txt")));
        let line = |start: &str| facts.lines().find_map(|line| line.strip_prefix(start));
        let counts = line("counts: ").unwrap();
        let n_samples = i64::try_from(profile.samples().len()).unwrap();
        assert_eq!(Some(n_samples), number_after(counts, "samples="), "{name}");
        for (value_type, row) in profile.value_type_ids().zip(profile.value_types()) {
            let total = profile.samples().weights(value_type).total();
            let totals = format!(" {}", line("totals:").unwrap());
            assert_eq!(Some(total), number_after(&totals, &format!(" {}=", row.name)), "{name}");
            let sums = sums(profile, value_type);
            let top = format!("top[{}/{}] by", row.name, row.unit);
            for of in facts.lines().filter(|line| line.starts_with(&top)) {
                let (_, rows) = of.split_once(": ").unwrap();
                let rows = rows.split("; ").filter(|row| !row.starts_with("0x"));
                for row in rows {
                    check_fact(&sums, row);
                }
            }
        }
    }
}

/// Checks one function: `NAME flat=1 cum=2`, or without `flat`.
#[track_caller]
fn check_fact(sums: &Sums, row: &str) {
    let (row, cum) = row.rsplit_once(" cum=").unwrap();
    let (name, flat) = match row.rsplit_once(" flat=") {
        Some((name, flat)) => (name, Some(flat)),
        None => (row, None),
    };
    let (self_, total) = sums.get(name).copied().unwrap_or_default();
    assert_eq!(Ok(total), cum.parse(), "{name}");
    assert_eq!(Ok(self_), flat.map_or(Ok(self_), str::parse), "{name}");
}

#[test]
fn odd_files_add_up_as_modelled() {
    let expected = std::fs::read_to_string(fixtures().join("odd-expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    let mut n_checked = 0;
    for (name, file) in expected.as_object().unwrap() {
        let Some(types) = file["types"].as_object() else { continue };
        if file["samples"] == 0 {
            let error = open_path(&fixtures().join(name)).unwrap_err();
            assert!(matches!(error, ImportError::Empty { .. }), "{name}: {error}");
            continue;
        }
        let document = open_path(&fixtures().join(name)).unwrap();
        let profile = &*document.profile;
        assert_eq!(profile.samples().len() as u64, file["samples"], "{name}");
        for (value_type, row) in profile.value_type_ids().zip(profile.value_types()) {
            let model = &types[&*row.name];
            assert_eq!(row.unit.name(), model["unit"], "{name}");
            assert_eq!(profile.samples().weights(value_type).total(), model["total"], "{name}");
            let found = sums(profile, value_type);
            assert_eq!(found, modelled(model), "{name} {}", row.name);
            n_checked += 1;
        }
    }
    assert!(n_checked > 30, "{n_checked}");
}

/// The sums of a model; what it calls `<...>` is unknown.
fn modelled(model: &serde_json::Value) -> Sums {
    let mut sums = Sums::new();
    for (column, is_flat) in [("flat", true), ("cum", false)] {
        for (name, value) in model[column].as_object().unwrap() {
            let name = if name.starts_with('<') { "[unknown]" } else { name };
            let sum = sums.entry(name.to_owned()).or_default();
            *(if is_flat { &mut sum.0 } else { &mut sum.1 }) += value.as_i64().unwrap();
        }
    }
    without_zeros(sums)
}

#[test]
fn cut_files_open_as_far_as_they_go_and_say_so() {
    for name in ["odd-truncated.pb", "odd-truncated.pb.gz"] {
        let document = open_path(&fixtures().join(name)).unwrap();
        let notes: Vec<&str> = document.report.notes().iter().map(|note| note.kind).collect();
        assert!(notes.contains(&"truncated"), "{name}: {notes:?}");
    }
}

/// Self and total by function, or by address where there is no name.
fn sums_by_place(profile: &Profile, value_type: ValueTypeId) -> Sums {
    let (samples, stacks) = (profile.samples(), profile.stacks());
    let mut sums = Sums::new();
    samples.weights(value_type).for_each(|sample, weight| {
        let callers = samples.callers(sample).into_iter();
        let callers = callers.flat_map(|callers| stacks.walk_to_root(callers));
        let frames = std::iter::once(samples.leaf(sample)).chain(callers.map(|s| stacks.frame(s)));
        let places = frames.map(|frame| {
            let line = profile.symbols().lines(frame).last().unwrap();
            match profile.function_name(line.function) {
                "[unknown]" => format!("{:#x}", profile.frames().address(frame)),
                name => name.to_owned(),
            }
        });
        add_stack(&mut sums, places, weight);
    });
    without_zeros(sums)
}

/// The samples with a value other than 0: pprof drops the others before it prints.
fn counting(profile: &Profile) -> Vec<usize> {
    let weights =
        |sample| profile.value_type_ids().map(move |id| profile.samples().weights(id).of(sample));
    let has_weight = |sample: &usize| weights(*sample).any(|weight| weight != 0);
    (0..profile.samples().len()).filter(has_weight).collect()
}

/// The period is that of pprof, and what it counts.
#[track_caller]
fn check_period(profile: &Profile, raw: &str) {
    let told = |what| raw.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    let (name, unit) = told("PeriodType: ").split_once(' ').unwrap();
    let expected = match told("Period: ") {
        "0" if name.is_empty() => None,
        period => Some(format!("{period} {unit} {name}")),
    };
    let period = profile.facts().iter().find(|(what, _)| &**what == "period");
    assert_eq!(period.map(|(_, value)| value.to_string()), expected);
}

/// Compares a profile in an older form with what `pprof -raw` says of it.
#[track_caller]
fn check_older(path: &Path, raw: &str) {
    let document = open_path(path).unwrap();
    let profile = &*document.profile;
    check_period(profile, raw);
    let raw = parse_raw_by(raw, Unnamed::ByAddress);
    let types = profile.value_types().iter().map(|row| format!("{}/{}", row.name, row.unit));
    assert_eq!(types.collect::<Vec<_>>(), raw.types, "{}", path.display());
    for (index, value_type) in profile.value_type_ids().enumerate() {
        let total = profile.samples().weights(value_type).total();
        assert_eq!(total, raw.totals[index], "{}", path.display());
        assert_eq!(sums_by_place(profile, value_type), raw.sums[index], "{}", path.display());
    }
    // pprof adds up samples that are alike before it prints them.
    if counting(profile).len() != raw.n_samples {
        assert!(raw.n_samples < counting(profile).len(), "{}", path.display());
        return;
    }
    let sets = counting(profile).into_iter().filter_map(|sample| profile.samples().labels(sample));
    let n_labels: usize = sets.map(|set| profile.labels().labels(set).len()).sum();
    assert_eq!(n_labels, raw.n_labels, "{}", path.display());
    // The binaries are not here.
    let notes = document.report.notes().into_iter();
    let notes: Vec<_> = notes.filter(|note| !note.kind.starts_with("symbols-")).collect();
    assert!(notes.is_empty(), "{}: {notes:?}", path.display());
}

#[test]
fn binaries_name_the_addresses_of_older_forms() {
    let heap = "heap profile: 1: 8 [ 1: 8] @ heap_v2/1\n1: 8 [ 1: 8] @ 0x401237\n\n\
                MAPPED_LIBRARIES:\n00401000-00402000 r-xp 00000000 08:01 9 /opt/orchard.bin\n";
    let options = Options {
        symbol_dirs: vec![fixtures_dir().join("symbols")],
        no_system_symbols: true,
        ..Options::default()
    };
    let input = Input::Static("heap", heap.as_bytes());
    let document = open(&input, &Job::new(options)).unwrap();
    let profile = &document.profile;
    let lines = profile.symbols().lines(profile.samples().leaf(0));
    assert_eq!(profile.function_name(lines[0].function), "orchard::harvest");
    assert_eq!(document.modules.len(), 1);
}

#[test]
fn older_forms_have_the_sums_of_the_raw_samples() {
    let mut n_checked = 0;
    for fixture in fixtures_in("pprof") {
        let name = fixture.file_name().unwrap().to_string_lossy().into_owned();
        // Go names functions in comments: pprof does not read them.
        if let Some(name) = name.strip_suffix(".legacy").filter(|name| name.starts_with("old-")) {
            check_older(&fixture, &read(&fixtures().join(format!("{name}.raw.txt.gz"))));
            n_checked += 1;
        }
    }
    assert_eq!(n_checked, 9);
    let Some(corpus) = corpus() else { return };
    for name in [
        "cppbench.contention",
        "cppbench.heap",
        "go.crc32.cpu",
        "go.godoc.thread",
        "gobench.cpu",
        "java.cpu",
    ] {
        let path = corpus.join("pprof/google").join(name);
        check_older(&path, &read(&path.with_file_name(format!("{name}.pprof-raw.txt.gz"))));
    }
}

#[test]
fn the_text_of_go_has_the_values_of_the_raw_samples_and_names() {
    for (name, function) in [
        ("text-block", "main.wait"),
        ("text-goroutine", "main.wait"),
        ("text-heap", "main.reap"),
        ("text-mutex", "main.grind"),
    ] {
        let document = open_path(&fixtures().join(format!("{name}.legacy"))).unwrap();
        let profile = &*document.profile;
        let raw = read(&fixtures().join(format!("{name}.raw.txt.gz")));
        check_period(profile, &raw);
        let raw = parse_raw_by(&raw, Unnamed::ByAddress);
        assert_eq!(counting(profile).len(), raw.n_samples, "{name}");
        for (index, value_type) in profile.value_type_ids().enumerate() {
            let total = profile.samples().weights(value_type).total();
            assert_eq!(total, raw.totals[index], "{name}");
            // By address, the sums are those of pprof: a name stands for one or more addresses.
            let sums = sums_by_place(profile, value_type);
            for (address, sum) in sums.iter().filter(|(place, _)| place.starts_with("0x")) {
                assert_eq!(raw.sums[index].get(address), Some(sum), "{name} {address}");
            }
        }
        let default = profile.default_value_type().unwrap();
        assert!(sums(profile, default).contains_key(function), "{name}");
    }
}

fn fixtures_in(format: &str) -> Vec<PathBuf> {
    let fixtures = rview_tests::fixtures().into_iter();
    fixtures.filter(|fixture| fixture.format == format).map(|fixture| fixture.path).collect()
}

#[test]
fn only_profiles_of_pprof_are_claimed() {
    let Some(corpus) = corpus() else { return };
    for file in manifest(&corpus) {
        let Ok(source) = Source::open(&corpus.join(&file.path)) else { continue };
        let Ok(source) = source.unwrap(&Job::default()) else { continue };
        let is_claimed = detect(&source).is_ok_and(|importer| importer.name() == "pprof");
        assert_eq!(is_claimed, file.format.starts_with("pprof"), "{} ({})", file.path, file.format);
    }
}

#[test]
fn broken_files_are_refused_or_read_and_never_panic() {
    let importer = {
        let bytes = Source::open(&fixtures().join("odd-plain.pb")).unwrap();
        detect(&bytes).unwrap()
    };
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let is_profile = |path: &PathBuf| {
        let name = path.to_string_lossy();
        name.contains(".pb") || name.contains(".legacy")
    };
    for path in paths.into_iter().filter(is_profile) {
        let whole = Source::open(&path).unwrap().unwrap(&Job::default()).unwrap();
        let mut n_read = 0;
        for seed in 0..300 {
            let bytes = mutate(&whole, seed);
            if let Ok(profile) = importer.import(&Source::from_vec(bytes), &Job::default()) {
                profile.check().unwrap_or_else(|err| panic!("{}: {err}", path.display()));
                n_read += 1;
            }
        }
        let is_empty = path.ends_with("odd-no-samples.pb");
        assert!(n_read > 30 || is_empty, "{}: only {n_read} are read", path.display());
    }
}
