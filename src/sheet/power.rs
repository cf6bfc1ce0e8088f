//! What a value cost, and at which clock: from the sensors' readings of the same run.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::figure::Metric;
use crate::kernel::Mode;
use crate::results::{Observed, Record, Results};
use crate::stats::Sample;
use crate::telemetry::{Energy, Telemetry, limited_shares};

use super::remarks::{capped_share, cycles};

/// A shorter window, in seconds, or fewer changes of the sensor's value leave its ends too uncertain for an energy.
const ENERGY_SECONDS: f64 = 2.0;
const ENERGY_UPDATES: u32 = 20;

/// Power, energy and clock of a row. What no sensor said is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Power {
    /// Whose sensors.
    pub source: String,
    /// Mean power of the board from the warm-up's begin to the last sample, in watts.
    pub watts: Option<f64>,
    /// The unit's work at 1 W: work over energy, waits included.
    pub per_watt: Option<f64>,
    /// Energy of an operation of a rate, else of a byte, in joules.
    pub joules: Option<f64>,
    /// Which sensor watts and joules come from.
    pub energy_source: Option<String>,
    /// Why there are no watts and joules.
    pub no_energy: Option<String>,
    /// The median clock of the compute units, in hertz.
    pub hertz: Option<f64>,
    /// The value of a rate at 1 GHz, if it followed the clock: what tells a slow card from a slow clock.
    pub per_gigahertz: Option<f64>,
    /// The highest temperature of the die, in °C.
    pub celsius: Option<f64>,
    /// The share of readings that the power limit held down, 0 to 1, by the limiters or else by power and clock.
    pub capped_share: Option<f64>,
    /// The share of readings that name each limiter, 0 to 1; what held the GPU down, by name.
    pub limits: BTreeMap<String, f64>,
    /// Cycles of a step of the clock probe by the sensors' clock, before the samples and after.
    pub probe_cycles: Option<[f64; 2]>,
    /// The errors the GPU counted meanwhile.
    pub errors: Vec<String>,
    /// The share of the time that reading the sensors took, on the host.
    pub reading_share: Option<f64>,
}

/// The power of a record whose value is `value`.
pub(super) fn of(results: &Results, record: &Record, value: f64) -> Option<Power> {
    let measured = record.measured()?;
    let observed = measured.observed.as_ref()?;
    let telemetry = observed.telemetry.as_ref()?;
    let readings = &telemetry.readings;
    let clocks = readings.iter().filter_map(|reading| reading.sm_hertz);
    let hertz = Sample::new(clocks.filter(|hertz| *hertz > 0.0).collect());
    let hertz = hertz.map(|sample| sample.median());
    let celsius = readings.iter().filter_map(|reading| reading.celsius);
    let power = Power {
        source: telemetry.source.clone(),
        hertz,
        per_gigahertz: hertz
            .filter(|_| record.kind.metric == Metric::Rate)
            .map(|hertz| value / (hertz * 1e-9)),
        celsius: celsius.max_by(f64::total_cmp),
        limits: limited_shares(readings),
        capped_share: capped_share(results.gpu(), readings),
        probe_cycles: measured
            .probe
            .as_ref()
            .and_then(|probe| cycles(probe, readings)),
        errors: observed.errors(),
        reading_share: reading_share(telemetry),
        ..Power::default()
    };
    Some(match energy(record, telemetry) {
        Ok(energy) => spent(power, energy, record, observed),
        Err(reason) => Power {
            no_energy: Some(reason),
            ..power
        },
    })
}

/// The energy, where its window is long enough and its sensor quick enough; else why not.
fn energy<'a>(record: &Record, telemetry: &'a Telemetry) -> Result<&'a Energy, String> {
    if record.params.mode == Mode::Burst {
        return Err("bursts: most of the time is rest".into());
    }
    let Some(energy) = &telemetry.energy else {
        let reason = telemetry.missing.get("energy");
        return Err(reason.cloned().unwrap_or_else(|| "not read".into()));
    };
    if energy.seconds < ENERGY_SECONDS {
        let seconds = energy.seconds;
        return Err(format!("window of {seconds:.2} s < {ENERGY_SECONDS} s"));
    }
    if energy.updates < ENERGY_UPDATES {
        let updates = energy.updates;
        return Err(format!(
            "{updates} changes of the sensor < {ENERGY_UPDATES}"
        ));
    }
    Ok(energy)
}

fn spent(power: Power, energy: &Energy, record: &Record, observed: &Observed) -> Power {
    let counted = match record.kind.metric {
        Metric::Rate => record.work.operations,
        _ => record.work.bytes,
    };
    let work = counted as f64 * observed.dispatches as f64;
    let joules = (work > 0.0 && energy.joules > 0.0).then(|| energy.joules / work);
    Power {
        watts: Some(energy.joules / energy.seconds),
        // An operation a joule is an operation a second and watt.
        per_watt: joules.map(|joules| 1.0 / joules / record.kind.unit().in_base()),
        joules,
        energy_source: Some(energy.source.clone()),
        ..power
    }
}

fn reading_share(telemetry: &Telemetry) -> Option<f64> {
    let [first, .., last] = &telemetry.readings[..] else {
        return None;
    };
    let seconds = last.at_seconds - first.at_seconds;
    (seconds > 0.0).then_some(telemetry.reading_seconds? / seconds)
}
