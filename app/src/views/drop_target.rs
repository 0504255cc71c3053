//! Files over the window: says that they can be dropped, and opens them when they are.

use egui::{Align2, Context, Id, LayerId, Order};
use rview_formats::Input;

use crate::command::{Command, Commands, Compare};
use crate::theme::{self, Palette};

/// Shows the hint and takes what is dropped.
pub fn ui(ctx: &Context, commands: &mut Commands) {
    let (n_hovered, dropped) = ctx.input(|input| {
        let dropped = input.raw.dropped_files.iter();
        let paths: Vec<Input> = dropped.map(|file| Input::Path(file.path().to_owned())).collect();
        (input.raw.hovered_files.len(), paths)
    });
    if !dropped.is_empty() {
        let are_two = dropped.len() == 2;
        commands.push(Command::Open(dropped));
        if are_two {
            commands.push(Command::Compare(Compare::Offer));
        }
    }
    if n_hovered > 0 {
        let palette = Palette::of(ctx.theme());
        let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop target")));
        let rect = ctx.content_rect();
        painter.rect_filled(rect, 0.0, palette.window.gamma_multiply(0.85));
        let text = if n_hovered == 1 {
            "Drop to open".to_owned()
        } else {
            format!("Drop to open {n_hovered} files")
        };
        let text = if n_hovered == 2 { format!("{text} and compare them") } else { text };
        let font = theme::medium(theme::TITLE);
        painter.text(rect.center(), Align2::CENTER_CENTER, text, font, palette.text);
    }
}
