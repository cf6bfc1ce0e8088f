//! The search on the scripted device: which tile wins, what is dropped, what is kept.

use std::fs;

use suanli::device::Loaded;
use suanli::error::Result;
use suanli::kernel::Tile;
use suanli::tune::{Choice, Fate, How, Stage, Step, Tuned};

use super::*;

/// A case of `kernel` on a scripted device, tuned by `tuner`; and what the search tried.
fn tuned(
    device: &dyn Device,
    kernel: &str,
    mnk: [u32; 3],
    seed: u64,
    tuner: &mut Tuner,
) -> (Tuned, Vec<(Stage, Tile, Fate)>) {
    let mut selection = selection(&[kernel], &[mnk]);
    selection.seed = seed;
    let case = cases(&selection, device.info()).remove(0);
    let tried = std::cell::RefCell::new(Vec::new());
    let steps = |step: Step<'_>| {
        if let Step::Tried(one) = step {
            let tile = one.case.params.tile.clone().unwrap();
            tried.borrow_mut().push((one.stage, tile, one.fate.clone()));
        }
        Ok(())
    };
    let (tuned, _) = tuner.tuned(device, &case, 1e-3, &steps).unwrap().unwrap();
    (tuned, tried.into_inner())
}

fn fresh(tuning: Tuning) -> Tuner {
    Tuner::new(tuning, Cache::in_memory())
}

fn device(script: &str) -> Simulated {
    Simulated::parse(script).unwrap()
}

const SIZE: [u32; 3] = [128; 3];

#[test]
fn the_search_goes_beyond_the_curated_tiles_to_what_the_device_likes() {
    // From the best curated tile, a step that no curated one has made.
    let kernel = kernels::find("peak/f32").unwrap();
    let curated = kernel.candidates();
    let beyond = curated
        .iter()
        .flat_map(|tile| kernel.space.neighbours(tile))
        .find(|tile| !curated.contains(tile))
        .unwrap();
    let likes = beyond
        .iter()
        .map(|(key, value)| format!("likes@{key}:{value}"));
    let script = likes.collect::<Vec<_>>().join(",");
    let device = device(&script);
    let (tuned, tried) = tuned(&device, "peak/f32", SIZE, 1, &mut fresh(Tuning::Auto));
    assert_eq!(tuned.case.params.tile, Some(beyond));
    assert_eq!(tuned.choice.how, How::Searched);
    assert!(tuned.choice.apart.unwrap() > 0.01, "{:?}", tuned.choice);
    assert_eq!(tuned.candidates as usize, tried.len() - 2);
    let stages = |stage| tried.iter().filter(|(other, ..)| *other == stage).count();
    assert_eq!(stages(Stage::Curated), curated.len());
    assert!(stages(Stage::Neighbour) > 0);
    assert_eq!(stages(Stage::Final), 2);
}

#[test]
fn no_tile_is_tried_twice_before_the_last_two() {
    let device = device("likes@vector:4");
    let (_, tried) = tuned(&device, "peak/f32", SIZE, 1, &mut fresh(Tuning::Auto));
    let mut tiles: Vec<_> = tried
        .iter()
        .filter(|(stage, ..)| *stage != Stage::Final)
        .map(|(_, tile, _)| tile)
        .collect();
    let count = tiles.len();
    tiles.sort();
    tiles.dedup();
    assert_eq!(tiles.len(), count);
}

#[test]
fn a_wrong_tile_is_dropped_and_counted_however_fast_it_is() {
    let liked = device("likes@vector:4");
    let (winner, _) = tuned(&liked, "peak/f32", SIZE, 1, &mut fresh(Tuning::Auto));
    assert_eq!(winner.case.params.tiled("vector"), 4);
    assert_eq!(winner.wrong, None);
    let wrong = device("likes@vector:4,wrong@peak/f32:vector:4");
    let (other, tried) = tuned(&wrong, "peak/f32", SIZE, 1, &mut fresh(Tuning::Auto));
    assert_ne!(other.case.params.tiled("vector"), 4);
    let dropped = tried
        .iter()
        .filter(|(.., fate)| matches!(fate, Fate::Wrong(_)));
    assert_eq!(other.wrong.unwrap().0 as usize, dropped.count());
}

#[test]
fn two_searches_on_a_noisy_device_choose_tiles_within_two_per_cent_of_each_other() {
    let still = device("likes@chains:4,likes@unroll:32,likes@vector:2");
    let noisy = device("likes@chains:4,likes@unroll:32,likes@vector:2,noise=0.005");
    let truth = |tile: &Tile| {
        let mut case = cases(&selection(&["peak/f32"], &[SIZE]), still.info()).remove(0);
        (case.params.workgroups, case.params.trips) = (Some(64), Some(64));
        let case = case.with_tile(tile.clone());
        let seconds = still.load(&case).unwrap().run(1, 1).unwrap().seconds();
        seconds / case.work().operations as f64
    };
    let chosen = |seed| {
        let (tuned, _) = tuned(&noisy, "peak/f32", SIZE, seed, &mut fresh(Tuning::Auto));
        truth(&tuned.case.params.tile.unwrap())
    };
    let costs: Vec<f64> = (0..10).map(chosen).collect();
    let (low, high) = costs.iter().fold((f64::MAX, 0.0_f64), |(low, high), cost| {
        (low.min(*cost), high.max(*cost))
    });
    assert!(high / low < 1.02, "{costs:?}");
}

#[test]
fn a_winner_is_kept_for_its_bucket_device_driver_and_shader() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiles.json");
    let opened = || {
        let (cache, word) = Cache::open(&path);
        assert_eq!(word, None);
        Tuner::new(Tuning::Auto, cache)
    };
    let device = device("likes@bm:32");
    let (first, tried) = tuned(&device, "gemm/f32", SIZE, 1, &mut opened());
    assert!(tried.len() > 2);
    let how = |choice: &Choice| choice.how;
    let (again, tried) = tuned(&device, "gemm/f32", [100, 200, 50], 1, &mut opened());
    assert!(tried.is_empty());
    assert_eq!(how(&again.choice), How::Cached);
    assert_eq!(again.case.params.tile, first.case.params.tile);
    assert_eq!(
        (again.candidates, again.choice.apart),
        (first.candidates, first.choice.apart)
    );
    // Another bucket, another kernel: searched.
    for (kernel, size) in [("gemm/f32", [8, 128, 128]), ("gemm/f16-emulated", SIZE)] {
        let (other, _) = tuned(&device, kernel, size, 1, &mut opened());
        assert_eq!(how(&other.choice), How::Searched, "{kernel}");
    }
    // And all three are in the file together now.
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches("\"space_sha256\"").count(), 3);
    let other_driver = text.replace("\"scripted\"", "\"scripted 2\"");
    fs::write(&path, other_driver).unwrap();
    let (other, _) = tuned(&device, "gemm/f32", SIZE, 1, &mut opened());
    assert_eq!(how(&other.choice), How::Searched);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(
        text.matches("\"space_sha256\"").count(),
        4,
        "the other driver's are kept"
    );
}

#[test]
fn a_corrupt_or_foreign_cache_is_set_aside_with_a_word_and_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiles.json");
    let device = device("");
    for content in [
        "",
        "{",
        "[1]",
        "{\"schema\": 7, \"entries\": []}",
        "{\"a\": 1}",
    ] {
        fs::write(&path, content).unwrap();
        let (cache, word) = Cache::open(&path);
        let word = word.unwrap();
        assert!(
            word.contains("tiles.json") && word.ends_with("searched for again"),
            "{word}"
        );
        let (found, _) = tuned(
            &device,
            "gemm/f32",
            SIZE,
            1,
            &mut Tuner::new(Tuning::Auto, cache),
        );
        assert_eq!(found.choice.how, How::Searched);
        let (cache, word) = Cache::open(&path);
        assert_eq!(word, None, "{content}");
        let (found, _) = tuned(
            &device,
            "gemm/f32",
            SIZE,
            1,
            &mut Tuner::new(Tuning::Auto, cache),
        );
        assert_eq!(found.choice.how, How::Cached);
    }
}

#[test]
fn a_cache_that_can_not_be_written_costs_nothing_but_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    // A file where a folder should be.
    let (cache, _) = Cache::open(&file.join("tiles.json"));
    let device = device("");
    let case = cases(&selection(&["gemm/f32"], &[SIZE]), device.info()).remove(0);
    let words = std::cell::RefCell::new(Vec::new());
    let steps = |step: Step<'_>| {
        if let Step::Note(text) = step {
            words.borrow_mut().push(text.to_owned());
        }
        Ok(())
    };
    let mut tuner = Tuner::new(Tuning::Auto, cache);
    let (found, _) = tuner.tuned(&device, &case, 1e-3, &steps).unwrap().unwrap();
    assert_eq!(found.choice.how, How::Searched);
    let words = words.into_inner();
    assert_eq!(words.len(), 1);
    assert!(words[0].contains("can't be kept"), "{words:?}");
}

#[test]
fn off_takes_the_first_tile_and_force_searches_each_bucket_once() {
    let device = device("likes@bm:32");
    let first = kernels::find("gemm/f32").unwrap().candidates().remove(0);
    let (off, tried) = tuned(&device, "gemm/f32", SIZE, 1, &mut fresh(Tuning::Off));
    assert!(tried.is_empty());
    assert_eq!(
        (off.choice.how, off.case.params.tile),
        (How::Default, Some(first))
    );
    let mut force = fresh(Tuning::Force);
    let how = |tuner: &mut Tuner, size| tuned(&device, "gemm/f32", size, 1, tuner).0.choice.how;
    assert_eq!(how(&mut force, SIZE), How::Searched);
    assert_eq!(how(&mut force, [96; 3]), How::Cached);
    let mut auto = fresh(Tuning::Auto);
    assert_eq!(how(&mut auto, SIZE), How::Searched);
    assert_eq!(how(&mut auto, SIZE), How::Cached);
}

#[test]
fn a_kept_tile_that_does_not_fit_the_size_at_hand_is_no_failure() {
    let device = device("likes@bm:16,likes@bn:64");
    let mut tuner = fresh(Tuning::Auto);
    let (first, _) = tuned(&device, "gemm/f32", [16, 256, 256], 1, &mut tuner);
    assert_eq!(first.choice.how, How::Searched);
    // The grid's columns, or a padded operand, are over a limit with the winner's tile: another has room.
    let wide = [16, 64 * 65_536, 32];
    let (other, _) = tuned(&device, "gemm/f32", wide, 1, &mut tuner);
    assert!(tune::fits(&other.case, device.info()).is_ok());
}

#[test]
fn only_forms_that_could_pack_are_said_not_to() {
    let over_scalar = |kernel| {
        let device = device("matrix");
        tuned(&device, kernel, SIZE, 1, &mut fresh(Tuning::Auto))
            .0
            .choice
            .over_scalar
    };
    assert!(over_scalar("peak/f16").is_some() && over_scalar("gemm/f16").is_some());
    assert_eq!(over_scalar("gemm/f16-matrix"), None);
}

/// A device on which one tile is wrong at large sizes only.
struct WrongWhenLarge {
    device: Simulated,
    bm: u32,
}

struct Spoilt<'a>(Box<dyn Loaded + 'a>);

impl Device for WrongWhenLarge {
    fn info(&self) -> &DeviceInfo {
        self.device.info()
    }

    fn load(&self, case: &Case) -> Result<Box<dyn Loaded + '_>> {
        let loaded = self.device.load(case)?;
        let large = case.params.m > Some(1000);
        Ok(match case.params.tiled("bm") == self.bm && large {
            true => Box::new(Spoilt(loaded)),
            false => loaded,
        })
    }
}

impl Loaded for Spoilt<'_> {
    fn fill(&mut self, inputs: &[suanli::matrix::Words]) -> Result<()> {
        self.0.fill(inputs)
    }

    fn clear(&mut self) -> Result<()> {
        self.0.clear()
    }

    fn run(&mut self, dispatches: u32, bands: u32) -> Result<suanli::device::Timing> {
        self.0.run(dispatches, bands)
    }

    fn output(&mut self) -> Result<suanli::matrix::Words> {
        let mut output = self.0.output()?;
        output[0] ^= 1;
        Ok(output)
    }
}

#[test]
fn a_winner_that_is_wrong_at_the_measured_size_gives_way_to_the_next() {
    let bm = 32;
    let device = WrongWhenLarge {
        device: device(&format!("tflops=0.1,likes@bm:{bm}")),
        bm,
    };
    let small = tuned(&device, "gemm/f32", SIZE, 1, &mut fresh(Tuning::Auto)).0;
    assert_eq!(small.case.params.tiled("bm"), bm);
    let large = tuned(
        &device,
        "gemm/f32",
        [1024, 64, 16],
        1,
        &mut fresh(Tuning::Auto),
    )
    .0;
    assert_ne!(large.case.params.tiled("bm"), bm);
    let (count, Wrong(first)) = large.wrong.unwrap();
    assert!(
        count >= 1 && first.contains(&format!("bm {bm}")),
        "{count}: {first}"
    );
}

#[test]
fn no_submit_comes_near_a_watchdog_however_slow_the_device() {
    for script in [
        "tflops=0.02,gbs=1",
        "tflops=50,gbs=2000",
        "tflops=0.02,gbs=1,no-timestamps",
    ] {
        let device = device(script);
        for kernel in ["gemm/f32", "peak/f32", "memory/copy"] {
            let mut case = cases(&selection(&[kernel], &[[1024; 3]]), device.info()).remove(0);
            case.params.bytes = case.params.bytes.map(|_| 64 << 20);
            let record = measured(&device, &case);
            let longest = record.measured().unwrap().longest_submit_seconds.unwrap();
            assert!(
                longest > 0.0 && longest <= 0.15,
                "{script} {kernel}: {longest}"
            );
        }
    }
    // One row of workgroups, 0.5 s of them.
    let device = device("tflops=0.0001,gbs=1");
    let case = cases(&selection(&["gemm/f32"], &[[8, 2048, 1500]]), device.info()).remove(0);
    let record = measured(&device, &case);
    let measured = record.measured().unwrap();
    let longest = measured.longest_submit_seconds.unwrap();
    assert!(
        longest <= 0.15 && measured.bands > 1,
        "{longest}, {} bands",
        measured.bands
    );
}
