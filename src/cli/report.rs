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
    let text = match args.format {
        Format::Text => render::text::sheet(&sheet, terminal::look()),
        Format::Md => render::markdown::sheet(&sheet),
        Format::Json => render::json::sheet(&sheet),
    };
    terminal::print(&text)?;
    Ok(0)
}
