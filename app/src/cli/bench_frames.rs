//! `rview bench-frames`: opens a file in the real window, replays a zoom and pan over it, and
//! prints how long frames took. For whoever changes what a frame does.

use std::fmt::Write as _;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use clap::Args;
use egui::{Context, Ui};

use super::{CANNOT_READ, Failure, Subject, print};
use crate::app::App;
use crate::command::{Command, Commands};
use crate::settings::Settings;
use crate::state::{Content, View};

/// `rview bench-frames`
#[derive(Args)]
pub(super) struct BenchFrames {
    #[command(flatten)]
    subject: Subject,
}

/// What the window does in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It shows the progress of the reading.
    Loading,
    /// It zooms and pans the timeline and the flame chart.
    Time,
    /// It zooms and pans the flame graph.
    Weight,
}

/// How long a frame took.
#[derive(Clone, Copy)]
struct Frame {
    phase: Phase,
    /// What rview itself computed: replies, commands, views.
    cpu: Duration,
    /// From the start of the frame before to the start of this one.
    interval: Duration,
}

impl BenchFrames {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut commands = self.subject.places.clone().commands();
        commands.push(Command::Open(self.subject.inputs()));
        let (sender, receiver) = sync_channel(1);
        let bench = |app| Bench::new(app, sender);
        crate::window::run(Settings::default(), commands, bench)
            .map_err(|line| Failure::new(CANNOT_READ, line))?;
        match receiver.try_recv() {
            Ok(frames) => print(&table(&frames)),
            Err(_) => Err(Failure::new(CANNOT_READ, "the window was closed before the end")),
        }
    }
}

/// Frames of each movement: in, along, out.
const STEPS: usize = 80;

struct Bench {
    app: App,
    sender: SyncSender<Vec<Frame>>,
    frames: Vec<Frame>,
    phase: Phase,
    step: usize,
    last: Instant,
    cpu: Duration,
}

impl Bench {
    fn new(app: App, sender: SyncSender<Vec<Frame>>) -> Self {
        Self {
            app: app.offscreen(),
            sender,
            frames: Vec::new(),
            phase: Phase::Loading,
            step: 0,
            last: Instant::now(),
            cpu: Duration::ZERO,
        }
    }

    /// What the user does next; `None` at the end.
    fn next(&mut self) -> Option<Commands> {
        let state = &self.app.state;
        if state.tabs.iter().any(|tab| matches!(tab.content, Content::Failed(_))) {
            return None;
        }
        let is_ready = state
            .session()
            .is_some_and(|session| session.trees.is_some() && session.preview.is_none());
        if self.phase == Phase::Loading {
            if !is_ready {
                return Some(Commands::new());
            }
            self.phase = Phase::Time;
            return Some(vec![Command::ShowView(View::FlameChart), Command::FocusTime]);
        }
        self.step += 1;
        let movement = match self.step {
            step if step <= STEPS => Command::Zoom(1.08),
            step if step <= 2 * STEPS => Command::Pan(0.02),
            step if step <= 3 * STEPS => Command::Zoom(1.0 / 1.08),
            _ if self.phase == Phase::Time => {
                (self.phase, self.step) = (Phase::Weight, 0);
                return Some(vec![Command::ResetZoom, Command::ShowView(View::FlameGraph)]);
            }
            _ => return None,
        };
        Some(vec![movement])
    }
}

impl eframe::App for Bench {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        let start = Instant::now();
        let interval = start.duration_since(self.last);
        self.frames.push(Frame { phase: self.phase, cpu: self.cpu, interval });
        self.last = start;
        self.app.logic(ctx, frame);
        if let Some(commands) = self.next() {
            self.app.apply(commands, ctx);
        } else {
            // Whoever waits for them may be gone.
            let _: Option<()> = self.sender.try_send(std::mem::take(&mut self.frames)).ok();
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        self.cpu = start.elapsed();
        ctx.request_repaint();
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let start = Instant::now();
        self.app.ui(ui, frame);
        self.cpu += start.elapsed();
    }
}

/// A line for each phase.
fn table(frames: &[Frame]) -> String {
    let mut text =
        "phase     frames   cpu median    p95    max   interval median    p95    max  (ms)\n"
            .to_owned();
    for phase in [Phase::Loading, Phase::Time, Phase::Weight] {
        // The first frame makes the window and the fonts.
        let of_phase = || frames.iter().skip(2).filter(|frame| frame.phase == phase);
        let cpu = spread(of_phase().map(|frame| frame.cpu).collect());
        let interval = spread(of_phase().map(|frame| frame.interval).collect());
        let name = match phase {
            Phase::Loading => "loading",
            Phase::Time => "time",
            Phase::Weight => "weight",
        };
        // Writing to a String cannot fail.
        let _: std::fmt::Result = writeln!(
            text,
            "{name:<9} {:>6}   {:>10.2} {:>6.2} {:>6.2}   {:>15.2} {:>6.2} {:>6.2}",
            of_phase().count(),
            cpu[0],
            cpu[1],
            cpu[2],
            interval[0],
            interval[1],
            interval[2],
        );
    }
    text
}

/// Median, 95th percentile and longest, in milliseconds.
fn spread(mut durations: Vec<Duration>) -> [f64; 3] {
    durations.sort_unstable();
    let last = durations.len().saturating_sub(1);
    [last / 2, last * 95 / 100, last]
        .map(|at| durations.get(at).map_or(0.0, |duration| duration.as_secs_f64() * 1e3))
}
