//! A number with the digits that its interval supports: never more than four.

/// The most significant digits any number is printed with.
const MOST: i32 = 4;

/// `45.72 ± 0.05`: the half width is the distance to the farther end, rounded up to the last digit that
/// it leaves certain. Without an interval three digits.
pub fn with_interval(value: f64, low: Option<f64>, high: Option<f64>) -> String {
    let (Some(low), Some(high)) = (low, high) else {
        return significant(value, 3);
    };
    let half = (high - value).max(value - low);
    if !(value.is_finite() && half.is_finite()) || value <= 0.0 {
        return significant(value, 3);
    }
    let first = exponent(value, MOST);
    let last = exponent(half, 1).max(first - MOST + 1).min(first);
    let steps = (half / 10f64.powi(last) * (1.0 - 1e-9)).ceil().max(1.0);
    let width = steps * 10f64.powi(last);
    format!("{} ± {}", at(value, last), at(width, last))
}

/// `value` with this many significant digits, without exponent.
pub fn significant(value: f64, digits: i32) -> String {
    if !value.is_finite() || value == 0.0 {
        return value.to_string();
    }
    at(value, exponent(value, digits) - digits + 1)
}

/// The power of ten of the first digit once `value` is rounded to `digits`; that of nothing is far below
/// every other.
fn exponent(value: f64, digits: i32) -> i32 {
    let decimals = digits.unsigned_abs().saturating_sub(1) as usize;
    let text = format!("{value:.decimals$e}");
    let power = text
        .split_once('e')
        .and_then(|(_, power)| power.parse().ok());
    power.filter(|_| value != 0.0).unwrap_or(i32::MIN / 2)
}

/// `value` rounded to the digit of 10^`last`.
fn at(value: f64, last: i32) -> String {
    if last > 0 {
        let step = 10f64.powi(last);
        return format!("{:.0}", (value / step).round() * step);
    }
    format!("{value:.*}", last.unsigned_abs() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: f64, half: f64) -> String {
        with_interval(value, Some(value - half), Some(value + half))
    }

    #[test]
    fn digits_are_those_the_interval_supports_and_four_at_most() {
        assert_eq!(text(45.7234, 0.05), "45.72 ± 0.05");
        assert_eq!(text(45.7234, 0.31), "45.7 ± 0.4");
        assert_eq!(text(45.7234, 0.0001), "45.72 ± 0.01");
        assert_eq!(text(45.7234, 0.0), "45.72 ± 0.01");
        assert_eq!(text(2841.0, 15.0), "2840 ± 20");
        assert_eq!(text(28412.0, 3.0), "28410 ± 10");
        assert_eq!(text(0.012345, 0.001), "0.012 ± 0.001");
        assert_eq!(text(5.0, 40.0), "5 ± 40");
        assert_eq!(text(9.99996, 0.0001), "10.00 ± 0.01");
        assert_eq!(text(45.7234, 0.096), "45.7 ± 0.1");
    }

    #[test]
    fn the_farther_end_decides() {
        assert_eq!(with_interval(10.0, Some(9.98), Some(10.5)), "10.0 ± 0.5");
    }

    #[test]
    fn without_an_interval_there_are_three_digits() {
        assert_eq!(with_interval(45.7234, None, None), "45.7");
        assert_eq!(significant(1978.9, 3), "1980");
        assert_eq!(significant(0.47115, 3), "0.471");
    }

    proptest! {
        #[test]
        fn what_is_printed_covers_the_interval(value in 1e-3f64..1e6, share in 1e-6f64..0.5) {
            let half = value * share;
            let text = text(value, half);
            let (centre, width) = text.split_once(" ± ").unwrap();
            let (centre, width): (f64, f64) = (centre.parse().unwrap(), width.parse().unwrap());
            // Rounding the centre moves it by half a digit at most.
            prop_assert!(width * 1.5 >= half);
            prop_assert!((centre - value).abs() <= width * 0.500001);
        }
    }
}
