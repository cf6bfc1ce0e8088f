//! From a case to a record: on the scripted device with exact numbers, on a real adapter with real answers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that can't go on fails by panicking, and one that skips says why"
)]

use std::cell::Cell;
use std::path::Path;

use suanli::agree::Wrong;
use suanli::cases::{Planned, Selection, Suite, plan};
use suanli::device::simulated::Simulated;
use suanli::device::{Device, DeviceInfo};
use suanli::figure::Figure;
use suanli::gpu;
use suanli::kernel::{Case, Kernel, Mode, Params, Pattern, Sizing};
use suanli::kernels;
use suanli::results::{self, Cause, Clock, Flag, Outcome, Record, Results};
use suanli::run::{Bench, InProcess, Watch, measure};
use suanli::sampler::Budget;
use suanli::telemetry::{Counters, Limiter, Reading, Scripted};
use suanli::tune::{self, Cache, Tuner, Tuning};

#[path = "measure/answers.rs"]
mod answers;
#[path = "measure/moved.rs"]
mod moved;
#[path = "measure/search.rs"]
mod search;

/// Short enough for a software adapter: what is tested here is answers and rules, never speed.
const SHORT: Budget = Budget {
    warm_up_seconds: 0.003,
    warm_up_cap_seconds: 0.01,
    sample_seconds: 0.001,
    min_samples: 2,
    max_samples: 3,
    cap_seconds: 0.1,
    rest_seconds: None,
    check_seconds: None,
};

struct Silent {
    /// Batches to let pass before a signal arrives.
    patience: Cell<u32>,
}

impl Watch for Silent {
    fn begin(&mut self, _: &Case) {}
    fn tried(&mut self) {}
    fn sampled(&mut self, _: f64) {}
    fn note(&mut self, _: &str) {}
    fn progress(&mut self, _: Option<Figure>) {
        self.patience.set(self.patience.get().saturating_sub(1));
    }
    fn record(&mut self, _: &Record) {}
    fn interrupted(&self) -> Option<i32> {
        (self.patience.get() == 0).then_some(2)
    }
}

fn selection(only: &[&str], sizes: &[[u32; 3]]) -> Selection {
    Selection {
        suite: Suite::Quick,
        only: only.iter().map(|text| (*text).to_owned()).collect(),
        sizes: sizes.to_vec(),
        shapes: Vec::new(),
        stored: Vec::new(),
        data: vec![Pattern::Random],
        modes: vec![Mode::Sustained],
        seed: 42,
        templates: Default::default(),
    }
}

fn cases(selection: &Selection, info: &DeviceInfo) -> Vec<Case> {
    let planned = plan(selection, info).unwrap().into_iter();
    let case = |planned| match planned {
        Planned::Case(case) => Some(case),
        Planned::Record(_) => None,
    };
    planned.filter_map(case).collect()
}

fn measured(device: &dyn Device, case: &Case) -> Record {
    measured_with(device, case, Tuning::Auto)
}

fn measured_with(device: &dyn Device, case: &Case, tuning: Tuning) -> Record {
    let mut watch = Silent {
        patience: Cell::new(u32::MAX),
    };
    let mut tuner = Tuner::new(tuning, Cache::in_memory());
    measure(device, case, &mut tuner, &SHORT, &mut None, &mut watch).unwrap()
}

/// The record of one GEMM case on a scripted device, with the first tile: what the search does to the device's
/// clock and to the operands doesn't matter.
fn scripted(script: &str, kernel: &str, mnk: [u32; 3]) -> Record {
    let device = Simulated::parse(script).unwrap();
    let cases = cases(&selection(&[kernel], &[mnk]), device.info());
    measured_with(&device, &cases[0], Tuning::Off)
}

#[test]
fn a_scripted_rate_comes_out_to_the_digit() {
    let record = scripted("tflops=50,gbs=100000", "gemm/f32", [128, 128, 128]);
    let summary = record.summary().unwrap();
    let figure = record.figure(summary.median);
    assert!((figure.value - 50.0).abs() < 1e-9, "{figure:?}");
    assert_eq!(figure.unit.to_string(), "TFLOPS");
    let measured = record.measured().unwrap();
    assert_eq!(measured.clock, Clock::Timestamps);
    assert_eq!(measured.agreement.exact, 128 * 128);
    assert_eq!(measured.agreement.sampled, 64);
    assert!(measured.agreement.unchanged_after);
    assert_eq!(record.work.operations, 2 * 128 * 128 * 128);
}

#[test]
fn without_timestamps_the_slope_of_the_wall_clock_gives_the_same_rate() {
    let script = "tflops=50,gbs=100000,no-timestamps,submit_us=500";
    let record = scripted(script, "gemm/f32", [128, 128, 128]);
    assert_eq!(record.measured().unwrap().clock, Clock::WallSlope);
    let figure = record.figure(record.summary().unwrap().median);
    assert!((figure.value - 50.0).abs() < 1e-6, "{figure:?}");
}

#[test]
fn timestamps_that_come_out_empty_leave_the_slope_of_the_wall_clock() {
    let script = "tflops=50,gbs=100000,missing=1";
    let record = scripted(script, "gemm/f32", [128, 128, 128]);
    assert_eq!(record.measured().unwrap().clock, Clock::WallSlope);
}

#[test]
fn half_of_the_samples_without_a_time_is_invalid() {
    // Whether the first dispatch has a timestamp is up to the seed: without one it is a wall-clock case.
    let device = Simulated::parse("tflops=50,gbs=100000,missing=0.5").unwrap();
    let mut spoilt = 0;
    for seed in 0..20 {
        let mut selection = selection(&["gemm/f32"], &[[64; 3]]);
        selection.seed = seed;
        let case = cases(&selection, device.info()).remove(0);
        let record = measured_with(&device, &case, Tuning::Off);
        match &record.outcome {
            Outcome::Invalid {
                cause: Cause::SamplesSpoilt,
                detail,
                ..
            } => {
                assert!(detail.contains("samples have no time"), "{detail}");
                spoilt += 1;
            }
            Outcome::Measured(measured) => assert!(measured.seconds.len() >= 2),
            other => assert!(matches!(
                other,
                Outcome::Invalid {
                    cause: Cause::WorkNotDone,
                    ..
                }
            )),
        }
    }
    assert!(spoilt > 3, "{spoilt} of 20");
}

#[test]
fn a_noisy_wall_clock_is_never_invalid() {
    let device = Simulated::parse("noise=0.2").unwrap();
    for seed in 0..20 {
        let mut selection = selection(&["transfer/upload", "latency/dispatch"], &[]);
        selection.seed = seed;
        for mut case in cases(&selection, device.info()) {
            case.params.bytes = case.params.bytes.map(|_| 1 << 20);
            let record = measured(&device, &case);
            assert!(record.measured().is_some(), "{:?}", record.outcome);
        }
    }
}

#[test]
fn one_wrong_element_of_sixteen_million_is_invalid() {
    let record = scripted("wrong@gemm/f32", "gemm/f32", [4096, 4096, 16]);
    let Outcome::Invalid { cause, detail, .. } = record.outcome else {
        panic!("{:?}", record.outcome);
    };
    assert_eq!(cause, Cause::WrongAnswer);
    assert!(detail.contains("C[4095,2048] is "), "{detail}");
}

#[test]
fn a_time_that_does_not_grow_with_the_work_is_invalid() {
    let record = scripted("constant@gemm/*", "gemm/f32", [64, 64, 64]);
    let Outcome::Invalid { cause, detail, .. } = record.outcome else {
        panic!("{:?}", record.outcome);
    };
    assert_eq!(cause, Cause::WorkNotDone);
    assert!(detail.contains("from proportional"), "{detail}");
}

#[test]
fn on_a_software_adapter_a_suspect_time_is_only_a_flag() {
    let record = scripted("cpu,constant@gemm/*", "gemm/f32", [64, 64, 64]);
    assert!(
        record
            .measured()
            .unwrap()
            .flags
            .contains(&Flag::TimerSuspect)
    );
}

#[test]
fn device_faults_are_failed_records_that_say_what_happened() {
    for (fault, words) in [
        ("lost", "device lost"),
        ("oom", "out of device memory"),
        ("hung", "no answer"),
    ] {
        let record = scripted(&format!("{fault}@*"), "gemm/f32", [64, 64, 64]);
        let Outcome::Failed { error, .. } = record.outcome else {
            panic!("{:?}", record.outcome);
        };
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn an_interruption_ends_the_case_without_a_record() {
    let device = Simulated::parse("").unwrap();
    let cases = cases(&selection(&["gemm/f32"], &[[64, 64, 64]]), device.info());
    let mut watch = Silent {
        patience: Cell::new(2),
    };
    let mut tuner = Tuner::new(Tuning::Off, Cache::in_memory());
    let error = measure(
        &device, &cases[0], &mut tuner, &SHORT, &mut None, &mut watch,
    )
    .unwrap_err();
    assert_eq!(error.exit_code(), 130);
}

#[test]
fn a_moving_rate_is_flagged_not_steady() {
    let still = scripted("", "gemm/f32", [64, 64, 64]);
    assert_eq!(still.measured().unwrap().flags, []);
    // 5 a second: half a per cent from one window of a millisecond to the next.
    let moving = scripted("drift=5", "gemm/f32", [64, 64, 64]);
    assert_eq!(moving.measured().unwrap().flags, [Flag::NotSteady]);
}

#[test]
fn what_needs_more_memory_than_the_device_has_is_refused_with_both_numbers() {
    let mut info = Simulated::parse("").unwrap().info().clone();
    info.memory_bytes = Some(1 << 20);
    let Err(error) = plan(&selection(&["gemm/f32"], &[[1024; 3]]), &info) else {
        panic!("three matrices of 4 MiB don't fit 1 MiB");
    };
    let said = error.to_string();
    assert!(
        said.contains("bytes of device memory, over the device's 1048576"),
        "{said}"
    );
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn a_broken_shader_is_invalid_and_exits_with_4() {
    if adapter().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let right = include_str!("../shaders/gemm-float.wgsl");
    let broken = right.replace("= fma(", "= -fma(");
    assert_ne!(right, broken);
    std::fs::write(folder.path().join("gemm-float.wgsl"), broken).unwrap();
    let out = folder.path().join("out.json");
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_suanli"))
        .args([
            "run",
            "--quiet",
            "--only",
            "gemm/{f32,int8-dot}",
            "--size",
            "64",
            "--shaders",
        ])
        .arg(folder.path())
        .arg("--out")
        .arg(&out)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(4));
    let records = Results::load(&out).unwrap().records;
    let wrong = matches!(
        records[0].outcome,
        Outcome::Invalid {
            cause: Cause::WrongAnswer,
            ..
        }
    );
    assert!(wrong, "{:?}", records[0].outcome);
    assert!(records[1].measured().is_some(), "{:?}", records[1].outcome);
}

#[test]
fn a_missing_feature_is_unsupported_by_name() {
    let device = Simulated::parse("no-f16,no-f64").unwrap();
    let planned = plan(&selection(&[], &[]), device.info()).unwrap();
    let reason = |name: &str| {
        planned.iter().find_map(|planned| match planned {
            Planned::Record(record) if record.kernel == name => match &record.outcome {
                Outcome::Unsupported { reason } => Some(reason.clone()),
                _ => None,
            },
            _ => None,
        })
    };
    assert!(reason("gemm/f16").unwrap().contains("shader-f16"));
    assert!(reason("peak/f64").unwrap().contains("shader-f64"));
    assert_eq!(reason("gemm/f16-emulated"), None);
}

#[test]
fn a_typed_size_over_a_limit_is_an_error_and_a_suites_is_skipped() {
    let device = Simulated::parse("").unwrap();
    let Err(error) = plan(&selection(&["gemm/f32"], &[[65_536; 3]]), device.info()) else {
        panic!("65536² floats are 16 GiB, over the binding limit of 2 GiB");
    };
    assert!(error.to_string().contains("2147483644"), "{error}");
    assert_eq!(error.exit_code(), 2);
    let mut full = selection(&["gemm/f32"], &[]);
    full.suite = Suite::Full;
    let mut small = device.info().clone();
    small.limits.binding_bytes = 512 << 20;
    let planned = plan(&full, &small).unwrap();
    let skipped = planned.iter().any(|planned| match planned {
        Planned::Record(record) => {
            matches!(&record.outcome, Outcome::Skipped { reason } if reason.contains("536870912"))
        }
        Planned::Case(_) => false,
    });
    assert!(skipped);
}

/// The adapter the GPU tests run on; `None` (with a word why) only where none is required.
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

fn offered(kernel: &Kernel, info: &DeviceInfo) -> bool {
    kernel
        .requires
        .iter()
        .all(|feature| info.features.contains(feature))
}

#[test]
fn a_loop_grows_in_trips_alone_until_a_dispatch_takes_milliseconds() {
    let device = Simulated::parse("gbs=1000").unwrap();
    let cases = cases(&selection(&["memory/sweep"], &[]), device.info());
    let record = measured(&device, &cases[0]);
    assert_eq!(
        (record.params.bytes, record.params.workgroups),
        (Some(16 << 10), None)
    );
    let seconds = record.summary().unwrap().median;
    assert!(
        (1e-2..4e-2).contains(&seconds),
        "{seconds}: {:?}",
        record.params
    );
    let figure = record.figure(seconds);
    assert!((figure.value - 1000.0).abs() < 1e-6, "{figure:?}");
}

#[test]
fn the_working_sets_of_a_sweep_reach_from_the_smallest_l1_to_four_times_the_largest_cache() {
    let device = Simulated::parse("").unwrap();
    for (suite, count) in [(Suite::Quick, 9), (Suite::Standard, 9), (Suite::Full, 17)] {
        let mut selection = selection(&["memory/sweep"], &[]);
        selection.suite = suite;
        let cases = cases(&selection, device.info());
        let sizes: Vec<_> = cases.iter().filter_map(|case| case.params.bytes).collect();
        assert_eq!(sizes.len(), count, "{suite:?}");
        assert_eq!((sizes[0], sizes[count - 1]), (16 << 10, 1 << 30));
        assert!(sizes.is_sorted(), "{suite:?}");
    }
}

#[test]
fn every_kernel_is_measured_or_says_why_not() {
    let Some(gpu) = adapter() else { return };
    let mut selection = selection(&[], &[[100; 3], [129, 65, 33], [1; 3]]);
    selection.suite = Suite::Quick;
    for mut case in cases(&selection, gpu.info()) {
        if case.params.bytes.is_some() {
            case.params.bytes = Some(1 << 20);
        }
        let record = measured(&gpu, &case);
        let Outcome::Measured(measured) = &record.outcome else {
            panic!(
                "{} {}: {:?}",
                record.kernel,
                record.params.size(),
                record.outcome
            );
        };
        assert!(measured.wrong_candidates.is_none(), "{record:?}");
        let checked = measured.agreement.exact > 0 || measured.agreement.nothing.is_some();
        assert!(checked, "{}: {:?}", record.kernel, measured.agreement);
        assert!(measured.agreement.unchanged_after, "{}", record.kernel);
    }
}

/// The schema without its prose: fields, types, what is required.
fn shape(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(fields) => {
            fields.remove("description");
            fields.values_mut().for_each(shape);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(shape),
        _ => {}
    }
}

#[test]
fn files_of_older_schemas_are_read_for_ever_and_written_as_the_newest() {
    for (schema, records) in [(1, 4), (2, 3), (3, 10)] {
        let name = format!("tests/golden/results-{schema}.json");
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let results = Results::load(&golden).unwrap();
        assert_eq!(results.records.len(), records);
        // What schema 3 renamed or made a list; everything else is as it was.
        let text = std::fs::read_to_string(&golden).unwrap();
        let now = text.replacen(
            &format!("\"schema\": {schema}"),
            &format!("\"schema\": {}", results::SCHEMA),
            1,
        );
        if schema == 3 {
            assert_eq!(results.to_json(), now);
            continue;
        }
        let now = now
            .replacen(
                "\"mode\": \"sustained\"",
                "\"modes\": [\n      \"sustained\"\n    ]",
                1,
            )
            .replacen(
                "\"data\": \"random\"",
                "\"data\": [\n      \"random\"\n    ]",
                1,
            );
        assert_eq!(results.to_json(), now);
    }
}

#[test]
fn the_fields_of_a_schema_number_never_change() {
    // A new or changed field needs a new number: then this file stays and another one is added.
    let golden = include_str!("golden/results-4.schema.json");
    let mut golden: serde_json::Value = serde_json::from_str(golden).unwrap();
    let mut schema = results::json_schema();
    shape(&mut golden);
    shape(&mut schema);
    assert_eq!(results::SCHEMA, 4);
    assert_eq!(schema, golden);
}

#[test]
fn a_burst_is_faster_than_what_lasts_where_the_chip_throttles_and_the_series_shows_it() {
    let device = Simulated::parse("hot=0.25,submit_us=0").unwrap();
    let mut selection = selection(&["gemm/f32"], &[[512; 3]]);
    selection.modes = vec![Mode::Burst, Mode::Sustained];
    let cases = cases(&selection, device.info());
    let modes: Vec<_> = cases.iter().map(|case| case.params.mode).collect();
    assert_eq!(modes, selection.modes);
    let long = Budget {
        warm_up_seconds: 8.0,
        warm_up_cap_seconds: 20.0,
        sample_seconds: 0.01,
        min_samples: 30,
        max_samples: 300,
        cap_seconds: 15.0,
        ..SHORT
    };
    let [burst, sustained] = [long.burst(), long].map(|budget| {
        let mut tuner = Tuner::new(Tuning::Off, Cache::in_memory());
        let mut watch = Silent {
            patience: Cell::new(u32::MAX),
        };
        let case = &cases[usize::from(budget == long)];
        measure(&device, case, &mut tuner, &budget, &mut None, &mut watch).unwrap()
    });
    let one = 2.0 * f64::from(512_u32.pow(3)) / 1e12;
    // Warmed through, the device is slower by a quarter.
    let median = sustained.summary().unwrap().median;
    assert!((median / one / 1.25 - 1.0).abs() < 1e-3, "{}", median / one);
    // Warmed by 0.3 s of work, then at work for a tenth of the time.
    let median = burst.summary().unwrap().median;
    assert!((1.0..1.08).contains(&(median / one)), "{}", median / one);
    let series = &sustained.measured().unwrap().series;
    assert!(series[0].seconds < 0.9 * series[series.len() - 1].seconds);
    assert!((series[series.len() - 1].seconds / one / 1.25 - 1.0).abs() < 1e-3);
}

#[test]
fn a_wrong_answer_late_in_a_soak_is_found_and_dated() {
    let device = Simulated::parse("wrong@gemm/f32,at=42").unwrap();
    let case = cases(&selection(&["gemm/f32"], &[[256; 3]]), device.info()).remove(0);
    let soak = |check_seconds| Budget {
        warm_up_seconds: 100.0,
        warm_up_cap_seconds: 110.0,
        check_seconds,
        ..SHORT
    };
    let measured = |budget: &Budget, device: &Simulated| {
        let mut watch = Silent {
            patience: Cell::new(u32::MAX),
        };
        let mut tuner = Tuner::new(Tuning::Off, Cache::in_memory());
        measure(device, &case, &mut tuner, budget, &mut None, &mut watch).unwrap()
    };
    let Outcome::Invalid { cause, detail, .. } = measured(&soak(Some(10.0)), &device).outcome
    else {
        panic!("the wrong answer was not found");
    };
    assert_eq!(cause, Cause::WrongAnswer);
    assert!(
        detail.starts_with("after 50.0 s of load (check 5), word "),
        "{detail}"
    );
    // Without checks it is found at the end, and nobody knows since when.
    let device = Simulated::parse("wrong@gemm/f32,at=42").unwrap();
    let Outcome::Invalid { detail, .. } = measured(&soak(None), &device).outcome else {
        panic!("the wrong answer was not found");
    };
    assert!(detail.starts_with("after timing"), "{detail}");
    let right = Simulated::parse("").unwrap();
    let record = measured(&soak(Some(10.0)), &right);
    assert_eq!(record.measured().unwrap().soak_checks, Some(9));
}

/// Sensors that say the same each time, and have used a joule more.
fn sensors(limits: &[Limiter]) -> Scripted {
    let reading = Reading {
        watts: Some(650.0),
        sm_hertz: Some(1.98e9),
        limits: limits.to_vec(),
        ..Reading::default()
    };
    let counters = Counters {
        ecc_uncorrected: Some(3),
        ..Counters::default()
    };
    Scripted {
        source: "scripted".into(),
        readings: [reading].into(),
        joules: (0..1000).map(f64::from).collect(),
        counters: [counters].into(),
        ..Scripted::default()
    }
}

/// A record of gemm/f32 with these sensors, and whether they came back.
fn watched(limits: &[Limiter]) -> (Record, bool) {
    let device = Simulated::parse("").unwrap();
    let case = cases(&selection(&["gemm/f32"], &[[256; 3]]), device.info()).remove(0);
    let mut bench = InProcess {
        device: &device,
        tuner: Tuner::new(Tuning::Off, Cache::in_memory()),
        sensors: Some(Box::new(sensors(limits))),
    };
    let mut watch = Silent {
        patience: Cell::new(u32::MAX),
    };
    let record = bench.measure(&case, &SHORT, &mut watch).unwrap();
    (record, bench.sensors.is_some())
}

#[test]
fn what_sensors_say_is_stored_with_the_work_it_was_said_of() {
    let (record, back) = watched(&[Limiter::SoftwarePowerCap]);
    assert!(back, "the next case has no sensors");
    let measured = record.measured().unwrap();
    let observed = measured.observed.as_ref().unwrap();
    let telemetry = observed.telemetry.as_ref().unwrap();
    assert!(telemetry.readings.len() >= 2);
    assert!(telemetry.energy.as_ref().unwrap().joules >= 1.0);
    assert_eq!(observed.counters.len(), 2);
    assert_eq!(observed.counters[1].ecc_uncorrected, Some(3));
    // All samples and the warm-up before them, not the checks after.
    let samples = u64::from(measured.dispatches) * measured.seconds.len() as u64;
    assert!(observed.dispatches > samples);
    // Under a power limit a rate is what it is: no fault.
    assert!(measured.flags.is_empty());
}

#[test]
fn samples_under_a_limiter_that_is_a_fault_are_invalid_with_its_name() {
    let (record, back) = watched(&[Limiter::HardwareSlowdown, Limiter::HardwareThermal]);
    assert!(back);
    let Outcome::Invalid { cause, detail, .. } = record.outcome else {
        panic!("a throttled GPU was measured");
    };
    assert_eq!(cause, Cause::SamplesSpoilt);
    assert!(detail.contains("samples are spoilt by"), "{detail}");
    assert!(
        detail.ends_with("hardware thermal (down to 1980 MHz)"),
        "{detail}"
    );
    assert!(watched(&[]).0.measured().is_some());
}
