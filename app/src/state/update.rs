//! What commands do to the window and to an open file.

use std::path::PathBuf;
use std::sync::Arc;

use rview_formats::Input;

use super::{Content, Overlay, Picked, Session, State, TrackKey};
use crate::command::{Ask, Command, InAssembly};
use crate::navigate::Axis;
use crate::settings::Direction;
use crate::worker::{Reply, Worker};

impl State {
    /// Opens inputs, a tab each. A file that is open already comes to the front instead.
    pub fn open(&mut self, inputs: impl IntoIterator<Item = Input>, worker: &mut Worker) {
        for input in inputs {
            let is_it = |tab: &super::Tab| {
                !matches!(tab.content, Content::Comparison(_)) && is_same(&tab.input, &input)
            };
            match self.tabs.iter().position(is_it) {
                Some(index) if matches!(self.tabs[index].content, Content::Failed(_)) => {
                    self.read_again(index, None, worker);
                }
                Some(index) => self.active = index,
                None => {
                    let (id, job) = self.add_tab(input.clone());
                    worker.open(id, input, job);
                }
            }
        }
        self.overlay = None;
    }

    /// Looks for binaries in a folder too, and reads the file in front again with that.
    pub(crate) fn add_symbol_dir(&mut self, dir: PathBuf, worker: &mut Worker) {
        if !self.settings.symbol_dirs.contains(&dir) {
            self.settings.symbol_dirs.push(dir);
            self.reload(worker);
        }
    }

    /// Asks servers for debug files, or no more, and reads the file in front again with that.
    pub(crate) fn set_debuginfod(&mut self, is_on: bool, worker: &mut Worker) {
        self.settings.debuginfod = is_on;
        self.reload(worker);
    }

    pub(crate) fn step_tab(&mut self, step: isize) {
        if let (Ok(len), Ok(active)) =
            (isize::try_from(self.tabs.len()), isize::try_from(self.active))
            && len > 0
        {
            self.active = (active + step).rem_euclid(len).unsigned_abs();
        }
    }

    pub(crate) fn dismiss(&mut self, index: usize) {
        if index < self.notices.len() {
            self.notices.remove(index);
        }
    }

    /// Closes what is in front, or clears one thing of the file.
    pub(crate) fn escape(&mut self) {
        if self.overlay.take().is_some() || self.notices.pop().is_some() {
            return;
        }
        if let Some(comparison) = self.comparison_mut() {
            return comparison.escape();
        }
        let Some(session) = self.session_mut() else { return };
        if !session.search.text.is_empty() {
            session.set_search(String::new());
        } else if session.picked != Picked::Nothing {
            session.pick(Picked::Nothing);
        } else {
            session.change_question(Ask::Range(None));
        }
    }

    /// Takes what a job has found.
    pub fn take(&mut self, reply: Reply, worker: &mut Worker) {
        match reply {
            Reply::Preview(id, preview) => self.take_preview(id, *preview),
            Reply::Opened(id, result) => self.take_opened(id, result, worker),
            Reply::Trees(id, base, question, trees) => {
                if let Some(session) = self.session_of(id)
                    // What was asked before better names came is asked again.
                    && Arc::ptr_eq(&base, &session.base)
                {
                    worker.discard(session.take_answer(question, trees));
                }
            }
            Reply::Listed(id, trees, wanted, listing) => {
                if let Some(session) = self.session_of(id) {
                    session.take_listing(&trees, wanted, listing);
                }
            }
            Reply::Reshaped(id, base, reshaped) => {
                if let Some(session) = self.session_of(id)
                    && Arc::ptr_eq(&base, &session.base)
                {
                    session.take_shape(*reshaped, worker);
                }
            }
            Reply::Named(id, named) => {
                if let Some(session) = self.session_of(id) {
                    session.take_names(id, named, worker);
                }
            }
            Reply::Changed(input) => self.take_change(input, worker),
            Reply::Notes(id, notes) => self.take_notes(id, notes),
            Reply::ChosenSourceFolder(dir) => self.add_source_dir(dir),
            Reply::Editor(Err(why)) => self.notify(why),
            Reply::Chosen(paths) => self.open(paths.into_iter().map(Input::Path), worker),
            Reply::ChosenFolder(dir) => self.add_symbol_dir(dir, worker),
            Reply::ChosenPicture(kind, path) => self.picture = Some((kind, path)),
            Reply::Painted(image, part, path) => {
                crate::picture::save_part(image, part, path, worker);
            }
            Reply::Saved(Ok(path)) => self.notify(format!("Saved {}", path.display())),
            Reply::Saved(Err(why)) => self.notify(format!("The picture was not saved: {why}")),
            Reply::NoDialog => self.overlay = Some(Overlay::OpenPath(String::new())),
            Reply::Bug(id) => {
                if let Some(session) = self.session_of(id) {
                    session.is_broken = true;
                } else if let Some(comparison) = self.comparison_of(id) {
                    comparison.is_broken = true;
                }
                self.notify(crate::worker::BUG);
            }
            Reply::Compared(id, question, answer) => {
                if let Some(comparison) = self.comparison_of(id) {
                    worker.discard(comparison.take(question, answer));
                }
            }
            other => self.take_for_view(other),
        }
    }

    /// Takes what a job has found for one of the views.
    fn take_for_view(&mut self, reply: Reply) {
        match reply {
            Reply::Labels(id, wanted, table) => {
                if let Some(session) = self.session_of(id) {
                    session.labels.take(wanted, table);
                }
            }
            Reply::Sandwich(id, trees, function, sandwich) => {
                if let Some(session) = self.session_of(id) {
                    session.take_sandwich(&trees, function, sandwich);
                }
            }
            Reply::Source(id, base, wanted, source) => {
                if let Some(session) = self.session_of(id) {
                    session.take_source(&base, wanted, source);
                }
            }
            Reply::Assembly(id, base, wanted, assembly) => {
                if let Some(session) = self.session_of(id) {
                    session.take_assembly(&base, wanted, assembly);
                }
            }
            Reply::ComparedLines(id, compared, wanted, source) => {
                if let Some(comparison) = self.comparison_of(id) {
                    comparison.take_lines(&compared, wanted, source);
                }
            }
            Reply::HeatMap(id, question, map) => {
                if let Some(session) = self.session_of(id) {
                    session.heat_map.take(question, map);
                }
            }
            Reply::Slices(id, wanted, list) => {
                if let Some(session) = self.session_of(id) {
                    session.take_slices(wanted, list);
                }
            }
            Reply::Hits(id, wanted, found) => {
                if let Some(session) = self.session_of(id) {
                    session.take_hits(wanted, found);
                }
            }
            Reply::Stats(id, wanted, stats) => {
                if let Some(session) = self.session_of(id) {
                    session.take_stats(wanted, stats);
                }
            }
            Reply::Details(id, picked, details) => {
                if let Some(session) = self.session_of(id) {
                    session.reading = None;
                    session.details = Some((picked, details));
                }
            }
            _ => {}
        }
    }

    /// Starts the jobs that the questions of all open files call for.
    pub fn ask_worker(&mut self, worker: &mut Worker) {
        for tab in &mut self.tabs {
            let Content::Open(session) = &mut tab.content else { continue };
            if session.is_broken {
                continue;
            }
            if session.is_stale() && session.asked.is_none() {
                session.asked = Some(session.question.clone());
                let question = session.question.clone();
                worker.answer(tab.id, &session.base, question);
            }
            if !session.is_listing
                && let Some((wanted, (_, trees))) = session.wanted().zip(session.trees.as_ref())
            {
                session.is_listing = true;
                worker.list(tab.id, &session.base, trees, &session.search.found, wanted);
            }
            if let Some(wanted) = session.wanted_labels() {
                session.labels.is_listing = true;
                worker.list_labels(tab.id, &session.base, session.labels.table.clone(), wanted);
            }
            if session.wants_details() {
                session.reading = Some(session.picked);
                let flows = Arc::clone(&session.base.flows);
                worker.read_details(tab.id, &session.document, flows, session.picked);
            }
            session.ask_for_sandwich(tab.id, worker);
            session.ask_for_source(tab.id, &self.settings.source_dirs, worker);
            session.ask_for_heat_map(tab.id, worker);
            session.ask_for_slices(tab.id, worker);
        }
        self.ask_for_assembly(worker);
        self.ask_for_comparisons(worker);
    }
}

/// Whether two inputs are the same file, however their paths are written.
fn is_same(a: &Input, b: &Input) -> bool {
    match (a, b) {
        (Input::Path(a), Input::Path(b)) => {
            a == b || a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
        }
        (Input::Static(a, _), Input::Static(b, _)) => a == b,
        _ => false,
    }
}

impl Direction {
    /// The other direction.
    pub(crate) fn toggle(&mut self) {
        *self = match self {
            Self::Icicle => Self::Flame,
            Self::Flame => Self::Icicle,
        };
    }
}

impl Session {
    /// Applies a command that concerns one file; others do nothing to it.
    pub fn update(&mut self, command: Command) {
        match command {
            Command::ShowView(view) => {
                self.layout.show(view);
                self.focus(view);
            }
            Command::SetPanes(tree) => self.layout.tree = *tree,
            Command::FocusView(view) => self.focus(view),
            Command::FocusTime => {
                self.axis = Axis::Time;
                self.keys_on_time = true;
            }
            Command::Ask(change) => self.change_question(change),
            Command::Labels(change) => self.labels.change(change),
            Command::Pick(picked) => self.pick(picked),
            Command::PickInverted(node) => self.pick_inverted(node),
            Command::SetSearch(text) => self.set_search(text),
            Command::SetTimeView(view) => {
                self.glide = None;
                self.timeline.view = view;
            }
            Command::SetFlameView(view) => {
                self.glide = None;
                self.flame_view = view;
            }
            Command::ToggleTrack(key) => self.timeline.toggle(key),
            Command::PinTrack(key) => self.timeline.toggle_pin(key),
            Command::MoveTrack(key, step) => self.timeline.move_row(key, step),
            Command::DropTrack(key, target) => self.timeline.drop_row(key, target),
            Command::HideTrack(key) => self.timeline.hide(key),
            Command::ShowHiddenTracks => self.timeline.hidden.clear(),
            Command::SortTracks(order) => {
                self.timeline.sort(order, &self.document.profile, &self.base);
            }
            Command::ToggleAllTracks => self.timeline.toggle_all(),
            Command::SetChartThread(thread) => self.chart_thread = Some(thread),
            Command::ToggleNode(path) => self.toggle_node(path),
            Command::ToggleSubtree(path) => self.toggle_subtree(path),
            Command::SortCallTree(sort) => self.sort_call_tree(sort),
            Command::ToggleInverted(node) => self.toggle_inverted(node),
            Command::SortFunctions(sort) => self.functions.sort = sort,
            Command::Sandwich(change) => self.change_sandwich(change),
            Command::Source(change) => {
                self.change_source(change);
                self.follow_line();
            }
            Command::Assembly(InAssembly::Go(row)) => self.go_to_instruction(row),
            Command::Assembly(InAssembly::StepCostly(step)) => self.step_costly_instruction(step),
            Command::SortSlices(order) => self.slices.order = order,
            Command::StopReading => self.stop_reading(),
            Command::SliceShown => self.timeline.scroll_to = None,
            Command::StopNaming => self.stop_naming(),
            Command::FlameRowsShown => self.flame_rows_added = 0.0,
            _ => {}
        }
    }
}

impl super::Timeline {
    fn toggle(&mut self, key: TrackKey) {
        if !self.open.remove(&key) {
            self.open.insert(key);
        }
    }

    fn toggle_all(&mut self) {
        if self.rows.iter().all(|row| self.open.contains(&row.key)) {
            self.open.clear();
        } else {
            self.open.extend(self.rows.iter().map(|row| row.key));
        }
    }
}
