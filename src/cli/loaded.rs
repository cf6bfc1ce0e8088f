//! The results files that arguments name, read once: their bytes, and what they hold.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::results::{Results, files};

use super::terminal;

/// A results file.
pub struct Loaded {
    /// Where it lies.
    pub path: PathBuf,
    /// To the letter.
    pub bytes: Vec<u8>,
    /// What it holds.
    pub results: Results,
}

/// Reads what the arguments name. What lies in a named folder and is no results file is passed over with a warning.
///
/// # Errors
///
/// A file that was named and can't be read or is no results file, and a folder in which no file is one.
pub fn loaded(arguments: &[PathBuf]) -> Result<Vec<Loaded>> {
    all(arguments, |_| true)
}

/// The same where a run that is missed would change what the others come to: of what lies in a folder, only what is
/// something else is passed over.
///
/// # Errors
///
/// Those of [`loaded`], and a file in a folder that can't be read or is cut off.
pub fn every_run(arguments: &[PathBuf]) -> Result<Vec<Loaded>> {
    all(arguments, |path| {
        read(path).is_ok_and(|bytes| is_something_else(&bytes))
    })
}

fn all(arguments: &[PathBuf], may_lack: impl Fn(&Path) -> bool) -> Result<Vec<Loaded>> {
    let mut results = Vec::new();
    let mut passed_over = Vec::new();
    for path in files(arguments)? {
        match one(&path) {
            Ok(one) => results.push(one),
            // A folder may hold other things than results; what was named must be one.
            Err(error) if !arguments.contains(&path) && may_lack(&path) => passed_over.push(error),
            Err(error) => return Err(error),
        }
    }
    let last = results.is_empty().then(|| passed_over.pop()).flatten();
    for error in &passed_over {
        terminal::message(&format!("warning: passed over: {error}"));
    }
    last.map_or(Ok(results), Err)
}

/// Whether it is JSON, but has no records: a judgement, or a report.
fn is_something_else(bytes: &[u8]) -> bool {
    let content = serde_json::from_slice::<serde_json::Value>(bytes);
    content.is_ok_and(|content| content.get("records").is_none())
}

fn one(path: &Path) -> Result<Loaded> {
    let bytes = read(path)?;
    Ok(Loaded {
        path: path.into(),
        results: Results::parse(path, &bytes)?,
        bytes,
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| Error::Read {
        path: path.into(),
        source,
    })
}
