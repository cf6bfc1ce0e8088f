//! Which devices are meant: adapters, or the scripted one that tests measure on.

use crate::device::simulated::Simulated;
use crate::device::{Device, DeviceInfo};
use crate::error::{Error, Result};
use crate::files;
use crate::gpu::{self, Adapter, Gpu};
use crate::telemetry::{self, Sensors};

/// A device that was chosen but not opened.
#[derive(Clone)]
pub enum Target {
    /// A real one, and its index.
    Adapter(Box<Adapter>, usize),
    /// A scripted one; `--device simulated` or `--device simulated:SCRIPT`, several with `;` between them.
    Simulated(Box<Scripted>),
}

/// A simulated device that is not made yet.
#[derive(Clone)]
pub struct Scripted {
    typed: String,
    info: DeviceInfo,
    /// What its sensors say.
    sees: Vec<(String, String)>,
}

impl Target {
    /// What it says it is.
    pub fn info(&self) -> &DeviceInfo {
        match self {
            Self::Adapter(adapter, _) => adapter.info(),
            Self::Simulated(simulated) => &simulated.info,
        }
    }

    /// What `--device` must be, with the same `--backend`, to mean this one and no other.
    pub fn address(&self) -> String {
        match self {
            Self::Adapter(_, index) => index.to_string(),
            Self::Simulated(simulated) => simulated.typed.clone(),
        }
    }

    /// Its sensors.
    ///
    /// # Errors
    ///
    /// The reason why there are none.
    pub fn sensors(&self) -> std::result::Result<Box<dyn Sensors>, String> {
        match self {
            Self::Adapter(adapter, _) => telemetry::sensors(adapter.info()),
            Self::Simulated(simulated) => match telemetry::Scripted::of(&simulated.sees)? {
                Some(scripted) => Ok(Box::new(scripted)),
                None => Err("a simulated device has no sensors but scripted ones".into()),
            },
        }
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`]: nothing was measured yet, so a device that can't be opened could not start.
    pub fn open(&self) -> Result<Box<dyn Device>> {
        match self {
            Self::Simulated(simulated) => {
                let script = script(&simulated.typed).unwrap_or_default();
                Ok(Box::new(Simulated::parse(script)?))
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
    if let Some(typed) = device.filter(|device| script(device).is_some()) {
        return typed.split(';').map(simulated).collect();
    }
    let adapters = adapters(backend)?;
    let chosen = gpu::select(adapters.iter().map(Adapter::info), device)?;
    let one = |index: usize| Target::Adapter(Box::new(adapters[index].clone()), index);
    Ok(chosen.into_iter().map(one).collect())
}

fn simulated(typed: &str) -> Result<Target> {
    let simulated = Simulated::parse(script(typed).unwrap_or(typed))?;
    telemetry::Scripted::of(simulated.sees()).map_err(|why| {
        let hint = "sensors look like sees@watts:350 or sees@limit:software_power_cap";
        Error::usage(format!("--device {typed}"), why, hint)
    })?;
    Ok(Target::Simulated(Box::new(Scripted {
        typed: typed.into(),
        info: simulated.info().clone(),
        sees: simulated.sees().to_vec(),
    })))
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
