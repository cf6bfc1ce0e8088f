//! Baselines and floors on disk.

use std::fs;

use super::*;

fn with_bytes(runs: Vec<Results>) -> Vec<(Results, Vec<u8>)> {
    let bytes = |run: Results| (run.clone(), run.to_json().into_bytes());
    runs.into_iter().map(bytes).collect()
}

/// Runs of a host with a name.
fn named_runs() -> Vec<Results> {
    let mut runs = runs_of(&product(), DAY, &STEADY);
    runs.iter_mut()
        .for_each(|run| run.host.name = Some("lab3".into()));
    runs
}

const MACHINE: &str = "nvidia-h100-80gb-hbm3_lab3";
const OLD: &str = "NVIDIA 580.159.04";

#[test]
fn a_baseline_is_found_again_by_machine_and_suite_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::of(Some(folder.path())).unwrap();
    assert_eq!(store.list().unwrap(), []);
    let runs = with_bytes(named_runs());
    assert_eq!(store.baseline(MACHINE, OLD, "standard@1").unwrap(), None);
    let saved = store.save(&runs, "20261120T090000Z").unwrap();
    assert_eq!(
        saved.name,
        "nvidia-h100-80gb-hbm3_lab3/nvidia-580-159-04/standard@1/20261120T090000Z"
    );
    assert_eq!((saved.runs, saved.newest), (5, true));
    assert_eq!(fs::read(saved.path.join("001.json")).unwrap(), runs[0].1);
    assert!(matches!(
        store.save(&runs, "20261120T090000Z"),
        Err(Error::Exists { .. })
    ));
    let newer = store.save(&runs, "20261121T090000Z").unwrap();
    assert_eq!(
        store.baseline(MACHINE, OLD, "standard@1").unwrap(),
        Some(newer)
    );
    let kept: Vec<bool> = store.list().unwrap().iter().map(|one| one.newest).collect();
    assert_eq!(kept, [true, false]);
    assert_eq!(store.baseline(MACHINE, OLD, "full@1").unwrap(), None);
    let other = format!("{MACHINE}_0000-01-00-0");
    assert_eq!(store.baseline(&other, OLD, "standard@1").unwrap(), None);
    // What somebody else has put there is no baseline.
    fs::create_dir(
        folder
            .path()
            .join("baselines")
            .join(MACHINE)
            .join("nvidia-580-159-04/standard@1/zzz"),
    )
    .unwrap();
    assert_eq!(store.list().unwrap().len(), 2);
}

/// A driver that was never a baseline is held against that of another, which the gate names.
#[test]
fn after_a_driver_changed_the_baseline_of_the_old_one_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::of(Some(folder.path())).unwrap();
    let runs = named_runs();
    let mut newer = runs.clone();
    newer
        .iter_mut()
        .for_each(|run| run.device.driver_info = "590.1".into());
    let newest = "NVIDIA 590.1";
    let old = store.save(&with_bytes(runs), "20261120T090000Z").unwrap();
    assert_eq!(
        store.baseline(MACHINE, newest, "standard@1").unwrap(),
        Some(old.clone())
    );
    let new = store.save(&with_bytes(newer), "20261121T090000Z").unwrap();
    assert_eq!(
        store.baseline(MACHINE, newest, "standard@1").unwrap(),
        Some(new)
    );
    assert_eq!(
        store.baseline(MACHINE, OLD, "standard@1").unwrap(),
        Some(old)
    );
}

#[test]
fn runs_of_two_machines_are_no_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::of(Some(folder.path())).unwrap();
    let mut runs = named_runs();
    runs[4].host.name = Some("../../lab4".into());
    let error = store
        .save(&with_bytes(runs.clone()), "20261120T090000Z")
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("runs of nvidia-h100-80gb-hbm3_lab3, "),
        "{error}"
    );
    assert!(store.save(&[], "20261120T090000Z").is_err());
    // No stranger's word leads out of the folder.
    runs.iter_mut()
        .for_each(|run| run.host.name = Some("../../lab4".into()));
    runs.iter_mut()
        .for_each(|run| run.suite.name = "../x@..".into());
    let saved = store.save(&with_bytes(runs), "20261120T090000Z").unwrap();
    assert!(
        saved.name.starts_with("nvidia-h100-80gb-hbm3_lab4/"),
        "{}",
        saved.name
    );
    assert!(
        saved.path.starts_with(folder.path()) && !saved.name.contains(".."),
        "{}",
        saved.name
    );
}

#[test]
fn floors_are_read_back_the_newest_first_and_a_spoilt_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::of(Some(folder.path())).unwrap();
    let floors = |day: &str| Floors::of(&runs_of(&product(), day, &[1.0; 10])).unwrap();
    let path = store
        .save_floors(&floors("2026-11-01"), "20261101T090000Z")
        .unwrap();
    store
        .save_floors(&floors("2026-11-09"), "20261109T090000Z")
        .unwrap();
    let (kept, errors) = store.floors();
    assert!(errors.is_empty());
    assert_eq!(kept, [floors("2026-11-09"), floors("2026-11-01")]);
    for spoilt in [
        "{",
        "{\"schema\": 9}",
        &fs::read_to_string(&path).unwrap().replace("0.01", "0.0001"),
    ] {
        fs::write(&path, spoilt).unwrap();
        let (kept, errors) = store.floors();
        assert_eq!((kept.len(), errors.len()), (1, 1), "{spoilt}");
        assert!(errors[0].to_string().contains("20261101T090000Z.json"));
    }
}

/// What no gate could use is no baseline: it would stand in the way of the last good one.
#[test]
fn few_runs_cut_ones_empty_ones_and_nameless_ones_are_no_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::of(Some(folder.path())).unwrap();
    let refused = |change: &dyn Fn(&mut Vec<Results>), why: &str| {
        let mut runs = named_runs();
        change(&mut runs);
        let error = store
            .save(&with_bytes(runs), "20261120T090000Z")
            .unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(store.list().unwrap(), []);
    };
    refused(
        &|runs| drop(runs.pop()),
        "4 runs (copies not counted); a gate needs 5",
    );
    refused(
        &|runs| runs[4] = runs[0].clone(),
        "4 runs (copies not counted)",
    );
    refused(
        &|runs| runs[2].finished = None,
        "the run that began at 2026-11-20T08:02:00Z was cut",
    );
    refused(&|runs| runs[2].records.clear(), "has measured nothing");
    refused(
        &|runs| runs.iter_mut().for_each(|run| run.host.name = None),
        "name neither host nor GPU",
    );
}
