//! Winners of searches, kept for the same device, driver, wgpu, shader, kernel and bucket of sizes.
//!
//! One JSON file for all devices. It is a convenience: one that can't be used is ignored with a word and written
//! anew, one that can't be written costs the next run a search.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::device::DeviceInfo;
use crate::error::Result;
use crate::files;
use crate::kernel::{Case, Tile};

use super::{Choice, bucket};

/// The format's number; a file of another one is ignored.
const SCHEMA: u64 = 1;

/// The search's own number: one that decides otherwise (buckets, sizes, stages) must not use older winners.
const SEARCH: u32 = 1;

/// What a winner is kept for: where any of it differs, the search is made anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    backend: String,
    device: String,
    vendor_id: u32,
    device_id: u32,
    driver: String,
    driver_info: String,
    wgpu: String,
    search: u32,
    kernel: String,
    bucket: String,
    /// Of the template's text, the kernel's constants and the tiles it offers.
    space_sha256: String,
}

impl Key {
    /// The key of a case on a device.
    pub fn of(info: &DeviceInfo, case: &Case) -> Self {
        let kernel = case.kernel;
        let space = (
            &*case.template,
            kernel.constants,
            kernel.candidates(),
            kernel.space.axes,
        );
        let text = serde_json::to_string(&space).unwrap_or_default();
        Self {
            backend: info.backend.clone(),
            device: info.name.clone(),
            vendor_id: info.vendor_id,
            device_id: info.device_id,
            driver: info.driver.clone(),
            driver_info: info.driver_info.clone(),
            wgpu: env!("SUANLI_WGPU").into(),
            search: SEARCH,
            kernel: kernel.name.into(),
            bucket: bucket::name(case).into(),
            space_sha256: files::sha256(text),
        }
    }
}

/// A winner, and what its search knew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What it is kept for.
    pub key: Key,
    /// The winner.
    pub tile: Tile,
    /// Candidates with a right answer.
    pub candidates: u32,
    /// What was wrong with the others.
    pub wrong: Vec<String>,
    /// What the record says of it.
    pub choice: Choice,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u64,
    entries: Vec<Entry>,
}

/// The winners that are known, and the file they are kept in.
#[derive(Debug, Default)]
pub struct Cache {
    path: Option<PathBuf>,
    entries: Vec<Entry>,
}

impl Cache {
    /// Winners of this process only.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// The winners in `path`; with a word where the file can't be used.
    pub fn open(path: &Path) -> (Self, Option<String>) {
        let (entries, word) = match read(path) {
            Ok(entries) => (entries, None),
            Err(why) => {
                let path = path.display();
                let word = format!("{path}: {why}; its tiles are searched for again");
                (Vec::new(), Some(word))
            }
        };
        let path = Some(path.into());
        (Self { path, entries }, word)
    }

    /// The winner kept for `key`.
    pub fn entry(&self, key: &Key) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == *key)
    }

    /// Keeps a winner in place of the one before.
    ///
    /// # Errors
    ///
    /// [`crate::error::Error::Write`]; it is known to this process even then.
    pub fn keep(&mut self, entry: Entry) -> Result<()> {
        self.entries.retain(|other| other.key != entry.key);
        self.entries.push(entry.clone());
        let Some(path) = &self.path else {
            return Ok(());
        };
        // Another process may keep winners at the same time: all but this one are the file's.
        let _alone = files::locked(path)?;
        for other in read(path).unwrap_or_default() {
            if other.key != entry.key {
                self.entries.retain(|own| own.key != other.key);
                self.entries.push(other);
            }
        }
        let file = File {
            schema: SCHEMA,
            entries: self.entries.clone(),
        };
        let text = serde_json::to_string_pretty(&file).unwrap_or_default() + "\n";
        files::replace(path, text.as_bytes())
    }
}

/// The entries of a file; none where there is no file.
fn read(path: &Path) -> std::result::Result<Vec<Entry>, String> {
    let text = match files::small(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("can't be read ({error})")),
    };
    let file: File = serde_json::from_slice(&text)
        .map_err(|error| format!("is no cache of tuned tiles ({error})"))?;
    if file.schema != SCHEMA {
        return Err(format!("is of schema {}, not {SCHEMA}", file.schema));
    }
    Ok(file.entries)
}
