//! `suanli chips`: the report's Table 2 as printed, with what is public beside it.

use std::path::Path;

use crate::chips;
use crate::error::Result;
use crate::render::{self, pages};

use super::args::{ChipsArgs, ChipsCommand};
use super::terminal::{self, said};

/// A file of a user's own, every field explained.
const TEMPLATE: &str = include_str!("../chips/template.toml");

/// Prints all chips, or everything known of one; or says whether a file of chips is right.
///
/// # Errors
///
/// [`crate::error::Error::ChipName`] where the name means none or several, and those of [`chips::of_file`].
pub fn chips(args: &ChipsArgs) -> Result<u8> {
    if let Some(ChipsCommand::Check { file }) = &args.command {
        return check(file);
    }
    if args.template {
        return terminal::print(TEMPLATE).map(|()| 0);
    }
    if args.centres {
        let centres = chips::centres()?;
        let text = match args.json {
            true => render::json::centres(&centres),
            false => said(&pages::centres(&centres), args.lang),
        };
        return terminal::print(&text).map(|()| 0);
    }
    let all = chips::with(&args.chips)?;
    let text = match (&args.name, args.json) {
        (Some(name), true) => render::json::chips(std::slice::from_ref(chips::find(&all, name)?)),
        (Some(name), false) => said(&pages::chip(chips::find(&all, name)?), args.lang),
        (None, true) => render::json::chips(&all),
        (None, false) => said(&pages::chips(&all), args.lang),
    };
    terminal::print(&text)?;
    Ok(0)
}

fn check(file: &Path) -> Result<u8> {
    let found = chips::of_file(file)?;
    let cells: usize = found.iter().map(|chip| chip.cells.len()).sum();
    let names: Vec<_> = found.iter().map(|chip| &*chip.name).collect();
    let (count, names) = (found.len(), names.join(", "));
    let noun = if count == 1 { "chip" } else { "chips" };
    let line = format!("right: {count} {noun} with {cells} cells: {names}\n");
    terminal::print(&line)?;
    Ok(0)
}
