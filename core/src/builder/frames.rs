//! Places in code, and the functions that run there.

use super::ProfileBuilder;
use crate::id::row_number;
use crate::{FrameId, FrameTable, Line, MappingId};

impl ProfileBuilder {
    /// The id of the place at an address of a binary, of which names are told later by
    /// [`Self::set_lines`], or never.
    pub fn frame(&mut self, mapping: Option<MappingId>, address: u64) -> FrameId {
        let mapping = mapping.unwrap_or(MappingId::NONE);
        if let Some(&frame) = self.frame_ids.get(&(mapping, address)) {
            return frame;
        }
        let frame = self.push_frame(mapping, address);
        self.frame_ids.insert((mapping, address), frame);
        frame
    }

    /// The id of a place of which only the function, and perhaps the line, is known.
    pub fn named_frame(&mut self, line: Line) -> FrameId {
        if let Some(&frame) = self.named_frame_ids.get(&line) {
            return frame;
        }
        let mapping = self.functions[line.function.index()].mapping.unwrap_or(MappingId::NONE);
        let frame = self.push_frame(mapping, 0);
        self.set_lines(frame, &[line]);
        self.named_frame_ids.insert(line, frame);
        frame
    }

    /// A place that is not shared with any other, for formats that give each an id of its own.
    pub fn new_frame(&mut self, mapping: Option<MappingId>, address: u64) -> FrameId {
        self.push_frame(mapping.unwrap_or(MappingId::NONE), address)
    }

    fn push_frame(&mut self, mapping: MappingId, address: u64) -> FrameId {
        let frame = FrameId::from_index(self.frames.len());
        self.frames.mapping.push(mapping);
        self.frames.address.push(address);
        self.line_range.push((0, 0));
        frame
    }

    /// Every frame so far, to look up names for.
    pub fn frames(&self) -> &FrameTable {
        &self.frames
    }

    /// Tells the functions at a frame: the physical one first, then those inlined there.
    pub fn set_lines(&mut self, frame: FrameId, lines: &[Line]) {
        let start = row_number(self.lines.len());
        self.lines.extend_from_slice(lines);
        let len = row_number(lines.len());
        self.line_range[frame.index()] = (start, len);
    }

    /// Tells in which columns of the source the lines of a frame are, in the order of its lines;
    /// 0 for those that are not known. The lines have to be told before.
    pub fn set_columns(&mut self, frame: FrameId, columns: &[u32]) {
        self.source_columns.set(self.line_range[frame.index()], columns);
    }

    /// Says that other functions with the same code may be meant by a frame.
    pub fn set_folded(&mut self, frame: FrameId) {
        self.frames.folded.insert(frame);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Line, ProfileBuilder};

    #[test]
    fn frames_keep_their_columns_and_what_is_folded() {
        let mut builder = ProfileBuilder::default();
        let function = builder.function_named("run");
        let line = |line| Line { function, line };
        let [plain, placed, folded] = [1, 2, 3].map(|address| builder.new_frame(None, address));
        builder.set_lines(plain, &[line(1)]);
        builder.set_lines(placed, &[line(2), line(3)]);
        builder.set_columns(placed, &[0, 7]);
        builder.set_lines(folded, &[line(4)]);
        builder.set_folded(folded);
        let profile = builder.finish().0;
        profile.check().unwrap();
        let columns = [plain, placed, folded].map(|frame| profile.symbols().columns(frame));
        assert_eq!(columns, [&[][..], &[0, 7], &[]]);
        let is_folded = [plain, placed, folded].map(|frame| profile.frames().is_folded(frame));
        assert_eq!(is_folded, [false, false, true]);
    }
}
