//! The session that is written down while the window is open, and opened again another day.

use rview_formats::{DropFrames, Input};

use super::{Content, State, TabId};
use crate::command::Compare;
use crate::last_session::{LastFile, LastSession};
use crate::worker::Worker;

/// Rows of the call tree that are written as open: the others open with a key.
const MAX_OPEN: usize = 256;

impl State {
    /// What is open: files that can be opened again, and comparisons of them.
    pub(crate) fn as_last_session(&self) -> LastSession {
        let mut session = LastSession::default();
        let mut ids: Vec<TabId> = Vec::new();
        for tab in &self.tabs {
            let kept = match &tab.content {
                Content::Open(session) => session.kept(MAX_OPEN),
                Content::Loading(loading) => loading.kept.as_deref().cloned().unwrap_or_default(),
                Content::Failed(_) | Content::Comparison(_) => continue,
            };
            let (paths, merged) = match &tab.input {
                Input::Path(path) => (vec![path.clone()], false),
                Input::Merged(paths) => (paths.clone(), true),
                Input::Stdin | Input::Static(..) => continue,
            };
            // What is not Unicode cannot be written, nor can what is named from here.
            let paths = paths.into_iter().map(|path| path.canonicalize().unwrap_or(path));
            let paths: Vec<_> = paths.filter(|path| path.to_str().is_some()).collect();
            if paths.is_empty() {
                continue;
            }
            ids.push(tab.id);
            session.files.push(LastFile { paths, merged, kept });
        }
        let row = |id: TabId| ids.iter().position(|&other| other == id);
        let mut front = self.tab().and_then(|tab| row(tab.id));
        for tab in &self.tabs {
            let Content::Comparison(comparison) = &tab.content else { continue };
            let [a, b] = comparison.sides.each_ref().map(|side| row(side.tab));
            let Some((a, b)) = a.zip(b) else { continue };
            if self.tab().is_some_and(|front| front.id == tab.id) {
                front = Some(session.files.len() + session.compared.len());
            }
            session.compared.push([a, b]);
        }
        session.front = front.unwrap_or_default();
        session
    }

    /// Opens what was open when rview ended, beside what is open.
    pub(crate) fn restore_last_session(&mut self, worker: &mut Worker) {
        let Some(last) = self.last_session.take() else {
            return self.notify("No files were open when rview ended");
        };
        let mut ids = Vec::new();
        for file in last.files {
            let Some(input) = file.input() else { continue };
            let is_open = |tab: &super::Tab| tab.input == input;
            if let Some(open) = self.tabs.iter().find(|tab| is_open(tab)) {
                ids.push(open.id);
                continue;
            }
            let frames =
                if file.kept.shows_dropped { DropFrames::Shown } else { DropFrames::LeftOut };
            let (id, job) = self.add_tab_with(input.clone(), frames, Some(Box::new(file.kept)));
            worker.open(id, input, job);
            ids.push(id);
        }
        for sides in last.compared {
            if let [Some(&a), Some(&b)] = sides.map(|side| ids.get(side)) {
                self.compare(Compare::Tabs([a, b]), worker);
                ids.extend(self.tab().map(|tab| tab.id));
            }
        }
        let front = ids.get(last.front).copied();
        let at = self.tabs.iter().position(|tab| Some(tab.id) == front);
        self.active = at.unwrap_or(self.active);
        self.overlay = None;
    }
}
