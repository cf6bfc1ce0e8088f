//! The narrow waist: what a device is to everything that measures. No wgpu here.
//!
//! Two implementations: the real one in `gpu`, and [`simulated::Simulated`], whose times and faults
//! are scripted. Seconds and words cross this line; ticks, maps and polls never do.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::figure::{Engine, Kind, Scope, word};
use crate::files::slug;
use crate::kernel::{Case, Feature, MatrixShape};
use crate::matrix::{Words, unlike};

pub mod simulated;

/// What sort of hardware an adapter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceType {
    /// A GPU with its own memory.
    Discrete,
    /// A GPU that shares the CPU's memory.
    Integrated,
    /// A GPU seen through a hypervisor.
    Virtual,
    /// A software driver: it proves answers, never speed.
    Cpu,
    /// Something the driver doesn't name.
    Other,
}

/// The limits that decide whether a case can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Largest buffer a shader can bind, in bytes.
    pub binding_bytes: u64,
    /// Largest buffer at all, in bytes.
    pub buffer_bytes: u64,
    /// Workgroup memory, in bytes.
    pub workgroup_bytes: u32,
    /// Invocations in one workgroup.
    pub workgroup_invocations: u32,
    /// Workgroups in one dimension of a dispatch.
    pub workgroups: u32,
}

/// An adapter as a results file stores it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceInfo {
    /// The adapter's name, to the letter.
    pub name: String,
    /// `vulkan`, `metal`, `dx12`, `gl` or `simulated`.
    pub backend: String,
    /// What sort of hardware.
    pub device_type: DeviceType,
    /// PCI vendor id, or the API's own.
    pub vendor_id: u32,
    /// PCI device id.
    pub device_id: u32,
    /// PCI bus id; absent where the driver doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pci_bus_id: Option<String>,
    /// The driver's name.
    pub driver: String,
    /// The driver's version line.
    pub driver_info: String,
    /// What it offers.
    pub features: BTreeSet<Feature>,
    /// What it can take.
    pub limits: Limits,
    /// Smallest and largest subgroup.
    pub subgroup_size: [u32; 2],
    /// The cooperative matrices it offers, of those that WGSL can say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matrices: Vec<MatrixShape>,
    /// Memory the adapter can use, in bytes: its own, or the host's for integrated and software ones;
    /// absent where the driver doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Whether the backend makes four-way int8 dots of other instructions; absent where it doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub int8_dot_emulated: Option<bool>,
    /// The unit of the GPU's clock in seconds; absent without timestamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp_period_seconds: Option<f64>,
}

impl DeviceInfo {
    /// Software drivers prove answers, never speed: checks that rest on time only set flags on them.
    pub fn is_cpu(&self) -> bool {
        self.device_type == DeviceType::Cpu
    }

    /// How much hardware a figure measured here is for.
    pub fn scope(&self) -> Scope {
        match self.device_type {
            DeviceType::Integrated | DeviceType::Cpu => Scope::Chip,
            _ => Scope::Card,
        }
    }

    /// Whether there are matrices of the formats of `kind`, if it is a rate of the matrix engine; else what lacks.
    pub fn multiplies(&self, kind: &Kind) -> Result<(), String> {
        if kind.engine != Some(Engine::Matrix) || self.shapes(kind).next().is_some() {
            return Ok(());
        }
        Err(format!(
            "the adapter offers no cooperative matrices of {}",
            formats(kind)
        ))
    }

    /// Whether the fragments and subgroups that the case's tile assumes are the adapter's; else what lacks.
    pub fn has_fragments(&self, case: &Case) -> Result<(), String> {
        let kind = &case.kernel.kind;
        if kind.engine != Some(Engine::Matrix) {
            return Ok(());
        }
        self.multiplies(kind)?;
        let [size, lanes] = ["size", "lanes"].map(|key| case.params.tiled(key));
        if !self.shapes(kind).any(|shape| shape.size == size) {
            return Err(format!(
                "the adapter offers no cooperative matrices of {size} × {size}, {}",
                formats(kind)
            ));
        }
        let [least, most] = self.subgroup_size;
        if !(least..=most).contains(&lanes) {
            return Err(format!(
                "subgroups of {lanes} lanes; the adapter's have {least} to {most}"
            ));
        }
        Ok(())
    }

    fn shapes(&self, kind: &Kind) -> impl Iterator<Item = &MatrixShape> {
        let wanted = (kind.storage, kind.accumulate);
        let of_formats =
            move |shape: &&MatrixShape| (Some(shape.operands), Some(shape.accumulate)) == wanted;
        self.matrices.iter().filter(of_formats)
    }

    /// The name in lower case with hyphens: the directory its results go to.
    pub fn slug(&self) -> String {
        slug(&self.name)
    }
}

/// The formats of a matrix multiply-add in words.
fn formats(kind: &Kind) -> String {
    let [operands, sum] = [kind.storage, kind.accumulate]
        .map(|format| format.as_ref().map_or_else(String::new, word));
    format!("{operands} operands summed in {sum}")
}

/// How long a number of dispatches took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// By the GPU's own clock, from the first dispatch to the end of the last; absent without timestamps.
    pub gpu_seconds: Option<f64>,
    /// By the host's clock, from submit until the host saw it complete.
    pub wall_seconds: f64,
    /// The longest of the submits it took, by the better clock: what a watchdog sees.
    pub submit_seconds: f64,
    /// Of the host's clock, all that was run to know it: `wall_seconds`, or more where a time is the difference of two.
    pub spent_seconds: f64,
}

impl Timing {
    /// One submit of `seconds` by both clocks.
    pub fn of(seconds: f64) -> Self {
        Self {
            gpu_seconds: Some(seconds),
            wall_seconds: seconds,
            submit_seconds: seconds,
            spent_seconds: seconds,
        }
    }

    /// Seconds by the better clock: the GPU's where there is one.
    pub fn seconds(self) -> f64 {
        self.gpu_seconds.unwrap_or(self.wall_seconds)
    }

    /// Seconds to go by where a watchdog is near: a GPU clock that stands still hides 5 ms at most, which
    /// submitting and waiting may take.
    pub fn length(self) -> f64 {
        self.seconds().max(self.wall_seconds - 5e-3)
    }
}

/// Something kernels can be loaded on.
pub trait Device {
    /// What it is.
    fn info(&self) -> &DeviceInfo;

    /// Compiles the case's shader and makes its buffers. After a lost device the next load starts afresh.
    fn load(&self, case: &Case) -> Result<Box<dyn Loaded + '_>>;

    /// Compiles the shaders of `cases`, several at a time where the device can. What fails is found by `load`.
    fn prepare(&self, _cases: &[Case]) {}
}

/// A compiled case with its buffers.
pub trait Loaded {
    /// Puts the operands in place, in the order of the kernel's `inputs`, and clears the output.
    fn fill(&mut self, inputs: &[Words]) -> Result<()>;

    /// Clears the output again; the operands stay in place.
    fn clear(&mut self) -> Result<()>;

    /// Goes on with the trips of `case`, which is the loaded one in everything else: buffers and operands stay.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] where the buffers of `case` are others, or nothing has trips.
    fn with_trips_of(&mut self, case: &Case) -> Result<()> {
        Err(not_its_trips(case))
    }

    /// Runs `dispatches` dispatches one after the other and waits. Each is cut into `bands` submits (or as many as its
    /// grid has workgroups on its longer side), so that a long one meets no watchdog; with 1, all dispatches are one
    /// submit.
    fn run(&mut self, dispatches: u32, bands: u32) -> Result<Timing>;

    /// Lets the device idle.
    fn rest(&mut self, seconds: f64) {
        std::thread::sleep(std::time::Duration::from_secs_f64(seconds));
    }

    /// The output buffer.
    fn output(&mut self) -> Result<Words>;

    /// Where the output first differs from `truth`, and what is there.
    ///
    /// # Errors
    ///
    /// [`Error::Data`] for a truth of another length.
    fn unlike(&mut self, truth: &[u32]) -> Result<Option<(usize, u32)>> {
        let output = self.output()?;
        as_long(output.len(), truth)?;
        Ok(unlike(&output, truth))
    }
}

/// What is loaded can't go on as `case`.
pub fn not_its_trips(case: &Case) -> Error {
    Error::Data {
        what: format!("trips of {}", case.kernel.name),
        why: "what is loaded has other buffers, or no trips".into(),
    }
}

/// Whether what is held against an output of so many words is as long.
///
/// # Errors
///
/// [`Error::Data`] with both lengths.
pub fn as_long(output: usize, truth: &[u32]) -> Result<()> {
    if truth.len() == output {
        return Ok(());
    }
    Err(Error::Data {
        what: "the answer".into(),
        why: format!(
            "{output} words of output, {} to compare them with",
            truth.len()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_lower_case_with_hyphens() {
        let mut info = simulated::info();
        info.name = "llvmpipe (LLVM 15.0.6, 256 bits)".into();
        assert_eq!(info.slug(), "llvmpipe-llvm-15-0-6-256-bits");
        info.name = "???".into();
        assert_eq!(info.slug(), "unnamed");
    }
}
