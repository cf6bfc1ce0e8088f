//! `suanli chips`: the report's Table 2 as printed, with what is public beside it.

use crate::chips;
use crate::error::Result;
use crate::render;

use super::args::ChipsArgs;
use super::terminal;

/// Prints all chips, or everything known of one.
///
/// # Errors
///
/// [`crate::error::Error::ChipName`] where the name means none or several.
pub fn chips(args: &ChipsArgs) -> Result<u8> {
    let text = match (&args.name, args.json) {
        (Some(name), true) => render::json::chips(&[chips::find(name)?]),
        (Some(name), false) => render::text::chip(&chips::find(name)?, terminal::look()),
        (None, true) => render::json::chips(&chips::all()?),
        (None, false) => render::text::chips(&chips::all()?, terminal::look()),
    };
    terminal::print(&text)?;
    Ok(0)
}
