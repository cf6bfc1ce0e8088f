//! Which sensors are an adapter's: those at its PCI bus id, and no others.

use crate::device::DeviceInfo;

/// Where a device sits on the PCI buses. NVML writes the domain with eight digits, Vulkan and Linux with four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bus {
    /// PCI domain.
    pub domain: u32,
    /// Bus in the domain.
    pub bus: u32,
    /// Device on the bus.
    pub device: u32,
    /// Function of the device.
    pub function: u32,
}

impl Bus {
    /// Reads `0000:01:00.0`, `00000000:01:00.0` or `01:00.0`, hexadecimal in either case.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |digits: &str| {
            let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            u32::from_str_radix(digits, 16).ok().filter(|_| plain)
        };
        let (place, function) = text.trim().rsplit_once('.')?;
        let (place, device) = place.rsplit_once(':')?;
        let (domain, bus) = place.rsplit_once(':').unwrap_or(("0", place));
        Some(Self {
            domain: hex(domain)?,
            bus: hex(bus)?,
            device: hex(device)?,
            function: hex(function)?,
        })
    }
}

/// A GPU that has sensors, as their source lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Where it sits; absent where the source doesn't say.
    pub bus: Option<Bus>,
    /// PCI vendor id.
    pub vendor_id: u32,
    /// PCI device id.
    pub device_id: u32,
}

/// The place in `listed` of the adapter's sensors.
///
/// Without a bus id to go by, a GPU is taken only if it is the only one with the adapter's vendor and device ids.
/// wgpu finds the bus id of a DX12 adapter by those two ids and takes the first GPU that has them, so that it
/// tells no more than they do.
///
/// # Errors
///
/// The reason why no sensors can be said to be the adapter's.
pub fn pick(listed: &[Listed], info: &DeviceInfo) -> Result<usize, String> {
    match info.pci_bus_id.as_deref() {
        Some(text) if info.backend != "dx12" => at_bus(listed, text),
        _ => alone(listed, info),
    }
}

fn at_bus(listed: &[Listed], text: &str) -> Result<usize, String> {
    let bus = Bus::parse(text).ok_or_else(|| format!("'{text}' is no PCI bus id"))?;
    let found = listed.iter().position(|one| one.bus == Some(bus));
    found.ok_or_else(|| {
        let count = listed.len();
        format!("none of the {count} GPUs with sensors is at the adapter's PCI bus id {text}")
    })
}

fn alone(listed: &[Listed], info: &DeviceInfo) -> Result<usize, String> {
    let [vendor, device] = [info.vendor_id, info.device_id];
    let alike = |(place, one): (usize, &Listed)| {
        (one.vendor_id == vendor && one.device_id == device).then_some(place)
    };
    let alike: Vec<_> = listed.iter().enumerate().filter_map(alike).collect();
    match alike.as_slice() {
        [one] => Ok(*one),
        [] => Err(format!(
            "no GPU with sensors has the adapter's PCI ids {vendor:04x}:{device:04x}"
        )),
        several => Err(format!(
            "{} GPUs have the adapter's PCI ids {vendor:04x}:{device:04x}, and its bus id isn't known",
            several.len()
        )),
    }
}
