//! Power, clocks, temperature, limiters and errors of the GPU that is measured.
//!
//! One file a source: NVML for NVIDIA, `/sys` for AMD and Intel on Linux, scripted values for the simulated device.
//! A library, file or permission that isn't there is a normal state: the value is absent and its reason is stated.
//! Sensors are matched to the adapter by PCI bus id, so that one GPU's are never taken for another's.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::device::DeviceInfo;

pub mod host;
pub mod matching;
pub mod sysfs;

mod environment;
mod limits;
mod nvml;
mod sampler;
mod scripted;

#[cfg(test)]
mod tests;

pub use environment::{Gpu, Process};
pub use limits::{PowerLimit, clock_before, limited_shares, power_capped_share, spoilt};
pub use sampler::{INTERVAL, Sampler, integrate};
pub use scripted::Scripted;

/// What holds the GPU down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limiter {
    /// Nothing runs, or the sensor takes what runs for nothing: under Vulkan, NVIDIA's may.
    Idle,
    /// The application clocks that were set.
    ApplicationClocks,
    /// The power limit, kept by the driver: normal for a large matrix product.
    SoftwarePowerCap,
    /// The hardware halves the clock, or worse: too hot, power brake, or a current that is too high.
    HardwareSlowdown,
    /// The hardware slows down for heat.
    HardwareThermal,
    /// The power supply asks the hardware to slow down.
    HardwarePowerBrake,
    /// The driver slows down for heat.
    SoftwareThermal,
    /// Another process computes on the GPU: it takes its share of the lanes, not of the clock.
    ForeignProcess,
    /// Another GPU of the same sync boost group.
    SyncBoost,
    /// The clocks of a display.
    DisplayClocks,
    /// A limiter this build has no name for.
    Unknown,
}

impl Limiter {
    /// Whether what is measured under it says nothing about the GPU: it is a fault of cooling or power supply, or
    /// somebody else's load.
    pub fn spoils(self) -> bool {
        matches!(
            self,
            Self::HardwareSlowdown
                | Self::HardwareThermal
                | Self::HardwarePowerBrake
                | Self::SoftwareThermal
                | Self::ForeignProcess
        )
    }
}

/// What the sensors said at one moment. What a sensor doesn't offer is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Seconds since the sampler began.
    pub at_seconds: f64,
    /// Power of the board or chip the sensor stands for, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watts: Option<f64>,
    /// Clock of the compute units, in hertz; 0 where they sleep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm_hertz: Option<f64>,
    /// Clock of the memory, in hertz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_hertz: Option<f64>,
    /// Temperature of the die, in °C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub celsius: Option<f64>,
    /// What holds the GPU down; empty where nothing does or where that can't be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limiter>,
}

impl Reading {
    /// Whether no sensor said anything.
    pub fn is_empty(&self) -> bool {
        let Self {
            at_seconds: _,
            watts,
            sm_hertz,
            memory_hertz,
            celsius,
            limits,
        } = self;
        let numbers = [watts, sm_hertz, memory_hertz, celsius];
        limits.is_empty() && numbers.iter().all(|number| number.is_none())
    }
}

/// What was used between two moments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Energy {
    /// Energy in joules.
    pub joules: f64,
    /// Seconds in which it was used.
    pub seconds: f64,
    /// Which sensor says so; never the whole system.
    pub source: String,
    /// How often the sensor's value was seen to change; with few, the ends of the window are uncertain.
    pub updates: u32,
}

/// What was read while something ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// Whose sensors.
    pub source: String,
    /// The readings in the order they were taken.
    pub readings: Vec<Reading>,
    /// Seconds the thread spent reading, of the host's: what the readings cost; absent before schema 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading_seconds: Option<f64>,
    /// What was used from the first to the last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy: Option<Energy>,
    /// Why `energy` is absent, `readings` end early, or a limiter can't be seen, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, String>,
}

/// Errors the hardware has counted. The difference of two is what happened between them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// Memory errors that ECC corrected since the driver was loaded (NVML, volatile total).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecc_corrected: Option<u64>,
    /// Memory errors that ECC couldn't correct since the driver was loaded (NVML, volatile total).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecc_uncorrected: Option<u64>,
    /// XID errors since the sensors were opened (NVML events).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xid_count: Option<u32>,
    /// The number of the last of them; 999 where the driver doesn't know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xid_last: Option<u64>,
    /// Errors corrected, summed over the blocks of the chip (AMD RAS, `ce`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ras_corrected: Option<u64>,
    /// Errors not corrected, summed over the blocks of the chip (AMD RAS, `ue`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ras_uncorrected: Option<u64>,
    /// Why a field is absent, by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, String>,
}

impl Counters {
    /// What was counted since `before`, in words; empty where nothing was, or nobody counted.
    pub fn errors_since(&self, before: &Self) -> Vec<String> {
        let wide = |count: Option<u32>| count.map(u64::from);
        let pairs = [
            ("ECC corrected", before.ecc_corrected, self.ecc_corrected),
            (
                "ECC uncorrected",
                before.ecc_uncorrected,
                self.ecc_uncorrected,
            ),
            ("XID", wide(before.xid_count), wide(self.xid_count)),
            ("RAS corrected", before.ras_corrected, self.ras_corrected),
            (
                "RAS uncorrected",
                before.ras_uncorrected,
                self.ras_uncorrected,
            ),
        ];
        let more = |(name, before, after): (&str, Option<u64>, Option<u64>)| {
            let count = after?.checked_sub(before?).filter(|count| *count > 0)?;
            let last = self.xid_last.filter(|_| name == "XID");
            let last = last.map_or(String::new(), |last| format!(" (last {last})"));
            Some(format!("{count} {name}{last}"))
        };
        pairs.into_iter().filter_map(more).collect()
    }
}

/// What a chip can't exceed in f32.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ceiling {
    /// Multiply-adds it does in a cycle.
    pub lanes: u32,
    /// Its highest clock, in hertz.
    pub hertz: f64,
}

/// The sensors of one GPU.
pub trait Sensors: Send {
    /// Whose they are: `NVML`, `hwmon (amdgpu)`.
    fn source(&self) -> String;

    /// What [`Energy::source`] says of the energy counter.
    fn energy_source(&self) -> String;

    /// What [`Energy::source`] says of the power, before "integrated".
    fn power_source(&self) -> String;

    /// What they say now; `at_seconds` is the caller's to set.
    fn read(&mut self) -> Reading;

    /// The energy counter in joules since a moment that stays the same; absent where there is none.
    fn energy_joules(&mut self) -> Option<f64>;

    /// The errors counted until now.
    fn counters(&mut self) -> Counters;

    /// What the GPU is and how it is set.
    fn gpu(&mut self) -> Gpu;

    /// What the readings can't tell, and why, by the name of a field or limiter; asked when the last was taken.
    fn cannot_tell(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// Operations in f32 a second that the chip can't exceed: two for each lane and cycle of its highest clock. Absent
    /// where nobody says.
    fn float_ceiling(&mut self) -> Option<Ceiling> {
        let gpu = self.gpu();
        Some(Ceiling {
            lanes: gpu.float_lanes?,
            hertz: gpu.sm_max_hertz?,
        })
    }
}

/// PCI vendor ids, as the adapter and `/sys` give them.
const NVIDIA: u32 = 0x10de;
const AMD: u32 = 0x1002;
const INTEL: u32 = 0x8086;

/// The sensors of the adapter.
///
/// # Errors
///
/// The reason why there are none, or why none can be said to be this adapter's.
pub fn sensors(info: &DeviceInfo) -> Result<Box<dyn Sensors>, String> {
    sensors_under(info, Path::new("/sys"))
}

/// [`sensors`], with another folder for `/sys`.
///
/// # Errors
///
/// As [`sensors`].
pub fn sensors_under(info: &DeviceInfo, root: &Path) -> Result<Box<dyn Sensors>, String> {
    if info.is_cpu() {
        return Err("a software adapter has no sensors of its own".into());
    }
    if info.backend == "metal" || cfg!(target_vendor = "apple") {
        return Err("macOS shows a GPU's sensors to privileged programs only".into());
    }
    match info.vendor_id {
        NVIDIA => nvml::open(info),
        AMD | INTEL => sysfs::open(info, root),
        other => Err(format!("no sensors are known for PCI vendor {other:#06x}")),
    }
}
