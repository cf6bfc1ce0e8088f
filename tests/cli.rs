//! The whole program, as a person or a script meets it: commands, files, exit codes and what is said.
//!
//! Everything is measured on the simulated device, whose times are scripted and whose answers come from
//! the kernels' references. It poses as a software adapter, which gets the small sizes.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

#[path = "cli/chips.rs"]
mod chips;
#[path = "cli/commands.rs"]
mod commands;
#[path = "cli/evidence.rs"]
mod evidence;
#[path = "cli/faults.rs"]
mod faults;
#[path = "cli/flags.rs"]
mod flags;
#[path = "cli/foreign.rs"]
mod foreign;
#[path = "cli/gate.rs"]
mod gate;
#[path = "cli/pages.rs"]
mod pages;
#[path = "cli/plan.rs"]
mod plan;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/resume.rs"]
mod resume;
#[path = "cli/runs.rs"]
mod runs;
#[path = "cli/several.rs"]
mod several;
#[cfg(unix)]
#[path = "cli/signals.rs"]
mod signals;
#[path = "cli/tender.rs"]
mod tender;
#[path = "cli/tune.rs"]
mod tune;

/// A device that is always there.
const DEVICE: &str = "simulated:cpu";

/// An empty directory to run in.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// `suanli` with these words, not run yet.
    fn suanli(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_suanli"));
        command.current_dir(self.0.path()).args(words);
        command
    }

    /// `suanli run` on the device with these words, into `run.json`; the file.
    fn run(&self, words: &[&str]) -> Value {
        let mut all = vec!["run", "--device", DEVICE, "--out", "run.json"];
        all.extend(words);
        self.suanli(&all).assert().code(0);
        self.json("run.json")
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }

    /// Every file under the directory with its content.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn walk(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, files);
                } else {
                    files.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(self.0.path(), &mut files);
        files
    }
}

/// The records of a results file.
fn records(results: &Value) -> &Vec<Value> {
    results["records"].as_array().unwrap()
}

/// Kernel and outcome of every record.
fn outcomes(results: &Value) -> Vec<(&str, &str)> {
    records(results)
        .iter()
        .map(|record| {
            let outcome = record["outcome"].as_object().unwrap();
            assert_eq!(outcome.len(), 1, "an outcome has one key");
            let name = record["kernel"].as_str().unwrap();
            (name, outcome.keys().next().unwrap().as_str())
        })
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
