//! One GEMM of each family by the GPU's own clock, at 1024³ on a GPU and 128³ on a software adapter.
//!
//! Criterion sees GPU seconds, not the host's: submitting and waiting are not in the figure.

#![allow(
    clippy::expect_used,
    reason = "a bench that can't run has nobody to report to but the terminal"
)]

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use suanli::device::{Device, Loaded};
use suanli::gpu;
use suanli::kernel::{Case, Input, Mode, Params, Pattern};
use suanli::kernels;

fn gemms(criterion: &mut Criterion) {
    let device = gpu::open(None, None).expect("a Vulkan, Metal or DX12 adapter");
    let edge = if device.info().is_cpu() { 128 } else { 1024 };
    let mut group = criterion.benchmark_group(format!("gemm at {edge} on {}", device.info().name));
    group.sample_size(10);
    for kernel in kernels::ALL
        .iter()
        .filter(|kernel| kernel.name.starts_with("gemm/"))
    {
        if kernel
            .requires
            .iter()
            .any(|feature| !device.info().features.contains(feature))
        {
            continue;
        }
        let mut params = Params::new(Mode::Burst);
        (params.m, params.n, params.k) = (Some(edge), Some(edge), Some(edge));
        params.data = Some(Pattern::Random);
        params.tile = kernel.candidates().into_iter().next();
        let case = Case::new(kernel, params, 0);
        let mut loaded = device
            .load(&case)
            .expect("the first candidate fits every device");
        let operands = (kernel.inputs)(&case, Input::Timed(Pattern::Random));
        loaded.fill(&operands).expect("the operands fit");
        group.throughput(Throughput::Elements(case.work().operations));
        group.bench_function(kernel.name, |b| {
            b.iter_custom(|iterations| gpu_time(loaded.as_mut(), iterations));
        });
    }
    group.finish();
}

/// The GPU time of `iterations` dispatches, in batches that no watchdog minds.
fn gpu_time(loaded: &mut dyn Loaded, iterations: u64) -> Duration {
    let mut total = 0.0;
    let mut left = iterations;
    while left > 0 {
        let batch = left.min(16) as u32;
        total += loaded.run(batch, 1).expect("the device runs").seconds();
        left -= u64::from(batch);
    }
    Duration::from_secs_f64(total)
}

criterion_group!(benches, gemms);
criterion_main!(benches);
