//! Rings of int8 dot products: sums that feed each other, in wrapping i32.
//!
//! Never are both factors of a product the same from round to round, or it would be made once and only added.
//! Forms 1 and 3 can be run backwards, so no state is lost; forms 2 and 4 keep three of four operands
//! in place, which is easier on a register file with few ports.

use rand_chacha::rand_core::Rng;

use crate::figure::{Engine, Format, Kind};
use crate::kernel::{Case, Check, Kernel, Params, Sizing, Space, Tile};
use crate::matrix::Words;

use super::super::{operands, template, tiles};
use super::{INVARIANTS, LONGEST_TRIP, THREADS, fold, key, program, slot, slots, work};

/// Four-way dot products of int8.
pub static INT8_DOT: Kernel = Kernel {
    name: "peak/int8-dot",
    about: "rings of four-way int8 dot products (dot4I8Packed), summed in i32",
    kind: Kind::rate(Engine::PackedDot, Format::I8, Format::I8, Format::I32),
    requires: &[],
    sizing: Sizing::Chain,
    patterned: false,
    template: template(
        "peak-dot.wgsl",
        include_str!("../../../shaders/peak-dot.wgsl"),
    ),
    constants: &[],
    space: Space {
        curated,
        axes: &[
            ("form", &[1, 2, 3, 4]),
            ("weights", &[1, 2]),
            ("chains", &[2, 3, 4, 6, 8, 12, 16]),
            ("unroll", &[8, 16, 32, 64]),
            ("threads", THREADS),
        ],
        sound,
    },
    work: |params| work(params, 8),
    action: program,
    inputs: |case, _| {
        let mut rng = operands::stream(case.seed, 0);
        let words = slots(&case.params) * slot(&case.params);
        vec![(0..words).map(|_| rng.next_u32()).collect()]
    },
    reference: |case, inputs| fold(&case.params, &ends(case, &inputs[0])),
    check: Check::Equal,
};

fn curated() -> Vec<Tile> {
    tiles(
        ["form", "weights", "chains", "unroll", "threads"],
        &[
            [1, 2, 4, 16, 256],
            [1, 1, 8, 16, 256],
            [1, 2, 8, 32, 256],
            [1, 1, 8, 64, 256],
            [1, 1, 16, 32, 256],
            [2, 1, 4, 32, 256],
            [2, 1, 8, 16, 256],
            [2, 1, 8, 64, 256],
            [2, 2, 8, 32, 256],
            [2, 1, 16, 32, 256],
            [3, 1, 4, 32, 256],
            [3, 1, 8, 32, 256],
            [3, 1, 6, 64, 256],
            [4, 1, 2, 64, 256],
            [4, 1, 4, 64, 256],
            [4, 1, 8, 32, 256],
            [4, 1, 8, 64, 256],
            [4, 1, 16, 32, 256],
            [4, 2, 8, 32, 256],
            [4, 1, 8, 32, 64],
        ],
    )
}

/// Form 3 reads two neighbours and no weight; a trip has enough dots to hide its count and branch.
fn sound(tile: &Tile) -> bool {
    let [form, weights, chains] = ["form", "weights", "chains"].map(|name| key(tile, name));
    let trip = chains * key(tile, "unroll");
    (form != 3 || chains >= 3 && weights == 1) && (64..=LONGEST_TRIP).contains(&trip)
}

/// What the sums end with, step by step.
fn ends(case: &Case, words: &[u32]) -> Words {
    let params = &case.params;
    let slots: Vec<&[u32]> = words.chunks_exact(slot(params)).collect();
    let (invariants, starts) = slots.split_at(INVARIANTS as usize);
    let ring = |thread: usize| {
        let at = |slot: &&[u32]| slot[thread];
        let mut sums: Words = starts.iter().map(at).collect();
        turned(
            params,
            &mut sums,
            [0, 1, 2].map(|slot| invariants[slot][thread]),
        );
        sums
    };
    let rings: Vec<Words> = (0..slot(params)).map(ring).collect();
    let end = |chain: usize| rings.iter().map(move |ring| ring[chain]);
    (0..starts.len()).flat_map(end).collect()
}

/// Every trip of one thread's ring.
fn turned(params: &Params, sums: &mut [u32], [first, second, loaded]: [u32; 3]) {
    let [form, weights, unroll] = ["form", "weights", "unroll"].map(|name| params.tiled(name));
    let weights = [first, if weights == 2 { second } else { first }];
    let chains = sums.len();
    let wrapped = |chain: usize| {
        if chain < chains {
            chain
        } else {
            chain - chains
        }
    };
    for _ in 0..params.trips.unwrap_or(1) {
        for round in 0..unroll {
            for chain in 0..chains {
                let (sum, weight) = (sums[chain], weights[chain % 2]);
                let next = sums[wrapped(chain + 1)];
                let (product, addend) = match form {
                    1 => (dot(next, weight), sum),
                    3 => (dot(next, sums[wrapped(chain + 2)]), sum),
                    4 if round > 0 => (dot(sum, weight), loaded),
                    _ => (dot(sum, weight), next),
                };
                sums[chain] = product.wrapping_add(addend);
            }
        }
    }
}

/// The dot product of four signed bytes with four.
pub(super) fn dot(a: u32, b: u32) -> u32 {
    let bytes = a.to_le_bytes().into_iter().zip(b.to_le_bytes());
    let products = bytes.map(|(a, b)| i32::from(a as i8) * i32::from(b as i8));
    products.sum::<i32>() as u32
}
