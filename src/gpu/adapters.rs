//! Which adapters there are, each described as a [`DeviceInfo`].
//!
//! One GPU appears once per backend that sees it; `distinct` keeps the first. OpenGL is asked only
//! where it could show a GPU that no other backend sees: it doesn't say which device it is, and some of
//! its libraries write warnings to the terminal on machines without a display.

use std::collections::BTreeSet;

use crate::device::{DeviceInfo, DeviceType, Limits};
use crate::error::{Error, Result};
use crate::figure::Format;
use crate::kernel::{Feature, MatrixShape};

use super::select::distinct;
use super::{faults, memory};

/// The backends `--backend` takes, the preferred first.
pub const BACKENDS: [&str; 4] = ["vulkan", "metal", "dx12", "gl"];

/// An adapter that can be opened, and its description.
///
/// `timestamp_period_seconds` is known only once the device is open: see [`super::Gpu`].
#[derive(Debug, Clone)]
pub struct Adapter {
    pub(super) info: DeviceInfo,
    pub(super) raw: wgpu::Adapter,
}

impl Adapter {
    /// What it is.
    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }
}

/// All adapters, GPUs before software drivers, one entry a device.
///
/// # Errors
///
/// [`Error::Usage`] for a backend that isn't one of [`BACKENDS`].
pub fn adapters(backend: Option<&str>) -> Result<Vec<Adapter>> {
    if let Some(named) = backend {
        return Ok(distinct(enumerate(parse_backend(named)?), Adapter::info));
    }
    let primary = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let mut found = enumerate(primary);
    if found.iter().all(|adapter| adapter.info.is_cpu())
        && (found.is_empty() || opengl_might_know_more())
    {
        found.extend(enumerate(wgpu::Backends::GL));
    }
    Ok(distinct(found, Adapter::info))
}

/// Mesa's GPU drivers for OpenGL need a render node; without one it has the software driver Vulkan has.
fn opengl_might_know_more() -> bool {
    !cfg!(target_os = "linux") || std::path::Path::new("/dev/dri").exists()
}

fn parse_backend(named: &str) -> Result<wgpu::Backends> {
    match named.to_lowercase().as_str() {
        "vulkan" => Ok(wgpu::Backends::VULKAN),
        "metal" => Ok(wgpu::Backends::METAL),
        "dx12" => Ok(wgpu::Backends::DX12),
        "gl" => Ok(wgpu::Backends::GL),
        _ => Err(Error::usage(
            format!("--backend '{named}'"),
            "is no backend",
            format!("one of {}", BACKENDS.join(", ")),
        )),
    }
}

/// A driver that panics while it is asked is a driver that offers nothing.
fn enumerate(backends: wgpu::Backends) -> Vec<Adapter> {
    let listed = faults::quietly(|| {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends,
            // Debug builds of wgpu otherwise switch validation on and shader optimisation off (DX12).
            flags: wgpu::InstanceFlags::empty(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        pollster::block_on(instance.enumerate_adapters(backends))
    });
    let listed = listed.unwrap_or_default();
    listed
        .into_iter()
        .map(|raw| Adapter {
            info: describe(&raw),
            raw,
        })
        .collect()
}

fn describe(adapter: &wgpu::Adapter) -> DeviceInfo {
    let info = adapter.get_info();
    let device_type = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => DeviceType::Discrete,
        wgpu::DeviceType::IntegratedGpu => DeviceType::Integrated,
        wgpu::DeviceType::VirtualGpu => DeviceType::Virtual,
        wgpu::DeviceType::Cpu => DeviceType::Cpu,
        wgpu::DeviceType::Other => DeviceType::Other,
    };
    DeviceInfo {
        device_type,
        backend: info.backend.to_str().into(),
        vendor_id: info.vendor,
        device_id: info.device,
        pci_bus_id: Some(info.device_pci_bus_id).filter(|bus| !bus.is_empty()),
        name: info.name,
        driver: info.driver,
        driver_info: info.driver_info,
        features: features(adapter.features()),
        limits: limits(&adapter.limits()),
        subgroup_size: [info.subgroup_min_size, info.subgroup_max_size],
        matrices: matrices(&adapter.cooperative_matrix_properties()),
        memory_bytes: memory::bytes(adapter, device_type),
        // naga writes dots out for these two; what Vulkan and DX12 drivers do, wgpu doesn't tell.
        int8_dot_emulated: matches!(info.backend, wgpu::Backend::Metal | wgpu::Backend::Gl)
            .then_some(true),
        timestamp_period_seconds: None,
    }
}

fn features(offered: wgpu::Features) -> BTreeSet<Feature> {
    let names = [
        (wgpu::Features::SHADER_F16, Feature::ShaderF16),
        (wgpu::Features::SHADER_F64, Feature::ShaderF64),
        (wgpu::Features::TIMESTAMP_QUERY, Feature::Timestamps),
        (wgpu::Features::SUBGROUP, Feature::Subgroups),
        (
            wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX,
            Feature::CooperativeMatrix,
        ),
    ];
    let held = names.into_iter().filter(|(bit, _)| offered.contains(*bit));
    held.map(|(_, feature)| feature).collect()
}

/// The shapes that WGSL can say, each once: it has one size for rows, columns and depth.
fn matrices(offered: &[wgpu::CooperativeMatrixProperties]) -> Vec<MatrixShape> {
    let format = |scalar| match scalar {
        wgpu::CooperativeScalarType::F16 => Some(Format::F16),
        wgpu::CooperativeScalarType::F32 => Some(Format::F32),
        _ => None,
    };
    let shape = |one: &wgpu::CooperativeMatrixProperties| {
        let [m, n, k] = [one.m_size, one.n_size, one.k_size];
        let square = m == n && n == k && matches!(m, 8 | 16);
        let (operands, accumulate) = format(one.ab_type).zip(format(one.cr_type))?;
        square.then_some(MatrixShape {
            size: m,
            operands,
            accumulate,
        })
    };
    let distinct: BTreeSet<_> = offered.iter().filter_map(shape).collect();
    distinct.into_iter().collect()
}

fn limits(limits: &wgpu::Limits) -> Limits {
    Limits {
        binding_bytes: limits.max_storage_buffer_binding_size,
        buffer_bytes: limits.max_buffer_size,
        workgroup_bytes: limits.max_compute_workgroup_storage_size,
        workgroup_invocations: limits.max_compute_invocations_per_workgroup,
        workgroups: limits.max_compute_workgroups_per_dimension,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_matrices_offered_those_that_wgsl_can_say_are_listed_once() {
        use wgpu::CooperativeScalarType::{F16, F32, I32};
        let offered = |m_size, n_size, k_size, ab_type, cr_type, saturating_accumulation| {
            wgpu::CooperativeMatrixProperties {
                m_size,
                n_size,
                k_size,
                ab_type,
                cr_type,
                saturating_accumulation,
            }
        };
        let listed = matrices(&[
            offered(16, 16, 16, F16, F32, false),
            offered(16, 8, 16, F16, F32, false),
            offered(16, 16, 8, F16, F16, false),
            offered(16, 16, 16, I32, I32, false),
            offered(16, 16, 16, F16, F32, true),
            offered(8, 8, 8, F16, F16, false),
        ]);
        let shape = |size, operands, accumulate| MatrixShape {
            size,
            operands,
            accumulate,
        };
        assert_eq!(
            listed,
            [
                shape(8, Format::F16, Format::F16),
                shape(16, Format::F16, Format::F32)
            ]
        );
    }
}
