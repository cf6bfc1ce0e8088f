//! The tiles of `gemm-float.wgsl`: `gemm/f32`, `gemm/f16-acc-f32`, `gemm/f16-emulated`.
//!
//! Where the multiply-adds fill every issue slot, each other instruction costs its share. Reads of 16 bytes
//! from workgroup memory per multiply-add, registers, and what they leave of 64 warps on an NVIDIA H100:
//!
//! | tile, a thread's part | reads per multiply-add | registers, by K / turned | resident warps |
//! |---|---|---|---|
//! | 64 × 64 × 16, 4 × 4 | 1 / 8 | 44 | 40 |
//! | 128 × 128 × 16, 8 × 8 | 1 / 16 | 120 | 16 |
//! | 128 × 128 × 32, 8 × 8 | 1 / 16 | 136 / 112 | 8 / 16 |
//! | 128 × 128 × 16, 8 × 16 or 16 × 8 | 1 / 21 | – / 184 | 8 |
//! | 256 × 128 × 16, 8 × 16 | 1 / 21 | 200 / 176 | 8 |
//!
//! Turning A saves registers, not reads: by K a thread holds 4 of K for each of its rows. f16 that is widened
//! on the way out of workgroup memory costs a conversion for each element read, 1 per 4 multiply-adds at 8 × 8;
//! on the way in 1 per 128, but twice the workgroup memory.

use crate::kernel::{Space, Tile};

use super::Demands;
use super::shape::{Row, Shape, curated, holds};

/// The space of `gemm/f32`.
pub(super) const F32: Space = Space {
    curated: || curated(&[("a_by_k", 1)], &[SMALL, SINGLE, SKINNY].concat()),
    axes: AXES,
    sound: |tile| sound(tile, 4) && Shape::of(tile).unpack == 1,
};

/// The space where a vector of operands is two words.
pub(super) const F16: Space = Space {
    curated: || {
        let own = [("a_by_k", 1), ("unpack", 1)];
        curated(&own, &[SMALL, HALF, SKINNY].concat())
    },
    axes: AXES,
    sound: |tile| sound(tile, 2),
};

/// Safe on anything; the second and the third are for GPUs with little of everything.
const SMALL: &[Row] = &[
    ([64, 64, 16, 4, 4], &[]),
    ([32, 32, 32, 4, 4], &[("swizzle", 4)]),
    ([64, 64, 8, 8, 4], &[("shared", 0)]),
    ([64, 64, 32, 8, 8], &[("a_by_k", 0)]),
    ([64, 64, 32, 4, 4], &[]),
    ([128, 64, 16, 8, 8], &[("stages", 2)]),
];

/// Tiles of f32 as stored; two stages of 256 × 128 × 16 take the 48 KiB of NVIDIA whole.
const SINGLE: &[Row] = &[
    ([64, 128, 16, 8, 8], &[("stages", 2)]),
    ([128, 128, 8, 8, 8], &[("stages", 2), ("swizzle", 8)]),
    ([128, 128, 16, 8, 8], &[("stages", 2), ("swizzle", 8)]),
    ([128, 128, 16, 8, 8], &[("prefetch", 0), ("swizzle", 8)]),
    ([128, 128, 32, 8, 8], &[("swizzle", 8)]),
    ([128, 128, 32, 8, 8], &[("a_by_k", 0), ("swizzle", 8)]),
    (
        [128, 128, 16, 8, 16],
        &[("a_by_k", 0), ("stages", 2), ("swizzle", 8)],
    ),
    (
        [128, 128, 16, 16, 8],
        &[("a_by_k", 0), ("stages", 2), ("swizzle", 8)],
    ),
    ([256, 128, 16, 8, 16], &[("swizzle", 8)]),
    ([256, 128, 8, 8, 16], &[("stages", 2), ("swizzle", 8)]),
    (
        [256, 128, 16, 8, 16],
        &[("a_by_k", 0), ("stages", 2), ("pad", 0), ("swizzle", 8)],
    ),
    ([128, 256, 8, 8, 16], &[("stages", 2), ("swizzle", 8)]),
];

/// Tiles of f16, widened on either side of workgroup memory.
const HALF: &[Row] = &[
    ([64, 128, 16, 8, 8], &[("unpack", 2), ("stages", 2)]),
    ([128, 128, 16, 8, 8], &[("stages", 2), ("swizzle", 8)]),
    (
        [128, 128, 16, 8, 8],
        &[("unpack", 2), ("stages", 2), ("swizzle", 8)],
    ),
    ([128, 128, 32, 8, 8], &[("swizzle", 8)]),
    ([128, 128, 32, 8, 8], &[("unpack", 2), ("swizzle", 8)]),
    ([128, 128, 32, 8, 8], &[("a_by_k", 0), ("swizzle", 8)]),
    (
        [128, 128, 16, 8, 16],
        &[("a_by_k", 0), ("stages", 2), ("swizzle", 8)],
    ),
    (
        [128, 128, 16, 16, 8],
        &[("a_by_k", 0), ("stages", 2), ("swizzle", 8)],
    ),
    ([256, 128, 16, 8, 16], &[("swizzle", 8)]),
    (
        [256, 128, 16, 8, 16],
        &[("unpack", 2), ("stages", 2), ("swizzle", 8)],
    ),
    (
        [256, 128, 16, 8, 16],
        &[("a_by_k", 0), ("stages", 2), ("pad", 0), ("swizzle", 8)],
    ),
    (
        [128, 256, 8, 8, 16],
        &[("unpack", 2), ("stages", 2), ("swizzle", 8)],
    ),
];

/// A few rows: what counts is how much of B is on its way at once. One row, and 8, take each number of B once,
/// straight to registers, 16 vectors a warp at least; from 16 rows on the threads share B.
const SKINNY: &[Row] = &[
    ([1, 32, 128, 1, 4], &[("shared", 0), ("split", 32)]),
    ([8, 32, 128, 8, 4], &[("shared", 0), ("split", 32)]),
    ([16, 32, 64, 4, 4], &[("split", 8)]),
    ([32, 32, 64, 8, 4], &[("a_by_k", 0), ("split", 4)]),
];

const AXES: &[(&str, &[u32])] = &[
    ("bk", &[4, 8, 16, 32, 64, 128, 256]),
    ("bm", &[1, 4, 8, 16, 32, 64, 128, 256]),
    ("bn", &[16, 32, 64, 128, 256]),
    ("tm", &[1, 2, 4, 8, 16]),
    ("tn", &[4, 8, 16]),
    ("stages", &[1, 2]),
    ("prefetch", &[0, 1]),
    ("swizzle", &[1, 4, 8]),
    ("a_by_k", &[0, 1]),
    ("pad", &[0, 1]),
    ("unpack", &[1, 2]),
    ("split", &[1, 2, 4, 8, 16, 32]),
];

/// A turned A is taken apart into elements, so it has to be widened before.
fn sound(tile: &Tile, words: u32) -> bool {
    let shape = Shape::of(tile);
    shape.plain(4)
        && shape.blocks(1)
        && (shape.unpack == 1 || shape.a_by_k == 1)
        && holds(demands(tile, words))
}

/// What a workgroup takes, where a vector of operands is `words` of 32 bits.
pub(super) fn demands(tile: &Tile, words: u32) -> Demands {
    let shape = Shape::of(tile);
    let (bm, bn, bk) = (shape.bm, shape.bn, shape.bk);
    let (a, b) = (bm * bk / 4, bk * bn / 4);
    let a_lines = if shape.a_by_k == 1 { bm } else { bk };
    let tiles = shape.shared * shape.stages * (a + a_lines * shape.pad + b);
    let word = if shape.unpack == 1 { 4 } else { words };
    let a_read = if shape.a_by_k == 1 { 4 } else { 1 };
    Demands {
        workgroup_bytes: 4 * (tiles * word + shape.handed_over()),
        invocations: shape.threads(),
        registers: shape.tm * shape.tn
            + shape.tm * a_read
            + shape.tn
            + words * (shape.held(a) + shape.held(b)),
    }
}
