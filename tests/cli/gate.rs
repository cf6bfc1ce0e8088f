//! The gate from the command line: runs in turn, stored files, baselines, floors, trends, and what CI reads.

use super::*;

/// Two kernels that are quick to measure: one bound by memory, one by the host.
const FEW: [&str; 4] = ["--only", "memory/copy", "--only", "latency/dispatch"];

impl Place {
    /// `suanli` with these words and a store in this place.
    fn gated(&self, words: &[&str]) -> Command {
        let mut command = self.suanli(words);
        command.env("SUANLI_STORE", self.path("store"));
        command
    }

    /// `check --run` on a scripted device, against this suanli on another.
    fn in_turn(&self, baseline: &str, candidate: &str, more: &[&str]) -> Command {
        let baseline = format!("'{}' run --device {baseline}", env!("CARGO_BIN_EXE_suanli"));
        let mut words = vec![
            "check",
            "--run",
            "--baseline-command",
            &baseline,
            "--device",
            candidate,
        ];
        words.extend(more);
        self.gated(&words)
    }

    /// Five runs, or another number, into this directory.
    fn runs(&self, device: &str, count: &str, out: &str) {
        let mut words = vec![
            "run", "--quiet", "--device", device, "--runs", count, "--out", out,
        ];
        words.extend(FEW);
        self.suanli(&words).assert().code(0);
    }
}

/// The verdicts of a judgement as JSON, by kernel.
fn verdicts(output: &[u8]) -> BTreeMap<String, String> {
    let judgement: Value = serde_json::from_slice(output).unwrap();
    let cases = judgement["cases"].as_array().unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    cases
        .iter()
        .map(|case| (word(&case["kernel"]), word(&case["verdict"])))
        .collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(kernel, verdict)| ((*kernel).into(), (*verdict).into()))
        .collect()
}

#[test]
fn a_slower_kernel_is_found_in_turn_confirmed_by_fresh_runs_and_red() {
    let place = Place::new();
    let words = [&FEW[..], &["--json"]].concat();
    let check = place.in_turn(
        "simulated:cpu",
        "simulated:cpu,slow@memory/copy:1.1",
        &words,
    );
    let check = { check }.assert().code(1);
    let output = check.get_output();
    assert_eq!(
        verdicts(&output.stdout),
        map(&[("memory/copy", "regression"), ("latency/dispatch", "same")])
    );
    let judgement: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&judgement["interleaved"], &judgement["confirmed"]),
        (&true.into(), &true.into())
    );
    assert!(
        judgement["cases"][0]["confirmation"]["change"]
            .as_f64()
            .unwrap()
            < -0.08
    );
    assert!(text(&output.stderr).contains("1 case changed: measured anew to confirm"));
    // Every run is kept: 5 of each side, and 5 of each again of the one kernel.
    let files = place.files();
    let runs = |part: &str| {
        let of = |path: &&PathBuf| {
            path.parent().unwrap().ends_with(part) && path.extension().unwrap() == "json"
        };
        files.keys().filter(of).count()
    };
    assert_eq!(
        [
            "baseline",
            "candidate",
            "confirm-baseline",
            "confirm-candidate"
        ]
        .map(runs),
        [5; 4]
    );
    let fresh = files
        .iter()
        .find(|(path, _)| path.parent().unwrap().ends_with("confirm-candidate"))
        .unwrap();
    let fresh: Value = serde_json::from_slice(fresh.1).unwrap();
    assert_eq!(outcomes(&fresh), [("memory/copy", "measured")]);
    // What was measured in turn can be judged again, from its files.
    let folder = fs::read_dir(place.path("results"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let [baseline, candidate] =
        ["baseline", "candidate"].map(|side| folder.join(side).display().to_string());
    let again = place
        .gated(&["check", &candidate, "--baseline", &baseline, "--json"])
        .assert()
        .code(1);
    assert_eq!(
        verdicts(&again.get_output().stdout)["memory/copy"],
        "regression"
    );
    let again: Value = serde_json::from_slice(&again.get_output().stdout).unwrap();
    assert_eq!(again["interleaved"], true);
}

#[test]
fn identical_code_is_green_though_its_runs_scatter() {
    let place = Place::new();
    let noisy = "simulated:cpu,run_noise=0.003";
    let words = [&FEW[..], &["--json", "--quiet"]].concat();
    let check = place.in_turn(noisy, noisy, &words).assert().code(0);
    assert_eq!(
        verdicts(&check.get_output().stdout),
        map(&[("memory/copy", "same"), ("latency/dispatch", "same")])
    );
    // The runs do scatter.
    let judgement: Value = serde_json::from_slice(&check.get_output().stdout).unwrap();
    let comparison = &judgement["cases"][0]["comparison"];
    assert!(comparison["high"].as_f64().unwrap() > comparison["low"].as_f64().unwrap());
}

#[test]
fn a_clock_that_drops_is_red_and_called_the_clock() {
    let place = Place::new();
    let words = [
        "--only", "peak/f32", "--only", "gemm/f32", "--size", "64", "--json", "--quiet",
    ];
    let cause = |candidate: &str| {
        let check = place
            .in_turn("simulated:submit_us=0", candidate, &words)
            .assert()
            .code(1);
        let judgement: Value = serde_json::from_slice(&check.get_output().stdout).unwrap();
        let cases = judgement["cases"].as_array().unwrap();
        let red = cases.iter().filter(|case| case["verdict"] == "regression");
        red.map(|case| {
            case["clocked"]["cause"]
                .as_str()
                .unwrap_or("none")
                .to_owned()
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(
        cause("simulated:submit_us=0,tflops=0.8"),
        ["clock", "clock"]
    );
    assert_eq!(
        cause("simulated:submit_us=0,slow@gemm/f32:1.25"),
        ["kernel"]
    );
}

#[test]
fn stored_runs_are_judged_and_too_few_are_refused_with_the_reason() {
    let place = Place::new();
    place.runs("simulated:cpu", "5", "old");
    place.runs("simulated:cpu,submit_us=13", "5", "new");
    let check = place
        .gated(&["check", "new", "--baseline", "old", "--json"])
        .assert()
        .code(1);
    assert_eq!(
        verdicts(&check.get_output().stdout),
        map(&[("memory/copy", "same"), ("latency/dispatch", "regression")])
    );
    let judgement: Value = serde_json::from_slice(&check.get_output().stdout).unwrap();
    assert_eq!(judgement["interleaved"], false);
    let words = ["check", "new", "--baseline", "old", "--only", "memory/*"];
    place.gated(&words).assert().code(0);

    place.runs("simulated:cpu", "3", "three");
    place.runs("simulated:cpu,submit_us=13", "3", "others");
    let refused = place
        .gated(&["check", "three", "--baseline", "others"])
        .assert()
        .code(2);
    let said = text(&refused.get_output().stderr);
    assert!(
        said.contains("3 runs can't be judged, 5 are needed on each side"),
        "{said}"
    );
    assert!(said.contains("hint: suanli run --runs 5"), "{said}");
    let refused = place
        .gated(&["check", "--run", "--baseline", "old", "--runs", "3"])
        .assert()
        .code(2);
    assert!(text(&refused.get_output().stderr).contains("--runs 3: is not between 5 and 1000"));
}

#[test]
fn a_baseline_of_another_driver_is_not_comparable_until_it_is_allowed() {
    let place = Place::new();
    place.runs("simulated:cpu", "5", "old");
    place.runs("simulated:cpu", "5", "new");
    for (path, bytes) in place.files() {
        if path.parent().unwrap().ends_with("old") {
            let text = String::from_utf8(bytes).unwrap();
            fs::write(&path, text.replace("\"scripted\"", "\"scripted 2\"")).unwrap();
        }
    }
    let check = ["check", "new", "--baseline", "old"];
    let output = place.gated(&check).assert().code(5);
    let said = text(&output.get_output().stdout);
    assert!(
        said.contains("incomparable") && said.contains("driver"),
        "{said}"
    );
    assert!(said.contains("scripted 2"), "{said}");
    place
        .gated(&[&check[..], &["--strict"]].concat())
        .assert()
        .code(1);
    place
        .gated(&[&check[..], &["--allow", "driver"]].concat())
        .assert()
        .code(0);
    let unknown = place
        .gated(&[&check[..], &["--allow", "weather"]].concat())
        .assert()
        .code(2);
    assert!(text(&unknown.get_output().stderr).contains("power-limit"));
}

#[test]
fn a_wrong_answer_of_the_candidate_is_exit_code_4() {
    let place = Place::new();
    let words = [&FEW[..], &["--json", "--quiet"]].concat();
    let check = place
        .in_turn("simulated:cpu", "simulated:cpu,wrong@memory/copy", &words)
        .assert()
        .code(4);
    assert_eq!(verdicts(&check.get_output().stdout)["memory/copy"], "wrong");
}

#[test]
fn a_kept_baseline_and_measured_floors_are_found_by_the_machine() {
    let place = Place::new();
    let missing = place
        .gated(&["check", "--run", "--device", DEVICE])
        .assert()
        .code(2);
    let said = text(&missing.get_output().stderr);
    assert!(
        said.contains("hint: give --baseline RESULTS, or keep one: suanli baseline save RESULTS"),
        "{said}"
    );

    place.runs(DEVICE, "5", "good");
    let saved = place.gated(&["baseline", "save", "good"]).assert().code(0);
    assert!(text(&saved.get_output().stderr).contains("(5 runs)"));
    let list = place
        .gated(&["baseline", "list", "--json"])
        .assert()
        .code(0);
    let list: Value = serde_json::from_slice(&list.get_output().stdout).unwrap();
    let name = list[0]["name"].as_str().unwrap();
    assert!(name.contains("/suanli-scripted/quick@"), "{name}");
    let shown = place
        .gated(&["baseline", "show", "simulated"])
        .assert()
        .code(0);
    assert!(text(&shown.get_output().stdout).contains("memory/copy"));
    let nothing = place.gated(&["baseline", "show", "H100"]).assert().code(2);
    assert!(text(&nothing.get_output().stderr).contains(name));

    let noisy = "simulated:cpu,run_noise=0.01";
    let mut words = vec![
        "calibrate",
        "--device",
        noisy,
        "--runs",
        "10",
        "--json",
        "--quiet",
    ];
    words.extend(FEW);
    let floors = place.gated(&words).assert().code(0);
    let floors: Value = serde_json::from_slice(&floors.get_output().stdout).unwrap();
    assert_eq!(floors["cases"].as_array().unwrap().len(), 2);
    let copy = |case: &&Value| case["kernel"] == "memory/copy";
    let copy = floors["cases"]
        .as_array()
        .unwrap()
        .iter()
        .find(copy)
        .unwrap();
    assert!(copy["floor"].as_f64().unwrap() > 0.01);

    // For all anybody knows, days differ by 1 %: that nothing of that size happened can't be told, unless 5 % is what counts.
    let words = ["check", "--run", "--device", DEVICE, "--json", "--quiet"];
    let check = place.gated(&words).assert().code(3);
    let output = check.get_output();
    assert!(text(&output.stderr).contains(&format!("baseline: {name}")));
    let judgement: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(judgement["cases"][0]["floor"]["basis"], "calibrated");
    place.write("five.toml", "[[threshold]]\nonly = \"*\"\npercent = 5.0\n");
    let words = [&words[..], &["--thresholds", "five.toml"]].concat();
    let check = place.gated(&words).assert().code(0);
    assert_eq!(
        verdicts(&check.get_output().stdout),
        map(&[("memory/copy", "same"), ("latency/dispatch", "same")])
    );
    // Measured with the baseline's own tiles.
    let files = place.files();
    let run = files
        .iter()
        .find(|(path, _)| path.parent().unwrap().ends_with("candidate"))
        .unwrap();
    let run: Value = serde_json::from_slice(run.1).unwrap();
    assert!(run["settings"]["params_from"].is_string());
}

#[test]
fn what_ci_reads_is_written_and_nothing_is_overwritten() {
    let place = Place::new();
    place.runs("simulated:cpu", "5", "old");
    place.runs("simulated:cpu,slow@memory/copy:1.3", "5", "new");
    let forms = [
        ("md", "gate.md"),
        ("html", "gate.html"),
        ("xlsx", "gate.xlsx"),
        ("json", "gate.json"),
        ("junit", "gate.xml"),
        ("gitlab", "quality.json"),
        ("bencher", "bencher.json"),
        ("bigger-is-better", "bigger.json"),
        ("smaller-is-better", "smaller.json"),
        ("openmetrics", "suanli.prom"),
    ];
    let outputs: Vec<String> = forms
        .iter()
        .map(|(form, file)| format!("{form}={file}"))
        .collect();
    let mut words = vec!["check", "new", "--baseline", "old"];
    words.extend(outputs.iter().flat_map(|output| ["--output", output]));
    let check = place.gated(&words).assert().code(1);
    // A table for whoever is looking, too.
    assert!(text(&check.get_output().stdout).contains("regression"));
    for (form, file) in forms {
        let bytes = fs::read(place.path(file)).unwrap();
        let named = ["xlsx"].contains(&form)
            || String::from_utf8_lossy(&bytes).contains(match form {
                "smaller-is-better" => "latency/dispatch",
                // A name may break behind its slash.
                "html" => "copy",
                _ => "memory/copy",
            });
        assert!(named, "{form}");
    }
    let refused = place.gated(&words).assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("gate.md: exists already"));
    // A collector reads its file again and again under one name.
    let words = [
        "check",
        "new",
        "--baseline",
        "old",
        "--output",
        "openmetrics=suanli.prom",
    ];
    place.gated(&words).assert().code(1);
    let unknown = place
        .gated(&["check", "new", "--baseline", "old", "--output", "yaml"])
        .assert()
        .code(2);
    assert!(text(&unknown.get_output().stderr).contains("junit, github, gitlab"));
}

#[test]
fn on_github_there_are_annotations_and_a_summary_is_appended() {
    let place = Place::new();
    place.runs("simulated:cpu", "5", "old");
    place.runs("simulated:cpu,slow@memory/copy:1.3", "5", "new");
    place.write("summary.md", "before\n");
    let words = ["check", "new", "--baseline", "old", "--output", "github"];
    let mut check = place.gated(&words);
    let check = check
        .env("GITHUB_STEP_SUMMARY", place.path("summary.md"))
        .assert()
        .code(1);
    let said = text(&check.get_output().stdout);
    assert_eq!(said.matches("::error ").count(), 1, "{said}");
    assert!(said.contains("memory/copy"));
    let summary = fs::read_to_string(place.path("summary.md")).unwrap();
    assert!(
        summary.starts_with("before\n") && summary.contains("memory/copy"),
        "{summary}"
    );
}

#[test]
fn false_alarms_are_counted_with_their_bound() {
    let place = Place::new();
    let mut words = vec![
        "aa",
        "--gates",
        "2",
        "--device",
        "simulated:cpu,run_noise=0.003",
        "--json",
    ];
    words.extend(FEW);
    let counted = place.gated(&words).assert().code(0);
    let alarms: Value = serde_json::from_slice(&counted.get_output().stdout).unwrap();
    assert_eq!(
        (&alarms["gates"], &alarms["red"], &alarms["comparisons"]),
        (&2.into(), &0.into(), &4.into())
    );
    assert!(text(&counted.get_output().stderr).contains("gate 2 of 2: "));
    let refused = place.gated(&["aa", "--gates", "0"]).assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("--gates 0: is not between 1 and 100000"));
}

#[test]
fn a_drop_in_a_series_of_nights_is_found_and_red_where_that_is_asked_for() {
    let place = Place::new();
    place.run(&FEW);
    let run = fs::read_to_string(place.path("run.json")).unwrap();
    let mut run: Value = serde_json::from_str(&run).unwrap();
    fs::create_dir(place.path("nights")).unwrap();
    let copy = run["records"]
        .as_array()
        .unwrap()
        .iter()
        .position(|record| record["kernel"] == "memory/copy")
        .unwrap();
    let before = run["records"][copy]["outcome"]["measured"]["seconds"]
        .as_array()
        .unwrap()
        .clone();
    for night in 1..=28u32 {
        let slower = if night > 15 { 1.2 } else { 1.0 };
        let noise = 1.0 + 0.001 * f64::from(night % 5);
        let scaled = before
            .iter()
            .map(|seconds| (seconds.as_f64().unwrap() * slower * noise).into());
        run["records"][copy]["outcome"]["measured"]["seconds"] = Value::Array(scaled.collect());
        run["started"] = format!("2026-11-{night:02}T02:00:00Z").into();
        place.write(&format!("nights/{night}.json"), &run.to_string());
    }
    let trend = place.gated(&["trend", "nights"]).assert().code(0);
    let said = text(&trend.get_output().stdout);
    assert!(
        said.contains("2026-11-16") && said.contains("memory/copy"),
        "{said}"
    );
    place
        .gated(&["trend", "nights", "--strict"])
        .assert()
        .code(1);
    place
        .gated(&["trend", "nights", "--strict", "--only", "latency/*"])
        .assert()
        .code(0);
    let json = place.gated(&["trend", "nights", "--json"]).assert().code(0);
    let json: Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    assert_eq!(json["series"][0]["changes"][0]["at"], 15);
    place
        .gated(&["trend", "nights", "--out", "trend.html"])
        .assert()
        .code(0);
    let page = fs::read_to_string(place.path("trend.html")).unwrap();
    assert!(page.contains("<svg"));
    place
        .gated(&["trend", "nights", "--out", "trend.html"])
        .assert()
        .code(2);
}

#[test]
fn a_run_that_cannot_start_is_told_with_what_it_said() {
    let place = Place::new();
    let words = [
        "check",
        "--run",
        "--device",
        DEVICE,
        "--baseline-command",
        "/nowhere/suanli",
    ];
    let refused = place.gated(&words).assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("/nowhere/suanli: can't be started"));
    let bad = format!("'{}' run --nonsense", env!("CARGO_BIN_EXE_suanli"));
    let words = [
        "check",
        "--run",
        "--device",
        DEVICE,
        "--baseline-command",
        &bad,
    ];
    let refused = place.gated(&words).assert().code(2);
    let said = text(&refused.get_output().stderr);
    assert!(
        said.contains("a run of the baseline ended with exit code 2")
            && said.contains("--nonsense"),
        "{said}"
    );
    let words = [
        "check",
        "--run",
        "--baseline-command",
        "'",
        "--device",
        DEVICE,
    ];
    let refused = place.gated(&words).assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("a quote that isn't closed"));
}

#[test]
fn thresholds_by_hand_are_held_and_explained() {
    let place = Place::new();
    place.runs("simulated:cpu", "5", "old");
    place.runs("simulated:cpu,slow@memory/copy:1.3", "5", "new");
    let template = place.gated(&["check", "--template"]).assert().code(0);
    let template = text(&template.get_output().stdout);
    place.write(
        "thresholds.toml",
        &template
            .replace("gemm/*", "memory/*")
            .replace("3.0", "50.0"),
    );
    let words = [
        "check",
        "new",
        "--baseline",
        "old",
        "--thresholds",
        "thresholds.toml",
    ];
    place.gated(&words).assert().code(0);
    place.write(
        "wrong.toml",
        "[[threshold]]\nonly = \"gemmm\"\npercent = 1\n",
    );
    let words = [
        "check",
        "new",
        "--baseline",
        "old",
        "--thresholds",
        "wrong.toml",
    ];
    let refused = place.gated(&words).assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("matches no kernel"));
}

/// What one side can't measure is not forgotten, though its runs are made like the other's.
#[test]
fn a_case_that_fails_on_the_baselines_side_is_not_comparable_and_no_pass() {
    let place = Place::new();
    let words = [&FEW[..], &["--json", "--quiet"]].concat();
    let check = place
        .in_turn("simulated:cpu,wrong@memory/copy", "simulated:cpu", &words)
        .assert()
        .code(5);
    assert_eq!(
        verdicts(&check.get_output().stdout),
        map(&[
            ("memory/copy", "incomparable"),
            ("latency/dispatch", "same")
        ])
    );
    let mut words = vec![
        "aa",
        "--gates",
        "1",
        "--device",
        "simulated:cpu,wrong@memory/copy",
    ];
    words.extend(FEW);
    place.gated(&words).assert().code(4);
}

#[test]
fn what_says_how_runs_are_made_is_refused_where_none_is_and_a_file_that_cannot_be_written_at_once()
{
    let place = Place::new();
    place.runs("simulated:cpu", "5", "old");
    place.runs("simulated:cpu,submit_us=13", "5", "new");
    for option in [
        ["--runs", "5"],
        ["--size", "64"],
        ["--baseline-command", "x"],
    ] {
        let words = [&["check", "new", "--baseline", "old"][..], &option].concat();
        let refused = place.gated(&words).assert().code(2);
        let said = text(&refused.get_output().stderr);
        assert!(
            said.contains(option[0]) && said.contains("hint: "),
            "{said}"
        );
    }
    fs::create_dir(place.path("closed")).unwrap();
    fs::write(place.path("closed/gate.xml"), "").unwrap();
    for (output, why) in [
        ("junit=nowhere/gate.xml", "there is no folder"),
        ("junit=", "names no file"),
        ("junit=closed/gate.xml", "exists already"),
        // A device would be gone once another file is renamed over it.
        ("openmetrics=/dev/null", "no regular file"),
        ("openmetrics=closed", "no regular file"),
        // Even root can't make a file there.
        ("junit=/proc/gate.xml", "nothing can be written to /proc"),
    ] {
        let words = [
            "check",
            "--run",
            "--baseline",
            "old",
            "--device",
            DEVICE,
            "--output",
            output,
        ];
        let refused = place.gated(&words).assert().code(2);
        let said = text(&refused.get_output().stderr);
        assert!(said.contains(why) && said.contains("hint: "), "{said}");
        assert!(!place.path("results").exists());
    }
    let twice = ["--output", "md=one", "--output", "junit=./one"];
    let words = [&["check", "new", "--baseline", "old"][..], &twice].concat();
    let refused = place.gated(&words).assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("the file of another form too"));
    // The same runs on both sides prove nothing.
    let refused = place
        .gated(&["check", "old", "--baseline", "old"])
        .assert()
        .code(2);
    assert!(text(&refused.get_output().stderr).contains("is among the baseline's too"));
    let refused = place
        .gated(&["baseline", "save", "old/nothing.json"])
        .assert()
        .code(2);
    assert!(text(&refused.get_output().stderr).contains("old/nothing.json"));
}

/// A signal to the gate alone ends the run under way, and all that a script around it has started.
#[cfg(unix)]
#[test]
fn an_interrupted_gate_ends_its_run_and_says_where_the_others_are() {
    let place = Place::new();
    let script = place.write(
        "wrapped.sh",
        &format!("'{}' \"$@\"\necho done\n", env!("CARGO_BIN_EXE_suanli")),
    );
    let baseline = format!("sh '{}' run", script.display());
    let device = "simulated:cpu,pace";
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_suanli"));
    command
        .current_dir(place.path(""))
        .env("SUANLI_STORE", place.path("store"));
    command.args([
        "check",
        "--run",
        "--device",
        device,
        "--baseline-command",
        &baseline,
        "--only",
        "memory/copy",
    ]);
    let stderr = fs::File::create(place.path("said")).unwrap();
    let mut gate = command.stderr(stderr).spawn().unwrap();
    let first = || {
        place
            .files()
            .keys()
            .any(|path| path.to_string_lossy().contains("baseline/001.json"))
    };
    while !first() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let id = i32::try_from(gate.id()).unwrap();
    let id = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert_eq!(gate.wait().unwrap().code(), Some(143));
    let said = fs::read_to_string(place.path("said")).unwrap();
    assert!(said.contains("kept in results/gate-"), "{said}");
    // Nobody writes to the place any more.
    let before = place.files();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(place.files(), before);
}

/// What `suanli` says on standard error, where it ends with this code.
fn said(command: &mut Command, code: i32) -> String {
    text(&command.assert().code(code).get_output().stderr)
}

/// A run that is missed makes the others look like all there is.
#[test]
fn a_broken_file_in_a_folder_is_an_error_and_something_else_is_passed_over() {
    let place = Place::new();
    place.runs("simulated:cpu", "5", "old");
    place.runs("simulated:cpu,submit_us=13", "5", "new");
    place.write("new/judgement.json", "{\"schema\": 1, \"cases\": []}");
    let words = ["check", "new", "--baseline", "old"];
    let warned = said(&mut place.gated(&words), 1);
    assert!(warned.contains("warning: passed over: "), "{warned}");
    place.write("new/cut.json", "{\"schema\": 4, \"rec");
    for words in [
        &words[..],
        &["baseline", "save", "new"],
        &["calibrate", "new"],
    ] {
        let refused = said(&mut place.gated(words), 2);
        assert!(refused.contains("cut.json: is cut off"), "{refused}");
    }
}

#[test]
fn parts_of_a_gate_are_no_side_of_another() {
    let place = Place::new();
    let slow = "simulated:cpu,slow@memory/copy:1.3";
    let more = ["--only", "memory/copy", "--out", "gate"];
    said(&mut place.in_turn("simulated:cpu", slow, &more), 1);
    place.runs("simulated:cpu,submit_us=13", "5", "other");
    let made = fs::read_dir(place.path("gate")).unwrap().next().unwrap();
    let part = |name: &str| {
        made.as_ref()
            .unwrap()
            .path()
            .join(name)
            .display()
            .to_string()
    };
    let [baseline, candidate] = ["baseline", "candidate"].map(part);
    let anew = part("confirm-candidate");
    for words in [
        &["check", "gate", "--baseline", "other"][..],
        &["check", "other", "--baseline", "gate"],
        &["calibrate", "gate"],
        &["baseline", "save", "gate"],
        &["calibrate", &baseline, &candidate],
        &["calibrate", &candidate, &anew],
    ] {
        let refused = said(&mut place.gated(words), 2);
        assert!(
            refused.contains(": of gate-") && refused.contains(" it holds "),
            "{refused}"
        );
        assert!(
            refused.contains("hint: give one of them, as FOLDER/gate-*/candidate"),
            "{refused}"
        );
    }
    // Made anew because they were odd: no measure for others.
    for words in [&["calibrate", &anew][..], &["baseline", "save", &anew]] {
        let refused = said(&mut place.gated(words), 2);
        assert!(refused.contains("were made anew"), "{refused}");
    }
    let words = [
        "check",
        &candidate,
        "--baseline",
        &baseline,
        "--only",
        "memory/copy",
    ];
    place.gated(&words).assert().code(1);
}

#[test]
fn what_can_be_known_is_said_before_anything_is_measured() {
    let place = Place::new();
    place.runs("simulated:cpu", "3", "few");
    place.runs("simulated:cpu", "5", "old");
    let run = ["check", "--run", "--device", DEVICE, "--out", "made"];
    for (more, why) in [
        (&["--baseline", "few"][..], "3 runs can't be judged"),
        (
            &["--baseline", "old", "--only", "peak/f32"],
            "no run holds a case of those that are asked for",
        ),
    ] {
        let refused = said(&mut place.gated(&[&run[..], more].concat()), 2);
        assert!(refused.contains(why), "{refused}");
        assert!(!place.path("made").exists());
    }
    place.runs("simulated:cpu,submit_us=13", "5", "new");
    let words = ["check", "new", "--baseline", "old", "--only", "peak/f32"];
    let refused = said(&mut place.gated(&words), 2);
    assert!(
        refused.contains("both sides: no run holds a case"),
        "{refused}"
    );
}

#[test]
fn a_file_that_cannot_be_written_costs_neither_the_verdict_nor_its_code() {
    let place = Place::new();
    place.runs("simulated:cpu", "5", "old");
    place.runs("simulated:cpu,slow@memory/copy:1.3", "5", "new");
    let words = ["check", "new", "--baseline", "old", "--output"];
    let words = [&words[..], &["github", "--output", "text"]].concat();
    let mut check = place.gated(&words);
    check.env("GITHUB_STEP_SUMMARY", "/proc/summary.md");
    let ended = check.assert().code(1);
    let failed = text(&ended.get_output().stderr);
    assert!(
        failed.contains("GITHUB_STEP_SUMMARY: names /proc/summary.md, which can't be written"),
        "{failed}"
    );
    assert!(text(&ended.get_output().stdout).contains("1 regression"));
    // What is no alarm is no success without its files either.
    place.runs("simulated:cpu,submit_us=10.0001", "5", "same");
    let words = ["check", "same", "--baseline", "old", "--output", "github"];
    let mut check = place.gated(&words);
    check.env("GITHUB_STEP_SUMMARY", "/proc/summary.md");
    check.assert().code(2);
}

/// What a shell's `<(…)` names can be read once.
#[cfg(target_os = "linux")]
#[test]
fn a_baseline_that_can_be_read_once_is_judged_by_but_not_measured_by() {
    let place = Place::new();
    place.runs("simulated:cpu", "5", "old");
    let mut check = place.gated(&[
        "check",
        "--run",
        "--device",
        DEVICE,
        "--baseline",
        "/dev/stdin",
    ]);
    let file = fs::read_dir(place.path("old"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let one = fs::read(file.path()).unwrap();
    check.write_stdin(one);
    let refused = said(&mut check, 2);
    assert!(
        refused.contains("can't be judged") || refused.contains("no regular file"),
        "{refused}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_collectors_file_stays_a_link() {
    let place = Place::new();
    place.runs("simulated:cpu", "5", "old");
    place.runs("simulated:cpu,submit_us=13", "5", "new");
    place.write("real.prom", "before");
    std::os::unix::fs::symlink("real.prom", place.path("link.prom")).unwrap();
    let words = [
        "check",
        "new",
        "--baseline",
        "old",
        "--output",
        "openmetrics=link.prom",
    ];
    place.gated(&words).assert().code(1);
    assert!(place.path("link.prom").is_symlink());
    let real = fs::read_to_string(place.path("real.prom")).unwrap();
    assert!(real.ends_with("# EOF\n"), "{real}");
}

#[test]
fn what_is_wrong_is_named_by_every_command_that_measures() {
    let place = Place::new();
    let device = "simulated:cpu,wrong@memory/copy";
    let few = [&["--quiet", "--device", device][..], &FEW].concat();
    let alarms = said(
        &mut place.gated(&[&["aa", "--gates", "1"], &few[..]].concat()),
        4,
    );
    assert!(alarms.contains("wrong: memory/copy "), "{alarms}");
    let floors = said(
        &mut place.gated(&[&["calibrate", "--runs", "10"], &few[..]].concat()),
        4,
    );
    let named = "no sound floor: memory/copy ";
    assert!(
        floors.contains(named) && floors.contains("in 10 of 10 runs"),
        "{floors}"
    );
    let only = [
        "calibrate",
        "--runs",
        "10",
        "--quiet",
        "--device",
        device,
        "--only",
        "memory/copy",
    ];
    assert!(said(&mut place.gated(&only), 4).contains(named));
    let words = [&["run", "--runs", "5", "--out", "bad"], &few[..]].concat();
    place.suanli(&words).assert().code(4);
    let saved = said(&mut place.gated(&["baseline", "save", "bad"]), 0);
    assert!(
        saved.contains("nothing to compare with: memory/copy "),
        "{saved}"
    );
}
