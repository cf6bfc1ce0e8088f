//! Real devices, through wgpu: the only folder that names it.
//!
//! [`adapters`] lists what there is, [`select`] picks from the list, [`Gpu::open`] opens one of them and
//! implements [`crate::device::Device`]. [`doctor()`] says why nothing is seen. Ticks, maps, polls and
//! wgpu's errors end here; seconds, words and [`crate::error::Error`] leave.

mod adapters;
mod buffers;
mod clock;
mod compute;
mod connection;
mod doctor;
mod faults;
mod kept;
mod memory;
mod opened;
mod pipelines;
mod select;
mod staging;
mod symptoms;
#[cfg(test)]
mod tests;
mod transfer;

pub use adapters::{Adapter, BACKENDS, adapters};
pub use buffers::POISON;
pub use doctor::doctor;
pub use opened::{Gpu, open};
pub use select::select;
pub use symptoms::{Finding, Icd, Level, RenderNode, Symptoms};
