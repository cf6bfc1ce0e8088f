//! Is the answer right? Checked before a time is kept; a wrong answer has no time.
//!
//! Products of floats, exact pass: operands from {−1, 0, 1}, every sum exact in every format, and
//! Freivalds' product C·x = A·(B·x) over the whole matrix with a random integer x without zeros, so
//! that one wrong element anywhere always fails. Random pass, on the operands that are timed: sampled
//! entries against an f64 dot product, within a statistical bound. Worst-case bounds exceed the
//! entries themselves at K = 4096 and would catch nothing. Products of integers are exact on any operands:
//! Freivalds' product there too. Everything else equals its CPU reference word for word.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::figure::Format;
use crate::kernel::{Case, Check, Input, Product};
use crate::matrix::{Layout, Words, unlike};

/// Entries of a product that the random pass recomputes.
const ENTRIES: usize = 64;

/// How many standard deviations of rounding error the random pass allows. At 8 a right answer fails
/// once in 10¹⁵ entries if errors were normal. What it may miss at large K in f16, the exact pass finds.
const DEVIATIONS: f64 = 8.0;

/// How an answer was checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Output elements (product) or words (others) that were proven exactly right.
    pub exact: u64,
    /// Entries recomputed in f64 on the timed operands; 0 where the exact check ran on those.
    pub sampled: u64,
    /// The largest error among the sampled entries as a share of its bound, 0 to 1.
    pub worst: f64,
    /// Whether the answer after timing equalled, word for word, the one checked before.
    pub unchanged_after: bool,
    /// Why there was nothing to check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nothing: Option<String>,
}

/// A wrong answer: which element, what it is, what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong(pub String);

/// Checks `output` of `case` run on `operands`; adds what was proven to `agreement`.
pub fn check(
    case: &Case,
    input: Input,
    operands: &[Words],
    output: &Words,
    agreement: &mut Agreement,
) -> Result<(), Wrong> {
    match case.kernel.check {
        Check::Nothing(reason) => agreement.nothing = Some(reason.into()),
        Check::Equal => {
            equal(output, &(case.kernel.reference)(case, operands))?;
            agreement.exact = output.len() as u64;
        }
        Check::Product(layouts) => {
            let product = layouts(&case.params);
            if input == Input::Exact || product.is_of_integers() {
                freivalds(&product, operands, output, case.seed)?;
                agreement.exact = (product.c.rows * product.c.columns) as u64;
            } else {
                let accumulate = case.kernel.kind.accumulate.unwrap_or(Format::F32);
                let worst = sampled(&product, operands, output, case.seed, accumulate)?;
                agreement.sampled = positions(&product.c, case.seed).len() as u64;
                agreement.worst = agreement.worst.max(worst);
            }
        }
    }
    Ok(())
}

/// Word-for-word equality.
pub fn equal(output: &Words, truth: &Words) -> Result<(), Wrong> {
    if output.len() != truth.len() {
        return Err(Wrong(format!(
            "{} words of output, {} expected",
            output.len(),
            truth.len()
        )));
    }
    match unlike(output, truth) {
        None => Ok(()),
        Some(found) => Err(differs(found, truth)),
    }
}

/// An output that differs from `truth` at a word, which is given with its place.
pub fn differs((at, got): (usize, u32), truth: &[u32]) -> Wrong {
    let (count, want) = (truth.len(), truth[at]);
    Wrong(format!(
        "word {at} of {count} is {got:#010x}, should be {want:#010x}"
    ))
}

/// C·x = A·(B·x) in integers modulo 2⁶⁴: an identity of integers holds there too.
fn freivalds(
    product: &Product,
    operands: &[Words],
    output: &Words,
    seed: u64,
) -> Result<(), Wrong> {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x66726569);
    let x: Vec<i64> = (0..product.c.columns)
        .map(|_| random.random_range(1..=1 << 15))
        .collect();
    let right = times(
        &product.a,
        &operands[0],
        &times(&product.b, &operands[1], &x)?,
    )?;
    let left = times(&product.c, output, &x)?;
    match left.iter().zip(&right).position(|(l, r)| l != r) {
        None => Ok(()),
        Some(row) => Err(wrong_in_row(product, operands, output, row)),
    }
}

/// Added to a number below 2⁵¹ and taken away again, it leaves the nearest integer; the low bits of the sum are that integer.
/// Unlike a cast, which has a case for every number that doesn't fit, a processor does that to several at once.
const ROUNDING: f64 = 1.5 * (1u64 << 52) as f64;

/// Whether `value` is an integer of a size that sums in the formats here can have: 2³¹ at most.
fn is_integer(value: f64) -> bool {
    ((value + ROUNDING) - ROUNDING == value) & (value.abs() <= -f64::from(i32::MIN))
}

/// `value` as an integer, if it is one.
fn integer(value: f64) -> i64 {
    ((value + ROUNDING).to_bits() as i64).wrapping_sub(ROUNDING.to_bits() as i64)
}

/// A line of a matrix of integers, as it is stored, into `buffer`.
fn integers(
    layout: &Layout,
    words: &Words,
    line: usize,
    buffer: &mut Vec<f64>,
) -> Result<(), Wrong> {
    layout.line(words, line, buffer);
    if buffer
        .iter()
        .fold(true, |all, value| all & is_integer(*value))
    {
        return Ok(());
    }
    let at = buffer.iter().position(|value| !is_integer(*value));
    let at = at.unwrap_or_default();
    let [row, column] = match layout.by_column {
        true => [at, line],
        false => [line, at],
    };
    let value = buffer[at];
    Err(Wrong(format!(
        "[{row},{column}] is {value}, should be an integer"
    )))
}

/// The matrix of integers in `words` times `x`, line by line as it is stored, on all processors.
fn times(layout: &Layout, words: &Words, x: &[i64]) -> Result<Vec<i64>, Wrong> {
    let lines = match layout.by_column {
        true => layout.columns,
        false => layout.rows,
    };
    let each = (0..lines).into_par_iter();
    if !layout.by_column {
        let sum = |buffer: &mut Vec<f64>, row: usize| {
            integers(layout, words, row, buffer)?;
            let terms = buffer
                .iter()
                .zip(x)
                .map(|(value, x)| integer(*value).wrapping_mul(*x));
            Ok(terms.fold(0, i64::wrapping_add))
        };
        return each.map_init(Vec::new, sum).collect();
    }
    // Each processor adds the columns it takes; their sums are added at the end.
    let zeros = || (vec![0i64; layout.rows], Vec::new());
    let add = |(mut y, mut buffer): (Vec<i64>, Vec<f64>), column: usize| {
        integers(layout, words, column, &mut buffer)?;
        for (y, value) in y.iter_mut().zip(&buffer) {
            *y = y.wrapping_add(integer(*value).wrapping_mul(x[column]));
        }
        Ok((y, buffer))
    };
    let parts = each.try_fold(zeros, add).map(|part| part.map(|(y, _)| y));
    parts.try_reduce(
        || vec![0; layout.rows],
        |mut y, other| {
            y.iter_mut()
                .zip(other)
                .for_each(|(y, other)| *y = y.wrapping_add(other));
            Ok(y)
        },
    )
}

/// Which element of a row that failed is wrong.
fn wrong_in_row(product: &Product, operands: &[Words], output: &Words, row: usize) -> Wrong {
    for column in 0..product.c.columns {
        let want = dot(product, operands, row, column).sum;
        let got = product.c.read(output, row, column);
        if got != want {
            return Wrong(format!("C[{row},{column}] is {got}, should be {want}"));
        }
    }
    Wrong(format!("row {row} of C fails Freivalds' product"))
}

/// One entry in f64, with what its rounding errors depend on.
struct Dot {
    sum: f64,
    /// The root of the sum of the squared terms.
    terms: f64,
    /// The root of the sum of the squared partial sums, in order of k.
    partials: f64,
}

fn dot(product: &Product, operands: &[Words], row: usize, column: usize) -> Dot {
    let (mut sum, mut terms, mut partials) = (0.0, 0.0, 0.0);
    for k in 0..product.a.columns {
        let term = product.a.read(&operands[0], row, k) * product.b.read(&operands[1], k, column);
        sum += term;
        terms += term * term;
        partials += sum * sum;
    }
    Dot {
        sum,
        terms: f64::sqrt(terms),
        partials: f64::sqrt(partials),
    }
}

/// The entries the random pass looks at: the corners, and others at random.
fn positions(c: &Layout, seed: u64) -> Vec<(usize, usize)> {
    if c.rows * c.columns <= ENTRIES {
        let all = |row| (0..c.columns).map(move |column| (row, column));
        return (0..c.rows).flat_map(all).collect();
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x656e7472);
    let (last_row, last_column) = (c.rows - 1, c.columns - 1);
    let mut positions = vec![
        (0, 0),
        (0, last_column),
        (last_row, 0),
        (last_row, last_column),
    ];
    while positions.len() < ENTRIES {
        positions.push((
            random.random_range(0..c.rows),
            random.random_range(0..c.columns),
        ));
    }
    positions
}

/// The largest error of the sampled entries as a share of its bound; an error above its bound is wrong.
fn sampled(
    product: &Product,
    operands: &[Words],
    output: &Words,
    seed: u64,
    accumulate: Format,
) -> Result<f64, Wrong> {
    let mut worst = 0.0_f64;
    for (row, column) in positions(&product.c, seed) {
        let exact = dot(product, operands, row, column);
        let want = exact.sum;
        let got = product.c.read(output, row, column);
        let bound = rounding_bound(accumulate, product.a.columns, &exact);
        let error = (got - want).abs();
        if error.is_nan() || error > bound {
            return Err(Wrong(format!(
                "C[{row},{column}] is {got}, should be {want} ± {bound:.2e}"
            )));
        }
        worst = worst.max(if bound > 0.0 { error / bound } else { 0.0 });
    }
    Ok(worst)
}

/// How far a sum of `k` products may be off in `accumulate`.
///
/// Each rounding is uniform within half a unit in the last place, deviation u/√3 of the partial sum it
/// rounds. The partial sums are those in order of k; in another order those of random terms grow like
/// √(j/k)·terms, so the larger of the two counts. The final store rounds once more, and results below
/// the smallest normal number may be flushed to zero.
fn rounding_bound(accumulate: Format, k: usize, exact: &Dot) -> f64 {
    let (unit, tiny) = match accumulate {
        Format::F16 => (f64::exp2(-11.0), f64::exp2(-14.0)),
        Format::F64 => (f64::exp2(-53.0), 0.0),
        _ => (f64::exp2(-24.0), f64::exp2(-126.0)),
    };
    if exact.terms == 0.0 {
        return 0.0;
    }
    let k = k as f64;
    let partials = exact.partials.max(exact.terms * (k / 2.0).sqrt());
    let deviation = unit * (partials + exact.terms) / 3.0_f64.sqrt();
    DEVIATIONS * deviation + unit * exact.sum.abs() + tiny * k.sqrt()
}

#[cfg(test)]
mod tests;
