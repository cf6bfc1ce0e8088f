//! `suanli report`: stored results beside the report's Table 2. Any readable file is fine, one without
//! records too.

use crate::chips;
use crate::error::Result;
use crate::render;
use crate::results::{Results, files};
use crate::sheet::Sheet;

use super::args::{Format, ReportArgs};
use super::terminal;

/// Prints the sheet.
///
/// # Errors
///
/// A file that can't be read, or is no results file.
pub fn report(args: &ReportArgs) -> Result<u8> {
    let mut results = Vec::new();
    for path in files(&args.results)? {
        results.push(Results::load(&path)?);
    }
    let sheet = Sheet::new(&results, &chips::all()?);
    let text = match args.format {
        Format::Text => render::text::sheet(&sheet, terminal::look()),
        Format::Md => render::markdown::sheet(&sheet),
        Format::Json => render::json::sheet(&sheet),
    };
    terminal::print(&text)?;
    Ok(0)
}
