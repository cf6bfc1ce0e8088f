//! The machine: what the operating system says about it, and nothing guessed.

use std::path::Path;

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::results::{Environment, Host};
use crate::telemetry::{host::container, host::governor};

use super::target::Target;

/// This machine. What can't be read is absent.
pub fn host() -> Host {
    let wanted = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(wanted).ok();
    let cpus = system.as_ref().map_or(&[][..], System::cpus);
    let brand = cpus.first().map(|cpu| cpu.brand().trim().to_owned());
    Host {
        name: System::host_name().ok(),
        os: System::long_os_version().ok(),
        kernel: System::kernel_version().ok(),
        cpu: brand.filter(|brand| !brand.is_empty()),
        processors: u32::try_from(cpus.len()).ok().filter(|count| *count > 0),
        memory_bytes: system
            .as_ref()
            .map(System::total_memory)
            .filter(|bytes| *bytes > 0),
    }
}

/// How the machine and the GPU are set now.
pub fn environment(target: &Target) -> Environment {
    let mut environment = Environment {
        container: container(Path::new("/"), |name| std::env::var(name).ok()),
        ..Environment::default()
    };
    match target.sensors() {
        Ok(mut sensors) => environment.gpu = Some(sensors.gpu()),
        Err(reason) => drop(environment.missing.insert("gpu".into(), reason)),
    }
    match governor(Path::new("/")) {
        Ok(words) => environment.governor = Some(words),
        Err(reason) => drop(environment.missing.insert("governor".into(), reason)),
    }
    environment
}
