//! `suanli import`: what others measured, as a lower class of evidence.

use std::fs;
use std::path::Path;

use jiff::civil::Date;

use crate::chips;
use crate::error::{Error, Result};
use crate::import::number::unit;
use crate::import::table::MOST_BYTES;
use crate::import::{self, Fields, Request, kinds};
use crate::render::pages;

use super::args::ImportArgs;
use super::{output, terminal};

/// Reads the table, writes the imported file where one is asked for, and prints what it holds.
///
/// # Errors
///
/// Those of [`import::read`], of the options, and [`Error::Exists`].
pub fn import(args: &ImportArgs) -> Result<u8> {
    let all = chips::with(&args.chips)?;
    let chip = args.chip.as_deref();
    chip.map(|chip| chips::find(&all, chip)).transpose()?;
    let date = args.date.parse::<Date>().map_err(|error| {
        let what = format!("--date {}", args.date);
        Error::usage(what, error.to_string(), "give a day such as 2026-05-01")
    })?;
    if args.source.trim().is_empty() {
        let hint = "say who measured, and where it stands";
        return Err(Error::usage("--source", "says nothing", hint));
    }
    let measure = args.unit.as_deref().map(|typed| {
        let hint = "give one such as TFLOPS, TOPS, GB/s, GB or W";
        unit(typed).ok_or_else(|| Error::usage(format!("--unit {typed}"), "is not known", hint))
    });
    let (date, now) = (date.to_string(), output::now());
    let request = Request {
        chip,
        stated: stated(args)?,
        presumed: presumed(&args.presume)?,
        unit: measure.transpose()?,
        source: &args.source,
        date: &date,
        now: &now,
    };
    let (name, bytes) = table(&args.file)?;
    let imported = import::read(&name, &bytes, &request, &all)?;
    if let Some(out) = &args.out {
        output::create(out, imported.to_json().as_bytes())?;
        terminal::message(&format!("imported: {}", out.display()));
    }
    let text = match args.json {
        true => imported.to_json(),
        false => terminal::said(&pages::imported(&imported), args.lang),
    };
    terminal::print(&text).map(|()| 0)
}

/// A table's name, without the folders that are nobody's business, and its bytes.
///
/// # Errors
///
/// [`Error::Usage`] where it can't be read or is larger than any table of figures.
pub(super) fn table(path: &Path) -> Result<(String, Vec<u8>)> {
    let what = path.display().to_string();
    let refused = |why: String| Error::usage(&*what, why, "give a table as CSV or XLSX");
    let unread = |error: std::io::Error| refused(format!("can't be read: {error}"));
    let about = fs::metadata(path).map_err(unread)?;
    if !about.is_file() || about.len() > MOST_BYTES as u64 {
        let most = MOST_BYTES >> 20;
        return Err(refused(format!("is no file of at most {most} MiB")));
    }
    let bytes = fs::read(path).map_err(unread)?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok((name.to_string_lossy().into_owned(), bytes))
}

/// The kind fields stated for every row.
fn stated(args: &ImportArgs) -> Result<Fields> {
    let typed = [
        &args.engine,
        &args.storage,
        &args.arithmetic,
        &args.accumulate,
        &args.sparsity,
        &args.scope,
    ];
    let mut fields = Fields::default();
    for (field, word) in kinds::FIELDS.into_iter().zip(typed) {
        let Some(word) = word else { continue };
        set(&mut fields, field, word, format!("--{field} {word}"))?;
    }
    Ok(fields)
}

fn presumed(typed: &[String]) -> Result<Fields> {
    let mut fields = Fields::default();
    for pair in typed {
        let what = format!("--presume {pair}");
        let Some((field, word)) = pair.split_once('=') else {
            let hint = "give one such as engine=matrix";
            return Err(Error::usage(what, "is no field with a word", hint));
        };
        set(&mut fields, field.trim(), word, what)?;
    }
    Ok(fields)
}

fn set(fields: &mut Fields, field: &str, word: &str, what: String) -> Result<()> {
    let hint = "see suanli import --help for the words of each field";
    let set = fields.set(field, word);
    set.map_err(|why| Error::usage(what, why, hint))
}
