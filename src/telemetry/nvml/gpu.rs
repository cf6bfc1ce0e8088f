//! What NVML says of a GPU and its settings.

use std::collections::BTreeMap;
use std::path::Path;

use nvml_wrapper::enum_wrappers::device::{Clock, ComputeMode, TemperatureThreshold};
use nvml_wrapper::enums::device::{SampleValue, UsedGpuMemory};
use nvml_wrapper::structs::device::FieldId;
use nvml_wrapper::sys_exports::field_id::NVML_FI_DEV_MEMORY_TEMP;

use super::super::environment::{Gpu, Process, Reasons};
use super::super::host;
use super::{Board, megahertz, milliwatts, told};

impl Board {
    pub(super) fn environment(&self) -> Gpu {
        let mut reasons = Reasons::default();
        let mut gpu = Gpu::default();
        self.identity(&mut gpu, &mut reasons);
        self.power(&mut gpu, &mut reasons);
        self.clocks(&mut gpu, &mut reasons);
        self.temperatures(&mut gpu, &mut reasons);
        self.modes(&mut gpu, &mut reasons);
        self.bus(&mut gpu, &mut reasons);
        self.memory(&mut gpu, &mut reasons);
        reasons.note("limits", self.limits());
        gpu.missing = reasons.0;
        gpu
    }

    fn identity(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        let device = &self.device;
        gpu.uuid = reasons.note("uuid", told(device.uuid()));
        gpu.serial = reasons.note("serial", told(device.serial()));
        gpu.vbios = reasons.note("vbios", told(device.vbios_version()));
        gpu.driver = reasons.note("driver", told(device.nvml().sys_driver_version()));
    }

    fn power(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        let device = &self.device;
        let found = told(device.power_management_limit()).map(milliwatts);
        gpu.power_limit_watts = reasons.note("power_limit_watts", found);
        let found = told(device.power_management_limit_default()).map(milliwatts);
        gpu.power_limit_default_watts = reasons.note("power_limit_default_watts", found);
        let range = told(device.power_management_limit_constraints());
        let found = range.clone().map(|range| milliwatts(range.min_limit));
        gpu.power_limit_min_watts = reasons.note("power_limit_min_watts", found);
        let found = range.map(|range| milliwatts(range.max_limit));
        gpu.power_limit_max_watts = reasons.note("power_limit_max_watts", found);
    }

    fn clocks(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        gpu.sm_hertz = reasons.note("sm_hertz", self.hertz(Clock::SM));
        gpu.memory_hertz = reasons.note("memory_hertz", self.hertz(Clock::Memory));
        let most = |clock| told(self.device.max_clock_info(clock)).map(megahertz);
        gpu.sm_max_hertz = reasons.note("sm_max_hertz", most(Clock::SM));
        gpu.memory_max_hertz = reasons.note("memory_max_hertz", most(Clock::Memory));
        let set = |clock| told(self.device.applications_clock(clock)).map(megahertz);
        // Application clocks are set for the graphics domain, which the compute units share.
        gpu.sm_application_hertz = reasons.note("sm_application_hertz", set(Clock::Graphics));
        gpu.memory_application_hertz = reasons.note("memory_application_hertz", set(Clock::Memory));
        let never = ["sm_allowed_hertz", "clock_policy"];
        reasons.never(&never, "NVML can lock clocks but doesn't tell locked ones");
    }

    fn temperatures(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        gpu.celsius = reasons.note("celsius", self.celsius());
        gpu.memory_celsius = reasons.note("memory_celsius", self.memory_celsius());
        let threshold = |which| told(self.device.temperature_threshold(which)).map(f64::from);
        let found = threshold(TemperatureThreshold::GpuMax);
        gpu.operating_max_celsius = reasons.note("operating_max_celsius", found);
        let found = threshold(TemperatureThreshold::MemoryMax);
        gpu.memory_operating_max_celsius = reasons.note("memory_operating_max_celsius", found);
        let found = threshold(TemperatureThreshold::Slowdown);
        gpu.slowdown_celsius = reasons.note("slowdown_celsius", found);
        let found = threshold(TemperatureThreshold::Shutdown);
        gpu.shutdown_celsius = reasons.note("shutdown_celsius", found);
    }

    fn memory_celsius(&self) -> Result<f64, String> {
        let field = FieldId(NVML_FI_DEV_MEMORY_TEMP);
        let values = told(self.device.field_values_for(&[field]))?;
        let value = values.into_iter().next().ok_or("NVML: no value")?;
        match told(told(value)?.value)? {
            SampleValue::U32(celsius) if celsius > 0 => Ok(f64::from(celsius)),
            // Boards without the sensor answer 0.
            _ => Err("NVML: no temperature of the memory".into()),
        }
    }

    fn modes(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        let device = &self.device;
        let ecc = told(device.is_ecc_enabled()).map(|state| state.currently_enabled);
        gpu.ecc = reasons.note("ecc", ecc);
        let mig = told(device.mig_mode()).map(|mode| mode.current == 1);
        gpu.mig = reasons.note("mig", mig);
        let mode = told(device.compute_mode()).map(|mode| compute_mode(&mode).to_owned());
        gpu.compute_mode = reasons.note("compute_mode", mode);
        gpu.persistence = reasons.note("persistence", self.persistence());
        gpu.processes = reasons.note("processes", self.processes());
    }

    #[cfg(target_os = "linux")]
    fn persistence(&self) -> Result<bool, String> {
        told(self.device.is_in_persistent_mode())
    }

    #[cfg(not(target_os = "linux"))]
    fn persistence(&self) -> Result<bool, String> {
        Err("NVML has a persistence mode on Linux only".into())
    }

    /// Compute and graphics processes, each once: Vulkan's may be in either list.
    fn processes(&self) -> Result<Vec<Process>, String> {
        if cfg!(target_os = "linux") && !host::sees_all_processes(Path::new("/")) {
            return Err("in a container the driver's process ids are of no use".into());
        }
        let mut listed = told(self.device.running_compute_processes())?;
        listed.extend(told(self.device.running_graphics_processes())?);
        let mut processes = BTreeMap::new();
        for one in listed.iter().filter(|one| one.pid != std::process::id()) {
            let bytes = match one.used_gpu_memory {
                UsedGpuMemory::Used(bytes) => Some(bytes),
                UsedGpuMemory::Unavailable => None,
            };
            let held = processes.entry(one.pid).or_insert(bytes);
            *held = bytes.max(*held);
        }
        let process = |(pid, memory_bytes)| Process { pid, memory_bytes };
        Ok(processes.into_iter().map(process).collect())
    }

    fn bus(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        let device = &self.device;
        let found = told(device.current_pcie_link_gen());
        gpu.pcie_generation = reasons.note("pcie_generation", found);
        let found = told(device.current_pcie_link_width());
        gpu.pcie_width = reasons.note("pcie_width", found);
        let found = told(device.max_pcie_link_gen());
        gpu.pcie_generation_max = reasons.note("pcie_generation_max", found);
        let found = told(device.max_pcie_link_width());
        gpu.pcie_width_max = reasons.note("pcie_width_max", found);
    }

    fn memory(&self, gpu: &mut Gpu, reasons: &mut Reasons) {
        let memory = told(self.device.memory_info());
        let found = memory.clone().map(|memory| memory.total);
        gpu.memory_bytes = reasons.note("memory_bytes", found);
        let found = memory.map(|memory| memory.used);
        gpu.memory_used_bytes = reasons.note("memory_used_bytes", found);
        gpu.float_lanes = reasons.note("float_lanes", told(self.device.num_cores()));
        let busy = told(self.device.utilization_rates());
        let share = busy.map(|busy| f64::from(busy.gpu) / 100.0);
        gpu.busy_share = reasons.note("busy_share", share);
    }
}

fn compute_mode(mode: &ComputeMode) -> &'static str {
    match mode {
        ComputeMode::Default => "default",
        ComputeMode::ExclusiveThread => "exclusive_thread",
        ComputeMode::Prohibited => "prohibited",
        ComputeMode::ExclusiveProcess => "exclusive_process",
    }
}
