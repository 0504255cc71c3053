//! The text of `perf script`.

/// One sample of the text of `perf script`.
pub(crate) struct Scripted {
    pub(crate) event: String,
    /// As `pid/tid`.
    pub(crate) thread: String,
    pub(crate) time_ns: i64,
    pub(crate) period: i64,
    /// Function and module, leaf first.
    pub(crate) frames: Vec<(String, String)>,
}

/// Reads the text of `perf script -F comm,pid,tid,time,event,period,ip,sym,dso`.
pub(crate) fn parse_script(text: &str) -> Vec<Scripted> {
    let mut samples: Vec<Scripted> = Vec::new();
    let mut inlined_at = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with(['\t']) {
            let sample = samples.last_mut().expect("a frame belongs to a sample");
            // perf prints what is inlined at an address before the physical function there.
            let (address, _) = line.trim().split_once(' ').expect("an address");
            if inlined_at.take().is_some_and(|at| at == address) {
                sample.frames.pop();
            }
            inlined_at = line.ends_with(" (inlined)").then_some(address);
            sample.frames.push(parse_frame(line.trim()));
            continue;
        }
        // The name may contain spaces, the thread is the first word with digits and a slash.
        let is_thread = |word: &&str| {
            word.split_once('/').is_some_and(|(pid, tid)| {
                [pid, tid].iter().all(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
            })
        };
        let thread = line.split_whitespace().find(is_thread).expect("a thread");
        let (_, rest) = line.split_once(&format!(" {thread} ")).expect("what follows it");
        let mut rest = rest.trim_start().splitn(2, ": ");
        let time = rest.next().expect("a time").trim();
        let rest = rest.next().expect("a period").trim_start();
        let (period, rest) = rest.split_once(' ').expect("an event");
        let (event, frame) = rest.trim_start().split_once(": ").unwrap_or((rest.trim(), ""));
        let frames = Some(frame.trim()).filter(|frame| !frame.is_empty()).map(parse_frame);
        samples.push(Scripted {
            event: event.trim_end_matches(':').to_owned(),
            thread: thread.to_owned(),
            // Seconds and nine digits behind the point.
            time_ns: time.replace('.', "").parse().expect("a time in nanoseconds"),
            period: period.parse().expect("a number"),
            frames: frames.into_iter().collect(),
        });
    }
    samples
}

/// Reads `2cd4 work::Mix<5>::run (/tmp/hot)`.
fn parse_frame(frame: &str) -> (String, String) {
    let (_, rest) = frame.split_once(' ').expect("an address");
    let (function, path) = rest.rsplit_once(" (").expect("a module");
    let path = path.trim_end_matches(')');
    let module = path.rsplit('/').next().unwrap_or(path);
    // In its reports perf calls this module otherwise than in its scripts.
    let pid = module.strip_prefix("perf-").and_then(|name| name.strip_suffix(".map"));
    let module = pid.map_or(module.to_owned(), |pid| format!("[JIT] tid {pid}"));
    (function.to_owned(), module)
}
