//! What the gate makes of results made by hand: every verdict, and every text that it stores in English.

use std::path::PathBuf;

use crate::figure::{Kind, Metric};
use crate::gate::{
    Basis, CaseFloor, FalseAlarms, Field, Floors, Judgement, Rules, Saved, Trend, Verdict,
    confirmed, judge,
};
use crate::kernel::{Mode, Params, Pattern};
use crate::results::{Cause, Clock, Environment, OneOf, Outcome, Probe, Record, Results};
use crate::sheet::fixture::{
    BANDWIDTH, DOT_I8, MATRIX_F16, VECTOR_F16, VECTOR_F32, device, product, rated, results,
};
use crate::telemetry::Gpu;

/// By how much runs of one side differ; no two agree to the last digit, or one would be a copy of the other.
const NOISE: [f64; 5] = [1.0, 1.001, 0.999, 1.002, 0.998];

/// A run of one side: 0 the baseline, 1 the candidate.
#[derive(Clone, Copy)]
struct At {
    side: usize,
    run: usize,
}

impl At {
    /// A record that takes `times` as long on the candidate.
    fn timed(self, mut record: Record, times: f64, noise: f64) -> Record {
        let factor = [1.0, times][self.side]
            * (1.0 + (NOISE[self.run % 5] - 1.0) * noise)
            * (1.0 + 1e-7 * self.run as f64);
        if let Outcome::Measured(measured) = &mut record.outcome {
            for seconds in [&mut measured.seconds, &mut measured.wall_seconds] {
                seconds.iter_mut().for_each(|one| *one *= factor);
            }
        }
        record
    }

    /// The same, with a probe that takes `probe` times as long.
    fn probed(self, record: Record, times: f64, probe: f64) -> Record {
        let mut record = self.timed(record, times, 1.0);
        let seconds = 1e-3 * [1.0, probe][self.side] * (1.0 + 1e-5 * self.run as f64);
        if let Outcome::Measured(measured) = &mut record.outcome {
            measured.probe = Some(Box::new(Probe {
                steps: 1_000_000,
                seconds: [seconds; 2],
                at_seconds: None,
            }));
        }
        record
    }

    fn is(self, side: usize, runs: usize) -> bool {
        self.side == side && self.run < runs
    }
}

fn with(record: Record, is: bool, outcome: impl FnOnce() -> Outcome) -> Record {
    match is {
        true => Record {
            outcome: outcome(),
            ..record
        },
        false => record,
    }
}

fn failed(error: &str) -> Outcome {
    Outcome::Failed {
        error: error.into(),
        seconds: Vec::new(),
        observed: None,
    }
}

fn invalid(cause: Cause, detail: &str) -> Outcome {
    Outcome::Invalid {
        cause,
        detail: detail.into(),
        evidence: None,
    }
}

/// A record for every verdict, reason and cause.
fn mixed_records(at: At) -> Vec<Record> {
    let latency = Kind::plain(Metric::Latency);
    let mut call = at.timed(rated("latency/dispatch", latency, 0.0), 1.2, 1.0);
    if let Outcome::Measured(measured) = &mut call.outcome {
        measured.clock = Clock::Wall;
    }
    let square = |n: u32| product("gemm/f32", VECTOR_F32, n, 52.1e12);
    let mut odd = at.timed(square(4096), 1.0, 1.0);
    (odd.params.mode, odd.params.data) = (Mode::Burst, Some(Pattern::Zeros));
    let mut records = vec![
        at.probed(rated("peak/f32", VECTOR_F32, 66.2e12), 1.06, 1.0),
        at.probed(rated("peak/f16", VECTOR_F16, 127.1e12), 1.08, 1.08),
        at.probed(rated("peak/int8-dot", DOT_I8, 118e12), 1.075, 1.031),
        at.timed(rated("memory/copy", BANDWIDTH, 2.84e12), 0.9, 1.0),
        at.timed(square(4096), 1.0, 1.0),
        odd,
        at.timed(square(8192), 1.0, 100.0),
        at.timed(square(2048), 1.049, 1.0),
        call,
    ];
    records.extend(faulty(at));
    records
}

/// Records that some runs of a side have not, or that came to nothing there.
fn faulty(at: At) -> Vec<Record> {
    let good = |kernel: &str| at.timed(product(kernel, MATRIX_F16, 4096, 284e12), 1.0, 1.0);
    let mut records = vec![
        with(good("gemm/f16"), at.is(1, 2), || {
            failed("device lost: the driver went away again")
        }),
        with(good("gemm/bf16"), at.is(1, 5), || {
            invalid(Cause::WrongAnswer, "C[1,2] is 3, should be 4")
        }),
        with(good("gemm/i8"), at.is(1, 1), || {
            invalid(
                Cause::SamplesSpoilt,
                "7 of 30 samples are spoilt by what held the GPU down: up to 96 °C",
            )
        }),
        with(good("peak/f64"), at.is(1, 5), || Outcome::Unsupported {
            reason: "the adapter has no 64-bit floats".into(),
        }),
        with(good("memory/read"), at.is(0, 2), || failed("scripted")),
        with(good("memory/write"), at.is(1, 2), || Outcome::Skipped {
            reason: "no candidate".into(),
        }),
        at.timed(rated("memory/fill", BANDWIDTH, 0.0), 1.0, 1.0),
    ];
    let missing = ["memory/random", "memory/sweep"][at.side];
    records.push(good(missing));
    records
}

fn runs(side: usize, records: fn(At) -> Vec<Record>) -> Vec<Results> {
    let one = |run| {
        let mut made = results(
            device("NVIDIA H100 80GB HBM3", 0x2330),
            records(At { side, run }),
        );
        made.started = format!("2026-11-{}T08:0{run}:00Z", 21 + side);
        // No two runs have the same samples.
        let tiny = 1.0 + 1e-13 * (10 * side + run) as f64;
        for record in &mut made.records {
            if let Outcome::Measured(measured) = &mut record.outcome {
                measured
                    .seconds
                    .iter_mut()
                    .for_each(|seconds| *seconds *= tiny);
            }
        }
        made
    };
    (0..5).map(one).collect()
}

/// Floors of this machine, and of this driver unless it is told otherwise.
pub(in crate::render) fn measured_floors() -> Floors {
    let mut params = Params::new(Mode::Sustained);
    (params.m, params.n, params.k) = (Some(4096), Some(4096), Some(4096));
    params.data = Some(Pattern::Random);
    Floors {
        schema: 1,
        dated: "2026-11-20T08:00:00Z".into(),
        machine: "nvidia-h100-80gb-hbm3_unnamed".into(),
        driver: "NVIDIA 580.159.04".into(),
        runs: 20,
        cases: vec![CaseFloor {
            kernel: "gemm/f32".into(),
            params,
            runs: 20,
            scale: 0.0061,
            floor: 0.0143,
            day_spread: None,
        }],
    }
}

/// The two sides as a gate makes them.
fn in_turn(sides: [&mut Vec<Results>; 2]) {
    let named = sides.into_iter().zip(["baseline", "candidate"]);
    for (runs, side) in named {
        for run in runs {
            run.one_of = Some(OneOf {
                group: format!("gate-1/{side}"),
                index: 1,
                of: 5,
                order_seed: 1,
            });
        }
    }
}

/// Every verdict and reason of one look; interleaved, without floors.
pub(in crate::render) fn mixed() -> Judgement {
    let mut candidate = runs(1, mixed_records);
    candidate.push(candidate[0].clone());
    let mut baseline = runs(0, mixed_records);
    in_turn([&mut baseline, &mut candidate]);
    judge(&baseline, &candidate, &Rules::default()).unwrap()
}

/// The same, held against fresh runs that agree, disagree, fail and lack a case.
pub(in crate::render) fn looked_at_twice() -> Judgement {
    let mut fresh = mixed();
    fresh.cases.retain(|case| case.kernel != "peak/int8-dot");
    for case in &mut fresh.cases {
        match &*case.kernel {
            "peak/f16" => case.verdict = Verdict::Same,
            "memory/copy" => {
                case.verdict = Verdict::Wrong;
                case.reasons = vec!["in 1 of 5 runs failed: scripted".into()];
            }
            _ => {}
        }
    }
    confirmed(mixed(), &fresh)
}

/// Both sides differ in every field, and each card has been measured on days of its own with floors.
pub(in crate::render) fn unlike() -> Judgement {
    let records = |at: At| {
        let mut record = at.timed(product("gemm/f32", VECTOR_F32, 4096, 52.1e12), 1.0, 1.0);
        record.shader_sha256 = Some(["0a", "0b"][at.side].repeat(32));
        record.params.tile = Some([("bk".to_owned(), [16, 32][at.side])].into());
        record.kind = [VECTOR_F32, MATRIX_F16][at.side];
        if let Outcome::Measured(measured) = &mut record.outcome {
            measured.clock = [Clock::Timestamps, Clock::Wall][at.side];
        }
        vec![record]
    };
    let [mut baseline, mut candidate] = [0, 1].map(|side| runs(side, records));
    for run in &mut baseline {
        run.settings.soak_seconds = Some(60.0);
        run.environment = environment("GPU-0", 650.0, 1.41e9);
    }
    candidate.iter_mut().for_each(changed);
    judge(&baseline, &candidate, &Rules::default()).unwrap()
}

/// Another card, driver, program and way to measure.
fn changed(run: &mut Results) {
    run.device = device("NVIDIA H200", 0x2335);
    run.device.driver_info = "590.1".into();
    run.device.backend = "dx12".into();
    (run.tool.version, run.tool.wgpu) = ("0.2.0".into(), "31.0.0".into());
    (run.settings.seed, run.settings.soak_seconds) = (2, Some(180.0));
    run.settings.budget.cap_seconds = 20.0;
    run.records
        .iter_mut()
        .for_each(|record| record.beside = Some(8));
    run.environment = environment("GPU-1", 700.0, 1.98e9);
}

/// What the driver says of a card: its own id, its limit, and the clock it is locked to.
fn environment(uuid: &str, watts: f64, hertz: f64) -> Option<Box<Environment>> {
    Some(Box::new(Environment {
        gpu: Some(Gpu {
            uuid: Some(uuid.into()),
            power_limit_watts: Some(watts),
            sm_application_hertz: Some(hertz),
            memory_application_hertz: Some(2.619e9),
            sm_allowed_hertz: Some([3e8, hertz]),
            ecc: Some(uuid == "GPU-0"),
            mig: Some(uuid != "GPU-0"),
            ..Gpu::default()
        }),
        ..Environment::default()
    }))
}

/// With floors that hold, of another day, and one threshold by hand.
pub(in crate::render) fn calibrated() -> Judgement {
    let rules = Rules {
        floors: vec![measured_floors()],
        ..Rules::default()
    };
    let mut made = judge(&runs(0, mixed_records), &runs(1, mixed_records), &rules).unwrap();
    for case in &mut made.cases {
        if let Some(floor) = case.floor.as_mut().filter(|_| case.kernel == "memory/copy") {
            floor.basis = Basis::Threshold;
        }
    }
    made
}

/// A note for each reason why floors don't hold.
pub(in crate::render) fn refused() -> Vec<Judgement> {
    let floors = |edit: fn(&mut Floors)| {
        let mut floors = measured_floors();
        edit(&mut floors);
        let rules = Rules {
            floors: vec![floors],
            now: "2026-12-31T00:00:00Z".parse().ok(),
            allowed: Field::ALL.into(),
            ..Rules::default()
        };
        judge(&runs(0, mixed_records), &runs(1, mixed_records), &rules).unwrap()
    };
    vec![
        floors(|one| one.machine = "another_h100".into()),
        floors(|one| one.driver = "NVIDIA 570".into()),
        floors(|one| one.dated = "2026-13-45".into()),
        floors(|one| one.dated = "2027-02-01T00:00:00Z".into()),
        floors(|_| {}),
        lacking(),
        cut(),
    ]
}

/// Floors that hold, but not of every case.
fn lacking() -> Judgement {
    let rules = Rules {
        floors: vec![measured_floors()],
        ..Rules::default()
    };
    judge(&runs(0, mixed_records), &runs(1, mixed_records), &rules).unwrap()
}

/// Runs of the candidate that were cut.
fn cut() -> Judgement {
    let mut candidate = runs(1, mixed_records);
    for (at, run) in runs(1, mixed_records).into_iter().enumerate().take(2) {
        let mut run = run;
        run.started = format!("2026-11-22T09:0{at}:00Z");
        run.finished = None;
        run.records.clear();
        candidate.push(run);
    }
    judge(&runs(0, mixed_records), &candidate, &Rules::default()).unwrap()
}

/// A month of nights in which a driver came that made one kernel slower, then another faster.
pub(in crate::render) fn month() -> Trend {
    let night = |night: usize| {
        let at = At {
            side: 0,
            run: night,
        };
        let slower = if night < 14 { 1.0 } else { 1.06 };
        let faster = if night < 20 { 1.0 } else { 0.9 };
        let timed = |record, times| {
            let record = At { side: 1, run: 0 }.timed(record, times, 1.0);
            at.timed(record, 1.0, 1.0)
        };
        let records = vec![
            timed(rated("peak/f32", VECTOR_F32, 66.2e12), 1.0),
            timed(product("gemm/f32", VECTOR_F32, 4096, 52.1e12), slower),
            timed(rated("memory/copy", BANDWIDTH, 2.84e12), faster),
        ];
        let mut run = results(device("NVIDIA H100 80GB HBM3", 0x2330), records);
        run.started = format!("2026-11-{:02}T08:00:00Z", night + 1);
        if night >= 14 {
            run.device.driver_info = "590.1".into();
        }
        run
    };
    Trend::of(&(0..28).map(night).collect::<Vec<_>>(), &[])
}

/// 120 gates, one of them red.
pub(in crate::render) fn alarms() -> FalseAlarms {
    FalseAlarms {
        gates: 120,
        red: 1,
        comparisons: 2400,
        regressions: 1,
        improvements: 2,
        same: 2300,
        inconclusive: 97,
    }
}

/// Two baselines of one machine.
pub(in crate::render) fn saved() -> Vec<Saved> {
    let one = |saved: &str, newest| Saved {
        name: format!("host_h100/nvidia-580/standard@1/{saved}"),
        machine: "host_h100".into(),
        driver: "nvidia-580".into(),
        suite: "standard@1".into(),
        saved: saved.into(),
        runs: 5,
        newest,
        path: PathBuf::from(format!("/data/{saved}")),
    };
    vec![
        one("20261126T120000Z", true),
        one("20261101T120000Z", false),
    ]
}
