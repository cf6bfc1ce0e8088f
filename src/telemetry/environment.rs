//! What a GPU is and how it is set, with the reason for everything that can't be read.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A process on the GPU that isn't this one; it may be a child of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Its process id.
    pub pid: u32,
    /// Memory of the GPU it holds, in bytes; absent where the driver doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

/// What a GPU is and how it is set, when asked. What can't be read is absent, its reason in `missing`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gpu {
    /// The GPU's own id: NVIDIA's UUID, AMD's `unique_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    /// The board's serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Version of the video BIOS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vbios: Option<String>,
    /// The kernel driver: NVIDIA's version, or the module with its version where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// Power limit that is set, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_limit_watts: Option<f64>,
    /// Power limit it starts with, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_limit_default_watts: Option<f64>,
    /// Lowest power limit that can be set, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_limit_min_watts: Option<f64>,
    /// Highest power limit that can be set, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_limit_max_watts: Option<f64>,
    /// Clock of the compute units now, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm_hertz: Option<f64>,
    /// Clock of the memory now, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_hertz: Option<f64>,
    /// Highest clock of the compute units, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm_max_hertz: Option<f64>,
    /// Highest clock of the memory, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_max_hertz: Option<f64>,
    /// Application clock that is set for the compute units, in hertz (NVML).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm_application_hertz: Option<f64>,
    /// Application clock that is set for the memory, in hertz (NVML).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_application_hertz: Option<f64>,
    /// Lowest and highest clock the driver may choose for the compute units, in hertz; equal where it is locked (Intel).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm_allowed_hertz: Option<[f64; 2]>,
    /// How the driver chooses clocks: `auto`, `high`, `manual` … (AMD's `power_dpm_force_performance_level`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_policy: Option<String>,
    /// Temperature of the die, in °C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub celsius: Option<f64>,
    /// Temperature of the memory, in °C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_celsius: Option<f64>,
    /// Temperature of the die above which the driver lowers the clock, in °C (NVML).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operating_max_celsius: Option<f64>,
    /// Temperature of the memory above which the driver lowers the clock, in °C (NVML).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_operating_max_celsius: Option<f64>,
    /// Temperature of the die at which the hardware slows down, in °C (hwmon: the critical value).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slowdown_celsius: Option<f64>,
    /// Temperature of the die at which it switches itself off, in °C (hwmon: the emergency value).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown_celsius: Option<f64>,
    /// Whether the memory's errors are corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecc: Option<bool>,
    /// Whether the GPU is cut into instances. Its sensors stand for the whole board then too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mig: Option<bool>,
    /// `default`, `exclusive_process` or `prohibited` (NVML).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute_mode: Option<String>,
    /// Whether the driver stays loaded while nothing uses the GPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persistence: Option<bool>,
    /// The other processes on the GPU, by process id; empty where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processes: Option<Vec<Process>>,
    /// PCIe generation of the link now; idle GPUs lower it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pcie_generation: Option<u32>,
    /// Lanes of the PCIe link now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pcie_width: Option<u32>,
    /// Highest PCIe generation of the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pcie_generation_max: Option<u32>,
    /// Most lanes of the PCIe link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pcie_width_max: Option<u32>,
    /// Memory of the GPU, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Memory in use by all, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_used_bytes: Option<u64>,
    /// Multiply-adds in f32 that the chip does in a cycle, on all its compute units together (NVML: cores).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub float_lanes: Option<u32>,
    /// Share of time in which the GPU was busy lately, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_share: Option<f64>,
    /// Why a field is absent, by field; `limits` for those of the readings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, String>,
}

/// The reasons of absent fields, as they are gathered.
#[derive(Debug, Default)]
pub(super) struct Reasons(pub BTreeMap<String, String>);

impl Reasons {
    /// What was found, or nothing and the reason noted under the field's name.
    pub fn note<T>(&mut self, field: &str, found: Result<T, String>) -> Option<T> {
        match found {
            Ok(value) => Some(value),
            Err(reason) => {
                self.0.insert(field.into(), reason);
                None
            }
        }
    }

    /// Notes the same reason for several fields that are never read.
    pub fn never(&mut self, fields: &[&str], reason: &str) {
        let noted = fields.iter().map(|field| ((*field).into(), reason.into()));
        self.0.extend(noted);
    }
}
