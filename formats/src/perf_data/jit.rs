//! Code that JITs have made while they were recorded, as their dumps say.
//!
//! A process that writes a dump maps a page of it, so that its name is in the recording:
//!
//! ```text
//! record  mmap jit-7.dump    sample at 7f00    sample at 7f00
//! dump            load `fib` at 7f00      load `add` at 7f00
//! frame                      fib               add
//! ```

use rview_core::MappingId;

use super::machine::Machine;
use super::maps::Map;
use crate::symbols::JitDump;

/// The dumps of all processes.
#[derive(Debug)]
pub(super) struct Jit {
    dumps: Vec<Dump>,
    /// When the next code comes; no time is later than this if none comes.
    next_ns: u64,
}

#[derive(Debug)]
struct Dump {
    /// The process that wrote it: its pid may be used again.
    process: usize,
    mapping: MappingId,
    /// Code by time, the next one last.
    loads: Vec<Load>,
}

#[derive(Clone, Copy, Debug)]
struct Load {
    time_ns: u64,
    address: u64,
    size: u64,
    place: u64,
}

/// How the times of a dump compare with those of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// They are of one clock.
    Same,
    /// They are not: code counts as made before all samples.
    Other,
}

/// The file name of a dump, if a path may be one.
pub(super) fn dump_name(path: &[u8]) -> Option<&str> {
    let name = path.rsplit(|&byte| byte == b'/').next()?;
    let digits = name.strip_prefix(b"jit-")?.strip_suffix(b".dump")?;
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(name).ok().filter(|_| is_number)
}

impl Jit {
    pub(super) fn new() -> Self {
        Self { dumps: Vec::new(), next_ns: u64::MAX }
    }

    /// Whether the code of a process is in a dump.
    pub(super) fn has(&self, process: usize) -> bool {
        self.dumps.iter().any(|dump| dump.process == process)
    }

    /// Adds the dump of a process. Gives whether its times are of use, `None` if it is broken.
    pub(super) fn push(
        &mut self,
        process: usize,
        mapping: MappingId,
        bytes: &[u8],
        clock: Clock,
    ) -> Option<Clock> {
        let read = JitDump::parse(bytes)?;
        let clock = if read.has_clock_times { clock } else { Clock::Other };
        let loads = read.loads.iter().map(|code| {
            let time_ns = if clock == Clock::Same { code.time_ns } else { 0 };
            Load { time_ns, address: code.address, size: code.size, place: code.place }
        });
        let mut loads: Vec<Load> = loads.collect();
        loads.sort_by_key(|load| load.time_ns);
        loads.reverse();
        self.dumps.push(Dump { process, mapping, loads });
        self.find_next();
        Some(clock)
    }

    /// Puts the code of all processes where it was at a time.
    #[inline]
    pub(super) fn advance(&mut self, time_ns: u64, machine: &mut Machine) {
        if time_ns >= self.next_ns {
            self.load(time_ns, machine);
        }
    }

    #[cold]
    fn load(&mut self, time_ns: u64, machine: &mut Machine) {
        for Dump { process, mapping, loads } in &mut self.dumps {
            while let Some(load) = loads.pop_if(|load| load.time_ns <= time_ns) {
                let end = load.address.saturating_add(load.size);
                let to_frame = load.place.wrapping_sub(load.address);
                machine.map(*process, load.address, Map { end, to_frame, mapping: *mapping });
            }
        }
        self.find_next();
    }

    fn find_next(&mut self) {
        let next = self.dumps.iter().filter_map(|dump| dump.loads.last());
        self.next_ns = next.map(|load| load.time_ns).min().unwrap_or(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_known_by_its_name() {
        assert_eq!(dump_name(b"/home/me/.debug/jit/x/jit-17.dump"), Some("jit-17.dump"));
        for other in [&b"/tmp/jit-.dump"[..], b"/tmp/jit-1x.dump", b"/tmp/jit-1.dump2", b""] {
            assert_eq!(dump_name(other), None);
        }
    }
}
