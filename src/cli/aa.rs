//! `suanli aa`: whole gates on identical code, and how many of them are red.

use crate::error::{Error, Result};
use crate::gate::{BASELINE, CANDIDATE, FalseAlarms, Judgement, Rules, Store, Verdict, label};
use crate::render::gate as document;

use super::args::AaArgs;
use super::check::{Gate, floors, runs};
use super::rounds::{Rounds, Side};
use super::signals::Signals;
use super::terminal;

/// Gates where `--gates` is not typed.
const GATES: i64 = 20;

/// Gates this suanli against itself, prints how often it was red; 4 where a case failed.
///
/// # Errors
///
/// Those of the runs. An interruption is none where a gate was counted: its code is returned.
pub fn aa(args: &AaArgs) -> Result<u8> {
    let typed = args.gates.unwrap_or(GATES);
    let gates = u32::try_from(typed)
        .ok()
        .filter(|gates| (1..=100_000).contains(gates));
    let gates = gates.ok_or_else(|| {
        let hint = "leave it out, or give a few, such as --gates 20";
        Error::usage(
            format!("--gates {typed}"),
            "is not between 1 and 100000",
            hint,
        )
    })?;
    let runs = runs(args.runs)?;
    let rules = Rules {
        floors: floors(&Store::of(args.store.as_deref())?),
        now: Some(jiff::Timestamp::now()),
        ..Rules::default()
    };
    let signals = Signals::listen()?;
    let mut counted = FalseAlarms::default();
    let code = all(args, gates, runs, &rules, &signals, &mut counted);
    if counted.gates > 0 {
        match args.json {
            true => terminal::print(&terminal::json(&counted))?,
            false => terminal::print(&terminal::said(
                &document::false_alarms(&counted),
                args.lang,
            ))?,
        }
    }
    match code {
        Err(error @ Error::Interrupted { .. }) if counted.gates > 0 => Ok(error.exit_code()),
        code => code,
    }
}

/// Gate after gate.
fn all(
    args: &AaArgs,
    gates: u32,
    runs: u32,
    rules: &Rules,
    signals: &Signals,
    counted: &mut FalseAlarms,
) -> Result<u8> {
    let [baseline, candidate] = [Side::own(BASELINE)?, Side::own(CANDIDATE)?];
    let rounds = Rounds::new(&args.measuring, 2 * runs * gates, signals);
    let (top, name) = (rounds.folder.clone(), rounds.gate.clone());
    let sides = vec![&baseline, &candidate];
    let mut gate = Gate {
        rounds,
        sides,
        runs,
        rules,
        baseline: None,
    };
    let mut code = 0;
    for number in 1..=gates {
        gate.rounds.folder = top.join(format!("{number:03}"));
        gate.rounds.gate = format!("{name}-{number:03}");
        let judgement = gate.judgement()?;
        counted.count(&judgement);
        gate.rounds.say(&line(number, gates, &judgement));
        for case in wrong(&judgement) {
            terminal::message(&case);
            code = 4;
        }
    }
    Ok(code)
}

/// The cases that failed or gave a wrong answer, with the reason.
fn wrong(judgement: &Judgement) -> impl Iterator<Item = String> {
    let wrong = judgement.cases.iter();
    let wrong = wrong.filter(|case| case.verdict == Verdict::Wrong);
    wrong.map(|case| {
        let (which, why) = (label(&case.kernel, &case.params), case.reasons.join("; "));
        format!("wrong: {which}: {why}")
    })
}

/// What a gate came to, in a line.
fn line(number: u32, gates: u32, judgement: &Judgement) -> String {
    let count = |verdict: &Verdict| (judgement.count(*verdict), crate::figure::word(verdict));
    let counts = Verdict::ALL
        .iter()
        .map(count)
        .filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("gate {number} of {gates}: {}", counts.join(", "))
}
