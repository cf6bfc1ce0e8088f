//! A requirement is met by its own kind alone, by six runs at least, and never by a doubtful value.

use super::*;
use crate::device::DeviceType;
use crate::figure::{Direction, Engine, Format, Kind, Metric, Scope, Sparsity};
use crate::kernel::{Mode, Pattern};
use crate::results::{Cause, Environment, Outcome as Case, Record};
use crate::sheet::{Row, Sheet, fixture};
use crate::telemetry::Gpu;

const TERA: f64 = 1e12;

/// A requirement of FP16 on the matrix engine, at least so much.
pub(crate) fn matrix(required: f64) -> Requirement {
    Requirement {
        clause: "3.1.2".into(),
        text: "单卡 FP16 稠密矩阵算力不低于要求值".into(),
        mark: Some(Mark::Star),
        kind: fixture::MATRIX_F16,
        mode: Mode::Sustained,
        kernel: None,
        size: None,
        device: None,
        required,
        unit: fixture::MATRIX_F16.unit(),
    }
}

/// Six rates around `rate`, some per mille apart: a median of `rate`, and an interval.
fn rates(rate: f64, spread: f64) -> [f64; 6] {
    [-2.0, -1.0, 0.0, 0.0, 1.0, 2.0].map(|by| rate * (1.0 + by * spread))
}

/// A run of a card on this bus.
fn run(bus: &str, at: usize, records: Vec<Record>) -> Source {
    let mut device = fixture::device("NVIDIA H100 80GB HBM3", 0x2330);
    device.pci_bus_id = Some(bus.into());
    let mut results = fixture::results(device, records);
    results.started = format!("2026-11-22T08:{at:02}:00Z");
    // No two runs have the same times to the last digit, by whichever clock.
    let own = bus.bytes().map(usize::from).sum::<usize>() * 64 + at;
    for record in &mut results.records {
        if let Case::Measured(measured) = &mut record.outcome {
            let own = own + (record.work.operations % 9973) as usize;
            let nudged = |seconds: &f64| seconds * (1.0 + own as f64 * 1e-9);
            measured.wall_seconds = measured.seconds.iter().map(nudged).collect();
        }
    }
    Source {
        name: format!("results/{bus}-{at}.json"),
        sha256: crate::files::sha256(format!("{bus} {at} {:?}", results.records)),
        results,
    }
}

/// A run for each of the rates, of one product on the matrix engine.
pub(crate) fn runs(bus: &str, rates: &[f64]) -> Vec<Source> {
    let one = |(at, rate): (usize, &f64)| {
        let record = fixture::product(
            "gemm/f16-matrix-acc-f32",
            fixture::MATRIX_F16,
            8192,
            rate * TERA,
        );
        run(bus, at, vec![record])
    };
    rates.iter().enumerate().map(one).collect()
}

/// The same card, with further records in every run.
fn with(mut sources: Vec<Source>, record: &Record) -> Vec<Source> {
    for source in &mut sources {
        source.results.records.push(record.clone());
    }
    sources
}

pub(crate) fn table(
    requirements: Vec<Requirement>,
    sources: Vec<Source>,
    terms: Option<Terms>,
) -> Table {
    let requirements = Requirements {
        project: Project::default(),
        requirements,
        acceptance: terms,
    };
    Table::new(
        requirements,
        ["req.toml".into(), "0".repeat(64)],
        sources,
        false,
    )
}

/// The answer to one requirement.
fn answer(requirement: Requirement, sources: Vec<Source>) -> Answer {
    table(vec![requirement], sources, None)
        .lines
        .remove(0)
        .answer
}

fn verdict(requirement: Requirement, sources: Vec<Source>) -> Verdict {
    answer(requirement, sources).verdict
}

fn remarks(answer: &Answer) -> String {
    answer.remarks.join("; ")
}

#[test]
fn the_rule_holds_at_its_borders() {
    use Direction::{LessIsBetter, MoreIsBetter};
    use Verdict::{CannotTell, Negative, None, Positive};
    let just_above = 300.0f64.next_up();
    let just_below = 300.0f64.next_down();
    for (direction, value, low, high, wanted) in [
        (MoreIsBetter, 301.0, just_above, 302.0, Positive),
        // An interval that begins at the requirement lies nowhere below it, however wide it is.
        (MoreIsBetter, 310.0, 300.0, 340.0, None),
        (MoreIsBetter, 300.0, 299.0, 301.0, None),
        (MoreIsBetter, 300.0, 298.5, 301.5, None),
        (MoreIsBetter, 300.0, 298.5f64.next_down(), 301.6, CannotTell),
        (MoreIsBetter, just_below, 299.0, 301.0, CannotTell),
        (MoreIsBetter, 299.0, 298.0, 300.0, CannotTell),
        (MoreIsBetter, 299.0, 298.0, just_below, Negative),
        (MoreIsBetter, 300.0, 300.0, 300.0, None),
        (LessIsBetter, 299.0, 298.0, just_below, Positive),
        (LessIsBetter, 290.0, 260.0, 300.0, None),
        (LessIsBetter, 300.0, 298.5, 301.5, None),
        (LessIsBetter, just_above, 299.0, 301.0, CannotTell),
        (LessIsBetter, 301.0, 300.0, 302.0, CannotTell),
        (LessIsBetter, 301.0, just_above, 302.0, Negative),
        (MoreIsBetter, f64::NAN, 301.0, 302.0, CannotTell),
        (MoreIsBetter, 301.0, 301.0, f64::INFINITY, CannotTell),
    ] {
        let decided = verdict::decide(direction, 300.0, value, [low, high]);
        assert_eq!(decided, wanted, "{direction:?} {value} {low} {high}");
    }
}

#[test]
fn six_runs_decide_and_five_do_not() {
    let six = rates(310.0, 1e-3);
    for (required, wanted) in [
        (300.0, Verdict::Positive),
        (310.0, Verdict::None),
        (320.0, Verdict::Negative),
    ] {
        assert_eq!(
            verdict(matrix(required), runs("01", &six)),
            wanted,
            "{required}"
        );
        let five = answer(matrix(required), runs("01", &six[..5]));
        assert_eq!(five.verdict, Verdict::CannotTell);
        assert!(
            remarks(&five).contains("only 5 runs, 6 are needed"),
            "{five:?}"
        );
    }
    let wide = rates(310.0, 3e-2);
    assert_eq!(
        verdict(matrix(310.0), runs("01", &wide)),
        Verdict::CannotTell
    );
    let one = answer(matrix(300.0), runs("01", &six[..1]));
    assert!(remarks(&one).contains("only 1 run, 6"), "{one:?}");
    assert_eq!(verdict(matrix(300.0), Vec::new()), Verdict::CannotTell);
}

#[test]
fn one_run_given_six_times_is_one_run() {
    let one = runs("01", &[310.0]).remove(0);
    let same = answer(matrix(300.0), vec![one.clone(); 6]);
    assert_eq!((same.verdict, same.runs), (Verdict::CannotTell, 1));
    // Redacted and formatted anew it has another hash.
    let copies = (0..6).map(|at| {
        let mut copy = one.clone();
        copy.sha256 = format!("{at}");
        copy.results.redact();
        copy
    });
    let made = table(vec![matrix(300.0)], copies.collect(), None);
    assert_eq!(made.lines[0].answer.runs, 1);
    assert_eq!(made.files[5].copy_of, Some(0));
}

/// Every kind that the enums allow, with one format stored and computed in.
fn kinds() -> Vec<Kind> {
    use Format::{Bf16, F16, F32, F64, I8, I32, Tf32};
    let engines = [
        Engine::Vector,
        Engine::Matrix,
        Engine::PackedDot,
        Engine::Unspecified,
    ];
    let formats = [F64, F32, Tf32, F16, Bf16, I32, I8, Format::Unspecified];
    let sparsities = [Sparsity::Dense, Sparsity::TwoOfFour, Sparsity::Unspecified];
    let scopes = [
        Scope::Die,
        Scope::Chip,
        Scope::Card,
        Scope::Module,
        Scope::Node,
        Scope::Unspecified,
    ];
    let mut kinds = Vec::new();
    for engine in engines {
        for storage in formats {
            for accumulate in formats {
                for sparsity in sparsities {
                    kinds.extend(scopes.map(|scope| Kind {
                        sparsity: Some(sparsity),
                        ..Kind::rate(engine, storage, storage, accumulate).at(scope)
                    }));
                }
            }
        }
    }
    kinds
}

fn is_stated(kind: &Kind) -> bool {
    kind.engine != Some(Engine::Unspecified)
        && kind.storage != Some(Format::Unspecified)
        && kind.accumulate != Some(Format::Unspecified)
        && kind.sparsity != Some(Sparsity::Unspecified)
        && kind.scope != Scope::Unspecified
}

/// The row of six runs far above every requirement.
fn proven() -> Row {
    let results: Vec<_> = runs("01", &rates(9000.0, 1e-3))
        .into_iter()
        .map(|one| one.results)
        .collect();
    Sheet::new(&results, &[]).rows.remove(0)
}

#[test]
fn a_requirement_of_another_kind_is_never_met() {
    let kinds = kinds();
    let row = proven();
    let rows = kinds.iter().map(|kind| Row {
        kind: *kind,
        ..row.clone()
    });
    let rows: Vec<Row> = rows.collect();
    let mut pairs = 0;
    for kind in &kinds {
        let requirement = Requirement {
            kind: *kind,
            ..matrix(300.0)
        };
        // Among all kinds only its own answers; without it none of the others does.
        let all: Vec<&Row> = rows.iter().collect();
        let found = choice::kind_chosen(&requirement, &all);
        assert_eq!(found, is_stated(kind).then_some(*kind), "{kind}");
        let others: Vec<&Row> = rows.iter().filter(|row| row.kind != *kind).collect();
        assert_eq!(choice::kind_chosen(&requirement, &others), None, "{kind}");
        pairs += others.len();
    }
    assert_eq!((kinds.len(), pairs), (4608, 4608 * 4607));
}

#[test]
fn fp16_dense_matrix_is_met_by_no_kernel_of_another_engine_and_no_emulated_one() {
    let mut others = 0;
    for kernel in crate::kernels::ALL {
        let kind = kernel.kind.at(Scope::Card);
        if kind == fixture::MATRIX_F16 {
            continue;
        }
        others += 1;
        let six = rates(9000.0, 1e-3)
            .into_iter()
            .enumerate()
            .map(|(at, rate)| {
                let record = fixture::product(kernel.name, kind, 8192, rate * TERA);
                run("01", at, vec![record])
            });
        let answer = answer(matrix(300.0), six.collect());
        assert_eq!(answer.verdict, Verdict::CannotTell, "{}", kernel.name);
        assert!(
            remarks(&answer).contains("no evidence of this kind"),
            "{answer:?}"
        );
        if kind.metric == Metric::Rate {
            assert!(remarks(&answer).contains(&format!("nearest is {}", kernel.name)));
        }
    }
    assert_eq!(others, crate::kernels::ALL.len() - 2);
    // The fields that differ are named.
    let f16 = fixture::product("gemm/f16", fixture::VECTOR_F16, 8192, 9e15);
    let said = remarks(&answer(matrix(300.0), vec![run("01", 0, vec![f16])]));
    assert!(
        said.contains("which differs in: engine, accumulate"),
        "{said}"
    );
}

#[test]
fn a_doubtful_flag_stops_every_verdict_and_an_explanation_none() {
    for required in [300.0, 9000.0, 99_000.0] {
        for flag in Flag::ALL {
            let mut row = proven();
            let clean = verdict::of(Direction::MoreIsBetter, required, &row, false).0;
            assert_ne!(clean, Verdict::CannotTell);
            row.flags.push(flag);
            let (said, why) = verdict::of(Direction::MoreIsBetter, required, &row, false);
            let wanted = match verdict::is_doubtful(flag) {
                true => Verdict::CannotTell,
                false => clean,
            };
            assert_eq!(said, wanted, "{flag} {why:?}");
        }
        let own = verdict::of(Direction::MoreIsBetter, required, &proven(), true);
        assert_eq!(own.0, Verdict::CannotTell);
    }
    let doubtful = Flag::ALL.iter().filter(|flag| verdict::is_doubtful(**flag));
    assert_eq!(doubtful.count(), Flag::ALL.len() - 5);
    let mut cpu = runs("01", &rates(310.0, 1e-3));
    cpu.iter_mut()
        .for_each(|one| one.results.device.device_type = DeviceType::Cpu);
    let said = answer(matrix(300.0), cpu);
    assert_eq!(said.verdict, Verdict::CannotTell);
    assert!(
        remarks(&said).contains("doubt: software adapter"),
        "{said:?}"
    );
}

#[test]
fn a_run_that_failed_is_not_hidden_by_the_others() {
    let mut six = runs("01", &rates(310.0, 1e-3));
    six[3].results.records[0].outcome = Case::Invalid {
        cause: Cause::WrongAnswer,
        detail: "1 of 64".into(),
        evidence: None,
    };
    let said = answer(matrix(300.0), six);
    assert_eq!(said.verdict, Verdict::CannotTell);
    assert!(
        remarks(&said).contains("the case is invalid; in 1 of 6 runs: wrong answer"),
        "{said:?}"
    );
    // Nor by a group of runs that was made otherwise.
    let mut twelve = runs("01", &rates(310.0, 1e-3));
    let mut bad = runs("01", &[310.0]).remove(0);
    bad.results.tool.version = "0.0.9".into();
    bad.results.started = "2026-11-21T08:00:00Z".into();
    bad.results.records[0].outcome = Case::Failed {
        error: "lost".into(),
        seconds: Vec::new(),
        observed: None,
    };
    twelve.push(Source {
        sha256: "bad".into(),
        ..bad
    });
    let said = answer(matrix(300.0), twelve);
    assert_eq!(said.verdict, Verdict::CannotTell, "{said:?}");
    assert!(remarks(&said).contains("the case is failed"), "{said:?}");
}

#[test]
fn the_buyers_words_choose_the_kernel_and_else_a_product_comes_first_and_the_largest() {
    let six = runs("01", &rates(310.0, 1e-3));
    let peak = fixture::rated("peak/f16-matrix-acc-f32", fixture::MATRIX_F16, 600.0 * TERA);
    let small = fixture::product(
        "gemm/f16-matrix-acc-f32",
        fixture::MATRIX_F16,
        1024,
        500.0 * TERA,
    );
    let sources = with(with(six, &peak), &small);
    let choose = |kernel: Option<&str>, size: Option<&str>| {
        let requirement = Requirement {
            kernel: kernel.map(Into::into),
            size: size.map(Into::into),
            ..matrix(300.0)
        };
        answer(requirement, sources.clone())
    };
    let free = choose(None, None);
    assert_eq!(
        (free.kernel.as_deref(), free.size.as_deref()),
        (Some("gemm/f16-matrix-acc-f32"), Some("8192"))
    );
    assert!(
        remarks(&free).starts_with("by gemm/f16-matrix-acc-f32 8192"),
        "{free:?}"
    );
    assert_eq!(
        choose(Some("peak/*"), None).kernel.as_deref(),
        Some("peak/f16-matrix-acc-f32")
    );
    assert_eq!(choose(None, Some("1024")).size.as_deref(), Some("1024"));
    let absent = choose(None, Some("2048"));
    assert_eq!(absent.verdict, Verdict::CannotTell);
    assert!(remarks(&absent).contains("was not measured"), "{absent:?}");
    // The record that answers is the one that is cited.
    let proof = choose(None, Some("1024")).proof;
    assert_eq!(proof.len(), 6);
    assert_eq!(proof[5], Proof { file: 5, record: 2 });
}

#[test]
fn another_mode_and_other_data_are_no_evidence() {
    let mut burst = runs("01", &rates(310.0, 1e-3));
    burst
        .iter_mut()
        .for_each(|one| one.results.records[0].params.mode = Mode::Burst);
    let said = answer(matrix(300.0), burst.clone());
    assert_eq!(said.verdict, Verdict::CannotTell);
    assert!(
        remarks(&said).contains("measured only in burst mode"),
        "{said:?}"
    );
    let asked = Requirement {
        mode: Mode::Burst,
        ..matrix(300.0)
    };
    assert_eq!(verdict(asked, burst), Verdict::Positive);
    let mut zeros = runs("01", &rates(310.0, 1e-3));
    zeros
        .iter_mut()
        .for_each(|one| one.results.records[0].params.data = Some(Pattern::Zeros));
    let said = answer(matrix(300.0), zeros);
    assert!(remarks(&said).contains("not random"), "{said:?}");
    assert_eq!(said.verdict, Verdict::CannotTell);
}

#[test]
fn of_several_cards_the_least_favourable_answers_and_of_several_devices_the_one_that_is_named() {
    let mut sources = runs("01", &rates(310.0, 1e-3));
    sources.extend(runs("02", &rates(290.0, 1e-3)));
    let said = answer(matrix(300.0), sources.clone());
    assert_eq!((said.verdict, said.card), (Verdict::Negative, Some(1)));
    assert!(
        remarks(&said).contains("the least favourable of 2 cards"),
        "{said:?}"
    );
    // A card that can't be told spoils one that meets the requirement.
    let mut sources = runs("01", &rates(310.0, 1e-3));
    sources.extend(runs("02", &[310.0, 311.0]));
    assert_eq!(verdict(matrix(300.0), sources), Verdict::CannotTell);

    let mut sources = runs("01", &rates(310.0, 1e-3));
    let mut others = runs("02", &rates(290.0, 1e-3));
    others
        .iter_mut()
        .for_each(|one| one.results.device.name = "Other Card".into());
    sources.extend(others);
    let open = answer(matrix(300.0), sources.clone());
    assert_eq!(open.verdict, Verdict::CannotTell);
    assert!(remarks(&open).contains("measured on 2 devices"), "{open:?}");
    for (name, wanted) in [
        ("h100", Verdict::Positive),
        ("Other", Verdict::Negative),
        ("MI300", Verdict::CannotTell),
    ] {
        let named = Requirement {
            device: Some(name.into()),
            ..matrix(300.0)
        };
        assert_eq!(verdict(named, sources.clone()), wanted, "{name}");
    }
}

#[test]
fn the_exit_code_is_1_for_a_negative_deviation_and_where_strict_for_what_cannot_be_told() {
    let made = |required: f64, count: usize| {
        table(
            vec![matrix(required)],
            runs("01", &rates(310.0, 1e-3)[..count]),
            None,
        )
    };
    for (required, count, fails) in [
        (300.0, 6, [false, false]),
        (320.0, 6, [true, true]),
        (300.0, 5, [false, true]),
    ] {
        let made = made(required, count);
        assert_eq!(
            [made.fails(false), made.fails(true)],
            fails,
            "{required} {count}"
        );
    }
    assert_eq!(made(320.0, 6).summary.star_negative, ["3.1.2"]);
    assert_eq!(made(300.0, 5).summary.star_cannot_tell, ["3.1.2"]);
}

/// The same runs, by a card with this serial number.
fn numbered(mut sources: Vec<Source>, serial: &str) -> Vec<Source> {
    for source in &mut sources {
        let gpu = Gpu {
            serial: Some(serial.into()),
            ..Gpu::default()
        };
        source.results.environment = Some(Box::new(Environment {
            gpu: Some(gpu),
            ..Environment::default()
        }));
    }
    sources
}

fn accepted(sources: Vec<Source>, total: u32, sampled: u32) -> Table {
    let terms = Terms {
        cards_total: Some(total),
        cards_sampled: Some(sampled),
        ..Terms::default()
    };
    table(vec![matrix(300.0)], sources, Some(terms))
}

#[test]
fn each_sampled_card_is_judged_by_itself_and_all_must_pass() {
    let mut good = runs("01", &rates(310.0, 1e-3));
    good.extend(runs("02", &rates(315.0, 1e-3)));
    good.extend(runs("03", &rates(312.0, 1e-3)));
    let made = accepted(good.clone(), 128, 3);
    let whole = made.acceptance.as_ref().unwrap();
    assert_eq!((whole.cards, whole.outcome), (3, Outcome::Met), "{whole:?}");
    assert!(!made.fails(true));
    assert_eq!(made.lines[0].cards.len(), 3);
    let spread = made.lines[0].spread.unwrap();
    assert!(
        (spread.range - (315.0 / 310.0 - 1.0)).abs() < 1e-9,
        "{spread:?}"
    );
    assert!(
        (spread.robust.unwrap() - 1.4826 * 2.0 / 312.0).abs() < 1e-9,
        "{spread:?}"
    );
    let mut bad = good.clone();
    bad.extend(runs("04", &rates(290.0, 1e-3)));
    let made = accepted(bad, 128, 4);
    let verdicts: Vec<_> = made.lines[0].cards.iter().map(|one| one.verdict).collect();
    assert_eq!(verdicts[2..], [Verdict::Positive, Verdict::Negative]);
    assert_eq!(made.acceptance.as_ref().unwrap().outcome, Outcome::NotMet);
    assert!(made.fails(false));
    // Fewer different cards than were to be sampled, or more than were delivered: said, and no pass.
    for (total, sampled, why) in [
        (128, 4, "prove 3 different ones"),
        (2, 2, "2 were delivered"),
    ] {
        let made = accepted(good.clone(), total, sampled);
        let whole = made.acceptance.as_ref().unwrap();
        assert_eq!(whole.outcome, Outcome::CannotTell);
        assert!(whole.remarks[0].contains(why), "{whole:?}");
        assert!(made.fails(true) && !made.fails(false));
    }
}

#[test]
fn a_card_without_evidence_keeps_the_whole_from_passing() {
    let mut sources = runs("01", &rates(310.0, 1e-3));
    sources.push(run(
        "02",
        30,
        vec![fixture::rated("peak/f32", fixture::VECTOR_F32, 6e13)],
    ));
    let made = accepted(sources.clone(), 8, 2);
    assert_eq!(made.acceptance.unwrap().outcome, Outcome::CannotTell);
    // For a bid it is no card that was offered as evidence.
    assert_eq!(verdict(matrix(300.0), sources), Verdict::Positive);
}

#[test]
fn cards_are_told_apart_by_serial_and_bus_and_a_redacted_run_is_no_further_card() {
    let cards = |sources: Vec<Source>| {
        let made = accepted(sources, 128, 2);
        (made.cards.len(), made.acceptance.unwrap().cards)
    };
    let six = |bus: &str, rate: f64| runs(bus, &rates(rate, 1e-3));
    // In one slot after the other.
    let mut swapped = numbered(six("01", 310.0), "A");
    swapped.extend(numbered(six("01", 311.0), "B"));
    assert_eq!(cards(swapped.clone()), (2, 2));
    // One card that was moved.
    let mut moved = numbered(six("01", 310.0), "A");
    moved.extend(numbered(six("02", 311.0), "A"));
    assert_eq!(cards(moved), (1, 1));
    // Half of its runs redacted.
    let mut half = numbered(six("01", 310.0), "A");
    half[3..].iter_mut().for_each(|one| one.results.redact());
    assert_eq!(cards(half), (1, 1));
    // One slot of two hosts.
    let mut hosts = six("01", 310.0);
    hosts.extend(six("01", 311.0));
    for (at, one) in hosts.iter_mut().enumerate() {
        one.results.host.name = Some(format!("host{}", at / 6));
    }
    assert_eq!(cards(hosts), (2, 2));
    // What could be of either of two cards is judged, decides nothing and counts as none.
    swapped.extend(six("01", 312.0));
    assert_eq!(cards(swapped.clone()), (3, 2));
    let made = accepted(swapped, 128, 2);
    assert_eq!(made.lines[0].cards[2].verdict, Verdict::CannotTell);
    assert_eq!(made.acceptance.unwrap().outcome, Outcome::CannotTell);
}
