use std::collections::BTreeSet;

use half::f16;

use super::operands::decode;
use super::*;
use crate::kernel::{Input, Mode};

const PEAKS: [&Kernel; 5] = [&F32, &F16, &F64, &I32, &INT8_DOT];

fn cases() -> Vec<Case> {
    let of_kernel = |kernel: &'static Kernel| {
        let case = Case::new(kernel, Params::new(Mode::Burst), 3);
        let tiles = kernel.candidates().into_iter();
        tiles.map(move |tile| case.with_tile(tile))
    };
    PEAKS.into_iter().flat_map(of_kernel).collect()
}

fn answer(case: &Case, workgroups: u32, trips: u32) -> Words {
    let mut case = case.clone();
    case.params.workgroups = Some(workgroups);
    case.params.trips = Some(trips);
    let inputs = (case.kernel.inputs)(&case, Input::Exact);
    (case.kernel.reference)(&case, &inputs)
}

#[test]
fn one_trip_more_or_half_the_trips_is_another_answer() {
    for case in cases() {
        for trips in [1, 2, 3, 4, 8, 64] {
            let now = answer(&case, 1, trips);
            let name = (case.kernel.name, &case.params.tile, trips);
            assert!(now != answer(&case, 1, trips + 1), "{name:?}");
            assert!(now != answer(&case, 1, 2 * trips), "{name:?}");
        }
    }
}

#[test]
fn every_workgroup_gives_the_same_256_words_and_few_threads_agree() {
    for case in cases() {
        let words = answer(&case, 3, 2);
        assert_eq!(words.len(), 3 * 256);
        assert!(words[..256] == words[512..]);
        let distinct: BTreeSet<u32> = words.iter().copied().collect();
        let name = (case.kernel.name, &case.params.tile);
        assert!(distinct.len() > 40, "{name:?}");
    }
}

/// Walks every float chain of the case for `trips` trips with `step`, and folds the ends like the kernel.
fn walked(case: &Case, trips: u32, step: impl Fn(f64, f64, f64) -> f64) -> Words {
    let mut case = case.clone();
    case.params.trips = Some(trips);
    let inputs = (case.kernel.inputs)(&case, Input::Exact);
    let numbers = decode(format_of(&case), &inputs[0]);
    let slot = slot(&case.params);
    let addend = if two_registers(&case.params) { 0 } else { slot };
    fold(&case.params, |chain, place| {
        let mut x = numbers[(2 + chain) * slot + place];
        for _ in 0..steps(&case.params) {
            x = step(x, numbers[place], numbers[addend + place]);
        }
        (x as f32).to_bits()
    })
}

#[test]
fn float_chains_are_exact_fused_or_not_and_equal_their_steps() {
    for case in cases() {
        let truth = answer(&case, 1, 5);
        let name = (case.kernel.name, &case.params.tile);
        let half = |x: f64| f16::from_f64(x).to_f64();
        match format_of(&case) {
            Format::F32 => {
                let fused =
                    |x: f64, y: f64, z: f64| f64::from((x as f32).mul_add(y as f32, z as f32));
                let split = |x: f64, y: f64, z: f64| f64::from(x as f32 * y as f32 + z as f32);
                assert!(walked(&case, 5, fused) == truth, "{name:?}");
                assert!(walked(&case, 5, split) == truth, "{name:?}");
            }
            Format::F16 => {
                assert_eq!(
                    walked(&case, 5, |x, y, z| half(x * y + z)),
                    truth,
                    "{name:?}"
                );
                assert_eq!(
                    walked(&case, 5, |x, y, z| half(half(x * y) + z)),
                    truth,
                    "{name:?}"
                );
            }
            Format::F64 => {
                assert_eq!(
                    walked(&case, 5, |x, y, z| x.mul_add(y, z)),
                    truth,
                    "{name:?}"
                );
                assert!(walked(&case, 5, |x, y, z| x * y + z) == truth, "{name:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn counting_chains_stay_exact_to_their_last_trip() {
    for case in cases() {
        let trips = max_trips(&case);
        let counts = matches!(format_of(&case), Format::F16 | Format::F32 | Format::F64);
        assert_eq!(trips < u32::MAX, counts);
        if trips < u32::MAX && format_of(&case) == Format::F16 {
            let half = |x: f64| f16::from_f64(x).to_f64();
            let stepped = walked(&case, trips, |x, y, z| half(x * y + z));
            assert!(stepped == answer(&case, 1, trips));
            assert!(stepped != answer(&case, 1, trips - 1));
            let beyond = walked(&case, trips + 32, |x, y, z| half(x * y + z));
            assert!(beyond != answer(&case, 1, trips + 32));
        }
    }
}

#[test]
fn lanes_and_chains_of_a_thread_start_apart() {
    for case in cases() {
        let lanes = case.params.tiled("vector") as usize;
        let chains = case.params.tiled("chains") as usize;
        if format_of(&case) == Format::I8 {
            continue;
        }
        let inputs = (case.kernel.inputs)(&case, Input::Exact);
        let slot = slot(&case.params);
        let numbers = decode(format_of(&case), &inputs[0]);
        for thread in 0..256 {
            let starts = (0..chains * lanes)
                .map(|at| numbers[(2 + at / lanes) * slot + thread * lanes + at % lanes].to_bits());
            assert_eq!(starts.collect::<BTreeSet<_>>().len(), chains * lanes);
        }
    }
}

#[test]
fn workgroups_are_laid_out_in_full() {
    for power in 0..=16 {
        let mut case = cases().remove(0);
        case.params.workgroups = Some(1 << power);
        let Action::Compute(program) = case.action() else {
            panic!("a peak computes")
        };
        assert_eq!(program.columns * program.rows, 1 << power);
        assert!(program.rows <= 65_535 && (power == 0 || program.rows > 1));
    }
}

#[test]
fn a_dot_product_by_hand() {
    let pack = |bytes: [i8; 4]| u32::from_le_bytes(bytes.map(|byte| byte as u8));
    assert_eq!(
        dot(pack([1, -2, 3, 4]), pack([5, 6, -7, 8])) as i32,
        5 - 12 - 21 + 32
    );
    assert_eq!(dot(pack([-128; 4]), pack([-128; 4])), 4 * 128 * 128);
}
