//! `memory/sweep`: read bandwidth of whatever holds a working set of `bytes`, a case a size.
//!
//! The workgroups fill the chip, and each reads through the whole set, round and round (the shader says how).
//! Counted is what the shader loads, from whichever cache: the figure is of a kind of its own, never
//! compared with the bandwidth of the memory. The truth costs one pass over the set, however many trips
//! are made: sums of all blocks up to each, of which any cyclic interval is a difference.

use super::*;

/// A working set read.
pub static SWEEP: Kernel = Kernel {
    name: "memory/sweep",
    about: "a working set read over and over, from whichever cache holds it",
    kind: Kind::plain(Metric::CachedBandwidth),
    requires: &[],
    sizing: Sizing::Loop,
    patterned: false,
    template: template(
        "memory-sweep.wgsl",
        include_str!("../../../shaders/memory-sweep.wgsl"),
    ),
    constants: &[],
    space: Space {
        curated,
        axes: &[
            ("threads", &[128, 256, 512, 1024]),
            ("per", &[1, 2, 4, 8]),
            ("groups", &[512, 864, 1024, 1056, 2048, 2432, 4096]),
        ],
        sound,
    },
    work: |params| Work {
        operations: 0,
        bytes: groups(params) * u64::from(params.trips.unwrap_or(1)) * of_group(params),
    },
    action,
    inputs: |case, _| {
        // Its bits matter little, its cost does: the search fills hundreds of MiB many times.
        let seed = salt(case);
        let count = (set(&case.params) / 4) as usize;
        vec![in_pieces(count, |start, piece| {
            for (at, word) in (start as u32..).zip(piece) {
                *word = mixed(at ^ seed);
            }
        })]
    },
    reference,
    check: Check::Equal,
};

/// The smallest set, of which every set is a multiple: one block of the largest tile.
const SMALLEST: u64 = 16 << 10;

/// Workgroups of a row of the grid: there are rows enough to cut it.
const COLUMNS: u32 = 8;

const TILE: [&str; 3] = ["threads", "per", "groups"];

/// As many workgroups as fit chips of many sizes at once: 2048 threads on 108, 128, 132 or 304 cores; and more.
fn curated() -> Vec<Tile> {
    tiles(
        TILE,
        &[
            [256, 4, 1024],
            [256, 4, 2048],
            [256, 4, 1056],
            [256, 4, 864],
            [512, 2, 1024],
            [128, 8, 2048],
            [256, 2, 2048],
            [1024, 1, 512],
            [128, 4, 4096],
        ],
    )
}

fn sound(tile: &Tile) -> bool {
    let [threads, per, groups] = TILE.map(|key| tile.get(key).copied().unwrap_or(0));
    let block = u64::from(threads) * u64::from(per) * VECTOR;
    block > 0 && SMALLEST.is_multiple_of(block) && groups > 0 && groups.is_multiple_of(COLUMNS)
}

/// The bytes of the set.
fn set(params: &Params) -> u64 {
    let asked = params.bytes.unwrap_or(0);
    (asked / SMALLEST * SMALLEST).max(SMALLEST)
}

fn groups(params: &Params) -> u64 {
    params.tiled("groups").into()
}

fn blocks(params: &Params) -> u32 {
    (set(params) / of_group(params)) as u32
}

fn action(case: &Case) -> Action {
    let params = &case.params;
    Action::Compute(Program {
        buffers: vec![set(params), groups(params) * u64::from(threads(params)) * 4],
        columns: COLUMNS,
        rows: params.tiled("groups") / COLUMNS,
        constants: vec![COLUMNS, blocks(params), params.trips.unwrap_or(1)],
    })
}

/// A word whose every bit depends on every bit of its place (the finalizer of MurmurHash3).
fn mixed(place: u32) -> u32 {
    let half = (place ^ place >> 16).wrapping_mul(0x85eb_ca6b);
    let whole = (half ^ half >> 13).wrapping_mul(0xc2b2_ae35);
    whole ^ whole >> 16
}

/// The block a workgroup starts at, as the shader computes it.
pub(super) fn start(place: usize, blocks: u32) -> usize {
    let share = (place as u32).wrapping_mul(2_654_435_769) >> 18;
    (share.wrapping_mul(blocks) >> 14) as usize
}

fn reference(case: &Case, inputs: &[Words]) -> Words {
    let params = &case.params;
    let threads = threads(params) as usize;
    let blocks = blocks(params) as usize;
    let until = until(params, &inputs[0]);
    let trips = params.trips.unwrap_or(1) as usize;
    let (rounds, rest) = ((trips / blocks) as u32, trips % blocks);
    in_pieces(groups(params) as usize * threads, |first, piece| {
        for (group, output) in piece.chunks_mut(threads).enumerate() {
            let from = start(first / threads + group, blocks as u32);
            let to = from + rest;
            // Once round the end is one whole round more, less what lies between.
            let (to, rounds) = match to > blocks {
                true => (to - blocks, rounds.wrapping_add(1)),
                false => (to, rounds),
            };
            for (thread, word) in output.iter_mut().enumerate() {
                let sum = |block: usize| until[block * threads + thread];
                let whole = sum(blocks).wrapping_mul(rounds);
                *word = whole.wrapping_add(sum(to)).wrapping_sub(sum(from));
            }
        }
    })
}

/// For each block and for the end, what each thread adds up in all blocks before it.
fn until(params: &Params, words: &Words) -> Words {
    let (threads, per) = (threads(params) as usize, params.tiled("per") as usize);
    let blocks = blocks(params) as usize;
    let of_blocks = in_pieces(blocks * threads, |first, piece| {
        for (block, sums) in piece.chunks_mut(threads).enumerate() {
            let block = first / threads + block;
            let items = words[block * threads * per * 4..].chunks_exact(threads * 4);
            for item in items.take(per) {
                for (sum, vector) in sums.iter_mut().zip(item.chunks_exact(4)) {
                    *sum = sum.wrapping_add(weighed(vector));
                }
            }
        }
    });
    let mut until: Words = vec![0; (blocks + 1) * threads];
    for (at, sum) in of_blocks.iter().enumerate() {
        until[threads + at] = until[at].wrapping_add(*sum);
    }
    until
}

/// What the shader does, thread by thread and trip by trip.
#[cfg(test)]
pub(super) fn step_by_step(case: &Case, words: &Words) -> Words {
    let params = &case.params;
    let (threads, per) = (threads(params) as usize, params.tiled("per") as usize);
    let mut output = Words::new();
    for group in 0..groups(params) as usize {
        for thread in 0..threads {
            let mut block = start(group, blocks(params));
            let mut sum = 0u32;
            for _ in 0..params.trips.unwrap_or(1) {
                for item in 0..per {
                    let vector = (block * per + item) * threads + thread;
                    sum = sum.wrapping_add(weighed(&words[vector * 4..][..4]));
                }
                block = (block + 1) % blocks(params) as usize;
            }
            output.push(sum);
        }
    }
    output
}
