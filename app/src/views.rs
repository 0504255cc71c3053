//! The panes of the window, a file each. They read the state, paint it and push commands; they
//! never change it.

pub mod assembly;
pub mod bottom_up;
pub mod box_menu;
pub mod breadcrumbs;
pub mod call_tree;
pub mod comparison;
pub mod details;
pub mod distribution;
pub mod drop_target;
pub mod facts;
pub mod file_tabs;
pub mod flame_chart;
pub mod flame_graph;
pub mod functions;
pub mod heat_map;
pub mod labels;
pub mod loading;
pub mod notes;
pub mod overlay;
pub mod panes;
pub mod reload_bar;
pub mod report;
pub mod sandwich;
pub mod search_field;
pub mod slices;
pub mod source;
pub mod status;
pub mod summary;
pub mod tables;
pub mod timeline;
pub mod toolbar;
pub mod tooltip;
pub mod welcome;

use rview_core::units::format_duration;
use rview_core::{Measure, Profile, SliceId};

use crate::analysis::Question;
use crate::state::{Session, thread_label, transform_in_words};

/// A measure in the middle of a sentence.
fn measure_name(profile: &Profile, measure: Measure) -> String {
    match measure {
        Measure::SliceTime => "slice time".to_owned(),
        Measure::Weight(_) => measure.name(profile),
    }
}

/// What a slice is on: its thread, or the asynchronous work it is of.
pub fn track_label(profile: &Profile, slice: SliceId) -> String {
    let lane = profile.slices().lane_of(slice);
    let row = profile.tracks().row(profile.slices().lanes()[lane.index()].track);
    match row.thread {
        Some(thread) => thread_label(profile, thread),
        None => profile.text(row.name).to_owned(),
    }
}

/// What of the recording counts, where that is not all of it.
fn filters(session: &Session) -> Vec<String> {
    filters_of(&session.question, &session.document.profile)
}

/// What of a recording counts for a question, where that is not all of it.
fn filters_of(question: &Question, profile: &Profile) -> Vec<String> {
    let range = question.range_ns.as_ref();
    let range =
        range.map(|range| format!("the {} selected", format_duration(range.end - range.start)));
    let thread = question.thread.map(|thread| thread_label(profile, thread));
    let labels = question.labels.iter().map(breadcrumbs::in_words);
    let only = question.only.as_deref().map(breadcrumbs::only_in_words);
    let transforms = question.shape.transforms.iter().map(transform_in_words);
    range.into_iter().chain(thread).chain(labels).chain(only).chain(transforms).collect()
}
