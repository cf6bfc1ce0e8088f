//! `suanli kernels`: what can be measured, and the WGSL that does it.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::figure::{Direction, Kind, Unit, word};
use crate::kernel::{Case, Feature, Kernel, Mode, Params, Tile};
use crate::kernels;

use super::args::KernelsArgs;
use super::terminal;

/// A kernel as JSON.
#[derive(Debug, Serialize)]
struct Entry {
    name: &'static str,
    about: &'static str,
    kind: Kind,
    unit: Unit,
    direction: Direction,
    requires: &'static [Feature],
    template: Option<&'static str>,
    candidates: Vec<Tile>,
}

/// Prints all kernels, one of them, or its source.
///
/// # Errors
///
/// [`Error::Usage`] for a name no kernel has.
pub fn kernels(args: &KernelsArgs) -> Result<u8> {
    let chosen = match &args.name {
        Some(name) => vec![find(name)?],
        None => kernels::ALL.to_vec(),
    };
    let text = match (args.source, chosen.as_slice()) {
        (true, [kernel]) => source(kernel, args.tile.as_deref())?,
        _ if args.json => terminal::json(&chosen.iter().map(|k| entry(k)).collect::<Vec<_>>()),
        _ => list(&chosen),
    };
    terminal::print(&text)?;
    Ok(0)
}

fn find(name: &str) -> Result<&'static Kernel> {
    kernels::find(name).ok_or_else(|| {
        let mut names: Vec<&str> = kernels::ALL.iter().map(|kernel| kernel.name).collect();
        let likeness = |other: &str| strsim::jaro_winkler(name, other);
        names.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
        names.truncate(3);
        let hint = format!("nearest: {}; `suanli kernels` lists all", names.join(", "));
        Error::usage(format!("kernel '{name}'"), "no kernel has this name", hint)
    })
}

/// The WGSL with this tile, as a record stores it; without one, of the first candidate: the safest one.
fn source(kernel: &'static Kernel, tile: Option<&str>) -> Result<String> {
    if kernel.template.is_none() {
        return Err(Error::usage(
            format!("kernel '{}'", kernel.name),
            "runs no shader",
            "`suanli kernels` lists all; transfers and latency/dispatch have no source",
        ));
    }
    let mut case = Case::new(kernel, Params::new(Mode::Sustained), 0);
    case.params.tile = match tile {
        Some(text) => Some(parse_tile(kernel, text)?),
        None => kernel.candidates().into_iter().next(),
    };
    case.wgsl()
}

/// `name=value,…`.
fn parse_tile(kernel: &Kernel, text: &str) -> Result<Tile> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().parse().ok()?))
    };
    let tile: Option<Tile> = text.split(',').map(pair).collect();
    let wrong = |why: &str, hint: String| Error::usage(format!("--tile '{text}'"), why, hint);
    let first = kernel.candidates().into_iter().next().unwrap_or_default();
    let pairs: Vec<_> = first
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let hint = format!(
        "give a record's params.tile, such as --tile {}",
        pairs.join(",")
    );
    match tile {
        None => Err(wrong("is no list of name=value", hint)),
        Some(tile) if !kernel.space.holds(&tile) => {
            let why = format!("is no tile of {}", kernel.name);
            Err(wrong(
                &why,
                format!(
                    "{hint}; `suanli kernels {} --json` lists the curated ones",
                    kernel.name
                ),
            ))
        }
        Some(tile) => Ok(tile),
    }
}

fn list(kernels: &[&Kernel]) -> String {
    let heading = ["kernel", "unit", "better", "requires", "what it is"];
    let mut rows = vec![heading.map(String::from).to_vec()];
    for kernel in kernels {
        let requires: Vec<String> = kernel.requires.iter().map(word).collect();
        let better = match kernel.kind.direction() {
            Direction::MoreIsBetter => "more",
            Direction::LessIsBetter => "less",
        };
        rows.push(vec![
            kernel.name.into(),
            kernel.kind.unit().to_string(),
            better.into(),
            if requires.is_empty() {
                "-".into()
            } else {
                requires.join(" ")
            },
            format!("{} ({})", kernel.about, kind(&kernel.kind)),
        ]);
    }
    terminal::columns(&rows)
}

/// The kind in words. A kernel is for no device yet, so its scope says nothing.
fn kind(kind: &Kind) -> String {
    let words = kind.to_string();
    words.trim_end_matches(" per unspecified").to_owned()
}

fn entry(kernel: &Kernel) -> Entry {
    Entry {
        name: kernel.name,
        about: kernel.about,
        kind: kernel.kind,
        unit: kernel.kind.unit(),
        direction: kernel.kind.direction(),
        requires: kernel.requires,
        template: kernel.template.map(|template| template.name),
        candidates: kernel.candidates(),
    }
}
