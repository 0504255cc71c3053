//! The two tabs that a comparison is of.

use std::sync::Arc;

use rview_formats::Input;

use super::{Comparison, ComparisonView, PickedPair};
use crate::command::{Command, Compare};
use crate::comparison::Source;
use crate::state::{Content, Overlay, Picked, State, Tab, TabId};
use crate::worker::Worker;

/// A side of a comparison: a tab, as long as it is open, and what it showed last.
pub struct Side {
    /// The tab.
    pub tab: TabId,
    /// What it is called.
    pub name: String,
    /// What it shows; `None` while it is being read.
    pub source: Option<Source>,
    /// Why there is nothing.
    pub failed: Option<String>,
}

impl Side {
    fn of(tab: &Tab) -> Self {
        Self { tab: tab.id, name: tab.name(), source: None, failed: None }
    }
}

/// What of a tab is compared, as soon as that is known and where it is not what it was.
fn news_of(tab: &Tab, last: Option<&Source>) -> Option<Source> {
    let Content::Open(session) = &tab.content else { return None };
    // What a file starts with is not the file.
    if session.preview.is_some() || session.is_stale() {
        return None;
    }
    let (question, trees) = session.trees.as_ref()?;
    let is_same =
        |last: &Source| Arc::ptr_eq(&last.base, &session.base) && Arc::ptr_eq(&last.trees, trees);
    if last.is_some_and(is_same) {
        return None;
    }
    Some(Source {
        document: session.document.clone(),
        base: Arc::clone(&session.base),
        question: question.clone(),
        trees: Arc::clone(trees),
    })
}

impl State {
    /// The comparison in front.
    pub fn comparison(&self) -> Option<&Comparison> {
        match &self.tab()?.content {
            Content::Comparison(comparison) => Some(comparison),
            _ => None,
        }
    }

    /// The comparison in front, to change what is shown of it.
    pub(crate) fn comparison_mut(&mut self) -> Option<&mut Comparison> {
        match &mut self.tabs.get_mut(self.active)?.content {
            Content::Comparison(comparison) => Some(comparison),
            _ => None,
        }
    }

    /// The comparison of a tab.
    pub(crate) fn comparison_of(&mut self, id: TabId) -> Option<&mut Comparison> {
        match &mut self.tab_mut(id)?.content {
            Content::Comparison(comparison) => Some(comparison),
            _ => None,
        }
    }

    /// Applies a command that is about comparisons.
    pub(crate) fn compare(&mut self, compare: Compare, worker: &mut Worker) {
        match compare {
            Compare::Choose => self.choose_comparison(),
            Compare::Offer => self.offer_comparison(),
            Compare::Tabs(tabs) => self.compare_tabs(tabs),
            Compare::Inputs(inputs) => {
                let tabs = inputs.map(|input| {
                    self.open([input], worker);
                    self.tab().map(|tab| tab.id)
                });
                if let [Some(a), Some(b)] = tabs {
                    self.compare_tabs([a, b]);
                }
            }
            Compare::ShowIn(side) => self.show_in_tab(side),
            Compare::InSide(side, command) => self.update_side(side, *command),
            own => {
                if let Some(comparison) = self.comparison_mut() {
                    comparison.update_own(own);
                }
            }
        }
    }

    /// The tabs that can be a side, left to right.
    pub fn comparable_tabs(&self) -> impl Iterator<Item = &Tab> {
        let is_file = |tab: &&Tab| matches!(tab.content, Content::Open(_) | Content::Loading(_));
        self.tabs.iter().filter(is_file)
    }

    /// Compares the two open files, or asks with which of several.
    fn choose_comparison(&mut self) {
        let ids: Vec<TabId> = self.comparable_tabs().map(|tab| tab.id).collect();
        match ids[..] {
            [] | [_] => self.notify("Open another file to compare this one with"),
            [a, b] => self.compare_tabs([a, b]),
            _ => self.overlay = Some(Overlay::Compare),
        }
    }

    /// Offers to compare the two rightmost files.
    fn offer_comparison(&mut self) {
        let ids: Vec<TabId> = self.comparable_tabs().map(|tab| tab.id).collect();
        if let [.., a, b] = ids[..] {
            self.overlay = Some(Overlay::OfferComparison([a, b]));
        }
    }

    /// Applies a command that the comparison in front knows; gives back any other.
    pub(crate) fn update_comparison(&mut self, command: Command) -> Option<Command> {
        let command = self.update_timelines(command)?;
        match self.comparison_mut() {
            Some(comparison) => comparison.update(command),
            None => Some(command),
        }
    }

    /// Goes to the tab of one side, and picks there what is picked here.
    fn show_in_tab(&mut self, side: usize) {
        let Some(comparison) = self.comparison() else { return };
        let (id, name) = (comparison.sides[side].tab, comparison.sides[side].name.clone());
        let picked = comparison.picked_function().and_then(|pair| {
            let paired = &comparison.compared.as_ref()?.paired;
            Some((Arc::clone(&paired.sources[side].base), paired.function(pair).of[side]?))
        });
        let Some(at) = self.tabs.iter().position(|tab| tab.id == id) else {
            return self.notify(format!("The tab of {name} was closed"));
        };
        self.active = at;
        if let (Some((base, function)), Some(session)) = (picked, self.session_mut())
            // After better names have come, functions have other ids.
            && Arc::ptr_eq(&base, &session.base)
        {
            session.pick(Picked::Function(function));
        }
    }

    /// Goes to the tab of one side, and picks there the slice that is picked here. Gives whether
    /// that is there.
    pub(crate) fn show_instance_in_tab(&mut self, side: usize) -> bool {
        let Some(comparison) = self.comparison() else { return false };
        let (id, name) = (comparison.sides[side].tab, comparison.sides[side].name.clone());
        let Some(slice) = comparison.picked_instance().and_then(|row| row.of[side]) else {
            return false;
        };
        let Some(at) = self.tabs.iter().position(|tab| tab.id == id) else {
            self.notify(format!("The tab of {name} was closed"));
            return false;
        };
        self.active = at;
        let Some(session) = self.session_mut() else { return false };
        // A file that was read again may have fewer.
        let is_there = slice.index() < session.document.profile.slices().len();
        if is_there {
            session.pick(Picked::Slice(slice));
        }
        is_there
    }

    /// Reads the files of the comparison in front again.
    pub(in crate::state) fn reload_sides(&mut self, worker: &mut Worker) {
        let Some(sides) = self.comparison().map(|it| it.sides.each_ref().map(|s| s.tab)) else {
            return;
        };
        let front = self.active;
        for (side, id) in sides.into_iter().enumerate() {
            let at = self.tabs.iter().position(|tab| tab.id == id);
            // Both sides may be of one file.
            if let Some(at) = at.filter(|_| side == 0 || sides[0] != sides[1]) {
                self.active = at;
                self.reload(worker);
            }
        }
        self.active = front;
    }

    /// Opens a tab that compares two others, or brings the one that does to the front.
    fn compare_tabs(&mut self, tabs: [TabId; 2]) {
        self.overlay = None;
        let is_it = |tab: &Tab| match &tab.content {
            Content::Comparison(comparison) => comparison.sides.each_ref().map(|s| s.tab) == tabs,
            _ => false,
        };
        if let Some(at) = self.tabs.iter().position(is_it) {
            self.active = at;
            return;
        }
        let side = |id: TabId| self.tabs.iter().find(|tab| tab.id == id);
        let [Some(a), Some(b)] = tabs.map(side) else { return };
        let comparison = Comparison::new([Side::of(a), Side::of(b)]);
        let id = TabId(self.next_tab);
        self.next_tab += 1;
        let input = b.input.clone();
        let content = Content::Comparison(Box::new(comparison));
        self.tabs.push(Tab { id, input, content });
        self.active = self.tabs.len() - 1;
    }

    /// A tab goes on under another name: comparisons follow it.
    pub(in crate::state) fn renumber_sides(&mut self, old: TabId, new: TabId) {
        for tab in &mut self.tabs {
            let Content::Comparison(comparison) = &mut tab.content else { continue };
            for side in comparison.sides.iter_mut().filter(|side| side.tab == old) {
                side.tab = new;
            }
        }
    }

    /// Lets comparisons see what their tabs show now, and starts what that calls for.
    pub(in crate::state) fn ask_for_comparisons(&mut self, worker: &mut Worker) {
        for at in 0..self.tabs.len() {
            let Content::Comparison(comparison) = &self.tabs[at].content else { continue };
            let found = comparison.sides.each_ref().map(|side| {
                let tab = self.tabs.iter().find(|tab| tab.id == side.tab)?;
                let failed = match &tab.content {
                    Content::Failed(why) => Some(why.clone()),
                    _ => None,
                };
                Some((news_of(tab, side.source.as_ref()), failed))
            });
            let id = self.tabs[at].id;
            let Content::Comparison(comparison) = &mut self.tabs[at].content else { continue };
            for (side, found) in comparison.sides.iter_mut().zip(found) {
                // A tab that is closed leaves what it showed last.
                let Some((source, failed)) = found else { continue };
                side.failed = failed;
                if source.is_some() {
                    side.source = source;
                    comparison.version += 1;
                    comparison.refused = None;
                }
            }
            comparison.ask(id, worker);
            comparison.ask_for_lines(id, &self.settings.source_dirs, worker);
            self.pick_counterpart(at);
        }
    }
}

impl Comparison {
    fn ask(&mut self, id: TabId, worker: &mut Worker) {
        if !self.is_stale() || self.asked.is_some() {
            return;
        }
        let [Some(a), Some(b)] = self.sides.each_ref().map(|side| side.source.clone()) else {
            return;
        };
        let question = self.question();
        self.asked = Some(question.clone());
        worker.compare(id, [a, b], question, self.compared.clone());
    }

    /// Clears one thing: the search, then what is picked.
    pub(in crate::state) fn escape(&mut self) {
        if self.search.is_empty() {
            self.pick(PickedPair::Nothing);
        } else {
            self.search.clear();
            self.refresh();
        }
    }

    /// The files of both sides.
    pub fn inputs(&self) -> [Option<&Input>; 2] {
        self.sides.each_ref().map(|side| Some(&side.source.as_ref()?.document.input))
    }

    /// Whether the view in front is a chart.
    pub fn is_chart(&self) -> bool {
        matches!(self.view, ComparisonView::DiffFlame | ComparisonView::SideBySide)
    }
}
