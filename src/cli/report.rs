//! `suanli report`: stored results beside the report's Table 2. Any readable file is fine, one without
//! records too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::chips;
use crate::error::{Error, Result};
use crate::import::Imported;
use crate::render::files::{self, Asked, Format};
use crate::render::{self, Document, Lang, pages};
use crate::results::Results;
use crate::sheet::Sheet;

use super::args::ReportArgs;
use super::loaded::loaded;
use super::output;
use super::terminal;

/// Prints the sheet.
///
/// # Errors
///
/// A file that was named and can't be read or is no results file, a folder in which no file is one, and a `--with` that
/// names no chip or several.
pub fn report(args: &ReportArgs) -> Result<u8> {
    let results = loaded(&args.results)?.into_iter().map(|one| one.results);
    let results: Vec<Results> = results.collect();
    let chips = chips::with(&args.chips)?;
    let with = args.with.iter().map(|name| chips::find(&chips, name));
    let mut with: Vec<String> = with
        .map(|chip| chip.map(|chip| chip.name.clone()))
        .collect::<Result<_>>()?;
    // Whoever gives chips of his own wants to see them.
    for file in &args.chips {
        with.extend(chips::of_file(file)?.into_iter().map(|chip| chip.name));
    }
    let imported = args.imported.iter().map(|path| Imported::load(path));
    let imported = imported.collect::<Result<_>>()?;
    let sheet = Sheet::beside(&results, &chips, &with).with_imported(imported);
    let asked = Asked {
        lang: args.lang.unwrap_or_else(terminal::language),
        bom: args.bom,
        ..Asked::default()
    };
    match (&args.out, &args.format[..]) {
        (Some(folder), formats) => written(&sheet, formats, folder, asked),
        (None, [one]) => {
            let look = terminal::look();
            let (_, bytes) = files::of(&sheet, *one, Asked { look, ..asked })?.swap_remove(0);
            terminal::print_bytes(&bytes).map(|()| 0)
        }
        (None, several) => Err(Error::usage(
            "--format",
            format!("{} formats can't go to one output", several.len()),
            "give --out DIR",
        )),
    }
}

/// The sheet as a page to read and print.
///
/// # Errors
///
/// Those of [`render::html::document`].
pub fn page(sheet: &Sheet, lang: Lang) -> Result<String> {
    let document: Document = pages::sheet(sheet).said(lang);
    render::html::document(&document, lang)
}

/// Writes a file a format; nothing is overwritten, and none is written where one is there already.
fn written(sheet: &Sheet, formats: &[Format], folder: &Path, asked: Asked) -> Result<u8> {
    let mut all: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for format in formats {
        let made = files::of(sheet, *format, asked)?;
        all.extend(
            made.into_iter()
                .map(|(name, bytes)| (folder.join(name), bytes)),
        );
    }
    if let Some(path) = all.keys().find(|path| path.exists()) {
        return Err(Error::Exists { path: path.clone() });
    }
    output::make(folder)?;
    for (path, bytes) in all {
        output::create(&path, &bytes)?;
        terminal::message(&format!("sheet: {}", path.display()));
    }
    Ok(0)
}
