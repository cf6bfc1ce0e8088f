//! The gate as a whole: what it refuses, what it calls how, and how often it is wrong.

use super::*;
use crate::kernel::{Mode, Pattern};
use crate::results::{Cause as InvalidCause, Environment, OneOf, Outcome, Probe};
use crate::sheet::fixture;
use crate::telemetry::Gpu;

mod false_alarms;
mod fields;
mod floors;
mod kept;
mod trends;

/// Runs of one case whose figures are these shares of its rate; each begins a minute after the one before. Those of [`DAY`]
/// are the baseline's of a gate, those of other days its candidate's.
pub(super) fn runs_of(record: &Record, day: &str, shares: &[f64]) -> Vec<Results> {
    let letters: usize = day.bytes().map(usize::from).sum();
    let run = |(at, share): (usize, &f64)| {
        // No two runs have the same samples.
        let share = share * (1.0 + 1e-13 * (100 * letters + at) as f64);
        let mut record = record.clone();
        if let Outcome::Measured(measured) = &mut record.outcome {
            let clocks = [&mut measured.seconds, &mut measured.wall_seconds];
            clocks
                .into_iter()
                .flatten()
                .for_each(|seconds| *seconds /= share);
        }
        let device = fixture::device("NVIDIA H100 80GB HBM3", 0x2330);
        let mut results = fixture::results(device, vec![record]);
        results.started = format!("{day}T08:{at:02}:00Z");
        results.one_of = Some(OneOf {
            group: format!(
                "gate-1/{}",
                if day == DAY { "baseline" } else { "candidate" }
            ),
            index: 1,
            of: 5,
            order_seed: 1,
        });
        results
    };
    shares.iter().enumerate().map(run).collect()
}

fn product() -> Record {
    fixture::product("gemm/f32", fixture::VECTOR_F32, 4096, 50e12)
}

const STEADY: [f64; 5] = [1.0, 1.001, 0.999, 1.0005, 0.9995];
const SLOWER: [f64; 5] = [0.90, 0.901, 0.899, 0.9005, 0.8995];

const DAY: &str = "2026-11-20";
const NEXT: &str = "2026-11-21";

/// Without what tells that the sides were measured in turn.
pub(super) fn apart(mut runs: Vec<Results>) -> Vec<Results> {
    runs.iter_mut().for_each(|run| run.one_of = None);
    runs
}

fn only(judgement: &Judgement) -> &Judged {
    assert_eq!(judgement.cases.len(), 1, "{judgement:?}");
    &judgement.cases[0]
}

#[test]
fn slower_is_red_and_faster_and_the_same_are_not() {
    for (shares, verdict, code) in [
        (SLOWER, Verdict::Regression, 1),
        (STEADY, Verdict::Same, 0),
        (STEADY.map(|share| share * 1.1), Verdict::Improvement, 0),
        ([1.0, 1.1, 0.9, 1.05, 0.95], Verdict::Inconclusive, 3),
    ] {
        let (baseline, candidate) = (
            runs_of(&product(), DAY, &STEADY),
            runs_of(&product(), NEXT, &shares),
        );
        let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
        assert_eq!(only(&judgement).verdict, verdict);
        assert_eq!(judgement.code(false), code);
    }
}

/// A latency that grows is slower, though its number is larger.
#[test]
fn where_less_is_better_more_is_slower() {
    let kind = crate::figure::Kind::plain(crate::figure::Metric::Latency);
    let record = fixture::rated("latency/dispatch", kind, 0.0);
    let (baseline, candidate) = (
        runs_of(&record, DAY, &STEADY),
        runs_of(&record, NEXT, &SLOWER),
    );
    let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
    let case = only(&judgement);
    assert_eq!(case.verdict, Verdict::Regression);
    assert!(case.candidate.unwrap().value > case.baseline.unwrap().value);
    assert!(case.comparison.unwrap().change < -0.09);
}

#[test]
fn three_against_three_is_refused_with_the_reason() {
    let runs = |day: &str, count: usize| runs_of(&product(), day, &STEADY[..count]);
    for (baseline, candidate, side) in [(3, 3, "baseline"), (5, 3, "candidate")] {
        let sides = (runs(DAY, baseline), runs(NEXT, candidate));
        let error = judge(&sides.0, &sides.1, &Rules::default()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("3 runs can't be judged") && text.contains(side),
            "{text}"
        );
        assert!(text.contains("by chance alone"), "{text}");
        assert_eq!(error.exit_code(), 2);
    }
}

#[test]
fn a_run_that_is_there_twice_counts_once() {
    let five = runs_of(&product(), DAY, &STEADY);
    let copies = vec![five[0].clone(); 5];
    assert!(judge(&five, &copies, &Rules::default()).is_err());
    let six = [five.clone(), vec![five[0].clone()]].concat();
    let judgement = judge(&six, &runs_of(&product(), NEXT, &STEADY), &Rules::default()).unwrap();
    assert_eq!(judgement.baseline_runs, 5);
    assert_eq!(
        judgement.notes[0],
        "1 of the files are copies of others: a run counts once"
    );
}

/// What a file doesn't say, as those of older schemas, differs from nothing.
#[test]
fn what_one_side_does_not_say_is_no_difference() {
    let (mut baseline, candidate) = (
        runs_of(&product(), DAY, &STEADY),
        runs_of(&product(), NEXT, &STEADY),
    );
    for run in &mut baseline {
        let gpu = Gpu {
            power_limit_watts: Some(700.0),
            uuid: Some("GPU-1".into()),
            ..Gpu::default()
        };
        run.environment = Some(Box::new(Environment {
            gpu: Some(gpu),
            ..Environment::default()
        }));
    }
    let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
    assert_eq!(only(&judgement).verdict, Verdict::Same);
}

/// One wrong run among five is not outvoted.
#[test]
fn a_wrong_answer_in_one_run_is_wrong() {
    let (baseline, mut candidate) = (
        runs_of(&product(), DAY, &STEADY),
        runs_of(&product(), NEXT, &SLOWER),
    );
    candidate[3].records[0].outcome = Outcome::Invalid {
        cause: InvalidCause::WrongAnswer,
        detail: "C[1, 2] is 4, should be 3".into(),
        evidence: None,
    };
    let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
    let case = only(&judgement);
    assert_eq!(case.verdict, Verdict::Wrong);
    assert_eq!(
        case.reasons,
        ["in 1 of 5 runs invalid, wrong answer: C[1, 2] is 4, should be 3"]
    );
    assert_eq!(judgement.code(false), 4);
}

#[test]
fn a_run_of_the_baseline_that_failed_is_missed() {
    let (mut baseline, candidate) = (
        runs_of(&product(), DAY, &STEADY),
        runs_of(&product(), NEXT, &STEADY),
    );
    let failed = Outcome::Failed {
        error: "device lost".into(),
        seconds: Vec::new(),
        observed: None,
    };
    baseline[0].records[0].outcome = failed;
    let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
    let case = only(&judgement);
    assert_eq!(case.verdict, Verdict::Inconclusive);
    let expected = [
        "1 of 5 runs of the baseline came to nothing",
        "4 runs of the baseline measured it, 5 are needed",
    ];
    assert_eq!(case.reasons, expected);
}

#[test]
fn of_several_verdicts_the_gravest_gives_the_exit_code() {
    let of = |verdicts: &[Verdict]| {
        let (baseline, candidate) = (
            runs_of(&product(), DAY, &STEADY),
            runs_of(&product(), NEXT, &STEADY),
        );
        let mut judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
        let case = judgement.cases.remove(0);
        judgement.cases = verdicts
            .iter()
            .map(|verdict| Judged {
                verdict: *verdict,
                ..case.clone()
            })
            .collect();
        (judgement.code(false), judgement.code(true))
    };
    use Verdict::{Improvement, Incomparable, Inconclusive, Regression, Same, Wrong};
    assert_eq!(of(&[Same, Improvement]), (0, 0));
    assert_eq!(of(&[Same, Inconclusive]), (3, 1));
    assert_eq!(of(&[Inconclusive, Incomparable]), (5, 1));
    assert_eq!(of(&[Incomparable, Regression, Inconclusive]), (1, 1));
    assert_eq!(of(&[Regression, Wrong]), (4, 4));
    // Nothing that could be compared is no pass.
    assert_eq!(of(&[]), (5, 1));
}

#[test]
fn a_change_stands_where_both_looks_agree_and_else_the_fresh_one_tells() {
    let baseline = runs_of(&product(), DAY, &STEADY);
    let look = |shares: &[f64]| {
        judge(
            &baseline,
            &runs_of(&product(), NEXT, shares),
            &Rules::default(),
        )
        .unwrap()
    };
    let (slower, same) = (look(&SLOWER), look(&STEADY));
    assert_eq!(
        only(&confirmed(slower.clone(), &slower)).verdict,
        Verdict::Regression
    );
    let unconfirmed = confirmed(slower.clone(), &same);
    assert_eq!(only(&unconfirmed).verdict, Verdict::Same);
    assert_eq!(
        only(&unconfirmed).reasons,
        ["not confirmed: regression at first, same in fresh runs"]
    );
    let faster = look(&STEADY.map(|share| share * 1.2));
    assert_eq!(
        only(&confirmed(slower.clone(), &faster)).verdict,
        Verdict::Inconclusive
    );
    assert_eq!(
        only(&confirmed(faster.clone(), &slower)).verdict,
        Verdict::Inconclusive
    );
    assert_eq!(only(&confirmed(faster, &same)).verdict, Verdict::Same);
    // What wasn't flagged stays as it is.
    assert_eq!(
        only(&confirmed(same.clone(), &slower)).verdict,
        Verdict::Same
    );
    let mut gone = slower.clone();
    gone.cases.clear();
    assert_eq!(
        only(&confirmed(slower, &gone)).verdict,
        Verdict::Inconclusive
    );
}

/// Runs whose rate and whose clock are these shares of the steady ones.
fn clocked(record: &Record, rates: &[f64], clocks: &[f64]) -> Vec<Results> {
    let mut runs = runs_of(record, NEXT, rates);
    for (run, clock) in runs.iter_mut().zip(clocks) {
        if let Outcome::Measured(measured) = &mut run.records[0].outcome {
            let seconds = [1e-3 / clock; 2];
            measured.probe = Some(Box::new(Probe {
                steps: 500_000,
                seconds,
                at_seconds: None,
            }));
        }
    }
    runs
}

#[test]
fn a_lower_clock_is_the_cause_where_a_cycle_does_what_it_did() {
    let baseline = clocked(&product(), &STEADY, &STEADY);
    let cause = |rates: &[f64], clocks: &[f64]| {
        let judgement = judge(
            &baseline,
            &clocked(&product(), rates, clocks),
            &Rules::default(),
        )
        .unwrap();
        assert_eq!(only(&judgement).verdict, Verdict::Regression);
        // A drop of the clock is red too: the machine is slower.
        assert_eq!(judgement.code(false), 1);
        only(&judgement).clocked.unwrap().cause
    };
    assert_eq!(cause(&SLOWER, &SLOWER), Some(Cause::Clock));
    assert_eq!(cause(&SLOWER, &STEADY), Some(Cause::Kernel));
    // 20 % slower at a clock 10 % lower: both.
    assert_eq!(cause(&SLOWER.map(|share| share * 0.9), &SLOWER), None);
}

/// For a kernel that waits for memory the clock of the compute units says nothing.
#[test]
fn a_kernel_bound_by_memory_has_no_cause() {
    let copy = fixture::rated("memory/copy", fixture::BANDWIDTH, 3e12);
    let baseline = clocked(&copy, &STEADY, &STEADY);
    let judgement = judge(
        &baseline,
        &clocked(&copy, &SLOWER, &SLOWER),
        &Rules::default(),
    )
    .unwrap();
    assert_eq!(only(&judgement).verdict, Verdict::Regression);
    assert_eq!(only(&judgement).clocked, None);
}

#[test]
fn cards_of_one_model_are_held_against_themselves() {
    let card = |bus: &str, shares: &[f64], day: &str| {
        let mut runs = runs_of(&product(), day, shares);
        runs.iter_mut()
            .for_each(|run| run.device.pci_bus_id = Some(bus.into()));
        runs
    };
    let baseline = [
        card("0000:01:00.0", &STEADY, DAY),
        card("0000:02:00.0", &SLOWER, DAY),
    ]
    .concat();
    let candidate = [
        card("0000:02:00.0", &SLOWER, NEXT),
        card("0000:01:00.0", &STEADY, NEXT),
    ]
    .concat();
    let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
    assert_eq!(judgement.cases.len(), 2);
    assert_eq!(judgement.count(Verdict::Same), 2);
    // A card that the baseline hasn't is missing there, case by case.
    let judgement = judge(&baseline[..5], &candidate, &Rules::default()).unwrap();
    assert_eq!(judgement.count(Verdict::Same), 1);
    assert_eq!(judgement.count(Verdict::Incomparable), 1);
}

#[test]
fn modes_and_data_are_cases_of_their_own() {
    let mut zeros = product();
    zeros.params.data = Some(Pattern::Zeros);
    let mut burst = product();
    burst.params.mode = Mode::Burst;
    let mut runs = [
        runs_of(&product(), DAY, &STEADY),
        runs_of(&product(), NEXT, &STEADY),
    ];
    for side in &mut runs {
        side.iter_mut()
            .for_each(|run| run.records.extend([zeros.clone(), burst.clone()]));
    }
    let judgement = judge(&runs[0], &runs[1], &Rules::default()).unwrap();
    assert_eq!(judgement.count(Verdict::Same), 3);
}

/// That no day lies between the sides is known where they are of one gate, and of no other files.
#[test]
fn sides_of_one_gate_were_measured_in_turn() {
    let (baseline, candidate) = (
        runs_of(&product(), DAY, &STEADY),
        runs_of(&product(), NEXT, &STEADY),
    );
    let interleaved = |candidate: &[Results]| {
        judge(&baseline, candidate, &Rules::default())
            .unwrap()
            .interleaved
    };
    assert!(interleaved(&candidate));
    assert!(!interleaved(&apart(candidate.clone())));
    let group = |change: &dyn Fn(usize) -> String| {
        let mut runs = candidate.clone();
        for (at, run) in runs.iter_mut().enumerate() {
            run.one_of.as_mut().unwrap().group = change(at);
        }
        interleaved(&runs)
    };
    assert!(!group(&|_| "gate-2/candidate".into()));
    assert!(!group(&|_| "gate-1/baseline".into()));
    assert!(!group(&|_| "gate-1/confirm-candidate".into()));
    assert!(!group(&|at| format!("gate-{}/candidate", at.min(1) + 1)));
    assert!(!group(&|_| "gate-1".into()));
}

#[test]
fn a_run_on_both_sides_is_refused() {
    let (baseline, mut candidate) = (
        runs_of(&product(), DAY, &STEADY),
        runs_of(&product(), NEXT, &SLOWER),
    );
    candidate.push(baseline[2].clone());
    let error = judge(&baseline, &candidate, &Rules::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the run that began at 2026-11-20T08:02:00Z is among the baseline's too"),
        "{error}"
    );
    assert!(judge(&baseline, &baseline, &Rules::default()).is_err());
}

/// What ended a run may be the very case that the others measured well.
#[test]
fn a_candidate_that_was_cut_in_a_case_proves_nothing_of_it() {
    let (baseline, mut candidate) = (
        runs_of(&product(), DAY, &STEADY),
        runs_of(&product(), NEXT, &STEADY),
    );
    let mut cut = candidate[0].clone();
    cut.started = format!("{NEXT}T09:00:00Z");
    cut.finished = None;
    cut.records.clear();
    candidate.push(cut);
    let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
    assert_eq!(only(&judgement).verdict, Verdict::Inconclusive);
    assert!(
        only(&judgement).reasons[0].starts_with("1 run of the candidate did not come to the end")
    );
    candidate[5].finished = Some(format!("{NEXT}T09:01:00Z"));
    let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
    assert_eq!(only(&judgement).verdict, Verdict::Same);
}

/// A case that came to nothing on the baseline's side and is not there on the candidate's is not forgotten.
#[test]
fn a_case_that_failed_in_the_baseline_does_not_vanish() {
    let (mut baseline, mut candidate) = (
        runs_of(&product(), DAY, &STEADY),
        runs_of(&product(), NEXT, &STEADY),
    );
    for run in &mut baseline {
        run.records[0].outcome = Outcome::Failed {
            error: "lost".into(),
            seconds: Vec::new(),
            observed: None,
        };
    }
    candidate.iter_mut().for_each(|run| run.records.clear());
    let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
    assert_eq!(only(&judgement).verdict, Verdict::Incomparable);
}

/// Cards of two hosts in the same slot are two cards, unless their own ids say otherwise.
#[test]
fn without_an_id_of_its_own_a_card_is_known_by_its_host() {
    let on = |host: &str, day: &str| {
        let mut runs = runs_of(&product(), day, &STEADY);
        runs.iter_mut()
            .for_each(|run| run.host.name = Some(host.into()));
        runs
    };
    let judgement = judge(&on("lab1", DAY), &on("lab2", NEXT), &Rules::default()).unwrap();
    assert_eq!(only(&judgement).differences[0].field, Field::Card);
    let both = [on("lab1", NEXT), on("lab2", NEXT)].concat();
    let judgement = judge(&on("lab1", DAY), &both, &Rules::default()).unwrap();
    assert_eq!(
        (
            judgement.count(Verdict::Same),
            judgement.count(Verdict::Incomparable)
        ),
        (1, 1)
    );
}

#[test]
fn cases_that_may_be_missing_are_named() {
    let both = runs_of(&product(), DAY, &STEADY);
    let more = fixture::product("gemm/f16", fixture::VECTOR_F16, 512, 50e12);
    let mut new = runs_of(&product(), NEXT, &STEADY);
    for (run, other) in new.iter_mut().zip(runs_of(&more, NEXT, &STEADY)) {
        run.records.extend(other.records);
    }
    let mut rules = Rules::default();
    let judged = judge(&both, &new, &rules).unwrap();
    assert_eq!(
        (judged.cases.len(), judged.notes.len()),
        (2, 1),
        "{:?}",
        judged.notes
    );
    rules.allowed.insert(Field::Missing);
    let judged = judge(&both, &new, &rules).unwrap();
    let note = "left out by --allow missing, 1 of the cases, which one side lacks: gemm/f16 512 sustained random";
    assert!(
        judged.notes.iter().any(|one| one == note),
        "{:?}",
        judged.notes
    );
    assert_eq!(judged.cases.len(), 1);
}
