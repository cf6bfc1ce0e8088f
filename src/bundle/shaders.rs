//! The WGSL that ran, rendered again from kernel and tile and known by its SHA-256.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::files::sha256;
use crate::kernel::{Case, Mode, Params, Tile};
use crate::kernels;
use crate::results::{Record, Results};

/// A shader that a record names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shader {
    /// SHA-256 of its WGSL as the record has it, in hex.
    pub sha256: String,
    /// The kernel that ran it.
    pub kernel: String,
    /// The tile it was rendered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile: Option<Tile>,
    /// Why it is not in the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Its text, where this build renders it.
    #[serde(skip)]
    pub wgsl: Option<String>,
}

impl Shader {
    /// Where its text lies in a bundle.
    pub fn path(&self) -> String {
        format!("wgsl/{}.wgsl", self.sha256)
    }
}

/// The shaders that the records of `results` name, each once, by hash.
pub fn of(results: &[Results]) -> Vec<Shader> {
    let mut shaders: BTreeMap<&str, Shader> = BTreeMap::new();
    for one in results {
        for record in &one.records {
            let Some(hash) = record.shader_sha256.as_deref() else {
                continue;
            };
            let known = shaders.get(hash);
            // Two records may name one hash, of which only one says how to render it.
            if known.is_none_or(|known| known.wgsl.is_none()) {
                let shader = rendered(record, hash, one.settings.custom_shaders);
                if known.is_none() || shader.wgsl.is_some() {
                    shaders.insert(hash, shader);
                }
            }
        }
    }
    shaders.into_values().collect()
}

fn rendered(record: &Record, hash: &str, custom: bool) -> Shader {
    let (wgsl, missing) = match wgsl(record) {
        Some(text) if sha256(&text) == hash => (Some(text), None),
        _ if custom => (None, Some("the run used shaders of its own")),
        Some(_) => (None, Some("this build renders another text")),
        None => (None, Some("this build has no such kernel or tile")),
    };
    Shader {
        sha256: hash.into(),
        kernel: record.kernel.clone(),
        tile: record.params.tile.clone(),
        missing: missing.map(String::from),
        wgsl,
    }
}

/// What this build renders for a record. A tile that no search could try is not rendered: it may be hostile.
fn wgsl(record: &Record) -> Option<String> {
    let kernel = kernels::find(&record.kernel)?;
    let tile = &record.params.tile;
    kernel.template?;
    if tile.as_ref().is_some_and(|tile| !kernel.space.holds(tile)) {
        return None;
    }
    let mut case = Case::new(kernel, Params::new(Mode::Sustained), 0);
    case.params.tile = tile.clone();
    case.wgsl().ok()
}
