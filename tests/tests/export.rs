//! What rview writes, read again by rview and by `go tool pprof`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use rview_core::{
    CallPaths, FunctionKey, Granularity, GroupBy, LabelQuery, LabelSelection, Measure, PathWeights,
    Profile, Selection, Shape, Shaped, Transform, ValueTypeId, process_name, thread_name,
};
use rview_formats::{Document, ImportError, Input, Job, Options, Source, detect, export, open};
use rview_tests::{Sums, comparable, corpus, fixture_job, fixtures, fixtures_dir, recount};

fn written(profile: &Profile, selection: &Selection) -> Vec<u8> {
    export::pprof(profile, &CallPaths::new(profile), selection)
}

fn read(bytes: Vec<u8>) -> Profile {
    read_any(bytes).unwrap()
}

/// The profile that was written; `None` if there is nothing in it.
fn read_any(bytes: Vec<u8>) -> Option<Profile> {
    // Names that this machine knows are not in the file.
    let job = Job::new(Options { no_system_symbols: true, ..Options::default() });
    let source = Source::from_vec(bytes).unwrap(&job).unwrap();
    let importer = detect(&source).unwrap();
    assert_eq!(importer.name(), "pprof");
    let profile = match importer.import(&source, &job) {
        Err(ImportError::Empty { .. }) => return None,
        read => read.unwrap(),
    };
    profile.check().unwrap();
    Some(profile)
}

/// Every pprof profile at hand that opens.
fn pprof_profiles() -> Vec<(PathBuf, Document)> {
    let own = fixtures().into_iter().filter(|fixture| fixture.format == "pprof");
    let mut paths: Vec<PathBuf> = own.map(|fixture| fixture.path).collect();
    if let Some(corpus) = corpus() {
        for folder in ["google", "parca", "speedscope"] {
            let files = std::fs::read_dir(corpus.join("pprof").join(folder)).unwrap();
            paths.extend(files.map(|file| file.unwrap().path()));
        }
    }
    paths.sort();
    let documents = paths.into_iter().filter_map(|path| {
        let document = open(&Input::Path(path.clone()), &fixture_job("pprof")).ok()?;
        (document.format() == "pprof").then_some((path, document))
    });
    documents.collect()
}

/// The sums of a value type without those of 0: a sample that lacks a value and one of 0 are the
/// same to pprof and to speedscope.
fn counted(profile: &Profile, value_type: ValueTypeId) -> Sums {
    let mut sums = recount(profile, value_type);
    sums.retain(|_, sum| *sum != (0, 0));
    sums
}

#[test]
fn a_profile_that_was_written_reads_as_it_was() {
    let profiles = pprof_profiles();
    assert!(profiles.len() > 30, "{}", profiles.len());
    for (path, document) in profiles {
        let again = read(written(&document.profile, &Selection::default()));
        assert_eq!(comparable(&document.profile), comparable(&again), "{}", path.display());
    }
}

#[test]
fn recordings_of_other_formats_keep_their_sums() {
    for fixture in fixtures().into_iter().filter(|fixture| fixture.format != "pprof") {
        let input = Input::Path(fixture.path.clone());
        let Ok(document) = open(&input, &fixture_job(&fixture.format)) else { continue };
        let profile = &*document.profile;
        let paths = CallPaths::new(profile);
        let Some(measure) = Measure::default_of(profile) else { continue };
        let again = read(written(profile, &Selection::default()));
        let total = |profile: &Profile, paths: &CallPaths, measure| {
            PathWeights::new(profile, paths, measure, &Selection::default()).total()
        };
        let after = Measure::default_of(&again).unwrap();
        assert_eq!(
            total(profile, &paths, measure),
            total(&again, &CallPaths::new(&again), after),
            "{}",
            fixture.name
        );
        if profile.samples().is_empty() {
            continue;
        }
        for (before, after) in profile.value_type_ids().zip(again.value_type_ids()) {
            let [before, after] = [counted(profile, before), counted(&again, after)];
            assert_eq!(before, after, "{}", fixture.name);
        }
    }
}

#[test]
fn binaries_of_which_names_are_written_say_so() {
    let path = fixtures_dir().join("perf.data/forks.perf.data");
    let document = open(&Input::Path(path), &fixture_job("perf.data")).unwrap();
    let copy = read(written(&document.profile, &Selection::default()));
    let mappings = copy.mappings();
    let main = mappings.ids().next().unwrap();
    let path = copy.text(mappings.row(main).path);
    assert!(path.starts_with('/') && !path.contains(".so"), "pprof shows {path} as the program");
    assert_eq!(mappings.symbolized(main).unwrap().flags(), [true; 4]);
}

#[test]
fn names_that_were_found_for_a_pprof_profile_are_told_of() {
    // A location of a mapping that says that it has no names, at a function of the binary.
    let mut file = b"\x0a\x04\x08\x01\x10\x02\x12\x06\x0a\x01\x01\x12\x01\x01".to_vec();
    file.extend(b"\x1a\x0a\x08\x01\x10\x80\x20\x18\x80\x40\x28\x03");
    file.extend(b"\x22\x07\x08\x01\x10\x01\x18\xb6\x24");
    for text in ["", "cpu", "count", "/opt/orchard.bin"] {
        file.extend([0x32, u8::try_from(text.len()).unwrap()]);
        file.extend(text.as_bytes());
    }
    let options = Options {
        symbol_dirs: vec![fixtures_dir().join("symbols")],
        no_system_symbols: true,
        ..Options::default()
    };
    let input = Input::Static("cpu", file.leak());
    let document = open(&input, &Job::new(options)).unwrap();
    let copy = read(written(&document.profile, &Selection::default()));
    let lines = copy.symbols().lines(copy.samples().leaf(0));
    assert_eq!(copy.function_name(lines[0].function), "orchard::harvest");
    let main = copy.mappings().ids().next().unwrap();
    assert_eq!(copy.mappings().symbolized(main).unwrap().flags(), [true; 4]);
}

#[test]
fn only_what_is_selected_is_written() {
    let path = fixtures().into_iter().find(|fixture| fixture.name == "go-cpu.pb.gz").unwrap().path;
    let document = open(&Input::Path(path), &Job::default()).unwrap();
    let profile = &*document.profile;
    let query = LabelQuery::parse("job=red").unwrap();
    let labels = Some(LabelSelection::new(profile, &[query]).into());
    let selection = Selection { labels, ..Selection::default() };
    let again = read(written(profile, &selection));
    let value_type = profile.default_value_type().unwrap();
    let paths = CallPaths::new(profile);
    let measure = Measure::Weight(value_type);
    let selected = PathWeights::new(profile, &paths, measure, &selection).total();
    assert!(selected > 0 && selected < profile.samples().weights(value_type).total());
    assert_eq!(again.samples().weights(value_type).total(), selected);

    let folded = export::folded(profile, &paths, measure, &selection, &measure.unit(profile));
    let sum: i64 =
        folded.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<i64>().unwrap()).sum();
    assert_eq!(sum, selected);

    let text = export::speedscope(profile, &paths, &selection, "go-cpu");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let profiles = json["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), profile.value_types().len());
    let cpu = &profiles[value_type.index()];
    assert_eq!(json["activeProfileIndex"], value_type.index());
    assert_eq!((&cpu["unit"], &cpu["endValue"]), (&"nanoseconds".into(), &selected.into()));
    let weights = cpu["weights"].as_array().unwrap().iter();
    assert_eq!(weights.map(|weight| weight.as_i64().unwrap()).sum::<i64>(), selected);
    let n_frames = json["shared"]["frames"].as_array().unwrap().len() as u64;
    let stacks = cpu["samples"].as_array().unwrap().iter();
    let mut frames = stacks.flat_map(|stack| stack.as_array().unwrap());
    assert!(frames.all(|frame| frame.as_u64().unwrap() < n_frames));
}

fn read_speedscope(text: String) -> Profile {
    let source = Source::from_vec(text.into_bytes());
    let job = Job::default();
    let profile = detect(&source).unwrap().import(&source, &job).unwrap();
    profile.check().unwrap();
    assert!(job.report().notes().is_empty(), "{:?}", job.report().notes());
    profile
}

/// Names, units and totals of the value types, and which is shown first.
fn totals(profile: &Profile, selection: &Selection) -> (Vec<String>, Option<String>) {
    let paths = CallPaths::new(profile);
    let told = |measure: Measure| {
        let total = PathWeights::new(profile, &paths, measure, selection).total();
        format!("{} {} {total}", measure.name(profile), measure.unit(profile))
    };
    let all = Measure::all(profile).into_iter().map(told).collect();
    (all, Measure::default_of(profile).map(|measure| measure.name(profile)))
}

#[test]
fn speedscope_files_keep_value_types_threads_and_signs() {
    let all = Selection::default();
    let names: Vec<_> =
        fixtures().into_iter().filter(|fixture| fixture.format == "pprof").collect();
    assert!(names.len() > 20);
    for fixture in names {
        let input = Input::Path(fixture.path.clone());
        let Ok(document) = open(&input, &fixture_job("pprof")) else { continue };
        let profile = &*document.profile;
        let text = export::speedscope(profile, &CallPaths::new(profile), &all, "x");
        let again = read_speedscope(text);
        assert_eq!(totals(profile, &all), totals(&again, &all), "{}", fixture.name);
        assert_eq!(again.threads().len(), profile.threads().len(), "{}", fixture.name);
        for (before, after) in profile.value_type_ids().zip(again.value_type_ids()) {
            let [before, after] = [counted(profile, before), counted(&again, after)];
            assert_eq!(before, after, "{}", fixture.name);
        }
    }
}

/// Process and thread of all samples, with their numbers and what people call them.
fn sampled_threads(profile: &Profile) -> BTreeSet<String> {
    let with_samples: BTreeSet<_> = profile.samples().threads().iter().copied().collect();
    let told = with_samples.into_iter().map(|thread| {
        let row = profile.threads().row(thread);
        let process = profile.processes().row(row.process);
        let names = (profile.text(process.name), profile.text(row.name));
        let shown = (process_name(profile, row.process), thread_name(profile, thread));
        let (of_process, of_thread) = shown;
        format!("{} {} {of_process}, {} {} {of_thread}", names.0, process.pid, names.1, row.tid)
    });
    told.collect()
}

#[test]
fn speedscope_files_keep_the_threads_of_a_recording() {
    let path = fixtures_dir().join("perf.data/threads.perf.data");
    let document = open(&Input::Path(path), &fixture_job("perf.data")).unwrap();
    let profile = &*document.profile;
    let all = Selection::default();
    let text = export::speedscope(profile, &CallPaths::new(profile), &all, "x");
    let again = read_speedscope(text);
    assert_eq!(totals(profile, &all), totals(&again, &all));
    assert!(sampled_threads(profile).len() > 1);
    assert_eq!(sampled_threads(profile), sampled_threads(&again));
}

#[test]
fn speedscope_files_keep_ids_of_threads_that_are_texts() {
    let sample = |pid: &str, tid: &str, ts: u64| {
        format!(r#"{{"pid":"{pid}","tid":"{tid}","ts":{ts},"sf":1,"weight":3}}"#)
    };
    let samples = [sample("Renderer", "Pool -1", 1), sample("Renderer", r#"a \"b\""#, 2)];
    let samples = [&samples[..], &[sample("GPU", "Pool -1", 3), sample("7", "8", 4)]].concat();
    let frames = r#""stackFrames":{"1":{"name":"main"}}"#;
    let event =
        r#"{"ph":"M","name":"thread_name","pid":"GPU","tid":"Pool -1","args":{"name":"w"}}"#;
    let json = format!(r#"{{"traceEvents":[{event}],{frames},"samples":[{}]}}"#, samples.join(","));
    let source = Source::from_vec(json.into_bytes());
    let profile = detect(&source).unwrap().import(&source, &Job::default()).unwrap();
    let all = Selection::default();
    let text = export::speedscope(&profile, &CallPaths::new(&profile), &all, "x");
    let again = read_speedscope(text);
    let threads = sampled_threads(&profile);
    assert!(threads.iter().any(|thread| thread.ends_with("w Pool -1")), "{threads:?}");
    assert_eq!((threads.len(), &threads), (4, &sampled_threads(&again)));
}

/// Two transforms that change stacks of a profile: the functions of its deepest path are asked for.
fn transforms(shaped: &Shaped) -> Vec<Transform> {
    let Shaped { profile, paths, .. } = shaped;
    let deepest = paths.ids().max_by_key(|&path| paths.walk_to_root(path).count()).unwrap();
    let stack: Vec<FunctionKey> = paths
        .walk_to_root(deepest)
        .map(|path| FunctionKey::of(profile, paths.function(path)))
        .collect();
    let (leaf, root) = (stack.first().unwrap(), stack.last().unwrap());
    vec![Transform::MergeFunction(leaf.clone()), Transform::FocusFunction(root.clone())]
}

/// What is shown of other granularity, below groups or transformed is what is written.
#[test]
fn profiles_are_written_in_the_shape_in_which_they_are_shown() {
    let label = |key: &str| Some(GroupBy::Label(key.to_owned()));
    for (name, group_by) in [
        ("pprof/go-cpu.pb.gz", label("job")),
        ("pprof/go-cpu.pb.gz", label("worker")),
        ("perf.data/threads.perf.data", Some(GroupBy::Thread)),
        ("chrome-trace/node.json", Some(GroupBy::Thread)),
    ] {
        let path = fixtures_dir().join(name);
        let document = open(&Input::Path(path), &Job::default()).unwrap();
        for granularity in Granularity::of(&document.profile) {
            let plain = Shape { granularity, ..Shape::default() };
            let grouped = Shape { group_by: group_by.clone(), ..plain.clone() };
            let transforms = transforms(&Shaped::new(&document.profile, plain.clone()));
            let transformed = Shape { transforms: transforms.clone(), ..plain.clone() };
            let all_of_it = Shape { transforms, ..grouped.clone() };
            for shape in [plain, grouped, transformed, all_of_it] {
                let told = format!("{name} {shape:?}");
                let shaped = Shaped::new(&document.profile, shape.clone());
                let all = Selection::default();
                let bytes = export::pprof(&shaped.profile, &shaped.paths, &all);
                let Some(again) = read_any(bytes) else {
                    // Merged into its caller, the only function leaves nothing to focus on.
                    assert!(!shape.transforms.is_empty(), "{told}");
                    continue;
                };
                let paths = CallPaths::new(&again);
                // Sums by name: a module is called twice below a function of another.
                let sums = |profile: &Profile, paths: &CallPaths, measure: Measure| {
                    let weights = PathWeights::new(profile, paths, measure, &all);
                    let mut sums = Sums::new();
                    for path in paths.ids().filter(|&path| weights.self_of(path) != 0) {
                        let stack = paths.walk_to_root(path);
                        let names = stack.map(|path| profile.function_name(paths.function(path)));
                        let names = names.map(str::to_owned);
                        rview_tests::add_stack(&mut sums, names, weights.self_of(path));
                    }
                    sums
                };
                let measures = Measure::all(&shaped.profile);
                assert_eq!(measures.len(), again.value_types().len(), "{told}");
                for (before, after) in measures.into_iter().zip(again.value_type_ids()) {
                    let before = sums(&shaped.profile, &shaped.paths, before);
                    assert!(!before.is_empty() || !shape.transforms.is_empty(), "{told}");
                    assert_eq!(before, sums(&again, &paths, Measure::Weight(after)), "{told}");
                }
            }
        }
    }
}

/// What is written has no flaw that the next reader has to repair.
#[test]
fn broken_profiles_are_written_as_they_were_read() {
    let mut n_read = 0;
    for fixture in fixtures().into_iter().filter(|fixture| fixture.format == "pprof") {
        let whole = Source::open(&fixture.path).unwrap().unwrap(&Job::default()).unwrap();
        let importer = rview_formats::IMPORTERS.iter().find(|one| one.name() == "pprof").unwrap();
        for seed in 0..40 {
            let source = Source::from_vec(rview_tests::mutate(&whole, seed));
            let Ok(profile) = importer.import(&source, &Job::default()) else { continue };
            let paths = CallPaths::new(&profile);
            let bytes = export::pprof_uncompressed(&profile, &paths, &Selection::default());
            let job = Job::new(Options { no_system_symbols: true, ..Options::default() });
            let again = importer.import(&Source::from_vec(bytes), &job).unwrap();
            again.check().unwrap();
            let (before, after) = (comparable(&profile), comparable(&again));
            let lost: Vec<_> = before.iter().filter(|line| !after.contains(line)).collect();
            let made: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
            assert_eq!((lost, made), (vec![], vec![]), "{} {seed}", fixture.name);
            n_read += 1;
        }
    }
    assert!(n_read > 500, "{n_read}");
}

/// What `go tool pprof -raw` says of a file, sorted; `None` where there is no such tool or it
/// refuses the file. A function without a name, file and line is as good as none.
fn raw(path: &Path) -> Option<Vec<String>> {
    let output = Command::new("go").args(["tool", "pprof", "-raw"]).arg(path).output().ok()?;
    let text =
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned());
    let mut lines: Vec<String> = text?.lines().map(|line| line.replace(" :0 s=0", "")).collect();
    lines.sort();
    Some(lines)
}

#[test]
fn pprof_says_the_same_of_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut n_compared = 0;
    for (path, document) in pprof_profiles() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // pprof takes ids that are missing or double for an error, and older forms for less than
        // they say.
        let is_older =
            path.parent().is_some_and(|folder| folder.ends_with("google")) && name != "sample.cpu";
        let is_own = ["go-", "python-", "rust-"].iter().any(|producer| name.starts_with(producer));
        if is_older || (!is_own && path.starts_with(fixtures_dir())) {
            continue;
        }
        let Some(before) = raw(&path) else { continue };
        let copy = folder.path().join("copy.pb.gz");
        std::fs::write(&copy, written(&document.profile, &Selection::default())).unwrap();
        let after = raw(&copy).unwrap();
        let lost: Vec<&String> = before.iter().filter(|&line| !after.contains(line)).collect();
        let made: Vec<&String> = after.iter().filter(|&line| !before.contains(line)).collect();
        assert_eq!((lost, made), (vec![], vec![]), "{}", path.display());
        assert_eq!(before.len(), after.len(), "{}", path.display());
        n_compared += 1;
    }
    let has_pprof = Command::new("go").arg("version").output().is_ok();
    assert!(n_compared >= 10 || !has_pprof, "{n_compared}");
}

#[test]
fn merged_profiles_add_up_and_tell_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let own: Vec<PathBuf> = ["go-cpu.pb.gz", "go-mutex.pb.gz", "go-cpu.pb.gz"]
        .iter()
        .zip(["a.pb.gz", "b.pb.gz", "c.pb.gz"])
        .map(|(name, copy)| {
            let path = fixtures_dir().join("pprof").join(name);
            let copy = folder.path().join(copy);
            std::fs::copy(path, &copy).unwrap();
            copy
        })
        .collect();
    let inputs = [Input::Merged(own.clone()), Input::Merged(vec![folder.path().to_owned()])];
    for input in inputs {
        let merged = open(&input, &Job::default()).unwrap();
        let profile = &*merged.profile;
        profile.check().unwrap();
        let one = open(&Input::Path(own[0].clone()), &Job::default()).unwrap();
        let types: Vec<&str> = profile.value_types().iter().map(|row| &*row.name).collect();
        assert_eq!(types, ["samples", "cpu", "contentions", "delay"]);
        for (of_one, of_all) in one.profile.value_type_ids().zip(profile.value_type_ids()) {
            let mut twice = recount(&one.profile, of_one);
            for sum in twice.values_mut() {
                *sum = (sum.0 * 2, sum.1 * 2);
            }
            assert_eq!(recount(profile, of_all), twice);
        }
        // What is equal is shared: the third file adds nothing but samples.
        assert!(profile.stacks().len() < one.profile.stacks().len() + 20);
        let groups = rview_core::LabelGroups::new(profile, "file");
        assert_eq!(groups.names()[1..], ["file=a.pb.gz", "file=b.pb.gz", "file=c.pb.gz"]);
        let measure = Measure::Weight(profile.value_type_ids().next().unwrap());
        let totals = groups.totals(profile, measure, &Selection::default());
        assert_eq!(totals[1].weight, totals[3].weight);
        assert_eq!((totals[0].weight, totals[2].weight), (0, 0));
    }
}

#[test]
fn a_folder_stands_for_the_files_in_all_its_folders() {
    let folder = tempfile::tempdir().unwrap();
    let path = fixtures_dir().join("pprof").join("go-mutex.pb.gz");
    let inner = folder.path().join("b").join("c");
    std::fs::create_dir_all(&inner).unwrap();
    for copy in [folder.path().join("a.pb.gz"), inner.join("z.pb.gz"), folder.path().join("d")] {
        std::fs::copy(&path, copy).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), inner.join("around")).unwrap();
    let merged = open(&Input::Merged(vec![folder.path().to_owned()]), &Job::default()).unwrap();
    let groups = rview_core::LabelGroups::new(&merged.profile, "file");
    assert_eq!(groups.names()[1..], ["file=a.pb.gz", "file=d", "file=z.pb.gz"]);
}

#[test]
fn merged_profiles_are_those_that_pprof_merges() {
    let paths =
        ["go-heap.pb.gz", "go-allocs.pb.gz"].map(|name| fixtures_dir().join("pprof").join(name));
    let output = Command::new("go").args(["tool", "pprof", "-proto"]).args(&paths).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else { return };
    let oracle = read(output.stdout);
    let merged = open(&Input::Merged(paths.to_vec()), &Job::default()).unwrap();
    let merged = read(written(&merged.profile, &Selection::default()));
    assert_eq!(oracle.value_types(), merged.value_types());
    for (a, b) in oracle.value_type_ids().zip(merged.value_type_ids()) {
        assert_eq!(counted(&oracle, a), counted(&merged, b));
    }
    assert_eq!(oracle.duration_ns(), merged.duration_ns());
}

#[test]
fn transforms_are_of_what_is_listed() {
    let file = fixtures_dir().join("pprof/go-cpu.pb.gz");
    let folded = |granularity: &str, transform: &[&str]| {
        let mut args: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"export", &file];
        let more = ["--format", "folded", "-o", "-", "--granularity", granularity];
        more.iter().chain(transform).for_each(|arg| args.push(arg));
        rview_tests::stdout(&args)
    };
    for granularity in ["line", "function", "file", "module"] {
        let before = folded(granularity, &[]);
        let (stack, _) = before.lines().next().unwrap().rsplit_once(' ').unwrap();
        let leaf = stack.rsplit(';').next().unwrap();
        let has = |folded: &str| {
            let mut stacks = folded.lines().map(|line| line.rsplit_once(' ').unwrap().0);
            stacks.any(|stack| stack.split(';').any(|frame| frame == leaf))
        };
        assert!(has(&before), "{leaf}");
        let after = folded(granularity, &["--transform", &format!("drop={leaf}")]);
        assert!(!has(&after), "{granularity} {leaf}");
    }
    for wrong in ["drop=nosuch", "file=nosuch", "module=nosuch"] {
        let args: [&dyn AsRef<std::ffi::OsStr>; 6] =
            [&"export", &file, &"-o", &"x.folded", &"--transform", &wrong];
        assert!(rview_tests::failure(2, &args).contains("is called so"), "{wrong}");
    }
}
