use super::*;
use crate::testing;

/// Compares the chain through the first slice called `name`: names in order, the one asked for in
/// brackets, and before each arrow how long, in microseconds, the next waited.
#[track_caller]
fn check(trace: &str, flows: &str, name: &str, expected: &str) {
    let profile = testing::trace_with_flows(trace, flows);
    let slices = profile.slices();
    let name_of = |slice| profile.function_name(slices.name(slice));
    let mut ids = (0..slices.len()).map(SliceId::from_index);
    let slice = ids.find(|&slice| name_of(slice) == name).unwrap();
    let chain = CriticalChain::new(&profile, &FlowIndex::new(profile.flows()), slice);
    assert_eq!(chain.steps[chain.picked].slice, slice);
    assert!(!chain.is_cut);
    let steps = chain.steps.iter().enumerate().map(|(at, step)| {
        let name = name_of(step.slice);
        let name = if at == chain.picked { format!("[{name}]") } else { name.to_owned() };
        match step.flow {
            Some(_) => format!(" {}> {name}", step.wait_ns / 1000),
            None => name,
        }
    });
    assert_eq!(steps.collect::<String>(), expected);
}

#[test]
fn a_slice_without_flows_is_its_own_chain() {
    check("A: aa", "", "a", "[a]");
}

#[test]
fn a_chain_goes_both_ways() {
    check(
        "
        A: aa
        B:    bbb
        C:       ccc
        ",
        "a>b b>c",
        "b",
        "a 1> [b] 0> c",
    );
}

#[test]
fn of_two_causes_the_one_that_ends_last_counts() {
    check(
        "
        A: aaaa  dd
        B: bb
        C:       ccc
        ",
        "b>c a>c",
        "c",
        "a 2> [c]",
    );
}

#[test]
fn what_reaches_a_nested_slice_counts_before_what_reaches_one_around() {
    check(
        "
        A: aaa   bb
        B:   cccccccccc
         :    dddddddd
         :          e
        ",
        "a>c b>e",
        "d",
        "b -5> [d]",
    );
    check(
        "
        A: aaa
        B:    cccccccccc
         :     dddddddd
         :           e
        ",
        "a>c",
        "e",
        "a 7> [e]",
    );
}

#[test]
fn a_wait_is_between_the_steps_that_are_shown() {
    check(
        "
        A: aaaaaa
         :  bb
        B:         cccc
         :           d
        ",
        "b>d",
        "a",
        "[a] 4> d",
    );
    check(
        "
        A: aaaaaa
         :  bb
        B:         cccc
         :           d
        ",
        "b>d",
        "c",
        "b 5> [c]",
    );
}

#[test]
fn what_goes_on_after_its_flow_has_arrived_waits_less_than_nothing() {
    check(
        "
        A: aaaaa
        B:   bb
        ",
        "a>b",
        "a",
        "[a] -3> b",
    );
}

#[test]
fn flows_within_a_slice_lead_nowhere_and_circles_end() {
    check("A: aaaa\n : bb c", "b>c c>b a>b c>a", "a", "[a]");
    check("A: a\nB:  b\nC:   c", "a>b b>c c>a", "b", "c -3> a 0> [b]");
    check("A: a\nB:  b", "a>a b>b", "a", "[a]");
}

#[test]
fn flows_of_the_slice_beside_do_not_count() {
    check(
        "
        A: aabb
         : ccdd
        B:     eef
        ",
        "d>e c>f",
        "a",
        "[a] 4> f",
    );
}

#[test]
fn a_chain_ends_where_it_is_too_long_to_read() {
    let n = 1200;
    let mut builder = crate::ProfileBuilder::default();
    let process = builder.process(1, "app");
    let thread = builder.thread(process, 1, "main");
    let track = builder.thread_track(thread);
    let name = builder.function_named("step");
    let flow = builder.string("flow");
    let slices: Vec<_> = (0..n)
        .map(|start_ns| {
            builder.slice(crate::Slice { track, start_ns, duration_ns: 1, name, detail: None })
        })
        .collect();
    for ends in slices.windows(2) {
        let [from, to] = [ends[0], ends[1]].map(crate::FlowEnd::Slice);
        builder.flow(flow, from, to);
    }
    let profile = builder.finish().0;
    let index = FlowIndex::new(profile.flows());
    let chain = CriticalChain::new(&profile, &index, SliceId::from_index(600));
    assert_eq!(chain.steps.len(), 2 * CriticalChain::MAX_STEPS + 1);
    assert_eq!(chain.picked, CriticalChain::MAX_STEPS);
    assert!(chain.is_cut);
    let chain = CriticalChain::new(&profile, &index, SliceId::from_index(1199));
    assert_eq!(chain.steps.last().map(|step| step.slice.index()), Some(1199));
}
