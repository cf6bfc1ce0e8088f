//! Which of the adapters are meant: pure functions over their descriptions.

use crate::device::{DeviceInfo, DeviceType};
use crate::error::{Error, Result};

use super::adapters::BACKENDS;

/// The indices of the adapters `wanted` names: an index, part of a name (case ignored), a PCI bus id,
/// or `all`; without a name the best one.
///
/// A number that is an index means that index; another number is part of a name, as `4090`. `all` leaves
/// software drivers out unless there is nothing else.
///
/// # Errors
///
/// [`Error::NoAdapter`] for an empty list; [`Error::DeviceName`] with the list where none or several match.
pub fn select<'a>(
    adapters: impl IntoIterator<Item = &'a DeviceInfo>,
    wanted: Option<&str>,
) -> Result<Vec<usize>> {
    let adapters: Vec<&DeviceInfo> = adapters.into_iter().collect();
    let Some(best) = best(&adapters) else {
        return Err(Error::NoAdapter {
            why: "no backend of this system offers one".into(),
        });
    };
    let Some(wanted) = wanted.map(str::trim) else {
        return Ok(vec![best]);
    };
    if wanted.eq_ignore_ascii_case("all") {
        return Ok(all(&adapters));
    }
    let refuse = |why: String| Error::DeviceName {
        wanted: wanted.into(),
        why,
        known: list(&adapters),
    };
    let found = matches(&adapters, wanted);
    match found.as_slice() {
        [] => Err(refuse("matches no adapter".into())),
        [one] => Ok(vec![*one]),
        several => Err(refuse(format!("matches {} adapters", several.len()))),
    }
}

fn best(adapters: &[&DeviceInfo]) -> Option<usize> {
    (0..adapters.len()).min_by_key(|index| speed_rank(adapters[*index].device_type))
}

fn speed_rank(device_type: DeviceType) -> u8 {
    match device_type {
        DeviceType::Discrete => 0,
        DeviceType::Virtual => 1,
        DeviceType::Integrated => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

fn all(adapters: &[&DeviceInfo]) -> Vec<usize> {
    let gpus = |index: &usize| !adapters[*index].is_cpu();
    let found: Vec<usize> = (0..adapters.len()).filter(gpus).collect();
    if found.is_empty() {
        return (0..adapters.len()).collect();
    }
    found
}

/// An index first, then whole names and bus ids, then parts of names.
fn matches(adapters: &[&DeviceInfo], wanted: &str) -> Vec<usize> {
    let index = wanted.parse().ok();
    if let Some(index) = index.filter(|index| *index < adapters.len()) {
        return vec![index];
    }
    // A short number is an index that isn't there, not the 1 in "15.0.6".
    if index.is_some() && wanted.len() <= 2 {
        return Vec::new();
    }
    let wanted = wanted.to_lowercase();
    let those = |keep: &dyn Fn(&DeviceInfo) -> bool| -> Vec<usize> {
        let held = adapters.iter().enumerate().filter(|(_, info)| keep(info));
        held.map(|(index, _)| index).collect()
    };
    let whole = those(&|info| {
        let bus = info.pci_bus_id.as_deref().unwrap_or_default();
        info.name.to_lowercase() == wanted || same_bus(bus, &wanted)
    });
    if !whole.is_empty() || wanted.is_empty() {
        return whole;
    }
    those(&|info| info.name.to_lowercase().contains(&wanted))
}

/// Bus ids with and without their domain: `0000:01:00.0` is also typed `01:00.0`.
fn same_bus(bus: &str, wanted: &str) -> bool {
    let bus = bus.to_lowercase();
    !bus.is_empty() && (bus == wanted || bus.strip_prefix("0000:") == Some(wanted))
}

/// The adapters as a person picks from them.
fn list(adapters: &[&DeviceInfo]) -> Vec<String> {
    let line = |(index, info): (usize, &&DeviceInfo)| match &info.pci_bus_id {
        Some(bus) => format!("{index}: {} ({}, {bus})", info.name, info.backend),
        None => format!("{index}: {} ({})", info.name, info.backend),
    };
    adapters.iter().enumerate().map(line).collect()
}

/// One entry a device: the preferred backend's, GPUs before software drivers.
///
/// Within one backend nothing is a duplicate: two cards of one model are two cards, whether or not the
/// driver tells their bus ids. Across backends each kept entry stands for one of every later backend, the
/// one with its bus id if there is one. DX12's bus id can't tell two cards of one model apart (wgpu looks
/// it up by vendor and device), so another bus id alone makes no other device.
pub(super) fn distinct<T>(mut found: Vec<T>, info: impl Fn(&T) -> &DeviceInfo) -> Vec<T> {
    found.sort_by_key(|entry| backend_rank(&info(entry).backend));
    let mut kept: Vec<(T, Vec<String>)> = Vec::new();
    for entry in found {
        let this = info(&entry);
        let free = |(other, stands_for): &(T, Vec<String>)| {
            !stands_for.contains(&this.backend) && same_device(info(other), this)
        };
        let same_bus =
            |held: &(T, Vec<String>)| free(held) && info(&held.0).pci_bus_id == this.pci_bus_id;
        let twin = kept.iter().position(same_bus);
        let twin = twin.or_else(|| kept.iter().position(free));
        let backend = this.backend.clone();
        match twin {
            Some(index) => kept[index].1.push(backend),
            None => kept.push((entry, vec![backend])),
        }
    }
    let mut entries: Vec<T> = kept.into_iter().map(|(entry, _)| entry).collect();
    entries.sort_by_key(|entry| info(entry).is_cpu());
    entries
}

fn backend_rank(backend: &str) -> usize {
    let place = BACKENDS.iter().position(|known| *known == backend);
    place.unwrap_or(BACKENDS.len())
}

/// OpenGL names no device, only a vendor.
fn same_device(kept: &DeviceInfo, later: &DeviceInfo) -> bool {
    let same_model = later.backend == "gl" || kept.device_id == later.device_id;
    kept.vendor_id == later.vendor_id && same_model && kept.is_cpu() == later.is_cpu()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::device::Limits;

    fn info(name: &str, backend: &str, device_type: DeviceType) -> DeviceInfo {
        DeviceInfo {
            name: name.into(),
            backend: backend.into(),
            device_type,
            vendor_id: 0x10de,
            device_id: 0x2684,
            pci_bus_id: None,
            driver: "test".into(),
            driver_info: "1".into(),
            features: BTreeSet::new(),
            limits: Limits {
                binding_bytes: 1 << 30,
                buffer_bytes: 1 << 30,
                workgroup_bytes: 32768,
                workgroup_invocations: 256,
                workgroups: 65535,
            },
            subgroup_size: [32, 32],
            matrices: Vec::new(),
            memory_bytes: None,
            int8_dot_emulated: None,
            timestamp_period_seconds: None,
        }
    }

    fn card(name: &str, backend: &str, bus: Option<&str>) -> DeviceInfo {
        DeviceInfo {
            pci_bus_id: bus.map(Into::into),
            ..info(name, backend, DeviceType::Discrete)
        }
    }

    fn machine() -> Vec<DeviceInfo> {
        vec![
            info("Intel UHD 770", "vulkan", DeviceType::Integrated),
            card("NVIDIA GeForce RTX 4090", "vulkan", Some("0000:01:00.0")),
            card("NVIDIA GeForce RTX 4090", "vulkan", Some("0000:02:00.0")),
            card("NVIDIA GeForce RTX 4090 D", "vulkan", Some("0000:03:00.0")),
            info(
                "llvmpipe (LLVM 15.0.6, 256 bits)",
                "vulkan",
                DeviceType::Cpu,
            ),
        ]
    }

    #[test]
    fn the_default_is_the_best_kind_of_device_and_the_first_of_its_kind() {
        let mut list = machine();
        assert_eq!(select(&list, None).unwrap(), [1]);
        list.retain(|info| info.device_type != DeviceType::Discrete);
        assert_eq!(select(&list, None).unwrap(), [0]);
        list.push(info("GRID", "vulkan", DeviceType::Virtual));
        assert_eq!(select(&list, None).unwrap(), [2]);
        let other = [
            info("llvmpipe", "vulkan", DeviceType::Cpu),
            info("?", "gl", DeviceType::Other),
        ];
        assert_eq!(select(&other, None).unwrap(), [1]);
    }

    #[test]
    fn a_software_driver_is_chosen_only_alone_or_by_name() {
        let list = machine();
        assert_eq!(select(&list, Some("llvmpipe")).unwrap(), [4]);
        assert_eq!(select(&list, Some("all")).unwrap(), [0, 1, 2, 3]);
        assert_eq!(select(&list[4..], None).unwrap(), [0]);
        assert_eq!(select(&list[4..], Some("ALL")).unwrap(), [0]);
    }

    #[test]
    fn a_device_is_named_by_index_part_of_its_name_or_bus_id() {
        let list = machine();
        assert_eq!(select(&list, Some("0")).unwrap(), [0]);
        assert_eq!(select(&list, Some("uhd")).unwrap(), [0]);
        assert_eq!(select(&list, Some("0000:02:00.0")).unwrap(), [2]);
        assert_eq!(select(&list, Some("02:00.0")).unwrap(), [2]);
        assert_eq!(select(&list, Some("4090 d")).unwrap(), [3]);
    }

    #[test]
    fn a_number_is_an_index_first_and_part_of_a_name_after() {
        let list = machine();
        assert_eq!(select(&list, Some("3")).unwrap(), [3]);
        assert_eq!(select(&list, Some("770")).unwrap(), [0]);
    }

    #[test]
    fn a_whole_name_wins_over_part_of_a_longer_one() {
        let list = [
            card("Radeon RX 7900 XTX", "vulkan", None),
            card("Radeon RX 7900 XT", "vulkan", None),
        ];
        assert_eq!(select(&list, Some("radeon rx 7900 xt")).unwrap(), [1]);
    }

    #[test]
    fn none_or_several_matches_are_an_error_that_lists_the_devices() {
        let list = machine();
        for (wanted, why) in [
            ("4090", "matches 3 adapters"),
            ("radeon", "no adapter"),
            ("12", "no adapter"),
            ("", "no adapter"),
            ("-1", "no adapter"),
        ] {
            let error = select(&list, Some(wanted)).unwrap_err();
            assert!(error.to_string().contains(why), "{wanted}: {error}");
            let hint = error.hint().unwrap();
            assert!(hint.contains("2: NVIDIA GeForce RTX 4090 (vulkan, 0000:02:00.0)"));
        }
    }

    #[test]
    fn an_empty_machine_has_no_adapter_whatever_was_asked_for() {
        for wanted in [None, Some("all"), Some("0")] {
            let error = select(&[], wanted).unwrap_err();
            assert!(matches!(error, Error::NoAdapter { .. }), "{error}");
        }
    }

    fn kept(found: Vec<DeviceInfo>) -> Vec<(String, Option<String>)> {
        let kept = distinct(found, |info| info);
        kept.into_iter()
            .map(|info| (info.backend, info.pci_bus_id))
            .collect()
    }

    fn entry(backend: &str, bus: Option<&str>) -> (String, Option<String>) {
        (backend.into(), bus.map(Into::into))
    }

    #[test]
    fn a_device_seen_by_several_backends_is_one_device() {
        let found = vec![
            card("NVIDIA RTX/PCIe/SSE2", "gl", None),
            card("NVIDIA RTX", "dx12", Some("0000:01:00.0")),
            card("NVIDIA RTX", "vulkan", Some("0000:01:00.0")),
        ];
        assert_eq!(kept(found), [entry("vulkan", Some("0000:01:00.0"))]);
    }

    #[test]
    fn two_cards_of_one_model_both_stay() {
        let [one, two] = [Some("0000:01:00.0"), Some("0000:02:00.0")];
        let both = [entry("vulkan", one), entry("vulkan", two)];
        let vulkan = vec![card("X", "vulkan", one), card("X", "vulkan", two)];
        assert_eq!(kept(vulkan.clone()), both);
        // wgpu's DX12 gives both the first one's bus id.
        let mut windows = vulkan;
        windows.extend([card("X", "dx12", one), card("X", "dx12", one)]);
        assert_eq!(kept(windows), both);
        let nameless = vec![card("X", "vulkan", None), card("X", "vulkan", None)];
        assert_eq!(kept(nameless).len(), 2);
    }

    #[test]
    fn a_device_only_a_later_backend_sees_stays_and_software_comes_last() {
        let mut amd = card("AMD", "dx12", None);
        amd.vendor_id = 0x1002;
        let found = vec![info("llvmpipe", "vulkan", DeviceType::Cpu), amd];
        assert_eq!(kept(found), [entry("dx12", None), entry("vulkan", None)]);
    }
}
