//! What can be asked, and of what: the one place that says so.

use super::expression::{Field, Figure, Key, Term, Wanted};
use super::{SearchError, expression};

/// What a search is to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Functions, and with them boxes and rows of call trees.
    Functions,
    /// Slices.
    Slices,
    /// Samples and slices that are to count, by their stacks.
    Stacks,
}

/// A line of the help.
#[derive(Clone, Copy, Debug)]
pub struct FieldHelp {
    /// An example.
    pub example: &'static str,
    /// What that finds.
    pub finds: &'static str,
}

/// What can be typed, with an example of each, for people.
pub const FIELDS: &[FieldHelp] = &[
    FieldHelp { example: "parse json", finds: "both words, in any order" },
    FieldHelp { example: "\"operator new\"", finds: "this text, spaces too" },
    FieldHelp { example: "/^std::.*alloc/", finds: "what the expression matches" },
    FieldHelp { example: "-malloc", finds: "what is not called so" },
    FieldHelp { example: "read OR (write -log)", finds: "either; side by side binds closer" },
    FieldHelp { example: "name:read", finds: "in names alone" },
    FieldHelp { example: "module:libc", finds: "in a binary or category" },
    FieldHelp { example: "file:/\\.rs$/", finds: "in a source file" },
    FieldHelp { example: "category:gc", finds: "in a category" },
    FieldHelp { example: "self>1ms", finds: "weighs so much itself; also % and bytes" },
    FieldHelp { example: "total>=5%", finds: "with all it calls; of slices how long" },
    FieldHelp { example: "count>10", finds: "in so many samples or slices" },
    FieldHelp { example: "thread:worker", finds: "slices of a thread; Only: stacks" },
    FieldHelp { example: "process:nginx", finds: "slices of a process; Only: stacks" },
    FieldHelp { example: "label.endpoint=/a", finds: "Only: samples with the label" },
    FieldHelp { example: "arg.url=login", finds: "slices with the argument" },
];

impl Subject {
    /// Everything that is searched.
    const ALL: [Self; 3] = [Self::Functions, Self::Slices, Self::Stacks];

    /// Whether what a term asks can be asked of it.
    fn has(self, wanted: &Wanted) -> bool {
        match wanted {
            Wanted::Text(field, _) => match field {
                Field::Anywhere | Field::Name | Field::Module | Field::File | Field::Category => {
                    true
                }
                Field::Thread | Field::Process => self != Self::Functions,
            },
            Wanted::Has(Key::Label, _) | Wanted::Value(Key::Label, ..) => self == Self::Stacks,
            Wanted::Has(Key::Argument, _) | Wanted::Value(Key::Argument, ..) => {
                self == Self::Slices
            }
            Wanted::Figure(Figure::Own | Figure::Total, ..) => self != Self::Stacks,
            Wanted::Figure(Figure::Count, ..) => self == Self::Functions,
        }
    }

    /// Whether a term can be asked of it; the error says of what else it can.
    pub(super) fn check(self, term: &Term) -> Result<(), SearchError> {
        if self.has(&term.wanted) {
            return Ok(());
        }
        let what = match &term.wanted {
            Wanted::Text(field, _) => expression::text_of(&Field::PREFIXES, field),
            Wanted::Has(Key::Label, _) | Wanted::Value(Key::Label, ..) => "label",
            Wanted::Has(Key::Argument, _) | Wanted::Value(Key::Argument, ..) => "arg",
            Wanted::Figure(figure, ..) => expression::text_of(&Figure::NAMES, figure),
        };
        let what = what.trim_end_matches(':');
        let others: Vec<&str> =
            Self::ALL.into_iter().filter(|it| it.has(&term.wanted)).map(Self::name).collect();
        let message =
            format!("{what} is not for {}, but for {}", self.name(), others.join(" and "));
        Err(SearchError { message, position: term.at })
    }

    /// What they are called, in the plural.
    fn name(self) -> &'static str {
        match self {
            Self::Functions => "functions",
            Self::Slices => "slices",
            Self::Stacks => "Only",
        }
    }
}
