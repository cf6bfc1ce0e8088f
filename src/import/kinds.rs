//! Words → kind: what nobody stated stays unspecified, what is presumed is kept apart.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::columns::format;
use super::number::{Quantity, narrow};
use crate::figure::{Engine, Format, Kind, Metric, Scope, Sparsity, word};

/// Fields of a kind that somebody stated, or wants presumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields {
    /// What computed.
    pub engine: Option<Engine>,
    /// The format in memory.
    pub storage: Option<Format>,
    /// The format of a multiplication.
    pub arithmetic: Option<Format>,
    /// The format of the sum.
    pub accumulate: Option<Format>,
    /// Dense or sparse.
    pub sparsity: Option<Sparsity>,
    /// Of how much hardware.
    pub scope: Option<Scope>,
}

/// The names of the fields.
pub const FIELDS: [&str; 6] = [
    "engine",
    "storage",
    "arithmetic",
    "accumulate",
    "sparsity",
    "scope",
];

impl Fields {
    /// States a field in words: those of results files, or what tables say for them. What says nothing leaves it open.
    ///
    /// # Errors
    ///
    /// Why field or word means nothing.
    pub fn set(&mut self, field: &str, words: &str) -> Result<(), String> {
        let plain = narrow(words).to_lowercase();
        if plain.is_empty() || plain == "/" || plain == "unspecified" {
            return Ok(());
        }
        let unknown = || format!("means no {field}");
        let formatted = || {
            format(&plain)
                .or_else(|| of_word(&plain))
                .ok_or_else(unknown)
        };
        match field {
            "engine" => self.engine = Some(engine(&plain).ok_or_else(unknown)?),
            "storage" => self.storage = Some(formatted()?),
            "arithmetic" => self.arithmetic = Some(formatted()?),
            "accumulate" => self.accumulate = Some(formatted()?),
            "sparsity" => self.sparsity = Some(sparsity(&plain).ok_or_else(unknown)?),
            "scope" => self.scope = Some(scope(&plain).ok_or_else(unknown)?),
            _ => return Err(format!("is no field of a kind: {}", FIELDS.join(", "))),
        }
        Ok(())
    }

    /// What both state.
    ///
    /// # Errors
    ///
    /// The field about which they disagree.
    pub fn and(self, other: Self) -> Result<Self, &'static str> {
        fn one<T: PartialEq>(
            name: &'static str,
            a: Option<T>,
            b: Option<T>,
        ) -> Result<Option<T>, &'static str> {
            match (a, b) {
                (Some(a), Some(b)) if a != b => Err(name),
                (a, b) => Ok(a.or(b)),
            }
        }
        Ok(Self {
            engine: one("engine", self.engine, other.engine)?,
            storage: one("storage", self.storage, other.storage)?,
            arithmetic: one("arithmetic", self.arithmetic, other.arithmetic)?,
            accumulate: one("accumulate", self.accumulate, other.accumulate)?,
            sparsity: one("sparsity", self.sparsity, other.sparsity)?,
            scope: one("scope", self.scope, other.scope)?,
        })
    }

    /// What is open filled from `other`.
    fn or(self, other: Self) -> Self {
        Self {
            engine: self.engine.or(other.engine),
            storage: self.storage.or(other.storage),
            arithmetic: self.arithmetic.or(other.arithmetic),
            accumulate: self.accumulate.or(other.accumulate),
            sparsity: self.sparsity.or(other.sparsity),
            scope: self.scope.or(other.scope),
        }
    }

    /// The kind of `metric` as stated, and the same with what `presumed` fills, where it fills anything.
    pub fn kind(self, metric: Metric, presumed: Self) -> (Kind, Option<Kind>) {
        let kind = |fields: Self| {
            let scope = fields.scope.unwrap_or(Scope::Unspecified);
            if metric != Metric::Rate {
                return Kind::plain(metric).at(scope);
            }
            let open = Format::Unspecified;
            Kind {
                metric,
                engine: fields.engine.or(Some(Engine::Unspecified)),
                storage: fields.storage.or(Some(open)),
                // A precision that is all that is said is that of the operands too.
                arithmetic: fields.arithmetic.or(fields.storage).or(Some(open)),
                accumulate: fields.accumulate.or(Some(open)),
                sparsity: fields.sparsity.or(Some(Sparsity::Unspecified)),
                scope,
            }
        };
        let (stated, filled) = (kind(self), kind(self.or(presumed)));
        (stated, (stated != filled).then_some(filled))
    }
}

/// A variant by its word in results files.
fn of_word<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(Value::String(word.into())).ok()
}

fn engine(plain: &str) -> Option<Engine> {
    let holds = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    match () {
        () if holds(&["matrix", "tensor", "cube", "矩阵", "张量"]) => Some(Engine::Matrix),
        () if holds(&["dp4a", "packed"]) => Some(Engine::PackedDot),
        () if holds(&["vector", "simt", "向量", "矢量", "标量"]) => Some(Engine::Vector),
        () => None,
    }
}

fn sparsity(plain: &str) -> Option<Sparsity> {
    match plain {
        "dense" | "稠密" | "否" | "no" | "false" => Some(Sparsity::Dense),
        "2:4" | "sparse" | "稀疏" | "是" | "yes" | "true" => Some(Sparsity::TwoOfFour),
        _ => None,
    }
}

fn scope(plain: &str) -> Option<Scope> {
    match plain {
        "单卡" | "卡" | "每卡" => Some(Scope::Card),
        "芯片" | "单芯片" => Some(Scope::Chip),
        "模组" => Some(Scope::Module),
        "单机" | "服务器" | "节点" => Some(Scope::Node),
        word => of_word(word),
    }
}

/// What words and the unit of a value say of the metric; none where it is none of ours, as of links between cards.
pub fn metric(words: &str, quantity: Option<Quantity>) -> Option<Metric> {
    let plain = narrow(words).to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    let metric = match () {
        () if has(&["互联", "互连", "interconnect", "mpi", "p2p"]) => return None,
        () if has(&["h2d"]) => Metric::Upload,
        () if has(&["d2h"]) => Metric::Download,
        () if has(&["容量", "capacity"]) => Metric::Capacity,
        () if has(&["带宽", "bandwidth"]) => {
            let memory = has(&["显存", "主存", "memory", "hbm"]);
            return memory.then_some(Metric::Bandwidth);
        }
        () if has(&["功耗", "功率", "power"]) => Metric::Power,
        () if has(&["算力", "flops", "tops", "comput", "gemm", "matmul"]) => Metric::Rate,
        () if format(&plain).is_some() => Metric::Rate,
        () => match quantity? {
            Quantity::Rate => Metric::Rate,
            Quantity::Power => Metric::Power,
            Quantity::Capacity => Metric::Capacity,
            _ => return None,
        },
    };
    Some(metric)
}

/// What a metric's unit counts.
pub fn quantity(metric: Metric) -> Quantity {
    match metric {
        Metric::Rate => Quantity::Rate,
        Metric::Capacity => Quantity::Capacity,
        Metric::Power => Quantity::Power,
        Metric::Latency | Metric::LoadLatency => Quantity::Time,
        _ => Quantity::Bandwidth,
    }
}

/// The fields that a row's words state: a precision, and how much hardware a mean is of.
pub fn stated(words: &str, precision: &str) -> Fields {
    let plain = narrow(words).to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    let scope = match () {
        () if has(&["单卡", "卡平均", "per card"]) => Some(Scope::Card),
        () if has(&["单机", "per node"]) => Some(Scope::Node),
        () => None,
    };
    let storage = format(precision).or_else(|| format(words));
    Fields {
        storage,
        scope,
        ..Fields::default()
    }
}

/// A field of a kind in words, for messages.
pub fn named(fields: &Fields, field: &str) -> String {
    let words = match field {
        "engine" => fields.engine.as_ref().map(word),
        "storage" => fields.storage.as_ref().map(word),
        "arithmetic" => fields.arithmetic.as_ref().map(word),
        "accumulate" => fields.accumulate.as_ref().map(word),
        "sparsity" => fields.sparsity.as_ref().map(word),
        _ => fields.scope.as_ref().map(word),
    };
    words.unwrap_or_default()
}
