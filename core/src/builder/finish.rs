//! From what an importer found, in the order of the file, to a sorted [`Profile`].

use std::sync::Arc;

use super::flows::Finished;
use super::{ProfileBuilder, RawSamples, RawWeights, Unbound};
use crate::id::row_number;
use crate::sample::Values;
use crate::slice::{LaidOut, layout};
use crate::{
    AskedColor, Counters, Function, FunctionId, FunctionTable, LabelSetId, Line, MappingTable,
    Markers, ProcessTable, Profile, Samples, StringId, Symbols, ThreadTable, TrackTable, Weights,
};

impl ProfileBuilder {
    /// The finished profile: samples in order of time, slices in lanes, times relative to the
    /// first event.
    pub fn finish(mut self) -> (Profile, Unbound) {
        self.name_unknown_frames();
        let (origin_ns, end_ns) = self.time_span();

        let wanted = super::flows::slices_of(&self.flows);
        let raw = std::mem::take(&mut self.slices);
        let LaidOut { slices, lanes_end, found } = layout(raw, origin_ns, &wanted);
        let tracks = TrackTable { rows: self.tracks, lanes_end };
        let finished =
            Finished { slices: &slices, tracks: &tracks, wanted: &wanted, found: &found };
        let (flows, unbound) = finished.bind(self.flows, origin_ns);

        let mut colors: Vec<(FunctionId, StringId)> = self.colors.into_iter().collect();
        colors.sort_unstable();
        let asked_colors = colors.into_iter().map(|(function, color)| {
            let Function { name, category, .. } = self.functions[function.index()];
            AskedColor { name, category, color }
        });
        let asked_colors = asked_colors.collect();

        let (samples, order) = self.samples.finish(origin_ns);
        let branches = self.branches.finish(order.as_deref());
        let profile = Profile {
            strings: Arc::new(self.strings.finish()),
            mappings: Arc::new(MappingTable { rows: self.mappings, symbolized: self.symbolized }),
            frames: Arc::new(self.frames),
            symbols: Arc::new(Symbols {
                functions: FunctionTable { rows: self.functions },
                range: self.line_range,
                lines: self.lines,
                columns: self.source_columns,
            }),
            stacks: Arc::new(self.stacks.finish()),
            processes: Arc::new(ProcessTable { rows: self.processes }),
            threads: Arc::new(ThreadTable { rows: self.threads }),
            value_types: self.value_types,
            default_value_type: self.default_value_type,
            samples: Arc::new(samples),
            branches: Arc::new(branches),
            labels: Arc::new(self.labels),
            tracks: Arc::new(tracks),
            slices: Arc::new(slices),
            counters: Arc::new(finish_counters(self.counters, self.counter_values, origin_ns)),
            markers: Arc::new(finish_markers(self.markers, origin_ns)),
            flows: Arc::new(flows),
            origin_ns,
            duration_ns: self.duration_ns.unwrap_or(end_ns - origin_ns),
            facts: self.facts,
            asked_colors,
        };
        (profile, unbound)
    }

    /// The first and the last time of anything; both 0 when nothing has a time.
    /// The earliest time of all that was added, on the file's clock: times of the profile count
    /// from it. Looks at all of them.
    pub fn origin_ns(&self) -> i64 {
        self.time_span().0
    }

    fn time_span(&self) -> (i64, i64) {
        let samples: &[i64] = if self.samples.timed { &self.samples.time_ns } else { &[] };
        let slices = self.slices.span();
        let times = || {
            let counters = self.counter_values.iter().flat_map(|(times, _)| times).copied();
            let markers = self.markers.time_ns.iter().copied();
            samples.iter().copied().chain(counters).chain(markers)
        };
        let first = times().chain(slices.map(|(first, _)| first)).min();
        let last = times().chain(slices.map(|(_, last)| last)).max();
        // Where nothing has a time, an end alone says nothing.
        let last = last.map(|last| self.ends_at_ns.map_or(last, |end| end.max(last)));
        (first.unwrap_or_default(), last.unwrap_or_default())
    }

    /// Gives each frame without names the function `[unknown]` of its binary.
    fn name_unknown_frames(&mut self) {
        let name = self.string(Function::UNKNOWN);
        for frame in self.frames.ids() {
            if self.line_range[frame.index()].1 == 0 {
                let mapping = self.frames.mapping(frame);
                let function = self.function(Function { mapping, ..Function::named(name) });
                self.set_lines(frame, &[Line { function, line: 0 }]);
            }
        }
    }
}

impl RawSamples {
    /// The finished samples, and the order that they have now if it is not that of the file.
    fn finish(mut self, origin_ns: i64) -> (Samples, Option<Vec<u32>>) {
        if !self.labels.is_empty() {
            self.labels.resize(self.leaf.len(), LabelSetId::NONE);
        }
        if !self.timed {
            self.time_ns = Vec::new();
        }
        let len = self.leaf.len();
        let order = (!self.time_ns.is_sorted()).then(|| order_of_time(&self.time_ns));
        let mut samples = Samples {
            time_ns: reorder(self.time_ns, order.as_deref()),
            thread: reorder(self.thread, order.as_deref()),
            callers: reorder(self.callers, order.as_deref()),
            leaf: reorder(self.leaf, order.as_deref()),
            labels: reorder(self.labels, order.as_deref()),
            weights: self
                .weights
                .into_iter()
                .map(|weights| weights.finish(len, order.as_deref()))
                .collect(),
        };
        for (counting, of) in self.counts {
            let counted = &samples.weights[of.index()];
            let values = Values::Same { weight: 1, len: counted.len() };
            samples.weights[counting.index()] =
                Weights { samples: counted.samples.clone(), values };
        }
        samples.time_ns.iter_mut().for_each(|time| *time -= origin_ns);
        (samples, order)
    }
}

impl RawWeights {
    fn finish(self, n_samples: usize, order: Option<&[u32]>) -> Weights {
        let n_values = self.values.len();
        let samples = match self.samples {
            None if n_values == n_samples => {
                let values = match order {
                    Some(order) => {
                        self.values.reordered(order.iter().map(|&sample| sample as usize))
                    }
                    None => self.values,
                };
                return Weights { samples: None, values };
            }
            samples => samples.unwrap_or_else(|| (0..row_number(n_values)).collect()),
        };
        let Some(order) = order else {
            return Weights { samples: Some(samples), values: self.values };
        };
        let mut new_row = vec![0; order.len()];
        for (new, &old) in (0..).zip(order) {
            new_row[old as usize] = new;
        }
        let mut rows: Vec<(u32, usize)> =
            samples.into_iter().map(|sample| new_row[sample as usize]).zip(0..).collect();
        rows.sort_unstable_by_key(|&(sample, _)| sample);
        let values = self.values.reordered(rows.iter().map(|&(_, row)| row));
        Weights { samples: Some(rows.into_iter().map(|(sample, _)| sample).collect()), values }
    }
}

/// The column in the given order of rows.
fn reorder<T: Copy>(column: Vec<T>, order: Option<&[u32]>) -> Vec<T> {
    match order {
        Some(order) if !column.is_empty() => {
            order.iter().map(|&row| column[row as usize]).collect()
        }
        _ => column,
    }
}

fn finish_counters(
    rows: Vec<crate::Counter>,
    values: Vec<(Vec<i64>, Vec<f64>)>,
    origin_ns: i64,
) -> Counters {
    let n_values = values.iter().map(|(times, _)| times.len()).sum();
    let mut counters = Counters {
        rows,
        values_end: Vec::with_capacity(values.len()),
        time_ns: Vec::with_capacity(n_values),
        value: Vec::with_capacity(n_values),
    };
    for (time_ns, value) in values {
        let order = (!time_ns.is_sorted()).then(|| order_of_time(&time_ns));
        let time_ns = reorder(time_ns, order.as_deref());
        counters.time_ns.extend(time_ns.into_iter().map(|time_ns| time_ns - origin_ns));
        counters.value.extend(reorder(value, order.as_deref()));
        counters.values_end.push(row_number(counters.value.len()));
    }
    counters
}

fn finish_markers(raw: Markers, origin_ns: i64) -> Markers {
    let order = (!raw.time_ns.is_sorted()).then(|| order_of_time(&raw.time_ns));
    let order = order.as_deref();
    let mut markers = Markers {
        time_ns: reorder(raw.time_ns, order),
        name: reorder(raw.name, order),
        scope: reorder(raw.scope, order),
        detail: match order {
            Some(order) => raw.detail.reordered(order),
            None => raw.detail,
        },
    };
    markers.time_ns.iter_mut().for_each(|time_ns| *time_ns -= origin_ns);
    markers
}

/// The rows of the file in order of time; equal times keep the order of the file.
fn order_of_time(times_ns: &[i64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..times_ns.len()).map(row_number).collect();
    order.sort_by_key(|&row| times_ns[row as usize]);
    order
}
