//! What several runs come to: a point, an interval, its level, and how the interval was made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How an interval was made; it stands beside the number wherever the interval is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Student's t on the logarithms of the run medians.
    TOnLogs,
    /// Percentiles of the medians of resampled runs.
    Percentile,
}

/// The median of run medians with its interval, all in the unit of the runs.
///
/// The value lies inside: whoever makes an estimate widens an interval that would leave it out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The median of run medians.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// How often such intervals hold the true value: 0.95 means 95 %.
    pub level: f64,
    /// How many runs there are.
    pub runs: usize,
    /// How the interval was made.
    pub interval: Interval,
}

impl Estimate {
    /// Half the interval's width relative to the value: 0.005 means ± 0.5 %.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0 / self.value
    }
}
