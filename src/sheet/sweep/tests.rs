//! Curves made by hand, and curves made of known levels.

use proptest::prelude::*;

use super::*;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// Powers of two from 16 KiB, one a rate.
fn doubling(rates: &[f64]) -> Vec<(u64, f64)> {
    let sizes = (0..).map(|step| (16 * KIB) << step);
    sizes.zip(rates.iter().copied()).collect()
}

/// Name, from, to and rate, as a person would write them.
fn found(points: &[(u64, f64)]) -> Vec<(Option<String>, u64, u64, f64)> {
    let level = |level: Level| (level.name, level.from_bytes, level.to_bytes, level.value);
    levels(points).into_iter().map(level).collect()
}

fn named(name: &str, from: u64, to: u64, value: f64) -> (Option<String>, u64, u64, f64) {
    (Some(name.into()), from, to, value)
}

#[test]
fn an_h100_has_two_caches_and_the_memory() {
    let points = doubling(&[
        24_000.0, 25_000.0, 25_100.0, 24_800.0, 14_000.0, 5_600.0, 5_700.0, 5_700.0, 5_650.0,
        5_600.0, 5_500.0, 4_200.0, 3_400.0, 3_050.0, 3_040.0, 3_040.0,
    ]);
    assert_eq!(
        found(&points),
        [
            named("L1", 16 * KIB, 128 * KIB, 24_900.0),
            named("L2", 512 * KIB, 16 * MIB, 5_625.0),
            named("DRAM", 64 * MIB, 512 * MIB, 3_045.0),
        ]
    );
}

#[test]
fn powers_of_four_are_enough_for_an_h100() {
    let rates = [
        24_000.0, 25_000.0, 14_000.0, 5_700.0, 5_650.0, 5_500.0, 3_400.0, 3_040.0,
    ];
    let mut points: Vec<_> = (0..)
        .map(|step| (16 * KIB) << (2 * step))
        .zip(rates)
        .collect();
    points.push((512 * MIB, 3_040.0));
    let names: Vec<_> = levels(&points)
        .into_iter()
        .map(|level| level.name.unwrap())
        .collect();
    assert_eq!(names, ["L1", "L2", "DRAM"]);
}

#[test]
fn a_radeon_with_an_infinity_cache_has_more_levels() {
    let points = doubling(&[
        20_000.0, 19_500.0, 9_000.0, 8_800.0, 8_900.0, 5_000.0, 5_100.0, 4_900.0, 4_900.0, 2_900.0,
        2_800.0, 2_850.0, 2_700.0, 1_500.0, 870.0, 860.0,
    ]);
    let names: Vec<_> = levels(&points)
        .into_iter()
        .map(|level| level.name.unwrap())
        .collect();
    assert_eq!(names, ["L1", "L2", "L3", "L4", "DRAM"]);
}

#[test]
fn a_flat_curve_names_nothing_and_says_why() {
    let all = levels(&doubling(&[50.0; 16]));
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].name.as_ref(), all[0].reason),
        (None, Some(ONE_RATE))
    );
    assert_eq!((all[0].from_bytes, all[0].to_bytes), (16 * KIB, 512 * MIB));
}

#[test]
fn a_sweep_that_ends_early_does_not_call_its_end_the_memory() {
    let all = levels(&doubling(&[400.0, 410.0, 405.0, 100.0, 101.0, 99.0]));
    assert_eq!(all[0].name.as_deref(), Some("L1"));
    assert_eq!(
        (all[1].name.as_ref(), all[1].reason),
        (None, Some(NOT_BEYOND))
    );
}

#[test]
fn a_sweep_that_starts_late_does_not_count_its_caches() {
    let points: Vec<_> = [(2, 500.0), (4, 500.0), (256, 100.0), (512, 100.0)]
        .map(|(size, rate)| (size * MIB, rate))
        .into();
    let all = levels(&points);
    assert_eq!((all[0].name.as_ref(), all[0].reason), (None, Some(LATE)));
    assert_eq!(all[1].name.as_deref(), Some("DRAM"));
}

#[test]
fn two_points_are_two_sizes_and_no_plateau() {
    let apart = levels(&[(512 * MIB, 10.0), (16 * KIB, 100.0)]);
    let reasons: Vec<_> = apart
        .iter()
        .map(|level| (level.name.clone(), level.reason))
        .collect();
    assert_eq!(reasons, vec![(None, Some(ONE_SIZE)); 2]);
    let same = levels(&[(16 * KIB, 100.0), (512 * MIB, 101.0)]);
    assert_eq!((same.len(), same[0].reason), (1, Some(ONE_RATE)));
    // One size says nothing of levels.
    assert_eq!(levels(&[(16 * KIB, 100.0)]), []);
    assert_eq!(levels(&[]), []);
}

#[test]
fn a_first_size_by_itself_is_one_level_before_the_next() {
    let all = levels(&doubling(&[900.0, 300.0, 300.0, 300.0, 100.0, 100.0]));
    assert_eq!(
        (all[0].name.as_ref(), all[0].reason),
        (None, Some(ONE_SIZE))
    );
    assert_eq!(all[1].name.as_deref(), Some("L2"));
}

#[test]
fn small_sets_that_are_slower_are_no_cache_of_their_own() {
    let rising = [200.0, 210.0, 400.0, 410.0, 405.0, 100.0, 100.0];
    let all = levels(&doubling(&rising));
    assert_eq!((all[0].name.as_ref(), all[0].reason), (None, Some(RISES)));
    assert_eq!(all[1].name.as_deref(), Some("L1"));
}

#[test]
fn one_disturbed_size_does_not_cut_a_plateau() {
    let mut rates = [500.0; 8].to_vec();
    rates.extend([100.0; 8]);
    rates[3] = 320.0;
    assert_eq!(
        found(&doubling(&rates)),
        [
            named("L1", 16 * KIB, 2 * MIB, 500.0),
            named("DRAM", 4 * MIB, 512 * MIB, 100.0),
        ]
    );
}

#[test]
fn a_slope_is_no_plateau() {
    // Each step 30 % below the one before.
    let rates: Vec<f64> = (0..16).map(|step| 1000.0 * 0.7_f64.powi(step)).collect();
    let all = levels(&doubling(&rates));
    assert!(all.iter().all(|level| level.name.is_none()), "{all:?}");
}

#[test]
fn a_size_measured_several_times_counts_once_by_its_median() {
    let mut points = doubling(&[500.0, 500.0, 100.0, 100.0]);
    points.extend([(16 * KIB, 1.0), (16 * KIB, 501.0)]);
    let all = levels(&points);
    assert_eq!((all[0].sizes, all[0].value), (2, 500.0));
}

/// Levels as (sizes on it, rate ÷ the next level's), with an edge behind each or not.
fn curves() -> impl Strategy<Value = Vec<(usize, f64, bool)>> {
    prop::collection::vec((2usize..6, 2.2..8.0f64, any::<bool>()), 1..4)
}

proptest! {
    #[test]
    fn known_levels_are_found_through_noise(curve in curves(), noise in prop::collection::vec(0.96..1.04f64, 32)) {
        let mut rates = Vec::new();
        let mut ranges = Vec::new();
        let mut rate = 30_000.0;
        for (number, (count, fall, edge)) in curve.iter().enumerate() {
            ranges.push((rates.len(), rates.len() + count - 1));
            rates.extend(std::iter::repeat_n(rate, *count));
            let next = rate / fall;
            if *edge && number + 1 < curve.len() {
                rates.push(f64::sqrt(rate * next));
            }
            rate = next;
        }
        let noisy: Vec<_> = rates.iter().zip(noise).map(|(rate, noise)| rate * noise).collect();
        let points = doubling(&noisy);
        let all = levels(&points);
        let size = |at: usize| points[at].0;
        let found: Vec<_> = all.iter().map(|level| (level.from_bytes, level.to_bytes)).collect();
        let known: Vec<_> = ranges.iter().map(|(from, to)| (size(*from), size(*to))).collect();
        prop_assert_eq!(found, known);
        for (number, level) in all.iter().enumerate().take(all.len() - 1) {
            let wanted = format!("L{}", number + 1);
            prop_assert_eq!(level.name.as_deref(), Some(wanted.as_str()));
        }
        let last = all.last().unwrap();
        let memory = last.to_bytes >= BEYOND_CACHES && all.len() > 1;
        prop_assert_eq!(last.name.as_deref(), memory.then_some("DRAM"));
    }

    #[test]
    fn any_curve_gives_levels_in_order_that_have_a_name_or_a_reason(
        rates in prop::collection::vec(0.0..1e5f64, 0..20),
    ) {
        let points = doubling(&rates);
        let all = levels(&points);
        for pair in all.windows(2) {
            prop_assert!(pair[0].to_bytes < pair[1].from_bytes);
        }
        for level in &all {
            prop_assert!(level.from_bytes <= level.to_bytes && level.value > 0.0);
            prop_assert_eq!(level.name.is_some(), level.reason.is_none());
        }
    }
}
