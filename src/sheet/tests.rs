//! Rows, flags, likeness and both orders, on results made by hand.

use super::fixture::*;
use super::*;
use crate::chips::Property;
use crate::figure::{Engine, Format, Scope};
use crate::results::{Cause, Concurrent, Measured, Observed, Probe};
use crate::telemetry::{Counters, Energy, Limiter, Reading, Telemetry};
use crate::tune::{Choice, How};

fn chips() -> Vec<Chip> {
    chips::all().unwrap()
}

fn sheet(results: &[Results]) -> Sheet {
    Sheet::new(results, &chips())
}

fn chip_row(sheet: &Sheet, chip: &str, metric: Property) -> ChipRow {
    let mut rows = sheet.chips.iter();
    let found = rows.find(|row| row.chip == chip && row.metric == metric);
    found.unwrap().clone()
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[test]
fn the_low_end_of_a_rate_is_the_longest_time() {
    let sheet = sheet(&[sxm5()]);
    let row = sheet
        .rows
        .iter()
        .find(|row| row.kernel == "peak/f32")
        .unwrap();
    assert_eq!(rounded(row.value.unwrap()), 66.2);
    assert!(row.low.unwrap() < row.value.unwrap());
    assert!(row.high.unwrap() > row.value.unwrap());
    assert_eq!(row.interval, Some(Interval::Samples));
    assert_eq!(row.flags, []);
}

#[test]
fn each_sweep_has_its_own_plateaus_and_never_speaks_for_the_memory() {
    let mut burst = swept();
    for record in &mut burst.records {
        record.params.mode = Mode::Burst;
    }
    burst.records.truncate(2);
    burst.records.extend(swept().records);
    burst.tool.revision = "another".into();
    let sheet = sheet(&[sxm5(), burst]);
    let found: Vec<_> = sheet
        .plateaus
        .iter()
        .map(|p| (p.run, p.mode, p.level.name.as_deref()))
        .collect();
    let sustained = |name| (1, Mode::Sustained, Some(name));
    assert_eq!(
        found,
        [
            (1, Mode::Burst, None),
            sustained("L1"),
            sustained("L2"),
            sustained("DRAM")
        ]
    );
    let spoken = sheet.chips.iter().filter_map(|row| row.measured.as_ref());
    assert!(spoken.clone().count() > 0);
    assert!(
        spoken
            .into_iter()
            .all(|closest| closest.kernel != "memory/sweep")
    );
}

#[test]
fn latency_is_in_microseconds_and_its_low_end_the_shortest_time() {
    let sheet = sheet(&[sxm5()]);
    let row = sheet
        .rows
        .iter()
        .find(|row| row.kernel == "latency/dispatch")
        .unwrap();
    assert_eq!(row.unit.to_string(), "µs");
    assert_eq!(rounded(row.value.unwrap()), 10.0);
    assert!(row.low.unwrap() < 10.0 && row.high.unwrap() > 10.0);
}

#[test]
fn a_row_without_a_time_has_no_value_but_a_reason() {
    let mut run = sxm5();
    run.records.truncate(1);
    run.records[0].outcome = Outcome::Invalid {
        cause: Cause::WrongAnswer,
        detail: "C[0,0] is 1, should be 2".into(),
        evidence: None,
    };
    run.tool.revision = "another".into();
    let sheet = sheet(&[run, sxm5()]);
    let bad = &sheet.rows[0];
    assert_eq!(
        (bad.outcome, bad.value, bad.interval),
        ("invalid", None, None)
    );
    assert_eq!(
        bad.reason.as_deref(),
        Some("wrong answer: C[0,0] is 1, should be 2")
    );
    let none = sheet.rows.last().unwrap();
    assert_eq!(none.outcome, "unsupported");
    assert_eq!(
        none.reason.as_deref(),
        Some("the adapter has no 64-bit floats")
    );
}

/// The same run with its first record, gemm/f32 at 8192, at other seconds.
fn slower(by: f64) -> Results {
    let mut run = sxm5();
    run.started = "2026-11-22T09:00:00Z".into();
    if let Outcome::Measured(measured) = &mut run.records[0].outcome {
        measured.seconds.iter_mut().for_each(|s| *s *= by);
    }
    run
}

#[test]
fn runs_alike_are_one_row_with_the_interval_of_their_medians() {
    // In another order, as shuffled runs are.
    let mut last = slower(1.02);
    last.records.reverse();
    let runs = [slower(1.0), slower(1.01), last];
    let sheet = sheet(&runs);
    assert_eq!((sheet.runs.len(), sheet.runs[0].files), (1, 3));
    assert_eq!(sheet.rows.len(), runs[0].records.len());
    let row = &sheet.rows[0];
    assert_eq!((row.runs, row.interval), (3, Some(Interval::Runs)));
    let alone = Sheet::new(&runs[1..2], &[]).rows[0].value.unwrap();
    assert!((row.value.unwrap() / alone - 1.0).abs() < 1e-12);
    // Logs 0, ln 1.01, ln 1.02 apart: mean ± t(2; 0.975) · s / √3, where t is 4.302653.
    let logs = [0.0, 1.01_f64.ln(), 1.02_f64.ln()];
    let mean = logs.iter().sum::<f64>() / 3.0;
    let spread = (logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    let reach = 4.302_653 * spread / 3.0_f64.sqrt();
    let first = Sheet::new(&runs[..1], &[]).rows[0].value.unwrap();
    assert!((row.low.unwrap() / first / (-mean - reach).exp() - 1.0).abs() < 1e-6);
    assert!((row.high.unwrap() / first / (-mean + reach).exp() - 1.0).abs() < 1e-6);
}

#[test]
fn runs_that_differ_in_device_driver_build_or_settings_are_not_mixed() {
    let changes: [fn(&mut Results); 6] = [
        |run| run.device.pci_bus_id = Some("0000:41:00.0".into()),
        |run| run.device.driver_info = "590.1".into(),
        |run| run.tool.revision = "another".into(),
        |run| run.host.name = Some("another".into()),
        |run| run.settings.seed += 1,
        |run| run.settings.budget.sample_seconds *= 2.0,
    ];
    for change in changes {
        let mut other = sxm5();
        change(&mut other);
        let sheet = sheet(&[sxm5(), other]);
        assert_eq!(sheet.runs.len(), 2);
        assert!(sheet.rows.iter().all(|row| row.runs == 1));
    }
}

#[test]
fn a_case_that_fails_in_one_run_of_several_has_no_value() {
    let mut bad = sxm5();
    bad.records[0].outcome = Outcome::Failed {
        observed: None,
        error: "device lost".into(),
        seconds: Vec::new(),
    };
    let sheet = sheet(&[sxm5(), bad, sxm5()]);
    let row = &sheet.rows[0];
    assert_eq!((row.outcome, row.value, row.runs), ("failed", None, 3));
    assert_eq!(row.reason.as_deref(), Some("in 1 of 3 runs: device lost"));
    assert!(sheet.rows[1].value.is_some());
    // What the device lacks it lacks in every run.
    let lacking = sheet.rows.last().unwrap();
    assert_eq!(
        lacking.reason.as_deref(),
        Some("the adapter has no 64-bit floats")
    );
}

#[test]
fn a_burst_and_easy_operands_stand_beside_what_they_are_compared_with() {
    let mut run = sxm5();
    run.records.truncate(1);
    let mut more = |mode, data, by: f64| {
        let mut record = slower(by).records.remove(0);
        (record.params.mode, record.params.data) = (mode, Some(data));
        run.records.push(record);
    };
    more(Mode::Burst, Pattern::Random, 1.0 / 1.25);
    more(Mode::Sustained, Pattern::Zeros, 1.0 / 1.5);
    run.records[0].params.data = Some(Pattern::Random);
    let rows = sheet(&[run]).rows;
    let over = |row: &Row| {
        (
            row.over_sustained.map(rounded),
            row.over_random.map(rounded),
        )
    };
    assert_eq!(over(&rows[0]), (None, None));
    assert_eq!(over(&rows[1]), (Some(1.25), None));
    assert_eq!(over(&rows[2]), (None, Some(1.5)));
}

#[test]
fn a_row_with_sensors_says_what_it_cost_and_at_which_clock() {
    let mut run = sxm5();
    let reading = |at_seconds, capped: bool| Reading {
        at_seconds,
        watts: Some(600.0),
        sm_hertz: Some(1.98e9),
        limits: capped
            .then_some(Limiter::SoftwarePowerCap)
            .into_iter()
            .collect(),
        ..Reading::default()
    };
    let work = run.records[0].work.operations as f64;
    if let Outcome::Measured(measured) = &mut run.records[0].outcome {
        measured.observed = Some(Box::new(Observed {
            dispatches: 100,
            telemetry: Some(Telemetry {
                source: "NVML".into(),
                readings: vec![reading(0.0, false), reading(0.1, true)],
                energy: Some(Energy {
                    joules: 1200.0,
                    seconds: 2.0,
                    source: "board sensor".into(),
                    updates: 40,
                }),
                missing: Default::default(),
                reading_seconds: None,
            }),
            counters: Vec::new(),
        }));
    }
    let sheet = sheet(&[run]);
    let row = &sheet.rows[0];
    let power = row.power.clone().unwrap();
    assert_eq!(power.watts, Some(600.0));
    assert_eq!(power.joules, Some(1200.0 / (100.0 * work)));
    assert_eq!(power.hertz, Some(1.98e9));
    assert_eq!(
        rounded(power.per_gigahertz.unwrap()),
        rounded(row.value.unwrap() / 1.98)
    );
    assert!(row.flags.contains(&Flag::PowerCapped));
    assert_eq!(sheet.rows[1].power, None);
}

/// A record whose sensors said this.
fn seen(telemetry: Telemetry, counters: Vec<Counters>, probe: Option<Probe>) -> Row {
    let mut run = sxm5();
    if let Outcome::Measured(measured) = &mut run.records[0].outcome {
        measured.probe = probe.map(Box::new);
        measured.observed = Some(Box::new(Observed {
            dispatches: 100,
            telemetry: Some(telemetry),
            counters,
        }));
    }
    sheet(&[run]).rows.remove(0)
}

fn telemetry(readings: Vec<Reading>, energy: Option<Energy>) -> Telemetry {
    Telemetry {
        source: "NVML".into(),
        readings,
        reading_seconds: Some(0.01),
        energy,
        missing: Default::default(),
    }
}

#[test]
fn an_energy_needs_a_window_of_two_seconds_and_twenty_changes_of_its_sensor() {
    let power = |seconds: f64, updates: u32| {
        let energy = Energy {
            joules: 500.0 * seconds,
            seconds,
            source: "board sensor".into(),
            updates,
        };
        let row = seen(telemetry(Vec::new(), Some(energy)), Vec::new(), None);
        row.power.unwrap()
    };
    let whole = power(2.0, 20);
    assert_eq!((whole.watts, whole.no_energy), (Some(500.0), None));
    assert_eq!(whole.energy_source.as_deref(), Some("board sensor"));
    // 100 dispatches of 521 GFLOP for 1 kJ.
    let per_watt = whole.per_watt.unwrap();
    assert!((per_watt / 52.1e-3 - 1.0).abs() < 1e-9, "{per_watt}");
    assert_eq!(whole.joules, Some(1e3 / 100.0 / 521e9));
    for (seconds, updates, why) in [
        (1.99, 20, "window of 1.99 s < 2 s"),
        (2.0, 19, "19 changes of the sensor < 20"),
    ] {
        let power = power(seconds, updates);
        assert_eq!((power.watts, power.joules), (None, None));
        assert_eq!(power.no_energy.as_deref(), Some(why));
    }
}

#[test]
fn a_clock_that_moved_is_flagged_and_so_are_two_clocks_that_disagree() {
    let reading = |at_seconds, hertz| Reading {
        at_seconds,
        sm_hertz: Some(hertz),
        ..Reading::default()
    };
    let flags = |seconds: [f64; 2], hertz: [f64; 2]| {
        let probe = Probe {
            steps: 1_000_000,
            seconds,
            at_seconds: Some([3.2, 8.9]),
        };
        let readings = vec![reading(3.1, hertz[0]), reading(8.9, hertz[1])];
        let row = seen(telemetry(readings, None), Vec::new(), Some(probe));
        (row.flags, row.power.unwrap().probe_cycles)
    };
    let (still, cycles) = flags([2e-3, 2.03e-3], [2e9, 2e9]);
    assert_eq!(still, []);
    assert_eq!(cycles.map(|cycles| cycles.map(rounded)), Some([4.0, 4.06]));
    assert_eq!(flags([2e-3, 2.05e-3], [2e9, 2e9]).0, [Flag::ClockDrift]);
    // A clock that falls for both is one that fell.
    let (fell, cycles) = flags([2e-3, 4e-3], [2e9, 1e9]);
    assert_eq!(fell, [Flag::ClockDrift]);
    assert_eq!(cycles.map(|cycles| cycles.map(rounded)), Some([4.0, 4.0]));
    assert_eq!(flags([2e-3, 2e-3], [2e9, 1.85e9]).0, [Flag::ClocksDisagree]);
}

#[test]
fn errors_that_the_gpu_counted_are_told_with_their_number() {
    let counters = |ecc, xids, last| Counters {
        ecc_corrected: Some(ecc),
        ecc_uncorrected: None,
        xid_count: Some(xids),
        xid_last: last,
        ..Counters::default()
    };
    let none = telemetry(Vec::new(), None);
    let row = seen(
        none.clone(),
        vec![counters(7, 0, None), counters(9, 1, Some(79))],
        None,
    );
    assert_eq!(row.flags, [Flag::HardwareErrors]);
    let errors = row.power.unwrap().errors;
    assert_eq!(errors, ["2 ECC corrected", "1 XID (last 79)"]);
    let row = seen(none, vec![counters(7, 1, Some(79)); 2], None);
    assert_eq!((row.flags, row.power.unwrap().errors), (vec![], vec![]));
}

#[test]
fn what_a_device_loses_beside_others_is_told_against_the_same_device_alone() {
    let beside = |by: f64| {
        let mut run = slower(by);
        run.concurrent = Some(Concurrent {
            devices: 2,
            alone_started: "2026-11-22T08:30:00Z".into(),
        });
        run.records
            .iter_mut()
            .for_each(|record| record.beside = Some(2));
        run
    };
    let mut other = beside(1.25);
    other.device.pci_bus_id = Some("0000:02:00.0".into());
    let mut alone = slower(1.0);
    alone.started = "2026-11-22T08:30:00Z".into();
    // In one of the cases the other device fell out.
    let mut beside = beside(1.25);
    beside.records[1].beside = Some(1);
    let sheet = sheet(&[slower(1.1), alone, beside, other]);
    assert_eq!(sheet.runs.len(), 4, "never one of several runs");
    assert_eq!([1, 2, 3].map(|run| sheet.runs[run].devices), [1, 2, 2]);
    let second = sheet.rows.iter().filter(|row| row.run == 2).nth(1).unwrap();
    assert_eq!(second.over_alone, None);
    let loss = |run| {
        let row = sheet.rows.iter().find(|row| row.run == run).unwrap();
        row.over_alone.map(rounded)
    };
    // The other device was not measured alone.
    assert_eq!([0, 1, 2, 3].map(loss), [None, None, Some(0.8), None]);
}

#[test]
fn a_figure_above_the_official_one_of_its_kind_is_flagged() {
    let chips = |rate: f64| {
        let records = vec![product("gemm/f32", VECTOR_F32, 8192, rate)];
        let sheet = sheet(&[results(device("NVIDIA H100 80GB HBM3", 0x2330), records)]);
        chip_row(&sheet, "H100 SXM5", Property::Fp32).flags
    };
    let above = |rate| chips(rate).contains(&Flag::AboveOfficial);
    // 66.9 TFLOPS by NVIDIA's data sheet.
    assert!(!above(68e12) && above(68.5e12));
}

/// The flags of one record with these changes.
fn flags_with(change: impl Fn(&mut Measured)) -> Vec<Flag> {
    let mut run = sxm5();
    run.records.truncate(1);
    if let Outcome::Measured(measured) = &mut run.records[0].outcome {
        change(measured);
    }
    sheet(&[run]).rows[0].flags.clone()
}

#[test]
fn flags_follow_from_the_samples() {
    assert_eq!(flags_with(|_| ()), []);
    let few = flags_with(|m| {
        m.seconds.truncate(10);
        m.wall_seconds.truncate(10);
    });
    assert_eq!(few, [Flag::Noisy]);
    let wide = flags_with(|m| {
        m.seconds.iter_mut().step_by(2).for_each(|s| *s *= 1.02);
        m.wall_seconds.clone_from(&m.seconds);
    });
    assert_eq!(wide, [Flag::Noisy]);
    let wall = |factor: f64| {
        flags_with(move |m| m.wall_seconds = m.seconds.iter().map(|s| s * factor).collect())
    };
    assert_eq!(wall(1.06), [Flag::WallDiffers]);
    assert_eq!(wall(1.04), []);
    let stored = flags_with(|m| m.flags = vec![crate::results::Flag::NotSteady]);
    assert_eq!(stored, [Flag::NotSteady]);
}

#[test]
fn half_precision_that_is_no_faster_than_scalars_is_flagged_and_so_is_a_default_tile() {
    let chosen = |format: Format, how: How, over_scalar: Option<f64>| {
        let kind = Kind::rate(Engine::Vector, format, format, format).at(Scope::Card);
        let mut record = rated("peak", kind, 1e12);
        if let Outcome::Measured(measured) = &mut record.outcome {
            measured.choice = Some(Box::new(Choice {
                how,
                bucket: None,
                runner_up: None,
                apart: None,
                over_scalar,
            }));
        }
        let run = results(device("NVIDIA H100 80GB HBM3", 0x2330), vec![record]);
        sheet(&[run]).rows.remove(0).flags
    };
    let searched = |format, times| chosen(format, How::Searched, times);
    assert_eq!(searched(Format::F16, Some(1.02)), [Flag::NotPacked]);
    assert_eq!(searched(Format::F16, Some(1.9)), []);
    assert_eq!(searched(Format::F16, None), []);
    assert_eq!(searched(Format::F32, Some(1.02)), []);
    assert_eq!(chosen(Format::F32, How::Default, None), [Flag::DefaultTile]);
}

#[test]
fn a_software_adapter_is_flagged_and_compared_with_no_card() {
    let mut run = sxm5();
    run.device.device_type = DeviceType::Cpu;
    run.device.device_id = 0;
    run.device.name = "llvmpipe".into();
    for record in &mut run.records {
        record.kind = record.kind.at(run.device.scope());
    }
    let sheet = sheet(&[run]);
    assert!(sheet.rows[0].flags.contains(&Flag::SoftwareAdapter));
    assert!(sheet.chips.iter().all(|row| row.measured.is_none()));
    let row = chip_row(&sheet, "H100", Property::Fp32);
    assert_eq!(
        row.reason.as_deref(),
        Some("peak/f32 is of another kind: scope")
    );
}

#[test]
fn all_eight_chips_are_there_without_any_results() {
    let sheet = sheet(&[]);
    let mut names: Vec<_> = sheet.chips.iter().map(|row| &*row.chip).collect();
    names.dedup();
    assert_eq!(names.len(), 8);
    for name in names {
        for property in Property::TABLE2 {
            assert!(chip_row(&sheet, name, property).printed.is_some());
        }
    }
}

#[test]
fn no_chip_has_the_same_metric_twice() {
    let sheet = sheet(&[sxm5()]);
    let mut keys: Vec<_> = sheet
        .chips
        .iter()
        .map(|row| (&row.chip, row.metric))
        .collect();
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn attainment_is_only_for_the_same_product() {
    let sheet = sheet(&[sxm5()]);
    let own = chip_row(&sheet, "H100 SXM5", Property::Fp32);
    assert_eq!(rounded(own.attainment.unwrap()), 0.99);
    assert_eq!(own.ratio, None);
    let pcie = chip_row(&sheet, "H100", Property::Fp32);
    assert_eq!(pcie.attainment, None);
    assert_eq!(rounded(pcie.ratio.unwrap()), 1.29);
    assert_eq!(pcie.measured.unwrap().device, "NVIDIA H100 80GB HBM3");
}

#[test]
fn a_peak_comes_before_a_product_and_the_largest_product_first() {
    let mut run = sxm5();
    let with_peak = sheet(&[run.clone()]);
    let measured = chip_row(&with_peak, "A100", Property::Fp32)
        .measured
        .unwrap();
    assert_eq!((&*measured.kernel, &*measured.size), ("peak/f32", ""));
    run.records.retain(|record| record.kernel != "peak/f32");
    let measured = chip_row(&sheet(&[run]), "A100", Property::Fp32)
        .measured
        .unwrap();
    assert_eq!((&*measured.kernel, &*measured.size), ("gemm/f32", "8192"));
}

#[test]
fn unlike_kinds_have_no_ratio_and_say_what_differs() {
    let sheet = sheet(&[sxm5()]);
    let int8 = chip_row(&sheet, "H100", Property::Int8);
    assert!(int8.measured.is_none() && int8.ratio.is_none());
    assert_eq!(int8.flags, [Flag::PublicButPrintedNa]);
    let reason = int8.reason.unwrap();
    assert_eq!(reason, "peak/int8-dot is of another kind: engine");
    let biren = chip_row(&sheet, "壁砺 100P", Property::Fp32);
    assert_eq!(biren.ratio, None);
    assert!(biren.reason.unwrap().contains("engine"));
}

#[test]
fn a_presumed_kind_has_a_ratio_and_says_so() {
    let sheet = sheet(&[sxm5()]);
    let row = chip_row(&sheet, "天垓 100", Property::Fp16);
    assert_eq!(rounded(row.ratio.unwrap()), 1.93);
    assert!(row.flags.contains(&Flag::Presumed));
    assert_eq!(row.measured.unwrap().kernel, "gemm/f16-matrix-acc-f32");
}

#[test]
fn conflicting_official_values_give_no_single_ratio() {
    let sheet = sheet(&[sxm5()]);
    let row = chip_row(&sheet, "H100", Property::Bandwidth);
    assert!(row.measured.is_some());
    assert_eq!((row.ratio, row.attainment), (None, None));
    assert!(row.flags.contains(&Flag::Conflict));
    assert!(row.reason.unwrap().contains("2000, 2039"));
}

#[test]
fn flags_of_the_table_are_the_findings_of_the_report() {
    let sheet = sheet(&[]);
    let flags = |chip: &str, metric| chip_row(&sheet, chip, metric).flags;
    use Flag::*;
    assert_eq!(flags("H100", Property::Fp32), [Same]);
    assert_eq!(flags("H100", Property::Fp16), [Conflict, Unconfirmed]);
    assert_eq!(flags("H100", Property::Int8), [PublicButPrintedNa]);
    assert_eq!(flags("A100", Property::Fp16), [Same]);
    assert_eq!(flags("A100", Property::MemoryType), [Conflict]);
    assert_eq!(flags("A100", Property::Bus), [Same]);
    assert_eq!(
        flags("思元 370", Property::Fp16),
        [Same, KindDiffers, Unconfirmed, Presumed, NotMeasurable]
    );
    assert_eq!(
        flags("天垓 100", Property::Fp32),
        [KindDiffers, Conflict, Unconfirmed, NotMeasurable]
    );
    assert_eq!(flags("海光 8100", Property::Fp32), [NotMeasurable]);
    assert_eq!(flags("MTT S3000", Property::Ecosystem), [Conflict]);
    assert_eq!(
        flags("壁砺 100P", Property::Fp32),
        [KindDiffers, NotMeasurable]
    );
}

#[test]
fn half_precision_flips_when_like_is_put_beside_like() {
    let sheet = sheet(&[]);
    let order = &sheet.orders[0];
    let ratio = |places: &[order::Place], chip: &str| {
        let place = places.iter().find(|place| place.chip == chip).unwrap();
        place.ratio.map(rounded)
    };
    assert_eq!(ratio(&order.as_printed, "天垓 100"), Some(1.89));
    assert_eq!(ratio(&order.as_printed, "思元 370"), Some(1.23));
    assert_eq!(ratio(&order.like_for_like, "天垓 100"), Some(0.47));
    assert_eq!(ratio(&order.like_for_like, "思元 370"), Some(0.31));
    let names = |places: &[order::Place]| {
        let ranked = places.iter().filter(|place| place.ratio.is_some());
        ranked.map(|place| place.chip.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        names(&order.as_printed),
        ["H100", "天垓 100", "思元 370", "A100"]
    );
    assert_eq!(
        names(&order.like_for_like),
        ["H100", "A100", "天垓 100", "思元 370"]
    );
    let presumed = |chip: &str| {
        let mut places = order.like_for_like.iter();
        places.any(|place| place.chip == chip && place.presumed)
    };
    assert!(presumed("天垓 100") && presumed("思元 370") && !presumed("H100"));
}

#[test]
fn every_flag_that_occurs_is_explained_once() {
    let sheet = sheet(&[sxm5()]);
    let explained: Vec<_> = sheet.explanations.iter().map(|e| e.flag).collect();
    for flag in Flag::ALL {
        let rows = sheet.rows.iter().any(|row| row.flags.contains(&flag));
        let chips = sheet.chips.iter().any(|row| row.flags.contains(&flag));
        let times = explained.iter().filter(|known| **known == flag).count();
        assert_eq!(times, usize::from(rows || chips), "{flag}");
        assert!(!flag.meaning().is_empty() && !flag.to_string().contains('_'));
    }
}
