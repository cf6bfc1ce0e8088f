use std::collections::BTreeSet;

use half::f16;

use super::super::operands::decode;
use super::*;
use crate::kernel::{Input, Kernel, Mode};

const PEAKS: [&Kernel; 5] = [&F32, &F16, &F64, &I32, &INT8_DOT];

fn cases() -> Vec<Case> {
    let of_kernel = |kernel: &'static Kernel| {
        let case = Case::new(kernel, Params::new(Mode::Burst), 3);
        let tiles = kernel.candidates().into_iter();
        tiles.map(move |tile| case.with_tile(tile))
    };
    PEAKS.into_iter().flat_map(of_kernel).collect()
}

fn sized(case: &Case, workgroups: u32, trips: u32) -> Case {
    let mut case = case.clone();
    case.params.workgroups = Some(workgroups);
    case.params.trips = Some(trips);
    case
}

fn answer(case: &Case, workgroups: u32, trips: u32) -> Words {
    let case = sized(case, workgroups, trips);
    let inputs = (case.kernel.inputs)(&case, Input::Exact);
    (case.kernel.reference)(&case, &inputs)
}

fn name(case: &Case) -> String {
    format!("{} {}", case.kernel.name, case.params.tile_text())
}

/// One step: x becomes factor · y + addend. Numbers of every format, bits of i32, are f64 here.
type Step = fn(f64, f64, f64) -> f64;

fn half(x: f64) -> f64 {
    f16::from_f64(x).to_f64()
}

fn half_fused(x: f64, y: f64, z: f64) -> f64 {
    half(x * y + z)
}

/// The arithmetic of a format: fused, then rounded after the product where that may happen too.
fn arithmetics(format: Format) -> Vec<Step> {
    let wrapping: Step =
        |x, y, z| f64::from((x as u32).wrapping_mul(y as u32).wrapping_add(z as u32));
    let dots: Step = |x, y, z| f64::from(dot::dot(x as u32, y as u32).wrapping_add(z as u32));
    match format {
        Format::F32 => vec![
            |x, y, z| f64::from((x as f32).mul_add(y as f32, z as f32)),
            |x, y, z| f64::from(x as f32 * y as f32 + z as f32),
        ],
        Format::F16 => vec![half_fused, |x, y, z| half(half(x * y) + z)],
        Format::F64 => vec![f64::mul_add, |x, y, z| x * y + z],
        Format::I32 => vec![wrapping],
        _ => vec![dots],
    }
}

/// The operands as numbers, slot by slot.
fn numbers(case: &Case) -> Vec<f64> {
    let inputs = (case.kernel.inputs)(case, Input::Exact);
    match format_of(case) {
        Format::I32 | Format::I8 => inputs[0].iter().map(|word| f64::from(*word)).collect(),
        format => decode(format, &inputs[0]),
    }
}

/// Multiply-adds, and the names they read, as the text of the loop has them: target, factor, factor, addend.
fn steps_of(case: &Case) -> Vec<[String; 4]> {
    let wgsl = case.wgsl().unwrap();
    let (_, body) = wgsl
        .split_once("while (trip < constants.trips) {\n")
        .unwrap();
    let (body, _) = body.split_once("        trip += 1u;\n    }\n").unwrap();
    let lines = body.lines().map(|line| {
        let line = line.strip_prefix("        ").unwrap();
        let line = line.strip_suffix(';').unwrap();
        let (target, right) = line.split_once(" = ").unwrap();
        let bare = right
            .replace("bitcast<u32>", "")
            .replace("dot4I8Packed", "");
        let words: Vec<&str> = match format_of(case) {
            Format::I32 => {
                let (product, addend) = bare.split_once(" + ").unwrap();
                let (x, y) = product.split_once(" * ").unwrap();
                vec![x, y, addend]
            }
            Format::I8 => {
                let (product, addend) = bare.split_once(" + ").unwrap();
                let (x, y) = product.split_once(", ").unwrap();
                vec![x, y, addend]
            }
            _ => bare.strip_prefix("fma").unwrap().split(", ").collect(),
        };
        let operand = |word: &str| word.replace(['(', ')'], "");
        let [x, y, z] = words[..] else {
            panic!("{line}")
        };
        [target.to_owned(), operand(x), operand(y), operand(z)]
    });
    lines.collect()
}

/// Runs the rendered loop for `trips` trips, one step after the other, but for those `left_out` names (by
/// place in a trip, in the first trip only), and folds like the kernel.
fn walked(case: &Case, trips: u32, step: Step, left_out: &dyn Fn(usize) -> bool) -> Words {
    let case = sized(case, 1, trips);
    let steps = steps_of(&case);
    let slot = slot(&case.params);
    let numbers = numbers(&case);
    let mut slots: Vec<Vec<f64>> = numbers.chunks_exact(slot).map(<[f64]>::to_vec).collect();
    let place = |word: &String| match word.as_str() {
        "y" | "w0" => 0,
        "w1" => 1,
        "w" => 2,
        "z" if format_of(&case) == Format::I8 => 2,
        "z" => 1,
        word => 3 + word.strip_prefix('x').unwrap().parse::<usize>().unwrap(),
    };
    let steps: Vec<[usize; 4]> = steps
        .iter()
        .map(|words| words.each_ref().map(place))
        .collect();
    for trip in 0..trips {
        for (at, [target, x, y, z]) in steps.iter().enumerate() {
            if trip == 0 && left_out(at) {
                continue;
            }
            let [x, y, z] = [x, y, z].map(|operand| &slots[*operand]);
            let operands = x.iter().zip(y).zip(z);
            let made = operands.map(|((x, y), z)| step(*x, *y, *z)).collect();
            slots[*target] = made;
        }
    }
    let bits = |number: &f64| match format_of(&case) {
        Format::I32 | Format::I8 => *number as u32,
        _ => (*number as f32).to_bits(),
    };
    let ends: Words = slots[3..].iter().flatten().map(bits).collect();
    fold(&case.params, &ends)
}

#[test]
fn a_reference_equals_the_rendered_steps_fused_or_not() {
    for case in cases() {
        for trips in [1, 3] {
            let truth = answer(&case, 1, trips);
            for step in arithmetics(format_of(&case)) {
                assert!(
                    walked(&case, trips, step, &|_| false) == truth,
                    "{}",
                    name(&case)
                );
            }
        }
    }
}

#[test]
fn a_step_left_out_or_a_chain_left_standing_is_another_answer_in_most_threads() {
    for case in cases() {
        let truth = answer(&case, 1, 1);
        let step = arithmetics(format_of(&case))[0];
        let chains = case.params.tiled("chains") as usize;
        let count = chains * case.params.tiled("unroll") as usize;
        let wrong = |left_out: &dyn Fn(usize) -> bool| {
            let walked = walked(&case, 1, step, left_out);
            let pairs = walked.iter().zip(&truth);
            pairs.filter(|(walked, truth)| walked != truth).count() * 10 > truth.len() * 9
        };
        let some = [0, 1, chains, count / 2, count - chains, count - 1];
        for left in some {
            assert!(wrong(&|at| at == left), "{}: step {left}", name(&case));
        }
        for chain in BTreeSet::from([0, chains / 2, chains - 1]) {
            let stands = |at: usize| at % chains == chain;
            assert!(wrong(&stands), "{}: chain {chain}", name(&case));
        }
    }
}

/// The candidates and every sound neighbour of one.
fn reachable() -> Vec<Case> {
    let cases = cases();
    let neighbours = cases.iter().flat_map(|case| {
        let tile = case.params.tile.as_ref().unwrap();
        let tiles = case.kernel.space.neighbours(tile).into_iter();
        tiles.map(|tile| case.with_tile(tile))
    });
    neighbours.chain(cases.iter().cloned()).collect()
}

#[test]
fn a_trip_is_its_steps_and_nothing_else() {
    for case in reachable() {
        let tiled = |key| case.params.tiled(key) as usize;
        let steps = steps_of(&case);
        assert_eq!(
            steps.len(),
            tiled("unroll") * tiled("chains"),
            "{}",
            name(&case)
        );
        let work = sized(&case, 1, 1).work().operations;
        let each = if format_of(&case) == Format::I8 { 8 } else { 2 };
        let all = steps.len() * tiled("vector") * tiled("threads") * each;
        assert_eq!(work, all as u64);
        for chain in 0..tiled("chains") {
            let target = format!("x{chain}");
            let made = steps.iter().filter(|step| step[0] == target);
            assert_eq!(made.count(), tiled("unroll"), "{}", name(&case));
        }
        let demanded = demands(&case).invocations;
        let size = format!("@workgroup_size({demanded})");
        assert!(case.wgsl().unwrap().contains(&size), "{}", name(&case));
    }
}

#[test]
fn no_step_can_be_made_before_the_one_it_follows() {
    for case in cases() {
        let chains = case.params.tiled("chains") as usize;
        // Two trips, each number named with the step that made it: no product of two comes twice.
        let mut seen = BTreeSet::new();
        let steps = steps_of(&case);
        let mut made = vec![0; chains];
        for (at, step) in steps.iter().chain(&steps).enumerate() {
            let version = |word: &String| match word.strip_prefix('x') {
                Some(chain) => (word.clone(), made[chain.parse::<usize>().unwrap()]),
                None => (word.clone(), 0),
            };
            let product = BTreeSet::from([version(&step[1]), version(&step[2])]);
            let moving = step[1].starts_with('x') || step[2].starts_with('x');
            assert!(moving, "{}: {step:?}", name(&case));
            assert!(seen.insert(product), "{}: {step:?} again", name(&case));
            made[step[0][1..].parse::<usize>().unwrap()] = at + 1;
        }
    }
}

#[test]
fn one_trip_more_or_half_the_trips_is_another_answer() {
    for case in cases() {
        for trips in [1, 2, 3, 4, 8, 16] {
            let now = answer(&case, 1, trips);
            assert!(
                now != answer(&case, 1, trips + 1),
                "{}, {trips}",
                name(&case)
            );
            assert!(
                now != answer(&case, 1, 2 * trips),
                "{}, {trips}",
                name(&case)
            );
        }
    }
}

#[test]
fn every_workgroup_gives_the_same_words_and_few_threads_agree() {
    for case in cases() {
        let words = answer(&case, 3, 2);
        let threads = threads(&case.params) as usize;
        assert_eq!(words.len(), 3 * threads);
        assert!(words[..threads] == words[2 * threads..]);
        let distinct: BTreeSet<u32> = words.iter().copied().collect();
        assert!(distinct.len() > 40, "{}", name(&case));
    }
}

#[test]
fn counting_chains_stay_exact_to_their_last_trip() {
    for case in cases() {
        let counts = matches!(format_of(&case), Format::F16 | Format::F32 | Format::F64);
        assert_eq!(max_trips(&case) < u32::MAX, counts);
    }
    // Half precision is walked to the end; the others count by the same rule.
    let tile = |form: u32| {
        let values = [
            ("form", form),
            ("vector", 1),
            ("chains", 2),
            ("unroll", 24),
            ("threads", 128),
        ];
        values.map(|(key, value)| (key.to_owned(), value)).into()
    };
    for form in [1, 2, 3, 4] {
        let case = Case::new(&F16, Params::new(Mode::Burst), 3).with_tile(tile(form));
        let trips = max_trips(&case);
        for step in arithmetics(Format::F16) {
            let walked = walked(&case, trips, step, &|_| false);
            assert!(walked == answer(&case, 1, trips), "{}", name(&case));
            assert!(walked != answer(&case, 1, trips - 1), "{}", name(&case));
        }
        let beyond = trips + 400;
        let walked = walked(&case, beyond, half_fused, &|_| false);
        assert!(walked != answer(&case, 1, beyond), "{}", name(&case));
    }
}

#[test]
fn half_precision_can_run_long_enough_that_loads_and_fold_cost_nothing() {
    // Loads, fold and store are some 120 instructions; a packed pair of lanes is one.
    let instructions = |case: &Case| {
        let chains = case.params.tiled("chains") * case.params.tiled("vector").div_ceil(2);
        max_trips(case) * case.params.tiled("unroll") * chains
    };
    let halves = cases()
        .into_iter()
        .filter(|case| format_of(case) == Format::F16);
    let slow = halves.filter(|case| case.params.tiled("form") >= 3);
    for case in slow {
        assert!(instructions(&case) > 200_000, "{}", name(&case));
    }
}

#[test]
fn chains_and_lanes_of_a_thread_start_apart() {
    for case in cases()
        .into_iter()
        .filter(|case| format_of(case) != Format::I8)
    {
        let lanes = case.params.tiled("vector") as usize;
        let slot = slot(&case.params);
        let starts = numbers(&case).split_off(INVARIANTS as usize * slot);
        // Of a pair, the second.
        let paired = case.params.tiled("form") == 4;
        let slots = starts.chunks_exact(slot).skip(usize::from(paired));
        let slots: Vec<&[f64]> = slots.step_by(1 + usize::from(paired)).collect();
        for thread in 0..slot / lanes {
            let places = thread * lanes..(thread + 1) * lanes;
            let own = slots.iter().flat_map(|slot| &slot[places.clone()]);
            let distinct: BTreeSet<u64> = own.map(|start| start.to_bits()).collect();
            assert_eq!(distinct.len(), slots.len() * lanes, "{}", name(&case));
        }
    }
}

#[test]
fn there_are_scalar_candidates_and_all_of_them_are_sound_and_reach_their_neighbours() {
    for kernel in PEAKS {
        let tiles = kernel.candidates();
        assert!((12..=24).contains(&tiles.len()), "{}", kernel.name);
        let scalar = tiles
            .iter()
            .filter(|tile| tile.get("vector").is_none_or(|v| *v == 1));
        assert!(scalar.count() >= 3, "{}", kernel.name);
        let distinct: BTreeSet<&Tile> = tiles.iter().collect();
        assert_eq!(distinct.len(), tiles.len(), "{}", kernel.name);
        for tile in &tiles {
            assert!((kernel.space.sound)(tile), "{} {tile:?}", kernel.name);
            for (key, values) in kernel.space.axes {
                assert!(
                    values.contains(&tile[*key]),
                    "{} {tile:?} {key}",
                    kernel.name
                );
            }
        }
    }
}

#[test]
fn pairs_and_rings_that_cannot_be_rendered_are_not_sound() {
    let changed = |kernel: &Kernel, form: u32, key: &str, value: u32| {
        let tiles = kernel.candidates().into_iter();
        let mut tile = tiles.clone().find(|tile| tile["form"] == form).unwrap();
        tile.insert(key.into(), value);
        (kernel.space.sound)(&tile)
    };
    assert!(!changed(&F32, 4, "chains", 3));
    assert!(!changed(&F32, 4, "unroll", 64));
    assert!(changed(&F32, 4, "unroll", 24));
    assert!(!changed(&INT8_DOT, 3, "chains", 2));
    assert!(!changed(&INT8_DOT, 3, "weights", 2));
    assert!(!changed(&INT8_DOT, 1, "unroll", 8));
    assert!(!(F32.space.sound)(&Tile::new()));
}

#[test]
fn demands_count_a_vector_for_every_chain_and_operand() {
    let demanded = |kernel: &'static Kernel, changes: &[(&str, u32)]| {
        let mut tile = kernel.candidates().remove(0);
        tile.extend(changes.iter().map(|(key, value)| ((*key).into(), *value)));
        demands(&Case::new(kernel, Params::new(Mode::Burst), 1).with_tile(tile))
    };
    let wide: &[(&str, u32)] = &[("chains", 16), ("vector", 4), ("threads", 128)];
    assert_eq!(demanded(&F64, wide).registers, 19 * 8 + 12);
    assert_eq!(demanded(&F32, wide).registers, 19 * 4 + 12);
    assert_eq!(demanded(&F16, wide).registers, 19 * 2 + 12);
    assert_eq!(demanded(&F32, wide).invocations, 128);
    assert_eq!(demanded(&INT8_DOT, &[("chains", 8)]).registers, 11 + 12);
}

#[test]
fn workgroups_are_laid_out_in_full() {
    for power in 0..=16 {
        let case = sized(&cases()[0], 1 << power, 1);
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
        dot::dot(pack([1, -2, 3, 4]), pack([5, 6, -7, 8])) as i32,
        5 - 12 - 21 + 32
    );
    assert_eq!(dot::dot(pack([-128; 4]), pack([-128; 4])), 4 * 128 * 128);
}
