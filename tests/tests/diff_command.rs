//! `rview diff`: recordings in, tables and JSON out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::fs;

use rview_tests::rview;
use serde_json::Value;

/// What a run in a folder with these files prints, and its exit code.
fn run(files: &[(&str, &str)], args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text.trim_start()).unwrap();
    }
    let output = rview().current_dir(folder.path()).arg("diff").args(args).output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    format!("{text}exit code {}\n", output.status.code().unwrap())
}

/// The same as JSON.
fn json(files: &[(&str, &str)], args: &[&str]) -> Value {
    let text = run(files, &[args, &["--json"]].concat());
    let json = text.strip_suffix("exit code 0\n").unwrap_or_else(|| panic!("{text}"));
    serde_json::from_str(json).unwrap()
}

/// `scan` is what `parse` was, `operator==` what `equals` was.
const RENAMED: [(&str, &str); 2] = [
    ("a.folded", "main;parse;token 600\nmain;equals 100\nmain;wash 200\n"),
    ("b.folded", "main;scan;token 580\nmain;operator== 99\nmain;wash 200\n"),
];

/// The functions of a summary, with their states.
fn states(summary: &Value) -> Vec<String> {
    let functions = summary["functions"].as_array().unwrap().iter();
    let mut states: Vec<String> = functions
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", text("name"), text("state"), text("matched")).trim().to_owned()
        })
        .collect();
    states.sort();
    states
}

#[test]
fn renamed_functions_are_proposed_and_are_one_only_if_somebody_says_so() {
    let files = ["a.folded", "b.folded"];
    insta::assert_snapshot!("renames", run(&RENAMED, &files));
    let summary = json(&RENAMED, &files);
    let proposal = &summary["proposals"][0];
    assert_eq!((&proposal["a"]["name"], &proposal["b"]["name"]), (&"parse".into(), &"scan".into()));
    assert_eq!(proposal["callees"], 1.0);
    assert!(states(&summary).contains(&"scan new".to_owned()), "{:?}", states(&summary));

    let renames = ["--rename", "parse=scan", "--rename", "equals=operator=="];
    let summary = json(&RENAMED, &[&files[..], &renames].concat());
    let expected = [
        "main both exact",
        "operator== both renamed",
        "scan both renamed",
        "token both exact",
        "wash both exact",
    ];
    assert_eq!(states(&summary), expected);
    assert_eq!(summary["proposals"], Value::Array(Vec::new()));

    let toml = "[[rename]]\nfrom = \"parse\"\nto = \"scan\"\n";
    let with_file = [RENAMED[0], RENAMED[1], ("rview.toml", toml)];
    assert!(states(&json(&with_file, &files)).contains(&"scan both renamed".to_owned()));
}

#[test]
fn a_rename_of_what_is_not_there_is_said() {
    let said = |rename: &str| {
        run(&RENAMED, &["a.folded", "b.folded", "--rename", rename])
            .lines()
            .collect::<Vec<_>>()
            .join("; ")
    };
    assert_eq!(
        said("parse=skan"),
        "rview: --rename parse=skan: nothing in B is called skan; exit code 2"
    );
    assert_eq!(
        said("pars=scan"),
        "rview: --rename pars=scan: nothing in A is called pars; exit code 2"
    );
    assert_eq!(
        said("parse"),
        "rview: --rename parse: write it as OLD=NEW, the names of one function in A and in B; exit \
         code 2"
    );
}

#[test]
fn weights_are_divided_by_what_is_asked_for_and_that_is_spelled_out() {
    let files = ["a.folded", "b.folded"];
    let mut all = String::new();
    for mode in ["per-function=wash", "per-sample", "per-function=parse", "per-label=x", "shares"] {
        let text = run(&RENAMED, &[&files[..], &["--mode", mode]].concat());
        let is_told = |line: &&str| {
            ["Functions by", "token", "rview:", "error:"].iter().any(|it| line.contains(it))
        };
        let lines: Vec<&str> = text.lines().filter(is_told).collect();
        all.extend([mode, "\n", &lines.join("\n"), "\n\n"]);
    }
    insta::assert_snapshot!("modes", all.trim_end());
    let summary = json(&RENAMED, &[&files[..], &["--mode", "per-function=wash"]].concat());
    assert_eq!((&summary["mode"], &summary["mode_of"]), (&"per-function".into(), &"wash".into()));
    assert_eq!(summary["a"]["divided_by"][0], 200.0);
    let renamed = ["--mode", "per-function=parse", "--rename", "parse=scan"];
    let summary = json(&RENAMED, &[&files[..], &renamed].concat());
    assert_eq!(
        (&summary["a"]["divided_by"][0], &summary["b"]["divided_by"][0]),
        (&600.0.into(), &580.0.into())
    );
}

/// Slices of a name and an argument, each of so many microseconds.
fn trace(slices: &[(&str, u32)]) -> String {
    let slice = |(at, (file, duration)): (usize, &(&str, u32))| {
        let start = at * 1000;
        format!(
            r#"{{"ph":"X","pid":1,"tid":1,"ts":{start},"dur":{duration},"name":"load","args":{{"file":"{file}"}}}}"#
        )
    };
    format!("[{}]", slices.iter().enumerate().map(slice).collect::<Vec<_>>().join(","))
}

#[test]
fn slices_of_a_name_are_compared_one_by_one() {
    let a = trace(&[("a", 400), ("b", 500), ("c", 300)]);
    let b = trace(&[("x", 50), ("a", 410), ("b", 900)]);
    let files = [("a.json", &*a), ("b.json", &*b)];
    let sides = ["a.json", "b.json", "--slice", "load"];
    let itself = run(&files, &["a.json", "a.json", "--slice", "load"]);
    let missing = run(&files, &["a.json", "b.json", "--slice", "save"]);
    let text = run(&files, &sides);
    insta::assert_snapshot!("slices", format!("{text}\n{itself}\n{missing}"));
    let summary = json(&files, &sides);
    assert_eq!(summary["matched_by"], "arguments");
    let counts = ["both", "new", "gone"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 1]);
    let instances = summary["instances"].as_array().unwrap();
    let change: i64 = instances.iter().map(|it| it["change_ns"].as_i64().unwrap()).sum();
    let total = |side: &str| summary[side]["total_ns"].as_i64().unwrap();
    assert_eq!(change, total("b") - total("a"), "changes add up");
}
