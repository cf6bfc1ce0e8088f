//! `suanli plan`: one P in cards, kilowatts and money, under each kind of number.

use std::collections::BTreeMap;

use crate::chips::{self, Chip};
use crate::convert::{Assumptions, Plan, Precision, Target};
use crate::error::{Error, Result};
use crate::figure::Figure;
use crate::kernel::{Mode, Pattern};
use crate::render;
use crate::results::Results;
use crate::sheet::{Row, Sheet};

use super::args::PlanArgs;
use super::loaded::loaded;
use super::terminal;

/// Prints the plan.
///
/// # Errors
///
/// Those of the chip, of the centre, and of numbers that can't be.
pub fn plan(args: &PlanArgs) -> Result<u8> {
    let all = chips::with(&args.chips)?;
    let chip = chips::find(&all, &args.chip)?;
    let target = target(&args.target, args.precision)?;
    let measured = measured(args, &all, chip)?;
    let plan = Plan::beside(target, chip, assumptions(args)?, &measured)?;
    let text = match args.json {
        true => render::json::plan(&plan),
        false => terminal::said(&render::pages::plan(&plan), args.lang),
    };
    terminal::print(&text)?;
    Ok(0)
}

/// What the results that were named hold of this chip: peaks, and sustained products of matrices at their largest size.
fn measured(args: &PlanArgs, all: &[Chip], chip: &Chip) -> Result<Vec<Figure>> {
    if args.measured.is_empty() {
        return Ok(Vec::new());
    }
    let results = loaded(&args.measured)?.into_iter().map(|one| one.results);
    let sheet = Sheet::new(&results.collect::<Vec<Results>>(), all);
    let own = |row: &&Row| {
        let random = row.data.is_none_or(|data| data == Pattern::Random);
        let product = sheet.runs[row.run].product.as_ref();
        product == Some(&chip.name) && row.mode == Mode::Sustained && random
    };
    let mut largest: BTreeMap<&str, &Row> = BTreeMap::new();
    for row in sheet
        .rows
        .iter()
        .filter(own)
        .filter(|row| row.value.is_some())
    {
        let held = largest.entry(&row.kernel).or_insert(row);
        if row.work.operations > held.work.operations {
            *held = row;
        }
    }
    if largest.is_empty() {
        return Err(Error::usage(
            format!("--measured {}", args.measured[0].display()),
            format!(
                "nothing was measured on a device that is this chip, {}",
                chip.name
            ),
            "`suanli report` says which product a device is",
        ));
    }
    Ok(largest.values().filter_map(|row| row.figure()).collect())
}

/// A number of P, or a centre of Table 8.
fn target(typed: &str, precision: Option<Precision>) -> Result<Target> {
    let number = typed
        .trim()
        .trim_end_matches(['p', 'P'])
        .trim()
        .replace(',', "");
    let Ok(pflops) = number.parse::<f64>() else {
        return Target::of(&chips::centre(typed)?, precision);
    };
    let what = format!("--target {typed}");
    // A thousand times all that the report counts in the world.
    if !(pflops > 0.0 && pflops <= 1e9) {
        return Err(Error::usage(
            what,
            "is no amount of P",
            "give one such as 100P",
        ));
    }
    let Some(precision) = precision else {
        let why = "a P is no quantity without a precision";
        return Err(Error::usage(what, why, "give --precision, such as fp16"));
    };
    Ok(Target {
        pflops,
        precision,
        centre: None,
        doubt: None,
    })
}

fn assumptions(args: &PlanArgs) -> Result<Assumptions> {
    let usual = Assumptions::default();
    let checked = |option: &str, value: f64, least: f64, most: f64| match value {
        value if value >= least && value <= most => Ok(value),
        _ => Err(Error::usage(
            format!("{option} {value}"),
            format!("is not between {least} and {most}"),
            format!("see suanli plan --help for {option}"),
        )),
    };
    let price = |option: &str, value: Option<f64>| {
        let check = |value| checked(option, value, 0.0, 1e12);
        value.map(check).transpose()
    };
    let pue = match args.pue.is_empty() {
        true => usual.pue,
        false => args.pue.clone(),
    };
    for one in &pue {
        checked("--pue", *one, 1.0, 5.0)?;
    }
    Ok(Assumptions {
        host: checked("--host", args.host.unwrap_or(usual.host), 1.0, 10.0)?,
        pue,
        load: checked("--load", args.load.unwrap_or(usual.load), 0.0, 1.0)?,
        kwh_price: price("--kwh-price", args.kwh_price)?,
        card_price: price("--card-price", args.card_price)?,
        prices: args.prices.clone(),
    })
}
