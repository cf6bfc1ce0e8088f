//! The matrix engine without one: its shaders in plain WGSL on whatever adapter there is.
//!
//! This proves offsets, pads, barriers and edges. What a driver makes of cooperative matrices, only a
//! device that has them can prove.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that can't go on fails by panicking, and one that skips says why"
)]

use std::collections::BTreeSet;

use suanli::device::Device;
use suanli::gpu;
use suanli::kernel::{Case, Kernel, Mode, Params, Pattern, Tile};
use suanli::kernels;
use suanli::tune;

mod emulation;

use emulation::{emulated, offering};

/// The adapter the tests run on; `None` (with a word why) only where none is required.
fn adapter() -> Option<gpu::Gpu> {
    match gpu::open(None, None) {
        Ok(gpu) => Some(gpu),
        Err(error) if std::env::var_os("SUANLI_REQUIRE_GPU").is_none() => {
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("SUANLI_REQUIRE_GPU is set: {error}"),
    }
}

fn product(name: &str, [m, n, k]: [u32; 3]) -> Case {
    let mut params = Params::new(Mode::Sustained);
    (params.m, params.n, params.k) = (Some(m), Some(n), Some(k));
    params.data = Some(Pattern::Random);
    Case::new(kernels::find(name).unwrap(), params, 7)
}

/// Runs the case on exact operands, in two bands, and says what is wrong.
fn answer(gpu: &gpu::Gpu, case: &Case, real_lanes: u32) -> Result<(), String> {
    let case = emulated(case, real_lanes);
    let mut loaded = gpu
        .load(&case)
        .unwrap_or_else(|error| panic!("{error:?}\n{}", case.template));
    let checked = tune::exact(loaded.as_mut(), &case, 2).unwrap();
    checked.map(|_| ()).map_err(|wrong| wrong.0)
}

fn assert_right(gpu: &gpu::Gpu, case: &Case) {
    let lanes = case.params.tiled("lanes");
    if let Err(why) = answer(gpu, case, lanes) {
        panic!(
            "{} {} {}: {why}",
            case.kernel.name,
            case.params.size(),
            case.params.tile_text()
        );
    }
}

#[test]
fn every_candidate_of_the_products_that_fits_is_right_at_every_size() {
    let Some(gpu) = adapter() else { return };
    let info = offering(gpu.info());
    let mut ran = 0;
    for (name, sizes) in [
        (
            "gemm/f16-matrix-acc-f32",
            &[[64; 3], [100; 3], [129, 65, 33]][..],
        ),
        ("gemm/f16-matrix", &[[129, 65, 133]][..]),
    ] {
        for size in sizes {
            for candidate in tune::candidates(&product(name, *size), &info) {
                assert_right(&gpu, &candidate);
                ran += 1;
            }
        }
    }
    assert!(ran > 40, "{ran} candidates ran");
}

/// Every structure a trip of the loop may have, on a tile small enough for any adapter.
fn structures() -> Vec<Tile> {
    let kernel = kernels::find("gemm/f16-matrix-acc-f32").unwrap();
    let mut small = kernel.candidates().remove(0);
    for (key, value) in [
        ("bm", 32),
        ("bn", 32),
        ("bk", 16),
        ("down", 1),
        ("across", 1),
    ] {
        small.insert(key.into(), value);
    }
    let mut found = BTreeSet::from([small]);
    for (key, values) in kernel.space.axes {
        if !["buffers", "order", "vector", "write", "direct"].contains(key) {
            continue;
        }
        let with = |tile: &Tile| {
            let each = values.iter().map(|value| {
                let mut tile = tile.clone();
                tile.insert((*key).into(), *value);
                tile
            });
            each.collect::<Vec<_>>()
        };
        found = found.iter().flat_map(with).collect();
    }
    found.retain(|tile| (kernel.space.sound)(tile));
    found.into_iter().collect()
}

#[test]
fn every_structure_of_the_loop_is_right_from_one_trip_on() {
    let Some(gpu) = adapter() else { return };
    let tiles = structures();
    assert_eq!(tiles.len(), 2 * 2 * 2 * (2 + 3 + 1));
    for tile in tiles {
        // 1, 2, 3 and 5 trips.
        for k in [1, 17, 48, 65] {
            let case = product("gemm/f16-matrix-acc-f32", [33, 65, k]);
            assert_right(&gpu, &case.with_tile(tile.clone()));
        }
    }
}

#[test]
fn workgroups_walked_in_panels_cover_every_grid_and_band_of_it() {
    let Some(gpu) = adapter() else { return };
    let mut tile = structures().remove(0);
    for swizzle in [4, 8, 16] {
        tile.insert("swizzle".into(), swizzle);
        for size in [[33, 300, 16], [300, 33, 16], [500, 170, 16], [1; 3]] {
            let case = product("gemm/f16-matrix-acc-f32", size);
            assert_right(&gpu, &case.with_tile(tile.clone()));
        }
    }
}

#[test]
fn neighbours_of_the_small_candidates_are_right() {
    let Some(gpu) = adapter() else { return };
    let info = offering(gpu.info());
    let case = product("gemm/f16-matrix", [129, 65, 65]);
    let mut seen = BTreeSet::new();
    for tile in case.kernel.candidates() {
        if tile["bm"] * tile["bn"] <= 64 * 64 {
            seen.extend(case.kernel.space.neighbours(&tile));
        }
    }
    let cases = seen.into_iter().map(|tile| case.with_tile(tile));
    let cases: Vec<_> = cases
        .filter(|case| tune::fits(case, &info).is_ok())
        .collect();
    assert!(cases.len() > 50, "{}", cases.len());
    cases.iter().for_each(|case| assert_right(&gpu, case));
}

fn peaks() -> impl Iterator<Item = &'static Kernel> {
    ["peak/f16-matrix", "peak/f16-matrix-acc-f32"]
        .into_iter()
        .map(|name| kernels::find(name).unwrap())
}

fn chain(kernel: &'static Kernel, trips: u32) -> Case {
    let mut params = Params::new(Mode::Sustained);
    (params.workgroups, params.trips) = (Some(4), Some(trips));
    Case::new(kernel, params, 7)
}

#[test]
fn every_candidate_of_the_peaks_is_right_at_two_trip_counts() {
    let Some(gpu) = adapter() else { return };
    let info = offering(gpu.info());
    let mut ran = 0;
    for kernel in peaks() {
        for trips in [1, 3] {
            for candidate in tune::candidates(&chain(kernel, trips), &info) {
                assert_right(&gpu, &candidate);
                ran += 1;
            }
        }
    }
    assert!(ran > 40, "{ran} candidates ran");
}

#[test]
fn a_subgroup_of_another_size_than_assumed_gives_an_answer_that_fails() {
    let Some(gpu) = adapter() else { return };
    let products = ["gemm/f16-matrix", "gemm/f16-matrix-acc-f32"];
    let products = products.map(|name| product(name, [64; 3]));
    for case in products
        .into_iter()
        .chain(peaks().map(|kernel| chain(kernel, 1)))
    {
        let case = case.with_tile(case.kernel.candidates().remove(0));
        assert_eq!(answer(&gpu, &case, 32), Ok(()));
        for other in [8, 16, 64] {
            assert!(
                answer(&gpu, &case, other).is_err(),
                "{} {other}",
                case.kernel.name
            );
        }
    }
}
