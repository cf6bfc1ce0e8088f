//! The results file: the one place that knows its format.
//!
//! Raw samples in base units with the unit in the name; nothing derived and nothing formatted. The
//! schema number is read first: equal is parsed, older is converted, newer is refused, an unknown field is
//! an error. Every save writes a temporary file beside the target and renames it, so that a killed run
//! leaves a valid file.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::agree::Agreement;
use crate::device::DeviceInfo;
use crate::figure::{Figure, Kind};
use crate::kernel::{Mode, Params, Pattern, Work};
use crate::sampler::{Budget, Window};
use crate::stats::{Sample, Summary};
use crate::telemetry::Gpu;
use crate::tune::Choice;

mod copies;
mod file;
mod observed;
mod redact;

pub use file::files;
pub use observed::{Environment, Evidence, Observed, Probe, Spoilt};

/// The schema this build writes.
pub const SCHEMA: u64 = 4;

/// One run of suanli on one device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// The format's number.
    pub schema: u64,
    /// What measured.
    pub tool: Tool,
    /// Which suite.
    pub suite: SuiteId,
    /// UTC, RFC 3339.
    pub started: String,
    /// UTC, RFC 3339; absent while running or where the run was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// Where.
    pub host: Host,
    /// On what.
    pub device: DeviceInfo,
    /// How machine and GPU were set; absent before schema 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Box<Environment>>,
    /// How.
    pub settings: Settings,
    /// Which of several runs this is; absent for a run by itself, and before schema 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<OneOf>,
    /// Which other devices were measured at the same time; absent where none was, and before schema 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<Concurrent>,
    /// What came out, in the order it was measured.
    pub records: Vec<Record>,
}

/// One of several runs that were begun together, each in a process of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneOf {
    /// What its siblings share: the name of the first one's file without its ending.
    pub group: String,
    /// Which, from 1.
    pub index: u32,
    /// Of how many.
    pub of: u32,
    /// What the order of its cases was shuffled by.
    pub order_seed: u64,
}

/// One of several devices that were measured at once; each case began on all of them together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Concurrent {
    /// How many devices came to the end of it.
    pub devices: u32,
    /// When the run of this device alone was started, whose tiles these are: UTC, RFC 3339.
    pub alone_started: String,
}

/// The program that measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// `suanli`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The git revision it was built from, `unknown` outside a checkout.
    pub revision: String,
    /// The wgpu version.
    pub wgpu: String,
    /// The version of naga, which makes the drivers' shaders of WGSL; absent before schema 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub naga: Option<String>,
}

/// A suite's name with its version, and the hash of its definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuiteId {
    /// `quick@1`, `standard@1`, `full@1`.
    pub name: String,
    /// SHA-256 of the definition, in hex.
    pub sha256: String,
}

/// The machine. What can't be read, or was redacted, is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Operating system and its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Kernel version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// CPU model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// Logical processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processors: Option<u32>,
    /// Main memory in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The seed all operands come from.
    pub seed: u64,
    /// Burst, sustained or both; one alone, named `mode`, before schema 3.
    #[serde(alias = "mode", deserialize_with = "one_or_several")]
    pub modes: Vec<Mode>,
    /// What the timed operands hold, each a row of its own; one alone before schema 3.
    #[serde(deserialize_with = "one_or_several")]
    pub data: Vec<Pattern>,
    /// The `--only` patterns; empty means all.
    pub only: Vec<String>,
    /// The GEMM sizes typed, as M,N,K; with `shapes` empty too, they are the suite's.
    pub sizes: Vec<[u32; 3]>,
    /// The GEMM sizes of the shape sets asked for, as M,N,K.
    pub shapes: Vec<[u32; 3]>,
    /// How long a sustained case may take.
    pub budget: Budget,
    /// How long a burst case may take; absent before schema 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst_budget: Option<Budget>,
    /// The least seconds of warm-up asked for, with the answer checked again and again; absent where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soak_seconds: Option<f64>,
    /// Measured in the process that wrote the file, not in one a case may end; absent before schema 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_process: Option<bool>,
    /// SHA-256 of the results file whose shapes and tiles were measured, in hex; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params_from: Option<String>,
    /// Shader templates came from a directory instead of the build.
    pub custom_shaders: bool,
    /// The command line; absent where redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command_line: Option<Vec<String>>,
}

/// One case and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The kernel's name.
    pub kernel: String,
    /// Which size, mode, data, tile.
    pub params: Params,
    /// What its figure may be compared with.
    pub kind: Kind,
    /// Operations and bytes of one dispatch.
    pub work: Work,
    /// SHA-256 of the WGSL that ran, in hex; absent where the kernel has no shader or none ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shader_sha256: Option<String>,
    /// How many devices measured the case at the same time, this one included; absent where none was to, and before
    /// schema 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<u32>,
    /// Exactly one of measured, unsupported, skipped, failed, invalid.
    pub outcome: Outcome,
}

/// What became of a case. Zero never stands for absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// A right answer and its times.
    Measured(Box<Measured>),
    /// The device lacks something.
    Unsupported {
        /// What it lacks.
        reason: String,
    },
    /// Not tried.
    Skipped {
        /// Why not.
        reason: String,
    },
    /// The device or driver failed.
    Failed {
        /// What it said.
        error: String,
        /// Seconds of one dispatch in each sample until then; absent where there was none, and before schema 3.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seconds: Vec<f64>,
        /// What the sensors said until then; absent where the measuring process ended, and before schema 4.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        observed: Option<Box<Observed>>,
    },
    /// There is a time, but it means nothing.
    Invalid {
        /// Which rule it breaks.
        cause: Cause,
        /// What was seen, with numbers.
        detail: String,
        /// What was taken nevertheless, which is no result: for whoever doubts the cause; absent where nothing was, and
        /// before schema 4.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Box<Evidence>>,
    },
}

/// Why a measurement is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The answer differs from the reference.
    WrongAnswer,
    /// Faster than the hardware can be.
    AbovePhysicalCeiling,
    /// Time does not grow with the work.
    WorkNotDone,
    /// More than a fifth of the samples are spoilt.
    SamplesSpoilt,
}

/// Which clock the samples come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// GPU timestamps around the pass.
    Timestamps,
    /// The host's clock from submit to completion.
    Wall,
    /// The host's clock, N dispatches taken from 2N: what adapters without timestamps get.
    WallSlope,
}

/// What was seen while measuring and can't be recomputed from the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// The warm-up ended at its cap before the rate stood still.
    NotSteady,
    /// Twice the dispatches did not take twice the time, or the GPU's clock and the host's disagreed on how
    /// long that is: only a flag on a software adapter, invalid elsewhere.
    TimerSuspect,
}

/// The samples of a right answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Seconds of one dispatch in each sample (the sample's time ÷ `dispatches`), by `clock`.
    pub seconds: Vec<f64>,
    /// The same by the host's clock, submit and wait included.
    pub wall_seconds: Vec<f64>,
    /// Which clock `seconds` come from.
    pub clock: Clock,
    /// Dispatches in one sample.
    pub dispatches: u32,
    /// Submits one dispatch was cut into; 1 unless it would have been too long for a watchdog.
    pub bands: u32,
    /// Seconds of warm-up before the first sample.
    pub warm_up_seconds: f64,
    /// How often the answer was checked while it warmed up, by `--soak`; absent where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soak_checks: Option<u32>,
    /// Samples that were spoilt but too few to make the case invalid; absent where none was, and before schema 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoilt: Option<Box<Spoilt>>,
    /// The rate over time, warm-up and samples: windows in order; absent before schema 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Window>,
    /// What the sensors said meanwhile; absent before schema 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Box<Observed>>,
    /// The clock probe before the first sample and after the last; absent where it couldn't be run, and before schema 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Box<Probe>>,
    /// Candidates that gave a right answer and were timed, in the search that chose the tile.
    pub candidates: u32,
    /// How many candidates gave a wrong answer and were dropped, and the first one's error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_candidates: Option<String>,
    /// How the tile was chosen; absent in files of schema 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Box<Choice>>,
    /// The longest single submit of the case, search included, in seconds; absent in files of schema 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_submit_seconds: Option<f64>,
    /// How the answer was checked, before and after timing.
    pub agreement: Agreement,
    /// What made the flag `timer_suspect`, with numbers; absent without it, and before schema 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<Box<str>>,
    /// What else was seen.
    pub flags: Vec<Flag>,
}

impl Record {
    /// The samples, where there are any.
    pub fn measured(&self) -> Option<&Measured> {
        match &self.outcome {
            Outcome::Measured(measured) => Some(measured),
            _ => None,
        }
    }

    /// The statistics of the seconds of one dispatch.
    pub fn summary(&self) -> Option<Summary> {
        let sample = Sample::new(self.measured()?.seconds.clone())?;
        Some(Summary::of(&sample))
    }

    /// The figure this record stands for at `seconds` a dispatch, in the kind's unit.
    pub fn figure(&self, seconds: f64) -> Figure {
        self.work.figure(self.kind, seconds, &self.kernel)
    }
}

impl Results {
    /// How the GPU was set when the run began, where its sensors say.
    pub fn gpu(&self) -> Option<&Gpu> {
        self.environment.as_ref()?.gpu.as_ref()
    }

    /// Whether any case failed or is invalid: exit code 4.
    pub fn has_fault(&self) -> bool {
        let fault = |record: &Record| {
            matches!(
                record.outcome,
                Outcome::Failed { .. } | Outcome::Invalid { .. }
            )
        };
        self.records.iter().any(fault)
    }
}

impl Settings {
    /// How long a case of this mode may take.
    pub fn budget(&self, mode: Mode) -> Budget {
        match (mode, self.burst_budget) {
            (Mode::Burst, Some(budget)) => budget,
            _ => self.budget,
        }
    }
}

/// A list, or what a file of an older schema has in its place.
fn one_or_several<'a, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'a>,
    T: Deserialize<'a>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<T> {
        One(T),
        Several(Vec<T>),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::One(one) => vec![one],
        Either::Several(several) => several,
    })
}

/// The published JSON Schema of the file.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Results).to_value()
}
