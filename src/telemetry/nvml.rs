//! NVIDIA's management library, loaded when it is first asked for; its absence is a reason, no error.
//!
//! Units are NVML's: mW, mJ, MHz, °C. <https://docs.nvidia.com/deploy/nvml-api/>

use std::collections::BTreeMap;
use std::sync::OnceLock;

use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enum_wrappers::device::{Clock, EccCounter, MemoryError, TemperatureSensor};
use nvml_wrapper::error::{Bits, NvmlError};
use nvml_wrapper::{Device, Nvml};

use crate::device::DeviceInfo;

use super::environment::Reasons;
use super::matching::{Bus, Listed, pick};
use super::{Ceiling, Counters, Gpu, Limiter, Reading, Sensors};

mod events;
mod gpu;
mod neighbours;

/// A GPU of NVML's.
#[derive(Debug)]
struct Board {
    device: Device<'static>,
    events: Result<events::Xids, String>,
    neighbours: neighbours::Neighbours,
}

/// The library, loaded once and for as long as the program runs.
fn library() -> Result<&'static Nvml, String> {
    static LIBRARY: OnceLock<Result<Nvml, String>> = OnceLock::new();
    let loaded = LIBRARY.get_or_init(|| {
        Nvml::init().map_err(|error| match error {
            NvmlError::LibloadingError(_) => "NVIDIA's NVML library isn't installed".into(),
            other => because(&other),
        })
    });
    loaded.as_ref().map_err(Clone::clone)
}

/// An error of NVML's as a reason.
fn because(error: &NvmlError) -> String {
    format!("NVML: {error}")
}

/// A value, or the reason why NVML has none.
fn told<T>(result: Result<T, NvmlError>) -> Result<T, String> {
    result.map_err(|error| because(&error))
}

/// The sensors of the adapter.
///
/// # Errors
///
/// The reason why there are none, or why none can be said to be this adapter's.
pub(super) fn open(info: &DeviceInfo) -> Result<Box<dyn Sensors>, String> {
    let nvml = library()?;
    let count = told(nvml.device_count())?;
    let found: Vec<_> = (0..count).map(|place| listed(nvml, place)).collect();
    // A GPU that doesn't say what it is could be like the adapter, so that neither is the only one.
    let hidden = Listed {
        bus: None,
        vendor_id: info.vendor_id,
        device_id: info.device_id,
    };
    let lines: Vec<_> = found
        .iter()
        .map(|one| one.as_ref().map_or(hidden, |(line, _)| *line))
        .collect();
    let place = pick(&lines, info)?;
    let (_, device) = found.into_iter().nth(place).ok_or("NVML lists no GPU")??;
    Ok(Box::new(Board {
        events: events::Xids::listen(nvml, &device),
        neighbours: neighbours::Neighbours::new(),
        device,
    }))
}

fn listed(nvml: &'static Nvml, place: u32) -> Result<(Listed, Device<'static>), String> {
    let device = told(nvml.device_by_index(place))?;
    let pci = told(device.pci_info())?;
    // NVML has the device id in the upper half and the vendor's in the lower.
    let line = Listed {
        bus: Bus::parse(&pci.bus_id),
        vendor_id: pci.pci_device_id & 0xffff,
        device_id: pci.pci_device_id >> 16,
    };
    Ok((line, device))
}

/// Each limiter of NVML's mask by name, and unknown for the bits this build has no name for.
pub(super) fn limiters(mask: u64) -> Vec<Limiter> {
    let names = [
        (ThrottleReasons::GPU_IDLE, Limiter::Idle),
        (
            ThrottleReasons::APPLICATIONS_CLOCKS_SETTING,
            Limiter::ApplicationClocks,
        ),
        (ThrottleReasons::SW_POWER_CAP, Limiter::SoftwarePowerCap),
        (ThrottleReasons::HW_SLOWDOWN, Limiter::HardwareSlowdown),
        (
            ThrottleReasons::HW_THERMAL_SLOWDOWN,
            Limiter::HardwareThermal,
        ),
        (
            ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN,
            Limiter::HardwarePowerBrake,
        ),
        (
            ThrottleReasons::SW_THERMAL_SLOWDOWN,
            Limiter::SoftwareThermal,
        ),
        (ThrottleReasons::SYNC_BOOST, Limiter::SyncBoost),
        (
            ThrottleReasons::DISPLAY_CLOCK_SETTING,
            Limiter::DisplayClocks,
        ),
    ];
    let named = names.iter().filter(|(bit, _)| mask & bit.bits() != 0);
    let mut limits: Vec<_> = named.map(|(_, limiter)| *limiter).collect();
    let known = names.iter().fold(0, |sum, (bit, _)| sum | bit.bits());
    if mask & !known != 0 {
        limits.push(Limiter::Unknown);
    }
    limits
}

impl Board {
    fn limits(&self) -> Result<Vec<Limiter>, String> {
        match self.device.current_throttle_reasons_strict() {
            Ok(reasons) => Ok(limiters(reasons.bits())),
            Err(NvmlError::IncorrectBits(Bits::U64(mask))) => Ok(limiters(mask)),
            Err(other) => Err(because(&other)),
        }
    }

    fn hertz(&self, clock: Clock) -> Result<f64, String> {
        told(self.device.clock_info(clock)).map(megahertz)
    }

    fn celsius(&self) -> Result<f64, String> {
        told(self.device.temperature(TemperatureSensor::Gpu)).map(f64::from)
    }

    fn ecc(&self, errors: MemoryError) -> Result<u64, String> {
        told(self.device.total_ecc_errors(errors, EccCounter::Volatile))
    }
}

/// MHz in hertz.
fn megahertz(clock: u32) -> f64 {
    f64::from(clock) * 1e6
}

/// mW in watts.
fn milliwatts(power: u32) -> f64 {
    f64::from(power) * 1e-3
}

impl Sensors for Board {
    fn source(&self) -> String {
        "NVML".into()
    }

    fn energy_source(&self) -> String {
        "board sensor (NVML energy counter)".into()
    }

    fn power_source(&self) -> String {
        "NVML power".into()
    }

    fn read(&mut self) -> Reading {
        let mut limits = self.limits().unwrap_or_default();
        let foreign = self.neighbours.compute(&self.device);
        limits.extend(foreign.then_some(Limiter::ForeignProcess));
        Reading {
            at_seconds: 0.0,
            watts: self.device.power_usage().ok().map(milliwatts),
            sm_hertz: self.hertz(Clock::SM).ok(),
            memory_hertz: self.hertz(Clock::Memory).ok(),
            celsius: self.celsius().ok(),
            limits,
        }
    }

    fn energy_joules(&mut self) -> Option<f64> {
        let millijoules = self.device.total_energy_consumption().ok()?;
        Some(millijoules as f64 * 1e-3)
    }

    fn counters(&mut self) -> Counters {
        let mut reasons = Reasons::default();
        reasons.never(&["ras_corrected", "ras_uncorrected"], "AMD's");
        let xids = match &mut self.events {
            Ok(xids) => Ok(xids.heard()),
            Err(reason) => Err(reason.clone()),
        };
        let last = xids
            .clone()
            .and_then(|(_, last)| last.ok_or("none occurred".into()));
        Counters {
            ecc_corrected: reasons.note("ecc_corrected", self.ecc(MemoryError::Corrected)),
            ecc_uncorrected: reasons.note("ecc_uncorrected", self.ecc(MemoryError::Uncorrected)),
            xid_count: reasons.note("xid_count", xids.map(|(count, _)| count)),
            xid_last: reasons.note("xid_last", last),
            missing: reasons.0,
            ..Counters::default()
        }
    }

    fn gpu(&mut self) -> Gpu {
        self.environment()
    }

    fn cannot_tell(&self) -> BTreeMap<String, String> {
        let mut missing = BTreeMap::new();
        if let Some(why) = self.neighbours.blind() {
            missing.insert("foreign_process".into(), why.clone());
        }
        if let Err(why) = self.limits() {
            missing.insert("limits".into(), why);
        }
        missing
    }

    fn float_ceiling(&mut self) -> Option<Ceiling> {
        Some(Ceiling {
            lanes: self.device.num_cores().ok()?,
            hertz: megahertz(self.device.max_clock_info(Clock::SM).ok()?),
        })
    }
}
