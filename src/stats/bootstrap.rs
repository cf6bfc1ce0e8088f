//! The bootstrap over runs: a percentile interval that assumes no distribution.
//!
//! As many runs as there are, are drawn with replacement and their median is taken, [`RESAMPLES`]
//! times; the interval ends at the percentiles of those medians (Efron and Tibshirani, "An
//! Introduction to the Bootstrap", 1993, chapter 13).
//!
//! Of few runs it is somewhat too narrow. At 95 %, 7 runs end at the second and the sixth, which hold the
//! true median in 1 − 2 · 8 / 2⁷ = 87.5 % of cases; from 8 runs on it is 92 to 94 % (simulated, normal
//! runs). It stands beside the t interval as a check of its assumption, not as the stricter of the two.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::estimate::{Estimate, Interval};
use super::runs::Runs;
use super::{is_level, quantile};

/// The fewest runs that have a percentile interval: with 5, the range itself holds the true median
/// with 1 − 2 · 2⁻⁵ = 94 % only, and no resample leaves the range.
pub const FEWEST_RUNS: usize = 6;

/// Medians drawn for one interval: at 10,000 the share below an end is known within ± 0.3 % of all
/// (two standard errors at 2.5 %).
pub const RESAMPLES: usize = 10_000;

impl Runs {
    /// The median of run medians with the percentile interval of `level` from resampled runs; `None`
    /// below [`FEWEST_RUNS`] runs and for a level not between 0 and 1.
    ///
    /// The same runs, level and `seed` give the same interval on every machine, in whatever order the
    /// runs came. An interval that leaves the value out, as a level of a few percent may, is widened to it.
    pub fn bootstrap(&self, level: f64, seed: u64) -> Option<Estimate> {
        if self.sorted().len() < FEWEST_RUNS || !is_level(level) {
            return None;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut medians: Vec<f64> = (0..RESAMPLES)
            .map(|_| resampled_median(self.sorted(), &mut rng))
            .collect();
        medians.sort_by(f64::total_cmp);
        let tail = (1.0 - level) / 2.0;
        let ends = [tail, 1.0 - tail].map(|p| quantile(&medians, p));
        Some(self.widened(ends, level, Interval::Percentile))
    }
}

/// The median of as many values as `sorted` has, drawn from it with replacement.
fn resampled_median(sorted: &[f64], rng: &mut ChaCha8Rng) -> f64 {
    let count = sorted.len();
    // The high word of a product is an index; uneven by at most one draw in 2⁶⁴ / count. Written out,
    // because rand may change how it draws from a range.
    let index = |word: u64| ((u128::from(word) * count as u128) >> 64) as usize;
    let mut drawn: Vec<f64> = (0..count).map(|_| sorted[index(rng.next_u64())]).collect();
    drawn.sort_by(f64::total_cmp);
    quantile(&drawn, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::LEVEL;
    use proptest::prelude::*;

    fn runs(medians: &[f64]) -> Runs {
        Runs::new(medians.to_vec()).unwrap()
    }

    const SEVEN: [f64; 7] = [1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 22.0];

    /// `[stats.binom.sf(3, 7, i / 7) for i in (1, 2)]` → 0.0102, 0.1083: the shares of resamples of 7
    /// whose median is at most the smallest and the second. So 2.5 % lie below the second of 7,
    /// and by symmetry above the sixth.
    #[test]
    fn seven_runs_end_at_the_second_and_the_sixth() {
        let estimate = runs(&SEVEN).bootstrap(LEVEL, 1).unwrap();
        assert_eq!(
            (estimate.low, estimate.value, estimate.high),
            (2.0, 7.0, 16.0)
        );
        assert_eq!((estimate.level, estimate.runs), (0.95, 7));
        assert_eq!(estimate.interval, Interval::Percentile);
    }

    /// The same two shares, counted: within four standard errors of 10,000 draws.
    #[test]
    fn resampled_medians_are_as_frequent_as_they_should_be() {
        let sorted = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let medians: Vec<f64> = (0..10_000)
            .map(|_| resampled_median(&sorted, &mut rng))
            .collect();
        for (rank, expected) in [(1.0, 0.010150046809941922), (2.0, 0.1082736420563346)] {
            for end in [rank, 8.0 - rank] {
                let beyond = |median: &&f64| (**median - end) * (end - 4.0) >= 0.0;
                let share = medians.iter().filter(beyond).count() as f64 / 1e4;
                let error = (expected * (1.0f64 - expected) / 1e4).sqrt();
                assert!((share - expected).abs() < 4.0 * error, "{end}: {share}");
            }
        }
    }

    /// The interval ends at a run, so that seeds mostly agree. Where a tail is just as wide as the share
    /// of resamples at the smallest run, it ends there or at the second by the luck of the draw.
    #[test]
    fn a_seed_gives_one_interval_and_another_seed_another() {
        let level = 1.0 - 2.0 * 0.010150046809941922;
        let low = |seed| runs(&SEVEN).bootstrap(level, seed).unwrap().low;
        let lows: Vec<f64> = (1..=8).map(low).collect();
        assert_eq!(lows, (1..=8).map(low).collect::<Vec<_>>());
        // Written down on one machine, the same on every other.
        assert_eq!(lows, [2.0, 2.0, 1.0, 1.0, 2.0, 1.0, 2.0, 2.0]);
    }

    #[test]
    fn below_six_runs_there_is_none() {
        let six = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(runs(&six[..5]).bootstrap(LEVEL, 1), None);
        assert!(runs(&six).bootstrap(LEVEL, 1).is_some());
        assert_eq!(runs(&six).bootstrap(1.0, 1), None);
    }

    proptest! {
        // Each draws 10,000 medians.
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn the_value_lies_inside_and_the_interval_within_the_range(
            medians in prop::collection::vec(1e-9f64..1e3, 6..20),
            level in 0.01f64..0.999,
            seed: u64,
        ) {
            let runs = runs(&medians);
            let estimate = runs.bootstrap(level, seed).unwrap();
            prop_assert!(estimate.low <= estimate.value && estimate.value <= estimate.high);
            prop_assert!(runs.sorted()[0] <= estimate.low);
            prop_assert!(estimate.high <= runs.sorted()[medians.len() - 1]);
        }

        #[test]
        fn neither_unit_nor_order_matters(
            medians in prop::collection::vec(1e-3f64..1e3, 6..20),
            power in -20i32..20,
            seed: u64,
        ) {
            let factor = 2f64.powi(power);
            let mut turned: Vec<f64> = medians.iter().map(|median| median * factor).collect();
            turned.reverse();
            let (plain, turned) = (runs(&medians).bootstrap(LEVEL, seed), runs(&turned).bootstrap(LEVEL, seed));
            let (plain, turned) = (plain.unwrap(), turned.unwrap());
            prop_assert_eq!([plain.low * factor, plain.high * factor], [turned.low, turned.high]);
        }
    }
}
