//! Search among functions.
//!
//! Each term looks at the functions that are still in question, on all cores; what it finds is a
//! bit a function, so that joining terms costs next to nothing.

use super::compare::{Figures, Threshold};
use super::expression::{Expression, Field, Figure, Wanted};
use super::text::Matcher;
use super::{Compiled, Search, SearchError, Subject};
use crate::bits::Bits;
use crate::{FunctionId, FunctionSet, Profile};

impl Search {
    /// The functions that match; none when nothing is searched for. Linear in the names.
    ///
    /// An error says what cannot be asked of functions, or not without `figures`.
    pub fn functions(
        &self,
        profile: &Profile,
        figures: Option<Figures<'_>>,
    ) -> Result<FunctionSet, SearchError> {
        self.check(Subject::Functions)?;
        let Some(wanted) = &self.wanted else { return Ok(FunctionSet::default()) };
        let prepared = wanted.try_map(&|it| Prepared::new(it, profile, figures))?;
        let all = FunctionSet::all(profile.symbols().functions().len());
        Ok(find(&prepared, profile, &all))
    }
}

/// A term, ready to be asked of each function.
pub(super) enum Prepared<'a> {
    Name(&'a Matcher),
    Module {
        /// By mapping: whether the module of its functions matches.
        mappings: Vec<bool>,
        matcher: &'a Matcher,
    },
    File(&'a Matcher),
    Category(&'a Matcher),
    /// By function: how much it weighs.
    Figure(Box<dyn Fn(FunctionId) -> bool + Sync + 'a>),
    /// Nothing that functions have.
    Nothing,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(
        compiled: &'a Compiled,
        profile: &Profile,
        figures: Option<Figures<'a>>,
    ) -> Result<Self, SearchError> {
        let term = &compiled.term;
        let Some(matcher) = &compiled.matcher else {
            let Wanted::Figure(figure, comparison, amount) = term.wanted else {
                return Ok(Self::Nothing);
            };
            let nothing = || SearchError {
                message: "nothing is added up here".to_owned(),
                position: term.at,
            };
            let figures = figures.ok_or_else(nothing)?;
            let unit = if figure == Figure::Count { &crate::Unit::Count } else { figures.unit };
            let asked = (figure, comparison, amount);
            let limit = Threshold::new(asked, unit, figures.reference, term)?;
            let totals = figures.totals;
            return Ok(Self::Figure(match figure {
                Figure::Own => {
                    Box::new(move |it| totals.occurs(it) && limit.holds(totals.self_of(it)))
                }
                Figure::Total => {
                    Box::new(move |it| totals.occurs(it) && limit.holds(totals.total_of(it)))
                }
                Figure::Count => {
                    let counts = figures.counts.ok_or_else(nothing)?;
                    Box::new(move |it| totals.occurs(it) && limit.holds(counts.total_of(it)))
                }
            }));
        };
        let Wanted::Text(field, _) = term.wanted else { return Ok(Self::Nothing) };
        Ok(match field {
            Field::Anywhere | Field::Name => Self::Name(matcher),
            Field::Module => {
                let mappings = profile.mappings();
                let path = |id| profile.text(mappings.row(id).path);
                let mappings = mappings.ids().map(|id| matcher.is_in(crate::file_name(path(id))));
                Self::Module { mappings: mappings.collect(), matcher }
            }
            Field::File => Self::File(matcher),
            Field::Category => Self::Category(matcher),
            Field::Thread | Field::Process => Self::Nothing,
        })
    }

    #[inline]
    fn matches(&self, profile: &Profile, function: FunctionId) -> bool {
        let row = profile.symbols().functions().row(function);
        let text = |text: Option<crate::StringId>| text.map_or("", |text| profile.text(text));
        match self {
            Self::Name(matcher) => matcher.is_in(profile.text(row.name)),
            Self::Module { mappings, matcher } => match row.mapping {
                Some(mapping) => mappings[mapping.index()],
                None => matcher.is_in(text(row.category)),
            },
            Self::File(matcher) => matcher.is_in(text(row.file)),
            Self::Category(matcher) => matcher.is_in(text(row.category)),
            Self::Figure(matches) => matches(function),
            Self::Nothing => false,
        }
    }

    /// The functions of a set that match, found on all cores.
    pub(super) fn among(&self, profile: &Profile, set: &FunctionSet) -> FunctionSet {
        set.filtered(|function| self.matches(profile, function))
    }
}

/// The functions of a set that an expression finds.
pub(super) fn find(
    wanted: &Expression<Prepared<'_>>,
    profile: &Profile,
    among: &FunctionSet,
) -> FunctionSet {
    match wanted {
        Expression::Is(term) => term.among(profile, among),
        Expression::Not(part) => among.without(&find(part, profile, among)),
        Expression::All(parts) => {
            let mut found = among.clone();
            for part in parts {
                found = find(part, profile, &found);
            }
            found
        }
        Expression::Any(parts) => {
            let (mut found, mut left) = (Bits::default(), among.clone());
            for part in parts {
                let also = find(part, profile, &left);
                left = left.without(&also);
                found = also.bits().union(&found);
            }
            FunctionSet::of_bits(found)
        }
    }
}
