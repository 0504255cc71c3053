//! Processes and threads as events name them, and what is known of each thread.

use foldhash::HashMap;
use rview_core::{ProcessId, ProfileBuilder, StringId, ThreadId, TrackId};

use super::begin_end::Edges;
use super::event::{Event, Key, whole};

/// A `pid` or `tid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Id {
    Number(i64),
    Name(StringId),
}

/// One thread of the file.
#[derive(Debug)]
pub(super) struct Thread {
    id: ThreadId,
    /// Where its slices are; `None` until it has one.
    track: Option<TrackId>,
    /// Its `B` and `E` events.
    pub(super) edges: Edges,
}

/// Every process and thread of the file.
#[derive(Debug, Default)]
pub(super) struct Threads {
    processes: HashMap<Id, ProcessId>,
    ids: HashMap<(Id, Id), ThreadId>,
    /// By [`ThreadId`].
    rows: Vec<Thread>,
    /// The thread of the event before: mostly the one of this event too.
    last: Option<((i64, i64), ThreadId)>,
    /// How many ids were names.
    n_names: i64,
}

impl Threads {
    /// The process of an event; without a `pid` it is process 0.
    pub(super) fn process(&mut self, builder: &mut ProfileBuilder, pid: Key<'_>) -> ProcessId {
        let id = resolve(builder, pid, Id::Number(0));
        self.process_of(builder, id)
    }

    fn process_of(&mut self, builder: &mut ProfileBuilder, id: Id) -> ProcessId {
        if let Some(&process) = self.processes.get(&id) {
            return process;
        }
        let (pid, id_text) = self.numbered(id);
        let name = id_text.map_or_else(String::new, |text| builder.text(text).to_owned());
        let process = builder.process(pid, &name);
        builder.process_mut(process).id_text = id_text;
        self.processes.insert(id, process);
        process
    }

    /// The thread of an event; without a `tid` it is the one numbered as its process.
    #[inline]
    pub(super) fn of(&mut self, builder: &mut ProfileBuilder, event: &Event<'_>) -> ThreadId {
        if let (Key::Number(pid), Key::Number(tid), Some((last, thread))) =
            (event.pid, event.tid, self.last)
            && last == (pid, tid)
        {
            return thread;
        }
        let pid = resolve(builder, event.pid, Id::Number(0));
        let tid = resolve(builder, event.tid, pid);
        let thread = self.thread_of(builder, pid, tid);
        if let (Id::Number(pid), Id::Number(tid)) = (pid, tid) {
            self.last = Some(((pid, tid), thread));
        }
        thread
    }

    fn thread_of(&mut self, builder: &mut ProfileBuilder, pid: Id, tid: Id) -> ThreadId {
        if let Some(&thread) = self.ids.get(&(pid, tid)) {
            return thread;
        }
        let process = self.process_of(builder, pid);
        let (number, id_text) = self.numbered(tid);
        let name = id_text.map_or_else(String::new, |text| builder.text(text).to_owned());
        let thread = builder.thread(process, number, &name);
        builder.thread_mut(thread).id_text = id_text;
        self.ids.insert((pid, tid), thread);
        self.rows.push(Thread { id: thread, track: None, edges: Edges::default() });
        thread
    }

    /// The number of an id, and its text if it is a name. Such a one gets a number by order of
    /// appearance, a negative one, which no system gives.
    fn numbered(&mut self, id: Id) -> (i64, Option<StringId>) {
        match id {
            Id::Number(number) => (number, None),
            Id::Name(name) => {
                self.n_names = self.n_names.wrapping_add(1);
                (self.n_names.wrapping_neg(), Some(name))
            }
        }
    }

    /// A thread.
    pub(super) fn row_mut(&mut self, thread: ThreadId) -> Option<&mut Thread> {
        self.rows.get_mut(thread.index())
    }

    /// The track of a thread, if anything happened on it.
    pub(super) fn existing_track(&self, thread: ThreadId) -> Option<TrackId> {
        self.rows.get(thread.index())?.track
    }

    /// The track of a thread, which is made for its first slice.
    pub(super) fn track(&mut self, builder: &mut ProfileBuilder, thread: ThreadId) -> TrackId {
        match self.rows.get_mut(thread.index()) {
            Some(row) => *row.track.get_or_insert_with(|| builder.thread_track(thread)),
            None => builder.thread_track(thread),
        }
    }

    /// All threads, in the order of the file, with nothing left to match.
    pub(super) fn take_edges(&mut self) -> Vec<(ThreadId, Edges)> {
        let rows = self.rows.iter_mut();
        rows.map(|row| (row.id, std::mem::take(&mut row.edges))).collect()
    }
}

fn resolve(builder: &mut ProfileBuilder, key: Key<'_>, missing: Id) -> Id {
    match key {
        Key::Missing => missing,
        Key::Number(number) => Id::Number(number),
        Key::Name(name) => {
            let text = name.decode();
            // What only escapes hide is the number it would be without them.
            let number = name.has_escapes().then(|| whole(text.trim_ascii().as_bytes())).flatten();
            number.map_or_else(|| Id::Name(builder.string(&text)), Id::Number)
        }
    }
}
