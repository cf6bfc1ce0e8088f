//! `memory/…`: device memory bandwidth, every word of the output checked.
//!
//! `bytes` is the size of each buffer. What is moved is that rounded down to a whole MiB, or below one MiB to
//! a multiple of 128 KiB (one at least), so that every tile divides it; the work counts what is moved.

use crate::figure::{Kind, Metric};
use crate::kernel::{Action, Case, Check, Kernel, Params, Program, Sizing, Space, Work};
use crate::matrix::Words;

use super::{THREADS, operands, template, tiles};

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
    space: FEW_A_THREAD,
    work: |params| Work {
        operations: 0,
        bytes: 2 * whole(params),
    },
    action: |case| program(case, 1, whole(&case.params), None),
    inputs: |case, input| {
        let rng = operands::stream(case.seed, 0);
        vec![operands::words(whole(&case.params), input, rng)]
    },
    reference: |_, inputs| inputs[0].clone(),
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
        curated: || tiles(["per"], &[[16], [8], [32]]),
        axes: PER,
        sound: |_| true,
    },
    work: |params| Work {
        operations: 0,
        bytes: whole(params) + folded(params),
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
    space: FEW_A_THREAD,
    work: |params| Work {
        operations: 0,
        bytes: whole(params),
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
    space: FEW_A_THREAD,
    work: |params| Work {
        operations: whole(params) / 4 * 2,
        bytes: 3 * whole(params),
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

/// What the largest tile of a workgroup moves: 256 threads × 32 vectors of 16 bytes.
const GRANULE: u64 = 128 << 10;

/// One row of workgroups of a large buffer.
const ROW: u64 = 1 << 20;

/// Vectors a thread moves.
const PER: &[(&str, &[u32])] = &[("per", &[1, 2, 4, 8, 16, 32])];

const FEW_A_THREAD: Space = Space {
    curated: || tiles(["per"], &[[1], [2], [4]]),
    axes: PER,
    sound: |_| true,
};

/// The bytes of each buffer that are moved.
fn whole(params: &Params) -> u64 {
    let asked = params.bytes.unwrap_or(0);
    let unit = if asked < ROW { GRANULE } else { ROW };
    (asked / unit * unit).max(GRANULE)
}

/// Bytes a workgroup moves of a buffer.
fn of_group(params: &Params) -> u64 {
    u64::from(THREADS * 16 * params.tiled("per"))
}

/// Bytes of the folded output of a read: one word a thread.
fn folded(params: &Params) -> u64 {
    whole(params) / of_group(params) * u64::from(THREADS * 4)
}

/// What a written buffer's words depend on beside their place.
fn salt(case: &Case) -> u32 {
    (case.seed as u32) ^ 0x9e37_79b9
}

/// `inputs` whole buffers in, `output` bytes out, a MiB (or one workgroup, if the buffer is smaller) a row.
fn program(case: &Case, inputs: usize, output: u64, constant: Option<u32>) -> Action {
    let whole = whole(&case.params);
    let row = if whole < ROW {
        of_group(&case.params)
    } else {
        ROW
    };
    let columns = (row / of_group(&case.params)) as u32;
    let mut buffers = vec![whole; inputs];
    buffers.push(output);
    let mut constants = vec![columns];
    constants.extend(constant);
    Action::Compute(Program {
        buffers,
        columns,
        rows: (whole / row) as u32,
        constants,
    })
}

fn read(case: &Case, inputs: &[Words]) -> Words {
    let threads = THREADS as usize;
    let per = case.params.tiled("per") as usize;
    let mut output = Words::with_capacity(inputs[0].len() / (4 * per));
    for group in inputs[0].chunks_exact(threads * per * 4) {
        for thread in 0..threads {
            let mut fold = [0u32; 4];
            for item in 0..per {
                for (lane, fold) in fold.iter_mut().enumerate() {
                    let word = group[(item * threads + thread) * 4 + lane];
                    *fold = fold.wrapping_mul(31).wrapping_add(word);
                }
            }
            let weighed = fold.iter().zip([1, 3, 5, 7]);
            output.push(weighed.fold(0, |sum, (fold, weight)| {
                sum.wrapping_add(fold.wrapping_mul(weight))
            }));
        }
    }
    output
}

fn write(case: &Case, _: &[Words]) -> Words {
    let seed = salt(case);
    let vectors = (whole(&case.params) / 16) as u32;
    let vector = |at: u32| [at, at.wrapping_add(seed), at ^ seed, seed.wrapping_sub(at)];
    (0..vectors).flat_map(vector).collect()
}

fn triad(_: &Case, inputs: &[Words]) -> Words {
    let sum =
        |(b, c): (&u32, &u32)| (f32::from_bits(*b) + SCALAR as f32 * f32::from_bits(*c)).to_bits();
    inputs[0].iter().zip(&inputs[1]).map(sum).collect()
}
