//! Samples of a thread: of time, and of memory.

use rview_core::{Sample, ThreadId, Unit, ValueTypeId};

use super::places::Place;
use super::table::{Table, is_none};
use super::threads::Importing;
use crate::json::{Text, Value, scaled};
use crate::{ImportError, Severity};

/// What samples count for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    name: &'static str,
    unit: Unit,
    /// Times ten to this power to get whole units.
    power: i32,
}

impl Kind {
    /// What the weights of a table are, which is called `name` where they are bytes.
    fn of(table: &Table<'_>, name: &'static str) -> Self {
        let kind = |name, unit, power| Self { name, unit, power };
        match &*table.text(b"weightType").map_or("".into(), Text::decode) {
            "tracing-ms" => kind("time", Unit::Nanoseconds, 6),
            "bytes" => kind(name, Unit::Bytes, 0),
            _ => kind("samples", Unit::Count, 0),
        }
    }

    /// What the time that a thread ran between samples is measured in.
    fn of_cpu(unit: &str) -> Self {
        let kind = |unit, power| Self { name: "CPU time", unit, power };
        match unit {
            "ns" => kind(Unit::Nanoseconds, 0),
            // The sign of micro and the letter look the same.
            "\u{b5}s" | "us" | "\u{3bc}s" => kind(Unit::Nanoseconds, 3),
            _ => Self { name: "CPU cycles", ..kind(Unit::Other("cycles".into()), 0) },
        }
    }
}

/// The place of a row of the stacks.
fn place(places: &[Place], stack: Value<'_>) -> Option<Place> {
    places.get(usize::try_from(stack.integer()?).ok()?).copied()
}

impl Importing<'_, '_> {
    /// Adds the samples of a table.
    pub(super) fn add_samples(
        &mut self,
        table: &Table<'_>,
        (thread, places): (ThreadId, &[Place]),
        name: &'static str,
    ) -> Result<(), ImportError> {
        let kind = Kind::of(table, name);
        let power = kind.power;
        let id = self.value_type(kind);
        let mut weights = table.get(b"weight").map(|_| table.list(b"weight"));
        let cpu_kind = Kind::of_cpu(&self.cpu_unit);
        let cpu_power = cpu_kind.power;
        let mut cpu = table
            .get(b"threadCPUDelta")
            .map(|_| (self.value_type(cpu_kind), table.list(b"threadCPUDelta")));
        let (mut n_idle, mut n_misplaced) = (0_u64, 0_u64);
        let (mut n_rounded, mut n_unweighed) = (0_u64, 0_u64);
        let mut times_ns = table.clock().into_iter();
        for (number, stack) in table.list(b"stack").enumerate() {
            if number.is_multiple_of(1 << 14) && self.job.is_cancelled() {
                return Err(ImportError::Cancelled);
            }
            let mut amount = |value: Option<Value<'_>>, power: i32| {
                let digits = value?.digits()?;
                let amount = scaled(digits, power)?;
                let finer = scaled(digits, power.saturating_add(3));
                let is_whole = finer.is_none_or(|finer| finer == amount.saturating_mul(1000));
                n_rounded = n_rounded.saturating_add(u64::from(!is_whole));
                Some(amount)
            };
            let weight = match &mut weights {
                Some(weights) => amount(weights.next(), power),
                None => Some(1),
            };
            let cpu = cpu.as_mut().map(|(id, deltas)| (*id, amount(deltas.next(), cpu_power)));
            let time_ns = times_ns.next().flatten();
            self.last_ns = self.last_ns.max(time_ns.unwrap_or(self.last_ns));
            let Some(place) = place(places, stack) else {
                let is_idle = is_none(stack);
                n_idle = n_idle.saturating_add(u64::from(is_idle));
                n_misplaced = n_misplaced.saturating_add(u64::from(!is_idle));
                continue;
            };
            if time_ns.is_none() {
                self.job.note(Severity::Loss, "sample-without-time", || {
                    "a sample without a time is left out".to_owned()
                });
                continue;
            }
            let (callers, leaf) = (place.callers, place.leaf);
            self.builder.sample(Sample { time_ns, thread, callers, leaf, labels: None });
            n_unweighed = n_unweighed.saturating_add(u64::from(weight.is_none()));
            self.weigh(id, weight.unwrap_or_default());
            if let Some((id, Some(delta))) = cpu {
                self.weigh(id, delta);
            }
        }
        self.job.note_many(Severity::Repair, "rounded", n_rounded, || {
            "weights finer than a whole one of their unit are rounded".to_owned()
        });
        self.job.note_many(Severity::Loss, "sample-without-weight", n_unweighed, || {
            "samples whose weight is missing or no number count for nothing".to_owned()
        });
        self.job.note_many(Severity::Loss, "sample-without-stack", n_misplaced, || {
            "samples whose stack is not in the file are left out; record or export it again"
                .to_owned()
        });
        self.job.note_many(Severity::Info, "idle-samples", n_idle, || {
            "samples without a stack, as profilers note for threads that wait, count for nothing"
                .to_owned()
        });
        Ok(())
    }

    fn weigh(&mut self, id: ValueTypeId, weight: i64) {
        if self.builder.weight(id, weight).is_err() {
            self.job.note(Severity::Loss, "overflow", || {
                "weights add up to more than fits in 63 bits; one is left out".to_owned()
            });
        }
    }

    /// The value type of a kind, which is made for the first sample of it.
    fn value_type(&mut self, kind: Kind) -> ValueTypeId {
        if let Some((_, id)) = self.value_types.iter().find(|(other, _)| *other == kind) {
            return *id;
        }
        let id = self.builder.value_type(kind.name, kind.unit.clone());
        self.value_types.push((kind, id));
        id
    }
}
