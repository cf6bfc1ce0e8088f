//! Runs from the command line to the file.

use super::commands::EIGHT;
use super::*;

#[test]
fn a_quick_run_writes_a_file_the_schema_accepts_and_the_report_shows_the_eight_chips() {
    let place = Place::new();
    let run = place.suanli(&["run", "--device", DEVICE]).assert().code(0);
    let output = run.get_output();
    assert!(text(&output.stdout).contains("peak/f32"));
    let files = place.files();
    assert_eq!(files.len(), 1, "{:?}", files.keys());
    let path = files.keys().next().unwrap();
    let folder = fs::canonicalize(path.parent().unwrap()).unwrap();
    assert!(folder.ends_with("results/simulated"), "{path:?}");
    assert!(text(&output.stderr).contains("results: results/simulated/"));

    let results: Value = serde_json::from_slice(&files[path]).unwrap();
    // A sweep has a record a size; every other kernel one.
    let mut names: Vec<_> = outcomes(&results).iter().map(|(name, _)| *name).collect();
    names.dedup();
    assert!(
        names
            .into_iter()
            .eq(suanli::kernels::ALL.iter().map(|kernel| kernel.name))
    );
    for (kernel, outcome) in outcomes(&results) {
        // The scripted device has no matrix engine.
        let wanted = match kernel.contains("-matrix") {
            true => "unsupported",
            false => "measured",
        };
        assert_eq!(outcome, wanted, "{kernel}");
    }
    assert!(results["finished"].is_string());
    let schema = place.suanli(&["schema"]).assert().code(0);
    let schema: Value = serde_json::from_slice(&schema.get_output().stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&results)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");

    for format in ["text", "md", "html", "json"] {
        let words = ["report", path.to_str().unwrap(), "--format", format];
        let report = place.suanli(&words).assert().code(0);
        let report = text(&report.get_output().stdout);
        for chip in EIGHT {
            assert!(report.contains(chip), "{format}: {chip}");
        }
    }
}

#[test]
fn one_wrong_element_is_invalid_and_the_other_cases_are_kept() {
    let place = Place::new();
    let words = [
        "run",
        "--device",
        "simulated:cpu,wrong@gemm/f32",
        "--only",
        "gemm/f{32,16,16-acc-f32,16-emulated}",
        "--size",
        "4096,4096,16",
        "--out",
        "run.json",
    ];
    let run = place.suanli(&words).assert().code(4);
    let said = text(&run.get_output().stderr);
    assert!(
        said.contains("gemm/f32 4096,4096,16: invalid, wrong answer"),
        "{said}"
    );
    let results = place.json("run.json");
    let mut outcomes = outcomes(&results);
    assert_eq!(outcomes.remove(0), ("gemm/f32", "invalid"));
    assert_eq!(outcomes.len(), 3);
    assert!(
        outcomes.iter().all(|(_, outcome)| *outcome == "measured"),
        "{outcomes:?}"
    );
    let invalid = &records(&results)[0]["outcome"]["invalid"];
    assert_eq!(invalid["cause"], "wrong_answer");
    // A faulty run is a finished run, and any readable file can be reported.
    assert!(results["finished"].is_string());
    place.suanli(&["report", "run.json"]).assert().code(0);
}

#[test]
fn a_lost_full_or_hanging_device_fails_its_case_and_keeps_the_rest() {
    for (fault, error) in [
        ("lost", "device lost"),
        ("oom", "out of device memory"),
        ("hung", "no answer from the device"),
    ] {
        let place = Place::new();
        let device = format!("{DEVICE},{fault}@memory/read");
        let words = [
            "run",
            "--device",
            &device,
            "--only",
            "memory/{copy,read,write,triad}",
            "--out",
            "run.json",
        ];
        place.suanli(&words).assert().code(4);
        let results = place.json("run.json");
        let expected = [
            ("memory/copy", "measured"),
            ("memory/read", "failed"),
            ("memory/write", "measured"),
            ("memory/triad", "measured"),
        ];
        assert_eq!(outcomes(&results), expected, "{fault}");
        let said = records(&results)[1]["outcome"]["failed"]["error"]
            .as_str()
            .unwrap();
        assert!(said.starts_with(error), "{said}");
    }
}

#[test]
fn what_a_device_lacks_is_unsupported_and_no_fault() {
    let place = Place::new();
    let device = format!("{DEVICE},no-f64");
    let words = [
        "run", "--device", &device, "--only", "peak/f64", "--out", "run.json",
    ];
    place.suanli(&words).assert().code(0);
    let results = place.json("run.json");
    assert_eq!(outcomes(&results), [("peak/f64", "unsupported")]);
    assert!(results["records"][0].to_string().contains("shader-f64"));
}

#[test]
fn json_is_the_file_and_nothing_else_and_quiet_is_nothing() {
    let place = Place::new();
    let words = |out, show| {
        [
            "run", "--device", DEVICE, "--only", "peak/f32", "--out", out, show,
        ]
    };
    let json = place.suanli(&words("a.json", "--json")).assert().code(0);
    assert_eq!(
        json.get_output().stdout,
        fs::read(place.path("a.json")).unwrap()
    );
    let quiet = place.suanli(&words("b.json", "--quiet")).assert().code(0);
    assert_eq!(text(&quiet.get_output().stdout), "");
    let said = text(&quiet.get_output().stderr);
    assert!(said.contains("proves answers, never speed"), "{said}");
    assert!(said.ends_with("results: b.json\n"), "{said}");
}

#[test]
fn a_directory_is_made_and_holds_one_file_a_run() {
    let place = Place::new();
    for count in 1..=2 {
        let words = [
            "run", "--device", DEVICE, "--only", "peak/f32", "--out", "a/b",
        ];
        place.suanli(&words).assert().code(0);
        let files = place.files();
        assert_eq!(files.len(), count);
        let named = |path: &PathBuf| path.extension().is_some_and(|end| end == "json");
        assert!(files.keys().all(named), "{files:?}");
    }
    place.suanli(&["report", "a/b"]).assert().code(0);
}

#[test]
fn a_dry_run_names_every_case_and_writes_nothing() {
    let place = Place::new();
    let device = format!("{DEVICE},no-f64");
    let dry = place
        .suanli(&["run", "--device", &device, "--dry-run"])
        .assert()
        .code(0);
    let plan = text(&dry.get_output().stdout);
    for kernel in suanli::kernels::ALL {
        assert!(plan.contains(kernel.name), "{plan}");
    }
    assert!(
        plan.contains("unsupported: ") && plan.contains("MB"),
        "{plan}"
    );
    assert!(plan.contains("22 cases, at most "), "{plan}");
    assert!(place.files().is_empty());
}

#[test]
fn redaction_leaves_host_name_and_command_line_out() {
    let plain = Place::new().run(&["--only", "peak/f32"]);
    assert!(
        plain["settings"]["command_line"][0]
            .as_str()
            .unwrap()
            .contains("suanli")
    );
    let redacted = Place::new().run(&["--only", "peak/f32", "--redact"]);
    assert_eq!(redacted["host"]["name"], Value::Null);
    assert_eq!(redacted["settings"]["command_line"], Value::Null);
    assert_eq!(redacted["device"]["name"], "simulated");
}

#[test]
fn what_was_asked_for_is_in_the_file() {
    let place = Place::new();
    place.write("shapes.txt", "8,16,32 # one\n64\n");
    let words = "--only gemm/f32 --size 64 --size 1,1,1 --shapes shapes.txt --data zeros --seed 7";
    let results = place.run(&words.split(' ').collect::<Vec<_>>());
    let settings = &results["settings"];
    assert_eq!(settings["seed"], 7);
    assert_eq!(settings["data"], serde_json::json!(["zeros"]));
    assert_eq!(settings["only"], serde_json::json!(["gemm/f32"]));
    let sizes = serde_json::json!([[64, 64, 64], [1, 1, 1]]);
    assert_eq!(settings["sizes"], sizes);
    assert_eq!(settings["shapes"], serde_json::json!([[8, 16, 32]]));
    assert_eq!(settings["custom_shaders"], false);
    assert_eq!(results["suite"]["name"], "quick@2");
    assert_eq!(results["tool"]["version"], env!("CARGO_PKG_VERSION"));
    assert_ne!(results["tool"]["wgpu"], "unknown");
    assert_eq!(records(&results).len(), 3);
}

#[test]
fn a_set_of_shapes_skips_what_is_too_large_for_the_device() {
    let place = Place::new();
    place.write("shapes.txt", "8\n65536\n");
    let results = place.run(&["--only", "gemm/f32", "--shapes", "shapes.txt"]);
    let outcomes = outcomes(&results);
    assert_eq!(
        outcomes,
        [("gemm/f32", "measured"), ("gemm/f32", "skipped")]
    );
    let reason = records(&results)[1]["outcome"]["skipped"]["reason"].as_str();
    assert!(reason.unwrap().contains("2147483644"), "{reason:?}");
}

#[test]
fn the_source_of_a_records_tile_has_the_records_hash() {
    use sha2::Digest;
    let place = Place::new();
    let results = place.run(&["--only", "gemm/int8-dot", "--size", "64"]);
    let record = &records(&results)[0];
    let tile = record["params"]["tile"].as_object().unwrap();
    let tile: Vec<_> = tile.iter().map(|(name, n)| format!("{name}={n}")).collect();
    let words = [
        "kernels",
        "gemm/int8-dot",
        "--source",
        "--tile",
        &tile.join(","),
    ];
    let source = place.suanli(&words).assert().code(0);
    let digest = sha2::Sha256::digest(&source.get_output().stdout);
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(record["shader_sha256"], hash);
}

#[cfg(unix)]
#[test]
fn a_new_file_obeys_the_umask_and_a_resumed_one_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.run(&["--only", "latency/dispatch"]);
    let path = place.path("run.json");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    fs::write(place.path("plain"), "").unwrap();
    let plain = fs::metadata(place.path("plain")).unwrap();
    assert_eq!(mode(), plain.permissions().mode() & 0o777);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let words = ["run", "--resume", "run.json", "--device", DEVICE];
    place.suanli(&words).assert().code(0);
    assert_eq!(mode(), 0o600);
}

#[test]
fn templates_of_a_directory_replace_those_built_in() {
    let built_in = Place::new().run(&["--only", "memory/copy"]);
    let place = Place::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    fs::create_dir(place.path("mine")).unwrap();
    let template = fs::read_to_string(folder.join("memory-copy.wgsl")).unwrap();
    place.write("mine/memory-copy.wgsl", &template);
    let same = place.run(&["--only", "memory/copy", "--shaders", "mine"]);
    assert_eq!(same["settings"]["custom_shaders"], true);
    let hash = |results: &Value| records(results)[0]["shader_sha256"].clone();
    assert_eq!(hash(&same), hash(&built_in));
    let changed = Place::new();
    fs::create_dir(changed.path("mine")).unwrap();
    changed.write("mine/memory-copy.wgsl", &format!("{template}// mine\n"));
    let changed = changed.run(&["--only", "memory/copy", "--shaders", "mine"]);
    assert_ne!(hash(&changed), hash(&built_in));
}
