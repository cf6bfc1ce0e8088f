//! One run at a time on a GPU: two would measure each other.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use crate::device::DeviceInfo;
use crate::error::{Error, Result};

use super::signals::Signals;
use super::terminal;

/// How often a waiting run looks whether the other has ended.
const GLANCE: Duration = Duration::from_millis(100);

/// Held while a device is measured; absent for software adapters, where nothing is to be kept apart.
pub struct Turn {
    /// The system lets go of the lock when the file is closed, however this process ends.
    _file: Option<File>,
}

impl Turn {
    /// Takes several devices, those that share a lock once. In one order for every process, so that two that want the same
    /// don't wait for each other.
    ///
    /// # Errors
    ///
    /// Those of [`Turn::take`].
    pub fn take_all(infos: &[&DeviceInfo], wait: bool, signals: &Signals) -> Result<Vec<Self>> {
        let devices: BTreeMap<PathBuf, &DeviceInfo> =
            infos.iter().map(|info| (path(info), *info)).collect();
        let take = |info: &DeviceInfo| Self::take(info, wait, signals);
        devices.into_values().map(take).collect()
    }

    /// Takes the device for this process. Where another has it, waits if `wait`, else refuses.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where another run has it, [`Error::Write`] where the lock can't be made, and an interruption.
    pub fn take(info: &DeviceInfo, wait: bool, signals: &Signals) -> Result<Self> {
        if info.is_cpu() || (info.backend == "simulated" && info.pci_bus_id.is_none()) {
            return Ok(Self { _file: None });
        }
        let path = path(info);
        let failed = |source| Error::Write {
            path: path.clone(),
            source,
        };
        let mut file = open(&path).map_err(failed)?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(failed(source)),
                Err(TryLockError::WouldBlock) if !wait => return Err(taken(info, &mut file)),
                Err(TryLockError::WouldBlock) => {
                    if !std::mem::replace(&mut told, true) {
                        terminal::message(&format!("waiting for {}", busy(info, &mut file)));
                    }
                }
            }
            if let Some(signal) = signals.arrived() {
                return Err(Error::Interrupted { signal });
            }
            std::thread::sleep(GLANCE);
        }
        inherited(&file);
        // Who has it is only for people to read.
        drop(
            file.set_len(0)
                .and_then(|()| write!(file, "{}", std::process::id())),
        );
        Ok(Self { _file: Some(file) })
    }
}

/// A child that measures holds the lock as long as it lives, which may be a moment longer than this process.
fn inherited(file: &File) {
    // Where it fails, the lock ends with this process.
    #[cfg(unix)]
    let _ = rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty());
    #[cfg(not(unix))]
    let _ = file;
}

/// By bus id, since every backend and every user's process sees the same card there; else by name.
fn path(info: &DeviceInfo) -> PathBuf {
    let name = info.pci_bus_id.clone().unwrap_or_else(|| info.slug());
    let plain = |letter: char| {
        if letter.is_alphanumeric() {
            letter
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(plain).collect();
    std::env::temp_dir().join(format!("suanli-{name}.lock"))
}

/// Another user's lock can be read, which is enough to wait for it.
fn open(path: &PathBuf) -> std::io::Result<File> {
    // Anybody may put a link in the temporary folder, and what it leads to would be emptied.
    if path.is_symlink() {
        return Err(std::io::Error::other("is a link, and no lock of ours"));
    }
    let mut options = OpenOptions::new();
    let made = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    made.or_else(|error| File::open(path).map_err(|_| error))
}

fn busy(info: &DeviceInfo, file: &mut File) -> String {
    let mut id = String::new();
    drop(file.read_to_string(&mut id));
    let name = &info.name;
    match id.trim().parse::<u32>() {
        Ok(id) => format!("the run (process {id}) that measures {name}"),
        Err(_) => format!("the run that measures {name}"),
    }
}

fn taken(info: &DeviceInfo, file: &mut File) -> Error {
    Error::usage(
        format!("device {}", info.name),
        format!("is taken by {}", busy(info, file)),
        "give --wait to begin when it has ended, or another --device",
    )
}
