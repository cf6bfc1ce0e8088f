//! Judgements made by hand: every verdict, hostile names, thousands of failures.

use crate::gate::{
    Basis, Comparison, Difference, Field, Floor, Judged, Judgement, SCHEMA, Verdict,
};
use crate::kernel::{Mode, Params, Pattern};
use crate::kernels;
use crate::stats::{Estimate, Interval, LEVEL};

/// What ends an attribute, a command, a label or a line somewhere.
pub(super) const HOSTILE: &str = "a<b>&\"'%,:|\\\n\r\n::error::##[error]]]>\t\0\u{1}\u{1b}[31m\u{b}\u{fffe}\u{ffff}\u{202e}{}=#🦀算力\u{2028}";

fn estimate(value: f64) -> Option<Estimate> {
    Some(Estimate {
        value,
        low: value * 0.99,
        high: value * 1.01,
        level: LEVEL,
        runs: 5,
        interval: Interval::TOnLogs,
    })
}

/// The speed's change with an interval of a percent either way.
pub(super) fn comparison(change: f64) -> Option<Comparison> {
    Some(Comparison {
        change,
        low: change - 0.01,
        high: change + 0.01,
        p_slower: if change < 0.0 { 0.0003 } else { 0.9997 },
        p_faster: if change < 0.0 { 0.9997 } else { 0.0003 },
    })
}

/// A case of a kernel at 4096 on one GPU, with the figures that go with the verdict.
pub(super) fn judged(kernel: &str, verdict: Verdict) -> Judged {
    let kind = kernels::find(kernel).unwrap_or(kernels::ALL[0]).kind;
    let mut params = Params::new(Mode::Sustained);
    [params.m, params.n, params.k] = [Some(4096); 3];
    params.data = Some(Pattern::Random);
    let mut case = Judged {
        device: "Example GPU".into(),
        pci_bus_id: Some("0000:65:00.0".into()),
        kernel: kernel.into(),
        params,
        kind,
        verdict,
        reasons: Vec::new(),
        unit: kind.unit(),
        baseline: estimate(50.0),
        candidate: estimate(45.7),
        comparison: comparison(-0.086),
        floor: Some(Floor {
            share: 0.02,
            within_day: 0.01,
            days: 0.0,
            basis: Basis::Calibrated,
        }),
        clocked: None,
        confirmation: None,
        differences: Vec::new(),
    };
    conclude(&mut case);
    case
}

/// What goes with the verdict.
fn conclude(case: &mut Judged) {
    if matches!(case.verdict, Verdict::Wrong | Verdict::Incomparable) {
        (case.baseline, case.candidate) = (None, None);
        (case.comparison, case.floor) = (None, None);
    }
    match case.verdict {
        Verdict::Wrong => {
            case.reasons = vec!["in 2 of 5 runs invalid, values: C[1] is 3, not 4".into()];
        }
        Verdict::Incomparable => {
            case.differences = vec![Difference {
                field: Field::Driver,
                baseline: vec!["NVIDIA 580.1".into()],
                candidate: vec!["NVIDIA 590.2".into()],
            }];
        }
        Verdict::Inconclusive => {
            case.reasons = vec!["the runs scatter too much".into()];
            case.comparison = comparison(-0.015);
        }
        Verdict::Improvement => case.comparison = comparison(0.05),
        Verdict::Same => case.comparison = comparison(0.001),
        Verdict::Regression => {}
    }
}

pub(super) fn judgement(cases: Vec<Judged>) -> Judgement {
    Judgement {
        schema: SCHEMA,
        baseline_runs: 5,
        candidate_runs: 6,
        baseline: Default::default(),
        candidate: Default::default(),
        interleaved: false,
        confirmed: true,
        cases,
        notes: vec!["uncalibrated".into()],
    }
}

/// Every verdict once, each of another kernel: two rates, bandwidth, latency, a copy, and an int8 rate.
pub(super) fn every_verdict() -> Judgement {
    let kernels = [
        "gemm/f16",
        "gemm/f32",
        "memory/read",
        "latency/memory",
        "memory/copy",
        "gemm/int8-dot",
    ];
    let cases = kernels.iter().zip(Verdict::ALL);
    judgement(
        cases
            .map(|(kernel, verdict)| judged(kernel, verdict))
            .collect(),
    )
}

/// Every verdict with a hostile text wherever a text can be, and cases that nothing tells apart.
pub(super) fn hostile() -> Judgement {
    let mut cases = Vec::new();
    for verdict in [Verdict::ALL, Verdict::ALL].concat() {
        let mut case = judged("gemm/f32", verdict);
        case.device = HOSTILE.into();
        case.pci_bus_id = Some(HOSTILE.into());
        case.kernel = format!("{HOSTILE}/{HOSTILE}");
        case.reasons = vec![HOSTILE.into(), "很慢 🐢".repeat(2_000), "x".repeat(10_000)];
        case.differences = vec![Difference {
            field: Field::Adapter,
            baseline: vec![HOSTILE.into(), "y".repeat(10_000)],
            candidate: Vec::new(),
        }];
        cases.push(case);
    }
    // Two cards of a name without a bus, and one that is called as the second will be.
    for device in ["Twin", "Twin (2)", "Twin", "Twin"] {
        let mut case = judged("gemm/f32", Verdict::Same);
        (case.device, case.pci_bus_id) = (device.into(), None);
        cases.push(case);
    }
    judgement(cases)
}

/// So many cases that failed, the gravest last, every other one a warning.
pub(super) fn failing(count: u32) -> Judgement {
    let cases = (0..count).map(|at| {
        let verdict = match at {
            at if at % 2 == 0 => Verdict::Inconclusive,
            at if at + 3 > count => Verdict::Wrong,
            _ => Verdict::Regression,
        };
        let mut case = judged("gemm/f32", verdict);
        case.params.n = Some(at + 1);
        case.reasons.push("很慢 ".repeat(100));
        case.comparison = case.comparison.and(comparison(-0.1 - f64::from(at) * 1e-4));
        case
    });
    judgement(cases.collect())
}
