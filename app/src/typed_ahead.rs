//! What is typed after a key that gives the keyboard to a field, while the frame of that key is
//! still to be drawn.

use egui::{Context, Event};

use crate::actions;

/// Events that wait for a field to have the keyboard: in a slow frame, `Ctrl+F` and the letters
/// after it come together, and letters are keys of other commands.
#[derive(Debug, Default)]
pub(crate) struct TypedAhead(Vec<Event>);

impl TypedAhead {
    /// Hands on what waited, and holds what comes after a key for a field.
    pub(crate) fn order(&mut self, ctx: &Context) {
        ctx.input_mut(|input| {
            input.events.splice(0..0, self.0.drain(..));
            if let Some(at) = input.events.iter().position(actions::gives_keyboard) {
                self.0 = input.events.split_off(at + 1);
            }
        });
        if !self.0.is_empty() {
            ctx.request_repaint();
        }
    }
}
