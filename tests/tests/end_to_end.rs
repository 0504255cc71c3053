//! The program as people use it: the real window on an X server that nobody sees, driven by keys
//! and by another program's drag and drop, read as a screen reader reads it.
//!
//! `RVIEW_SKIP_E2E=1` leaves these tests out. `./test` installs what they need and builds the
//! program first.

use std::fmt::Debug;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rview_tests::fixtures_dir;
use tempfile::TempDir;

/// A window drawn in software on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the tests start besides the program itself.
const TOOLS: [&str; 6] =
    ["Xvfb", "xdotool", "import", "convert", "dbus-daemon", "/usr/bin/python3"];

/// A desktop that nobody sees: an X server, a bus with accessibility, a home of its own.
struct Desktop {
    folder: TempDir,
    display: String,
    bus: String,
    /// Ended in this order.
    processes: Vec<Child>,
}

/// The program on a desktop.
struct Program<'a> {
    desktop: &'a Desktop,
    child: Child,
    window: String,
}

/// Whether these tests are left out, or else a desktop.
fn desktop() -> Option<Desktop> {
    if std::env::var_os("RVIEW_SKIP_E2E").is_some() {
        return None;
    }
    for tool in TOOLS {
        let is_there = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .any(|folder| folder.join(tool).exists());
        assert!(is_there, "{tool} is lacking; ./test installs what the tests need");
    }
    Some(Desktop::new())
}

/// The program, which `./test` has built.
fn rview() -> PathBuf {
    let test = std::env::current_exe().unwrap_or_else(|err| panic!("{err}"));
    // Tests are in the folder `deps` beside the program.
    let folder = test.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let rview = folder.join("rview");
    assert!(rview.exists(), "{} is not built; run ./test", rview.display());
    rview
}

#[track_caller]
fn ok<T, E: Debug>(result: Result<T, E>, what: &str) -> T {
    result.unwrap_or_else(|err| panic!("{what}: {err:?}"))
}

/// Asks again and again until there is an answer.
#[track_caller]
fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("no {what} in {PATIENCE:?}");
}

/// Starts a program and reads the first line that it prints.
fn start(command: &mut Command) -> (Child, String) {
    let mut child = ok(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn(), "start");
    let mut line = String::new();
    let stdout = child.stdout.take().map(BufReader::new);
    ok(stdout.map(|mut stdout| stdout.read_line(&mut line)).transpose(), "read");
    (child, line.trim().to_owned())
}

impl Desktop {
    fn new() -> Self {
        let folder = ok(tempfile::tempdir(), "folder");
        for name in ["home", "run", "bin", "services"] {
            ok(fs::create_dir(folder.path().join(name)), name);
        }
        ok(
            fs::set_permissions(folder.path().join("run"), fs::Permissions::from_mode(0o700)),
            "permissions",
        );
        // A bus with nothing but accessibility: no service of this machine, such as a portal
        // with a file dialog, can come between.
        let service = "org.a11y.Bus.service";
        ok(
            fs::copy(
                Path::new("/usr/share/dbus-1/services").join(service),
                folder.path().join("services").join(service),
            ),
            "at-spi2-core is lacking; ./test installs what the tests need",
        );
        let config = folder.path().join("bus.conf");
        let at = folder.path().display();
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={at}</listen>\
             <servicedir>{at}/services</servicedir><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
             <allow own=\"*\"/></policy></busconfig>"
        );
        ok(fs::write(&config, text), "bus.conf");
        let (bus_daemon, bus) = start(
            Command::new("dbus-daemon")
                .arg(format!("--config-file={}", config.display()))
                .args(["--print-address", "--nofork"])
                .env("GSETTINGS_BACKEND", "memory")
                .env("XDG_RUNTIME_DIR", folder.path().join("run")),
        );
        let (server, number) = start(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x800x24",
            "-nolisten",
            "tcp",
        ]));
        assert!(!number.is_empty(), "Xvfb does not start");
        Self { folder, display: format!(":{number}"), bus, processes: vec![server, bus_daemon] }
    }

    /// A file in the folder of this desktop.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        ok(fs::write(&path, content), name);
        path
    }

    /// A command on this desktop and no other.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("home/.config"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("AT_SPI_BUS_ADDRESS");
        command
    }

    fn output(&self, program: &str, args: &[&str]) -> Output {
        ok(self.command(program).args(args).output(), program)
    }

    /// What a tool prints; fails when the tool does.
    #[track_caller]
    fn text(&self, program: &str, args: &[&str]) -> String {
        let output = self.output(program, args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {args:?}: {stderr}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs one of the scripts of `tests/e2e`.
    fn script(&self, name: &str, args: &[&str]) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e").join(name);
        let script = script.display().to_string();
        self.text("/usr/bin/python3", &[&[script.as_str()], args].concat())
    }

    /// Starts the program and waits for its window.
    fn run(&self, args: &[&Path]) -> Program<'_> {
        let mut command = self.command(rview());
        let stderr = ok(fs::File::create(self.path("stderr")), "stderr");
        let child = ok(command.args(args).stderr(stderr).spawn(), "rview");
        let mut program = Program { desktop: self, child, window: String::new() };
        program.window = wait_for("window", || {
            if let Ok(Some(status)) = program.child.try_wait() {
                let stderr = fs::read_to_string(self.path("stderr")).unwrap_or_default();
                panic!("rview ended: {status}: {stderr}");
            }
            let found = self.output("xdotool", &["search", "--onlyvisible", "--class", "rview"]);
            let found = String::from_utf8_lossy(&found.stdout).into_owned();
            found.lines().last().map(ToOwned::to_owned)
        });
        self.text("xdotool", &["windowfocus", &program.window]);
        program
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for process in &mut self.processes {
            end(process);
        }
    }
}

/// Ends a process, however far it is.
fn end(process: &mut Child) {
    let _: std::io::Result<()> = process.kill();
    let _: std::io::Result<ExitStatus> = process.wait();
}

impl Program<'_> {
    /// What a screen reader finds in the window, a line each.
    fn accessible(&self) -> String {
        self.desktop.script("accessible.py", &["rview"])
    }

    /// Waits until a screen reader finds a text.
    #[track_caller]
    fn wait_for_text(&self, text: &str) {
        let mut last = String::new();
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            last = self.accessible();
            if last.contains(text) {
                return;
            }
        }
        panic!("{text:?} is not in:\n{last}");
    }

    fn key(&self, key: &str) {
        self.desktop.text("xdotool", &["key", "--clearmodifiers", key]);
    }

    /// How many colors a part of the screen has, given as `WxH+X+Y`.
    fn n_colors(&self, part: &str) -> u32 {
        let picture = self.desktop.path("screen.png").display().to_string();
        self.desktop.text("import", &["-silent", "-window", "root", &picture]);
        let args = [&picture, "-crop", part, "+repage", "-format", "%k", "info:"];
        ok(self.desktop.text("convert", &args).parse(), "colors")
    }

    /// Waits for the end of the program; gives its exit code.
    fn exit_code(&mut self) -> Option<i32> {
        wait_for("end of rview", || self.child.try_wait().ok().flatten()).code()
    }

    /// Processor time that the program has used, in ticks of the kernel's clock.
    fn ticks(&self) -> u64 {
        let stat = ok(fs::read_to_string(format!("/proc/{}/stat", self.child.id())), "stat");
        // The name of the program, in brackets, may hold anything.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
    }
}

impl Drop for Program<'_> {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// A part of the screen in which the flame graph is: below its tab, left of the details.
const CHART: &str = "900x300+10+110";

#[test]
fn a_file_given_as_argument_is_shown() {
    let Some(desktop) = desktop() else { return };
    let program = desktop.run(&[&fixtures_dir().join("folded/threads.folded")]);
    program.wait_for_text("287 of samples");
    let text = program.accessible();
    for wanted in
        ["page tab\tFile threads.folded", "canvas\tFlame graph", "entry\tSearch functions"]
    {
        assert!(text.contains(wanted), "{wanted:?} is not in:\n{text}");
    }
    let n_colors = program.n_colors(CHART);
    assert!(n_colors > 30, "{n_colors} colors in the chart");
}

#[test]
fn files_dropped_by_another_program_open() {
    let Some(desktop) = desktop() else { return };
    let program = desktop.run(&[]);
    program.wait_for_text("Drop a profile or trace here");
    let n_colors = program.n_colors(CHART);
    // Names that a list of addresses has to write in another way.
    let names = ["zwölf stacks.folded", "100 %.folded"];
    let paths = names.map(|name| desktop.write(name, "main;bake 5\nmain;wash 7\n"));
    let paths = paths.map(|path| path.display().to_string());
    desktop.script("xdnd.py", &[&program.window, &paths[0], &paths[1]]);
    for name in names {
        program.wait_for_text(&format!("page tab\tFile {name}"));
    }
    program.wait_for_text("12 of samples");
    assert_ne!(program.n_colors(CHART), n_colors);
}

#[test]
fn a_file_chosen_in_the_dialog_opens() {
    let Some(desktop) = desktop() else { return };
    let chosen = desktop.write("chosen.folded", "main;bake 5\n");
    // Without a portal on the bus, the dialog is that of the program zenity.
    let zenity = desktop.write("bin/zenity", &format!("#!/bin/sh\necho '{}'\n", chosen.display()));
    ok(fs::set_permissions(&zenity, fs::Permissions::from_mode(0o755)), "zenity");
    let program = desktop.run(&[&fixtures_dir().join("folded/threads.folded")]);
    program.wait_for_text("287 of samples");
    program.key("ctrl+o");
    program.wait_for_text("page tab\tFile chosen.folded");
    program.wait_for_text("5 of samples");
}

#[test]
fn a_broken_file_leaves_the_others_open() {
    let Some(desktop) = desktop() else { return };
    let broken = desktop.write("broken.folded", "\u{1}\u{2}\u{3} nothing that anybody knows");
    let program = desktop.run(&[&fixtures_dir().join("folded/threads.folded"), &broken]);
    program.wait_for_text("broken.folded cannot be opened");
    program.key("ctrl+w");
    program.wait_for_text("287 of samples");
}

#[test]
fn ctrl_q_ends_the_program_without_an_error() {
    let Some(desktop) = desktop() else { return };
    let mut program = desktop.run(&[&fixtures_dir().join("folded/threads.folded")]);
    program.wait_for_text("287 of samples");
    program.key("ctrl+q");
    assert_eq!(program.exit_code(), Some(0));
    let settings = desktop.path("home/.config/rview/settings.json");
    let settings = ok(fs::read_to_string(settings), "settings");
    assert!(settings.contains("threads.folded"), "it is a recent file: {settings}");
}

#[test]
fn the_button_of_the_window_manager_ends_the_program_without_an_error() {
    let Some(desktop) = desktop() else { return };
    let mut program = desktop.run(&[]);
    program.wait_for_text("Drop a profile or trace here");
    desktop.script("close.py", &[&program.window]);
    assert_eq!(program.exit_code(), Some(0));
}

#[test]
fn a_still_window_does_no_work() {
    let Some(desktop) = desktop() else { return };
    let program = desktop.run(&[&fixtures_dir().join("chrome-trace/viztracer.json")]);
    // A screen reader would be work: the picture tells that the file is shown.
    wait_for("picture", || (program.n_colors(CHART) > 30).then_some(()));
    std::thread::sleep(Duration::from_secs(2));
    let seconds = std::env::var("RVIEW_IDLE_SECONDS").ok().and_then(|text| text.parse().ok());
    let before = program.ticks();
    std::thread::sleep(Duration::from_secs(seconds.unwrap_or(5)));
    let ticks = program.ticks() - before;
    assert!(ticks <= 5, "{ticks} ticks of 10 ms while nothing happened");
}

#[test]
fn without_a_display_it_says_in_one_line_what_to_do() {
    let output = Command::new(rview())
        .arg(fixtures_dir().join("folded/threads.folded"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output();
    let output = ok(output, "rview");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("rview: cannot open a window"), "{stderr}");
    assert!(stderr.contains("rview report"), "{stderr}");
}
