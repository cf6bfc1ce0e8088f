//! The rate over time beside clock, power and temperature.

use crate::results::{Measured, Record};

/// Moments a reader can take in; of more, every second, third and so on is shown.
const MOST: usize = 40;

/// How far a reading of the sensors speaks for what lies beside it, in seconds.
const REACH: f64 = 0.5;

/// One stretch of time of a case, warm-up included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// When it ended, in seconds since the first batch.
    pub at_seconds: f64,
    /// The figure of its mean dispatch, in the row's unit.
    pub value: f64,
    /// Watts of the board or chip, by the reading nearest in time.
    pub watts: Option<f64>,
    /// Clock of the compute units in hertz.
    pub hertz: Option<f64>,
    /// Temperature of the die in °C.
    pub celsius: Option<f64>,
}

/// The moments of a record, [`MOST`] of them at most.
pub(super) fn of(record: &Record, measured: &Measured) -> Vec<Moment> {
    let telemetry = measured
        .observed
        .as_ref()
        .and_then(|observed| observed.telemetry.as_ref());
    let readings = telemetry.map_or(&[][..], |telemetry| &telemetry.readings);
    let step = measured.series.len().div_ceil(MOST).max(1);
    let windows = measured.series.iter().step_by(step);
    let moment = windows.map(|window| {
        let away = |at: f64| (at - window.at_seconds).abs();
        let nearest = readings
            .iter()
            .filter(|reading| away(reading.at_seconds) <= REACH)
            .min_by(|a, b| away(a.at_seconds).total_cmp(&away(b.at_seconds)));
        Moment {
            at_seconds: window.at_seconds,
            value: record.figure(window.seconds).value,
            watts: nearest.and_then(|reading| reading.watts),
            hertz: nearest.and_then(|reading| reading.sm_hertz),
            celsius: nearest.and_then(|reading| reading.celsius),
        }
    });
    moment.filter(|moment| moment.value.is_finite()).collect()
}
