//! What is to be measured, by the options that every command with kernels takes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::cases::{Selection, Shapes, Size, Suite, parse_size};
use crate::error::{Error, Result};
use crate::kernel::{Mode, Pattern};
use crate::kernels;

use super::args::{Loads, Modes, What};
use super::request::Cut;

/// The seed of a run that names none.
const SEED: u64 = 1;

/// What the options mean; a run to be finished fills in what was not typed.
///
/// # Errors
///
/// Those of the sizes, shapes and templates named, and [`Error::Usage`] for a suite this build doesn't know.
pub fn selection(what: &What, loads: &Loads, cut: Option<&Cut>) -> Result<Selection> {
    let settings = cut.map(|cut| &cut.results.settings);
    let suite = match (what.suite, cut) {
        (Some(suite), _) => suite,
        (None, Some(cut)) => suite_of(cut)?,
        (None, None) => Suite::Quick,
    };
    let mut only = what.only.clone();
    let (mut sizes, mut shapes) = sizes(what)?;
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
        stored: Vec::new(),
        data: asked(&loads.data, settings.map(|s| &s.data), Pattern::Random),
        modes: modes(loads.mode, settings.map(|s| &s.modes)),
        seed: what.seed.or(settings.map(|s| s.seed)).unwrap_or(SEED),
        templates: what
            .shaders
            .as_deref()
            .map_or_else(|| Ok(BTreeMap::new()), templates)?,
    })
}

/// What was typed, each once; else what the file has, else the default.
fn asked<T: Copy + PartialEq>(typed: &[T], file: Option<&Vec<T>>, default: T) -> Vec<T> {
    let mut asked = Vec::new();
    for one in typed {
        if !asked.contains(one) {
            asked.push(*one);
        }
    }
    match (asked.is_empty(), file) {
        (true, Some(file)) => file.clone(),
        (true, None) => vec![default],
        (false, _) => asked,
    }
}

fn modes(typed: Option<Modes>, file: Option<&Vec<Mode>>) -> Vec<Mode> {
    let typed: &[Mode] = match typed {
        None => &[],
        Some(Modes::Burst) => &[Mode::Burst],
        Some(Modes::Sustained) => &[Mode::Sustained],
        Some(Modes::Both) => &[Mode::Burst, Mode::Sustained],
    };
    asked(typed, file, Mode::Sustained)
}

/// The suite a file names; its hash is compared later.
fn suite_of(Cut { path, results }: &Cut) -> Result<Suite> {
    let name = results.suite.name.split('@').next().unwrap_or_default();
    let known = Suite::ALL.into_iter().find(|suite| suite.name() == name);
    known.ok_or_else(|| {
        Error::usage(
            format!("--resume {}", path.display()),
            format!("suite: {} is not known to this build", results.suite.name),
            "finish it with the build that began it, or begin a new run",
        )
    })
}

/// Sizes typed, and sizes of shape sets, in the order given, each once.
fn sizes(what: &What) -> Result<(Vec<Size>, Vec<Size>)> {
    let (mut sizes, mut shapes) = (Vec::new(), Vec::new());
    for text in &what.size {
        let size = parse_size(text)?;
        if !sizes.contains(&size) {
            sizes.push(size);
        }
    }
    for text in &what.shapes {
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
