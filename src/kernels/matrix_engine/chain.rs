//! The operands, the truth and the work of the chains of `peak/f16-matrix…`.
//!
//! Four tiles of A and four of B make sixteen products whose every element is 1 or −1, from random operands: of
//! each pair of places along K but the first, A holds (a, a) and B (b, −b), which cancel; the first
//! pair is (u, w) in A and (v, 0) in B, which gives u·v. So an element of C counts its steps from one end of
//! the integers that its format holds exactly towards the other, exact in whatever order a step is summed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use crate::figure::Format;
use crate::kernel::{Action, Case, Params, Program, Work};
use crate::matrix::Words;

use super::super::operands;
use super::sum_of;

/// Tiles of A, and of B.
const SIDE: usize = 4;

/// Starts lie within this of the end they count from.
const SPREAD: u32 = 256;

/// The largest magnitude a chain counts to: the format's exact integers, less what the products of a step
/// may add on the way to their sum.
fn end(case: &Case) -> u32 {
    let exact = match sum_of(case.kernel) {
        Format::F16 => 1 << 11,
        _ => 1 << 24,
    };
    exact - case.params.tiled("size")
}

/// The most trips before a chain leaves the exact integers.
pub(in super::super) fn max_trips(case: &Case) -> u32 {
    (2 * end(case) - SPREAD) / case.params.tiled("unroll")
}

/// Steps of one chain in one dispatch.
fn steps(params: &Params) -> u64 {
    u64::from(params.trips.unwrap_or(1)) * u64::from(params.tiled("unroll"))
}

fn words_a_group(params: &Params) -> u64 {
    u64::from(params.tiled("subgroups") * params.tiled("lanes"))
}

pub(super) fn work(params: &Params) -> Work {
    let groups = u64::from(params.workgroups.unwrap_or(1));
    let chains = u64::from(params.tiled("subgroups")) * (SIDE * SIDE) as u64;
    let size = u64::from(params.tiled("size"));
    Work {
        operations: groups * chains * steps(params) * 2 * size * size * size,
        bytes: groups * words_a_group(params) * 4,
    }
}

pub(super) fn action(case: &Case) -> Action {
    let params = &case.params;
    let workgroups = params.workgroups.unwrap_or(1);
    let area = u64::from(params.tiled("size").pow(2));
    let tiles = (SIDE * SIDE) as u64 * u64::from(params.tiled("subgroups"));
    let columns = (1 << workgroups.trailing_zeros().min(4)) / 2;
    let columns = columns.max(1);
    Action::Compute(Program {
        buffers: vec![
            2 * SIDE as u64 * area * 2,
            tiles * area * u64::from(sum_of(case.kernel).bytes()),
            u64::from(workgroups) * words_a_group(params) * 4,
        ],
        columns,
        rows: workgroups / columns,
        constants: vec![columns, params.trips.unwrap_or(1)],
    })
}

fn sign(rng: &mut ChaCha8Rng) -> f64 {
    if rng.next_u32() & 1 == 0 { 1.0 } else { -1.0 }
}

/// The tiles of A, the tiles of B, then what each element of each C starts from.
pub(super) fn inputs(case: &Case) -> Vec<Words> {
    let size = case.params.tiled("size") as usize;
    let mut rng = operands::stream(case.seed, 0);
    let rows = SIDE * size;
    let mut numbers = vec![0.0; 2 * rows * size];
    let (left, right) = numbers.split_at_mut(rows * size);
    for line in 0..rows {
        let (tile, column) = (line / size, line % size);
        for pair in 0..size / 2 {
            let (a, b) = (sign(&mut rng), sign(&mut rng));
            let second = if pair == 0 {
                [sign(&mut rng), 0.0]
            } else {
                [a, -b]
            };
            let at = tile * size * size + 2 * pair * size + column;
            (left[line * size + 2 * pair], right[at]) = (a, b);
            [left[line * size + 2 * pair + 1], right[at + size]] = second;
        }
    }
    let end = f64::from(end(case));
    let directions = directions(&numbers, size);
    let mut starts = Vec::new();
    for _ in 0..case.params.tiled("subgroups") {
        let draw = |up: &f64| up * (f64::from(rng.next_u32() % SPREAD) - end);
        starts.extend(directions.iter().map(draw));
    }
    vec![
        operands::encode(Format::F16, &numbers),
        operands::encode(sum_of(case.kernel), &starts),
    ]
}

/// What one step adds to each element of each C: the sixteen products, one tile after the other.
fn directions(numbers: &[f64], size: usize) -> Vec<f64> {
    let (left, right) = numbers.split_at(SIDE * size * size);
    let area = size * size;
    let mut products = Vec::with_capacity(SIDE * SIDE * area);
    for (a, b) in (0..SIDE).flat_map(|i| (0..SIDE).map(move |j| (i * area, j * area))) {
        for at in 0..area {
            let (row, column) = (at / size, at % size);
            let terms = (0..size).map(|k| left[a + row * size + k] * right[b + k * size + column]);
            products.push(terms.sum());
        }
    }
    products
}

/// Every number on the way is exact, so counting is one product; the tests hold it against the steps.
pub(super) fn reference(case: &Case, inputs: &[Words]) -> Words {
    let size = case.params.tiled("size") as usize;
    let directions = directions(&operands::decode(Format::F16, &inputs[0]), size);
    let starts = operands::decode(sum_of(case.kernel), &inputs[1]);
    let steps = steps(&case.params) as f64;
    fold(case, |subgroup, element| {
        starts[subgroup * directions.len() + element] + steps * directions[element]
    })
}

/// The whole output from `end(subgroup, element)`, what each element of the sixteen tiles ends with: each lane's
/// elements folded in order into one word, the same words for every workgroup.
pub(super) fn fold(case: &Case, end: impl Fn(usize, usize) -> f64) -> Words {
    let of = |key| case.params.tiled(key) as usize;
    let (lanes, elements) = (of("lanes"), SIDE * SIDE * of("size").pow(2));
    let word = |subgroup: usize, lane: usize| {
        let own = (lane..elements).step_by(lanes);
        own.fold(0u32, |fold, element| {
            let bits = (end(subgroup, element) as f32).to_bits();
            (fold ^ fold >> 15).wrapping_mul(31).wrapping_add(bits)
        })
    };
    let subgroups = 0..of("subgroups");
    let words = subgroups.flat_map(|subgroup| (0..lanes).map(move |lane| (subgroup, lane)));
    let group: Words = words.map(|(subgroup, lane)| word(subgroup, lane)).collect();
    group.repeat(case.params.workgroups.unwrap_or(1) as usize)
}
