//! Tells when an open file has changed on disk.
//!
//! A thread looks at size and time of the open files twice a second. That costs a few
//! microseconds, works on every file system, and wakes the window only when there is news.

use std::path::Path;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rview_formats::Input;

use super::Reply;

/// How often files are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// How long a file stays as it is before it counts as written: a recorder that still writes
/// would be read in the middle of a record.
const REST: Duration = Duration::from_secs(1);

/// Size and time of the files of an input; nothing of those that are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp(Vec<Option<(u64, Option<SystemTime>, u64)>>);

impl Stamp {
    /// As the files are now; `None` of what is no file.
    fn of(input: &Input) -> Option<Self> {
        let of_path = |path: &Path| {
            let metadata = path.metadata().ok()?;
            Some((metadata.len(), metadata.modified().ok(), number_of(&metadata)))
        };
        match input {
            Input::Path(path) => Some(Self(vec![of_path(path)])),
            Input::Merged(paths) => Some(Self(paths.iter().map(|path| of_path(path)).collect())),
            Input::Stdin | Input::Static(..) => None,
        }
    }

    /// Whether all files are there, and something is in them.
    fn is_whole(&self) -> bool {
        self.0.iter().all(|file| file.is_some_and(|(len, ..)| len > 0))
    }
}

/// What tells a file from another of the same name.
#[cfg(unix)]
fn number_of(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number_of(_: &std::fs::Metadata) -> u64 {
    0
}

/// An open file, and how it was when it was read.
#[derive(Debug)]
struct Watched {
    input: Input,
    known: Stamp,
    /// How it is now, and since when.
    news: Option<(Stamp, Instant)>,
}

impl Watched {
    /// Takes how the file is now; whether it has changed and is written.
    fn look(&mut self, stamp: Stamp, now: Instant) -> bool {
        if !stamp.is_whole() || stamp == self.known {
            // Gone, it may come back as another.
            self.news = None;
            return false;
        }
        match &self.news {
            Some((seen, since)) if *seen == stamp => {
                let is_written = now.saturating_duration_since(*since) >= REST;
                if is_written {
                    self.known = stamp;
                    self.news = None;
                }
                is_written
            }
            _ => {
                self.news = Some((stamp, now));
                false
            }
        }
    }
}

#[derive(Default)]
struct List {
    files: Vec<Watched>,
    is_over: bool,
    has_thread: bool,
}

/// The files that are watched.
#[derive(Clone, Default)]
pub(super) struct Watch {
    list: Arc<(Mutex<List>, Condvar)>,
}

impl Watch {
    /// Watches a file from now on: as it is now it is about to be read.
    pub(super) fn start(&self, input: &Input, replies: &SyncSender<Reply>, ctx: &egui::Context) {
        let Some(known) = Stamp::of(input) else { return };
        let (list, wake) = &*self.list;
        let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
        list.files.retain(|watched| watched.input != *input);
        list.files.push(Watched { input: input.clone(), known, news: None });
        if !list.has_thread {
            let (watch, replies, ctx) = (self.clone(), replies.clone(), ctx.clone());
            let thread = std::thread::Builder::new().name("rview watch".to_owned());
            list.has_thread = thread.spawn(move || watch.run(&replies, &ctx)).is_ok();
        }
        wake.notify_one();
    }

    /// Watches a file no more.
    pub(super) fn stop(&self, input: &Input) {
        let list = &mut self.list.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.files.retain(|watched| watched.input != *input);
    }

    /// Ends the thread.
    pub(super) fn end(&self) {
        let (list, wake) = &*self.list;
        list.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        wake.notify_all();
    }

    fn run(&self, replies: &SyncSender<Reply>, ctx: &egui::Context) {
        while let Some(inputs) = self.next_round() {
            // Nobody waits for a disk that does not answer.
            let stamps: Vec<(Input, Option<Stamp>)> =
                inputs.into_iter().map(|input| (input.clone(), Stamp::of(&input))).collect();
            for input in self.changed(stamps) {
                if replies.send(Reply::Changed(input)).is_err() {
                    return;
                }
                ctx.request_repaint();
            }
        }
    }

    /// The files to look at, when it is time to; `None` at the end.
    fn next_round(&self) -> Option<Vec<Input>> {
        let (list, wake) = &*self.list;
        let list = list.lock().unwrap_or_else(PoisonError::into_inner);
        // Without files it sleeps until there is one.
        let list = wake
            .wait_while(list, |list| list.files.is_empty() && !list.is_over)
            .unwrap_or_else(PoisonError::into_inner);
        let waited = wake.wait_timeout_while(list, EVERY, |list| !list.is_over);
        let (list, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let inputs = list.files.iter().map(|watched| watched.input.clone());
        (!list.is_over).then(|| inputs.collect())
    }

    fn changed(&self, stamps: Vec<(Input, Option<Stamp>)>) -> Vec<Input> {
        let now = Instant::now();
        let list = &mut self.list.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Vec::new();
        for (input, stamp) in stamps {
            let watched = list.files.iter_mut().find(|watched| watched.input == input);
            if let Some((watched, stamp)) = watched.zip(stamp)
                && watched.look(stamp, now)
            {
                changed.push(input);
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(len: u64) -> Stamp {
        Stamp(vec![Some((len, None, 1))])
    }

    /// What is told of sizes seen half a second apart.
    fn told(sizes: &[u64]) -> Vec<bool> {
        let (input, start) = (Input::Path("a".into()), Instant::now());
        let mut watched = Watched { input, known: stamp(10), news: None };
        let at = |nth: usize| start + EVERY * u32::try_from(nth).unwrap();
        sizes.iter().enumerate().map(|(nth, &len)| watched.look(stamp(len), at(nth))).collect()
    }

    #[test]
    fn a_file_that_stays_as_it_is_is_no_news() {
        assert_eq!(told(&[10, 10, 10, 10]), [false; 4]);
    }

    #[test]
    fn a_file_is_told_once_it_has_rested_for_a_second_and_only_once() {
        assert_eq!(told(&[10, 20, 20, 20, 20]), [false, false, false, true, false]);
    }

    #[test]
    fn a_file_that_grows_is_not_told_before_it_rests() {
        assert_eq!(told(&[20, 30, 40, 50, 60, 60, 60])[..6], [false; 6]);
        assert!(told(&[20, 30, 40, 50, 60, 60, 60])[6]);
    }

    #[test]
    fn an_empty_file_and_one_that_is_as_before_are_no_news() {
        assert_eq!(told(&[0, 0, 0, 0, 10, 10, 10]), [false; 7]);
        assert_eq!(told(&[20, 20, 10, 10, 20, 20]), [false; 6]);
    }

    #[test]
    fn a_file_written_over_with_as_many_bytes_is_told_by_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.folded");
        std::fs::write(&path, "a 1").unwrap();
        let input = Input::Path(path.clone());
        let before = Stamp::of(&input).unwrap();
        let later = SystemTime::now() + Duration::from_secs(5);
        std::fs::write(&path, "a 2").unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert_ne!(Stamp::of(&input).unwrap(), before);
        std::fs::remove_file(&path).unwrap();
        assert!(!Stamp::of(&input).unwrap().is_whole());
    }
}
