//! `…/f16-matrix…`: the matrix engine by cooperative matrices, f16 operands, summed in f16 or in f32.
//!
//! A fragment is `size` × `size` and belongs to a subgroup of `lanes`. Both are keys of the tile: a device
//! offers some sizes ([`MatrixShape`](crate::kernel::MatrixShape)) and has one size of subgroup or several. A shader whose subgroup
//! turns out to be another than the tile assumes gives a wrong answer, never one that passes.

use crate::figure::{Engine, Format, Kind};
use crate::kernel::{Case, Check, Feature, Kernel, Params, Sizing, Space, Template};

use super::{Demands, gemm, template};

mod chain;
mod tiles;

pub(super) use chain::max_trips;

const REQUIRES: &[Feature] = &[
    Feature::CooperativeMatrix,
    Feature::ShaderF16,
    Feature::Subgroups,
];

/// Summed in half precision.
pub static PEAK_F16: Kernel = peak(
    "peak/f16-matrix",
    "chains of half-precision matrix multiply-adds, summed in half precision",
    Format::F16,
    &[("sum", "f16")],
);

/// Summed in single precision.
pub static PEAK_F16_ACC_F32: Kernel = peak(
    "peak/f16-matrix-acc-f32",
    "chains of half-precision matrix multiply-adds, summed in single precision",
    Format::F32,
    &[("sum", "f32")],
);

/// Summed in half precision.
pub static GEMM_F16: Kernel = Kernel {
    work: |params| gemm::work(params, 2, 2),
    check: Check::Product(|params| gemm::float(params, Format::F16, Format::F16)),
    ..product(
        "gemm/f16-matrix",
        "matrix product in half precision on the matrix engine, summed in half precision",
        Format::F16,
        &[("sum", "f16")],
    )
};

/// Summed in single precision.
pub static GEMM_F16_ACC_F32: Kernel = Kernel {
    work: |params| gemm::work(params, 2, 4),
    check: Check::Product(|params| gemm::float(params, Format::F16, Format::F32)),
    ..product(
        "gemm/f16-matrix-acc-f32",
        "matrix product in half precision on the matrix engine, summed in single precision",
        Format::F32,
        &[("sum", "f32")],
    )
};

const fn peak(
    name: &'static str,
    about: &'static str,
    sum: Format,
    constants: &'static [(&'static str, &'static str)],
) -> Kernel {
    Kernel {
        name,
        about,
        kind: Kind::rate(Engine::Matrix, Format::F16, Format::F16, sum),
        requires: REQUIRES,
        sizing: Sizing::Chain,
        patterned: false,
        template: PEAK,
        constants,
        space: Space {
            curated: tiles::peaks,
            axes: tiles::PEAK_AXES,
            sound: tiles::sound_peak,
        },
        work: chain::work,
        action: chain::action,
        inputs: |case, _| chain::inputs(case),
        reference: chain::reference,
        check: Check::Equal,
    }
}

const fn product(
    name: &'static str,
    about: &'static str,
    sum: Format,
    constants: &'static [(&'static str, &'static str)],
) -> Kernel {
    Kernel {
        name,
        about,
        kind: Kind::rate(Engine::Matrix, Format::F16, Format::F16, sum),
        requires: REQUIRES,
        sizing: Sizing::Gemm,
        patterned: true,
        template: GEMM,
        constants,
        space: Space {
            curated: tiles::gemms,
            axes: tiles::GEMM_AXES,
            sound: tiles::sound_gemm,
        },
        work: |params| gemm::work(params, 2, 4),
        action: |case| gemm::action(case, 4),
        inputs: gemm::inputs,
        reference: gemm::reference,
        check: Check::Nothing("stated by each kernel"),
    }
}

const PEAK: Option<Template> = template(
    "peak-matrix.wgsl",
    include_str!("../../shaders/peak-matrix.wgsl"),
);

const GEMM: Option<Template> = template(
    "gemm-matrix.wgsl",
    include_str!("../../shaders/gemm-matrix.wgsl"),
);

/// Whether a kernel runs on the matrix engine.
pub(super) fn is_matrix(kernel: &Kernel) -> bool {
    kernel.kind.engine == Some(Engine::Matrix)
}

/// The format a kernel's products are summed in.
fn sum_of(kernel: &Kernel) -> Format {
    kernel.kind.accumulate.unwrap_or(Format::F32)
}

/// Elements of one fragment that a lane holds.
fn share(params: &Params) -> u32 {
    params.tiled("size").pow(2) / params.tiled("lanes")
}

/// Workgroup memory, threads, and the registers of the fragments and of what is carried.
pub(super) fn demands(case: &Case) -> Demands {
    let of = |key| case.params.tiled(key);
    let sum_bytes = sum_of(case.kernel).bytes();
    let share = share(&case.params);
    if case.kernel.sizing == Sizing::Chain {
        return Demands {
            workgroup_bytes: of("subgroups") * of("size").pow(2) * sum_bytes,
            invocations: of("subgroups") * of("lanes"),
            registers: (16 * share * sum_bytes + 8 * share * 2) / 4,
        };
    }
    let invocations = of("down") * of("across") * of("lanes");
    let a_rows = if of("direct") == 1 { 0 } else { of("bm") };
    let elements = a_rows * (of("bk") + of("pad")) + of("bk") * (of("bn") + of("pad"));
    let [high, wide] =
        [of("bm") / of("down"), of("bn") / of("across")].map(|side| side / of("size"));
    let carried = (a_rows + of("bn")) * of("bk") / invocations;
    Demands {
        workgroup_bytes: of("buffers") * elements * 2,
        invocations,
        // A row of fragments of one operand may wait for the other's, one at a time.
        registers: (high * wide * share * sum_bytes
            + (high.min(wide) + 1) * share * 2
            + carried * 2)
            / 4,
    }
}

#[cfg(test)]
mod tests;
