//! What `suanli run` was asked for: typed options with defaults filled in, checked against each other.
//!
//! A resumed run takes what was not typed from the file, and refuses what was typed otherwise.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cases::{Selection, selected};
use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::kernel::{Mode, Params};
use crate::results::{Results, Settings};
use crate::sampler::Budget;
use crate::tune::Tuning;

use super::args::RunArgs;
use super::output::Place;
use super::selection::selection;
use super::stored::stored;
use super::target::{Target, targets};

/// While a chip soaks its answer is checked ten times, but no more and no less often than this, in seconds.
const SOAK_CHECKS: [f64; 2] = [1.0, 10.0];

/// The variable by which a gate tells each of its runs which one it is: not an option, so that an older suanli may be a
/// side of it.
pub const PLACE_VARIABLE: &str = "SUANLI_ONE_OF";

/// A run that was cut, and its file.
#[derive(Debug, Clone)]
pub struct Cut {
    /// The file.
    pub path: PathBuf,
    /// What it holds.
    pub results: Results,
}

/// A run as it is meant.
#[derive(Debug)]
pub struct Request {
    /// What to measure.
    pub selection: Selection,
    /// Whether to search for tiles.
    pub tuning: Tuning,
    /// Where templates come from, if not from the build.
    pub shaders: Option<PathBuf>,
    /// Which device, if one was named.
    pub device: Option<String>,
    /// Where to look for it.
    pub backend: Option<String>,
    /// Where results go.
    pub place: Place,
    /// SHA-256 of the file whose shapes and tiles are measured, in hex.
    pub params_from: Option<String>,
    /// That file.
    pub params_file: Option<PathBuf>,
    /// The run to finish.
    pub cut: Option<Cut>,
    /// The least seconds of warm-up, if any were typed.
    pub soak: Option<f64>,
    /// How many runs.
    pub runs: u32,
    /// Which of a gate's runs this one is: the group, its number and their number.
    pub one_of: Option<(String, u32, u32)>,
    /// All devices at once, after each alone.
    pub concurrent: bool,
    /// Every device once before any again.
    pub interleave: bool,
    /// Seconds after which a case that says nothing is ended, if any were typed.
    pub deadline: Option<f64>,
    /// Measure in this process.
    pub in_process: bool,
    /// Wait for a run that has the device.
    pub wait: bool,
    /// No names of hosts, users and paths in the results.
    pub redact: bool,
    /// What is printed.
    pub show: Show,
}

/// What a run prints when it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// The table.
    Table,
    /// The table, and a sheet is written beside the results.
    Sheet,
    /// The results file.
    Json,
    /// Nothing, and no progress.
    Nothing,
    /// What would be measured; nothing is.
    Plan,
}

impl Request {
    /// What the options mean.
    ///
    /// # Errors
    ///
    /// Those of the sizes, shapes and templates named, and of the file to resume.
    pub fn new(args: &RunArgs) -> Result<Self> {
        let cut = args.resume.as_deref().map(cut).transpose()?;
        let file = cut.as_ref().map(|cut| &cut.results);
        let stored = args.params_from.as_deref().map(stored).transpose()?;
        let (mut selection, mut params_from) =
            (selection(&args.what, &args.loads, cut.as_ref())?, None);
        if let Some(stored) = stored {
            selection.stored = stored.params;
            overlap(args, &selection)?;
            match args.loads.data.is_empty() {
                true => selection.data = stored.data,
                false => {
                    let all = selection.stored.iter_mut();
                    all.for_each(|(_, params)| params.data = None);
                }
            }
            if args.loads.mode.is_none() {
                selection.modes = stored.modes;
            }
            params_from = Some(stored.sha256);
        }
        if args.soak.is_some() && !selection.modes.contains(&Mode::Sustained) {
            return Err(Error::usage(
                "--soak",
                "a burst is not warmed up",
                "give --mode sustained, or both",
            ));
        }
        Ok(Self {
            selection,
            params_from,
            params_file: args.params_from.clone(),
            tuning: args.tune.unwrap_or_default(),
            shaders: args.what.shaders.clone(),
            device: args.what.device.clone().or_else(|| file.map(device)),
            backend: args.what.backend.clone().or_else(|| file.and_then(backend)),
            place: Place::of(args.out.as_deref()),
            soak: match (args.soak, file) {
                (Some(typed), _) => Some(seconds("--soak", typed)?),
                (None, file) => file.and_then(|file| file.settings.soak_seconds),
            },
            runs: args.runs.map_or(Ok(1), runs)?,
            one_of: match std::env::var(PLACE_VARIABLE) {
                // One by itself: several say among themselves which they are.
                Ok(typed) if args.runs.is_none() && !args.concurrent => Some(one_of(&typed)?),
                _ => None,
            },
            concurrent: args.concurrent,
            interleave: args.interleave,
            deadline: args
                .deadline
                .map(|typed| seconds("--deadline", typed))
                .transpose()?,
            in_process: args.in_process
                || file.is_some_and(|file| file.settings.in_process == Some(true)),
            wait: args.wait,
            redact: args.redact,
            show: show(args),
            cut,
        })
    }

    /// The devices to measure, one after the other.
    ///
    /// # Errors
    ///
    /// Those of [`targets`]; [`Error::Usage`] for several devices with one file.
    pub fn targets(&self) -> Result<Vec<Target>> {
        let targets = targets(self.device.as_deref(), self.backend.as_deref())?;
        let what = match (&self.cut, &self.place) {
            (Some(cut), _) => format!("--resume {}", cut.path.display()),
            (None, Place::File(path)) => format!("--out {}", path.display()),
            _ => return Ok(targets),
        };
        let (many, hint) = match (targets.len(), self.runs) {
            (1, 1) => return Ok(targets),
            (1, runs) => (format!("{runs} runs"), "give a directory as --out"),
            (devices, _) => (
                format!("{devices} devices"),
                "give one --device, or a directory as --out",
            ),
        };
        Err(Error::usage(
            what,
            format!("one file can't hold {many}"),
            hint,
        ))
    }

    /// With the warm-up that was asked for.
    fn soaked(&self, mut budget: Budget) -> Budget {
        if let Some(soak) = self.soak {
            let more = budget.warm_up_cap_seconds - budget.warm_up_seconds;
            budget.warm_up_seconds = budget.warm_up_seconds.max(soak);
            budget.warm_up_cap_seconds = budget.warm_up_seconds + more;
            budget.check_seconds = Some((soak / 10.0).clamp(SOAK_CHECKS[0], SOAK_CHECKS[1]));
        }
        budget
    }

    /// By time alone, where devices are measured at once.
    fn even(&self, budget: Budget) -> Budget {
        match self.concurrent {
            true => budget.even(),
            false => budget,
        }
    }

    fn burst_budget(&self) -> Option<Budget> {
        let burst = self.selection.modes.contains(&Mode::Burst);
        burst.then(|| self.selection.budget().burst())
    }

    /// How long a case may say nothing on this device. A wait for a submit ends before that by itself, with an
    /// error that says more.
    pub fn deadline(&self, info: &DeviceInfo) -> Duration {
        let usual = if info.is_cpu() { 900.0 } else { 120.0 };
        Duration::from_secs_f64(self.deadline.unwrap_or(usual))
    }

    /// The settings a results file stores.
    pub fn settings(&self) -> Settings {
        let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        Settings {
            seed: self.selection.seed,
            modes: self.selection.modes.clone(),
            data: self.selection.data.clone(),
            only: self.selection.only.clone(),
            sizes: self.selection.sizes.clone(),
            shapes: self.selection.shapes.clone(),
            budget: self.even(self.soaked(self.selection.budget())),
            burst_budget: self.burst_budget().map(|budget| self.even(budget)),
            soak_seconds: self.soak,
            in_process: Some(self.in_process),
            params_from: self.params_from.clone(),
            custom_shaders: self.shaders.is_some(),
            command_line: Some(words.collect()),
        }
    }
}

/// Some kernel of the file is among those asked for.
fn overlap(args: &RunArgs, selection: &Selection) -> Result<()> {
    let asked = selected(&selection.only)?;
    let wanted = |(name, _): &(String, Params)| asked.iter().any(|kernel| kernel.name == name);
    if selection.stored.iter().any(wanted) {
        return Ok(());
    }
    let file = args.params_from.as_deref().unwrap_or(Path::new(""));
    Err(Error::usage(
        format!("--params-from {}", file.display()),
        "holds no kernel that --only matches",
        "leave --only out, or give another file",
    ))
}

fn runs(typed: i64) -> Result<u32> {
    match u32::try_from(typed) {
        Ok(runs @ 1..=1000) => Ok(runs),
        _ => Err(Error::usage(
            format!("--runs {typed}"),
            "is not between 1 and 1000",
            "give a few, such as --runs 6",
        )),
    }
}

fn one_of(typed: &str) -> Result<(String, u32, u32)> {
    let mut parts = typed.rsplitn(3, ':');
    let [of, index] = [(); 2].map(|()| parts.next().and_then(|part| part.parse::<u32>().ok()));
    let group = parts.next().filter(|group| !group.is_empty());
    match (group, index, of) {
        (Some(group), Some(index), Some(of)) if (1..=of).contains(&index) => {
            Ok((group.into(), index, of))
        }
        _ => Err(Error::usage(
            format!("{PLACE_VARIABLE}={typed}"),
            "is no place among several runs",
            "unset it; a gate sets it for its runs, as GROUP:1:5",
        )),
    }
}

fn seconds(option: &str, typed: f64) -> Result<f64> {
    match typed {
        // A year is longer than any run, and short enough for every clock.
        typed if typed > 0.0 && typed <= 365.0 * 86_400.0 => Ok(typed),
        _ => Err(Error::usage(
            format!("{option} {typed}"),
            "is no time a case could take",
            format!("give seconds, such as {option} 180"),
        )),
    }
}

fn cut(path: &Path) -> Result<Cut> {
    let results = Results::load(path)?;
    // The file a link leads to is finished, not the link replaced.
    let followed = path
        .is_symlink()
        .then(|| fs::canonicalize(path).ok())
        .flatten();
    Ok(Cut {
        path: followed.unwrap_or_else(|| path.into()),
        results,
    })
}

/// The bus id tells two cards of one model apart; not every driver gives one.
fn device(file: &Results) -> String {
    let device = &file.device;
    device
        .pci_bus_id
        .clone()
        .unwrap_or_else(|| device.name.clone())
}

fn backend(file: &Results) -> Option<String> {
    Some(file.device.backend.clone()).filter(|backend| backend != "simulated")
}

fn show(args: &RunArgs) -> Show {
    if args.dry_run {
        Show::Plan
    } else if args.json {
        Show::Json
    } else if args.quiet {
        Show::Nothing
    } else {
        Show::Table
    }
}
