//! What is typed behind `suanli check` and the commands around it.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};

use super::{Layout, Loads, What};
use crate::gate::Field;
use crate::render::Lang;

/// What `suanli check` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli check new/ --baseline old/                      two sets of results, 5 runs each at least
  suanli check --run                                     measure, against the baseline that is kept for this machine
  suanli check --run --baseline-command '/opt/old/suanli'    both sides in turn: what a verdict is worth most by
  suanli check --run --baseline-command 'env VK_DRIVER_FILES=/old.json suanli' --allow driver
  suanli check new/ --baseline old/ --output github --output junit=gate.xml --output openmetrics=suanli.prom

The baseline's command starts suanli; what it doesn't say itself is taken from this command line. What got slower, or
faster, is measured anew, and stands where both looks agree. Against stored results only the candidate can be; days differ by
themselves, so that an alarm then needs more. Floors come from `suanli calibrate`, baselines from `suanli baseline save`.

Exit codes: 0 same, or faster; 1 slower; 2 could not be judged, or a file can't be read; 3 can't be told; 4 a case of the
candidate failed or its answer is wrong; 5 not comparable; 130, 143 interrupted. Several at once: 4 before 1 before 5
before 3. --strict turns 3 and 5 into 1.")]
pub struct CheckArgs {
    /// Results files of the candidate, or directories with some in or below them
    #[arg(
        value_name = "CANDIDATE",
        required_unless_present_any = ["run", "template"],
        conflicts_with = "run"
    )]
    pub candidates: Vec<PathBuf>,
    /// Results of the baseline, or beside --baseline-command the sizes and tiles to measure; may be repeated [default: what `suanli baseline save` keeps for this machine and suite]
    #[arg(long, value_name = "BASELINE", num_args = 1..)]
    pub baseline: Vec<PathBuf>,
    /// Measure the candidate now, with this suanli
    #[arg(long)]
    pub run: bool,
    /// Measure the baseline too, by this command, one run of each in turn
    #[arg(long, value_name = "COMMAND", requires = "run")]
    pub baseline_command: Option<String>,
    /// Runs of each side [default: 5]
    #[arg(
        long,
        value_name = "N",
        requires = "run",
        allow_negative_numbers = true
    )]
    pub runs: Option<i64>,
    /// A field in which the two sides may differ; may be repeated
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub allow: Vec<Field>,
    /// What can't be told or compared fails too
    #[arg(long)]
    pub strict: bool,
    /// The least change that counts, by kernel: a TOML file
    #[arg(long, value_name = "FILE")]
    pub thresholds: Option<PathBuf>,
    /// Print a file of thresholds with every field explained
    #[arg(long, exclusive = true)]
    pub template: bool,
    /// Give the verdicts as text, md, html, xlsx, json, junit, github, gitlab, bencher, bigger-is-better, smaller-is-better or
    /// openmetrics: to a file, or to standard output; may be repeated [default: text]
    #[arg(long, value_name = "FORM[=FILE]")]
    pub output: Vec<String>,
    /// Print JSON, as --output json
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
    /// Where baselines and floors are kept [default: $SUANLI_STORE, else the system's folder for data]
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    #[command(flatten)]
    pub measuring: Measuring,
}

/// How the runs are made that a command starts by itself.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "How runs are made")]
pub struct Measuring {
    #[command(flatten)]
    pub what: What,
    #[command(flatten)]
    pub loads: Loads,
    /// Measure the shapes of these results with their tiles [default: those of the baseline, else of the first run]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["size", "shapes"])]
    pub params_from: Option<PathBuf>,
    /// The directory in which a new one is made for the results of the runs [default: results]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where another run measures the device, wait for its end
    #[arg(long)]
    pub wait: bool,
    /// Print no progress
    #[arg(long)]
    pub quiet: bool,
}

/// What `suanli calibrate` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli calibrate                              20 runs of the quick suite, and their floors are kept
  suanli calibrate --suite standard             the suite that is gated
  suanli calibrate results/mycard/*.json        floors of runs that were made before, 10 at least

The floor is the least change that counts: what 5 against 5 runs of identical code stay below 99 times of 100, and 1 % at
least. It holds for this machine and driver, for 30 days. Runs of 3 days or more tell the spread between days too.

Exit codes: 0 fine; 2 nothing could be measured, or runs that don't belong together; 4 a case failed or its answer is
wrong; 130, 143 interrupted.")]
pub struct CalibrateArgs {
    /// Results to take instead of measuring
    #[arg(value_name = "RESULTS", conflicts_with_all = ["runs", "params_from", "out"])]
    pub results: Vec<PathBuf>,
    /// Runs [default: 20]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub runs: Option<i64>,
    /// Where floors are kept [default: $SUANLI_STORE, else the system's folder for data]
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub measuring: Measuring,
}

/// What `suanli aa` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli aa                              20 whole gates on identical code: how many are red
  suanli aa --gates 100 --only 'gemm/*'  more of them, of a few kernels

Each gate measures 5 and 5 runs in turn, and anew what is flagged. No red one of N bounds the true share by 3 ÷ N: 598 gates
prove the wanted one in 200.

Exit codes: 0 however many were red; 2 nothing could be measured; 4 a case failed or its answer is wrong; 130, 143
interrupted, what was counted is printed.")]
pub struct AaArgs {
    /// How many gates [default: 20]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub gates: Option<i64>,
    /// Runs of each side [default: 5]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub runs: Option<i64>,
    /// Where floors are kept [default: $SUANLI_STORE, else the system's folder for data]
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub measuring: Measuring,
}

/// What `suanli baseline` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli run --runs 5 --suite standard --out results/good && suanli baseline save results/good
  suanli baseline list
  suanli baseline show lab3_nvidia-h100-80gb-hbm3/nvidia-580-159-04/standard@2/20261126T120000Z

Baselines are kept by machine, driver and suite. Nothing is overwritten: the newest counts.")]
pub struct BaselineArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: BaselineCommand,
    /// Where baselines are kept [default: $SUANLI_STORE, else the system's folder for data]
    #[arg(long, value_name = "DIR", global = true)]
    pub store: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum, global = true)]
    pub lang: Option<Lang>,
}

/// What can be done with baselines.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Keep runs of one machine, driver and suite as a baseline.
    #[command(after_help = "Examples:\n  suanli baseline save results/good")]
    Save {
        /// Results files, or directories with some in or below them
        #[arg(value_name = "RESULTS", required = true)]
        results: Vec<PathBuf>,
    },
    /// List the baselines that are kept.
    #[command(after_help = "Examples:\n  suanli baseline list --json")]
    List,
    /// Print what a baseline measured.
    #[command(
        after_help = "Examples:\n  suanli baseline show H100    the newest whose name holds it"
    )]
    Show {
        /// The name in the list, or a part of it
        name: String,
    },
}

/// What `suanli trend` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli trend results/nightly                       where it changed, and what else did then
  suanli trend results/nightly --out trend.html      with charts; nothing is overwritten
  suanli trend results/nightly --only 'gemm/*'

Change points are found by E-divisive (p at most 0.001); a change below the floor is none. Runs that were begun together are one point;
14 points are needed, and 3 to 5 after a change.

Exit codes: 0 fine; 1 with --strict, where the last change of a case made it slower; 2 a file can't be read.")]
pub struct TrendArgs {
    /// Results files, or directories with some in or below them
    #[arg(value_name = "RESULTS", required = true)]
    pub results: Vec<PathBuf>,
    /// Only kernels that match, such as 'gemm/*'; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub only: Vec<String>,
    /// A case whose last change made it slower fails
    #[arg(long)]
    pub strict: bool,
    /// Where floors are kept [default: $SUANLI_STORE, else the system's folder for data]
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
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
}

impl ValueEnum for Field {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word()))
    }
}
