//! Ctrl-C, SIGTERM and SIGKILL in the middle of a run.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use super::*;

/// A run of many small products, every one wrong: each is said on standard error once it is saved.
struct Running {
    place: Place,
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
}

const CASES: usize = 300;

const WORDS: [&str; 8] = [
    "--device",
    "simulated:cpu,wrong@gemm/f32",
    "--only",
    "gemm/f32",
    "--shapes",
    "shapes.txt",
    "--out",
    "run.json",
];

impl Running {
    fn start() -> Self {
        let place = Place::new();
        let shapes: Vec<String> = (1..=CASES).map(|k| format!("64,64,{k}\n")).collect();
        place.write("shapes.txt", &shapes.concat());
        let mut child = Command::new(env!("CARGO_BIN_EXE_suanli"))
            .current_dir(place.0.path())
            .arg("run")
            .args(WORDS)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self {
            place,
            child,
            stderr,
        }
    }

    /// Waits until the first record is saved.
    fn until_a_record(&mut self) {
        let mut line = String::new();
        while !line.contains("invalid, wrong answer") {
            line.clear();
            assert_ne!(self.stderr.read_line(&mut line).unwrap(), 0, "ended early");
        }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// The exit code and the rest of standard error.
    fn end(&mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stderr.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

#[test]
fn a_signal_keeps_what_was_measured_and_the_run_can_go_on() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut run = Running::start();
        run.until_a_record();
        run.signal(signal);
        let (ended, said) = run.end();
        assert_eq!(ended, Some(code), "{said}");
        let results = run.place.json("run.json");
        let kept = records(&results).len();
        assert!((1..CASES).contains(&kept), "{kept} records");
        assert_eq!(results["finished"], Value::Null);
        let last = said.lines().last().unwrap();
        assert!(
            last.starts_with(&format!("interrupted: kept {kept} record")),
            "{last}"
        );
        assert!(
            last.ends_with("go on with: suanli run --resume run.json"),
            "{last}"
        );
        run.place.suanli(&["report", "run.json"]).assert().code(0);

        if signal == "INT" {
            let words = [
                "run", "--resume", "run.json", "--device", WORDS[1], "--quiet",
            ];
            run.place.suanli(&words).assert().code(4);
            let after = run.place.json("run.json");
            assert_eq!(records(&after).len(), CASES);
            assert_eq!(records(&after)[..kept], records(&results)[..]);
            assert!(after["finished"].is_string());
        }
    }
}

#[test]
fn a_killed_run_leaves_a_file_that_can_be_read() {
    let mut run = Running::start();
    run.until_a_record();
    run.signal("KILL");
    let (ended, _) = run.end();
    assert_eq!(ended, None, "killed by a signal");
    let results = run.place.json("run.json");
    assert!((1..CASES).contains(&records(&results).len()));
    run.place.suanli(&["report", "run.json"]).assert().code(0);
}

#[test]
fn kills_at_any_moment_never_leave_a_file_that_can_not_be_read() {
    // Moments from before the file is there to well into the run, each another.
    for moment in 0..10_u64 {
        let mut run = Running::start();
        std::thread::sleep(std::time::Duration::from_millis(5 + 83 * moment));
        run.signal("KILL");
        let (ended, _) = run.end();
        assert_eq!(ended, None, "killed by a signal");
        if run.place.path("run.json").exists() {
            run.place.suanli(&["report", "run.json"]).assert().code(0);
        }
    }
}

#[test]
fn a_second_signal_ends_the_run_at_once() {
    let place = Place::new();
    // The reference of one such product takes the simulated device minutes.
    let mut child = Command::new(env!("CARGO_BIN_EXE_suanli"))
        .current_dir(place.0.path())
        .args([
            "run", "--device", DEVICE, "--only", "gemm/f32", "--size", "8192",
        ])
        .args(["--out", "run.json"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !place.path("run.json").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let id = child.id().to_string();
    while child.try_wait().unwrap().is_none() {
        Command::new("kill")
            .args(["-s", "INT", &id])
            .status()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(records(&place.json("run.json")).len(), 0);
}
