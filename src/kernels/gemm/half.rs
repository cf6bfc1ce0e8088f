//! The tiles of `gemm-half.wgsl`: `gemm/f16`.
//!
//! A product of pairs (two multiply-adds) is one instruction; reads of 16 bytes from workgroup memory beside it,
//! registers, and what they leave of 64 warps on an NVIDIA H100:
//!
//! | tile, a thread's part | reads per product, by K / turned | registers, by K / turned | resident warps |
//! |---|---|---|---|
//! | 128 × 128 × 32, 8 × 8 | 1 / 11, 1 / 16 | 104 / 96 | 16 |
//! | 256 × 128 × 16, 8 × 16 | 1 / 16, 1 / 21 | 172 / 164 | 8 |
//! | 128 × 128 × 32, 8 × 16 | –, 1 / 21 | – / 184 | 8 |
//!
//! By K, A comes in reads of 8 bytes, two of K each. The other form holds half the sums, so it fits twice the
//! threads, where a compiler makes one instruction of it too.

use crate::kernel::{Space, Tile};

use super::Demands;
use super::shape::{Row, Shape, curated, holds};

pub(super) const SPACE: Space = Space {
    curated: || curated(&[("a_by_k", 1), ("pairs", 1), ("planes", 1)], ROWS),
    axes: AXES,
    sound,
};

const ROWS: &[Row] = &[
    ([64, 64, 32, 4, 4], &[]),
    ([32, 32, 32, 4, 4], &[("pairs", 0), ("swizzle", 4)]),
    ([64, 64, 8, 8, 8], &[("shared", 0)]),
    ([64, 64, 8, 8, 8], &[("shared", 0), ("pairs", 0)]),
    ([64, 64, 16, 8, 8], &[]),
    ([64, 64, 32, 8, 8], &[("pairs", 0)]),
    ([128, 64, 32, 8, 8], &[("pairs", 0), ("stages", 2)]),
    ([128, 128, 16, 8, 8], &[("stages", 2), ("swizzle", 8)]),
    ([128, 128, 32, 8, 8], &[("stages", 2), ("swizzle", 8)]),
    (
        [128, 128, 32, 8, 8],
        &[("a_by_k", 0), ("stages", 2), ("pad", 0), ("swizzle", 8)],
    ),
    ([128, 128, 64, 8, 8], &[("a_by_k", 0), ("swizzle", 8)]),
    ([128, 128, 32, 8, 16], &[("a_by_k", 0), ("swizzle", 8)]),
    ([256, 128, 16, 8, 16], &[("stages", 2), ("swizzle", 8)]),
    (
        [256, 128, 16, 8, 16],
        &[("a_by_k", 0), ("stages", 2), ("pad", 0), ("swizzle", 8)],
    ),
    (
        [256, 128, 16, 8, 16],
        &[
            ("a_by_k", 0),
            ("planes", 2),
            ("stages", 2),
            ("pad", 0),
            ("swizzle", 8),
        ],
    ),
    (
        [256, 128, 32, 8, 16],
        &[("a_by_k", 0), ("pad", 0), ("stages", 2), ("swizzle", 8)],
    ),
    ([128, 256, 16, 8, 16], &[("stages", 2), ("swizzle", 8)]),
    (
        [128, 128, 16, 8, 8],
        &[("pairs", 0), ("stages", 2), ("swizzle", 8)],
    ),
    (
        [256, 128, 16, 8, 16],
        &[("pairs", 0), ("a_by_k", 0), ("stages", 2), ("swizzle", 8)],
    ),
    // A few rows, as in the tiles of f32.
    (
        [1, 32, 128, 1, 4],
        &[("shared", 0), ("pairs", 0), ("split", 32)],
    ),
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
    ("planes", &[1, 2]),
    ("pairs", &[0, 1]),
    ("pad", &[0, 1]),
    ("split", &[1, 2, 4, 8, 16, 32]),
];

fn sound(tile: &Tile) -> bool {
    let shape = Shape::of(tile);
    shape.plain(4)
        && shape.blocks(1 + shape.pairs)
        && shape.unpack == 1
        && (shape.pairs == 1 || shape.planes == 1)
        && holds(demands(tile))
}

/// What a workgroup takes. A register holds a pair.
pub(super) fn demands(tile: &Tile) -> Demands {
    let shape = Shape::of(tile);
    let (tm, tn) = (shape.tm, shape.tn);
    let (a, b) = (shape.bm * shape.bk / 4, shape.bk * shape.bn / 4);
    let line = if shape.pairs == 1 { 2 } else { 1 };
    // Where a read takes 16 bytes the spare vector does too.
    let spare = match (shape.a_by_k, shape.planes) {
        (1, _) => shape.bm,
        (_, 1) => shape.bk,
        _ => shape.bk / line,
    };
    let tiles = shape.shared * shape.stages * (a + spare * shape.pad + b);
    let a_read = if shape.a_by_k == 1 {
        tm * 2
    } else {
        tm * line / 2
    };
    Demands {
        workgroup_bytes: 8 * tiles + 2 * shape.handed_over(),
        invocations: shape.threads(),
        registers: tm * tn * line / 2
            + a_read
            + tn * line / 2
            + 2 * (shape.held(a) + shape.held(b)),
    }
}
