//! What is typed behind `suanli report` and `suanli chips`.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};

use crate::render::Lang;
use crate::render::files::Format;

/// What `suanli report` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli report results/llvmpipe/20261123T074500Z-5e1f.json
  suanli report results/*/ --format md > sheet.md
  suanli report results --format html,xlsx --out sheets    files, none overwritten
  suanli report results --with 'RTX 4090' --with 'MI300X'
  suanli report results --format html --lang zh > 报告.html")]
pub struct ReportArgs {
    /// Results files, or directories with some in or below them
    #[arg(required_unless_present = "imported", value_name = "RESULTS")]
    pub results: Vec<PathBuf>,
    /// How to print them; several, with commas, go to --out
    #[arg(long, value_enum, default_value = "text", value_delimiter = ',')]
    pub format: Vec<Format>,
    /// Write sheet.md, sheet.html, sheet.xlsx, sheet.csv with table2.csv and imported.csv, sheet.json and sheet.txt there instead
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// A further product beside Table 2's, as `suanli chips` knows it; may be repeated
    #[arg(long, value_name = "CHIP")]
    pub with: Vec<String>,
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

/// What `suanli chips` takes.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  suanli chips
  suanli chips 'A100' --json
  suanli chips --centres --lang zh
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
    /// Print the 31 computing centres of the report's Table 8 instead
    #[arg(long, conflicts_with_all = ["name", "chips"])]
    pub centres: bool,
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

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Text => ("text", "Tables for a terminal"),
            Self::Md => ("md", "Markdown"),
            Self::Html => ("html", "One page to read and print"),
            Self::Csv => ("csv", "Comma-separated values, one row a case"),
            Self::Xlsx => (
                "xlsx",
                "A workbook: numbers as numbers, ratios as formulas, charts",
            ),
            Self::Json => ("json", "JSON, with its own schema number"),
        };
        Some(PossibleValue::new(name).help(help))
    }
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
