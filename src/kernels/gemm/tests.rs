//! The tiles are what they say, and what they render to is what a GPU's compiler likes.

use std::collections::BTreeSet;

use naga::AddressSpace;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::kernel::{Mode, Tile};

const KERNELS: [&Kernel; 5] = [&F32, &F16, &F16_ACC_F32, &F16_EMULATED, &INT8_DOT];

fn case(kernel: &'static Kernel, tile: Tile) -> Case {
    let mut params = Params::new(Mode::Burst);
    (params.m, params.n, params.k) = (Some(129), Some(65), Some(33));
    Case::new(kernel, params, 7).with_tile(tile)
}

fn with(tile: &Tile, changes: &[(&str, u32)]) -> Tile {
    let mut tile = tile.clone();
    for (name, number) in changes {
        tile.insert((*name).into(), *number);
    }
    tile
}

/// The curated tiles, and one in `every` of their sound neighbours.
fn some(kernel: &Kernel, every: u32) -> Vec<Tile> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let tiles = kernel.candidates();
    let around = tiles.iter().flat_map(|tile| kernel.space.neighbours(tile));
    let drawn = around.filter(|_| random.random_range(0..every) == 0);
    let drawn: BTreeSet<Tile> = drawn.collect();
    tiles.into_iter().chain(drawn).collect()
}

/// Operations of one step of K: multiply-adds, dots of four for int8.
fn operations(kernel: &Kernel, shape: &shape::Shape) -> u32 {
    let terms = if kernel.name == INT8_DOT.name { 4 } else { 1 };
    shape.tm * shape.tn * shape.bk / terms / shape.split
}

#[test]
fn curated_tiles_are_sound_distinct_and_a_dozen_or_two() {
    for kernel in KERNELS {
        let tiles = kernel.candidates();
        assert!((12..=24).contains(&tiles.len()), "{}", kernel.name);
        let sources = tiles
            .iter()
            .map(|tile| case(kernel, tile.clone()).wgsl().unwrap());
        let sources: BTreeSet<String> = sources.collect();
        assert_eq!(sources.len(), tiles.len(), "{}", kernel.name);
        for tile in &tiles {
            assert!((kernel.space.sound)(tile), "{} {tile:?}", kernel.name);
        }
    }
}

#[test]
fn every_curated_tile_has_a_place_on_every_axis_it_can_move_along() {
    for kernel in KERNELS {
        for tile in kernel.candidates() {
            for (key, values) in kernel.space.axes {
                let place = tile.get(*key);
                let own = *key == "unpack" && kernel.name == F32.name;
                let on = place.is_some_and(|place| values.contains(place));
                assert!(on || own, "{} {key} {tile:?}", kernel.name);
            }
            assert!(
                !kernel.space.neighbours(&tile).is_empty(),
                "{} {tile:?}",
                kernel.name
            );
        }
    }
}

#[test]
fn a_key_that_is_not_given_is_1_and_pairs_0() {
    for kernel in KERNELS {
        let mut full = with(&kernel.candidates()[0], &[("bk", 64), ("swizzle", 1)]);
        full.entry("pairs".into()).and_modify(|pairs| *pairs = 0);
        let bare: Tile = full
            .iter()
            .filter(|(key, _)| ["bm", "bn", "bk", "tm", "tn"].contains(&key.as_str()))
            .map(|(key, number)| (key.clone(), *number))
            .collect();
        assert!(bare.len() < full.len());
        let [full, bare] = [full, bare].map(|tile| case(kernel, tile));
        assert_eq!(full.wgsl().unwrap(), bare.wgsl().unwrap());
        assert_eq!(demands(&full), demands(&bare));
    }
}

#[test]
fn demands_of_neighbours_are_what_the_shader_takes() {
    for kernel in KERNELS {
        for tile in some(kernel, 12) {
            let case = case(kernel, tile);
            let wgsl = case.wgsl().unwrap();
            let module = naga::front::wgsl::parse_str(&wgsl).unwrap();
            let shared = module.global_variables.iter().map(|(_, global)| {
                let inner = &module.types[global.ty].inner;
                match global.space {
                    AddressSpace::WorkGroup => inner.size(module.to_ctx()),
                    _ => 0,
                }
            });
            let demanded = demands(&case);
            let name = format!("{} {:?}", kernel.name, case.params.tile);
            assert_eq!(demanded.workgroup_bytes, shared.sum::<u32>(), "{name}");
            let invocations: u32 = module.entry_points[0].workgroup_size.iter().product();
            assert_eq!(demanded.invocations, invocations, "{name}");
            assert!(demanded.registers <= 255, "{name}");
        }
    }
}

#[test]
fn the_registers_of_the_leading_tiles_are_those_in_the_tables() {
    let registers = |kernel: &'static Kernel, changes: &[(&str, u32)]| {
        let first = kernel.candidates().remove(0);
        demands(&case(kernel, with(&first, changes))).registers
    };
    let large = [("bm", 128), ("bn", 128), ("tm", 8), ("tn", 8), ("bk", 32)];
    let wide = [("bm", 256), ("bn", 128), ("tm", 8), ("tn", 16), ("bk", 16)];
    let turned = |tile: [(&'static str, u32); 5]| [&tile[..], &[("a_by_k", 0)]].concat();
    assert_eq!(registers(&F32, &[]), 44);
    assert_eq!(registers(&F32, &large), 136);
    assert_eq!(registers(&F32, &turned(large)), 112);
    assert_eq!(registers(&F32, &wide), 200);
    assert_eq!(registers(&F32, &turned(wide)), 176);
    assert_eq!(registers(&F16_EMULATED, &large), 136 - 16);
    assert_eq!(registers(&F16, &large), 104);
    assert_eq!(registers(&F16, &turned(wide)), 164);
    assert_eq!(
        registers(&F16, &[&wide[..], &[("pairs", 0)]].concat()),
        64 + 16 + 8 + 12
    );
    assert_eq!(registers(&INT8_DOT, &[]), 56);
    assert_eq!(
        registers(&INT8_DOT, &[&large[..4], &[("bk", 64)]].concat()),
        144
    );
    assert_eq!(
        registers(
            &INT8_DOT,
            &[&large[..4], &[("bk", 64), ("prefetch", 0)]].concat()
        ),
        128
    );
}

#[test]
fn one_loop_is_left_and_everything_in_it_is_unrolled() {
    for kernel in KERNELS {
        for tile in some(kernel, 12) {
            let shape = shape::Shape::of(&tile);
            let wgsl = case(kernel, tile.clone()).wgsl().unwrap();
            let name = format!("{} {tile:?}", kernel.name);
            let (before, looped) = wgsl.split_once("    loop {\n").unwrap();
            assert!(
                !before.contains("while (") && !before.contains("fma("),
                "{name}"
            );
            let (body, after) = looped.split_once("\n    }\n").unwrap();
            for word in ["loop {", "while (", "for ("] {
                assert!(!body.contains(word) && !after.contains(word), "{name}");
            }
            // A vec4 of sums, a pair, or one sum of four products.
            let width = match () {
                () if kernel.name == INT8_DOT.name => 1,
                () if kernel.name == F16.name && shape.pairs == 1 => 2,
                () => 4,
            };
            let made = body.matches("= fma(").count() + body.matches("= dot4I8Packed(").count();
            assert_eq!(made as u32 * width, operations(kernel, &shape), "{name}");
        }
    }
}

#[test]
fn two_stages_leave_one_barrier_a_step() {
    for kernel in KERNELS {
        let mut seen = BTreeSet::new();
        for tile in some(kernel, 12) {
            let shape = shape::Shape::of(&tile);
            let wgsl = case(kernel, tile.clone()).wgsl().unwrap();
            let (_, looped) = wgsl.split_once("    loop {\n").unwrap();
            let (body, _) = looped.split_once("\n    }\n").unwrap();
            let wanted = match (shape.shared, shape.stages) {
                (0, _) => 0,
                (_, 2) => 1,
                _ => 2,
            };
            let barriers = body.matches("workgroupBarrier();").count();
            assert_eq!(barriers, wanted, "{} {tile:?}", kernel.name);
            seen.insert(barriers);
        }
        assert_eq!(seen.len(), 3, "{}", kernel.name);
    }
}

#[test]
fn memory_is_read_in_vectors() {
    for kernel in KERNELS {
        for tile in some(kernel, 12) {
            let wgsl = case(kernel, tile.clone()).wgsl().unwrap();
            let name = format!("{} {tile:?}", kernel.name);
            for array in ["a_tile", "b_tile", "left", "right"] {
                if let Some((_, declared)) = wgsl.split_once(&format!("{array}: array<")) {
                    assert!(declared.starts_with("vec"), "{name}: {declared:.20}");
                }
                for (at, _) in wgsl.match_indices(&format!("{array}[")) {
                    let line = wgsl[at..].lines().next().unwrap();
                    let (_, rest) = line.split_once(']').unwrap();
                    assert!(!rest.starts_with('.'), "{name}: {line}");
                }
            }
        }
    }
}

#[test]
fn reads_per_multiply_add_are_those_in_the_tables() {
    let reads = |kernel: &'static Kernel, changes: &[(&str, u32)]| {
        let tile = with(&kernel.candidates()[0], changes);
        let shape = shape::Shape::of(&tile);
        let wgsl = case(kernel, tile).wgsl().unwrap();
        let counted = ["= a_tile[", "= b_tile["].map(|read| wgsl.matches(read).count() as u32);
        (counted, operations(kernel, &shape))
    };
    let large = [("bm", 128), ("bn", 128), ("tm", 8), ("tn", 8), ("bk", 32)];
    let wide = [("bm", 256), ("bn", 128), ("tm", 8), ("tn", 16), ("bk", 16)];
    assert_eq!(reads(&F32, &large), ([64, 64], 16 * 128));
    assert_eq!(
        reads(&F32, &[&wide[..], &[("a_by_k", 0)]].concat()),
        ([32, 64], 2048)
    );
    // Of 8 bytes, two of which make one read of 16 where they lie side by side; a product is two multiply-adds.
    assert_eq!(reads(&F16, &large), ([64, 64], 2048));
    assert_eq!(
        reads(&F16, &[&wide[..], &[("a_by_k", 0)]].concat()),
        ([32, 64], 2048)
    );
    assert_eq!(reads(&INT8_DOT, &[("tm", 8)]), ([32, 16], 512));
}

#[test]
fn what_a_template_cannot_render_is_not_sound() {
    let sound = |kernel: &Kernel, changes: &[(&str, u32)]| {
        (kernel.space.sound)(&with(&kernel.candidates()[0], changes))
    };
    for kernel in KERNELS {
        assert!(sound(kernel, &[]));
        for change in [
            ("tm", 0),
            ("tm", 3),
            ("bk", 24),
            ("stages", 3),
            ("swizzle", 0),
            ("split", 3),
            ("split", 64),
            ("shared", 0),
            ("bn", 1024),
        ] {
            assert!(!sound(kernel, &[change]), "{} {change:?}", kernel.name);
        }
    }
    // A block of four rows a thread, rows of B in pairs, and elements to turn.
    assert!(!sound(&F32, &[("a_by_k", 0)]));
    assert!(!sound(&F16, &[("bk", 16)]));
    assert!(!sound(&F32, &[("unpack", 2)]));
    let turned = [("bk", 64), ("a_by_k", 0)];
    assert!(sound(&F16_EMULATED, &turned));
    assert!(!sound(
        &F16_EMULATED,
        &[&turned[..], &[("unpack", 2)]].concat()
    ));
    // 16 × 16 sums are more than there are registers.
    assert!(!sound(
        &F32,
        &[("bm", 256), ("bn", 256), ("tm", 16), ("tn", 16)]
    ));
}
