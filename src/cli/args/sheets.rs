//! What is typed behind `suanli report` and `suanli chips`.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};

use crate::render::Lang;

/// What `suanli report` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli report results/llvmpipe/20261123T074500Z-5e1f.json
  suanli report results/*/ --format md > sheet.md
  suanli report results --format html,csv --out sheets     files, none overwritten
  suanli report results --format html --lang zh > 报告.html")]
pub struct ReportArgs {
    /// Results files, or directories with some in or below them
    #[arg(required_unless_present = "imported", value_name = "RESULTS")]
    pub results: Vec<PathBuf>,
    /// How to print them; several, with commas, go to --out
    #[arg(long, value_enum, default_value = "text", value_delimiter = ',')]
    pub format: Vec<Format>,
    /// Write sheet.md, sheet.html, sheet.csv with table2.csv and imported.csv, sheet.json and sheet.txt there instead
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Begin CSV with a byte order mark, so that Excel reads it as UTF-8
    #[arg(long)]
    pub bom: bool,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Further chips, and others in the place of those of the same name; may be repeated
    #[arg(long, value_name = "FILE")]
    pub chips: Vec<PathBuf>,
    /// What others measured, from `suanli import --out`: in a section of its own; may be repeated
    #[arg(long, value_name = "FILE")]
    pub imported: Vec<PathBuf>,
}

/// The formats of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for a terminal
    Text,
    /// Markdown
    Md,
    /// One page to read and print
    Html,
    /// Comma-separated values, one row a case
    Csv,
    /// JSON, with its own schema number
    Json,
}

/// What `suanli chips` takes.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  suanli chips
  suanli chips 'A100' --json
  suanli chips --template > mine.toml
  suanli chips check mine.toml
  suanli chips --chips mine.toml 'my card'")]
pub struct ChipsArgs {
    /// One chip; case and spaces don't matter
    pub name: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Further chips, and others in the place of those of the same name; may be repeated
    #[arg(long, value_name = "FILE")]
    pub chips: Vec<PathBuf>,
    /// Print a file of chips with every field explained
    #[arg(long, conflicts_with_all = ["name", "json", "chips"])]
    pub template: bool,
    /// What to do with a file instead.
    #[command(subcommand)]
    pub command: Option<ChipsCommand>,
}

/// What can be done with a file of chips.
#[derive(Debug, Subcommand)]
pub enum ChipsCommand {
    /// Say whether a file of chips is right, and else which line is wrong and why.
    Check {
        /// The file
        file: PathBuf,
    },
}

impl ValueEnum for Lang {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Zh, Self::En]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Zh => PossibleValue::new("zh").help("Chinese"),
            Self::En => PossibleValue::new("en").help("English"),
        })
    }
}
