use proptest::prelude::*;

use super::*;
use crate::testing::unindent;

/// A chart of samples written as stacks of letters, such as `abc` for c called by b called by
/// a, and the paths as text. An empty text is an empty stack.
struct Drawn {
    chart: SampleChart,
    texts: Vec<String>,
}

fn chart(samples: &[(i64, &str)], end_ns: i64) -> Drawn {
    let mut texts: Vec<String> = Vec::new();
    for (_, stack) in samples {
        for end in 1..=stack.len() {
            if !texts.iter().any(|text| text == &stack[..end]) {
                texts.push(stack[..end].to_owned());
            }
        }
    }
    let id = |text: &str| {
        texts.iter().position(|other| other == text).map_or(PathId::NONE, PathId::from_index)
    };
    let parent = |path: PathId| {
        let text = &texts[path.index()];
        id(&text[..text.len() - 1]).some()
    };
    let times: Vec<i64> = samples.iter().map(|&(time, _)| time).collect();
    let rows: Vec<u32> = (0..).take(samples.len()).collect();
    let chart = SampleChart::new(&times, &rows, |row| id(samples[row].1), parent, end_ns);
    Drawn { chart, texts }
}

impl Drawn {
    fn boxes(&self, view: &AxisView) -> Vec<StackBox> {
        let mut boxes = Vec::new();
        self.chart.visible(view, 0..u32::MAX, &mut boxes);
        boxes
    }

    /// A line for each depth: the functions where they are, a character a pixel, in capitals
    /// where less than half of the samples go through it.
    fn drawn(&self, view: &AxisView) -> String {
        let mut lines = Vec::new();
        let mut boxes = self.boxes(view);
        boxes.sort_by_key(|b| b.depth);
        for row in boxes.chunk_by(|a, b| a.depth == b.depth) {
            let mut line = String::new();
            for b in row {
                let name = self.texts[b.path.index()].chars().last().unwrap();
                let name = if b.share < 0.5 { name.to_ascii_uppercase() } else { name };
                while (line.len() as f32) < b.x0.round() {
                    line.push('.');
                }
                while (line.len() as f32) < b.x1.round() {
                    line.push(name);
                }
            }
            lines.push(line);
        }
        lines.join("\n")
    }
}

#[test]
fn rows_that_are_not_asked_for_are_left_out() {
    let chart = chart(&[(0, "abc"), (10, "abd"), (20, "ae")], 30);
    let view = AxisView::new(0, 1.0, 30.0);
    let mut boxes = Vec::new();
    chart.chart.visible(&view, 1..2, &mut boxes);
    let all = chart.boxes(&view);
    let expected: Vec<StackBox> = all.into_iter().filter(|b| b.depth == 1).collect();
    assert_eq!(boxes, expected);
    assert_eq!(boxes.len(), 2);
}

#[test]
fn neighbours_with_the_same_callers_join() {
    let drawn = chart(&[(0, "abc"), (10, "abd"), (20, "abd"), (30, "ae"), (40, "f")], 50);
    let expected = "
        aaaaaaaaff
        bbbbbbee
        ccdddd
    ";
    assert_eq!(drawn.drawn(&AxisView::new(0, 5.0, 20.0)), unindent(expected));
    assert_eq!(drawn.chart.max_depth(), 3);
}

#[test]
fn a_long_gap_stays_empty() {
    let drawn = chart(&[(0, "a"), (10, "a"), (20, "a"), (200, "a"), (210, "a")], 220);
    assert_eq!(drawn.drawn(&AxisView::new(0, 10.0, 30.0)), "aaaaaa..............aa");
}

#[test]
fn a_pixel_shows_the_way_most_samples_go() {
    let stacks = ["ab", "ab", "acd", "acd", "ace", "acd", "g", "acd"];
    let samples: Vec<(i64, &str)> = (0..).map(|i| i * 10).zip(stacks.repeat(8)).collect();
    let drawn = chart(&samples, 640);
    let boxes = drawn.boxes(&AxisView::new(0, 640.0, 2.0));
    let mut texts: Vec<String> = boxes
        .iter()
        .map(|b| format!("{} {} {}", drawn.texts[b.path.index()], b.n, b.share))
        .collect();
    texts.sort();
    // Exactly 7/8, 5/8 and 4/8.
    assert_eq!(texts, ["a 64 0.875", "ac 64 0.625", "acd 64 0.625"]);
}

#[test]
fn a_hit_is_the_sample_that_lasts() {
    let drawn = chart(&[(0, "a"), (10, "a"), (10, "b"), (20, "a"), (200, "a")], 220);
    let hits = [-1, 0, 9, 10, 19, 59, 60, 199, 200, 219, 220].map(|time| drawn.chart.hit(time));
    assert_eq!(
        hits,
        [None, Some(0), Some(0), Some(2), Some(2), Some(3), None, None, Some(4), Some(4), None]
    );
}

#[test]
fn shares_are_counted_exactly() {
    let drawn = chart(&[(0, "ab"), (10, "ac"), (20, "abd"), (30, "b")], 40);
    let path = |text: &str| PathId::from_index(drawn.texts.iter().position(|t| t == text).unwrap());
    let share = |text: &str, range| drawn.chart.share(path(text), range);
    assert_eq!(share("a", 0..40), (3, 4));
    assert_eq!(share("ab", 0..40), (2, 4));
    assert_eq!(share("b", 5..40), (1, 3));
}

#[test]
fn empty_stacks_and_no_samples_have_no_boxes() {
    assert_eq!(chart(&[], 10).boxes(&AxisView::new(0, 1.0, 10.0)), []);
    assert_eq!(chart(&[(0, ""), (5, "")], 10).boxes(&AxisView::new(0, 1.0, 10.0)), []);
}

#[test]
fn a_single_sample_is_a_pixel_wide() {
    let drawn = chart(&[(5, "ab")], 10);
    assert_eq!(drawn.drawn(&AxisView::new(0, 1.0, 10.0)), ".....a\n.....b");
}

/// Stacks of the letters a to c, with the time since the last.
fn samples() -> impl Strategy<Value = Vec<(i64, String)>> {
    let interval = prop_oneof![Just(10_i64), 0_i64..20, 0_i64..1000];
    proptest::collection::vec((interval, "[ab]{0,3}c{0,3}"), 1..300).prop_map(|steps| {
        let mut now = 0;
        let at = |(interval, stack)| {
            now += interval;
            (now, stack)
        };
        steps.into_iter().map(at).collect()
    })
}

fn borrowed(samples: &[(i64, String)]) -> Vec<(i64, &str)> {
    samples.iter().map(|(time, stack)| (*time, stack.as_str())).collect()
}

/// A nested picture: boxes of a depth do not overlap and lie within boxes of their callers.
fn check_nesting(drawn: &Drawn, boxes: &[StackBox], view: &AxisView) -> Result<(), TestCaseError> {
    let mut last = [f32::NEG_INFINITY; 10];
    for b in boxes {
        prop_assert!(b.x0 < b.x1 && b.x0 >= -8.0 && f64::from(b.x1) <= view.width_px + 8.01);
        prop_assert!(b.x0 >= last[b.depth as usize] - 2e-3, "{b:?}");
        last[b.depth as usize] = b.x1;
        prop_assert!(b.n > 0 && b.share > 0.0 && b.share <= 1.0);
        let text = &drawn.texts[b.path.index()];
        prop_assert_eq!(text.len(), b.depth as usize + 1);
        let is_caller = |other: &&StackBox| {
            drawn.texts[other.path.index()] == text[..text.len() - 1]
                && other.x0 <= b.x0 + 2e-3
                && other.x1 >= b.x1 - 2e-3
        };
        prop_assert!(b.depth == 0 || boxes.iter().any(|other| is_caller(&other)), "{b:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn boxes_nest_at_any_zoom(
        samples in samples(), log in -1.0..16.0, place in 0_i64..1000, width in 1.0..300.0,
    ) {
        let end = samples.last().map_or(0, |sample| sample.0) + 10;
        let drawn = chart(&borrowed(&samples), end);
        let view = AxisView::new(end * place / 1000, f64::exp2(log), width);
        check_nesting(&drawn, &drawn.boxes(&view), &view)?;
    }

    #[test]
    fn a_close_look_shows_each_sample(samples in samples(), place in 0_i64..1000) {
        let end = samples.last().map_or(0, |sample| sample.0) + 10;
        let drawn = chart(&borrowed(&samples), end);
        let view = AxisView::new(end * place / 1000, 0.25, 1000.0);
        let boxes = drawn.boxes(&view);
        for at in view.range() {
            let Some(sample) = drawn.chart.hit(at) else { continue };
            let sample = sample as usize;
            // One of several at the same time is shown.
            if sample > 0 && samples[sample - 1].0 == samples[sample].0 {
                continue;
            }
            let px = view.px_of(at) + 0.5;
            for depth in 0..samples[sample].1.len() {
                let text = &samples[sample].1[..=depth];
                let found = boxes.iter().any(|b| {
                    b.depth as usize == depth
                        && drawn.texts[b.path.index()] == text
                        && f64::from(b.x0) <= px
                        && f64::from(b.x1) >= px
                });
                prop_assert!(found, "{text} at {at}");
            }
        }
    }

    #[test]
    fn shares_are_within_an_eighth(samples in samples()) {
        let end = samples.last().map_or(0, |sample| sample.0) + 10;
        let drawn = chart(&borrowed(&samples), end);
        let n = samples.len();
        // A single cell for everything.
        let level = drawn.chart.levels.last().unwrap();
        prop_assert_eq!(level.cells.len(), 1);
        let shown = level.cells[0].shown;
        let mut path = shown.leaf;
        while path != 0 && n <= 128 {
            let text = &drawn.texts[drawn.chart.paths.path(path).index()];
            let through = samples.iter().filter(|sample| sample.1.starts_with(text)).count();
            let exact = through as f32 / n as f32;
            let depth = drawn.chart.paths.depth(path);
            let told = shown.steps().iter().find(|step| depth <= step.0).map_or(0.0, |step| step.1);
            prop_assert!((exact - told).abs() <= 0.125, "{text} {told} but {exact}");
            // The way of most: no other callee of the same caller has more.
            let rival = samples.iter().filter(|sample| {
                sample.1.starts_with(&text[..text.len() - 1]) && sample.1.len() >= text.len()
            });
            let mut rivals = [0; 3];
            for sample in rival {
                rivals[usize::from(sample.1.as_bytes()[text.len() - 1] - b'a')] += 1;
            }
            prop_assert_eq!(rivals.iter().max(), Some(&through));
            path = drawn.chart.paths.parent(path);
        }
    }

    #[test]
    fn panning_moves_the_picture_as_one_piece(samples in samples(), log in 3.0..9.0, by in 1_i64..50) {
        let end = samples.last().map_or(0, |sample| sample.0) + 10;
        let drawn = chart(&borrowed(&samples), end);
        let view = AxisView::new(0, f64::exp2(log), 200.0);
        let panned = AxisView::new(by, f64::exp2(log), 200.0);
        let by = by as f64 / view.units_per_px;
        let inside = |b: &StackBox| f64::from(b.x0) > by + 3.0 && f64::from(b.x1) < 190.0;
        let after = drawn.boxes(&panned);
        for b in drawn.boxes(&view).iter().filter(|b| inside(b)) {
            let same = after.iter().find(|other| {
                other.path == b.path && (f64::from(b.x0) - by - f64::from(other.x0)).abs() < 2e-3
            });
            let same = same.ok_or_else(|| TestCaseError::fail(format!("{b:?} is gone")))?;
            prop_assert_eq!((b.n, b.share), (same.n, same.share));
        }
    }

    #[test]
    fn shares_of_a_sampled_cell_are_near(seed in 0_u64..1000) {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let samples: Vec<(i64, &str)> = (0..5000).map(|at| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (at * 10, if random % 10 < 7 { "ab" } else { "ac" })
        }).collect();
        let drawn = chart(&samples, 50_000);
        let boxes = drawn.boxes(&AxisView::new(0, 65_536.0, 2.0));
        let leaf = boxes.iter().find(|b| b.depth == 1).unwrap();
        prop_assert_eq!(&drawn.texts[leaf.path.index()], "ab");
        // 0.7 is in the step of which the middle is 0.625, or by chance in that of 0.875.
        prop_assert!(leaf.share >= 0.625 && leaf.n == 5000);
    }
}
