//! Notes: which there are, which is being written, and what they are on.

use std::path::PathBuf;

use rview_core::FunctionKey;
use rview_formats::Input;

use super::{Overlay, Picked, Session, State, TabId};
use crate::command::{Command, InNotes};
use crate::notes::{Change, Notes, On};
use crate::worker::Worker;

/// A note that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Which note says something else then; `None` is a new one.
    pub id: Option<u64>,
    /// What it is on.
    pub on: On,
    /// What it may be on instead.
    pub other: Option<On>,
    /// As typed.
    pub text: String,
}

impl State {
    /// Does something with the notes on the file in front. Gives what is to be done besides.
    pub(crate) fn change_notes(&mut self, change: InNotes, worker: &mut Worker) -> Option<Command> {
        match change {
            InNotes::Write => self.write_note(),
            InNotes::List => {
                self.overlay = self.session().is_some().then_some(Overlay::Notes);
            }
            InNotes::Edit(id) => {
                let note = self.session().and_then(|session| session.notes.get(id));
                self.overlay = note.map(|note| {
                    let (on, text) = (note.on.clone(), note.text.clone());
                    Overlay::Note(Draft { id: Some(id), on, other: None, text })
                });
            }
            InNotes::Save(draft) => {
                self.overlay = None;
                let text = draft.text.trim().to_owned();
                let change = match draft.id {
                    Some(id) if text.is_empty() => Change::Delete(id),
                    None if text.is_empty() => return None,
                    Some(id) => Change::Edit(id, text),
                    None => Change::Add(draft.on, text),
                };
                self.keep_notes(change, worker);
            }
            InNotes::Delete(id) => self.keep_notes(Change::Delete(id), worker),
            InNotes::Jump(id) => {
                let session = self.session_mut()?;
                return session.jump_to_note(id);
            }
        }
        None
    }

    /// Lets the user write a note on what is picked, or on the time that is selected.
    fn write_note(&mut self) {
        let Some(session) = self.session() else {
            return self.notify("Open a file first: notes are on what is in it");
        };
        if note_file(&session.document.input).is_none() {
            return self.notify("Notes are kept beside a file: this recording is none");
        }
        let mut on = session.can_be_noted().into_iter();
        let Some(first) = on.next() else {
            return self
                .notify("Pick a function or select a range of time first: notes are on these");
        };
        let draft = Draft { id: None, on: first, other: on.next(), text: String::new() };
        self.overlay = Some(Overlay::Note(draft));
    }

    fn keep_notes(&mut self, change: Change, worker: &mut Worker) {
        let Some(tab) = self.tab() else { return };
        if let Some(file) = note_file(&tab.input) {
            worker.change_notes(tab.id, file, change);
        }
    }

    /// Takes the notes on a file, or says why they cannot be read or written.
    pub(super) fn take_notes(&mut self, id: TabId, notes: Result<Notes, String>) {
        match notes {
            Ok(notes) => {
                if let Some(session) = self.session_of(id) {
                    session.notes = notes;
                }
            }
            Err(why) => self.notify(format!("Notes: {why}")),
        }
    }
}

/// The file that notes are kept beside.
pub(super) fn note_file(input: &Input) -> Option<PathBuf> {
    match input {
        Input::Path(path) => Some(path.clone()),
        Input::Merged(_) | Input::Stdin | Input::Static(..) => None,
    }
}

impl Session {
    /// What a note can be on, the likelier first.
    fn can_be_noted(&self) -> Vec<On> {
        let profile = &self.document.profile;
        let function = self.picked_function().map(|it| On::Function(FunctionKey::of(profile, it)));
        let range = self.question.range_ns.clone().map(On::Time);
        let time = match self.picked {
            Picked::Slice(_) => self.picked_range_ns().map(On::Time),
            Picked::Marker(marker) => {
                let at = profile.markers().times_ns()[marker.index()];
                return vec![On::Time(at..at)];
            }
            _ => None,
        };
        match time {
            Some(time) => [Some(time), function].into_iter().flatten().collect(),
            None => [range, function].into_iter().flatten().collect(),
        }
    }

    /// Picks what a note is on; time is brought on screen by what is given.
    fn jump_to_note(&mut self, id: u64) -> Option<Command> {
        let on = self.notes.get(id)?.on.clone();
        match on {
            On::Time(range) => {
                Some(Command::FrameTime(range.start..range.end.max(range.start + 1)))
            }
            On::Function(key) => {
                let function = key.find(&self.document.profile).iter().next()?;
                self.pick(Picked::Function(function));
                None
            }
        }
    }
}
