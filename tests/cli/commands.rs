//! The commands that measure nothing.

use std::process::Stdio;

use super::*;

const COMMANDS: [&str; 11] = [
    "run",
    "tune",
    "devices",
    "doctor",
    "kernels",
    "report",
    "chips",
    "sign",
    "verify",
    "schema",
    "completions",
];

fn stdout(words: &[&str]) -> String {
    let output = Place::new().suanli(words).assert().code(0);
    text(&output.get_output().stdout)
}

#[test]
fn every_command_explains_itself_with_examples() {
    for command in COMMANDS {
        let help = stdout(&[command, "--help"]);
        assert!(help.contains("Examples:\n  suanli "), "{command}: {help}");
        assert!(!help.contains("simulated"), "{command}: {help}");
        assert_eq!(help, stdout(&["help", command]), "{command}");
    }
    assert!(stdout(&["--help"]).contains("Examples:\n  suanli "));
}

#[test]
fn the_version_names_revision_and_schema() {
    let version = stdout(&["--version"]);
    let expected = format!("suanli {} (rev ", env!("CARGO_PKG_VERSION"));
    assert!(version.starts_with(&expected), "{version}");
    assert!(version.ends_with(", results schema 4)\n"), "{version}");
}

#[test]
fn kernels_are_listed_and_printed_as_they_run() {
    let list = stdout(&["kernels"]);
    for kernel in suanli::kernels::ALL {
        let line = list
            .lines()
            .find(|line| line.starts_with(&format!("{} ", kernel.name)));
        assert!(
            line.is_some_and(|line| line.contains(kernel.about)),
            "{}",
            kernel.name
        );
    }
    let source = stdout(&["kernels", "gemm/f32", "--source"]);
    assert!(
        source.contains("@compute") && !source.contains("{%"),
        "{source}"
    );
    let entries: Value = serde_json::from_str(&stdout(&["kernels", "--json"])).unwrap();
    assert_eq!(
        entries.as_array().unwrap().len(),
        suanli::kernels::ALL.len()
    );
    assert_eq!(entries[0]["name"], "peak/f32");
    assert_eq!(entries[0]["direction"], "more-is-better");
    let one: Value = serde_json::from_str(&stdout(&["kernels", "peak/f16", "--json"])).unwrap();
    assert_eq!(one[0]["requires"][0], "shader-f16");
}

#[test]
fn chips_are_the_eight_of_the_table_and_one_by_name_ignoring_case_and_spaces() {
    let all = stdout(&["chips"]);
    for chip in EIGHT {
        assert!(all.contains(chip), "{chip}: {all}");
    }
    assert_eq!(
        stdout(&["chips", "天垓100"]),
        stdout(&["chips", "天垓 100"])
    );
    assert_eq!(stdout(&["chips", "a100"]), stdout(&["chips", "A 100"]));
    let json: Value = serde_json::from_str(&stdout(&["chips", "h100", "--json"])).unwrap();
    assert_eq!(json["chips"][0]["name"], "H100");
}

/// The chips of the report's Table 2.
pub const EIGHT: [&str; 8] = [
    "H100",
    "A100",
    "思元 370",
    "海光 8100",
    "壁砺 100P",
    "壁砺 104P",
    "MTT S3000",
    "天垓 100",
];

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(
            stdout(&["completions", shell]).contains("suanli"),
            "{shell}"
        );
    }
}

#[test]
fn the_doctor_always_has_something_to_say() {
    assert!(!stdout(&["doctor"]).is_empty());
}

#[test]
fn devices_as_json_are_a_list_even_where_there_are_none() {
    let devices: Value = serde_json::from_str(&stdout(&["devices", "--json"])).unwrap();
    assert!(devices.is_array());
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_suanli"))
        .args(["chips", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn what_is_piped_has_no_colour() {
    for words in [&["chips"][..], &["--help"], &["kernels"]] {
        assert!(!stdout(words).contains('\u{1b}'), "{words:?}");
    }
    let refused = Place::new().suanli(&["run", "--bogus"]).assert().code(2);
    assert!(!text(&refused.get_output().stderr).contains('\u{1b}'));
}
