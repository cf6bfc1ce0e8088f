//! `memory/…`: bandwidth of device memory, of what lies before it, and of workgroup memory, every word of the
//! output checked.
//!
//! `bytes` is the size of each buffer. What copy, read, write and triad move is that rounded down to a whole
//! MiB, or below one MiB to a multiple of 256 KiB (one at least), so that every tile divides it; the work
//! counts what is moved. Raced are the `threads` of a workgroup, the vectors `per` thread, whether a thread's
//! vectors lie a workgroup apart or spread over the buffer (`strided`), and how often one dispatch goes over
//! the buffer (`passes`: before and after each dispatch the chip runs empty for some microseconds).

use crate::figure::{Kind, Metric};
use crate::kernel::{Action, Case, Check, Kernel, Params, Program, Sizing, Space, Tile, Work};
use crate::matrix::{Words, in_pieces};

use super::{Demands, THREADS, operands, template, tiles};

mod sweep;
mod workgroup;

pub use sweep::SWEEP;
pub use workgroup::WORKGROUP;

/// One buffer to another.
pub static COPY: Kernel = Kernel {
    name: "memory/copy",
    about: "device memory to device memory, read plus written",
    kind: Kind::plain(Metric::Bandwidth),
    requires: &[],
    sizing: Sizing::Buffer,
    patterned: true,
    template: template(
        "memory-copy.wgsl",
        include_str!("../../shaders/memory-copy.wgsl"),
    ),
    constants: &[],
    space: MOVE,
    work: |params| Work {
        operations: 0,
        bytes: passes(params) * 2 * whole(params),
    },
    action: |case| program(case, 1, whole(&case.params), None),
    inputs: |case, input| {
        let rng = operands::stream(case.seed, 0);
        vec![operands::words(whole(&case.params), input, rng)]
    },
    reference: |_, inputs| {
        in_pieces(inputs[0].len(), |start, piece| {
            piece.copy_from_slice(&inputs[0][start..start + piece.len()]);
        })
    },
    check: Check::Equal,
};

/// A buffer read, each thread's words folded into one.
pub static READ: Kernel = Kernel {
    name: "memory/read",
    about: "device memory read, every word folded into the little that is written",
    kind: Kind::plain(Metric::Bandwidth),
    requires: &[],
    sizing: Sizing::Buffer,
    patterned: true,
    template: template(
        "memory-read.wgsl",
        include_str!("../../shaders/memory-read.wgsl"),
    ),
    constants: &[],
    space: Space {
        curated: reads,
        ..MOVE
    },
    work: |params| Work {
        operations: 0,
        bytes: passes(params) * (whole(params) + folded(params)),
    },
    action: |case| program(case, 1, folded(&case.params), None),
    inputs: |case, input| {
        let rng = operands::stream(case.seed, 0);
        vec![operands::words(whole(&case.params), input, rng)]
    },
    reference: read,
    check: Check::Equal,
};

/// A buffer written.
pub static WRITE: Kernel = Kernel {
    name: "memory/write",
    about: "device memory written, each word made of its place",
    kind: Kind::plain(Metric::Bandwidth),
    requires: &[],
    sizing: Sizing::Buffer,
    patterned: false,
    template: template(
        "memory-write.wgsl",
        include_str!("../../shaders/memory-write.wgsl"),
    ),
    constants: &[],
    space: MOVE,
    work: |params| Work {
        operations: 0,
        bytes: passes(params) * whole(params),
    },
    action: |case| program(case, 0, whole(&case.params), Some(salt(case))),
    inputs: |_, _| Vec::new(),
    reference: write,
    check: Check::Equal,
};

/// STREAM's triad on f32.
pub static TRIAD: Kernel = Kernel {
    name: "memory/triad",
    about: "out = b + 3·c on f32, two buffers read and one written",
    kind: Kind::plain(Metric::Bandwidth),
    requires: &[],
    sizing: Sizing::Buffer,
    patterned: true,
    template: template(
        "memory-triad.wgsl",
        include_str!("../../shaders/memory-triad.wgsl"),
    ),
    constants: &[],
    space: MOVE,
    work: |params| Work {
        operations: passes(params) * whole(params) / 4 * 2,
        bytes: passes(params) * 3 * whole(params),
    },
    action: |case| program(case, 2, whole(&case.params), Some(SCALAR)),
    inputs: |case, input| {
        let buffer = |index| {
            let rng = operands::stream(case.seed, index);
            operands::fractions(whole(&case.params), input, rng)
        };
        vec![buffer(0), buffer(1)]
    },
    reference: triad,
    check: Check::Equal,
};

/// STREAM's own scalar.
const SCALAR: u32 = 3;

/// What the largest tile of a workgroup moves.
const GRANULE: u64 = 256 << 10;

/// One row of workgroups of a large buffer.
const ROW: u64 = 1 << 20;

/// The keys of a tile.
const TILE: [&str; 4] = ["threads", "per", "strided", "passes"];

const MOVE: Space = Space {
    curated: moves,
    axes: &[
        ("threads", &[128, 256, 512, 1024]),
        ("per", &[1, 2, 4, 8, 16]),
        ("strided", &[0, 1]),
        ("passes", &[1, 2, 4, 8]),
    ],
    sound: |tile| {
        let [threads, per, _, passes] = TILE.map(|key| tile.get(key).copied().unwrap_or(0));
        let moved = u64::from(threads) * u64::from(per) * VECTOR;
        moved > 0 && GRANULE.is_multiple_of(moved) && (1..=MOST_PASSES).contains(&passes)
    },
};

/// With that many the largest buffer still has fewer rows than every API allows.
const MOST_PASSES: u32 = 16;

/// Bytes of a vector.
const VECTOR: u64 = 16;

/// Few vectors a thread and many threads: what wrote has nothing to wait for.
fn moves() -> Vec<Tile> {
    tiles(
        TILE,
        &[
            [256, 1, 0, 1],
            [256, 4, 0, 1],
            [256, 1, 0, 4],
            [256, 2, 0, 4],
            [256, 4, 0, 4],
            [256, 8, 0, 4],
            [256, 4, 1, 4],
            [256, 8, 1, 4],
            [128, 2, 0, 4],
            [128, 4, 0, 4],
            [512, 2, 0, 4],
            [512, 4, 1, 4],
            [1024, 1, 0, 4],
            [1024, 4, 1, 4],
        ],
    )
}

/// More vectors a thread, which make fewer words to write.
fn reads() -> Vec<Tile> {
    tiles(
        TILE,
        &[
            [256, 16, 0, 1],
            [256, 8, 0, 1],
            [256, 4, 0, 4],
            [256, 8, 0, 4],
            [256, 16, 0, 4],
            [256, 8, 1, 4],
            [256, 16, 1, 4],
            [128, 8, 0, 4],
            [128, 16, 0, 4],
            [512, 8, 0, 4],
            [512, 8, 1, 4],
            [1024, 4, 0, 4],
            [1024, 4, 1, 4],
        ],
    )
}

/// Workgroup memory and threads of the tile; its registers hold all of a thread's vectors at once.
pub(super) fn demands(case: &Case) -> Demands {
    let name = case.kernel.name;
    Demands {
        workgroup_bytes: if name == WORKGROUP.name {
            workgroup::bytes(&case.params)
        } else {
            0
        },
        invocations: threads(&case.params),
        // Beside the vectors, addresses and counters.
        registers: 4 * case.params.tiled("per") + 8,
    }
}

/// Threads of a workgroup.
fn threads(params: &Params) -> u32 {
    let tile = params.tile.as_ref();
    tile.and_then(|tile| tile.get("threads"))
        .copied()
        .unwrap_or(THREADS)
}

/// Whether a thread's vectors are spread over the buffer.
fn strided(params: &Params) -> bool {
    params.tiled("strided") == 1
}

/// How often one dispatch goes over the buffer.
fn passes(params: &Params) -> u64 {
    u64::from(params.tiled("passes"))
}

/// The bytes of each buffer that are moved.
fn whole(params: &Params) -> u64 {
    let asked = params.bytes.unwrap_or(0);
    let unit = if asked < ROW { GRANULE } else { ROW };
    (asked / unit * unit).max(GRANULE)
}

/// Bytes a workgroup moves of a buffer.
fn of_group(params: &Params) -> u64 {
    u64::from(threads(params) * params.tiled("per")) * VECTOR
}

/// Vectors from one of a thread's to its next.
fn apart(params: &Params) -> u64 {
    if strided(params) {
        whole(params) / VECTOR / u64::from(params.tiled("per"))
    } else {
        threads(params).into()
    }
}

/// Bytes of the folded output of a read: one word a thread.
fn folded(params: &Params) -> u64 {
    whole(params) / VECTOR / u64::from(params.tiled("per")) * 4
}

/// What a written buffer's words depend on beside their place.
fn salt(case: &Case) -> u32 {
    (case.seed as u32) ^ 0x9e37_79b9
}

/// `inputs` whole buffers in, `output` bytes out, a MiB (or one workgroup, if the buffer is smaller) a row, and
/// all rows once a pass.
fn program(case: &Case, inputs: usize, output: u64, constant: Option<u32>) -> Action {
    let whole = whole(&case.params);
    let row = if whole < ROW {
        of_group(&case.params)
    } else {
        ROW
    };
    let columns = (row / of_group(&case.params)) as u32;
    let rows = (whole / row) as u32;
    let mut buffers = vec![whole; inputs];
    buffers.push(output);
    let mut constants = vec![rows, columns, apart(&case.params) as u32];
    constants.extend(constant);
    Action::Compute(Program {
        buffers,
        columns,
        rows: rows * passes(&case.params) as u32,
        constants,
    })
}

/// Each thread's words folded, a workgroup at a time.
fn read(case: &Case, inputs: &[Words]) -> Words {
    let params = &case.params;
    let (threads, per) = (threads(params) as usize, params.tiled("per") as usize);
    let apart = apart(params) as usize;
    let step = if strided(params) { 1 } else { per };
    in_pieces(inputs[0].len() / (4 * per), |start, piece| {
        let mut folds = vec![0u32; threads * 4];
        for (group, output) in piece.chunks_mut(threads).enumerate() {
            let place = start / threads + group;
            folds.fill(0);
            for item in 0..per {
                let first = (place * threads * step + item * apart) * 4;
                let words = &inputs[0][first..first + threads * 4];
                for (fold, word) in folds.iter_mut().zip(words) {
                    *fold = fold.wrapping_mul(31).wrapping_add(*word);
                }
            }
            for (word, fold) in output.iter_mut().zip(folds.chunks_exact(4)) {
                *word = weighed(fold);
            }
        }
    })
}

/// A vector's four words in one: a change of a single one changes it.
fn weighed(vector: &[u32]) -> u32 {
    let weighed = vector.iter().zip([1, 3, 5, 7]);
    weighed.fold(0, |sum, (word, weight)| {
        sum.wrapping_add(word.wrapping_mul(weight))
    })
}

fn write(case: &Case, _: &[Words]) -> Words {
    let seed = salt(case);
    in_pieces((whole(&case.params) / 4) as usize, |start, piece| {
        for (at, vector) in (start as u32 / 4..).zip(piece.chunks_exact_mut(4)) {
            vector.copy_from_slice(&[at, at.wrapping_add(seed), at ^ seed, seed.wrapping_sub(at)]);
        }
    })
}

fn triad(_: &Case, inputs: &[Words]) -> Words {
    let [b, c] = inputs else { return Words::new() };
    in_pieces(b.len(), |start, piece| {
        let operands = b[start..].iter().zip(&c[start..]);
        for (sum, (b, c)) in piece.iter_mut().zip(operands) {
            *sum = (f32::from_bits(*b) + SCALAR as f32 * f32::from_bits(*c)).to_bits();
        }
    })
}

#[cfg(test)]
mod tests;
