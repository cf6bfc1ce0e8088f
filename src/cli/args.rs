//! What was typed. What it means is [`super::request::Request`] and the commands' own business.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cases::Suite;
use crate::gpu::BACKENDS;
use crate::kernel::Pattern;
use crate::results::SCHEMA;
use crate::tune::Tuning;

mod evidence;
mod foreign;
mod gate;
mod layout;
mod plan;
mod sheets;
mod tender;

pub use evidence::{SignArgs, VerifyArgs};
pub use foreign::{AuditArgs, ImportArgs};
pub use gate::{
    AaArgs, BaselineArgs, BaselineCommand, CalibrateArgs, CheckArgs, Measuring, TrendArgs,
};
pub use layout::Layout;
pub use plan::PlanArgs;
pub use sheets::{ChipsArgs, ChipsCommand, ReportArgs};
pub use tender::TenderArgs;

/// The git revision this build is from; `unknown` outside a checkout.
pub const REVISION: &str = env!("SUANLI_REVISION");

/// The version of wgpu it is built with; `unknown` where no lock file told.
pub const WGPU: &str = env!("SUANLI_WGPU");

/// The version of naga it is built with; `unknown` where no lock file told.
pub const NAGA: &str = env!("SUANLI_NAGA");

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let version = env!("CARGO_PKG_VERSION");
    format!("{version} (rev {REVISION}, results schema {SCHEMA})")
});

/// Measures what a GPU computes: verified TFLOPS, TOPS and GB/s, every figure with its kind.
#[derive(Debug, Parser)]
#[command(name = "suanli", version = VERSION.as_str())]
#[command(after_help = "\
Without a command: the quick suite on the best device, a table, a results file and an HTML sheet.

Examples:
  suanli                                  measure this machine
  suanli run --only 'gemm/*' --size 4096  only matrix products, one size
  suanli report results/*/                what was measured, beside the report's Table 2
  suanli doctor                           why no GPU is seen")]
pub struct Typed {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure, and write a results file.
    Run(Box<RunArgs>),
    /// Search for the fastest tiles, or check every tile's answer.
    Tune(Box<TuneArgs>),
    /// List the devices that can be measured.
    Devices(DevicesArgs),
    /// Say why no GPU is seen, and what to type.
    #[command(after_help = "Examples:\n  suanli doctor")]
    Doctor,
    /// List what can be measured, or print a kernel's WGSL.
    Kernels(KernelsArgs),
    /// Print results beside the report's Table 2.
    Report(ReportArgs),
    /// Print the report's Table 2 with the official figures.
    Chips(ChipsArgs),
    /// Turn a number of P into cards, kilowatts and money, under each kind of number.
    Plan(PlanArgs),
    /// Put results, their sheet and all it can be recomputed from into a signed bundle.
    Sign(SignArgs),
    /// Recompute a bundle's sheet, and name the first thing that differs.
    Verify(VerifyArgs),
    /// Read what others measured, as a lower class of evidence.
    Import(Box<ImportArgs>),
    /// Say what in somebody else's sheet can't be, or can be contested.
    Audit(AuditArgs),
    /// Hold measurements against a tender's requirements: the deviation table, or the record of an acceptance.
    Tender(TenderArgs),
    /// Hold runs against a baseline: slower, faster, the same, or not to be told.
    Check(Box<CheckArgs>),
    /// Measure the least change that counts on this machine, for later checks.
    Calibrate(Box<CalibrateArgs>),
    /// Check identical code against itself again and again: how often is it red.
    Aa(Box<AaArgs>),
    /// Keep runs to check later ones against, list them, show one.
    Baseline(BaselineArgs),
    /// Say where a machine changed over many days of results.
    Trend(TrendArgs),
    /// Print the JSON Schema of a results file.
    #[command(after_help = "Examples:\n  suanli schema > results.schema.json")]
    Schema,
    /// Print a shell's completions.
    Completions(CompletionsArgs),
    /// What `suanli run` starts to measure in: no command for a person.
    #[command(hide = true)]
    Worker,
}

/// What is measured, and on what: the same for every command that runs kernels.
#[derive(Debug, Default, Args)]
pub struct What {
    /// Which suite gives sizes and times [default: quick]
    #[arg(long, value_enum)]
    pub suite: Option<Suite>,
    /// Index, part of the name or PCI bus id of a device, or `all` [default: the best one]
    #[arg(long)]
    pub device: Option<String>,
    /// Look for devices only here
    #[arg(long, value_parser = PossibleValuesParser::new(BACKENDS), ignore_case = true)]
    pub backend: Option<String>,
    /// Only kernels that match, such as 'gemm/*'; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub only: Vec<String>,
    /// Size of the matrix products, N or M,N,K; may be repeated
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub size: Vec<String>,
    /// A set of sizes, or a file with a line M,N,K each; may be repeated
    #[arg(long, value_name = "square|llm-prefill|llm-decode|ragged|FILE")]
    pub shapes: Vec<String>,
    /// The seed of the operands [default: 1]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Read shader templates from here instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub shaders: Option<PathBuf>,
}

/// How the chip is loaded, and with what: what a search has no use for.
#[derive(Debug, Default, Args)]
pub struct Loads {
    /// How the chip is loaded [default: sustained]
    #[arg(long, value_enum)]
    pub mode: Option<Modes>,
    /// What the operands hold, several as rows of their own [default: random]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub data: Vec<Pattern>,
}

/// How the chip is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Modes {
    /// Short samples with idle gaps: the boost clock
    Burst,
    /// Warmed up until the rate stands still: the headline
    Sustained,
    /// Both, and their ratio
    Both,
}

/// What `suanli run` takes.
#[derive(Debug, Default, Args)]
#[command(after_help = "\
Examples:
  suanli run --suite standard                     the headline sizes, sustained
  suanli run --only 'gemm/*' --size 129,65,33     one shape, M,N,K
  suanli run --device 4090 --out results.json     a device by part of its name
  suanli run --mode both --only 'gemm/*'          the boost clock beside what lasts
  suanli run --soak 180 --only gemm/f32           warmed up for three minutes, answers checked
  suanli run --runs 6 --out results/mycard        six runs: an interval between runs
  suanli run --device all --concurrent            what several GPUs lose beside each other
  suanli run --resume results.json                finish a run that was cut
  suanli run --params-from results.json           the same shapes and tiles again, no search

Exit codes: 0 fine; 2 nothing could be measured; 4 a case failed or its answer is wrong;
130, 143 interrupted, what was measured is kept.")]
pub struct RunArgs {
    #[command(flatten)]
    pub what: What,
    #[command(flatten)]
    pub loads: Loads,
    /// Search for tiles where none is kept, never, or always [default: auto]
    #[arg(long, value_enum)]
    pub tune: Option<Tuning>,
    /// Measure the shapes of these results with their tiles, without a search
    #[arg(long, value_name = "FILE", conflicts_with_all = ["size", "shapes", "tune"])]
    pub params_from: Option<PathBuf>,
    /// Where results go: a file if it ends in .json, else a directory [default: results/DEVICE]
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Finish a run that was cut: keep its records, measure the rest
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub resume: Option<PathBuf>,
    /// Leave host name, ids of the GPU, user names and paths out of the results
    #[arg(long)]
    pub redact: bool,
    /// Warm up for so long at least, and check the answer all the while; bursts are left as they are
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub soak: Option<f64>,
    /// Measure so many times, each run in a process and a file of its own and in another order [default: 1]
    #[arg(long, value_name = "N", conflicts_with_all = ["resume", "json", "in_process"], allow_negative_numbers = true)]
    pub runs: Option<i64>,
    /// Of several devices, measure each once before any of them again
    #[arg(long, requires = "runs")]
    pub interleave: bool,
    /// Of several devices, measure each alone, then all at once with a common start: what they lose beside each other
    #[arg(long, conflicts_with_all = ["resume", "json", "in_process", "runs"])]
    pub concurrent: bool,
    /// End a case that says nothing for so long [default: 120, on a software adapter 900]; one submit is given up after 60
    /// or 600 anyway
    #[arg(
        long,
        value_name = "SECONDS",
        conflicts_with = "in_process",
        allow_negative_numbers = true
    )]
    pub deadline: Option<f64>,
    /// Measure in this process, for a debugger: a driver that crashes ends the run
    #[arg(long)]
    pub in_process: bool,
    /// Where another run measures the device, wait for its end
    #[arg(long)]
    pub wait: bool,
    /// Print no progress and no table
    #[arg(long)]
    pub quiet: bool,
    /// Print the results file instead of the table
    #[arg(long)]
    pub json: bool,
    /// Print what would be measured and how long it takes; measure and write nothing
    #[arg(long, conflicts_with = "json")]
    pub dry_run: bool,
}

/// What `suanli tune` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli tune --only 'gemm/*'                 search, and keep the winners for later runs
  suanli tune --only gemm/f32 --log           every tile that is tried, with its rate
  suanli tune --verify-all                    every tile's answer on this device, no times

A search is made for each kernel and bucket of sizes, at a size of the bucket: --size and --shapes
only say which buckets. Winners are kept in the system's cache folder, or in $SUANLI_CACHE, for this
device, driver, wgpu and shader. --verify-all takes the tiles that fit the device.

Exit codes: 0 fine; 2 nothing could be run; 4 an answer is wrong, or a kernel has no right one;
130, 143 interrupted.")]
pub struct TuneArgs {
    #[command(flatten)]
    pub what: What,
    /// Where a run has the device, wait for its end
    #[arg(long)]
    pub wait: bool,
    /// Print every tile that is tried
    #[arg(long)]
    pub log: bool,
    /// Check the answer of every tile a search could try, at three shapes
    #[arg(long)]
    pub verify_all: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "log")]
    pub json: bool,
}

/// What `suanli devices` takes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  suanli devices\n  suanli devices --backend vulkan --json")]
pub struct DevicesArgs {
    /// Look for devices only here
    #[arg(long, value_parser = PossibleValuesParser::new(BACKENDS), ignore_case = true)]
    pub backend: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What `suanli kernels` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  suanli kernels\n  suanli kernels gemm/f32 --source\n  suanli kernels peak/f32 --source --tile form=1,vector=4,chains=4,unroll=16,threads=256"
)]
pub struct KernelsArgs {
    /// One kernel
    pub name: Option<String>,
    /// Print its WGSL
    #[arg(long, requires = "name", conflicts_with = "json")]
    pub source: bool,
    /// With this tile, as a record names it [default: the first candidate]
    #[arg(long, value_name = "NAME=VALUE,...", requires = "source")]
    pub tile: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What `suanli completions` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli completions bash > ~/.local/share/bash-completion/completions/suanli")]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

impl ValueEnum for Tuning {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Off, Self::Force]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Auto => ("auto", "search where no winner is kept"),
            Self::Off => ("off", "the first tile that fits; another may be faster"),
            Self::Force => ("force", "search anew, and keep the winner"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Suite {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

impl ValueEnum for Pattern {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Random, Self::Zeros, Self::LowToggle]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let name = match self {
            Self::Random => "random",
            Self::Zeros => "zeros",
            Self::LowToggle => "low-toggle",
        };
        Some(PossibleValue::new(name))
    }
}
