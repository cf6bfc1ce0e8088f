//! Sensors whose values are scripted: for the simulated device and for tests.

use std::collections::VecDeque;
use std::time::Instant;

use super::{Counters, Gpu, Limiter, Reading, Sensors};

/// Values that are given out one by one, the last of them for ever. The default says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scripted {
    /// What it calls itself.
    pub source: String,
    /// The readings.
    pub readings: VecDeque<Reading>,
    /// The states of the energy counter, in joules.
    pub joules: VecDeque<f64>,
    /// Instead, what it grows by in a second, in watts, and since when.
    pub growing: Option<(f64, Instant)>,
    /// The errors counted.
    pub counters: VecDeque<Counters>,
    /// What the GPU is.
    pub gpu: Gpu,
}

impl Scripted {
    /// The sensors that a simulated device's script gives it, if it gives any: pairs of a key and a value.
    ///
    /// # Errors
    ///
    /// What is no value of its key.
    pub fn of(script: &[(String, String)]) -> Result<Option<Self>, String> {
        if script.is_empty() {
            return Ok(None);
        }
        let mut reading = Reading::default();
        let mut after = Counters::default();
        let mut gpu = Gpu::default();
        let mut growing = None;
        for (key, value) in script {
            let wrong = || format!("'{value}' is no value of {key}");
            let number = || value.parse::<f64>().map_err(|_| wrong());
            match key.as_str() {
                "watts" => reading.watts = Some(number()?),
                "counter_watts" => growing = Some((number()?, Instant::now())),
                "sm_mhz" => reading.sm_hertz = Some(number()? * 1e6),
                "most_mhz" => gpu.sm_max_hertz = Some(number()? * 1e6),
                "memory_mhz" => reading.memory_hertz = Some(number()? * 1e6),
                "celsius" => reading.celsius = Some(number()?),
                "limit_watts" => gpu.power_limit_watts = Some(number()?),
                "lanes" => gpu.float_lanes = Some(number()? as u32),
                "ecc" => after.ecc_uncorrected = Some(number()? as u64),
                "xid" => after.xid_count = Some(number()? as u32),
                "limit" => {
                    let word = serde_json::Value::from(value.as_str());
                    let limiter: Limiter = serde_json::from_value(word).map_err(|_| wrong())?;
                    reading.limits.push(limiter);
                }
                _ => return Err(format!("there is no sensor {key}")),
            }
        }
        let before = Counters {
            ecc_uncorrected: after.ecc_uncorrected.map(|_| 0),
            xid_count: after.xid_count.map(|_| 0),
            ..Counters::default()
        };
        (gpu.sm_hertz, gpu.celsius) = (reading.sm_hertz, reading.celsius);
        Ok(Some(Self {
            source: "scripted sensors".into(),
            readings: VecDeque::from([reading]),
            counters: VecDeque::from([before, after]),
            gpu,
            growing,
            ..Self::default()
        }))
    }
}

/// The next value; the last one stays.
fn next<T: Clone>(values: &mut VecDeque<T>) -> Option<T> {
    if values.len() > 1 {
        values.pop_front()
    } else {
        values.front().cloned()
    }
}

impl Sensors for Scripted {
    fn source(&self) -> String {
        self.source.clone()
    }

    fn energy_source(&self) -> String {
        format!("{}, energy counter", self.source)
    }

    fn power_source(&self) -> String {
        format!("{}, power", self.source)
    }

    fn read(&mut self) -> Reading {
        next(&mut self.readings).unwrap_or_default()
    }

    fn energy_joules(&mut self) -> Option<f64> {
        let grown = |(watts, since): (f64, Instant)| watts * since.elapsed().as_secs_f64();
        self.growing.map(grown).or_else(|| next(&mut self.joules))
    }

    fn counters(&mut self) -> Counters {
        next(&mut self.counters).unwrap_or_default()
    }

    fn gpu(&mut self) -> Gpu {
        self.gpu.clone()
    }
}
