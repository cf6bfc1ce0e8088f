//! The suites: named, versioned, hashed sets of sizes and budgets.

use super::*;

/// A suite by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// Every kernel once, at most 3 s a case.
    Quick,
    /// The headline sizes, sustained.
    Standard,
    /// Every size and shape set.
    Full,
}

/// What a suite measures and for how long; its hash goes into every result.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Definition {
    name: &'static str,
    version: u32,
    kernels: Vec<&'static str>,
    gpu: Sizes,
    cpu: Sizes,
    pub(super) budget: Budget,
}

/// The sizes of one sort of device.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Sizes {
    pub(super) gemm: Vec<[u32; 3]>,
    /// Buffers of the kernels that measure the memory.
    pub(super) buffer_bytes: Vec<u64>,
    /// Working sets of `memory/sweep`.
    sweep_bytes: Vec<u64>,
    /// Buffers of `latency/memory`.
    latency_bytes: Vec<u64>,
    /// What is moved between host and device.
    transfer_bytes: Vec<u64>,
}

impl Sizes {
    /// The sizes of a kernel that measures `metric`.
    pub(super) fn bytes(&self, metric: Metric) -> &[u64] {
        match metric {
            Metric::CachedBandwidth => &self.sweep_bytes,
            Metric::LoadLatency => &self.latency_bytes,
            Metric::Upload | Metric::Download | Metric::RoundTrip => &self.transfer_bytes,
            _ => &self.buffer_bytes,
        }
    }
}

impl Definition {
    /// Software adapters get sizes that end within their patience: they prove answers, not speed.
    pub(super) fn sizes(&self, info: &DeviceInfo) -> Sizes {
        if info.is_cpu() {
            self.cpu.clone()
        } else {
            self.gpu.clone()
        }
    }
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// The smallest working set, which fits the smallest L1 there is.
const SMALLEST_SET: u64 = 16 * KIB;

/// The largest working set: four times the largest cache a GPU has (256 MiB).
const LARGEST_SET: u64 = 1024 * MIB;

/// From the smallest working set to `largest`, each `factor` times the one before; the last is `largest`.
fn sets(factor: u64, largest: u64) -> Vec<u64> {
    let next = |bytes: &u64| Some(bytes * factor);
    let smaller = std::iter::successors(Some(SMALLEST_SET), next);
    let mut sets: Vec<_> = smaller.take_while(|bytes| *bytes < largest).collect();
    sets.push(largest);
    sets
}

fn cubes(edges: &[u32]) -> Vec<[u32; 3]> {
    edges.iter().map(|edge| [*edge; 3]).collect()
}

impl Suite {
    /// All suites, the shortest first.
    pub const ALL: [Self; 3] = [Self::Quick, Self::Standard, Self::Full];

    /// The name that is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }

    /// Name, version and hash of the definition.
    pub fn id(self) -> SuiteId {
        let definition = self.definition();
        let text = serde_json::to_string(&definition).unwrap_or_default();
        SuiteId {
            name: format!("{}@{}", definition.name, definition.version),
            sha256: files::sha256(text),
        }
    }

    pub(super) fn definition(self) -> Definition {
        let (gpu, cpu, budget) = match self {
            Self::Quick => quick(),
            Self::Standard => standard(),
            Self::Full => full(),
        };
        Definition {
            name: self.name(),
            version: 2,
            kernels: kernels::ALL.iter().map(|kernel| kernel.name).collect(),
            gpu,
            cpu,
            budget,
        }
    }
}

fn quick() -> (Sizes, Sizes, Budget) {
    let gpu = Sizes {
        gemm: cubes(&[4096]),
        buffer_bytes: vec![256 * MIB],
        sweep_bytes: sets(4, LARGEST_SET),
        latency_bytes: vec![256 * MIB],
        transfer_bytes: vec![256 * MIB],
    };
    let cpu = Sizes {
        gemm: cubes(&[256]),
        // An odd number of rows: bands that take the wrong ones leave some unwritten.
        buffer_bytes: vec![3 * MIB],
        sweep_bytes: sets(16, 4 * MIB),
        latency_bytes: vec![4 * MIB],
        transfer_bytes: vec![16 * MIB],
    };
    let budget = Budget {
        warm_up_seconds: 0.3,
        warm_up_cap_seconds: 0.6,
        sample_seconds: 0.01,
        min_samples: 30,
        max_samples: 100,
        cap_seconds: 0.8,
        rest_seconds: None,
        check_seconds: None,
    };
    (gpu, cpu, budget)
}

fn standard() -> (Sizes, Sizes, Budget) {
    let gpu = Sizes {
        gemm: cubes(&[4096, 8192]),
        buffer_bytes: vec![1024 * MIB],
        sweep_bytes: sets(4, LARGEST_SET),
        latency_bytes: vec![1024 * MIB],
        transfer_bytes: vec![512 * MIB],
    };
    let cpu = Sizes {
        gemm: cubes(&[256, 512]),
        buffer_bytes: vec![64 * MIB],
        sweep_bytes: sets(4, 16 * MIB),
        latency_bytes: vec![16 * MIB],
        transfer_bytes: vec![64 * MIB],
    };
    let budget = Budget {
        warm_up_seconds: 1.0,
        warm_up_cap_seconds: 2.0,
        sample_seconds: 0.01,
        min_samples: 30,
        max_samples: 300,
        cap_seconds: 2.0,
        rest_seconds: None,
        check_seconds: None,
    };
    (gpu, cpu, budget)
}

fn full() -> (Sizes, Sizes, Budget) {
    let gpu = Sizes {
        gemm: shapes::named_all(),
        buffer_bytes: vec![64 * MIB, 256 * MIB, 1024 * MIB],
        sweep_bytes: sets(2, LARGEST_SET),
        latency_bytes: sets(4, 1024 * MIB),
        transfer_bytes: vec![64 * MIB, 256 * MIB, 1024 * MIB],
    };
    let mut cpu_gemm = cubes(&[64, 128, 256, 512]);
    cpu_gemm.extend([[1, 1, 1], [100, 100, 100], [129, 65, 33]]);
    let cpu = Sizes {
        gemm: cpu_gemm,
        buffer_bytes: vec![16 * MIB, 64 * MIB],
        sweep_bytes: sets(2, 64 * MIB),
        latency_bytes: sets(16, 16 * MIB),
        transfer_bytes: vec![16 * MIB, 64 * MIB],
    };
    let budget = Budget {
        warm_up_seconds: 3.0,
        warm_up_cap_seconds: 30.0,
        sample_seconds: 0.01,
        min_samples: 30,
        max_samples: 300,
        cap_seconds: 15.0,
        rest_seconds: None,
        check_seconds: None,
    };
    (gpu, cpu, budget)
}
