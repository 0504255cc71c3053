//! The processes of the recorded machine, as of the time of the record at hand.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use rview_core::{ProcessId, StackId, ThreadId};

use super::maps::{Map, Maps};

/// The maps of one address space.
#[derive(Clone, Debug)]
pub(super) struct Space {
    maps: Maps,
    /// Differs between any two spaces that differ.
    generation: u32,
}

impl Space {
    #[inline]
    pub(super) const fn generation(&self) -> u32 {
        self.generation
    }

    #[inline]
    pub(super) const fn maps(&self) -> &Maps {
        &self.maps
    }
}

/// One process, from its start to the next of its pid.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) space: Space,
    /// Its row, once it has a sample.
    pub(super) row: Option<ProcessId>,
}

/// One thread, from its start to the next of its tid.
#[derive(Debug)]
pub(super) struct Thread {
    pub(super) process: usize,
    pub(super) pid: i32,
    pub(super) tid: i32,
    /// The last name it had.
    pub(super) name: Option<Rc<str>>,
    /// Its row, once it has a sample.
    pub(super) row: Option<ThreadId>,
    /// The callers of its latest sample.
    pub(super) callers: LastCallers,
}

/// The address spaces in which the addresses of a sample count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spaces<'m> {
    pub(super) user: &'m Space,
    pub(super) kernel: &'m Space,
}

/// The callers that a thread's latest sample had, root first, so that the next one only looks
/// up what differs.
#[derive(Debug, Default)]
pub(super) struct LastCallers {
    /// Those of user space and of the kernel for which the stacks hold.
    pub(super) generations: (u32, u32),
    pub(super) stacks: Vec<(Place, StackId)>,
}

/// An address and the part of the system in which it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) address: u64,
    pub(super) mode: Mode,
}

/// A part of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    User,
    Kernel,
    /// The kernel of a virtual machine.
    GuestKernel,
    /// A program in a virtual machine.
    GuestUser,
    /// What runs virtual machines.
    Hypervisor,
    /// A part that is not known.
    Other,
    /// Behind the end of a dump of the stack that was too small: the callers are not recorded.
    Truncated,
}

/// Every process and thread.
#[derive(Debug)]
pub(super) struct Machine {
    processes: Vec<Process>,
    by_pid: FxHashMap<i32, usize>,
    threads: Vec<Thread>,
    by_tid: FxHashMap<(i32, i32), usize>,
    kernel: Space,
    /// Of what has no process.
    nothing: Space,
    next_generation: u32,
}

/// What a new process has mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForkedMaps {
    /// What its parent has, as after `fork`.
    Copied,
    /// Nothing: the record is made up for a process that ran before, and its maps follow.
    None,
}

impl Machine {
    pub(super) fn new() -> Self {
        let [kernel, nothing] =
            [0, 1].map(|generation| Space { maps: Maps::default(), generation });
        Self {
            processes: Vec::new(),
            by_pid: FxHashMap::default(),
            threads: Vec::new(),
            by_tid: FxHashMap::default(),
            kernel,
            nothing,
            next_generation: 2,
        }
    }

    /// The address spaces of a thread.
    #[inline]
    pub(super) fn spaces(&self, thread: usize) -> Spaces<'_> {
        let process = self.threads.get(thread).map(|thread| thread.process);
        let process = process.and_then(|process| self.processes.get(process));
        let user = process.map_or(&self.nothing, |process| &process.space);
        Spaces { user, kernel: &self.kernel }
    }

    /// The callers of a thread's latest sample, to be put back with [`Self::set_callers`].
    #[inline]
    pub(super) fn take_callers(&mut self, thread: usize) -> LastCallers {
        self.thread(thread).map(|thread| std::mem::take(&mut thread.callers)).unwrap_or_default()
    }

    #[inline]
    pub(super) fn set_callers(&mut self, thread: usize, callers: LastCallers) {
        if let Some(thread) = self.thread(thread) {
            thread.callers = callers;
        }
    }

    /// The row of every process that has one.
    pub(super) fn process_rows(&self) -> impl Iterator<Item = (usize, ProcessId)> {
        let rows = self.processes.iter().enumerate();
        rows.filter_map(|(process, of)| Some((process, of.row?)))
    }

    pub(super) fn process(&mut self, process: usize) -> Option<&mut Process> {
        self.processes.get_mut(process)
    }

    pub(super) fn thread(&mut self, thread: usize) -> Option<&mut Thread> {
        self.threads.get_mut(thread)
    }

    /// The process with this pid, and a new one if there is none.
    pub(super) fn process_of(&mut self, pid: i32) -> usize {
        if let Some(&process) = self.by_pid.get(&pid) {
            return process;
        }
        let space = self.new_space();
        self.push_process(pid, space)
    }

    fn push_process(&mut self, pid: i32, space: Space) -> usize {
        let process = self.processes.len();
        self.processes.push(Process { space, row: None });
        self.by_pid.insert(pid, process);
        process
    }

    /// The thread with this tid, and a new one if there is none.
    #[inline]
    pub(super) fn thread_of(&mut self, pid: i32, tid: i32) -> usize {
        if let Some(&thread) = self.by_tid.get(&(pid, tid)) {
            return thread;
        }
        self.push_thread(pid, tid, None)
    }

    fn push_thread(&mut self, pid: i32, tid: i32, name: Option<Rc<str>>) -> usize {
        let process = self.process_of(pid);
        let thread = self.threads.len();
        // The idle task has no record of its name.
        let name = if tid == 0 && pid == 0 { Some("swapper".into()) } else { name };
        let callers = LastCallers::default();
        self.threads.push(Thread { process, pid, tid, name, row: None, callers });
        self.by_tid.insert((pid, tid), thread);
        thread
    }

    /// The name of the main thread of a process.
    pub(super) fn main_name(&self, pid: i32) -> Option<Rc<str>> {
        let &main = self.by_tid.get(&(pid, pid))?;
        self.threads.get(main)?.name.clone()
    }

    /// A thread starts, perhaps with a process of its own. Whoever had its ids is gone.
    pub(super) fn fork(
        &mut self,
        (pid, tid): (i32, i32),
        (parent_pid, parent_tid): (i32, i32),
        maps: ForkedMaps,
    ) {
        let parent = self.by_tid.get(&(parent_pid, parent_tid)).or_else(|| {
            // The thread that forked may be unknown while its process is not.
            self.by_tid.get(&(parent_pid, parent_pid))
        });
        let name = parent.and_then(|&parent| self.threads.get(parent)?.name.clone());
        if pid != parent_pid {
            let parent = self.by_pid.get(&parent_pid).and_then(|&row| self.processes.get(row));
            let space = match parent {
                Some(parent) if maps == ForkedMaps::Copied => parent.space.clone(),
                _ => self.new_space(),
            };
            self.push_process(pid, space);
        }
        self.push_thread(pid, tid, name);
    }

    /// A thread changes its name. Gives the thread.
    pub(super) fn rename(&mut self, pid: i32, tid: i32, name: &str) -> usize {
        let thread = self.thread_of(pid, tid);
        if let Some(thread) = self.threads.get_mut(thread) {
            thread.name = Some(name.into());
        }
        thread
    }

    /// A process maps something, in place of what was there.
    pub(super) fn map(&mut self, process: usize, start: u64, map: Map) {
        let generation = self.take_generation();
        let Some(process) = self.processes.get_mut(process) else { return };
        process.space.maps.insert(start, map);
        process.space.generation = generation;
    }

    /// The kernel maps something, for all processes.
    pub(super) fn map_kernel(&mut self, start: u64, map: Map) {
        self.kernel.maps.insert(start, map);
        self.kernel.generation = self.take_generation();
    }

    /// The kernel unmaps what starts at an address.
    pub(super) fn unmap_kernel(&mut self, start: u64) {
        self.kernel.maps.remove(start);
        self.kernel.generation = self.take_generation();
    }

    fn new_space(&mut self) -> Space {
        Space { maps: Maps::default(), generation: self.take_generation() }
    }

    fn take_generation(&mut self) -> u32 {
        let generation = self.next_generation;
        self.next_generation = generation.wrapping_add(1);
        generation
    }
}

#[cfg(test)]
mod tests {
    use rview_core::MappingId;

    use super::*;

    fn map(end: u64, mapping: usize) -> Map {
        Map { end, to_frame: 0, mapping: MappingId::from_index(mapping) }
    }

    fn at(machine: &Machine, process: usize, address: u64) -> Option<usize> {
        machine.processes.get(process)?.space.maps().at(address).map(|map| map.mapping.index())
    }

    #[test]
    fn a_fork_keeps_the_maps_of_its_parent_until_it_changes_them() {
        let mut machine = Machine::new();
        let parent = machine.process_of(1);
        machine.map(parent, 100, map(200, 0));
        machine.fork((2, 2), (1, 1), ForkedMaps::Copied);
        let child = machine.process_of(2);
        assert_eq!(at(&machine, child, 100), Some(0));
        machine.map(child, 100, map(200, 1));
        assert_eq!((at(&machine, parent, 100), at(&machine, child, 100)), (Some(0), Some(1)));
        machine.fork((2, 2), (1, 1), ForkedMaps::None);
        let made_up = machine.process_of(2);
        assert_eq!(at(&machine, made_up, 100), None);
    }

    #[test]
    fn a_pid_that_is_used_again_is_another_process() {
        let mut machine = Machine::new();
        let first = machine.thread_of(7, 7);
        machine.fork((7, 7), (1, 1), ForkedMaps::Copied);
        assert_ne!(machine.thread_of(7, 7), first);
        machine.fork((7, 8), (7, 7), ForkedMaps::Copied);
        let [main, other] = [7, 8].map(|tid| machine.thread_of(7, tid));
        let process = |thread| machine.threads.get(thread).map(|thread: &Thread| thread.process);
        assert_eq!(process(main), process(other));
        assert_ne!(process(main), process(first));
    }
}
