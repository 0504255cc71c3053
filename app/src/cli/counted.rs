//! What of a file counts, as it is asked for on the command line.

use clap::Args;
use rview_core::{Profile, Selection, thread_id_text, thread_name};

use super::labels::Labels;
use super::span::{Span, range};
use super::{Failure, WRONG_USE};

/// A part of the time, threads and labels.
#[derive(Args)]
pub(super) struct Counted {
    #[command(flatten)]
    labels: Labels,
    /// Counts only this part of the time, such as 100ms..250ms; without a unit in seconds
    #[arg(long, value_name = "A..B", value_parser = range)]
    range: Option<Span>,
    /// Counts only threads of this name or id
    #[arg(long, value_name = "THREAD", allow_hyphen_values = true)]
    thread: Option<String>,
}

impl Counted {
    /// What counts of a profile; fails where that is nothing.
    pub(super) fn selection(&self, profile: &Profile) -> Result<Selection, Failure> {
        let mut selection = self.labels.selection(profile)?;
        if let Some(span) = &self.range {
            selection.range_ns = Some(span.of(profile)?);
        }
        if let Some(thread) = &self.thread {
            selection.threads = Some(threads(profile, thread)?);
        }
        Ok(selection)
    }
}

/// The threads of a name or number, by thread.
fn threads(profile: &Profile, wanted: &str) -> Result<Vec<bool>, Failure> {
    let threads = profile.threads();
    let is_wanted = |thread| {
        let row = threads.row(thread);
        profile.text(row.name) == wanted
            || thread_id_text(profile, thread) == wanted
            || thread_name(profile, thread) == wanted
    };
    let found: Vec<bool> = threads.ids().map(is_wanted).collect();
    if found.contains(&true) {
        return Ok(found);
    }
    let line = format!("--thread: no thread is called {wanted}, and none has this id");
    Err(Failure::new(WRONG_USE, line))
}
