//! Where results go. A place is taken before anything is measured, and nothing is ever overwritten.

use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::results::Results;

/// Where `--out` says results go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `results/<device>/` under the current directory.
    Default,
    /// This file.
    File(PathBuf),
    /// A new file in this directory.
    Folder(PathBuf),
}

impl Place {
    /// What a typed `--out` means: a file if it ends in `.json`, else a directory.
    pub fn of(out: Option<&Path>) -> Self {
        match out {
            None => Self::Default,
            Some(path) if path.as_os_str().to_string_lossy().ends_with(".json") => {
                Self::File(path.into())
            }
            Some(path) => Self::Folder(path.into()),
        }
    }

    /// Makes the file, with `results` as they stand, so that a place that can't be written is known
    /// before the first measurement and no other run takes the same name.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] and [`Error::Write`].
    pub fn reserve(&self, results: &Results) -> Result<PathBuf> {
        let path = match self {
            Self::File(path) => path.clone(),
            Self::Folder(folder) => folder.join(name()),
            Self::Default => Path::new("results")
                .join(results.device.slug())
                .join(name()),
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            make(folder)?;
        }
        results.save_new(&path)?;
        Ok(path)
    }
}

/// Writes a new file.
///
/// # Errors
///
/// [`Error::Exists`] and [`Error::Write`].
pub fn create(path: &Path, content: &[u8]) -> Result<()> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists { path: path.into() },
        _ => Error::Write {
            path: path.into(),
            source,
        },
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(failed)?;
    file.write_all(content).map_err(failed)
}

/// Makes a folder, if it isn't there.
///
/// # Errors
///
/// [`Error::Exists`] for a file of that name, and [`Error::Write`].
pub fn make(folder: &Path) -> Result<()> {
    if folder.is_file() {
        return Err(Error::Exists {
            path: folder.into(),
        });
    }
    fs::create_dir_all(folder).map_err(|source| Error::Write {
        path: folder.into(),
        source,
    })
}

/// `<utc>-<id>.json`: the id keeps runs of one second apart.
fn name() -> String {
    format!("{}.json", stamp())
}

/// `<utc>-<id>`, of which no two are the same.
pub fn stamp() -> String {
    let id = RandomState::new().hash_one(std::process::id()) & 0xff_ffff;
    format!("{}-{id:06x}", Timestamp::now().strftime("%Y%m%dT%H%M%SZ"))
}

/// Now, UTC, RFC 3339, whole seconds.
pub fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_ends_in_json_is_a_file_and_any_other_a_directory() {
        let of = |text: &str| Place::of(Some(Path::new(text)));
        assert_eq!(of("a/b.json"), Place::File("a/b.json".into()));
        assert_eq!(of("a/b"), Place::Folder("a/b".into()));
        assert_eq!(of("run.log"), Place::Folder("run.log".into()));
        assert_eq!(Place::of(None), Place::Default);
    }

    #[test]
    fn a_name_is_a_time_and_an_id_that_differs_from_call_to_call() {
        let (one, two) = (name(), name());
        assert_ne!(one, two);
        assert_eq!(one.len(), "20261123T074500Z-000000.json".len());
        assert!(one.ends_with(".json"));
    }

    #[test]
    fn a_file_that_exists_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.json");
        create(&path, b"old").unwrap();
        assert!(matches!(create(&path, b"new"), Err(Error::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }
}
