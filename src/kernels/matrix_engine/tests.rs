use half::f16;

use super::chain::{fold, inputs, max_trips};
use super::*;
use crate::kernel::{Case, Mode, Params};
use crate::kernels::operands::decode;

fn cases() -> impl Iterator<Item = Case> {
    [&PEAK_F16, &PEAK_F16_ACC_F32]
        .into_iter()
        .flat_map(|kernel| {
            let case = Case::new(kernel, Params::new(Mode::Burst), 3);
            kernel
                .candidates()
                .into_iter()
                .map(move |tile| case.with_tile(tile))
        })
}

fn with_steps(case: &Case, trips: u32) -> Case {
    let mut case = case.clone();
    case.params.trips = Some(trips);
    case
}

/// Every step of every chain, each product added in the accumulate format in the order of `places`.
fn walked(case: &Case, trips: u32, places: &[usize]) -> Vec<u32> {
    let case = with_steps(case, trips);
    let buffers = inputs(&case);
    let size = case.params.tiled("size") as usize;
    let operands = decode(Format::F16, &buffers[0]);
    let mut sums = decode(sum_of(case.kernel), &buffers[1]);
    let area = size * size;
    let (left, right) = operands.split_at(4 * area);
    let round = |sum: f64| match sum_of(case.kernel) {
        Format::F16 => f16::from_f64(sum).to_f64(),
        _ => f64::from(sum as f32),
    };
    for (at, sum) in sums.iter_mut().enumerate() {
        let (tile, place) = (at / area % 16, at % area);
        let a = &left[tile / 4 * area + place / size * size..][..size];
        let b = &right[tile % 4 * area + place % size..];
        for _ in 0..trips * case.params.tiled("unroll") {
            for k in places.iter().filter(|k| **k < size) {
                *sum = round(*sum + a[*k] * b[k * size]);
            }
        }
    }
    fold(&case, |subgroup, element| {
        sums[subgroup * 16 * area + element]
    })
}

#[test]
fn the_reference_equals_every_step_walked_in_either_order() {
    let forwards: Vec<usize> = (0..16).collect();
    let backwards: Vec<usize> = (0..16).rev().collect();
    for case in cases() {
        let case = with_steps(&case, 3);
        let truth = (case.kernel.reference)(&case, &inputs(&case));
        assert!(
            truth == walked(&case, 3, &forwards),
            "{:?}",
            case.params.tile
        );
        assert!(
            truth == walked(&case, 3, &backwards),
            "{:?}",
            case.params.tile
        );
    }
}

#[test]
fn half_precision_is_exact_to_the_last_trip_and_not_far_beyond() {
    let mut tile = PEAK_F16.candidates().remove(0);
    tile.insert("subgroups".into(), 1);
    let case = Case::new(&PEAK_F16, Params::new(Mode::Burst), 3).with_tile(tile);
    let forwards: Vec<usize> = (0..16).collect();
    let truth = |trips| {
        let case = with_steps(&case, trips);
        (case.kernel.reference)(&case, &inputs(&case))
    };
    let last = max_trips(&case);
    assert!(truth(last) == walked(&case, last, &forwards));
    assert!(truth(last + 64) != walked(&case, last + 64, &forwards));
}

#[test]
fn one_trip_more_or_half_the_trips_is_another_answer_of_every_word() {
    for case in cases() {
        let truth = |trips| {
            let case = with_steps(&case, trips);
            (case.kernel.reference)(&case, &inputs(&case))
        };
        for (one, other) in [(1, 2), (2, 4), (7, 8)] {
            let (one, other) = (truth(one), truth(other));
            let same = one.iter().zip(&other).filter(|(one, other)| one == other);
            assert!(same.count() <= 1, "{:?}", case.params.tile);
        }
    }
}

#[test]
fn work_counts_every_multiply_add_of_every_subgroup() {
    let mut case = cases().next().unwrap();
    (case.params.workgroups, case.params.trips) = (Some(5), Some(3));
    // 5 workgroups of 4 subgroups, 16 chains of 3 trips of 8 steps, each 2·16³.
    let work = case.work();
    assert_eq!(work.operations, 5 * 4 * 16 * 3 * 8 * 2 * 16 * 16 * 16);
    assert_eq!(work.bytes, 5 * 4 * 32 * 4);
}

#[test]
fn every_curated_tile_is_sound() {
    for kernel in [&PEAK_F16, &PEAK_F16_ACC_F32, &GEMM_F16, &GEMM_F16_ACC_F32] {
        let tiles = kernel.candidates();
        assert!((12..=24).contains(&tiles.len()), "{}", kernel.name);
        for tile in tiles {
            assert!((kernel.space.sound)(&tile), "{}: {tile:?}", kernel.name);
        }
    }
}
