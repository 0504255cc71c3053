//! `rview check`: recordings and budgets in, tables and exit codes out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::fs;

use rview_tests::{fixtures_dir, rview};
use serde_json::Value;
use tempfile::TempDir;

const BASE: &str = "
main;parse 100
main;parse_args 20
main;render 50
main;old 20
";

const NEW: &str = "
main;parse 150
main;parse_args 20
main;render 55
main;new 20
";

/// What a run in a folder with these files prints, and its exit code.
fn run(files: &[(&str, &str)], args: &[&str]) -> String {
    run_in(&tempfile::tempdir().unwrap(), files, args)
}

fn run_in(folder: &TempDir, files: &[(&str, &str)], args: &[&str]) -> String {
    for (name, text) in files {
        fs::write(folder.path().join(name), text.trim_start()).unwrap();
    }
    let output = rview().current_dir(folder.path()).arg("check").args(args).output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    format!("{text}exit code {}\n", output.status.code().unwrap())
}

const SIDES: [(&str, &str); 2] = [("base.folded", BASE), ("new.folded", NEW)];

/// A budget that comes out in every way there is.
const ALL: [&str; 13] = [
    "new.folded",
    "--base=base.folded",
    "--fail-if=total(parse*) > +5%",
    "--fail-if=self(render) > +5%",
    "--fail-if=total(new) > +5%",
    "--fail-if=total(paint|draw) > +5%",
    "--fail-if=total > +100%",
    "--require=self(render) <= +5%",
    "--require=self(old) < 5%",
    "--require=self(/^parse/ -parse_args) <= 150",
    "--require=self(parse OR render OR new OR parse_args) < 80%",
    "--require=total(main) <= +29%",
    "--require=total(main) < +20%",
];

#[test]
fn a_table_tells_how_each_budget_came_out() {
    insta::assert_snapshot!("table", run(&SIDES, &ALL));
}

#[test]
fn a_comment_on_a_pull_request_is_a_table_of_markdown() {
    insta::assert_snapshot!("markdown", run(&SIDES, &[&ALL[..], &["--markdown"]].concat()));
    let one = ["new.folded", "--require=total(parse*) < 70%", "--markdown"];
    insta::assert_snapshot!("markdown-of-one", run(&SIDES, &one));
}

#[test]
fn a_comment_shows_the_picture_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["new.folded", "--base=base.folded", "--fail-if=total > +900%"];
    let with = ["--picture=what changed.png", "--markdown"];
    let text = run_in(&folder, &SIDES, &[&args[..], &with].concat());
    assert!(text.contains("![Differential flame graph](<what changed.png>)"), "{text}");
    let picture = fs::read(folder.path().join("what changed.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 10_000);
    let text = run_in(&folder, &SIDES, &[&args[..], &["--picture=a.jpg"]].concat());
    assert!(text.contains("pictures are written as PNG: --picture a.png"), "{text}");
}

#[test]
fn budgets_follow_functions_that_are_renamed_in_a_file() {
    let rename = "[[rename]]\nfrom = \"old\"\nto = \"new\"\n\n\
                  [[budget]]\nfail-if = \"self(new) > +5%\"\n";
    let files = [SIDES[0], SIDES[1], ("rview.toml", rename)];
    let text = run(&files, &["--base=base.folded", "new.folded"]);
    assert!(text.contains("kept") && text.ends_with("exit code 0\n"), "{text}");
    let args = ["--base=base.folded", "new.folded", "--require=self(old) < 5%"];
    let text = run(&files, &args);
    assert!(text.contains("FAILED") && text.ends_with("exit code 1\n"), "{text}");
}

#[test]
fn servers_are_told_in_xml() {
    insta::assert_snapshot!("junit", run(&SIDES, &[&ALL[..], &["--junit"]].concat()));
}

#[test]
fn programs_are_told_in_json() {
    insta::assert_snapshot!("json", run(&SIDES, &[&ALL[..6], &["--json"]].concat()));
}

#[test]
fn files_are_written_beside_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = ["--json=a.json", "--markdown=a.md", "--junit=a.xml"];
    let text = run_in(&folder, &SIDES, &[&ALL[..3], &outputs].concat());
    assert!(text.contains("1 of 1 budget failed") && text.ends_with("exit code 1\n"), "{text}");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let json: Value = serde_json::from_str(&read("a.json")).unwrap();
    assert_eq!(json["budgets"][0]["percent"], 5000.0 / 120.0);
    assert!(read("a.md").starts_with("### Performance: 1 of 1 budget failed"));
    assert!(read("a.xml").contains("failures=\"1\""));
    let text = run(&SIDES, &[&ALL[..3], &["--json=no/such/folder.json"]].concat());
    assert!(text.contains("cannot be written") && text.ends_with("exit code 3\n"), "{text}");
}

/// A file of budgets as it may be.
const BUDGETS: &str = r#"
mode = "share"

[[budget]]
name = "parser"
fail-if = "total(parse*) > +5%"

[[budget]]
require = "self(render) < 16k"

[[budget]]
fail-if = "total(paint) > 5%"
allow-missing = true
"#;

#[test]
fn budgets_are_read_from_a_file() {
    let files = [SIDES[0], SIDES[1], ("rview.toml", BUDGETS)];
    insta::assert_snapshot!("toml", run(&files, &["new.folded", "--base=base.folded"]));
    let given = run(&files, &["new.folded", "--require=total > 1"]);
    assert!(given.contains("1 budget kept"), "the command line stands for itself: {given}");
    let both = ["new.folded", "--base=base.folded", "--require=total > 1", "--budgets=rview.toml"];
    assert!(run(&files, &both).contains("4 budgets kept"));
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let mut all = String::new();
    let check = |args: &[&str]| format!("check {}\n{}\n", args.join(" "), run(&SIDES, args));
    for args in [
        &[][..],
        &["new.folded"],
        &["new.folded", "--require=total(parse*) > 5 apples"],
        &["new.folded", "--require=total(parse*) < 16ms"],
        &["new.folded", "--fail-if=total(parse*) > +5%"],
        &["new.folded", "--fail-if=p99(render) > 5ms"],
        &["new.folded", "--fail-if=total(/a[/) > 5"],
        &["new.folded", "--fail-if=self((*) > 5"],
        &["new.folded", "--fail-if=total(a) > 5", "--value=cpu"],
        &["new.folded", "--require=total > 5", "--budgets=missing.toml"],
        &["missing.folded", "--require=total > 5"],
        &["new.folded", "--base=base.folded", "--fail-if=total > +5", "--mode=share"],
        &["new.folded", "--base=base.folded", "--fail-if=total > +5", "--mode=per-second"],
    ] {
        all.push_str(&check(args));
    }
    for budgets in [
        "[[budget]]\nrequire = \"total\"",
        "[[budget]]\nname = \"a\"",
        "[[budget]]\nfail = \"total > 5\"",
        "mode = \"shares\"",
        "[[budget\n",
    ] {
        let text = run(&[SIDES[1], ("rview.toml", budgets)], &["new.folded"]);
        all.extend([budgets, "\n", &text, "\n"]);
    }
    insta::assert_snapshot!("errors", all);
}

/// Ten slices of 1 to 10 ms, each so many times as long.
fn frames(factor: u32) -> String {
    let frame = |i: u32| {
        let (start, duration) = (i * 100_000, i * 1000 * factor);
        format!(r#"{{"ph":"X","pid":1,"tid":1,"ts":{start},"dur":{duration},"name":"frame"}}"#)
    };
    let frames: Vec<String> = (1..=10).map(frame).collect();
    format!("[{}]", frames.join(","))
}

#[test]
fn slices_have_budgets_for_their_percentiles() {
    let (one, two) = (frames(1), frames(2));
    let files = [("one.json", &*one), ("two.json", &*two)];
    let budgets = [
        "two.json",
        "--base=one.json",
        "--require=p50(slice:frame) <= 10ms",
        "--require=p99(slice:frame) < 16ms",
        "--require=max(slice:fr*) <= +100%",
        "--require=count(slice:frame duration>=16ms) <= 2",
        "--require=mean(slice:frame) < +5ms",
        "--fail-if=total(frame) > +100ms",
        "--fail-if=min(slice:fame) > 1s",
    ];
    insta::assert_snapshot!("slices", run(&files, &budgets));
}

#[test]
fn slices_have_budgets_by_their_arguments() {
    let slice = |at: u32, page: &str, us: u32| {
        let start = at * 100_000;
        format!(
            r#"{{"ph":"X","pid":1,"tid":1,"ts":{start},"dur":{us},"name":"load","args":{{"page":"{page}"}}}}"#
        )
    };
    let trace = |slow: u32| {
        let slices = [slice(0, "home", 5000), slice(1, "cart", slow), slice(2, "cart", 1000)];
        format!("[{}]", slices.join(","))
    };
    let (base, new) = (trace(3000), trace(9000));
    let stacks = r#"{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[{"name":"load"}]},"profiles":[{"type":"evented","name":"T","unit":"milliseconds","startValue":0,"endValue":5,"events":[{"type":"O","frame":0,"at":0},{"type":"C","frame":0,"at":5}]}]}"#;
    let files = [("base.json", &*base), ("new.json", &*new), ("stacks.json", stacks)];
    let mut all = String::new();
    for budget in [
        "max(slice:load arg.page=cart) < 5ms",
        "max(slice:load -arg.page=cart) < +5ms",
        "count(slice:load arg.page duration>2ms) <= 2",
        "total(slice:load arg.page=attic) < 5ms",
    ] {
        let budget = format!("--require={budget}");
        all.push_str(&run(&files, &["new.json", "--base=base.json", &budget]));
        all.push('\n');
    }
    all.push_str(&run(&files, &["stacks.json", "--require=max(slice:load arg.page=cart) < 5ms"]));
    insta::assert_snapshot!("arguments", all);
}

#[test]
fn several_recordings_tell_how_they_vary() {
    let sides = [[100, 160, 130], [120, 190, 140], [400, 410, 405], [500, 520, 510]];
    let mut files = Vec::new();
    for (side, runs) in ["a", "b", "c", "d"].iter().zip(sides) {
        for (run, n) in runs.into_iter().enumerate() {
            files.push((format!("{side}{run}.folded"), format!("main;work {n}\nmain;rest 50\n")));
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let check = |args: &[&str]| run(&files, &[args, &["--fail-if=self(work) > +5%"]].concat());
    let vague = ["--base", "a0.folded", "a1.folded", "a2.folded"];
    let vague = check(&[&vague[..], &["--new", "b0.folded", "b1.folded", "b2.folded"]].concat());
    let sure = ["--base", "c0.folded", "c1.folded", "c2.folded"];
    let sure = check(&[&sure[..], &["--new", "d0.folded", "d1.folded", "d2.folded"]].concat());
    insta::assert_snapshot!("several", format!("{vague}\n{sure}"));
    let counted = ["--base", "a0.folded", "a1.folded", "--new", "b1.folded", "--ignore-chance"];
    assert!(check(&counted).contains("1 of 1 budget failed"));
}

/// The commands of the documentation with what it says that they print.
fn documented() -> Vec<(String, String)> {
    let docs = fixtures_dir().join("../../docs/comparing.md");
    let docs = fs::read_to_string(docs).unwrap();
    let blocks = docs.split("```console\n$ ").skip(1);
    blocks
        .map(|block| {
            let block = block.split("```").next().unwrap();
            let (command, output) = block.split_once('\n').unwrap();
            (command.to_owned(), output.to_owned())
        })
        .collect()
}

#[test]
#[cfg(unix)]
fn the_documentation_shows_what_the_program_prints() {
    let documented = documented();
    assert!(documented.len() >= 4);
    for (command, expected) in documented {
        let program = rview().get_program().to_owned();
        let command = command.replacen("rview", &program.to_string_lossy(), 1);
        let output = std::process::Command::new("sh")
            .args(["-c", &command])
            .current_dir(fixtures_dir().join("perf-script/mill"))
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let line = |line: &str| line.trim_end().to_owned();
        let lines = |text: &str| text.lines().map(line).collect::<Vec<_>>();
        assert_eq!(lines(&printed), lines(&expected), "{command}");
    }
}
