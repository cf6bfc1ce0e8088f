//! What is typed behind `suanli plan`.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::convert::Precision;
use crate::render::Lang;

/// What `suanli plan` takes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  suanli plan --target 100P --precision fp16 --chip A100
  suanli plan --target 宁波 --precision fp16 --chip 'H100 SXM5'   a centre of the report's Table 8
  suanli plan --target 100P --precision fp16 --chip 'H100 SXM5' --measured results/mycard   what was measured beside it
  suanli plan --target 100P --precision fp16 --chip A100 --kwh-price 0.62 --card-price 80000 \\
    --prices '2026-11, tax included'

A line a kind of number: the same chip is sold by its vector rate, by the dense rate of its matrix engine and by the
sparse one, and nobody's P says which is meant.")]
pub struct PlanArgs {
    /// A number of P (10¹⁵ operations a second), or a part of the name of a centre of Table 8
    #[arg(long, allow_negative_numbers = true)]
    pub target: String,
    /// Of which precision the P are; a centre may state its own
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,
    /// Which chip; case and spaces don't matter
    #[arg(long)]
    pub chip: String,
    /// Results files of that chip, or directories with some: what was measured is a line too; may be repeated
    #[arg(long, value_name = "RESULTS")]
    pub measured: Vec<PathBuf>,
    /// What servers draw over what their cards do [default: 1.66, as measured on some]
    #[arg(long, value_name = "TIMES", allow_negative_numbers = true)]
    pub host: Option<f64>,
    /// Power of the facility over that of its servers; may be repeated [default: 1.17 1.3 1.4]
    #[arg(long, value_name = "PUE", allow_negative_numbers = true)]
    pub pue: Vec<f64>,
    /// The share of the year under full load, 0 to 1 [default: 1]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub load: Option<f64>,
    /// What a kWh costs, in any currency
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true)]
    pub kwh_price: Option<f64>,
    /// What a card costs, in the same currency
    #[arg(long, value_name = "MONEY", allow_negative_numbers = true)]
    pub card_price: Option<f64>,
    /// Of when the prices are, and whether tax is in them; printed beside them
    #[arg(long, value_name = "WORDS")]
    pub prices: Option<String>,
    /// zh or en [default: the locale's]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
    /// Further chips, and others in the place of those of the same name; may be repeated
    #[arg(long, value_name = "FILE")]
    pub chips: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

impl ValueEnum for Precision {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word()))
    }
}
