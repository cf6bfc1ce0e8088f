//! What Linux says of the machine under the GPU, beyond what `sysinfo` reads. Each function takes the folder that stands
//! for `/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The frequency governor of the CPUs: one word, or several with commas where they differ.
///
/// # Errors
///
/// The reason why it can't be read.
pub fn governor(root: &Path) -> Result<String, String> {
    let none = || "the kernel offers no cpufreq".to_owned();
    let entries = fs::read_dir(root.join("sys/devices/system/cpu")).map_err(|_| none())?;
    let governor = |path: &Path| {
        let name = path.file_name()?.to_str()?;
        name.strip_prefix("cpu")?.parse::<u32>().ok()?;
        let content = fs::read_to_string(path.join("cpufreq/scaling_governor")).ok()?;
        Some(content.trim().to_owned()).filter(|word| !word.is_empty())
    };
    let words: BTreeSet<_> = entries
        .flatten()
        .filter_map(|entry| governor(&entry.path()))
        .collect();
    if words.is_empty() {
        return Err(none());
    }
    Ok(words.into_iter().collect::<Vec<_>>().join(", "))
}

/// The container this runs in: `kubernetes`, `docker`, `podman`, `lxc`, or what the variable `container` says; none where
/// nothing shows one. `variable` gives environment variables.
///
/// Kubernetes is asked for first, for its pods bear the marks of the engine below too.
pub fn container(root: &Path, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let groups = fs::read_to_string(root.join("proc/1/cgroup")).unwrap_or_default();
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if groups.contains("kubepods") || set("KUBERNETES_SERVICE_HOST").is_some() {
        return Some("kubernetes".into());
    }
    if root.join("run/.containerenv").exists() {
        return Some("podman".into());
    }
    if root.join(".dockerenv").exists() {
        return Some("docker".into());
    }
    // The marks of control groups v1; under v2 a container's first process is at its own root.
    let marks = [
        ("libpod", "podman"),
        ("docker", "docker"),
        ("/lxc", "lxc"),
        ("containerd", "containerd"),
    ];
    let first = groups
        .lines()
        .flat_map(|line| marks.iter().filter(|(mark, _)| line.contains(mark)))
        .next();
    // systemd's convention, which lxc and podman keep: https://systemd.io/CONTAINER_INTERFACE
    first
        .map(|(_, engine)| (*engine).to_owned())
        .or_else(|| set("container"))
}

/// Whether process ids are those of the machine. In a container they are not, and the ids a GPU driver tells can't be
/// told from one's own.
///
/// Source: `PROC_PID_INIT_INO` of the kernel's `include/linux/proc_ns.h`, the number of the first namespace.
pub fn sees_all_processes(root: &Path) -> bool {
    let namespace = fs::read_link(root.join("proc/self/ns/pid"));
    namespace.is_ok_and(|name| name == Path::new("pid:[4026531836]"))
}
