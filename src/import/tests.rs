//! Tables as FlagPerf and others write them, and files that nobody should write.

use std::io::{Cursor, Write};

use proptest::prelude::*;

use super::columns::{Column, bodies, format, heading};
use super::number::{Number, Quantity, Span, is_nothing, is_quotient, number, unit};
use super::table::{MOST_BYTES, tables};
use super::*;
use crate::chips::all;
use crate::figure::{Engine, Format, Metric, Scope, Sparsity};

/// FlagPerf's table of FP16 on an Ascend 910B, as CSV.
const FLAGPERF: &str = "\
评测项,FP16算力测试值(8卡平均),FP16算力标定值(8卡平均),测试标定比例(8卡平均)
评测结果,313.182TFLOPS,313.000TFLOPS,100.1%

监控项,系统平均功耗,单卡平均功耗(8卡平均),单卡TDP
监控结果,/,364.513W,/

评测项,主存带宽测试值(8卡平均),主存带宽标定值(8卡平均),测试标定比例(8卡平均)
评测结果,\"1,234.5GB/s\",1.6TB/s,77.2%
";

fn request<'a>() -> Request<'a> {
    Request {
        chip: Some("昇腾 910B2"),
        source: "FlagPerf",
        date: "2026-05-01",
        now: "2026-11-26T00:00:00Z",
        ..Request::default()
    }
}

fn read_as(text: impl AsRef<[u8]>, request: &Request<'_>) -> Result<Imported> {
    read("t.csv", text.as_ref(), request, &all().unwrap())
}

fn said(text: &str) -> String {
    read_as(text, &request()).unwrap_err().to_string()
}

#[test]
fn flagperfs_table_is_read_with_what_it_states_and_no_more() {
    let imported = read_as(FLAGPERF, &request()).unwrap();
    assert_eq!(imported.rows.len(), 2);
    let rate = &imported.rows[0];
    assert_eq!(rate.place, "t.csv:2:2");
    assert_eq!(rate.chip, "昇腾 910B2");
    assert_eq!(rate.item, "FP16算力测试值(8卡平均)");
    assert_eq!((rate.value, rate.rated), (Some(313.182), Some(313.0)));
    assert_eq!(rate.unit, Some(Unit::Tflops));
    assert_eq!(rate.ratio_printed.as_deref(), Some("100.1%"));
    assert!(rate.doubts.is_empty(), "{:?}", rate.doubts);
    let kind = rate.kind.unwrap();
    assert_eq!(kind.engine, Some(Engine::Unspecified));
    assert_eq!(kind.storage, Some(Format::F16));
    assert_eq!(kind.accumulate, Some(Format::Unspecified));
    assert_eq!(kind.sparsity, Some(Sparsity::Unspecified));
    assert_eq!(kind.scope, Scope::Card);
    assert_eq!(rate.presumed, None);
    let unlike = rate.ratio().unwrap().unwrap_err();
    assert_eq!(unlike.fields, ["engine", "accumulate", "sparsity"]);
    let bandwidth = &imported.rows[1];
    assert_eq!(bandwidth.place, "t.csv:8:2");
    assert_eq!(bandwidth.kind.unwrap().metric, Metric::Bandwidth);
    assert_eq!(
        (bandwidth.value, bandwidth.rated),
        (Some(1234.5), Some(1600.0))
    );
    let ratio = bandwidth.ratio().unwrap().unwrap();
    assert!((ratio.value - 1234.5 / 1600.0).abs() < 1e-12);
    assert!(!ratio.presumed);
    assert_eq!(imported.sha256, files::sha256(FLAGPERF));
}

#[test]
fn what_is_presumed_fills_what_is_open_and_marks_the_ratio() {
    let mut request = request();
    for (field, word) in [
        ("engine", "matrix"),
        ("accumulate", "f32"),
        ("sparsity", "dense"),
        ("scope", "die"),
    ] {
        request.presumed.set(field, word).unwrap();
    }
    let rate = &read_as(FLAGPERF, &request).unwrap().rows[0];
    assert_eq!(rate.kind.unwrap().engine, Some(Engine::Unspecified));
    let presumed = rate.presumed.unwrap();
    assert_eq!(presumed.engine, Some(Engine::Matrix));
    // The table says what the mean is of: nobody presumes otherwise.
    assert_eq!(presumed.scope, Scope::Card);
    let ratio = rate.ratio().unwrap().unwrap();
    assert!(ratio.presumed && (ratio.value - 313.182 / 313.0).abs() < 1e-12);
}

#[test]
fn columns_are_known_in_any_order_and_either_language() {
    let english = "unit,rated,precision,note,chip,engine,measured,accumulate,sparse,scope,ratio,item\n\
        TFLOPS,312,fp16,ours,A100,tensor core,282.4,fp32,dense,card,90.5 %,gemm\n";
    let chinese = "单位，评测项".replace('，', ",")
        + ",芯片,测试标定比例,标定值,测试值,精度,计算单元,累加格式,稀疏性,范围,备注\n"
        + "TFLOPS,gemm,Ａ１００,９０．５％,312,２８２．４,半精度,矩阵,fp32,稠密,单卡,ours\n";
    let bare = Request {
        chip: None,
        ..request()
    };
    let one = &read_as(english, &bare).unwrap().rows[0];
    let two = &read_as(chinese, &bare).unwrap().rows[0];
    let kind = Kind::rate(Engine::Matrix, Format::F16, Format::F16, Format::F32).at(Scope::Card);
    for row in [one, two] {
        assert_eq!(
            (row.kind, row.value, row.rated),
            (Some(kind), Some(282.4), Some(312.0))
        );
        assert_eq!((&*row.chip, &*row.item), ("A100", "gemm"));
        assert_eq!(row.note.as_deref(), Some("ours"));
        assert!(row.doubts.is_empty());
        assert!(row.ratio().unwrap().is_ok());
    }
}

#[test]
fn a_row_without_an_item_goes_by_its_precision() {
    let text = "precision,measured\nfp16,1TFLOPS\n";
    assert_eq!(read_as(text, &request()).unwrap().rows[0].item, "fp16");
}

#[test]
fn a_ratio_that_is_no_quotient_is_a_doubt_and_rounding_is_none() {
    let doubts = |measured: &str, rated: &str, ratio: &str| {
        let text =
            format!("item,measured,rated,ratio,unit\nfp16,{measured},{rated},{ratio},TFLOPS\n");
        read_as(text, &request()).unwrap().rows[0].doubts.join()
    };
    assert_eq!(doubts("313", "353.9", "88.4%"), "");
    let odd = "item,measured,unit,precision\na,3,TFLOPS,FP4\n";
    let odd = read_as(odd, &request()).unwrap().rows[0].doubts.join();
    assert_eq!(odd, "precision FP4 is not known");
    assert_eq!(doubts("313", "353.9", "0.884"), "");
    assert_eq!(doubts("313", "353.9", "88.4"), "");
    assert!(doubts("313", "353.9", "88.7%").contains("= 88.4 %"));
    assert!(doubts("313", "/", "88.7%").contains("without both operands"));
    assert_eq!(doubts("/", "/", "/"), "");
}

trait Join {
    fn join(&self) -> String;
}

impl Join for Vec<String> {
    fn join(&self) -> String {
        self[..].join("; ")
    }
}

#[test]
fn a_row_that_cant_be_read_refuses_the_file_with_its_place() {
    for (row, parts) in [
        ("fp16,14.59.0W,1", ["t.csv:3:2", "no single number"]),
        ("fp16,≥300TFLOPS,1", ["t.csv:3:2", "no single number"]),
        ("fp16,\"1,5TFLOPS\",1", ["t.csv:3:2", "no single number"]),
        ("fp16,300Gbps,1TFLOPS", ["t.csv:3:2", "not known"]),
        ("fp16,300,1TFLOPS", ["t.csv:3:2", "no unit"]),
        ("fp16,300GB/s,1TFLOPS", ["t.csv:3:2", "something else"]),
        ("fp16,300TFLOPS,1 W", ["t.csv:3:3", "something else"]),
        ("fp16,-3TFLOPS,1TFLOPS", ["t.csv:3:2", "below zero"]),
        (
            "fp16,1e999TFLOPS,1TFLOPS",
            ["t.csv:3:2", "no single number"],
        ),
        ("fp16,=1+1,1TFLOPS", ["t.csv:3:2", "no single number"]),
    ] {
        let said = said(&format!(
            "item,measured,rated\nfp16,1TFLOPS,1TFLOPS\n{row}\n"
        ));
        for part in parts {
            assert!(said.contains(part), "{row}: {said}");
        }
    }
    let chip = said("item,chip,measured\nfp16,H1000,1TFLOPS\n");
    assert!(
        chip.contains("t.csv:2:2") && chip.contains("H1000"),
        "{chip}"
    );
    let engine = said("item,engine,measured\nfp16,magic,1TFLOPS\n");
    assert!(engine.contains("means no engine"), "{engine}");
    assert!(said("a,b\n1,2\n").contains("no table with a column of measured values"));
    assert!(said("").contains("no table"));
}

#[test]
fn what_is_stated_for_all_must_not_contradict_a_row() {
    let mut request = request();
    request.stated.set("engine", "matrix").unwrap();
    let text = "item,engine,measured\nfp16,vector,1TFLOPS\n";
    let said = read_as(text, &request).unwrap_err().to_string();
    assert!(
        said.contains("engine is vector here, and --engine matrix"),
        "{said}"
    );
    let open = "item,engine,measured\nfp16,/,1TFLOPS\n";
    let kind = read_as(open, &request).unwrap().rows[0].kind.unwrap();
    assert_eq!(kind.engine, Some(Engine::Matrix));
}

#[test]
fn a_link_between_cards_has_no_kind_of_ours_and_no_value_is_said_so() {
    let text = "评测项,单机多卡的MPI互联带宽测试值(8卡平均),测试标定比例\n评测结果,48.31GB/s,/\n\n评测项,INT8算力测试值(8卡平均),单位\n评测结果,/,TOPS\n";
    let rows = read_as(text, &request()).unwrap().rows;
    assert_eq!((rows[0].kind, rows[0].value), (None, None));
    assert_eq!((&*rows[0].printed, rows[0].doubts.len()), ("48.31GB/s", 1));
    assert_eq!((rows[1].unit, rows[1].value), (Some(Unit::Tops), None));
}

#[test]
fn numbers_are_read_as_they_are_printed() {
    let read = |text: &str| number(text).unwrap().map(|one| (one.value, one.half));
    assert_eq!(read("313 TFLOPS"), Some((313.0, 0.5)));
    assert_eq!(read("82.9%"), Some((82.9, 0.05)));
    assert_eq!(read("1,234.50"), Some((1234.5, 0.005)));
    assert_eq!(read("３１３．１８２ＴＦＬＯＰＳ"), Some((313.182, 0.0005)));
    assert_eq!(read("4EFlops"), Some((4.0, 0.5)));
    assert_eq!(read("1.5e3 GB/s"), Some((1500.0, 50.0)));
    assert_eq!(read("313 TFLOPS (8卡平均)"), Some((313.0, 0.5)));
    for text in ["", "/", " - ", "NA", "N/A", "—", "／"] {
        assert!(is_nothing(text), "{text:?}");
        assert_eq!(number(text), Ok(None));
    }
    for text in [
        "1.2.3",
        "12,34",
        "1,2345",
        ",5",
        "x",
        "1 2",
        "3 apples",
        "1e",
        "--5",
        "1e400",
        "1e-99999999999",
        "９９９e999",
    ] {
        assert!(number(text).is_err(), "{text:?}");
    }
}

#[test]
fn units_are_known_by_prefix_and_stem() {
    for (text, quantity, base) in [
        ("TFLOPS", Quantity::Rate, 1e12),
        ("GFlop/s", Quantity::Rate, 1e9),
        ("PFlops", Quantity::Rate, 1e15),
        ("TOPS", Quantity::Rate, 1e12),
        ("GB/s", Quantity::Bandwidth, 1e9),
        ("GiB/s", Quantity::Bandwidth, 1_073_741_824.0),
        ("GiB", Quantity::Capacity, 1_073_741_824.0),
        ("mW", Quantity::Power, 1e-3),
        ("MW", Quantity::Power, 1e6),
        ("kWh", Quantity::Energy, 3.6e6),
        ("千瓦时", Quantity::Energy, 3.6e6),
        ("ms", Quantity::Time, 1e-3),
        ("％", Quantity::Share, 0.01),
    ] {
        let found = unit(text).unwrap();
        assert_eq!(found.quantity, quantity, "{text}");
        assert!((found.base / base - 1.0).abs() < 1e-12, "{text}");
    }
    for text in ["Gbps", "apples", "xW", "", "°C"] {
        assert_eq!(unit(text), None, "{text}");
    }
}

#[test]
fn two_numbers_agree_where_some_number_rounds_to_each() {
    let one = |text: &str| number(text).unwrap().unwrap();
    let quotient = |a: &str, b: &str| one(a).span(None).over(&one(b).span(None)).unwrap();
    let agrees = |ratio: &str, a: &str, b: &str| is_quotient(&one(ratio), &quotient(a, b));
    assert!(agrees("39.3%", "11.0", "28.0"));
    assert!(!agrees("28.2%", "11.0", "28.0"));
    assert!(agrees("88.4%", "313", "353.9"));
    let zero = Number {
        value: 0.0,
        half: 0.5,
        measure: None,
    };
    assert_eq!(one("3").span(None).over(&zero.span(None)), None);
    let span = |low, high| Span { low, high };
    assert!(span(2.0, 3.0).above(&span(1.0, 1.9)));
    assert!(!span(2.0, 3.0).above(&span(1.0, 2.0)));
}

#[test]
fn headings_are_known_by_name_part_unit_and_format() {
    for (text, column) in [
        ("评测项", Column::Item),
        ("FP16算力测试值(8卡平均)", Column::Measured),
        ("FP16算力标定值(8卡平均)", Column::Rated),
        ("测试标定比例(8卡平均)", Column::Ratio),
        ("单卡平均功耗(8卡平均)", Column::Watts),
        ("系统平均功耗", Column::Other),
        ("Measured Value (TFLOPS)", Column::Measured),
        ("fp16_tflops", Column::Rate(Format::F16)),
        ("BF16", Column::Rate(Format::Bf16)),
        ("整型算力", Column::Rate(Format::I8)),
        ("energy_kWh", Column::Joules),
        ("compute_printed", Column::Total),
    ] {
        assert_eq!(heading(text).map(|one| one.column), Some(column), "{text}");
    }
    for text in ["", "hello", &"测试值".repeat(99)] {
        assert_eq!(heading(text), None, "{text}");
    }
    assert_eq!(format("FP16/BF16"), Some(Format::F16));
    assert_eq!(format("TF32+"), Some(Format::Tf32));
    assert_eq!(format("shelf"), None);
}

#[test]
fn encodings_marks_and_ends_of_lines_make_no_difference() {
    let plain = read_as(FLAGPERF, &request()).unwrap().rows;
    let (gbk, _, lost) = encoding_rs::GBK.encode(FLAGPERF);
    assert!(!lost);
    for bytes in [
        [b"\xef\xbb\xbf", FLAGPERF.as_bytes()].concat(),
        gbk.into_owned(),
        FLAGPERF.replace('\n', "\r\n").into_bytes(),
        FLAGPERF
            .replace("1,234.5", "1234.5")
            .replace(',', "\t")
            .into_bytes(),
    ] {
        let rows = read_as(&bytes, &request()).unwrap().rows;
        for (one, other) in rows.iter().zip(&plain) {
            assert_eq!(
                (&one.place, one.value, one.rated),
                (&other.place, other.value, other.rated)
            );
        }
        assert_eq!(rows.len(), plain.len());
    }
    for (bytes, why) in [
        (&b"\xff\xfei\0t\0"[..], "UTF-16"),
        (
            b"item,measured\nfp16\xff,\xff\n",
            "line 2 is neither UTF-8 nor GB18030",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old or a locked workbook"),
        (b"PK\x03\x04nothing", "is damaged"),
    ] {
        let said = read_as(bytes, &request()).unwrap_err().to_string();
        assert!(said.contains(why), "{said}");
    }
    let large = vec![b'a'; MOST_BYTES + 1];
    assert!(said(&String::from_utf8(large).unwrap()).contains("larger than"));
}

#[test]
fn lines_are_counted_over_quotes_and_empty_rows_end_a_table() {
    let text = "\r\n\r\nitem,measured,note\r\nfp16,1TFLOPS,\"two\r\nlines\"\r\nfp32,2TFLOPS,\r\n,,\r\nfp64,3,\r\n";
    let table = &tables("t.csv", text.as_bytes()).unwrap()[0];
    let body = &bodies(table)[0];
    assert_eq!(body.line, 3);
    let lines: Vec<_> = body.rows.iter().map(|row| row.number).collect();
    assert_eq!(lines, [4, 6]);
    let apart = "item,measured\nfp16,1TFLOPS\n\nremarks,2TFLOPS\n";
    let table = &tables("t.csv", apart.as_bytes()).unwrap()[0];
    assert_eq!(bodies(table)[0].rows.len(), 1);
}

#[test]
fn texts_of_strangers_stay_texts_or_are_refused() {
    for hostile in [
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
        "a\u{1b}[2Jb\u{7}",
        "\u{202e}left",
        &"x".repeat(10_000),
    ] {
        let text = format!("item,measured,note\n\"fp16 {hostile}\",1TFLOPS,\"{hostile}\"\n");
        let row = &read_as(text, &request()).unwrap().rows[0];
        assert_eq!(row.note.as_deref(), Some(hostile));
    }
    let long = "x".repeat(200_000);
    assert!(said(&format!("item,measured\n{long},1TFLOPS\n")).contains("more text than a cell"));
    let wide = ",".repeat(300);
    assert!(said(&format!("item,measured\nfp16,1TFLOPS{wide}x\n")).contains("columns"));
    let deep = "fp16,1TFLOPS\n".repeat(20_001);
    assert!(said(&format!("item,measured\n{deep}")).contains("rows"));
}

/// A workbook of one sheet whose rows are these XML elements.
fn workbook(rows: &str, strings: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let parts = [
        (
            "[Content_Types].xml",
            format!(
                "<Types xmlns=\"{package}/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{relation}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relation}\"><sheets><sheet name=\"表1\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{relation}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{relation}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/sharedStrings.xml",
            format!("<sst xmlns=\"{main}\">{strings}</sst>"),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ];
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated);
        writer.start_file(name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Text cells in place, numbers as numbers, a formula with what it was.
const ROWS: &str = "<row r=\"2\"><c r=\"B2\" t=\"s\"><v>0</v></c><c r=\"C2\" t=\"inlineStr\"><is><t>测试值</t></is></c><c r=\"D2\" t=\"inlineStr\"><is><t>标定值</t></is></c><c r=\"E2\" t=\"inlineStr\"><is><t>测试标定比例</t></is></c><c r=\"F2\" t=\"inlineStr\"><is><t>单位</t></is></c></row>\
<row r=\"3\"><c r=\"B3\" t=\"inlineStr\"><is><t>FP16</t></is></c><c r=\"C3\"><v>313</v></c><c r=\"D3\"><v>353.9</v></c><c r=\"E3\"><f>C3/D3</f><v>0.88443062</v></c><c r=\"F3\" t=\"inlineStr\"><is><t>TFLOPS</t></is></c></row>";
const STRINGS: &str = "<si><t>评测项</t></si><si><t>a text with r=\"hello\" in it</t></si>";

#[test]
fn a_workbook_is_read_cell_by_cell_with_their_names() {
    let bytes = workbook(ROWS, STRINGS);
    let imported = read("v.xlsx", &bytes, &request(), &all().unwrap()).unwrap();
    let row = &imported.rows[0];
    assert_eq!(row.place, "v.xlsx:表1!C3");
    assert_eq!((row.value, row.rated), (Some(313.0), Some(353.9)));
    assert!(row.doubts.is_empty(), "{:?}", row.doubts);
}

#[test]
fn a_workbook_that_claims_to_be_large_is_refused() {
    let refused = |rows: &str| {
        let bytes = workbook(rows, STRINGS);
        read("v.xlsx", &bytes, &request(), &all().unwrap())
            .unwrap_err()
            .to_string()
    };
    let far = ROWS.to_owned() + "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    assert!(refused(&far).contains("beyond any table of figures"));
    let back = ROWS.to_owned() + "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>";
    assert!(refused(&back).contains("stands behind a later one"));
    let nowhere = ROWS.replace("r=\"C3\"", "r=\"AAAAAAAC3\"");
    assert!(refused(&nowhere).contains("a name that no cell has"));
    // 65 MiB of blanks pack to 70 kB.
    let bomb = ROWS.to_owned() + &" ".repeat(65 << 20);
    assert!(refused(&bomb).contains("unpacks to more than"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_csv_with_any_bytes_changed_is_read_or_refused(
        changes in prop::collection::vec((0..FLAGPERF.len(), any::<u8>()), 1..8),
        cut in prop::option::weighted(0.1, 0..FLAGPERF.len()),
    ) {
        let mut bytes = FLAGPERF.as_bytes().to_vec();
        changes.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        bytes.truncate(cut.unwrap_or(bytes.len()));
        match read_as(&bytes, &request()) {
            Ok(imported) => {
                let again: Imported = serde_json::from_str(&imported.to_json()).unwrap();
                prop_assert_eq!(again, imported);
            }
            Err(error) => {
                prop_assert!(error.to_string().contains("t.csv"));
                prop_assert!(error.hint().is_some());
            }
        }
    }

    #[test]
    fn a_workbook_with_any_bytes_changed_is_read_or_refused(
        packed in prop::collection::vec((0usize..4096, any::<u8>()), 0..4),
        inside in prop::collection::vec((0..ROWS.len(), prop::sample::select(b"<>/\"=&;cvrts019 A".to_vec())), 0..4),
    ) {
        // Of what is packed, a checksum finds most changes; so the sheet's own text is changed as well, before packing.
        let mut rows = ROWS.as_bytes().to_vec();
        inside.iter().for_each(|(at, byte)| rows[*at] = *byte);
        let mut bytes = workbook(&String::from_utf8_lossy(&rows), STRINGS);
        let length = bytes.len();
        packed.iter().for_each(|(at, byte)| bytes[*at % length] = *byte);
        if let Err(error) = read("v.xlsx", &bytes, &request(), &all().unwrap()) {
            prop_assert!(error.to_string().contains("v.xlsx"));
            prop_assert!(error.hint().is_some());
        }
    }

    #[test]
    fn any_text_is_a_number_or_none(text in "\\PC{0,24}") {
        if let Ok(Some(found)) = number(&text) {
            prop_assert!(found.value.is_finite() && found.half.is_finite());
        }
    }
}

#[test]
fn an_imported_file_is_read_again_and_another_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("i.json");
    let imported = read_as(FLAGPERF, &request()).unwrap();
    std::fs::write(&path, imported.to_json()).unwrap();
    assert_eq!(Imported::load(&path).unwrap(), imported);
    let json = imported.to_json();
    for (from, to, why) in [
        ("suanli-imported", "suanli-measured", "no imported file"),
        ("\"schema\": 1", "\"schema\": 2", "newer"),
        (
            "\"basis\": \"imported\"",
            "\"basis\": \"measured\"",
            "basis is not imported",
        ),
        ("313.182,", "-313.182,", "below zero"),
        (
            "\"unit\": \"TFLOPS\"",
            "\"unit\": \"W\"",
            "not the one of its kind",
        ),
        ("\"date\"", "\"dates\"", "no imported file"),
    ] {
        assert!(json.contains(from), "{from}");
        std::fs::write(&path, json.replacen(from, to, 1)).unwrap();
        let said = Imported::load(&path).unwrap_err().to_string();
        assert!(said.contains(why), "{from}: {said}");
    }
    assert!(Imported::load(&folder.path().join("none.json")).is_err());
}
