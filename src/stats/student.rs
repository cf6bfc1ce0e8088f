//! Student's t distribution, as far as intervals and tests need it.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The standard t distribution with `freedom` degrees of freedom; `None` unless `freedom` is above 0.
fn distribution(freedom: f64) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, freedom).ok()
}

/// How many standard errors a two-sided interval of `level` reaches to each side; `None` unless
/// `freedom` is above 0 and `level` between 0 and 1.
///
/// Right to 11 digits for levels from 0.1 to 0.999 and up to 1,000 degrees of freedom, held against
/// scipy; towards 1 statrs loses digits, and from 1 − 10⁻¹² on the reach is far too short.
pub(super) fn reach(freedom: f64, level: f64) -> Option<f64> {
    if !super::is_level(level) {
        return None;
    }
    Some(distribution(freedom)?.inverse_cdf(0.5 + level / 2.0))
}

/// The probability of a value at most `t`; `None` unless `freedom` is above 0.
pub(super) fn at_most(t: f64, freedom: f64) -> Option<f64> {
    Some(distribution(freedom)?.cdf(t))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::assert_close;

    /// Upper critical values as printed in the NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
    #[test]
    fn quantiles_are_those_of_the_published_table() {
        for (freedom, at_95, at_98, at_99) in [
            (1.0, 12.706, 31.821, 63.657),
            (2.0, 4.303, 6.965, 9.925),
            (4.0, 2.776, 3.747, 4.604),
            (8.0, 2.306, 2.896, 3.355),
            (10.0, 2.228, 2.764, 3.169),
            (30.0, 2.042, 2.457, 2.750),
            (100.0, 1.984, 2.364, 2.626),
        ] {
            for (level, printed) in [(0.95, at_95), (0.98, at_98), (0.99, at_99)] {
                let reach = reach(freedom, level).unwrap();
                assert!(
                    (reach - printed).abs() <= 0.0005,
                    "{freedom} {level}: {reach}"
                );
            }
        }
    }

    /// `stats.t.ppf(0.5 + level / 2, freedom)` and `stats.t.cdf(t, freedom)`.
    #[test]
    fn quantiles_and_probabilities_are_those_of_scipy() {
        for (level, freedom, expected) in [
            (0.95, 1.0, 12.706204736174694),
            (0.95, 4.0, 2.7764451051977934),
            (0.99, 8.7, 3.27840436414785),
            (0.8, 37.25, 1.304695138378579),
        ] {
            assert_close(reach(freedom, level).unwrap(), expected);
        }
        for (t, freedom, expected) in [
            (-2.5, 3.0, 0.04385332350403278),
            (-11.0, 9.4, 5.598098016257869e-07),
            (1.25, 17.776, 0.8862468371535099),
        ] {
            assert_close(at_most(t, freedom).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_level_or_no_freedom_has_no_quantile() {
        for level in [0.0, 1.0, -0.5, 1.5, f64::NAN] {
            assert_eq!(reach(4.0, level), None);
        }
        for freedom in [0.0, -1.0, f64::NAN] {
            assert_eq!(reach(freedom, 0.95), None);
            assert_eq!(at_most(1.0, freedom), None);
        }
    }
}
