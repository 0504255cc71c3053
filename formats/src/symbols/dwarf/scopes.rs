//! Which functions cover the addresses of a unit, and which are inlined there.
//!
//! One walk over the entries of the unit. Each address has a node, the innermost function that
//! was met so far; a function inlined into that one becomes its node:
//!
//! ```text
//! subprogram run        10..50     run ← mix ← lift      addresses 12, 20, 40
//!   inlined mix         18..30                           nodes    run, lift, run
//!     inlined lift      20..22
//! ```

use gimli::{AttributeValue, UnitOffset};

use super::MAX_INLINED;
use super::budget::{Budget, Meter, Stop};
use crate::symbols::debug_data::Bytes;

/// A function at some of the addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// The function that it is inlined into.
    pub(super) caller: Option<u32>,
    /// How many it is inlined into.
    depth: u16,
    /// Where the unit describes it.
    pub(super) entry: UnitOffset,
    /// Where it is called, for an inlined one: a row of the files of the unit's lines.
    pub(super) call_file: Option<u64>,
    /// The line of the call; 0 if unknown.
    pub(super) call_line: u32,
}

/// The functions at addresses.
#[derive(Debug)]
pub(super) struct Scopes {
    nodes: Vec<Node>,
    /// The innermost function by address.
    innermost: Vec<Option<u32>>,
    /// Length of the range by which the physical function covers the address.
    range_len: Vec<u64>,
    n_cut: usize,
}

/// An entry whose children are being read.
struct Open {
    depth: isize,
    /// `None` where it covers no address.
    node: Option<u32>,
}

/// Entries of functions nested deeper than this are made by nobody.
const MAX_OPEN: usize = 1 << 14;

/// What an entry of a function says.
#[derive(Default)]
struct Attributes {
    low: Option<u64>,
    high: Option<u64>,
    len: Option<u64>,
    ranges: Option<gimli::RangeListsOffset>,
    call_file: Option<u64>,
    call_line: u32,
}

impl Scopes {
    pub(super) fn new(addresses: &[u64]) -> Self {
        Self {
            nodes: Vec::new(),
            innermost: vec![None; addresses.len()],
            range_len: vec![u64::MAX; addresses.len()],
            n_cut: 0,
        }
    }

    /// The node of an address and of what it is inlined into, innermost first.
    pub(super) fn chain(&self, row: usize) -> impl Iterator<Item = &Node> {
        let node = |row: u32| self.nodes.get(row as usize);
        let first = self.innermost.get(row).copied().flatten().and_then(node);
        std::iter::successors(first, move |inner| inner.caller.and_then(node))
    }

    /// How often inlining was deeper than is kept.
    pub(super) fn n_cut(&self) -> usize {
        self.n_cut
    }

    /// Walks all entries of a unit.
    pub(super) fn read(
        &mut self,
        unit: gimli::UnitRef<'_, Bytes<'_>>,
        addresses: &[u64],
        budget: &Budget,
    ) -> Result<(), Stop> {
        let mut meter = Meter::new(budget);
        let mut open: Vec<Open> = Vec::new();
        let mut entries = unit.entries_raw(None)?;
        while !entries.is_empty() {
            meter.step()?;
            let (entry, depth) = (entries.next_offset(), entries.next_depth());
            let Some(abbreviation) = entries.read_abbreviation()? else { continue };
            while open.pop_if(|parent| parent.depth >= depth).is_some() {}
            let is_inlined = match abbreviation.tag() {
                gimli::DW_TAG_subprogram => false,
                gimli::DW_TAG_inlined_subroutine => true,
                _ => {
                    entries.skip_attributes(abbreviation.attributes())?;
                    continue;
                }
            };
            let attributes = Attributes::read(unit, &mut entries, abbreviation)?;
            let caller = open.last().and_then(|parent| parent.node).filter(|_| is_inlined);
            let node = if is_inlined && caller.is_none() {
                None
            } else {
                let mut cover = Cover { scopes: self, addresses, entry, caller, node: None };
                attributes.for_each_range(unit, &mut meter, |range, meter| {
                    cover.range(&attributes, range, meter)
                })?;
                cover.node
            };
            if abbreviation.has_children() {
                if open.len() >= MAX_OPEN {
                    return Err(Stop::Broken);
                }
                open.push(Open { depth, node });
            }
        }
        Ok(())
    }
}

/// Gives addresses to one function.
struct Cover<'s> {
    scopes: &'s mut Scopes,
    addresses: &'s [u64],
    entry: UnitOffset,
    /// `None` for a physical function.
    caller: Option<u32>,
    /// The function's, once it has an address.
    node: Option<u32>,
}

impl Cover<'_> {
    fn range(
        &mut self,
        attributes: &Attributes,
        range: gimli::Range,
        meter: &mut Meter<'_>,
    ) -> Result<(), Stop> {
        let first = self.addresses.partition_point(|&address| address < range.begin);
        let len = range.end.wrapping_sub(range.begin);
        let mut row = first;
        while self.addresses.get(row).is_some_and(|&address| address < range.end) {
            meter.step()?;
            let is_better = match self.caller {
                // Of two functions at one address, the one that is there alone.
                None => self.scopes.range_len.get(row).is_some_and(|&best| len < best),
                Some(_) => self.scopes.innermost.get(row) == Some(&self.caller),
            };
            if is_better && let Some(node) = self.node(attributes) {
                if let Some(innermost) = self.scopes.innermost.get_mut(row) {
                    *innermost = Some(node);
                }
                if self.caller.is_none()
                    && let Some(best) = self.scopes.range_len.get_mut(row)
                {
                    *best = len;
                }
            }
            row = row.saturating_add(1);
        }
        Ok(())
    }

    fn node(&mut self, attributes: &Attributes) -> Option<u32> {
        if self.node.is_some() {
            return self.node;
        }
        let nodes = &mut self.scopes.nodes;
        let caller = self.caller.and_then(|caller| nodes.get(caller as usize));
        let depth = caller.map_or(0, |caller| caller.depth.saturating_add(1));
        if depth > MAX_INLINED {
            self.scopes.n_cut = self.scopes.n_cut.saturating_add(1);
            return None;
        }
        self.node = u32::try_from(nodes.len()).ok();
        nodes.push(Node {
            caller: self.caller,
            depth,
            entry: self.entry,
            call_file: attributes.call_file,
            call_line: attributes.call_line,
        });
        self.node
    }
}

impl Attributes {
    fn read<'a>(
        unit: gimli::UnitRef<'_, Bytes<'a>>,
        entries: &mut gimli::EntriesRaw<'_, Bytes<'a>>,
        abbreviation: &gimli::Abbreviation,
    ) -> Result<Self, Stop> {
        let mut this = Self::default();
        for &spec in abbreviation.attributes() {
            let attribute = entries.read_attribute(spec)?;
            let value = attribute.value();
            match attribute.name() {
                gimli::DW_AT_low_pc => this.low = unit.attr_address(value)?,
                gimli::DW_AT_high_pc => match value {
                    AttributeValue::Udata(len) => this.len = Some(len),
                    _ => this.high = unit.attr_address(value)?,
                },
                gimli::DW_AT_ranges => this.ranges = unit.attr_ranges_offset(value)?,
                gimli::DW_AT_call_file => {
                    if let AttributeValue::FileIndex(file) = value {
                        this.call_file = Some(file);
                    }
                }
                gimli::DW_AT_call_line => {
                    let line = attribute.udata_value().unwrap_or_default();
                    this.call_line = u32::try_from(line).unwrap_or_default();
                }
                _ => {}
            }
        }
        Ok(this)
    }

    fn for_each_range(
        &self,
        unit: gimli::UnitRef<'_, Bytes<'_>>,
        meter: &mut Meter<'_>,
        mut visit: impl FnMut(gimli::Range, &mut Meter<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        if let Some(ranges) = self.ranges {
            let mut ranges = unit.ranges(ranges)?;
            while let Some(range) = ranges.next()? {
                meter.step()?;
                visit(range, meter)?;
            }
            return Ok(());
        }
        let Some(begin) = self.low else { return Ok(()) };
        // Code that the linker has thrown away starts at the last address, and wraps around.
        let end = self.high.or_else(|| Some(begin.wrapping_add(self.len?)));
        match end {
            Some(end) if begin < end => visit(gimli::Range { begin, end }, meter),
            _ => Ok(()),
        }
    }
}

/// The ranges of a unit itself, for [`UnitIndex`](super::units::UnitIndex).
pub(super) fn unit_ranges(
    unit: gimli::UnitRef<'_, Bytes<'_>>,
    budget: &Budget,
) -> Result<Vec<gimli::Range>, Stop> {
    let mut meter = Meter::new(budget);
    let mut entries = unit.entries_raw(None)?;
    let abbreviation = entries.read_abbreviation()?.ok_or(Stop::Broken)?;
    let attributes = Attributes::read(unit, &mut entries, abbreviation)?;
    let mut ranges = Vec::new();
    attributes.for_each_range(unit, &mut meter, |range, _| {
        if range.begin < range.end {
            ranges.push(range);
        }
        Ok(())
    })?;
    Ok(ranges)
}
