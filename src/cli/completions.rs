//! `suanli completions`: the script a shell reads.

use clap::CommandFactory;

use crate::error::Result;

use super::args::{CompletionsArgs, Typed};
use super::terminal;

/// Prints the script.
///
/// # Errors
///
/// Standard output can't be written.
pub fn completions(args: &CompletionsArgs) -> Result<u8> {
    let mut script = Vec::new();
    let mut command = Typed::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    terminal::print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
