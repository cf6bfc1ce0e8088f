//! Metrics for a dashboard: text that is OpenMetrics 1.0 and, as node_exporter's textfile collector needs it, Prometheus'
//! older text format too. There `# UNIT` and `# EOF` are comments; gauges are written alike in both.
//!
//! Figures are in base units. There is no timestamp: the collector refuses files that have one, and gives the file's own.

use super::{LABELS, Named, named};
use crate::figure::{Unit, word};
use crate::gate::{Judged, Judgement, Verdict};

/// Metrics of one name.
struct Family {
    name: &'static str,
    /// What the name ends in.
    unit: &'static str,
    help: &'static str,
    value: fn(&Judged) -> Option<f64>,
}

const FAMILIES: [Family; 5] = [
    Family {
        name: "suanli_operations_per_second",
        unit: "operations_per_second",
        help: "Arithmetic operations per second of the candidate, median of runs.",
        value: |case| in_base(case, &[Unit::Tflops, Unit::Tops]),
    },
    Family {
        name: "suanli_bytes_per_second",
        unit: "bytes_per_second",
        help: "Bytes per second of the candidate, median of runs.",
        value: |case| in_base(case, &[Unit::GigabytesPerSecond]),
    },
    Family {
        name: "suanli_latency_seconds",
        unit: "seconds",
        help: "Seconds of one operation of the candidate, median of runs.",
        value: |case| in_base(case, &[Unit::Microseconds]),
    },
    Family {
        name: "suanli_gate_change_ratio",
        unit: "ratio",
        help: "Speed of the candidate over that of the baseline, less 1: -0.03 is 3 percent slower.",
        value: |case| Some(case.comparison?.change),
    },
    Family {
        name: "suanli_gate_floor_ratio",
        unit: "ratio",
        help: "The least change that counts.",
        value: |case| Some(case.floor?.share),
    },
];

/// All metrics, no series twice.
pub fn document(judgement: &Judgement) -> String {
    let cases = named(judgement);
    let mut text: String = FAMILIES.iter().map(|one| family(one, &cases)).collect();
    if !cases.is_empty() {
        let help = "1 for the verdict that holds, 0 for the others.";
        text += &head("suanli_gate_verdict", "", help);
    }
    for one in &cases {
        for verdict in Verdict::ALL {
            let holds = u8::from(one.case.verdict == verdict);
            let labels = labels(one) + &format!(",verdict=\"{}\"", word(&verdict));
            text += &format!("suanli_gate_verdict{{{labels}}} {holds}\n");
        }
    }
    text += &head("suanli_gate_cases", "", "Cases by verdict.");
    for verdict in Verdict::ALL {
        let count = judgement.count(verdict);
        text += &format!(
            "suanli_gate_cases{{verdict=\"{}\"}} {count}\n",
            word(&verdict)
        );
    }
    text + "# EOF\n"
}

/// Nothing where no case has a value.
fn family(family: &Family, cases: &[Named<'_>]) -> String {
    let samples = cases.iter().filter_map(|one| {
        let value = (family.value)(one.case).filter(|value| value.is_finite())?;
        Some(format!("{}{{{}}} {value}\n", family.name, labels(one)))
    });
    let samples: String = samples.collect();
    match samples.is_empty() {
        true => samples,
        false => head(family.name, family.unit, family.help) + &samples,
    }
}

fn head(name: &str, unit: &str, help: &str) -> String {
    let unit = match unit.is_empty() {
        true => String::new(),
        false => format!("# UNIT {name} {unit}\n"),
    };
    format!("# TYPE {name} gauge\n{unit}# HELP {name} {help}\n")
}

/// All labels, also those with nothing to say: the textfile collector wants the same ones in every series.
fn labels(named: &Named<'_>) -> String {
    let pairs = LABELS.iter().zip(&named.labels);
    let pairs = pairs.map(|(name, value)| format!("{name}=\"{}\"", escape(value)));
    pairs.collect::<Vec<_>>().join(",")
}

/// The three signs that both formats escape, and escape alike.
fn escape(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn in_base(case: &Judged, units: &[Unit]) -> Option<f64> {
    let candidate = case.candidate.as_ref()?;
    let is_one = units.contains(&case.unit);
    is_one.then(|| candidate.value * case.unit.in_base())
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_label_ends_where_it_should() {
        assert_eq!(escape("a\"b\\n\n"), "a\\\"b\\\\n\\n");
    }
}
