//! `rview render`: a view of a file as a PNG, drawn offscreen by the real window.

use std::path::PathBuf;

use clap::Args;

use super::{CANNOT_READ, Failure, Subject, Theme};
use crate::command::Command;
use crate::offscreen;
use crate::settings::{Direction, Settings, ThemeChoice};
use crate::state::View;

/// `rview render`
#[derive(Args)]
pub(super) struct Render {
    #[command(flatten)]
    subject: Subject,
    /// Where to write
    #[arg(short, long, value_name = "PNG")]
    output: PathBuf,
    /// Which view is in front; without this what suits the file
    #[arg(long, value_enum)]
    view: Option<View>,
    /// Width and height of the window in points
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = size)]
    size: [u16; 2],
    /// Pixels a point
    #[arg(long, default_value_t = 1.0, value_parser = scale)]
    scale: f32,
    #[arg(long, value_enum, default_value = "dark", help = "Light or dark")]
    theme: Theme,
    /// Roots at the bottom
    #[arg(long)]
    flame: bool,
    /// Searches for this
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

fn size(text: &str) -> Result<[u16; 2], String> {
    let parsed = text.split_once('x').and_then(|(w, h)| Some([w.parse().ok()?, h.parse().ok()?]));
    parsed
        .filter(|size| size.iter().all(|side| (64..=8192).contains(side)))
        .ok_or_else(|| "write it as 1280x800, each side from 64 to 8192".to_owned())
}

fn scale(text: &str) -> Result<f32, String> {
    let parsed = text.parse().ok().filter(|scale| (0.5..=4.0).contains(scale));
    parsed.ok_or_else(|| "a number from 0.5 to 4".to_owned())
}

impl Render {
    pub(super) fn run(&self) -> Result<(), Failure> {
        for input in self.subject.inputs() {
            // Errors of the file come as a line and an exit code, not as a picture.
            self.subject.open(&input)?;
        }
        let image = self.draw()?;
        image.save(&self.output).map_err(|err| {
            Failure::new(
                CANNOT_READ,
                format!("{}: cannot be written: {err}", self.output.display()),
            )
        })
    }

    fn draw(&self) -> Result<image::RgbaImage, Failure> {
        let settings = Settings {
            theme: match self.theme {
                Theme::Light => ThemeChoice::Light,
                Theme::Dark | Theme::System => ThemeChoice::Dark,
            },
            direction: if self.flame { Direction::Flame } else { Direction::Icicle },
            ..Settings::default()
        };
        let commands = vec![
            Command::SetSymbolDirs(self.subject.symbols.clone(), self.subject.sysroot.clone()),
            Command::Open(self.subject.inputs()),
        ];
        let size = egui::Vec2::from(self.size.map(f32::from));
        let mut harness = offscreen::harness(size, self.scale, settings, commands)
            .map_err(|line| Failure::new(CANNOT_READ, line))?;
        harness.state_mut().wait();
        let ctx = harness.ctx.clone();
        let mut commands = Vec::new();
        commands.extend(self.view.map(Command::ShowView));
        commands.extend(self.search.clone().map(Command::SetSearch));
        harness.state_mut().apply(commands, &ctx);
        harness.state_mut().wait();
        harness.run_steps(4);
        harness.render().map_err(|err| Failure::new(CANNOT_READ, err))
    }
}
