//! `suanli tune`, `--tune` and `--params-from`.

use super::*;

const LIKING: &str = "simulated:likes@vector:4";

fn tune(place: &Place, words: &[&str]) -> (String, String) {
    let mut all = vec!["tune", "--only", "peak/f32"];
    all.extend(words);
    let run = place.suanli(&all).assert().code(0);
    let output = run.get_output();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn tune_prints_the_winner_beside_the_default_and_log_every_tile_tried() {
    let place = Place::new();
    let (plain, _) = tune(&place, &["--device", LIKING]);
    assert!(plain.starts_with("kernel    bucket"), "{plain}");
    assert!(
        plain.contains("peak/f32  any") && plain.contains("vector=4"),
        "{plain}"
    );
    let (logged, _) = tune(&place, &["--device", LIKING, "--log"]);
    assert!(logged.ends_with(&plain));
    let lines: Vec<_> = logged
        .lines()
        .filter(|line| line.contains("curated"))
        .collect();
    assert!(lines.len() >= 5, "{logged}");
    assert!(
        lines[0].contains("TFLOPS") && lines[0].contains("vector="),
        "{}",
        lines[0]
    );
    assert_eq!(
        logged
            .lines()
            .filter(|line| line.contains("  final  "))
            .count(),
        2
    );
    assert!(
        place.files().is_empty(),
        "the scripted device keeps no tiles"
    );
}

#[test]
fn tune_as_json_holds_the_winner_and_every_tile_tried() {
    let place = Place::new();
    let (json, _) = tune(&place, &["--device", LIKING, "--json"]);
    let rows: Value = serde_json::from_str(&json).unwrap();
    let found = &rows[0]["outcome"]["found"];
    assert_eq!(found["tile"]["vector"], 4);
    assert_eq!(found["choice"]["how"], "searched");
    assert!(rows[0]["tried"].as_array().unwrap().len() > 5);
}

#[test]
fn the_winner_is_compared_with_the_default_tile_whatever_is_tried_first() {
    let place = Place::new();
    let words = [
        "tune",
        "--only",
        "gemm/f16",
        "--size",
        "256",
        "--json",
        "--device",
        "simulated:cpu,likes@bk:64",
    ];
    let run = place.suanli(&words).assert().code(0);
    let rows: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let tried = rows[0]["tried"].as_array().unwrap();
    let default = suanli::kernels::find("gemm/f16").unwrap().candidates();
    let default = serde_json::to_value(&default[0]).unwrap();
    assert_ne!(
        tried[0]["tile"], default,
        "the order has nothing to tell apart"
    );
    let rate = |tile: &Value| {
        let mut lines = tried.iter().rev();
        let line = lines.find(|line| line["tile"] == *tile).unwrap();
        line["figure"]["value"].as_f64().unwrap()
    };
    let found = &rows[0]["outcome"]["found"];
    let over = found["over_default"].as_f64().unwrap();
    assert!((over - rate(&found["tile"]) / rate(&default)).abs() < 1e-9);
    assert!(over > 1.05, "{over}");
}

#[test]
fn a_wrong_tile_is_told_by_the_log_and_makes_verify_all_exit_with_4() {
    let place = Place::new();
    let script = "simulated:wrong@peak/f32:vector:2";
    let (logged, _) = tune(&place, &["--device", script, "--log"]);
    assert!(logged.contains("WRONG: word "), "{logged}");
    let all = ["tune", "--only", "peak/f32", "--verify-all", "--device"];
    let right = place
        .suanli(&[&all[..], &[DEVICE]].concat())
        .assert()
        .code(0);
    let right = text(&right.get_output().stdout);
    assert!(
        right.starts_with("kernel    right  wrong  refused\npeak/f32"),
        "{right}"
    );
    let wrong = place
        .suanli(&[&all[..], &[script]].concat())
        .assert()
        .code(4);
    let wrong = text(&wrong.get_output().stdout);
    assert!(
        wrong.contains("\nwrong: peak/f32 ") && wrong.contains("vector=2"),
        "{wrong}"
    );
}

#[test]
fn a_kernel_with_no_right_tile_has_no_winner_and_exits_with_4() {
    let place = Place::new();
    let words = [
        "tune",
        "--only",
        "peak/f32",
        "--device",
        "simulated:cpu,wrong@peak/f32",
    ];
    let run = place.suanli(&words).assert().code(4);
    let said = text(&run.get_output().stdout);
    assert!(
        said.contains("  none  ") && said.contains("(tile "),
        "{said}"
    );
}

#[test]
fn tiles_are_kept_in_the_folder_that_is_named_and_used_by_the_next_run() {
    let place = Place::new();
    let folder = place.path("cache");
    let how = |out: &str, words: &[&str]| {
        let all = [
            "run", "--device", LIKING, "--only", "peak/f32", "--quiet", "--out", out,
        ];
        let mut run = place.suanli(&[&all[..], words].concat());
        run.env("SUANLI_CACHE", &folder).assert().code(0);
        let record = records(&place.json(out))[0].clone();
        (
            record["outcome"]["measured"]["choice"]["how"].clone(),
            record["params"]["tile"].clone(),
        )
    };
    let (first, tile) = how("1.json", &[]);
    assert_eq!(first, "searched");
    assert_eq!(how("2.json", &[]), ("cached".into(), tile.clone()));
    assert_eq!(
        how("3.json", &["--tune", "force"]),
        ("searched".into(), tile.clone())
    );
    let (off, default) = how("4.json", &["--tune", "off"]);
    assert_eq!(off, "default");
    assert_ne!(default, tile);
    let sheet = place.suanli(&["report", "4.json"]).assert().code(0);
    assert!(text(&sheet.get_output().stdout).contains("default tile"));
    // A tile that no search could have found is never rendered.
    let kept = fs::read_to_string(folder.join("tiles.json")).unwrap();
    fs::write(
        folder.join("tiles.json"),
        kept.replace("\"vector\": 4", "\"vector\": 0"),
    )
    .unwrap();
    assert_eq!(how("edited.json", &[]), ("searched".into(), tile.clone()));
    fs::write(folder.join("tiles.json"), "{").unwrap();
    let words = [
        "run", "--device", LIKING, "--only", "peak/f32", "--quiet", "--out", "5.json",
    ];
    let run = place
        .suanli(&words)
        .env("SUANLI_CACHE", &folder)
        .assert()
        .code(0);
    let said = text(&run.get_output().stderr);
    assert!(
        said.contains("warning: ") && said.contains("searched for again"),
        "{said}"
    );
    assert_eq!(how("6.json", &[]).0, "cached");
}

#[test]
fn two_tiles_of_one_size_are_both_measured_again_and_a_foreign_length_is_not_taken_over() {
    let place = Place::new();
    let mut results = place.run(&["--only", "peak/f32"]);
    let mut other = records(&results)[0].clone();
    let sheet = place
        .suanli(&["kernels", "peak/f32", "--json"])
        .assert()
        .code(0);
    let kernels: Value = serde_json::from_slice(&sheet.get_output().stdout).unwrap();
    let tiles = kernels[0]["candidates"].as_array().unwrap();
    let tile = tiles
        .iter()
        .find(|tile| **tile != other["params"]["tile"])
        .unwrap();
    other["params"]["tile"] = tile.clone();
    // On this device a dispatch of so many trips would last for hours.
    other["params"]["trips"] = 4_000_000_000u32.into();
    results["records"].as_array_mut().unwrap().push(other);
    place.write("two.json", &results.to_string());
    let words = [
        "run",
        "--device",
        DEVICE,
        "--quiet",
        "--params-from",
        "two.json",
        "--out",
        "again.json",
    ];
    place.suanli(&words).assert().code(0);
    let again = place.json("again.json");
    assert_eq!(records(&again).len(), 2);
    for record in records(&again) {
        assert!(
            record["outcome"]["measured"]["longest_submit_seconds"]
                .as_f64()
                .unwrap()
                < 0.15
        );
    }
}

#[test]
fn an_unsupported_kernel_is_said_and_stands_in_the_json() {
    let place = Place::new();
    let device = format!("{DEVICE},no-f64");
    let words = ["tune", "--device", &device, "--only", "peak/f64", "--json"];
    let run = place.suanli(&words).assert().code(0);
    let said = text(&run.get_output().stderr);
    assert!(said.contains("peak/f64: unsupported: "), "{said}");
    assert!(
        said.contains("none of these kernels can run here"),
        "{said}"
    );
    let rows: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    assert_eq!(rows[0]["kernel"], "peak/f64");
    assert!(
        rows[0]["outcome"]["unsupported"]["reason"]
            .as_str()
            .unwrap()
            .contains("f64")
    );
}

#[test]
fn a_size_that_no_device_takes_is_skipped_and_wraps_nothing() {
    let place = Place::new();
    place.write("huge.txt", "\u{feff}4294967295\n64\n");
    let results = place.run(&["--only", "gemm/f32", "--shapes", "huge.txt"]);
    assert_eq!(
        outcomes(&results),
        [("gemm/f32", "skipped"), ("gemm/f32", "measured")]
    );
    assert_eq!(records(&results)[0]["work"]["operations"], u64::MAX);
}

#[test]
fn params_from_without_a_kernel_that_is_asked_for_is_refused() {
    let place = Place::new();
    place.run(&["--only", "gemm/f32", "--size", "64"]);
    let words = [
        "run",
        "--device",
        DEVICE,
        "--params-from",
        "run.json",
        "--only",
        "peak/*",
    ];
    let run = place.suanli(&words).assert().code(2);
    let said = text(&run.get_output().stderr);
    assert!(
        said.contains("holds no kernel that --only matches") && said.contains("hint:"),
        "{said}"
    );
}

#[test]
fn a_search_with_nothing_to_search_says_so() {
    let place = Place::new();
    let words = ["tune", "--device", DEVICE, "--only", "latency/dispatch"];
    let run = place.suanli(&words).assert().code(0);
    assert!(text(&run.get_output().stderr).contains("nothing to search"));
}

#[test]
fn params_from_measures_the_stored_shapes_with_their_tiles_again() {
    let place = Place::new();
    let first = place.run(&[
        "--only",
        "{gemm,peak}/f32",
        "--size",
        "64",
        "--size",
        "32,16,8",
    ]);
    let words = [
        "run",
        "--device",
        DEVICE,
        "--quiet",
        "--params-from",
        "run.json",
        "--out",
        "again.json",
    ];
    place.suanli(&words).assert().code(0);
    let again = place.json("again.json");
    let asked = |results: &Value| {
        let params = records(results)
            .iter()
            .map(|record| record["params"].clone());
        params.collect::<Vec<_>>()
    };
    assert_eq!(asked(&again), asked(&first));
    for record in records(&again) {
        assert_eq!(record["outcome"]["measured"]["choice"]["how"], "given");
    }
    assert_eq!(again["settings"]["params_from"].as_str().unwrap().len(), 64);
    // Only what is wanted of it.
    let some = ["--only", "peak/*", "--out", "some.json"];
    place
        .suanli(&[&words[..6], &some[..]].concat())
        .assert()
        .code(0);
    assert_eq!(records(&place.json("some.json")).len(), 1);
}

#[test]
fn params_from_a_file_with_a_tile_of_another_build_or_nothing_measured_is_refused() {
    let place = Place::new();
    let results = place.run(&["--only", "gemm/f32", "--size", "64"]);
    let mut foreign = results.clone();
    foreign["records"][0]["params"]["tile"]["bm"] = 77.into();
    let mut renamed = results.clone();
    renamed["records"][0]["kernel"] = "gemm/f31".into();
    let mut flat = results.clone();
    flat["records"][0]["params"]["m"] = 0.into();
    let mut untiled = results.clone();
    untiled["records"][0]["params"]
        .as_object_mut()
        .unwrap()
        .remove("tile");
    let mut empty = results;
    empty["records"] = Value::Array(Vec::new());
    for (content, why) in [
        (foreign, "records[0] (gemm/f32): its tile ("),
        (renamed, "no kernel of this build has this name"),
        (flat, "its size is missing or 0"),
        (untiled, "it has no tile"),
        (empty, "holds nothing that was measured"),
    ] {
        place.write("other.json", &content.to_string());
        let words = ["run", "--device", DEVICE, "--params-from", "other.json"];
        let before = place.files();
        let run = place.suanli(&words).assert().code(2);
        let said = text(&run.get_output().stderr);
        assert!(said.contains(why) && said.contains("hint: "), "{said}");
        assert_eq!(place.files(), before);
    }
}
