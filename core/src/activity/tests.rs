use proptest::prelude::*;

use super::*;

fn weights(values: Vec<i64>) -> Weights {
    Weights { samples: None, values: values.into_iter().collect() }
}

/// The columns as digits: 0 is idle, 9 full.
fn drawn(activity: &Activity, view: &AxisView) -> String {
    let mut columns = Vec::new();
    activity.columns(view, &mut columns);
    let digits: Vec<String> = columns.iter().map(|load| format!("{:.0}", load * 9.0)).collect();
    digits.concat()
}

fn lane(intervals: &[(i64, i64)]) -> Slices {
    Slices {
        start_ns: intervals.iter().map(|&(start, _)| start).collect(),
        duration_ns: intervals.iter().map(|&(start, end)| end - start).collect(),
        lanes: vec![crate::Lane {
            track: crate::TrackId::from_index(0),
            depth: 0,
            end: u32::try_from(intervals.len()).unwrap(),
        }],
        ..Slices::default()
    }
}

#[test]
fn slices_fill_the_time_they_take() {
    let slices = lane(&[(0, 30), (35, 40), (45, 45), (60, 100)]);
    let activity = Activity::of_lanes(&slices, &[LaneId::from_index(0)]);
    assert_eq!(drawn(&activity, &AxisView::new(0, 10.0, 12.0)), "999400999900");
    assert_eq!(drawn(&activity, &AxisView::new(-20, 20.0, 4.0)), "0970");
    assert_eq!(drawn(&activity, &AxisView::new(98, 0.5, 6.0)), "999900");
}

#[test]
fn what_overlaps_is_open_too_and_counts_once() {
    let mut slices = lane(&[(0, 30), (50, 60), (30, 80)]);
    let row = |end| crate::Lane { track: crate::TrackId::from_index(0), depth: 0, end };
    slices.lanes = vec![row(2), row(3)];
    let lanes = [0, 1].map(LaneId::from_index);
    let activity = Activity::of_lanes(&slices, &lanes);
    assert_eq!(drawn(&activity, &AxisView::new(0, 10.0, 10.0)), "9999999900");
    assert_eq!(drawn(&activity, &AxisView::new(0, 50.0, 2.0)), "95");
}

#[test]
fn samples_last_until_the_next_and_are_relative_to_the_busiest() {
    let times = [0, 10, 20, 30, 100, 110];
    let rows = [0, 1, 2, 3, 4, 5];
    let activity = Activity::of_samples(&times, &rows, &weights(vec![1, 1, 2, 1, 1, 1]));
    assert_eq!(drawn(&activity, &AxisView::new(0, 10.0, 14.0)), "88922220008800");
}

#[test]
fn bars_tell_mean_and_peak_and_move_with_the_chart() {
    let slices = lane(&[(0, 30), (35, 40), (60, 100)]);
    let activity = Activity::of_lanes(&slices, &[LaneId::from_index(0)]);
    let bars = |start| {
        let mut bars = Vec::new();
        activity.bars(&AxisView::new(start, 10.0, 12.0), 4, &mut bars);
        bars.iter().map(|bar| (bar.x0, bar.x1, bar.mean, bar.peak)).collect::<Vec<_>>()
    };
    let all = [(0.0, 4.0, 0.875, 1.0), (4.0, 8.0, 0.5, 1.0), (8.0, 12.0, 0.5, 1.0)];
    assert_eq!(bars(0), all);
    assert_eq!(bars(10), [(0.0, 3.0, 2.5 / 3.0, 1.0), (3.0, 7.0, 0.5, 1.0), (7.0, 11.0, 0.5, 1.0)]);
}

#[test]
fn nothing_is_idle() {
    let activity = Activity::of_samples(&[], &[], &weights(vec![]));
    assert_eq!(drawn(&activity, &AxisView::new(0, 10.0, 3.0)), "000");
}

#[test]
fn samples_at_one_time_are_seen() {
    let activity = Activity::of_samples(&[50, 50], &[0, 1], &weights(vec![3, 3]));
    assert_eq!(drawn(&activity, &AxisView::new(48, 1.0, 5.0)), "00900");
}

proptest! {
    #[test]
    fn loads_add_up_to_the_time_slices_take(
        steps in proptest::collection::vec((0_i64..50, 0_i64..50), 1..300),
        log in -2.0..9.0, place in 0_i64..100,
    ) {
        let mut now = 0;
        let intervals: Vec<(i64, i64)> = steps.iter().map(|&(gap, duration)| {
            now += gap + duration;
            (now - duration, now)
        }).collect();
        let slices = lane(&intervals);
        let activity = Activity::of_lanes(&slices, &[LaneId::from_index(0)]);
        let view = AxisView::new(now * place / 100, f64::exp2(log), 64.0);
        let mut columns = Vec::new();
        activity.columns(&view, &mut columns);
        for (x, &load) in columns.iter().enumerate() {
            let x = x as f64;
            let covered: f64 = intervals.iter().map(|&(start, end)| {
                (view.px_of(end).min(x + 1.0) - view.px_of(start).max(x)).max(0.0)
            }).sum();
            prop_assert!((covered - f64::from(load)).abs() < 1e-3, "{x}: {load}, not {covered}");
        }
    }

    #[test]
    fn panning_does_not_change_the_scale(
        steps in proptest::collection::vec((1_i64..50, 0_i64..50), 2..300), by in 0_i64..64,
    ) {
        let mut now = 0;
        let times: Vec<i64> = steps.iter().map(|step| { now += step.0; now }).collect();
        let rows: Vec<u32> = (0..).take(times.len()).collect();
        let values: Vec<i64> = steps.iter().map(|step| step.1).collect();
        let activity = Activity::of_samples(&times, &rows, &weights(values));
        let (mut a, mut b) = (Vec::new(), Vec::new());
        activity.columns(&AxisView::new(0, 64.0, 100.0), &mut a);
        activity.columns(&AxisView::new(by * 64, 64.0, 100.0), &mut b);
        let by = usize::try_from(by).unwrap();
        for (a, b) in a[by..].iter().zip(&b) {
            prop_assert!((a - b).abs() < 1e-4);
        }
    }
}
