//! Known kinds, known differences.

use super::*;

fn figure(kind: Kind, value: f64) -> Figure {
    Figure {
        value,
        unit: kind.unit(),
        kind,
        basis: Basis::Official,
        source: "test".into(),
    }
}

const VECTOR: Kind =
    Kind::rate(Engine::Vector, Format::F16, Format::F16, Format::F16).at(Scope::Card);
const MATRIX: Kind =
    Kind::rate(Engine::Matrix, Format::F16, Format::F16, Format::F32).at(Scope::Card);

#[test]
fn like_kinds_divide() {
    let ratio = figure(VECTOR, 39.0).over(&figure(VECTOR, 78.0)).unwrap();
    assert_eq!(ratio.value, 0.5);
    assert!(!ratio.presumed);
}

#[test]
fn unlike_kinds_are_an_error_that_names_both_and_the_fields() {
    let error = figure(VECTOR, 1.0).over(&figure(MATRIX, 1.0)).unwrap_err();
    assert_eq!(error.fields, ["engine", "accumulate"]);
    assert!(error.to_string().contains("vector f16"), "{error}");
    assert!(error.to_string().contains("matrix f16"), "{error}");
}

#[test]
fn unspecified_matches_nothing_not_even_itself() {
    let unsaid = Kind {
        engine: Some(Engine::Unspecified),
        ..VECTOR
    };
    assert_eq!(unsaid.differences(&unsaid), ["engine"]);
    assert_eq!(
        VECTOR.at(Scope::Unspecified).differences(&VECTOR),
        ["scope"]
    );
}

#[test]
fn a_presumed_figure_marks_the_ratio() {
    let presumed = Figure {
        basis: Basis::Presumed,
        ..figure(MATRIX, 96.0)
    };
    assert!(figure(MATRIX, 48.0).over(&presumed).unwrap().presumed);
}

#[test]
fn units_follow_the_kind() {
    assert_eq!(VECTOR.unit().to_string(), "TFLOPS");
    let dot = Kind::rate(Engine::PackedDot, Format::I8, Format::I8, Format::I32);
    assert_eq!(dot.unit().to_string(), "TOPS");
    assert_eq!(Kind::plain(Metric::Bandwidth).unit().to_string(), "GB/s");
    for metric in [Metric::Latency, Metric::LoadLatency] {
        let latency = Kind::plain(metric);
        assert_eq!(latency.unit().to_string(), "µs");
        assert_eq!(latency.direction(), Direction::LessIsBetter);
    }
}

#[test]
fn what_a_cache_gives_is_never_compared_with_the_memory() {
    let plain = |metric| figure(Kind::plain(metric).at(Scope::Card), 1.0);
    let memory = plain(Metric::Bandwidth);
    for metric in [Metric::CachedBandwidth, Metric::WorkgroupBandwidth] {
        let cache = plain(metric);
        assert_eq!(cache.over(&memory).unwrap_err().fields, ["metric"]);
        assert_eq!(cache.unit, memory.unit);
        assert_eq!(cache.kind.direction(), Direction::MoreIsBetter);
    }
    let step = plain(Metric::LoadLatency);
    assert!(step.over(&plain(Metric::Latency)).is_err());
}
