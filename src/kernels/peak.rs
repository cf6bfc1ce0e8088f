//! `peak/…`: the arithmetic rate of the lanes, by chains that depend on every step.
//!
//! Two forms are raced (tile key `registers`): x = x·y + y and x = x·y + z, each at several `vector` widths, numbers
//! of `chains` and `unroll`s; a form that is fast on one vendor can run at half the rate on another. Operands
//! are read from a buffer and chosen so that every step is exact, fused or not, and none can be left
//! out unseen:
//!
//! - floats: y = 1, z = ±1; a chain counts its steps from one end of the format's exact integers towards
//!   the other. (x·x + c is no form here: its only exact cycle has three numbers, so it can't tell 16
//!   steps from 1.)
//! - i32: wrapping, y ≡ 5 (mod 8) and z odd, the full period. int8: sums in a ring, each fed by its neighbour.
//!
//! The 256 threads of every workgroup start alike, so the truth is the work of one, repeated.

use rand_chacha::rand_core::Rng;

use crate::figure::{Engine, Format, Kind};
use crate::kernel::{
    Action, Case, Check, Feature, Kernel, Params, Program, Sizing, Space, Template, Tile, Work,
};
use crate::matrix::Words;

use super::{THREADS, operands, template, tiles};

/// Single precision.
pub static F32: Kernel = chain(
    "peak/f32",
    "chains of single-precision multiply-adds",
    Format::F32,
    &[],
    &[("scalar", "f32")],
    || {
        tiles(
            FORM,
            &[
                [2, 1, 4, 16],
                [3, 1, 4, 16],
                [2, 4, 1, 32],
                [2, 4, 2, 16],
                [3, 4, 2, 16],
                [3, 2, 4, 16],
            ],
        )
    },
);

/// Half precision.
pub static F16: Kernel = chain(
    "peak/f16",
    "chains of half-precision multiply-adds",
    Format::F16,
    &[Feature::ShaderF16],
    &[("scalar", "f16")],
    // Of the pairs that packed hardware wants, eight chains; the H100 needs them all.
    || {
        tiles(
            FORM,
            &[
                [2, 2, 4, 16],
                [2, 2, 8, 16],
                [3, 2, 8, 16],
                [2, 4, 4, 16],
                [3, 4, 4, 16],
                [2, 1, 4, 16],
            ],
        )
    },
);

/// Double precision.
pub static F64: Kernel = chain(
    "peak/f64",
    "chains of double-precision multiply-adds",
    Format::F64,
    &[Feature::ShaderF64],
    &[("scalar", "f64")],
    || {
        tiles(
            FORM,
            &[
                [2, 1, 2, 16],
                [3, 1, 2, 16],
                [2, 1, 4, 16],
                [3, 1, 4, 16],
                [2, 2, 4, 16],
            ],
        )
    },
);

/// 32-bit integers.
pub static I32: Kernel = chain(
    "peak/i32",
    "chains of 32-bit integer multiply-adds",
    Format::I32,
    &[],
    &[("scalar", "i32")],
    || {
        tiles(
            FORM,
            &[
                [3, 1, 4, 16],
                [2, 1, 4, 16],
                [3, 1, 2, 32],
                [3, 2, 4, 16],
                [3, 4, 2, 16],
            ],
        )
    },
);

/// Four-way dot products of int8.
pub static INT8_DOT: Kernel = Kernel {
    name: "peak/int8-dot",
    about: "rings of four-way int8 dot products (dot4I8Packed), summed in i32",
    kind: Kind::rate(Engine::PackedDot, Format::I8, Format::I8, Format::I32),
    requires: &[],
    sizing: Sizing::Chain,
    patterned: false,
    template: template("peak-dot.wgsl", include_str!("../../shaders/peak-dot.wgsl")),
    constants: &[],
    space: Space {
        curated: || {
            tiles(
                ["chains", "unroll"],
                &[[4, 16], [8, 8], [8, 16], [16, 8], [2, 32]],
            )
        },
        axes: &[("chains", &[2, 4, 8, 16]), ("unroll", &[8, 16, 32])],
        sound: |_| true,
    },
    work: |params| work(params, 8),
    action: |case| program(case, 4),
    inputs: |case, _| vec![random(case)],
    reference: rings,
    check: Check::Equal,
};

/// The keys of a chain's tile.
const FORM: [&str; 4] = ["registers", "vector", "chains", "unroll"];

/// The values its keys may take.
const FORM_AXES: &[(&str, &[u32])] = &[
    ("registers", &[2, 3]),
    ("vector", &[1, 2, 4]),
    ("chains", &[2, 4, 8]),
    ("unroll", &[16, 32, 64]),
];

/// Starts of counting chains lie within this of the end they start from.
const SPREAD: u64 = 256;

const fn chain(
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
            axes: FORM_AXES,
            sound: |_| true,
        },
        work: |params| work(params, 2),
        action: |case| program(case, element_bytes(case)),
        inputs: |case, _| match format_of(case) {
            Format::I32 => vec![random(case)],
            _ => vec![starts(case)],
        },
        reference: |case, inputs| match format_of(case) {
            Format::I32 => integers(case, inputs),
            _ => floats(case, inputs),
        },
        check: Check::Equal,
    }
}

const CHAIN: Option<Template> = template(
    "peak-chain.wgsl",
    include_str!("../../shaders/peak-chain.wgsl"),
);

fn format_of(case: &Case) -> Format {
    case.kernel.kind.storage.unwrap_or(Format::Unspecified)
}

fn element_bytes(case: &Case) -> u64 {
    match format_of(case) {
        Format::F16 => 2,
        Format::F64 => 8,
        _ => 4,
    }
}

/// The largest magnitude up to which the case's format (and f32, which the result is stored by) holds every integer.
fn exact_integers(case: &Case) -> u64 {
    match format_of(case) {
        Format::F16 => 1 << 11,
        _ => 1 << 24,
    }
}

/// Operands of a step that stay the same: y and z, or the two weights of a ring.
const INVARIANTS: u32 = 2;

pub(super) fn max_trips(case: &Case) -> u32 {
    match format_of(case) {
        Format::F16 | Format::F32 | Format::F64 => {
            ((2 * exact_integers(case) - SPREAD) as u32) / case.params.tiled("unroll")
        }
        _ => u32::MAX,
    }
}

fn work(params: &Params, operations_a_step: u64) -> Work {
    let threads = u64::from(params.workgroups.unwrap_or(1)) * u64::from(THREADS);
    let chains = ["unroll", "chains", "vector"].map(|key| u64::from(params.tiled(key)));
    let steps = u64::from(params.trips.unwrap_or(1)) * chains.iter().product::<u64>();
    Work {
        operations: threads * steps * operations_a_step,
        bytes: threads * 4,
    }
}

/// Operands and one word a thread; columns and rows are powers of two where `workgroups` is one.
fn program(case: &Case, element_bytes: u64) -> Action {
    let params = &case.params;
    let workgroups = params.workgroups.unwrap_or(1);
    let threads = u64::from(THREADS);
    let slots = u64::from(INVARIANTS + params.tiled("chains"));
    let columns = (1 << workgroups.trailing_zeros().min(4)) / 2;
    let columns = columns.max(1);
    Action::Compute(Program {
        buffers: vec![
            slots * threads * u64::from(params.tiled("vector")) * element_bytes,
            u64::from(workgroups) * threads * 4,
        ],
        columns,
        rows: workgroups / columns,
        constants: vec![columns, params.trips.unwrap_or(1)],
    })
}

/// How many numbers one slot of the operands holds: a vector for each thread.
fn slot(params: &Params) -> usize {
    (THREADS * params.tiled("vector")) as usize
}

/// Random words; the multipliers and addends of i32 chains such that no chain is short.
fn random(case: &Case) -> Words {
    let slot = slot(&case.params);
    let slots = (INVARIANTS + case.params.tiled("chains")) as usize;
    let mut rng = operands::stream(case.seed, 0);
    let mut words: Words = (0..slots * slot).map(|_| rng.next_u32()).collect();
    if format_of(case) == Format::I32 {
        let (multipliers, rest) = words.split_at_mut(slot);
        multipliers.iter_mut().for_each(|y| *y = *y & !7 | 5);
        rest[..slot].iter_mut().for_each(|z| *z |= 1);
    }
    words
}

/// Operands of a float chain, slot by slot, in the case's format.
fn starts(case: &Case) -> Words {
    let slot = slot(&case.params);
    let chains = case.params.tiled("chains") as usize;
    let up = two_registers(&case.params);
    let mut rng = operands::stream(case.seed, 0);
    let mut numbers = Vec::with_capacity((2 + chains) * slot);
    numbers.resize(slot, 1.0);
    numbers.extend((0..slot).map(|_| {
        if up || rng.next_u32() & 1 == 0 {
            1.0
        } else {
            -1.0
        }
    }));
    let end = exact_integers(case) as f64;
    let shift = rng.next_u32() as usize;
    for chain in 0..chains {
        for place in 0..slot {
            let spread = (place * 5 + chain * 37 + shift) as u64 % SPREAD;
            numbers.push(numbers[slot + place] * (spread as f64 - end));
        }
    }
    operands::encode(format_of(case), &numbers)
}

/// Whether a step reads x and y only.
fn two_registers(params: &Params) -> bool {
    params.tiled("registers") == 2
}

/// Steps of one chain in one dispatch.
fn steps(params: &Params) -> u64 {
    u64::from(params.trips.unwrap_or(1)) * u64::from(params.tiled("unroll"))
}

/// The whole output from `end(chain, place)`, the bits a chain ends with: each thread's chains and
/// lanes folded in order into one word, the same 256 words for every workgroup.
fn fold(params: &Params, end: impl Fn(usize, usize) -> u32) -> Words {
    let lanes = params.tiled("vector") as usize;
    let chains = params.tiled("chains") as usize;
    let thread = |thread: usize| {
        let places = thread * lanes..(thread + 1) * lanes;
        let ends = (0..chains).flat_map(|chain| places.clone().map(move |place| (chain, place)));
        ends.fold(0u32, |fold, (chain, place)| {
            let mixed = (fold ^ fold >> 15).wrapping_mul(31);
            mixed.wrapping_add(end(chain, place))
        })
    };
    let group: Words = (0..THREADS as usize).map(thread).collect();
    group.repeat(params.workgroups.unwrap_or(1) as usize)
}

/// Float chains. Every number on the way is exact, so counting is one product; the tests hold it
/// against the steps themselves.
fn floats(case: &Case, inputs: &[Words]) -> Words {
    let slot = slot(&case.params);
    let numbers = operands::decode(format_of(case), &inputs[0]);
    let steps = steps(&case.params) as f64;
    fold(&case.params, |chain, place| {
        let (z, x) = (numbers[slot + place], numbers[(2 + chain) * slot + place]);
        ((x + steps * z) as f32).to_bits()
    })
}

/// i32 chains, step by step.
fn integers(case: &Case, inputs: &[Words]) -> Words {
    let slot = slot(&case.params);
    let words = &inputs[0];
    let steps = steps(&case.params);
    let addend = if two_registers(&case.params) { 0 } else { slot };
    fold(&case.params, |chain, place| {
        let (y, z) = (words[place], words[addend + place]);
        let start = words[(2 + chain) * slot + place];
        (0..steps).fold(start, |x, _| x.wrapping_mul(y).wrapping_add(z))
    })
}

/// Rings of dot products, step by step.
fn rings(case: &Case, inputs: &[Words]) -> Words {
    let threads = THREADS as usize;
    let chains = case.params.tiled("chains") as usize;
    let slots: Vec<&[u32]> = inputs[0].chunks_exact(threads).collect();
    let ring = |thread: usize| {
        let mut sums: Vec<u32> = (0..chains).map(|chain| slots[2 + chain][thread]).collect();
        for _ in 0..steps(&case.params) {
            for chain in 0..chains {
                let product = dot(sums[(chain + 1) % chains], slots[chain % 2][thread]);
                sums[chain] = sums[chain].wrapping_add(product);
            }
        }
        sums
    };
    let rings: Vec<Vec<u32>> = (0..threads).map(ring).collect();
    fold(&case.params, |chain, thread| rings[thread][chain])
}

/// The dot product of four signed bytes with four.
fn dot(a: u32, b: u32) -> u32 {
    let bytes = a.to_le_bytes().into_iter().zip(b.to_le_bytes());
    let products = bytes.map(|(a, b)| i32::from(a as i8) * i32::from(b as i8));
    products.sum::<i32>() as u32
}

#[cfg(test)]
mod tests;
