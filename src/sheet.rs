//! Results × chips → rows of like with like: pure, and all ratios by [`Figure::over`].
//!
//! A row is one case with its interval, its kind and its flags recomputed from the raw samples. A
//! chip row is one property of one chip: printed, official, of which kind, and what was measured of
//! the same kind. The interval of one run is that of its samples; of several alike, that of their medians.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::agree::Agreement;
use crate::chips::{self, Chip};
use crate::device::DeviceType;
use crate::figure::{Basis, Figure, Kind, Unit, word};
use crate::import::Imported;
use crate::kernel::{Mode, Params, Pattern, Work};
use crate::results::{Outcome, Record, Results, SuiteId, Tool};
use crate::stats::Summary;

pub mod flag;
mod loads;
mod moments;
pub mod order;
pub mod power;
mod remarks;
mod runs;
pub mod sweep;
pub mod table2;

pub use flag::Flag;
pub use moments::Moment;
pub use order::Order;
pub use power::Power;
pub use sweep::Plateau;
pub use table2::{ChipRow, Closest};

/// The schema of the sheet as JSON.
pub const SCHEMA: u64 = 5;

/// Results beside the chips of Table 2.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sheet {
    /// The format's number.
    pub schema: u64,
    /// The results files behind the rows, in the order given; those of several runs alike are one.
    pub runs: Vec<Run>,
    /// One row a case.
    pub rows: Vec<Row>,
    /// The plateaus of every sweep over working sets.
    pub plateaus: Vec<Plateau>,
    /// One row a chip and property: the eight of Table 2, then products that were measured.
    pub chips: Vec<ChipRow>,
    /// The order of the chips as printed, and like for like.
    pub orders: Vec<Order>,
    /// What each flag that occurs means.
    pub explanations: Vec<Explanation>,
    /// What others measured: beside the rest, in no row, ratio or order of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub imported: Vec<Imported>,
}

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// The adapter's name to the letter.
    pub device: String,
    /// What sort of hardware.
    pub device_type: DeviceType,
    /// `vulkan`, `metal`, `dx12`, `gl` or `simulated`.
    pub backend: String,
    /// Driver name and version.
    pub driver: String,
    /// PCI bus id, which tells two cards of one model apart; absent where the driver doesn't say.
    pub pci_bus_id: Option<String>,
    /// The chip whose product the device is.
    pub product: Option<String>,
    /// What measured.
    pub tool: Tool,
    /// Which suite.
    pub suite: SuiteId,
    /// UTC.
    pub started: String,
    /// UTC; absent where the run was cut.
    pub finished: Option<String>,
    /// Shader templates came from a directory instead of the build.
    pub custom_shaders: bool,
    /// How many devices were measured at the same time, this one among them.
    pub devices: u32,
    /// How many runs there are of the same device, host, suite, build and settings; the times are the first one's.
    pub files: usize,
}

/// Which scatter an interval describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Of samples inside one run.
    Samples,
    /// Of the medians of several runs.
    Runs,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Which of `runs`.
    pub run: usize,
    /// The adapter's name to the letter.
    pub device: String,
    /// The kernel's name.
    pub kernel: String,
    /// Which size, mode, data, tile.
    pub params: Params,
    /// How the chip was loaded.
    pub mode: Mode,
    /// What the operands held.
    pub data: Option<Pattern>,
    /// What may be compared with it.
    pub kind: Kind,
    /// The figure at the median time, in `unit`; absent unless measured.
    pub value: Option<f64>,
    /// The lower end of its 95 % interval.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// Of value, low and high.
    pub unit: Unit,
    /// Which scatter low and high describe.
    pub interval: Option<Interval>,
    /// Power, energy and clock; absent where there were no sensors, and of several runs the first one's, but the errors of
    /// all.
    pub power: Option<Power>,
    /// How many runs the value is the median of.
    pub runs: u32,
    /// Of a burst: its value over the sustained one of the same run, where both were measured.
    pub over_sustained: Option<f64>,
    /// Of operands that are not random: the value over that of random ones, where both were measured.
    pub over_random: Option<f64>,
    /// How many devices measured the case at the same time; absent where none was to.
    pub beside: Option<u32>,
    /// Of a device measured with others at once: the value over that of the same device alone, where both were measured.
    pub over_alone: Option<f64>,
    /// measured, unsupported, skipped, failed or invalid.
    pub outcome: &'static str,
    /// Why there is no value.
    pub reason: Option<String>,
    /// What to know about it.
    pub flags: Vec<Flag>,
    /// What was seen that made a flag, where its meaning doesn't say all; of several runs the first one's with the flag.
    pub reasons: BTreeMap<Flag, String>,
    /// How the answer was checked, for a reader.
    #[serde(skip)]
    pub answer: String,
    /// What one dispatch does.
    #[serde(skip)]
    pub work: Work,
    /// The rate over time, and what the sensors said meanwhile; of several runs the first one's.
    #[serde(skip)]
    pub moments: Vec<Moment>,
}

/// A flag that occurs, and its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The flag.
    pub flag: Flag,
    /// One line.
    pub meaning: &'static str,
}

impl Sheet {
    /// The sheet of `results` beside `chips`.
    pub fn new(results: &[Results], chips: &[Chip]) -> Self {
        Self::beside(results, chips, &[])
    }

    /// The same, with the chips of these names in the table too.
    pub fn beside(results: &[Results], chips: &[Chip], asked: &[String]) -> Self {
        let (mut runs, mut rows) = (Vec::new(), Vec::new());
        let groups = runs::groups(results);
        for group in &groups {
            let files: Vec<&Results> = group.iter().map(|index| &results[*index]).collect();
            rows.extend(runs::rows(runs.len(), &files));
            runs.push(Run::new(files[0], files.len(), chips));
        }
        loads::compare(&mut rows);
        loads::beside_alone(results, &groups, &mut rows);
        let chip_rows = table2::rows(&runs, &rows, chips, asked);
        let explanations = explanations(&rows, &chip_rows);
        Self {
            schema: SCHEMA,
            runs,
            plateaus: sweep::plateaus(&rows),
            rows,
            chips: chip_rows,
            orders: order::half_precision(chips).into_iter().collect(),
            explanations,
            imported: Vec::new(),
        }
    }

    /// The same with what others measured.
    #[must_use]
    pub fn with_imported(self, imported: Vec<Imported>) -> Self {
        Self { imported, ..self }
    }
}

fn explanations(rows: &[Row], chips: &[ChipRow]) -> Vec<Explanation> {
    let of_rows = rows.iter().flat_map(|row| &row.flags);
    let of_chips = chips.iter().flat_map(|row| &row.flags);
    let mut flags: Vec<Flag> = of_rows.chain(of_chips).copied().collect();
    flags.sort();
    flags.dedup();
    let meaning = |flag: Flag| flag.meaning();
    let explain = |flag| Explanation {
        flag,
        meaning: meaning(flag),
    };
    flags.into_iter().map(explain).collect()
}

impl Run {
    /// Of the `files` that belong together, `results` is the first.
    fn new(results: &Results, files: usize, chips: &[Chip]) -> Self {
        let device = &results.device;
        let product = chips::product(chips, device.vendor_id, device.device_id, &device.name);
        Self {
            device: device.name.clone(),
            device_type: device.device_type,
            backend: device.backend.clone(),
            driver: format!("{} {}", device.driver, device.driver_info)
                .trim()
                .into(),
            pci_bus_id: device.pci_bus_id.clone(),
            product: product.map(|chip| chip.name.clone()),
            tool: results.tool.clone(),
            suite: results.suite.clone(),
            started: results.started.clone(),
            finished: results.finished.clone(),
            custom_shaders: results.settings.custom_shaders,
            devices: results
                .concurrent
                .as_ref()
                .map_or(1, |concurrent| concurrent.devices),
            files,
        }
    }
}

impl Row {
    fn new(run: usize, results: &Results, record: &Record) -> Self {
        let (outcome, reason) = outcome(&record.outcome);
        let mut row = Self {
            run,
            device: results.device.name.clone(),
            kernel: record.kernel.clone(),
            params: record.params.clone(),
            mode: record.params.mode,
            data: record.params.data,
            kind: record.kind,
            value: None,
            low: None,
            high: None,
            unit: record.kind.unit(),
            interval: None,
            power: None,
            runs: 1,
            over_sustained: None,
            over_random: None,
            over_alone: None,
            beside: record.beside,
            outcome,
            reason,
            flags: Vec::new(),
            reasons: BTreeMap::new(),
            answer: String::new(),
            work: record.work,
            moments: Vec::new(),
        };
        if let (Some(measured), Some(summary)) = (record.measured(), record.summary()) {
            let remarks = remarks::of(results, record, measured, &summary);
            row.flags = remarks.0.keys().copied().collect();
            row.reasons = remarks.0;
            row.reasons.retain(|_, reason| !reason.is_empty());
            row.answer = answer(&measured.agreement);
            row.moments = moments::of(record, measured);
            row.fill(results, record, &summary);
        }
        row
    }

    /// Value and interval; of rates the longest time gives the low end.
    fn fill(&mut self, results: &Results, record: &Record, summary: &Summary) {
        let figure = record.figure(summary.median);
        let ends = [summary.low, summary.high].map(|seconds| record.figure(seconds).value);
        self.value = Some(figure.value);
        self.low = Some(ends[0].min(ends[1]));
        self.high = Some(ends[0].max(ends[1]));
        self.interval = Some(Interval::Samples);
        self.power = power::of(results, record, figure.value);
    }

    /// The value as a figure.
    pub fn figure(&self) -> Option<Figure> {
        Some(Figure {
            value: self.value?,
            unit: self.unit,
            kind: self.kind,
            basis: Basis::Measured,
            source: format!("{} {} on {}", self.kernel, self.params.size(), self.device),
        })
    }
}

/// The outcome's key, and why there is no value.
fn outcome(outcome: &Outcome) -> (&'static str, Option<String>) {
    match outcome {
        Outcome::Measured(_) => ("measured", None),
        Outcome::Unsupported { reason } => ("unsupported", Some(reason.clone())),
        Outcome::Skipped { reason } => ("skipped", Some(reason.clone())),
        Outcome::Failed { error, .. } => ("failed", Some(error.clone())),
        Outcome::Invalid { cause, detail, .. } => {
            let cause = word(cause).replace('_', " ");
            ("invalid", Some(format!("{cause}: {detail}")))
        }
    }
}

/// How the answer was checked, in a few words.
fn answer(agreement: &Agreement) -> String {
    if agreement.nothing.is_some() {
        return "no answer to check".into();
    }
    match (agreement.exact > 0, agreement.sampled) {
        (true, 0) => "exact".into(),
        (true, sampled) => format!("exact; {sampled} sampled"),
        (false, sampled) => format!("{sampled} sampled"),
    }
}

#[cfg(test)]
pub(crate) mod fixture;

#[cfg(test)]
mod tests;
