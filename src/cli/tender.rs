//! `suanli tender`: requirements held against measurements, as a deviation table or the record of an acceptance.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::files::sha256;
use crate::render::tender as document;
use crate::tender::{self, Source, Table};

use super::args::{Layout, TenderArgs};
use super::laid::Laid;
use super::loaded::{Loaded, loaded};
use super::terminal;

/// Prints or writes the table; 1 where a requirement is missed.
///
/// # Errors
///
/// Requirements or results that can't be read, and [`Error::Exists`] and [`Error::Write`] of `--out`.
pub fn tender(args: &TenderArgs) -> Result<u8> {
    let Some(path) = args.requirements.as_deref().filter(|_| !args.template) else {
        return terminal::print(tender::TEMPLATE).map(|()| 0);
    };
    let lang = args.lang.unwrap_or_else(terminal::language);
    let layout = args.json.then_some(Layout::Json).or(args.format);
    let laid = Laid::free(layout, args.out.as_deref(), lang)?;
    let requirements = tender::read(path)?;
    let name = [path.display().to_string(), hash(path)?];
    let sources = loaded(&args.results)?.into_iter().map(source).collect();
    let table = Table::new(requirements, name, sources, args.acceptance);
    laid.give(|| document::said(&table, lang), || terminal::json(&table))?;
    Ok(u8::from(table.fails(args.strict)))
}

/// A results file with the hash of the bytes that were read.
fn source(file: Loaded) -> Source {
    Source {
        name: file.path.display().to_string(),
        sha256: sha256(&file.bytes),
        results: file.results,
    }
}

fn hash(path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(|source| Error::Read {
        path: path.into(),
        source,
    })?;
    Ok(sha256(bytes))
}
