//! 算力, computing power: what a GPU really computes, every answer verified, every figure with its kind.
//!
//! Args → Selection → Cases → Device.load → Loaded.run → Samples → Record
//!      → Results (.json) → Summary → Sheet → render → exit code
//!
//! The modules stand in the order in which data flows; a module imports only from those above it.

// Errors with their hints and exit codes.
pub mod error;

// Files that appear whole, and the cache folder.
pub mod files;

// A number that knows its kind.
pub mod figure;

// The report's Table 2 and official figures.
pub mod chips;

// Matrices inside device words.
pub mod matrix;

// What a kernel is.
pub mod kernel;

// All kernels.
pub mod kernels;

// The narrow waist: Device, Loaded, and the simulated device.
pub mod device;

// Power, clocks, temperature and errors, by sensors matched to the adapter.
pub mod telemetry;

// Statistics of samples.
pub mod stats;

// Warm-up, batch size, stop rule.
pub mod sampler;

// Is the answer right.
pub mod agree;

// Candidates → winner.
pub mod tune;

// The results file.
pub mod results;

// Selection → cases and skips.
pub mod cases;

// The only measuring loop.
pub mod run;

// Each case in a process of its own.
pub mod isolated;

// Vendor-side measurements, a lower class of evidence.
pub mod import;

// Is a foreign sheet plausible.
pub mod audit;

// Results × chips → rows of like with like.
pub mod sheet;

// What a tender asks for × what was measured → deviations.
pub mod tender;

// One P in cards, kilowatts and money.
pub mod convert;

// Two sets of runs → a verdict: did the machine get slower.
pub mod gate;

// Sheets as bytes.
pub mod render;

// A sheet with all it can be recomputed from, signed.
pub mod bundle;

// The only folder that names wgpu.
pub mod gpu;

// Command line: parsing and printing.
pub mod cli;
