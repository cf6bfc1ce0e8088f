//! The files of a sheet: every format's names and bytes, the same on every machine and at every time.

use super::text::Look;
use super::{Lang, csv, html, json, markdown, pages, text, xlsx};
use crate::error::Result;
use crate::sheet::Sheet;

/// The formats of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Tables for a terminal.
    Text,
    /// Markdown.
    Md,
    /// One page to read and print.
    Html,
    /// Comma-separated values, one row a case.
    Csv,
    /// A workbook: numbers as numbers, ratios as formulas, charts.
    Xlsx,
    /// JSON, with its own schema number.
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Md,
        Self::Html,
        Self::Csv,
        Self::Xlsx,
        Self::Json,
    ];
}

/// How the files are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// The language of what is read by people.
    pub lang: Lang,
    /// CSV begins with a byte order mark.
    pub bom: bool,
    /// How text looks.
    pub look: Look,
}

/// The files of one format: names and bytes, the first of which is what is printed.
///
/// # Errors
///
/// Those of [`html::document`] and [`xlsx::document`].
pub fn of(sheet: &Sheet, format: Format, asked: Asked) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let mark = if asked.bom { csv::BYTE_ORDER_MARK } else { "" };
    let document = || pages::sheet(sheet).said(asked.lang);
    let files = match format {
        Format::Xlsx => {
            let book = xlsx::document(&pages::book(sheet).said(asked.lang), asked.lang)?;
            return Ok(vec![("sheet.xlsx", book)]);
        }
        Format::Text => vec![("sheet.txt", text::document(&document(), asked.look))],
        Format::Md => vec![("sheet.md", markdown::document(&document()))],
        Format::Html => vec![("sheet.html", html::document(&document(), asked.lang)?)],
        Format::Csv => {
            let mut files = vec![
                ("sheet.csv", format!("{mark}{}", csv::rows(sheet))),
                ("table2.csv", format!("{mark}{}", csv::chips(sheet))),
            ];
            let foreign = (!sheet.imported.is_empty()).then(|| csv::imported(sheet));
            files.extend(foreign.map(|rows| ("imported.csv", format!("{mark}{rows}"))));
            files
        }
        Format::Json => vec![("sheet.json", json::sheet(sheet))],
    };
    let bytes = |(name, text): (&'static str, String)| (name, text.into_bytes());
    Ok(files.into_iter().map(bytes).collect())
}
