//! `memory/sweep`: read bandwidth of whatever holds a working set of `bytes`, a case a size.
//!
//! The workgroups fill the chip, and each reads all over the set, in an order of its own (the shader says how).
//! Counted is what the shader loads, from whichever cache: the figure is of a kind of its own, never
//! compared with the bandwidth of the memory. The truth costs one pass over the set and a row of sums for each run
//! of blocks that a workgroup draws.

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
        bytes: groups(params) * u64::from(trips(params)) * of_group(params),
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

/// Blocks read one after the other before the next run is drawn: the memory likes pages, and a draw costs little then.
const RUN: u32 = 8;

/// Runs that 16 bits of a generator reach.
const MOST_RUNS: u32 = 1 << 16;

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

fn trips(params: &Params) -> u32 {
    params.trips.unwrap_or(1)
}

fn groups(params: &Params) -> u64 {
    params.tiled("groups").into()
}

fn blocks(params: &Params) -> u32 {
    (set(params) / of_group(params)) as u32
}

/// How the blocks of a set are drawn.
#[derive(Clone, Copy)]
struct Runs {
    /// Of the set.
    count: u32,
    /// Blocks that follow each other.
    blocks: u32,
}

/// Runs of [`RUN`] blocks, shorter where the set has an odd number of them; longer where a number of [`MOST_RUNS`]
/// could not reach the last.
fn runs(params: &Params) -> Runs {
    let all = blocks(params);
    let mut blocks = 1 << all.trailing_zeros().min(RUN.ilog2());
    while all / blocks > MOST_RUNS {
        blocks *= 2;
    }
    let count = all / blocks;
    Runs { count, blocks }
}

fn action(case: &Case) -> Action {
    let params = &case.params;
    let runs = runs(params);
    Action::Compute(Program {
        buffers: vec![set(params), groups(params) * u64::from(threads(params)) * 4],
        columns: COLUMNS,
        rows: params.tiled("groups") / COLUMNS,
        constants: vec![COLUMNS, runs.count, runs.blocks, trips(params)],
    })
}

/// A word whose every bit depends on every bit of its place (the finalizer of MurmurHash3).
fn mixed(place: u32) -> u32 {
    let half = (place ^ place >> 16).wrapping_mul(0x85eb_ca6b);
    let whole = (half ^ half >> 13).wrapping_mul(0xc2b2_ae35);
    whole ^ whole >> 16
}

/// The generator of a workgroup and what it draws, as the shader has them: runs by their number.
pub(super) fn drawn(place: usize, runs: u32) -> impl Iterator<Item = usize> {
    let mut state = (place as u32).wrapping_mul(2_654_435_769);
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16).wrapping_mul(runs) >> 16) as usize
    })
}

fn reference(case: &Case, inputs: &[Words]) -> Words {
    let params = &case.params;
    let threads = threads(params) as usize;
    let Runs { count, blocks } = runs(params);
    let of_blocks = of_blocks(params, &inputs[0]);
    let of_runs = of_runs(&of_blocks, threads, blocks as usize);
    let (whole, rest) = (trips(params) / blocks, (trips(params) % blocks) as usize);
    in_pieces(groups(params) as usize * threads, |first, piece| {
        for (group, output) in piece.chunks_mut(threads).enumerate() {
            let mut drawn = drawn(first / threads + group, count);
            let mut times = vec![0u32; count as usize];
            drawn
                .by_ref()
                .take(whole as usize)
                .for_each(|run| times[run] += 1);
            for (row, times) in of_runs.chunks_exact(threads).zip(times) {
                add(output, row, times);
            }
            // The last run is left where the trips end.
            let last = drawn.next().unwrap_or(0) * blocks as usize;
            for row in of_blocks[last * threads..].chunks_exact(threads).take(rest) {
                add(output, row, 1);
            }
        }
    })
}

/// Adds a row of sums so many times.
fn add(output: &mut [u32], row: &[u32], times: u32) {
    if times == 0 {
        return;
    }
    for (word, sum) in output.iter_mut().zip(row) {
        *word = word.wrapping_add(sum.wrapping_mul(times));
    }
}

/// For each block, what each thread adds up in it.
fn of_blocks(params: &Params, words: &Words) -> Words {
    let (threads, per) = (threads(params) as usize, params.tiled("per") as usize);
    in_pieces(blocks(params) as usize * threads, |first, piece| {
        for (block, sums) in piece.chunks_mut(threads).enumerate() {
            let block = first / threads + block;
            let items = words[block * threads * per * 4..].chunks_exact(threads * 4);
            for item in items.take(per) {
                for (sum, vector) in sums.iter_mut().zip(item.chunks_exact(4)) {
                    *sum = sum.wrapping_add(weighed(vector));
                }
            }
        }
    })
}

/// For each run, what each thread adds up in it.
fn of_runs(of_blocks: &[u32], threads: usize, blocks: usize) -> Words {
    let mut sums: Words = vec![0; of_blocks.len() / blocks];
    let runs = of_blocks.chunks_exact(threads * blocks);
    for (sums, run) in sums.chunks_exact_mut(threads).zip(runs) {
        run.chunks_exact(threads).for_each(|row| add(sums, row, 1));
    }
    sums
}

/// What the shader does, thread by thread and trip by trip.
#[cfg(test)]
pub(super) fn step_by_step(case: &Case, words: &Words) -> Words {
    let params = &case.params;
    let (threads, per) = (threads(params) as usize, params.tiled("per") as usize);
    let Runs { count, blocks } = runs(params);
    let mut output = Words::new();
    for group in 0..groups(params) as usize {
        for thread in 0..threads {
            let mut drawn = drawn(group, count);
            let (mut block, mut left) = (0, 0);
            let mut sum = 0u32;
            for _ in 0..trips(params) {
                if left == 0 {
                    block = drawn.next().unwrap() * blocks as usize;
                    left = blocks;
                }
                for item in 0..per {
                    let vector = (block * per + item) * threads + thread;
                    sum = sum.wrapping_add(weighed(&words[vector * 4..][..4]));
                }
                block += 1;
                left -= 1;
            }
            output.push(sum);
        }
    }
    output
}
