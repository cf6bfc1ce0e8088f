//! How much memory an adapter has: wgpu doesn't say, so the driver is asked where it can be.

use sysinfo::{MemoryRefreshKind, System};

use crate::device::DeviceType;

/// Bytes an adapter can use: the largest heap of its own, or the host's memory where it has none.
pub(super) fn bytes(adapter: &wgpu::Adapter, device_type: DeviceType) -> Option<u64> {
    match device_type {
        DeviceType::Integrated | DeviceType::Cpu => host(),
        _ => vulkan_heap(adapter),
    }
}

/// The host's memory, or what the container leaves of it.
fn host() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let all = system.total_memory();
    let allowed = system
        .cgroup_limits()
        .map_or(all, |limits| limits.total_memory);
    Some(all.min(allowed)).filter(|bytes| *bytes > 0)
}

#[cfg(any(
    windows,
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd"
))]
fn vulkan_heap(adapter: &wgpu::Adapter) -> Option<u64> {
    /// `VK_MEMORY_HEAP_DEVICE_LOCAL_BIT`.
    const DEVICE_LOCAL: u32 = 1;
    // SAFETY: the guard is read from and dropped; nothing of it is destroyed or kept.
    let vulkan = unsafe { adapter.as_hal::<wgpu::hal::api::Vulkan>() }?;
    let instance = vulkan.shared_instance().raw_instance();
    let device = vulkan.raw_physical_device();
    // SAFETY: the physical device belongs to this instance, and both live as long as the adapter.
    let memory = unsafe { instance.get_physical_device_memory_properties(device) };
    let heaps = memory.memory_heaps_as_slice().iter();
    let own = heaps.filter(|heap| heap.flags.as_raw() & DEVICE_LOCAL != 0);
    own.map(|heap| heap.size).max()
}

#[cfg(not(any(
    windows,
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd"
)))]
fn vulkan_heap(_adapter: &wgpu::Adapter) -> Option<u64> {
    None
}
