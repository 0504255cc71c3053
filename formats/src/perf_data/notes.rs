//! What the second pass over a recording has to tell.

use super::chain::Length;
use super::machine::Mode;
use super::unwind::Ending;
use crate::{Job, Severity};

/// What the second pass has to tell.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) bad: u64,
    pub(super) first_bad: Option<String>,
    pub(super) unknown_ids: u64,
    pub(super) bad_chains: u64,
    pub(super) no_unwinder: u64,
    pub(super) bits32: u64,
    pub(super) truncated: u64,
    /// Call chains that the kernel has cut, and those that it may have.
    pub(super) cut_chains: u64,
    pub(super) full_chains: u64,
    /// Samples that were taken in virtual machines.
    pub(super) guests: u64,
    pub(super) no_file: u64,
    pub(super) unmapped: u64,
    pub(super) heavy: u64,
    /// Dumps of JITs that were not found.
    pub(super) no_dump: u64,
    /// Those whose times are of another clock.
    pub(super) untimed_dumps: u64,
}

impl Notes {
    /// Counts how a stack that was unwound ends.
    pub(super) fn count_ending(&mut self, ending: Ending) {
        match ending {
            Ending::Root => {}
            Ending::Truncated => self.truncated = self.truncated.saturating_add(1),
            Ending::NoFile => self.no_file = self.no_file.saturating_add(1),
        }
    }

    /// Counts how a recorded call chain ends, and where its sample was taken.
    #[inline]
    pub(super) fn count_chain(&mut self, length: Length, leaf: Mode) {
        match length {
            Length::Whole => {}
            Length::Full => self.full_chains = self.full_chains.saturating_add(1),
            Length::Cut => self.cut_chains = self.cut_chains.saturating_add(1),
        }
        let is_guest = matches!(leaf, Mode::GuestKernel | Mode::GuestUser);
        self.guests = self.guests.saturating_add(u64::from(is_guest));
    }

    /// Tells the user.
    pub(super) fn tell(&self, job: &Job) {
        use Severity::{Info, Loss, Unshown};
        job.note_many(Loss, "bad-record", self.bad, || {
            let at = self.first_bad.as_deref().unwrap_or_default();
            format!("records whose fields do not fit in them are left out, first at {at}")
        });
        job.note_many(Loss, "unknown-event", self.unknown_ids, || {
            "samples of an event that the file does not describe are left out: what they count \
             is not known"
                .to_owned()
        });
        job.note_many(Loss, "bad-chain", self.bad_chains, || {
            "call chains with a marker that rview does not know end there".to_owned()
        });
        job.note_many(Loss, "user-stacks", self.no_unwinder, || {
            "samples have copies of the stack (`--call-graph dwarf`) of a processor whose stacks \
             rview does not unwind: callers in user space are missing"
                .to_owned()
        });
        job.note_many(Loss, "user-stacks-32-bit", self.bits32, || {
            "samples of 32-bit programs have copies of the stack (`--call-graph dwarf`), which \
             rview does not unwind: callers in user space are missing"
                .to_owned()
        });
        job.note_many(Info, "truncated-stacks", self.truncated, || {
            "stacks were larger than the copies that were recorded: their callers end in \
             [truncated]; record more of each (`--call-graph dwarf,65528`)"
                .to_owned()
        });
        job.note_many(Info, "cut-chains", self.cut_chains, || {
            "stacks were deeper than the kernel records (`kernel.perf_event_max_stack`): their \
             callers end in [truncated]"
                .to_owned()
        });
        job.note_many(Info, "full-chains", self.full_chains, || {
            "stacks are just as deep as the kernel records (`kernel.perf_event_max_stack`): they \
             may have more callers than are shown"
                .to_owned()
        });
        job.note_many(Info, "guest", self.guests, || {
            "samples were taken inside virtual machines, whose binaries the recording does not \
             have: they are shown as addresses in [guest kernel] and [guest]; for names, record \
             in the machine itself"
                .to_owned()
        });
        job.note_many(Unshown, "unwind-missing", self.no_file, || {
            "stacks end where they were in a binary that is not found, as only that tells its \
             callers; add its folder to those that are searched"
                .to_owned()
        });
        job.note_many(Info, "unmapped-callers", self.unmapped, || {
            "callers are at addresses where nothing was mapped, and shown as one [unknown] each: \
             code without frame pointers leaves them; record with `--call-graph dwarf`, or build \
             with frame pointers"
                .to_owned()
        });
        job.note_many(Unshown, "jit-dump-missing", self.no_dump, || {
            "the file is not found in which a JIT has written its code down (`jit-PID.dump`); add \
             its folder to those that are searched"
                .to_owned()
        });
        job.note_many(Info, "jit-clock", self.untimed_dumps, || {
            "the file in which a JIT has written its code down has times of another clock: where \
             memory was used again, names are those of the last code; record with `-k mono`"
                .to_owned()
        });
        job.note_many(Loss, "weight-overflow", self.heavy, || {
            "periods make the sum too large and are left out".to_owned()
        });
    }
}
