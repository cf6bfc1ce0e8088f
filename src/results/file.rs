//! Reading and writing the file: atomic saves, and loads that say what is wrong and where.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Record, Results, SCHEMA};
use crate::error::{Error, Result};
use crate::files;

impl Results {
    /// The file's text: JSON with a final newline.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        text + "\n"
    }

    /// Writes a temporary file beside `path` and renames it over; a file that is there keeps its mode.
    pub fn save(&self, path: &Path) -> Result<()> {
        let failed = |source| Error::Write {
            path: path.into(),
            source,
        };
        let file = self.written_beside(path)?;
        if let Ok(there) = fs::metadata(path) {
            file.as_file()
                .set_permissions(there.permissions())
                .map_err(failed)?;
        }
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// The same for a file that must not be there yet: it appears whole or not at all.
    pub fn save_new(&self, path: &Path) -> Result<()> {
        let file = self.written_beside(path)?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(Error::Exists { path: path.into() })
            }
            Err(error) => Err(Error::Write {
                path: path.into(),
                source: error.error,
            }),
        }
    }

    fn written_beside(&self, path: &Path) -> Result<tempfile::NamedTempFile> {
        files::written_beside(path, |writer| {
            serde_json::to_writer_pretty(&mut *writer, self)?;
            writer.write_all(b"\n")
        })
    }

    /// Reads and checks one file.
    pub fn load(path: &Path) -> Result<Self> {
        let text = fs::read(path).map_err(|source| Error::Read {
            path: path.into(),
            source,
        })?;
        Self::parse(path, &text)
    }

    /// Checks the content of a file, which errors name by `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Results`] and [`Error::Newer`].
    pub fn parse(path: &Path, text: &[u8]) -> Result<Self> {
        let wrong = |why: String| Error::Results {
            path: path.into(),
            why,
        };
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(wrong("is empty".into()));
        }
        if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(text) {
            return Err(wrong(match error.classify() {
                serde_json::error::Category::Eof => format!("is cut off ({error})"),
                _ => format!("is not JSON ({error})"),
            }));
        }
        // A list would be taken for the fields in order.
        if text.trim_ascii_start().starts_with(b"[") {
            return Err(wrong(
                "is not a results file (a list, not an object)".into(),
            ));
        }
        // Reports of ours have numbers of their own.
        #[derive(Deserialize)]
        struct Sorts {
            rows: Option<serde::de::IgnoredAny>,
            records: Option<serde::de::IgnoredAny>,
        }
        if let Ok(Sorts {
            rows: Some(_),
            records: None,
        }) = serde_json::from_slice(text)
        {
            return Err(wrong("is a report, not a results file".into()));
        }
        let Schema { schema } = serde_json::from_slice(text)
            .map_err(|error| wrong(format!("is not a results file ({error})")))?;
        if schema > SCHEMA {
            return Err(Error::Newer {
                path: path.into(),
                found: schema,
                known: SCHEMA,
            });
        }
        if schema == 0 {
            return Err(wrong("schema 0 never existed".into()));
        }
        let mut results: Self = serde_json::from_slice(text)
            .map_err(|error| wrong(format!("is not a results file ({error})")))?;
        // Every schema added fields that files of an older one leave out; what it renamed is read by both names.
        results.schema = SCHEMA;
        if results.settings.modes.is_empty() || results.settings.data.is_empty() {
            return Err(wrong("settings: modes or data is empty".into()));
        }
        if let Some(size) = results.settings.sizes.iter().find(|size| size.contains(&0)) {
            return Err(wrong(format!("settings.sizes: {size:?} has a 0")));
        }
        for (index, record) in results.records.iter().enumerate() {
            record
                .check()
                .map_err(|why| wrong(format!("records[{index}] ({}): {why}", record.kernel)))?;
        }
        Ok(results)
    }
}

/// Only the number that says how to read the rest.
#[derive(Deserialize)]
struct Schema {
    schema: u64,
}

impl Record {
    /// What the types can't say: samples are there, pair up, are finite and positive.
    fn check(&self) -> Result<(), String> {
        let Some(measured) = self.measured() else {
            return Ok(());
        };
        let (seconds, wall) = (&measured.seconds, &measured.wall_seconds);
        if seconds.len() < 2 {
            return Err(format!("{} samples, at least 2 are needed", seconds.len()));
        }
        if seconds.len() != wall.len() {
            return Err(format!(
                "{} seconds but {} wall_seconds",
                seconds.len(),
                wall.len()
            ));
        }
        if measured.dispatches == 0 || measured.bands == 0 {
            return Err("0 dispatches or bands".into());
        }
        let warm_up = measured.warm_up_seconds;
        if !(warm_up.is_finite() && warm_up >= 0.0) {
            return Err(format!("warm_up_seconds is {warm_up}"));
        }
        let probe = measured.probe.as_ref();
        let probed = probe.map_or(&[][..], |probe| &probe.seconds);
        if probe.is_some_and(|probe| probe.steps == 0) {
            return Err("probe.steps is 0".into());
        }
        let lists = [
            ("seconds", &seconds[..]),
            ("wall_seconds", wall),
            ("probe.seconds", probed),
        ];
        for (name, values) in lists {
            let bad = values.iter().position(|s| !(s.is_finite() && *s > 0.0));
            if let Some(at) = bad {
                return Err(format!(
                    "{name}[{at}] is {}, not a positive finite number",
                    values[at]
                ));
            }
        }
        Ok(())
    }
}

/// The results files that the arguments name: files as they are, directories by the `*.json` in and below
/// them, sorted.
pub fn files(arguments: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for argument in arguments {
        if !argument.is_dir() {
            files.push(argument.clone());
            continue;
        }
        let before = files.len();
        below(argument, &mut files)?;
        if files.len() == before {
            return Err(Error::Results {
                path: argument.clone(),
                why: "is a directory without *.json".into(),
            });
        }
        files[before..].sort();
    }
    Ok(files)
}

/// Links to directories are not followed: they may lead back up.
fn below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let read = |source| Error::Read {
        path: folder.into(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let path = entry.path();
        if entry.file_type().map_err(read)?.is_dir() {
            below(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
            // A fifo would be waited for.
            && !path.metadata().is_ok_and(|about| !about.is_file())
        {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOLDEN: &[u8] = include_bytes!("../../tests/golden/results-3.json");

    /// Which bytes of a text of so many are replaced, and by what.
    fn mutations(length: usize) -> impl Strategy<Value = Vec<(usize, u8)>> {
        // Half of them by what has a meaning in JSON.
        let meaning = prop::sample::select(b"{}[]\",:0-1e.tfn\\ \n".to_vec());
        prop::collection::vec((0..length, prop_oneof![any::<u8>(), meaning]), 1..6)
    }

    proptest! {
        #[test]
        fn a_file_with_any_bytes_changed_is_read_or_refused_and_what_is_read_stays_the_same(
            mutations in mutations(GOLDEN.len()),
            cut in prop::option::weighted(0.1, 0..GOLDEN.len()),
        ) {
            let mut bytes = GOLDEN.to_vec();
            mutations.iter().for_each(|(at, byte)| bytes[*at] = *byte);
            bytes.truncate(cut.unwrap_or(bytes.len()));
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("run.json");
            fs::write(&path, &bytes).unwrap();
            match Results::load(&path) {
                Ok(results) => {
                    results.save(&path).unwrap();
                    prop_assert_eq!(Results::load(&path).unwrap(), results);
                }
                Err(error) => {
                    prop_assert!(error.to_string().contains("run.json"));
                    prop_assert!(error.hint().is_some());
                }
            }
        }
    }
}
