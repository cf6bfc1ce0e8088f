//! Runs that were cut, and go on.

use super::*;

/// A finished run of the memory kernels, cut back to its first `keep` records.
fn cut(place: &Place, keep: usize) -> Value {
    let mut results = place.run(&[
        "--only",
        "memory/{copy,read,write,triad}",
        "--seed",
        "3",
        "--redact",
    ]);
    results["records"].as_array_mut().unwrap().truncate(keep);
    results.as_object_mut().unwrap().remove("finished");
    place.write("run.json", &results.to_string());
    results
}

const RESUME: [&str; 5] = ["run", "--resume", "run.json", "--device", DEVICE];

#[test]
fn a_resumed_run_keeps_its_records_and_measures_only_what_is_missing() {
    let place = Place::new();
    let before = cut(&place, 2);
    let run = place.suanli(&RESUME).assert().code(0);
    assert!(text(&run.get_output().stderr).contains("results: run.json"));
    let after = place.json("run.json");
    assert_eq!(records(&after)[..2], records(&before)[..]);
    let names: Vec<_> = outcomes(&after).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["memory/copy", "memory/read", "memory/write", "memory/triad"]
    );
    assert!(after["finished"].is_string());
    assert_eq!(after["settings"], before["settings"]);
    assert_eq!(after["started"], before["started"]);
    assert_eq!(place.files().len(), 1);
}

#[test]
fn a_finished_run_has_nothing_left_and_stays_as_it_is() {
    let place = Place::new();
    place.run(&["--only", "peak/f32"]);
    let before = place.files();
    let again = place.suanli(&RESUME).assert().code(0);
    let said = text(&again.get_output().stderr);
    assert!(said.contains("nothing is left to measure"), "{said}");
    assert_eq!(place.files(), before);
}

#[test]
fn a_finished_run_can_still_be_redacted_and_printed_and_keeps_its_verdict() {
    let place = Place::new();
    let words = [
        "run",
        "--device",
        "simulated:cpu,wrong@peak/f32",
        "--only",
        "peak/f32",
    ];
    let out = ["--out", "run.json", "--quiet"];
    place
        .suanli(&[&words[..], &out[..]].concat())
        .assert()
        .code(4);
    let again = [
        "run",
        "--device",
        "simulated:cpu,wrong@peak/f32",
        "--resume",
        "run.json",
    ];
    let options = ["--redact", "--json"];
    let run = place
        .suanli(&[&again[..], &options[..]].concat())
        .assert()
        .code(4);
    let printed: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    assert_eq!(printed, place.json("run.json"));
    assert_eq!(printed["host"]["name"], Value::Null);
    assert_eq!(printed["settings"]["command_line"], Value::Null);
}

#[test]
fn sizes_and_modes_edited_by_hand_are_refused() {
    let place = Place::new();
    let results = cut(&place, 1);
    for (field, value) in [
        ("sizes", serde_json::json!([[0, 1, 1]])),
        ("mode", "burst".into()),
    ] {
        let mut edited = results.clone();
        edited["settings"][field] = value;
        place.write("run.json", &edited.to_string());
        let before = place.files();
        let run = place.suanli(&RESUME).assert().code(2);
        let said = text(&run.get_output().stderr);
        assert!(said.contains(field) && said.contains("hint: "), "{said}");
        assert_eq!(place.files(), before);
    }
}

#[cfg(unix)]
#[test]
fn the_file_behind_a_link_is_finished_and_the_link_stays() {
    let place = Place::new();
    cut(&place, 1);
    fs::rename(place.path("run.json"), place.path("real.json")).unwrap();
    std::os::unix::fs::symlink("real.json", place.path("run.json")).unwrap();
    place.suanli(&RESUME).assert().code(0);
    assert!(place.path("run.json").is_symlink());
    assert!(place.json("real.json")["finished"].is_string());
}

#[test]
fn a_run_that_differs_is_refused_with_the_field_that_does() {
    let place = Place::new();
    cut(&place, 1);
    let before = place.files();
    for (option, value, field) in [
        ("--seed", "4", "settings.seed (there 3, here 4)"),
        (
            "--data",
            "zeros",
            "settings.data (there random, here zeros)",
        ),
        ("--only", "peak/*", "settings.only"),
        ("--size", "64", "settings.sizes"),
        (
            "--suite",
            "standard",
            "suite.name (there quick@2, here standard@2)",
        ),
    ] {
        let mut words = RESUME.to_vec();
        words.extend([option, value]);
        let refused = place.suanli(&words).assert().code(2);
        let said = text(&refused.get_output().stderr);
        assert!(said.contains(field), "{said}");
        assert!(said.contains("\nhint: "), "{said}");
        assert_eq!(place.files(), before);
    }
}

#[test]
fn another_device_driver_or_build_is_refused() {
    for (pointer, field) in [
        ("/device/name", "device.name"),
        ("/device/driver_info", "device.driver_info"),
        ("/tool/version", "tool.version"),
        ("/suite/sha256", "suite.sha256"),
    ] {
        let place = Place::new();
        let mut results = cut(&place, 1);
        *results.pointer_mut(pointer).unwrap() = "other".into();
        place.write("run.json", &results.to_string());
        let before = place.files();
        let refused = place.suanli(&RESUME).assert().code(2);
        let said = text(&refused.get_output().stderr);
        assert!(
            said.contains(&format!("differs in {field} (there other")),
            "{said}"
        );
        assert_eq!(place.files(), before);
    }
}

#[test]
fn a_dry_run_of_a_cut_run_shows_only_what_is_left() {
    let place = Place::new();
    cut(&place, 3);
    let before = place.files();
    let mut words = RESUME.to_vec();
    words.push("--dry-run");
    let dry = place.suanli(&words).assert().code(0);
    let plan = text(&dry.get_output().stdout);
    assert!(
        plan.contains("memory/triad") && !plan.contains("memory/copy"),
        "{plan}"
    );
    assert_eq!(place.files(), before);
}
