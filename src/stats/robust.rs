//! Spread and distance that a few odd values don't move.

use super::{Sample, quantile};

/// What turns a median absolute deviation into the standard deviation of a normal distribution:
/// 1 / Φ⁻¹(3/4), to four digits as everyone writes it.
pub const MAD_TO_SIGMA: f64 = 1.4826;

/// The fewest others a value is compared with: of two, the deviations from their median are equal,
/// so that the spread would be nothing but their distance.
pub const FEWEST_OTHERS: usize = 3;

impl Sample {
    /// The median absolute deviation from the median, in the unit of the values.
    pub fn mad(&self) -> f64 {
        let median = self.median();
        let deviation = |value: &f64| (value - median).abs();
        let mut deviations: Vec<f64> = self.sorted().iter().map(deviation).collect();
        deviations.sort_by(f64::total_cmp);
        quantile(&deviations, 0.5)
    }

    /// The standard deviation as the median absolute deviation has it, in the unit of the values: it
    /// holds for normal values and stays put when up to half of them go astray.
    pub fn robust_sigma(&self) -> f64 {
        MAD_TO_SIGMA * self.mad()
    }
}

/// How many robust standard deviations `value` lies above the median of `others`, which don't contain
/// it; below 0 where it lies under.
///
/// `None` below [`FEWEST_OTHERS`] others, where more than half of them are equal (there is no spread
/// to hold a distance against), and where a number isn't finite.
pub fn robust_z(value: f64, others: &[f64]) -> Option<f64> {
    if others.len() < FEWEST_OTHERS || !value.is_finite() {
        return None;
    }
    let others = Sample::new(others.to_vec())?;
    let sigma = others.robust_sigma();
    (sigma > 0.0).then(|| (value - others.median()) / sigma)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::assert_close;
    use proptest::prelude::*;

    const VALUES: [f64; 8] = [9.7, 10.2, 10.0, 9.9, 14.8, 10.1, 9.6, 10.4];

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    /// `stats.median_abs_deviation(values)`, the same times 1.4826, `robust_z(9.0, values)`.
    #[test]
    fn deviations_are_those_of_scipy() {
        assert_close(sample(&VALUES).mad(), 0.25);
        assert_close(sample(&VALUES).robust_sigma(), 0.37065);
        assert_close(robust_z(9.0, &VALUES).unwrap(), -2.8328611898017018);
    }

    #[test]
    fn a_value_gone_astray_moves_neither_spread_nor_distance() {
        let mut values = VALUES;
        values[4] = 1e6;
        assert_eq!(sample(&values).mad(), sample(&VALUES).mad());
        assert_eq!(robust_z(9.0, &values), robust_z(9.0, &VALUES));
    }

    #[test]
    fn no_spread_or_too_few_others_have_no_distance() {
        assert_eq!(robust_z(9.0, &[10.0, 10.0, 10.0, 10.0, 11.0]), None);
        assert_eq!(robust_z(9.0, &[10.0, 11.0]), None);
        assert!(robust_z(9.0, &[10.0, 11.0, 12.0]).is_some());
        assert_eq!(robust_z(f64::NAN, &VALUES), None);
        assert_eq!(robust_z(9.0, &[10.0, 11.0, f64::INFINITY]), None);
    }

    proptest! {
        #[test]
        fn a_deviation_is_within_the_range_and_scales(
            values in prop::collection::vec(1e-3f64..1e3, 2..60),
            power in -20i32..20,
        ) {
            let (sample, factor) = (sample(&values), 2f64.powi(power));
            let scaled = Sample::new(values.iter().map(|v| v * factor).collect()).unwrap();
            prop_assert!(sample.mad() >= 0.0);
            prop_assert!(sample.mad() <= sample.quantile(1.0) - sample.quantile(0.0));
            prop_assert_eq!(scaled.mad(), sample.mad() * factor);
        }

        #[test]
        fn a_distance_knows_neither_unit_nor_order(
            value in 1e-3f64..1e3,
            others in prop::collection::vec(1e-3f64..1e3, 3..40),
            power in -20i32..20,
        ) {
            let factor = 2f64.powi(power);
            let mut turned: Vec<f64> = others.iter().map(|other| other * factor).collect();
            turned.reverse();
            prop_assert_eq!(robust_z(value, &others), robust_z(value * factor, &turned));
        }
    }
}
