//! What is typed behind `suanli import` and `suanli audit`.

use std::path::PathBuf;

use clap::Args;

use super::Layout;
use crate::render::Lang;

/// What `suanli import` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli import flagperf.csv --chip '昇腾 910B2' --date 2026-05-01 --source 'FlagPerf, vendor run' --out imported.json
  suanli import vendor.xlsx --date 2026-05-01 --source 'vendor, bid annex 3' --storage f16 --presume engine=matrix
  suanli report results --imported imported.json

Columns are known by name, in any order: 评测项 item, 测试值 measured, 标定值 rated, 测试标定比例 ratio, 单位 unit,
精度 precision, 芯片 chip, engine, storage, arithmetic, accumulate, sparsity, scope. What nobody states of a kind is
unspecified, and no ratio is taken of it; --presume fills it, and is printed so.
These values stay a lower class of evidence: in a section of their own, in no order, and marked imported everywhere.
One row that can't be read refuses the file.")]
pub struct ImportArgs {
    /// A table as CSV (UTF-8 or GB18030) or XLSX
    pub file: PathBuf,
    /// The chip of rows that name none; case and spaces don't matter
    #[arg(long)]
    pub chip: Option<String>,
    /// When it was measured, as 2026-05-01
    #[arg(long, value_name = "DATE")]
    pub date: String,
    /// Who measured, and where it stands; printed beside every value
    #[arg(long, value_name = "WORDS")]
    pub source: String,
    /// Stated for every rate: vector, matrix or packed-dot
    #[arg(long)]
    pub engine: Option<String>,
    /// Stated for every rate: f64, f32, tf32, f16, bf16, i32 or i8 in memory
    #[arg(long, value_name = "FORMAT")]
    pub storage: Option<String>,
    /// Stated for every rate: the format of a multiplication [default: that in memory]
    #[arg(long, value_name = "FORMAT")]
    pub arithmetic: Option<String>,
    /// Stated for every rate: the format of the sum
    #[arg(long, value_name = "FORMAT")]
    pub accumulate: Option<String>,
    /// Stated for every rate: dense or 2:4
    #[arg(long)]
    pub sparsity: Option<String>,
    /// Stated for every value: die, chip, card, module or node
    #[arg(long)]
    pub scope: Option<String>,
    /// Presume a field where nobody states it, such as engine=matrix; may be repeated
    #[arg(long, value_name = "FIELD=WORD")]
    pub presume: Vec<String>,
    /// The unit of values that have none, such as TFLOPS
    #[arg(long)]
    pub unit: Option<String>,
    /// Write the imported file here, for `suanli report --imported`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Further chips, and others in the place of those of the same name; may be repeated
    #[arg(long, value_name = "FILE")]
    pub chips: Vec<PathBuf>,
    /// Print the imported file instead of a table
    #[arg(long)]
    pub json: bool,
}

/// What `suanli audit` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli audit vendor.xlsx
  suanli audit bid.csv --rated datasheet.csv --lang zh
  suanli audit bid.csv --format html --out audit.html

Every number is held against the others of its row and column, and against the chips' public figures: printed ratios and
shares, W × s = J, PFLOPS ÷ cards, values above the rated ones, kinds mixed in a column, values copied from a data sheet.
Numbers agree where some number rounds to each as printed; there is no other tolerance.

Exit codes: 0 nothing impossible; 1 numbers contradict each other; 2 the sheet can't be read.")]
pub struct AuditArgs {
    /// A table as CSV (UTF-8 or GB18030) or XLSX
    pub sheet: PathBuf,
    /// A table with the rated values that the sheet leaves out: chip, precision, rated
    #[arg(long, value_name = "FILE")]
    pub rated: Option<PathBuf>,
    /// How to lay it out [default: by the ending of --out, else text]
    #[arg(long, value_enum)]
    pub format: Option<Layout>,
    /// Write them here instead; nothing is overwritten
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Further chips, and others in the place of those of the same name; may be repeated
    #[arg(long, value_name = "FILE")]
    pub chips: Vec<PathBuf>,
    /// Print JSON: the same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}
