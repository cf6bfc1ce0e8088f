//! One run at a time on a GPU: two would measure each other.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::device::DeviceInfo;
use crate::error::{Error, Result};

use super::signals::Signals;
use super::terminal;

/// How long a child may hold the lock when its parent is gone.
const GRACE: Duration = Duration::from_secs(3);

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
        let (mut told, since) = (false, Instant::now());
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(failed(source)),
                // A child may outlive the process it measured for by a moment.
                Err(TryLockError::WouldBlock) if orphaned(&mut file) && since.elapsed() < GRACE => {
                }
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
                .and_then(|()| file.rewind())
                .and_then(|()| write!(file, "{}", std::process::id())),
        );
        Ok(Self { _file: Some(file) })
    }
}

/// Whether the process that took the lock is gone, or this one: then a child of it holds the lock still.
fn orphaned(file: &mut File) -> bool {
    let Some(owner) = owner(file) else {
        return false;
    };
    #[cfg(unix)]
    {
        use rustix::process::{Pid, test_kill_process};
        let id = i32::try_from(owner).ok().and_then(Pid::from_raw);
        let gone = id.is_some_and(|id| test_kill_process(id) == Err(rustix::io::Errno::SRCH));
        gone || owner == std::process::id()
    }
    #[cfg(not(unix))]
    {
        owner == std::process::id()
    }
}

/// The process that took the lock, as it is written there.
fn owner(file: &mut File) -> Option<u32> {
    let mut id = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut id).ok()?;
    id.trim().parse().ok()
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
    let name = &info.name;
    match owner(file) {
        Some(id) => format!("the run (process {id}) that measures {name}"),
        None => format!("the run that measures {name}"),
    }
}

fn taken(info: &DeviceInfo, file: &mut File) -> Error {
    Error::usage(
        format!("device {}", info.name),
        format!("is taken by {}", busy(info, file)),
        "give --wait to begin when it has ended, or another --device",
    )
}
