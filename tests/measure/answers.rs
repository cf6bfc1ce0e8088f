//! Answers on a real adapter: every curated tile, and some beside them, at sizes that meet every edge.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suanli::error::Error;
use suanli::kernel::Tile;

use super::*;

fn gemms(info: &DeviceInfo) -> Vec<&'static Kernel> {
    let all = kernels::ALL.iter().copied();
    all.filter(|kernel| kernel.sizing == Sizing::Gemm && offered(kernel, info))
        .collect()
}

fn product(kernel: &'static Kernel, [m, n, k]: [u32; 3]) -> Case {
    let mut params = Params::new(Mode::Sustained);
    (params.m, params.n, params.k) = (Some(m), Some(n), Some(k));
    params.data = Some(Pattern::Random);
    Case::new(kernel, params, 7)
}

/// What `case` gives on exact operands, in a dispatch cut into `bands`.
fn answer(gpu: &gpu::Gpu, case: &Case, bands: u32) -> Result<(), String> {
    let mut loaded = gpu.load(case).unwrap();
    let checked = tune::checked(loaded.as_mut(), case, bands).unwrap();
    let place = format!(
        "{} {} {:?}",
        case.kernel.name,
        case.params.size(),
        case.params.tile
    );
    checked
        .map(drop)
        .map_err(|wrong| format!("{place}: {}", wrong.0))
}

/// Each tile at sizes that are no multiple of it; compiled once a tile, on every core at once.
fn right_at_every_size(tiles: &[(&'static Kernel, Tile)]) {
    let next = AtomicUsize::new(0);
    let work = || {
        let gpu = adapter().unwrap();
        while let Some((kernel, tile)) = tiles.get(next.fetch_add(1, Ordering::Relaxed)) {
            for size in [[64; 3], [100; 3], [129, 65, 33], [1; 3]] {
                let case = product(kernel, size).with_tile(tile.clone());
                if tune::fits(&case, gpu.info()).is_ok() {
                    assert_eq!(answer(&gpu, &case, 1), Ok(()));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
}

#[test]
fn every_candidate_of_every_gemm_is_right_at_sizes_that_are_no_multiple_of_a_tile() {
    let Some(gpu) = adapter() else { return };
    let kernels = gemms(gpu.info()).into_iter();
    let tiles = kernels.flat_map(|kernel| {
        let tiles = kernel.candidates().into_iter();
        tiles.map(move |tile| (kernel, tile))
    });
    right_at_every_size(&tiles.collect::<Vec<_>>());
}

/// Of each axis a sound neighbour of some curated tile, drawn among those that are quickly compiled.
fn neighbours(kernel: &'static Kernel, info: &DeviceInfo, seed: u64) -> Vec<Tile> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = BTreeSet::new();
    for (axis, _) in kernel.space.axes {
        let mut along = Vec::new();
        for tile in kernel.candidates() {
            let around = kernel.space.neighbours(&tile).into_iter();
            along.extend(around.filter(|other| other.get(*axis) != tile.get(*axis)));
        }
        let quick = |tile: &Tile| {
            let case = product(kernel, [64; 3]).with_tile(tile.clone());
            let steps = |key| case.params.tiled(key);
            let unrolled = steps("tm") * steps("tn") * steps("bk") / steps("split");
            tune::fits(&case, info).is_ok() && unrolled <= 2048
        };
        along.retain(quick);
        if !along.is_empty() {
            drawn.insert(along.swap_remove(random.random_range(0..along.len())));
        }
    }
    drawn.into_iter().collect()
}

#[test]
fn a_sound_neighbour_along_every_axis_is_right() {
    let Some(gpu) = adapter() else { return };
    // Another draw than this one: SUANLI_SEED=3 cargo test --test measure neighbour
    let seed = std::env::var("SUANLI_SEED").map_or(1, |seed| seed.parse().unwrap());
    let kernels = gemms(gpu.info()).into_iter();
    let tiles = kernels.flat_map(|kernel| {
        let tiles = neighbours(kernel, gpu.info(), seed).into_iter();
        tiles.map(move |tile| (kernel, tile))
    });
    right_at_every_size(&tiles.collect::<Vec<_>>());
}

/// 10 rows of 4 workgroups, which go down in strips of `swizzle` rows.
fn strips(kernel: &'static Kernel, swizzle: u32) -> Option<Case> {
    let small = |tile: &Tile| tile.get("swizzle") == Some(&4) && tile.get("bm") == Some(&32);
    let mut tile = kernel.candidates().into_iter().find(small)?;
    tile.insert("swizzle".into(), swizzle);
    Some(product(kernel, [300, 100, 33]).with_tile(tile))
}

#[test]
fn workgroups_in_strips_cover_every_band() {
    let Some(gpu) = adapter() else { return };
    let mut covered = 0;
    for kernel in gemms(gpu.info()) {
        for swizzle in [4, 8] {
            let Some(case) = strips(kernel, swizzle) else {
                continue;
            };
            for bands in [1, 2, 3] {
                assert_eq!(answer(&gpu, &case, bands), Ok(()), "{bands} bands");
                covered += 1;
            }
        }
    }
    assert!(covered >= 3 * 2 * 3, "{covered}");
}

#[test]
fn a_product_of_few_rows_is_cut_into_bands_of_columns() {
    let Some(gpu) = adapter() else { return };
    for kernel in gemms(gpu.info()) {
        let small = |tile: &Tile| tile["bm"] <= 32 && tile["bn"] <= 64;
        let tiles = kernel.candidates().into_iter().filter(small);
        let mut cut = 0;
        for mut tile in tiles.take(2) {
            for swizzle in [1, 4] {
                tile.insert("swizzle".into(), swizzle);
                let case = product(kernel, [tile["bm"] - 1, 300, 33]).with_tile(tile.clone());
                for bands in [2, 5] {
                    assert_eq!(answer(&gpu, &case, bands), Ok(()), "{bands} bands");
                    cut += 1;
                }
            }
        }
        assert!(cut > 0, "{} has no small tile", kernel.name);
    }
}

#[test]
fn a_strip_that_leaves_its_band_is_found_out() {
    let Some(gpu) = adapter() else { return };
    let mut case = strips(kernels::find("gemm/f32").unwrap(), 4).unwrap();
    let whole = case
        .template
        .replace("min(grid.y - first,", "min(10u - first,");
    assert_ne!(*whole, *case.template);
    case.template = whole.into();
    assert_eq!(answer(&gpu, &case, 1), Ok(()));
    assert!(answer(&gpu, &case, 3).is_err());
}

#[test]
fn every_candidate_of_every_peak_and_some_neighbours_are_right_in_one_band_and_in_two() {
    let Some(gpu) = adapter() else { return };
    let peaks = kernels::ALL
        .iter()
        .filter(|kernel| kernel.name.starts_with("peak/"));
    for kernel in peaks.filter(|kernel| offered(kernel, gpu.info())) {
        let mut params = Params::new(Mode::Sustained);
        (params.workgroups, params.trips) = (Some(4), Some(3));
        let case = Case::new(kernel, params, 7);
        let curated = kernel.candidates();
        let near = |tile| kernel.space.neighbours(tile);
        let neighbours: BTreeSet<_> = curated.iter().flat_map(near).collect();
        let sample = neighbours.into_iter().skip(case.seed as usize).step_by(11);
        for tile in curated.iter().cloned().chain(sample) {
            let candidate = case.with_tile(tile);
            if tune::fits(&candidate, gpu.info()).is_err() {
                continue;
            }
            let mut loaded = gpu.load(&candidate).unwrap();
            for bands in [1, 2] {
                let checked = tune::checked(loaded.as_mut(), &candidate, bands).unwrap();
                let place = format!("{} {:?} {bands}", kernel.name, candidate.params.tile);
                assert_eq!(checked.err(), None, "{place}");
            }
        }
    }
}

#[test]
fn every_tile_around_those_of_a_memory_kernel_is_right_in_one_band_and_in_two() {
    let Some(gpu) = adapter() else { return };
    let family = |kernel: &&&'static Kernel| kernel.name.starts_with("memory/");
    for kernel in kernels::ALL.iter().filter(family) {
        let mut params = Params::new(Mode::Sustained);
        params.bytes = (kernel.sizing != Sizing::Chain).then_some(800 << 10);
        (params.workgroups, params.trips) = match kernel.sizing {
            Sizing::Chain => (Some(6), Some(70)),
            Sizing::Loop => (None, Some(7)),
            _ => (None, None),
        };
        let case = Case::new(kernel, params, 7);
        let mut tiles = kernel.candidates();
        let near = tiles.iter().take(2);
        let near: Vec<_> = near
            .flat_map(|tile| kernel.space.neighbours(tile))
            .collect();
        tiles.extend(near);
        tiles.sort();
        tiles.dedup();
        for tile in tiles {
            let case = case.with_tile(tile);
            if tune::fits(&case, gpu.info()).is_err() {
                continue;
            }
            let mut loaded = gpu.load(&case).unwrap();
            for bands in [1, 2] {
                let checked = tune::checked(loaded.as_mut(), &case, bands).unwrap();
                let place = format!("{} {:?} {bands}", kernel.name, case.params.tile);
                assert_eq!(checked.err(), None, "{place}");
            }
        }
    }
}

#[test]
fn trips_change_in_place_and_the_answer_with_them() {
    let Some(gpu) = adapter() else { return };
    for name in ["peak/f32", "memory/sweep", "latency/memory"] {
        let kernel = kernels::find(name).unwrap();
        let mut params = Params::new(Mode::Sustained);
        params.bytes = (kernel.sizing == Sizing::Loop).then_some(64 << 10);
        params.workgroups = (kernel.sizing == Sizing::Chain).then_some(3);
        params.trips = Some(7);
        let case = Case::new(kernel, params, 7).with_tile(kernel.candidates().remove(0));
        let mut loaded = gpu.load(&case).unwrap();
        let seven = tune::checked(loaded.as_mut(), &case, 1).unwrap().unwrap();
        let mut other = case.clone();
        other.params.trips = Some(8);
        loaded.with_trips_of(&other).unwrap();
        loaded.run(1, 2).unwrap();
        assert!(loaded.unlike(&seven.answer).unwrap().is_some(), "{name}");
        let eight = (kernel.reference)(&other, &seven.operands);
        assert_eq!(loaded.unlike(&eight).unwrap(), None, "{name}");
        // Another buffer is another case.
        other.params.bytes = other.params.bytes.map(|bytes| 2 * bytes);
        other.params.workgroups = other.params.workgroups.map(|count| 2 * count);
        let refused = loaded.with_trips_of(&other);
        assert!(matches!(refused, Err(Error::Data { .. })), "{name}");
    }
}
