//! `suanli baseline`: runs that are kept to be held against later ones.

use crate::error::{Error, Result};
use crate::gate::{Saved, Store, faults};
use crate::render;
use crate::render::gate as document;
use crate::results::Results;
use crate::sheet::Sheet;

use super::args::{BaselineArgs, BaselineCommand};
use super::loaded::{every_run, loaded};
use super::{output, terminal};

/// Keeps, lists or shows baselines.
///
/// # Errors
///
/// What can't be read or written, and a name that isn't there.
pub fn baseline(args: &BaselineArgs) -> Result<u8> {
    let store = Store::of(args.store.as_deref())?;
    match &args.command {
        BaselineCommand::Save { results } => {
            let runs: Vec<_> = every_run(results)?
                .into_iter()
                .map(|one| (one.results, one.bytes))
                .collect();
            let saved = store.save(&runs, &output::stamp())?;
            let results: Vec<Results> = runs.into_iter().map(|(results, _)| results).collect();
            for fault in faults(&results) {
                terminal::message(&format!("warning: nothing to compare with: {fault}"));
            }
            let runs = saved.runs;
            match args.json {
                true => terminal::print(&terminal::json(&saved))?,
                false => terminal::message(&format!(
                    "baseline: {} ({runs} runs) in {}",
                    saved.name,
                    saved.path.display()
                )),
            }
        }
        BaselineCommand::List => list(&store.list()?, args)?,
        BaselineCommand::Show { name } => show(&store, name, args)?,
    }
    Ok(0)
}

fn list(kept: &[Saved], args: &BaselineArgs) -> Result<()> {
    match args.json {
        true => terminal::print(&terminal::json(&kept)),
        false => terminal::print(&terminal::said(&document::baselines(kept), args.lang)),
    }
}

/// The table of the newest baseline whose name holds the one that was typed.
fn show(store: &Store, name: &str, args: &BaselineArgs) -> Result<()> {
    let kept = store.list()?;
    let wanted = name.to_lowercase();
    let holds = |saved: &&Saved| saved.name.to_lowercase().contains(&wanted);
    let found = kept
        .iter()
        .filter(holds)
        .max_by(|a, b| a.saved.cmp(&b.saved));
    let saved = found.ok_or_else(|| {
        let known: Vec<_> = kept.iter().map(|saved| saved.name.as_str()).collect();
        let hint = match known.is_empty() {
            true => "there is none: suanli baseline save RESULTS".into(),
            false => format!("there are {}", known.join("; ")),
        };
        Error::usage(format!("baseline '{name}'"), "no name holds it", hint)
    })?;
    let results: Vec<Results> = loaded(std::slice::from_ref(&saved.path))?
        .into_iter()
        .map(|one| one.results)
        .collect();
    if args.json {
        return terminal::print(&terminal::json(saved));
    }
    terminal::message(&format!("baseline: {}", saved.name));
    let sheet = Sheet::new(&results, &[]);
    terminal::print(&terminal::said(&render::pages::measured(&sheet), args.lang))
}
