//! `suanli tender`: requirements held against measurements, as a deviation table or the record of an acceptance.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::files::sha256;
use crate::render::text::Look;
use crate::render::{self, tender as document};
use crate::results::{Results, files};
use crate::tender::{self, Source, Table};

use super::args::{Layout, TenderArgs};
use super::{output, terminal};

/// Prints or writes the table; 1 where a requirement is missed.
///
/// # Errors
///
/// Requirements or results that can't be read, and [`Error::Exists`] and [`Error::Write`] of `--out`.
pub fn tender(args: &TenderArgs) -> Result<u8> {
    let Some(path) = args.requirements.as_deref().filter(|_| !args.template) else {
        return terminal::print(tender::TEMPLATE).map(|()| 0);
    };
    // A place that is taken is known before anything is read.
    if let Some(out) = args.out.as_deref().filter(|out| out.exists()) {
        return Err(Error::Exists { path: out.into() });
    }
    let requirements = tender::read(path)?;
    let name = [path.display().to_string(), hash(path)?];
    let table = Table::new(requirements, name, sources(args)?, args.acceptance);
    let text = text(args, &table)?;
    match &args.out {
        Some(out) => {
            output::create(out, text.as_bytes())?;
            terminal::message(&format!("table: {}", out.display()));
        }
        None => terminal::print(&text)?,
    }
    Ok(u8::from(table.fails(args.strict)))
}

/// The results with their hashes. A folder may hold other things than results; what was named must be one.
fn sources(args: &TenderArgs) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut passed_over = Vec::new();
    for path in files(&args.results)? {
        match source(&path) {
            Ok(one) => sources.push(one),
            Err(error) if !args.results.contains(&path) => passed_over.push(error),
            Err(error) => return Err(error),
        }
    }
    let last = sources.is_empty().then(|| passed_over.pop()).flatten();
    for error in &passed_over {
        terminal::message(&format!("warning: passed over: {error}"));
    }
    last.map_or(Ok(sources), Err)
}

/// A results file. Its hash is that of the bytes that were read, or none.
fn source(path: &Path) -> Result<Source> {
    let before = hash(path)?;
    let results = Results::load(path)?;
    if hash(path)? != before {
        return Err(Error::Results {
            path: path.into(),
            why: "changed while it was read".into(),
        });
    }
    Ok(Source {
        name: path.display().to_string(),
        sha256: before,
        results,
    })
}

fn hash(path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(|source| Error::Read {
        path: path.into(),
        source,
    })?;
    Ok(sha256(bytes))
}

fn text(args: &TenderArgs, table: &Table) -> Result<String> {
    let lang = args.lang.unwrap_or_else(terminal::language);
    let said = || document::said(table, lang);
    // A file is read where no terminal is.
    let look = match args.out {
        Some(_) => Look::default(),
        None => terminal::look(),
    };
    Ok(match layout(args) {
        Layout::Text => render::text::document(&said(), look),
        Layout::Md => render::markdown::document(&said()),
        Layout::Html => render::html::document(&said(), lang)?,
        Layout::Json => terminal::json(table),
    })
}

/// What was asked for, else what the file's ending says.
fn layout(args: &TenderArgs) -> Layout {
    let ending = args.out.as_deref().and_then(Path::extension);
    let by_ending = match ending.and_then(OsStr::to_str) {
        Some("md") => Layout::Md,
        Some("html" | "htm") => Layout::Html,
        Some("json") => Layout::Json,
        _ => Layout::Text,
    };
    match args.json {
        true => Layout::Json,
        false => args.format.unwrap_or(by_ending),
    }
}
