//! Which chip a name or a device means.

use super::Chip;
use crate::error::{Error, Result};

/// The one of `chips` that `wanted` names, ignoring case and spaces; Table 2 wins a bare name, and a part of a name does
/// where only one chip has it.
///
/// # Errors
///
/// [`Error::ChipName`] with the candidates where none or several match.
pub fn find<'a>(chips: &'a [Chip], wanted: &str) -> Result<&'a Chip> {
    Ok(&chips[position(chips, wanted)?])
}

fn position(chips: &[Chip], wanted: &str) -> Result<usize> {
    let key = plain(wanted);
    let exact = |chip: &Chip| names(chip).any(|name| name == key);
    if let Some(at) = chips.iter().position(exact) {
        return Ok(at);
    }
    let vendor = |chip: &Chip| plain(&chip.vendor) == key || plain(&chip.vendor_en) == key;
    let part = |chip: &Chip| !key.is_empty() && names(chip).any(|name| name.contains(&key));
    let hits: Vec<_> = (0..chips.len())
        .filter(|at| part(&chips[*at]) || vendor(&chips[*at]))
        .collect();
    // Of a vendor's chips, or of names that begin alike, the report's is meant where it is one.
    let printed = hits.iter().filter(|at| chips[**at].table2);
    let printed: Vec<_> = printed.copied().collect();
    let (why, known) = match hits[..] {
        [only] => return Ok(only),
        _ if printed.len() == 1 => return Ok(printed[0]),
        [] => ("no such chip", nearest(chips, &key)),
        _ => {
            let names = hits.iter().map(|at| chips[*at].name.clone());
            ("could be any of several", names.collect())
        }
    };
    Err(Error::ChipName {
        wanted: wanted.into(),
        why: why.into(),
        known,
    })
}

/// The three chips whose names look most like `key`.
fn nearest(chips: &[Chip], key: &str) -> Vec<String> {
    let likeness = |chip: &Chip| {
        let each = names(chip).map(|name| strsim::jaro_winkler(&name, key));
        each.fold(0.0, f64::max)
    };
    let mut ranked: Vec<_> = chips.iter().map(|chip| (likeness(chip), chip)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
        .into_iter()
        .take(3)
        .map(|(_, chip)| chip.name.clone())
        .collect()
}

/// The product that a device is: by PCI id first, by its whole adapter name second.
pub fn product<'a>(
    chips: &'a [Chip],
    vendor_id: u32,
    device_id: u32,
    name: &str,
) -> Option<&'a Chip> {
    let pci = format!("{vendor_id:04x}:{device_id:04x}");
    let by_pci = |chip: &&Chip| chip.adapter.pci.contains(&pci);
    let by_name = |chip: &&Chip| {
        let mut names = chip.adapter.names.iter();
        names.any(|known| plain(known) == plain(name))
    };
    let found = chips.iter().find(by_pci);
    found.or_else(|| chips.iter().find(by_name))
}

/// A name without case and spaces.
pub(super) fn plain(text: &str) -> String {
    let letters = text.chars().filter(|letter| !letter.is_whitespace());
    letters.flat_map(char::to_lowercase).collect()
}

fn names(chip: &Chip) -> impl Iterator<Item = String> {
    let own = [&chip.name, &chip.product];
    own.into_iter().chain(&chip.aliases).map(|name| plain(name))
}
