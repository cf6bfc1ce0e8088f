//! The device itself: kernels of a few lines that run on whatever adapter there is.
//!
//! Without an adapter a test says so and passes, unless `SUANLI_REQUIRE_GPU=1`.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::device::{Device, Timing};
use crate::error::Error;
use crate::figure::{Engine, Format, Kind};
use crate::kernel::{
    Action, Case, Check, Kernel, Mode, Params, Program, Sizing, Space, Template, Work,
};
use crate::matrix::Words;

const COLUMNS: u32 = 3;
const ROWS: u32 = 14;
const WIDTH: u32 = 64;
const WORDS: u32 = COLUMNS * ROWS * WIDTH;

/// One word an invocation: `body` makes `output[i]` of `input[i]`.
fn wgsl(body: &str) -> String {
    format!(
        "struct Uniform {{ row: u32, column: u32, factor: u32, }}
        @group(0) @binding(0) var<uniform> u: Uniform;
        @group(0) @binding(1) var<storage, read> input: array<u32>;
        @group(0) @binding(2) var<storage, read_write> output: array<u32>;
        @compute @workgroup_size({WIDTH})
        fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{
            let i = ((group.y + u.row) * {COLUMNS} + group.x + u.column) * {WIDTH} + lane;
            {body}
        }}"
    )
}

fn inputs(_: &Case, _: crate::kernel::Input) -> Vec<Words> {
    vec![(0..WORDS).map(|i| i.wrapping_mul(2_654_435_761)).collect()]
}

const PLAIN: Kernel = Kernel {
    name: "test/scale",
    about: "every word times a constant",
    kind: Kind::rate(Engine::Vector, Format::I32, Format::I32, Format::I32),
    requires: &[],
    sizing: Sizing::Fixed,
    patterned: false,
    template: Some(Template {
        name: "test.wgsl",
        source: "",
    }),
    constants: &[],
    space: Space::NONE,
    work: |_| Work {
        operations: u64::from(WORDS),
        bytes: 8 * u64::from(WORDS),
    },
    action: |_| {
        Action::Compute(Program {
            buffers: vec![4 * u64::from(WORDS); 2],
            columns: COLUMNS,
            rows: ROWS,
            constants: vec![3],
        })
    },
    inputs,
    reference: |_, inputs| inputs[0].iter().map(|word| word.wrapping_mul(3)).collect(),
    check: Check::Equal,
};

static SCALE: Kernel = PLAIN;

static HUGE: Kernel = Kernel {
    name: "test/huge",
    action: |_| {
        Action::Compute(Program {
            buffers: vec![1 << 60, 16],
            columns: 1,
            rows: 1,
            constants: vec![],
        })
    },
    ..PLAIN
};

static WIDE: Kernel = Kernel {
    name: "test/wide",
    action: |_| {
        Action::Compute(Program {
            buffers: vec![16, 16],
            columns: u32::MAX,
            rows: 1,
            constants: vec![],
        })
    },
    ..PLAIN
};

/// Eight chunks and a part: every staging buffer has its turn twice, and one a third time.
const MOVED: u64 = (67 << 20) + 4;

static UPLOAD: Kernel = Kernel {
    name: "test/upload",
    template: None,
    action: |_| Action::Upload { bytes: MOVED },
    ..PLAIN
};

static DOWNLOAD: Kernel = Kernel {
    name: "test/download",
    action: |_| Action::Download { bytes: MOVED },
    template: None,
    ..PLAIN
};

static ROUND_TRIP: Kernel = Kernel {
    name: "test/round-trip",
    action: |_| Action::RoundTrip { bytes: MOVED },
    template: None,
    ..PLAIN
};

static SUBMIT: Kernel = Kernel {
    name: "test/submit",
    action: |_| Action::Submit,
    template: None,
    ..PLAIN
};

fn case(kernel: &'static Kernel, body: &str) -> Case {
    let mut case = Case::new(kernel, Params::new(Mode::Burst), 1);
    case.template = wgsl(body).into();
    case
}

const SCALED: &str = "output[i] = input[i] * u.factor;";

/// The default device; none is fatal only where one is required.
fn gpu() -> Option<Gpu> {
    match open(None, None) {
        Ok(gpu) => Some(gpu),
        Err(error) if std::env::var("SUANLI_REQUIRE_GPU").is_ok_and(|set| set == "1") => {
            panic!("SUANLI_REQUIRE_GPU=1, and {error}")
        }
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

/// What a body makes of the inputs in so many dispatches and bands.
fn answer(gpu: &Gpu, body: &str, dispatches: u32, bands: u32) -> (Words, Timing) {
    let case = case(&SCALE, body);
    let mut loaded = gpu.load(&case).unwrap();
    loaded
        .fill(&inputs(&case, crate::kernel::Input::Exact))
        .unwrap();
    let timing = loaded.run(dispatches, bands).unwrap();
    (loaded.output().unwrap(), timing)
}

fn truth() -> Words {
    let case = case(&SCALE, SCALED);
    (SCALE.reference)(&case, &inputs(&case, crate::kernel::Input::Exact))
}

#[test]
fn a_kernel_gives_the_same_answer_in_any_number_of_bands_and_dispatches() {
    let Some(gpu) = gpu() else { return };
    for (dispatches, bands) in [(1, 1), (1, 2), (1, 7), (1, 14), (3, 1), (2, 3), (1, 1000)] {
        let (output, _) = answer(&gpu, SCALED, dispatches, bands);
        assert_eq!(output, truth(), "{dispatches} dispatches, {bands} bands");
    }
}

#[test]
fn a_loaded_kernel_may_change_its_bands_and_its_inputs() {
    let Some(gpu) = gpu() else { return };
    let case = case(&SCALE, SCALED);
    let mut loaded = gpu.load(&case).unwrap();
    loaded.fill(&[vec![1; WORDS as usize]]).unwrap();
    loaded.run(1, 5).unwrap();
    assert_eq!(loaded.output().unwrap(), vec![3; WORDS as usize]);
    loaded.fill(&[vec![2; WORDS as usize]]).unwrap();
    loaded.run(1, 1).unwrap();
    assert_eq!(loaded.output().unwrap(), vec![6; WORDS as usize]);
}

#[test]
fn every_dispatch_that_is_asked_for_runs_once() {
    let Some(gpu) = gpu() else { return };
    for (dispatches, bands) in [(1, 1), (5, 1), (5, 4)] {
        let (output, _) = answer(&gpu, "output[i] += 1u;", dispatches, bands);
        let counted = POISON.wrapping_add(dispatches);
        assert!(output.iter().all(|word| *word == counted));
    }
}

#[test]
fn a_kernel_that_writes_nothing_leaves_the_poison() {
    let Some(gpu) = gpu() else { return };
    let body = "if (input[0] == 1u) { output[i] = 0u; }";
    let (output, _) = answer(&gpu, body, 1, 1);
    assert_eq!(output, vec![POISON; WORDS as usize]);
}

#[test]
fn time_passes_on_every_clock_there_is() {
    let Some(gpu) = gpu() else { return };
    let stamps = gpu.info().timestamp_period_seconds.is_some();
    for bands in [1, 3] {
        let (_, timing) = answer(&gpu, SCALED, 2, bands);
        assert!(timing.wall_seconds > 0.0);
        // A pass shorter than a tick has no GPU time; one that has is not longer than the host's.
        if let Some(gpu_seconds) = timing.gpu_seconds {
            assert!(stamps);
            assert!(gpu_seconds > 0.0);
            assert!(gpu_seconds <= timing.wall_seconds * 1.001, "{timing:?}");
        }
    }
}

#[test]
fn inputs_bound_read_write_are_bound_so() {
    let Some(gpu) = gpu() else { return };
    let mut case = case(&SCALE, SCALED);
    case.template = case
        .template
        .replace("storage, read>", "storage, read_write>")
        .into();
    let mut loaded = gpu.load(&case).unwrap();
    loaded.fill(&[vec![5; WORDS as usize]]).unwrap();
    loaded.run(1, 2).unwrap();
    assert_eq!(loaded.output().unwrap(), vec![15; WORDS as usize]);
}

fn refusal(gpu: &Gpu, case: &Case) -> Error {
    let error = gpu.load(case).err().unwrap();
    // The device survives what it refuses.
    assert_eq!(answer(gpu, SCALED, 1, 1).0, truth());
    error
}

#[test]
fn a_shader_that_is_wrong_is_refused_with_the_kernel_and_the_reason() {
    let Some(gpu) = gpu() else { return };
    let entry = Arc::<str>::from(wgsl(SCALED).replace("fn main", "fn other"));
    let group = Arc::<str>::from(wgsl(SCALED).replace("binding(2)", "binding(7)"));
    let wide = wgsl(SCALED).replace("workgroup_size(64)", "workgroup_size(1048576)");
    for (wrong, why) in [
        (wgsl("output[i] = ;").into(), "output[i] = ;"),
        (wgsl("output[i] = 1.5;").into(), ""),
        (entry, "main"),
        (group, "7"),
        (wide.into(), ""),
    ] {
        let mut case = case(&SCALE, "");
        case.template = wrong;
        match refusal(&gpu, &case) {
            Error::Shader { kernel, why: said } => {
                assert_eq!(kernel, "test/scale");
                assert!(said.contains(why), "{said}");
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_shader_with_more_workgroup_memory_than_there_is_is_refused() {
    let Some(gpu) = gpu() else { return };
    let words = gpu.info().limits.workgroup_bytes / 4 + 1;
    let mut case = case(&SCALE, "tile[lane] = 1u; output[i] = tile[lane];");
    let declared = format!(
        "var<workgroup> tile: array<u32, {words}>;\n{}",
        case.template
    );
    case.template = declared.into();
    let error = refusal(&gpu, &case);
    assert!(error.to_string().contains("workgroup memory"), "{error}");
}

#[test]
fn what_is_too_big_for_the_device_is_an_error_with_the_sizes() {
    let Some(gpu) = gpu() else { return };
    let error = refusal(&gpu, &case(&HUGE, SCALED));
    assert!(matches!(error, Error::OutOfMemory { .. }), "{error}");
    assert!(error.to_string().contains("1073741824.0 GiB"), "{error}");
    let error = refusal(&gpu, &case(&WIDE, SCALED));
    assert!(matches!(error, Error::Device { .. }), "{error}");
}

#[test]
fn inputs_of_another_length_than_declared_are_an_error() {
    let Some(gpu) = gpu() else { return };
    let case = case(&SCALE, SCALED);
    let mut loaded = gpu.load(&case).unwrap();
    for wrong in [vec![], vec![vec![0; 4]], vec![vec![0; WORDS as usize]; 2]] {
        assert!(matches!(loaded.fill(&wrong), Err(Error::Data { .. })));
    }
}

/// A right answer that is left over would pass for one of the dispatches that were timed.
#[test]
fn clearing_leaves_poison_in_the_output_and_the_operands_in_place() {
    let Some(gpu) = gpu() else { return };
    let mut loaded = gpu.load(&case(&SCALE, SCALED)).unwrap();
    loaded.fill(&[vec![1; WORDS as usize]]).unwrap();
    loaded.run(1, 1).unwrap();
    loaded.clear().unwrap();
    assert_eq!(loaded.output().unwrap(), vec![POISON; WORDS as usize]);
    loaded.run(1, 1).unwrap();
    assert_eq!(loaded.output().unwrap(), vec![3; WORDS as usize]);
    assert_unlike(loaded.as_mut(), vec![3; WORDS as usize]);
}

/// The output is `truth`; another truth is told by its first word that differs, and one of another length is none.
fn assert_unlike(loaded: &mut dyn crate::device::Loaded, mut truth: Words) {
    assert_eq!(loaded.unlike(&truth).unwrap(), None);
    let length = truth.len();
    for at in [length - 1, length / 2, 0] {
        let right = std::mem::replace(&mut truth[at], 7_777_777);
        assert_eq!(loaded.unlike(&truth).unwrap(), Some((at, right)));
    }
    for other in [&truth[1..], &[]] {
        assert!(matches!(loaded.unlike(other), Err(Error::Data { .. })));
    }
}

/// What was read at the same place before would pass for what never came.
#[test]
fn memory_to_read_into_begins_with_poison() {
    let Some(gpu) = gpu() else { return };
    let connection = gpu.connection().unwrap();
    for bytes in [64, 1 << 20] {
        let staging = buffers::readable(&connection, bytes).unwrap();
        staging.map_async(wgpu::MapMode::Read, .., |_| ());
        let nothing = connection.submit(None).unwrap();
        let head = bytes.min(4 << 10);
        let see = |seen: &[u8]| {
            let words: Vec<[u8; 4]> = seen.as_chunks().0.to_vec();
            assert_eq!(words, vec![POISON.to_ne_bytes(); head as usize / 4]);
        };
        buffers::seen(&connection, &nothing, &staging, head, see).unwrap();
    }
}

/// Words that tell where they belong.
fn moved() -> Words {
    (0..(MOVED / 4) as u32).collect()
}

fn round(gpu: &Gpu, kernel: &'static Kernel) {
    let mut loaded = gpu.load(&case(kernel, "")).unwrap();
    loaded.fill(&[moved()]).unwrap();
    for dispatches in [1, 2] {
        let timing = loaded.run(dispatches, 1).unwrap();
        assert_eq!(timing.gpu_seconds, None);
        assert!(timing.wall_seconds > 0.0);
        assert!(loaded.output().unwrap() == moved(), "{}", kernel.name);
        assert_unlike(loaded.as_mut(), moved());
    }
    loaded.clear().unwrap();
    assert!(loaded.output().unwrap().iter().all(|word| *word == POISON));
    loaded.run(1, 1).unwrap();
    assert!(loaded.output().unwrap() == moved(), "{}", kernel.name);
}

#[test]
fn words_cross_to_the_device_and_back_unchanged() {
    let Some(gpu) = gpu() else { return };
    round(&gpu, &UPLOAD);
    round(&gpu, &DOWNLOAD);
    round(&gpu, &ROUND_TRIP);
}

#[test]
fn an_empty_submit_takes_time_and_has_no_output() {
    let Some(gpu) = gpu() else { return };
    let mut loaded = gpu.load(&case(&SUBMIT, "")).unwrap();
    loaded.fill(&[]).unwrap();
    assert!(loaded.run(10, 1).unwrap().wall_seconds > 0.0);
    assert!(loaded.output().unwrap().is_empty());
}

#[test]
fn a_lost_device_is_an_error_and_the_next_load_takes_a_fresh_one() {
    let Some(gpu) = gpu() else { return };
    let case = case(&SCALE, SCALED);
    let mut loaded = gpu.load(&case).unwrap();
    loaded
        .fill(&inputs(&case, crate::kernel::Input::Exact))
        .unwrap();
    gpu.connection().unwrap().lose("by the test".into());
    let error = loaded.run(1, 1).unwrap_err();
    assert!(matches!(error, Error::Lost { .. }), "{error}");
    drop(loaded);
    assert_eq!(answer(&gpu, SCALED, 1, 1).0, truth());
}

#[test]
fn a_destroyed_device_is_lost_too() {
    let Some(gpu) = gpu() else { return };
    let case = case(&SCALE, SCALED);
    let mut loaded = gpu.load(&case).unwrap();
    gpu.connection().unwrap().device.destroy();
    let error = loaded.run(1, 1).unwrap_err();
    assert!(matches!(error, Error::Lost { .. }), "{error}");
    drop(loaded);
    assert_eq!(answer(&gpu, SCALED, 1, 1).0, truth());
}

/// Some tens of milliseconds on a software driver, far over the deadline of the test that uses it.
const LONG: &str = "var x = input[i];
    for (var k = 0u; k < 2000000u; k++) { x = x * 1664525u + 1013904223u; }
    output[i] = x;";

#[test]
fn a_wait_past_its_deadline_is_hung_and_the_next_load_takes_a_fresh_device() {
    let Some(gpu) = gpu() else { return };
    if gpu.info().backend == "gl" {
        eprintln!("skipped: OpenGL's software driver computes within the submit");
        return;
    }
    let case = case(&SCALE, LONG);
    let gpu = gpu.with_deadline(Duration::from_secs(600));
    let mut loaded = gpu.load(&case).unwrap();
    let hurried = gpu.connection().unwrap();
    hurried.deadline.set(Duration::ZERO);
    let error = loaded.run(1, 1).unwrap_err();
    assert!(matches!(error, Error::Hung { .. }), "{error}");
    drop(loaded);
    drop(hurried);
    assert_eq!(answer(&gpu, SCALED, 1, 1).0, truth());
}

#[test]
fn a_backend_nobody_knows_is_a_usage_error_with_the_list() {
    let error = adapters(Some("opencl")).err().unwrap();
    assert_eq!(error.exit_code(), 2);
    assert!(error.hint().unwrap().contains("vulkan, metal, dx12, gl"));
}
