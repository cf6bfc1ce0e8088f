//! A share of k in n with exact binomial bounds.
//!
//! Clopper and Pearson ("The use of confidence or fiducial limits illustrated in the case of the
//! binomial", Biometrika 26, 1934): a bound is the share at which a count as extreme as the one seen
//! is just unlikely enough. It holds the true share at least as often as its level says, at every n,
//! unlike the normal approximation; 0 of n has an upper bound too.

use statrs::distribution::{Beta, ContinuousCDF};

/// The most trials of a share: above them statrs sums too few terms of the incomplete beta function.
/// Up to 100,000 the bounds have nine digits, at 1,000,000 five.
pub const MOST_TRIALS: u64 = 1_000_000;

/// `hits` of `trials`: one to [`MOST_TRIALS`] trials, no more hits than trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    hits: u64,
    trials: u64,
}

impl Share {
    /// `hits` of `trials`; `None` for no trials, for more than [`MOST_TRIALS`], and for more hits than
    /// trials.
    pub fn new(hits: u64, trials: u64) -> Option<Self> {
        let good = (1..=MOST_TRIALS).contains(&trials) && hits <= trials;
        good.then_some(Self { hits, trials })
    }

    /// Hits over trials, 0 to 1.
    pub fn value(&self) -> f64 {
        self.hits as f64 / self.trials as f64
    }

    /// The one-sided lower bound of the true share: it lies below the true one in at least `level`
    /// of all cases. `None` for a level not between 0 and 1.
    pub fn lower(&self, level: f64) -> Option<f64> {
        if !super::is_level(level) {
            return None;
        }
        if self.hits == 0 {
            return Some(0.0);
        }
        let misses = (self.trials - self.hits) as f64;
        let beta = Beta::new(self.hits as f64, misses + 1.0).ok()?;
        Some(last_at_most(1.0 - level, |share| beta.cdf(share)))
    }

    /// The one-sided upper bound of the true share: it lies above the true one in at least `level`
    /// of all cases. `None` for a level not between 0 and 1.
    pub fn upper(&self, level: f64) -> Option<f64> {
        // An upper bound of the hits is a lower bound of the misses.
        let misses = Self {
            hits: self.trials - self.hits,
            ..*self
        };
        Some(1.0 - misses.lower(level)?)
    }

    /// The two-sided interval: each end is the one-sided bound of (1 + `level`) / 2. `None` for a level
    /// not between 0 and 1.
    pub fn interval(&self, level: f64) -> Option<[f64; 2]> {
        if !super::is_level(level) {
            return None;
        }
        let side = 0.5 + level / 2.0;
        Some([self.lower(side)?, self.upper(side)?])
    }
}

/// The last value from 0 to 1 at which the rising `probability` is at most `limit`, by halving.
///
/// statrs 0.19.1 has an inverse too, but at no hit in 10,000,000 trials it hadn't come back after a
/// minute, and from 500 trials on its bounds are right to nine digits at most.
fn last_at_most(limit: f64, probability: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return low;
        }
        if probability(middle) <= limit {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::assert_close;

    fn share(hits: u64, trials: u64) -> Share {
        Share::new(hits, trials).unwrap()
    }

    /// Method 5 (Clopper–Pearson) of table I of Newcombe, "Two-sided confidence intervals for the single
    /// proportion: comparison of seven methods", Statistics in Medicine 17, 1998.
    #[test]
    fn intervals_are_those_of_the_published_table() {
        for (hits, trials, low, high) in [
            (81, 263, 0.2527, 0.3676),
            (15, 148, 0.0578, 0.1617),
            (0, 20, 0.0, 0.1684),
            (1, 29, 0.0009, 0.1776),
        ] {
            let ends = share(hits, trials).interval(0.95).unwrap();
            for (end, printed) in ends.into_iter().zip([low, high]) {
                assert!((end - printed).abs() <= 0.00005, "{hits}/{trials}: {end}");
            }
        }
    }

    /// `interval(hits, trials, level)`, `stats.beta.isf(0.05, 3 + 1, 997)`, `stats.beta.ppf(0.01, 999, 1 + 1)`.
    #[test]
    fn bounds_are_those_of_scipy() {
        for (hits, trials, level, low, high) in [
            (1, 200, 0.95, 0.00012658102786701836, 0.02754189845720562),
            (7, 50, 0.99, 0.04246878737883438, 0.30910696596481874),
            (4321, 10_000, 0.95, 0.4223619240820126, 0.44187764281083247),
        ] {
            let ends = share(hits, trials).interval(level).unwrap();
            assert_close(ends[0], low);
            assert_close(ends[1], high);
        }
        assert_close(share(3, 1000).upper(0.95).unwrap(), 0.00773524471847946);
        assert_close(share(999, 1000).lower(0.99).unwrap(), 0.9933803316043514);
    }

    /// (1 − p)ⁿ = 1 − level has a closed solution: the exact form of the rule of three.
    #[test]
    fn no_hit_at_all_has_its_upper_bound_in_closed_form() {
        for trials in [1u64, 3, 20, 200, 2000] {
            let expected = -(0.05f64.ln() / trials as f64).exp_m1();
            assert_close(share(0, trials).upper(0.95).unwrap(), expected);
            assert_eq!(share(0, trials).lower(0.95), Some(0.0));
            assert_eq!(share(trials, trials).upper(0.95), Some(1.0));
        }
    }

    #[test]
    fn what_is_no_share_or_no_level_has_no_bounds() {
        assert_eq!(Share::new(0, 0), None);
        assert_eq!(Share::new(4, 3), None);
        assert_eq!(Share::new(4, MOST_TRIALS + 1), None);
        assert_eq!(share(1, 4).value(), 0.25);
        for level in [0.0, 1.0, -0.1, f64::NAN] {
            let none = share(0, 3);
            assert_eq!(none.lower(level), None);
            assert_eq!(none.upper(level), None);
            assert_eq!(none.interval(level), None);
        }
    }

    /// How often bounds enclose the true share `p` of `trials`, by adding up what each count weighs.
    fn coverage(bounds: &[[f64; 2]], p: f64) -> f64 {
        let trials = bounds.len() as i32 - 1;
        let (mut ways, mut sum) = (1.0, 0.0);
        for (hits, [low, high]) in bounds.iter().enumerate() {
            let hits = hits as i32;
            if *low <= p && p <= *high {
                sum += ways * p.powi(hits) * (1.0 - p).powi(trials - hits);
            }
            ways *= f64::from(trials - hits) / f64::from(hits + 1);
        }
        sum
    }

    /// The least coverage, over a grid and just beside every bound, where it jumps.
    fn least_coverage(bounds: &[[f64; 2]]) -> f64 {
        let grid = (0..=500).map(|step| f64::from(step) / 500.0);
        let beside = |bound: f64| [bound - 1e-12, bound, bound + 1e-12];
        let jumps = bounds.iter().flatten().flat_map(|&bound| beside(bound));
        let shares = grid.chain(jumps).filter(|p| (0.0..=1.0).contains(p));
        shares.map(|p| coverage(bounds, p)).fold(1.0, f64::min)
    }

    #[test]
    fn bounds_hold_the_true_share_as_often_as_they_say() {
        for trials in 1..=25u64 {
            for level in [0.8, 0.95, 0.99] {
                let of = |bounds: &dyn Fn(Share) -> [f64; 2]| {
                    let all: Vec<_> = (0..=trials)
                        .map(|hits| bounds(share(hits, trials)))
                        .collect();
                    least_coverage(&all)
                };
                let both = of(&|share| share.interval(level).unwrap());
                assert!(both >= level - 1e-9, "{trials} {level}: {both}");
                let upper = of(&|share| [0.0, share.upper(level).unwrap()]);
                let lower = of(&|share| [share.lower(level).unwrap(), 1.0]);
                // Exact means no wider than needed, too: somewhere a one-sided bound just reaches its level.
                for one in [upper, lower] {
                    assert!((one - level).abs() < 1e-9, "{trials} {level}: {one}");
                }
            }
        }
    }

    #[test]
    fn bounds_enclose_the_share_and_grow_with_the_hits() {
        for trials in 1..=60u64 {
            let ends = |hits| share(hits, trials).interval(0.9).unwrap();
            for hits in 0..=trials {
                let ([low, high], value) = (ends(hits), share(hits, trials).value());
                assert!(low <= value && value <= high, "{hits}/{trials}");
                if hits > 0 {
                    assert!(ends(hits - 1)[0] < low && ends(hits - 1)[1] < high);
                }
            }
        }
    }
}
