//! `rview report`: what it tells people, of whole files, parts of them and several.

use std::fs;
use std::path::PathBuf;

use rview_tests::{failure, fixtures_dir, json, json_of, run, stdout};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    fixtures_dir().join(name)
}

/// Ten slices of 1 to 10 ms one after the other, the last of them on another thread.
fn steps() -> String {
    let step = |i: u32| {
        let (tid, start, duration) = (1 + i / 10, i * 20_000, i * 1000);
        format!(
            r#"{{"ph":"X","pid":1,"tid":{tid},"ts":{start},"dur":{duration},"name":"step","cat":"c"}}"#
        )
    };
    let steps: Vec<String> = (1..=10).map(step).collect();
    format!("[{}]", steps.join(","))
}

#[test]
fn each_value_type_has_its_own_largest_functions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.txt");
    let sample = |second: usize, event: &str, function: &str| {
        format!("app 7 {second}.000000: 1000 {event}:\n\t4{second:03} {function} (/bin/app)\n\n")
    };
    let busy = (0..60).map(|n| sample(n, "cycles", &format!("busy{n}")));
    fs::write(&path, busy.chain([sample(60, "faults", "rare")]).collect::<String>()).unwrap();
    let report = stdout(&[&"report", &path]);
    let faults = report.split("Functions by faults").nth(1).unwrap();
    let first = faults.lines().nth(2).unwrap();
    assert!(first.contains("rare"), "{report}");
}

#[test]
fn names_of_a_file_are_no_orders_to_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("names.json");
    let names = ["\\u001b[31mred", "two\\nlines", "plain"];
    let slice = |name: &&str| format!(r#"{{"ph":"X","name":"{name}","ts":1,"dur":5}}"#);
    let slices: Vec<String> = names.iter().map(slice).collect();
    fs::write(&path, format!("[{}]", slices.join(","))).unwrap();
    let report = stdout(&[&"report", &path]);
    assert!(report.contains("\\u{1b}[31mred") && report.contains("two\\nlines"), "{report}");
    assert!(!report.contains('\u{1b}'), "{report}");
    let svg = stdout(&[&"export", &path, &"--format", &"svg", &"-o", &"-"]);
    assert!(!svg.chars().any(|c| c.is_control() && !"\n\r\t".contains(c)), "{svg}");
}

#[test]
fn shares_of_what_weighs_less_than_nothing_are_of_all_magnitudes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("change.folded");
    fs::write(&path, "main;grown 10\nmain;shrunk -32\nmain;shrunk 2\n").unwrap();
    let report = stdout(&[&"report", &path]);
    let row = |name: &str| report.lines().find(|line| line.ends_with(name)).unwrap().to_owned();
    assert!(row("grown").contains("25"), "{report}");
    assert!(row("shrunk").contains("75"), "{report}");
}

#[test]
fn several_files_are_one_list_in_json_whatever_one_of_them_is() {
    let (good, bad) = (fixture("pprof/go-heap.pb.gz"), fixture("no such file"));
    let output = run(&[&"report", &"--json", &bad, &good, &good]);
    assert_eq!(output.status.code(), Some(3));
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files: Vec<_> = all.as_array().unwrap().iter().map(|one| &one["file"]).collect();
    assert_eq!(files, ["go-heap.pb.gz", "go-heap.pb.gz"]);
}

#[test]
fn a_part_of_a_file_is_told_by_its_threads_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steps.json");
    fs::write(&path, steps()).unwrap();
    let whole: Value = serde_json::from_str(&stdout(&[&"report", &path, &"--json"])).unwrap();
    let end = whole["duration_ns"].as_i64().unwrap();
    let range = format!("{}ns..{end}ns", end - 1);
    let part = stdout(&[&"report", &path, &"--json", &"--range", &range]);
    let part: Value = serde_json::from_str(&part).unwrap();
    assert_eq!((&whole["is_part"], &part["is_part"]), (&false.into(), &true.into()));
    let n_slices = |report: &Value| {
        let threads = report["threads"].as_array().unwrap();
        threads.iter().map(|thread| thread["slices"].as_i64().unwrap()).sum::<i64>()
    };
    assert!(n_slices(&part) > 0 && n_slices(&part) < n_slices(&whole), "{part}");
    let later = format!("{}ns..{}ns", end, end + 1);
    assert!(failure(2, &[&"report", &path, &"--range", &later]).contains("it lasts"));
}

#[test]
fn functions_of_one_name_and_several_files_claim_none_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.cpuprofile");
    let node = |id: usize, name: &str, url: &str, children: &str| {
        format!(
            r#"{{"id":{id},"callFrame":{{"functionName":"{name}","scriptId":"{id}","url":"{url}","lineNumber":{id},"columnNumber":0}},"children":[{children}]}}"#
        )
    };
    let nodes =
        [node(1, "(root)", "", "2,3"), node(2, "", "a.js", ""), node(3, "", "b.js", "")].join(",");
    let text = format!(
        r#"{{"nodes":[{nodes}],"startTime":0,"endTime":30,"samples":[2,3,3],"timeDeltas":[0,10,10]}}"#
    );
    fs::write(&path, text).unwrap();
    let report = json(&path);
    let functions = report["functions"].as_array().unwrap();
    let anonymous = functions.iter().find(|row| row["name"] == "(anonymous)").unwrap();
    assert_eq!((&anonymous["file"], &anonymous["line"]), (&"".into(), &0.into()));
    assert_eq!(report["counts"]["functions"], functions.len(), "as many as are listed");
}

#[test]
fn a_report_tells_totals_threads_and_functions() {
    let text = stdout(&[&"report", &fixture("perf.data/threads.perf.data")]);
    for wanted in [
        "threads.perf.data: perf.data, 803.1 ms",
        "3 threads",
        "287 samples",
        "575,150,296 ns",
        "cider press",
    ] {
        assert!(text.contains(wanted), "{wanted:?} is not in:\n{text}");
    }
    let text = stdout(&[&"report", &fixture("pprof/go-cpu.pb.gz")]);
    for wanted in ["Functions by cpu", "main.", "[cellar]", "840,000,000 ns"] {
        assert!(text.contains(wanted), "{wanted:?} is not in:\n{text}");
    }
}

#[test]
fn a_report_tells_how_long_the_slices_of_a_name_last() {
    let folder = tempfile::tempdir().unwrap_or_else(|err| panic!("{err}"));
    let path = folder.path().join("steps.json");
    fs::write(&path, steps()).unwrap_or_else(|err| panic!("{err}"));
    insta::assert_snapshot!("slice", stdout(&[&"report", &path, &"--slice", &"step"]));

    let json = json_of(&["report", "--json", "--slice", "step", "--range", "10ms..75ms"], &path);
    let found = &json["distribution"];
    let field = |name: &str| found[name].as_i64();
    assert_eq!(field("count"), Some(3));
    assert_eq!(
        [field("total_ns"), field("p50_ns"), field("max_ns")],
        [Some(9_000_000), Some(3_000_000), Some(4_000_000)]
    );
    assert_eq!(found["longest"][0]["start_ns"], 60_000_000);
    let json = json_of(&["report", "--json", "--slice", "step", "--thread", "2"], &path);
    assert_eq!(json["distribution"]["count"], 1);
    assert_eq!(json["slices"][0]["total_ns"], 10_000_000, "other lists are of the thread too");

    let line = failure(2, &[&"report", &path, &"--slice", &"leap"]);
    assert_eq!(line, "rview: --slice: no slice is called leap\n");
    let line = failure(2, &[&"report", &path, &"--thread", &"9"]);
    assert!(line.contains("no thread is called 9"), "{line}");
}

#[test]
fn threads_are_found_by_ids_that_are_texts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pools.json");
    let slice = |pid: &str, tid: &str| {
        format!(r#"{{"ph":"X","pid":{pid},"tid":{tid},"ts":0,"dur":5,"name":"step"}}"#)
    };
    let named = r#"{"ph":"M","name":"thread_name","pid":"Renderer","tid":"Pool -1","args":{"name":"loader"}}"#;
    let process = r#"{"ph":"M","name":"process_name","pid":"Renderer","args":{"name":"page"}}"#;
    let other = slice("\"Renderer\"", "\"Pool -2\"");
    let (first, negative) = (slice("\"Renderer\"", "\"Pool -1\""), slice("1", "-1"));
    fs::write(&path, format!("[{first},{other},{negative},{named},{process}]")).unwrap();
    for (wanted, thread) in
        [("Pool -1", "loader"), ("loader", "loader"), ("Pool -2", "Pool -2"), ("-1", "")]
    {
        let json = json_of(&["report", "--json", "--thread", wanted], &path);
        let threads = json["threads"].as_array().unwrap();
        assert_eq!(threads.len(), 1, "{wanted}");
        assert_eq!(threads[0]["name"], thread, "{wanted}");
    }
    let json = json(&path);
    let ids = |key: &str| -> Vec<&str> {
        let threads = json["threads"].as_array().unwrap();
        threads.iter().map(|thread| thread[key].as_str().unwrap_or_default()).collect()
    };
    assert_eq!(ids("tid_text"), ["Pool -1", "Pool -2", ""]);
    assert_eq!(ids("pid_text"), ["Renderer", "Renderer", ""]);
    let text = stdout(&[&"report", &path]);
    for line in ["page Renderer  loader Pool -1\n", "page Renderer  Pool -2\n"] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
}
