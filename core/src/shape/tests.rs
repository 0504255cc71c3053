use super::*;
use crate::{
    CallTree, Function, FunctionTotals, Label, LabelValue, Line, Measure, PathWeights,
    ProfileBuilder, Sample, Selection, Unit,
};

/// Two samples of one stack, of different lines of `serve`, into which `mix` is inlined, and of
/// different endpoints.
///
/// ```text
/// main (main.c:1) → serve (serve.c:10 and 20) → mix (serve.c:3, inlined)
/// ```
fn profile() -> Arc<Profile> {
    let mut builder = ProfileBuilder::default();
    let process = builder.process(1, "app");
    let threads = [1, 2].map(|tid| builder.thread(process, tid, "worker"));
    let value_type = builder.value_type("samples", Unit::Count);
    let mut function = |name: &str, file: &str| {
        let (name, file) = (builder.string(name), Some(builder.string(file)));
        builder.function(Function { file, ..Function::named(name) })
    };
    let [main, serve, mix] =
        [("main", "main.c"), ("serve", "serve.c"), ("mix", "serve.c")].map(|(a, b)| function(a, b));
    let caller = builder.frame(None, 1);
    builder.set_lines(caller, &[Line { function: main, line: 1 }]);
    let key = builder.string("endpoint");
    for (line, thread) in [10, 20].into_iter().zip(threads) {
        let leaf = builder.frame(None, u64::from(line));
        let lines = [Line { function: serve, line }, Line { function: mix, line: 3 }];
        builder.set_lines(leaf, &lines);
        let callers = Some(builder.stack(None, caller));
        let value = LabelValue::Text(builder.string(&format!("/{line}")));
        let labels = builder.label_set(&[Label { key, value }]);
        builder.sample(Sample { time_ns: None, thread, callers, leaf, labels });
        builder.weight(value_type, i64::from(line)).unwrap();
    }
    Arc::new(builder.finish().0)
}

fn tree(shaped: &Shaped) -> Vec<String> {
    let profile = &*shaped.profile;
    profile.check().unwrap();
    let measure = Measure::default_of(profile).unwrap();
    let weights = PathWeights::new(profile, &shaped.paths, measure, &Selection::default());
    let tree = CallTree::new(profile, &shaped.paths, &weights);
    let functions = FunctionTotals::new(profile, &shaped.paths, &weights);
    assert_eq!(functions.total(), 30);
    tree.ids()
        .map(|node| {
            let indent = " ".repeat(tree.depth(node) as usize);
            let name = profile.function_name(tree.function(node));
            format!("{indent}{name} {} {}", tree.self_of(node), tree.total_of(node))
        })
        .collect()
}

fn shaped(granularity: Granularity, group_by: Option<GroupBy>) -> Shaped {
    Shaped::new(&profile(), Shape { granularity, group_by })
}

#[test]
fn a_path_is_of_functions_or_of_what_is_finer_or_coarser() {
    for (granularity, expected) in [
        (Granularity::Function, &["main 0 30", " serve 0 30", "  mix 30 30"][..]),
        (
            Granularity::Line,
            &["main:1 0 30", " serve:20 0 20", "  mix:3 20 20", " serve:10 0 10", "  mix:3 10 10"],
        ),
        // What calls within its file is one path.
        (Granularity::File, &["main.c 0 30", " serve.c 30 30"]),
        (Granularity::Module, &["(unknown) 30 30"]),
    ] {
        assert_eq!(tree(&shaped(granularity, None)), expected, "{granularity:?}");
    }
    let offered = Granularity::of(&profile());
    assert_eq!(offered, [Granularity::Line, Granularity::Function, Granularity::File]);
}

#[test]
fn threads_and_labels_are_groups() {
    let by_endpoint = ["endpoint=/20 0 20", " main.c 0 20", "  serve.c 20 20"];
    let by = Some(GroupBy::Label("endpoint".to_owned()));
    assert_eq!(tree(&shaped(Granularity::File, by))[..3], by_endpoint);
    let by_thread = tree(&shaped(Granularity::Function, Some(GroupBy::Thread)));
    assert_eq!(by_thread[0], "worker 2 0 20");
    assert_eq!(by_thread[4], "worker 1 0 10");
    let by_process = tree(&shaped(Granularity::Function, Some(GroupBy::Process)));
    assert_eq!(by_process[0], "app 1 0 30");
    let names: Vec<GroupBy> = GroupBy::all(&profile());
    assert_eq!(names, [GroupBy::Thread, GroupBy::Label("endpoint".to_owned())]);
}

#[test]
fn slices_have_the_group_of_their_thread() {
    let trace = Arc::new(crate::testing::trace(
        "
        T1: aaaa
          :  bb
        T2: cc",
    ));
    let shape = Shape { group_by: Some(GroupBy::Thread), ..Shape::default() };
    let shaped = Shaped::new(&trace, shape);
    let (profile, paths) = (&*shaped.profile, &shaped.paths);
    let weights = PathWeights::new(profile, paths, Measure::SliceTime, &Selection::default());
    let tree = CallTree::new(profile, paths, &weights);
    let names: Vec<&str> =
        tree.ids().map(|node| profile.function_name(tree.function(node))).collect();
    assert_eq!(names, ["T1 1", "a", "b", "T2 2", "c"]);
    assert_eq!(tree.total(), 6000);
}

fn path_text(shaped: &Shaped, path: PathId) -> String {
    let names = shaped.paths.walk_to_root(path);
    let names = names.map(|path| shaped.profile.function_name(shaped.paths.function(path)));
    let mut names: Vec<&str> = names.collect();
    names.reverse();
    names.join(">")
}

fn check_renamed(before: &Shaped, after: &Shaped, path: &str, expected: &[&str]) {
    let renamed = before.renamed(after);
    let found = before.paths.ids().find(|&id| path_text(before, id) == path).unwrap();
    let texts: Vec<String> = renamed.paths(found).map(|path| path_text(after, path)).collect();
    assert_eq!(texts, expected, "{path}");
}

#[test]
fn a_path_is_followed_from_shape_to_shape() {
    let recorded = profile();
    let plain = Shaped::new(&recorded, Shape::default());
    let reshape = |granularity, group_by: Option<GroupBy>| {
        plain.reshaped(&recorded, Shape { granularity, group_by })
    };
    let by_endpoint = || Some(GroupBy::Label("endpoint".to_owned()));
    let grouped = reshape(Granularity::Function, by_endpoint());
    let in_groups = ["endpoint=/10>main>serve", "endpoint=/20>main>serve"];
    check_renamed(&plain, &grouped, "main>serve", &in_groups);
    check_renamed(&grouped, &plain, "endpoint=/10>main>serve", &["main>serve"]);
    check_renamed(&grouped, &plain, "endpoint=/10", &[]);
    let lines = reshape(Granularity::Line, None);
    check_renamed(&plain, &lines, "main>serve", &["main:1>serve:10", "main:1>serve:20"]);
    check_renamed(&lines, &plain, "main:1>serve:20", &["main>serve"]);
    let both = reshape(Granularity::Line, by_endpoint());
    check_renamed(&grouped, &both, "endpoint=/10>main", &["endpoint=/10>main:1"]);
    let by_thread = reshape(Granularity::Function, Some(GroupBy::Thread));
    check_renamed(&grouped, &by_thread, "endpoint=/10>main", &[]);
    let main = grouped.paths.function(PathId::from_index(1));
    assert_eq!(grouped.renamed(&by_thread).function(main), Some(main));
    check_renamed(&plain, &reshape(Granularity::File, None), "main>serve", &[]);
}
