//! Several runs of one selection: files, order, interval, and what can't be one of several.

use super::*;

fn files(place: &Place) -> Vec<Value> {
    let files = place.files();
    let mut results: Vec<Value> = files
        .iter()
        .filter(|(path, _)| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|(_, content)| serde_json::from_slice(content).unwrap())
        .collect();
    results.sort_by_key(|results: &Value| results["one_of"]["index"].as_u64());
    results
}

const ONLY: [&str; 8] = [
    "--only",
    "peak/*",
    "--only",
    "gemm/f32",
    "--only",
    "memory/read",
    "--size",
    "64",
];

#[test]
fn each_run_is_a_file_with_its_cases_in_an_order_of_its_own() {
    let place = Place::new();
    let words = [
        "run", "--device", DEVICE, "--tune", "off", "--runs", "3", "--out", "runs",
    ];
    let run = place.suanli(&[&words[..], &ONLY].concat()).assert().code(0);
    let said = text(&run.get_output().stdout);
    assert!(said.contains("3 runs"), "{said}");
    let results = files(&place);
    assert_eq!(results.len(), 3);
    let of = |results: &Value, field: &str| results["one_of"][field].clone();
    let order = |results: &Value| {
        let kernels = records(results)
            .iter()
            .map(|record| record["kernel"].to_string());
        kernels.collect::<Vec<_>>()
    };
    for (index, one) in (1..).zip(&results) {
        assert_eq!((of(one, "index"), of(one, "of")), (index.into(), 3.into()));
        assert_eq!(of(one, "group"), of(&results[0], "group"));
        // The seed that was typed, or 1, plus the run's number.
        assert_eq!(of(one, "order_seed"), 1 + index);
    }
    assert!(
        place
            .path("runs")
            .join(of(&results[0], "group").as_str().unwrap().to_owned() + ".json")
            .exists()
    );
    assert_ne!(order(&results[0]), order(&results[1]));
    let sorted = |results: &Value| {
        let mut order = order(results);
        order.sort();
        order
    };
    assert_eq!(sorted(&results[0]), sorted(&results[2]));
    let report = place
        .suanli(&["report", "runs", "--format", "json"])
        .assert()
        .code(0);
    let sheet: Value = serde_json::from_slice(&report.get_output().stdout).unwrap();
    let row = &sheet["rows"][0];
    assert_eq!(
        (&row["runs"], &row["interval"]),
        (&3.into(), &"runs".into())
    );
    assert_eq!(sheet["runs"][0]["files"], 3);
}

#[test]
fn a_dry_run_counts_soak_runs_and_modes() {
    let place = Place::new();
    let total = |more: &[&str]| {
        let words = [
            "run",
            "--device",
            DEVICE,
            "--only",
            "gemm/f32",
            "--size",
            "64",
            "--dry-run",
        ];
        let run = place.suanli(&[&words[..], more].concat()).assert().code(0);
        text(&run.get_output().stdout)
    };
    let plain = total(&[]);
    assert!(plain.contains("1 case,"), "{plain}");
    let soaked = total(&["--soak", "180", "--runs", "2"]);
    assert!(
        soaked.contains("≤ 3 min") && soaked.contains("at most 6 min"),
        "{soaked}"
    );
    assert!(soaked.contains("1 case in each of 2 runs"), "{soaked}");
    let both = total(&["--mode", "both"]);
    assert!(
        both.contains("burst") && both.contains("2 cases,"),
        "{both}"
    );
    let devices = "simulated:bus=0000:01:00.0;simulated:bus=0000:02:00.0";
    let words = [
        "run",
        "--device",
        devices,
        "--concurrent",
        "--mode",
        "burst",
        "--only",
        "gemm/f32",
        "--size",
        "64",
        "--dry-run",
    ];
    let beside = text(&place.suanli(&words).assert().code(0).get_output().stdout);
    assert!(
        beside.contains("burst  random  237.6 kB  ≤ 2 s"),
        "{beside}"
    );
}

#[test]
fn what_can_not_be_several_runs_is_refused() {
    let place = Place::new();
    let refuse = |more: &[&str], why: &str| {
        let words = [&["run", "--device", DEVICE][..], more].concat();
        let run = place.suanli(&words).assert().code(2);
        let said = text(&run.get_output().stderr);
        assert!(said.contains(why) && said.contains("hint:"), "{said}");
    };
    refuse(&["--runs", "0"], "between 1 and 1000");
    refuse(&["--runs", "-1"], "between 1 and 1000");
    refuse(
        &["--runs", "2", "--out", "one.json"],
        "one file can't hold 2 runs",
    );
    refuse(&["--runs", "2", "--in-process"], "cannot be used with");
    refuse(&["--interleave"], "--runs");
    refuse(&["--concurrent"], "there is one device");
    refuse(&["--concurrent", "--runs", "2"], "cannot be used with");
    assert!(place.files().is_empty());
}

#[test]
fn devices_at_once_start_together_after_each_alone() {
    let place = Place::new();
    let devices = "simulated:bus=0000:01:00.0;simulated:tflops=2,bus=0000:02:00.0";
    let words = [
        "run",
        "--device",
        devices,
        "--concurrent",
        "--only",
        "gemm/f32",
        "--only",
        "peak/f64",
        "--size",
        "64",
        "--out",
        "runs",
    ];
    let run = place.suanli(&words).assert().code(0);
    let said = text(&run.get_output().stdout);
    assert_eq!(said.matches("2 devices at once").count(), 2, "{said}");
    assert_eq!(said.matches("64 (1.000× alone)").count(), 2, "{said}");
    let results = files(&place);
    assert_eq!(results.len(), 4);
    let beside = |results: &&Value| results["concurrent"].is_object();
    let (together, alone): (Vec<_>, Vec<_>) = results.iter().partition(beside);
    assert_eq!((together.len(), alone.len()), (2, 2));
    for one in &together {
        assert_eq!(one["concurrent"]["devices"], 2);
        let same = |alone: &&&Value| {
            alone["device"] == one["device"]
                && alone["started"] == one["concurrent"]["alone_started"]
        };
        let before = alone.iter().find(same).unwrap();
        for (alone, beside) in records(before).iter().zip(records(one)) {
            // A search beside others would find another tile.
            assert_eq!(alone["params"], beside["params"]);
            assert_eq!(
                (&alone["beside"], &beside["beside"]),
                (&Value::Null, &2.into())
            );
        }
        // By time alone, so that all are under load as long.
        let budget = &one["settings"]["budget"];
        assert_eq!(budget["warm_up_seconds"], budget["warm_up_cap_seconds"]);
        assert_eq!(budget["min_samples"], budget["max_samples"]);
        assert_eq!(budget, &before["settings"]["budget"]);
    }
    let file = place.files().into_keys().find(|path| {
        let beside = fs::read_to_string(path).unwrap();
        beside.contains("\"concurrent\": {")
    });
    let file = file.unwrap();
    let device = "simulated:bus=0000:01:00.0";
    let again = [
        "run",
        "--device",
        device,
        "--resume",
        file.to_str().unwrap(),
    ];
    let run = place.suanli(&again).assert().code(2);
    let said = text(&run.get_output().stderr);
    assert!(said.contains("beside other devices"), "{said}");
}

#[test]
fn a_device_that_fails_beside_others_keeps_none_of_them_waiting() {
    let place = Place::new();
    let devices = "simulated:bus=0000:01:00.0;simulated:lost@gemm/f32,bus=0000:02:00.0";
    let words = [
        "run",
        "--device",
        devices,
        "--concurrent",
        "--only",
        "gemm/*",
        "--only",
        "peak/f32",
        "--size",
        "64",
        "--out",
        "runs",
        "--tune",
        "off",
    ];
    let run = place.suanli(&words).assert().code(4);
    let said = text(&run.get_output().stderr);
    assert!(
        said.contains("simulated at 0000:02:00.0: gemm/f32 64: failed: device lost"),
        "{said}"
    );
    let results = files(&place);
    assert_eq!(results.len(), 4);
    for one in results.iter().filter(|one| one["concurrent"].is_object()) {
        assert!(one["finished"].is_string());
        for record in records(one) {
            let kernel = record["kernel"].as_str().unwrap();
            let beside = match (kernel, record["outcome"].get("unsupported")) {
                (_, Some(_)) => 0,
                ("gemm/f32", None) => 1,
                _ => 2,
            };
            assert_eq!(record["beside"], beside, "{kernel}");
        }
    }
    let report = place.suanli(&["report", "runs"]).assert().code(0);
    let said = text(&report.get_output().stdout);
    let row = |kernel: &str| {
        let rows = said.lines().filter(|line| line.contains(kernel));
        rows.filter(|row| row.contains("alone)")).count()
    };
    assert_eq!(
        (row(" gemm/f32 "), row(" gemm/int8-dot ")),
        (0, 2),
        "{said}"
    );
}

#[test]
fn a_concurrent_run_has_its_devices_to_itself_from_beginning_to_end() {
    let place = Place::new();
    let bus = format!("bus={:04x}:7e:1f.0", std::process::id() % 65_536);
    // Both at one address, whose lock can be taken but once.
    let devices = format!("simulated:pace,{bus};simulated:pace,tflops=2,{bus}");
    let words = [
        "run",
        "--device",
        &devices,
        "--concurrent",
        "--soak",
        "3",
        "--only",
        "peak/f32",
        "--tune",
        "off",
        "--out",
        "runs",
    ];
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_suanli"))
        .current_dir(place.0.path())
        .args(words)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let other = Place::new();
    let device = format!("simulated:{bus}");
    let intruder = [
        "run", "--device", &device, "--only", "gemm/f32", "--size", "64",
    ];
    // Alone, and beside each other.
    for count in [1, 3] {
        let began = std::time::Instant::now();
        while fs::read_dir(place.path("runs")).map_or(0, Iterator::count) < count {
            assert!(began.elapsed().as_secs() < 60, "no file {count}");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let refused = other.suanli(&intruder).assert().code(2);
        assert!(text(&refused.get_output().stderr).contains("is taken by"));
    }
    assert_eq!(run.wait().unwrap().code(), Some(0));
    let results = files(&place);
    assert_eq!(results.len(), 4);
    for one in results {
        for record in records(&one) {
            // A rate that stands still is steady, also where time alone ends the warm-up.
            let measured = &record["outcome"]["measured"];
            assert_eq!(measured["flags"], serde_json::json!([]), "{record}");
        }
    }
}

#[test]
fn both_modes_and_several_data_are_rows_with_their_ratios() {
    let place = Place::new();
    let device = format!("{DEVICE},hot=0.5");
    let words = [
        "run",
        "--device",
        &device,
        "--only",
        "gemm/f32",
        "--size",
        "64",
        "--mode",
        "both",
        "--data",
        "random,zeros",
        "--suite",
        "standard",
        "--tune",
        "off",
        "--out",
        "run.json",
    ];
    let run = place.suanli(&words).assert().code(0);
    let said = text(&run.get_output().stdout);
    assert!(
        said.contains("64 burst (1.3") && said.contains("64 zeros ("),
        "{said}"
    );
    let results = place.json("run.json");
    let loads: Vec<_> = records(&results)
        .iter()
        .map(|record| format!("{} {}", record["params"]["mode"], record["params"]["data"]))
        .collect();
    let wanted = [
        "burst random",
        "burst zeros",
        "sustained random",
        "sustained zeros",
    ];
    assert_eq!(
        loads,
        wanted.map(|load| format!("\"{}\"", load.replace(' ', "\" \"")))
    );
    assert_eq!(results["settings"]["modes"].as_array().unwrap().len(), 2);
    let burst = &records(&results)[0]["outcome"]["measured"];
    let sustained = &records(&results)[2]["outcome"]["measured"];
    let windows = |measured: &Value| measured["series"].as_array().unwrap().len();
    assert!(windows(burst) > 2 && windows(sustained) > 10);
    assert!(
        results["settings"]["burst_budget"]["rest_seconds"]
            .as_f64()
            .unwrap()
            > 0.0
    );
}
