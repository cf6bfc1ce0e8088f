//! Files that appear whole or not at all, and the folder of what is kept between runs.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// The variable that names the cache folder, for machines whose home is read-only or shared.
pub const CACHE_VARIABLE: &str = "SUANLI_CACHE";

/// Where tuned tiles and compiled pipelines are kept: `$SUANLI_CACHE`, or `suanli` in the system's cache folder;
/// none where neither is known.
pub fn cache_folder() -> Option<PathBuf> {
    match std::env::var_os(CACHE_VARIABLE) {
        Some(named) if !named.is_empty() => Some(named.into()),
        _ => dirs::cache_dir().map(|folder| folder.join("suanli")),
    }
}

/// Whether the cache folder was named.
pub fn cache_is_named() -> bool {
    std::env::var_os(CACHE_VARIABLE).is_some_and(|named| !named.is_empty())
}

/// The content of a file of the cache: a regular one, of no more than anybody would keep there.
pub fn small(path: &Path) -> std::io::Result<Vec<u8>> {
    const MOST: u64 = 1 << 30;
    let about = fs::metadata(path)?;
    if !about.is_file() || about.len() > MOST {
        return Err(std::io::Error::other("no regular file of a sensible size"));
    }
    fs::read(path)
}

/// SHA-256 of `content`, in hex.
pub fn sha256(content: impl AsRef<[u8]>) -> String {
    let digest = Sha256::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A stranger's text as a name of a file or folder: lower case, words joined by hyphens.
pub fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<_> = lower
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return "unnamed".into();
    }
    words.join("-")
}

/// Waits until no other process holds the lock of `path`, and holds it until the value is dropped.
///
/// # Errors
///
/// [`Error::Write`] where the file of the lock can't be made, in a folder that is made if it is not there.
pub fn locked(path: &Path) -> Result<fs::File> {
    let lock = path.with_extension("lock");
    let failed = |source| Error::Write {
        path: lock.clone(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = fs::File::create(&lock).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Writes a temporary file beside `path`, for the caller to rename. A name with a dot and `.partial`
/// is none that anybody reads.
pub fn written_beside(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<NamedTempFile> {
    let failed = |source| Error::Write {
        path: path.into(),
        source,
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    for_everyone(&mut builder);
    let file = builder
        .prefix(".suanli-")
        .suffix(".partial")
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(failed)?;
    let mut writer = BufWriter::new(&file);
    write(&mut writer).map_err(failed)?;
    writer.flush().map_err(failed)?;
    drop(writer);
    file.as_file().sync_all().map_err(failed)?;
    Ok(file)
}

/// Replaces `path`, in a folder that is made if it is not there.
///
/// # Errors
///
/// [`Error::Write`].
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let failed = |source| Error::Write {
        path: path.into(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = written_beside(path, |writer| writer.write_all(content))?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A temporary file is made for its owner alone; results are for whom the umask says.
#[cfg(unix)]
fn for_everyone(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn for_everyone(_: &mut tempfile::Builder<'_, '_>) {}
