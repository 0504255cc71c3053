use proptest::prelude::*;

use super::*;

/// The rows as text: `node start..end` of each box.
fn rows(layout: &FlameLayout) -> Vec<String> {
    (0..layout.n_rows())
        .map(|row| {
            let boxes =
                layout.row(row).iter().map(|&node| format!("{node} {:?}", layout.span(node)));
            boxes.collect::<Vec<_>>().join(", ")
        })
        .collect()
}

#[test]
fn children_start_where_their_parent_does() {
    let layout = FlameLayout::new(&[0, 1, 1, 2, 0, 1], &[10, 2, 7, 3, 4, 4]);
    assert_eq!(rows(&layout), ["0 0..10, 4 10..14", "1 0..2, 2 2..9, 5 10..14", "3 2..5"]);
    assert_eq!(layout.width(), 14);
}

#[test]
fn a_node_is_as_wide_as_its_children_need() {
    // A caller whose callees changed by -5 and +5.
    let layout = FlameLayout::new(&[0, 1, 1], &[0, -5, 5]);
    assert_eq!(rows(&layout), ["0 0..10", "1 0..5, 2 5..10"]);
}

#[test]
fn extreme_totals_do_not_overflow() {
    let layout = FlameLayout::new(&[0, 1, 1, 0], &[1, i64::MIN, i64::MAX, i64::MIN]);
    assert_eq!(layout.width(), i64::MAX);
}

#[test]
fn an_empty_tree_has_no_rows() {
    let layout = FlameLayout::new(&[], &[]);
    assert_eq!((layout.n_rows(), layout.width()), (0, 0));
    let mut runs = Vec::new();
    layout.visible(0, &AxisView::new(0, 1.0, 100.0), &mut runs);
    assert_eq!((runs, layout.hit(0, 0)), (vec![], None));
}

#[test]
fn nodes_without_a_width_are_neither_drawn_nor_hit() {
    let layout = FlameLayout::new(&[0, 1, 1, 1], &[4, 0, 4, 0]);
    let mut runs = Vec::new();
    layout.visible(1, &AxisView::new(0, 1.0, 100.0), &mut runs);
    let run = BoxRun { x0: 0.0, x1: 4.0, first: 2, n: 1, coverage: 1.0 };
    assert_eq!(runs, [run]);
    assert_eq!([0, 3, 4].map(|x| layout.hit(1, x)), [Some(2), Some(2), None]);
}

/// A random tree in preorder: depths and totals.
fn tree() -> impl Strategy<Value = (Vec<u32>, Vec<i64>)> {
    let step = (0_u32..8, prop_oneof![0_i64..3, -50_i64..50, -5000_i64..5000]);
    proptest::collection::vec(step, 0..600).prop_map(|steps| {
        let mut depth = 0;
        let mut columns = (Vec::new(), Vec::new());
        for (back, total) in steps {
            depth = if columns.0.is_empty() { 0 } else { (depth + 1_u32).saturating_sub(back) };
            columns.0.push(depth);
            columns.1.push(total);
        }
        columns
    })
}

proptest! {
    #[test]
    fn boxes_lie_within_their_parents_and_apart((depth, total) in tree()) {
        let layout = FlameLayout::new(&depth, &total);
        let mut parents: Vec<u32> = Vec::new();
        for (node, &depth) in (0..).zip(&depth) {
            parents.truncate(depth as usize);
            let span = layout.span(node);
            prop_assert!(span.end - span.start >= total[node as usize].abs());
            if let Some(&parent) = parents.last() {
                let parent = layout.span(parent);
                prop_assert!(parent.start <= span.start && span.end <= parent.end);
            }
            parents.push(node);
            prop_assert!(layout.row(depth as usize).contains(&node));
        }
        for row in 0..layout.n_rows() {
            for pair in layout.row(row).windows(2) {
                prop_assert!(pair[0] < pair[1]);
                prop_assert!(layout.span(pair[0]).end <= layout.span(pair[1]).start);
            }
        }
    }

    #[test]
    fn a_hit_is_the_node_at_the_place((depth, total) in tree(), share in 0_i64..1100) {
        let layout = FlameLayout::new(&depth, &total);
        let x = layout.width() * share / 1000;
        for row in 0..layout.n_rows() {
            let naive = layout.row(row).iter().find(|&&node| layout.span(node).contains(&x));
            prop_assert_eq!(layout.hit(row, x), naive.copied());
        }
    }

    #[test]
    fn what_is_at_least_a_pixel_wide_is_drawn((depth, total) in tree(), width in 10.0..500.0) {
        let layout = FlameLayout::new(&depth, &total);
        let view = AxisView::framing(0..layout.width(), width, 0.0);
        for row in 0..layout.n_rows() {
            let mut runs = Vec::new();
            layout.visible(row, &view, &mut runs);
            let nodes: u32 = runs.iter().map(|run| run.n).sum();
            prop_assert!(nodes as usize <= layout.row(row).len());
            for &node in layout.row(row) {
                let span = layout.span(node);
                if view.px_of(span.end) - view.px_of(span.start) >= 1.0 {
                    let exact = |run: &BoxRun| run.first == node && run.is_exact();
                    prop_assert!(runs.iter().any(exact), "{node} in {runs:?}");
                }
            }
        }
    }
}
