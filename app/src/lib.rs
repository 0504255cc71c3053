//! The rview desktop application.
//!
//! A frame goes one way round:
//!
//! ```text
//! State ──read by──▶ views ──push──▶ Commands ──applied by──▶ update() ──▶ State
//!   ▲                                                            │
//!   └──────────────── replies of the worker ◀──── jobs ◀─────────┘
//! ```
//!
//! Views never change the state. So a view is tested by what it pushes, an action by what it
//! does to a state, and whatever the mouse can do the keyboard and the palette can do as well.

pub mod actions;
pub mod analysis;
pub mod app;
pub mod assembly;
pub mod cli;
pub mod command;
pub mod comparison;
pub mod demo;
pub mod gpu;
pub mod instances;
pub mod last_session;
pub mod listing;
mod memory;
pub mod navigate;
pub mod notes;
pub mod offscreen;
pub mod picture;
pub mod settings;
pub mod slice_jobs;
pub mod source;
pub mod state;
pub mod text;
pub mod theme;
mod typed_ahead;
pub mod views;
pub mod widgets;
pub mod window;
pub mod worker;
