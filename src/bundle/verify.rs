//! What a bundle says against what it holds: its signature, its hashes, then everything made anew.

use std::path::Path;

use serde::Serialize;

use super::manifest::is_itself;
use super::{Files, Found, MANIFEST, Maker, Manifest, Public, SIGNATURE, Shader, compare};
use super::{shaders, sheets};
use crate::chips;
use crate::error::short;
use crate::files::sha256;
use crate::results::Results;

/// The schema of a verdict as JSON.
pub const SCHEMA: u64 = 1;

/// How a bundle is to be checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Whose signature it must be; without, nobody's is checked.
    pub key: Option<&'a Public>,
}

/// Where a cell stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Place {
    /// The heading of its table.
    pub table: String,
    /// Its row, from 1, with the first cell.
    pub row: String,
    /// The heading of its column.
    pub column: String,
}

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The file in the bundle.
    pub path: String,
    /// What is wrong with it.
    pub what: String,
    /// The cell, where it is one.
    pub place: Option<Place>,
    /// What the bundle has.
    pub stored: Option<String>,
    /// What it should have.
    pub expected: Option<String>,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Checked {
    /// Files whose size and SHA-256 were compared.
    pub files: usize,
    /// Results files that were read.
    pub results: usize,
    /// Shaders that were rendered again.
    pub shaders: usize,
    /// Printed cells that were made anew from the samples.
    pub cells: usize,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The format's number.
    pub schema: u64,
    /// Nothing differs.
    pub verified: bool,
    /// The build that checked.
    pub tool: Maker,
    /// The build that made the bundle, where the manifest can be read.
    pub made_by: Option<Maker>,
    /// When the bundle was made: UTC, as the manifest says.
    pub created: Option<String>,
    /// The number of the key whose signature it is; absent where none was checked, or it is not right.
    pub signed_by: Option<String>,
    /// What was signed beside the manifest.
    pub comment: Option<String>,
    /// How much was looked at.
    pub checked: Checked,
    /// What differs, in the order it was found.
    pub differences: Vec<Difference>,
    /// What to know beside.
    pub notes: Vec<String>,
}

impl Difference {
    pub(super) fn new(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            path: short(&path.into()),
            what: short(&what.into()),
            place: None,
            stored: None,
            expected: None,
        }
    }

    pub(super) fn at(self, place: Place) -> Self {
        let place = Place {
            table: short(&place.table),
            row: short(&place.row),
            column: short(&place.column),
        };
        Self {
            place: Some(place),
            ..self
        }
    }

    pub(super) fn texts(self, stored: &str, expected: &str) -> Self {
        Self {
            stored: Some(short(stored)),
            expected: Some(short(expected)),
            ..self
        }
    }
}

/// A check under way.
struct Check<'a> {
    files: &'a Files,
    options: Options<'a>,
    verdict: Verdict,
}

/// Checks a bundle: signature, sizes and hashes, then results, chips, shaders and every printed cell made anew.
pub fn verify(found: &Found, options: Options) -> Verdict {
    let mut check = Check {
        files: &found.files,
        options,
        verdict: Verdict {
            schema: SCHEMA,
            verified: false,
            tool: Maker::this(),
            made_by: None,
            created: None,
            signed_by: None,
            comment: None,
            checked: Checked::default(),
            differences: Vec::new(),
            notes: Vec::new(),
        },
    };
    check.signature();
    for (path, why) in &found.odd {
        check.differs(Difference::new(path, why));
    }
    if let Some(manifest) = check.manifest() {
        check.hashes(&manifest);
        check.anew(&manifest);
    }
    let mut verdict = check.verdict;
    verdict.verified = verdict.differences.is_empty();
    verdict
}

impl Check<'_> {
    fn differs(&mut self, difference: Difference) {
        self.verdict.differences.push(difference);
    }

    fn content(&self, path: &str) -> &[u8] {
        self.files.get(path).map_or(&[][..], Vec::as_slice)
    }

    fn signature(&mut self) {
        let Some(key) = self.options.key else { return };
        let Some(signature) = self.files.get(SIGNATURE) else {
            return self.differs(Difference::new(
                SIGNATURE,
                "is missing: nobody signed the bundle",
            ));
        };
        match key.check(self.content(MANIFEST), signature) {
            Ok(comment) => {
                self.verdict.signed_by = Some(key.id());
                self.verdict.comment = Some(comment);
            }
            Err(why) => self.differs(Difference::new(SIGNATURE, why)),
        }
    }

    fn manifest(&mut self) -> Option<Manifest> {
        match Manifest::parse(self.files.get(MANIFEST)?) {
            Ok(manifest) => {
                self.verdict.made_by = Some(manifest.tool.clone());
                self.verdict.created = Some(manifest.created.clone());
                Some(manifest)
            }
            Err(why) => {
                self.differs(Difference::new(MANIFEST, why));
                None
            }
        }
    }

    /// Every file by size and hash, in the manifest's order, then those it doesn't name.
    fn hashes(&mut self, manifest: &Manifest) {
        for entry in &manifest.files {
            self.verdict.checked.files += 1;
            let Some(content) = self.files.get(&entry.path) else {
                self.differs(Difference::new(&entry.path, "is missing"));
                continue;
            };
            let hash = sha256(content);
            if content.len() as u64 != entry.bytes || hash != entry.sha256 {
                let size = |bytes: u64, hash: &str| format!("{bytes} B {hash}");
                let changed = Difference::new(&entry.path, "was changed after it was signed");
                let stored = size(content.len() as u64, &hash);
                self.differs(changed.texts(&stored, &size(entry.bytes, &entry.sha256)));
            }
        }
        // They are in order.
        let place = |path: &String| manifest.files.binary_search_by(|one| one.path.cmp(path));
        let named = |path: &String| place(path).is_ok();
        let others = self
            .files
            .keys()
            .filter(|path| !is_itself(path) && !named(path));
        let others: Vec<_> = others.cloned().collect();
        for path in others {
            self.differs(Difference::new(path, "is not in the manifest"));
        }
    }

    /// What follows from the results, made anew and compared.
    fn anew(&mut self, manifest: &Manifest) {
        self.chips();
        let Some(results) = self.results() else {
            return;
        };
        self.shaders(manifest, &shaders::of(&results));
        match sheets(&results, self.files, &manifest.languages) {
            Ok(own) => self.sheets(&own),
            Err(error) => self.differs(Difference::new("chips", error.to_string())),
        }
    }

    /// The data of the chips must be this build's; what a user added is theirs.
    fn chips(&mut self) {
        for (path, text) in chips::built_in() {
            match self.files.get(path) {
                None => self.differs(Difference::new(path, "is missing")),
                Some(stored) if stored == text.as_bytes() => {}
                Some(_) => {
                    self.differs(Difference::new(path, "is not the chip data of this suanli"))
                }
            }
        }
        let odd = |path: &&String| {
            path.starts_with("chips/")
                && !path.starts_with(super::OWN_CHIPS)
                && !chips::built_in().iter().any(|(known, _)| known == path)
        };
        let odd: Vec<_> = self.files.keys().filter(odd).cloned().collect();
        for path in odd {
            self.differs(Difference::new(path, "is no file of a bundle"));
        }
    }

    /// The results, if all can be read.
    fn results(&mut self) -> Option<Vec<Results>> {
        let mut all = Vec::new();
        let mut whole = true;
        for (path, content) in self.files {
            if !path.starts_with("results/") {
                continue;
            }
            match Results::parse(Path::new(path), content) {
                Ok(results) => all.push(results),
                Err(error) => {
                    whole = false;
                    let why = error.to_string();
                    let why = why.trim_start_matches(&**path).trim_start_matches(": ");
                    self.differs(Difference::new(path, format!("can't be read: {why}")));
                }
            }
        }
        self.verdict.checked.results = all.len();
        if whole && all.is_empty() {
            self.differs(Difference::new("results", "is missing"));
        }
        (whole && !all.is_empty()).then_some(all)
    }

    /// Every shader that a record names must be in the bundle as this build renders it, or be missing for a reason that
    /// holds.
    fn shaders(&mut self, manifest: &Manifest, own: &[Shader]) {
        for shader in own {
            let path = shader.path();
            self.verdict.checked.shaders += usize::from(shader.wgsl.is_some());
            match (&shader.wgsl, self.files.get(&path)) {
                (Some(own), Some(stored)) if own.as_bytes() == stored.as_slice() => {}
                (Some(_), Some(_)) => {
                    self.differs(Difference::new(path, "is not the WGSL that ran"))
                }
                (Some(_), None) => self.differs(Difference::new(path, "is missing")),
                // Another build renders other texts; the hash tells that this is the one that ran.
                (None, Some(stored)) if sha256(stored) == shader.sha256 => {
                    self.differs(Difference::new(path, "can't be rendered by this suanli"));
                }
                (None, Some(_)) => self.differs(Difference::new(path, "is not the WGSL that ran")),
                (None, None) => {
                    let why = shader.missing.as_deref().unwrap_or_default();
                    let kernel = &shader.kernel;
                    self.verdict.notes.push(format!("no WGSL: {kernel}: {why}"));
                }
            }
        }
        let known = |path: &str| own.iter().any(|shader| shader.path() == path);
        let odd = |path: &&String| path.starts_with("wgsl/") && !known(path);
        let odd: Vec<_> = self.files.keys().filter(odd).cloned().collect();
        for path in odd {
            self.differs(Difference::new(path, "is named by no record"));
        }
        let bare = |shader: &Shader| Shader {
            wgsl: None,
            ..shader.clone()
        };
        if manifest.shaders != own.iter().map(bare).collect::<Vec<_>>() {
            self.differs(Difference::new(
                MANIFEST,
                "names other shaders than the records",
            ));
        }
    }

    fn sheets(&mut self, own: &Files) {
        for (path, own) in own {
            self.verdict.checked.cells += compare::count(path, own);
            let Some(stored) = self.files.get(path) else {
                self.differs(Difference::new(path, "is missing"));
                continue;
            };
            for difference in compare::sheet(path, stored, own) {
                self.differs(difference);
            }
        }
        let odd = |path: &&String| path.starts_with("sheet/") && !own.contains_key(*path);
        let odd: Vec<_> = self.files.keys().filter(odd).cloned().collect();
        for path in odd {
            self.differs(Difference::new(path, "is nothing that this suanli prints"));
        }
    }
}
