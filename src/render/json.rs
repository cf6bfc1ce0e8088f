//! The sheet, and the chips, as data: full precision, keys as the contract has them.

use serde::Serialize;

use crate::audit::Audit;
use crate::chips::{Centre, Chip};
use crate::convert::Plan;
use crate::sheet::Sheet;

/// The schema of the chips as JSON.
pub const CHIPS_SCHEMA: u64 = 2;

/// The schema of the centres as JSON.
pub const CENTRES_SCHEMA: u64 = 1;

/// The schema of a plan as JSON.
pub const PLAN_SCHEMA: u64 = 1;

/// The sheet, with a final newline.
pub fn sheet(sheet: &Sheet) -> String {
    text(sheet)
}

/// A plan, with a final newline.
pub fn plan(plan: &Plan) -> String {
    #[derive(Serialize)]
    struct Numbered<'a> {
        schema: u64,
        #[serde(flatten)]
        plan: &'a Plan,
    }
    text(&Numbered {
        schema: PLAN_SCHEMA,
        plan,
    })
}

/// An audit, with a final newline.
pub fn audit(audit: &Audit) -> String {
    text(audit)
}

/// The chips, with a final newline.
pub fn chips(chips: &[Chip]) -> String {
    #[derive(Serialize)]
    struct Chips<'a> {
        schema: u64,
        chips: &'a [Chip],
    }
    text(&Chips {
        schema: CHIPS_SCHEMA,
        chips,
    })
}

/// The centres of Table 8, with a final newline.
pub fn centres(centres: &[Centre]) -> String {
    #[derive(Serialize)]
    struct Centres<'a> {
        schema: u64,
        centres: &'a [Centre],
    }
    text(&Centres {
        schema: CENTRES_SCHEMA,
        centres,
    })
}

/// These types have string keys and no failing serialiser; numbers that aren't finite become null.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chips;
    use crate::sheet::fixture;
    use serde_json::{Value, from_str};

    fn keys(value: &Value) -> Vec<&str> {
        let mut keys: Vec<_> = value
            .as_object()
            .unwrap()
            .keys()
            .map(|key| &**key)
            .collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn rows_and_chips_have_the_keys_of_the_contract() {
        let all = chips::all().unwrap();
        let runs = [fixture::sxm5(), fixture::swept()];
        let value: Value = from_str(&sheet(&Sheet::new(&runs, &all))).unwrap();
        assert_eq!(value["schema"], 5);
        for (list, wanted) in [
            (
                "plateaus",
                "device from_bytes mode name reason run sizes to_bytes unit value",
            ),
            (
                "rows",
                "beside data device flags high interval kernel kind low mode outcome over_alone over_random over_sustained params power reason reasons run runs unit value",
            ),
            (
                "chips",
                "attainment chip flags kind measured metric official presumed printed ratio reason unit vendor",
            ),
        ] {
            assert!(!value[list].as_array().unwrap().is_empty(), "{list}");
            for row in value[list].as_array().unwrap() {
                assert_eq!(keys(row).join(" "), wanted);
            }
        }
        let measured = value["chips"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["measured"]);
        let first = measured.filter(|m| !m.is_null()).map(keys).next().unwrap();
        assert_eq!(first.join(" "), "device high kernel low size unit value");
    }

    #[test]
    fn words_are_those_of_the_contract() {
        let all = chips::all().unwrap();
        let value: Value = from_str(&sheet(&Sheet::new(&[fixture::sxm5()], &all))).unwrap();
        let row = &value["rows"][2];
        assert_eq!(row["kernel"], "peak/f32");
        assert_eq!(
            (&row["unit"], &row["interval"]),
            (&"TFLOPS".into(), &"samples".into())
        );
        assert_eq!(
            (&row["outcome"], &row["mode"]),
            (&"measured".into(), &"sustained".into())
        );
        let chip = &value["chips"][1];
        assert_eq!(
            (&chip["chip"], &chip["metric"]),
            (&"H100".into(), &"fp16".into())
        );
        assert_eq!(
            (&chip["printed"], &chip["vendor"]),
            (&"204.9".into(), &"英伟达".into())
        );
        assert_eq!(
            chip["flags"],
            serde_json::json!(["conflict", "unconfirmed"])
        );
    }

    #[test]
    fn the_chips_are_data_too() {
        let value: Value = from_str(&chips(&chips::all().unwrap())).unwrap();
        assert_eq!(value["schema"], CHIPS_SCHEMA);
        let first = &value["chips"][0]["cells"][0];
        assert_eq!(
            (&first["metric"], &first["printed"]),
            (&"fp32".into(), &"51.22".into())
        );
    }
}
