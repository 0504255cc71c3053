//! `T` without an id: what state a thread was in, such as `Running`, and for how long.
//!
//! Tracers that show the scheduler beside the program write these. They are no calls, so they get
//! a track of their own for each thread. Perfetto reads them so; in the document of the format
//! `T` is only the step of an operation, which has an id.

use foldhash::HashMap;
use rview_core::{FunctionId, ProfileBuilder, Slice, ThreadId, TrackId};

/// One state of a thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) thread: ThreadId,
    pub(super) start_ns: i64,
    pub(super) duration_ns: i64,
    pub(super) name: FunctionId,
    pub(super) offset: usize,
}

/// Collects states, since threads are often named after them.
#[derive(Debug, Default)]
pub(super) struct States {
    states: Vec<State>,
}

impl States {
    pub(super) fn push(&mut self, state: State) {
        self.states.push(state);
    }

    /// Adds the tracks and their slices.
    pub(super) fn finish(self, builder: &mut ProfileBuilder) {
        let mut tracks: HashMap<ThreadId, TrackId> = HashMap::default();
        for state in self.states {
            let State { thread, start_ns, duration_ns, name, offset } = state;
            let track = *tracks.entry(thread).or_insert_with(|| {
                let row = *builder.thread_mut(thread);
                let name = match builder.text(row.name) {
                    "" => format!("state of {}", row.tid),
                    name => format!("state of {name}"),
                };
                builder.async_track(row.process, &name)
            });
            let detail = Some(offset as u64);
            builder.slice(Slice { track, start_ns, duration_ns, name, detail });
        }
    }
}
