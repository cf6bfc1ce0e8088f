//! The chips on the command line: the report's table to the letter, a user's own, and what is wrong with a file.

use super::*;

/// The report's Table 2 as it was taken down: one chip a line, `vendor,chip,…` as printed.
const TABLE2: &str = include_str!("../reference/table2.csv");

/// The metric of each column behind vendor and chip.
const METRICS: [&str; 8] = [
    "fp32",
    "fp16",
    "int8",
    "process",
    "memory",
    "memory-type",
    "bus",
    "ecosystem",
];

#[test]
fn the_chips_as_json_are_the_reports_table_cell_by_cell() {
    let place = Place::new();
    let run = place.suanli(&["chips", "--json"]).assert().code(0);
    let printed: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let chips: Vec<&Value> = printed["chips"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|chip| chip["table2"] == true)
        .collect();
    let lines: Vec<&str> = TABLE2.lines().skip(1).collect();
    assert_eq!((lines.len(), chips.len()), (8, 8));
    for (line, chip) in lines.iter().zip(chips) {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), 2 + METRICS.len(), "{line}");
        assert_eq!(
            (&chip["vendor"], &chip["name"]),
            (&fields[0].into(), &fields[1].into())
        );
        let cells = chip["cells"].as_array().unwrap();
        for (metric, field) in METRICS.iter().zip(&fields[2..]) {
            let cell = cells.iter().find(|cell| cell["metric"] == *metric).unwrap();
            assert_eq!(cell["printed"], *field, "{line}: {metric}");
        }
        let others = cells.iter().skip(METRICS.len());
        assert!(
            others.clone().all(|cell| cell["printed"].is_null()),
            "{line}"
        );
    }
}

#[test]
fn every_public_value_has_its_source_and_date() {
    let place = Place::new();
    let run = place.suanli(&["chips", "--json"]).assert().code(0);
    let printed: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let mut values = 0;
    for chip in printed["chips"].as_array().unwrap() {
        for cell in chip["cells"].as_array().unwrap() {
            for official in cell["official"].as_array().unwrap() {
                assert!(!official["source"].as_str().unwrap().is_empty(), "{cell}");
                assert_eq!(official["date"].as_str().unwrap().len(), 10, "{cell}");
                values += 1;
            }
        }
    }
    assert!(values > 100, "{values}");
}

#[test]
fn a_file_of_chips_is_checked_and_compared_with() {
    let place = Place::new();
    let run = place.suanli(&["chips", "--template"]).assert().code(0);
    let template = text(&run.get_output().stdout);
    place.write("mine.toml", &template);
    let check = place
        .suanli(&["chips", "check", "mine.toml"])
        .assert()
        .code(0);
    let said = text(&check.get_output().stdout);
    assert_eq!(said, "right: 1 chip with 3 cells: my card\n");
    let named = ["chips", "--chips", "mine.toml", "mycard"];
    let said = text(&place.suanli(&named).assert().code(0).get_output().stdout);
    assert!(
        said.contains("my card") && said.contains("a press article"),
        "{said}"
    );
    // A device of that name is this product.
    let mine = template.replace("Vendor My Card", "simulated");
    place.write("mine.toml", &mine);
    let words = [
        "run",
        "--device",
        "simulated:tflops=30,gbs=1e6",
        "--only",
        "gemm/f32",
        "--size",
        "64",
        "--tune",
        "off",
        "--out",
        "run.json",
    ];
    place.suanli(&words).assert().code(0);
    let words = [
        "report",
        "run.json",
        "--chips",
        "mine.toml",
        "--format",
        "json",
    ];
    let report = place.suanli(&words).assert().code(0);
    let sheet: Value = serde_json::from_slice(&report.get_output().stdout).unwrap();
    assert_eq!(sheet["runs"][0]["product"], "my card");
    let rows = sheet["chips"].as_array().unwrap();
    let own = |row: &&Value| row["chip"] == "my card" && row["metric"] == "fp32";
    let attainment = rows.iter().find(own).unwrap()["attainment"]
        .as_f64()
        .unwrap();
    assert!((attainment / 0.75 - 1.0).abs() < 1e-9, "{attainment}");
}

#[test]
fn a_wrong_file_of_chips_is_refused_with_its_line() {
    let place = Place::new();
    let run = place.suanli(&["chips", "--template"]).assert().code(0);
    let template = text(&run.get_output().stdout);
    let line = |part: &str| {
        template[..template.find(part).unwrap()]
            .matches('\n')
            .count()
            + 1
    };
    for (from, to, why) in [
        (
            "value = 160.0",
            "value = 0.0",
            "my card: fp16-matrix: official 0 is not a positive number",
        ),
        (
            "tag = \"confirmed\"",
            "tag = \"sure\"",
            "unknown variant `sure`",
        ),
        (
            "engine = \"vector\"",
            "motor = \"vector\"",
            "unknown field `motor`",
        ),
        (
            "10de:0000",
            "0000",
            "my card: adapter: PCI id '0000' is not like 10de:2331",
        ),
        ("gathered = ", "gathered ", "expected"),
    ] {
        place.write("bad.toml", &template.replacen(from, to, 1));
        let refused = place
            .suanli(&["chips", "check", "bad.toml"])
            .assert()
            .code(2);
        let said = text(&refused.get_output().stderr);
        assert!(said.contains(why) && said.contains("hint:"), "{to}: {said}");
        let (_, rest) = said.split_once("bad.toml:").unwrap();
        let found: usize = rest.split(':').next().unwrap().parse().unwrap();
        // An adapter is the chip's, which begins some lines above.
        assert!(line(from).abs_diff(found) <= 9, "{to}: {said}");
        let report = ["report", "x.json", "--chips", "bad.toml"];
        place.suanli(&report).assert().code(2);
    }
    place.write("bytes.toml", "");
    fs::write(place.path("bytes.toml"), [0xff, 0xfe, 0x00]).unwrap();
    place.refuses(&["chips", "check", "bytes.toml"], "can't be read", "");
    place.refuses(
        &["chips", "check", "none.toml"],
        "none.toml: can't be read",
        "--template",
    );
}

#[test]
fn a_report_is_written_in_several_formats_and_overwrites_none() {
    let place = Place::new();
    place.run(&["--only", "gemm/f32", "--size", "64", "--tune", "off"]);
    place.refuses(
        &["report", "run.json", "--format", "md,csv"],
        "2 formats can't go to one output",
        "--out",
    );
    let words = [
        "report",
        "run.json",
        "--format",
        "md,html,csv,json,text",
        "--out",
        "sheets/new",
        "--bom",
    ];
    place.suanli(&words).assert().code(0);
    let file = |name: &str| fs::read_to_string(place.path("sheets/new").join(name)).unwrap();
    let rows = file("sheet.csv");
    assert!(
        rows.starts_with("\u{feff}device,pci_bus_id,kernel,"),
        "{rows}"
    );
    assert!(
        rows.contains("\nsimulated,,gemm/f32,64,sustained,random,measured,"),
        "{rows}"
    );
    assert!(file("table2.csv").contains("\nH100,英伟达,fp16,TFLOPS,204.9,"));
    assert!(file("sheet.md").contains("| gemm/f32 | 64 |"));
    let sheet: Value = serde_json::from_str(&file("sheet.json")).unwrap();
    assert_eq!(sheet["rows"][0]["kernel"], "gemm/f32");
    let page = file("sheet.html");
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains("<td>gemm&#x2f;f32</td>"),
        "{page}"
    );
    // What a rate counts is told where it isn't what its row says.
    assert!(
        page.contains("756 [") && page.contains("1513 (2:4 sparse) ["),
        "{page}"
    );
    assert!(file("sheet.txt").contains("│ gemm/f32 ┆ 64"));
    place.refuses(&words, "sheet.csv: exists already", "--out");
    let run = place
        .suanli(&["report", "run.json", "--format", "csv"])
        .assert()
        .code(0);
    assert!(text(&run.get_output().stdout).starts_with("device,pci_bus_id,"));
}

#[test]
fn the_centres_are_printed_as_the_report_has_them() {
    let place = Place::new();
    let run = place
        .suanli(&["chips", "--centres", "--json"])
        .assert()
        .code(0);
    let centres: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    assert_eq!(centres["schema"], 1);
    assert_eq!(centres["centres"].as_array().unwrap().len(), 31);
    let run = place
        .suanli(&["chips", "--centres", "--lang", "zh"])
        .assert()
        .code(0);
    let said = text(&run.get_output().stdout);
    for part in ["杭州人工智能计算中心", "一期 100PFlops", "所在地"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_report_takes_further_chips_by_name() {
    let place = Place::new();
    place.run(&["--only", "latency/dispatch"]);
    let chips = |words: &[&str]| {
        let all = [&["report", "run.json", "--format", "json"][..], words].concat();
        let run = place.suanli(&all).assert().code(0);
        let sheet: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
        let rows = sheet["chips"].as_array().unwrap().clone();
        rows.iter().any(|row| row["chip"] == "RTX 4090")
    };
    assert!(!chips(&[]));
    assert!(chips(&["--with", "rtx4090"]));
    let words = ["report", "run.json", "--with", "no such card"];
    place.refuses(&words, "no such card", "suanli chips");
}
