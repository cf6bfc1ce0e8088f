//! The test of one case: is the candidate slower than the floor allows, or proved to be the same.
//!
//! Everything is judged on speeds, rates or 1 ÷ latency, so that less is worse in every row. Alarm is given only where
//! both hold: a one-sided Welch test on the logarithms of run medians, and an effect above the floor, the change that
//! identical runs of this machine show too. `same` needs a proof of its own, the whole interval inside the floor.

use serde::Serialize;

use super::{Floor, Verdict};
use crate::stats::{LEVEL, Runs, Welch};

/// The one-sided p below which a difference isn't chance.
pub const SIGNIFICANCE: f64 = 0.01;

/// A candidate's speed against its baseline's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Comparison {
    /// Ratio of the geometric means of the speeds − 1: −0.03 means 3 % slower.
    pub change: f64,
    /// Lower end of the 95 % interval of the change.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// One-sided p for "slower".
    pub p_slower: f64,
    /// One-sided p for "faster".
    pub p_faster: f64,
}

impl Comparison {
    /// `candidate` against `baseline`, both speeds; `None` for fewer than 2 runs a side.
    ///
    /// Where no run differs from another of its side, as scripted times may do, the difference is taken as it is.
    pub fn of(baseline: &Runs, candidate: &Runs) -> Option<Self> {
        if baseline.sorted().len() < 2 || candidate.sorted().len() < 2 {
            return None;
        }
        let Some(welch) = Welch::of(baseline, candidate, LEVEL) else {
            let change = candidate.median() / baseline.median() - 1.0;
            let p = |is: bool| if is { 0.0 } else { 1.0 };
            return Some(Self {
                change,
                low: change,
                high: change,
                p_slower: p(change < 0.0),
                p_faster: p(change > 0.0),
            });
        };
        Some(Self {
            change: welch.effect,
            low: welch.low,
            high: welch.high,
            p_slower: welch.p_smaller,
            p_faster: welch.p_larger,
        })
    }

    /// The verdict with `floor`. Slower or faster is what lies beyond chance, between days too where there are some; the same
    /// is what is proved not to matter, whatever the days did.
    pub fn verdict(&self, floor: &Floor) -> Verdict {
        // On logs, where 2 % more time and 2 % more speed are as far away as each other.
        let (reach, margin) = (floor.share.ln_1p(), floor.within_day.ln_1p());
        let [low, high] = self.between_days(floor).map(f64::ln_1p);
        let change = self.change.ln_1p();
        if self.p_slower < SIGNIFICANCE && change < -reach {
            Verdict::Regression
        } else if self.p_faster < SIGNIFICANCE && change > reach {
            Verdict::Improvement
        } else if low > -margin && high < margin {
            Verdict::Same
        } else {
            Verdict::Inconclusive
        }
    }

    /// The interval of the change, widened by how far the days of the two sides may lie apart.
    pub fn between_days(&self, floor: &Floor) -> [f64; 2] {
        let days = floor.days.ln_1p();
        let [change, low, high] = [self.change, self.low, self.high].map(f64::ln_1p);
        let [below, above] = [change - low, high - change].map(|half| half.hypot(days));
        [change - below, change + above].map(f64::exp_m1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Basis;

    fn compared(change: f64, half: f64, p_slower: f64) -> Comparison {
        Comparison {
            change,
            low: change - half,
            high: change + half,
            p_slower,
            p_faster: 1.0 - p_slower,
        }
    }

    /// The verdict where a change of this share counts, between sides that were measured in turn.
    fn verdict(compared: Comparison, share: f64) -> Verdict {
        compared.verdict(&Floor {
            share,
            within_day: share,
            days: 0.0,
            basis: Basis::Calibrated,
        })
    }

    #[test]
    fn an_alarm_needs_both_a_small_p_and_an_effect_above_the_floor() {
        assert_eq!(
            verdict(compared(-0.05, 0.01, 0.001), 0.02),
            Verdict::Regression
        );
        assert_eq!(
            verdict(compared(-0.05, 0.09, 0.011), 0.02),
            Verdict::Inconclusive
        );
        assert_eq!(
            verdict(compared(-0.015, 0.01, 1e-9), 0.02),
            Verdict::Inconclusive
        );
        assert_eq!(
            verdict(compared(0.05, 0.01, 0.999), 0.02),
            Verdict::Improvement
        );
    }

    #[test]
    fn sameness_is_proved_by_the_whole_interval_inside_the_floor() {
        assert_eq!(verdict(compared(-0.005, 0.01, 0.2), 0.02), Verdict::Same);
        assert_eq!(
            verdict(compared(-0.005, 0.02, 0.3), 0.02),
            Verdict::Inconclusive
        );
        // A difference that is certain and too small to matter.
        assert_eq!(verdict(compared(-0.005, 0.001, 1e-6), 0.02), Verdict::Same);
    }

    /// 3 % slower on another day is neither an alarm, since days do that, nor the same, since 3 % would matter.
    #[test]
    fn what_days_hide_is_neither_red_nor_the_same() {
        let floor = |days: f64| Floor {
            share: 0.06,
            within_day: 0.02,
            days,
            basis: Basis::Calibrated,
        };
        assert_eq!(
            compared(-0.03, 0.001, 1e-6).verdict(&floor(0.028)),
            Verdict::Inconclusive
        );
        assert_eq!(
            compared(0.0, 0.001, 0.5).verdict(&floor(0.028)),
            Verdict::Inconclusive
        );
        assert_eq!(
            compared(0.0, 0.001, 0.5).verdict(&floor(0.01)),
            Verdict::Same
        );
        assert_eq!(
            compared(-0.07, 0.001, 1e-6).verdict(&floor(0.028)),
            Verdict::Regression
        );
        let [low, high] = compared(0.0, 0.03, 0.5).between_days(&floor(0.04));
        assert!(
            (high - 0.05).abs() < 1e-3 && (low + 0.05).abs() < 2e-3,
            "{low} {high}"
        );
    }

    #[test]
    fn two_percent_more_time_is_not_beyond_a_floor_of_two_percent() {
        let slower = 1.0 / 1.02 - 1.0;
        assert_ne!(
            verdict(compared(slower + 1e-9, 0.0, 0.0), 0.02),
            Verdict::Regression
        );
        assert_eq!(
            verdict(compared(slower - 1e-9, 0.0, 0.0), 0.02),
            Verdict::Regression
        );
    }

    #[test]
    fn runs_without_any_spread_are_compared_as_they_are() {
        let runs = |value: f64| Runs::new(vec![value; 5]).unwrap();
        let of =
            |base: f64, new: f64| verdict(Comparison::of(&runs(base), &runs(new)).unwrap(), 0.01);
        assert_eq!(of(2.0, 2.0), Verdict::Same);
        assert_eq!(of(2.0, 1.9), Verdict::Regression);
        assert_eq!(of(1.9, 2.0), Verdict::Improvement);
        assert_eq!(
            Comparison::of(&runs(1.0), &Runs::new(vec![1.0]).unwrap()),
            None
        );
    }
}
