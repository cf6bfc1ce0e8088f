//! Which devices are meant: adapters, or the scripted one that tests measure on.

use crate::device::simulated::Simulated;
use crate::device::{Device, DeviceInfo};
use crate::error::{Error, Result};
use crate::files;
use crate::gpu::{self, Adapter, Gpu};

/// A device that was chosen but not opened.
pub enum Target {
    /// A real one, and its index.
    Adapter(Box<Adapter>, usize),
    /// A scripted one, and what was typed; `--device simulated` or `--device simulated:SCRIPT`.
    Simulated(Box<Simulated>, String),
}

impl Target {
    /// What it says it is.
    pub fn info(&self) -> &DeviceInfo {
        match self {
            Self::Adapter(adapter, _) => adapter.info(),
            Self::Simulated(simulated, _) => simulated.info(),
        }
    }

    /// What `--device` must be, with the same `--backend`, to mean this one and no other.
    pub fn address(&self) -> String {
        match self {
            Self::Adapter(_, index) => index.to_string(),
            Self::Simulated(_, typed) => typed.clone(),
        }
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`]: nothing was measured yet, so a device that can't be opened could not start.
    pub fn open(&self) -> Result<Box<dyn Device>> {
        match self {
            Self::Simulated(_, typed) => {
                let simulated = Simulated::parse(script(typed).unwrap_or_default())?;
                Ok(Box::new(simulated))
            }
            Self::Adapter(adapter, _) => match Gpu::open_keeping(adapter, files::cache_folder()) {
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
    if let Some((typed, script)) = device.and_then(|device| Some((device, script(device)?))) {
        let simulated = Simulated::parse(script)?;
        return Ok(vec![Target::Simulated(Box::new(simulated), typed.into())]);
    }
    let adapters = adapters(backend)?;
    let chosen = gpu::select(adapters.iter().map(Adapter::info), device)?;
    let one = |index: usize| Target::Adapter(Box::new(adapters[index].clone()), index);
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
