//! Requirements are read in full or refused with line, clause, field, reason and hint.

use proptest::prelude::*;

use super::*;
use crate::figure::{Engine, Format, Metric, Scope, Sparsity};

const RATE: &str = r#"[[requirement]]
clause = "3.1"
text = "FP16 dense"
metric = "rate"
engine = "matrix"
storage = "f16"
arithmetic = "f16"
accumulate = "f32"
sparsity = "dense"
at_least = 300
unit = "TFLOPS"
"#;

fn refused(text: &str) -> Refusal {
    parse(text.as_bytes()).unwrap_err()
}

#[test]
fn the_template_is_a_file_of_requirements_and_with_its_acceptance_too() {
    let read = parse(TEMPLATE.as_bytes()).unwrap();
    assert_eq!(read.requirements.len(), 3);
    assert_eq!(read.acceptance, None);
    let first = &read.requirements[0];
    assert_eq!(
        (first.mark, first.required, first.mode),
        (Some(Mark::Star), 300.0, Mode::Sustained)
    );
    assert_eq!(first.kind.engine, Some(Engine::Matrix));
    assert_eq!(read.requirements[2].size.as_deref(), Some("64 KiB"));
    let at = TEMPLATE.find("# [acceptance]").unwrap();
    let lines = TEMPLATE[at..].lines();
    let terms: Vec<&str> = lines.map(|line| line.strip_prefix("# ").unwrap()).collect();
    let with = format!("{}{}", &TEMPLATE[..at], terms.join("\n"));
    let with = with.replace("[\"见证人\"]", "[\"a\", \"b\"]");
    let terms = parse(with.as_bytes()).unwrap().acceptance.unwrap();
    assert_eq!(
        (terms.cards_total, terms.cards_sampled),
        (Some(128), Some(8))
    );
    assert_eq!(terms.witnesses, ["a", "b"]);
    // What is left out by a # is a field that is known.
    for field in ["kernel", "size", "device"] {
        let with = TEMPLATE.replacen(&format!("# {field} ="), &format!("{field} ="), 1);
        assert_ne!(with, TEMPLATE);
        parse(with.as_bytes()).unwrap();
    }
}

#[test]
fn a_kind_is_read_to_the_last_field_and_the_scope_is_the_card() {
    let read = parse(RATE.as_bytes()).unwrap();
    let kind = Kind {
        metric: Metric::Rate,
        engine: Some(Engine::Matrix),
        storage: Some(Format::F16),
        arithmetic: Some(Format::F16),
        accumulate: Some(Format::F32),
        sparsity: Some(Sparsity::Dense),
        scope: Scope::Card,
    };
    assert_eq!(read.requirements[0].kind, kind);
}

#[test]
fn a_rate_without_a_field_of_its_kind_is_refused_with_line_and_hint() {
    for field in ["engine", "storage", "arithmetic", "accumulate", "sparsity"] {
        let lines = RATE.lines().filter(|line| !line.starts_with(field));
        let text = lines.collect::<Vec<_>>().join("\n");
        let refusal = refused(&format!("# a comment\n\n{text}"));
        assert_eq!(refusal.line, Some(3), "{refusal:?}");
        let start = format!("clause 3.1: {field}: not stated");
        assert!(refusal.why.starts_with(&start), "{refusal:?}");
        assert!(
            refusal.hint.contains(&format!("add {field} = one of")),
            "{refusal:?}"
        );
        // Nobody may say that nobody said.
        let at = RATE
            .lines()
            .position(|line| line.starts_with(field))
            .unwrap();
        let unspecified: Vec<String> = RATE
            .lines()
            .map(|line| match line.starts_with(field) {
                true => format!("{field} = \"unspecified\""),
                false => line.into(),
            })
            .collect();
        let refusal = refused(&unspecified.join("\n"));
        assert_eq!(refusal.line, Some(at + 1), "{refusal:?}");
    }
}

/// What is changed in the rate, into what, the line that is to blame, and what has to be said of it.
const BAD: [(&str, &str, usize, &str); 17] = [
    (
        "\"matrix\"",
        "\"tensor\"",
        5,
        "engine: 'tensor' is none of its words",
    ),
    ("\"rate\"", "\"flops\"", 4, "metric: 'flops'"),
    ("\"TFLOPS\"", "\"TOPS\"", 11, "unit: 'TOPS' is not the unit"),
    ("unit = \"TFLOPS\"", "", 1, "unit: not stated"),
    ("at_least = 300", "", 1, "at_least: not stated"),
    (
        "at_least = 300",
        "at_most = 300",
        10,
        "at_most: of a rate more is better",
    ),
    (
        "at_least = 300",
        "at_least = 300\nat_most = 400",
        11,
        "at_most: of a rate",
    ),
    ("= 300", "= -1", 10, "-1 is not a number above 0"),
    ("= 300", "= nan", 10, "is not a number above 0"),
    ("= 300", "= inf", 10, "is not a number above 0"),
    ("= 300", "= \"300\"", 10, "invalid type"),
    ("clause = \"3.1\"", "clause = \" \"", 1, "clause: is empty"),
    (
        "engine =",
        "mark = \"!\"\nengine =",
        5,
        "mark: '!' is no mark",
    ),
    (
        "engine =",
        "kernel = \"gem/*\"\nengine =",
        5,
        "kernel: 'gem/*' matches no kernel",
    ),
    (
        "engine =",
        "kernel = \"[\"\nengine =",
        5,
        "kernel: '[' is no pattern",
    ),
    (
        "engine =",
        "size = \"64 KiB\"\nengine =",
        5,
        "size: '64 KiB' is no size of a product",
    ),
    (
        "engine =",
        "colour = 1\nengine =",
        5,
        "unknown field `colour`",
    ),
];

#[test]
fn what_is_wrong_is_refused_with_line_clause_field_and_reason() {
    for (from, to, line, why) in BAD {
        let text = RATE.replacen(from, to, 1);
        assert_ne!(text, RATE, "{from}");
        // A file from Windows has the same lines.
        for text in [
            text.clone(),
            format!("\u{feff}{}", text.replace('\n', "\r\n")),
        ] {
            let refusal = refused(&text);
            assert_eq!(refusal.line, Some(line), "{to}: {refusal:?}");
            assert!(refusal.why.contains(why), "{to}: {refusal:?}");
            assert!(!refusal.hint.is_empty());
        }
    }
}

#[test]
fn other_metrics_have_their_own_fields() {
    let bandwidth = "[[requirement]]\nclause = \"1\"\ntext = \"t\"\nmetric = \"bandwidth\"\nat_least = 1\nunit = \"GB/s\"\n";
    assert_eq!(
        parse(bandwidth.as_bytes()).unwrap().requirements[0].kind,
        Kind::plain(Metric::Bandwidth).at(Scope::Card)
    );
    let engine = refused(&bandwidth.replace("unit", "engine = \"vector\"\nunit"));
    assert!(
        engine.why.contains("engine: does not apply to bandwidth"),
        "{engine:?}"
    );
    let latency = bandwidth
        .replace("\"bandwidth\"", "\"load-latency\"")
        .replace("GB/s", "µs");
    let least = refused(&latency.replace("at_least", "size = \"64 KiB\"\nat_least"));
    assert!(
        least
            .why
            .contains("at_least: of a load-latency less is better"),
        "{least:?}"
    );
    let set = refused(&latency.replace("at_least", "at_most"));
    assert!(
        set.why.contains("size: not stated: it says which cache"),
        "{set:?}"
    );
    let right = latency.replace("at_least", "size = \"64 KiB\"\nat_most");
    parse(right.as_bytes()).unwrap();
    let size = refused(&right.replace("64 KiB", "64 kb"));
    assert!(
        size.why.contains("'64 kb' is no amount of memory"),
        "{size:?}"
    );
}

#[test]
fn a_size_is_read_in_the_form_that_results_have() {
    for (typed, size) in [
        ("8192", "8192"),
        ("8192, 8192,8192", "8192"),
        ("129,65,33", "129,65,33"),
    ] {
        let text = RATE.replace("engine =", &format!("size = \"{typed}\"\nengine ="));
        let read = parse(text.as_bytes()).unwrap();
        assert_eq!(read.requirements[0].size.as_deref(), Some(size));
    }
}

#[test]
fn no_requirement_bad_bytes_and_impossible_samples_are_refused() {
    assert!(refused("").why.contains("no [[requirement]]"));
    let mut bytes = RATE.as_bytes().to_vec();
    bytes.extend([b'#', 0xd6, 0xd0]);
    let refusal = parse(&bytes).unwrap_err();
    assert_eq!((refusal.line, &*refusal.why), (Some(12), "is not UTF-8"));
    for terms in [
        "cards_sampled = 0",
        "cards_total = 0",
        "cards_total = 2\ncards_sampled = 3",
    ] {
        let refusal = refused(&format!("{RATE}[acceptance]\n{terms}\n"));
        assert_eq!(refusal.line, Some(12), "{terms}: {refusal:?}");
    }
    let long = RATE
        .replace("3.1", &"x".repeat(10_000))
        .replace("engine = \"matrix\"\n", "");
    assert!(refused(&long).why.len() < 300);
}

#[test]
fn a_file_that_is_not_there_is_refused_by_name() {
    let error = read(Path::new("/nowhere/req.toml")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("/nowhere/req.toml: can't be read"),
        "{error}"
    );
    assert!(error.hint().unwrap().contains("--template"));
}

proptest! {
    #[test]
    fn a_file_with_any_bytes_changed_is_read_or_refused_with_a_hint(
        mutations in prop::collection::vec(
            (0..TEMPLATE.len(), prop_oneof![any::<u8>(), prop::sample::select(b"[]\"=#.-\n{}0".to_vec())]),
            1..6,
        ),
        cut in prop::option::weighted(0.1, 0..TEMPLATE.len()),
    ) {
        let mut bytes = TEMPLATE.as_bytes().to_vec();
        mutations.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        bytes.truncate(cut.unwrap_or(bytes.len()));
        match parse(&bytes) {
            Ok(read) => {
                prop_assert!(!read.requirements.is_empty());
                for one in &read.requirements {
                    // What was read is a quantity.
                    prop_assert!(one.kind.alike(&one.kind) && one.required > 0.0 && one.required.is_finite());
                }
            }
            Err(refusal) => prop_assert!(!refusal.why.is_empty() && !refusal.hint.is_empty()),
        }
    }
}
