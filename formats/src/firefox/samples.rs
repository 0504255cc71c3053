//! Samples of a thread: of time, and of memory.

use rview_core::{Sample, ThreadId, Unit, ValueTypeId};

use super::places::Place;
use super::table::Table;
use super::threads::Importing;
use crate::json::scaled;
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
        match table.text(b"weightType").map_or(&b""[..], |text| text.raw) {
            b"tracing-ms" => kind("time", Unit::Nanoseconds, 6),
            b"bytes" => kind(name, Unit::Bytes, 0),
            _ => kind("samples", Unit::Count, 0),
        }
    }

    /// What the time that a thread ran between samples is measured in.
    fn of_cpu(unit: &[u8]) -> Self {
        let kind = |unit, power| Self { name: "CPU time", unit, power };
        match unit {
            b"ns" => kind(Unit::Nanoseconds, 0),
            b"\xc2\xb5s" | b"us" | b"\xce\xbcs" => kind(Unit::Nanoseconds, 3),
            _ => Self { name: "CPU cycles", ..kind(Unit::Other("cycles".into()), 0) },
        }
    }
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
        let cpu_unit = self.cpu_unit;
        let cpu_kind = Kind::of_cpu(cpu_unit);
        let cpu_power = cpu_kind.power;
        let mut cpu = table
            .get(b"threadCPUDelta")
            .map(|_| (self.value_type(cpu_kind), table.list(b"threadCPUDelta")));
        let mut n_idle = 0_u64;
        for (number, (stack, time_ns)) in
            table.rows(b"stack").into_iter().zip(table.clock()).enumerate()
        {
            if number.is_multiple_of(1 << 14) && self.job.is_cancelled() {
                return Err(ImportError::Cancelled);
            }
            let amount = |value: Option<crate::json::Value<'_>>, power| {
                value.and_then(|value| scaled(value.digits()?, power))
            };
            let weight = match &mut weights {
                Some(weights) => amount(weights.next(), power).unwrap_or_default(),
                None => 1,
            };
            let cpu = cpu.as_mut().map(|(id, deltas)| (*id, amount(deltas.next(), cpu_power)));
            let Some(place) = places.get(stack as usize) else {
                n_idle = n_idle.saturating_add(1);
                continue;
            };
            let (callers, leaf) = (place.callers, place.leaf);
            self.builder.sample(Sample { time_ns, thread, callers, leaf, labels: None });
            self.weigh(id, weight);
            if let Some((id, Some(delta))) = cpu {
                self.weigh(id, delta);
            }
        }
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
