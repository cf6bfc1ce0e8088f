//! `suanli devices`: what can be measured here, with the index `--device` takes.

use crate::device::DeviceInfo;
use crate::error::{Error, Result};
use crate::figure::word;
use crate::gpu::{self, Adapter};

use super::args::DevicesArgs;
use super::terminal;

/// Prints the list.
///
/// # Errors
///
/// [`Error::NoAdapter`] where there is nothing to list; with `--json` that is an empty list.
pub fn devices(args: &DevicesArgs) -> Result<u8> {
    let adapters = gpu::adapters(args.backend.as_deref())?;
    let infos: Vec<&DeviceInfo> = adapters.iter().map(Adapter::info).collect();
    if args.json {
        return terminal::print(&terminal::json(&infos)).map(|()| 0);
    }
    if infos.is_empty() {
        return Err(Error::NoAdapter {
            why: "no backend of this system offers one".into(),
        });
    }
    terminal::print(&text(&infos))?;
    Ok(0)
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
