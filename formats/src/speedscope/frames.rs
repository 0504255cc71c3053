//! The table of frames.

use rview_core::{FrameId, Function, FunctionId, Line, ProfileBuilder};

use crate::json::{Elements, Fields, Text, Value};

/// Functions by their row in the file, with the frame of each.
#[derive(Debug)]
pub(super) struct Frames {
    rows: Vec<(FunctionId, FrameId)>,
}

impl Frames {
    pub(super) fn read(frames: Option<Value<'_>>, builder: &mut ProfileBuilder) -> Self {
        let rows = frames.into_iter().flat_map(Elements::of).map(|frame| {
            let (mut name, mut file, mut line) = (None, None, 0);
            for (key, value) in Fields::of(frame) {
                match key.raw {
                    b"name" => name = value.text(),
                    b"file" => file = value.text().filter(|text| !text.raw.is_empty()),
                    b"line" => line = value.integer().unwrap_or_default(),
                    _ => {}
                }
            }
            let name = builder.string(&name.map(Text::decode).unwrap_or_default());
            let file = file.map(|file| builder.string(&file.decode()));
            let line = u32::try_from(line).unwrap_or_default();
            row(Function { file, line, ..Function::named(name) }, builder)
        });
        Self { rows: rows.collect() }
    }

    /// The function and the frame of a row; `None` if there is no such row.
    pub(super) fn get(&self, number: i64) -> Option<(FunctionId, FrameId)> {
        self.rows.get(usize::try_from(number).ok()?).copied()
    }
}

/// The frame of a function by name alone, such as `[unknown]`.
pub(super) fn named(name: &str, builder: &mut ProfileBuilder) -> (FunctionId, FrameId) {
    let name = builder.string(name);
    row(Function::named(name), builder)
}

fn row(function: Function, builder: &mut ProfileBuilder) -> (FunctionId, FrameId) {
    let function = builder.function(function);
    (function, builder.named_frame(Line { function, line: 0 }))
}
