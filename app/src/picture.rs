//! Pictures of a view: its pixels as PNG, the boxes of a flame graph as SVG.

mod svg;

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use egui::{Color32, ColorImage, Context, Id, Rect};

use crate::command::{Command, PictureKind};
use crate::state::{State, View};
use crate::worker::Worker;

pub use svg::flame_graph;

/// Keeps where a view is on screen.
pub fn remember(ctx: &Context, view: View, rect: Rect) {
    ctx.data_mut(|data| data.insert_temp(Id::unique(("view on screen", view)), rect));
}

/// Where a view was in the last frame in which it was on screen.
fn place_of(ctx: &Context, view: View) -> Option<Rect> {
    ctx.data(|data| data.get_temp(Id::unique(("view on screen", view))))
}

/// How wide the picture of a view is that is not on screen, in points.
const WIDTH: f32 = 1200.0;

/// Applies a command of this kind; gives back any other.
pub fn update(
    state: &mut State,
    command: Command,
    worker: &mut Worker,
    ctx: &Context,
) -> Option<Command> {
    let Command::SavePicture(kind, path) = command else { return Some(command) };
    let direction = state.settings.direction;
    let session = state.session()?;
    match kind {
        PictureKind::Png => match place_of(ctx, session.layout.active) {
            Some(part) => worker.take_picture(part, path),
            None => state.notify("The view is not on screen: there is nothing to save"),
        },
        PictureKind::Svg => {
            let width = place_of(ctx, View::FlameGraph).map_or(WIDTH, |rect| rect.width());
            match flame_graph(session, direction, ctx.theme(), width) {
                Some(text) => worker.save(path, || Ok(text.into_bytes())),
                None => state.notify("No flame graph is there to save"),
            }
        }
    }
    None
}

/// Cuts a part out of the window and writes it.
pub fn save_part(image: Arc<ColorImage>, part: Rect, path: PathBuf, worker: &mut Worker) {
    let ctx = worker.ctx();
    let ppp = ctx.pixels_per_point();
    worker.save(path, move || png(&image, part, ppp));
}

/// A part of a picture, in points, as PNG.
fn png(image: &ColorImage, part: Rect, ppp: f32) -> Result<Vec<u8>, String> {
    let [width, height] = image.size;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels on screen")]
    let px = |at: f32, most: usize| ((at * ppp).round().max(0.0) as usize).min(most);
    let (left, right) = (px(part.left(), width), px(part.right(), width));
    let (top, bottom) = (px(part.top(), height), px(part.bottom(), height));
    let rows = image.pixels.chunks(width.max(1)).take(bottom).skip(top);
    let pixels = rows.flat_map(|row| row.get(left..right).unwrap_or_default());
    let bytes: Vec<u8> = pixels.flat_map(Color32::to_srgba_unmultiplied).collect();
    let size = |a: usize, b: usize| u32::try_from(b.saturating_sub(a)).unwrap_or_default();
    let picture = image::RgbaImage::from_raw(size(left, right), size(top, bottom), bytes);
    let picture = picture.filter(|picture| picture.width() > 0 && picture.height() > 0);
    let Some(picture) = picture else { return Err("the view is not on screen".to_owned()) };
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).map_err(|err| err.to_string())?;
    Ok(png.into_inner())
}

#[cfg(test)]
mod tests {
    use egui::Pos2;

    use super::*;

    #[test]
    fn a_part_of_the_window_is_cut_out_in_pixels() {
        let mut image = ColorImage::filled([8, 6], Color32::BLACK);
        image.pixels[2 * 8 + 4] = Color32::WHITE;
        let part = Rect::from_min_max(Pos2::new(2.0, 1.0), Pos2::new(4.0, 2.0));
        let png = png(&image, part, 2.0).unwrap();
        let read = image::load_from_memory(&png).unwrap().to_rgba8();
        assert_eq!((read.width(), read.height()), (4, 2));
        assert_eq!(read.get_pixel(0, 0).0, [255; 4]);
        assert_eq!(read.get_pixel(1, 0).0, [0, 0, 0, 255]);
    }

    #[test]
    fn a_part_beyond_the_window_is_what_is_left_of_it() {
        let image = ColorImage::filled([4, 4], Color32::BLACK);
        let part = Rect::from_min_max(Pos2::new(2.0, 2.0), Pos2::new(9.0, 9.0));
        let read = image::load_from_memory(&png(&image, part, 1.0).unwrap()).unwrap();
        assert_eq!((read.width(), read.height()), (2, 2));
        let beyond = Rect::from_min_max(Pos2::new(9.0, 9.0), Pos2::new(12.0, 12.0));
        assert!(png(&image, beyond, 1.0).is_err());
    }
}
