//! What this system shows about its GPUs: reads files and variables, runs nothing, changes nothing.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::adapters::{Adapter, adapters};
use super::symptoms::{Finding, Icd, RenderNode, Symptoms};

/// Why no GPU is seen, or which ones are.
pub fn doctor() -> Vec<Finding> {
    symptoms().findings()
}

fn symptoms() -> Symptoms {
    let listed = adapters(None).unwrap_or_default();
    let (software, gpus): (Vec<&Adapter>, Vec<&Adapter>) =
        listed.iter().partition(|adapter| adapter.info().is_cpu());
    let names = |adapters: Vec<&Adapter>| {
        let infos = adapters.into_iter().map(Adapter::info);
        infos
            .map(|info| format!("{} ({})", info.name, info.backend))
            .collect()
    };
    let drivers = env_paths("VK_DRIVER_FILES").or_else(|| env_paths("VK_ICD_FILENAMES"));
    Symptoms {
        system: env::consts::OS.into(),
        gpus: names(gpus),
        software: names(software),
        loader: library("libvulkan.so.1").map(|path| path.display().to_string()),
        icds: match &drivers {
            Some((_, files)) => files.iter().filter_map(|file| icd(file)).collect(),
            None => installed_icds(),
        },
        icd_override: drivers.map(|(setting, _)| setting),
        nvidia_driver: nvidia_driver(),
        nvidia_hardware: nvidia_hardware(),
        nvidia_nodes: nvidia_nodes(),
        nvidia_library: library("libGLX_nvidia.so.0").is_some(),
        nvidia_mig: mig(),
        container: container(),
        nvidia_capabilities: env::var("NVIDIA_DRIVER_CAPABILITIES").ok(),
        render_nodes: render_nodes(),
    }
}

/// A variable that holds a list of paths, as it was set and in parts.
fn env_paths(name: &str) -> Option<(String, Vec<PathBuf>)> {
    let value = env::var(name).ok().filter(|value| !value.is_empty())?;
    let paths = env::split_paths(&value).collect();
    Some((format!("{name}={value}"), paths))
}

/// Where the dynamic linker looks, as far as that can be told without asking it.
fn library_directories() -> Vec<PathBuf> {
    let mut directories = env_paths("LD_LIBRARY_PATH").map_or_else(Vec::new, |(_, paths)| paths);
    let fixed = [
        "/lib64",
        "/usr/lib64",
        "/usr/lib",
        "/usr/local/lib",
        "/run/opengl-driver/lib",
    ];
    directories.extend(fixed.iter().map(PathBuf::from));
    let triple = format!("{}-linux-gnu", env::consts::ARCH);
    directories.push(Path::new("/usr/lib").join(&triple));
    directories.push(Path::new("/lib").join(&triple));
    for file in entries("/etc/ld.so.conf.d") {
        let text = fs::read_to_string(file).unwrap_or_default();
        let lines = text.lines().map(str::trim);
        let paths = lines.filter(|line| line.starts_with('/'));
        directories.extend(paths.map(PathBuf::from));
    }
    directories
}

fn library(name: &str) -> Option<PathBuf> {
    let directories = library_directories().into_iter();
    directories
        .map(|directory| directory.join(name))
        .find(|path| path.exists())
}

fn installed_icds() -> Vec<Icd> {
    let mut directories: Vec<PathBuf> = [
        "/etc/vulkan/icd.d",
        "/usr/share/vulkan/icd.d",
        "/usr/local/share/vulkan/icd.d",
        "/run/opengl-driver/share/vulkan/icd.d",
    ]
    .iter()
    .map(PathBuf::from)
    .collect();
    if let Some(home) = env::var_os("HOME") {
        directories.push(Path::new(&home).join(".local/share/vulkan/icd.d"));
    }
    let files = directories.into_iter().flat_map(entries);
    files.filter_map(|file| icd(&file)).collect()
}

/// A driver's json file, if it is one.
fn icd(file: &Path) -> Option<Icd> {
    let text = fs::read_to_string(file).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    let named = json.get("ICD")?.get("library_path")?.as_str()?;
    // With a slash it is a path beside the file or from the root, without one the linker searches.
    let library_found = match named.contains('/') {
        true => file.parent()?.join(named).exists(),
        false => library(named).is_some(),
    };
    Some(Icd {
        file: file.display().to_string(),
        library_found,
    })
}

fn nvidia_driver() -> Option<String> {
    let text = fs::read_to_string("/proc/driver/nvidia/version").ok()?;
    let line = text.lines().next()?;
    let version = line
        .split_whitespace()
        .find(|word| word.contains('.') && word.chars().all(|c| c.is_ascii_digit() || c == '.'))?;
    Some(format!("NVIDIA kernel driver {version}"))
}

/// A display controller of NVIDIA's on the PCI bus.
fn nvidia_hardware() -> bool {
    entries("/sys/bus/pci/devices").into_iter().any(|device| {
        let read = |name: &str| fs::read_to_string(device.join(name)).unwrap_or_default();
        read("vendor").trim() == "0x10de" && read("class").trim().starts_with("0x03")
    })
}

fn nvidia_nodes() -> Vec<String> {
    let numbered = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let number = name.strip_prefix("nvidia");
        number
            .is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
    };
    let nodes = entries("/dev").into_iter().filter(numbered);
    nodes.map(|path| path.display().to_string()).collect()
}

/// GPU instances exist, or the container was given one.
fn mig() -> bool {
    let given = env::var("NVIDIA_VISIBLE_DEVICES").unwrap_or_default();
    let gpus = entries("/proc/driver/nvidia/capabilities");
    let mut instances = gpus.into_iter().flat_map(|gpu| entries(gpu.join("mig")));
    let instance = instances.any(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("gi")
    });
    instance || given.contains("MIG-")
}

fn container() -> bool {
    let marked = ["/.dockerenv", "/run/.containerenv"];
    let groups = fs::read_to_string("/proc/1/cgroup").unwrap_or_default();
    let names = ["docker", "kubepods", "containerd", "libpod", "lxc"];
    marked.iter().any(|file| Path::new(file).exists())
        || names.iter().any(|name| groups.contains(name))
}

fn render_nodes() -> Vec<RenderNode> {
    let nodes = entries("/dev/dri").into_iter();
    nodes
        .filter(|path| path.to_string_lossy().contains("renderD"))
        .map(|path| RenderNode {
            openable: fs::OpenOptions::new()
                .read(true)
                .write(true)
                .open(&path)
                .is_ok(),
            file: path.display().to_string(),
        })
        .collect()
}

/// What a directory holds, in order; nothing where it can't be read.
fn entries(directory: impl AsRef<Path>) -> Vec<PathBuf> {
    let Ok(listing) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = listing.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::Level;

    #[test]
    fn a_driver_file_says_whether_its_library_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("icd.json");
        let write = |library: &str| {
            let text = format!(r#"{{"ICD": {{"library_path": "{library}"}}}}"#);
            fs::write(&file, text).unwrap();
        };
        write("./libdriver.so");
        assert!(!icd(&file).unwrap().library_found);
        fs::write(directory.path().join("libdriver.so"), "").unwrap();
        assert!(icd(&file).unwrap().library_found);
        write("libnobody-has-this.so.7");
        assert!(!icd(&file).unwrap().library_found);
        fs::write(&file, "not json").unwrap();
        assert_eq!(icd(&file), None);
    }

    #[test]
    fn a_system_without_a_gpu_has_a_problem_and_one_with_a_gpu_lists_it() {
        let seen = symptoms();
        let findings = doctor();
        let level = |line: &str| findings.iter().find(|f| f.what == line).map(|f| f.level);
        let none = level("no GPU can be measured");
        assert_eq!(none.is_some(), seen.gpus.is_empty());
        assert!(seen.gpus.iter().all(|gpu| level(gpu) == Some(Level::Good)));
    }
}
