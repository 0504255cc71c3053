//! The profile data model of rview and the analyses on it.
//!
//! Nothing here reads a file, knows a format or draws a pixel: everything is a pure function
//! of a [`Profile`], which never changes once [`ProfileBuilder::finish`] has returned it.
//!
//! # Words
//!
//! | word     | what it is                                                               |
//! |----------|--------------------------------------------------------------------------|
//! | mapping  | a binary: an executable, a library, the kernel                           |
//! | function | a named piece of code, or what slices of one name are called             |
//! | frame    | a place in code, with the functions that are inlined there               |
//! | stack    | a call site and the stack that called it, as recorded                    |
//! | sample   | a leaf frame that was seen, its callers, when, on which thread           |
//! | weight   | what a sample counts for, one for each [`ValueType`]                     |
//! | track    | what slices happen on: a thread, or asynchronous work of a process       |
//! | slice    | an interval with a name, nested in others of its track                   |
//! | lane     | one row of slices of a track                                             |
//! | path     | the functions from the root to a leaf, inlined ones too                  |
//! | node     | a path in its place in the [`CallTree`], as shown                        |
//! | self     | weight of the samples that end in a node (also *exclusive*, pprof: flat) |
//! | total    | self, plus the self of all its callees (also *inclusive*, pprof: cum)    |
//!
//! `self_` is called so because `self` is taken.

mod activity;
mod address_costs;
mod bits;
mod boxes;
mod branch;
mod buckets;
pub mod budget;
mod builder;
mod call_tree;
mod check;
mod counter;
mod counter_columns;
mod critical_chain;
pub mod diff;
mod flame;
mod flow_index;
mod frame;
mod function_set;
mod functions;
mod group;
mod heat_map;
mod id;
mod inverted;
mod label;
mod line_costs;
mod mapping;
mod marker_rows;
mod offsets;
mod outline;
mod overview;
mod paths;
mod preorder;
mod profile;
mod sample;
mod sample_chart;
mod sandwich;
pub mod search;
mod selection;
mod shape;
mod slice;
mod slice_list;
mod slice_stats;
mod slice_totals;
mod stack;
mod strings;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod thread;
mod ticks;
mod timeline;
mod track;
mod transform;
pub mod units;
mod view;

pub use activity::{Activity, ActivityBar};
pub use address_costs::{AddressCost, address_costs};
pub use boxes::BoxRun;
pub use branch::{BranchRecord, Branches};
pub use builder::{
    FlowEnd, MAX_TIME_NS, ProfileBuilder, RawSliceId, Sample, Slice, SortedStacks, StackList,
    SymbolsBuilder, Unbound, WeightOverflow,
};
pub use call_tree::CallTree;
pub use check::Broken;
pub use counter::{Counter, Counters, Flows, Markers, Scope};
pub use counter_columns::{CounterColumn, CounterLod, counter_columns};
pub use critical_chain::{ChainStep, CriticalChain};
pub use flame::FlameLayout;
pub use flow_index::FlowIndex;
pub use frame::{FrameTable, Function, FunctionTable, Line, Symbols};
pub use function_set::FunctionSet;
pub use functions::{FunctionGroups, FunctionTotals, GroupTotals};
pub use group::{GroupBy, Groups, process_id_text, process_name, thread_id_text, thread_name};
pub use heat_map::HeatMap;
pub use id::{
    CounterId, FlowId, FrameId, FunctionId, LabelSetId, LaneId, MappingId, MarkerId, NodeId,
    PairId, PairNodeId, PathId, ProcessId, SliceId, StackId, StringId, ThreadId, TrackId,
    ValueTypeId,
};
pub use inverted::{Inverted, InvertedNodeId};
pub use label::{
    GroupTotal, KeyTable, Label, LabelGroups, LabelQuery, LabelSelection, LabelSets, LabelTable,
    LabelValue, Wants,
};
pub use line_costs::{LineCost, LineCosts};
pub use mapping::{Mapping, MappingTable, Symbolized, Told};
pub use marker_rows::{MarkerRows, MarkerRun};
pub use outline::Outline;
pub use overview::overview;
pub use paths::{CallPaths, Renamed};
pub use profile::{AskedColor, Profile, ValueType, escaped, file_name, shown_name};
pub use sample::{Samples, Weights};
pub use sample_chart::{SampleChart, StackBox};
pub use sandwich::{Call, MergedTree, Sandwich};
pub use search::{Search, SearchError, SliceSearch};
pub use selection::{Measure, PathWeights, SampleSet, Selection, StackFilter};
pub use shape::{Granularity, Shape, Shaped};
pub use slice::{Lane, Slices};
pub use slice_list::{SliceKey, SliceList, SliceOrder};
pub use slice_stats::{DurationBin, DurationHistogram, SliceStats};
pub use slice_totals::{SliceTotal, SliceTotals};
pub use stack::StackTable;
pub use strings::StringTable;
pub use thread::{Process, ProcessTable, Thread, ThreadTable};
pub use ticks::{Tick, Ticks};
pub use timeline::SliceLod;
pub use track::{Track, TrackTable};
pub use transform::{FunctionKey, PathKey, Transform};
pub use units::{Decimals, ScaledUnit, Unit};
pub use view::AxisView;
