//! What a kernel is, as data and pure functions: name, kind, requirements, work, program, truth.
//!
//! A [`Kernel`] is a constant; a [`Case`] is a kernel at one size with one tile, ready to be loaded.
//! Nothing here measures or touches a device.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::figure::{Basis, Figure, Format, Kind, Metric};
use crate::files;
use crate::matrix::{Layout, Words};

mod program;
mod shape;
mod sizing;
mod space;

pub use program::{Action, Band, Program};
pub use shape::MatrixShape;
pub use sizing::{Sizing, bytes_text};
pub use space::{Space, Tile};

/// What an adapter must offer before a kernel can run on it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// 16-bit floats in shaders (`enable f16`).
    ShaderF16,
    /// 64-bit floats in shaders; Vulkan only.
    ShaderF64,
    /// Timestamps written by the GPU around a pass.
    Timestamps,
    /// Subgroup built-ins.
    Subgroups,
    /// Cooperative matrices in WGSL.
    CooperativeMatrix,
}

/// Operations and bytes of one dispatch. FMA = 2 operations; bytes = read + written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Arithmetic operations, or loads where one load's latency is the figure; 0 where the kernel only moves data.
    pub operations: u64,
    /// Bytes read plus bytes written, each operand counted once.
    pub bytes: u64,
}

impl Work {
    /// The figure of `seconds` for this work: a rate, a bandwidth, or for a latency the seconds themselves,
    /// of one operation where operations are counted.
    pub fn figure(&self, kind: Kind, seconds: f64, source: &str) -> Figure {
        let base = match kind.metric {
            Metric::Rate => self.operations as f64 / seconds,
            Metric::Latency | Metric::LoadLatency => seconds / self.operations.max(1) as f64,
            _ => self.bytes as f64 / seconds,
        };
        let unit = kind.unit();
        Figure {
            value: base / unit.in_base(),
            unit,
            kind,
            basis: Basis::Measured,
            source: source.into(),
        }
    }
}

/// How the measurement loads the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Short samples with idle gaps: the boost clock.
    Burst,
    /// Warmed up until steady: the headline.
    Sustained,
}

/// What the timed operands hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// Seeded uniform in [−1, 1]; int8 and plain words over their full range.
    Random,
    /// All zero.
    Zeros,
    /// Few bits change from element to element: {−½, 0, ½, 1}, int8 {−1, 0, 1, 2}.
    LowToggle,
}

/// What was asked of a kernel: with the kernel's name it identifies a record.
///
/// Sizes are those the kernel has (`m` × `k` times `k` × `n`, or `bytes` a buffer); `workgroups` and
/// `trips` are the length of a dispatch, found on the device; `tile` is the candidate that won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Rows of A and C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub m: Option<u32>,
    /// Columns of B and C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// Columns of A, rows of B.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<u32>,
    /// Bytes of each buffer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How the chip was loaded.
    pub mode: Mode,
    /// What the operands hold, where the kernel takes operands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Pattern>,
    /// Workgroups of one dispatch, where the kernel is free to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workgroups: Option<u32>,
    /// Trips of the unrolled loop in one dispatch, where the kernel is free to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trips: Option<u32>,
    /// The tile that was searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile: Option<Tile>,
}

impl Params {
    /// Parameters without a size.
    pub fn new(mode: Mode) -> Self {
        Self {
            m: None,
            n: None,
            k: None,
            bytes: None,
            mode,
            data: None,
            workgroups: None,
            trips: None,
            tile: None,
        }
    }

    /// The same question with the tile and length of dispatch of `other`, which a search may have run at another size.
    #[must_use]
    pub fn ran_as(&self, other: &Self) -> Self {
        Self {
            workgroups: other.workgroups,
            trips: other.trips,
            tile: other.tile.clone(),
            ..self.clone()
        }
    }

    /// The same question, whatever tile and dispatch length the search found for it.
    pub fn asks_same(&self, other: &Self) -> bool {
        let key = |p: &Self| (p.m, p.n, p.k, p.bytes, p.mode, p.data);
        key(self) == key(other)
    }

    /// The size in the form it is typed: `4096` or `129,65,33`, `64 MiB`, or nothing.
    pub fn size(&self) -> String {
        match (self.m, self.n, self.k, self.bytes) {
            (Some(m), Some(n), Some(k), _) if m == n && n == k => m.to_string(),
            (Some(m), Some(n), Some(k), _) => format!("{m},{n},{k}"),
            (.., Some(bytes)) => bytes_text(bytes),
            _ => String::new(),
        }
    }

    /// m, n, k as counts; 1 where the kernel has no such size.
    pub fn mnk(&self) -> [usize; 3] {
        [self.m, self.n, self.k].map(|size| size.unwrap_or(1) as usize)
    }

    /// The tile in words: `bk 16, bm 64`.
    pub fn tile_text(&self) -> String {
        let pairs = self.tile.iter().flatten();
        let words: Vec<_> = pairs
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        words.join(", ")
    }

    /// A tile value by name; 1 where the tile doesn't name it.
    pub fn tiled(&self, name: &str) -> u32 {
        let tile = self.tile.as_ref();
        tile.and_then(|tile| tile.get(name)).copied().unwrap_or(1)
    }
}

/// A WGSL template.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// The file's name under `shaders/`.
    pub name: &'static str,
    /// Its text as built in.
    pub source: &'static str,
}

/// Which operands to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// For products of floats: small integers, whose sums are exact in every format.
    Exact,
    /// What is timed.
    Timed(Pattern),
}

/// Where the three matrices of a product lie: A is m × k, B is k × n, C is m × n.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// The left operand, input 0.
    pub a: Layout,
    /// The right operand, input 1.
    pub b: Layout,
    /// The result, the output.
    pub c: Layout,
}

impl Product {
    /// Whether every sum is exact, whatever the operands.
    pub fn is_of_integers(&self) -> bool {
        self.a.format == Format::I8
    }
}

/// How an answer is known to be right.
#[derive(Clone, Copy)]
pub enum Check {
    /// Every output word equals the reference's.
    Equal,
    /// A matrix product: Freivalds over the whole of C on exact operands, sampled entries on timed ones that are floats.
    Product(fn(&Params) -> Product),
    /// There is no answer, for this reason.
    Nothing(&'static str),
}

/// A kernel: everything about it that doesn't depend on the device.
pub struct Kernel {
    /// `family/name`, for ever.
    pub name: &'static str,
    /// One line for a list.
    pub about: &'static str,
    /// What its figure may be compared with; the device states the scope.
    pub kind: Kind,
    /// What the adapter must offer.
    pub requires: &'static [Feature],
    /// Which sizes it takes.
    pub sizing: Sizing,
    /// Whether the timed operands follow a [`Pattern`].
    pub patterned: bool,
    /// Its WGSL, where it runs a shader.
    pub template: Option<Template>,
    /// Constants of the kernel the template is rendered with, beside the tile.
    pub constants: &'static [(&'static str, &'static str)],
    /// The tiles a search may try.
    pub space: Space,
    /// Operations and bytes of one dispatch.
    pub work: fn(&Params) -> Work,
    /// What the device is asked to do in one dispatch.
    pub action: fn(&Case) -> Action,
    /// The operands, one buffer after the other.
    pub inputs: fn(&Case, Input) -> Vec<Words>,
    /// The truth: the whole output buffer on a CPU.
    pub reference: fn(&Case, &[Words]) -> Words,
    /// How the answer is checked.
    pub check: Check,
}

impl Kernel {
    /// The curated tiles of its [`Space`].
    pub fn candidates(&self) -> Vec<Tile> {
        (self.space.curated)()
    }
}

/// A kernel at one size with one tile.
#[derive(Clone)]
pub struct Case {
    /// Which kernel.
    pub kernel: &'static Kernel,
    /// Which size, mode, data, tile.
    pub params: Params,
    /// The seed all operands come from.
    pub seed: u64,
    /// The template's text: the built-in one unless `--shaders` gave another.
    pub template: Arc<str>,
}

impl Case {
    /// The kernel's case with its built-in template.
    pub fn new(kernel: &'static Kernel, params: Params, seed: u64) -> Self {
        let template = kernel.template.map_or("", |template| template.source);
        Self {
            kernel,
            params,
            seed,
            template: template.into(),
        }
    }

    /// The operands its answer is proven on, where any wrong word shows: exact ones for a product of floats, and for
    /// everything else, which is exact anyway, random ones as they are timed.
    pub fn proof(&self) -> Input {
        match self.kernel.check {
            Check::Product(layouts) if !layouts(&self.params).is_of_integers() => Input::Exact,
            _ => Input::Timed(Pattern::Random),
        }
    }

    /// The operands it is timed on.
    pub fn timed(&self) -> Input {
        Input::Timed(self.params.data.unwrap_or(Pattern::Random))
    }

    /// The same case with another tile.
    #[must_use]
    pub fn with_tile(&self, tile: Tile) -> Self {
        let mut case = self.clone();
        case.params.tile = Some(tile);
        case
    }

    /// Operations and bytes of one dispatch.
    pub fn work(&self) -> Work {
        (self.kernel.work)(&self.params)
    }

    /// What the device is asked to do in one dispatch.
    pub fn action(&self) -> Action {
        (self.kernel.action)(self)
    }

    /// The WGSL that runs, rendered from the template with tile and kernel constants; empty without a shader.
    pub fn wgsl(&self) -> Result<String> {
        let Some(template) = self.kernel.template else {
            return Ok(String::new());
        };
        let mut values: BTreeMap<&str, minijinja::Value> = BTreeMap::new();
        for (name, text) in self.kernel.constants {
            values.insert(name, (*text).into());
        }
        for (name, number) in self.params.tile.iter().flatten() {
            values.insert(name, (*number).into());
        }
        let rendered = environment().and_then(|e| e.render_str(&self.template, values));
        rendered.map_err(|error| Error::Data {
            what: format!("shaders/{}", template.name),
            why: format!("{error:#}"),
        })
    }

    /// SHA-256 of the WGSL that runs, in hex; absent without a shader.
    pub fn shader_sha256(&self) -> Result<Option<String>> {
        if self.kernel.template.is_none() {
            return Ok(None);
        }
        Ok(Some(files::sha256(self.wgsl()?)))
    }
}

/// The template language as the shaders use it: lines that hold only a block leave nothing behind, and
/// a name that isn't there is an error.
fn environment() -> std::result::Result<minijinja::Environment<'static>, minijinja::Error> {
    let mut environment = minijinja::Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let syntax = minijinja::syntax::SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    environment.set_syntax(syntax);
    Ok(environment)
}
