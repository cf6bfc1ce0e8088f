//! Bencher Metric Format: `{"gemm/f32 4096 sustained random": {"tflops": {"value": …}}}`.
//!
//! A benchmark has no device in its name unless the judgement has several: a device is Bencher's testbed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{json, named};
use crate::figure::Unit;
use crate::gate::Judgement;
use crate::stats::Estimate;

#[derive(Serialize)]
struct Metric {
    value: f64,
    lower_value: f64,
    upper_value: f64,
}

/// The candidate's figures with the ends of their intervals; cases without are left out.
pub fn document(judgement: &Judgement) -> String {
    let mut benchmarks = BTreeMap::new();
    for named in named(judgement) {
        let Some(metric) = named.case.candidate.as_ref().and_then(metric) else {
            continue;
        };
        let measures = BTreeMap::from([(measure(named.case.unit), metric)]);
        benchmarks.insert(named.title, measures);
    }
    json(&benchmarks)
}

/// Nothing for what JSON has no number for.
fn metric(estimate: &Estimate) -> Option<Metric> {
    let Estimate {
        value, low, high, ..
    } = *estimate;
    let finite = [value, low, high].iter().all(|end| end.is_finite());
    finite.then_some(Metric {
        value,
        lower_value: low,
        upper_value: high,
    })
}

/// The measure's slug, which Bencher makes a measure of when it sees it first.
fn measure(unit: Unit) -> &'static str {
    match unit {
        Unit::Tflops => "tflops",
        Unit::Tops => "tops",
        Unit::GigabytesPerSecond => "gigabytes-per-second",
        Unit::Microseconds => "microseconds",
        Unit::Gigabytes => "gigabytes",
        Unit::Watts => "watts",
    }
}
