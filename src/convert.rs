//! One P in cards, kilowatts and money, under each kind of number that a chip is sold by.
//!
//! "100 P FP16" is no quantity until somebody says which FP16: the same target is 1,283 A100 by the rate the report
//! prints, 321 by the dense rate of the matrix engine and 161 by the sparse one. So a plan has one line a kind.

use serde::Serialize;

use crate::chips::{Cell, Centre, Chip, Official, Property, Stage};
use crate::error::{Error, Result};
use crate::figure::{Basis, Figure, Format, Kind, Metric, Scope};

/// The precision a target is stated in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 64-bit floats.
    Fp64,
    /// 32-bit floats.
    Fp32,
    /// TF32.
    Tf32,
    /// 16-bit floats, either form.
    Fp16,
    /// 8-bit integers.
    Int8,
}

impl Precision {
    /// All, in the order of their bits.
    pub const ALL: [Self; 5] = [Self::Fp64, Self::Fp32, Self::Tf32, Self::Fp16, Self::Int8];

    /// The word for it: `fp16`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fp64 => "fp64",
            Self::Fp32 => "fp32",
            Self::Tf32 => "tf32",
            Self::Fp16 => "fp16",
            Self::Int8 => "int8",
        }
    }

    /// The format of its operands.
    fn format(self) -> Format {
        match self {
            Self::Fp64 => Format::F64,
            Self::Fp32 => Format::F32,
            Self::Tf32 => Format::Tf32,
            Self::Fp16 => Format::F16,
            Self::Int8 => Format::I8,
        }
    }

    /// The properties of a chip that are rates of it.
    fn properties(self) -> &'static [Property] {
        match self {
            Self::Fp64 => &[Property::Fp64],
            Self::Fp32 => &[Property::Fp32],
            Self::Tf32 => &[Property::Tf32Matrix],
            Self::Fp16 => &[Property::Fp16, Property::Fp16Matrix],
            Self::Int8 => &[Property::Int8],
        }
    }
}

/// What is to be built.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Target {
    /// PFLOPS, or POPS of integers.
    pub pflops: f64,
    /// In which precision.
    pub precision: Precision,
    /// The centre of Table 8 and its stage; absent for a number.
    pub centre: Option<String>,
    /// What the report leaves open or contradicts.
    pub doubt: Option<String>,
}

/// What is assumed: inputs, none of them a fact of a chip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assumptions {
    /// Power of a server over that of its cards.
    pub host: f64,
    /// Power of a facility over that of its servers, each a column.
    pub pue: Vec<f64>,
    /// The share of the year under full load, 0 to 1.
    pub load: f64,
    /// What a kWh costs; absent where nobody said.
    pub kwh_price: Option<f64>,
    /// What a card costs; absent where nobody said.
    pub card_price: Option<f64>,
    /// Of when the prices are and whether tax is in them, in the user's words.
    pub prices: Option<String>,
}

/// The assumptions of a plan that says nothing of them: the PUE values are the report's best, the limit of public
/// purchase from 2025 and the report's limit; servers measured draw 1.66 times what their cards do.
impl Default for Assumptions {
    fn default() -> Self {
        Self {
            host: 1.66,
            pue: vec![1.17, 1.3, 1.4],
            load: 1.0,
            kwh_price: None,
            card_price: None,
            prices: None,
        }
    }
}

/// Hours of a year.
const HOURS: f64 = 8760.0;

/// A target in cards of one chip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// What is to be built.
    pub target: Target,
    /// Of which chip.
    pub chip: String,
    /// Which product exactly.
    pub product: String,
    /// Rated power of a card in watts; absent where none or several are known.
    pub card_watts: Option<f64>,
    /// What was assumed.
    pub assumptions: Assumptions,
    /// One line a kind of number.
    pub lines: Vec<Line>,
}

/// The target by one number of the chip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Where the number comes from.
    pub basis: Basis,
    /// Its source.
    pub source: String,
    /// What it counts, as stated.
    pub kind: Option<Kind>,
    /// The same with what nobody stated filled in.
    pub presumed: Option<Kind>,
    /// TFLOPS or TOPS a card.
    pub rate: f64,
    /// Cards, or as many of what the kind's scope says where the number is not a card's.
    pub cards: u64,
    /// Power of the cards in kW.
    pub cards_kw: Option<f64>,
    /// Power of their servers in kW.
    pub servers_kw: Option<f64>,
    /// What the facility takes, one a PUE.
    pub facility: Vec<Facility>,
    /// What the cards cost.
    pub cards_cost: Option<f64>,
}

/// What a facility takes at one PUE.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facility {
    /// Its power over that of its servers.
    pub pue: f64,
    /// Power in kW.
    pub kw: f64,
    /// Energy of a year in kWh.
    pub kwh: f64,
    /// What that costs.
    pub cost: Option<f64>,
}

impl Line {
    /// How much hardware the number is for.
    pub fn scope(&self) -> Scope {
        self.kind.map_or(Scope::Card, |kind| kind.scope)
    }
}

impl Target {
    /// The last stage of a centre, in the precision that its text states, or in `typed`, which then is a doubt.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a centre without a number, and for one without a precision where none is typed.
    pub fn of(centre: &Centre, typed: Option<Precision>) -> Result<Self> {
        let what = format!("--target {}", centre.name);
        let wanted = |stage: &&Stage| match (stated(stage), typed) {
            (Some(stated), Some(typed)) => stated == typed,
            _ => true,
        };
        let printed = centre.compute.as_deref().unwrap_or("nothing");
        let Some(stage) = centre.stages.iter().rev().find(wanted) else {
            let why = format!("the report prints {printed} for it: no number of that precision");
            let hint = "give a number such as 100P";
            return Err(Error::usage(what, why, hint));
        };
        let Some(precision) = stated(stage).or(typed) else {
            let why = format!("the report prints {printed} for it, without a precision");
            return Err(Error::usage(what, why, "give --precision, such as fp16"));
        };
        let unstated = stated(stage).is_none();
        let unstated =
            unstated.then(|| format!("the report prints {printed}, without a precision"));
        let doubts: Vec<String> = unstated.into_iter().chain(centre.note.clone()).collect();
        Ok(Self {
            pflops: stage.pflops,
            precision,
            centre: Some(format!("{} {}", centre.name, stage.label).trim().into()),
            doubt: (!doubts.is_empty()).then(|| doubts.join("; ")),
        })
    }
}

fn stated(stage: &Stage) -> Option<Precision> {
    let text = stage.precision.as_deref()?.to_lowercase();
    Precision::ALL.into_iter().find(|one| one.word() == text)
}

impl Plan {
    /// The plan for `target` in cards of `chip`.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where no number of that precision is known of the chip.
    pub fn new(target: Target, chip: &Chip, assumptions: Assumptions) -> Result<Self> {
        Self::beside(target, chip, assumptions, &[])
    }

    /// The same, with what was `measured` of the chip: of those in the target's precision each is a line.
    ///
    /// # Errors
    ///
    /// Those of [`Plan::new`].
    pub fn beside(
        target: Target,
        chip: &Chip,
        assumptions: Assumptions,
        measured: &[Figure],
    ) -> Result<Self> {
        let card_watts = watts(chip);
        let mut numbers = numbers(chip, target.precision);
        let format = Some(target.precision.format());
        let own = measured.iter().filter(|one| {
            let kind = &one.kind;
            kind.metric == Metric::Rate && kind.storage == format && kind.arithmetic == format
        });
        numbers.extend(own.map(|figure| Number {
            kind: Some(figure.kind),
            presumed: None,
            figure: figure.clone(),
        }));
        if numbers.is_empty() {
            return Err(Error::usage(
                format!("--chip {}", chip.name),
                format!("no {} rate of it is known", target.precision.word()),
                format!("see what is: suanli chips '{}'", chip.name),
            ));
        }
        let line = |number: Number| line(number, &target, card_watts, &assumptions);
        Ok(Self {
            lines: numbers.into_iter().map(line).collect(),
            chip: chip.name.clone(),
            product: chip.product.clone(),
            card_watts,
            target,
            assumptions,
        })
    }
}

/// A number that the chip is sold by.
struct Number {
    figure: Figure,
    kind: Option<Kind>,
    presumed: Option<Kind>,
}

/// The printed number first, then the official ones, each kind and value once.
fn numbers(chip: &Chip, precision: Precision) -> Vec<Number> {
    let cells = precision.properties().iter();
    let cells: Vec<&Cell> = cells.filter_map(|one| chip.cell(*one)).collect();
    let printed = cells.iter().filter_map(|cell| {
        Some(Number {
            figure: Figure {
                basis: Basis::Printed,
                ..cell.figure()?
            },
            kind: cell.kind,
            presumed: cell.presumed,
        })
    });
    let official = cells.iter().flat_map(|cell| &cell.official);
    let official = official.filter_map(|official: &Official| {
        Some(Number {
            figure: official.figure()?,
            kind: official.kind,
            presumed: official.presumed,
        })
    });
    let mut numbers: Vec<Number> = Vec::new();
    for number in printed.chain(official) {
        let known = |other: &Number| {
            let (a, b) = (&other.figure, &number.figure);
            (a.value, a.kind, a.basis) == (b.value, b.kind, b.basis)
        };
        if !numbers.iter().any(known) {
            numbers.push(number);
        }
    }
    numbers
}

/// The rated power, where the known ones agree.
fn watts(chip: &Chip) -> Option<f64> {
    let cell = chip.cell(Property::Power)?;
    let mut values = cell.official.iter().filter_map(|official| official.value);
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

fn line(
    number: Number,
    target: &Target,
    card_watts: Option<f64>,
    assumptions: &Assumptions,
) -> Line {
    let rate = number.figure.value;
    let cards = (target.pflops * 1e3 / rate).ceil();
    // Rated power and price are a card's: they say nothing of a number that is another amount of hardware's.
    let of_cards = number.figure.kind.scope == Scope::Card;
    let cards_kw = card_watts
        .filter(|_| of_cards)
        .map(|watts| cards * watts * 1e-3);
    let servers_kw = cards_kw.map(|kw| kw * assumptions.host);
    let facility = |pue: &f64| {
        let kw = servers_kw? * pue;
        let kwh = kw * HOURS * assumptions.load;
        Some(Facility {
            pue: *pue,
            kw,
            kwh,
            cost: assumptions.kwh_price.map(|price| kwh * price),
        })
    };
    Line {
        basis: number.figure.basis,
        source: number.figure.source,
        kind: number.kind,
        presumed: number.presumed,
        rate,
        cards: cards as u64,
        cards_kw,
        servers_kw,
        facility: assumptions.pue.iter().filter_map(facility).collect(),
        cards_cost: assumptions
            .card_price
            .filter(|_| of_cards)
            .map(|price| price * cards),
    }
}

#[cfg(test)]
mod tests;
