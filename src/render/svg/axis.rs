//! Numbers to places of a drawing.

use super::super::digits;

/// Labels an axis has room for.
const MOST: usize = 9;

/// One axis: where its numbers lie, and which are labelled.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub(super) least: f64,
    most: f64,
    powers: bool,
    from: f64,
    to: f64,
    /// Numbers with their labels.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Where a number lies.
    pub(super) fn place(&self, number: f64) -> f64 {
        let scaled = |number: f64| if self.powers { number.ln() } else { number };
        let span = scaled(self.most) - scaled(self.least);
        let share = if span > 0.0 {
            (scaled(number) - scaled(self.least)) / span
        } else {
            0.5
        };
        self.from + share * (self.to - self.from)
    }

    /// An axis of powers on which the numbers that occur are labelled with their own texts.
    pub(super) fn of_powers<'a>(
        numbers: impl Iterator<Item = (f64, &'a str)>,
        from: f64,
        to: f64,
    ) -> Self {
        let mut all: Vec<(f64, &str)> = numbers.filter(|(number, _)| *number > 0.0).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.dedup_by(|a, b| a.0 == b.0);
        let step = all.len().div_ceil(MOST).max(1);
        Self {
            least: all.first().map_or(1.0, |(number, _)| *number),
            most: all.last().map_or(1.0, |(number, _)| *number),
            powers: true,
            from,
            to,
            ticks: all
                .iter()
                .step_by(step)
                .map(|(number, text)| (*number, (*text).into()))
                .collect(),
        }
    }

    /// A linear axis with round labels, from zero or around the numbers.
    pub(super) fn of_numbers(
        numbers: impl Iterator<Item = f64>,
        from_zero: bool,
        from: f64,
        to: f64,
    ) -> Self {
        let all: Vec<f64> = numbers.filter(|number| number.is_finite()).collect();
        let most = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = all.iter().copied().fold(f64::INFINITY, f64::min);
        let (least, most) = match all.is_empty() {
            true => (0.0, 1.0),
            false => (if from_zero { least.min(0.0) } else { least }, most),
        };
        let step = round((most - least).max(most.abs() * 0.01).max(1e-12) / 4.0);
        let first = (least / step).floor();
        let last = (most / step).ceil().max(first + 1.0);
        let count = (last - first) as usize;
        let ticks = (0..=count).map(|at| (first + at as f64) * step);
        Self {
            least: first * step,
            most: last * step,
            powers: false,
            from,
            to,
            ticks: ticks.map(|number| (number, label(number, step))).collect(),
        }
    }

    /// An axis of powers of ten around the numbers.
    pub(super) fn of_decades(numbers: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let all: Vec<f64> = numbers
            .filter(|number| *number > 0.0)
            .map(f64::log10)
            .collect();
        let least = all.iter().copied().fold(f64::INFINITY, f64::min).floor();
        let most = all.iter().copied().fold(f64::NEG_INFINITY, f64::max).ceil();
        let (least, most) = match least.is_finite() {
            true => (least, most.max(least + 1.0)),
            false => (0.0, 1.0),
        };
        let ticks = (0..=(most - least) as i32).map(|at| 10f64.powf(least + f64::from(at)));
        Self {
            least: 10f64.powf(least),
            most: 10f64.powf(most),
            powers: true,
            from,
            to,
            ticks: ticks
                .map(|number| (number, digits::significant(number, 1)))
                .collect(),
        }
    }
}

/// The next of 1, 2, 5, 10 and so on.
fn round(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0];
    power
        * times
            .into_iter()
            .find(|times| times * power >= step * (1.0 - 1e-9))
            .unwrap_or(10.0)
}

/// With as many decimals as the step has.
fn label(number: f64, step: f64) -> String {
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    // No minus before a zero.
    let number = if number.abs() < step / 2.0 {
        0.0
    } else {
        number
    };
    format!("{number:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_between_the_ends_and_labels_are_round() {
        let axis = Axis::of_numbers([1755.0, 1980.0].into_iter(), false, 100.0, 0.0);
        let labels: Vec<_> = axis.ticks.iter().map(|(_, label)| &**label).collect();
        assert_eq!(labels, ["1700", "1800", "1900", "2000"]);
        assert!((axis.place(1700.0) - 100.0).abs() < 1e-9 && axis.place(2000.0).abs() < 1e-9);
        assert!((axis.place(1850.0) - 50.0).abs() < 1e-9);
        let zero = Axis::of_numbers([0.25, 2.63].into_iter(), true, 0.0, 1.0);
        assert_eq!(zero.ticks[0], (0.0, "0".into()));
        let powers = Axis::of_powers(
            [(16.0, "16 KiB"), (64.0, "64 KiB"), (1024.0, "1 MiB")].into_iter(),
            0.0,
            3.0,
        );
        assert!((powers.place(64.0) - 1.0).abs() < 1e-9);
        let decades = Axis::of_decades([21.0, 1365.0].into_iter(), 0.0, 3.0);
        assert_eq!(decades.ticks.len(), 4);
        assert!((decades.place(100.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_and_one_number_have_an_axis_too() {
        for numbers in [vec![], vec![0.0], vec![5.0], vec![-1.0], vec![f64::NAN]] {
            for from_zero in [true, false] {
                let axis = Axis::of_numbers(numbers.iter().copied(), from_zero, 0.0, 1.0);
                assert!(
                    axis.place(axis.least).is_finite() && !axis.ticks.is_empty(),
                    "{numbers:?}"
                );
                assert!(axis.ticks.len() < 20, "{numbers:?}: {}", axis.ticks.len());
            }
            let decades = Axis::of_decades(numbers.iter().copied(), 0.0, 1.0);
            assert!(!decades.ticks.is_empty());
        }
    }
}
