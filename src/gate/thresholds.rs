//! Thresholds by hand: a TOML file that says for which kernels what change counts.

use std::path::Path;

use globset::{Glob, GlobMatcher};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::files;
use crate::kernels;

/// What a file of thresholds looks like.
pub const TEMPLATE: &str = r#"# The least change that counts, by kernel; the first entry that matches holds.
# A measured floor that is higher stays in force: below it, a change can't be told from chance.

[[threshold]]
only = "gemm/*"     # kernels, as with --only
percent = 3.0       # slower or faster by less doesn't count

[[threshold]]
only = "latency/*"
percent = 10.0
"#;

/// Thresholds in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Thresholds(Vec<(GlobMatcher, f64)>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    threshold: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    only: String,
    percent: f64,
}

impl Thresholds {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for what can't be read, is no TOML, holds another key, a glob that matches no kernel, or a percentage
    /// that isn't above 0 and below 100.
    pub fn read(path: &Path) -> Result<Self> {
        let wrong = |why: String| {
            let what = format!("--thresholds {}", path.display());
            Error::usage(what, why, "`suanli check --template` prints an example")
        };
        let bytes = files::small(path).map_err(|error| wrong(format!("can't be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        let file: File =
            toml::from_str(&text).map_err(|error| wrong(error.to_string().trim().into()))?;
        let mut thresholds = Vec::new();
        for Entry { only, percent } in file.threshold {
            let glob = Glob::new(&only)
                .map_err(|error| wrong(format!("only = \"{only}\": {}", error.kind())))?;
            let matcher = glob.compile_matcher();
            if !kernels::ALL
                .iter()
                .any(|kernel| matcher.is_match(kernel.name))
            {
                return Err(wrong(format!("only = \"{only}\" matches no kernel")));
            }
            if !(percent > 0.0 && percent < 100.0) {
                return Err(wrong(format!(
                    "percent = {percent} is not between 0 and 100"
                )));
            }
            thresholds.push((matcher, percent / 100.0));
        }
        Ok(Self(thresholds))
    }

    /// The threshold of a kernel, as a share.
    pub fn of(&self, kernel: &str) -> Option<f64> {
        let own = self.0.iter().find(|(matcher, _)| matcher.is_match(kernel));
        own.map(|(_, share)| *share)
    }
}
