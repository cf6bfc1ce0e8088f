//! Where a series changes: E-divisive, hierarchical, by energy statistics and permutation.
//!
//! Matteson and James, "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate
//! Data", Journal of the American Statistical Association 109, 2014; of one variable, with α = 1. It
//! assumes neither a distribution nor a number of changes, and finds a changed scatter as well as a
//! changed level. Each round takes the best split of any present segment and tests it against splits of
//! the same values shuffled within their segments; the first split that isn't significant ends it.
//!
//! A split sets the values before it against those after it, the latter up to wherever they differ most:
//! a bump that ends again isn't diluted by what follows.
//!
//! How soon a change can show: of n values, s at one end that lie apart from all others come out so by
//! chance in 2 of the n-choose-s ways to order them. That is below 0.001 for 3 after at least 21, 4
//! after 13 and 5 after 9; under 14 values it never is. Orders that come near it take their share too:
//! a rise by 5 standard deviations after 60 values is found with 3 more in 71 % of cases, with 4 in
//! 97 % and with 5 in all; one by 2, with 30 more in 87 % (simulated, normal values).

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The fewest values on either side of a split: two at one end would need 62 others to reach 0.001 at
/// all, and two bad nights in a row are no change yet; four would show a change a night later.
pub const FEWEST_VALUES: usize = 3;

/// Permutations for one test, where the limit asks for no more: with none at or above the split, p is
/// 1 / 1000.
pub const PERMUTATIONS: usize = 999;

/// By how much, relatively, two equal statistics may differ because their sums ran in different orders.
const ROUNDING: f64 = 1e-9;

/// A place where a series changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Index of the first value after the change.
    pub at: usize,
    /// The share of shuffled series, itself among them, that split at least as well as this one: at
    /// best 0.001, or the limit if that is smaller.
    pub p: f64,
}

/// The changes of `values` in order of time, each with a permutation p of at most `limit`.
///
/// `values` is one series in one unit, in order of time, at whatever distance. Empty where nothing
/// changes, below 6 values, where one isn't finite, and for a limit not between 0
/// and 1. The same values, limit and `seed` give the same changes on every machine.
///
/// The time grows with the square of the number of values, and with 1 / `limit` below 0.001; a series
/// without changes takes little of it, because a test stops as soon as its p can't reach the limit.
pub fn changes(values: &[f64], limit: f64, seed: u64) -> Vec<Change> {
    let mut changes = Vec::new();
    if !(limit > 0.0 && limit < 1.0) || values.iter().any(|value| !value.is_finite()) {
        return changes;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut bounds = vec![0, values.len()];
    while let Some(split) = best_of_all(values, &bounds)
        && let Some(p) = significance(values, &bounds, split.gain, limit, &mut rng)
    {
        changes.push(Change { at: split.at, p });
        bounds.push(split.at);
        bounds.sort_unstable();
    }
    changes.sort_by_key(|change| change.at);
    changes
}

/// A split and what it gains.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Split {
    /// Index of the first value after it.
    at: usize,
    /// The scaled energy distance of the two sides (Q in the paper), in the unit of the values; above 0.
    gain: f64,
}

/// The p of a split that gains `gain`, from values shuffled within the segments that `bounds` delimit;
/// `None` if it isn't `limit` or less, found as soon as it can't be.
fn significance(
    values: &[f64],
    bounds: &[usize],
    gain: f64,
    limit: f64,
    rng: &mut ChaCha8Rng,
) -> Option<f64> {
    // The fewest that can reach the limit: 1 / (1 + rounds) ≤ limit.
    let rounds = PERMUTATIONS.max((1.0 / limit).ceil() as usize - 1);
    // The series itself is one of its orders, so that no p is 0.
    let mut reached = 1;
    let p = |reached: usize| reached as f64 / (1 + rounds) as f64;
    let mut shuffled = values.to_vec();
    for _ in 0..rounds {
        if p(reached) > limit {
            break;
        }
        for segment in bounds.windows(2) {
            shuffle(&mut shuffled[segment[0]..segment[1]], rng);
        }
        let best = best_of_all(&shuffled, bounds).map_or(0.0, |split| split.gain);
        // An equal gain counts against the split.
        if best >= gain * (1.0 - ROUNDING) {
            reached += 1;
        }
    }
    Some(p(reached)).filter(|p| *p <= limit)
}

/// Puts `values` in random order (Fisher and Yates).
fn shuffle(values: &mut [f64], rng: &mut ChaCha8Rng) {
    for last in (1..values.len()).rev() {
        // The high word of a product is an index, as in the bootstrap: rand may change its own shuffle.
        let index = (u128::from(rng.next_u64()) * (last as u128 + 1)) >> 64;
        values.swap(last, index as usize);
    }
}

/// The best split of any segment that `bounds` delimit, the first of equal ones; `None` if none gains.
fn best_of_all(values: &[f64], bounds: &[usize]) -> Option<Split> {
    let split_of = |segment: &[usize]| {
        let split = best_split(&values[segment[0]..segment[1]])?;
        Some(Split {
            at: segment[0] + split.at,
            gain: split.gain,
        })
    };
    let better = |best: Split, next: Split| if next.gain > best.gain { next } else { best };
    bounds.windows(2).filter_map(split_of).reduce(better)
}

/// The best split of one segment: over every end, the values before the split against those from it
/// up to the end. `None` if no split gains.
///
/// Takes n² / 2 distances, each added to running sums: what lies within `start..end + 1` is what lies
/// within `start..end` and the distances from there to the new value.
fn best_split(values: &[f64]) -> Option<Split> {
    let mut best: Option<Split> = None;
    // Per start, the sum of the distances within start..end.
    let mut within = vec![0.0; values.len()];
    // Per end, the sum of the distances within 0..end, over the number of values less one.
    let mut before = vec![0.0; values.len() + 1];
    for end in 2..=values.len() {
        let newest = values[end - 1];
        let mut to_newest = 0.0;
        for (value, sum) in values[..end - 1].iter().zip(&mut within[..end - 1]).rev() {
            to_newest += (value - newest).abs();
            *sum += to_newest;
        }
        before[end] = within[0] / (end - 1) as f64;
        let Some((at, rest)) = least_rest(&before, &within, end) else {
            continue;
        };
        // Q of n and m values, with all distances T = B + X + Y, between the sides and within them, is
        // nm / (n + m) · (2 B / nm − 2 X / n(n − 1) − 2 Y / m(m − 1)), and so
        // 2 / (n + m) · (T − (n + m − 1) · (X / (n − 1) + Y / (m − 1))); the last bracket is the rest.
        let gain = 2.0 / end as f64 * (within[0] - (end - 1) as f64 * rest);
        if gain > best.map_or(0.0, |split| split.gain) {
            best = Some(Split { at, gain });
        }
    }
    best
}

/// Of the splits of `0..end` the one that leaves the least distances within its sides, each sum over
/// the number of values less one, and what it leaves; `None` if `end` is too short for a split.
fn least_rest(before: &[f64], within: &[f64], end: usize) -> Option<(usize, f64)> {
    let mut least: Option<(usize, f64)> = None;
    for at in FEWEST_VALUES..=end.checked_sub(FEWEST_VALUES)? {
        let rest = before[at] + within[at] / (end - at - 1) as f64;
        // Less by more than rounding, so that the unit can't choose between equal splits.
        if least.is_none_or(|(_, least)| rest < least * (1.0 - ROUNDING)) {
            least = Some((at, rest));
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 + normal noise of 0.5, + 3 from 25, − 1 from 40, of numpy's generator with seed 20.
    const SIXTY: [f64; 60] = [
        99.82, 100.6, 100.7, 100.16, 100.2, 99.76, 99.54, 99.55, 99.5, 100.46, 99.97, 100.06,
        99.68, 99.46, 99.4, 99.58, 100.3, 100.01, 99.77, 99.88, 99.28, 100.62, 99.39, 100.02,
        101.07, 101.72, 102.3, 102.64, 103.06, 102.14, 102.88, 102.98, 103.08, 101.8, 103.32,
        103.8, 103.22, 102.64, 102.7, 101.68, 99.24, 99.75, 99.32, 97.51, 98.78, 98.95, 98.76,
        99.52, 98.13, 98.64, 99.3, 99.5, 99.08, 99.53, 99.26, 98.47, 99.64, 98.74, 98.18, 99.22,
    ];

    fn places(values: &[f64]) -> Vec<usize> {
        changes(values, 0.001, 1).iter().map(|c| c.at).collect()
    }

    fn assert_split(values: &[f64], at: usize, gain: f64) {
        let split = best_split(values).unwrap();
        assert_eq!(split.at, at);
        assert!((split.gain / gain - 1.0).abs() < 1e-12, "{}", split.gain);
    }

    /// `count` values of nearly normal noise with mean 0 and deviation 1: sums of twelve uniform ones,
    /// which no mathematical library rounds differently.
    fn noise(count: usize, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut uniform = || rng.next_u64() as f64 / 2f64.powi(64);
        let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        (0..count).map(|_| normal()).collect()
    }

    /// Between the sides 81 / 9, within them 6 / 3 and 18 / 3.
    #[test]
    fn three_against_three_gain_what_the_definition_says() {
        let gain = 3.0 * 3.0 / 6.0 * (2.0 * 81.0 / 9.0 - 6.0 / 3.0 - 18.0 / 3.0);
        assert_split(&[1.0, 2.0, 4.0, 7.0, 11.0, 16.0], 3, gain);
    }

    /// `best` by brute force in numpy: means over blocks of the distance matrix, every split and end.
    #[test]
    fn the_best_split_is_that_of_the_definition() {
        let step = [
            10.1, 9.8, 10.3, 9.9, 10.0, 10.2, 12.1, 11.8, 12.4, 12.0, 11.9,
        ];
        assert_split(&step, 6, 9.454545454545455);
        let bump = [
            5.0, 5.2, 4.9, 5.1, 5.3, 8.1, 7.9, 8.2, 8.0, 5.1, 4.8, 5.0, 5.2, 4.9,
        ];
        // Best with its end at 9, so that the values after the bump don't count.
        assert_split(&bump, 5, 12.2962962962963);
        let scatter = [
            0.1, -0.1, 0.2, -0.2, 0.1, -0.1, 3.0, -4.0, 2.0, -3.0, 5.0, -2.0,
        ];
        assert_split(&scatter, 6, 5.04);
        let late = [3.1, 2.9, 3.0, 3.2, 2.8, 3.1, 3.0, 2.9, 3.3, 4.6, 4.4, 4.5];
        assert_split(&late, 9, 5.875);
        assert_split(
            &[0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 1.0],
            4,
            32.0 / 9.0,
        );
        assert_split(&SIXTY, 25, 38.96381328073637);
    }

    /// All 5,040 orders, counted in Python: 324 and 288 split at least as well.
    #[test]
    fn p_is_the_share_of_orders_that_split_at_least_as_well() {
        let apart = [1.0, 5.0, 2.0, 4.0, 9.0, 8.0, 12.0];
        for (values, orders) in [
            (apart, 324.0),
            ([1.0, 2.0, 3.0, 9.0, 8.0, 12.0, 11.0], 288.0),
        ] {
            let gain = best_split(&values).unwrap().gain;
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            // 10,000 permutations, and a limit that none exceeds.
            let mut p = || significance(&values, &[0, 7], gain, 0.9999, &mut rng).unwrap();
            let mean = (0..10).map(|_| p()).sum::<f64>() / 10.0;
            let exact = orders / 5040.0f64;
            // The order itself counts once in each 1,000.
            let expected = (1.0 + 999.0 * exact) / 1000.0;
            let error = (exact * (1.0 - exact) / 9990.0).sqrt();
            assert!((mean - expected).abs() < 4.0 * error, "{mean} {expected}");
        }
    }

    #[test]
    fn two_shifts_are_found_where_they_are() {
        let found = changes(&SIXTY, 0.001, 1);
        let expected = [25, 40].map(|at| Change { at, p: 0.001 });
        assert_eq!(found, expected);
        // Written down on one machine, the same on every other.
        let calm = changes(&SIXTY[..24], 0.9, 1);
        let calm: Vec<(usize, f64)> = calm.iter().map(|c| (c.at, c.p)).collect();
        let written = [
            (5, 0.185),
            (9, 0.326),
            (12, 0.234),
            (16, 0.285),
            (20, 0.581),
        ];
        assert_eq!(calm, written);
    }

    #[test]
    fn changes_come_in_order_of_time_whichever_is_larger() {
        let mut values = noise(60, 2);
        values[20..].iter_mut().for_each(|value| *value += 5.0);
        values[40..].iter_mut().for_each(|value| *value += 50.0);
        assert_eq!(best_split(&values).unwrap().at, 40);
        assert_eq!(places(&values), [20, 40]);
    }

    #[test]
    fn a_bump_that_ends_is_two_changes() {
        let mut values = noise(60, 4);
        values[30..36].iter_mut().for_each(|value| *value += 8.0);
        assert_eq!(places(&values), [30, 36]);
    }

    #[test]
    fn a_new_level_shows_after_a_few_nights() {
        let mut values = noise(64, 8);
        values[60..].iter_mut().for_each(|value| *value += 10.0);
        assert_eq!(places(&values), [60]);
        assert!(places(&values[..62]).is_empty());
    }

    #[test]
    fn a_stricter_limit_takes_more_permutations() {
        let found = changes(&SIXTY, 0.0004, 1);
        assert_eq!(found, [25, 40].map(|at| Change { at, p: 0.0004 }));
    }

    /// Orders of one distribution are alike, so that a share of `limit` of series has a change. Of 200
    /// at 0.001 that is 0.2, and more than 2 come in 0.1 % of cases (Poisson); of 600 at 0.05 it is 30,
    /// within four standard deviations of 5.3.
    #[test]
    fn noise_changes_as_seldom_as_the_limit_says() {
        let changed = |count: u64, limit| {
            let changes = |seed: &u64| !changes(&noise(60, *seed), limit, *seed).is_empty();
            (0..count).filter(changes).count()
        };
        assert!(changed(200, 0.001) <= 2);
        let often = changed(600, 0.05);
        assert!((9..=51).contains(&often), "{often}");
    }

    #[test]
    fn a_single_outlier_is_no_change() {
        for at in [0, 1, 30, 57, 58, 59] {
            let mut values = noise(60, 6);
            values[at] += 1000.0;
            assert!(places(&values).is_empty(), "{at}");
        }
    }

    #[test]
    fn neither_unit_nor_offset_matters() {
        let plain = changes(&SIXTY, 0.05, 7);
        for factor in [1e-12, 0.1, 3.0, -7.3e11] {
            let scaled = SIXTY.map(|value| (value - 100.0) * factor);
            assert_eq!(changes(&scaled, 0.05, 7), plain, "{factor}");
        }
    }

    /// Turned round, the steps are themselves: splits at 4 and at 5 gain the same, but for rounding.
    #[test]
    fn of_equal_splits_the_first_is_taken_in_any_unit() {
        for tenths in 1..200 {
            let unit = f64::from(tenths) / 10.0;
            let steps = [-5.2, -5.0, -4.9, -5.3, 0.0, 5.3, 4.9, 5.0, 5.2].map(|value| value * unit);
            assert_eq!(best_split(&steps).unwrap().at, 4, "{unit}");
        }
    }

    #[test]
    fn equal_values_never_change() {
        assert_eq!(best_split(&[0.1; 50]), None);
        assert_eq!(changes(&[0.1; 50], 0.9, 1), []);
    }

    #[test]
    fn too_few_values_have_no_split() {
        let six = [0.0, 0.0, 0.0, 9.0, 9.0, 9.0];
        for count in 0..6 {
            assert_eq!(changes(&six[..count], 0.9, 1), [], "{count}");
        }
        assert_eq!(changes(&six, 0.9, 1).len(), 1);
        // Seven at either end are the fewest for 0.001.
        let steps: Vec<f64> = (0..100).map(|i| f64::from(i / 50 * 9)).collect();
        assert!(places(&steps[47..53]).is_empty());
        assert_eq!(places(&steps[35..65]), [15]);
    }

    #[test]
    fn a_value_or_limit_without_meaning_finds_nothing() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut values = SIXTY;
            values[50] = bad;
            assert_eq!(changes(&values, 0.05, 1), [], "{bad}");
        }
        for limit in [f64::NAN, -1.0, 0.0, 1.0, f64::INFINITY] {
            assert_eq!(changes(&SIXTY, limit, 1), [], "{limit}");
        }
    }
}
