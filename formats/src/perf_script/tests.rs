//! Tests of the text of `perf script`.

use super::*;

/// The value types with their sums; the samples as `process/thread name time stack`; the kinds
/// of the notes with how often each was met.
fn import(text: &str) -> (String, String, String) {
    let job = Job::default();
    let profile = PerfScript.import(&Source::from_vec(text.into()), &job).unwrap();
    profile.check().unwrap();
    let types = profile.value_types().iter().zip(profile.value_type_ids());
    let types = types.map(|(row, id)| {
        format!("{}={} {}", row.name, profile.samples().weights(id).total(), row.unit)
    });
    let samples = (0..profile.samples().len()).map(|sample| sample_text(&profile, sample));
    let report = job.report();
    let notes = report.notes();
    let notes = notes.iter().map(|note| format!("{}={}", note.kind, note.count));
    let join = |texts: Vec<String>| texts.join(", ");
    (join(types.collect()), join(samples.collect()), join(notes.collect()))
}

fn sample_text(profile: &Profile, sample: usize) -> String {
    let samples = profile.samples();
    let thread = profile.threads().row(*samples.threads().get(sample).unwrap());
    let process = profile.processes().row(thread.process);
    let time = samples.times_ns().unwrap().get(sample).unwrap();
    let time = time.wrapping_add(profile.origin_ns());
    let callers = samples.callers(sample).into_iter();
    let callers = callers.flat_map(|stack| profile.stacks().walk_to_root(stack));
    let callers = callers.map(|stack| profile.stacks().frame(stack));
    let mut stack: Vec<&str> = std::iter::once(samples.leaf(sample))
        .chain(callers)
        .map(|frame| {
            let line = profile.symbols().lines(frame).first().unwrap();
            profile.function_name(line.function)
        })
        .collect();
    stack.reverse();
    let (pid, tid, name) = (process.pid, thread.tid, profile.text(thread.name));
    format!("{pid}/{tid} {name} {time} {}", stack.join(";"))
}

#[track_caller]
fn check(text: &str, types: &str, samples: &str, notes: &str) {
    assert_eq!(PerfScript.probe(text.as_bytes()), Verdict::Yes, "{text}");
    assert_eq!(import(text), (types.to_owned(), samples.to_owned(), notes.to_owned()), "{text}");
}

#[test]
fn a_sample_without_a_period_counts_as_a_sample() {
    let text = "app 1 1.000000: task-clock: \n\t              12 f (/a)\n\n\
                app 1 2.000000: task-clock: \n\t              12 f (/a)\n\n";
    check(text, "samples=2 count", "1/1 app 1000000000 f, 1/1 app 2000000000 f", "no-period=2");
}

#[test]
fn events_without_periods_are_counted_each() {
    let text = "app 1 1.000000:  cycles:ppp: \n\t              12 f (/a)\n\n\
                app 1 2.000000:     7    cycles: \n\t              12 f (/a)\n\n\
                app 1 3.000000:  task-clock: \n\t              12 f (/a)\n\n";
    let (types, _, notes) = import(text);
    let expected = "cycles=7 cycles, cycles:ppp samples=1 count, cycles samples=1 count, \
                    task-clock samples=1 count";
    assert_eq!((&*types, &*notes), (expected, "no-period=2"));
}

#[test]
fn only_time_and_event_are_needed() {
    let time = "56088.836978: cpu-clock:ppp: \n56088.837221: cpu-clock:ppp: \n";
    assert_eq!(PerfScript.probe(time.as_bytes()), Verdict::Perhaps);
    let samples = "0/0  56088836978000 [unknown], 0/0  56088837221000 [unknown]";
    let expected = ("samples=2 count".to_owned(), samples.to_owned(), "no-period=2".to_owned());
    assert_eq!(import(time), expected);

    let period = "56088.836978:     250000 cpu-clock:ppp: \n\
                  56088.837221:     250000 cpu-clock:ppp: \n";
    assert_eq!(PerfScript.probe(period.as_bytes()), Verdict::Perhaps);
    let (types, _, notes) = import(period);
    let expected = "cpu-clock:ppp=500000 nanoseconds, samples=2 count";
    assert_eq!((&*types, &*notes), (expected, ""));

    check(
        "56088.836978: cpu-clock: \n\t           153e0 update_active.constprop.0\n\n",
        "samples=1 count",
        "0/0  56088836978000 update_active.constprop.0",
        "no-period=1",
    );
}

#[test]
fn threads_without_a_number_are_told_apart_by_name() {
    let text = "worker one 56091.074096: cpu-clock: \n\t           153e0 f\n\n\
                b [003] 56091.076077: cpu-clock: \n\t           153e1 g\n\n\
                worker one 56091.078081: cpu-clock: \n\t           153e0 f\n\n";
    check(
        text,
        "samples=3 count",
        "0/0 worker one 56091074096000 f, 0/0 b 56091076077000 g, \
         0/0 worker one 56091078081000 f",
        "no-period=3",
    );
    let profile = PerfScript.import(&Source::from_vec(text.into()), &Job::default()).unwrap();
    assert_eq!(profile.threads().len(), 2);
}

#[test]
fn frames_may_be_addresses_only() {
    let text = "a 16 56088.836978: cpu-clock: \n\tffffffff821e5183\n\t           153e0\n\n";
    check(text, "samples=1 count", "16/16 a 56088836978000 [unknown];[unknown]", "no-period=1");
}

#[test]
fn a_leaf_on_the_line_of_its_sample_needs_no_binary() {
    let text = "a 16 56097.985022:          1      page-faults:  ffffffff81752b6a elf_load\n\
                a 16 56097.985036:          1      page-faults:              5b6a main+0x2\n";
    check(
        text,
        "page-faults=2 count",
        "16/16 a 56097985022000 elf_load, 16/16 a 56097985036000 main",
        "",
    );
    // The fields of a tracepoint are no address.
    let text = "a 16 56097.985022: raw:enter: 12 add\na 16 56097.985022: raw:enter: 12 add\n";
    assert_eq!(
        import(text).1,
        "16/16 a 56097985022000 [unknown], 16/16 a 56097985022000 [unknown]"
    );
}

#[test]
fn records_among_the_samples_are_left_out() {
    let text = "perf-exec     0     0.000000: PERF_RECORD_COMM: perf-exec:16468/16468\n\
                swapper     0     0.000000: PERF_RECORD_MMAP -1/0: [0xff(0x1) @ 0xff]: x [k]_text\n\
                a 16468 56100.252568: PERF_RECORD_COMM exec: a:16468/16468\n\
                a 16468 56100.252607: PERF_RECORD_NAMESPACES 16468/16468 - nr_namespaces: 7\n\
                \t\t[0/net: 4/0xf0000098, 1/uts: 4/0xeffffffe]\n\
                a 16468 56100.252834:     250000 cpu-clock: \n\
                \t           156bd f+0x2d (/usr/lib/ld.so)\n\n\
                a 16468 56100.254032: PERF_RECORD_FORK(16468:16470):(16468:16468)\n\
                56100.254042: PERF_RECORD_SWITCH OUT preempt\n";
    check(
        text,
        "cpu-clock=250000 nanoseconds, samples=1 count",
        "16468/16468 a 56100252834000 f",
        "records=6",
    );
}

#[test]
fn what_perf_has_lost_is_told() {
    let text = "57675.633774: PERF_RECORD_LOST lost 2\n\
                a 1 57675.633816: 1 cycles: \n\t              12 f (/a)\n\n\
                57676.044359: PERF_RECORD_LOST lost 5647\n";
    let (_, _, notes) = import(text);
    assert_eq!(notes, "lost-records=5649");
}

#[test]
fn other_texts_with_times_are_not_taken() {
    let texts = [
        "  bash-1234  [000]  1234.567890: sched_switch: prev_comm=bash\n\
         \x20 bash-1234  [000]  1234.567891: sched_switch: prev_comm=bash\n",
        "          <idle>-0     [001] d.h1. 12.345678: sched_wakeup: comm=a\n\n",
        "[   12.345678] usb 1-1: new device\n[   12.345679] usb 1-1: other\n",
        "12.3: step: a\n12.4: step: b\n",
        "Mon 14:42:24 daemon 12.345678: started: yes\n\n",
        "elapsed since the start 12.345678: value: 7\n\n",
        "12.345678: value 7\n12.345679: value 8\n",
        "12.345678: \n12.345679: \n",
    ];
    for text in texts {
        assert_eq!(PerfScript.probe(text.as_bytes()), Verdict::No, "{text}");
    }
}
