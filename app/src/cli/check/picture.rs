//! The picture of a check, for a comment on a pull request.

use std::path::{Path, PathBuf};

use rview_core::budget::Terms;
use rview_core::{Measure, Profile};
use rview_formats::Input;

use super::super::labels::Labels;
use super::super::render::{refuse_failed, save};
use super::super::{CANNOT_READ, Failure, Places, WRONG_USE, input_of};
use crate::command::{Ask, Command, Commands, Compare};
use crate::offscreen;
use crate::settings::{Settings, ThemeChoice};
use crate::state::{Comparison, ComparisonView, State};

/// Width and height in points; comments on pull requests are about half as wide in pixels.
const SIZE: egui::Vec2 = egui::Vec2::new(1000.0, 640.0);

/// Pixels a point.
const SCALE: f32 = 2.0;

/// What the check is about, of which the picture is too.
pub(super) struct Asked<'a> {
    pub(super) places: &'a Places,
    pub(super) labels: &'a Labels,
    pub(super) value: Option<&'a str>,
    pub(super) terms: &'a Terms,
}

impl Asked<'_> {
    /// Draws the flame graph of a recording, or how it differs from that of a base.
    pub(super) fn draw(
        &self,
        [base, new]: [Option<&PathBuf>; 2],
        output: &Path,
    ) -> Result<(), Failure> {
        let inputs: Vec<Input> =
            [base, new].into_iter().flatten().map(|file| input_of(file.clone())).collect();
        let mut commands = self.places.clone().commands();
        commands.push(match <[Input; 2]>::try_from(inputs) {
            Ok(both) => Command::Compare(Compare::Inputs(both)),
            Err(one) => Command::Open(one),
        });
        // Text of a comment is read on white.
        let settings = Settings { theme: ThemeChoice::Light, ..Settings::default() };
        let cannot = |line: String| Failure::new(CANNOT_READ, line);
        let mut harness = offscreen::harness(SIZE, SCALE, settings, commands).map_err(cannot)?;
        harness.state_mut().wait();
        refuse_failed(&harness.state().state)?;
        let ctx = harness.ctx.clone();
        let commands = self.commands(&mut harness.state_mut().state)?;
        harness.state_mut().apply(commands, &ctx);
        harness.state_mut().wait();
        harness.run_steps(8);
        let refused = harness.state().state.comparison().and_then(|it| it.refused.clone());
        if let Some(why) = refused {
            return Err(Failure::new(WRONG_USE, format!("--picture: {why}")));
        }
        save(&harness.render().map_err(cannot)?, output)
    }

    /// Asks the window for the same as is checked.
    fn commands(&self, state: &mut State) -> Result<Commands, Failure> {
        if let Some(session) = state.session() {
            let profile = &session.base.recorded;
            let mut asked = self.labels(profile)?;
            asked.extend(self.measure(profile).map(Ask::Measure));
            return Ok(asked.into_iter().map(Command::Ask).collect());
        }
        let mut commands = Commands::new();
        let Some(comparison) = state.comparison() else { return Ok(commands) };
        for side in [0, 1] {
            let Some(session) = state.session_of_side(comparison, side) else { continue };
            for ask in self.labels(&session.base.recorded)? {
                let command = Box::new(Command::Ask(ask));
                commands.push(Command::Compare(Compare::InSide(side, command)));
            }
        }
        if let Some(comparison) = state.comparison_mut() {
            self.want(comparison);
        }
        commands.push(Command::Compare(Compare::View(ComparisonView::DiffFlame)));
        Ok(commands)
    }

    fn want(&self, comparison: &mut Comparison) {
        let wanted = &mut comparison.wanted;
        wanted.mode.clone_from(&self.terms.mode);
        wanted.renames.clone_from(&self.terms.renames);
        wanted.measure = self.value.map(str::to_owned);
    }

    fn labels(&self, profile: &Profile) -> Result<Vec<Ask>, Failure> {
        Ok(self.labels.queries(profile)?.into_iter().map(Ask::ToggleLabel).collect())
    }

    fn measure(&self, profile: &Profile) -> Option<Measure> {
        Measure::all(profile).into_iter().find(|it| Some(&*it.name(profile)) == self.value)
    }
}
