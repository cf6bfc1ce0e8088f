//! Reading an imported file again: by hand or by accident it may hold anything.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::{Imported, KIND, Reading, SCHEMA};
use crate::error::{Error, Result};
use crate::figure::Basis;

/// More than any imported file needs, in bytes.
const MOST: u64 = 64 << 20;

impl Imported {
    /// Reads and checks an imported file.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where it can't be read or is none, [`Error::Newer`] where a later suanli wrote it.
    pub fn load(path: &Path) -> Result<Self> {
        let wrong = |why: String| {
            let hint = "give a file that `suanli import --out` wrote";
            Error::usage(path.display().to_string(), why, hint)
        };
        let unread = |error: std::io::Error| wrong(format!("can't be read: {error}"));
        if fs::metadata(path).map_err(unread)?.len() > MOST {
            return Err(wrong("is larger than any imported file".into()));
        }
        let bytes = fs::read(path).map_err(unread)?;
        #[derive(Deserialize)]
        struct Head {
            schema: u64,
            kind: String,
        }
        let none = |error: serde_json::Error| wrong(format!("is no imported file ({error})"));
        let head: Head = serde_json::from_slice(&bytes).map_err(none)?;
        if head.kind != KIND || head.schema == 0 {
            return Err(wrong(format!(
                "is no imported file (its kind is not {KIND})"
            )));
        }
        if head.schema > SCHEMA {
            return Err(Error::Newer {
                path: path.into(),
                found: head.schema,
                known: SCHEMA,
            });
        }
        let imported: Self = serde_json::from_slice(&bytes).map_err(none)?;
        for (at, row) in imported.rows.iter().enumerate() {
            row.check()
                .map_err(|why| wrong(format!("rows[{at}]: {why}")))?;
        }
        Ok(imported)
    }
}

impl Reading {
    /// What the types can't say.
    fn check(&self) -> Result<(), &'static str> {
        let sane = |value: Option<f64>| value.is_none_or(|value| value.is_finite() && value >= 0.0);
        if self.basis != Basis::Imported {
            return Err("its basis is not imported");
        }
        if !(sane(self.value) && sane(self.rated)) {
            return Err("a value is below zero or not finite");
        }
        if self.presumed.or(self.kind).map(|kind| kind.unit()) != self.unit {
            return Err("its unit is not the one of its kind");
        }
        // What is presumed fills what is open, and changes nothing that was stated.
        let filled = self
            .presumed
            .is_none_or(|presumed| self.kind.is_some_and(|kind| presumed.metric == kind.metric));
        filled
            .then_some(())
            .ok_or("it presumes another kind than is stated")
    }
}
