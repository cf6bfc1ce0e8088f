//! Welch's t test on the logarithms of run medians: does a candidate differ from its baseline.
//!
//! Two builds or machines need not scatter alike, so the variances aren't pooled; the degrees of freedom are
//! Welch and Satterthwaite's (Welch, "The generalization of 'Student's' problem when several
//! different population variances are involved", Biometrika 34, 1947).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::runs::Runs;
use super::student;

/// A candidate against its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Welch {
    /// Difference of the means of logs (candidate − baseline) in its standard errors; below 0 where
    /// the candidate is smaller.
    pub t: f64,
    /// Degrees of freedom, from the smaller group's runs − 1 to all runs − 2.
    pub freedom: f64,
    /// One-sided p for "the candidate is smaller": slower, if the runs are rates.
    pub p_smaller: f64,
    /// One-sided p for "the candidate is larger": slower, if the runs are times.
    pub p_larger: f64,
    /// Two-sided p for "the candidate differs".
    pub p_differs: f64,
    /// Ratio of the geometric means, candidate over baseline, − 1: −0.03 means 3 % smaller.
    pub effect: f64,
    /// Lower end of the effect's interval.
    pub low: f64,
    /// Upper end of the effect's interval.
    pub high: f64,
    /// Level of the effect's interval, two-sided: 0.95 means 95 %.
    pub level: f64,
}

impl Welch {
    /// `candidate` against `baseline`, in one unit, with the interval of `level`.
    ///
    /// `None` where a side has fewer than 2 runs, where neither side scatters at all (there is then
    /// nothing to hold the difference against), and for a level not between 0 and 1.
    pub fn of(baseline: &Runs, candidate: &Runs, level: f64) -> Option<Self> {
        let (base, new) = (baseline.logs()?, candidate.logs()?);
        let (base_square, new_square) = (base.error_squared(), new.error_squared());
        let square = base_square + new_square;
        if square <= 0.0 {
            return None;
        }
        // Shares of the whole, because squares of tiny variances would vanish.
        let parts = (base_square / square).powi(2) / (base.count - 1.0)
            + (new_square / square).powi(2) / (new.count - 1.0);
        let freedom = 1.0 / parts;
        let (difference, error) = (new.mean - base.mean, square.sqrt());
        let (t, reach) = (difference / error, student::reach(freedom, level)? * error);
        Some(Self {
            t,
            freedom,
            p_smaller: student::at_most(t, freedom)?,
            p_larger: student::at_most(-t, freedom)?,
            p_differs: 2.0 * student::at_most(-t.abs(), freedom)?,
            effect: difference.exp_m1(),
            low: (difference - reach).exp_m1(),
            high: (difference + reach).exp_m1(),
            level,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::LEVEL;
    use crate::stats::tests::assert_close;
    use proptest::prelude::*;

    const BASE: [f64; 5] = [101.3, 99.8, 100.4, 100.9, 98.7];
    const NEW: [f64; 6] = [96.2, 97.9, 95.4, 98.8, 96.6, 97.1];

    fn runs(medians: &[f64]) -> Runs {
        Runs::new(medians.to_vec()).unwrap()
    }

    fn welch(base: &[f64], new: &[f64]) -> Welch {
        Welch::of(&runs(base), &runs(new), LEVEL).unwrap()
    }

    /// `welch(log(base), log(new))` with `.df`, `'less'`, `'greater'`, `.confidence_interval(0.95)`;
    /// `np.expm1` of the difference of means.
    #[test]
    fn the_test_is_that_of_scipy() {
        let welch = welch(&BASE, &NEW);
        assert_close(welch.t, -4.768294132108565);
        assert_close(welch.freedom, 8.999736942133085);
        assert_close(welch.p_smaller, 0.0005089370323831513);
        assert_close(welch.p_larger, 0.9994910629676168);
        assert_close(welch.p_differs, 0.0010178740647663026);
        assert_close(welch.effect, -0.03215271473139863);
        assert_close(welch.low, -0.047042931174868734);
        assert_close(welch.high, -0.01702983455837906);
        assert_eq!(welch.level, 0.95);
    }

    /// Student's sleep data, as R's documentation of `t.test` runs it: t = −1.8608, df = 17.776,
    /// p = 0.07939, interval −3.3654832 to 0.2054832. The runs are the exponentials of its values.
    #[test]
    fn the_test_is_the_published_one_of_the_sleep_data() {
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0f64];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4f64];
        let welch = welch(&second.map(f64::exp), &first.map(f64::exp));
        let printed = [
            (welch.t, -1.8608, 5e-5),
            (welch.freedom, 17.776, 5e-4),
            (welch.p_differs, 0.07939, 5e-6),
            (welch.low.ln_1p(), -3.3654832, 5e-8),
            (welch.high.ln_1p(), 0.2054832, 5e-8),
        ];
        for (value, expected, digits) in printed {
            assert!((value - expected).abs() <= digits, "{value} {expected}");
        }
    }

    #[test]
    fn without_a_second_run_or_any_spread_there_is_no_test() {
        let (one, level) = (runs(&[1.0]), LEVEL);
        assert_eq!(Welch::of(&one, &runs(&BASE), level), None);
        assert_eq!(Welch::of(&runs(&BASE), &one, level), None);
        for count in 2..20 {
            let (still, other) = (runs(&vec![0.1; count]), runs(&[0.3; 3]));
            assert_eq!(Welch::of(&still, &other, level), None);
            assert_eq!(Welch::of(&still, &still, level), None);
        }
        assert!(Welch::of(&runs(&[0.1; 3]), &runs(&BASE), level).is_some());
        assert_eq!(Welch::of(&runs(&BASE), &runs(&NEW), 1.0), None);
    }

    #[test]
    fn a_side_without_spread_leaves_the_freedom_of_the_other() {
        assert_close(welch(&[0.1; 3], &BASE).freedom, 4.0);
    }

    /// Run medians with a spread that rounding can't touch.
    fn medians() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(0.5f64..2.0, 0..12).prop_map(|mut medians| {
            medians.extend([0.9, 1.1]);
            medians
        })
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9 * (1.0 + a.abs())
    }

    proptest! {
        #[test]
        fn exchanged_sides_mirror_the_test(a in medians(), b in medians()) {
            let (there, back) = (welch(&a, &b), welch(&b, &a));
            prop_assert!(near(there.t, -back.t) && near(there.freedom, back.freedom));
            prop_assert!(near(there.p_differs, back.p_differs));
            prop_assert!(near(there.p_smaller, back.p_larger));
            prop_assert!(near((1.0 + there.effect) * (1.0 + back.effect), 1.0));
            prop_assert!(near((1.0 + there.low) * (1.0 + back.high), 1.0));
        }

        #[test]
        fn a_common_unit_changes_nothing(a in medians(), b in medians(), factor in 1e-9f64..1e9) {
            let scaled = |medians: &[f64]| medians.iter().map(|m| m * factor).collect::<Vec<_>>();
            let (plain, scaled) = (welch(&a, &b), welch(&scaled(&a), &scaled(&b)));
            prop_assert!(near(plain.t, scaled.t) && near(plain.p_smaller, scaled.p_smaller));
            prop_assert!(near(plain.effect, scaled.effect) && near(plain.high, scaled.high));
        }

        #[test]
        fn what_it_says_holds_together(a in medians(), b in medians()) {
            let welch = welch(&a, &b);
            prop_assert!(welch.low <= welch.effect && welch.effect <= welch.high);
            prop_assert!(near(welch.p_smaller + welch.p_larger, 1.0));
            prop_assert!(near(welch.p_differs, 2.0 * welch.p_smaller.min(welch.p_larger)));
            prop_assert_eq!(welch.effect < 0.0, welch.t < 0.0);
            // The interval leaves 0 out exactly where the two-sided test rejects.
            let outside = welch.low > 0.0 || welch.high < 0.0;
            prop_assert_eq!(outside, welch.p_differs < 0.05);
            let fewest = a.len().min(b.len()) as f64 - 1.0;
            prop_assert!(welch.freedom >= fewest - 1e-9);
            prop_assert!(welch.freedom <= (a.len() + b.len()) as f64 - 2.0 + 1e-9);
        }

        #[test]
        fn order_of_arrival_does_not_matter(a in medians(), b in medians()) {
            let (mut c, mut d) = (a.clone(), b.clone());
            c.reverse();
            d.reverse();
            prop_assert_eq!(welch(&a, &b), welch(&c, &d));
        }
    }
}
