//! Trends, floors, false alarms and baselines.

use super::*;

#[test]
fn a_trend_lists_changes_the_latest_first_with_what_changed_then_and_draws_each_series() {
    let made = fixture::month();
    let document = trend(&made);
    let grid = table(&document, "changes");
    assert_eq!(document.sections[0].title, "2 changes in 2 of 3 series");
    let rows: Vec<[&str; 4]> = grid
        .rows
        .iter()
        .map(|(_, row)| [0, 1, 2, 6].map(|at| &*row[at].text))
        .collect();
    assert_eq!(
        rows,
        [
            ["2026-11-21T08:00:00Z", "memory/copy", "", "+11.1 %"],
            ["2026-11-15T08:00:00Z", "gemm/f32", "4096", "-5.66 %"]
        ]
    );
    let tones: Vec<Tone> = grid.rows.iter().map(|(tone, _)| *tone).collect();
    assert_eq!(tones, [Tone::Plain, Tone::Bad]);
    let said = plain(&document);
    for part in [
        "driver: NVIDIA 580.159.04 → NVIDIA 590.1",
        "slower since the last change: 1 series",
        "│ peak/f32 ┆ 1      ┆ 28   │",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let page = html::document(&document, Lang::En).unwrap();
    assert_eq!(page.matches("<svg").count(), 2);
    for part in ["stretch 2, from 2026-11-15", "days since the first run"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_trend_draws_a_dozen_charts_and_says_how_many_it_leaves_out() {
    let mut made = fixture::month();
    let series = made.series[0].clone();
    made.series = vec![series; 15];
    let document = trend(&made);
    let drawn = document.sections.iter().filter(|one| one.chart.is_some());
    assert_eq!(drawn.count(), 12);
    assert!(plain(&document).contains("charts are drawn of the first 12 series, not of 3 more"));
    made.series.iter_mut().for_each(|one| {
        one.changes.clear();
        one.points.truncate(9);
    });
    let still = trend(&made);
    assert_eq!(still.sections[0].title, "no change in 15 series");
    assert!(plain(&still).contains("Of fewer than 14 runs no change can be proved."));
}

#[test]
fn floors_say_whose_they_are_what_they_rest_on_and_how_long_they_hold() {
    let mut made = fixture::measured_floors();
    let said = plain(&floors(&made));
    for part in [
        "1 floor was measured",
        "│ gemm/f32 ┆ 4096 ┆ 20   ┆ 0.61 %  ┆ 1.43 % │",
        "machine nvidia-h100-80gb-hbm3_unnamed · driver NVIDIA 580.159.04",
        "20 runs, the last of 2026-11-20T08:00:00Z, valid for 30 days, until 2026-12-20T08:00:00Z",
        "spread between days: 1.00 %, assumed (a case's runs are of fewer than 3 days)",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    made.cases[0].day_spread = Some(0.0123);
    made.dated = "yesterday".into();
    let said = plain(&floors(&made));
    assert!(
        said.contains("┆ 1.23 %") && !said.contains("assumed"),
        "{said}"
    );
    assert!(said.contains("the last of yesterday\n"), "{said}");
}

#[test]
fn false_alarms_have_an_exact_bound_and_say_what_would_prove_the_wanted_rate() {
    let said = plain(&false_alarms(&fixture::alarms()));
    for part in [
        "1 of 120 gates went red although nothing differs",
        "│ red gates       ┆ 1     ┆ 120    ┆ 0.83 % ┆ 3.89 %     ┆ 0.50 % │",
        "That is not proved.",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let quiet = |gates| {
        plain(&false_alarms(&FalseAlarms {
            gates,
            ..FalseAlarms::default()
        }))
    };
    let some = quiet(100);
    assert!(
        some.contains("to prove it, 598 gates of which 0 at most are red are needed: 498 more"),
        "{some}"
    );
    assert!(quiet(598).contains("That is proved with 95 % certainty."));
    assert!(quiet(597).contains("are needed: 1 more"));
    assert!(quiet(0).contains("That is not proved."));
}

#[test]
fn baselines_are_listed_by_name_and_older_ones_are_faint() {
    let document = baselines(&fixture::saved());
    let grid = table(&document, "baselines");
    assert_eq!(
        grid.columns,
        ["baseline", "saved", "runs", "state", "folder"]
    );
    assert_eq!(
        grid.rows[0].1[0].text,
        "host_h100/nvidia-580/standard@1/20261126T120000Z"
    );
    let tones: Vec<Tone> = grid.rows.iter().map(|(tone, _)| *tone).collect();
    assert_eq!(tones, [Tone::Plain, Tone::Faint]);
    assert!(plain(&baselines(&[])).contains("suanli baseline save"));
}

#[test]
fn a_trend_says_where_no_floor_holds_any_longer() {
    let mut made = fixture::month();
    let word = "of the series have no floor that holds for their last run";
    for one in &mut made.series {
        (one.floor, one.basis) = (0.0127, Basis::Calibrated);
    }
    let measured = plain(&trend(&made));
    assert!(!measured.contains(word), "{measured}");
    assert!(measured.contains("1.27 % (calibrated)"), "{measured}");
    (made.series[0].floor, made.series[0].basis) = (0.05, Basis::Uncalibrated);
    let assumed = plain(&trend(&made));
    assert!(
        assumed.contains(&format!("uncalibrated: 1 {word}; 5 % is assumed")),
        "{assumed}"
    );
    assert!(assumed.contains("5.00 % (uncalibrated)"), "{assumed}");
}
