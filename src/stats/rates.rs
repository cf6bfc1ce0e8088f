//! Rates combined: total work over total time, which is a harmonic mean.
//!
//! An arithmetic mean of rates lets one fast kernel hide slow ones; the harmonic mean is the rate at
//! which all the work would run one after the other (Smith, "Characterizing Computer Performance with
//! a Single Number", CACM 31, 1988).

/// Work done at one rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// How much, in the unit whose rate is given: operations, bytes.
    pub work: f64,
    /// Work per second.
    pub rate: f64,
}

/// The rate of all `parts` one after the other, total work over total time, in the unit of the rates;
/// `None` for no parts and where work or rate isn't finite and above 0.
pub fn combined_rate(parts: &[Part]) -> Option<f64> {
    let good = |value: f64| value.is_finite() && value > 0.0;
    if parts.is_empty() || !parts.iter().all(|part| good(part.work) && good(part.rate)) {
        return None;
    }
    let work: f64 = parts.iter().map(|part| part.work).sum();
    let seconds: f64 = parts.iter().map(|part| part.work / part.rate).sum();
    Some(work / seconds)
}

/// The harmonic mean of `rates`, as if each did equal work, in their unit; `None` for no rates and
/// where one isn't finite and above 0.
pub fn harmonic_mean(rates: &[f64]) -> Option<f64> {
    let part = |&rate: &f64| Part { work: 1.0, rate };
    combined_rate(&rates.iter().map(part).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::assert_close;
    use proptest::prelude::*;

    fn parts(rates: &[f64], work: &[f64]) -> Vec<Part> {
        let part = |(&rate, &work)| Part { work, rate };
        rates.iter().zip(work).map(part).collect()
    }

    /// `stats.hmean([12.0, 30.0, 8.0])`, the same with `weights=[3.0, 1.0, 0.25]`.
    #[test]
    fn means_are_those_of_scipy() {
        let rates = [12.0, 30.0, 8.0];
        assert_close(harmonic_mean(&rates).unwrap(), 12.413793103448276);
        let weighted = parts(&rates, &[3.0, 1.0, 0.25]);
        assert_close(combined_rate(&weighted).unwrap(), 13.509933774834437);
    }

    #[test]
    fn there_and_back_at_two_speeds() {
        assert_close(harmonic_mean(&[60.0, 20.0]).unwrap(), 30.0);
    }

    #[test]
    fn what_is_no_rate_or_no_work_has_no_mean() {
        assert_eq!(harmonic_mean(&[]), None);
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(harmonic_mean(&[1.0, bad]), None);
            assert_eq!(combined_rate(&parts(&[1.0, 2.0], &[1.0, bad])), None);
        }
    }

    proptest! {
        #[test]
        fn a_combined_rate_lies_between_the_rates(
            pairs in prop::collection::vec((1e-6f64..1e12, 1e-6f64..1e12), 1..40),
        ) {
            let (rates, work): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let combined = combined_rate(&parts(&rates, &work)).unwrap();
            let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
            let most = rates.iter().copied().fold(0.0, f64::max);
            prop_assert!(combined >= least * (1.0 - 1e-12) && combined <= most * (1.0 + 1e-12));
            let arithmetic = rates.iter().sum::<f64>() / rates.len() as f64;
            prop_assert!(harmonic_mean(&rates).unwrap() <= arithmetic * (1.0 + 1e-12));
        }

        #[test]
        fn a_combined_rate_knows_neither_order_nor_unit_of_work(
            pairs in prop::collection::vec((1e-6f64..1e12, 1e-6f64..1e12), 1..40),
        ) {
            let (mut rates, mut work): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let combined = combined_rate(&parts(&rates, &work)).unwrap();
            rates.reverse();
            work.reverse();
            work.iter_mut().for_each(|work| *work *= 1024.0);
            let turned = combined_rate(&parts(&rates, &work)).unwrap();
            prop_assert!((turned / combined - 1.0).abs() < 1e-12);
        }

        #[test]
        fn cutting_the_work_of_a_part_changes_nothing(rate in 1e-6f64..1e12, work in 1e-6f64..1e12) {
            let other = Part { work: 5.0, rate: 7.0 };
            let half = Part { work: work / 2.0, rate };
            let whole = combined_rate(&[other, Part { work, rate }]).unwrap();
            let cut = combined_rate(&[half, other, half]).unwrap();
            prop_assert!((cut / whole - 1.0).abs() < 1e-12);
        }
    }
}
