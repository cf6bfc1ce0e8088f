//! Statistics of samples: the median with an interval from order statistics, percentiles, outliers.
//!
//! The interval of the median needs no assumption on the distribution: of n samples, the number below
//! the true median is binomial(n, ½), so the l-th smallest and l-th largest enclose it with known
//! probability. Outliers (beyond 3 interquartile ranges, Tukey's "far out") are counted, never deleted.
//!
//! Between runs the unit is the run, never the sample inside it: [`Runs`] holds one median a run, and
//! [`Estimate`], [`Welch`] and the bootstrap are made of those alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod bootstrap;
mod divisive;
mod estimate;
mod normal;
mod rates;
mod robust;
mod runs;
mod share;
mod student;
mod welch;

pub use bootstrap::{FEWEST_RUNS, RESAMPLES};
pub use divisive::changes;
pub use estimate::{Estimate, Interval};
pub use normal::{chi_squared_quantile, normal_quantile};
pub use rates::{Part, combined_rate, harmonic_mean};
pub use robust::{FEWEST_OTHERS, MAD_TO_SIGMA, robust_z};
pub use runs::Runs;
pub use share::{MOST_TRIALS, Share};
pub use welch::Welch;

/// The level of an interval where nothing else is said: 95 %.
pub const LEVEL: f64 = 0.95;

/// Whether `level` can be the level of an interval: between 0 and 1, neither of them.
fn is_level(level: f64) -> bool {
    level > 0.0 && level < 1.0
}

/// At least two finite values, sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample(Vec<f64>);

impl Sample {
    /// The values as a sample; `None` if there are fewer than two or one isn't finite.
    pub fn new(mut values: Vec<f64>) -> Option<Self> {
        if values.len() < 2 || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        values.sort_by(f64::total_cmp);
        Some(Self(values))
    }

    /// The values in ascending order.
    pub fn sorted(&self) -> &[f64] {
        &self.0
    }

    /// The value below which the share `p` (0 to 1) lies, by linear interpolation between neighbours.
    pub fn quantile(&self, p: f64) -> f64 {
        quantile(&self.0, p)
    }

    /// The median.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The 95 % interval of the median; the whole range below 6 values, where none reaches 95 %.
    pub fn median_interval(&self) -> [f64; 2] {
        let skip = skipped_ranks(self.0.len());
        [self.0[skip], self.0[self.0.len() - 1 - skip]]
    }
}

/// The value below which the share `p` (0 to 1) of `sorted` lies, by linear interpolation between
/// neighbours; `sorted` is ascending and not empty.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (at - below as f64)
}

/// How many values at each end lie outside the narrowest interval of order statistics that covers the
/// median with at least 95 %: the largest r with P(binomial(n, ½) ≤ r − 1) ≤ 2.5 %.
fn skipped_ranks(n: usize) -> usize {
    let mut ln_term = -(n as f64) * std::f64::consts::LN_2;
    let (mut tail, mut rank) = (0.0, 0);
    while rank < n / 2 {
        tail += ln_term.exp();
        if tail > 0.025 {
            break;
        }
        rank += 1;
        ln_term += ((n - rank + 1) as f64 / rank as f64).ln();
    }
    rank.saturating_sub(1)
}

/// What a sample comes to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// The run's value.
    pub median: f64,
    /// Lower end of the 95 % interval of the median.
    pub low: f64,
    /// Upper end of the 95 % interval of the median.
    pub high: f64,
    /// Smallest.
    pub min: f64,
    /// 5 % lie below.
    pub p5: f64,
    /// 5 % lie above.
    pub p95: f64,
    /// Largest.
    pub max: f64,
    /// Values beyond 3 interquartile ranges of the quartiles.
    pub outliers: usize,
    /// How many values there are.
    pub count: usize,
}

impl Summary {
    /// The statistics of `sample`.
    pub fn of(sample: &Sample) -> Self {
        let [low, high] = sample.median_interval();
        let (q1, q3) = (sample.quantile(0.25), sample.quantile(0.75));
        let fence = 3.0 * (q3 - q1);
        let far = |value: &&f64| **value < q1 - fence || **value > q3 + fence;
        Self {
            median: sample.median(),
            low,
            high,
            min: sample.quantile(0.0),
            p5: sample.quantile(0.05),
            p95: sample.quantile(0.95),
            max: sample.quantile(1.0),
            outliers: sample.sorted().iter().filter(far).count(),
            count: sample.sorted().len(),
        }
    }

    /// Half the interval's width relative to the median: 0.005 means ± 0.5 %.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0 / self.median
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ten digits: what statrs and scipy agree on, and rounding takes two.
    #[track_caller]
    pub(super) fn assert_close(actual: f64, expected: f64) {
        let far = (actual - expected).abs() > 1e-10 * expected.abs();
        assert!(!far, "{actual:e} is not {expected:e}");
    }

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    #[test]
    fn a_sample_has_two_finite_values() {
        assert!(Sample::new(vec![1.0]).is_none());
        assert!(Sample::new(vec![1.0, f64::NAN]).is_none());
        assert!(Sample::new(vec![1.0, f64::INFINITY]).is_none());
        assert!(Sample::new(vec![1.0, 2.0]).is_some());
    }

    #[test]
    fn quantiles_interpolate_between_neighbours() {
        let sample = sample(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!(sample.median(), 2.5);
        assert_eq!(sample.quantile(0.25), 1.75);
        assert_eq!(sample.quantile(1.0), 4.0);
    }

    /// Ranks from the published table of distribution-free 95 % intervals (Conover, table A3):
    /// n = 6 → 1st and 6th, 9 → 2nd, 10 → 2nd, 20 → 6th, 30 → 10th, 100 → 40th.
    #[test]
    fn interval_ranks_are_those_of_the_table() {
        for (n, rank) in [
            (6, 1),
            (8, 1),
            (9, 2),
            (10, 2),
            (20, 6),
            (30, 10),
            (100, 40),
        ] {
            assert_eq!(skipped_ranks(n) + 1, rank, "n = {n}");
        }
    }

    #[test]
    fn below_six_values_the_interval_is_the_range() {
        assert_eq!(sample(&[1.0, 2.0, 9.0]).median_interval(), [1.0, 9.0]);
    }

    #[test]
    fn one_far_value_is_counted_and_kept() {
        let mut values: Vec<f64> = (0..30).map(|i| 1.0 + f64::from(i) * 1e-3).collect();
        values.push(50.0);
        let summary = Summary::of(&sample(&values));
        assert_eq!((summary.outliers, summary.count), (1, 31));
        assert_eq!(summary.max, 50.0);
    }

    proptest! {
        #[test]
        fn order_holds_whatever_the_values(values in prop::collection::vec(1e-9f64..1e3, 2..400)) {
            let s = Summary::of(&sample(&values));
            prop_assert!(s.min <= s.p5 && s.p5 <= s.median && s.median <= s.p95 && s.p95 <= s.max);
            prop_assert!(s.min <= s.low && s.low <= s.median && s.median <= s.high && s.high <= s.max);
        }

        #[test]
        fn order_of_arrival_does_not_matter(values in prop::collection::vec(1e-9f64..1e3, 2..50)) {
            let mut reversed = values.clone();
            reversed.reverse();
            prop_assert_eq!(Summary::of(&sample(&values)), Summary::of(&sample(&reversed)));
        }
    }
}
