//! From addresses in processes to frames and stacks of the profile.

use std::time::SystemTime;

use rustc_hash::FxHashMap;
use rview_core::{FrameId, Function, Line, MappingId, ProfileBuilder, StackId};

use super::features::Features;
use super::fields::Words;
use super::machine::{LastCallers, Mode, Place, Space, Spaces};
use super::modules::Modules;
use super::sample::triples;

/// The profile under construction and the binaries of its frames.
pub(super) struct Places<'s, 'f> {
    pub(super) builder: ProfileBuilder,
    pub(super) modules: Modules,
    pub(super) features: &'s Features<'f>,
    cache: FrameCache,
    gaps: GapCache,
    /// Numbers for the spaces of user and kernel that branches are in.
    branch_spaces: FxHashMap<(u32, u32), u32>,
    kernel: Option<MappingId>,
    /// What has no binary in the recording.
    outside: Vec<(Mode, MappingId)>,
    truncated: Option<FrameId>,
    unmapped: Option<FrameId>,
    /// How often a caller was where nothing is mapped.
    pub(super) n_unmapped: u64,
}

impl<'s, 'f> Places<'s, 'f> {
    pub(super) fn new(features: &'s Features<'f>, until: Option<SystemTime>) -> Self {
        Self {
            builder: ProfileBuilder::default(),
            modules: Modules::new(features, until),
            features,
            cache: FrameCache::new(),
            gaps: GapCache::new(),
            branch_spaces: FxHashMap::default(),
            kernel: None,
            outside: Vec::new(),
            truncated: None,
            unmapped: None,
            n_unmapped: 0,
        }
    }

    /// The stack of some callers, leaf first. What it shares with the thread's latest one is
    /// not looked up again.
    pub(super) fn stack(
        &mut self,
        spaces: Spaces<'_>,
        callers: &[Place],
        last: &mut LastCallers,
    ) -> Option<StackId> {
        let generations = (spaces.user.generation(), spaces.kernel.generation());
        if last.generations != generations {
            last.generations = generations;
            last.stacks.clear();
        }
        let equal = last.stacks.iter().zip(callers.iter().rev()).take_while(|(a, b)| a.0 == **b);
        let n_equal = equal.count();
        last.stacks.truncate(n_equal);
        let mut stack = last.stacks.last().map(|&(_, stack)| stack);
        for &place in callers.iter().rev().skip(n_equal) {
            let frame = self.caller(spaces, place);
            let callee = self.builder.stack(stack, frame);
            last.stacks.push((place, callee));
            stack = Some(callee);
        }
        stack
    }

    /// Finds the frames of the branches of a sample. Gives a number for the spaces in which
    /// their addresses count, and how many there are; `None` if there are none.
    pub(super) fn branches(&mut self, spaces: Spaces<'_>, words: Words<'_>) -> Option<(u32, u64)> {
        let key = (spaces.user.generation(), spaces.kernel.generation());
        let next = u32::try_from(self.branch_spaces.len()).ok()?;
        let space = *self.branch_spaces.entry(key).or_insert(next);
        let mut n_branches = 0_u64;
        for [from, to, _] in triples(words) {
            n_branches = n_branches.saturating_add(1);
            for address in [from, to] {
                if !self.builder.has_branch_place(space, address) {
                    let place = Place { address, mode: Mode::of_address(address) };
                    if let Some(frame) = self.mapped(spaces, place) {
                        self.builder.branch_place(space, address, frame);
                    }
                }
            }
        }
        (n_branches > 0).then_some((space, n_branches))
    }

    /// The frame of a caller.
    ///
    /// Code without frame pointers leaves any numbers where the return addresses are looked
    /// for. Where nothing is mapped, the number says no more than that: all of them are one
    /// frame, else such a recording has twenty times the stacks, all of them different.
    #[inline]
    fn caller(&mut self, spaces: Spaces<'_>, place: Place) -> FrameId {
        if let Some(frame) = self.mapped(spaces, place) {
            return frame;
        }
        if place.mode != Mode::User {
            return self.builder.frame(None, place.address);
        }
        self.n_unmapped = self.n_unmapped.saturating_add(1);
        let builder = &mut self.builder;
        *self.unmapped.get_or_insert_with(|| builder.new_frame(None, 0))
    }

    /// The frame of a place.
    #[inline]
    pub(super) fn frame(&mut self, spaces: Spaces<'_>, place: Place) -> FrameId {
        self.mapped(spaces, place).unwrap_or_else(|| self.builder.frame(None, place.address))
    }

    /// The frame of a place; `None` where nothing is mapped.
    #[inline]
    fn mapped(&mut self, spaces: Spaces<'_>, place: Place) -> Option<FrameId> {
        let Place { address, mode } = place;
        let space = match mode {
            Mode::User => spaces.user,
            Mode::Kernel => spaces.kernel,
            Mode::Other => return None,
            Mode::GuestKernel | Mode::GuestUser | Mode::Hypervisor => {
                return Some(self.outside(place));
            }
            Mode::Truncated => return Some(self.truncated()),
        };
        let generation = space.generation();
        if let Some(frame) = self.cache.get(address, generation) {
            return Some(frame);
        }
        if self.gaps.contains(address, generation) {
            return None;
        }
        let frame = match space.maps().at(address) {
            Some(map) => self.builder.frame(Some(map.mapping), address.wrapping_add(map.to_frame)),
            None if mode == Mode::Kernel && space.maps().is_empty() => {
                let kernel = self.kernel();
                self.builder.frame(Some(kernel), address)
            }
            None => {
                self.gaps.insert(address, space);
                return None;
            }
        };
        self.cache.set(address, generation, frame);
        Some(frame)
    }

    /// The kernel, of a recording that does not say where it is.
    fn kernel(&mut self) -> MappingId {
        let Self { modules, builder, features, .. } = self;
        *self.kernel.get_or_insert_with(|| modules.kernel(features, builder))
    }

    /// A place of which the recording has no binary: never one of the recorded system's, whose
    /// addresses are others.
    fn outside(&mut self, Place { address, mode }: Place) -> FrameId {
        let known = self.outside.iter().find(|(of, _)| *of == mode).map(|&(_, mapping)| mapping);
        let mapping = known.unwrap_or_else(|| {
            let name = match mode {
                Mode::GuestKernel => "[guest kernel]",
                Mode::GuestUser => "[guest]",
                _ => "[hypervisor]",
            };
            let mapping = self.modules.outside(name, &mut self.builder);
            self.outside.push((mode, mapping));
            mapping
        });
        self.builder.frame(Some(mapping), address)
    }

    /// What stands for the callers that are missing.
    fn truncated(&mut self) -> FrameId {
        let builder = &mut self.builder;
        *self.truncated.get_or_insert_with(|| {
            let function = builder.function_named(Function::TRUNCATED);
            builder.named_frame(Line { function, line: 0 })
        })
    }
}

/// The frames that were looked up last.
struct FrameCache {
    slots: Vec<(u64, u32, FrameId)>,
}

impl FrameCache {
    /// 32768 slots of 16 bytes stay in the second cache of a processor.
    const BITS: u32 = 15;

    fn new() -> Self {
        Self { slots: vec![(0, u32::MAX, FrameId::NONE); 1 << Self::BITS] }
    }

    #[inline]
    fn slot(address: u64, generation: u32) -> usize {
        // The constant spreads neighbors: 2^64 divided by the golden ratio.
        let hash = (address ^ u64::from(generation) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from(hash >> (64 - Self::BITS)).unwrap_or_default()
    }

    #[inline]
    fn get(&self, address: u64, generation: u32) -> Option<FrameId> {
        let &(at, of, frame) = self.slots.get(Self::slot(address, generation))?;
        (at == address && of == generation).then(|| frame.some())?
    }

    #[inline]
    fn set(&mut self, address: u64, generation: u32, frame: FrameId) {
        if let Some(slot) = self.slots.get_mut(Self::slot(address, generation)) {
            *slot = (address, generation, frame);
        }
    }
}

/// The pages that were looked at last and have nothing mapped anywhere in them: what code
/// without frame pointers leaves is often an address of the stack or the heap.
struct GapCache {
    slots: Vec<(u64, u32)>,
}

impl GapCache {
    const BITS: u32 = 12;
    /// Maps are of whole pages of at least 4 KiB, but for those of JITs.
    const PAGE_BITS: u32 = 12;

    fn new() -> Self {
        Self { slots: vec![(0, u32::MAX); 1 << Self::BITS] }
    }

    #[inline]
    fn slot(page: u64, generation: u32) -> usize {
        let hash = (page ^ u64::from(generation) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        usize::try_from(hash >> (64 - Self::BITS)).unwrap_or_default()
    }

    #[inline]
    fn contains(&self, address: u64, generation: u32) -> bool {
        let page = address >> Self::PAGE_BITS;
        self.slots.get(Self::slot(page, generation)) == Some(&(page, generation))
    }

    fn insert(&mut self, address: u64, space: &Space) {
        let page = address >> Self::PAGE_BITS;
        let start = page << Self::PAGE_BITS;
        let end = start.saturating_add(1 << Self::PAGE_BITS);
        if space.maps().is_gap(start, end)
            && let Some(slot) = self.slots.get_mut(Self::slot(page, space.generation()))
        {
            *slot = (page, space.generation());
        }
    }
}
