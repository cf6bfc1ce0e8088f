//! Floors and thresholds: what counts as a change on this machine.

use std::fs;

use super::*;
use crate::gate::floor::{LEAST, UNCALIBRATED, between_days};

/// 20 runs that scatter by about 1 %: normal quantiles at (i − ½) / 20.
fn scattered(day: &str) -> Vec<Results> {
    let quantile = |i: u32| crate::stats::normal_quantile((f64::from(i) - 0.5) / 20.0).unwrap();
    let shares: Vec<f64> = (1..=20).map(|i| (0.01 * quantile(i)).exp()).collect();
    runs_of(&product(), day, &shares)
}

/// The variance of the difference of two means of 5 drawn without repetition is s² · 2/5, whatever the deals:
/// `s = np.std(0.01 * norm.ppf((np.arange(1, 21) - 0.5) / 20), ddof=1)`, `s * 0.4 ** 0.5`, and `np.expm1` of that times
/// `norm.ppf(0.99)`.
#[test]
fn the_floor_is_the_99_percent_point_of_the_effect_between_identical_runs() {
    let floors = Floors::of(&scattered(DAY)).unwrap();
    let case = &floors.cases[0];
    assert_eq!((floors.cases.len(), case.runs, floors.runs), (1, 20, 20));
    assert!((case.scale / 0.006286348998 - 1.0).abs() < 1e-6, "{case:?}");
    assert!((case.floor / 0.014731691793 - 1.0).abs() < 1e-6, "{case:?}");
    assert_eq!(case.day_spread, None);
}

#[test]
fn no_floor_is_below_one_percent() {
    let still = runs_of(&product(), DAY, &[1.0; 20]);
    assert_eq!(Floors::of(&still).unwrap().cases[0].floor, LEAST);
}

#[test]
fn a_calibration_needs_ten_runs_of_one_machine() {
    let runs = scattered(DAY);
    let refused = |runs: &[Results]| Floors::of(runs).unwrap_err().to_string();
    assert!(refused(&runs[..9]).contains("9 runs; two sides of 5 need 10"));
    assert!(refused(&[]).contains("0 runs"));
    let mut mixed = runs.clone();
    mixed[3].device.driver_info = "590.1".into();
    assert!(refused(&mixed).contains("they differ in driver: "));
    let mut retiled = runs.clone();
    retiled[3].records[0].params.tile = Some([("bm".into(), 64)].into());
    retiled[4].records[0].params.tile = Some([("bm".into(), 128)].into());
    assert!(refused(&retiled).contains("they differ in tile: "));
    let mut cards = runs.clone();
    cards[3].device.pci_bus_id = Some("0000:02:00.0".into());
    assert!(refused(&cards).contains("of several cards"));
    let copies = [&runs[..9], &runs[..9]].concat();
    assert!(refused(&copies).contains("9 runs; two sides of 5 need 10"));
    let mut apart = runs;
    for (at, run) in apart.iter_mut().enumerate() {
        run.records[0].params.m = Some(at as u32 + 1);
    }
    assert!(refused(&apart).contains("no case was measured in 10 of the runs"));
}

/// Three days, 2 % apart, each with 7 runs that scatter by 0.1 %: `between_days(np.log([1.0, 0.98, 1.02]))`, and
/// `floor_of(np.log1p(0.001 * np.arange(-3, 4)))[0]`.
#[test]
fn runs_of_three_days_tell_the_spread_between_days() {
    let day = |day: &str, level: f64| {
        let shares: Vec<f64> = (0..7)
            .map(|i| level * (1.0 + 0.001 * f64::from(i - 3)))
            .collect();
        runs_of(&product(), day, &shares)
    };
    let runs = [
        day("2026-11-01", 1.0),
        day("2026-11-02", 0.98),
        day("2026-11-03", 1.02),
    ]
    .concat();
    let case = Floors::of(&runs).unwrap().cases.remove(0);
    let spread = case.day_spread.unwrap();
    assert!(
        (spread / 0.08832117825035196 - 1.0).abs() < 1e-6,
        "{spread}"
    );
    // What lies between the days is no scatter of runs.
    assert!(
        (case.scale / 0.0013662638024354184 - 1.0).abs() < 1e-6,
        "{case:?}"
    );
    assert!((case.floor - LEAST).abs() < 1e-12);
    assert_eq!(Floors::of(&runs[..14]).unwrap().cases[0].day_spread, None);
}

#[test]
fn floors_hold_for_thirty_days_of_one_machine_and_driver() {
    let floors = Floors::of(&scattered("2026-11-01")).unwrap();
    let mut run = runs_of(&product(), NEXT, &[1.0]).remove(0);
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert_eq!(floors.refusal(&run, at("2026-12-01T08:00:00Z")), None);
    assert_eq!(
        floors.refusal(&run, at("2026-12-03T08:00:00Z")).unwrap(),
        "they are 31 days old"
    );
    run.device.driver_info = "590.1".into();
    assert!(
        floors
            .refusal(&run, at("2026-11-02T00:00:00Z"))
            .unwrap()
            .contains("of the driver NVIDIA 580.159.04")
    );
    run.host.name = Some("lab4".into());
    assert!(
        floors
            .refusal(&run, at("2026-11-02T00:00:00Z"))
            .unwrap()
            .contains("they are of nvidia-h100")
    );
}

/// What a case is judged by, in turn with floors measured on the same machine.
fn judged_with(rules: Rules, size: u32) -> Floor {
    let mut record = product();
    [record.params.m, record.params.n, record.params.k] = [Some(size); 3];
    let (baseline, candidate) = (
        runs_of(&record, DAY, &STEADY),
        runs_of(&record, NEXT, &STEADY),
    );
    only(&judge(&baseline, &candidate, &rules).unwrap())
        .floor
        .unwrap()
}

#[test]
fn a_floor_of_another_size_of_the_kernel_does_where_there_is_no_own_one() {
    let floors = Floors::of(&scattered(DAY)).unwrap();
    let share = floors.cases[0].floor;
    let rules = Rules {
        floors: vec![floors],
        ..Rules::default()
    };
    for size in [4096, 8192] {
        let expected = Floor {
            share,
            within_day: share,
            days: 0.0,
            basis: Basis::Calibrated,
        };
        assert_eq!(judged_with(rules.clone(), size), expected);
    }
    let expected = Floor {
        share: UNCALIBRATED,
        within_day: UNCALIBRATED,
        days: 0.0,
        basis: Basis::Uncalibrated,
    };
    assert_eq!(judged_with(Rules::default(), 4096), expected);
}

#[test]
fn without_floors_that_hold_it_says_uncalibrated_and_what_to_type() {
    let (baseline, candidate) = (
        runs_of(&product(), DAY, &STEADY),
        runs_of(&product(), NEXT, &STEADY),
    );
    let notes = |rules: &Rules| judge(&baseline, &candidate, rules).unwrap().notes;
    let none = notes(&Rules::default());
    assert!(
        none[0].starts_with("uncalibrated: ") && none[0].ends_with("suanli calibrate"),
        "{none:?}"
    );
    let old = Rules {
        floors: vec![Floors::of(&scattered("2026-01-01")).unwrap()],
        now: "2026-11-21T09:00:00Z".parse().ok(),
        ..Rules::default()
    };
    assert!(
        notes(&old)[0].contains("they are 324 days old"),
        "{:?}",
        notes(&old)
    );
    let fresh = Rules {
        now: "2026-01-02T09:00:00Z".parse().ok(),
        ..old
    };
    assert_eq!(notes(&fresh), Vec::<String>::new());
}

/// `np.expm1(norm.ppf(1 - 1 / (200 * m)) * np.hypot(0.0063, 2 ** 0.5 * 0.01))` for 1 case and for 50.
#[test]
fn between_days_the_floor_is_wide_enough_for_the_whole_suite() {
    for (cases, expected) in [(1, 0.040684631354), (50, 0.059267396812)] {
        let wide = between_days(0.0063, 0.01, cases);
        assert!((wide - expected).abs() < 1e-9, "{wide}");
    }
    let wide = |floors: Vec<Floors>| {
        let runs = |day| apart(runs_of(&product(), day, &STEADY));
        let rules = Rules {
            floors,
            ..Rules::default()
        };
        let judgement = judge(&runs(DAY), &runs(NEXT), &rules).unwrap();
        only(&judgement).floor.unwrap()
    };
    // 5 % where nothing was measured, and that is wide enough for a single case.
    let floor = wide(Vec::new());
    assert_eq!(
        (floor.within_day, floor.share),
        (UNCALIBRATED, UNCALIBRATED)
    );
    let floors = Floors::of(&scattered(DAY)).unwrap();
    let scale = floors.cases[0].scale;
    let floor = wide(vec![floors]);
    assert_eq!(floor.share, between_days(scale, 0.01, 1));
    assert!(floor.within_day < floor.share);
}

fn thresholds(text: &str) -> Result<Thresholds> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thresholds.toml");
    fs::write(&path, text).unwrap();
    Thresholds::read(&path)
}

#[test]
fn the_first_threshold_that_matches_holds_and_no_measured_floor_is_undercut() {
    let text = "[[threshold]]\nonly = \"gemm/f32\"\npercent = 3.0\n[[threshold]]\nonly = \"gemm/*\"\npercent = 9.0\n";
    let read = thresholds(text).unwrap();
    assert_eq!(
        (
            read.of("gemm/f32"),
            read.of("gemm/f16"),
            read.of("peak/f32")
        ),
        (Some(0.03), Some(0.09), None)
    );
    let floors = vec![Floors::of(&scattered(DAY)).unwrap()];
    let with = |thresholds: &Thresholds, floors: &[Floors]| {
        judged_with(
            Rules {
                thresholds: thresholds.clone(),
                floors: floors.into(),
                ..Rules::default()
            },
            4096,
        )
    };
    assert_eq!(with(&read, &floors).basis, Basis::Threshold);
    assert_eq!(with(&read, &[]).share, 0.03);
    let low = thresholds("[[threshold]]\nonly = \"*\"\npercent = 0.5\n").unwrap();
    assert_eq!(with(&low, &floors).basis, Basis::Calibrated);
    assert!(thresholds(TEMPLATE).is_ok());
}

#[test]
fn a_file_of_thresholds_that_means_nothing_is_refused_with_the_reason() {
    for (text, why) in [
        (
            "[[threshold]]\nonly = \"gemmm/*\"\npercent = 3.0\n",
            "matches no kernel",
        ),
        (
            "[[threshold]]\nonly = \"gemm/*\"\npercent = 0\n",
            "percent = 0 is not between 0 and 100",
        ),
        (
            "[[threshold]]\nonly = \"gemm/*\"\npercent = nan\n",
            "is not between 0 and 100",
        ),
        (
            "[[threshold]]\nonly = \"[\"\npercent = 3.0\n",
            "only = \"[\"",
        ),
        (
            "[[threshold]]\nonly = \"gemm/*\"\npercent = 3.0\nseconds = 1\n",
            "unknown field `seconds`",
        ),
        ("threshold = 3", "invalid type"),
    ] {
        let error = thresholds(text).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert!(error.hint().unwrap().contains("--template"));
    }
}
