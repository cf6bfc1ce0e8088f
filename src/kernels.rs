//! Every kernel there is, as one slice: [`ALL`]. The tests below walk it.
//!
//! A kernel is a constant in one of the files of this module, one file a family, beside the CPU
//! function that gives its whole output. Its shader is a template under `shaders/`.

use crate::kernel::{Case, Kernel, Template, Tile};

mod gemm;
mod latency;
mod matrix_engine;
mod memory;
mod operands;
mod peak;
mod transfer;

pub use gemm::MAX_K_INT8;
pub use peak::CLOCK;

/// All kernels, in the order they are listed and run.
pub static ALL: &[&Kernel] = &[
    &peak::F32,
    &peak::F16,
    &peak::F64,
    &peak::I32,
    &peak::INT8_DOT,
    &matrix_engine::PEAK_F16,
    &matrix_engine::PEAK_F16_ACC_F32,
    &gemm::F32,
    &gemm::F16,
    &gemm::F16_ACC_F32,
    &gemm::F16_EMULATED,
    &gemm::INT8_DOT,
    &matrix_engine::GEMM_F16,
    &matrix_engine::GEMM_F16_ACC_F32,
    &memory::COPY,
    &memory::READ,
    &memory::WRITE,
    &memory::TRIAD,
    &memory::SWEEP,
    &memory::WORKGROUP,
    &latency::MEMORY,
    &latency::DISPATCH,
    &transfer::UPLOAD,
    &transfer::DOWNLOAD,
    &transfer::ROUND_TRIP,
];

/// The kernel of this name.
pub fn find(name: &str) -> Option<&'static Kernel> {
    ALL.iter().copied().find(|kernel| kernel.name == name)
}

/// What one workgroup of a case takes; a device that has less can't run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demands {
    /// Workgroup memory, in bytes.
    pub workgroup_bytes: u32,
    /// Invocations.
    pub invocations: u32,
    /// Registers of 32 bits that an invocation can't do without.
    pub registers: u32,
}

/// What one workgroup of the case's tile takes, known before anything is compiled; zeros without a shader.
pub fn demands(case: &Case) -> Demands {
    match case.kernel.template {
        None => Demands {
            workgroup_bytes: 0,
            invocations: 0,
            registers: 0,
        },
        Some(_) if matrix_engine::is_matrix(case.kernel) => matrix_engine::demands(case),
        Some(_) if case.kernel.name.starts_with("gemm/") => gemm::demands(case),
        Some(_) if case.kernel.name.starts_with("peak/") => peak::demands(case),
        Some(_) if case.kernel.name.starts_with("memory/") => memory::demands(case),
        Some(_) if case.kernel.name.starts_with("latency/") => latency::demands(),
        Some(_) => Demands {
            workgroup_bytes: 0,
            invocations: THREADS,
            registers: 0,
        },
    }
}

/// The most trips one dispatch of the case may make: beyond them a chain that counts its steps would
/// leave the integers its format holds exactly. No kernel but some peaks has a limit.
pub fn max_trips(case: &Case) -> u32 {
    match matrix_engine::is_matrix(case.kernel) {
        true => matrix_engine::max_trips(case),
        false => peak::max_trips(case),
    }
}

/// The trips after which a chain's way in and out, its loads, fold and store, are little beside its steps: from there
/// on it grows in workgroups. A vector chain's trip may hold few steps or many, 2¹⁴ of which take a thread long enough.
pub fn first_trips(case: &Case) -> u32 {
    const STEPS: u32 = 1 << 14;
    const TRIPS: u32 = 64;
    if matrix_engine::is_matrix(case.kernel) || !case.kernel.name.starts_with("peak/") {
        return TRIPS;
    }
    (STEPS / (case.params.tiled("unroll") * case.params.tiled("chains"))).max(1)
}

/// Whether the case's tile is the form that works on scalars, where the kernel has others that pack them.
pub fn is_scalar(case: &Case) -> bool {
    match case.kernel.name {
        "gemm/f16" => case.params.tile.as_ref().and_then(|tile| tile.get("pairs")) == Some(&0),
        name => {
            name.starts_with("peak/")
                && case
                    .params
                    .tile
                    .as_ref()
                    .and_then(|tile| tile.get("vector"))
                    == Some(&1)
        }
    }
}

/// Invocations of a workgroup of every shader that has no tile of its own.
const THREADS: u32 = 256;

/// A shader the kernel's file includes.
const fn template(name: &'static str, source: &'static str) -> Option<Template> {
    Some(Template { name, source })
}

/// One tile a row of `values`, each value under its key.
fn tiles<const N: usize>(keys: [&str; N], values: &[[u32; N]]) -> Vec<Tile> {
    let tile = |row: &[u32; N]| {
        let named = keys.iter().zip(row);
        named
            .map(|(key, value)| ((*key).to_owned(), *value))
            .collect()
    };
    values.iter().map(tile).collect()
}

#[cfg(test)]
mod tests;
