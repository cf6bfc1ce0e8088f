use std::collections::BTreeSet;

use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, TypeInner};

use super::*;
use crate::figure::{Engine, Format, Metric};
use crate::kernel::{Action, Check, Feature, Input, Mode, Params, Pattern, Program, Sizing};
use crate::matrix::Layout;

fn params(kernel: &Kernel) -> Params {
    let mut params = Params::new(Mode::Burst);
    match kernel.sizing {
        Sizing::Gemm => (params.m, params.n, params.k) = (Some(129), Some(65), Some(33)),
        Sizing::Buffer => params.bytes = Some(300_000),
        Sizing::Loop => (params.bytes, params.trips) = (Some(300_000), Some(3)),
        Sizing::Chain => (params.workgroups, params.trips) = (Some(4), Some(3)),
        Sizing::Fixed => {}
    }
    params
}

/// Every kernel with every candidate, at a small ragged size.
fn cases() -> Vec<Case> {
    let of_kernel = |kernel: &&'static Kernel| {
        let case = Case::new(kernel, params(kernel), 7);
        let tiles = kernel.candidates().into_iter();
        tiles.map(move |tile| case.with_tile(tile))
    };
    ALL.iter().flat_map(of_kernel).collect()
}

fn named(name: &str, tile: usize, size: impl Fn(&mut Params)) -> Case {
    let kernel = find(name).unwrap();
    let mut params = params(kernel);
    size(&mut params);
    Case::new(kernel, params, 7).with_tile(kernel.candidates().remove(tile))
}

fn program(case: &Case) -> Option<Program> {
    match case.action() {
        Action::Compute(program) => Some(program),
        _ => None,
    }
}

fn layouts(case: &Case) -> [Layout; 2] {
    let Check::Product(product) = case.kernel.check else {
        panic!("{} is no product", case.kernel.name)
    };
    let product = product(&case.params);
    [product.a, product.b]
}

fn module(case: &Case) -> naga::Module {
    let wgsl = case.wgsl().unwrap();
    let module = naga::front::wgsl::parse_str(&wgsl);
    module.unwrap_or_else(|error| panic!("{}", error.emit_to_string(&wgsl)))
}

#[test]
fn names_are_unique_and_say_their_family() {
    let names: BTreeSet<&str> = ALL.iter().map(|kernel| kernel.name).collect();
    assert_eq!(names.len(), ALL.len());
    for name in names {
        let (family, rest) = name.split_once('/').unwrap();
        assert!(!rest.is_empty());
        assert!(
            ["peak", "gemm", "memory", "latency", "transfer"].contains(&family),
            "{name}"
        );
        assert_eq!(find(name).unwrap().name, name);
    }
    assert!(find("gemm/f31").is_none());
}

#[test]
fn every_kernel_is_described_in_one_line() {
    for kernel in ALL {
        assert!((10..90).contains(&kernel.about.len()), "{}", kernel.name);
        assert!(
            !kernel.about.contains('\n') && !kernel.about.ends_with('.'),
            "{}",
            kernel.name
        );
    }
}

#[test]
fn every_kind_is_stated_in_full() {
    for kernel in ALL {
        let kind = kernel.kind;
        assert_eq!(
            kind.metric == Metric::Rate,
            kind.engine.is_some(),
            "{}",
            kernel.name
        );
        let formats = [kind.storage, kind.arithmetic, kind.accumulate];
        assert!(
            !formats.contains(&Some(Format::Unspecified)),
            "{}",
            kernel.name
        );
        assert_ne!(kind.engine, Some(Engine::Unspecified), "{}", kernel.name);
    }
    let emulated = find("gemm/f16-emulated").unwrap().kind;
    assert_eq!(emulated.storage, Some(Format::F16));
    assert_eq!(emulated.arithmetic, Some(Format::F32));
}

#[test]
fn every_kernel_but_an_empty_submit_does_work() {
    for case in cases() {
        let work = case.work();
        match case.kernel.kind.metric {
            Metric::Rate | Metric::LoadLatency => {
                assert!(work.operations > 0, "{}", case.kernel.name);
            }
            Metric::Latency => assert_eq!((work.operations, work.bytes), (0, 0)),
            _ => assert!(work.bytes > 0, "{}", case.kernel.name),
        }
    }
}

#[test]
fn work_counts_what_the_contract_says() {
    let gemm = named("gemm/f16-acc-f32", 0, |_| {});
    assert_eq!(gemm.work().operations, 2 * 129 * 65 * 33);
    assert_eq!(gemm.work().bytes, (129 * 33 + 33 * 65) * 2 + 129 * 65 * 4);
    let dot = named("peak/int8-dot", 0, |_| {});
    assert_eq!(dot.work().operations, 4 * 256 * 3 * 16 * 4 * 8);
    let chain = named("peak/f32", 9, |_| {});
    assert_eq!(chain.work().operations, 4 * 256 * 3 * 32 * 4 * 4 * 2);
    let triad = named("memory/triad", 0, |params| params.bytes = Some(5 << 20));
    assert_eq!(triad.work().bytes, 15 << 20);
    let copy = named("memory/copy", 2, |params| params.bytes = Some(1 << 20));
    assert_eq!(copy.work().bytes, 8 << 20);
    let sweep = named("memory/sweep", 0, |_| {});
    assert_eq!(sweep.work().bytes, 1024 * 256 * 3 * 4 * 16);
    let workgroup = named("memory/workgroup", 0, |_| {});
    assert_eq!(workgroup.work().bytes, 4 * 256 * 3 * 8 * 16);
    let step = named("latency/memory", 0, |_| {});
    assert_eq!(step.work().operations, 3 * 64);
    let trip = named("transfer/round-trip", 0, |_| {});
    assert_eq!(trip.work().bytes, 600_000);
    let read = named("memory/read", 0, |params| params.bytes = Some(1 << 20));
    assert_eq!(read.work().bytes, (1 << 20) + (1 << 20) / 64);
}

#[test]
fn naga_accepts_every_candidate() {
    for case in cases().iter().filter(|case| case.kernel.template.is_some()) {
        let module = module(case);
        // unpack2x16float: everywhere but on the oldest GL.
        let mut offered = Capabilities::SHADER_FLOAT16_IN_FLOAT32;
        for feature in case.kernel.requires {
            match feature {
                Feature::ShaderF16 => offered |= Capabilities::SHADER_FLOAT16,
                Feature::ShaderF64 => offered |= Capabilities::FLOAT64,
                Feature::Subgroups => offered |= Capabilities::SUBGROUP,
                Feature::CooperativeMatrix => offered |= Capabilities::COOPERATIVE_MATRIX,
                _ => {}
            }
        }
        let validated = Validator::new(ValidationFlags::all(), offered).validate(&module);
        if let Err(error) = validated {
            panic!("{} {:?}: {error:?}", case.kernel.name, case.params.tile);
        }
        assert_eq!(module.entry_points.len(), 1);
        assert_eq!(module.entry_points[0].name, "main");
    }
}

#[test]
fn demands_are_what_the_shader_takes() {
    for case in cases().iter().filter(|case| case.kernel.template.is_some()) {
        let module = module(case);
        let shared = module
            .global_variables
            .iter()
            .map(|(_, variable)| match variable.space {
                AddressSpace::WorkGroup => module.types[variable.ty].inner.size(module.to_ctx()),
                _ => 0,
            });
        let taken = Demands {
            workgroup_bytes: shared.sum(),
            invocations: module.entry_points[0].workgroup_size.iter().product(),
            registers: demands(case).registers,
        };
        assert_eq!(
            demands(case),
            taken,
            "{} {:?}",
            case.kernel.name,
            case.params.tile
        );
    }
}

#[test]
fn the_first_candidate_fits_every_device() {
    for kernel in ALL {
        let first = Case::new(kernel, params(kernel), 7).with_tile(kernel.candidates().remove(0));
        let demands = demands(&first);
        assert!(demands.workgroup_bytes <= 16 << 10, "{}", kernel.name);
        assert!(demands.invocations <= 256, "{}", kernel.name);
    }
}

#[test]
fn programs_inputs_and_reference_agree_on_every_size() {
    for case in cases() {
        let inputs = (case.kernel.inputs)(&case, Input::Exact);
        let output = (case.kernel.reference)(&case, &inputs);
        let Some(program) = program(&case) else {
            continue;
        };
        let made = inputs
            .iter()
            .chain([&output])
            .map(|words| words.len() as u64 * 4);
        assert_eq!(
            program.buffers,
            made.collect::<Vec<_>>(),
            "{}",
            case.kernel.name
        );
        assert!((1..=65_535).contains(&program.rows) && (1..=65_535).contains(&program.columns));
        let module = module(&case);
        let mut uniforms = module.global_variables.iter().map(|(_, variable)| variable);
        let block = uniforms
            .find(|variable| variable.space == AddressSpace::Uniform)
            .unwrap();
        let TypeInner::Struct { members, span } = &module.types[block.ty].inner else {
            panic!("{}: binding 0 is no struct", case.kernel.name)
        };
        // Whoever doesn't ask for the column has grids that are never cut in columns.
        let text = case.wgsl().unwrap();
        let asks = ["constants.column)", "constants.column;"]
            .iter()
            .any(|word| text.contains(word));
        assert!(
            asks || program.rows >= program.columns,
            "{}",
            case.kernel.name
        );
        for (member, name) in members.iter().zip(["row", "column"]) {
            assert_eq!(member.name.as_deref(), Some(name));
        }
        assert_eq!(
            *span as usize,
            4 * (2 + program.constants.len()),
            "{}",
            case.kernel.name
        );
    }
}

#[test]
fn any_buffer_size_is_moved_in_whole_rows() {
    let tiles = |name| (0..find(name).unwrap().candidates().len()).map(move |tile| (name, tile));
    for (name, tile) in ["memory/copy", "memory/read"].into_iter().flat_map(tiles) {
        for bytes in [
            0,
            1,
            262_144,
            1 << 20,
            (1 << 20) + 12,
            7 << 20,
            (2 << 30) - 4,
        ] {
            let case = named(name, tile, |params| params.bytes = Some(bytes));
            let program = program(&case).unwrap();
            let per = u64::from(case.params.tiled("per"));
            let groups = u64::from(program.columns) * u64::from(program.rows);
            let [threads, passes] =
                ["threads", "passes"].map(|key| u64::from(case.params.tiled(key)));
            assert_eq!(groups * threads * 16 * per, program.buffers[0] * passes);
            assert!(program.buffers[0] <= bytes.max(262_144) && program.rows <= 65_535);
        }
    }
}

#[test]
fn exact_operands_keep_every_sum_exact_and_use_every_place_of_k() {
    for k in [1, 2048, 2049, 5000] {
        let case = named("gemm/f16", 0, |params| params.k = Some(k));
        let [a, _] = layouts(&case);
        let left = &(case.kernel.inputs)(&case, Input::Exact)[0];
        let element = |row: usize, k: usize| a.read(left, row, k);
        for row in 0..a.rows {
            let terms = (0..a.columns).filter(|k| element(row, *k) != 0.0);
            assert!(terms.count() <= operands::EXACT_TERMS);
            assert!((0..a.columns).all(|k| [-1.0, 0.0, 1.0].contains(&element(row, k))));
        }
        assert!((0..a.columns).all(|k| (0..a.rows).any(|row| element(row, k) != 0.0)));
    }
}

#[test]
fn the_longest_int8_sum_just_fits_an_i32() {
    let largest = i64::from(MAX_K_INT8) * 128 * 128;
    assert!(largest <= i64::from(i32::MAX) && largest + 128 * 128 > i64::from(i32::MAX));
}

#[test]
fn a_tile_changes_the_padding_never_the_numbers() {
    for input in [Input::Exact, Input::Timed(Pattern::Random)] {
        for name in ["gemm/f16", "gemm/int8-dot"] {
            let read = |case: &Case| {
                let inputs = (case.kernel.inputs)(case, input);
                let numbers = layouts(case)
                    .into_iter()
                    .zip(inputs)
                    .map(|(layout, words)| {
                        let places = (0..layout.rows * layout.columns).map(|at| {
                            layout.read(&words, at / layout.columns, at % layout.columns)
                        });
                        places.collect::<Vec<_>>()
                    });
                numbers.collect::<Vec<_>>()
            };
            let [first, second] = [0, 1].map(|tile| read(&named(name, tile, |_| {})));
            assert!(first == second, "{name}");
            assert!(first[0][..100] != first[1][..100], "{name}");
        }
    }
}

#[test]
fn timed_operands_follow_the_pattern() {
    let read = |name: &str, pattern| {
        let case = named(name, 0, |_| {});
        let left = (case.kernel.inputs)(&case, Input::Timed(pattern)).remove(0);
        let [a, _] = layouts(&case);
        (0..a.rows)
            .map(|row| a.read(&left, row, 0))
            .collect::<Vec<_>>()
    };
    for name in ["gemm/f32", "gemm/f16"] {
        let random = read(name, Pattern::Random);
        assert!(random.iter().all(|x| x.abs() <= 1.0) && random.iter().any(|x| x.abs() > 0.5));
        assert!(random.iter().any(|x| *x < 0.0) && random.iter().any(|x| *x > 0.0));
        let toggled = read(name, Pattern::LowToggle);
        assert!(toggled.iter().all(|x| [-0.5, 0.0, 0.5, 1.0].contains(x)));
        assert!(read(name, Pattern::Zeros).iter().all(|x| *x == 0.0));
    }
    let random = read("gemm/int8-dot", Pattern::Random);
    assert!(random.iter().any(|x| *x < -64.0) && random.iter().any(|x| *x > 64.0));
    let toggled = read("gemm/int8-dot", Pattern::LowToggle);
    assert!(toggled.iter().all(|x| [-1.0, 0.0, 1.0, 2.0].contains(x)));
}

#[test]
fn a_seed_gives_the_same_operands_again_and_another_seed_others() {
    for case in cases() {
        let draw = |seed| {
            let case = Case {
                seed,
                ..case.clone()
            };
            let inputs = (case.kernel.inputs)(&case, Input::Timed(Pattern::Random));
            (case.kernel.reference)(&case, &inputs)
        };
        assert!(draw(1) == draw(1), "{}", case.kernel.name);
        if !draw(1).is_empty() {
            assert!(draw(1) != draw(2), "{}", case.kernel.name);
        }
    }
}

#[test]
fn a_tile_of_ones_lies_behind_a_row_major_b_and_behind_nothing_else() {
    let case = named("gemm/f32", 0, |_| {});
    let inputs = (case.kernel.inputs)(&case, Input::Timed(Pattern::Zeros));
    let [_, b] = layouts(&case);
    let guard = 16 * b.stride;
    let (inside, behind) = inputs[1].split_at(inputs[1].len() - guard);
    assert!(behind.iter().all(|word| *word == 1f32.to_bits()));
    assert!(inside.iter().chain(&inputs[0]).all(|word| *word == 0));
}

#[test]
fn a_product_by_hand_is_the_references() {
    for name in ["gemm/f32", "gemm/f16", "gemm/f16-emulated", "gemm/int8-dot"] {
        let case = named(name, 0, |params| {
            (params.m, params.n, params.k) = (Some(2), Some(3), Some(2))
        });
        let [a, b] = layouts(&case);
        let left = a.fill(|row, k| [[1.0, 2.0], [3.0, 4.0]][row][k]);
        let right = b.fill(|k, column| [[5.0, 6.0, 7.0], [8.0, 9.0, -1.0]][k][column]);
        let output = (case.kernel.reference)(&case, &[left, right]);
        let Check::Product(product) = case.kernel.check else {
            unreachable!()
        };
        let c = product(&case.params).c;
        let numbers = [0, 1].map(|row| [0, 1, 2].map(|column| c.read(&output, row, column)));
        assert_eq!(numbers, [[21.0, 24.0, 5.0], [47.0, 54.0, 17.0]], "{name}");
    }
}
