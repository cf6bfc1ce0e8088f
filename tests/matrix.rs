//! The matrix engine without one: its shaders interpreted, its plans on a scripted device.
//!
//! This proves offsets, pads, barriers and edges. What a driver makes of cooperative matrices, only a
//! device that has them can prove.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on fails by panicking"
)]

use std::collections::BTreeSet;

use suanli::agree::{self, Agreement};
use suanli::cases::{Planned, Selection, Suite, plan};
use suanli::device::DeviceInfo;
use suanli::device::simulated::{self, Simulated};
use suanli::figure::Figure;
use suanli::kernel::{Case, Feature, Input, Kernel, Mode, Params, Pattern, Tile};
use suanli::kernels;
use suanli::results::{Outcome, Record};
use suanli::run::{Watch, measure};
use suanli::sampler::Budget;
use suanli::tune::{self, Cache, Tuner, Tuning};

mod emulation;

use emulation::offering;

/// An adapter with the matrices and subgroups of all, and the workgroup memory of most.
fn info() -> DeviceInfo {
    let mut info = offering(&simulated::info());
    info.features.insert(Feature::CooperativeMatrix);
    info
}

fn product(name: &str, [m, n, k]: [u32; 3]) -> Case {
    let mut params = Params::new(Mode::Sustained);
    (params.m, params.n, params.k) = (Some(m), Some(n), Some(k));
    params.data = Some(Pattern::Random);
    Case::new(kernels::find(name).unwrap(), params, 7)
}

/// Runs the case on exact operands, in two bands, and says what is wrong.
fn answer(case: &Case, lanes: u32) -> Result<(), String> {
    let inputs = (case.kernel.inputs)(case, Input::Exact);
    let output = emulation::run(case, &inputs, 2, lanes);
    let mut agreement = Agreement::default();
    agree::check(case, Input::Exact, &inputs, &output, &mut agreement).map_err(|wrong| wrong.0)
}

fn assert_right(case: &Case) {
    let lanes = case.params.tiled("lanes");
    if let Err(why) = answer(case, lanes) {
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
    let info = info();
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
                assert_right(&candidate);
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
    let tiles = structures();
    assert_eq!(tiles.len(), 2 * 2 * 2 * (2 + 3 + 1));
    for tile in tiles {
        // 1, 2, 3 and 5 trips.
        for k in [1, 17, 48, 65] {
            let case = product("gemm/f16-matrix-acc-f32", [33, 65, k]);
            assert_right(&case.with_tile(tile.clone()));
        }
    }
}

#[test]
fn workgroups_walked_in_panels_cover_every_grid_and_band_of_it() {
    let mut tile = structures().remove(0);
    for swizzle in [4, 8, 16] {
        tile.insert("swizzle".into(), swizzle);
        for size in [[33, 300, 16], [300, 33, 16], [500, 170, 16], [1; 3]] {
            let case = product("gemm/f16-matrix-acc-f32", size);
            assert_right(&case.with_tile(tile.clone()));
        }
    }
}

#[test]
fn neighbours_of_the_small_candidates_are_right() {
    let info = info();
    let case = product("gemm/f16-matrix", [65, 33, 33]);
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
    cases.iter().for_each(assert_right);
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
    let info = info();
    let mut ran = 0;
    for kernel in peaks() {
        for trips in [1, 3] {
            for candidate in tune::candidates(&chain(kernel, trips), &info) {
                assert_right(&candidate);
                ran += 1;
            }
        }
    }
    assert!(ran > 40, "{ran} candidates ran");
}

#[test]
fn a_subgroup_of_another_size_than_assumed_gives_an_answer_that_fails() {
    let products = ["gemm/f16-matrix", "gemm/f16-matrix-acc-f32"];
    let products = products.map(|name| product(name, [64; 3]));
    for case in products
        .into_iter()
        .chain(peaks().map(|kernel| chain(kernel, 1)))
    {
        let case = case.with_tile(case.kernel.candidates().remove(0));
        assert_eq!(answer(&case, 32), Ok(()));
        for other in [8, 16, 64] {
            assert!(
                answer(&case, other).is_err(),
                "{} {other}",
                case.kernel.name
            );
        }
    }
}

const ALL: [&str; 4] = [
    "peak/f16-matrix",
    "peak/f16-matrix-acc-f32",
    "gemm/f16-matrix",
    "gemm/f16-matrix-acc-f32",
];

/// The matrix kernels' records on a scripted device.
fn records(script: &str) -> Vec<Record> {
    let device = Simulated::parse(script).unwrap();
    let selection = Selection {
        suite: Suite::Quick,
        only: vec!["*/f16-matrix*".into()],
        sizes: vec![[129, 65, 33]],
        shapes: Vec::new(),
        stored: Vec::new(),
        data: vec![Pattern::Random],
        modes: vec![Mode::Sustained],
        seed: 42,
        templates: Default::default(),
    };
    let budget = Budget {
        warm_up_seconds: 0.0,
        warm_up_cap_seconds: 0.01,
        sample_seconds: 0.001,
        min_samples: 2,
        max_samples: 3,
        cap_seconds: 0.1,
        rest_seconds: None,
        check_seconds: None,
    };
    let planned = plan(&selection, suanli::device::Device::info(&device)).unwrap();
    let record = |planned| match planned {
        Planned::Record(record) => *record,
        Planned::Case(case) => {
            let mut tuner = Tuner::new(Tuning::Auto, Cache::in_memory());
            measure(&device, &case, &mut tuner, &budget, &mut None, &mut Silent)
        }
        .unwrap(),
    };
    planned.into_iter().map(record).collect()
}

struct Silent;

impl Watch for Silent {
    fn tried(&mut self) {}
    fn sampled(&mut self, _: f64) {}
    fn note(&mut self, _: &str) {}
    fn begin(&mut self, _: &Case) {}
    fn progress(&mut self, _: Option<Figure>) {}
    fn record(&mut self, _: &Record) {}
    fn interrupted(&self) -> Option<i32> {
        None
    }
}

#[test]
fn where_matrices_are_offered_all_four_kernels_are_measured_and_verified() {
    let records = records("matrix,tflops=100");
    let names: Vec<&str> = records
        .iter()
        .map(|record| record.kernel.as_str())
        .collect();
    assert_eq!(names, ALL);
    for record in records {
        let measured = record
            .measured()
            .unwrap_or_else(|| panic!("{:?}", record.outcome));
        assert!(measured.agreement.exact > 0 && measured.agreement.unchanged_after);
        assert!(measured.wrong_candidates.is_none());
    }
}

#[test]
fn where_they_are_not_offered_each_kernel_is_unsupported_and_says_what_lacks() {
    let reasons = |script: &str| -> Vec<String> {
        let records = records(script).into_iter();
        let reason = |record: Record| match record.outcome {
            Outcome::Unsupported { reason } => reason,
            _ => String::new(),
        };
        records.map(reason).collect()
    };
    for reason in reasons("") {
        assert!(reason.contains("cooperative-matrix"), "{reason}");
    }
    for (name, reason) in ALL.iter().zip(reasons("matrix-acc-f32")) {
        let lacks = "the adapter offers no cooperative matrices of f16 operands summed in f16";
        let wanted = if name.ends_with("f32") { "" } else { lacks };
        assert_eq!(reason, wanted, "{name}");
    }
}

#[test]
fn candidates_of_fragments_or_subgroups_the_device_has_not_are_left_out() {
    let mut few = info();
    few.subgroup_size = [32, 32];
    few.matrices.retain(|shape| shape.size == 8);
    for name in ALL {
        let mut case = product("gemm/f32", [64; 3]);
        case.kernel = kernels::find(name).unwrap();
        let (all, left) = (
            tune::candidates(&case, &info()),
            tune::candidates(&case, &few),
        );
        assert!(!left.is_empty() && left.len() < all.len());
        for case in left {
            assert_eq!(
                (case.params.tiled("size"), case.params.tiled("lanes")),
                (8, 32)
            );
        }
    }
}
