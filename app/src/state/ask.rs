//! What is asked of a file, and how that changes.

use rview_core::search::{Search, SearchError, Subject};
use rview_core::{LabelQuery, Measure, Selection, Shape, Wants};

use super::Session;
use crate::analysis::Question;
use crate::command::Ask;

impl Session {
    /// Asks something else.
    pub(super) fn change_question(&mut self, change: Ask) {
        let mut question = self.question.clone();
        match change {
            Ask::Measure(measure) => question.measure = Some(measure),
            Ask::StepMeasure(step) => question.measure = self.measure_beside(step),
            Ask::Range(range_ns) => question.range_ns = range_ns,
            Ask::Thread(thread) => question.thread = thread,
            Ask::OnlyLabel(query) => question.set_label(query),
            Ask::ToggleLabel(query) => question.toggle_label(query),
            Ask::AnyLabel(key) => question.labels.retain(|query| query.key != key),
            Ask::Only(only) => question.only = only,
            Ask::OnlyFound => match self.stacks_searched() {
                Ok(only) => question.only = only.or(question.only),
                Err(error) => return self.search.error = Some(error),
            },
            Ask::GroupBy(group_by) => question.shape.group_by = group_by,
            Ask::Granularity(granularity) => question.shape.granularity = granularity,
            Ask::Everything => question = question.of_everything(),
            Ask::TransformPicked(kind) => {
                question.shape.transforms.extend(self.transform(kind));
            }
            Ask::Transform(transform) => question.shape.transforms.push(transform),
            Ask::RemoveTransform(at) => {
                if at < question.shape.transforms.len() {
                    question.shape.transforms.remove(at);
                }
            }
            Ask::RemoveTransforms => question.shape.transforms.clear(),
            Ask::Undo => return self.undo(),
            Ask::Redo => return self.redo(),
        }
        self.ask(question);
    }

    /// The text of the search, if stacks can be asked for it; `None` where nothing is searched
    /// for.
    fn stacks_searched(&self) -> Result<Option<String>, SearchError> {
        let search = Search::new(&self.search.text)?;
        search.check(Subject::Stacks)?;
        search.narrowed(&self.document.profile, Selection::default())?;
        Ok((!search.is_none()).then(|| self.search.text.trim().to_owned()))
    }

    /// What can be added up, that many places further.
    fn measure_beside(&self, step: isize) -> Option<Measure> {
        let all = Measure::all(&self.document.profile);
        let at = all.iter().position(|&measure| Some(measure) == self.question.measure)?;
        let n = isize::try_from(all.len()).ok()?;
        let beside = isize::try_from(at).ok()?.checked_add(step)?.rem_euclid(n);
        all.get(beside.unsigned_abs()).copied()
    }
}

impl Question {
    /// The same of all of the recording, grouped as it is.
    #[must_use]
    pub fn of_everything(&self) -> Self {
        let shape = Shape { transforms: Vec::new(), ..self.shape.clone() };
        Self { shape, range_ns: None, thread: None, labels: Vec::new(), only: None, ..self.clone() }
    }

    /// The same whatever it looks like.
    #[must_use]
    pub fn in_no_shape(&self) -> Self {
        Self { shape: Shape::default(), ..self.clone() }
    }

    /// Wants a label instead of all others of its key. Asked again, any will do.
    fn set_label(&mut self, query: LabelQuery) {
        let is_alone = self.labels.iter().filter(|other| other.key == query.key).count() == 1;
        let is_set = self.labels.contains(&query);
        self.labels.retain(|other| other.key != query.key);
        if !(is_set && is_alone) {
            self.labels.push(query);
        }
    }

    /// Wants a label too, or no more.
    fn toggle_label(&mut self, query: LabelQuery) {
        let n = self.labels.len();
        self.labels.retain(|other| *other != query);
        if self.labels.len() == n {
            // Nobody asks for what is wanted and left out at once.
            self.labels.retain(|other| (&other.key, &other.value) != (&query.key, &query.value));
            self.labels.push(query);
        }
    }
}

/// What leaves a label out that `query` wants, and the other way round.
#[must_use]
pub fn negated(query: &LabelQuery) -> LabelQuery {
    let wants = match query.wants {
        Wants::With => Wants::Without,
        Wants::Without => Wants::With,
    };
    LabelQuery { wants, ..query.clone() }
}
