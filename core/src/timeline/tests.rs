use proptest::prelude::*;

use super::*;
use crate::{Lane, TrackId};

/// Slices of lanes, each given as (gap before, duration) of its slices.
fn slices(lanes: &[Vec<(i64, i64)>], origin: i64) -> Slices {
    let mut slices = Slices::default();
    for lane in lanes {
        let mut at = origin;
        for &(gap, duration) in lane {
            slices.start_ns.push(at + gap);
            slices.duration_ns.push(duration);
            at += gap + duration;
        }
        let end = u32::try_from(slices.start_ns.len()).unwrap();
        slices.lanes.push(Lane { track: TrackId::from_index(0), depth: 0, end });
    }
    slices
}

/// A lane drawn as characters: letters in turn for slices, spaces for gaps.
fn drawn(text: &str) -> Slices {
    let runs: Vec<char> = text.chars().collect();
    let (mut lane, mut gap) = (Vec::new(), 0);
    for run in runs.chunk_by(|a, b| a == b) {
        let len = i64::try_from(run.len()).unwrap();
        if run[0] == ' ' {
            gap = len;
        } else {
            lane.push((std::mem::take(&mut gap), len));
        }
    }
    slices(&[lane], 0)
}

/// What is visible of lane 0, as text: `a 2..6` for an exact box, `b3 7..8 50%` for a run of
/// three with b the longest.
fn visible(slices: &Slices, view: &AxisView) -> String {
    let mut runs = Vec::new();
    SliceLod::new(slices).visible(slices, LaneId::from_index(0), view, &mut runs);
    let texts: Vec<String> = runs
        .iter()
        .map(|run| {
            let name = char::from(b'a' + u8::try_from(run.first).unwrap());
            let (x0, x1) = (run.x0, run.x1);
            if run.is_exact() {
                format!("{name} {x0}..{x1}")
            } else {
                format!("{name}{} {x0}..{x1} {:.0}%", run.n, run.coverage * 100.0)
            }
        })
        .collect();
    texts.join(", ")
}

#[test]
fn slices_of_a_pixel_are_exact_and_smaller_ones_merge() {
    let slices = drawn("aaaaaaaaaa  bccb  dddddddd  ");
    let view = AxisView::new(0, 4.0, 7.0);
    assert_eq!(visible(&slices, &view), "a 0..2.5, c3 3..4 100%, e 4.5..6.5");
    // The pixel that c and the next slice share is divided between them.
    let slices = drawn("aaaaaaaaaaaa b ccdddddddd  ");
    assert_eq!(visible(&slices, &view), "a 0..3, c2 3..4.25 60%, d 4.25..6.25");
}

#[test]
fn panning_moves_the_picture_as_one_piece() {
    let slices = drawn("a b cc d e f  ggg h i jjjjjjjj k l m n");
    let view = AxisView::new(8, 4.0, 4.0);
    let runs = "e2 0..1 50%, g1 1..2.25 60%, h1 2.25..3 33%, i1 3..3.5 50%, j 3.5..5.5";
    assert_eq!(visible(&slices, &view), runs);
    let view = AxisView { fraction: 0.5, ..AxisView::new(9, 4.0, 4.0) };
    let moved = "e2 -0.375..0.625 50%, g1 0.625..1.875 60%, h1 1.875..2.625 33%, \
                 i1 2.625..3.125 50%, j 3.125..5.125";
    assert_eq!(visible(&slices, &view), moved);
}

#[test]
fn a_slice_that_takes_no_time_is_seen() {
    let slices = slices(&[vec![(5, 0), (0, 0), (20, 3)]], 0);
    assert_eq!(visible(&slices, &AxisView::new(0, 4.0, 10.0)), "a2 1..2 0%, c1 6..7 75%");
}

#[test]
fn a_nanosecond_after_146_years_is_where_it_should_be() {
    let origin = i64::MAX / 2 - 10;
    let slices = slices(&[vec![(1, 1), (1, 1)]], origin);
    let view = AxisView::new(origin, 1.0 / 64.0, 300.0);
    assert_eq!(visible(&slices, &view), "a 64..128, b 192..256");
}

#[test]
fn thin_slices_are_hit_from_nearby() {
    let slices = drawn("aa      b    cc");
    let lod = SliceLod::new(&slices);
    let lane = LaneId::from_index(0);
    let nearest = |at| lod.nearest(&slices, lane, at, 2).map(SliceId::index);
    assert_eq!(lod.hit(&slices, lane, 7), None);
    assert_eq!(
        [1, 4, 5, 6, 7, 8, 11, 12].map(nearest),
        [Some(0), Some(0), None, Some(1), Some(1), Some(1), Some(1), Some(2)]
    );
}

#[test]
fn memory_stays_within_four_bytes_a_slice() {
    let slices = slices(&[vec![(1, 1); 1_000_000]], 0);
    assert!(SliceLod::new(&slices).memory_bytes() <= 4_001_000);
}

/// Gaps and durations over many magnitudes, in bursts.
fn lane() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let length = prop_oneof![Just(0_i64), 0_i64..4, 0_i64..100, 0_i64..10_000];
    let slice = (length.clone(), length);
    let burst = (proptest::collection::vec(slice, 1..12), 1_usize..40);
    proptest::collection::vec(burst, 0..20).prop_map(|bursts| {
        bursts.into_iter().flat_map(|(burst, times)| burst.repeat(times)).collect()
    })
}

/// A place in the lane, a scale, a width.
fn view() -> impl Strategy<Value = (i64, f64, f64, f64)> {
    (0_i64..1000, 0.0..1.0, -5.0..14.0, 1.0..300.0)
}

fn view_of(slices: &Slices, (place, fraction, log, width): (i64, f64, f64, f64)) -> AxisView {
    let ends = (slices.starts_ns().first(), slices.starts_ns().last());
    let (first, last) = (*ends.0.unwrap_or(&0), *ends.1.unwrap_or(&0));
    let start = first - 50 + (last - first) * place / 1000;
    AxisView { fraction, ..AxisView::new(start, f64::exp2(log), width) }
}

fn runs_of(slices: &Slices, lane: usize, view: &AxisView) -> Vec<BoxRun> {
    let mut runs = Vec::new();
    SliceLod::new(slices).visible(slices, LaneId::from_index(lane), view, &mut runs);
    runs
}

const CLOSE: f64 = 2e-3;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn runs_are_in_order_apart_and_few(lanes in [lane(), lane()], view in view()) {
        let slices = slices(&lanes, 1000);
        let view = view_of(&slices, view);
        let runs = runs_of(&slices, 1, &view);
        for run in &runs {
            prop_assert!(run.x1 > run.x0 && run.n > 0, "{run:?}");
            prop_assert!(f64::from(run.x0) >= -8.0 && f64::from(run.x1) <= view.width_px + 8.01);
            prop_assert!(f64::from(run.x0) < view.width_px && run.x1 > 0.0);
            prop_assert!((0.0..=1.0).contains(&run.coverage));
        }
        for pair in runs.windows(2) {
            prop_assert!(f64::from(pair[0].x1 - pair[1].x0) < CLOSE, "{pair:?}");
        }
        let merged = runs.iter().filter(|run| !run.is_exact()).count();
        prop_assert!(merged as f64 <= view.width_px + 3.0, "{merged} {view:?} {runs:?}");
        prop_assert!(runs.len() as f64 <= 2.0 * view.width_px + 5.0);
    }

    #[test]
    fn coverage_is_that_of_each_slice(lanes in [lane(), lane()], view in view()) {
        let slices = slices(&lanes, 1000);
        let view = view_of(&slices, view);
        for run in runs_of(&slices, 1, &view) {
            let (x0, x1) = (f64::from(run.x0), f64::from(run.x1));
            if x0 <= -8.0 || x1 >= view.width_px + 8.0 {
                continue;
            }
            let mut covered = 0.0;
            for row in slices.lane_slices(LaneId::from_index(1)) {
                let slice = SliceId::from_index(row);
                let from = view.px_of(slices.start_ns(slice)).max(x0);
                covered += (view.px_of(slices.end_ns(slice)).min(x1) - from).max(0.0);
            }
            let told = f64::from(run.coverage) * (x1 - x0);
            prop_assert!((covered - told).abs() < CLOSE, "{run:?} covers {covered}");
        }
    }

    #[test]
    fn no_slice_is_lost_and_none_of_a_pixel_is_merged(
        lanes in [lane(), lane()], view in view(),
    ) {
        let slices = slices(&lanes, 1000);
        let view = view_of(&slices, view);
        let runs = runs_of(&slices, 1, &view);
        for row in slices.lane_slices(LaneId::from_index(1)) {
            let slice = SliceId::from_index(row);
            let (x0, x1) = (view.px_of(slices.start_ns(slice)), view.px_of(slices.end_ns(slice)));
            if x1 <= 0.0 || x0 >= view.width_px {
                continue;
            }
            let (clip0, clip1) = (x0.max(-8.0), x1.min(view.width_px + 8.0));
            let holds = |run: &&BoxRun| {
                f64::from(run.x0) <= clip0 + CLOSE && f64::from(run.x1) >= clip1 - CLOSE
            };
            if x1 - x0 >= 1.0 {
                let run = runs.iter().find(|run| run.first as usize == row && run.n == 1);
                let run = run.unwrap();
                prop_assert!(run.is_exact());
                prop_assert!((f64::from(run.x0) - clip0).abs() < CLOSE);
                prop_assert!((f64::from(run.x1) - clip1).abs() < CLOSE);
            } else {
                prop_assert!(runs.iter().any(|run| holds(&run)), "row {row} {x0}..{x1} {runs:?}");
            }
        }
    }

    #[test]
    fn runs_count_their_slices_and_name_the_longest(
        lanes in [lane(), lane()], view in view(),
    ) {
        let slices = slices(&lanes, 1000);
        let mut view = view_of(&slices, view);
        // All of the lane is in the window, so nothing is cut off.
        view.start = 900;
        view.width_px = 20_000.0;
        view.units_per_px = view.units_per_px.max(200.0);
        let runs = runs_of(&slices, 1, &view);
        let mut row = slices.lane_slices(LaneId::from_index(1)).start;
        for run in runs {
            let rows = row..row + run.n as usize;
            row = rows.end;
            let longest = rows.clone().map(|row| slices.duration_ns(SliceId::from_index(row))).max();
            prop_assert!(rows.contains(&(run.first as usize)));
            prop_assert_eq!(Some(slices.duration_ns(SliceId::from_index(run.first as usize))), longest);
        }
        let all = slices.lane_slices(LaneId::from_index(1)).end;
        if view.px_of(slices.starts_ns().last().map_or(0, |&last| last + 10_000)) < 20_000.0 {
            prop_assert_eq!(row, all);
        }
    }

    #[test]
    fn panning_changes_nothing_but_the_place(
        lanes in [lane(), lane()], view in view(), by in 0.0..40.0,
    ) {
        let slices = slices(&lanes, 1000);
        let mut view = view_of(&slices, view);
        view.width_px += 60.0;
        let panned = view.panned(by, i64::MIN..i64::MAX);
        let by = view.px_of(panned.start) + panned.fraction / panned.units_per_px;
        let inside = |run: &BoxRun, from: f64| {
            f64::from(run.x0) > from + 2.0 && f64::from(run.x1) < from + view.width_px - 44.0
        };
        let before = runs_of(&slices, 1, &view);
        let after = runs_of(&slices, 1, &panned);
        let before: Vec<_> = before.iter().filter(|run| inside(run, by)).collect();
        for run in &before {
            let close = |a: f32, b: f32| (f64::from(a) - by - f64::from(b)).abs() < CLOSE;
            let same = after.iter().find(|b| b.first == run.first && close(run.x0, b.x0));
            let same = same.ok_or_else(|| TestCaseError::fail(format!("{run:?} is gone")))?;
            prop_assert!(close(run.x1, same.x1));
            prop_assert_eq!(run.n, same.n);
            prop_assert!(((run.coverage - same.coverage) * (run.x1 - run.x0)).abs() < 1e-3);
        }
    }

    #[test]
    fn a_hit_is_the_slice_at_the_time(lanes in [lane(), lane()], share in 0_i64..1100) {
        let slices = slices(&lanes, 1000);
        let lod = SliceLod::new(&slices);
        let lane = LaneId::from_index(1);
        let rows = slices.lane_slices(lane);
        let last = rows.clone().last().map_or(0, |row| slices.starts_ns()[row]);
        let at = last * share / 1000;
        let naive = rows.clone().rev().find(|&row| {
            let (start, units) = (slices.starts_ns()[row], slices.duration_ns(SliceId::from_index(row)));
            start <= at && (at < start + units || at == start && units == 0)
        });
        prop_assert_eq!(lod.hit(&slices, lane, at).map(SliceId::index), naive);
        let distance = |row: usize| {
            let slice = SliceId::from_index(row);
            (slices.start_ns(slice) - at).max(at - slices.end_ns(slice)).max(0)
        };
        let nearest = lod.nearest(&slices, lane, at, 50).map(|slice| distance(slice.index()));
        let naive = rows.map(distance).min().filter(|&distance| distance <= 50);
        prop_assert_eq!(nearest, naive);
    }
}
