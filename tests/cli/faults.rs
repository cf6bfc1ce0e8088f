//! What a device can do to a run: each fault ends its case and no other, and what is known stays.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::*;

/// A run of three products in `run.json`, the one at 65 with this fault; its exit code, standard error and file.
fn struck(fault: &str, more: &[&str]) -> (i32, String, Value) {
    let place = Place::new();
    let device = format!("{DEVICE},{fault}");
    let words = [
        "run", "--device", &device, "--tune", "off", "--out", "run.json",
    ];
    let only = [
        "--only",
        "gemm/f32",
        "--only",
        "peak/f32",
        "--only",
        "memory/copy",
        "--size",
        "64",
    ];
    let words = [&words[..], &only, more].concat();
    let output = place.suanli(&words).output().unwrap();
    let said = text(&output.stderr);
    (output.status.code().unwrap(), said, place.json("run.json"))
}

/// What became of the case in the middle, whose neighbours were measured.
fn middle(results: &Value) -> &Value {
    let found = outcomes(results);
    assert_eq!(found.len(), 3, "{found:?}");
    let kernels: Vec<_> = found.iter().map(|(kernel, _)| *kernel).collect();
    assert_eq!(kernels, ["peak/f32", "gemm/f32", "memory/copy"]);
    assert_eq!([found[0].1, found[2].1], ["measured", "measured"]);
    assert!(results["finished"].is_string());
    &records(results)[1]["outcome"]
}

#[test]
fn each_fault_ends_its_case_and_no_other() {
    for (fault, words) in [
        (
            "crash@gemm/f32",
            "the measuring process was ended by signal 6 (SIGABRT)",
        ),
        (
            "panic@gemm/f32",
            "the measuring process ended with exit code 2: a fault in suanli or in a driver: scripted",
        ),
        ("hang@gemm/f32", "no answer from the device within 0.7 s"),
        ("lost@gemm/f32", "device lost: scripted"),
        ("hung@gemm/f32", "no answer from the device within 60 s"),
        ("oom@gemm/f32", "out of device memory: scripted"),
    ] {
        let (code, said, results) = struck(fault, &["--deadline", "0.7"]);
        let error = middle(&results)["failed"]["error"].as_str().unwrap();
        assert!(error.starts_with(words), "{fault}: {error}");
        assert!(
            said.contains(&format!("gemm/f32 64: failed: {words}")),
            "{said}"
        );
        assert_eq!(code, 4, "{fault}");
    }
}

#[test]
fn samples_taken_before_a_crash_are_kept() {
    let (code, said, results) = struck("crash@gemm/f32,at=1.75", &["--mode", "burst"]);
    assert_eq!(code, 4);
    let seconds = middle(&results)["failed"]["seconds"].as_array().unwrap();
    assert!((1..30).contains(&seconds.len()), "{}", seconds.len());
    assert!(said.contains(&format!(
        "failed after {} samples: the measuring process",
        seconds.len()
    )));
    // 2 · 64³ at 1 TFLOPS.
    assert!((seconds[0].as_f64().unwrap() / 5.24288e-7 - 1.0).abs() < 1e-9);
}

#[test]
fn a_failed_search_is_filed_under_the_size_that_was_asked_for() {
    let place = Place::new();
    let device = "simulated:oom@gemm/f32";
    let words = [
        "run", "--device", device, "--only", "gemm/f32", "--size", "512", "--size", "300", "--out",
        "run.json",
    ];
    for more in [&[][..], &["--in-process"]] {
        place.suanli(&[&words[..], more].concat()).assert().code(4);
        let sizes: Vec<_> = records(&place.json("run.json"))
            .iter()
            .map(|record| record["params"]["m"].clone())
            .collect();
        assert_eq!(sizes, [512, 300]);
        fs::remove_file(place.path("run.json")).unwrap();
    }
}

#[test]
fn a_crash_keeps_the_tile_and_what_the_driver_said_last() {
    let (code, _, results) = struck("crash@gemm/f32,says=bad page", &[]);
    assert_eq!(code, 4);
    let record = &records(&results)[1];
    let error = middle(&results)["failed"]["error"].as_str().unwrap();
    assert!(error.ends_with("signal 6 (SIGABRT): bad page"), "{error}");
    assert_eq!(record["params"]["tile"]["bm"], 64);
    assert!(record["shader_sha256"].is_string());
}

#[test]
fn the_errors_a_gpu_counted_before_it_was_lost_are_kept() {
    let (code, _, results) = struck("lost@gemm/f32,at=1.75,sees@xid:79", &["--mode", "burst"]);
    assert_eq!(code, 4);
    let failed = &records(&results)[1]["outcome"]["failed"];
    // Counted since the first case, whose counters the script begins with.
    let counters = failed["observed"]["counters"].as_array().unwrap();
    assert_eq!(counters[1]["xid_count"], 79);
    assert!(failed["seconds"].as_array().unwrap().len() > 1);
}

#[test]
fn a_file_that_another_run_went_on_with_is_left_to_it() {
    let place = Place::new();
    let bus = format!("bus={:04x}:7d:1f.0", std::process::id() % 65_536);
    let (mut run, child) = hanging(&place, &format!("simulated:{bus},hang@gemm/f32"));
    let words = [
        "run",
        "--device",
        &format!("simulated:{bus}"),
        "--resume",
        "run.json",
        "--wait",
    ];
    let mut waiting = std::process::Command::new(env!("CARGO_BIN_EXE_suanli"))
        .current_dir(place.0.path())
        .args(words)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(waiting.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("waiting for the run"), "{line}");
    assert!(kill(child));
    assert_eq!(run.wait().unwrap().code(), Some(4));
    let finished = fs::read(place.path("run.json")).unwrap();
    assert_eq!(waiting.wait().unwrap().code(), Some(2));
    line.clear();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("another run has gone on with it"), "{line}");
    assert_eq!(fs::read(place.path("run.json")).unwrap(), finished);
}

#[test]
fn in_process_measures_the_same_without_a_child() {
    let (place, other) = (Place::new(), Place::new());
    let here = place.run(&["--only", "gemm/f32", "--size", "64", "--in-process"]);
    let there = other.run(&["--only", "gemm/f32", "--size", "64"]);
    assert_eq!(here["records"], there["records"]);
    assert_eq!(here["settings"]["in_process"], true);
    assert_eq!(there["settings"]["in_process"], false);
}

/// A run that hangs in its first case, and the process that it measures in.
#[cfg(target_os = "linux")]
fn hanging(place: &Place, device: &str) -> (Child, u32) {
    let words = [
        "run", "--device", device, "--only", "gemm/f32", "--size", "64", "--out", "run.json",
    ];
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_suanli"))
        .current_dir(place.0.path())
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let children = format!("/proc/{0}/task/{0}/children", run.id());
    let child = until(|| {
        let ids = fs::read_to_string(&children).ok()?;
        // The file is there once the device is open.
        place.path("run.json").exists().then_some(())?;
        ids.split_whitespace().next()?.parse().ok()
    });
    (run, child)
}

/// Polls until there is an answer.
fn until<T>(mut poll: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = poll() {
            return found;
        }
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "nothing came of it"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(target_os = "linux")]
fn is_gone(id: u32) -> Option<()> {
    let status = fs::read_to_string(format!("/proc/{id}/stat"));
    let gone = status.map_or(true, |status| status.contains(") Z "));
    gone.then_some(())
}

/// Whether there was such a process to kill.
fn kill(id: u32) -> bool {
    let status = std::process::Command::new("kill")
        .args(["-9", &id.to_string()])
        .stderr(Stdio::null())
        .status();
    status.unwrap().success()
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_child_is_a_failed_case_and_the_run_ends_in_order() {
    let place = Place::new();
    let (mut run, child) = hanging(&place, "simulated:cpu,hang@gemm/f32");
    assert!(kill(child));
    assert_eq!(run.wait().unwrap().code(), Some(4));
    let results = place.json("run.json");
    let error = records(&results)[0]["outcome"]["failed"]["error"]
        .as_str()
        .unwrap();
    assert_eq!(
        error,
        "the measuring process was ended by signal 9 (SIGKILL)"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_dies_with_its_parent_whatever_it_is_doing() {
    let place = Place::new();
    let (mut run, child) = hanging(&place, "simulated:cpu,hang@gemm/f32");
    assert!(kill(run.id()));
    run.wait().unwrap();
    until(|| is_gone(child));
    place.json("run.json");
}

#[cfg(target_os = "linux")]
#[test]
fn two_runs_on_one_gpu_are_kept_apart_and_one_can_wait() {
    let place = Place::new();
    // A bus id no machine has, of this test alone.
    let bus = format!("bus={:04x}:7f:1f.0", std::process::id() % 65_536);
    let (mut run, child) = hanging(&place, &format!("simulated:{bus},hang@gemm/f32"));
    let device = format!("simulated:{bus}");
    let other = Place::new();
    // The child holds the lock too: it may live a moment longer than its parent.
    let held = fs::read_dir(format!("/proc/{child}/fd")).unwrap();
    let held = held.filter_map(|fd| fs::read_link(fd.unwrap().path()).ok());
    let locks = held.filter(|file| file.to_string_lossy().ends_with(".lock"));
    assert_eq!(locks.count(), 1);
    let words = [
        "run", "--device", &device, "--only", "gemm/f32", "--size", "64", "--out", "run.json",
    ];
    let refused = other.suanli(&words).assert().code(2);
    let said = text(&refused.get_output().stderr);
    let id = run.id();
    assert!(
        said.contains(&format!(
            "is taken by the run (process {id}) that measures simulated"
        )),
        "{said}"
    );
    assert!(said.contains("hint: give --wait"), "{said}");
    assert!(!other.path("run.json").exists());
    let tune = ["tune", "--device", &device, "--only", "gemm/f32"];
    let refused = other.suanli(&tune).assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("is taken by"));
    let mut waiting = std::process::Command::new(env!("CARGO_BIN_EXE_suanli"))
        .current_dir(other.0.path())
        .args(words)
        .arg("--wait")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(waiting.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(
        line.contains(&format!("waiting for the run (process {id})")),
        "{line}"
    );
    assert!(kill(child));
    assert_eq!(run.wait().unwrap().code(), Some(4));
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
    assert_eq!(
        outcomes(&other.json("run.json")),
        [("gemm/f32", "measured")]
    );
}

#[test]
fn a_time_that_is_none_is_refused_with_a_hint() {
    let place = Place::new();
    for option in ["--deadline", "--soak"] {
        for time in ["0", "-3", "nan", "inf", "1e12"] {
            let words = ["run", "--device", DEVICE, option, time];
            let run = place.suanli(&words).assert().code(2);
            let said = text(&run.get_output().stderr);
            assert!(said.contains(option) && said.contains("hint:"), "{said}");
        }
    }
}

/// A software adapter's index; none (with a word why) only where none is required.
#[cfg(target_os = "linux")]
fn software_adapter() -> Option<String> {
    let devices = Place::new()
        .suanli(&["devices", "--json"])
        .output()
        .unwrap();
    let devices: Value = serde_json::from_slice(&devices.stdout).unwrap_or_default();
    let all = devices.as_array().map_or(&[][..], Vec::as_slice);
    let found = all.iter().position(|device| device["device_type"] == "cpu");
    assert!(
        found.is_some() || std::env::var_os("SUANLI_REQUIRE_GPU").is_none(),
        "SUANLI_REQUIRE_GPU is set, and there is no software adapter: {devices}"
    );
    found.map(|index| index.to_string())
}

/// A run of a shader that never ends, between two that do, on a real adapter.
#[cfg(target_os = "linux")]
fn endless<'a>(place: &Place, device: &'a str, deadline: &'a str) -> [&'a str; 15] {
    let shader = include_str!("../../shaders/memory-sweep.wgsl");
    let endless = shader.replace("trip += 1u;", "trip += constants.column;");
    assert_ne!(endless, shader);
    fs::create_dir_all(place.path("endless")).unwrap();
    place.write("endless/memory-sweep.wgsl", &endless);
    [
        "run",
        "--device",
        device,
        "--only",
        "memory/{read,sweep}",
        "--only",
        "latency/dispatch",
        "--shaders",
        "endless",
        "--tune",
        "off",
        "--deadline",
        deadline,
        "--out",
        "run.json",
    ]
}

#[cfg(target_os = "linux")]
#[test]
fn a_shader_that_never_ends_meets_the_deadline_and_the_run_goes_on() {
    let Some(device) = software_adapter() else {
        return;
    };
    let place = Place::new();
    let words = endless(&place, &device, "4");
    let run = place.suanli(&words).assert().code(4);
    let said = text(&run.get_output().stderr);
    assert!(
        said.contains("memory/sweep 16 KiB: failed: no answer from the device within 4 s"),
        "{said}"
    );
    let results = place.json("run.json");
    let found = outcomes(&results);
    assert_eq!(found[0], ("memory/read", "measured"));
    assert!(
        found[1..found.len() - 1]
            .iter()
            .all(|one| *one == ("memory/sweep", "failed"))
    );
    assert_eq!(found[found.len() - 1], ("latency/dispatch", "measured"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_killed_on_a_real_adapter_is_a_failed_case() {
    let Some(device) = software_adapter() else {
        return;
    };
    let place = Place::new();
    let words = endless(&place, &device, "60");
    let words = words.map(|word| match word {
        "memory/{read,sweep}" | "latency/dispatch" => "memory/sweep",
        other => other,
    });
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_suanli"))
        .current_dir(place.0.path())
        .args(words)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let children = format!("/proc/{0}/task/{0}/children", run.id());
    // Each case has a child of its own, since each is killed.
    let mut killed = None;
    while run.try_wait().unwrap().is_none() {
        let ids = fs::read_to_string(&children).unwrap_or_default();
        let child = ids.split_whitespace().next().and_then(|id| id.parse().ok());
        if let Some(child) =
            child.filter(|child| Some(*child) != killed && place.path("run.json").exists())
        {
            std::thread::sleep(Duration::from_millis(300));
            // It may have come to its end by itself.
            kill(child);
            killed = Some(child);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let results = place.json("run.json");
    assert!(!records(&results).is_empty());
    for record in records(&results) {
        let error = record["outcome"]["failed"]["error"].as_str().unwrap();
        assert_eq!(
            error,
            "the measuring process was ended by signal 9 (SIGKILL)"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_child_compiled_is_kept_for_the_next_run() {
    let Some(device) = software_adapter() else {
        return;
    };
    let place = Place::new();
    let words = [
        "run", "--device", &device, "--only", "peak/i32", "--tune", "off", "--out", "run.json",
    ];
    let cache = place.path("cache");
    place
        .suanli(&words)
        .env("SUANLI_CACHE", &cache)
        .assert()
        .code(0);
    let kept = |entry: fs::DirEntry| {
        entry
            .file_name()
            .to_string_lossy()
            .starts_with("wgpu_pipeline_cache")
    };
    assert!(
        fs::read_dir(&cache)
            .unwrap()
            .any(|entry| kept(entry.unwrap()))
    );
}
