//! Where a machine changed over many days.

use super::*;

/// A night's run each day of two months, at these shares.
fn nights(shares: impl Iterator<Item = f64>) -> Vec<Results> {
    let shares: Vec<f64> = shares.collect();
    let mut runs = apart(runs_of(&product(), DAY, &shares));
    for (at, run) in runs.iter_mut().enumerate() {
        run.started = format!("2026-{:02}-{:02}T02:00:00Z", 9 + at / 28, at % 28 + 1);
    }
    runs
}

/// Noise of about half a percent, of which no two nights are the same to the last digit.
fn noise(at: usize) -> f64 {
    1.0 + 1e-6 * at as f64 + [0.004, -0.002, 0.001, -0.005, 0.003, 0.0, -0.001][at % 7]
}

#[test]
fn a_drop_is_found_at_its_night_with_what_else_changed_then() {
    let mut runs = nights((0..56).map(|at| noise(at) * if at < 30 { 1.0 } else { 0.92 }));
    runs[30..]
        .iter_mut()
        .for_each(|run| run.device.driver_info = "590.1".into());
    // The order of the files doesn't matter.
    runs.reverse();
    let trend = Trend::of(&runs, &[]);
    assert_eq!(trend.series.len(), 1);
    let series = &trend.series[0];
    assert_eq!((series.points.len(), series.changes.len()), (56, 1));
    let change = &series.changes[0];
    assert_eq!(
        (change.at, change.started.as_str()),
        (30, "2026-10-03T02:00:00Z")
    );
    assert!((change.change + 0.08).abs() < 0.005, "{change:?}");
    assert!((change.after / change.before - 0.92).abs() < 0.005 && change.p <= 0.001);
    let named: Vec<Field> = change.differences.iter().map(|one| one.field).collect();
    assert_eq!(named, [Field::Driver]);
    assert_eq!(change.differences[0].candidate, ["NVIDIA 590.1"]);
    assert!(series.is_slower());
}

/// A step of 3 % is certain here, and no change where 5 % counts.
#[test]
fn a_change_below_the_floor_is_none() {
    let runs = nights((0..56).map(|at| noise(at) * if at < 30 { 1.0 } else { 0.97 }));
    assert_eq!(Trend::of(&runs, &[]).series[0].changes, []);
    let mut floors = Floors::of(&runs_of(&product(), "2026-10-20", &[1.0; 10])).unwrap();
    floors.cases[0].floor = 0.02;
    let trend = Trend::of(&runs, &[floors]);
    assert_eq!(trend.series[0].floor, 0.02);
    assert_eq!(trend.series[0].changes.len(), 1);
}

#[test]
fn a_dip_that_ends_is_two_changes_and_the_last_is_no_slowdown() {
    let level = |at: usize| if (20..40).contains(&at) { 0.9 } else { 1.0 };
    let series = &Trend::of(&nights((0..56).map(|at| noise(at) * level(at))), &[]).series[0];
    let places: Vec<usize> = series.changes.iter().map(|change| change.at).collect();
    assert_eq!(places, [20, 40]);
    assert!(!series.is_slower());
}

#[test]
fn noise_and_one_bad_night_are_no_change() {
    let bad = |at: usize| if at == 33 { 0.7 } else { 1.0 };
    for runs in [
        nights((0..56).map(noise)),
        nights((0..56).map(|at| noise(at) * bad(at))),
    ] {
        assert_eq!(Trend::of(&runs, &[]).series[0].changes, []);
    }
    assert_eq!(Trend::of(&[], &[]).series, []);
}

/// A run given twice is no second night.
#[test]
fn copies_are_one_point_and_cards_are_series_of_their_own() {
    let mut runs = nights((0..10).map(noise));
    runs.extend(runs.clone());
    let mut other = nights((0..4).map(|at| noise(at) * 1.01));
    other
        .iter_mut()
        .for_each(|run| run.device.pci_bus_id = Some("0000:02:00.0".into()));
    runs.extend(other);
    let points: Vec<usize> = Trend::of(&runs, &[])
        .series
        .iter()
        .map(|series| series.points.len())
        .collect();
    assert_eq!(points, [10, 4]);
}

/// Runs of one night share what the night was like: five of them are one point, and of a gate only the candidate's first.
#[test]
fn runs_that_were_begun_together_are_one_point() {
    let mut runs = Vec::new();
    for (night, first) in nights((0..30).map(noise)).into_iter().enumerate() {
        for (side, level) in [
            ("baseline", 0.5),
            ("candidate", 1.0),
            ("confirm-candidate", 0.7),
        ] {
            for at in 0..5 {
                let shares =
                    [noise(night) * level * (1.0 + 0.0001 * f64::from(at) + 1e-7 * night as f64)];
                let mut run = runs_of(&product(), DAY, &shares).remove(0);
                run.started.clone_from(&first.started);
                run.one_of.as_mut().unwrap().group = format!("gate-{night}/{side}");
                runs.push(run);
            }
        }
    }
    let trend = Trend::of(&runs, &[]);
    assert_eq!((trend.series.len(), trend.series[0].points.len()), (1, 30));
    assert_eq!(trend.series[0].changes, []);
}
