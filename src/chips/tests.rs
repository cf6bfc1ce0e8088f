//! The data is the report's, wrong data is refused with a name, and names find chips.

use super::*;
use crate::figure::{Engine, Format};

/// The report's Table 2, row by row, to the letter.
const PRINTED: &str = "\
\t英伟达\t英伟达\t寒武纪\t海光信息\t壁仞科技\t壁仞科技\t摩尔线程\t天数智芯
芯片名称\tH100\tA100\t思元 370\t海光 8100\t壁砺 100P\t壁砺 104P\tMTT S3000\t天垓 100
单精度浮点算力 (TFLOPS)\t51.22\t19.49\t24\tNA\t240\tNA\t15.2\t18.5
半精度浮点算力 (TFLOPS)\t204.9\t77.97\t96\tNA\tNA\tNA\tNA\t147
整型算力 (INT8)\tNA\tNA\t256 TOPS\tNA\t1920 TOPS\t1024 TOPS\tNA\t295 TOPS
制程 (nm)\t4\t7\t7\tNA\t7\t7\tNA\t7
显存容量 (GB)\t80\t80/40\t24\tNA\t64\t32\t32\t32
显存类型\tHBM 2e\tHBM 2e\tLPDDR5\tNA\tNA\tNA\tGDDR6\tNA
总线接口\tPCIe5.0×16\tPCIe4.0×16\tPCIeGen4.0×16\tPCIeGen4.0×16\tPCIe5.0×16\tPCIe5.0×16\tPCIeGen5.0×16\tPCIeGen4.0×16
生态\tCUDA\tCUDA\tNA\tROCm 兼容 CUDA\tCUDA\tCUDA\tCUDA\tCUDA";

/// The built-in chip that `wanted` names.
fn named(wanted: &str) -> Result<Chip> {
    find(&all()?, wanted).cloned()
}

fn table2() -> Vec<Chip> {
    let chips = all().unwrap();
    chips.into_iter().filter(|chip| chip.table2).collect()
}

#[test]
fn every_printed_cell_is_the_reports_to_the_letter() {
    let rows: Vec<Vec<&str>> = PRINTED
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    let chips = table2();
    assert_eq!(chips.len(), 8);
    for (column, chip) in chips.iter().enumerate() {
        assert_eq!(chip.vendor, rows[0][column + 1]);
        assert_eq!(chip.name, rows[1][column + 1]);
        for (row, property) in Property::TABLE2.into_iter().enumerate() {
            let cell = chip.cell(property).unwrap();
            let printed = cell.printed.as_deref();
            assert_eq!(
                printed,
                Some(rows[row + 2][column + 1]),
                "{} {property:?}",
                chip.name
            );
        }
    }
}

#[test]
fn conflicting_values_all_stand_with_their_source() {
    let chip = named("天垓100").unwrap();
    let fp32 = chip.cell(Property::Fp32).unwrap();
    let values: Vec<_> = fp32.official.iter().filter_map(|o| o.value).collect();
    assert_eq!(values, [37.0, 18.5]);
    assert!(fp32.official.iter().all(|o| !o.source.is_empty()));
}

#[test]
fn an_unstated_engine_is_unspecified_and_presumed_at_most() {
    for name in ["思元370", "天垓100"] {
        let chip = named(name).unwrap();
        let fp16 = chip.cell(Property::Fp16).unwrap();
        assert_eq!(fp16.kind.unwrap().engine, Some(Engine::Unspecified));
        assert_eq!(fp16.presumed.unwrap().engine, Some(Engine::Matrix));
        assert_eq!(fp16.figure().unwrap().basis, Basis::Presumed);
    }
    let biren = named("壁砺100P").unwrap();
    let fp32 = biren.cell(Property::Fp32).unwrap();
    assert_eq!(fp32.kind.unwrap().engine, Some(Engine::Unspecified));
    assert_eq!(fp32.presumed, None);
}

#[test]
fn a_vector_rate_accumulates_in_its_own_format() {
    let fp16 = named("h100")
        .unwrap()
        .cell(Property::Fp16)
        .unwrap()
        .kind
        .unwrap();
    assert_eq!(fp16.accumulate, Some(Format::F16));
}

#[test]
fn five_of_the_eight_cannot_be_measured_and_say_why() {
    let chips = table2();
    let no: Vec<_> = chips
        .iter()
        .filter(|c| c.measurable.state == State::No)
        .collect();
    assert_eq!(no.len(), 5);
    for chip in no {
        let why = "can't be measured by this tool: no Vulkan, Metal or DX12 driver";
        assert_eq!(chip.measurable.reason, why);
    }
}

#[test]
fn names_ignore_case_and_spaces_and_table_2_wins_a_bare_name() {
    for (typed, name) in [
        ("H100", "H100"),
        ("h100 pcie", "H100"),
        ("H100SXM", "H100 SXM5"),
        ("  思元370", "思元 370"),
        ("mtt s 3000", "MTT S3000"),
        ("摩尔线程", "MTT S3000"),
    ] {
        assert_eq!(named(typed).unwrap().name, name, "{typed}");
    }
}

#[test]
fn several_matches_and_none_are_errors_with_names() {
    let Err(Error::ChipName { known, .. }) = named("壁砺") else {
        panic!("one chip")
    };
    assert_eq!(known, ["壁砺 100P", "壁砺 104P"]);
    let Err(Error::ChipName { known, .. }) = named("H1000") else {
        panic!("one chip")
    };
    assert_eq!(known.len(), 3);
    assert!(known[0].starts_with("H100"), "{known:?}");
    assert!(named("").is_err());
}

#[test]
fn an_sxm5_card_is_not_the_pcie_card_of_table_2() {
    let chips = all().unwrap();
    let name = |vendor, device, name| product(&chips, vendor, device, name).map(|c| &*c.name);
    assert_eq!(
        name(0x10de, 0x2330, "NVIDIA H100 80GB HBM3"),
        Some("H100 SXM5")
    );
    assert_eq!(name(0x10de, 0x2331, "NVIDIA H100 PCIe"), Some("H100"));
    assert_eq!(name(0, 0, "nvidia h100 pcie"), Some("H100"));
    assert_eq!(name(0x10de, 0x20b2, "NVIDIA A100-SXM4-80GB"), None);
    assert_eq!(name(0x10005, 0, "llvmpipe (LLVM 15.0.6, 256 bits)"), None);
}

/// Table 2's data with one text replaced, the line of the replacement, and what is said of it.
fn refusal(from: &str, to: &str) -> (usize, parse::Refusal) {
    let (_, table) = BUILT_IN[0];
    let at = table.find(from).unwrap_or_else(|| panic!("{from}"));
    let line = table[..at].matches('\n').count() + 1;
    (
        line,
        parse::parse(&table.replacen(from, to, 1)).unwrap_err(),
    )
}

/// A text of the data, what makes it wrong, and what the refusal has to name.
const BAD: [(&str, &str, [&str; 3]); 10] = [
    ("value = 51.22", "value = 51.2", ["H100", "fp32", "51.22"]),
    ("value = 1513", "value = -1", ["H100", "int8", "positive"]),
    (
        "metric = \"process\"",
        "metric = \"memory\"",
        ["H100", "memory", "twice"],
    ),
    ("printed = \"204.9\"\n", "", ["H100", "fp16", "printed"]),
    (
        "metric = \"fp64\"",
        "metric = \"power\"",
        ["H100", "power", "kind"],
    ),
    (
        "storage = \"f16\"",
        "storage = \"f32\"",
        ["H100", "fp16", "stores f32"],
    ),
    (
        "presumed = { engine",
        "presumed = { scope = \"die\", engine",
        ["思元 370", "fp32", "presumed"],
    ),
    (
        "kind = { storage = \"f32\" }",
        "kind = { engine = \"matrix\", storage = \"f32\" }",
        ["思元 370", "fp32", "stated"],
    ),
    (
        "source = \"NVIDIA\"",
        "source = \"\"",
        ["H100", "ecosystem", "source"],
    ),
    (
        "\"10de:2331\"",
        "\"10DE:2331\"",
        ["H100", "adapter", "10DE:2331"],
    ),
];

#[test]
fn a_bad_cell_is_refused_with_line_chip_metric_and_reason() {
    for (from, to, parts) in BAD {
        let (line, refusal) = refusal(from, to);
        for part in parts {
            assert!(refusal.why.contains(part), "{to}: {refusal:?}");
        }
        // The cell begins a few lines above what is wrong in it; of two alike the second is to blame.
        let said = refusal.line.unwrap();
        assert!(line.abs_diff(said) <= 8, "{to}: {line}, {refusal:?}");
    }
}

#[test]
fn an_unknown_field_a_missing_cell_and_a_wrong_date_are_refused() {
    let (line, unknown) = refusal("value = 51.22", "value = 51.22\ncolour = 1");
    assert!(unknown.why.contains("colour"));
    assert_eq!(unknown.line, Some(line + 1));
    let (_, missing) = refusal("[[chip.cell]]\nmetric = \"fp16\"\nprinted = \"NA\"\n", "");
    assert!(
        missing.why.contains("海光 8100") && missing.why.contains("fp16"),
        "{missing:?}"
    );
    let (line, dated) = refusal("gathered = \"2026-11-22\"", "gathered = \"22.11.2026\"");
    assert!(dated.why.contains("22.11.2026"), "{dated:?}");
    assert_eq!(dated.line, Some(line));
}

#[test]
fn the_template_is_a_file_of_chips_and_a_users_file_adds_and_overrides() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let template = include_str!("template.toml");
    let mine = file("mine.toml", template);
    let chips = with(std::slice::from_ref(&mine)).unwrap();
    assert_eq!(chips.len(), all().unwrap().len() + 1);
    let cell = find(&chips, "mycard")
        .unwrap()
        .cell(Property::Fp16Matrix)
        .unwrap();
    assert_eq!(cell.official[0].date, "2026-11-01");
    assert_eq!(product(&chips, 0x10de, 0, "").unwrap().name, "my card");
    let other = file("other.toml", &template.replace("my card\"", "H100 SXM5\""));
    let chips = with(&[mine, other]).unwrap();
    assert_eq!(chips.len(), all().unwrap().len() + 1);
    assert_eq!(find(&chips, "H100 SXM5").unwrap().vendor_en, "Vendor");
    // What the report prints is not for others to say.
    let false_print = file("false.toml", &template.replace("my card\"", "H100\""));
    let error = of_file(&false_print).unwrap_err().to_string();
    assert!(
        error.contains("H100: printed is what the report prints"),
        "{error}"
    );
    let bad = file("bad.toml", &template.replace("40.0", "-40.0"));
    let error = of_file(&bad).unwrap_err();
    let line = template[..template.find("40.0").unwrap()]
        .matches('\n')
        .count()
        + 1;
    let (said, hint) = (error.to_string(), error.hint().unwrap());
    assert!(
        said.contains(&format!("bad.toml:{line}: my card: fp32: official -40")),
        "{said}"
    );
    assert!(hint.contains("--template"), "{hint}");
}

proptest::proptest! {
    #[test]
    fn a_file_of_chips_with_any_bytes_changed_is_read_or_refused_with_a_line(
        mutations in proptest::collection::vec(
            (0..include_str!("template.toml").len(), proptest::prelude::any::<u8>()),
            1..6,
        ),
    ) {
        let mut bytes = include_bytes!("template.toml").to_vec();
        mutations.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        fs::write(&path, &bytes).unwrap();
        match of_file(&path) {
            Ok(chips) => {
                // What was read can be looked up and compared with.
                let sheet = crate::sheet::Sheet::new(&[], &chips);
                proptest::prop_assert!(sheet.rows.is_empty());
            }
            Err(error) => {
                let said = error.to_string();
                proptest::prop_assert!(said.contains("mine.toml"), "{}", said);
                proptest::prop_assert!(error.hint().is_some());
            }
        }
    }
}
