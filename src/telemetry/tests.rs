//! Matching, limiters, what is stored and the host, on lists and fixtures.

use std::collections::VecDeque;
use std::fs;

use super::matching::{Bus, Listed, pick};
use super::*;
use crate::device::{DeviceType, simulated};

fn adapter(bus: Option<&str>) -> DeviceInfo {
    DeviceInfo {
        backend: "vulkan".into(),
        vendor_id: NVIDIA,
        device_id: 0x2330,
        pci_bus_id: bus.map(str::to_owned),
        ..simulated::info()
    }
}

fn listed(bus: &str, device_id: u32) -> Listed {
    Listed {
        bus: Bus::parse(bus),
        vendor_id: NVIDIA,
        device_id,
    }
}

#[test]
fn bus_ids_are_the_same_in_any_width_and_case() {
    let bus = Bus::parse("0000:c1:00.0");
    assert!(bus.is_some());
    for same in ["00000000:C1:00.0", "c1:00.0", " 0000:C1:00.0\n"] {
        assert_eq!(Bus::parse(same), bus, "{same}");
    }
    for other in [
        "0001:c1:00.0",
        "0000:c2:00.0",
        "0000:c1:01.0",
        "0000:c1:00.1",
    ] {
        assert!(Bus::parse(other).is_some());
        assert_ne!(Bus::parse(other), bus, "{other}");
    }
    for none in [
        "",
        "c1",
        "0000:c1:00",
        "0000:+1:00.0",
        "0000:zz:00.0",
        "a:b:c:0.0",
    ] {
        assert_eq!(Bus::parse(none), None, "{none}");
    }
}

#[test]
fn nvmls_list_is_matched_by_bus_id_alone() {
    let list = [
        listed("00000000:C1:00.0", 0x2330),
        listed("00000000:01:00.0", 0x2330),
        listed("00010000:01:00.0", 0x2330),
    ];
    let found = |bus| pick(&list, &adapter(Some(bus)));
    assert_eq!(found("0000:01:00.0"), Ok(1));
    assert_eq!(found("0000:c1:00.0"), Ok(0));
    assert_eq!(found("10000:01:00.0"), Ok(2));
    assert!(found("0000:02:00.0").is_err());
    assert!(found("?").unwrap_err().contains("'?' is no PCI bus id"));
}

#[test]
fn a_gpu_at_another_bus_id_is_not_taken_though_it_is_the_only_one() {
    let list = [listed("00000000:01:00.0", 0x2330)];
    assert!(pick(&list, &adapter(Some("0000:02:00.0"))).is_err());
}

#[test]
fn without_a_bus_id_the_only_gpu_of_both_ids_is_taken() {
    let list = [
        listed("00000000:01:00.0", 0x20b0),
        listed("00000000:02:00.0", 0x2330),
    ];
    assert_eq!(pick(&list, &adapter(None)), Ok(1));
    assert!(pick(&list[..1], &adapter(None)).is_err());
    let several = [list[1], listed("00000000:03:00.0", 0x2330)];
    assert!(pick(&several, &adapter(None)).is_err());
    // One that doesn't say where it is may be like the adapter.
    let hidden = Listed {
        bus: None,
        ..list[1]
    };
    assert!(pick(&[list[1], hidden], &adapter(None)).is_err());
    assert_eq!(
        pick(&[hidden, list[1]], &adapter(Some("0000:02:00.0"))),
        Ok(1)
    );
}

#[test]
fn dx12s_bus_id_is_only_as_good_as_the_ids_it_was_found_by() {
    let mut info = adapter(Some("0000:01:00.0"));
    info.backend = "dx12".into();
    let list = [
        listed("00000000:01:00.0", 0x2330),
        listed("00000000:02:00.0", 0x2330),
    ];
    assert!(pick(&list, &info).is_err());
    assert_eq!(pick(&list[1..], &info), Ok(0));
}

#[test]
fn adapters_that_have_no_sensors_say_why() {
    let reason = |info: &DeviceInfo| sensors(info).err().unwrap();
    let mut info = adapter(None);
    info.device_type = DeviceType::Cpu;
    assert!(reason(&info).contains("software adapter"));
    info.device_type = DeviceType::Integrated;
    info.backend = "metal".into();
    assert!(reason(&info).contains("macOS"));
    if cfg!(not(target_vendor = "apple")) {
        info.backend = "vulkan".into();
        // Without NVIDIA's library, or with it but without such a card.
        info.pci_bus_id = Some("00ff:ff:1f.0".into());
        let nvidia = reason(&info);
        let none = [
            "library isn't installed",
            "at the adapter's PCI bus id",
            "NVML",
        ];
        assert!(none.iter().any(|part| nvidia.contains(part)), "{nvidia}");
        info.vendor_id = 0x5143;
        assert!(reason(&info).contains("0x5143"));
        let root = tempfile::tempdir().unwrap();
        for vendor in [AMD, INTEL] {
            info.vendor_id = vendor;
            let reason = sensors_under(&info, root.path()).err().unwrap();
            assert!(reason.contains("no /sys/class/drm"), "{reason}");
        }
    }
}

#[test]
fn nvml_without_a_gpu_at_the_bus_is_a_reason() {
    // Bus ff:1f of domain ffff has no GPU, with the library or without.
    let found = sensors(&adapter(Some("ffff:ff:1f.0")));
    assert!(!found.err().unwrap().is_empty());
}

#[test]
fn limiters_that_spoil_are_those_of_heat_and_power_supply() {
    use Limiter::*;
    for limiter in [
        HardwareSlowdown,
        HardwareThermal,
        HardwarePowerBrake,
        SoftwareThermal,
    ] {
        assert!(limiter.spoils(), "{limiter:?}");
    }
    let normal = [
        Idle,
        ApplicationClocks,
        SoftwarePowerCap,
        SyncBoost,
        DisplayClocks,
        Unknown,
    ];
    for limiter in normal {
        assert!(!limiter.spoils(), "{limiter:?}");
    }
}

#[test]
fn nvmls_mask_is_told_bit_by_bit() {
    use Limiter::*;
    let bits = [
        (0x1, Idle),
        (0x2, ApplicationClocks),
        (0x4, SoftwarePowerCap),
        (0x8, HardwareSlowdown),
        (0x10, SyncBoost),
        (0x20, SoftwareThermal),
        (0x40, HardwareThermal),
        (0x80, HardwarePowerBrake),
        (0x100, DisplayClocks),
        (1 << 40, Unknown),
    ];
    for (mask, limiter) in bits {
        assert_eq!(nvml::limiters(mask), [limiter], "{mask:#x}");
    }
    assert_eq!(nvml::limiters(0), []);
    assert_eq!(nvml::limiters(0x48), [HardwareSlowdown, HardwareThermal]);
}

fn limited(at_seconds: f64, limits: &[Limiter]) -> Reading {
    Reading {
        at_seconds,
        limits: limits.to_vec(),
        ..Reading::default()
    }
}

#[test]
fn a_sample_is_spoilt_by_readings_inside_and_beside_it() {
    use Limiter::*;
    let readings = [
        limited(0.0, &[SoftwarePowerCap]),
        limited(1.0, &[SoftwarePowerCap, HardwareSlowdown, HardwareThermal]),
        limited(1.1, &[]),
        limited(1.2, &[SoftwareThermal]),
        limited(1.3, &[Idle]),
    ];
    let spoilt = |from, to| spoilt(&readings, from, to);
    assert_eq!(spoilt(0.95, 1.05), Some(HardwareThermal));
    assert_eq!(spoilt(1.02, 1.03), Some(HardwareThermal));
    assert_eq!(spoilt(1.12, 1.18), Some(SoftwareThermal));
    assert_eq!(spoilt(1.32, 1.4), None);
    assert_eq!(spoilt(0.6, 0.7), Some(HardwareThermal));
    // Too far away to speak for it.
    assert_eq!(spoilt(0.1, 0.4), None);
    assert_eq!(spoilt(5.0, 6.0), None);
    assert_eq!(
        super::spoilt(&[limited(0.0, &[HardwareSlowdown])], 0.0, 0.0),
        Some(HardwareSlowdown)
    );
    assert_eq!(super::spoilt(&[], 0.0, 9.0), None);
    let slow = [limited(0.0, &[HardwareSlowdown])];
    assert_eq!(super::spoilt(&slow, 0.4, 0.45), Some(HardwareSlowdown));
    assert_eq!(super::spoilt(&slow, 0.6, 0.7), None);
}

#[test]
fn the_power_caps_share_is_of_all_readings() {
    use Limiter::*;
    let capped = limited(0.0, &[SoftwarePowerCap]);
    let free = limited(0.1, &[]);
    let hot = limited(0.2, &[SoftwareThermal]);
    let readings = [capped.clone(), capped, free.clone(), free];
    assert_eq!(power_capped_share(&readings, None), Some(0.5));
    assert_eq!(power_capped_share(&[hot], None), Some(0.0));
}

#[test]
fn a_limiter_that_reads_idle_or_nothing_is_unknown() {
    let idle = limited(0.0, &[Limiter::Idle]);
    let nothing = limited(0.1, &[]);
    let nameless = limited(0.2, &[Limiter::Unknown]);
    assert_eq!(power_capped_share(&[], None), None);
    assert_eq!(power_capped_share(&[idle, nothing, nameless], None), None);
}

fn powered(at_seconds: f64, watts: f64) -> Reading {
    Reading {
        at_seconds,
        watts: Some(watts),
        ..Reading::default()
    }
}

#[test]
fn power_and_clock_tell_a_cap_where_limiters_do_not() {
    let limit = Some(PowerLimit {
        watts: 700.0,
        most_hertz: 1.98e9,
    });
    let reading = |watts: f64, hertz: f64, limits: &[Limiter]| Reading {
        sm_hertz: Some(hertz),
        limits: limits.to_vec(),
        ..powered(0.0, watts)
    };
    let held = reading(690.0, 1.4e9, &[Limiter::Idle]);
    let fast = reading(690.0, 1.98e9, &[Limiter::Idle]);
    let cool = reading(500.0, 1.4e9, &[Limiter::Idle]);
    let share = |readings: &[Reading]| power_capped_share(readings, limit);
    let all = [held.clone(), held.clone(), fast, cool];
    assert_eq!(share(&all), Some(0.5));
    assert_eq!(power_capped_share(&all, None), None);
    // One limiter of another kind takes nothing from what power and clock say.
    let foreign = reading(690.0, 1.4e9, &[Limiter::ForeignProcess]);
    let slow = reading(690.0, 1.4e9, &[Limiter::HardwareSlowdown]);
    assert_eq!(share(&[held, foreign, slow]), Some(1.0));
    assert_eq!(share(&[Reading::default()]), None);
}

#[test]
fn what_is_stored_reads_back_and_holds_no_absent_field() {
    let telemetry = Telemetry {
        reading_seconds: Some(0.001),
        source: "NVML".into(),
        readings: vec![
            limited(0.5, &[Limiter::SoftwarePowerCap]),
            powered(0.6, 1.0),
        ],
        energy: None,
        missing: BTreeMap::new(),
    };
    let text = serde_json::to_string(&telemetry).unwrap();
    assert_eq!(
        text,
        r#"{"source":"NVML","readings":[{"at_seconds":0.5,"limits":["software_power_cap"]},{"at_seconds":0.6,"watts":1.0}],"reading_seconds":0.001}"#
    );
    assert_eq!(serde_json::from_str::<Telemetry>(&text).unwrap(), telemetry);
    let unknown = r#"{"source":"NVML","readings":[],"amperes":1}"#;
    assert!(serde_json::from_str::<Telemetry>(unknown).is_err());
    assert_eq!(serde_json::to_string(&Counters::default()).unwrap(), "{}");
    assert_eq!(serde_json::to_string(&Gpu::default()).unwrap(), "{}");
}

#[test]
fn scripts_give_their_values_out_in_turn_and_keep_the_last() {
    let mut sensors = Scripted {
        readings: VecDeque::from([powered(0.0, 1.0), powered(0.0, 2.0)]),
        joules: VecDeque::from([3.0, 4.0]),
        ..Scripted::default()
    };
    let watts: Vec<_> = (0..3).map(|_| sensors.read().watts).collect();
    assert_eq!(watts, [Some(1.0), Some(2.0), Some(2.0)]);
    let joules: Vec<_> = (0..3).map(|_| sensors.energy_joules()).collect();
    assert_eq!(joules, [Some(3.0), Some(4.0), Some(4.0)]);
    sensors.joules = VecDeque::new();
    assert_eq!(sensors.energy_joules(), None);
}

#[test]
fn the_governor_is_that_of_all_cpus() {
    let root = tempfile::tempdir().unwrap();
    assert!(host::governor(root.path()).is_err());
    let cpus = root.path().join("sys/devices/system/cpu");
    fs::create_dir_all(cpus.join("cpu0")).unwrap();
    fs::create_dir_all(cpus.join("cpufreq")).unwrap();
    assert!(
        host::governor(root.path())
            .unwrap_err()
            .contains("no cpufreq")
    );
    let set = |cpu: &str, word: &str| {
        let folder = cpus.join(cpu).join("cpufreq");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("scaling_governor"), word).unwrap();
    };
    set("cpu0", "performance\n");
    set("cpu11", "performance\n");
    assert_eq!(host::governor(root.path()), Ok("performance".into()));
    set("cpu2", "powersave\n");
    assert_eq!(
        host::governor(root.path()),
        Ok("performance, powersave".into())
    );
}

#[test]
fn containers_are_known_by_their_marks() {
    let found = |file: &str, content: &str, variable: (&str, &str)| {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        let (name, value) = variable;
        host::container(root.path(), |asked| (asked == name).then(|| value.into()))
    };
    let none = ("", "");
    let group = "proc/1/cgroup";
    let is = |found: Option<String>, wanted: Option<&str>| assert_eq!(found.as_deref(), wanted);
    is(found(group, "0::/init.scope", none), None);
    is(found(".dockerenv", "", none), Some("docker"));
    is(found("run/.containerenv", "", none), Some("podman"));
    is(found(group, "12:cpu:/docker/0a1b", none), Some("docker"));
    is(found(group, "12:cpu:/lxc/box", none), Some("lxc"));
    is(
        found(group, "1:name=systemd:/libpod_parent/x", none),
        Some("podman"),
    );
    is(
        found(group, "11:cpu:/kubepods/besteffort/x", none),
        Some("kubernetes"),
    );
    is(found(group, "0::/", ("container", "lxc")), Some("lxc"));
    is(found(group, "0::/", ("container", "")), None);
    let pod = ("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    is(found(".dockerenv", "", pod), Some("kubernetes"));
}

#[cfg(unix)]
#[test]
fn only_the_first_namespace_sees_all_processes() {
    let root = tempfile::tempdir().unwrap();
    assert!(!host::sees_all_processes(root.path()));
    let folder = root.path().join("proc/self/ns");
    fs::create_dir_all(&folder).unwrap();
    for (name, all) in [("pid:[4026531836]", true), ("pid:[4026532198]", false)] {
        let link = folder.join("pid");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(name, &link).unwrap();
        assert_eq!(host::sees_all_processes(root.path()), all, "{name}");
    }
}
