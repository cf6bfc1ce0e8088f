//! `gemm/…`: C = A·B, tiled through workgroup memory.
//!
//! The host pads: A to `bm` rows, B to `bn` columns, K to `bk`, with zeros that are not counted as work, so any
//! M, N, K ≥ 1 runs the same straight code. Rows of A and C, and rows of B (columns in int8) are contiguous.
//! Behind the last line of a row-major B lies one more tile of ones, that no right kernel reads: a
//! loop that makes a trip too many adds them and is found out.

use crate::figure::{Engine, Format, Kind};
use crate::kernel::{
    Action, Case, Check, Feature, Input, Kernel, Params, Product, Program, Sizing, Template, Work,
};
use crate::matrix::{Layout, Words};

use super::{Demands, operands, template};

mod dot;
mod float;
mod half;
mod shape;

/// The largest K of `gemm/int8-dot`: 131,071 products of at most 2¹⁴ can't overflow an i32.
pub const MAX_K_INT8: u32 = 131_071;

/// Single precision.
pub static F32: Kernel = Kernel {
    name: "gemm/f32",
    about: "matrix product in single precision",
    kind: Kind::rate(Engine::Vector, Format::F32, Format::F32, Format::F32),
    requires: &[],
    sizing: Sizing::Gemm,
    patterned: true,
    template: FLOAT,
    constants: &[("storage", "vec4<f32>")],
    space: float::F32,
    work: |params| work(params, 4, 4),
    action: |case| action(case, 4),
    inputs,
    reference,
    check: Check::Product(|params| float(params, Format::F32, Format::F32)),
};

/// Half precision throughout.
pub static F16: Kernel = Kernel {
    name: "gemm/f16",
    about: "matrix product in half precision, summed in half precision",
    kind: Kind::rate(Engine::Vector, Format::F16, Format::F16, Format::F16),
    requires: &[Feature::ShaderF16],
    sizing: Sizing::Gemm,
    patterned: true,
    template: template(
        "gemm-half.wgsl",
        include_str!("../../shaders/gemm-half.wgsl"),
    ),
    constants: &[],
    space: half::SPACE,
    work: |params| work(params, 2, 2),
    action: |case| action(case, 4),
    inputs,
    reference,
    check: Check::Product(|params| float(params, Format::F16, Format::F16)),
};

/// Half-precision operands, summed in single precision.
pub static F16_ACC_F32: Kernel = Kernel {
    name: "gemm/f16-acc-f32",
    about: "matrix product of half-precision operands, summed in single precision",
    kind: Kind::rate(Engine::Vector, Format::F16, Format::F16, Format::F32),
    requires: &[Feature::ShaderF16],
    sizing: Sizing::Gemm,
    patterned: true,
    template: FLOAT,
    constants: &[("storage", "vec4<f16>")],
    space: float::F16,
    work: |params| work(params, 2, 4),
    action: |case| action(case, 4),
    inputs,
    reference,
    check: Check::Product(|params| float(params, Format::F16, Format::F32)),
};

/// Half precision in memory only, for adapters without it.
pub static F16_EMULATED: Kernel = Kernel {
    name: "gemm/f16-emulated",
    about: "matrix product of half-precision operands unpacked to and computed in single precision",
    kind: Kind::rate(Engine::Vector, Format::F16, Format::F32, Format::F32),
    requires: &[],
    sizing: Sizing::Gemm,
    patterned: true,
    template: FLOAT,
    constants: &[("storage", "vec2<u32>")],
    space: float::F16,
    work: |params| work(params, 2, 4),
    action: |case| action(case, 4),
    inputs,
    reference,
    check: Check::Product(|params| float(params, Format::F16, Format::F32)),
};

/// int8 by four-way dot products.
pub static INT8_DOT: Kernel = Kernel {
    name: "gemm/int8-dot",
    about: "matrix product in int8 by four-way dot products (dot4I8Packed), summed in i32",
    kind: Kind::rate(Engine::PackedDot, Format::I8, Format::I8, Format::I32),
    requires: &[],
    sizing: Sizing::Gemm,
    patterned: true,
    template: template("gemm-dot.wgsl", include_str!("../../shaders/gemm-dot.wgsl")),
    constants: &[],
    space: dot::SPACE,
    work: |params| work(params, 1, 4),
    action: |case| action(case, 16),
    inputs,
    reference,
    check: Check::Product(bytes),
};

const FLOAT: Option<Template> = template(
    "gemm-float.wgsl",
    include_str!("../../shaders/gemm-float.wgsl"),
);

fn padded(size: Option<u32>, tile: u32) -> usize {
    size.unwrap_or(1).next_multiple_of(tile.max(1)) as usize
}

/// M, N and K padded to the tile.
fn padding(params: &Params) -> [usize; 3] {
    [
        padded(params.m, params.tiled("bm")),
        padded(params.n, params.tiled("bn")),
        padded(params.k, params.tiled("bk")),
    ]
}

fn rows(format: Format, [rows, columns]: [usize; 2], [lines, stride]: [usize; 2]) -> Layout {
    Layout {
        format,
        rows,
        columns,
        stride,
        lines,
        by_column: false,
    }
}

pub(super) fn float(params: &Params, storage: Format, sum: Format) -> Product {
    let [m, n, k] = params.mnk();
    let [down, across, deep] = padding(params);
    let guard = params.tiled("bk") as usize;
    Product {
        a: rows(storage, [m, k], [down, deep]),
        b: rows(storage, [k, n], [deep + guard, across]),
        c: rows(sum, [m, n], [down, across]),
    }
}

fn bytes(params: &Params) -> Product {
    let [m, n, k] = params.mnk();
    let [down, across, deep] = padding(params);
    Product {
        a: rows(Format::I8, [m, k], [down, deep]),
        b: Layout {
            by_column: true,
            ..rows(Format::I8, [k, n], [across, deep])
        },
        c: rows(Format::I32, [m, n], [down, across]),
    }
}

/// The case's layouts; every kernel here has them.
fn product(case: &Case) -> Product {
    match case.kernel.check {
        Check::Product(layouts) => layouts(&case.params),
        _ => bytes(&case.params),
    }
}

pub(super) fn work(params: &Params, operand_bytes: u64, sum_bytes: u64) -> Work {
    let [m, n, k] = params.mnk().map(|size| size as u64);
    // A size that no device takes is skipped with a record too, and must not wrap.
    let product = |factors: [u64; 3]| factors.into_iter().fold(1, u64::saturating_mul);
    let bytes = [
        product([m, k, operand_bytes]),
        product([k, n, operand_bytes]),
        product([m, n, sum_bytes]),
    ];
    Work {
        operations: product([m, n, k]).saturating_mul(2),
        bytes: bytes.into_iter().fold(0, u64::saturating_add),
    }
}

/// What one workgroup of the tile takes.
pub(super) fn demands(case: &Case) -> Demands {
    let tile = case.params.tile.clone().unwrap_or_default();
    let storage = |name| case.kernel.constants.contains(&("storage", name));
    match () {
        () if storage("vec4<f32>") => float::demands(&tile, 4),
        () if storage("vec4<f16>") || storage("vec2<u32>") => float::demands(&tile, 2),
        () if case.kernel.name == F16.name => half::demands(&tile),
        () => dot::demands(&tile),
    }
}

pub(super) fn action(case: &Case, vector: u32) -> Action {
    let product = product(case);
    let [m, n, k] = padding(&case.params).map(|size| size as u32);
    let bytes = |layout: &Layout| layout.words() as u64 * 4;
    // Strides in the unit the shader counts in: vectors of operands; of C vectors too, but int8's C is scalar.
    let columns = if product.b.by_column { n } else { n / vector };
    Action::Compute(Program {
        buffers: vec![bytes(&product.a), bytes(&product.b), bytes(&product.c)],
        columns: n / case.params.tiled("bn"),
        rows: m / case.params.tiled("bm"),
        constants: vec![k / vector, columns],
    })
}

pub(super) fn inputs(case: &Case, input: Input) -> Vec<Words> {
    let Product { a, b, .. } = product(case);
    let stream = |index| operands::stream(case.seed, index);
    let left = operands::matrix(&a, input, a.columns, stream(0));
    let mut right = operands::matrix(&b, input, 0, stream(1));
    if !b.by_column {
        let guard = Layout {
            rows: b.lines,
            columns: b.stride,
            ..b
        };
        for row in b.lines - case.params.tiled("bk") as usize..b.lines {
            for column in 0..b.stride {
                guard.write(&mut right, row, column, 1.0);
            }
        }
    }
    vec![left, right]
}

/// The product, summed in f64 and rounded once to C's format: on exact inputs every kernel's sum.
pub(super) fn reference(case: &Case, inputs: &[Words]) -> Words {
    let Product { a, b, c } = product(case);
    let right: Vec<f64> = (0..b.rows)
        .flat_map(|k| (0..b.columns).map(move |column| (k, column)))
        .map(|(k, column)| b.read(&inputs[1], k, column))
        .collect();
    let mut words = vec![0; c.words()];
    let mut sums = vec![0.0; b.columns];
    for row in 0..a.rows {
        sums.fill(0.0);
        for k in 0..a.columns {
            let left = a.read(&inputs[0], row, k);
            if left != 0.0 {
                let line = &right[k * b.columns..(k + 1) * b.columns];
                for (sum, right) in sums.iter_mut().zip(line) {
                    *sum += left * right;
                }
            }
        }
        for (column, sum) in sums.iter().enumerate() {
            c.write(&mut words, row, column, *sum);
        }
    }
    words
}

#[cfg(test)]
mod tests;
