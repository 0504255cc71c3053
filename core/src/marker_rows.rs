//! Markers by whom they concern, and by pixel.

use rustc_hash::FxHashMap;

use crate::{AxisView, MarkerId, Markers, Scope};

/// The markers of each scope in order of time: 4 bytes a marker.
#[derive(Clone, Debug, Default)]
pub struct MarkerRows {
    rows: FxHashMap<Scope, Vec<MarkerId>>,
}

/// The markers in one pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarkerRun {
    /// Where the first of them is, in pixels from the left of the window.
    pub x: f32,
    /// The first of them.
    pub first: MarkerId,
    /// How many there are.
    pub n: u32,
}

impl MarkerRows {
    /// Sorts the markers of a profile by scope, in time linear in their number.
    pub fn new(markers: &Markers) -> Self {
        let mut rows: FxHashMap<Scope, Vec<MarkerId>> = FxHashMap::default();
        for marker in (0..markers.len()).map(MarkerId::from_index) {
            rows.entry(markers.scope(marker)).or_default().push(marker);
        }
        Self { rows }
    }

    /// The markers of a scope, in order of time.
    pub fn of(&self, scope: Scope) -> &[MarkerId] {
        self.rows.get(&scope).map_or(&[], Vec::as_slice)
    }

    /// Appends the markers of a scope that are in the window, from left to right, those of one
    /// pixel together: a binary search for each pixel that has any.
    pub fn visible(
        &self,
        markers: &Markers,
        scope: Scope,
        view: &AxisView,
        out: &mut Vec<MarkerRun>,
    ) {
        let times = markers.times_ns();
        let px_of = |marker: &MarkerId| view.px_of(times[marker.index()]);
        let row = self.of(scope);
        let mut at = row.partition_point(|marker| px_of(marker) < -AxisView::MARGIN_PX);
        while let Some(&first) = row.get(at) {
            let px = px_of(&first);
            if px > view.width_px + AxisView::MARGIN_PX {
                break;
            }
            let n = row[at..].partition_point(|marker| px_of(marker) < px + 1.0).max(1);
            let x = view.x_of(times[first.index()]);
            out.push(MarkerRun { x, first, n: u32::try_from(n).unwrap_or(u32::MAX) });
            at += n;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileBuilder;

    #[test]
    fn markers_of_one_pixel_are_one_run() {
        let mut builder = ProfileBuilder::default();
        let process = builder.process(1, "app");
        let thread = builder.thread(process, 1, "main");
        let name = builder.function_named("tick");
        for (time, scope) in [
            (5, Scope::Thread(thread)),
            (30, Scope::Thread(thread)),
            (10, Scope::Thread(thread)),
            (12, Scope::Thread(thread)),
            (11, Scope::Process(process)),
        ] {
            builder.marker(time, name, scope, None);
        }
        let (profile, _) = builder.finish();
        let rows = MarkerRows::new(profile.markers());
        let runs = |scope, view| {
            let mut runs = Vec::new();
            rows.visible(profile.markers(), scope, &view, &mut runs);
            let time = |run: &MarkerRun| profile.markers().times_ns()[run.first.index()];
            runs.iter().map(|run| (run.x, time(run), run.n)).collect::<Vec<_>>()
        };
        // Times are since the first of them.
        let coarse = AxisView::new(0, 10.0, 100.0);
        assert_eq!(runs(Scope::Thread(thread), coarse), [(0.0, 0, 3), (2.5, 25, 1)]);
        assert_eq!(runs(Scope::Process(process), coarse), [(0.6, 6, 1)]);
        assert_eq!(runs(Scope::Global, coarse), []);
        let fine = AxisView::new(4, 1.0, 20.0);
        assert_eq!(
            runs(Scope::Thread(thread), fine),
            [(-4.0, 0, 1), (1.0, 5, 1), (3.0, 7, 1), (21.0, 25, 1)]
        );
    }
}
