//! Results made by hand, for the tests of sheets and of what prints them.

use crate::agree::Agreement;
use crate::device::{DeviceInfo, DeviceType, simulated};
use crate::figure::{Engine, Format, Kind, Metric, Scope};
use crate::kernel::{Mode, Params, Pattern, Work};
use crate::results::{
    Clock, Host, Measured, Outcome, Record, Results, SCHEMA, Settings, SuiteId, Tool,
};
use crate::sampler::Budget;

pub(crate) const VECTOR_F32: Kind =
    Kind::rate(Engine::Vector, Format::F32, Format::F32, Format::F32).at(Scope::Card);
pub(crate) const VECTOR_F16: Kind =
    Kind::rate(Engine::Vector, Format::F16, Format::F16, Format::F16).at(Scope::Card);
pub(crate) const MATRIX_F16: Kind =
    Kind::rate(Engine::Matrix, Format::F16, Format::F16, Format::F32).at(Scope::Card);
pub(crate) const DOT_I8: Kind =
    Kind::rate(Engine::PackedDot, Format::I8, Format::I8, Format::I32).at(Scope::Card);
pub(crate) const BANDWIDTH: Kind = Kind::plain(Metric::Bandwidth).at(Scope::Card);

/// A discrete NVIDIA adapter with this PCI device id.
pub(crate) fn device(name: &str, device_id: u32) -> DeviceInfo {
    DeviceInfo {
        name: name.into(),
        backend: "vulkan".into(),
        device_type: DeviceType::Discrete,
        vendor_id: 0x10de,
        device_id,
        driver: "NVIDIA".into(),
        driver_info: "580.159.04".into(),
        ..simulated::info()
    }
}

/// A run on `device` with `records`.
pub(crate) fn results(device: DeviceInfo, records: Vec<Record>) -> Results {
    Results {
        schema: SCHEMA,
        tool: Tool {
            name: "suanli".into(),
            version: "0.1.0".into(),
            revision: "unknown".into(),
            wgpu: "30.0.1".into(),
            naga: None,
        },
        suite: SuiteId {
            name: "standard@1".into(),
            sha256: "0".repeat(64),
        },
        started: "2026-11-22T08:00:00Z".into(),
        finished: Some("2026-11-22T08:01:40Z".into()),
        host: Host {
            name: None,
            os: None,
            kernel: None,
            cpu: None,
            processors: None,
            memory_bytes: None,
        },
        device,
        environment: None,
        settings: settings(),
        one_of: None,
        concurrent: None,
        records,
    }
}

fn settings() -> Settings {
    Settings {
        seed: 1,
        modes: vec![Mode::Sustained],
        data: vec![Pattern::Random],
        only: Vec::new(),
        sizes: Vec::new(),
        shapes: Vec::new(),
        budget: Budget {
            warm_up_seconds: 3.0,
            warm_up_cap_seconds: 30.0,
            sample_seconds: 0.01,
            min_samples: 30,
            max_samples: 300,
            cap_seconds: 15.0,
            rest_seconds: None,
            check_seconds: None,
        },
        burst_budget: None,
        soak_seconds: None,
        in_process: None,
        params_from: None,
        custom_shaders: false,
        command_line: None,
    }
}

/// A record of `kernel` without a size.
pub(crate) fn record(kernel: &str, kind: Kind, work: Work, outcome: Outcome) -> Record {
    Record {
        kernel: kernel.into(),
        params: Params::new(Mode::Sustained),
        kind,
        work,
        shader_sha256: None,
        beside: None,
        outcome,
    }
}

/// Forty samples of ten milliseconds, 0.1 % apart at most: a steady case.
pub(crate) fn steady() -> Measured {
    let seconds: Vec<f64> = (0..40)
        .map(|i| 0.01 * (1.0 + f64::from(i % 5 - 2) * 5e-4))
        .collect();
    Measured {
        wall_seconds: seconds.iter().map(|s| s * 1.01).collect(),
        seconds,
        clock: Clock::Timestamps,
        dispatches: 4,
        bands: 1,
        warm_up_seconds: 3.0,
        soak_checks: None,
        series: Vec::new(),
        observed: None,
        probe: None,
        spoilt: None,
        candidates: 1,
        wrong_candidates: None,
        choice: None,
        longest_submit_seconds: None,
        agreement: Agreement {
            exact: 1024,
            sampled: 64,
            unchanged_after: true,
            ..Agreement::default()
        },
        timer: None,
        flags: Vec::new(),
    }
}

/// A steady record whose median is `rate` in base units a second.
pub(crate) fn rated(kernel: &str, kind: Kind, rate: f64) -> Record {
    let amount = (rate * 0.01).round() as u64;
    let work = match kind.metric {
        Metric::Rate => Work {
            operations: amount,
            bytes: 0,
        },
        _ => Work {
            operations: 0,
            bytes: amount,
        },
    };
    record(kernel, kind, work, Outcome::Measured(Box::new(steady())))
}

/// A steady matrix product of size `n` at `rate` operations a second.
pub(crate) fn product(kernel: &str, kind: Kind, n: u32, rate: f64) -> Record {
    let mut record = rated(kernel, kind, rate);
    record.params.m = Some(n);
    record.params.n = Some(n);
    record.params.k = Some(n);
    record.params.data = Some(Pattern::Random);
    record
}

/// An H100 SXM5 whose working sets were swept.
pub(crate) fn swept() -> Results {
    let kind = Kind::plain(Metric::CachedBandwidth).at(Scope::Card);
    let points = [
        (16u64 << 10, 25e12),
        (64 << 10, 25e12),
        (1 << 20, 5.5e12),
        (4 << 20, 5.5e12),
        (128 << 20, 3e12),
        (512 << 20, 3e12),
    ];
    let record = |(bytes, rate)| {
        let mut record = rated("memory/sweep", kind, rate);
        record.params.bytes = Some(bytes);
        record
    };
    let records = points.map(record).into();
    results(device("NVIDIA H100 80GB HBM3", 0x2330), records)
}

/// An H100 SXM5 with a record of every sort.
pub(crate) fn sxm5() -> Results {
    let empty = Work {
        operations: 0,
        bytes: 0,
    };
    let reason = "the adapter has no 64-bit floats".into();
    let mut latency = rated("latency/dispatch", Kind::plain(Metric::Latency), 0.0);
    if let Outcome::Measured(measured) = &mut latency.outcome {
        for seconds in [&mut measured.seconds, &mut measured.wall_seconds] {
            seconds.iter_mut().for_each(|s| *s *= 1e-3);
        }
        measured.clock = Clock::Wall;
    }
    let records = vec![
        product("gemm/f32", VECTOR_F32, 8192, 52.1e12),
        product("gemm/f32", VECTOR_F32, 4096, 51.9e12),
        rated("peak/f32", VECTOR_F32, 66.2e12),
        rated("peak/f16", VECTOR_F16, 127.1e12),
        rated("peak/int8-dot", DOT_I8, 118.0e12),
        product("gemm/f16-matrix-acc-f32", MATRIX_F16, 4096, 284e12),
        rated("memory/copy", BANDWIDTH, 2.84e12),
        latency,
        record(
            "peak/f64",
            VECTOR_F32,
            empty,
            Outcome::Unsupported { reason },
        ),
    ];
    results(device("NVIDIA H100 80GB HBM3", 0x2330), records)
}
