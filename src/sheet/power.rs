//! What a value cost, and at which clock: from the sensors' readings of the same run.

use serde::Serialize;

use crate::figure::Metric;
use crate::results::Record;
use crate::stats::Sample;

/// Power, energy and clock of a row. What no sensor said is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Power {
    /// Mean power of the board from the warm-up's begin to the last sample, in watts.
    pub watts: Option<f64>,
    /// Energy of an operation of a rate, else of a byte, in joules.
    pub joules: Option<f64>,
    /// The median clock of the compute units, in hertz.
    pub hertz: Option<f64>,
    /// The value at 1 GHz, if it followed the clock: what tells a slow card from a slow clock.
    pub per_gigahertz: Option<f64>,
}

/// The power of a record whose value is `value`.
pub(super) fn of(record: &Record, value: f64) -> Option<Power> {
    let observed = record.measured()?.observed.as_ref()?;
    let telemetry = observed.telemetry.as_ref()?;
    let energy = telemetry
        .energy
        .as_ref()
        .filter(|energy| energy.seconds > 0.0);
    let counted = match record.kind.metric {
        Metric::Rate => record.work.operations,
        _ => record.work.bytes,
    };
    let work = counted as f64 * observed.dispatches as f64;
    let clocks = telemetry
        .readings
        .iter()
        .filter_map(|reading| reading.sm_hertz);
    let hertz = Sample::new(clocks.filter(|hertz| *hertz > 0.0).collect());
    let hertz = hertz.map(|sample| sample.median());
    Some(Power {
        watts: energy.map(|energy| energy.joules / energy.seconds),
        joules: energy
            .filter(|_| work > 0.0)
            .map(|energy| energy.joules / work),
        hertz,
        per_gigahertz: hertz.map(|hertz| value / (hertz * 1e-9)),
    })
}
