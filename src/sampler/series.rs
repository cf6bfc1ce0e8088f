//! The rate over time: windows of batches, few enough for a file however long the run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::device::Timing;

/// A case begins with windows so long, in seconds of the host's clock.
const FIRST_WINDOW: f64 = 0.1;

/// Where there would be more windows, neighbours are joined and all are twice as long.
const MOST_WINDOWS: usize = 600;

/// The mean of the batches that ended in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// When its last batch ended, in seconds of the host's clock since the first batch began; idle gaps count.
    pub at_seconds: f64,
    /// Seconds of one dispatch, the mean of the window's.
    pub seconds: f64,
}

/// Batches so far, in windows.
#[derive(Debug, Clone)]
pub struct Series {
    window: f64,
    elapsed: f64,
    /// Each with how many dispatches it is of.
    windows: Vec<(Window, f64)>,
    /// Seconds and dispatches of the window that is not over.
    open: (f64, f64),
    opened: f64,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            window: FIRST_WINDOW,
            elapsed: 0.0,
            windows: Vec::new(),
            open: (0.0, 0.0),
            opened: 0.0,
        }
    }
}

impl Series {
    /// Time that passes without a batch.
    pub fn rest(&mut self, seconds: f64) {
        self.elapsed += seconds;
    }

    /// A batch of `dispatches` that took `timing`.
    pub fn batch(&mut self, timing: Timing, dispatches: u32) {
        self.elapsed += timing.spent_seconds;
        self.open.0 += timing.seconds();
        self.open.1 += f64::from(dispatches);
        if self.elapsed - self.opened >= self.window {
            self.close();
        }
    }

    fn close(&mut self) {
        let (seconds, dispatches) = std::mem::take(&mut self.open);
        if dispatches == 0.0 {
            return;
        }
        let window = Window {
            at_seconds: self.elapsed,
            seconds: seconds / dispatches,
        };
        self.windows.push((window, dispatches));
        self.opened = self.elapsed;
        if self.windows.len() > MOST_WINDOWS {
            self.window *= 2.0;
            self.windows = self.windows.chunks(2).map(joined).collect();
        }
    }

    /// The windows in order, the one that is not over too.
    pub fn windows(mut self) -> Vec<Window> {
        self.close();
        self.windows.into_iter().map(|(window, _)| window).collect()
    }
}

fn joined(pair: &[(Window, f64)]) -> (Window, f64) {
    let dispatches: f64 = pair.iter().map(|(_, dispatches)| dispatches).sum();
    let seconds: f64 = pair
        .iter()
        .map(|(window, count)| window.seconds * count)
        .sum();
    let at_seconds = pair.last().map_or(0.0, |(window, _)| window.at_seconds);
    let seconds = seconds / dispatches;
    (
        Window {
            at_seconds,
            seconds,
        },
        dispatches,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_the_mean_over_its_dispatches() {
        let mut series = Series::default();
        series.batch(Timing::of(0.09), 9);
        series.batch(Timing::of(0.03), 1);
        series.rest(1.0);
        series.batch(Timing::of(0.02), 1);
        let windows = series.windows();
        assert_eq!(windows.len(), 2);
        assert!((windows[0].seconds - 0.012).abs() < 1e-12);
        assert!((windows[0].at_seconds - 0.12).abs() < 1e-12);
        assert!((windows[1].seconds - 0.02).abs() < 1e-12);
        assert!((windows[1].at_seconds - 1.14).abs() < 1e-12);
    }

    #[test]
    fn a_long_run_has_few_windows_of_equal_weight() {
        let mut series = Series::default();
        for batch in 0..10_000 {
            series.batch(Timing::of(if batch < 5000 { 0.1 } else { 0.2 }), 1);
        }
        let windows = series.windows();
        assert!((300..=600).contains(&windows.len()), "{}", windows.len());
        assert!((windows.last().unwrap().at_seconds - 1500.0).abs() < 1e-6);
        assert!((windows[0].seconds - 0.1).abs() < 1e-12);
        assert!((windows[windows.len() - 1].seconds - 0.2).abs() < 1e-12);
        assert!(
            windows
                .windows(2)
                .all(|pair| pair[0].at_seconds < pair[1].at_seconds)
        );
    }
}
