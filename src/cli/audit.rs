//! `suanli audit`: what in a foreign sheet can't be, or can be contested.

use crate::audit::{self, Severity};
use crate::chips;
use crate::error::Result;
use crate::render::text::Look;
use crate::render::{self, pages};

use super::args::{AuditArgs, AuditFormat};
use super::import::table;
use super::{output, terminal};

/// Prints the findings, or writes them; 1 where numbers contradict each other.
///
/// # Errors
///
/// Those of [`audit::audit`] and of [`audit::ratings`], and [`crate::error::Error::Exists`].
pub fn audit(args: &AuditArgs) -> Result<u8> {
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
    let lang = args.lang.unwrap_or_else(terminal::language);
    let document = || pages::audit(&found).said(lang);
    let look = match args.out {
        Some(_) => Look::default(),
        None => terminal::look(),
    };
    let text = match (args.json, args.format) {
        (true, _) | (_, AuditFormat::Json) => render::json::audit(&found),
        (_, AuditFormat::Text) => render::text::document(&document(), look),
        (_, AuditFormat::Md) => render::markdown::document(&document()),
        (_, AuditFormat::Html) => render::html::document(&document(), lang)?,
    };
    match &args.out {
        Some(path) => {
            output::create(path, text.as_bytes())?;
            terminal::message(&format!("audit: {}", path.display()));
        }
        None => terminal::print(&text)?,
    }
    Ok(u8::from(found.count(Severity::Impossible) > 0))
}
