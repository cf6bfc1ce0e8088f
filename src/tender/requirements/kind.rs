//! The kind of a required number: every field that applies is stated, none is presumed.

use serde::Serialize;
use toml::Spanned;

use super::{Checked, Fault, RequirementText};
use crate::error::short;
use crate::figure::{Engine, Format, Kind, Metric, Scope, Sparsity, word};

const METRICS: [Metric; 11] = [
    Metric::Rate,
    Metric::Bandwidth,
    Metric::Upload,
    Metric::Download,
    Metric::RoundTrip,
    Metric::CachedBandwidth,
    Metric::WorkgroupBandwidth,
    Metric::Latency,
    Metric::LoadLatency,
    Metric::Capacity,
    Metric::Power,
];

const ENGINES: [Engine; 3] = [Engine::Vector, Engine::Matrix, Engine::PackedDot];

const FORMATS: [Format; 7] = [
    Format::F64,
    Format::F32,
    Format::Tf32,
    Format::F16,
    Format::Bf16,
    Format::I32,
    Format::I8,
];

const SPARSITIES: [Sparsity; 2] = [Sparsity::Dense, Sparsity::TwoOfFour];

const SCOPES: [Scope; 5] = [
    Scope::Die,
    Scope::Chip,
    Scope::Card,
    Scope::Module,
    Scope::Node,
];

/// The words of a kind as typed.
pub(super) struct KindText<'a>(&'a RequirementText);

impl<'a> KindText<'a> {
    /// Those of a requirement.
    pub(super) fn of(text: &'a RequirementText) -> Self {
        Self(text)
    }

    /// The kind, where every field that applies is stated, and no other.
    pub(super) fn stated(&self) -> Checked<Kind> {
        let text = self.0;
        let metric = named("metric", &text.metric, &METRICS)?;
        let scope = text.scope.as_ref();
        // What is bought is slotted.
        let scope = scope.map_or(Ok(Scope::Card), |scope| named("scope", scope, &SCOPES))?;
        let fields = [
            ("engine", &text.engine),
            ("storage", &text.storage),
            ("arithmetic", &text.arithmetic),
            ("accumulate", &text.accumulate),
            ("sparsity", &text.sparsity),
        ];
        if metric == Metric::Rate {
            return Ok(Kind {
                metric,
                engine: Some(stated("engine", text.engine.as_ref(), &ENGINES)?),
                storage: Some(stated("storage", text.storage.as_ref(), &FORMATS)?),
                arithmetic: Some(stated("arithmetic", text.arithmetic.as_ref(), &FORMATS)?),
                accumulate: Some(stated("accumulate", text.accumulate.as_ref(), &FORMATS)?),
                sparsity: Some(stated("sparsity", text.sparsity.as_ref(), &SPARSITIES)?),
                scope,
            });
        }
        for (field, value) in fields {
            if let Some(value) = value {
                let why = format!("does not apply to {}", word(&metric));
                return Err(Fault::at(field, value, why, "leave it out"));
            }
        }
        Ok(Kind::plain(metric).at(scope))
    }
}

/// A field of a rate that must be there.
fn stated<T: Serialize + Copy>(
    field: &'static str,
    text: Option<&Spanned<String>>,
    known: &[T],
) -> Checked<T> {
    match text {
        Some(text) => named(field, text, known),
        None => Err(Fault::missing(
            field,
            "not stated, and a rate without it is no quantity",
            format!("add {field} = one of {}", words(known)),
        )),
    }
}

/// The value that a word names.
pub(super) fn named<T: Serialize + Copy>(
    field: &'static str,
    text: &Spanned<String>,
    known: &[T],
) -> Checked<T> {
    let found = known.iter().find(|value| word(*value) == *text.get_ref());
    found.copied().ok_or_else(|| {
        let why = format!("'{}' is none of its words", short(text.get_ref()));
        let hint = format!("give {field} = one of {}", words(known));
        Fault::at(field, text, why, hint)
    })
}

fn words<T: Serialize>(known: &[T]) -> String {
    known.iter().map(word).collect::<Vec<_>>().join(", ")
}
