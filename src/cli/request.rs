//! What `suanli run` was asked for: typed options with defaults filled in, checked against each other.
//!
//! A resumed run takes what was not typed from the file, and refuses what was typed otherwise.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cases::{Selection, Shapes, Size, Suite, parse_size};
use crate::error::{Error, Result};
use crate::kernel::{Mode, Pattern};
use crate::kernels;
use crate::results::{Results, Settings};

use super::args::RunArgs;
use super::output::Place;
use super::target::{Target, targets};

/// The seed of a run that names none.
const SEED: u64 = 1;

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
    /// Where templates come from, if not from the build.
    pub shaders: Option<PathBuf>,
    /// Which device, if one was named.
    pub device: Option<String>,
    /// Where to look for it.
    pub backend: Option<String>,
    /// Where results go.
    pub place: Place,
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
        Ok(Self {
            selection: selection(args, file)?,
            shaders: args.shaders.clone(),
            device: args.device.clone().or_else(|| file.map(device)),
            backend: args.backend.clone().or_else(|| file.and_then(backend)),
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

fn selection(args: &RunArgs, file: Option<&Results>) -> Result<Selection> {
    let settings = file.map(|results| &results.settings);
    let suite = match (args.suite, file) {
        (Some(suite), _) => suite,
        (None, Some(results)) => suite_of(results, args)?,
        (None, None) => Suite::Quick,
    };
    let mut only = args.only.clone();
    let (mut sizes, mut shapes) = sizes(args)?;
    if let Some(settings) = settings {
        if only.is_empty() {
            only.clone_from(&settings.only);
        }
        if sizes.is_empty() && shapes.is_empty() {
            sizes.clone_from(&settings.sizes);
            shapes.clone_from(&settings.shapes);
        }
    }
    Ok(Selection {
        suite,
        only,
        sizes,
        shapes,
        data: args
            .data
            .or(settings.map(|s| s.data))
            .unwrap_or(Pattern::Random),
        mode: settings.map_or(Mode::Sustained, |s| s.mode),
        seed: args.seed.or(settings.map(|s| s.seed)).unwrap_or(SEED),
        templates: args
            .shaders
            .as_deref()
            .map_or_else(|| Ok(BTreeMap::new()), templates)?,
    })
}

/// The suite a file names; its hash is compared later.
fn suite_of(results: &Results, args: &RunArgs) -> Result<Suite> {
    let name = results.suite.name.split('@').next().unwrap_or_default();
    let known = Suite::ALL.into_iter().find(|suite| suite.name() == name);
    known.ok_or_else(|| {
        let path = args.resume.clone().unwrap_or_default();
        Error::usage(
            format!("--resume {}", path.display()),
            format!("suite: {} is not known to this build", results.suite.name),
            "finish it with the build that began it, or begin a new run",
        )
    })
}

/// Sizes typed, and sizes of shape sets, in the order given, each once.
fn sizes(args: &RunArgs) -> Result<(Vec<Size>, Vec<Size>)> {
    let (mut sizes, mut shapes) = (Vec::new(), Vec::new());
    for text in &args.size {
        let size = parse_size(text)?;
        if !sizes.contains(&size) {
            sizes.push(size);
        }
    }
    for text in &args.shapes {
        for size in Shapes::parse(text)? {
            if !sizes.contains(&size) && !shapes.contains(&size) {
                shapes.push(size);
            }
        }
    }
    Ok((sizes, shapes))
}

/// The `*.wgsl` of a directory, by file name. A name no kernel uses is most likely a slip.
fn templates(folder: &Path) -> Result<BTreeMap<String, Arc<str>>> {
    let known: Vec<&str> = template_names();
    let wrong = |why: String| {
        let hint = format!("a directory with some of {}", known.join(", "));
        Error::usage(format!("--shaders {}", folder.display()), why, hint)
    };
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| wrong(error.to_string()))? {
        let path = entry.map_err(|error| wrong(error.to_string()))?.path();
        if path.extension().is_none_or(|end| end != "wgsl") {
            continue;
        }
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !known.contains(&name.as_str()) {
            return Err(wrong(format!("{name} is no template of any kernel")));
        }
        let text = fs::read_to_string(&path).map_err(|error| wrong(format!("{name}: {error}")))?;
        texts.insert(name, text.into());
    }
    if texts.is_empty() {
        return Err(wrong("holds no *.wgsl".into()));
    }
    Ok(texts)
}

fn template_names() -> Vec<&'static str> {
    let templates = kernels::ALL.iter().filter_map(|kernel| kernel.template);
    let mut names: Vec<_> = templates.map(|template| template.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}
