//! `suanli devices`: what can be measured here, with the index `--device` takes.

use crate::device::DeviceInfo;
use crate::error::Result;
use crate::figure::word;
use crate::gpu::{self, Adapter};

use super::args::DevicesArgs;
use super::target::adapters;
use super::terminal;

/// Prints the list.
///
/// # Errors
///
/// [`crate::error::Error::NoAdapter`] where there is nothing to list; with `--json` that is an empty list.
pub fn devices(args: &DevicesArgs) -> Result<u8> {
    let backend = args.backend.as_deref();
    let text = if args.json {
        terminal::json(&infos(&gpu::adapters(backend)?))
    } else {
        text(&infos(&adapters(backend)?))
    };
    terminal::print(&text)?;
    Ok(0)
}

fn infos(adapters: &[Adapter]) -> Vec<&DeviceInfo> {
    adapters.iter().map(Adapter::info).collect()
}

fn text(infos: &[&DeviceInfo]) -> String {
    let heading = ["", "device", "backend", "type", "bus", "driver", "features"];
    let mut rows = vec![heading.map(String::from).to_vec()];
    for (index, info) in infos.iter().enumerate() {
        let features: Vec<String> = info.features.iter().map(word).collect();
        let driver = format!("{} {}", info.driver, info.driver_info);
        rows.push(vec![
            index.to_string(),
            info.name.clone(),
            info.backend.clone(),
            word(&info.device_type),
            info.pci_bus_id.clone().unwrap_or_else(|| "-".into()),
            driver.trim().into(),
            features.join(" "),
        ]);
    }
    terminal::columns(&rows)
}
