//! Why a change may be no change at all, in the marks and words of every table.

use super::{Change, LEVEL};

/// Why a change may be chance after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Chance alone changes a row as much more often than [`LEVEL`].
    Alone,
    /// It does so less often, but among all rows of the table some are changed as much by it.
    AmongMany,
}

impl Doubt {
    /// Both, the more doubtful first.
    pub const ALL: [Self; 2] = [Self::Alone, Self::AmongMany];

    /// What stands beside such a change.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Alone => "~",
            Self::AmongMany => "?",
        }
    }

    /// What the mark means.
    pub fn told(self) -> &'static str {
        match self {
            Self::Alone => "chance alone changes as much in more than one of 20 recordings",
            Self::AmongMany => {
                "less likely by chance, but of so many rows some are changed as much by it"
            }
        }
    }
}

impl Change {
    /// Why the change may be chance. `None` where it is not, where nothing changed, and where
    /// nothing tells.
    pub fn doubt(&self) -> Option<Doubt> {
        if self.delta_value() == 0.0 || self.is_significant() != Some(false) {
            return None;
        }
        let is_likely = self.p_value.is_none_or(|p| p >= LEVEL);
        Some(if is_likely { Doubt::Alone } else { Doubt::AmongMany })
    }

    /// Whether there is a change that chance alone may explain. What did not change is not chance.
    pub fn may_be_chance(&self) -> bool {
        self.doubt().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_doubted_alone_or_among_many() {
        let mark = |delta: f64, p_value, adjusted| {
            let change =
                Change { values: [1.0, 1.0 + delta], p_value, adjusted, ..Change::default() };
            change.doubt().map(Doubt::mark)
        };
        assert_eq!(mark(1.0, Some(0.2), Some(0.3)), Some("~"));
        assert_eq!(mark(1.0, Some(0.01), Some(0.3)), Some("?"));
        assert_eq!(mark(1.0, Some(0.01), Some(0.02)), None);
        assert_eq!(mark(0.0, Some(1.0), Some(1.0)), None, "nothing changed");
        assert_eq!(mark(1.0, None, None), None, "nothing tells");
    }
}
