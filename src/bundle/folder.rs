//! A bundle on disk: it appears whole or not at all, and is read as what it may be, somebody's trap.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::{Files, MANIFEST, SIGNATURE};
use crate::error::{Error, Result};

/// The most bytes of a file that is read.
const MOST_BYTES: u64 = 256 << 20;

/// The most bytes of all files together.
const MOST_IN_ALL: u64 = 1 << 30;

/// The most files and folders that are looked at.
const MOST_FILES: usize = 20_000;

/// The most folders one in the other: `sheet/zh/`.
const MOST_DEEP: usize = 3;

/// What lies in a folder.
#[derive(Debug, Default)]
pub struct Found {
    /// Every regular file that can be one of a bundle.
    pub files: Files,
    /// What can be none, by path, and why.
    pub odd: Vec<(String, String)>,
    bytes: u64,
    seen: usize,
}

impl Found {
    /// What a folder with these files would hold.
    pub fn of(files: Files) -> Self {
        Self {
            files,
            ..Self::default()
        }
    }
}

/// Reads a bundle's files into memory. Links are not followed, and nothing is opened but regular files of a sensible size.
///
/// # Errors
///
/// [`Error::Usage`] where `folder` is no folder with a manifest, [`Error::Read`] where it can't be read.
pub fn read(folder: &Path) -> Result<Found> {
    let wrong = |why: &str| {
        let hint = "give a folder that `suanli sign` made";
        Error::usage(folder.display().to_string(), why, hint)
    };
    if !folder.is_dir() {
        return Err(wrong("is no folder"));
    }
    let mut found = Found::default();
    below(folder, "", &mut found)?;
    let manifest = |(path, _): &(String, String)| path == MANIFEST;
    if !found.files.contains_key(MANIFEST) && !found.odd.iter().any(manifest) {
        return Err(wrong("is no bundle: it has no manifest.json"));
    }
    found.odd.sort();
    Ok(found)
}

fn below(folder: &Path, prefix: &str, found: &mut Found) -> Result<()> {
    let failed = |source| Error::Read {
        path: folder.into(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default();
        let shown = format!("{prefix}{}", name.to_string_lossy());
        found.seen += 1;
        if found.seen > MOST_FILES {
            found
                .odd
                .push((shown, format!("is one of more than {MOST_FILES} files")));
            return Ok(());
        }
        if let Err(why) = one(&path, name, &shown, found)? {
            found.odd.push((shown, why));
        }
    }
    Ok(())
}

/// Takes one entry of a folder in, or says why it can be none of a bundle.
fn one(path: &Path, name: &OsStr, shown: &str, found: &mut Found) -> Result<Result<(), String>> {
    if name.to_str().is_none() {
        return Ok(Err("has a name that is not UTF-8".into()));
    }
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) => return Ok(Err(format!("can't be read: {error}"))),
    };
    if about.is_dir() {
        if shown.matches('/').count() + 1 >= MOST_DEEP {
            return Ok(Err("is a folder too deep for a bundle".into()));
        }
        return below(path, &format!("{shown}/"), found).map(Ok);
    }
    if let Err(why) = sensible(&about, found) {
        return Ok(Err(why));
    }
    let mut content = Vec::new();
    let read =
        fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut content));
    Ok(match read {
        Ok(_) => {
            found.bytes += content.len() as u64;
            found.files.insert(shown.into(), content);
            Ok(())
        }
        Err(error) => Err(format!("can't be read: {error}")),
    })
}

fn sensible(about: &Metadata, found: &Found) -> Result<(), String> {
    if about.is_symlink() {
        return Err("is a link, not a file".into());
    }
    if !about.is_file() {
        return Err("is no regular file".into());
    }
    if about.len() > MOST_BYTES {
        return Err(format!("is larger than {} MiB", MOST_BYTES >> 20));
    }
    if found.bytes + about.len() > MOST_IN_ALL {
        return Err(format!("is one too many for {} MiB", MOST_IN_ALL >> 20));
    }
    Ok(())
}

/// Writes a bundle to a folder that must not be there yet: beside it first, then renamed.
///
/// # Errors
///
/// [`Error::Exists`] and [`Error::Write`].
pub fn write(files: &Files, out: &Path) -> Result<()> {
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty => {
            Error::Exists { path: out.into() }
        }
        _ => Error::Write {
            path: out.into(),
            source,
        },
    };
    if fs::symlink_metadata(out).is_ok() {
        return Err(Error::Exists { path: out.into() });
    }
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed)?;
    let mut builder = tempfile::Builder::new();
    let beside = builder.prefix(".suanli-").suffix(".partial");
    let beside = beside.tempdir_in(parent).map_err(failed)?;
    // The temporary folder is its owner's alone; a bundle is for whom the umask says.
    let whole = beside.path().join("bundle");
    fs::create_dir(&whole).map_err(failed)?;
    for (path, content) in files {
        let path = whole.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(&path, content).map_err(failed)?;
    }
    fs::rename(&whole, out).map_err(failed)
}

/// The bundle in or below which a path lies, if it lies in one.
pub fn holding(path: &Path) -> Option<PathBuf> {
    let whole = std::path::absolute(path).ok()?;
    let holds = |folder: &&Path| folder.join(MANIFEST).exists() && folder.join(SIGNATURE).exists();
    whole.ancestors().skip(1).find(holds).map(Path::to_path_buf)
}
