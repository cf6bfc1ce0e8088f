//! Which devices are meant: adapters, or the scripted one that tests measure on.

use crate::device::simulated::Simulated;
use crate::device::{Device, DeviceInfo};
use crate::error::{Error, Result};
use crate::gpu::{self, Adapter, Gpu};

/// A device that was chosen but not opened.
pub enum Target {
    /// A real one.
    Adapter(Box<Adapter>),
    /// A scripted one; `--device simulated` or `--device simulated:SCRIPT`.
    Simulated(Box<Simulated>),
}

impl Target {
    /// What it says it is.
    pub fn info(&self) -> &DeviceInfo {
        match self {
            Self::Adapter(adapter) => adapter.info(),
            Self::Simulated(simulated) => simulated.info(),
        }
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`]: nothing was measured yet, so a device that can't be opened could not start.
    pub fn open(self) -> Result<Box<dyn Device>> {
        match self {
            Self::Simulated(simulated) => Ok(simulated),
            Self::Adapter(adapter) => match Gpu::open(&adapter) {
                Ok(gpu) => Ok(Box::new(gpu)),
                Err(error) => Err(Error::usage(
                    format!("device {}", adapter.info().name),
                    error.to_string(),
                    "give another --device, or ask `suanli doctor`",
                )),
            },
        }
    }
}

/// The devices that `device` names on `backend`; the best one without a name.
///
/// # Errors
///
/// [`Error::NoAdapter`], [`Error::DeviceName`] and [`Error::Usage`] as [`gpu::select`] and
/// [`gpu::adapters`] say.
pub fn targets(device: Option<&str>, backend: Option<&str>) -> Result<Vec<Target>> {
    if let Some(script) = device.and_then(script) {
        let simulated = Simulated::parse(script)?;
        return Ok(vec![Target::Simulated(Box::new(simulated))]);
    }
    let adapters = gpu::adapters(backend)?;
    let chosen = gpu::select(adapters.iter().map(Adapter::info), device)?;
    let one = |index: usize| Target::Adapter(Box::new(adapters[index].clone()));
    Ok(chosen.into_iter().map(one).collect())
}

fn script(device: &str) -> Option<&str> {
    match device {
        "simulated" => Some(""),
        _ => device.strip_prefix("simulated:"),
    }
}
