//! Selection → cases: kernels × sizes × what the device offers. Pure.
//!
//! What the device lacks becomes an `unsupported` record, a suite's size over a limit a `skipped` one;
//! a typed size over a limit is an error before anything is measured.

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::{Glob, GlobMatcher};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::figure::{Format, Metric};
use crate::files;
use crate::kernel::{Case, Feature, Kernel, Mode, Params, Pattern, Sizing};
use crate::kernels;
use crate::results::{Outcome, Record, SuiteId};
use crate::sampler::Budget;
use crate::tune;

mod shapes;
mod suite;

pub use shapes::{Shapes, Size, parse_size};
pub use suite::Suite;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Which suite gives sizes and budgets.
    pub suite: Suite,
    /// Globs over kernel names; empty means all.
    pub only: Vec<String>,
    /// GEMM sizes typed by the user: one that is too large is an error.
    pub sizes: Vec<Size>,
    /// GEMM sizes of the shape sets asked for: one that is too large is skipped. Without either, the suite's.
    pub shapes: Vec<Size>,
    /// Kernels with size and tile, to be measured as they are; where there are some, they are all there is.
    pub stored: Vec<(String, Params)>,
    /// What the timed operands hold, one after the other.
    pub data: Vec<Pattern>,
    /// Burst, sustained or both.
    pub modes: Vec<Mode>,
    /// The seed all operands come from.
    pub seed: u64,
    /// Template texts that replace the built-in ones, by file name.
    pub templates: BTreeMap<String, Arc<str>>,
}

/// One entry of a plan.
#[derive(Clone)]
pub enum Planned {
    /// To be measured.
    Case(Case),
    /// Known without measuring: unsupported or skipped.
    Record(Box<Record>),
}

impl Planned {
    /// The kernel's name and the parameters asked for.
    pub fn asks(&self) -> (&str, &Params) {
        match self {
            Self::Case(case) => (case.kernel.name, &case.params),
            Self::Record(record) => (&record.kernel, &record.params),
        }
    }
}

/// The plan in an order of its own for each seed, so that in several runs no case always follows the same one.
pub fn shuffled(plan: &[Planned], seed: u64) -> Vec<Planned> {
    let mut plan = plan.to_vec();
    plan.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    bursts_first(&mut plan);
    plan
}

/// A sustained case leaves the chip warm, and a burst is of a cold one.
fn bursts_first(plan: &mut [Planned]) {
    plan.sort_by_key(|planned| planned.asks().1.mode != Mode::Burst);
}

/// Every case of the selection on this device, in the order of the registry, bursts before all others.
pub fn plan(selection: &Selection, info: &DeviceInfo) -> Result<Vec<Planned>> {
    let mut planned = Vec::new();
    for kernel in selected(&selection.only)? {
        for params in selection.params(kernel, info) {
            for params in selection.loads(kernel, &params) {
                planned.push(selection.planned(kernel, params, info)?);
            }
        }
    }
    bursts_first(&mut planned);
    Ok(planned)
}

/// The kernels that the patterns match, in the order of the registry.
pub fn selected(only: &[String]) -> Result<Vec<&'static Kernel>> {
    let mut matchers = Vec::new();
    for pattern in only {
        let matcher = matcher(pattern)?;
        if !kernels::ALL
            .iter()
            .any(|kernel| matcher.is_match(kernel.name))
        {
            return Err(Error::NothingSelected {
                pattern: pattern.clone(),
                nearest: nearest(pattern),
            });
        }
        matchers.push(matcher);
    }
    let chosen = |kernel: &&&Kernel| {
        matchers.is_empty() || matchers.iter().any(|matcher| matcher.is_match(kernel.name))
    };
    Ok(kernels::ALL.iter().filter(chosen).copied().collect())
}

fn matcher(pattern: &str) -> Result<GlobMatcher> {
    let glob = Glob::new(pattern).map_err(|error| {
        Error::usage(
            format!("--only '{pattern}'"),
            error.kind().to_string(),
            "quote a glob such as 'gemm/*' or 'peak/f{16,32}'",
        )
    })?;
    Ok(glob.compile_matcher())
}

/// The three kernel names most like `pattern`.
fn nearest(pattern: &str) -> Vec<String> {
    let mut names: Vec<_> = kernels::ALL.iter().map(|kernel| kernel.name).collect();
    names.sort_by(|a, b| {
        let (a, b) = (
            strsim::jaro_winkler(pattern, a),
            strsim::jaro_winkler(pattern, b),
        );
        b.total_cmp(&a)
    });
    names.into_iter().take(3).map(String::from).collect()
}

impl Selection {
    /// How long a case may take.
    pub fn budget(&self) -> Budget {
        self.suite.definition().budget
    }

    /// One size with each data and in each mode; what is stored keeps its own data.
    fn loads(&self, kernel: &Kernel, params: &Params) -> Vec<Params> {
        let own = [params.data];
        let asked: Vec<_> = self.data.iter().copied().map(Some).collect();
        let data = match kernel.patterned && params.data.is_none() {
            true => asked.as_slice(),
            false => own.as_slice(),
        };
        let with = |data: &Option<Pattern>, mode: &Mode| Params {
            data: *data,
            mode: *mode,
            ..params.clone()
        };
        let modes = |data| self.modes.iter().map(move |mode| with(data, mode));
        data.iter().flat_map(modes).collect()
    }

    /// What is asked of `kernel`: one entry a size.
    fn params(&self, kernel: &Kernel, info: &DeviceInfo) -> Vec<Params> {
        let base = Params::new(Mode::Sustained);
        if !self.stored.is_empty() {
            return self.again(kernel);
        }
        let sizes = self.suite.definition().sizes(info);
        match kernel.sizing {
            Sizing::Chain | Sizing::Fixed => vec![base],
            Sizing::Buffer | Sizing::Loop => {
                let with = |bytes: &u64| Params {
                    bytes: Some(*bytes),
                    ..base.clone()
                };
                sizes.bytes(kernel.kind.metric).iter().map(with).collect()
            }
            Sizing::Gemm => {
                let mut chosen = [&self.sizes[..], &self.shapes[..]].concat();
                if chosen.is_empty() {
                    chosen = sizes.gemm;
                }
                let with = |[m, n, k]: &Size| Params {
                    m: Some(*m),
                    n: Some(*n),
                    k: Some(*k),
                    ..base.clone()
                };
                chosen.iter().map(with).collect()
            }
        }
    }

    /// The stored sizes, data and tiles of `kernel`, each once; the mode is asked for anew.
    fn again(&self, kernel: &Kernel) -> Vec<Params> {
        let own = self.stored.iter().filter(|(name, _)| name == kernel.name);
        let mut chosen: Vec<Params> = Vec::new();
        for (_, params) in own {
            let params = Params {
                mode: Mode::Sustained,
                ..params.clone()
            };
            if !chosen.contains(&params) {
                chosen.push(params);
            }
        }
        chosen
    }

    fn planned(
        &self,
        kernel: &'static Kernel,
        params: Params,
        info: &DeviceInfo,
    ) -> Result<Planned> {
        let mut case = Case::new(kernel, params, self.seed);
        if let Some(text) = kernel.template.and_then(|t| self.templates.get(t.name)) {
            case.template = Arc::clone(text);
        }
        // Sizes come first: with impossible ones, nothing about the case can be computed.
        let mnk = case.params.mnk().map(|size| size as u32);
        let typed = kernel.sizing == Sizing::Gemm && self.sizes.contains(&mnk);
        let sized = operands_fit(&case, info);
        if let Err(why) = &sized
            && typed
        {
            return Err(too_large(&case, why));
        }
        if let Err(reason) = sized {
            return Ok(known(&case, info, Outcome::Skipped { reason }));
        }
        if let Some(feature) = kernel.requires.iter().find(|f| !info.features.contains(f)) {
            let reason = lacking(*feature);
            return Ok(known(&case, info, Outcome::Unsupported { reason }));
        }
        if let Err(reason) = info.multiplies(&kernel.kind) {
            return Ok(known(&case, info, Outcome::Unsupported { reason }));
        }
        match possible(&case, info) {
            Ok(()) => Ok(Planned::Case(case)),
            Err(why) if typed => Err(too_large(&case, &why)),
            Err(reason) => Ok(known(&case, info, Outcome::Skipped { reason })),
        }
    }
}

fn too_large(case: &Case, why: &str) -> Error {
    Error::Size {
        typed: case.params.size(),
        why: format!("{}: {why}", case.kernel.name),
        hint: "give a smaller --size, or leave this kernel out with --only".into(),
    }
}

/// Whether each matrix fits a binding, without the padding that a tile adds, and K the kernel's sum.
fn operands_fit(case: &Case, info: &DeviceInfo) -> Result<(), String> {
    let kind = &case.kernel.kind;
    if case.kernel.sizing != Sizing::Gemm {
        return Ok(());
    }
    let [m, n, k] = case.params.mnk().map(|size| size as u128);
    let operand = u128::from(kind.storage.map_or(4, Format::bytes));
    let sum = u128::from(kind.accumulate.map_or(4, Format::bytes));
    let largest = (m * k * operand).max(k * n * operand).max(m * n * sum);
    let limit = info.limits.binding_bytes;
    if largest > u128::from(limit) {
        return Err(format!(
            "buffer in bytes {largest} is over the device's limit of {limit}"
        ));
    }
    let limit = kernels::MAX_K_INT8;
    if kind.storage == Some(Format::I8) && k > u128::from(limit) {
        return Err(format!(
            "K {k} is over {limit}, where sums in i32 may overflow"
        ));
    }
    Ok(())
}

/// Why a kernel can't run for want of `feature`.
fn lacking(feature: Feature) -> String {
    let what = match feature {
        Feature::ShaderF16 => "16-bit floats in shaders (shader-f16)",
        Feature::ShaderF64 => "64-bit floats in shaders (shader-f64)",
        Feature::Timestamps => "GPU timestamps (timestamps)",
        Feature::Subgroups => "subgroup operations (subgroups)",
        Feature::CooperativeMatrix => "cooperative matrices (cooperative-matrix)",
    };
    format!("the adapter does not offer {what}")
}

/// Whether any candidate of the case fits the device and its memory.
fn possible(case: &Case, info: &DeviceInfo) -> Result<(), String> {
    let mut reason = String::from("no candidate");
    for tile in case.kernel.candidates() {
        let candidate = case.with_tile(tile);
        let fits = tune::fits(&candidate, info)
            .and_then(|()| within(memory_bytes(&candidate), info.memory_bytes));
        match fits {
            Ok(()) => return Ok(()),
            Err(why) => reason = why,
        }
    }
    Err(reason)
}

fn within(bytes: u64, memory: Option<u64>) -> Result<(), String> {
    match memory {
        Some(memory) if bytes > memory => Err(format!(
            "needs {bytes} bytes of device memory, over the device's {memory}"
        )),
        _ => Ok(()),
    }
}

/// Bytes of device memory the case takes.
pub fn memory_bytes(case: &Case) -> u64 {
    use crate::kernel::Action;
    match case.action() {
        Action::Compute(program) => program.buffers.iter().sum(),
        // One buffer on the device and one the host maps.
        Action::Upload { bytes } | Action::Download { bytes } | Action::RoundTrip { bytes } => {
            2 * bytes
        }
        Action::Submit => 0,
    }
}

fn known(case: &Case, info: &DeviceInfo, outcome: Outcome) -> Planned {
    Planned::Record(Box::new(Record {
        kernel: case.kernel.name.into(),
        params: case.params.clone(),
        kind: case.kernel.kind.at(info.scope()),
        work: case.work(),
        shader_sha256: None,
        beside: None,
        outcome,
    }))
}
