//! `suanli calibrate`: how far apart identical runs come out on this machine, kept as the floors of its gates.

use crate::error::{Error, Result};
use crate::gate::{CALIBRATION_RUNS, Floors, Store, faults, named};
use crate::render::gate as document;
use crate::results::Results;

use super::args::CalibrateArgs;
use super::check::only;
use super::loaded::every_run;
use super::rounds::{Rounds, Side};
use super::signals::Signals;
use super::{output, terminal};

/// Measures or reads runs, keeps their floors, prints them; 4 where a case failed.
///
/// # Errors
///
/// Those of the runs, of [`Floors::of`], and of a store that can't be written.
pub fn calibrate(args: &CalibrateArgs) -> Result<u8> {
    let store = Store::of(args.store.as_deref())?;
    let mut runs = match args.results.is_empty() {
        true => measured(args)?,
        false => every_run(&args.results)?
            .into_iter()
            .map(|one| one.results)
            .collect(),
    };
    only(&mut runs, &args.measuring.what.only)?;
    named(&runs)?;
    let floors = Floors::of(&runs);
    // What came to nothing has no floor, and says why.
    let faults = faults(&runs);
    for fault in &faults {
        terminal::message(&format!("warning: no sound floor: {fault}"));
    }
    let floors = floors?;
    let path = store.save_floors(&floors, &output::stamp())?;
    match args.json {
        true => terminal::print(&terminal::json(&floors))?,
        false => terminal::print(&terminal::said(&document::floors(&floors), args.lang))?,
    }
    terminal::message(&format!("floors: {}", path.display()));
    Ok(if faults.is_empty() { 0 } else { 4 })
}

fn measured(args: &CalibrateArgs) -> Result<Vec<Results>> {
    let fewest = CALIBRATION_RUNS as i64 / 2;
    let typed = args.runs.unwrap_or(CALIBRATION_RUNS as i64);
    let runs = match u32::try_from(typed) {
        Ok(runs) if (fewest..=1000).contains(&typed) => runs,
        _ => {
            return Err(Error::usage(
                format!("--runs {typed}"),
                format!("is not between {fewest} and 1000: two sides of 5 are dealt from them"),
                "leave it out, or give 20",
            ));
        }
    };
    let signals = Signals::listen()?;
    let side = Side::own("runs")?;
    let mut rounds = Rounds::new(&args.measuring, runs, &signals);
    Ok(rounds.interleaved(&[&side], runs, "")?.concat())
}
