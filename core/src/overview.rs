//! How busy all threads were together, over the whole recording.

use crate::{Activity, AxisView};

/// How busy threads were together in each of `n_parts` equally long parts of a recording, as
/// shares of the busiest part. Costs as much as drawing each thread once, `n_parts` pixels wide.
pub fn overview<'a>(
    threads: impl Iterator<Item = &'a Activity>,
    duration_ns: i64,
    n_parts: u16,
) -> Vec<f32> {
    let view = AxisView::framing(0..duration_ns.max(1), f64::from(n_parts), 0.0);
    let mut sum = vec![0.0_f32; usize::from(n_parts)];
    let mut columns = Vec::new();
    for thread in threads {
        columns.clear();
        thread.columns(&view, &mut columns);
        for (sum, column) in sum.iter_mut().zip(&columns) {
            *sum += column;
        }
    }
    let most = sum.iter().copied().fold(0.0_f32, f32::max);
    if most > 0.0 {
        for share in &mut sum {
            *share /= most;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Weights;

    #[test]
    fn threads_add_up_and_the_busiest_part_is_whole() {
        let activity = |times: &[i64]| {
            let rows: Vec<u32> = (0..).take(times.len()).collect();
            let values = std::iter::repeat_n(10, times.len()).collect();
            let weights = Weights { samples: None, values };
            Activity::of_samples(times, &rows, &weights)
        };
        let early: Vec<i64> = (0..50).map(|at| at * 10).collect();
        let all: Vec<i64> = (0..100).map(|at| at * 10).collect();
        let shares = overview([activity(&early), activity(&all)].iter(), 1000, 10);
        assert_eq!(shares.len(), 10);
        assert!((shares[2] - 1.0).abs() < 0.05, "{shares:?}");
        assert!((shares[8] - 0.5).abs() < 0.05, "{shares:?}");
    }

    #[test]
    fn a_recording_without_activity_is_flat() {
        assert_eq!(overview(std::iter::empty(), 0, 3), [0.0; 3]);
    }
}
