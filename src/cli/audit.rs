//! `suanli audit`: what in a foreign sheet can't be, or can be contested.

use crate::audit::{self, Severity};
use crate::chips;
use crate::error::Result;
use crate::render::{self, pages};

use super::args::{AuditArgs, Layout};
use super::import::table;
use super::laid::Laid;
use super::terminal;

/// Prints the findings, or writes them; 1 where numbers contradict each other.
///
/// # Errors
///
/// Those of [`audit::audit`] and of [`audit::ratings`], and [`crate::error::Error::Exists`].
pub fn audit(args: &AuditArgs) -> Result<u8> {
    let lang = args.lang.unwrap_or_else(terminal::language);
    let layout = args.json.then_some(Layout::Json).or(args.format);
    let laid = Laid::free(layout, args.out.as_deref(), lang)?;
    let chips = chips::with(&args.chips)?;
    let rated = match &args.rated {
        Some(path) => {
            let (name, bytes) = table(path)?;
            audit::ratings(&name, &bytes, &chips)?
        }
        None => Vec::new(),
    };
    let (name, bytes) = table(&args.sheet)?;
    let found = audit::audit(&name, &bytes, &rated, &chips)?;
    laid.give(
        || pages::audit(&found).said(lang),
        || render::json::audit(&found),
    )?;
    Ok(u8::from(found.count(Severity::Impossible) > 0))
}
