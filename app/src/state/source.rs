//! The source view: of which function, and at which line.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use rview_core::FunctionId;

use super::{Overlay, Session, State, Step, TabId, View};
use crate::analysis::Base;
use crate::command::InSource;
use crate::source::{Source, WantedSource};
use crate::worker::Worker;

/// The file of a function, and where in it the user is.
#[derive(Debug, Default)]
pub struct SourceView {
    /// The function that was picked last.
    function: Option<FunctionId>,
    /// What was found, for what.
    answer: Option<(WantedSource, Arc<Source>)>,
    /// The names of what was found.
    base: Weak<Base>,
    is_asked: bool,
    /// The line where the user is.
    pub line: Option<u32>,
}

impl SourceView {
    /// Shows another function, if there is one.
    pub(super) fn turn_to(&mut self, function: Option<FunctionId>) {
        self.function = function.or(self.function);
    }

    /// Follows the function to its new id.
    pub(super) fn follow(&mut self, renamed: impl Fn(FunctionId) -> Option<FunctionId>) {
        self.function = self.function.and_then(renamed);
        self.answer = None;
    }

    /// What is shown.
    pub fn shown(&self) -> Option<&Source> {
        self.answer.as_ref().map(|(_, source)| &**source)
    }

    /// The function whose file is shown.
    pub fn function(&self) -> Option<FunctionId> {
        self.answer.as_ref().map(|(wanted, _)| wanted.function)
    }
}

impl Session {
    /// Takes what a job has found, unless functions have other ids by now. Another function is
    /// shown at its heaviest line.
    pub(super) fn take_source(
        &mut self,
        base: &Arc<Base>,
        wanted: WantedSource,
        source: Arc<Source>,
    ) {
        let view = &mut self.source;
        view.is_asked = false;
        if !Arc::ptr_eq(base, &self.base) {
            return;
        }
        if view.function() != Some(wanted.function) {
            view.line = source.first;
        }
        view.answer = Some((wanted, source));
    }

    /// Starts the job that finds the file, if it is on screen and not found.
    pub(super) fn ask_for_source(&mut self, tab: TabId, roots: &[PathBuf], worker: &mut Worker) {
        if self.source.is_asked || !self.layout.shows(View::Source) {
            return;
        }
        let function = self.source.function.or_else(|| self.functions.rows.first().copied());
        // Names and stacks are of the answer on screen, and so is the function.
        let Some((function, (question, _))) = function.zip(self.trees.as_ref()) else { return };
        let wanted = WantedSource { question: question.clone(), function, roots: roots.to_owned() };
        let is_of_base = self.source.base.ptr_eq(&Arc::downgrade(&self.base));
        let answer = self.source.answer.as_ref();
        if !is_of_base || answer.is_none_or(|(answered, _)| *answered != wanted) {
            self.source.is_asked = true;
            self.source.base = Arc::downgrade(&self.base);
            let same_roots = answer.filter(|(answered, _)| answered.roots == wanted.roots);
            let last = same_roots.map(|(_, source)| Arc::clone(source));
            worker.read_source(tab, &self.base, wanted, last);
        }
    }

    pub(crate) fn change_source(&mut self, change: InSource) {
        match change {
            InSource::Line(line) => self.source.line = Some(line),
            InSource::StepCostly(step) => {
                let heaviest = self.source.shown().map_or(&[][..], |source| &source.heaviest);
                let at = heaviest.iter().position(|&line| Some(line) == self.source.line);
                let next = match at {
                    Some(at) => at.checked_add_signed(step),
                    None => Some(0),
                };
                if let Some(&line) = next.and_then(|at| heaviest.get(at)) {
                    self.source.line = Some(line);
                }
            }
        }
    }

    /// Up and down go along the lines.
    pub(super) fn step_in_source(&mut self, step: Step) {
        let Some(source) = self.source.shown() else { return };
        let line = self.source.line.unwrap_or(1);
        let next = match step {
            Step::Up => line.checked_sub(1),
            Step::Down => line.checked_add(1),
            Step::Left | Step::Right => None,
        };
        let last = source.text.as_ref().map_or(0, |text| text.n_lines());
        self.source.line = next.filter(|&line| line > 0 && line as usize <= last).or(Some(line));
    }
}

impl State {
    /// Looks for source files in a folder too.
    pub(crate) fn add_source_dir(&mut self, dir: PathBuf) {
        if !self.settings.source_dirs.contains(&dir) {
            self.settings.source_dirs.push(dir);
        }
    }

    /// Keeps the command of the editor.
    pub(crate) fn set_editor(&mut self, command: String) {
        self.settings.editor = command;
        self.overlay = None;
    }

    /// Opens the line that is shown in the user's editor; asks for one where none is set.
    pub(crate) fn open_in_editor(&mut self, worker: &mut Worker) {
        let of_both = self.comparison().and_then(|comparison| {
            (comparison.view == super::ComparisonView::Source).then(|| comparison.source.place())?
        });
        let shown = self.session().map(|session| &session.source);
        let of_one = shown.and_then(|view| {
            let text = view.shown()?.text.as_ref().ok()?;
            Some((text.path.clone(), view.line.unwrap_or(1)))
        });
        let Some((path, line)) = of_both.or(of_one) else {
            return self.notify("Show the source of a function first: no file is open");
        };
        if self.settings.editor.is_empty() {
            self.overlay = Some(Overlay::Editor(None));
            return;
        }
        worker.edit(self.settings.editor.clone(), path, line);
    }
}
