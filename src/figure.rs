//! A number that knows its kind, so that only like is divided by like.
//!
//! The report this project answers puts vector rates, matrix rates and rates of unstated engines in
//! one row. Here a figure carries engine, formats, accumulate, sparsity and scope, and the only way
//! to a ratio is [`Figure::over`], which refuses unlike kinds and names the fields that differ.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod unit;

pub use unit::{Direction, Unit};

/// What a number measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Arithmetic operations per second.
    Rate,
    /// Device memory bytes per second, read plus written.
    Bandwidth,
    /// Bytes per second between host and device, towards the device.
    Upload,
    /// Bytes per second between host and device, towards the host.
    Download,
    /// Bytes per second between host and device and back, both ways counted.
    RoundTrip,
    /// Bytes per second read from a working set by whichever cache holds it.
    CachedBandwidth,
    /// Bytes per second read from workgroup memory.
    WorkgroupBandwidth,
    /// Seconds for one operation of the device as the host sees it.
    Latency,
    /// Seconds for one load that depends on the one before.
    LoadLatency,
    /// Bytes of memory.
    Capacity,
    /// Watts.
    Power,
}

/// The hardware unit that computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// The lanes of the shader cores.
    Vector,
    /// The matrix unit (tensor core, matrix core, cube).
    Matrix,
    /// Four-way 8-bit dot product on the shader cores (DP4A).
    PackedDot,
    /// Nobody said.
    Unspecified,
}

/// A number format.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// IEEE binary64.
    F64,
    /// IEEE binary32.
    F32,
    /// 19-bit TensorFloat and its like (TF32+).
    Tf32,
    /// IEEE binary16.
    F16,
    /// bfloat16.
    Bf16,
    /// 32-bit integer.
    I32,
    /// 8-bit integer.
    I8,
    /// Nobody said.
    Unspecified,
}

impl Format {
    /// Bytes of one element as it lies in memory.
    pub fn bytes(self) -> u32 {
        match self {
            Self::F64 => 8,
            Self::F16 | Self::Bf16 => 2,
            Self::I8 => 1,
            _ => 4,
        }
    }

    /// Whether rates in this format count integer operations (TOPS) rather than FLOP.
    pub fn is_integer(self) -> bool {
        matches!(self, Self::I32 | Self::I8)
    }
}

/// Whether zeros are skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Sparsity {
    /// Every operation counted is done.
    #[serde(rename = "dense")]
    Dense,
    /// Two of four operands are zero and skipped; the rate counts them.
    #[serde(rename = "2:4")]
    TwoOfFour,
    /// Nobody said.
    #[serde(rename = "unspecified")]
    Unspecified,
}

/// How much hardware the number is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One piece of silicon of several in a package.
    Die,
    /// One package: also what an integrated GPU or a CPU adapter is.
    Chip,
    /// One board or module as sold and slotted.
    Card,
    /// Several chips on one module.
    Module,
    /// A server.
    Node,
    /// Nobody said.
    Unspecified,
}

/// Everything that must be equal before two numbers may be divided or ranked.
///
/// A field that doesn't apply (the engine of a bandwidth) is absent; one that applies but that
/// nobody stated is `unspecified`, and matches nothing, not even itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// What is measured.
    pub metric: Metric,
    /// The unit that computes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// The format the operands are stored in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Format>,
    /// The format of the operands of a multiplication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arithmetic: Option<Format>,
    /// The format of the running sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accumulate: Option<Format>,
    /// Whether zeros are skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sparsity: Option<Sparsity>,
    /// How much hardware.
    pub scope: Scope,
}

impl Kind {
    /// A dense rate; `scope` is unspecified until a device or a chip states it.
    pub const fn rate(
        engine: Engine,
        storage: Format,
        arithmetic: Format,
        accumulate: Format,
    ) -> Self {
        Self {
            metric: Metric::Rate,
            engine: Some(engine),
            storage: Some(storage),
            arithmetic: Some(arithmetic),
            accumulate: Some(accumulate),
            sparsity: Some(Sparsity::Dense),
            scope: Scope::Unspecified,
        }
    }

    /// A kind without engine and formats: bandwidth, latency, capacity, power.
    pub const fn plain(metric: Metric) -> Self {
        Self {
            metric,
            engine: None,
            storage: None,
            arithmetic: None,
            accumulate: None,
            sparsity: None,
            scope: Scope::Unspecified,
        }
    }

    /// The same kind for this much hardware.
    pub const fn at(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The names of the fields that keep `self` and `other` from being alike; empty when alike.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        fn unlike<T: PartialEq>(a: &T, b: &T, unspecified: &T) -> bool {
            a != b || a == unspecified
        }
        let mut fields = Vec::new();
        if self.metric != other.metric {
            fields.push("metric");
        }
        if unlike(&self.engine, &other.engine, &Some(Engine::Unspecified)) {
            fields.push("engine");
        }
        if unlike(&self.storage, &other.storage, &Some(Format::Unspecified)) {
            fields.push("storage");
        }
        if unlike(
            &self.arithmetic,
            &other.arithmetic,
            &Some(Format::Unspecified),
        ) {
            fields.push("arithmetic");
        }
        if unlike(
            &self.accumulate,
            &other.accumulate,
            &Some(Format::Unspecified),
        ) {
            fields.push("accumulate");
        }
        if unlike(
            &self.sparsity,
            &other.sparsity,
            &Some(Sparsity::Unspecified),
        ) {
            fields.push("sparsity");
        }
        if unlike(&self.scope, &other.scope, &Scope::Unspecified) {
            fields.push("scope");
        }
        fields
    }

    /// Whether every field is equal and stated.
    pub fn alike(&self, other: &Self) -> bool {
        self.differences(other).is_empty()
    }

    /// The unit sheets print this kind in.
    pub fn unit(&self) -> Unit {
        match self.metric {
            Metric::Rate if self.arithmetic.is_some_and(Format::is_integer) => Unit::Tops,
            Metric::Rate => Unit::Tflops,
            Metric::Bandwidth
            | Metric::Upload
            | Metric::Download
            | Metric::RoundTrip
            | Metric::CachedBandwidth
            | Metric::WorkgroupBandwidth => Unit::GigabytesPerSecond,
            Metric::Latency | Metric::LoadLatency => Unit::Microseconds,
            Metric::Capacity => Unit::Gigabytes,
            Metric::Power => Unit::Watts,
        }
    }

    /// Whether a larger number is the better one.
    pub fn direction(&self) -> Direction {
        match self.metric {
            Metric::Latency | Metric::LoadLatency | Metric::Power => Direction::LessIsBetter,
            _ => Direction::MoreIsBetter,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = vec![word(&self.metric)];
        words.extend(self.engine.as_ref().map(word));
        words.extend(self.storage.as_ref().map(word));
        if self.arithmetic != self.storage {
            words.extend(self.arithmetic.map(|a| format!("computed in {}", word(&a))));
        }
        if self.accumulate != self.arithmetic {
            words.extend(self.accumulate.map(|a| format!("accumulate {}", word(&a))));
        }
        words.extend(self.sparsity.as_ref().map(word));
        words.push(format!("per {}", word(&self.scope)));
        f.write_str(&words.join(" "))
    }
}

/// The word a unit variant has in JSON: the same word everywhere.
pub fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::from("?"),
    }
}

/// Where a number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Printed in the 2023 report.
    Printed,
    /// The vendor's own figure.
    Official,
    /// A figure whose kind nobody stated and which is presumed.
    Presumed,
    /// Measured by suanli.
    Measured,
    /// Arithmetic on other figures.
    Derived,
    /// A requirement in a contract.
    Contract,
    /// Measured by somebody else with another tool, answers not checked.
    Imported,
}

/// A value with its unit, kind, basis and source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// In `unit`.
    pub value: f64,
    /// What `value` counts.
    pub unit: Unit,
    /// What may be compared with it.
    pub kind: Kind,
    /// Where it comes from.
    pub basis: Basis,
    /// Which page, file or record.
    pub source: String,
}

/// The attempt to divide or rank figures of different kinds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{left}' and '{right}' are different kinds: {} differ or are unspecified", fields.join(", "))]
pub struct UnlikeKinds {
    /// The numerator's kind in words.
    pub left: String,
    /// The denominator's kind in words.
    pub right: String,
    /// The fields that differ, or that nobody specified.
    pub fields: Vec<&'static str>,
}

/// A quotient of two figures of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ratio {
    /// Numerator over denominator, both in base units.
    pub value: f64,
    /// One of the two kinds is presumed: print it beside the number.
    pub presumed: bool,
}

impl Figure {
    /// The value in base units (operations/s, bytes/s, seconds).
    pub fn in_base(&self) -> f64 {
        self.value * self.unit.in_base()
    }

    /// `self` ÷ `other`, if both are of one kind.
    pub fn over(&self, other: &Self) -> Result<Ratio, UnlikeKinds> {
        let fields = self.kind.differences(&other.kind);
        if !fields.is_empty() {
            return Err(UnlikeKinds {
                left: self.kind.to_string(),
                right: other.kind.to_string(),
                fields,
            });
        }
        Ok(Ratio {
            value: self.in_base() / other.in_base(),
            presumed: self.basis == Basis::Presumed || other.basis == Basis::Presumed,
        })
    }
}

#[cfg(test)]
mod tests;
