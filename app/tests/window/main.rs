//! The window without a screen: what a person sees and does, by labels, keys and the pointer.
#![expect(clippy::expect_used, reason = "a test that cannot go on may panic")]

mod assembly;
mod comparison;
mod heat_map;
mod keys;
mod labels;
mod last_session;
mod monkey;
mod names;
mod notes;
mod open;
mod picture;
mod pictures;
mod reload;
mod sandwich;
mod search;
mod slice_views;
mod slices;
mod source;
mod steps;
mod support;
mod tables;
mod timeline;
mod transforms;
mod views;
