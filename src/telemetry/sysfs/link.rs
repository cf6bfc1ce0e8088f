//! The PCIe link of a card, which need not be the one of its GPU.

use std::path::{Path, PathBuf};

use super::{id, number, text};

/// Class of a PCI-to-PCI bridge, of which the last byte is the interface.
const BRIDGE: u32 = 0x06_0400;

/// The end of the link that goes to the slot.
///
/// AMD's and Intel's cards have a switch of their own before the GPU (a bridge down under a bridge up, both of the GPU's
/// vendor), and the GPU's link is the inner one: Intel's says 2.5 GT/s × 1 in any slot. The switch's upper bridge
/// has the slot's link.
pub(super) fn slot(device: &Path) -> PathBuf {
    let Ok(device) = device.canonicalize() else {
        return device.into();
    };
    let vendor = id(&device.join("vendor"));
    let inner = |folder: &Path| {
        id(&folder.join("vendor")) == vendor && id(&folder.join("class")) & 0xff_ff00 == BRIDGE
    };
    let mut above = device.ancestors().skip(1);
    match (above.next(), above.next()) {
        (Some(down), Some(up)) if inner(down) && inner(up) => up.into(),
        _ => device,
    }
}

/// The generation a speed stands for: the file says `16.0 GT/s PCIe`.
///
/// Source: PCI Express Base Specification; 2.5, 5, 8, 16, 32, 64 GT/s are generations 1 to 6.
pub(super) fn generation(path: &Path) -> Result<u32, String> {
    let speed = text(path)?;
    let rate = speed.split_whitespace().next();
    let rate: Option<f64> = rate.and_then(|rate| rate.parse().ok());
    let rates = [2.5, 5.0, 8.0, 16.0, 32.0, 64.0];
    let place = rates.iter().position(|known| Some(*known) == rate);
    place
        .and_then(|place| u32::try_from(place + 1).ok())
        .ok_or_else(|| format!("'{speed}' is no speed of a PCIe generation"))
}

/// The number of lanes: 0 stands for an unknown width.
pub(super) fn width(path: &Path) -> Result<u32, String> {
    let lanes = number(path)? as u32;
    if !(1..=32).contains(&lanes) {
        return Err(format!("{lanes} is no number of PCIe lanes"));
    }
    Ok(lanes)
}
