//! What must match before two measurements are compared.

use super::*;
use crate::results::Clock;

/// A change of a run.
type Change = Box<dyn Fn(&mut Results)>;

/// What one side says of a field, and what the other does.
type Pair = (Field, Change, Change);

fn nothing() -> Change {
    Box::new(|_| ())
}

/// What the GPU's sensors say.
fn gpu(change: fn(&mut Gpu)) -> Change {
    Box::new(move |run| {
        let mut gpu = Gpu::default();
        change(&mut gpu);
        run.environment = Some(Box::new(Environment {
            gpu: Some(gpu),
            ..Environment::default()
        }));
    })
}

/// What the record says.
fn record(change: fn(&mut Record)) -> Change {
    Box::new(move |run| change(&mut run.records[0]))
}

fn of_machines() -> Vec<Pair> {
    let run = |change: fn(&mut Results)| -> Change { Box::new(change) };
    vec![
        (
            Field::Adapter,
            nothing(),
            run(|run| run.device.name = "other".into()),
        ),
        (
            Field::Card,
            gpu(|gpu| gpu.uuid = Some("GPU-1".into())),
            gpu(|gpu| gpu.uuid = Some("GPU-2".into())),
        ),
        (
            Field::Driver,
            nothing(),
            run(|run| run.device.driver_info = "590.1".into()),
        ),
        (
            Field::Backend,
            nothing(),
            run(|run| run.device.backend = "dx12".into()),
        ),
        (
            Field::PowerLimit,
            gpu(|gpu| gpu.power_limit_watts = Some(700.0)),
            gpu(|gpu| gpu.power_limit_watts = Some(500.0)),
        ),
        (
            Field::ClockLock,
            gpu(|gpu| gpu.sm_application_hertz = Some(1.98e9)),
            gpu(|gpu| gpu.sm_application_hertz = Some(1.2e9)),
        ),
        (
            Field::Ecc,
            gpu(|gpu| gpu.ecc = Some(true)),
            gpu(|gpu| gpu.ecc = Some(false)),
        ),
        (
            Field::Mig,
            gpu(|gpu| gpu.mig = Some(true)),
            gpu(|gpu| gpu.mig = Some(false)),
        ),
        (
            Field::Beside,
            nothing(),
            record(|record| record.beside = Some(2)),
        ),
    ]
}

fn of_programs() -> Vec<Pair> {
    let run = |change: fn(&mut Results)| -> Change { Box::new(change) };
    vec![
        (
            Field::Tool,
            nothing(),
            run(|run| run.tool.version = "0.2.0".into()),
        ),
        (
            Field::Wgpu,
            nothing(),
            run(|run| run.tool.wgpu = "31.0.0".into()),
        ),
        (Field::Seed, nothing(), run(|run| run.settings.seed = 2)),
        (
            Field::Budget,
            nothing(),
            run(|run| run.settings.budget.sample_seconds = 0.1),
        ),
        (
            Field::Soak,
            run(|run| run.settings.soak_seconds = Some(60.0)),
            run(|run| run.settings.soak_seconds = Some(180.0)),
        ),
        (
            Field::Shader,
            record(|record| record.shader_sha256 = Some("a".repeat(64))),
            record(|record| record.shader_sha256 = Some("b".repeat(64))),
        ),
        (
            Field::Tile,
            record(|record| record.params.tile = Some([("bm".into(), 64)].into())),
            record(|record| record.params.tile = Some([("bm".into(), 128)].into())),
        ),
        (
            Field::Kind,
            nothing(),
            record(|record| record.kind = fixture::VECTOR_F16),
        ),
        (Field::Timer, nothing(), record(by_the_host)),
        (Field::Missing, nothing(), run(|run| run.records.clear())),
        (Field::Outcome, nothing(), record(skip)),
    ]
}

fn by_the_host(record: &mut Record) {
    if let Outcome::Measured(measured) = &mut record.outcome {
        measured.clock = Clock::Wall;
    }
}

fn skip(record: &mut Record) {
    record.outcome = Outcome::Skipped {
        reason: "too large".into(),
    };
}

/// Each field by itself makes a case incomparable, is named, and is accepted when it is allowed.
#[test]
fn what_must_match_is_named_where_it_differs() {
    let pairs = [of_machines(), of_programs()].into_iter().flatten();
    let mut seen = BTreeSet::new();
    for (field, before, after) in pairs {
        seen.insert(field);
        let mut baseline = runs_of(&product(), DAY, &STEADY);
        let mut candidate = runs_of(&product(), NEXT, &STEADY);
        baseline.iter_mut().for_each(&before);
        candidate.iter_mut().for_each(&after);
        let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
        let case = only(&judgement);
        assert_eq!(case.verdict, Verdict::Incomparable, "{field:?}");
        let named = case.differences.iter().map(|difference| difference.field);
        assert_eq!(named.collect::<Vec<_>>(), [field]);
        assert_eq!((judgement.code(false), judgement.code(true)), (5, 1));
        let rules = Rules {
            allowed: [field].into(),
            ..Rules::default()
        };
        let judgement = judge(&baseline, &candidate, &rules).unwrap();
        let left = matches!(field, Field::Missing | Field::Outcome);
        assert_eq!(
            judgement.count(Verdict::Same),
            usize::from(!left),
            "{field:?}"
        );
    }
    assert_eq!(seen, Field::ALL.into());
}

/// A run whose sensors were silent is no other card than the four that gave its id.
#[test]
fn an_id_that_some_runs_lack_is_no_other_card_on_one_host() {
    let side = |day: &str| {
        let mut runs = runs_of(&product(), day, &STEADY);
        runs.iter_mut()
            .for_each(|run| run.host.name = Some("lab1".into()));
        runs
    };
    let (baseline, mut candidate) = (side(DAY), side(NEXT));
    candidate
        .iter_mut()
        .for_each(gpu(|gpu| gpu.uuid = Some("GPU-1".into())));
    let judgement = judge(&baseline, &candidate, &Rules::default()).unwrap();
    assert_eq!(only(&judgement).verdict, Verdict::Same);
}

/// New firmware and a new kernel are what a gate is asked about: they keep nothing from being compared, and both are named.
#[test]
fn firmware_and_system_of_both_sides_are_told_and_compared() {
    let side = |day: &str, vbios: &str, kernel: &str| {
        let mut runs = runs_of(&product(), day, &STEADY);
        for run in &mut runs {
            let gpu = Gpu {
                vbios: Some(vbios.into()),
                ..Gpu::default()
            };
            run.environment = Some(Box::new(Environment {
                gpu: Some(gpu),
                ..Environment::default()
            }));
            run.host.os = Some("Linux (Debian 12)".into());
            run.host.kernel = Some(kernel.into());
        }
        runs
    };
    let (base, new) = (side(DAY, "96.00.DA", "6.1"), side(NEXT, "96.00.DB", "6.18"));
    let judgement = judge(&base, &new, &Rules::default()).unwrap();
    let origin = |origin: &Origin| {
        let [firmware, systems] = [&origin.firmware, &origin.systems].map(|said| said.first());
        (firmware.cloned(), systems.cloned())
    };
    let said = |firmware: &str, system: &str| (Some(firmware.to_owned()), Some(system.to_owned()));
    assert_eq!(
        origin(&judgement.baseline),
        said("96.00.DA", "Linux (Debian 12) 6.1")
    );
    assert_eq!(
        origin(&judgement.candidate),
        said("96.00.DB", "Linux (Debian 12) 6.18")
    );
    assert!(only(&judgement).differences.is_empty());
}
