//! Which tiles a device's limits allow, known before anything is compiled.

use crate::device::DeviceInfo;
use crate::kernel::{Action, Case};
use crate::kernels;

/// Registers of 32 bits no API tells of: an invocation gets 255 on NVIDIA, 256 on AMD; a workgroup 65,536 on both.
/// A tile that needs more spills to memory.
const REGISTERS: u64 = 255;
const WORKGROUP_REGISTERS: u64 = 65_536;

/// The curated candidates that the device's limits allow, as cases.
pub fn candidates(case: &Case, info: &DeviceInfo) -> Vec<Case> {
    let tiles = case.kernel.candidates();
    let cases = tiles.into_iter().map(|tile| case.with_tile(tile));
    cases.filter(|case| fits(case, info).is_ok()).collect()
}

/// Whether a case with its tile stays within the device's limits and has its fragments there; what lacks otherwise.
pub fn fits(case: &Case, info: &DeviceInfo) -> Result<(), String> {
    info.has_fragments(case)?;
    let limits = &info.limits;
    let demands = kernels::demands(case);
    let [bytes, invocations, registers] = [
        demands.workgroup_bytes,
        demands.invocations,
        demands.registers,
    ]
    .map(u64::from);
    under(
        "workgroup memory in bytes",
        bytes,
        limits.workgroup_bytes.into(),
    )?;
    under(
        "workgroup size",
        invocations,
        limits.workgroup_invocations.into(),
    )?;
    under("registers", registers, REGISTERS)?;
    under(
        "registers of a workgroup",
        registers * invocations,
        WORKGROUP_REGISTERS,
    )?;
    match case.action() {
        Action::Compute(program) => {
            let largest = program.buffers.iter().copied().max().unwrap_or(0);
            let limit = limits.binding_bytes.min(limits.buffer_bytes);
            under("buffer in bytes", largest, limit)?;
            let side = program.rows.max(program.columns);
            under("workgroups", side.into(), limits.workgroups.into())
        }
        Action::Upload { bytes } | Action::Download { bytes } | Action::RoundTrip { bytes } => {
            under("buffer in bytes", bytes, limits.buffer_bytes)
        }
        Action::Submit => Ok(()),
    }
}

fn under(what: &str, wanted: u64, limit: u64) -> Result<(), String> {
    if wanted > limit {
        return Err(format!(
            "{what} {wanted} is over the device's limit of {limit}"
        ));
    }
    Ok(())
}
