//! The assembly view: of which function, and at which instruction.

use std::sync::{Arc, Weak};

use rview_core::FunctionId;

use super::{Content, Session, State, Step, View};
use crate::analysis::Base;
use crate::assembly::{Assembly, WantedAssembly};
use crate::worker::Worker;

/// The instructions of a function, and where among them the user is.
#[derive(Debug, Default)]
pub struct AssemblyView {
    /// The function that was picked last.
    function: Option<FunctionId>,
    answer: Option<(WantedAssembly, Arc<Assembly>)>,
    /// The names of what was found.
    base: Weak<Base>,
    is_asked: bool,
    /// The instruction where the user is.
    pub row: Option<usize>,
}

impl AssemblyView {
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
    pub fn shown(&self) -> Option<&Assembly> {
        self.answer.as_ref().map(|(_, assembly)| &**assembly)
    }
}

impl State {
    /// Starts the jobs that find instructions.
    pub(super) fn ask_for_assembly(&mut self, worker: &mut Worker) {
        for at in 0..self.tabs.len() {
            let tab = &self.tabs[at];
            let Content::Open(session) = &tab.content else { continue };
            let Some(wanted) = session.wanted_assembly() else { continue };
            let (id, options) = (tab.id, self.options_for(&tab.input));
            let Some(session) = self.session_of(id) else { continue };
            let is_of_base = session.assembly.base.ptr_eq(&Arc::downgrade(&session.base));
            let answer = session.assembly.answer.as_ref().filter(|_| is_of_base);
            let last = answer.map(|(_, assembly)| Arc::clone(assembly));
            session.assembly.is_asked = true;
            session.assembly.base = Arc::downgrade(&session.base);
            let of = (session.document.clone(), Arc::clone(&session.base));
            worker.read_assembly(id, of, wanted, options, last);
        }
    }
}

impl Session {
    /// Takes what a job has found, unless functions have other ids by now. Another function is
    /// shown at its heaviest instruction, or at that of the line where the user is.
    pub(super) fn take_assembly(
        &mut self,
        base: &Arc<Base>,
        wanted: WantedAssembly,
        found: Arc<Assembly>,
    ) {
        let view = &mut self.assembly;
        view.is_asked = false;
        if !Arc::ptr_eq(base, &self.base) {
            return;
        }
        if view.shown().is_none_or(|shown| shown.name != found.name) {
            view.row = found.heaviest.first().copied();
        }
        view.answer = Some((wanted, found));
    }

    /// What is to be found, if instructions are on screen and others than are found.
    fn wanted_assembly(&self) -> Option<WantedAssembly> {
        if self.is_broken || self.assembly.is_asked || !self.layout.shows(View::Assembly) {
            return None;
        }
        let function = self.assembly.function.or_else(|| self.functions.rows.first().copied());
        let (function, (question, _)) = function.zip(self.trees.as_ref())?;
        let wanted = WantedAssembly { question: question.clone(), function };
        let is_of_base = self.assembly.base.ptr_eq(&Arc::downgrade(&self.base));
        let answered = self.assembly.answer.as_ref().map(|(answered, _)| answered);
        (!is_of_base || answered != Some(&wanted)).then_some(wanted)
    }

    /// Goes to an instruction, and in the source to its line where that is of the same file.
    pub(super) fn go_to_instruction(&mut self, row: usize) {
        self.assembly.row = Some(row);
        let Some((_, assembly)) = &self.assembly.answer else { return };
        if let Some((file, line)) = assembly.place(row)
            && self.source.shown().is_none_or(|source| source.file.as_deref() == Some(file))
        {
            self.source.line = Some(line);
        }
    }

    /// Goes to the heaviest instruction of the line where the user is in the source.
    pub(super) fn follow_line(&mut self) {
        let Some((_, assembly)) = &self.assembly.answer else { return };
        let file = self.source.shown().and_then(|source| source.file.as_deref());
        let row =
            file.zip(self.source.line).and_then(|(file, line)| assembly.row_of_line(file, line));
        self.assembly.row = row.or(self.assembly.row);
    }

    /// Goes to the instruction that is so many places further among the costly ones.
    pub(super) fn step_costly_instruction(&mut self, step: isize) {
        let Some((_, assembly)) = &self.assembly.answer else { return };
        let at = assembly.heaviest.iter().position(|&row| Some(row) == self.assembly.row);
        let next = at.map_or(Some(0), |at| at.checked_add_signed(step));
        if let Some(&row) = next.and_then(|at| assembly.heaviest.get(at)) {
            self.go_to_instruction(row);
        }
    }

    /// Up and down go along the instructions.
    pub(super) fn step_in_assembly(&mut self, step: Step) {
        let n_rows = self.assembly.shown().map_or(0, |shown| shown.self_.len());
        let row = self.assembly.row;
        let next = match step {
            Step::Up => row.map_or(Some(0), |row| row.checked_sub(1)),
            Step::Down => row.map_or(Some(0), |row| row.checked_add(1)),
            Step::Left | Step::Right => None,
        };
        if let Some(next) = next.filter(|&next| next < n_rows) {
            self.go_to_instruction(next);
        }
    }
}
