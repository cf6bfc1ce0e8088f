//! The tiles of `gemm-dot.wgsl`: `gemm/int8-dot`.
//!
//! Reads of 16 bytes from workgroup memory beside a dot of four, registers, and what they leave of 64 warps on an
//! NVIDIA H100 with 64 of K a step:
//!
//! | tile, a thread's part | reads per dot | registers | resident warps |
//! |---|---|---|---|
//! | 64 × 64, 4 × 4 | 1 / 8 | 56 | 32 |
//! | 64 × 64, 8 × 4 | 1 / 11 | 96 | 20 |
//! | 128 × 64, 8 × 4 | 1 / 11 | 92 | 16 |
//! | 64 × 128, 8 × 8 | 1 / 16 | 152 | 12 |
//! | 128 × 128, 8 × 8 | 1 / 16 | 144 | 8 |
//!
//! 16 × 8 needs all 255 registers and more.

use crate::kernel::{Space, Tile};

use super::Demands;
use super::shape::{Row, Shape, curated, holds};

pub(super) const SPACE: Space = Space {
    curated: || curated(&[], ROWS),
    axes: AXES,
    sound,
};

const ROWS: &[Row] = &[
    ([64, 64, 64, 4, 4], &[]),
    ([32, 32, 64, 4, 4], &[("swizzle", 4)]),
    ([64, 64, 32, 8, 4], &[("shared", 0)]),
    ([64, 64, 64, 8, 4], &[]),
    ([64, 64, 64, 8, 4], &[("swizzle", 8)]),
    ([64, 64, 64, 8, 4], &[("stages", 2), ("swizzle", 8)]),
    ([64, 64, 64, 8, 4], &[("prefetch", 0), ("swizzle", 8)]),
    ([64, 64, 128, 8, 4], &[("swizzle", 8)]),
    ([64, 64, 32, 8, 4], &[("stages", 2), ("swizzle", 8)]),
    ([128, 64, 64, 8, 4], &[("swizzle", 8)]),
    ([128, 64, 64, 8, 4], &[("stages", 2), ("swizzle", 8)]),
    ([64, 128, 64, 8, 8], &[("swizzle", 8)]),
    ([128, 64, 64, 8, 8], &[("stages", 2), ("swizzle", 8)]),
    ([128, 128, 64, 8, 4], &[("swizzle", 8)]),
    ([128, 128, 32, 8, 8], &[("stages", 2), ("swizzle", 8)]),
    ([128, 128, 64, 8, 8], &[("swizzle", 8)]),
    ([128, 128, 64, 8, 8], &[("prefetch", 0), ("swizzle", 8)]),
    // A few rows, as in the tiles of f32: neighbours read B along K.
    ([1, 16, 512, 1, 2], &[("shared", 0), ("split", 32)]),
    ([8, 16, 512, 8, 2], &[("shared", 0), ("split", 32)]),
    ([16, 32, 256, 4, 4], &[("split", 8)]),
    ([32, 32, 128, 4, 4], &[("split", 4)]),
];

const AXES: &[(&str, &[u32])] = &[
    ("bk", &[16, 32, 64, 128, 256, 512, 1024]),
    ("bm", &[1, 4, 8, 16, 32, 64, 128, 256]),
    ("bn", &[8, 16, 32, 64, 128, 256]),
    ("tm", &[1, 2, 4, 8, 16]),
    ("tn", &[1, 2, 4, 8, 16]),
    ("stages", &[1, 2]),
    ("prefetch", &[0, 1]),
    ("swizzle", &[1, 4, 8]),
    ("pad", &[0, 1]),
    ("split", &[1, 2, 4, 8, 16, 32]),
];

fn sound(tile: &Tile) -> bool {
    let shape = Shape::of(tile);
    shape.plain(16) && loads(&shape) && shape.unpack == 1 && holds(demands(tile))
}

/// Whether the threads carry whole lines into workgroup memory.
fn loads(shape: &Shape) -> bool {
    let kv = shape.bk / 16;
    let step = shape.threads() / kv;
    shape.shared == 0
        || shape.threads().is_multiple_of(kv)
            && shape.bm.is_multiple_of(step)
            && shape.bn.is_multiple_of(step)
}

/// What a workgroup takes.
pub(super) fn demands(tile: &Tile) -> Demands {
    let shape = Shape::of(tile);
    let (bm, bn, kv) = (shape.bm, shape.bn, shape.bk / 16);
    let lines = shape.shared * shape.stages * (bm + bn + 2 * shape.pad);
    Demands {
        workgroup_bytes: 16 * lines * kv + 4 * shape.handed_over(),
        invocations: shape.threads(),
        registers: shape.tm * shape.tn
            + 4 * (shape.tm + shape.tn)
            + 4 * (shape.held(bm * kv) + shape.held(bn * kv)),
    }
}
