//! What surrounds the samples: sensors, clock, machine.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::telemetry::{Counters, Gpu, Limiter, Telemetry};

/// What the sensors said from the first batch of the warm-up to the last sample, and how much was done meanwhile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// Dispatches of warm-up and samples together: the work that `telemetry.energy` was used for.
    pub dispatches: u64,
    /// Power, clocks, temperature and limiters; absent where there are no sensors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<Telemetry>,
    /// The errors the hardware counted, before and after; empty where there are no sensors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<Counters>,
}

impl Observed {
    /// The errors that the GPU counted meanwhile, in words.
    pub fn errors(&self) -> Vec<String> {
        match &self.counters[..] {
            [before, .., after] => after.errors_since(before),
            _ => Vec::new(),
        }
    }
}

/// The machine and the GPU as they are set. What can't be read is absent, with the reason.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// What the GPU's own sensors say it is, and how it is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<Gpu>,
    /// The same when the last case was over; absent where the run was cut, and before schema 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu_after: Option<Gpu>,
    /// The frequency governor of the CPUs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub governor: Option<String>,
    /// The container it ran in; absent where nothing shows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Why a field is absent, by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, String>,
}

/// A fixed chain of multiply-adds in one workgroup: it takes a number of clock cycles, whatever the chip's width, so that
/// its time follows the clock of the compute units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Multiply-adds, each of which needs the one before.
    pub steps: u64,
    /// Seconds of the chain after the warm-up, before the first sample, and after the last: the least of three each.
    pub seconds: [f64; 2],
    /// When each began, right after a batch, in the seconds of `observed.telemetry`; absent without sensors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_seconds: Option<[f64; 2]>,
}

impl Probe {
    /// By what share of the first time the second is longer; below 0 where it is shorter.
    pub fn drift(&self) -> f64 {
        self.seconds[1] / self.seconds[0] - 1.0
    }
}

/// Spoilt samples of a case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spoilt {
    /// How many came out without a time: they are not among `seconds`.
    pub without_time: u32,
    /// How many were taken under a limiter that is a fault: they are among `seconds`.
    pub limited: u32,
    /// The first one's limiter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Limiter>,
}

/// What was taken of a case that is invalid.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Seconds of one dispatch in each sample.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seconds: Vec<f64>,
    /// What the sensors said meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Box<Observed>>,
    /// The clock probe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Box<Probe>>,
}
