//! Trees like those of the drivers: two AMD cards, an Intel one, and every absent state.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::device::{DeviceInfo, DeviceType, simulated};

/// Writes files, by path under `root` and content; folders are made.
fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{content}\n")).unwrap();
    }
}

fn adapter(vendor_id: u32, device_id: u32, bus: Option<&str>) -> DeviceInfo {
    DeviceInfo {
        backend: "vulkan".into(),
        device_type: DeviceType::Discrete,
        vendor_id,
        device_id,
        pci_bus_id: bus.map(str::to_owned),
        ..simulated::info()
    }
}

/// An AMD card of one number whose power is `watts`.
fn amd(root: &Path, number: u32, slot: &str, watts: u32) -> PathBuf {
    let device = root.join(format!("class/drm/card{number}/device"));
    let power = format!("{watts}000000");
    let event = format!("DRIVER=amdgpu\nPCI_ID=1002:744C\nPCI_SLOT_NAME={slot}");
    let hwmon = |file: &str| format!("hwmon/hwmon{}/{file}", number + 3);
    let files = [
        ("uevent".to_owned(), event.as_str()),
        ("vendor".into(), "0x1002"),
        ("device".into(), "0x744c"),
        ("unique_id".into(), "5f3a9c01d2e4b678"),
        ("vbios_version".into(), "113-D7020100-102"),
        ("gpu_busy_percent".into(), "7"),
        ("mem_info_vram_total".into(), "25753026560"),
        ("mem_info_vram_used".into(), "1048576"),
        ("pp_dpm_sclk".into(), "0: 500Mhz\n1: 2371Mhz *\n2: 2526Mhz"),
        ("pp_dpm_mclk".into(), "0: 96Mhz *\n1: 1249Mhz"),
        ("power_dpm_force_performance_level".into(), "auto"),
        ("current_link_speed".into(), "16.0 GT/s PCIe"),
        ("current_link_width".into(), "16"),
        ("max_link_speed".into(), "32.0 GT/s PCIe"),
        ("max_link_width".into(), "16"),
        ("ras/umc_err_count".into(), "ue: 1\nce: 20"),
        ("ras/gfx_err_count".into(), "ue: 2\nce: 30"),
        ("ras/features".into(), "feature mask: 0x7"),
        (hwmon("name"), "amdgpu"),
        (hwmon("power1_average"), &power),
        (hwmon("power1_cap"), "303000000"),
        (hwmon("power1_cap_default"), "305000000"),
        (hwmon("power1_cap_min"), "272000000"),
        (hwmon("power1_cap_max"), "350000000"),
        (hwmon("temp1_input"), "51500"),
        (hwmon("temp1_crit"), "100000"),
        (hwmon("temp1_emergency"), "105000"),
        (hwmon("temp3_input"), "64000"),
        (hwmon("freq1_input"), "2371000000"),
        (hwmon("freq2_input"), "1249000000"),
    ];
    let files: Vec<_> = files
        .iter()
        .map(|(path, content)| (path.as_str(), *content))
        .collect();
    write(&device, &files);
    device
}

fn intel(root: &Path) -> PathBuf {
    let card = root.join("class/drm/card0");
    let event = "DRIVER=i915\nPCI_SLOT_NAME=0000:03:00.0";
    write(
        &card,
        &[
            ("device/uevent", event),
            ("device/vendor", "0x8086"),
            ("device/device", "0x56a0"),
            ("device/hwmon/hwmon2/name", "i915"),
            ("device/hwmon/hwmon2/energy1_input", "123456789"),
            ("device/hwmon/hwmon2/power1_max", "190000000"),
            ("device/hwmon/hwmon2/power1_rated_max", "200000000"),
            ("gt_act_freq_mhz", "2400"),
            ("gt_RP0_freq_mhz", "2450"),
            ("gt_min_freq_mhz", "300"),
            ("gt_max_freq_mhz", "2400"),
        ],
    );
    card
}

fn reason(found: Result<Box<dyn Sensors>, String>) -> String {
    found.err().expect("no sensors")
}

#[test]
fn values_of_amdgpu_come_in_base_units() {
    let root = tempfile::tempdir().unwrap();
    amd(root.path(), 0, "0000:0a:00.0", 280);
    let info = adapter(0x1002, 0x744c, Some("0000:0A:00.0"));
    let mut sensors = open(&info, root.path()).unwrap();
    let reading = sensors.read();
    assert_eq!(reading.watts, Some(280.0));
    assert_eq!(reading.sm_hertz, Some(2.371e9));
    assert_eq!(reading.memory_hertz, Some(1.249e9));
    assert_eq!(reading.celsius, Some(51.5));
    assert!(reading.limits.is_empty());
    assert_eq!(sensors.energy_joules(), None);
    assert_eq!(sensors.source(), "hwmon (amdgpu)");
    assert_eq!(sensors.power_source(), "hwmon power1_average (amdgpu)");
}

#[test]
fn the_environment_of_an_amd_gpu_is_told_in_base_units() {
    let root = tempfile::tempdir().unwrap();
    amd(root.path(), 0, "0000:0a:00.0", 280);
    write(root.path(), &[("module/amdgpu/version", "6.7.0")]);
    let info = adapter(0x1002, 0x744c, Some("0000:0a:00.0"));
    let gpu = open(&info, root.path()).unwrap().gpu();
    assert_eq!(gpu.uuid.as_deref(), Some("5f3a9c01d2e4b678"));
    assert_eq!(gpu.vbios.as_deref(), Some("113-D7020100-102"));
    assert_eq!(gpu.driver.as_deref(), Some("amdgpu 6.7.0"));
    assert_eq!(gpu.power_limit_watts, Some(303.0));
    assert_eq!(gpu.power_limit_default_watts, Some(305.0));
    assert_eq!(gpu.power_limit_min_watts, Some(272.0));
    assert_eq!(gpu.power_limit_max_watts, Some(350.0));
    assert_eq!(gpu.sm_max_hertz, Some(2.526e9));
    assert_eq!(gpu.memory_max_hertz, Some(1.249e9));
    assert_eq!(gpu.clock_policy.as_deref(), Some("auto"));
    assert_eq!(gpu.memory_celsius, Some(64.0));
    assert_eq!(gpu.slowdown_celsius, Some(100.0));
    assert_eq!(gpu.shutdown_celsius, Some(105.0));
    assert_eq!(gpu.pcie_generation.zip(gpu.pcie_width), Some((4, 16)));
    let most = gpu.pcie_generation_max.zip(gpu.pcie_width_max);
    assert_eq!(most, Some((5, 16)));
    assert_eq!(gpu.memory_bytes, Some(25_753_026_560));
    assert_eq!(gpu.memory_used_bytes, Some(1 << 20));
    assert_eq!(gpu.busy_share, Some(0.07));
}

#[test]
fn errors_of_amds_blocks_are_summed() {
    let root = tempfile::tempdir().unwrap();
    let device = amd(root.path(), 0, "0000:0a:00.0", 280);
    let info = adapter(0x1002, 0x744c, Some("0000:0a:00.0"));
    let mut sensors = open(&info, root.path()).unwrap();
    let counters = sensors.counters();
    assert_eq!(counters.ras_corrected, Some(50));
    assert_eq!(counters.ras_uncorrected, Some(3));
    assert!(counters.missing.contains_key("ecc_corrected"));
    fs::remove_dir_all(device.join("ras")).unwrap();
    let counters = sensors.counters();
    assert_eq!(counters.ras_corrected, None);
    let reason = &counters.missing["ras_corrected"];
    assert_eq!(reason, "the driver offers no RAS error counts");
}

#[test]
fn values_of_i915_come_in_base_units() {
    let root = tempfile::tempdir().unwrap();
    intel(root.path());
    let info = adapter(0x8086, 0x56a0, Some("0000:03:00.0"));
    let mut sensors = open(&info, root.path()).unwrap();
    assert_eq!(sensors.energy_joules(), Some(123_456_789.0 * 1e-6));
    assert_eq!(sensors.energy_source(), "hwmon energy1_input (i915)");
    assert_eq!(sensors.read().sm_hertz, Some(2.4e9));
    assert_eq!(sensors.read().watts, None);
    let gpu = sensors.gpu();
    assert_eq!(gpu.power_limit_watts, Some(190.0));
    assert_eq!(gpu.power_limit_default_watts, Some(200.0));
    assert_eq!(gpu.sm_max_hertz, Some(2.45e9));
    assert_eq!(gpu.sm_allowed_hertz, Some([0.3e9, 2.4e9]));
    assert_eq!(gpu.driver.as_deref(), Some("i915"));
}

#[test]
fn newer_drivers_of_intel_have_their_clocks_elsewhere() {
    let root = tempfile::tempdir().unwrap();
    let card = intel(root.path());
    for file in ["gt_act_freq_mhz", "gt_RP0_freq_mhz"] {
        fs::remove_file(card.join(file)).unwrap();
    }
    write(&card, &[("gt/gt0/rps_act_freq_mhz", "1100")]);
    let info = adapter(0x8086, 0x56a0, Some("0000:03:00.0"));
    let mut sensors = open(&info, root.path()).unwrap();
    assert_eq!(sensors.read().sm_hertz, Some(1.1e9));
    fs::remove_dir_all(card.join("gt")).unwrap();
    let xe = [
        ("device/tile0/gt0/freq0/act_freq", "0"),
        ("device/tile0/gt0/freq0/rp0_freq", "2850"),
        ("device/hwmon/hwmon2/energy2_input", "5000000"),
    ];
    write(&card, &xe);
    fs::remove_file(card.join("device/hwmon/hwmon2/energy1_input")).unwrap();
    assert_eq!(sensors.read().sm_hertz, Some(0.0));
    assert_eq!(sensors.gpu().sm_max_hertz, Some(2.85e9));
    assert_eq!(sensors.energy_joules(), Some(5.0));
    assert_eq!(sensors.energy_source(), "hwmon energy2_input (i915)");
}

#[test]
fn a_power_limit_that_is_switched_off_is_absent() {
    let root = tempfile::tempdir().unwrap();
    let card = intel(root.path());
    write(&card, &[("device/hwmon/hwmon2/power1_max", "0")]);
    let info = adapter(0x8086, 0x56a0, Some("0000:03:00.0"));
    let gpu = open(&info, root.path()).unwrap().gpu();
    assert_eq!(gpu.power_limit_watts, None);
    assert_eq!(gpu.missing["power_limit_watts"], "no power limit is set");
}

#[test]
fn the_second_of_two_cards_alike_is_never_read_for_the_first() {
    let root = tempfile::tempdir().unwrap();
    // The order of cards isn't that of the buses.
    amd(root.path(), 0, "0000:43:00.0", 111);
    amd(root.path(), 1, "0000:03:00.0", 222);
    let watts = |bus| {
        let info = adapter(0x1002, 0x744c, bus);
        open(&info, root.path()).map(|mut sensors| sensors.read().watts)
    };
    assert_eq!(watts(Some("0000:43:00.0")), Ok(Some(111.0)));
    assert_eq!(watts(Some("0000:03:00.0")), Ok(Some(222.0)));
    let elsewhere = watts(Some("0000:04:00.0")).unwrap_err();
    assert!(elsewhere.contains("none of the 2 GPUs"), "{elsewhere}");
    assert!(watts(None).unwrap_err().contains("2 GPUs have"));
    assert!(
        watts(Some("somewhere"))
            .unwrap_err()
            .contains("no PCI bus id")
    );
}

#[test]
fn a_lone_card_is_taken_without_a_bus_id_only_if_its_ids_are_the_adapters() {
    let root = tempfile::tempdir().unwrap();
    amd(root.path(), 0, "0000:43:00.0", 111);
    let same = adapter(0x1002, 0x744c, None);
    assert!(open(&same, root.path()).is_ok());
    let other = adapter(0x1002, 0x73bf, None);
    let reason = reason(open(&other, root.path()));
    assert!(reason.contains("1002:73bf"), "{reason}");
}

#[test]
fn connectors_and_render_nodes_are_no_cards() {
    let root = tempfile::tempdir().unwrap();
    amd(root.path(), 10, "0000:43:00.0", 111);
    amd(root.path(), 9, "0000:44:00.0", 222);
    for folder in ["card10-DP-1", "renderD128", "card", "version"] {
        fs::create_dir_all(root.path().join("class/drm").join(folder)).unwrap();
    }
    let found = cards(root.path()).unwrap();
    let names: Vec<_> = found
        .iter()
        .map(|card| card.path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["card9", "card10"]);
}

#[test]
fn without_drm_or_cards_there_is_a_reason() {
    let root = tempfile::tempdir().unwrap();
    let info = adapter(0x1002, 0x744c, Some("0000:0a:00.0"));
    let none = reason(open(&info, root.path()));
    assert!(none.contains("no /sys/class/drm"), "{none}");
    fs::create_dir_all(root.path().join("class/drm")).unwrap();
    let none = reason(open(&info, root.path()));
    assert!(none.contains("none of the 0 GPUs"), "{none}");
}

#[test]
fn a_card_without_hwmon_reads_nothing_and_says_why() {
    let root = tempfile::tempdir().unwrap();
    let device = amd(root.path(), 0, "0000:0a:00.0", 280);
    fs::remove_dir_all(device.join("hwmon")).unwrap();
    let info = adapter(0x1002, 0x744c, Some("0000:0a:00.0"));
    let mut sensors = open(&info, root.path()).unwrap();
    assert!(sensors.read().is_empty());
    let gpu = sensors.gpu();
    assert_eq!(gpu.missing["celsius"], "the driver offers no hwmon");
    assert_eq!(gpu.sm_max_hertz, Some(2.526e9));
}

#[test]
fn a_file_that_cant_be_read_or_holds_no_number_is_a_reason() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("energy1_input");
    assert_eq!(
        number(&file),
        Err("the driver offers no energy1_input".into())
    );
    fs::write(&file, "\n").unwrap();
    assert_eq!(number(&file), Err("energy1_input is empty".into()));
    fs::write(&file, "much\n").unwrap();
    assert!(number(&file).unwrap_err().contains("'much'"));
    fs::write(&file, "42\n").unwrap();
    assert_eq!(number(&file), Ok(42.0));
}

#[test]
fn permission_is_another_reason_than_absence() {
    let reason = |kind: ErrorKind| because("energy1_input", &Error::from(kind));
    let denied = reason(ErrorKind::PermissionDenied);
    assert_eq!(denied, "no permission to read energy1_input");
    let absent = reason(ErrorKind::NotFound);
    assert_eq!(absent, "the driver offers no energy1_input");
}

#[test]
fn a_file_that_is_there_and_unreadable_is_the_reason_rather_than_one_that_is_not_there() {
    let root = tempfile::tempdir().unwrap();
    let card = intel(root.path());
    write(&card, &[("gt_act_freq_mhz", "fast")]);
    let info = adapter(0x8086, 0x56a0, Some("0000:03:00.0"));
    let gpu = open(&info, root.path()).unwrap().gpu();
    let reason = &gpu.missing["sm_hertz"];
    assert_eq!(reason, "gt_act_freq_mhz holds 'fast', which is no number");
}

#[test]
fn every_absent_field_has_a_reason() {
    let root = tempfile::tempdir().unwrap();
    let device = amd(root.path(), 0, "0000:0a:00.0", 280);
    let info = adapter(0x1002, 0x744c, Some("0000:0a:00.0"));
    let mut sensors = open(&info, root.path()).unwrap();
    let schema = schemars::schema_for!(Gpu).to_value();
    let fields = schema["properties"].as_object().unwrap().keys();
    let fields: BTreeSet<_> = fields.filter(|field| *field != "missing").collect();
    for empty in [false, true] {
        if empty {
            fs::remove_dir_all(&device).unwrap();
        }
        let gpu = sensors.gpu();
        let value = serde_json::to_value(&gpu).unwrap();
        for field in &fields {
            let there = value.get(field).is_some();
            let excused = gpu.missing.contains_key(*field);
            assert!(there != excused, "{field}: {value}");
        }
        assert!(gpu.missing.contains_key("limits"));
        let again: Gpu = serde_json::from_value(value).unwrap();
        assert_eq!(again, gpu);
    }
}

#[test]
fn a_link_of_unknown_speed_or_width_is_absent() {
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("current_link_speed");
    let speeds = [
        ("2.5 GT/s PCIe", Some(1)),
        ("5.0 GT/s PCIe", Some(2)),
        ("8 GT/s", Some(3)),
        ("64.0 GT/s PCIe", Some(6)),
        ("Unknown", None),
    ];
    for (text, generation) in speeds {
        fs::write(&file, text).unwrap();
        assert_eq!(link::generation(&file).ok(), generation, "{text}");
    }
    for (text, lanes) in [("16", Some(16)), ("0", None), ("255", None)] {
        fs::write(&file, text).unwrap();
        assert_eq!(link::width(&file).ok(), lanes, "{text}");
    }
}

#[cfg(unix)]
#[test]
fn the_link_of_a_card_with_its_own_switch_is_the_switchs() {
    let root = tempfile::tempdir().unwrap();
    let port = "devices/pci0000:00/0000:00:01.0";
    let bridge = |path: &str, vendor: &str, width: &str| {
        let path = root.path().join(path);
        let files = [
            ("vendor", vendor),
            ("class", "0x060400"),
            ("current_link_width", width),
        ];
        write(&path, &files);
    };
    bridge(port, "0x1022", "4");
    bridge(&format!("{port}/0000:01:00.0"), "0x1002", "8");
    let down = format!("{port}/0000:01:00.0/0000:02:00.0");
    bridge(&down, "0x1002", "16");
    let device = root.path().join(&down).join("0000:03:00.0");
    let files = [("vendor", "0x1002"), ("current_link_width", "16")];
    write(&device, &files);
    let card = root.path().join("class/drm/card0");
    fs::create_dir_all(&card).unwrap();
    std::os::unix::fs::symlink(&device, card.join("device")).unwrap();
    let width = || link::width(&link::slot(&card.join("device")).join("current_link_width"));
    assert_eq!(width(), Ok(8));
    // A bridge of somebody else's is the machine's, not the card's.
    write(&root.path().join(&down), &[("vendor", "0x10b5")]);
    assert_eq!(width(), Ok(16));
}
