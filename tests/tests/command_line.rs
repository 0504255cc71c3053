//! The command line: what it prints, what it writes, how it fails.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rview_tests::{failure, fixtures_dir, gzip, json, json_of, rview, stdout, zstd};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    fixtures_dir().join(name)
}

#[test]
fn a_report_tells_what_was_repaired_and_left_out() {
    let text = stdout(&[&"report", &fixture("folded/odd.folded")]);
    assert!(text.contains("loss (4×): a line without its weight at the end is left out"), "{text}");
}

/// Every field of the contract, and its type: `n` a number, `s` a string.
const CONTRACT: &str = "
file s | format s | duration_ns n
value_types[].name s | value_types[].unit s | value_types[].samples n | value_types[].total n
counts.processes n | counts.threads n | counts.samples n | counts.stacks n | counts.functions n | counts.slices n
counts.async_slices n | counts.markers n | counts.counters n | counts.counter_values n | counts.flows n
threads[].pid n | threads[].tid n | threads[].process s | threads[].name s | threads[].samples n | threads[].slices n
functions[].name s | functions[].module s | functions[].file s | functions[].line n | functions[].self[] n | functions[].total[] n
slices[].name s | slices[].category s | slices[].count n | slices[].total_ns n | slices[].self_ns n
notes[].kind s | notes[].severity s | notes[].count n | notes[].text s
load.bytes n | load.import_ms n | load.index_ms n | load.peak_anon_bytes n";

/// Looks a path such as `a[].b` up; gives every value that is there.
fn lookup<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    path.split('.').fold(vec![value], |values, part| {
        let (key, is_list) = part.strip_suffix("[]").map_or((part, false), |key| (key, true));
        let inner = values
            .into_iter()
            .map(|value| value.get(key).unwrap_or_else(|| panic!("no {key} of {path}")));
        if is_list {
            let list = |value: &'a Value| value.as_array().unwrap_or_else(|| panic!("{path}"));
            inner.flat_map(list).collect()
        } else {
            inner.collect()
        }
    })
}

#[test]
fn the_json_report_has_every_field_of_its_contract() {
    let mut n_seen = 0;
    for name in [
        "perf.data/threads.perf.data",
        "pprof/go-heap.pb.gz",
        "chrome-trace/odd.json",
        "folded/odd.folded",
    ] {
        let report = json(&fixture(name));
        for field in CONTRACT.split(['|', '\n']).map(str::trim).filter(|field| !field.is_empty()) {
            let (path, kind) = field.split_once(' ').unwrap();
            for value in lookup(&report, path) {
                let is_right = if kind == "n" { value.is_number() } else { value.is_string() };
                assert!(is_right, "{name}: {path} is {value}");
                n_seen += 1;
            }
        }
    }
    assert!(n_seen > 1000, "{n_seen} values");
}

#[test]
fn the_json_report_gives_exact_integers() {
    let report = json(&fixture("pprof/go-cpu.pb.gz"));
    assert_eq!(report["format"], "pprof");
    assert_eq!(report["value_types"][0]["total"], 84);
    assert_eq!(report["value_types"][1]["name"], "cpu");
    assert_eq!(report["value_types"][1]["unit"], "nanoseconds");
    assert_eq!(report["value_types"][1]["total"], 840_000_000);
    let functions = report["functions"].as_array().unwrap();
    let self_: i64 = functions.iter().map(|function| function["self"][1].as_i64().unwrap()).sum();
    assert_eq!(self_, 840_000_000, "self adds up to the total");

    let report = json(&fixture("folded/odd.folded"));
    assert_eq!(report["value_types"][0]["unit"], "0.01", "what weights with fractions count");
    assert_eq!(report["value_types"][0]["total"], 900_719_925_474_114_775_i64, "beyond 2^53");
    let recur = report["functions"].as_array().unwrap().iter().find(|f| f["name"] == "recur");
    assert_eq!(recur.unwrap()["total"][0], 800, "recursion counts once");
}

#[test]
fn the_json_report_lists_the_50_largest_or_all() {
    let whole = json(&fixture("pprof/go-cpu.pb.gz"));
    let short = json_of(&["report", "--json"], &fixture("pprof/go-cpu.pb.gz"));
    let len = |report: &Value| report["functions"].as_array().map(Vec::len);
    assert_eq!((len(&short), len(&whole)), (Some(50), Some(57)));
    assert_eq!(
        short["functions"].as_array().unwrap()[..],
        whole["functions"].as_array().unwrap()[..50]
    );
}

#[test]
fn a_dash_is_standard_input() {
    let mut child = rview()
        .args(["report", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes = fs::read(fixture("pprof/go-cpu.pb.gz")).unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["file"], "standard input");
    assert_eq!(report["value_types"][1]["total"], 840_000_000);
}

#[test]
fn neither_name_nor_wrapping_decide_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let plain = fs::read(fixture("chrome-trace/viztracer.json")).unwrap();
    let wanted = json(&fixture("chrome-trace/viztracer.json"));
    for (name, bytes) in [
        ("trace.pb", plain.clone()),
        ("no ending", gzip(&plain)),
        ("trace.folded", zstd(&plain)),
        ("twice.json", gzip(&zstd(&plain))),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let report = json(&path);
        for field in ["format", "counts", "slices", "threads", "duration_ns"] {
            assert_eq!(report[field], wanted[field], "{name}: {field}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_one_line_that_names_the_file_and_exit_code_3() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("empty.json"), "").unwrap();
    fs::write(path("noise.bin"), [7_u8, 200, 13, 0, 255, 1, 90, 33].repeat(64)).unwrap();
    let perf = fs::read(fixture("perf.data/threads.perf.data")).unwrap();
    fs::write(path("header.perf.data"), &perf[..40]).unwrap();
    for (name, wanted) in [
        ("missing.perf.data", "No such file"),
        ("empty.json", "empty"),
        ("noise.bin", ""),
        ("header.perf.data", ""),
        ("", "folder"),
    ] {
        for verb in [&["report"][..], &["report", "--json"]] {
            let path = path(name);
            let mut args: Vec<&dyn AsRef<OsStr>> = Vec::new();
            for arg in verb {
                args.push(arg);
            }
            args.push(&path);
            let line = failure(3, &args);
            assert_eq!(line.trim_end().lines().count(), 1, "{line}");
            assert!(line.starts_with("rview: "), "{line}");
            assert!(line.contains(&*path.to_string_lossy()), "{line}");
            assert!(line.contains(wanted), "{name}: {line}");
            let after_name = line.rsplit(": ").next().unwrap_or_default();
            assert!(after_name.len() > 10, "it says what is wrong: {line}");
        }
    }
}

#[test]
fn wrong_use_is_exit_code_2_and_help() {
    let file = fixture("folded/threads.folded");
    for args in [
        &[&"report" as &dyn AsRef<OsStr>][..],
        &[&"report", &"--no-such-option", &file],
        &[&"export", &file],
        &[&"export", &file, &"-o", &"out.unknown"],
        &[&"export", &file, &"-o", &"-"],
        &[&"export", &file, &"-o", &"out.folded", &"--value", &"no such value"],
        &[&"render", &file],
        &[&"render", &file, &"-o", &"out.jpg"],
        &[&"render", &file, &"-o", &"out.png", &"--size", &"12"],
        &[&"render", &file, &"-o", &"out.png", &"--scale", &"9"],
        &[&"render", &file, &"-o", &"out.png", &"--view", &"no-such-view"],
    ] {
        let text = failure(2, args);
        assert!(text.len() > 20, "{text}");
    }
    // A search that leaves out starts with a hyphen and is no option.
    let line = failure(2, &[&"render", &file, &"-o", &"out.jpg", &"--search", &"-main"]);
    assert!(line.contains("PNG"), "{line}");
    let line = failure(2, &[&"export", &file, &"-o", &"out.unknown"]);
    assert!(line.contains("out.unknown") && line.contains("--format"), "{line}");
    let line = failure(2, &[&"export", &file, &"-o", &"a.svg", &"--value", &"no such value"]);
    assert!(line.contains("samples"), "it names what there is: {line}");
}

#[test]
fn a_comparison_tells_what_each_function_weighs_on_both_sides() {
    let (a, b) = (fixture("pprof/go-heap.pb.gz"), fixture("pprof/go-allocs.pb.gz"));
    let compared: Value =
        serde_json::from_str(&stdout(&[&"diff", &a, &b, &"--json", &"--all"])).unwrap();
    assert_eq!(
        (&compared["mode"], &compared["a"]["file"]),
        (&"absolute".into(), &"go-heap.pb.gz".into())
    );
    let names: Vec<_> = compared["value_types"].as_array().unwrap().iter().collect();
    assert_eq!(names[0]["name"], "alloc_space", "what B shows first");
    let functions = compared["functions"].as_array().unwrap();
    for (at, _) in names.iter().enumerate() {
        let sum = |field: &str| -> i64 {
            functions.iter().map(|function| function[field][at].as_i64().unwrap()).sum()
        };
        assert_eq!(sum("self_a"), compared["a"]["total"][at].as_i64().unwrap());
        assert_eq!(sum("self_b"), compared["b"]["total"][at].as_i64().unwrap());
        assert_eq!(sum("delta_self"), sum("self_b") - sum("self_a"));
    }
    let of = |name: &str| functions.iter().find(|function| function["name"] == name).unwrap();
    assert_eq!(
        (&of("main.taste")["state"], &of("main.taste")["self_b"][0]),
        (&"gone".into(), &0.into())
    );
    assert_eq!(of("main.reap")["state"], "new");
    assert_eq!(of("runtime.malg")["state"], "both");
    assert_eq!(of("main.reap")["significant"], Value::Null, "scaled values tell no events");

    let shares = stdout(&[&"diff", &a, &b, &"--json", &"--mode", &"share"]);
    let shares: Value = serde_json::from_str(&shares).unwrap();
    let whole: f64 = shares["functions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["self_b"][0].as_f64().unwrap())
        .sum();
    assert!((whole - 1.0).abs() < 1e-6, "shares add up to the whole: {whole}");
}

#[test]
fn a_file_is_no_different_from_itself() {
    let file = fixture("pprof/go-cpu.pb.gz");
    let text = stdout(&[&"diff", &file, &file]);
    assert!(text.contains("cpu: 840,000,000 ns → 840,000,000 ns, 0 ns (0 %)"), "{text}");
    assert!(text.contains("functions are as they were"), "{text}");
    assert!(!text.contains("main.age"), "{text}");
}

#[test]
fn what_measures_nothing_in_common_is_not_compared() {
    let trace = fixture("chrome-trace/array.json");
    let line = failure(2, &[&"diff", &fixture("folded/diff.folded"), &trace]);
    assert_eq!(
        line,
        "rview: the two cannot be compared: the first measures after (count), before (count), the \
         second Slice time (nanoseconds)\n"
    );
    let one = failure(2, &[&"diff", &"-", &"-"]);
    assert!(one.contains("standard input is one recording"), "{one}");
}

#[test]
fn labels_are_asked_for_as_reports_print_them() {
    let heap = fixture("pprof/go-heap.pb.gz");
    let all = stdout(&[&"report", &"--group-by", &"bytes", &heap]);
    assert!(all.contains("bytes=256 B..512 B"), "{all}");
    let some = stdout(&[&"report", &"--label", &"bytes=256 B..512 B", &heap]);
    assert!(some.contains("in 2 samples"), "{some}");
    let line = failure(2, &[&"report", &"--label", &"bytes=7 MiB", &heap]);
    assert!(line.contains("no sample has --label 'bytes=7 MiB'"), "{line}");
    let threads = fixture("perf.data/threads.perf.data");
    let text = stdout(&[&"report", &"--group-by", &"thread", &threads]);
    assert!(text.contains("98 samples  cider press 6587"), "{text}");
}

#[test]
fn headings_name_what_is_listed() {
    let cpu = fixture("pprof/go-cpu.pb.gz");
    let text = stdout(&[&"report", &"--granularity", &"file", &cpu]);
    assert!(text.contains("Files by cpu") && !text.contains("Functions by"), "{text}");
    let text = stdout(&[&"diff", &"--granularity", &"file", &cpu, &cpu]);
    assert!(text.contains("A  go-cpu.pb.gz: pprof, 2.252 s"), "{text}");
    assert!(text.contains("21 files are as they were"), "{text}");
}

#[test]
fn help_and_version_go_to_standard_output() {
    let text = stdout(&[&"--help"]);
    for wanted in ["report", "export", "render", "perf.data", "--demo"] {
        assert!(text.contains(wanted), "{wanted:?} is not in:\n{text}");
    }
    assert!(stdout(&[&"--version"]).starts_with("rview "));
}

#[test]
fn what_is_exported_as_folded_stacks_has_the_same_totals_again() {
    let folder = tempfile::tempdir().unwrap();
    for (name, total, functions) in [
        ("folded/threads.folded", 287, true),
        ("pprof/go-cpu.pb.gz", 840_000_000, true),
        ("perf.data/threads.perf.data", 575_150_296, false),
    ] {
        let out = folder.path().join("out.folded");
        stdout(&[&"export", &fixture(name), &"-o", &out]);
        let (before, after) = (json(&fixture(name)), json(&out));
        assert_eq!(after["value_types"][0]["total"], total, "{name}");
        if functions {
            let index = before["value_types"].as_array().unwrap().len() - 1;
            let weights = |report: &Value, index: usize| {
                let functions = report["functions"].as_array().unwrap().iter();
                let mut weights: Vec<(String, i64, i64)> = functions
                    .map(|f| {
                        let weight = |kind: &str| f[kind][index].as_i64().unwrap();
                        (f["name"].as_str().unwrap().to_owned(), weight("self"), weight("total"))
                    })
                    .filter(|(_, _, total)| *total != 0)
                    .collect();
                weights.sort();
                weights
            };
            assert_eq!(weights(&before, index), weights(&after, 0), "{name}");
        }
    }
}

#[test]
fn another_value_can_be_exported() {
    let text = stdout(&[
        &"export",
        &fixture("pprof/go-cpu.pb.gz"),
        &"--value",
        &"samples",
        &"--format",
        &"folded",
        &"-o",
        &"-",
    ]);
    let weights = text.lines().filter_map(|line| line.rsplit(' ').next()?.parse::<i64>().ok());
    assert_eq!(weights.sum::<i64>(), 84);
}

#[test]
fn an_exported_svg_is_a_flame_graph() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.svg");
    stdout(&[&"export", &fixture("folded/threads.folded"), &"-o", &out]);
    let svg = fs::read_to_string(out).unwrap();
    assert!(svg.contains("<svg") && svg.trim_end().ends_with("</svg>"));
    for wanted in ["orchard::press", "orchard::tree::weigh", "threads.folded"] {
        assert!(svg.contains(wanted), "{wanted}");
    }
}

#[test]
fn an_export_into_a_missing_folder_is_exit_code_3() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("missing/out.svg");
    let line = failure(3, &[&"export", &fixture("folded/threads.folded"), &"-o", &out]);
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.contains("cannot be written"), "{line}");
}

/// Width and height as the header of a PNG tells them.
fn size_of_png(path: &Path) -> (u32, u32) {
    let bytes = fs::read(path).unwrap_or_else(|err| panic!("{err}"));
    assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n");
    let side =
        |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    (side(16), side(20))
}

#[test]
fn a_picture_has_the_size_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.png");
    let file = fixture("folded/threads.folded");
    stdout(&[&"render", &file, &"-o", &out, &"--size", &"400x300"]);
    assert_eq!(size_of_png(&out), (400, 300));
    let mut args: Vec<&dyn AsRef<OsStr>> = vec![&"render", &file, &"-o", &out];
    for option in &["--size", "400x300", "--scale", "2", "--view", "call-tree"] {
        args.push(option);
    }
    stdout(&args);
    assert_eq!(size_of_png(&out), (800, 600));
}

#[test]
fn two_files_are_compared_in_pictures_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.png");
    let (a, b) = (fixture("pprof/go-cpu.pb.gz"), fixture("pprof/rust-cpu.pb.gz"));
    let size = "500x300";
    for view in ["delta", "diff-flame", "side-by-side"] {
        let view: &dyn AsRef<OsStr> = &view;
        stdout(&[&"render", &a, &b, &"--diff", &"-o", &out, &"--size", &size, &"--view", view]);
        assert_eq!(size_of_png(&out), (500, 300));
        fs::remove_file(&out).unwrap();
    }
    let line = failure(2, &[&"render", &a, &"--diff", &"-o", &out]);
    assert!(line.contains("--diff compares two files"), "{line}");
    let line = failure(2, &[&"render", &a, &"-o", &out, &"--view", &"delta"]);
    assert!(line.contains("add --diff"), "{line}");
    let line = failure(2, &[&"render", &a, &b, &"--diff", &"-o", &out, &"--view", &"report"]);
    assert!(line.contains("diff-flame"), "{line}");
    let trace = fixture("chrome-trace/viztracer.json");
    let folded = fixture("folded/threads.folded");
    let line = failure(2, &[&"render", &folded, &trace, &"--diff", &"-o", &out]);
    assert!(!out.exists() && line.contains("cannot be compared"), "{line}");
    let line = failure(2, &[&"--diff", &a]);
    assert!(line.contains("not 1"), "{line}");
}

#[test]
fn a_picture_of_a_broken_file_is_an_error_and_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("broken"), folder.path().join("out.png"));
    fs::write(&file, "").unwrap();
    let line = failure(3, &[&"render", &file, &"-o", &out]);
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(!out.exists());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = rview()
        .args(["report", "--json", "--all"])
        .arg(fixture("chrome-trace/chromium.json.gz"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Nobody reads.
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn the_demos_are_reported_without_a_file() {
    let text = stdout(&[&"report", &"--demo"]);
    for wanted in ["demo.perf.data: perf.data", "demo.pb.gz: pprof", "demo.trace.json.gz: chrome"] {
        assert!(text.contains(wanted), "{wanted:?} is not in:\n{text}");
    }
}
