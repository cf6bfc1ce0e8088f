//! What `suanli run` was asked for: typed options with defaults filled in, checked against each other.
//!
//! A resumed run takes what was not typed from the file, and refuses what was typed otherwise.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cases::Selection;
use crate::error::{Error, Result};
use crate::kernel::Mode;
use crate::results::{Results, Settings};
use crate::tune::Tuning;

use super::args::RunArgs;
use super::output::Place;
use super::selection::selection;
use super::stored::stored;
use super::target::{Target, targets};

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
    /// The run to finish.
    pub cut: Option<Cut>,
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
        let (mut selection, mut params_from) = (selection(&args.what, cut.as_ref())?, None);
        if let Some(stored) = stored {
            selection.stored = stored.params;
            match args.what.data {
                None => selection.data = stored.data,
                Some(data) => {
                    let all = selection.stored.iter_mut();
                    all.for_each(|(_, params)| params.data = params.data.map(|_| data));
                }
            }
            params_from = Some(stored.sha256);
        }
        Ok(Self {
            selection,
            params_from,
            tuning: args.tune.unwrap_or_default(),
            shaders: args.what.shaders.clone(),
            device: args.what.device.clone().or_else(|| file.map(device)),
            backend: args.what.backend.clone().or_else(|| file.and_then(backend)),
            place: Place::of(args.out.as_deref()),
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
        if targets.len() > 1 {
            let what = match (&self.cut, &self.place) {
                (Some(cut), _) => format!("--resume {}", cut.path.display()),
                (None, Place::File(path)) => format!("--out {}", path.display()),
                _ => return Ok(targets),
            };
            return Err(Error::usage(
                what,
                format!("one file can't hold {} devices", targets.len()),
                "give one --device, or a directory as --out",
            ));
        }
        Ok(targets)
    }

    /// The settings a results file stores.
    pub fn settings(&self) -> Settings {
        let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
        Settings {
            seed: self.selection.seed,
            mode: self.selection.mode,
            data: self.selection.data,
            only: self.selection.only.clone(),
            sizes: self.selection.sizes.clone(),
            shapes: self.selection.shapes.clone(),
            budget: self.selection.budget(),
            params_from: self.params_from.clone(),
            custom_shaders: self.shaders.is_some(),
            command_line: Some(words.collect()),
        }
    }
}

fn cut(path: &Path) -> Result<Cut> {
    let results = Results::load(path)?;
    if results.settings.mode != Mode::Sustained {
        return Err(Error::usage(
            format!("--resume {}", path.display()),
            "settings.mode: this build measures sustained rates only",
            "finish it with the build that began it, or begin a new run",
        ));
    }
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
