//! Processes and threads.

use crate::{ProcessId, StringId, ThreadId};

/// One process of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// The number the system gave it; 0 if the format has none. A system uses a number again
    /// for a later process, so it is no key.
    pub pid: i64,
    /// Its id, where the format has a text for it; `pid` is then made up.
    pub id_text: Option<StringId>,
    /// The last name it had.
    pub name: StringId,
    /// Rank among its siblings where the file gives one; smaller is higher.
    pub sort_index: i64,
}

/// Every process.
#[derive(Clone, Debug, Default)]
pub struct ProcessTable {
    pub(crate) rows: Vec<Process>,
}

impl ProcessTable {
    /// Number of processes.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no process: never so in a finished profile with threads.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All processes, in the order in which the recording names them.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = ProcessId> + use<> {
        (0..self.len()).map(ProcessId::from_index)
    }

    /// A process.
    pub fn row(&self, process: ProcessId) -> &Process {
        &self.rows[process.index()]
    }
}

/// One thread of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The process it belongs to.
    pub process: ProcessId,
    /// The number the system gave it; 0 if the format has none.
    pub tid: i64,
    /// Its id, where the format has a text for it; `tid` is then made up.
    pub id_text: Option<StringId>,
    /// The last name it had; may be empty.
    pub name: StringId,
    /// Rank among its siblings where the file gives one; smaller is higher.
    pub sort_index: i64,
}

/// Every thread.
#[derive(Clone, Debug, Default)]
pub struct ThreadTable {
    pub(crate) rows: Vec<Thread>,
}

impl ThreadTable {
    /// Number of threads.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no thread at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All threads, in the order in which the recording names them.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = ThreadId> + use<> {
        (0..self.len()).map(ThreadId::from_index)
    }

    /// A thread.
    pub fn row(&self, thread: ThreadId) -> &Thread {
        &self.rows[thread.index()]
    }
}
