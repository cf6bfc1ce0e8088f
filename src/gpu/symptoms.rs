//! Why no GPU is seen: from what a system shows to what a person should type. Pure.

/// How a finding bears on measuring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// In the way.
    Problem,
}

/// One line of `suanli doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it bears on measuring.
    pub level: Level,
    /// What was seen, or not.
    pub what: String,
    /// What to type or do next.
    pub advice: Option<String>,
}

/// A Vulkan driver's description file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icd {
    /// The json file.
    pub file: String,
    /// Whether the library it names can be found.
    pub library_found: bool,
}

/// A device file of the kernel's graphics drivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderNode {
    /// Under `/dev/dri`.
    pub file: String,
    /// Whether this user may open it for reading and writing.
    pub openable: bool,
}

/// What a system shows about its GPUs, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Symptoms {
    /// `linux`, `macos`, `windows`.
    pub system: String,
    /// GPUs that can be measured, by name and backend.
    pub gpus: Vec<String>,
    /// Software drivers, by name and backend.
    pub software: Vec<String>,
    /// The Vulkan loader's file.
    pub loader: Option<String>,
    /// The drivers the loader finds.
    pub icds: Vec<Icd>,
    /// A variable that replaces the list of drivers, as `NAME=value`.
    pub icd_override: Option<String>,
    /// NVIDIA's kernel driver, by its version line.
    pub nvidia_driver: Option<String>,
    /// NVIDIA GPUs on the PCI bus, whatever driver they have.
    pub nvidia_hardware: bool,
    /// `/dev/nvidia0` and the like.
    pub nvidia_nodes: Vec<String>,
    /// `libGLX_nvidia.so.0`, which holds NVIDIA's Vulkan driver.
    pub nvidia_library: bool,
    /// The GPU is cut into MIG slices.
    pub nvidia_mig: bool,
    /// Inside a container.
    pub container: bool,
    /// `NVIDIA_DRIVER_CAPABILITIES`.
    pub nvidia_capabilities: Option<String>,
    /// Device files of the kernel's graphics drivers.
    pub render_nodes: Vec<RenderNode>,
}

const SOFTWARE: &str = "apt-get install -y mesa-vulkan-drivers";
const CONTAINER: &str = "docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=all ...";

impl Symptoms {
    /// What they mean, the result first and then its causes.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = self.adapters();
        match self.system.as_str() {
            "linux" => {
                findings.extend(self.loader());
                findings.extend(self.drivers());
                findings.extend(self.nvidia());
                findings.extend(self.mesa());
            }
            "macos" if self.gpus.is_empty() => findings.push(problem(
                "Metal offers no GPU",
                "log in at the machine itself: a session without a window server may see none",
            )),
            "windows" if self.gpus.is_empty() => findings.push(problem(
                "neither Vulkan nor DX12 offers a GPU",
                "install the vendor's driver (nvidia.com, amd.com, intel.com); over remote desktop, enable \
                 hardware adapters in the group policy",
            )),
            _ => {}
        }
        findings
    }

    fn adapters(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.gpus.iter().map(|name| good(name.clone())).collect();
        let software = self.software.iter();
        findings.extend(software.map(|name| Finding {
            level: Level::Note,
            what: format!("{name}: a software driver, proves answers and never speed"),
            advice: None,
        }));
        if self.gpus.is_empty() {
            findings.push(Finding {
                level: Level::Problem,
                what: "no GPU can be measured".into(),
                advice: None,
            });
        }
        findings
    }

    fn loader(&self) -> Vec<Finding> {
        vec![match &self.loader {
            Some(file) => good(format!("Vulkan loader: {file}")),
            None => problem(
                "no Vulkan loader (libvulkan.so.1)",
                "apt-get install -y libvulkan1 (Fedora: dnf install vulkan-loader)",
            ),
        }]
    }

    fn drivers(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(setting) = &self.icd_override {
            findings.push(note(
                format!("{setting} replaces the list of Vulkan drivers"),
                "unset it to see every driver",
            ));
        }
        if self.icds.is_empty() {
            let found = match self.icd_override {
                Some(_) => "the drivers that variable names don't exist",
                None => {
                    "no Vulkan driver is installed (no *.json in /usr/share/vulkan/icd.d or /etc/vulkan/icd.d)"
                }
            };
            let advice = format!(
                "NVIDIA: install the driver with its Vulkan part (libnvidia-gl); AMD, Intel, software: {SOFTWARE}"
            );
            findings.push(problem(found, &advice));
        }
        for icd in &self.icds {
            findings.push(match icd.library_found {
                true => good(format!("Vulkan driver: {}", icd.file)),
                false => note(
                    format!("{} names a library that isn't here", icd.file),
                    "install the driver it belongs to again, or remove the file",
                ),
            });
        }
        findings
    }

    fn nvidia(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        match &self.nvidia_driver {
            Some(driver) => findings.push(good(driver.clone())),
            None if self.nvidia_hardware => findings.push(problem(
                "an NVIDIA GPU without NVIDIA's kernel driver",
                "ubuntu-drivers install, then reboot (in a container: install it on the host)",
            )),
            None => return findings,
        }
        if self.nvidia_driver.is_none() {
            return findings;
        }
        if self.nvidia_mig {
            findings.push(problem(
                "the GPU is cut into MIG slices, and a slice offers no Vulkan",
                "nvidia-smi -mig 0 (as root, with nothing running on it), or give this job a whole GPU",
            ));
        }
        if self.nvidia_nodes.is_empty() {
            findings.push(match self.container {
                true => problem("the container was given no NVIDIA GPU", CONTAINER),
                false => problem("no /dev/nvidia0", "nvidia-modprobe -u -c 0 (as root)"),
            });
        }
        findings.extend(self.nvidia_graphics());
        findings
    }

    /// Containers get the compute libraries alone unless asked otherwise, and Vulkan is among the others.
    fn nvidia_graphics(&self) -> Option<Finding> {
        if self.nvidia_library {
            return None;
        }
        let given = self.nvidia_capabilities.as_deref();
        Some(match (self.container, given) {
            (true, Some(given)) if !has_graphics(given) => problem(
                format!("NVIDIA_DRIVER_CAPABILITIES={given} leaves Vulkan out"),
                CONTAINER,
            ),
            (true, _) => problem(
                "NVIDIA's graphics libraries are not in this container (no libGLX_nvidia.so.0)",
                CONTAINER,
            ),
            (false, _) => problem(
                "NVIDIA's Vulkan driver is missing (no libGLX_nvidia.so.0): a compute-only installation",
                "apt-get install -y libnvidia-gl-$(nvidia-smi --query-gpu=driver_version --format=csv,noheader | \
                 head -1 | cut -d. -f1)",
            ),
        })
    }

    fn mesa(&self) -> Vec<Finding> {
        let closed = self.render_nodes.iter().filter(|node| !node.openable);
        let mut findings: Vec<Finding> = closed
            .map(|node| {
                let advice = match self.container {
                    true => "docker run --device /dev/dri --group-add $(stat -c %g /dev/dri/renderD128) ...",
                    false => "sudo usermod -aG render,video $USER, then log in again",
                };
                problem(format!("{}: this user may not open it", node.file), advice)
            })
            .collect();
        if self.gpus.is_empty() && self.render_nodes.is_empty() && self.nvidia_driver.is_none() {
            let advice = match self.container {
                true => {
                    format!("AMD, Intel: docker run --device /dev/dri ...; NVIDIA: {CONTAINER}")
                }
                false => format!("a machine without a GPU runs the software driver: {SOFTWARE}"),
            };
            findings.push(note("no render node in /dev/dri", &advice));
        }
        findings
    }
}

fn has_graphics(capabilities: &str) -> bool {
    let mut words = capabilities.split(',').map(str::trim);
    words.any(|word| matches!(word, "all" | "graphics"))
}

fn good(what: impl Into<String>) -> Finding {
    Finding {
        level: Level::Good,
        what: what.into(),
        advice: None,
    }
}

fn note(what: impl Into<String>, advice: &str) -> Finding {
    Finding {
        level: Level::Note,
        what: what.into(),
        advice: Some(advice.into()),
    }
}

fn problem(what: impl Into<String>, advice: &str) -> Finding {
    Finding {
        level: Level::Problem,
        what: what.into(),
        advice: Some(advice.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A container with NVIDIA's driver as it should be.
    fn nvidia() -> Symptoms {
        Symptoms {
            system: "linux".into(),
            loader: Some("/usr/lib/x86_64-linux-gnu/libvulkan.so.1".into()),
            icds: vec![Icd {
                file: "/etc/vulkan/icd.d/nvidia_icd.json".into(),
                library_found: true,
            }],
            nvidia_driver: Some("NVIDIA driver 580.159.04".into()),
            nvidia_hardware: true,
            nvidia_nodes: vec!["/dev/nvidia0".into()],
            nvidia_library: true,
            container: true,
            ..Symptoms::default()
        }
    }

    /// The advice of the one problem beside "no GPU can be measured".
    fn advice(symptoms: &Symptoms) -> String {
        let findings = symptoms.findings();
        let mut advice = findings
            .into_iter()
            .filter(|finding| finding.level == Level::Problem)
            .filter_map(|finding| finding.advice);
        let first = advice.next().unwrap();
        assert_eq!(advice.next(), None, "one cause, one problem");
        first
    }

    #[test]
    fn a_machine_with_a_gpu_has_no_problem() {
        let machine = Symptoms {
            gpus: vec!["NVIDIA H100 (vulkan)".into()],
            ..nvidia()
        };
        let findings = machine.findings();
        assert!(findings.iter().all(|finding| finding.level == Level::Good));
        assert_eq!(findings[0].what, "NVIDIA H100 (vulkan)");
    }

    #[test]
    fn a_container_without_the_graphics_capability_is_told_how_to_start() {
        let machine = Symptoms {
            nvidia_library: false,
            nvidia_capabilities: Some("compute,utility".into()),
            ..nvidia()
        };
        assert!(advice(&machine).contains("NVIDIA_DRIVER_CAPABILITIES=all"));
        assert!(has_graphics("compute,graphics,utility"));
        assert!(!has_graphics("compute,utility"));
    }

    #[test]
    fn a_container_given_no_gpu_is_told_how_to_start() {
        let machine = Symptoms {
            nvidia_nodes: Vec::new(),
            ..nvidia()
        };
        assert!(advice(&machine).contains("--gpus all"));
    }

    #[test]
    fn mig_slices_are_said_to_have_no_vulkan() {
        let machine = Symptoms {
            nvidia_mig: true,
            ..nvidia()
        };
        assert!(advice(&machine).contains("-mig 0"));
    }

    #[test]
    fn hardware_without_a_driver_is_told_to_install_one() {
        let machine = Symptoms {
            nvidia_driver: None,
            ..nvidia()
        };
        assert!(advice(&machine).contains("ubuntu-drivers"));
    }

    #[test]
    fn a_missing_loader_and_missing_drivers_are_packages() {
        let mut machine = Symptoms {
            loader: None,
            ..nvidia()
        };
        assert!(advice(&machine).contains("libvulkan1"));
        machine = Symptoms {
            icds: Vec::new(),
            ..nvidia()
        };
        assert!(advice(&machine).contains("mesa-vulkan-drivers"));
    }

    #[test]
    fn a_render_node_that_is_closed_is_a_matter_of_groups() {
        let machine = Symptoms {
            system: "linux".into(),
            loader: nvidia().loader,
            icds: nvidia().icds,
            render_nodes: vec![RenderNode {
                file: "/dev/dri/renderD128".into(),
                openable: false,
            }],
            ..Symptoms::default()
        };
        assert!(advice(&machine).contains("usermod -aG render"));
    }

    #[test]
    fn a_machine_without_anything_says_so_on_every_system() {
        for system in ["linux", "macos", "windows", "freebsd"] {
            let machine = Symptoms {
                system: system.into(),
                ..Symptoms::default()
            };
            let findings = machine.findings();
            assert_eq!(findings[0].what, "no GPU can be measured");
            assert_eq!(findings[0].level, Level::Problem);
        }
    }
}
