//! What must match before two measurements are compared, field by field.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::floor::driver;
use crate::figure::word;
use crate::results::{Outcome, Record, Results};

/// Something that two sides may differ in. Each can be accepted knowingly, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// One side has not the case at all.
    Missing,
    /// One side measured it, on the other it is unsupported or skipped.
    Outcome,
    /// The adapter's name.
    Adapter,
    /// The card, by the GPU's own id, else by host: healthy cards of one model differ by several percent.
    Card,
    /// The driver and its version.
    Driver,
    /// Vulkan, Metal or DX12.
    Backend,
    /// The power limit that is set.
    PowerLimit,
    /// How clocks are locked or limited.
    ClockLock,
    /// Whether memory errors are corrected, which costs bandwidth.
    Ecc,
    /// Whether the GPU is cut into instances.
    Mig,
    /// How many devices measured it at the same time.
    Beside,
    /// The version of suanli.
    Tool,
    /// The version of wgpu.
    Wgpu,
    /// The SHA-256 of the WGSL that ran.
    Shader,
    /// The tile.
    Tile,
    /// What kind of figure it is.
    Kind,
    /// The seed of the operands.
    Seed,
    /// How long a case may take.
    Budget,
    /// How long it was soaked.
    Soak,
    /// GPU timestamps or the host's clock.
    Timer,
}

impl Field {
    /// Every field, as messages list them.
    pub const ALL: [Self; 20] = [
        Self::Missing,
        Self::Outcome,
        Self::Adapter,
        Self::Card,
        Self::Driver,
        Self::Backend,
        Self::PowerLimit,
        Self::ClockLock,
        Self::Ecc,
        Self::Mig,
        Self::Beside,
        Self::Tool,
        Self::Wgpu,
        Self::Shader,
        Self::Tile,
        Self::Kind,
        Self::Seed,
        Self::Budget,
        Self::Soak,
        Self::Timer,
    ];

    /// Its name, as it is typed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Outcome => "outcome",
            Self::Adapter => "adapter",
            Self::Card => "card",
            Self::Driver => "driver",
            Self::Backend => "backend",
            Self::PowerLimit => "power-limit",
            Self::ClockLock => "clock-lock",
            Self::Ecc => "ecc",
            Self::Mig => "mig",
            Self::Beside => "beside",
            Self::Tool => "tool",
            Self::Wgpu => "wgpu",
            Self::Shader => "shader",
            Self::Tile => "tile",
            Self::Kind => "kind",
            Self::Seed => "seed",
            Self::Budget => "budget",
            Self::Soak => "soak",
            Self::Timer => "timer",
        }
    }

    /// What a record and its run say in this field; `None` where they say nothing, which differs from nothing.
    /// Cards are told apart by their ids where every run has one, else by host: an id isn't another than a host's name.
    fn of(self, (run, record): Entry<'_>, by_id: bool) -> Option<String> {
        let gpu = run.gpu();
        match self {
            Self::Missing | Self::Outcome => None,
            Self::Adapter => Some(run.device.name.clone()),
            Self::Card if by_id => gpu?.uuid.clone(),
            Self::Card => run.host.name.clone(),
            Self::Driver => Some(driver(&run.device)).filter(|words| !words.is_empty()),
            Self::Backend => Some(run.device.backend.clone()),
            Self::PowerLimit => gpu?.power_limit_watts.map(|watts| format!("{watts} W")),
            Self::ClockLock => clock_lock(run),
            Self::Ecc => gpu?.ecc.map(on),
            Self::Mig => gpu?.mig.map(on),
            Self::Beside => Some(beside(run, record)),
            Self::Tool => Some(run.tool.version.clone()),
            Self::Wgpu => Some(run.tool.wgpu.clone()),
            Self::Shader => record.shader_sha256.clone(),
            Self::Tile => Some(record.params.tile_text()).filter(|text| !text.is_empty()),
            Self::Kind => Some(record.kind.to_string()),
            Self::Seed => Some(run.settings.seed.to_string()),
            Self::Budget => serde_json::to_string(&run.settings.budget(record.params.mode)).ok(),
            Self::Soak => run.settings.soak_seconds.map(|soak| format!("{soak} s")),
            Self::Timer => record.measured().map(|measured| word(&measured.clock)),
        }
    }
}

fn on(is: bool) -> String {
    if is { "on" } else { "off" }.into()
}

fn beside(run: &Results, record: &Record) -> String {
    match (record.beside, &run.concurrent) {
        (Some(devices), _) => format!("{devices} devices at once"),
        (None, Some(concurrent)) => format!("{} devices at once", concurrent.devices),
        (None, None) => "alone".into(),
    }
}

fn clock_lock(run: &Results) -> Option<String> {
    let gpu = run.gpu()?;
    let megahertz = |hertz: f64| format!("{:.0} MHz", hertz / 1e6);
    let mut words = Vec::new();
    words.extend(gpu.sm_application_hertz.map(megahertz));
    let memory = gpu.memory_application_hertz;
    words.extend(memory.map(|hertz| format!("memory {}", megahertz(hertz))));
    let [low, high] = [0, 1].map(|end| gpu.sm_allowed_hertz.map(|ends| megahertz(ends[end])));
    words.extend(low.zip(high).map(|(low, high)| format!("{low} to {high}")));
    words.extend(gpu.clock_policy.clone());
    (!words.is_empty()).then(|| words.join(", "))
}

/// A field in which the runs of a case are not all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which.
    pub field: Field,
    /// What the baseline's runs say, each thing once.
    pub baseline: Vec<String>,
    /// What the candidate's runs say.
    pub candidate: Vec<String>,
}

/// A run with one of its records.
pub(super) type Entry<'a> = (&'a Results, &'a Record);

/// Whether two entries are alike in everything that any field looks at: what most are, and soon told.
fn alike((a, one): Entry<'_>, (b, other): Entry<'_>) -> bool {
    let clock = |record: &Record| record.measured().map(|measured| measured.clock);
    let settings = |run: &Results, record: &Record| {
        let settings = &run.settings;
        (
            settings.seed,
            settings.soak_seconds,
            settings.budget(record.params.mode),
        )
    };
    a.device == b.device
        && a.host.name == b.host.name
        && a.gpu() == b.gpu()
        && beside(a, one) == beside(b, other)
        && (&a.tool.version, &a.tool.wgpu) == (&b.tool.version, &b.tool.wgpu)
        && settings(a, one) == settings(b, other)
        && (one.kind, clock(one)) == (other.kind, clock(other))
        && one.shader_sha256 == other.shader_sha256
        && one.params.tile == other.params.tile
}

/// The fields in which the runs of two sides differ, also among themselves, but for those that are allowed to.
pub(super) fn differences(
    baseline: &[Entry<'_>],
    candidate: &[Entry<'_>],
    allowed: &BTreeSet<Field>,
) -> Vec<Difference> {
    let mut all = baseline.iter().chain(candidate);
    let first = all.next();
    if first.is_none_or(|first| all.all(|entry| alike(*first, *entry))) {
        return Vec::new();
    }
    let has_id = |(run, _): &Entry<'_>| run.gpu().is_some_and(|gpu| gpu.uuid.is_some());
    let by_id = baseline.iter().chain(candidate).all(has_id);
    let difference = |field: Field| {
        let [baseline, candidate] = [baseline, candidate].map(|side| {
            let said = side.iter().filter_map(|entry| field.of(*entry, by_id));
            said.collect::<BTreeSet<_>>()
        });
        let differ = baseline.union(&candidate).count() > 1;
        differ.then(|| Difference {
            field,
            baseline: baseline.into_iter().collect(),
            candidate: candidate.into_iter().collect(),
        })
    };
    let asked = Field::ALL
        .into_iter()
        .filter(|field| !allowed.contains(field));
    asked.filter_map(difference).collect()
}

/// The outcome in words, with its reason.
pub(super) fn outcome(record: &Record) -> String {
    match &record.outcome {
        Outcome::Measured(_) => "measured".into(),
        Outcome::Unsupported { reason } => format!("unsupported: {reason}"),
        Outcome::Skipped { reason } => format!("skipped: {reason}"),
        Outcome::Failed { error, .. } => format!("failed: {error}"),
        Outcome::Invalid { cause, detail, .. } => {
            format!("invalid, {}: {detail}", word(cause).replace('_', " "))
        }
    }
}
