//! The paths of stacks and samples, found from the roots on.
//!
//! All addresses at which a function is called from one path become the path of that function;
//! what is called from any of them is below it. So one walk over the stacks writes each path
//! once, in preorder, and nothing is looked up in a table larger than the caches:
//!
//! ```text
//! path   of stacks and samples        below it
//! main   main+0x10, main+0x22         run+0x08, run+0x14, a sample of idle
//!   run  run+0x08, run+0x14           …
//! ```

use super::{CallPaths, INLINED, PathTree, Repeats};
use crate::buckets::Buckets;
use crate::{FrameId, FunctionId, Line, PathId, Profile, StackId};

/// The paths of a profile without those of its slices.
pub(super) struct Merged {
    pub(super) tree: PathTree,
    /// By sample.
    pub(super) sample_path: Vec<PathId>,
    /// How often inlined functions are left out.
    pub(super) n_cut: usize,
}

/// Finds the paths of the stacks and samples of a profile. With `most` paths, no more are made
/// for inlined functions, but for those that are begun.
pub(super) fn merge(profile: &Profile, most: usize, repeats: Repeats) -> Merged {
    let mut walk = Walk::new(profile, most, repeats);
    walk.collect_below(None, FunctionId::NONE);
    walk.open(PathId::NONE);
    while let Some(Group { parent, function, flags, start }) = walk.groups.pop() {
        let mut path = walk.tree.push(parent, function, flags);
        walk.here.clear();
        walk.here.extend(walk.places.drain(start as usize..));
        walk.collect_all(path, function);
        // Most paths have one place and call one other: a chain needs no groups.
        while let [Entry { function, flags, place, .. }] = *walk.entries {
            walk.entries.clear();
            path = walk.tree.push(path, function, flags);
            walk.here.clear();
            walk.here.push(place);
            walk.collect_all(path, function);
        }
        walk.open(path);
    }
    Merged { tree: walk.tree, sample_path: walk.sample_path, n_cut: walk.n_cut }
}

/// A line of the frame of a stack, or of the leaf of a sample.
#[derive(Clone, Copy, Default)]
struct Place {
    /// A stack, or behind all stacks a sample.
    row: u32,
    /// [`LAST`] where nothing can be inlined.
    line: u32,
}

/// The only line of a frame.
const LAST: u32 = u32::MAX;

/// A place at a function.
#[derive(Clone, Copy)]
struct Entry {
    function: FunctionId,
    flags: u8,
    place: Place,
    /// Which of `kinds`.
    kind: u32,
}

/// Entries of one function that are called from one path.
#[derive(Clone, Copy)]
struct Kind {
    function: FunctionId,
    flags: u8,
    n_places: u32,
    /// Where its next place goes.
    next: u32,
}

/// A path that is found but not yet written, and where its places start: they end with those of
/// all groups that are open, as this is the latest of them.
struct Group {
    parent: PathId,
    function: FunctionId,
    flags: u8,
    start: u32,
}

struct Walk<'a> {
    profile: &'a Profile,
    most: usize,
    repeats: Repeats,
    /// Stacks and samples by their callers.
    below: Buckets<Row>,
    tree: PathTree,
    sample_path: Vec<PathId>,
    n_cut: usize,
    groups: Vec<Group>,
    /// The places of all groups.
    places: Vec<Place>,
    /// Those of the path that is being written.
    here: Vec<Place>,
    /// What is called from there.
    entries: Vec<Entry>,
    kinds: Vec<Kind>,
    /// By function and whether it is inlined: the latest path that calls it, and which of the
    /// kinds it is there.
    seen: Vec<(PathId, u32)>,
}

impl<'a> Walk<'a> {
    fn new(profile: &'a Profile, most: usize, repeats: Repeats) -> Self {
        let n_functions = profile.symbols().functions().len();
        Self {
            profile,
            most,
            repeats,
            below: below(profile),
            tree: PathTree::with_capacity(profile.stacks().len()),
            sample_path: vec![PathId::NONE; profile.samples().len()],
            n_cut: 0,
            groups: Vec::new(),
            places: Vec::new(),
            here: Vec::new(),
            entries: Vec::new(),
            kinds: Vec::new(),
            seen: vec![(PathId::NONE, u32::MAX); n_functions * 2],
        }
    }

    /// Collects what follows the places of a path of a function.
    fn collect_all(&mut self, path: PathId, function: FunctionId) {
        let mut at = 0;
        // There become more of them where a function that repeats stays one path.
        while let Some(&place) = self.here.get(at) {
            self.collect(place, path, function);
            at += 1;
        }
    }

    /// Collects what follows a place: the function that is inlined there, or, behind the last
    /// line of a frame, what it calls. A sample ends there.
    #[inline]
    fn collect(&mut self, mut place: Place, path: PathId, here: FunctionId) {
        while place.line != LAST
            && let Some((next, function)) = self.inlined(place)
        {
            place = next;
            let flags = match self.repeats {
                Repeats::Kept => INLINED,
                Repeats::Folded if function == here => continue,
                Repeats::Folded => 0,
            };
            self.entries.push(Entry { function, flags, place, kind: 0 });
            return;
        }
        let n_stacks = self.profile.stacks().len();
        match (place.row as usize).checked_sub(n_stacks) {
            Some(sample) => self.sample_path[sample] = path,
            None => self.collect_below(Some(StackId::from_index(place.row as usize)), here),
        }
    }

    /// The function that is inlined into that of a place.
    fn inlined(&mut self, place: Place) -> Option<(Place, FunctionId)> {
        let lines = self.profile.symbols().lines(frame_of(self.profile, place.row));
        let place = Place { line: place.line + 1, ..place };
        let line = lines.get(place.line as usize)?;
        if place.line as usize >= CallPaths::MAX_LINES || self.tree.len() >= self.most {
            self.n_cut += 1;
            return None;
        }
        Some((place, line.function))
    }

    /// Collects what a stack of a function calls; for `None`, what nothing calls.
    #[inline]
    fn collect_below(&mut self, stack: Option<StackId>, here: FunctionId) {
        for &Row { row, first } in self.below.of(bucket_below(stack)) {
            let (function, line) = first.parts();
            let place = Place { row, line };
            if self.repeats == Repeats::Folded && function == here {
                self.here.push(place);
            } else {
                self.entries.push(Entry { function, flags: 0, place, kind: 0 });
            }
        }
    }

    /// Makes groups of what is collected, in the order in which it was.
    fn open(&mut self, parent: PathId) {
        let at = PathId::from_index(self.places.len()).raw();
        self.kinds.clear();
        for entry in &mut self.entries {
            let inlined = usize::from(entry.flags == INLINED);
            let seen = &mut self.seen[entry.function.index() * 2 + inlined];
            if seen.0 != parent || seen.1 == u32::MAX {
                *seen = (parent, PathId::from_index(self.kinds.len()).raw());
                let (function, flags) = (entry.function, entry.flags);
                self.kinds.push(Kind { function, flags, n_places: 0, next: 0 });
            }
            entry.kind = seen.1;
            self.kinds[entry.kind as usize].n_places += 1;
        }
        // The first is written first, so it goes on top.
        let mut start = at;
        for kind in self.kinds.iter_mut().rev() {
            let (function, flags) = (kind.function, kind.flags);
            self.groups.push(Group { parent, function, flags, start });
            kind.next = start;
            start += kind.n_places;
        }
        self.places.resize(start as usize, Place::default());
        for entry in self.entries.drain(..) {
            let next = &mut self.kinds[entry.kind as usize].next;
            self.places[*next as usize] = entry.place;
            *next += 1;
        }
    }
}

#[inline]
fn frame_of(profile: &Profile, row: u32) -> FrameId {
    let stacks = profile.stacks();
    match (row as usize).checked_sub(stacks.len()) {
        Some(sample) => profile.samples().leaf(sample),
        None => stacks.frame(StackId::from_index(row as usize)),
    }
}

/// The first function of a frame, and whether more are inlined into it.
#[derive(Clone, Copy)]
struct First(u32);

impl First {
    const HAS_MORE: u32 = 1 << 31;

    fn new(lines: &[Line]) -> Self {
        let more = if lines.len() > 1 { Self::HAS_MORE } else { 0 };
        Self(lines[0].function.raw() | more)
    }

    /// The function, and the line of a place there.
    #[inline]
    fn parts(self) -> (FunctionId, u32) {
        let function = FunctionId::from_index((self.0 & !Self::HAS_MORE) as usize);
        (function, if self.0 & Self::HAS_MORE == 0 { LAST } else { 0 })
    }
}

/// A stack, or behind all stacks a sample. What the walk needs of it is beside it: it goes
/// through the stacks in another order than that of the recording.
#[derive(Clone, Copy)]
struct Row {
    row: u32,
    first: First,
}

/// The stacks and samples that each stack called: the first bucket is of those that nothing
/// called.
fn below(profile: &Profile) -> Buckets<Row> {
    let (stacks, samples) = (profile.stacks(), profile.samples());
    let symbols = profile.symbols();
    let first: Vec<First> =
        profile.frames().ids().map(|frame| First::new(symbols.lines(frame))).collect();
    Buckets::new(stacks.len() + 1, || {
        let of_stack = |stack| (stacks.parent(stack), stacks.frame(stack));
        let of_sample = |sample| (samples.callers(sample), samples.leaf(sample));
        let rows = stacks.ids().map(of_stack).chain((0..samples.len()).map(of_sample));
        rows.zip(0..).map(|((callers, frame), row)| {
            (bucket_below(callers), Row { row, first: first[frame.index()] })
        })
    })
}

fn bucket_below(stack: Option<StackId>) -> usize {
    stack.map_or(0, |stack| stack.index() + 1)
}
