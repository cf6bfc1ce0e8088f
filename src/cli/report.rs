//! `suanli report`: stored results beside the report's Table 2. Any readable file is fine, one without
//! records too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::chips;
use crate::error::{Error, Result};
use crate::import::Imported;
use crate::render::text::Look;
use crate::render::{self, Document, Lang, pages};
use crate::results::{Results, files};
use crate::sheet::Sheet;

use super::args::{Format, ReportArgs};
use super::output;
use super::terminal;

/// Prints the sheet.
///
/// # Errors
///
/// A file that was named and can't be read or is no results file, and a folder in which no file is one.
pub fn report(args: &ReportArgs) -> Result<u8> {
    let mut results = Vec::new();
    let mut passed_over = Vec::new();
    for path in files(&args.results)? {
        match Results::load(&path) {
            Ok(one) => results.push(one),
            // A folder may hold other things than results; what was named must be one.
            Err(error) if !args.results.contains(&path) => passed_over.push(error),
            Err(error) => return Err(error),
        }
    }
    let last = results.is_empty().then(|| passed_over.pop()).flatten();
    for error in &passed_over {
        terminal::message(&format!("warning: passed over: {error}"));
    }
    if let Some(error) = last {
        return Err(error);
    }
    let imported = args.imported.iter().map(|path| Imported::load(path));
    let imported = imported.collect::<Result<_>>()?;
    let sheet = Sheet::new(&results, &chips::with(&args.chips)?).with_imported(imported);
    let asked = Asked {
        lang: args.lang.unwrap_or_else(terminal::language),
        bom: args.bom,
    };
    match (&args.out, &args.format[..]) {
        (Some(folder), formats) => written(&sheet, formats, folder, asked),
        (None, [one]) => {
            let text = asked
                .files(&sheet, *one, terminal::look())?
                .swap_remove(0)
                .1;
            terminal::print(&text).map(|()| 0)
        }
        (None, several) => Err(Error::usage(
            "--format",
            format!("{} formats can't go to one output", several.len()),
            "give --out DIR",
        )),
    }
}

/// Names of files and their texts.
type Files = Vec<(&'static str, String)>;

/// How the files are wanted.
#[derive(Clone, Copy)]
struct Asked {
    lang: Lang,
    bom: bool,
}

impl Asked {
    /// The files of one format: names and texts, the first of which is what is printed.
    fn files(self, sheet: &Sheet, format: Format, look: Look) -> Result<Files> {
        let mark = if self.bom {
            render::csv::BYTE_ORDER_MARK
        } else {
            ""
        };
        let document = || pages::sheet(sheet).said(self.lang);
        Ok(match format {
            Format::Text => vec![("sheet.txt", render::text::document(&document(), look))],
            Format::Md => vec![("sheet.md", render::markdown::document(&document()))],
            Format::Csv => {
                let foreign = (!sheet.imported.is_empty()).then(|| {
                    let rows = render::csv::imported(sheet);
                    ("imported.csv", format!("{mark}{rows}"))
                });
                let mut files = vec![
                    ("sheet.csv", format!("{mark}{}", render::csv::rows(sheet))),
                    ("table2.csv", format!("{mark}{}", render::csv::chips(sheet))),
                ];
                files.extend(foreign);
                files
            }
            Format::Html => vec![("sheet.html", page(sheet, self.lang)?)],
            Format::Json => vec![("sheet.json", render::json::sheet(sheet))],
        })
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
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for format in formats {
        let made = asked.files(sheet, *format, Look::default())?;
        files.extend(
            made.into_iter()
                .map(|(name, text)| (folder.join(name), text)),
        );
    }
    if let Some(path) = files.keys().find(|path| path.exists()) {
        return Err(Error::Exists { path: path.clone() });
    }
    output::make(folder)?;
    for (path, text) in files {
        output::create(&path, text.as_bytes())?;
        terminal::message(&format!("sheet: {}", path.display()));
    }
    Ok(0)
}
