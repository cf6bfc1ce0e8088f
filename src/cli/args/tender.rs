//! What is typed behind `suanli tender`.

use std::path::PathBuf;

use clap::Args;

use super::Layout;
use crate::render::Lang;

/// What `suanli tender` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli tender --template > req.toml                            every field, to be filled in
  suanli tender req.toml results/*/                              the deviation table
  suanli tender req.toml results --lang zh --out 偏离表.html      to print; nothing is overwritten
  suanli tender req.toml results --acceptance --out 验收.html     the record of an acceptance

A requirement is met only by evidence of its own kind, from at least 6 runs (suanli run --runs 6). What is missing, unlike
or doubtful can't be told, which is never a pass. A file with [acceptance] is read as --acceptance.

Exit codes: 0 no negative deviation; 1 one at least, and with --strict also what can't be told; 2 a file can't be read.")]
pub struct TenderArgs {
    /// The requirements, a TOML file
    #[arg(value_name = "REQUIREMENTS", required_unless_present = "template")]
    pub requirements: Option<PathBuf>,
    /// Results files, or directories with some in or below them
    #[arg(value_name = "RESULTS", required_unless_present = "template")]
    pub results: Vec<PathBuf>,
    /// Write the record of an acceptance: each card by itself, and lines to sign
    #[arg(long)]
    pub acceptance: bool,
    /// What can't be told fails too
    #[arg(long)]
    pub strict: bool,
    /// How to lay it out [default: by the ending of --out, else text]
    #[arg(long, value_enum)]
    pub format: Option<Layout>,
    /// Write it to a file that is not there yet
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Print JSON, as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Print a file of requirements with every field explained
    #[arg(long, exclusive = true)]
    pub template: bool,
}
