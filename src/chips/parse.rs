//! A TOML file → chips. Every refusal names chip, metric, what is wrong, and the line.

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::{Adapter, Cell, Chip, Measurable, Official, Property, Tag};
use crate::figure::{Engine, Format, Kind, Metric, Scope, Sparsity, word};

/// What is wrong, and where in the text, as a byte offset.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fault {
    at: Option<usize>,
    why: String,
}

impl<T: Into<String>> From<T> for Fault {
    fn from(why: T) -> Self {
        Self {
            at: None,
            why: why.into(),
        }
    }
}

impl Fault {
    /// The same, named, and placed at `offset` where it has no place yet.
    fn of(self, name: &str, offset: usize) -> Self {
        Self {
            at: self.at.or(Some(offset)),
            why: format!("{name}: {}", self.why),
        }
    }
}

/// What a check says: name and place are added on the way up.
type Checked<T = ()> = Result<T, Fault>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// When the public values were gathered, where they don't say otherwise.
    gathered: Spanned<String>,
    #[serde(default)]
    chip: Vec<Spanned<ChipText>>,
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
    #[serde(default)]
    cell: Vec<Spanned<CellText>>,
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
    official: Vec<Spanned<OfficialText>>,
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
    date: Option<String>,
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

/// Why a text holds no chips, and in which line, from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The line, where one is to blame.
    pub line: Option<usize>,
    /// Chip, metric and reason.
    pub why: String,
}

/// The chips in `text`, in its order.
pub(super) fn parse(text: &str) -> Result<Vec<Chip>, Refusal> {
    let line = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
    let refused = |fault: Fault| Refusal {
        line: fault.at.map(line),
        why: fault.why,
    };
    let file: File = toml::from_str(text).map_err(|error| Refusal {
        line: error.span().map(|span| line(span.start)),
        why: error.message().into(),
    })?;
    let since = file.gathered.span().start;
    let gathered = dated(file.gathered.into_inner());
    let gathered = gathered.map_err(|fault| refused(fault.of("gathered", since)))?;
    let mut chips: Vec<Chip> = Vec::new();
    for spanned in file.chip {
        let at = spanned.span().start;
        let text = spanned.into_inner();
        let name = text.name.clone();
        if name.trim().is_empty() || chips.iter().any(|chip| chip.name == name) {
            let fault = Fault::from("name is empty or stands twice");
            return Err(refused(fault.of(&name, at)));
        }
        let made = chip(text, &gathered).map_err(|fault| refused(fault.of(&name, at)))?;
        chips.push(made);
    }
    Ok(chips)
}

fn chip(text: ChipText, gathered: &str) -> Checked<Chip> {
    let cells = cells(text.cell, text.table2, gathered)?;
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

/// The cells of a chip: each property once, and in Table 2 all of its rows.
fn cells(texts: Vec<Spanned<CellText>>, table2: bool, gathered: &str) -> Checked<Vec<Cell>> {
    let mut cells: Vec<Cell> = Vec::new();
    for spanned in texts {
        let at = spanned.span().start;
        let text = spanned.into_inner();
        let property = text.metric;
        let placed = |fault: Fault| fault.of(&word(&property), at);
        if cells.iter().any(|cell| cell.property == property) {
            return Err(placed("stands twice".into()));
        }
        if text.printed.is_some() != (table2 && Property::TABLE2.contains(&property)) {
            let why = "printed belongs to Table 2's rows and chips, and to all of them";
            return Err(placed(why.into()));
        }
        cells.push(cell(text, gathered).map_err(placed)?);
    }
    cells.sort_by_key(|cell| cell.property);
    for property in Property::TABLE2 {
        if table2 && !cells.iter().any(|cell| cell.property == property) {
            return Err(format!("{}: is missing", word(&property)).into());
        }
    }
    Ok(cells)
}

/// A date in the one form that sorts: 2026-11-22.
fn dated(text: String) -> Checked<String> {
    match text.parse::<Date>() {
        Ok(date) if date.to_string() == text => Ok(text),
        _ => Err(format!("'{text}' is no date like 2026-11-22").into()),
    }
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
        _ => Err(format!("adapter: PCI id '{pci}' is not like 10de:2331").into()),
    }
}

fn cell(text: CellText, gathered: &str) -> Checked<Cell> {
    let property = text.metric;
    check_printed(property, text.printed.as_deref(), text.value)?;
    let mut public = text.official.iter().map(Spanned::get_ref);
    let numeric = text.value.is_some() || public.any(|o| o.value.is_some());
    if numeric && property.is_rate() && text.kind.is_none() {
        return Err("a rate needs a kind".into());
    }
    let stated = kind(property, text.kind)?;
    let presumed = presume(stated, text.presumed)?;
    let mut official = Vec::new();
    for spanned in text.official {
        let at = spanned.span().start;
        let value = self::public(property, spanned.into_inner(), stated, presumed, gathered);
        official.push(value.map_err(|fault| Fault {
            at: Some(at),
            ..fault
        })?);
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
    )
    .into())
}

fn public(
    property: Property,
    text: OfficialText,
    cell_kind: Option<Kind>,
    cell_presumed: Option<Kind>,
    gathered: &str,
) -> Checked<Official> {
    if text.source.trim().is_empty() {
        return Err("an official value needs a source".into());
    }
    match text.value {
        Some(value) if !(value.is_finite() && value > 0.0) => {
            return Err(format!("official {value} is not a positive number").into());
        }
        Some(value) if property.unit().is_none() => {
            return Err(format!("official {value} is a number, the property is words").into());
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
        date: text.date.map_or(Ok(gathered.into()), dated)?,
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
        )
        .into());
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
        return Err(format!("presumed {name} is already stated").into());
    }
    *field = presumed;
    Ok(())
}
