//! The harness's own cost: start, plan, statistics, load and report at 10,000 records.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that can't run has nobody to report to but the terminal"
)]

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};
use suanli::cases::{Planned, Selection, Suite, plan};
use suanli::device::simulated::{self, Simulated};
use suanli::device::{Device, DeviceInfo};
use suanli::kernel::{Input, Mode, Pattern};
use suanli::results::{Outcome, Results};
use suanli::sheet::Sheet;
use suanli::stats::{Sample, Summary};
use suanli::{chips, gpu, render, telemetry};

const RECORDS: usize = 10_000;

/// A results file of the simulated device, its measured records repeated up to 10,000.
fn large(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("one.json");
    let status = Command::new(env!("CARGO_BIN_EXE_suanli"))
        .args([
            "run",
            "--device",
            "simulated:cpu",
            "--only",
            "gemm/*",
            "--size",
            "64",
            "--quiet",
            "--out",
        ])
        .arg(&path)
        .status()
        .expect("suanli runs");
    assert!(status.success());
    let mut results = Results::load(&path).expect("suanli's own file loads");
    results
        .records
        .retain(|record| matches!(record.outcome, Outcome::Measured(_)));
    let own = results.records.clone();
    results.records = own.into_iter().cycle().take(RECORDS).collect();
    let path = folder.join("large.json");
    results.save(&path).expect("a temporary folder is writable");
    path
}

fn files(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = large(folder.path());
    let results = Results::load(&path).expect("it was just saved");
    let mut group = criterion.benchmark_group("10,000 records");
    group.sample_size(10);
    group.bench_function("load", |b| {
        b.iter(|| Results::load(black_box(&path)).expect("loads"))
    });
    let chips = chips::all().expect("built-in chips parse");
    group.bench_function("sheet", |b| {
        b.iter(|| Sheet::new(std::slice::from_ref(black_box(&results)), &chips));
    });
    let sheet = Sheet::new(std::slice::from_ref(&results), &chips);
    group.bench_function("render markdown", |b| {
        b.iter(|| render::markdown::document(&render::pages::sheet(black_box(&sheet))))
    });
    group.bench_function("suanli report, whole process", |b| {
        b.iter(|| {
            let status = Command::new(env!("CARGO_BIN_EXE_suanli"))
                .args(["report", "--format", "md"])
                .arg(&path)
                .stdout(Stdio::null())
                .status();
            assert!(status.expect("suanli runs").success());
        });
    });
    group.finish();
}

/// A start in its parts: the process with arguments, host facts and plan, on a device without a driver; on
/// the real one, what the driver takes to list and open it, and everything until the first dispatch of
/// the first case is done: shader, operands, buffers.
fn start(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("start");
    group.sample_size(20);
    group.bench_function("driver: list and open", |b| {
        b.iter(|| gpu::open(None, None).expect("an adapter"));
    });
    let gpu = gpu::open(None, None).expect("an adapter");
    let selection = selection(Suite::Quick);
    group.bench_function("plan to first dispatch", |b| {
        b.iter(|| {
            let planned = plan(&selection, gpu.info()).expect("the suite is valid");
            let Some(Planned::Case(case)) = planned.into_iter().next() else {
                panic!("the first kernel runs everywhere");
            };
            let case = case.with_tile(case.kernel.candidates().remove(0));
            let mut loaded = gpu.load(&case).expect("it compiles");
            loaded
                .fill(&(case.kernel.inputs)(&case, Input::Exact))
                .expect("it fits");
            loaded.run(1, 1).expect("it runs")
        });
    });
    group.bench_function("process to plan on the simulated device", |b| {
        b.iter(|| {
            let status = Command::new(env!("CARGO_BIN_EXE_suanli"))
                .args(["run", "--device", "simulated:cpu", "--dry-run"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            assert!(status.expect("suanli runs").success());
        });
    });
    group.finish();
}

fn selection(suite: Suite) -> Selection {
    Selection {
        suite,
        only: Vec::new(),
        sizes: Vec::new(),
        shapes: Vec::new(),
        stored: Vec::new(),
        data: vec![Pattern::Random],
        modes: vec![Mode::Sustained],
        seed: 0,
        templates: Default::default(),
    }
}

fn pure(criterion: &mut Criterion) {
    let device = Simulated::parse("").expect("an empty script is one");
    let selection = selection(Suite::Full);
    criterion.bench_function("plan of the full suite", |b| {
        b.iter(|| plan(black_box(&selection), device.info()).expect("the suite is valid"));
    });
    // What lies between the plan and the first dispatch beside the driver: WGSL and operands.
    let first = |name: &str| {
        plan(&selection, device.info())
            .expect("the suite is valid")
            .into_iter()
            .find_map(|planned| match planned {
                Planned::Case(case) if case.kernel.name == name && case.params.k != Some(1) => {
                    Some(case)
                }
                _ => None,
            })
            .map(|case| {
                let tile = case.kernel.candidates().remove(0);
                case.with_tile(tile)
            })
            .expect("the full suite holds every kernel")
    };
    for name in ["peak/f32", "gemm/f32"] {
        let case = first(name);
        let size = case.params.size();
        criterion.bench_function(&format!("WGSL and operands of {name} {size}"), |b| {
            b.iter(|| {
                let operands = (case.kernel.inputs)(&case, Input::Exact);
                (case.wgsl().expect("it renders"), operands)
            });
        });
    }
    let values: Vec<f64> = (0..300)
        .map(|i| 1.0 + f64::from(i * 7919 % 300) * 1e-4)
        .collect();
    criterion.bench_function("statistics of 300 samples", |b| {
        b.iter(|| Sample::new(black_box(values.clone())).map(|sample| Summary::of(&sample)));
    });
}

/// What the sampler does ten times a second, on the files of an AMD card as they lie in `/sys`.
#[cfg(target_os = "linux")]
fn sensors(criterion: &mut Criterion) {
    let root = tempfile::tempdir().expect("a temporary folder");
    let device = root.path().join("class/drm/card0/device");
    std::fs::create_dir_all(device.join("hwmon/hwmon3")).expect("it is writable");
    for (file, content) in [
        ("uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:03:00.0"),
        ("vendor", "0x1002"),
        ("device", "0x744c"),
        ("hwmon/hwmon3/name", "amdgpu"),
        ("hwmon/hwmon3/power1_average", "303000000"),
        ("hwmon/hwmon3/temp1_input", "51500"),
        ("hwmon/hwmon3/freq1_input", "2371000000"),
        ("hwmon/hwmon3/freq2_input", "1249000000"),
    ] {
        std::fs::write(device.join(file), content).expect("it is writable");
    }
    let info = DeviceInfo {
        backend: "vulkan".into(),
        vendor_id: 0x1002,
        device_id: 0x744c,
        pci_bus_id: Some("0000:03:00.0".into()),
        ..simulated::info()
    };
    let mut sensors = telemetry::sensors_under(&info, root.path()).expect("a card of its own");
    let first = sensors.read();
    assert!(first.watts.is_some() && first.sm_hertz.is_some());
    criterion.bench_function("one reading of hwmon's sensors", |b| {
        b.iter(|| (sensors.energy_joules(), sensors.read()));
    });
}

#[cfg(not(target_os = "linux"))]
fn sensors(_: &mut Criterion) {}

criterion_group!(benches, files, start, sensors, pure);
criterion_main!(benches);
