//! Chains of multiply-adds, in four forms of a step (tile key `form`).
//!
//! | form | step | float chain |
//! |---|---|---|
//! | 1 | x = x·y + y | counts its steps |
//! | 2 | x = x·y + z | counts its steps |
//! | 3 | x = x·y + z and x = x·y + w in turn, the last step with z | gains two a trip |
//! | 4 | pairs: a = b·y + a, then b = a·w + b; the last of a trip b = a·y + b | b gains two a trip |
//!
//! Operands are read from a buffer, lane by lane (an operand with the same number in all lanes by
//! construction would keep f16 from packing), and chosen so that every step is exact, fused or not, and
//! none can be left out unseen:
//!
//! - Floats of forms 1 to 3: y = 1, z = ±1, w = −z. A chain counts from one end of the format's exact integers
//!   towards the other. f16 has 4096 of them, which forms 1 and 2 use up in one dispatch of a large chip; form 3 makes
//!   thirty times the steps.
//! - Floats of form 4: y = ±1, w = −y. Two steps turn the pair by a sixth, six rounds are the identity, so
//!   a trip of 6·n rounds would be none at all; its last step has the other sign, and b gains 2·y·a. It is the one form
//!   whose addend is its target: what accumulating instructions ask for (RDNA 3 issues two at a time).
//! - i32: wrapping, y ≡ 5 (mod 8) and z, w odd, the full period.
//!
//! No forms here: x·x + c, because its only exact cycle has three numbers, so it can't tell 16 steps from 1.
//! x·y + x on integers, because a compiler may turn it into x·(y + 1) and leave the addition out. b·y + a where b
//! stays, because then b·y is made once.

use rand_chacha::rand_core::Rng;

use crate::figure::{Engine, Format, Kind};
use crate::kernel::{Case, Check, Feature, Kernel, Params, Sizing, Space, Template, Tile};
use crate::matrix::Words;

use super::super::{operands, template, tiles};
use super::{INVARIANTS, LONGEST_TRIP, THREADS, fold, format_of, key, program, slot, slots, work};

/// Single precision.
pub static F32: Kernel = kernel(
    "peak/f32",
    "chains of single-precision multiply-adds",
    Format::F32,
    &[],
    &[("scalar", "f32")],
    || {
        form(&[
            [2, 1, 4, 16, 256],
            [1, 1, 4, 64, 256],
            [1, 1, 8, 32, 256],
            [1, 1, 8, 64, 256],
            [2, 1, 4, 64, 256],
            [2, 1, 8, 32, 256],
            [2, 1, 8, 64, 256],
            [2, 1, 16, 64, 256],
            [1, 4, 2, 32, 256],
            [1, 4, 4, 32, 256],
            [2, 4, 1, 64, 256],
            [2, 4, 2, 16, 256],
            [2, 4, 2, 64, 256],
            [2, 4, 4, 32, 256],
            [2, 2, 4, 64, 256],
            [4, 1, 8, 48, 256],
            [4, 1, 16, 48, 256],
            [4, 4, 4, 24, 256],
            [2, 1, 8, 64, 128],
            [2, 1, 8, 64, 64],
        ])
    },
);

/// One chain in one small workgroup: not how fast the chip is, but how fast its clock. No figure, and so not in
/// [`super::super::ALL`].
pub static CLOCK: Kernel = kernel(
    "clock/probe",
    "one chain of single-precision multiply-adds, timed for the clock",
    Format::F32,
    &[],
    &[("scalar", "f32")],
    || form(&[[1, 1, 1, 64, 64]]),
);

/// Half precision.
pub static F16: Kernel = kernel(
    "peak/f16",
    "chains of half-precision multiply-adds",
    Format::F16,
    &[Feature::ShaderF16],
    &[("scalar", "f16")],
    // Of the pairs that packed hardware wants, eight chains; the H100 needs them all.
    || {
        form(&[
            [2, 2, 4, 16, 256],
            [2, 1, 8, 32, 256],
            [3, 1, 8, 64, 256],
            [4, 1, 8, 48, 256],
            [1, 2, 8, 32, 256],
            [2, 2, 8, 16, 256],
            [2, 2, 8, 64, 256],
            [2, 2, 16, 32, 256],
            [3, 2, 8, 16, 256],
            [3, 2, 8, 32, 256],
            [3, 2, 8, 64, 256],
            [3, 2, 12, 32, 256],
            [3, 2, 12, 64, 256],
            [3, 2, 16, 32, 256],
            [3, 4, 4, 32, 256],
            [3, 4, 4, 64, 256],
            [3, 4, 8, 32, 256],
            [4, 2, 8, 48, 256],
            [4, 2, 16, 24, 256],
            [4, 2, 16, 48, 256],
            [4, 4, 8, 24, 256],
            [3, 2, 8, 64, 128],
        ])
    },
);

/// Double precision.
pub static F64: Kernel = kernel(
    "peak/f64",
    "chains of double-precision multiply-adds",
    Format::F64,
    &[Feature::ShaderF64],
    &[("scalar", "f64")],
    || {
        form(&[
            [2, 1, 2, 16, 256],
            [1, 1, 1, 64, 256],
            [1, 1, 4, 64, 256],
            [1, 1, 8, 64, 256],
            [2, 1, 1, 128, 256],
            [2, 1, 2, 64, 256],
            [2, 1, 2, 128, 256],
            [2, 1, 4, 16, 256],
            [2, 1, 4, 64, 256],
            [2, 1, 4, 128, 256],
            [2, 1, 8, 32, 256],
            [2, 1, 8, 64, 256],
            [1, 2, 2, 64, 256],
            [2, 2, 1, 64, 256],
            [2, 2, 2, 32, 256],
            [2, 2, 4, 64, 256],
            [4, 1, 4, 48, 256],
            [4, 1, 8, 48, 256],
            [2, 1, 4, 64, 128],
            [2, 1, 8, 64, 64],
        ])
    },
);

/// 32-bit integers.
pub static I32: Kernel = kernel(
    "peak/i32",
    "chains of 32-bit integer multiply-adds",
    Format::I32,
    &[],
    &[("scalar", "i32")],
    || {
        form(&[
            [2, 1, 4, 16, 256],
            [1, 1, 8, 32, 256],
            [2, 1, 2, 32, 256],
            [2, 1, 4, 64, 256],
            [2, 1, 8, 16, 256],
            [2, 1, 8, 32, 256],
            [2, 1, 8, 64, 256],
            [2, 2, 4, 16, 256],
            [2, 2, 4, 64, 256],
            [2, 4, 2, 16, 256],
            [2, 4, 4, 32, 256],
            [3, 1, 8, 32, 256],
            [4, 1, 8, 24, 256],
            [4, 1, 8, 48, 256],
            [2, 1, 8, 64, 64],
        ])
    },
);

/// Tiles of chains, one a row.
fn form(values: &[[u32; 5]]) -> Vec<Tile> {
    tiles(["form", "vector", "chains", "unroll", "threads"], values)
}

/// The values the keys may take.
const AXES: &[(&str, &[u32])] = &[
    ("form", &[1, 2, 3, 4]),
    ("vector", &[1, 2, 4]),
    ("chains", &[1, 2, 3, 4, 6, 8, 12, 16]),
    ("unroll", &[16, 24, 32, 48, 64, 96, 128]),
    ("threads", THREADS),
];

/// Starts of counting chains lie within this of the end they start from.
const SPREAD: u64 = 256;

const fn kernel(
    name: &'static str,
    about: &'static str,
    format: Format,
    requires: &'static [Feature],
    constants: &'static [(&'static str, &'static str)],
    curated: fn() -> Vec<Tile>,
) -> Kernel {
    Kernel {
        name,
        about,
        kind: Kind::rate(Engine::Vector, format, format, format),
        requires,
        sizing: Sizing::Chain,
        patterned: false,
        template: CHAIN,
        constants,
        space: Space {
            curated,
            axes: AXES,
            sound,
        },
        work: |params| work(params, 2),
        action: program,
        inputs: |case, _| match format_of(case) {
            Format::I32 => vec![words(case)],
            _ => vec![numbers(case)],
        },
        reference: |case, inputs| {
            let ends = match format_of(case) {
                Format::I32 => stepped(&case.params, &inputs[0]),
                _ => counted(case, &inputs[0]),
            };
            fold(&case.params, &ends)
        },
        check: Check::Equal,
    }
}

const CHAIN: Option<Template> = template(
    "peak-chain.wgsl",
    include_str!("../../../shaders/peak-chain.wgsl"),
);

/// Pairs need an even number of chains, and rounds of which six are the identity.
fn sound(tile: &Tile) -> bool {
    let [form, chains, unroll] = ["form", "chains", "unroll"].map(|name| key(tile, name));
    let trip = chains * unroll * key(tile, "vector");
    let paired = chains.is_multiple_of(2) && unroll.is_multiple_of(6);
    (form != 4 || paired) && (16..=2 * LONGEST_TRIP).contains(&trip)
}

/// The largest magnitude up to which the case's format (and f32, which the result is stored by) holds every integer.
fn exact_integers(case: &Case) -> u64 {
    match format_of(case) {
        Format::F16 => 1 << 11,
        _ => 1 << 24,
    }
}

/// How far a float chain counts in a trip. Within a trip, chains in turn or pairs are at most one further.
fn gain(params: &Params) -> u64 {
    match params.tiled("form") {
        3 | 4 => 2,
        _ => u64::from(params.tiled("unroll")),
    }
}

pub(super) fn max_trips(case: &Case) -> u32 {
    ((2 * exact_integers(case) - SPREAD - 2) / gain(&case.params)) as u32
}

/// Operands of an i32 chain: random, the multipliers and addends such that no chain is short.
fn words(case: &Case) -> Words {
    let slot = slot(&case.params);
    let mut rng = operands::stream(case.seed, 0);
    let count = slots(&case.params) * slot;
    let mut words: Words = (0..count).map(|_| rng.next_u32()).collect();
    let (multipliers, rest) = words.split_at_mut(slot);
    multipliers.iter_mut().for_each(|y| *y = *y & !7 | 5);
    rest[..2 * slot].iter_mut().for_each(|z| *z |= 1);
    words
}

/// Operands of a float chain, slot by slot, in the case's format.
fn numbers(case: &Case) -> Words {
    let params = &case.params;
    let (form, slot) = (params.tiled("form"), slot(params));
    let mut rng = operands::stream(case.seed, 0);
    let mut signs = || 1.0 - f64::from(rng.next_u32() & 1) * 2.0;
    let signs: Vec<f64> = (0..slot).map(|_| signs()).collect();
    let ones = vec![1.0; slot];
    let (y, z) = match form {
        1 => (&ones, &ones),
        4 => (&signs, &ones),
        _ => (&ones, &signs),
    };
    let up = if form == 4 { y } else { z };
    let down = up.iter().map(|up| -up);
    let mut numbers: Vec<f64> = y.iter().chain(z).copied().chain(down).collect();
    let end = exact_integers(case) as f64 - 1.0;
    let shift = rng.next_u32() as usize;
    for chain in 0..params.tiled("chains") as usize {
        for (place, up) in up.iter().enumerate() {
            let spread = (place * 5 + chain * 37 + shift) as u64 % SPREAD;
            // The first of a pair comes back to where it starts; the second gains twice that, times y.
            let resting = form == 4 && chain % 2 == 0;
            let start = if resting { 1.0 } else { spread as f64 - end };
            numbers.push(if resting { start } else { up * start });
        }
    }
    operands::encode(format_of(case), &numbers)
}

/// What float chains end with. Every number on the way is exact, so counting is one product; the tests
/// hold it against the steps themselves.
fn counted(case: &Case, words: &[u32]) -> Words {
    let slot = slot(&case.params);
    let form = case.params.tiled("form");
    let gain = (u64::from(case.params.trips.unwrap_or(1)) * gain(&case.params)) as f64;
    let numbers = operands::decode(format_of(case), words);
    let (invariants, starts) = numbers.split_at(INVARIANTS as usize * slot);
    let direction = if form == 4 { 0 } else { slot };
    let end = |(at, start): (usize, &f64)| {
        let resting = form == 4 && (at / slot).is_multiple_of(2);
        let gain = if resting { 0.0 } else { gain };
        ((start + gain * invariants[direction + at % slot]) as f32).to_bits()
    };
    starts.iter().enumerate().map(end).collect()
}

/// What i32 chains end with, step by step.
fn stepped(params: &Params, words: &[u32]) -> Words {
    let slot = slot(params);
    let (invariants, starts) = words.split_at(INVARIANTS as usize * slot);
    let operands = |at: usize| [0, 1, 2].map(|invariant| invariants[invariant * slot + at % slot]);
    let mut ends = starts.to_vec();
    if params.tiled("form") == 4 {
        for pair in ends.chunks_exact_mut(2 * slot) {
            let (firsts, seconds) = pair.split_at_mut(slot);
            for (at, (a, b)) in firsts.iter_mut().zip(seconds).enumerate() {
                (*a, *b) = paired(params, operands(at), *a, *b);
            }
        }
    } else {
        for (at, x) in ends.iter_mut().enumerate() {
            *x = single(params, operands(at), *x);
        }
    }
    ends
}

/// One chain of forms 1 to 3.
fn single(params: &Params, [y, z, w]: [u32; 3], mut x: u32) -> u32 {
    let unroll = params.tiled("unroll");
    let (even, odd) = match params.tiled("form") {
        1 => (y, y),
        2 => (z, z),
        _ => (z, w),
    };
    for _ in 0..params.trips.unwrap_or(1) {
        for step in 0..unroll {
            let addend = if step % 2 == 0 || step + 1 == unroll {
                even
            } else {
                odd
            };
            x = x.wrapping_mul(y).wrapping_add(addend);
        }
    }
    x
}

/// One pair of form 4.
fn paired(params: &Params, [y, _, w]: [u32; 3], mut a: u32, mut b: u32) -> (u32, u32) {
    let unroll = params.tiled("unroll");
    for _ in 0..params.trips.unwrap_or(1) {
        for step in 0..unroll {
            a = b.wrapping_mul(y).wrapping_add(a);
            let factor = if step + 1 == unroll { y } else { w };
            b = a.wrapping_mul(factor).wrapping_add(b);
        }
    }
    (a, b)
}
