//! `suanli plan`: one P under each kind of number, centres as targets, and numbers that can't be.

use super::*;

fn plan(words: &[&str]) -> Value {
    let place = Place::new();
    let all = [&["plan", "--json"][..], words].concat();
    let run = place.suanli(&all).assert().code(0);
    serde_json::from_slice(&run.get_output().stdout).unwrap()
}

/// Basis and cards of each line, by rate.
fn cards(plan: &Value) -> Vec<(String, f64, u64)> {
    let lines = plan["lines"].as_array().unwrap().iter();
    let one = |line: &Value| {
        let basis = line["basis"].as_str().unwrap().to_owned();
        let rate = line["rate"].as_f64().unwrap();
        (basis, rate, line["cards"].as_u64().unwrap())
    };
    lines.map(one).collect()
}

#[test]
fn a_hundred_p_of_fp16_are_1283_a100_as_printed_321_dense_and_161_sparse() {
    let words = ["--target", "100P", "--precision", "fp16", "--chip", "A100"];
    let plan = plan(&words);
    assert_eq!(plan["schema"], 1);
    let wanted = [
        ("printed", 77.97, 1283),
        ("official", 78.0, 1283),
        ("official", 312.0, 321),
        ("official", 624.0, 161),
    ];
    let wanted = wanted.map(|(basis, rate, cards)| (basis.to_owned(), rate, cards));
    assert_eq!(cards(&plan), wanted);
    assert_eq!(plan["lines"][3]["kind"]["sparsity"], "2:4");
    let place = Place::new();
    let run = place
        .suanli(&[&["plan"][..], &words].concat())
        .assert()
        .code(0);
    let said = text(&run.get_output().stdout);
    for part in [
        "printed in the report",
        "1283",
        "321",
        "161",
        "2:4",
        "1.17",
        "1.66",
        "A100 PCIe 80 GB",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Nobody named a price: no money is made up.
    assert!(!said.contains("prices:"));
}

#[test]
fn a_centre_is_a_target_with_what_the_report_leaves_open() {
    let stated = plan(&["--target", "宁波", "--chip", "H100 SXM5"]);
    assert_eq!(stated["target"]["precision"], "fp64");
    let open = plan(&["--target", "大连", "--precision", "fp16", "--chip", "A100"]);
    assert_eq!(open["target"]["pflops"], 100.0);
    let doubt = open["target"]["doubt"].as_str().unwrap();
    assert!(doubt.contains("without a precision"), "{doubt}");
}

#[test]
fn prices_are_the_users_with_their_date() {
    let plan = plan(&[
        "--target",
        "1P",
        "--precision",
        "fp16",
        "--chip",
        "A100",
        "--kwh-price",
        "0.62",
        "--card-price",
        "80000",
        "--prices",
        "2026-11, tax included",
        "--pue",
        "1.25",
        "--load",
        "0.5",
        "--host",
        "1.5",
    ]);
    assert_eq!(plan["assumptions"]["prices"], "2026-11, tax included");
    let dense = &plan["lines"][2];
    assert_eq!(
        (&dense["cards"], &dense["cards_cost"]),
        (&4.into(), &320_000.0.into())
    );
    let facility = &dense["facility"][0];
    let kwh = 4.0 * 0.3 * 1.5 * 1.25 * 4380.0;
    assert!((facility["kwh"].as_f64().unwrap() / kwh - 1.0).abs() < 1e-12);
    assert!((facility["cost"].as_f64().unwrap() / kwh / 0.62 - 1.0).abs() < 1e-12);
}

#[test]
fn what_is_no_plan_is_refused_with_a_hint() {
    let place = Place::new();
    let refuse = |words: &[&str], why: &str| {
        place.refuses(&[&["plan"][..], words].concat(), why, "");
    };
    let a100 = ["--precision", "fp16", "--chip", "A100", "--target"];
    let with = |target: &'static str| [&a100[..], &[target]].concat();
    refuse(
        &["--target", "100P", "--chip", "A100"],
        "no quantity without a precision",
    );
    refuse(&with("0P"), "is no amount of P");
    refuse(&with("-5"), "is no amount of P");
    refuse(&with("1e99P"), "is no amount of P");
    refuse(&with("火星"), "neither a number of P nor a centre");
    refuse(&with("人工智能"), "could be any of several centres");
    refuse(&with("庆阳"), "no number of that precision");
    refuse(
        &[
            "--target",
            "1P",
            "--precision",
            "fp16",
            "--chip",
            "海光8100",
        ],
        "no fp16 rate",
    );
    refuse(
        &["--target", "1P", "--precision", "fp16", "--chip", "H1000"],
        "no such chip",
    );
    for (option, value) in [
        ("--pue", "0.9"),
        ("--host", "nan"),
        ("--load", "1.5"),
        ("--kwh-price", "-1"),
    ] {
        refuse(&[&with("1P")[..], &[option, value]].concat(), option);
    }
}

#[test]
fn what_was_measured_of_the_chip_is_a_line_of_its_own_kind() {
    let measured = concat!(env!("CARGO_MANIFEST_DIR"), "/results/nvidia-h100-80gb-hbm3");
    let words = [
        "--target",
        "100P",
        "--precision",
        "fp16",
        "--chip",
        "H100 SXM5",
        "--measured",
        measured,
    ];
    let plan = plan(&words);
    let lines = plan["lines"].as_array().unwrap().iter();
    let own: Vec<_> = lines.filter(|line| line["basis"] == "measured").collect();
    let of = |kernel: &str| {
        let mut own = own.iter();
        let line = own.find(|line| line["source"].as_str().unwrap().starts_with(kernel));
        let line = line.unwrap_or_else(|| panic!("{kernel}: {own:?}"));
        (
            line["kind"]["engine"].clone(),
            line["cards"].as_u64().unwrap(),
        )
    };
    // 100,000 over 660.8 and over 271.
    assert_eq!(of("peak/f16-matrix-acc-f32"), ("matrix".into(), 152));
    let (engine, cards) = of("gemm/f16-matrix-acc-f32 8192");
    assert_eq!(engine, "matrix");
    assert!((360..=380).contains(&cards), "{cards}");
    // Computed in f32, it is no rate of half precision.
    assert!(
        own.iter()
            .all(|line| !line["source"].as_str().unwrap().contains("emulated"))
    );
    let place = Place::new();
    let all = [
        &["plan"][..],
        &words[..4],
        &["--chip", "A100", "--measured", measured],
    ]
    .concat();
    place.refuses(
        &all,
        "nothing was measured on a device that is this chip, A100",
        "suanli report",
    );
}
