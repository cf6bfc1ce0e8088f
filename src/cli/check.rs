//! `suanli check`: two sets of runs, or runs that are made now, and a verdict a case.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::cases;
use crate::error::{Error, Result};
use crate::gate::{self, Judgement, Rules, Store, Thresholds};
use crate::results::{Record, Results};

use super::args::CheckArgs;
use super::loaded;
use super::terminal;

mod measured;
mod outputs;

pub use measured::{Gate, runs};

use measured::measured;
use outputs::Outputs;

/// Judges; the exit code of the gravest verdict.
///
/// # Errors
///
/// What can't be read, too few runs, and those of the runs that are made.
pub fn check(args: &CheckArgs) -> Result<u8> {
    if args.template {
        return terminal::print(gate::TEMPLATE).map(|()| 0);
    }
    without_run(args)?;
    let outputs = Outputs::of(args)?;
    let rules = rules(args)?;
    // A glob that matches nothing is an error before anything is measured.
    cases::selected(&args.measuring.what.only)?;
    let judgement = match args.run {
        true => measured(args, &rules)?,
        false => stored(args, &rules)?,
    };
    let code = judgement.code(args.strict);
    match outputs.give(&judgement) {
        // A red verdict counts, whatever became of a file; any other is no success without it.
        Err(error) if matches!(code, 1 | 4 | 5) => {
            terminal::error(&error);
            Ok(code)
        }
        given => given.map(|()| code),
    }
}

/// The rules that were typed, with the floors that are kept.
fn rules(args: &CheckArgs) -> Result<Rules> {
    let thresholds = args
        .thresholds
        .as_deref()
        .map(Thresholds::read)
        .transpose()?;
    Ok(Rules {
        allowed: args.allow.iter().copied().collect(),
        thresholds: thresholds.unwrap_or_default(),
        floors: floors(&Store::of(args.store.as_deref())?),
        cases: None,
        now: Some(Timestamp::now()),
    })
}

/// The floors of a store; what can't be read is warned of.
pub fn floors(store: &Store) -> Vec<gate::Floors> {
    let (floors, errors) = store.floors();
    for error in errors {
        terminal::message(&format!("warning: passed over: {error}"));
    }
    floors
}

/// Refuses options that say how runs are made where none is.
fn without_run(args: &CheckArgs) -> Result<()> {
    let measuring = &args.measuring;
    let typed = [
        ("--baseline-command", args.baseline_command.is_some()),
        ("--runs", args.runs.is_some()),
        ("--suite", measuring.what.suite.is_some()),
        ("--device", measuring.what.device.is_some()),
        ("--size", !measuring.what.size.is_empty()),
        ("--shapes", !measuring.what.shapes.is_empty()),
        ("--params-from", measuring.params_from.is_some()),
        ("--out", measuring.out.is_some()),
    ];
    match typed.iter().find(|(_, typed)| *typed) {
        Some((option, _)) if !args.run => Err(Error::usage(
            *option,
            "says how runs are made, and results that are there are judged",
            "leave it out, or give --run instead of results",
        )),
        _ => Ok(()),
    }
}

/// Judges files.
fn stored(args: &CheckArgs, rules: &Rules) -> Result<Judgement> {
    let candidate = results(&args.candidates, args)?;
    let baseline = match (args.baseline.is_empty(), candidate.first()) {
        (true, Some(run)) => {
            let driver = gate::driver(&run.device);
            let kept = kept([&gate::machine(run), &driver, &run.suite.name], args)?;
            results(&[kept], args)?
        }
        _ => results(&args.baseline, args)?,
    };
    gate::judge(&baseline, &candidate, rules)
}

/// What the arguments name, of the kernels that are asked for.
fn results(paths: &[PathBuf], args: &CheckArgs) -> Result<Vec<Results>> {
    let loaded = loaded::every_run(paths)?;
    let mut results: Vec<Results> = loaded.into_iter().map(|one| one.results).collect();
    only(&mut results, &args.measuring.what.only)?;
    Ok(results)
}

/// Leaves the kernels that the globs match.
pub fn only(results: &mut [Results], globs: &[String]) -> Result<()> {
    if globs.is_empty() {
        return Ok(());
    }
    let kernels = cases::selected(globs)?;
    let asked = |record: &Record| kernels.iter().any(|kernel| kernel.name == record.kernel);
    results.iter_mut().for_each(|run| run.records.retain(asked));
    Ok(())
}

/// The baseline that is kept for a machine, driver and suite.
fn kept([machine, driver, suite]: [&str; 3], args: &CheckArgs) -> Result<PathBuf> {
    let store = Store::of(args.store.as_deref())?;
    let found = store.baseline(machine, driver, suite)?.ok_or_else(|| {
        let root = store.root().display();
        Error::usage(
            "--baseline",
            format!("is not given, and none of {suite} is kept for this machine in {root}"),
            "give --baseline RESULTS, or keep one: suanli baseline save RESULTS",
        )
    })?;
    terminal::message(&format!("baseline: {}", found.name));
    Ok(found.path)
}
