//! Each flag and each invalid cause on a scripted device, with the numbers it must show.

use super::*;

/// `gemm/f32` of 64 on a device of 1 TFLOPS with this script: 2 · 64³ operations, 524.288 ns each.
struct Seen {
    outcome: Value,
    /// Its row of the sheet.
    row: Value,
    printed: String,
    code: i32,
}

fn seen(script: &str, more: &[&str]) -> Seen {
    let place = Place::new();
    let device = format!("simulated:{script}");
    let words = [
        "run", "--device", &device, "--only", "gemm/f32", "--size", "64", "--out", "run.json",
        "--tune", "off",
    ];
    let run = place.suanli(&[&words[..], more].concat()).output().unwrap();
    let report = place
        .suanli(&["report", "run.json", "--format", "json"])
        .assert()
        .code(0);
    let sheet: Value = serde_json::from_slice(&report.get_output().stdout).unwrap();
    Seen {
        outcome: records(&place.json("run.json"))[0]["outcome"].clone(),
        row: sheet["rows"][0].clone(),
        printed: text(&run.stdout),
        code: run.status.code().unwrap(),
    }
}

fn flags(seen: &Seen) -> Vec<&str> {
    let flags = seen.row["flags"].as_array().unwrap().iter();
    let flags = flags.map(|flag| flag.as_str().unwrap());
    // No case is searched for: that takes longer than the rest.
    flags.filter(|flag| *flag != "default_tile").collect()
}

#[track_caller]
fn close(value: &Value, wanted: f64) {
    let value = value.as_f64().unwrap();
    assert!((value / wanted - 1.0).abs() < 1e-9, "{value} for {wanted}");
}

#[test]
fn an_ideal_device_has_no_flag() {
    let ideal = seen("", &[]);
    assert_eq!(flags(&ideal), [""; 0]);
    close(&ideal.row["value"], 1.0);
    assert_eq!(ideal.row["power"], Value::Null);
    let measured = &ideal.outcome["measured"];
    // The probe: one workgroup of 64 threads, 2¹⁴ trips of 64 steps, two operations each.
    assert_eq!(measured["probe"]["steps"], 64 << 14);
    for at in [0, 1] {
        let operations = f64::from((64 * 64 * 2) << 14);
        close(&measured["probe"]["seconds"][at], operations * 1e-12);
    }
}

#[test]
fn each_flag_is_raised_by_what_it_says() {
    for (script, more, wanted) in [
        ("cpu", &[][..], &["software_adapter"][..]),
        ("submit_us=1000", &[], &["wall_differs"]),
        ("no-timestamps", &[], &["host_clock"]),
        ("drift=0.1", &[], &["not_steady"]),
        ("drift=0.04", &["--mode", "burst"], &["clock_drift"]),
        (
            "cpu,constant@gemm/f32",
            &[],
            &["timer_suspect", "wall_differs", "software_adapter"],
        ),
        ("sees@limit:software_power_cap", &[], &["power_capped"]),
        // Under these nothing is known to be held down.
        ("sees@limit:idle", &[], &[]),
        ("sees@limit:application_clocks", &[], &[]),
        // A sensor that takes the load for idling: power and clock tell.
        (
            "sees@limit:idle,sees@limit_watts:700,sees@watts:690,sees@sm_mhz:1400,sees@most_mhz:1980",
            &[],
            &["power_capped"],
        ),
        (
            "sees@limit:idle,sees@limit_watts:700,sees@watts:650,sees@sm_mhz:1400,sees@most_mhz:1980",
            &[],
            &[],
        ),
        ("missing=0.1", &[], &["some_spoilt"]),
        ("sees@ecc:1", &[], &["hardware_errors"]),
        ("sees@xid:0", &[], &[]),
        (
            "sees@sm_mhz:2000,drift=5",
            &[],
            &["noisy", "not_steady", "clock_drift", "clocks_disagree"],
        ),
    ] {
        let seen = seen(script, more);
        assert_eq!(flags(&seen), wanted, "{script}");
        assert_eq!(seen.code, 0, "{script}");
        for (flag, reason) in [
            ("clock_drift", "+2.6 %"),
            ("power_capped", "100 %"),
            ("hardware_errors", "1 ECC uncorrected"),
            ("some_spoilt", "3 of 33"),
            ("timer_suspect", "100.0 % from proportional"),
            ("not_steady", "still moving after 0.6 s"),
        ] {
            // With several, the numbers are another script's.
            if wanted.contains(&flag) && (wanted.len() == 1 || flag == "timer_suspect") {
                let said = seen.row["reasons"][flag].as_str().unwrap();
                assert!(said.contains(reason), "{flag}: {said}");
            }
        }
        for flag in wanted {
            let explained = format!("{}: ", flag.replace('_', " "));
            assert!(seen.printed.contains(&explained), "{}", seen.printed);
        }
    }
}

#[test]
fn each_invalid_cause_says_what_was_seen() {
    for (script, cause, detail) in [
        (
            "tflops=1,sees@lanes:200,sees@most_mhz:2000",
            "above_physical_ceiling",
            "1.0000 TFLOPS, and 200 lanes at 2000 MHz can do 0.8000",
        ),
        (
            "constant@gemm/f32",
            "work_not_done",
            "4096 dispatches take 5.2429e-7 s and twice as many 5.2429e-7 s, 100.0 % from proportional",
        ),
        ("wrong@gemm/f32", "wrong_answer", "is 7, should be 6"),
        (
            "sees@limit:hardware_slowdown",
            "samples_spoilt",
            "30 of 30 samples are spoilt by what held the GPU down: hardware slowdown",
        ),
        (
            "sees@limit:hardware_slowdown,sees@limit:hardware_thermal",
            "samples_spoilt",
            "30 of 30 samples are spoilt by what held the GPU down: hardware thermal",
        ),
        (
            "sees@limit:hardware_power_brake",
            "samples_spoilt",
            "held the GPU down: hardware power brake",
        ),
        (
            "sees@limit:software_thermal",
            "samples_spoilt",
            "held the GPU down: software thermal",
        ),
        (
            "sees@limit:foreign_process",
            "samples_spoilt",
            "held the GPU down: foreign process",
        ),
    ] {
        let seen = seen(script, &[]);
        let invalid = &seen.outcome["invalid"];
        assert_eq!(invalid["cause"], cause, "{script}");
        let said = invalid["detail"].as_str().unwrap();
        assert!(said.contains(detail), "{script}: {said}");
        assert_eq!(seen.code, 4, "{script}");
        assert_eq!(seen.row["value"], Value::Null);
    }
    // At the ceiling, and where the highest clock is not known, there is a value.
    for script in [
        "sees@lanes:250,sees@most_mhz:2000",
        "sees@lanes:200,sees@sm_mhz:2000",
    ] {
        close(&seen(script, &[]).row["value"], 1.0);
    }
}

#[test]
fn sensors_stand_beside_the_value() {
    let script =
        "sees@watts:350,sees@sm_mhz:2000,sees@celsius:61,sees@limit:software_power_cap,sees@xid:2";
    let seen = seen(script, &[]);
    let power = &seen.row["power"];
    close(&power["hertz"], 2e9);
    close(&power["per_gigahertz"], 0.5);
    close(&power["celsius"], 61.0);
    close(&power["limits"]["software_power_cap"], 1.0);
    assert_eq!(power["errors"], serde_json::json!(["2 XID"]));
    // 134.2 µs of 2²⁰ steps at 2 GHz.
    close(
        &power["probe_cycles"][0],
        134.217_728e-6 * 2e9 / 1_048_576.0,
    );
    // The scripted time passes at once: far too short for an energy.
    assert_eq!(power["watts"], Value::Null);
    let why = power["no_energy"].as_str().unwrap();
    assert!(
        why.starts_with("window of 0.") && why.ends_with(" s < 2 s"),
        "{why}"
    );
    let readings = &seen.outcome["measured"]["observed"]["telemetry"]["readings"];
    assert!(readings.as_array().unwrap().len() >= 2);
    for part in [
        "power and clock, by scripted sensors",
        "2 XID",
        "software power cap 100 %",
    ] {
        assert!(seen.printed.contains(part), "{part}: {}", seen.printed);
    }
}

#[test]
fn a_machine_without_sensors_and_timestamps_is_measured_and_says_what_is_missing() {
    let place = Place::new();
    let words = [
        "run",
        "--device",
        "simulated:no-timestamps,no-f16,no-f64",
        "--tune",
        "off",
        "--size",
        "64",
        "--only",
        "peak/*",
        "--only",
        "gemm/*",
        "--only",
        "transfer/upload",
        "--out",
        "run.json",
    ];
    let run = place.suanli(&words).assert().code(0);
    let said = text(&run.get_output().stdout);
    for part in [
        "host clock",
        "unsupported: the adapter",
        "no timestamps, or gives none: timed by",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let results = place.json("run.json");
    for field in ["gpu", "governor"] {
        let environment = &results["environment"];
        let reason = environment["missing"][field].as_str().unwrap_or_default();
        assert!(
            environment[field].is_string() || !reason.is_empty(),
            "{field}"
        );
    }
    let mut measured = 0;
    for record in records(&results) {
        let Some(outcome) = record["outcome"].get("measured") else {
            assert!(record["outcome"].get("unsupported").is_some(), "{record}");
            continue;
        };
        measured += 1;
        assert_ne!(outcome["clock"], "timestamps");
        let observed = outcome["observed"].as_object().unwrap();
        assert_eq!(observed.keys().collect::<Vec<_>>(), ["dispatches"]);
        // The probe is a difference of the host's times.
        close(&outcome["probe"]["seconds"][0], 134.217_728e-6);
    }
    assert!(measured >= 5, "{measured}");
}

#[test]
fn an_energy_is_filled_in_where_its_window_is_long_enough() {
    let seen = seen(
        "pace,sees@counter_watts:350,sees@watts:340,sees@sm_mhz:2000",
        &["--soak", "4"],
    );
    let power = &seen.row["power"];
    // The counter's seconds are those it is divided by, but for the moment between two looks at a clock.
    let watts = power["watts"].as_f64().unwrap();
    assert!((watts / 350.0 - 1.0).abs() < 0.05, "{watts}");
    assert_eq!(power["energy_source"], "scripted sensors, energy counter");
    assert_eq!(power["no_energy"], Value::Null);
    let observed = &seen.outcome["measured"]["observed"];
    let energy = &observed["telemetry"]["energy"];
    assert!(energy["seconds"].as_f64().unwrap() >= 4.0);
    assert!(energy["updates"].as_u64().unwrap() >= 20);
    let work = observed["dispatches"].as_f64().unwrap() * f64::from(2 * 64 * 64 * 64);
    close(&power["joules"], energy["joules"].as_f64().unwrap() / work);
    let joules = power["joules"].as_f64().unwrap();
    close(&power["per_watt"], 1e-12 / joules);
    assert!(seen.printed.contains(" pJ "), "{}", seen.printed);
}

#[test]
fn impossible_scripts_are_refused() {
    let place = Place::new();
    for script in [
        "tflops=nan",
        "tflops=-1",
        "tflops=0",
        "gbs=inf",
        "drift=-2",
        "hot=-5",
        "at=-1",
        "sees@watts:-5",
        "sees@sm_mhz:nan",
        "sees@amperes:1",
        "sees@limit:foo",
    ] {
        let device = format!("simulated:{script}");
        let run = place.suanli(&["run", "--device", &device]).assert().code(2);
        let said = text(&run.get_output().stderr);
        assert!(said.contains(&device) && said.contains("hint:"), "{said}");
    }
    assert!(place.files().is_empty());
}

#[test]
fn the_state_of_the_gpu_is_stored_before_and_after_and_its_absence_has_a_reason() {
    let place = Place::new();
    let run = |script: &str, file: &str| {
        let device = format!("simulated:{script}");
        let words = [
            "run", "--device", &device, "--only", "gemm/f32", "--size", "64", "--out", file,
        ];
        place.suanli(&words).assert().code(0);
        place.json(file)["environment"].clone()
    };
    let environment = run("sees@limit_watts:700,sees@celsius:40", "with.json");
    for when in ["gpu", "gpu_after"] {
        assert_eq!(environment[when]["power_limit_watts"], 700.0);
        assert_eq!(environment[when]["celsius"], 40.0);
    }
    let environment = run("", "without.json");
    assert_eq!(environment["gpu"], Value::Null);
    let reason = &environment["missing"]["gpu"];
    assert_eq!(
        reason,
        "a simulated device has no sensors but scripted ones"
    );
}
