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
//! after 13 and 5 after 9; under 14 values it never is. For such a split to pass 999 permutations 19
//! times of 20, it takes 3 after 60, 4 after 29, 5 after 19 or 6 after 15.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The fewest values on either side of a split. Two would need 62 others to reach 0.001, and two bad
/// nights in a row are no change yet; with three, one far value weighs as much within its side as
/// between the sides, and so is none.
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
/// changes, below 2 · [`FEWEST_VALUES`] values, where one isn't finite, and for a limit not between 0
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
/// `None` as soon as it can't be `limit` or less.
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
            return None;
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
    let better = |best: Split, next: Split| {
        let more = next.gain > best.gain * (1.0 + ROUNDING);
        if more { next } else { best }
    };
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
        for (value, sum) in values[..end - 1].iter().zip(&mut within).rev() {
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
        // More than rounding, so that the unit can't choose between equal splits.
        if gain > best.map_or(0.0, |split| split.gain * (1.0 + ROUNDING)) {
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

    /// Between the sides 93 / 9, within them 6 / 3 and 18 / 3: 3 · 3 / 6 · (2 · 93 / 9 − 2 − 6).
    #[test]
    fn three_against_three_gain_what_the_definition_says() {
        assert_split(
            &[1.0, 2.0, 4.0, 7.0, 11.0, 16.0],
            3,
            1.5 * (62.0 / 3.0 - 8.0),
        );
    }
}
