//! `suanli schema`: what a results file must look like.

use crate::error::Result;
use crate::results::json_schema;

use super::terminal;

/// Prints the JSON Schema.
///
/// # Errors
///
/// Standard output can't be written.
pub fn schema() -> Result<u8> {
    terminal::print(&terminal::json(&json_schema()))?;
    Ok(0)
}
