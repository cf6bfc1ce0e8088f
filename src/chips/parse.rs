//! `table2.toml` → chips. Every refusal names chip, metric and what is wrong.

use serde::Deserialize;

use super::{Adapter, Cell, Chip, Measurable, Official, Property, Tag};
use crate::error::{Error, Result};
use crate::figure::{Engine, Format, Kind, Metric, Scope, Sparsity, word};

/// What a check says: where in the file is added on the way up.
type Checked<T = ()> = std::result::Result<T, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    chip: Vec<ChipText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChipText {
    name: String,
    vendor: String,
    vendor_en: String,
    table2: bool,
    product: String,
    aliases: Vec<String>,
    adapter: Adapter,
    measurable: Measurable,
    note: Option<String>,
    cell: Vec<CellText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CellText {
    metric: Property,
    printed: Option<String>,
    value: Option<f64>,
    kind: Option<KindText>,
    presumed: Option<KindText>,
    #[serde(default)]
    official: Vec<OfficialText>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfficialText {
    value: Option<f64>,
    text: Option<String>,
    kind: Option<KindText>,
    presumed: Option<KindText>,
    tag: Tag,
    source: String,
}

/// A kind as typed: what is left out was not stated.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct KindText {
    engine: Option<Engine>,
    storage: Option<Format>,
    arithmetic: Option<Format>,
    accumulate: Option<Format>,
    sparsity: Option<Sparsity>,
    scope: Option<Scope>,
}

/// The chips in `text`.
pub(super) fn parse(text: &str) -> Result<Vec<Chip>> {
    let wrong = |why: String| Error::Data {
        what: "chips/table2.toml".into(),
        why,
    };
    let file: File = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let mut chips: Vec<Chip> = Vec::new();
    for text in file.chip {
        let name = text.name.clone();
        if name.trim().is_empty() || chips.iter().any(|chip| chip.name == name) {
            return Err(wrong(format!("{name}: name is empty or stands twice")));
        }
        chips.push(chip(text).map_err(|why| wrong(format!("{name}: {why}")))?);
    }
    // A bare name is looked up from the front.
    chips.sort_by_key(|chip| !chip.table2);
    Ok(chips)
}

fn chip(text: ChipText) -> Checked<Chip> {
    let mut cells: Vec<Cell> = Vec::new();
    for cell_text in text.cell {
        let property = cell_text.metric;
        let at = |why: String| format!("{}: {why}", word(&property));
        if cells.iter().any(|cell| cell.property == property) {
            return Err(at("stands twice".into()));
        }
        if cell_text.printed.is_some() != (text.table2 && Property::TABLE2.contains(&property)) {
            return Err(at(
                "printed belongs to Table 2's rows and chips, and to all of them".into(),
            ));
        }
        cells.push(cell(cell_text).map_err(at)?);
    }
    cells.sort_by_key(|cell| cell.property);
    for property in Property::TABLE2 {
        if text.table2 && !cells.iter().any(|cell| cell.property == property) {
            return Err(format!("{}: is missing", word(&property)));
        }
    }
    for pci in &text.adapter.pci {
        check_pci(pci)?;
    }
    Ok(Chip {
        name: text.name,
        vendor: text.vendor,
        vendor_en: text.vendor_en,
        table2: text.table2,
        product: text.product,
        aliases: text.aliases,
        adapter: text.adapter,
        measurable: text.measurable,
        note: text.note,
        cells,
    })
}

/// PCI ids are looked up as text, so they have to have one form.
fn check_pci(pci: &str) -> Checked {
    let hex = |part: &str| {
        part.len() == 4
            && part
                .chars()
                .all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
    };
    match pci.split_once(':') {
        Some((vendor, device)) if hex(vendor) && hex(device) => Ok(()),
        _ => Err(format!("adapter: PCI id '{pci}' is not like 10de:2331")),
    }
}

fn cell(text: CellText) -> Checked<Cell> {
    let property = text.metric;
    check_printed(property, text.printed.as_deref(), text.value)?;
    let numeric = text.value.is_some() || text.official.iter().any(|o| o.value.is_some());
    if numeric && property.is_rate() && text.kind.is_none() {
        return Err("a rate needs a kind".into());
    }
    let stated = kind(property, text.kind)?;
    let presumed = presume(stated, text.presumed)?;
    let mut official = Vec::new();
    for value in text.official {
        official.push(public(property, value, stated, presumed)?);
    }
    Ok(Cell {
        property,
        printed: text.printed,
        value: text.value,
        kind: stated,
        presumed,
        official,
        note: text.note,
    })
}

/// A number that is printed is given as a value too, and it is the printed one.
fn check_printed(property: Property, printed: Option<&str>, value: Option<f64>) -> Checked {
    let number = printed.and_then(|text| {
        let digits = match property {
            Property::Int8 => text.strip_suffix("TOPS").unwrap_or(text).trim(),
            _ => text,
        };
        digits.parse::<f64>().ok()
    });
    let expected = number.filter(|_| property.unit().is_some());
    if expected == value {
        return Ok(());
    }
    let say = |value: Option<f64>| value.map_or("no number".into(), |v| v.to_string());
    Err(format!(
        "value is {} where printed '{}' says {}",
        say(value),
        printed.unwrap_or_default(),
        say(expected)
    ))
}

fn public(
    property: Property,
    text: OfficialText,
    cell_kind: Option<Kind>,
    cell_presumed: Option<Kind>,
) -> Checked<Official> {
    if text.source.trim().is_empty() {
        return Err("an official value needs a source".into());
    }
    match text.value {
        Some(value) if !(value.is_finite() && value > 0.0) => {
            return Err(format!("official {value} is not a positive number"));
        }
        Some(value) if property.unit().is_none() => {
            return Err(format!(
                "official {value} is a number, the property is words"
            ));
        }
        None if text.text.is_none() => return Err("official has neither value nor text".into()),
        _ => {}
    }
    let (stated, presumed) = match text.kind {
        Some(own) => {
            let stated = kind(property, Some(own))?;
            (stated, presume(stated, text.presumed)?)
        }
        None if text.presumed.is_some() => {
            return Err("official presumes without a kind of its own".into());
        }
        None => (cell_kind, cell_presumed),
    };
    Ok(Official {
        value: text.value,
        text: text.text,
        kind: stated,
        presumed,
        tag: text.tag,
        source: text.source,
    })
}

/// The stated kind. A vector rate is dense and accumulates in its own format unless stated.
fn kind(property: Property, text: Option<KindText>) -> Checked<Option<Kind>> {
    if !property.is_rate() {
        let plain = |metric| Some(Kind::plain(metric).at(Scope::Card));
        return match (text, property) {
            (Some(_), _) => Err("only rates have a kind with engine and formats".into()),
            (None, Property::Memory) => Ok(plain(Metric::Capacity)),
            (None, Property::Bandwidth) => Ok(plain(Metric::Bandwidth)),
            (None, Property::Power) => Ok(plain(Metric::Power)),
            (None, _) => Ok(None),
        };
    }
    let Some(text) = text else { return Ok(None) };
    let storage = text.storage.ok_or("kind without storage format")?;
    if !formats(property).contains(&storage) {
        return Err(format!(
            "kind stores {}, which is not what the property counts",
            word(&storage)
        ));
    }
    let engine = text.engine.unwrap_or(Engine::Unspecified);
    let vector = engine == Engine::Vector;
    let own = if vector { storage } else { Format::Unspecified };
    let sparsity = if vector {
        Sparsity::Dense
    } else {
        Sparsity::Unspecified
    };
    Ok(Some(Kind {
        metric: Metric::Rate,
        engine: Some(engine),
        storage: Some(storage),
        arithmetic: Some(text.arithmetic.unwrap_or(storage)),
        accumulate: Some(text.accumulate.unwrap_or(own)),
        sparsity: Some(text.sparsity.unwrap_or(sparsity)),
        scope: text.scope.unwrap_or(Scope::Card),
    }))
}

/// The storage formats a property's rates may have.
fn formats(property: Property) -> &'static [Format] {
    match property {
        Property::Fp32 => &[Format::F32],
        Property::Fp16 | Property::Fp16Matrix => &[Format::F16, Format::Bf16],
        Property::Int8 => &[Format::I8],
        Property::Fp64 => &[Format::F64],
        Property::Tf32Matrix => &[Format::Tf32],
        _ => &[],
    }
}

/// The kind with the presumed fields filled in; a stated field can't be presumed.
fn presume(stated: Option<Kind>, text: Option<KindText>) -> Checked<Option<Kind>> {
    let Some(text) = text else { return Ok(None) };
    let mut kind = stated.ok_or("presumed without a kind")?;
    if text.storage.is_some() || text.arithmetic.is_some() || text.scope.is_some() {
        return Err("presumed may fill engine, accumulate and sparsity only".into());
    }
    fill("engine", &mut kind.engine, text.engine, Engine::Unspecified)?;
    fill(
        "accumulate",
        &mut kind.accumulate,
        text.accumulate,
        Format::Unspecified,
    )?;
    fill(
        "sparsity",
        &mut kind.sparsity,
        text.sparsity,
        Sparsity::Unspecified,
    )?;
    Ok(Some(kind))
}

fn fill<T: PartialEq>(
    name: &str,
    field: &mut Option<T>,
    presumed: Option<T>,
    unspecified: T,
) -> Checked {
    if presumed.is_none() {
        return Ok(());
    }
    if *field != Some(unspecified) {
        return Err(format!("presumed {name} is already stated"));
    }
    *field = presumed;
    Ok(())
}
