//! The program itself.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs the program, which `./test` has built, without a screen.
///
/// # Panics
///
/// When it is not built.
pub fn rview() -> Command {
    let test = std::env::current_exe().unwrap_or_else(|err| panic!("{err}"));
    // Tests are in the folder `deps` beside the program.
    let folder = test.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let rview = folder.join("rview");
    assert!(rview.exists(), "{} is not built; run ./test", rview.display());
    let mut command = Command::new(rview);
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    // Without it, a layer of Mesa's Vulkan drivers prints lines of its own.
    command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    command
}

/// Runs it.
///
/// # Panics
///
/// When it cannot be started.
pub fn run(args: &[&dyn AsRef<OsStr>]) -> Output {
    let args = args.iter().map(AsRef::as_ref);
    rview().args(args).output().unwrap_or_else(|err| panic!("{err}"))
}

/// What a run that must succeed prints.
///
/// # Panics
///
/// When it fails.
#[track_caller]
pub fn stdout(args: &[&dyn AsRef<OsStr>]) -> String {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {stderr}", output.status);
    assert_eq!(stderr, "", "nothing to complain of");
    String::from_utf8(output.stdout).unwrap_or_else(|err| panic!("{err}"))
}

/// The one line that a run that must fail prints.
///
/// # Panics
///
/// When it does not fail with this exit code.
#[track_caller]
pub fn failure(code: i32, args: &[&dyn AsRef<OsStr>]) -> String {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "nothing to go on with");
    stderr
}

/// The whole report of a file.
///
/// # Panics
///
/// When there is none.
pub fn json(path: &Path) -> Value {
    json_of(&["report", "--json", "--all"], path)
}

/// What a run prints as JSON, its file coming last.
///
/// # Panics
///
/// When it fails, or prints something else.
pub fn json_of(args: &[&str], path: &Path) -> Value {
    let mut all: Vec<&dyn AsRef<OsStr>> = Vec::new();
    for arg in args {
        all.push(arg);
    }
    all.push(&path);
    let text = stdout(&all);
    serde_json::from_str(&text).unwrap_or_else(|err| panic!("{err}: {text}"))
}
