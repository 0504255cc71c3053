//! The command line. The only place that prints.
#![expect(clippy::print_stderr, reason = "a command line prints")]

mod bench_frames;
mod check;
mod counted;
mod diff;
mod export;
mod labels;
mod render;
mod report;
mod shape;
mod sides;
mod span;

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use rview_core::escaped;
use rview_formats::symbols::Debuginfod;
use rview_formats::{Document, DropFrames, Input, Job, Options};

use crate::app::App;
use crate::command::{Command, Compare};
use crate::last_session::LastSession;
use crate::memory::Reading;
use crate::settings::{Settings, ThemeChoice};
use crate::state::View;

/// Opens performance profiles and traces: perf.data and the text of perf script, pprof, Chrome
/// trace JSON, .cpuprofile, .heapprofile, speedscope, Firefox, folded stacks; also in gzip, zstd
/// or zip. The content decides the format, never the name.
#[derive(Parser)]
#[command(name = "rview", version, args_conflicts_with_subcommands = true)]
struct Cli {
    /// Files to open, a tab each; `-` is standard input
    files: Vec<PathBuf>,
    /// Opens all files, and those in folders, as one recording, each with its file as a label
    #[arg(long)]
    merge: bool,
    /// Compares two files, A and B
    #[arg(long, conflicts_with_all = ["merge", "demo"])]
    diff: bool,
    /// Opens the recordings that come with the program
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    places: Places,
    #[arg(long, value_enum, help = "Light, dark, or as the system")]
    theme: Option<Theme>,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Prints what a file holds: totals, threads, top functions, what the import noted
    Report(report::Report),
    /// Compares two files: what each function weighs in both, and what changed
    Diff(diff::Diff),
    /// Checks recordings against performance budgets; exit code 1 if one is exceeded
    Check(Box<check::Check>),
    /// Writes a file in another format
    Export(export::Export),
    /// Draws a view into a PNG
    Render(render::Render),
    /// Measures how long frames take
    #[command(hide = true)]
    BenchFrames(bench_frames::BenchFrames),
}

/// Where names are looked for.
#[derive(Args, Clone)]
struct Places {
    /// Looks for binaries and debug files here first
    #[arg(long, value_name = "DIR")]
    symbols: Vec<PathBuf>,
    /// Looks for recorded paths in this copy of the recorded machine's file system
    #[arg(long, value_name = "DIR")]
    sysroot: Vec<PathBuf>,
    #[arg(
        long,
        help = "Asks the servers in DEBUGINFOD_URLS for debug files that are not found here"
    )]
    debuginfod: bool,
}

impl Places {
    /// The same for the window.
    fn commands(self) -> Vec<Command> {
        let mut commands = vec![Command::SetSymbolDirs(self.symbols, self.sysroot)];
        commands.extend(self.debuginfod.then_some(Command::UseDebuginfod));
        commands
    }
}

/// Which file a verb is about.
#[derive(Args)]
struct Subject {
    /// The files; `-` is standard input
    #[arg(required_unless_present = "demo", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Takes all files, and those in folders, as one recording, each with its file as a label
    #[arg(long)]
    merge: bool,
    /// Takes the recordings that come with the program
    #[arg(long, conflicts_with = "files")]
    demo: bool,
    #[command(flatten)]
    places: Places,
    /// Shows frames that the file asks to leave out (`drop_frames` of pprof)
    #[arg(long)]
    all_frames: bool,
}

/// Which names are looked up for a verb that computes.
#[derive(Args)]
struct Names {
    /// Leaves out lines of source and inlined functions: symbol tables only
    #[arg(long)]
    no_inlines: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Theme {
    Light,
    Dark,
    System,
}

/// Why a verb failed: the line to print, none where all is said, and the exit code.
struct Failure {
    line: String,
    code: u8,
}

/// The exit code of wrong use.
const WRONG_USE: u8 = 2;
/// The exit code of input that cannot be read, and of output that cannot be written.
const CANNOT_READ: u8 = 3;

impl Failure {
    fn new(code: u8, line: impl Into<String>) -> Self {
        Self { line: line.into(), code }
    }
}

/// Reads the arguments and does what they say.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.verb {
        Some(Verb::Report(report)) => report.run(),
        Some(Verb::Diff(diff)) => diff.run(),
        Some(Verb::Check(check)) => check.run(),
        Some(Verb::Export(export)) => export.run(),
        Some(Verb::Render(render)) => render.run(),
        Some(Verb::BenchFrames(bench)) => bench.run(),
        None => window(cli),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.line.is_empty() {
                eprintln!("rview: {}", failure.line);
            }
            ExitCode::from(failure.code)
        }
    }
}

fn window(cli: Cli) -> Result<(), Failure> {
    refuse_missing(&cli.files)?;
    let settings = Settings::load();
    let theme = cli.theme.map(|theme| match theme {
        Theme::Light => ThemeChoice::Light,
        Theme::Dark => ThemeChoice::Dark,
        Theme::System => ThemeChoice::System,
    });
    let sides = cli.diff.then(|| two_sides(&cli.files)).transpose()?;
    let inputs: Vec<Input> = if cli.merge && !cli.files.is_empty() {
        vec![Input::Merged(cli.files)]
    } else {
        cli.files.into_iter().map(input_of).collect()
    };
    let mut commands = cli.places.commands();
    commands.extend(theme.map(Command::SetThemeOnce));
    if let Some(sides) = sides {
        commands.push(Command::Compare(Compare::Inputs(sides)));
    } else if !inputs.is_empty() {
        commands.push(Command::Open(inputs));
    }
    if cli.demo {
        commands.push(Command::OpenDemo);
    }
    let keeping = |mut app: App| {
        if let Some(path) = LastSession::place() {
            app.keep_session_in(path);
        }
        app
    };
    crate::window::run(settings, commands, keeping).map_err(|line| Failure::new(CANNOT_READ, line))
}

/// Says so in the terminal when there is nothing to open: a window that tells the same would
/// hide that a verb was misspelled.
fn refuse_missing(files: &[PathBuf]) -> Result<(), Failure> {
    let is_missing = |file: &&PathBuf| file.as_os_str() != "-" && !file.exists();
    match files.iter().find(is_missing) {
        Some(file) if files.iter().all(|file| is_missing(&file)) => Err(Failure::new(
            CANNOT_READ,
            format!(
                "{}: there is no such file; `rview --help` lists what else can be asked for",
                file.display()
            ),
        )),
        _ => Ok(()),
    }
}

/// The two files of a comparison.
fn two_sides(files: &[PathBuf]) -> Result<[Input; 2], Failure> {
    let [a, b] = files else {
        let line = format!("--diff compares two files, A and B, not {}", files.len());
        return Err(Failure::new(WRONG_USE, line));
    };
    if a.as_os_str() == "-" && b.as_os_str() == "-" {
        let line = "standard input is one recording; name a file for the other";
        return Err(Failure::new(WRONG_USE, line));
    }
    Ok([a, b].map(|path| input_of(path.clone())))
}

fn input_of(path: PathBuf) -> Input {
    if path.as_os_str() == "-" { Input::Stdin } else { Input::Path(path) }
}

/// Refuses to write over what is read.
fn refuse_as_output<'a>(
    output: &Path,
    files: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(), Failure> {
    let same = |file: &PathBuf| {
        output.canonicalize().is_ok_and(|out| file.canonicalize().is_ok_and(|file| file == out))
    };
    if files.into_iter().any(same) {
        let line = format!("{}: is what is read; name another file to write", output.display());
        return Err(Failure::new(WRONG_USE, line));
    }
    Ok(())
}

impl Subject {
    fn inputs(&self) -> Vec<Input> {
        match &self.files[..] {
            [] => crate::demo::inputs(),
            files if self.merge => vec![Input::Merged(files.to_vec())],
            files => files.iter().cloned().map(input_of).collect(),
        }
    }

    /// Refuses to write over what is read.
    fn refuse_as_output(&self, output: &Path) -> Result<(), Failure> {
        refuse_as_output(output, &self.files)
    }

    /// Opens one input, or says in one line why not.
    fn open(&self, input: &Input) -> Result<Document, Failure> {
        if let Some(reading) = Reading::of(input) {
            reading.until_the_end();
        }
        let job = Job::new(self.options(input));
        rview_formats::open(input, &job).map_err(|err| {
            let name = input.path().map_or_else(|| input.name(), |path| path.display().to_string());
            Failure::new(CANNOT_READ, format!("{name}: {err}"))
        })
    }

    /// The same with all names that are wanted.
    fn open_with(&self, input: &Input, names: &Names) -> Result<Document, Failure> {
        let document = self.open(input)?;
        if names.no_inlines || document.modules.is_empty() {
            return Ok(document);
        }
        let job = Job::new(self.options(input));
        document
            .symbolize(&job)
            .map_err(|err| Failure::new(CANNOT_READ, format!("{}: {err}", input.name())))
    }

    fn options(&self, input: &Input) -> Options {
        let mut options = crate::demo::options_for(input);
        options.symbol_dirs.clone_from(&self.places.symbols);
        let settings = Settings::load();
        options.symbol_dirs.extend(settings.symbol_dirs);
        if self.places.debuginfod || settings.debuginfod {
            options.debuginfod = Debuginfod::from_environment();
        }
        options.sysroots.clone_from(&self.places.sysroot);
        if self.all_frames {
            options.drop_frames = DropFrames::Shown;
        }
        options
    }
}

/// Writes to standard output. A reader that has seen enough, such as `head`, is no failure.
/// Prints lines of text. Names are from files: a terminal does not obey them.
fn print(text: &str) -> Result<(), Failure> {
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(escaped).collect();
    print_bytes(lines.join("\n").as_bytes())
}

fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    match io::stdout().write_all(bytes) {
        Err(err) if err.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(CANNOT_READ, format!("standard output: {err}")))
        }
        _ => Ok(()),
    }
}

impl ValueEnum for View {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.name()))
    }
}
