//! `--resume`: a run that was cut goes on only where it was, as it was; what is there is kept.

use crate::cases::Planned;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::figure::word;
use crate::results::{Record, Results};

use super::request::Cut;

/// Puts the records of `cut` into `fresh`, the head of a run that is about to start, and takes what is
/// recorded out of `plan`.
///
/// # Errors
///
/// [`Error::Usage`] naming the fields in which the two runs differ.
pub fn resume(cut: &Cut, fresh: &mut Results, plan: &mut Vec<Planned>) -> Result<()> {
    if cut.results.settings.custom_shaders || fresh.settings.custom_shaders {
        return Err(Error::usage(
            format!("--resume {}", cut.path.display()),
            "a run with --shaders can't be resumed: the file doesn't hold the templates",
            "begin a new run",
        ));
    }
    if cut.results.concurrent.is_some() {
        return Err(Error::usage(
            format!("--resume {}", cut.path.display()),
            "a run beside other devices can't be resumed: they are done",
            "begin a new run",
        ));
    }
    let differing = differences(&cut.results, fresh);
    if !differing.is_empty() {
        return Err(Error::usage(
            format!("--resume {}", cut.path.display()),
            format!("this run differs in {}", differing.join("; ")),
            "give the options, device and build it was begun with, or begin a new run",
        ));
    }
    *fresh = cut.results.clone();
    plan.retain(|planned| !is_recorded(fresh, planned));
    Ok(())
}

fn is_recorded(results: &Results, planned: &Planned) -> bool {
    let (kernel, params) = planned.asks();
    let mut records = results.records.iter();
    let tiled = |record: &Record| params.tile.is_none() || record.params.tile == params.tile;
    records
        .any(|record| record.kernel == kernel && record.params.asks_same(params) && tiled(record))
}

fn words<T: Serialize>(list: &[T]) -> String {
    let words: Vec<String> = list.iter().map(word).collect();
    words.join(",")
}

/// One file has one head: every record in it must be true of that head.
fn differences(there: &Results, here: &Results) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |field: &str, there: String, here: String| {
        if there != here {
            found.push(format!("{field} (there {there}, here {here})"));
        }
    };
    let each = |results: &Results| {
        let (device, settings, tool) = (&results.device, &results.settings, &results.tool);
        [
            ("device.name", device.name.clone()),
            ("device.device_type", word(&device.device_type)),
            ("device.features", format!("{:?}", device.features)),
            ("device.limits", format!("{:?}", device.limits)),
            ("device.backend", device.backend.clone()),
            ("device.pci_bus_id", format!("{:?}", device.pci_bus_id)),
            ("device.driver", device.driver.clone()),
            ("device.driver_info", device.driver_info.clone()),
            ("host.cpu", format!("{:?}", results.host.cpu)),
            (
                "host.memory_bytes",
                format!("{:?}", results.host.memory_bytes),
            ),
            ("suite.name", results.suite.name.clone()),
            ("suite.sha256", results.suite.sha256.clone()),
            ("settings.seed", settings.seed.to_string()),
            ("settings.modes", words(&settings.modes)),
            ("settings.data", words(&settings.data)),
            ("settings.only", format!("{:?}", settings.only)),
            ("settings.sizes", format!("{:?}", settings.sizes)),
            ("settings.shapes", format!("{:?}", settings.shapes)),
            ("settings.budget", format!("{:?}", settings.budget)),
            (
                "settings.burst_budget",
                format!("{:?}", settings.burst_budget),
            ),
            (
                "settings.soak_seconds",
                format!("{:?}", settings.soak_seconds),
            ),
            ("settings.in_process", format!("{:?}", settings.in_process)),
            (
                "settings.params_from",
                format!("{:?}", settings.params_from),
            ),
            (
                "settings.custom_shaders",
                settings.custom_shaders.to_string(),
            ),
            ("tool.version", tool.version.clone()),
            ("tool.revision", tool.revision.clone()),
            ("tool.wgpu", tool.wgpu.clone()),
        ]
    };
    for ((field, there), (_, here)) in each(there).into_iter().zip(each(here)) {
        compare(field, there, here);
    }
    found
}
