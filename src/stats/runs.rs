//! The run-level estimate: the median of run medians with a t interval on logarithms.
//!
//! Run medians scatter by factors, not by amounts (a clock 1 % lower costs 1 % of every rate), so the
//! interval is made on logarithms. There a time and its rate differ only by sign: the interval of the
//! rates is that of the times turned over.

use super::estimate::{Estimate, Interval};
use super::{quantile, student};

/// The medians of the runs of one case: at least one, each finite and above 0, sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct Runs(Vec<f64>);

/// What is known of the logarithms of runs.
pub(super) struct Logs {
    /// Their mean.
    pub(super) mean: f64,
    /// The variance of a single one, with n − 1.
    pub(super) variance: f64,
    /// How many there are, at least 2.
    pub(super) count: f64,
}

impl Logs {
    /// The square of the standard error of the mean.
    pub(super) fn error_squared(&self) -> f64 {
        self.variance / self.count
    }
}

impl Runs {
    /// Run medians, one a run, all in one unit; `None` if there is none or one isn't finite and above 0.
    pub fn new(mut medians: Vec<f64>) -> Option<Self> {
        let good = |median: &f64| median.is_finite() && *median > 0.0;
        if medians.is_empty() || !medians.iter().all(good) {
            return None;
        }
        medians.sort_by(f64::total_cmp);
        Some(Self(medians))
    }

    /// The run medians in ascending order.
    pub fn sorted(&self) -> &[f64] {
        &self.0
    }

    /// The median of run medians.
    pub fn median(&self) -> f64 {
        quantile(&self.0, 0.5)
    }

    /// The median of run medians with Student's t interval of `level`; `None` for one run, which says
    /// nothing of the spread between runs, and for a level not between 0 and 1.
    ///
    /// Point and interval are two statistics. The interval is that of the geometric mean, exp(mean of
    /// logs ± t · s / √n); the point is the median, which one odd run doesn't move. Where the logs are
    /// symmetric both estimate the same number. In the sample they differ by at most s · √((n − 1) / n)
    /// on the log scale, less than t · s / √n up to 6 runs at 95 %. Above that a lopsided sample can
    /// put the median outside the interval; it is then widened to end at the median, which can only
    /// raise how often it holds the true value.
    pub fn estimate(&self, level: f64) -> Option<Estimate> {
        let logs = self.logs()?;
        let reach = student::reach(logs.count - 1.0, level)? * logs.error_squared().sqrt();
        let ends = [(logs.mean - reach).exp(), (logs.mean + reach).exp()];
        Some(self.widened(ends, level, Interval::TOnLogs))
    }

    /// The estimate with an interval from `low` to `high`, widened to include the value.
    pub(super) fn widened(
        &self,
        [low, high]: [f64; 2],
        level: f64,
        interval: Interval,
    ) -> Estimate {
        let value = self.median();
        Estimate {
            value,
            low: low.min(value),
            high: high.max(value),
            level,
            runs: self.0.len(),
            interval,
        }
    }

    /// Mean and variance of the logarithms; `None` for one run.
    pub(super) fn logs(&self) -> Option<Logs> {
        if self.0.len() < 2 {
            return None;
        }
        let count = self.0.len() as f64;
        // From the smallest, so that equal runs have no spread at all rather than one of rounding.
        let origin = self.0[0].ln();
        let shifted = || self.0.iter().map(|median| median.ln() - origin);
        let mean = shifted().sum::<f64>() / count;
        let squares: f64 = shifted().map(|log| (log - mean).powi(2)).sum();
        Some(Logs {
            mean: origin + mean,
            variance: squares / (count - 1.0),
            count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::LEVEL;
    use crate::stats::tests::assert_close;
    use proptest::prelude::*;

    fn runs(medians: &[f64]) -> Runs {
        Runs::new(medians.to_vec()).unwrap()
    }

    fn near(a: f64, b: f64) -> bool {
        (a / b - 1.0).abs() < 1e-9
    }

    /// `np.median(runs), t_interval(runs, level)`.
    #[test]
    fn estimates_are_those_of_scipy() {
        let estimate = runs(&[101.3, 99.8, 100.4, 100.9, 98.7])
            .estimate(0.95)
            .unwrap();
        assert_eq!((estimate.value, estimate.runs), (100.4, 5));
        assert_eq!(
            (estimate.level, estimate.interval),
            (0.95, Interval::TOnLogs)
        );
        assert_close(estimate.low, 98.95632474893071);
        assert_close(estimate.high, 101.49140160179212);
        let estimate = runs(&[96.2, 97.9, 95.4, 98.8, 96.6, 97.1])
            .estimate(0.99)
            .unwrap();
        assert_close(estimate.value, 96.85);
        assert_close(estimate.low, 95.01144111944241);
        assert_close(estimate.high, 99.01718475540392);
    }

    #[test]
    fn one_run_has_a_median_and_no_interval() {
        let one = runs(&[3.0]);
        assert_eq!((one.median(), one.estimate(LEVEL)), (3.0, None));
        assert!(runs(&[3.0, 4.0]).estimate(LEVEL).is_some());
        assert_eq!(runs(&[3.0, 4.0]).estimate(1.0), None);
    }

    #[test]
    fn equal_runs_have_an_interval_of_no_width() {
        for count in 2..40 {
            let estimate = runs(&vec![0.1; count]).estimate(LEVEL).unwrap();
            assert!(estimate.half_width() < 1e-15, "{count}: {estimate:?}");
        }
    }

    #[test]
    fn only_finite_medians_above_zero_are_runs() {
        assert_eq!(Runs::new(vec![]), None);
        for bad in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Runs::new(vec![1.0, bad]), None);
        }
    }

    /// 11 runs at 1 and 9 at 2: the mean of logs is 0.45 ln 2, its interval is far above ln 1 = 0.
    #[test]
    fn an_interval_beside_the_median_is_widened_to_it() {
        let mut medians = vec![1.0; 11];
        medians.extend([2.0; 9]);
        let estimate = runs(&medians).estimate(LEVEL).unwrap();
        assert_eq!((estimate.value, estimate.low), (1.0, 1.0));
        assert!(estimate.high > 1.5 && estimate.high < 1.7);
    }

    proptest! {
        #[test]
        fn the_value_lies_inside(medians in prop::collection::vec(1e-9f64..1e3, 2..40), level in 0.01f64..0.999) {
            let estimate = runs(&medians).estimate(level).unwrap();
            prop_assert!(estimate.low <= estimate.value && estimate.value <= estimate.high);
        }

        #[test]
        fn up_to_six_runs_nothing_is_widened(medians in prop::collection::vec(0.5f64..2.0, 2..=6)) {
            let runs = runs(&medians);
            let (estimate, logs) = (runs.estimate(LEVEL).unwrap(), runs.logs().unwrap());
            prop_assert!(near(estimate.low * estimate.high, (2.0 * logs.mean).exp()));
        }

        #[test]
        fn a_unit_scales_everything(
            medians in prop::collection::vec(0.5f64..2.0, 2..20),
            factor in 1e-9f64..1e9,
        ) {
            let estimate = runs(&medians).estimate(LEVEL).unwrap();
            let scaled: Vec<f64> = medians.iter().map(|median| median * factor).collect();
            let scaled = runs(&scaled).estimate(LEVEL).unwrap();
            prop_assert!(near(scaled.value, estimate.value * factor));
            prop_assert!(near(scaled.low, estimate.low * factor));
            prop_assert!(near(scaled.high, estimate.high * factor));
        }

        #[test]
        fn rates_have_the_interval_of_times_turned_over(medians in prop::collection::vec(0.5f64..2.0, 2..=6)) {
            let times = runs(&medians).estimate(LEVEL).unwrap();
            let rates: Vec<f64> = medians.iter().map(|median| 1.0 / median).collect();
            let rates = runs(&rates).estimate(LEVEL).unwrap();
            prop_assert!(near(rates.low * times.high, 1.0) && near(rates.high * times.low, 1.0));
        }

        #[test]
        fn order_of_arrival_does_not_matter(medians in prop::collection::vec(1e-9f64..1e3, 2..20)) {
            let mut reversed = medians.clone();
            reversed.reverse();
            prop_assert_eq!(runs(&medians).estimate(LEVEL), runs(&reversed).estimate(LEVEL));
        }

        #[test]
        fn a_higher_level_is_wider(medians in prop::collection::vec(0.5f64..2.0, 2..20)) {
            let (narrow, wide) = (runs(&medians).estimate(0.9).unwrap(), runs(&medians).estimate(0.99).unwrap());
            prop_assert!(wide.low <= narrow.low && narrow.high <= wide.high);
        }
    }
}
