//! The picture of a check, for a comment on a pull request.

use std::path::{Path, PathBuf};

use rview_core::diff::Mode;
use rview_formats::Input;

use super::super::render::{refuse_failed, save};
use super::super::{CANNOT_READ, Failure, Places, WRONG_USE, input_of};
use crate::command::{Command, Compare};
use crate::offscreen;
use crate::settings::{Settings, ThemeChoice};
use crate::state::ComparisonView;

/// Width and height in points; comments on pull requests are about half as wide in pixels.
const SIZE: egui::Vec2 = egui::Vec2::new(1000.0, 640.0);

/// Pixels a point.
const SCALE: f32 = 2.0;

/// Draws the flame graph of a recording, or how it differs from that of a base.
pub(super) fn write(
    output: &Path,
    [base, new]: [Option<&PathBuf>; 2],
    places: &Places,
    mode: &Mode,
) -> Result<(), Failure> {
    let inputs: Vec<Input> =
        [base, new].into_iter().flatten().map(|file| input_of(file.clone())).collect();
    if inputs.contains(&Input::Stdin) {
        let line = "--picture reads files again: name a file instead of standard input";
        return Err(Failure::new(WRONG_USE, line));
    }
    let mut commands = places.clone().commands();
    let asked = match <[Input; 2]>::try_from(inputs) {
        Ok(both) => {
            commands.push(Command::Compare(Compare::Inputs(both)));
            vec![
                Command::Compare(Compare::View(ComparisonView::DiffFlame)),
                Command::Compare(Compare::Mode(mode.clone())),
            ]
        }
        Err(one) => {
            commands.push(Command::Open(one));
            Vec::new()
        }
    };
    // Text of a comment is read on white.
    let settings = Settings { theme: ThemeChoice::Light, ..Settings::default() };
    let cannot = |line: String| Failure::new(CANNOT_READ, line);
    let mut harness = offscreen::harness(SIZE, SCALE, settings, commands).map_err(cannot)?;
    harness.state_mut().wait();
    refuse_failed(&harness.state().state)?;
    let ctx = harness.ctx.clone();
    harness.state_mut().apply(asked, &ctx);
    harness.state_mut().wait();
    harness.run_steps(8);
    save(&harness.render().map_err(cannot)?, output)
}
