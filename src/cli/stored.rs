//! `--params-from`: the shapes and tiles of a results file, measured again without a search.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::files;
use crate::kernel::{Mode, Params, Pattern, Sizing};
use crate::kernels;
use crate::results::{Record, Results};

/// What a results file holds to be measured again.
pub struct Stored {
    /// Kernel and parameters of every measured record.
    pub params: Vec<(String, Params)>,
    /// What its operands held.
    pub data: Vec<Pattern>,
    /// How it loaded the chip.
    pub modes: Vec<Mode>,
    /// SHA-256 of the file, in hex: two runs with the same one measured the same.
    pub sha256: String,
}

/// Reads the file.
///
/// # Errors
///
/// Those of [`Results::load`]; [`Error::Usage`] where nothing in it was measured, or a kernel or tile in it is
/// not one of this build's.
pub fn stored(path: &Path) -> Result<Stored> {
    let results = Results::load(path)?;
    let wrong = |why: String| {
        Error::usage(
            format!("--params-from {}", path.display()),
            why,
            "give a results file that this version of suanli wrote, or leave it out to search",
        )
    };
    let mut params = Vec::new();
    for (index, record) in results.records.iter().enumerate() {
        if record.measured().is_none() {
            continue;
        }
        known(record)
            .map_err(|why| wrong(format!("records[{index}] ({}): {why}", record.kernel)))?;
        // A dispatch's length is found anew: on a slower device the stored one might meet a watchdog.
        params.push((
            record.kernel.clone(),
            Params {
                workgroups: None,
                trips: None,
                ..record.params.clone()
            },
        ));
    }
    if params.is_empty() {
        return Err(wrong("holds nothing that was measured".into()));
    }
    let bytes = fs::read(path).map_err(|source| Error::Read {
        path: path.into(),
        source,
    })?;
    Ok(Stored {
        params,
        data: results.settings.data,
        modes: results.settings.modes,
        sha256: files::sha256(bytes),
    })
}

/// A size the kernel takes, and a tile that this build's own search could have tried.
fn known(record: &Record) -> Result<(), String> {
    let kernel = kernels::find(&record.kernel).ok_or("no kernel of this build has this name")?;
    let params = &record.params;
    let sized = match kernel.sizing {
        Sizing::Gemm => [params.m, params.n, params.k]
            .iter()
            .all(|edge| *edge > Some(0)),
        Sizing::Buffer | Sizing::Loop => params.bytes > Some(0),
        Sizing::Chain | Sizing::Fixed => true,
    };
    if !sized {
        return Err("its size is missing or 0".into());
    }
    let product = [params.m, params.n, params.k].iter().any(Option::is_some);
    if product && kernel.sizing != Sizing::Gemm {
        return Err("it has the size of a matrix product, and is none".into());
    }
    match &params.tile {
        Some(tile) if !kernel.space.holds(tile) => Err(format!(
            "its tile ({}) is none of this build's",
            params.tile_text()
        )),
        None if kernel.candidates().len() > 1 => Err("it has no tile".into()),
        _ => Ok(()),
    }
}
