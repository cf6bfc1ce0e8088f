//! The manifest: who made the bundle, and the size and SHA-256 of every file in it.

use serde::{Deserialize, Serialize};

use super::{Files, MANIFEST, SIGNATURE, Shader};
use crate::files::sha256;
use crate::render::Lang;

/// The schema of a manifest this build writes.
pub const SCHEMA: u64 = 1;

/// The folders of a bundle.
const FOLDERS: [&str; 4] = ["chips/", "results/", "sheet/", "wgsl/"];

/// The build that made a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maker {
    /// `suanli`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The git revision it was built from, `unknown` outside a checkout.
    pub revision: String,
}

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its path in the bundle, with `/` between folders.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format's number.
    pub schema: u64,
    /// What made the bundle.
    pub tool: Maker,
    /// When: UTC, RFC 3339.
    pub created: String,
    /// The languages of the sheet.
    pub languages: Vec<Lang>,
    /// The shaders that ran, with the reason where one is not in the bundle.
    pub shaders: Vec<Shader>,
    /// Every file but the manifest and its signature, by path.
    pub files: Vec<Entry>,
}

impl Maker {
    /// This build.
    pub fn this() -> Self {
        Self {
            name: "suanli".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            revision: env!("SUANLI_REVISION").into(),
        }
    }
}

impl std::fmt::Display for Maker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.name, self.version, self.revision)
    }
}

impl Manifest {
    /// The manifest of `files`.
    pub fn of(files: &Files, created: &str, languages: &[Lang], shaders: &[Shader]) -> Self {
        let entry = |(path, content): (&String, &Vec<u8>)| Entry {
            path: path.clone(),
            bytes: content.len() as u64,
            sha256: sha256(content),
        };
        let listed = files.iter().filter(|(path, _)| !is_itself(path));
        Self {
            schema: SCHEMA,
            tool: Maker::this(),
            created: created.into(),
            languages: languages.into(),
            shaders: shaders.into(),
            files: listed.map(entry).collect(),
        }
    }

    /// Its text: JSON with a final newline.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// What is wrong with it: no JSON, another schema, a path that leads out of the bundle or stands twice.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Numbered {
            schema: u64,
        }
        let wrong = |error: serde_json::Error| format!("is no manifest: {error}");
        let Numbered { schema } = serde_json::from_slice(text).map_err(wrong)?;
        if schema != SCHEMA {
            return Err(format!(
                "has schema {schema}; this build knows schema {SCHEMA}"
            ));
        }
        let manifest: Self = serde_json::from_slice(text).map_err(wrong)?;
        if let Some(entry) = manifest.files.iter().find(|entry| !is_path(&entry.path)) {
            return Err(format!("names '{}', no path of a bundle", entry.path));
        }
        for pair in manifest.files.windows(2) {
            if pair[0].path == pair[1].path {
                return Err(format!("names {} twice", pair[0].path));
            }
            if pair[0].path > pair[1].path {
                return Err(format!("has {} out of order", pair[1].path));
            }
        }
        Ok(manifest)
    }
}

/// Whether a file of a bundle is one that its manifest doesn't name.
pub fn is_itself(path: &str) -> bool {
    path == MANIFEST || path == SIGNATURE
}

/// Whether a path stays in the bundle, on every system: one of its folders, plain letters, no step up.
fn is_path(path: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let part = |part: &str| {
        let dots = part.chars().all(|letter| letter == '.');
        !dots && part.chars().all(plain)
    };
    FOLDERS.iter().any(|folder| path.starts_with(folder)) && path.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_in_one_of_the_folders() {
        for right in [
            "results/001-a.json",
            "sheet/zh/sheet.html",
            "wgsl/0.wgsl",
            "chips/own-001-..toml",
        ] {
            assert!(is_path(right), "{right}");
        }
        for wrong in [
            "",
            "results",
            "results/",
            "results//a",
            "results/../key",
            "results/..",
            "/etc/passwd",
            "../results/a",
            "results\\a",
            "results/a\u{202e}",
            "C:/a",
            "manifest.json",
            "other/a",
            "results/a b",
        ] {
            assert!(!is_path(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_manifest_with_a_path_twice_out_of_order_or_leading_out_is_refused_by_name() {
        let mut files = Files::new();
        for path in ["results/001-a.json", "wgsl/b.wgsl"] {
            files.insert(path.into(), b"x".to_vec());
        }
        let right = Manifest::of(&files, "2026-11-22T08:00:00Z", &[Lang::En], &[]);
        assert_eq!(
            Manifest::parse(right.to_json().as_bytes()),
            Ok(right.clone())
        );
        let refused = |change: fn(&mut Manifest)| {
            let mut wrong = right.clone();
            change(&mut wrong);
            Manifest::parse(wrong.to_json().as_bytes()).unwrap_err()
        };
        let twice = refused(|one| one.files[1].path = "results/001-a.json".into());
        assert_eq!(twice, "names results/001-a.json twice");
        let turned = refused(|one| one.files.reverse());
        assert_eq!(turned, "has results/001-a.json out of order");
        let out = refused(|one| one.files[0].path = "../key".into());
        assert_eq!(out, "names '../key', no path of a bundle");
        let newer = refused(|one| one.schema = 2);
        assert_eq!(newer, "has schema 2; this build knows schema 1");
        assert!(
            Manifest::parse(b"{}")
                .unwrap_err()
                .contains("is no manifest")
        );
    }
}
