//! `suanli report`: stored results beside the report's Table 2. Any readable file is fine, one without
//! records too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::chips;
use crate::error::{Error, Result};
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
    let sheet = Sheet::new(&results, &chips::with(&args.chips)?);
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
            terminal::print_bytes(&text).map(|()| 0)
        }
        (None, several) => Err(Error::usage(
            "--format",
            format!("{} formats can't go to one output", several.len()),
            "give --out DIR",
        )),
    }
}

/// Names of files and their texts.
type Files = Vec<(&'static str, Vec<u8>)>;

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
        let marked = |text: String| format!("{mark}{text}").into_bytes();
        Ok(match format {
            Format::Text => {
                let text = render::text::document(&document(), look);
                vec![("sheet.txt", text.into_bytes())]
            }
            Format::Md => vec![(
                "sheet.md",
                render::markdown::document(&document()).into_bytes(),
            )],
            Format::Csv => vec![
                ("sheet.csv", marked(render::csv::rows(sheet))),
                ("table2.csv", marked(render::csv::chips(sheet))),
            ],
            Format::Html => vec![("sheet.html", page(sheet, self.lang)?.into_bytes())],
            Format::Xlsx => {
                let book = pages::book(sheet).said(self.lang);
                vec![("sheet.xlsx", render::xlsx::document(&book, self.lang)?)]
            }
            Format::Json => vec![("sheet.json", render::json::sheet(sheet).into_bytes())],
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
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
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
    for (path, bytes) in files {
        output::create(&path, &bytes)?;
        terminal::message(&format!("sheet: {}", path.display()));
    }
    Ok(0)
}
