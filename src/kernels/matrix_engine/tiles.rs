//! Which tiles a search may try on the matrix engine.

use crate::kernel::Tile;

use super::super::tiles;

/// Registers of the sums and fragments of a subgroup: more spill on every device known.
const MOST_SUMS: u32 = 128;

/// Fragment size, lanes of a subgroup, subgroups of a workgroup, steps a trip.
const PEAK: [&str; 4] = ["size", "lanes", "subgroups", "unroll"];

pub(super) const PEAK_AXES: &[(&str, &[u32])] = &[
    ("size", &[8, 16]),
    ("lanes", &[32, 64]),
    ("subgroups", &[1, 2, 4, 8]),
    ("unroll", &[1, 2, 4, 8, 16]),
];

/// Long trips: the way in and out of a workgroup is longer here than in other chains.
pub(super) fn peaks() -> Vec<Tile> {
    tiles(
        PEAK,
        &[
            [16, 32, 4, 8],
            [16, 32, 8, 8],
            [16, 32, 4, 16],
            [16, 32, 8, 16],
            [16, 32, 4, 4],
            [16, 32, 2, 16],
            [16, 64, 4, 8],
            [16, 64, 2, 16],
            [8, 32, 4, 8],
            [8, 32, 8, 16],
            [8, 32, 2, 4],
            [8, 64, 4, 8],
        ],
    )
}

pub(super) fn sound_peak(tile: &Tile) -> bool {
    let [size, lanes, subgroups, unroll] = PEAK.map(|key| tile.get(key).copied().unwrap_or(0));
    let known = matches!((size, lanes), (8 | 16, 32 | 64));
    known && (1..=8).contains(&subgroups) && (1..=16).contains(&unroll)
}

/// The keys of a product's tile:
///
/// - `size`, `lanes`: of a fragment and of a subgroup;
/// - `bm`, `bn`, `bk`: of a workgroup; `down`, `across`: its subgroups;
/// - `buffers`: tiles in workgroup memory at once;
/// - `order` of a trip: 0 load, multiply, store; 1 multiply, store, load; 2 store, load, multiply;
/// - `vector`: workgroup memory as f16 (1) or as vec4<f16> (4); `pad`: elements to spare a row;
/// - `write`: whether the inputs are bound as if they were written, which changes how their loads are placed;
/// - `direct`: whether A is read straight from memory;
/// - `swizzle`: rows of workgroups that are walked together.
const GEMM: [&str; 14] = [
    "size", "lanes", "bm", "bn", "bk", "down", "across", "buffers", "order", "vector", "pad",
    "write", "direct", "swizzle",
];

pub(super) const GEMM_AXES: &[(&str, &[u32])] = &[
    ("lanes", &[32, 64]),
    ("bm", &[32, 64, 128, 256]),
    ("bn", &[32, 64, 128, 256]),
    ("bk", &[16, 32, 64]),
    ("down", &[1, 2, 4]),
    ("across", &[1, 2, 4]),
    ("buffers", &[1, 2, 3]),
    ("order", &[0, 1, 2]),
    ("vector", &[1, 4]),
    ("pad", &[8, 16]),
    ("write", &[0, 1]),
    ("direct", &[0, 1]),
    ("swizzle", &[1, 4, 8, 16]),
];

#[rustfmt::skip]
pub(super) fn gemms() -> Vec<Tile> {
    tiles(
        GEMM,
        &[
            // size lanes  bm   bn  bk  down across buffers order vector pad write direct swizzle
            [16, 32,  64,  64, 32, 2, 2, 1, 0, 1, 8, 1, 0, 1],
            // 64 × 64 a subgroup: what hides the wait for the loads?
            [16, 32, 128, 128, 32, 2, 2, 1, 0, 1, 8, 1, 0, 1],
            [16, 32, 128, 128, 32, 2, 2, 1, 1, 1, 8, 1, 0, 1],
            [16, 32, 128, 128, 32, 2, 2, 1, 1, 1, 8, 0, 0, 1],
            [16, 32, 128, 128, 32, 2, 2, 1, 1, 4, 8, 1, 0, 8],
            [16, 32, 128, 128, 32, 2, 2, 2, 0, 1, 8, 1, 0, 1],
            [16, 32, 128, 128, 32, 2, 2, 2, 1, 1, 8, 1, 0, 1],
            [16, 32, 128, 128, 32, 2, 2, 2, 2, 1, 8, 1, 0, 8],
            [16, 32, 128, 128, 16, 2, 2, 3, 1, 1, 8, 1, 0, 1],
            // Fewer barriers.
            [16, 32, 128, 128, 64, 2, 2, 1, 1, 1, 8, 1, 0, 1],
            // Eight subgroups.
            [16, 32, 128, 128, 32, 4, 2, 2, 1, 1, 8, 1, 0, 1],
            [16, 32, 128, 128, 64, 4, 2, 1, 1, 1, 8, 1, 0, 8],
            [16, 32, 256, 128, 32, 4, 2, 1, 1, 1, 8, 1, 0, 1],
            [16, 32, 128, 256, 16, 2, 4, 2, 1, 1, 8, 1, 0, 8],
            // Few subgroups, many workgroups.
            [16, 32,  64, 128, 32, 1, 2, 2, 1, 1, 8, 1, 0, 1],
            [16, 32,  64,  64, 32, 1, 1, 2, 1, 1, 8, 1, 0, 1],
            [16, 32, 128, 128, 32, 2, 2, 2, 1, 1, 8, 1, 1, 1],
            // Subgroups of 64.
            [16, 64, 128, 128, 32, 2, 2, 1, 1, 1, 8, 0, 0, 1],
            [16, 64,  64,  64, 32, 2, 2, 1, 1, 4, 8, 0, 0, 1],
            // Fragments of 8.
            [ 8, 32,  64,  64, 16, 2, 2, 1, 1, 1, 8, 0, 0, 1],
            [ 8, 32,  64,  64, 32, 2, 2, 1, 0, 1, 8, 0, 0, 4],
            [ 8, 32,  32,  64, 32, 1, 2, 2, 1, 1, 8, 0, 0, 1],
            [ 8, 32,  64,  64, 16, 2, 2, 1, 1, 1, 8, 0, 1, 1],
            [ 8, 64,  64,  64, 16, 2, 2, 1, 1, 1, 8, 0, 0, 1],
        ],
    )
}

pub(super) fn sound_gemm(tile: &Tile) -> bool {
    let [
        size,
        lanes,
        bm,
        bn,
        bk,
        down,
        across,
        buffers,
        order,
        vector,
        pad,
        write,
        direct,
        swizzle,
    ] = GEMM.map(|key| tile.get(key).copied().unwrap_or(0));
    if ![size, lanes, bm, bn, bk, down, across, swizzle]
        .iter()
        .all(|n| n.is_power_of_two())
    {
        return false;
    }
    let threads = down * across * lanes;
    let [high, wide] = [bm / down, bn / across];
    let fragments = matches!((size, lanes), (8 | 16, 32 | 64))
        && high >= size
        && wide >= size
        && (size..=64).contains(&bk)
        && high * wide / lanes <= MOST_SUMS;
    // Each thread keeps its column as it walks down the rows.
    let loads = threads <= 1024
        && threads >= bn / 4
        && bk * bn / 4 >= threads
        && (direct == 1 || (threads >= bk / 4 && bm * bk / 4 >= threads));
    let structure = match buffers {
        1 => order < 2,
        2 => order < 3,
        3 => order == 1,
        _ => false,
    };
    // Metal loads 8 × 8 fragments from scalars only; fragments elsewhere begin at 16 bytes.
    let memory = matches!(vector, 1 | 4) && (size == 16 || vector == 1) && pad % 8 == 0;
    fragments && loads && structure && memory && write < 2 && direct < 2
}
