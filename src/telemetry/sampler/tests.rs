//! The sampler on scripted and faulty sensors.

use super::*;
use crate::telemetry::{Counters, Gpu, Limiter};

fn powered(at_seconds: f64, watts: f64) -> Reading {
    Reading {
        at_seconds,
        watts: Some(watts),
        ..Reading::default()
    }
}

#[test]
fn power_is_integrated_by_trapezoids() {
    let readings = [
        powered(1.0, 100.0),
        powered(2.0, 200.0),
        Reading {
            at_seconds: 2.5,
            ..Reading::default()
        },
        powered(4.0, 300.0),
    ];
    assert_eq!(integrate(&readings), Some((150.0 + 500.0, 3.0)));
    assert_eq!(integrate(&readings[..1]), None);
    assert_eq!(integrate(&readings[1..3]), None);
    assert_eq!(integrate(&[]), None);
}

fn scripted(readings: &[Reading], joules: &[f64]) -> Scripted {
    Scripted {
        source: "script".into(),
        readings: readings.iter().cloned().collect(),
        joules: joules.iter().copied().collect(),
        ..Scripted::default()
    }
}

const SHORT: Duration = Duration::from_millis(1);

/// Waits until the log shows something, however busy the machine is.
fn wait_for(sampler: &Sampler, shows: impl Fn(&Log) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !shows(&lock(&sampler.log)) {
        assert!(Instant::now() < deadline, "{:?}", lock(&sampler.log));
        thread::sleep(SHORT);
    }
}

/// Telemetry of sensors read until their scripts have ended, and at least three times.
fn sampled(sensors: Scripted) -> Telemetry {
    let ticks = sensors.readings.len().max(sensors.joules.len()).max(3);
    let silent = sensors.readings.is_empty();
    let sampler = Sampler::begin(Box::new(sensors), SHORT);
    wait_for(&sampler, |log| silent || log.readings.len() >= ticks);
    sampler.stop().0
}

#[test]
fn the_energy_counter_is_preferred_and_its_changes_are_counted() {
    let readings = [powered(0.0, 50.0), powered(0.0, 70.0)];
    let telemetry = sampled(scripted(&readings, &[1000.0, 1010.0, 1010.0, 1025.0]));
    let energy = telemetry.energy.unwrap();
    assert_eq!(energy.joules, 25.0);
    assert_eq!(energy.updates, 2);
    assert_eq!(energy.source, "script, energy counter");
    assert!(energy.seconds > 0.0 && energy.seconds < 60.0);
    assert!(telemetry.missing.is_empty(), "{:?}", telemetry.missing);
    assert_eq!(telemetry.source, "script");
}

#[test]
fn readings_carry_the_samplers_time_in_order() {
    let telemetry = sampled(scripted(&[powered(99.0, 50.0)], &[]));
    let times: Vec<_> = telemetry
        .readings
        .iter()
        .map(|one| one.at_seconds)
        .collect();
    assert!(times.len() > 2, "{times:?}");
    assert!(times.is_sorted() && times[0] >= 0.0, "{times:?}");
    assert!(times.iter().all(|time| *time < 60.0), "{times:?}");
}

#[test]
fn without_a_counter_that_moves_power_is_integrated() {
    for joules in [&[][..], &[5.0], &[9.0, 5.0]] {
        let telemetry = sampled(scripted(&[powered(0.0, 50.0)], joules));
        let energy = telemetry.energy.unwrap();
        assert_eq!(energy.source, "script, power, integrated");
        let watts = energy.joules / energy.seconds;
        assert!((watts - 50.0).abs() < 1e-6, "{watts}");
        assert_eq!(energy.updates, 0);
    }
}

#[test]
fn without_counter_and_power_there_is_a_reason() {
    let hot = Reading {
        celsius: Some(60.0),
        ..Reading::default()
    };
    let reason = |joules| {
        let telemetry = sampled(scripted(std::slice::from_ref(&hot), joules));
        assert_eq!(telemetry.energy, None);
        assert!(!telemetry.readings.is_empty());
        telemetry.missing["energy"].clone()
    };
    assert!(reason(&[]).contains("no energy counter"));
    assert!(reason(&[5.0]).contains("didn't move"));
    assert!(reason(&[9.0, 5.0]).contains("backwards"));
}

#[test]
fn sensors_that_say_nothing_leave_no_readings_but_a_reason() {
    let telemetry = sampled(scripted(&[], &[]));
    assert!(telemetry.readings.is_empty());
    assert_eq!(telemetry.missing["readings"], "no sensor said anything");
}

#[test]
fn stopping_gives_the_sensors_back() {
    let sensors = scripted(&[powered(0.0, 50.0)], &[]);
    let (_, mut back) = Sampler::begin(Box::new(sensors), Duration::from_secs(3600)).stop();
    assert_eq!(back.source(), "script");
    assert_eq!(back.read().watts, Some(50.0));
    let (telemetry, _) = Sampler::begin(back, Duration::from_secs(3600)).stop();
    // One at the beginning and one at the end.
    assert_eq!(telemetry.readings.len(), 2);
}

/// Sensors that go wrong at the third reading.
struct Faulty {
    left: u32,
    fault: fn(),
}

impl Sensors for Faulty {
    fn source(&self) -> String {
        "faulty".into()
    }
    fn energy_source(&self) -> String {
        String::new()
    }
    fn power_source(&self) -> String {
        String::new()
    }
    fn read(&mut self) -> Reading {
        if self.left == 0 {
            (self.fault)();
        }
        self.left = self.left.saturating_sub(1);
        powered(0.0, 50.0)
    }
    fn energy_joules(&mut self) -> Option<f64> {
        None
    }
    fn counters(&mut self) -> Counters {
        Counters::default()
    }
    fn gpu(&mut self) -> Gpu {
        Gpu::default()
    }
}

#[test]
fn a_sensor_that_panics_ends_only_the_sampler() {
    let sensors = Faulty {
        left: 2,
        fault: || panic!("scripted"),
    };
    let sampler = Sampler::begin(Box::new(sensors), SHORT);
    wait_for(&sampler, |log| log.ended.is_some());
    let (telemetry, sensors) = sampler.stop();
    assert_eq!(telemetry.readings.len(), 2);
    assert_eq!(
        telemetry.missing["readings"],
        "a sensor failed while it was read"
    );
    assert!(telemetry.energy.is_some());
    assert_eq!(sensors.source(), "faulty");
}

#[test]
fn a_sensor_that_hangs_holds_nothing_up() {
    let sensors = Faulty {
        left: 2,
        fault: || thread::sleep(Duration::from_secs(3600)),
    };
    let sampler = Sampler::begin(Box::new(sensors), SHORT);
    wait_for(&sampler, |log| log.readings.len() == 2);
    let stopping = Instant::now();
    let (telemetry, mut sensors) = sampler.stop_within(SHORT * 50);
    assert!(stopping.elapsed() < GRACE);
    assert_eq!(telemetry.readings.len(), 2);
    assert!(telemetry.missing["readings"].contains("no answer for 0.05 s"));
    assert_eq!(sensors.source(), "faulty, hung");
    assert!(sensors.read().is_empty());
}

#[test]
fn the_number_of_readings_is_bounded_and_no_limiter_is_lost() {
    let mut log = Log::default();
    let many = 5 * MOST + 3;
    for tick in 0..many {
        let mut reading = powered(tick as f64, (tick % 2) as f64);
        if tick % 1000 == 999 {
            reading.limits.push(Limiter::HardwareThermal);
        }
        log.add(reading, None, Duration::ZERO);
        assert!(log.readings.len() < MOST);
    }
    // Every eighth is kept, after three halvings.
    let step = 8.0;
    assert!(log.readings.len() > MOST / 2);
    for (place, reading) in log.readings.iter().enumerate() {
        assert_eq!(reading.at_seconds, place as f64 * step);
        let covered = (place * 8..place * 8 + 8).any(|tick| tick % 1000 == 999 && tick < many);
        assert_eq!(reading.limits.len(), usize::from(covered), "{reading:?}");
    }
    assert_eq!(log.power_updates as usize, many - 1);
}
