//! Which devices are meant: adapters, or the scripted one that tests measure on.

use crate::device::simulated::Simulated;
use crate::device::{Device, DeviceInfo};
use crate::error::{Error, Result};
use crate::files;
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
            Self::Adapter(adapter) => match Gpu::open_keeping(&adapter, files::cache_folder()) {
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
    let adapters = adapters(backend)?;
    let chosen = gpu::select(adapters.iter().map(Adapter::info), device)?;
    let one = |index: usize| Target::Adapter(Box::new(adapters[index].clone()));
    Ok(chosen.into_iter().map(one).collect())
}

/// The adapters there are, at least one.
///
/// # Errors
///
/// [`Error::NoAdapter`], and [`Error::Usage`] for a backend there is not.
pub fn adapters(backend: Option<&str>) -> Result<Vec<Adapter>> {
    let adapters = gpu::adapters(backend)?;
    if adapters.is_empty() {
        let why = match backend {
            Some(backend) => format!("{backend} offers none on this system"),
            None => "no backend of this system offers one".into(),
        };
        return Err(Error::NoAdapter { why });
    }
    Ok(adapters)
}

fn script(device: &str) -> Option<&str> {
    match device {
        "simulated" => Some(""),
        _ => device.strip_prefix("simulated:"),
    }
}
