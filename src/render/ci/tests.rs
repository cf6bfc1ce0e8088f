use std::collections::{BTreeSet, HashSet};
use std::process::Command;

use serde_json::{Value, from_str};

use super::fixture::{HOSTILE, every_verdict, failing, hostile, judged, judgement};
use super::{annotations, bencher, gitlab, junit, named, openmetrics, tracker};
use crate::gate::{Judgement, Verdict};

/// Whatever any format must bear.
fn all() -> [Judgement; 4] {
    [
        judgement(Vec::new()),
        every_verdict(),
        hostile(),
        failing(5_000),
    ]
}

fn array(text: &str) -> Vec<Value> {
    from_str(text).unwrap()
}

#[test]
fn a_case_is_named_by_what_was_asked_and_by_its_device_where_there_are_several() {
    let mut two = judgement(vec![
        judged("gemm/f32", Verdict::Same),
        judged("gemm/f32", Verdict::Same),
    ]);
    two.cases[1].pci_bus_id = Some("0000:66:00.0".into());
    let names = |judgement: &Judgement| -> Vec<String> {
        named(judgement).into_iter().map(|one| one.title).collect()
    };
    assert_eq!(
        names(&two),
        [
            "gemm/f32 4096 sustained random on Example GPU (0000:65:00.0)",
            "gemm/f32 4096 sustained random on Example GPU (0000:66:00.0)",
        ]
    );
    two.cases.pop();
    assert_eq!(names(&two), ["gemm/f32 4096 sustained random"]);
}

#[test]
fn no_two_cases_have_one_name_and_no_name_is_long_or_of_several_lines() {
    for judgement in all() {
        let cases = named(&judgement);
        let names: HashSet<_> = cases.iter().map(|one| &one.title).collect();
        let labels: HashSet<_> = cases.iter().map(|one| &one.labels).collect();
        assert_eq!(names.len(), judgement.cases.len());
        assert_eq!(labels.len(), judgement.cases.len());
        for name in names {
            // What Bencher takes.
            assert!(name.chars().count() < 1024 && !name.contains(char::is_control));
        }
    }
    let judgement = hostile();
    let cases = named(&judgement);
    let twins = &cases[cases.len() - 4..];
    let devices: Vec<_> = twins.iter().map(|one| &*one.labels[0]).collect();
    assert_eq!(devices, ["Twin", "Twin (2)", "Twin (3)", "Twin (4)"]);
}

/// Whether `xmllint` is there; it must be where tools are required.
#[allow(clippy::print_stdout, reason = "a test that is left out says so")]
fn can_lint() -> bool {
    let there = Command::new("xmllint").arg("--version").output().is_ok();
    if !there {
        let required = std::env::var_os("SUANLI_REQUIRE_OFFICE").is_some();
        assert!(!required, "xmllint is not installed");
        println!("left out: xmllint is not installed");
    }
    there
}

#[test]
fn junit_is_valid_by_the_schema_whatever_the_names() {
    if !can_lint() {
        return;
    }
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/junit.xsd");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("junit.xml");
    for judgement in all() {
        for strict in [false, true] {
            std::fs::write(&path, junit::document(&judgement, strict)).unwrap();
            let run = Command::new("xmllint")
                .args(["--noout", "--schema", schema])
                .arg(&path)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&run.stderr);
            assert!(run.status.success(), "{said}");
        }
    }
}

#[test]
fn junit_has_a_failure_two_errors_a_skipped_one_and_two_that_pass() {
    let text = junit::document(&every_verdict(), false);
    let counts = "tests=\"6\" failures=\"1\" errors=\"2\"";
    assert_eq!(text.matches(counts).count(), 2, "{text}");
    assert!(text.contains("errors=\"2\" skipped=\"1\">"), "{text}");
    for part in [
        "<testcase classname=\"suanli.gemm\" name=\"gemm/f32 4096 sustained random\">",
        "<failure type=\"regression\" message=\"8.6 % slower (-9.6 % to -7.6 %); the floor is 2.0 %\">",
        "<error type=\"wrong\" message=\"in 2 of 5 runs invalid",
        "<error type=\"incomparable\" message=\"driver: NVIDIA 580.1 in the baseline, NVIDIA 590.2 in the candidate\">",
        "<skipped type=\"inconclusive\" message=\"1.5 % slower",
        "change = -0.086",
        " to -0.076\np = 0.0003\nfloor = 0.02 (calibrated)",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("time="), "{text}");
    let strict = junit::document(&every_verdict(), true);
    assert!(strict.contains("tests=\"6\" failures=\"3\" errors=\"1\" skipped=\"0\""));
    assert!(strict.contains("<failure type=\"inconclusive\""));
}

#[test]
fn junit_has_a_suite_for_each_device() {
    let text = junit::document(&hostile(), false);
    let suites = text.matches("<testsuite ").count();
    // Of 16 cases no two can be on one card: nothing else tells them apart.
    assert_eq!((suites, text.matches("<testcase ").count()), (16, 16));
    assert_eq!(
        junit::document(&failing(50), false)
            .matches("<testsuite ")
            .count(),
        1
    );
}

#[test]
fn annotations_are_ten_of_a_level_at_most_the_worst_first_and_the_last_counts_the_rest() {
    let text = annotations::commands(&failing(5_000), false);
    let of = |level: &str| -> Vec<&str> {
        let lines = text.lines();
        lines.filter(|line| line.starts_with(level)).collect()
    };
    let [errors, warnings] = [of("::error "), of("::warning ")];
    assert_eq!((errors.len(), warnings.len()), (10, 10));
    assert_eq!(text.lines().count(), 20);
    // The wrong one stood last, and before it the largest change.
    assert!(errors[0].contains("wrong%3A"), "{}", errors[0]);
    assert!(errors[1].contains("4096%2C4998%2C4096"), "{}", errors[1]);
    assert!(errors[2].contains("4096%2C4996%2C4096"), "{}", errors[2]);
    assert_eq!(errors[9], "::error title=suanli check::and 2491 more");
    assert_eq!(warnings[9], "::warning title=suanli check::and 2491 more");
    let strict = annotations::commands(&failing(5_000), true);
    assert_eq!(strict.lines().count(), 10);
    assert!(strict.ends_with("and 4991 more\n"), "{strict}");
    assert_eq!(
        annotations::commands(&failing(20), false).lines().count(),
        20
    );
    assert!(!annotations::commands(&failing(20), false).contains("more"));
}

#[test]
fn annotations_say_what_failed_and_nothing_of_the_rest() {
    let text = annotations::commands(&every_verdict(), false);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(
        lines[1],
        "::error title=regression%3A gemm/f32 4096 sustained random::8.6 %25 slower (-9.6 %25 to -7.6 %25); the floor is 2.0 %25"
    );
    assert!(lines[2].starts_with("::error title=incomparable%3A memory/read"));
    assert!(lines[3].starts_with("::warning title=inconclusive%3A latency/memory"));
}

#[test]
fn no_name_starts_a_command_or_a_line_of_its_own() {
    let text = annotations::commands(&hostile(), true);
    for line in text.split(['\n', '\r']).filter(|line| !line.is_empty()) {
        let rest = line.strip_prefix("::error title=").unwrap();
        let (title, _) = rest.split_once("::").unwrap();
        assert!(!title.contains([':', ',', '\u{1b}']), "{title}");
        assert!(!line.contains("##["), "{line}");
        assert!(line.len() < 8_000, "{}", line.len());
    }
}

#[test]
fn gitlab_has_an_issue_for_what_failed_at_the_shader_it_ran() {
    let issues = array(&gitlab::document(&every_verdict(), false));
    let severities: Vec<_> = issues.iter().map(|issue| &issue["severity"]).collect();
    assert_eq!(severities, ["blocker", "critical", "major", "minor"]);
    let issue = &issues[1];
    assert_eq!(issue["check_name"], "suanli/regression");
    assert_eq!(issue["location"]["path"], "shaders/gemm-float.wgsl");
    assert_eq!(issue["location"]["lines"]["begin"], 1);
    let said = issue["description"].as_str().unwrap();
    assert!(said.starts_with("gemm/f32 4096 sustained random: regression: 8.6 % slower"));
    let strict = array(&gitlab::document(&every_verdict(), true));
    assert_eq!(strict[3]["severity"], "major");
    let copied = judgement(vec![judged("transfer/upload", Verdict::Wrong)]);
    let issues = array(&gitlab::document(&copied, false));
    assert_eq!(issues[0]["location"]["path"], "transfer/upload");
}

#[test]
fn fingerprints_are_unique_and_the_same_whatever_the_figures() {
    let prints = |judgement: &Judgement| -> Vec<String> {
        let issues = array(&gitlab::document(judgement, true));
        let prints = issues.iter().map(|issue| issue["fingerprint"].to_string());
        prints.collect()
    };
    for judgement in all() {
        let one = prints(&judgement);
        assert_eq!(one.iter().collect::<HashSet<_>>().len(), one.len());
        let mut next_night = judgement;
        for case in &mut next_night.cases {
            case.reasons.push("another night".into());
            case.comparison = super::fixture::comparison(-0.2);
        }
        assert_eq!(prints(&next_night), one);
    }
    let mut worse = every_verdict();
    let before = prints(&worse);
    worse.cases[1].verdict = Verdict::Wrong;
    assert_ne!(prints(&worse)[1], before[1]);
}

#[test]
fn bencher_has_the_figures_with_their_ends_by_unit() {
    let value: Value = from_str(&bencher::document(&every_verdict())).unwrap();
    // Neither a wrong nor an incomparable case has a figure.
    assert_eq!(value.as_object().unwrap().len(), 4);
    let metric = &value["gemm/f32 4096 sustained random"]["tflops"];
    assert_eq!(metric["value"], 45.7);
    assert_eq!(metric["lower_value"], 45.7 * 0.99);
    assert_eq!(metric["upper_value"], 45.7 * 1.01);
    for (name, measure) in [
        ("latency/memory", "microseconds"),
        ("memory/copy", "gigabytes-per-second"),
        ("gemm/int8-dot", "tops"),
    ] {
        let name = format!("{name} 4096 sustained random");
        assert!(value[&name][measure]["value"].is_f64(), "{name}");
    }
    for judgement in all() {
        let value: Value = from_str(&bencher::document(&judgement)).unwrap();
        let figures = judgement
            .cases
            .iter()
            .filter(|case| case.candidate.is_some());
        assert_eq!(value.as_object().unwrap().len(), figures.count());
    }
}

#[test]
fn latencies_stand_in_the_smaller_one_alone() {
    let judgement = every_verdict();
    let bigger = array(&tracker::bigger_is_better(&judgement));
    let smaller = array(&tracker::smaller_is_better(&judgement));
    assert_eq!((bigger.len(), smaller.len()), (3, 1));
    assert_eq!(smaller[0]["name"], "latency/memory 4096 sustained random");
    assert_eq!(smaller[0]["unit"], "µs");
    assert_eq!(bigger[0]["unit"], "TFLOPS");
    assert_eq!(bigger[0]["value"], 45.7);
    assert_eq!(bigger[0]["range"], "± 0.5");
    let extra = bigger[0]["extra"].as_str().unwrap();
    assert!(extra.starts_with("Example GPU (0000:65:00.0)\nregression: 8.6 %"));
}

#[test]
fn figures_that_json_has_no_number_for_are_left_out() {
    let mut judgement = every_verdict();
    for case in &mut judgement.cases {
        case.candidate = case.candidate.map(|one| crate::stats::Estimate {
            value: f64::NAN,
            ..one
        });
    }
    assert_eq!(bencher::document(&judgement), "{}\n");
    assert_eq!(tracker::bigger_is_better(&judgement), "[]\n");
    assert!(!openmetrics::document(&judgement).contains("_per_second"));
}

/// The series of a text: the name with its labels.
fn series(text: &str) -> Vec<&str> {
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| line.rsplit_once(' ').unwrap().0)
        .collect()
}

#[test]
fn no_series_stands_twice_and_the_families_follow_each_other() {
    for judgement in all() {
        let text = openmetrics::document(&judgement);
        let series = series(&text);
        assert_eq!(series.iter().collect::<HashSet<_>>().len(), series.len());
        assert!(text.ends_with("\n# EOF\n") && !text.contains("\n\n"));
        let mut seen = BTreeSet::new();
        let mut family = "";
        for line in text.lines().filter(|line| *line != "# EOF") {
            let line = match line.strip_prefix("# ") {
                Some(rest) => rest.split_once(' ').unwrap().1,
                None => line,
            };
            let name = line.split(['{', ' ']).next().unwrap();
            if name != family {
                assert!(seen.insert(name), "{name} again");
                family = name;
            }
        }
    }
}

#[test]
fn metrics_are_in_base_units() {
    let text = openmetrics::document(&every_verdict());
    let labels = |kernel: &str| {
        format!(
            "{{device=\"Example GPU\",bus=\"0000:65:00.0\",kernel=\"{kernel}\",size=\"4096\",mode=\"sustained\",data=\"random\""
        )
    };
    for line in [
        "# UNIT suanli_operations_per_second operations_per_second".to_owned(),
        format!(
            "suanli_operations_per_second{}}} 45700000000000",
            labels("gemm/f32")
        ),
        format!(
            "suanli_operations_per_second{}}} 45700000000000",
            labels("gemm/int8-dot")
        ),
        format!(
            "suanli_bytes_per_second{}}} 45700000000",
            labels("memory/copy")
        ),
        format!(
            "suanli_latency_seconds{}}} 0.0000457",
            labels("latency/memory")
        ),
        format!("suanli_gate_change_ratio{}}} -0.086", labels("gemm/f32")),
        format!("suanli_gate_floor_ratio{}}} 0.02", labels("gemm/f32")),
        format!(
            "suanli_gate_verdict{},verdict=\"regression\"}} 1",
            labels("gemm/f32")
        ),
        format!(
            "suanli_gate_verdict{},verdict=\"same\"}} 0",
            labels("gemm/f32")
        ),
        "suanli_gate_cases{verdict=\"wrong\"} 1".to_owned(),
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
}

#[test]
fn of_the_six_verdicts_of_a_case_one_holds() {
    let text = openmetrics::document(&every_verdict());
    let held = |line: &&str| line.starts_with("suanli_gate_verdict{") && line.ends_with(" 1");
    assert_eq!(text.lines().filter(held).count(), 6);
    assert_eq!(text.matches("\nsuanli_gate_verdict{").count(), 36);
}

#[test]
fn labels_hold_no_sign_that_ends_them() {
    let text = openmetrics::document(&hostile());
    assert!(HOSTILE.contains("\"'%,:|\\"));
    assert!(text.contains("a<b>&\\\"'%,:|\\\\"), "{text}");
    assert!(!text.contains(['\r', '\0', '\u{1b}']));
    // GitLab's reader would end the line there.
    assert_eq!(
        text.lines()
            .filter(|line| line.rfind('#') > Some(0))
            .count(),
        0
    );
}
