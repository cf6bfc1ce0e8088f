//! `suanli import` and `suanli audit`: files of others, and what becomes of them in every format.

use super::*;

const TABLE: &str = "评测项,FP16算力测试值(8卡平均),FP16算力标定值(8卡平均),测试标定比例(8卡平均)\n评测结果,313.182TFLOPS,353.9TFLOPS,88.5%\n";

const WORDS: [&str; 8] = [
    "import",
    "t.csv",
    "--chip",
    "昇腾 910B2",
    "--date",
    "2026-05-01",
    "--source",
    "FlagPerf",
];

#[test]
fn an_imported_value_is_marked_in_every_format_and_in_no_order() {
    let place = Place::new();
    place.write("t.csv", TABLE);
    let presume = [
        "--presume",
        "engine=matrix",
        "--presume",
        "accumulate=f32",
        "--presume",
        "sparsity=dense",
    ];
    let words = [&WORDS[..], &presume, &["--out", "i.json"]].concat();
    let run = place.suanli(&words).assert().code(0);
    let said = text(&run.get_output().stdout);
    assert!(
        said.contains("(presumed engine matrix, accumulate f32, sparsity dense)")
            && said.contains("88.49 % (presumed)"),
        "{said}"
    );
    let imported = place.json("i.json");
    assert_eq!(
        (&imported["kind"], &imported["schema"]),
        (&"suanli-imported".into(), &1.into())
    );
    assert_eq!(imported["file"], "t.csv");
    place.run(&["--only", "latency/dispatch"]);
    let report = [
        "report",
        "run.json",
        "--imported",
        "i.json",
        "--format",
        "text,md,html,csv,json",
        "--out",
        "sheets",
    ];
    place.suanli(&report).assert().code(0);
    let read = |name: &str| fs::read_to_string(place.path("sheets").join(name)).unwrap();
    for name in ["sheet.txt", "sheet.md", "sheet.html"] {
        let sheet = read(name);
        assert!(
            sheet.contains("Imported measurements: a lower class of evidence"),
            "{name}"
        );
        let line = sheet.lines().find(|line| line.contains("313.182"));
        let marked = line.is_some_and(|line| line.contains("imported")) || name == "sheet.html";
        assert!(
            marked && sheet.matches("313.182").count() == 1,
            "{name}: {line:?}"
        );
    }
    let sheet: Value = serde_json::from_str(&read("sheet.json")).unwrap();
    assert_eq!(sheet["imported"][0]["rows"][0]["basis"], "imported");
    assert_eq!(sheet["imported"][0]["rows"][0]["value"], 313.182);
    for list in ["rows", "chips", "orders"] {
        assert!(!sheet[list].to_string().contains("313.182"), "{list}");
    }
    let csv = read("imported.csv");
    assert!(
        csv.lines()
            .nth(1)
            .unwrap()
            .starts_with("imported,presumed,昇腾 910B2,"),
        "{csv}"
    );
    assert!(!read("sheet.csv").contains("313.182") && !read("table2.csv").contains("313.182"));
}

#[test]
fn without_presumption_there_is_no_ratio_but_its_reason() {
    let place = Place::new();
    place.write("t.csv", TABLE);
    let run = place.suanli(&WORDS).assert().code(0);
    let said = text(&run.get_output().stdout);
    assert!(
        said.contains("none: engine, accumulate, sparsity unspecified"),
        "{said}"
    );
    assert!(!said.contains("88.49"), "{said}");
    let json = place
        .suanli(&[&WORDS[..], &["--json"]].concat())
        .assert()
        .code(0);
    let json: Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    assert_eq!(json["rows"][0]["kind"]["engine"], "unspecified");
    assert_eq!(json["rows"][0]["place"], "t.csv:2:2");
    // Nothing but the table is there: without --out nothing is written.
    assert_eq!(place.files().len(), 1);
}

#[test]
fn a_report_of_imported_values_alone_has_no_measured_ones() {
    let place = Place::new();
    place.write("t.csv", TABLE);
    place
        .suanli(&[&WORDS[..], &["--out", "i.json"]].concat())
        .assert()
        .code(0);
    let run = place
        .suanli(&["report", "--imported", "i.json", "--lang", "zh"])
        .assert()
        .code(0);
    let said = text(&run.get_output().stdout);
    assert!(
        said.contains("导入的测量值") && said.contains("313.182"),
        "{said}"
    );
}

#[test]
fn what_is_no_import_is_refused_with_a_hint() {
    let place = Place::new();
    place.write("t.csv", TABLE);
    place.write("bad.csv", "item,measured\nfp16,14.59.0W\n");
    place.write("there.json", "mine");
    let refuse = |from: usize, words: &[&str], why: &str| {
        let mut all = WORDS.to_vec();
        all.splice(from..from + 2, words.iter().copied());
        place.refuses(&all, why, "");
    };
    refuse(4, &["--date", "May"], "--date May");
    refuse(6, &["--source", " "], "says nothing");
    refuse(2, &["--chip", "H1000"], "no such chip");
    refuse(0, &["import", "none.csv"], "can't be read");
    refuse(
        0,
        &["import", "bad.csv"],
        "bad.csv:2:2: is no single number",
    );
    for (more, why) in [
        (["--presume", "engine"], "is no field with a word"),
        (["--presume", "engine=magic"], "means no engine"),
        (["--presume", "colour=red"], "is no field of a kind"),
        (["--engine", "magic"], "means no engine"),
        (["--unit", "apples"], "is not known"),
        (
            ["--storage", "f32"],
            "storage is f16 here, and --storage f32",
        ),
        (["--out", "there.json"], "exists already"),
    ] {
        place.refuses(&[&WORDS[..], &more].concat(), why, "");
    }
    place.refuses(
        &["report", "--imported", "t.csv"],
        "is no imported file",
        "suanli import",
    );
    assert_eq!(fs::read(place.path("there.json")).unwrap(), b"mine");
}

#[test]
fn an_audit_ends_with_1_only_where_numbers_contradict_each_other() {
    let place = Place::new();
    place.write(
        "share.csv",
        "region,part,whole,share\nPUE>1.4,11,28,28.2%\n",
    );
    place.write("fine.csv", "region,part,whole,share\nPUE>1.4,11,28,39.3%\n");
    place.write("none.csv", "a,b\n1,2\n");
    let run = place
        .suanli(&["audit", "share.csv", "--json"])
        .assert()
        .code(1);
    let found: Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let one = &found["findings"][0];
    assert_eq!(
        (&one["rule"], &one["severity"]),
        (&"share".into(), &"impossible".into())
    );
    assert_eq!(
        (&one["place"], &one["seen"]),
        (&"share.csv:2:4".into(), &"28.2%".into())
    );
    assert_eq!(one["wanted"], "11 ÷ 28 = 39.3 %; 28.2% would be of 39");
    place.suanli(&["audit", "fine.csv"]).assert().code(0);
    place.refuses(
        &["audit", "none.csv"],
        "no table with headings that are known",
        "",
    );
    place.refuses(&["audit", "there.csv"], "can't be read", "");
}

#[test]
fn an_audit_of_table_2_finds_the_mixing_of_kinds_in_every_format() {
    let place = Place::new();
    place.write("table2.csv", include_str!("../reference/table2.csv"));
    for (format, lang, part) in [
        (
            "text",
            "en",
            "147 is the presumed matrix figure of 天垓 100",
        ),
        ("md", "en", "147 is the presumed matrix figure of 天垓 100"),
        ("html", "zh", "147 是 天垓 100 的（推定）矩阵数值"),
        (
            "json",
            "zh",
            "147 is the presumed matrix figure of 天垓 100",
        ),
    ] {
        let words = ["audit", "table2.csv", "--format", format, "--lang", lang];
        let run = place.suanli(&words).assert().code(0);
        let said = text(&run.get_output().stdout);
        assert!(said.contains(part), "{format}: {said}");
        let out = [&words[..], &["--out", format]].concat();
        place.suanli(&out).assert().code(0);
        assert_eq!(fs::read_to_string(place.path(format)).unwrap(), said);
        place.refuses(&out, "exists already", "");
    }
}
