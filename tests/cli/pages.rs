//! Sheets where they are read: in a browser at the widths of a phone, a laptop and a page of A4, on paper, and in a
//! spreadsheet that computes them anew.
//!
//! Where a tool is missing a test says so and ends, unless `SUANLI_REQUIRE_OFFICE` is set.

use std::process::Command as Tool;

use calamine::{Data, Reader, Xlsx, open_workbook};

use super::*;

/// Pixels of a phone, a laptop, and a page of A4 across.
const WIDTHS: &str = "[390, 1280, 1123]";

/// A tool by the first of its names that there is.
#[allow(clippy::print_stdout, reason = "a test that is left out says so")]
fn tool(names: &[&str]) -> Option<String> {
    let there = |name: &&&str| Tool::new(name).arg("--version").output().is_ok();
    let found = names.iter().find(there);
    if found.is_none() {
        let required = std::env::var_os("SUANLI_REQUIRE_OFFICE").is_some();
        assert!(!required, "none of {names:?} is installed");
        println!("left out: none of {names:?} is installed");
    }
    found.map(|name| (*name).into())
}

fn chromium() -> Option<String> {
    tool(&["chromium", "chromium-browser", "google-chrome"])
}

/// The browser without a window, in a profile of its own, with these words; what it printed.
fn browse(place: &Place, browser: &str, words: &[&str]) -> String {
    let profile = format!("--user-data-dir={}", place.path("profile").display());
    let run = Tool::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", &profile])
        .args(words)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{said}");
    assert!(!said.contains("Uncaught"), "{said}");
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// The committed results of a GPU with sensors, whose sheet has every chart.
fn h100() -> String {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/results/nvidia-h100-80gb-hbm3/standard.json"
    );
    file.into()
}

/// Results of so many devices, with long and hostile names.
fn devices(place: &Place, count: usize) -> Vec<String> {
    let mut one: Value = serde_json::from_slice(&fs::read(h100()).unwrap()).unwrap();
    (0..count)
        .map(|at| {
            let long = "Graphics-Processing-Unit-of-a-very-long-name-without-any-space".repeat(2);
            one["device"]["name"] = match at % 3 {
                0 => format!("<script>alert({at})</script><img src=x onerror=alert(1)>"),
                1 => format!("{long}{at}"),
                _ => format!("某厂商加速卡 {at} 号 \u{202e}=cmd|' /C calc'!A0"),
            }
            .into();
            one["device"]["pci_bus_id"] = format!("0000:{at:02x}:00.0").into();
            let name = format!("device-{at}.json");
            place.write(&name, &one.to_string());
            name
        })
        .collect()
}

/// A page of these results, measured at every width: what is wrong, and how many marks charts have.
fn measured(place: &Place, browser: &str, results: &[String], lang: &str) -> (Value, u64) {
    let mut words = vec!["report", "--format", "html", "--lang", lang];
    words.extend(results.iter().map(String::as_str));
    let run = place.suanli(&words).assert().code(0);
    let page = text(&run.get_output().stdout);
    let script = include_str!("measure-page.js");
    // Inside a script, `</` would end it.
    let page = serde_json::to_string(&page).unwrap().replace("</", "<\\/");
    let test = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><body><script>const PAGE = {page}; const WIDTHS = {WIDTHS};\n{script}</script>"
    );
    let file = place.write("measure.html", &test);
    let dom = browse(
        place,
        browser,
        &[
            "--virtual-time-budget=60000",
            "--dump-dom",
            &format!("file://{}", file.display()),
        ],
    );
    let (_, rest) = dom.split_once("<pre id=\"report\">").unwrap();
    let (json, _) = rest.split_once("</pre>").unwrap();
    let json = json
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let seen: Value = serde_json::from_str(&json).unwrap();
    (seen["report"].clone(), seen["count"].as_u64().unwrap())
}

#[test]
fn a_page_fits_every_width_and_its_charts_show_the_values_of_the_tables_beside_them() {
    let Some(browser) = chromium() else { return };
    for lang in ["en", "zh"] {
        let place = Place::new();
        let (report, count) = measured(&place, &browser, &[h100()], lang);
        assert_eq!(report, Value::Array(Vec::new()), "{lang}");
        assert!(count > 3 * 60, "{lang}: {count} marks");
    }
    for count in [8, 40] {
        let place = Place::new();
        let results = devices(&place, count);
        let (report, _) = measured(&place, &browser, &results, "zh");
        assert_eq!(report, Value::Array(Vec::new()), "{count} devices");
    }
}

#[test]
fn a_printed_page_has_its_chapters_and_page_numbers() {
    let (Some(browser), Some(reader)) = (chromium(), tool(&["pdftotext"])) else {
        return;
    };
    for (lang, chapters) in [
        (
            "en",
            [
                "power and clock",
                "roofline",
                "Table 2",
                "What the flags mean",
                "Sources",
            ],
        ),
        (
            "zh",
            ["功率与时钟", "屋顶线", "表 2", "标记说明", "数据来源"],
        ),
    ] {
        let place = Place::new();
        let words = [
            "report",
            &h100(),
            "--format",
            "html",
            "--lang",
            lang,
            "--out",
            "sheets",
        ];
        place.suanli(&words).assert().code(0);
        let page = format!("file://{}", place.path("sheets/sheet.html").display());
        let paper = place.path("sheet.pdf");
        browse(
            &place,
            &browser,
            &[&format!("--print-to-pdf={}", paper.display()), &page],
        );
        let read = Tool::new(&reader).arg(&paper).arg("-").output().unwrap();
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        for chapter in chapters {
            assert!(text.contains(chapter), "{lang}: {chapter}\n{text}");
        }
        let pages = text.matches('\u{c}').count();
        assert!(pages > 3, "{pages} pages");
        for at in 1..=pages {
            assert!(
                text.contains(&format!("{at} / {pages}")),
                "{lang}: page {at} of {pages}"
            );
        }
    }
}

/// A workbook's tabs with their cells.
fn tabs(path: &Path) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let names = book.sheet_names();
    let mut cells = |name: &String| {
        let range = book.worksheet_range(name).unwrap();
        // From the first cell on, whether or not something stands there.
        let (rows, columns) = range
            .end()
            .map_or((0, 0), |(row, column)| (row + 1, column + 1));
        let cell = |row, column| {
            range
                .get_value((row, column))
                .cloned()
                .unwrap_or(Data::Empty)
        };
        (0..rows)
            .map(|row| (0..columns).map(|column| cell(row, column)).collect())
            .collect()
    };
    names
        .iter()
        .map(|name| (name.clone(), cells(name)))
        .collect()
}

fn workbook(place: &Place, results: &[String], lang: &str) -> PathBuf {
    let mut words = vec!["report", "--format", "xlsx", "--lang", lang, "--out", lang];
    words.extend(results.iter().map(String::as_str));
    place.suanli(&words).assert().code(0);
    place.path(&format!("{lang}/sheet.xlsx"))
}

#[test]
fn a_workbook_holds_the_sheets_numbers_and_computes_its_ratios() {
    let place = Place::new();
    let path = workbook(&place, &[h100()], "en");
    let sheet = place
        .suanli(&["report", &h100(), "--format", "json"])
        .assert()
        .code(0);
    let sheet: Value = serde_json::from_slice(&sheet.get_output().stdout).unwrap();
    let tabs = tabs(&path);
    let measured = tabs.iter().find(|(name, _)| name == "1 measured").unwrap();
    let rows = sheet["rows"].as_array().unwrap();
    for (row, cells) in rows.iter().zip(&measured.1[3..]) {
        assert_eq!(
            cells[0],
            Data::String(row["kernel"].as_str().unwrap().into())
        );
        let number = |cell: &Data| {
            if let Data::Float(number) = cell {
                Some(*number)
            } else {
                None
            }
        };
        for (column, key) in [(2, "value"), (3, "low"), (4, "high")] {
            assert_eq!(
                number(&cells[column]),
                row[key].as_f64(),
                "{} {key}",
                row["kernel"]
            );
        }
    }
    // As many live formulas as ratios.
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    let name = tabs
        .iter()
        .find(|(name, _)| name.contains("Table 2"))
        .unwrap()
        .0
        .clone();
    let formulas = book.worksheet_formula(&name).unwrap();
    let formulas = formulas
        .cells()
        .filter(|(_, _, formula)| formula.contains('/'))
        .count();
    let chips = sheet["chips"].as_array().unwrap().iter();
    let ratios = chips.filter(|row| row["ratio"].is_f64() || row["attainment"].is_f64());
    assert_eq!(formulas, ratios.count());
    assert!(formulas > 10);
    // The same results make the same bytes.
    let again = Place::new();
    assert!(fs::read(&path).unwrap() == fs::read(workbook(&again, &[h100()], "en")).unwrap());
}

#[test]
fn a_workbook_with_hostile_names_holds_texts_and_no_formula_of_theirs() {
    let place = Place::new();
    let results = devices(&place, 3);
    let path = workbook(&place, &results, "zh");
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    for (name, cells) in tabs(&path) {
        let formulas = book.worksheet_formula(&name).unwrap();
        for (_, _, formula) in formulas.cells() {
            assert!(!formula.contains("cmd"), "{name}: {formula}");
        }
        for cell in cells.iter().flatten() {
            assert!(!cell.to_string().contains('\u{202e}'), "{name}: {cell}");
        }
    }
    let all: Vec<String> = tabs(&path)
        .iter()
        .flat_map(|(_, rows)| rows.concat())
        .map(|cell| cell.to_string())
        .collect();
    assert!(
        all.iter().any(|text| text.contains("=cmd|")),
        "the name is shown as it is"
    );
}

/// Always computes anew what it loads.
const RECALCULATE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"#;

#[test]
fn a_spreadsheet_computes_what_the_workbook_says() {
    let Some(office) = tool(&["soffice", "libreoffice"]) else {
        return;
    };
    let place = Place::new();
    let path = workbook(&place, &[h100()], "en");
    fs::create_dir_all(place.path("office/user")).unwrap();
    place.write("office/user/registrymodifications.xcu", RECALCULATE);
    let profile = format!(
        "-env:UserInstallation=file://{}",
        place.path("office").display()
    );
    let run = Tool::new(office)
        .args([
            "--headless",
            &profile,
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
        ])
        .arg(place.path("computed"))
        .arg(&path)
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let (ours, theirs) = (tabs(&path), tabs(&place.path("computed/sheet.xlsx")));
    assert_eq!(ours.len(), theirs.len());
    let mut numbers = 0;
    for ((name, ours), (_, theirs)) in ours.iter().zip(&theirs) {
        for (row, cells) in ours.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let Data::Float(number) = cell else { continue };
                let computed = &theirs[row][column];
                let Data::Float(computed) = computed else {
                    panic!("{name} {row} {column}: {cell} became {computed}");
                };
                assert!(
                    (computed / number - 1.0).abs() < 1e-9 || number == computed,
                    "{name} {row} {column}: {number}, {computed}"
                );
                numbers += 1;
            }
        }
    }
    assert!(numbers > 300, "{numbers} numbers");
}
