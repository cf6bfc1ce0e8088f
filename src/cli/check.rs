//! `suanli check`: two sets of runs, or runs that are made now, and a verdict a case.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::cases::{self, Suite};
use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::gate::{self, FEWEST_RUNS, Judgement, Rules, Store, Thresholds};
use crate::kernel::Params;
use crate::results::{Host, Record, Results};

use super::args::{CheckArgs, Measuring};
use super::host::host;
use super::loaded::{self, Loaded};
use super::rounds::{Rounds, Side, trimmed};
use super::signals::Signals;
use super::target::targets;
use super::terminal;

mod outputs;

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
    let outputs = Outputs::of(args)?;
    let rules = rules(args)?;
    // A glob that matches nothing is an error before anything is measured.
    cases::selected(&args.measuring.what.only)?;
    let judgement = match args.run {
        true => measured(args, rules)?,
        false => stored(args, &rules)?,
    };
    outputs.give(&judgement)?;
    Ok(judgement.code(args.strict))
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

/// Judges files.
fn stored(args: &CheckArgs, rules: &Rules) -> Result<Judgement> {
    let candidate = results(&args.candidates, args)?;
    let baseline = match (args.baseline.is_empty(), candidate.first()) {
        (true, Some(run)) => {
            let kept = kept(&run.host, &run.device, &run.suite.name, args)?;
            results(&[kept], args)?
        }
        _ => results(&args.baseline, args)?,
    };
    gate::judge(&baseline, &candidate, rules)
}

/// What the arguments name, of the kernels that are asked for.
fn results(paths: &[PathBuf], args: &CheckArgs) -> Result<Vec<Results>> {
    let loaded = loaded::loaded(paths)?;
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

/// The baseline that is kept for a machine and suite.
fn kept(host: &Host, device: &DeviceInfo, suite: &str, args: &CheckArgs) -> Result<PathBuf> {
    let store = Store::of(args.store.as_deref())?;
    let found = store.baseline(host, device, suite)?.ok_or_else(|| {
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
fn measured(args: &CheckArgs, rules: Rules) -> Result<Judgement> {
    let runs = runs(args.runs)?;
    let own = Side::own("candidate")?;
    let other = args.baseline_command.as_deref();
    let other = other
        .map(|command| Side::typed("baseline", command))
        .transpose()?;
    let stored = match (args.baseline.is_empty(), &other) {
        (true, Some(_)) => Vec::new(),
        (true, None) => loaded::loaded(&[kept_here(args)?])?,
        (false, _) => loaded::loaded(&args.baseline)?,
    };
    let signals = Signals::listen()?;
    let sides: Vec<&Side> = other.iter().chain([&own]).collect();
    let mut rounds = Rounds::new(&args.measuring, runs * sides.len() as u32, &signals)?;
    follow(&mut rounds, &args.measuring, &stored)?;
    let mut baseline: Vec<Results> = stored.into_iter().map(|one| one.results).collect();
    only(&mut baseline, &args.measuring.what.only)?;
    let baseline = other.is_none().then_some(baseline);
    Gate {
        rounds,
        sides,
        runs,
        rules: &rules,
        baseline,
    }
    .judgement()
}

/// The baseline that is kept for the device that is going to be measured.
fn kept_here(args: &CheckArgs) -> Result<PathBuf> {
    let what = &args.measuring.what;
    let targets = targets(what.device.as_deref(), what.backend.as_deref())?;
    let [target] = &targets[..] else {
        return Err(Error::usage(
            "--device",
            "several devices can't be held against one kept baseline",
            "give one, or --baseline-command",
        ));
    };
    kept(
        &host(),
        target.info(),
        &what.suite.unwrap_or(Suite::Quick).id().name,
        args,
    )
}

/// Measures as the newest of `stored` was measured: its shapes, tiles, suite and seed.
fn follow(rounds: &mut Rounds<'_>, measuring: &Measuring, stored: &[Loaded]) -> Result<()> {
    let Some(newest) = stored.iter().max_by_key(|one| one.results.started.clone()) else {
        return Ok(());
    };
    if !measuring.what.size.is_empty() || !measuring.what.shapes.is_empty() {
        return Err(Error::usage(
            "--size and --shapes",
            "the sizes are the baseline's, or there would be nothing to compare",
            "leave them out, or leave --baseline out",
        ));
    }
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
    if rounds.params.is_none() {
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
        Ok(gate::confirmed(
            first,
            &gate::judge(&baseline, &candidate, self.rules)?,
        ))
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
