//! Sensors of AMD and Intel GPUs: what Linux's drivers (amdgpu, i915, xe) show under `/sys/class/drm`.
//!
//! Files and units are those of the kernel's documentation: `gpu/amdgpu/thermal.rst`,
//! `ABI/testing/sysfs-driver-intel-i915-hwmon`, `sysfs-driver-intel-xe-hwmon` and `sysfs-interface` of hwmon (µW, µJ,
//! m°C, Hz). Neither driver says there what holds the clock down in a way that this reads.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use crate::device::DeviceInfo;

use super::environment::Reasons;
use super::matching::{Bus, Listed, pick};
use super::{Counters, Gpu, Reading, Sensors};

mod gpu;
mod link;
#[cfg(test)]
mod tests;

/// The folders of a card that values come from.
#[derive(Debug, Clone, Copy)]
enum Folder {
    /// `class/drm/cardN`
    Card,
    /// `class/drm/cardN/device`
    Device,
    /// `class/drm/cardN/device/hwmon/hwmonM`
    Hwmon,
}

/// A file with a whole number, and what one of it is in base units.
#[derive(Debug, Clone, Copy)]
struct Place(Folder, &'static str, f64);

// Where several drivers or versions have the same value, each list has them all, the best first.
const WATTS: &[Place] = &[
    Place(Folder::Hwmon, "power1_average", 1e-6),
    Place(Folder::Hwmon, "power1_input", 1e-6),
];
/// xe has the card's energy as the first, or the package's as the second.
const JOULES: &[Place] = &[
    Place(Folder::Hwmon, "energy1_input", 1e-6),
    Place(Folder::Hwmon, "energy2_input", 1e-6),
];
const SM_HERTZ: &[Place] = &[
    Place(Folder::Hwmon, "freq1_input", 1.0),
    Place(Folder::Card, "gt_act_freq_mhz", 1e6),
    Place(Folder::Card, "gt/gt0/rps_act_freq_mhz", 1e6),
    Place(Folder::Device, "tile0/gt0/freq0/act_freq", 1e6),
];
const MEMORY_HERTZ: &[Place] = &[Place(Folder::Hwmon, "freq2_input", 1.0)];
/// amdgpu: edge, and the junction where a chip has no edge sensor; xe has the package as the second.
const CELSIUS: &[Place] = &[
    Place(Folder::Hwmon, "temp1_input", 1e-3),
    Place(Folder::Hwmon, "temp2_input", 1e-3),
];

/// A GPU under `class/drm`.
#[derive(Debug, Clone)]
struct Card {
    /// `/sys`, or another folder in tests.
    root: PathBuf,
    path: PathBuf,
    hwmon: Option<PathBuf>,
    /// The kernel driver's name.
    driver: String,
}

/// The sensors of the adapter under `root`, which is `/sys`.
///
/// # Errors
///
/// The reason why there are none, or why none can be said to be this adapter's.
pub fn open(info: &DeviceInfo, root: &Path) -> Result<Box<dyn Sensors>, String> {
    let mut cards = cards(root)?;
    let listed: Vec<_> = cards.iter().map(Card::listed).collect();
    let place = pick(&listed, info)?;
    Ok(Box::new(cards.swap_remove(place)))
}

/// All GPUs, by number. Connectors (`card0-DP-1`) and render nodes are listed in the same folder.
fn cards(root: &Path) -> Result<Vec<Card>, String> {
    let folder = root.join("class/drm");
    let entries = fs::read_dir(&folder).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            "there is no /sys/class/drm, which AMD and Intel sensors need".into()
        }
        _ => format!("/sys/class/drm can't be read: {error}"),
    })?;
    let number = |path: &PathBuf| -> Option<u32> {
        let name = path.file_name()?.to_str()?;
        name.strip_prefix("card")?.parse().ok()
    };
    let mut paths: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter_map(|path| Some((number(&path)?, path)))
        .collect();
    paths.sort();
    let card = |(_, path): (u32, PathBuf)| Card::at(root, path);
    Ok(paths.into_iter().map(card).collect())
}

/// Why a file couldn't be read.
fn because(name: &str, error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => format!("the driver offers no {name}"),
        ErrorKind::PermissionDenied => format!("no permission to read {name}"),
        _ => format!("{name} can't be read: {error}"),
    }
}

/// The content of a file without the white space around it, or why there is none.
fn text(path: &Path) -> Result<String, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let content = fs::read_to_string(path).map_err(|error| because(&name, &error))?;
    let content = content.trim();
    if content.is_empty() {
        return Err(format!("{name} is empty"));
    }
    Ok(content.into())
}

/// The whole number a file holds.
fn number(path: &Path) -> Result<f64, String> {
    let content = text(path)?;
    let number: Result<i64, _> = content.parse();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    number
        .map(|number| number as f64)
        .map_err(|_| format!("{name} holds '{content}', which is no number"))
}

/// An id as `0x1002`; 0, which is nobody's, where there is none.
fn id(path: &Path) -> u32 {
    let content = text(path).unwrap_or_default();
    u32::from_str_radix(content.trim_start_matches("0x"), 16).unwrap_or(0)
}

/// The value of a key in a device's `uevent`.
fn event(device: &Path, key: &str) -> Option<String> {
    let content = text(&device.join("uevent")).ok()?;
    let value = |line: &str| Some(line.strip_prefix(key)?.strip_prefix('=')?.to_owned());
    content.lines().find_map(value)
}

impl Card {
    fn at(root: &Path, path: PathBuf) -> Self {
        let device = path.join("device");
        let folders = fs::read_dir(device.join("hwmon"));
        let mut folders: Vec<_> = folders
            .into_iter()
            .flat_map(|entries| entries.flatten())
            .map(|entry| entry.path())
            .filter(|folder| folder.join("name").exists())
            .collect();
        folders.sort();
        Self {
            root: root.into(),
            hwmon: folders.into_iter().next(),
            driver: event(&device, "DRIVER").unwrap_or_else(|| "unnamed driver".into()),
            path,
        }
    }

    fn listed(&self) -> Listed {
        let device = self.device();
        Listed {
            bus: event(&device, "PCI_SLOT_NAME").and_then(|slot| Bus::parse(&slot)),
            vendor_id: id(&device.join("vendor")),
            device_id: id(&device.join("device")),
        }
    }

    fn device(&self) -> PathBuf {
        self.path.join("device")
    }

    fn folder(&self, folder: Folder) -> Option<PathBuf> {
        match folder {
            Folder::Card => Some(self.path.clone()),
            Folder::Device => Some(self.device()),
            Folder::Hwmon => self.hwmon.clone(),
        }
    }

    /// The first of the places that has a value, with its file's name; else why the likeliest has none.
    fn find(&self, places: &[Place]) -> Result<(f64, &'static str), String> {
        let mut reasons = Vec::new();
        for Place(folder, file, unit) in places {
            let found = match self.folder(*folder) {
                Some(folder) => number(&folder.join(file)),
                None => Err("the driver offers no hwmon".into()),
            };
            match found {
                Ok(number) => return Ok((number * unit, file)),
                Err(reason) => reasons.push(reason),
            }
        }
        // A file that is there and can't be read tells more than one that isn't there.
        let telling = reasons
            .iter()
            .find(|reason| !reason.starts_with("the driver offers no"));
        let reason = telling.or(reasons.first()).cloned();
        Err(reason.unwrap_or_default())
    }

    fn value(&self, places: &[Place]) -> Result<f64, String> {
        self.find(places).map(|(value, _)| value)
    }

    /// The errors of all blocks of an AMD chip that are of one kind: a line `ue: N` or `ce: N` in each
    /// `ras/BLOCK_err_count`.
    fn ras(&self, kind: &str) -> Result<u64, String> {
        let missing = || "the driver offers no RAS error counts".to_owned();
        let entries = fs::read_dir(self.device().join("ras")).map_err(|_| missing())?;
        let mut counts = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            if !path.to_string_lossy().ends_with("_err_count") {
                continue;
            }
            let content = text(&path)?;
            let count = |line: &str| {
                line.strip_prefix(kind)?
                    .strip_prefix(':')?
                    .trim()
                    .parse::<u64>()
                    .ok()
            };
            counts.extend(content.lines().find_map(count));
        }
        let some = !counts.is_empty();
        some.then(|| counts.iter().sum::<u64>()).ok_or_else(missing)
    }
}

impl Sensors for Card {
    fn source(&self) -> String {
        format!("hwmon ({})", self.driver)
    }

    fn energy_source(&self) -> String {
        let file = self.find(JOULES).map_or("energy1_input", |(_, file)| file);
        format!("hwmon {file} ({})", self.driver)
    }

    fn power_source(&self) -> String {
        let file = self.find(WATTS).map_or("power1_input", |(_, file)| file);
        format!("hwmon {file} ({})", self.driver)
    }

    fn read(&mut self) -> Reading {
        Reading {
            at_seconds: 0.0,
            watts: self.value(WATTS).ok(),
            sm_hertz: self.value(SM_HERTZ).ok(),
            memory_hertz: self.value(MEMORY_HERTZ).ok(),
            celsius: self.value(CELSIUS).ok(),
            limits: Vec::new(),
        }
    }

    fn energy_joules(&mut self) -> Option<f64> {
        self.value(JOULES).ok()
    }

    fn counters(&mut self) -> Counters {
        let mut reasons = Reasons::default();
        let nvidia = ["ecc_corrected", "ecc_uncorrected", "xid_count", "xid_last"];
        reasons.never(&nvidia, "NVML's, for NVIDIA GPUs");
        Counters {
            ras_corrected: reasons.note("ras_corrected", self.ras("ce")),
            ras_uncorrected: reasons.note("ras_uncorrected", self.ras("ue")),
            missing: reasons.0,
            ..Counters::default()
        }
    }

    fn cannot_tell(&self) -> BTreeMap<String, String> {
        let why = "neither hwmon nor the driver's files show it";
        let never = ["limits", "foreign_process"];
        never.map(|name| (name.into(), why.into())).into()
    }

    fn gpu(&mut self) -> Gpu {
        self.environment()
    }
}
