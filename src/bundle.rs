//! An evidence bundle: a sheet with everything it can be recomputed from, signed in minisign's format.
//!
//! A folder: `results/` to the letter, `wgsl/` by its SHA-256, `chips/` as used, `sheet/` in every format and language
//! asked for, `manifest.json` with the size and SHA-256 of each, and its signature. Whoever checks it trusts no printed
//! cell: each is computed anew from the raw samples, so that not even the holder of the key can change one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::chips;
use crate::error::Result;
use crate::figure::word;
use crate::render::Lang;
use crate::render::files::{self, Asked, Format};
use crate::results::Results;
use crate::sheet::Sheet;

mod cells;
mod compare;
mod document;
mod folder;
mod manifest;
mod shaders;
mod signature;
mod verify;

pub use document::document;
pub use folder::{Found, holding, read, write};
pub use manifest::{Maker, Manifest};
pub use shaders::Shader;
pub use signature::{Pair, Password, Public, Secret};
pub use verify::{Checked, Difference, Options, Place, Verdict, verify};

/// The manifest's name.
pub const MANIFEST: &str = "manifest.json";

/// The name of its signature, as the stock tool looks for it.
pub const SIGNATURE: &str = "manifest.json.minisig";

/// Files by their paths in the bundle, with `/` between folders.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What a bundle is made of.
pub struct Given {
    /// Names and bytes of results files, in the order of the sheet.
    pub files: Vec<(String, Vec<u8>)>,
    /// What they hold, in the same order.
    pub results: Vec<Results>,
    /// Names and texts of users' files of chips, in the order given.
    pub chips: Vec<(String, String)>,
    /// The languages of the sheet.
    pub languages: Vec<Lang>,
    /// Now: UTC, RFC 3339.
    pub created: String,
}

/// A bundle that nobody has signed yet.
pub struct Made {
    /// All its files, the manifest among them.
    pub files: Files,
    /// The shaders that ran, those that couldn't be rendered again among them.
    pub shaders: Vec<Shader>,
}

/// Makes a bundle in memory.
///
/// # Errors
///
/// Those of [`chips::of_texts`] and of [`files::of`].
pub fn make(given: &Given) -> Result<Made> {
    let mut files = Files::new();
    let width = given.files.len().to_string().len().max(3);
    for (at, (name, bytes)) in given.files.iter().enumerate() {
        let path = format!("results/{:0width$}-{}.json", at + 1, plain(name, ".json"));
        files.insert(path, bytes.clone());
    }
    for (what, text) in chips::built_in() {
        files.insert(what.into(), text.into());
    }
    for (at, (name, text)) in given.chips.iter().enumerate() {
        let path = format!("{OWN_CHIPS}{:03}-{}.toml", at + 1, plain(name, ".toml"));
        files.insert(path, text.clone().into());
    }
    let mut languages = given.languages.clone();
    languages.sort_unstable();
    languages.dedup();
    files.extend(sheets(&given.results, &files, &languages)?);
    let shaders = shaders::of(&given.results);
    for shader in &shaders {
        if let Some(wgsl) = &shader.wgsl {
            files.insert(shader.path(), wgsl.clone().into());
        }
    }
    let manifest = Manifest::of(&files, &given.created, &languages, &shaders);
    files.insert(MANIFEST.into(), manifest.to_json().into());
    Ok(Made { files, shaders })
}

/// Signs a bundle's manifest.
///
/// # Errors
///
/// Those of [`Secret::sign`].
pub fn sign(files: &mut Files, key: &Secret, created: &str) -> Result<()> {
    let manifest = files.get(MANIFEST).map_or(&[][..], Vec::as_slice);
    let comment = format!("suanli evidence bundle of {created}");
    let signature = key.sign(manifest, &comment)?;
    files.insert(SIGNATURE.into(), signature.into());
    Ok(())
}

/// Where users' files of chips lie.
const OWN_CHIPS: &str = "chips/own-";

/// A file's name without its ending, in letters that every system takes.
fn plain(name: &str, ending: &str) -> String {
    let stem = name.strip_suffix(ending).unwrap_or(name);
    let letter = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => letter,
        _ => '_',
    };
    stem.chars().take(64).map(letter).collect()
}

/// The files under `sheet/`, from results and from the chips in `files`.
fn sheets(results: &[Results], files: &Files, languages: &[Lang]) -> Result<Files> {
    let text = |path: &str| {
        let bytes = files.get(path).map_or(&[][..], Vec::as_slice);
        String::from_utf8_lossy(bytes).into_owned()
    };
    let built_in = chips::built_in().map(|(what, _)| (what, text(what)));
    let built_in: Vec<_> = built_in
        .iter()
        .map(|(what, text)| (*what, &**text))
        .collect();
    let own = files.keys().filter(|path| path.starts_with(OWN_CHIPS));
    let own: Vec<(PathBuf, String)> = own.map(|path| (path.into(), text(path))).collect();
    let sheet = Sheet::new(results, &chips::of_texts(&built_in, &own)?);
    let mut made = Files::new();
    for lang in languages {
        let asked = Asked {
            lang: *lang,
            ..Asked::default()
        };
        for format in Format::ALL {
            for (name, bytes) in files::of(&sheet, format, asked)? {
                made.insert(format!("sheet/{}/{name}", word(lang)), bytes);
            }
        }
    }
    Ok(made)
}
#[cfg(test)]
mod tests;
