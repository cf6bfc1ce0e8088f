//! The 31 centres of the report's Table 8, and what the report says for planning.

use serde::{Deserialize, Serialize};

use super::lookup::plain;
use crate::error::{Error, Result};

const CENTRES: &str = include_str!("centres.toml");
const FIGURES: &str = include_str!("report.toml");

/// One stage of a centre, as its cell says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The words before the number; empty where there are none.
    pub label: String,
    /// PFLOPS.
    pub pflops: f64,
    /// The precision, where the text states it: four of the 31 do.
    pub precision: Option<String>,
}

/// A row of Table 8.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Centre {
    /// Region as printed.
    pub region: String,
    /// Name as printed.
    pub name: String,
    /// Location as printed.
    pub location: String,
    /// Status as printed.
    pub status: String,
    /// Computing power as printed; absent where the cell is empty.
    pub compute: Option<String>,
    /// What that says; empty without a number.
    #[serde(default)]
    pub stages: Vec<Stage>,
    /// Contradictions and doubts.
    pub note: Option<String>,
}

/// A figure of the report beside its tables of chips and centres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// What it is.
    pub name: String,
    /// In `unit`.
    pub value: f64,
    /// Of `value`.
    pub unit: String,
    /// The report's text to the letter; absent where it isn't the report's.
    pub printed: Option<String>,
    /// Section, table or other source.
    #[serde(rename = "where")]
    pub place: String,
    /// What it contradicts or agrees with.
    pub note: Option<String>,
}

/// The centres of Table 8, in its order.
///
/// # Errors
///
/// [`Error::Data`] where the data is wrong.
pub fn centres() -> Result<Vec<Centre>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        centre: Vec<Centre>,
    }
    let file: File = data("chips/centres.toml", CENTRES)?;
    Ok(file.centre)
}

/// The report's figures for planning.
///
/// # Errors
///
/// [`Error::Data`] where the data is wrong.
pub fn stated() -> Result<Vec<Stated>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        figure: Vec<Stated>,
    }
    let file: File = data("chips/report.toml", FIGURES)?;
    Ok(file.figure)
}

fn data<'a, T: Deserialize<'a>>(what: &str, text: &'a str) -> Result<T> {
    toml::from_str(text).map_err(|error| Error::Data {
        what: what.into(),
        why: error.to_string(),
    })
}

/// The centre whose name or location holds `wanted`, ignoring case and spaces.
///
/// # Errors
///
/// [`Error::Usage`] with the candidates where none or several do.
pub fn centre(wanted: &str) -> Result<Centre> {
    let all = centres()?;
    let key = plain(wanted);
    let holds = |centre: &&Centre| {
        let texts = [&centre.name, &centre.location];
        !key.is_empty() && texts.into_iter().any(|text| plain(text).contains(&key))
    };
    let hits: Vec<&Centre> = all.iter().filter(holds).collect();
    let names = |centres: &[&Centre]| {
        let names: Vec<_> = centres.iter().map(|centre| &*centre.name).collect();
        names.join(", ")
    };
    match hits[..] {
        [only] => Ok(only.clone()),
        [] => Err(Error::usage(
            format!("--target {wanted}"),
            "is neither a number of P nor a centre of Table 8",
            "give a number such as 100P, or a part of a name such as 宁波",
        )),
        _ => Err(Error::usage(
            format!("--target {wanted}"),
            "could be any of several centres",
            names(&hits),
        )),
    }
}
