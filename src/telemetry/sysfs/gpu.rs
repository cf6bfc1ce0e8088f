//! What `/sys` says of an AMD or Intel GPU and its settings.

use super::super::Gpu;
use super::super::environment::Reasons;
use super::{CELSIUS, Card, Folder, MEMORY_HERTZ, Place, SM_HERTZ, event, link, text};

const LIMIT: &[Place] = &[
    // xe's power1_cap is another limit than its power1_max, which amdgpu doesn't have.
    Place(Folder::Hwmon, "power1_max", 1e-6),
    Place(Folder::Hwmon, "power1_cap", 1e-6),
];
const LIMIT_DEFAULT: &[Place] = &[
    Place(Folder::Hwmon, "power1_cap_default", 1e-6),
    Place(Folder::Hwmon, "power1_rated_max", 1e-6),
];
const LIMIT_MIN: &[Place] = &[Place(Folder::Hwmon, "power1_cap_min", 1e-6)];
const LIMIT_MAX: &[Place] = &[Place(Folder::Hwmon, "power1_cap_max", 1e-6)];
const SM_MAX: &[Place] = &[
    Place(Folder::Card, "gt_RP0_freq_mhz", 1e6),
    Place(Folder::Card, "gt/gt0/rps_RP0_freq_mhz", 1e6),
    Place(Folder::Device, "tile0/gt0/freq0/rp0_freq", 1e6),
];
const SM_LOWEST: &[Place] = &[
    Place(Folder::Card, "gt_min_freq_mhz", 1e6),
    Place(Folder::Card, "gt/gt0/rps_min_freq_mhz", 1e6),
    Place(Folder::Device, "tile0/gt0/freq0/min_freq", 1e6),
];
const SM_HIGHEST: &[Place] = &[
    Place(Folder::Card, "gt_max_freq_mhz", 1e6),
    Place(Folder::Card, "gt/gt0/rps_max_freq_mhz", 1e6),
    Place(Folder::Device, "tile0/gt0/freq0/max_freq", 1e6),
];
const MEMORY_CELSIUS: &[Place] = &[Place(Folder::Hwmon, "temp3_input", 1e-3)];
const SLOWDOWN: &[Place] = &[
    Place(Folder::Hwmon, "temp1_crit", 1e-3),
    Place(Folder::Hwmon, "temp2_crit", 1e-3),
];
const SHUTDOWN: &[Place] = &[
    Place(Folder::Hwmon, "temp1_emergency", 1e-3),
    Place(Folder::Hwmon, "temp2_emergency", 1e-3),
];
const MEMORY: &[Place] = &[Place(Folder::Device, "mem_info_vram_total", 1.0)];
const MEMORY_USED: &[Place] = &[Place(Folder::Device, "mem_info_vram_used", 1.0)];
const BUSY: &[Place] = &[Place(Folder::Device, "gpu_busy_percent", 1e-2)];

/// What these drivers never show here.
const NEVER: [&str; 11] = [
    "compute_mode",
    "ecc",
    "float_lanes",
    "limits",
    "memory_application_hertz",
    "memory_operating_max_celsius",
    "mig",
    "operating_max_celsius",
    "persistence",
    "processes",
    "sm_application_hertz",
];

/// The highest clock in a table of amdgpu, in hertz: lines of `1: 2575Mhz *`.
pub(super) fn highest(table: &str) -> Option<f64> {
    let clock = |line: &str| -> Option<f64> {
        let (_, clock) = line.split_once(':')?;
        let clock = clock.trim().trim_end_matches('*').trim();
        let megahertz = clock.to_lowercase().strip_suffix("mhz")?.parse::<u32>();
        Some(f64::from(megahertz.ok()?) * 1e6)
    };
    table.lines().filter_map(clock).reduce(f64::max)
}

impl Card {
    pub(super) fn environment(&self) -> Gpu {
        let mut reasons = Reasons::default();
        reasons.never(&NEVER, "not read from /sys");
        let mut gpu = Gpu::default();
        self.identity(&mut gpu, &mut reasons);
        self.power(&mut gpu, &mut reasons);
        self.clocks(&mut gpu, &mut reasons);
        self.temperatures(&mut gpu, &mut reasons);
        self.bus(&mut gpu, &mut reasons);
        self.memory(&mut gpu, &mut reasons);
        gpu.missing = reasons.0;
        gpu
    }

    fn identity(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        let device = self.device();
        let read = |file: &str| text(&device.join(file));
        gpu.uuid = reasons.note("uuid", read("unique_id"));
        gpu.serial = reasons.note("serial", read("serial_number"));
        gpu.vbios = reasons.note("vbios", read("vbios_version"));
        let named = event(&device, "DRIVER").ok_or_else(|| "uevent names no driver".into());
        // Drivers that come with the kernel have no version of their own.
        let version = |name: &str| text(&self.root.join("module").join(name).join("version"));
        let driver = named.map(|name| match version(&name) {
            Ok(version) => format!("{name} {version}"),
            Err(_) => name,
        });
        gpu.driver = reasons.note("driver", driver);
    }

    fn power(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        // i915 reads 0 where the limit is switched off.
        let limit = self.value(LIMIT).and_then(|watts| match watts {
            0.0 => Err("no power limit is set".into()),
            watts => Ok(watts),
        });
        gpu.power_limit_watts = reasons.note("power_limit_watts", limit);
        let found = self.value(LIMIT_DEFAULT);
        gpu.power_limit_default_watts = reasons.note("power_limit_default_watts", found);
        let found = self.value(LIMIT_MIN);
        gpu.power_limit_min_watts = reasons.note("power_limit_min_watts", found);
        let found = self.value(LIMIT_MAX);
        gpu.power_limit_max_watts = reasons.note("power_limit_max_watts", found);
    }

    fn clocks(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        gpu.sm_hertz = reasons.note("sm_hertz", self.value(SM_HERTZ));
        gpu.memory_hertz = reasons.note("memory_hertz", self.value(MEMORY_HERTZ));
        let table = |file: &str| {
            let table = text(&self.device().join(file))?;
            highest(&table).ok_or_else(|| format!("{file} names no clock"))
        };
        let most = table("pp_dpm_sclk").or_else(|reason| self.value(SM_MAX).map_err(|_| reason));
        gpu.sm_max_hertz = reasons.note("sm_max_hertz", most);
        gpu.memory_max_hertz = reasons.note("memory_max_hertz", table("pp_dpm_mclk"));
        let lowest = self.value(SM_LOWEST);
        let allowed = lowest.and_then(|lowest| Ok([lowest, self.value(SM_HIGHEST)?]));
        gpu.sm_allowed_hertz = reasons.note("sm_allowed_hertz", allowed);
        let policy = text(&self.device().join("power_dpm_force_performance_level"));
        gpu.clock_policy = reasons.note("clock_policy", policy);
    }

    fn temperatures(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        gpu.celsius = reasons.note("celsius", self.value(CELSIUS));
        gpu.memory_celsius = reasons.note("memory_celsius", self.value(MEMORY_CELSIUS));
        gpu.slowdown_celsius = reasons.note("slowdown_celsius", self.value(SLOWDOWN));
        gpu.shutdown_celsius = reasons.note("shutdown_celsius", self.value(SHUTDOWN));
    }

    fn bus(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        let slot = link::slot(&self.device());
        let speed = |file: &str| link::generation(&slot.join(file));
        let width = |file: &str| link::width(&slot.join(file));
        gpu.pcie_generation = reasons.note("pcie_generation", speed("current_link_speed"));
        gpu.pcie_width = reasons.note("pcie_width", width("current_link_width"));
        gpu.pcie_generation_max = reasons.note("pcie_generation_max", speed("max_link_speed"));
        gpu.pcie_width_max = reasons.note("pcie_width_max", width("max_link_width"));
    }

    fn memory(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        let bytes = |places| self.value(places).map(|bytes| bytes as u64);
        gpu.memory_bytes = reasons.note("memory_bytes", bytes(MEMORY));
        gpu.memory_used_bytes = reasons.note("memory_used_bytes", bytes(MEMORY_USED));
        gpu.busy_share = reasons.note("busy_share", self.value(BUSY));
    }
}
