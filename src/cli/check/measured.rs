//! Runs that a check makes by itself: both sides in turn, or the candidate's alone, and anew what changed.

use std::path::PathBuf;

use crate::cases::Suite;
use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::gate::{self, BASELINE, CANDIDATE, FEWEST_RUNS, Judgement, Rules};
use crate::kernel::Params;
use crate::results::{Record, Results};

use super::{kept, only};
use crate::cli::args::{CheckArgs, Measuring};
use crate::cli::host::host;
use crate::cli::loaded::{self, Loaded};
use crate::cli::rounds::{Rounds, Side, trimmed};
use crate::cli::signals::Signals;
use crate::cli::target::{Target, targets};

/// Runs a side of a gate: 5 unless typed otherwise.
///
/// # Errors
///
/// [`Error::Usage`] for fewer than 5, or more than 1000.
pub fn runs(typed: Option<i64>) -> Result<u32> {
    let typed = typed.unwrap_or(FEWEST_RUNS as i64);
    match u32::try_from(typed) {
        Ok(runs @ 5..=1000) => Ok(runs),
        _ => Err(Error::usage(
            format!("--runs {typed}"),
            "is not between 5 and 1000: with fewer than 5 runs a side, chance alone looks as extreme in more than one case of 100",
            "leave it out, or give 5 or more",
        )),
    }
}

/// Measures the candidate, the baseline too where a command for it is given, and anew what is flagged.
///
/// # Errors
///
/// Those of the runs, of stored results, and of [`gate::judge`].
pub fn measured(args: &CheckArgs, rules: &Rules) -> Result<Judgement> {
    let runs = runs(args.runs)?;
    let own = Side::own(CANDIDATE)?;
    let other = args.baseline_command.as_deref();
    let other = other
        .map(|command| Side::typed(BASELINE, command))
        .transpose()?;
    let target = target(args)?;
    let stored = match (args.baseline.is_empty(), &other) {
        (true, Some(_)) => Vec::new(),
        (true, None) => loaded::every_run(&[kept_here(&target, args)?])?,
        (false, _) => loaded::every_run(&args.baseline)?,
    };
    let signals = Signals::listen()?;
    let mut baseline: Vec<Results> = stored.iter().map(|one| one.results.clone()).collect();
    only(&mut baseline, &args.measuring.what.only)?;
    if other.is_none() {
        // Before minutes are spent on a candidate that nothing could be held against.
        gate::can_be_baseline(&baseline)?;
    }
    let sides: Vec<&Side> = other.iter().chain([&own]).collect();
    let mut rounds = Rounds::new(&args.measuring, runs * sides.len() as u32, &signals);
    follow(&mut rounds, &args.measuring, &stored, target.info())?;
    let baseline = other.is_none().then_some(baseline);
    let mut gate = Gate {
        rounds,
        sides,
        runs,
        rules,
        baseline,
    };
    gate.judgement()
}

/// The device that is going to be measured.
fn target(args: &CheckArgs) -> Result<Target> {
    let what = &args.measuring.what;
    let mut targets = targets(what.device.as_deref(), what.backend.as_deref())?;
    match (targets.pop(), targets.is_empty()) {
        (Some(target), true) => Ok(target),
        _ => Err(Error::usage(
            "--device",
            "several devices can't be checked at once",
            "give one, and check the others after it",
        )),
    }
}

/// The baseline that is kept for it.
fn kept_here(target: &Target, args: &CheckArgs) -> Result<PathBuf> {
    let info = target.info();
    let uuid = target
        .sensors()
        .ok()
        .and_then(|mut sensors| sensors.gpu().uuid);
    let machine = gate::machine_of(info, uuid.as_deref(), host().name.as_deref());
    let driver = gate::driver(info);
    let suite = args.measuring.what.suite.unwrap_or(Suite::Quick).id().name;
    kept([&machine, &driver, &suite], args)
}

/// The newest whole run of the device, or of any where it has none. One in which a case came to nothing would leave that
/// case out.
fn newest<'a>(stored: &'a [Loaded], device: &DeviceInfo) -> Option<&'a Loaded> {
    let is_its = |one: &&Loaded| {
        let run = &one.results;
        run.device.name == device.name && run.device.pci_bus_id == device.pci_bus_id
    };
    let own: Vec<&Loaded> = stored.iter().filter(is_its).collect();
    let of = match own.is_empty() {
        true => stored.iter().collect(),
        false => own,
    };
    let whole = |one: &&&Loaded| one.results.finished.is_some() && !one.results.has_fault();
    let newest = of
        .iter()
        .filter(whole)
        .max_by_key(|one| &one.results.started);
    newest.or(of.first()).copied()
}

/// Measures as the newest of `stored` was measured: its shapes, tiles, suite and seed.
fn follow(
    rounds: &mut Rounds<'_>,
    measuring: &Measuring,
    stored: &[Loaded],
    device: &DeviceInfo,
) -> Result<()> {
    let sized = !measuring.what.size.is_empty() || !measuring.what.shapes.is_empty();
    if sized && !stored.is_empty() {
        return Err(Error::usage(
            "--size and --shapes",
            "the sizes are those of the baseline, or there would be nothing to compare",
            "leave them out; or give --baseline-command, which measures a baseline of these sizes",
        ));
    }
    let Some(newest) = newest(stored, device) else {
        return Ok(());
    };
    let settings = &newest.results.settings;
    let suite = newest
        .results
        .suite
        .name
        .split('@')
        .next()
        .unwrap_or_default();
    rounds.also("--suite", suite);
    rounds.also("--seed", settings.seed.to_string());
    if let Some(soak) = settings.soak_seconds {
        rounds.also("--soak", soak.to_string());
    }
    if rounds.params.is_none() && !newest.path.is_file() {
        return Err(Error::usage(
            newest.path.display().to_string(),
            "is no regular file, and each run reads its sizes and tiles anew",
            "give the baseline as files or directories",
        ));
    }
    if rounds.params.is_none() && !newest.results.has_fault() {
        rounds.params = Some(newest.path.clone());
    }
    Ok(())
}

/// One whole gate.
pub struct Gate<'a> {
    /// How runs are made.
    pub rounds: Rounds<'a>,
    /// The sides that are run in turn, the candidate last.
    pub sides: Vec<&'a Side>,
    /// Runs of each.
    pub runs: u32,
    /// How it is judged.
    pub rules: &'a Rules,
    /// Results that stand for the baseline instead of runs.
    pub baseline: Option<Vec<Results>>,
}

impl Gate<'_> {
    /// Measures, judges, and measures anew what is flagged.
    ///
    /// # Errors
    ///
    /// Those of the runs and of [`gate::judge`].
    pub fn judgement(&mut self) -> Result<Judgement> {
        let [baseline, candidate] = self.look("")?;
        let first = gate::judge(&baseline, &candidate, self.rules)?;
        let flagged: Vec<_> = first
            .flagged()
            .map(|case| (case.kernel.clone(), case.params.clone()))
            .collect();
        let (false, Some(run)) = (flagged.is_empty(), candidate.first()) else {
            return Ok(first);
        };
        let (count, word) = (
            flagged.len(),
            if flagged.len() == 1 { "case" } else { "cases" },
        );
        self.rounds
            .say(&format!("{count} {word} changed: measured anew to confirm"));
        self.rounds.expect(self.runs * self.sides.len() as u32);
        let of = |record: &Record| {
            let same = |(kernel, params): &(String, Params)| {
                *kernel == record.kernel && record.params.asks_same(params)
            };
            flagged.iter().any(same)
        };
        let params = trimmed(run, &self.rounds.folder, of)?;
        let params = self.rounds.params.replace(params);
        let fresh = self.look("confirm-");
        self.rounds.params = params;
        let [mut baseline, candidate] = fresh?;
        baseline.iter_mut().for_each(|run| run.records.retain(of));
        let rules = Rules {
            cases: Some(first.cases.len()),
            ..self.rules.clone()
        };
        let fresh = gate::judge(&baseline, &candidate, &rules)?;
        Ok(gate::confirmed(first, &fresh))
    }

    /// The runs of both sides.
    fn look(&mut self, part: &str) -> Result<[Vec<Results>; 2]> {
        let sides = self.sides.clone();
        let mut results = self.rounds.interleaved(&sides, self.runs, part)?;
        let candidate = results.pop().unwrap_or_default();
        let measured = || results.pop().unwrap_or_default();
        Ok([self.baseline.clone().unwrap_or_else(measured), candidate])
    }
}
