//! The normal and the chi-squared distribution, as far as floors need them.

use statrs::distribution::{ChiSquared, ContinuousCDF, Normal};

/// The value below which the share `p` of a standard normal distribution lies; `None` unless `p` is between 0 and 1.
pub fn normal_quantile(p: f64) -> Option<f64> {
    if !super::is_level(p) {
        return None;
    }
    Some(Normal::standard().inverse_cdf(p))
}

/// The value below which the share `p` of a chi-squared distribution with `freedom` degrees of freedom lies; `None` unless
/// `p` is between 0 and 1 and `freedom` above 0.
pub fn chi_squared_quantile(p: f64, freedom: f64) -> Option<f64> {
    if !super::is_level(p) {
        return None;
    }
    Some(ChiSquared::new(freedom).ok()?.inverse_cdf(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Critical values as printed in the NIST/SEMATECH e-Handbook, 1.3.6.7.1, and `stats.norm.ppf(1 - 1e-4)`.
    #[test]
    fn quantiles_are_those_of_the_published_table() {
        for (p, printed, digits) in [
            (0.5, 0.0, 1e-9),
            (0.95, 1.645, 5e-4),
            (0.975, 1.960, 5e-4),
            (0.99, 2.326, 5e-4),
            (0.9999, 3.719_016_485_455_709, 1e-9),
        ] {
            let value = normal_quantile(p).unwrap();
            assert!((value - printed).abs() <= digits, "{p}: {value}");
        }
    }

    #[test]
    fn what_is_no_probability_has_no_quantile() {
        for p in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
            assert_eq!(normal_quantile(p), None);
        }
    }

    /// Lower critical values as printed in the NIST/SEMATECH e-Handbook, 1.3.6.7.4.
    #[test]
    fn quantiles_of_chi_squared_are_those_of_the_published_table() {
        for (freedom, printed) in [(2.0, 0.103), (4.0, 0.711), (9.0, 3.325), (29.0, 17.708)] {
            let value = chi_squared_quantile(0.05, freedom).unwrap();
            assert!((value - printed).abs() <= 5e-4, "{freedom}: {value}");
        }
        assert_eq!(chi_squared_quantile(0.05, 0.0), None);
        assert_eq!(chi_squared_quantile(1.0, 2.0), None);
    }
}
