//! References against the steps they stand for, and every sound tile against its own rules.

use super::*;
use crate::kernel::Input;
use crate::kernel::Mode;

/// The kernel's case at `bytes` and `trips` with a tile of its space.
fn case(kernel: &'static Kernel, bytes: u64, trips: u32, tile: &Tile) -> Case {
    let mut params = Params::new(Mode::Burst);
    (params.bytes, params.trips, params.workgroups) = (Some(bytes), Some(trips), Some(2));
    Case::new(kernel, params, 7).with_tile(tile.clone())
}

fn inputs(case: &Case) -> Vec<Words> {
    (case.kernel.inputs)(case, Input::Exact)
}

/// The curated tiles, and all sound ones two steps around the first.
fn tiles_of(kernel: &Kernel) -> Vec<Tile> {
    let mut tiles = kernel.candidates();
    let near = kernel.space.neighbours(&tiles[0]);
    let further: Vec<_> = near
        .iter()
        .flat_map(|tile| kernel.space.neighbours(tile))
        .collect();
    tiles.extend(near.into_iter().chain(further));
    tiles.sort();
    tiles.dedup();
    tiles
}

#[test]
fn every_curated_tile_is_sound_and_lies_on_the_axes() {
    for kernel in [&COPY, &READ, &WRITE, &TRIAD, &SWEEP, &WORKGROUP] {
        for tile in kernel.candidates() {
            assert!((kernel.space.sound)(&tile), "{} {tile:?}", kernel.name);
            for (key, values) in kernel.space.axes {
                assert!(values.contains(&tile[*key]), "{} {tile:?}", kernel.name);
            }
        }
        assert!(kernel.candidates().len() >= 8, "{}", kernel.name);
        assert!(!(kernel.space.sound)(&Tile::new()), "{}", kernel.name);
    }
}

#[test]
fn a_gib_keeps_memory_of_3_35_tb_a_second_busy_for_a_millisecond() {
    for kernel in [&COPY, &READ, &WRITE, &TRIAD] {
        let longest = kernel.candidates().into_iter().map(|tile| {
            let case = case(kernel, 1 << 30, 1, &tile);
            case.work().bytes as f64 / 3.35e12
        });
        assert!(longest.fold(0.0, f64::max) >= 1e-3, "{}", kernel.name);
    }
}

#[test]
fn sums_of_a_sweep_are_those_of_its_steps() {
    for [threads, per, groups] in [[256, 4, 16], [128, 1, 8], [256, 2, 24]] {
        let tile = tiles(["threads", "per", "groups"], &[[threads, per, groups]]).remove(0);
        for (bytes, trips) in [
            (0, 1),
            (16 << 10, 7),
            (80 << 10, 3),
            (80 << 10, 5),
            (96 << 10, 61),
        ] {
            let case = case(&SWEEP, bytes, trips, &tile);
            let inputs = inputs(&case);
            let truth = sweep::step_by_step(&case, &inputs[0]);
            let reference = (SWEEP.reference)(&case, &inputs);
            assert!(reference == truth, "{bytes} {trips} {tile:?}");
        }
    }
}

#[test]
fn what_workgroups_draw_is_all_over_the_set_and_follows_no_other() {
    for runs in [1, 3, 64, 1000, 65_536] {
        let draws: Vec<Vec<_>> = (0..864)
            .map(|p| sweep::drawn(p, runs).take(400).collect())
            .collect();
        let mut hits = vec![0u32; 16];
        for draw in draws.iter().flatten() {
            assert!(*draw < runs as usize);
            hits[draw * 16 / runs as usize] += 1;
        }
        if runs < 64 {
            continue;
        }
        // Each sixteenth of the set gets its share.
        let even = 864 * 400 / 16;
        assert!(
            hits.iter().all(|hits| hits.abs_diff(even) < even / 10),
            "{runs}: {hits:?}"
        );
        // At no distance does one go where another went more often than by chance, a run for sure and some more.
        for lag in 0..4 {
            for pair in draws.windows(2) {
                let same = pair[0].iter().skip(lag).zip(&pair[1]);
                let same = same.filter(|(one, other)| one == other).count();
                assert!(same <= 400 / 16, "{runs}: {same} of 400, {lag} later");
            }
        }
    }
}

#[test]
fn sums_of_workgroup_memory_are_those_of_its_steps() {
    for tile in tiles_of(&WORKGROUP) {
        for trips in [1, 2, 255, 256, 1000] {
            let case = case(&WORKGROUP, 0, trips, &tile);
            let inputs = inputs(&case);
            let truth = workgroup::step_by_step(&case, &inputs[0]);
            assert!(
                (WORKGROUP.reference)(&case, &inputs) == truth,
                "{trips} {tile:?}"
            );
        }
    }
}

#[test]
fn one_trip_more_is_another_answer() {
    for kernel in [&SWEEP, &WORKGROUP] {
        let tile = kernel.candidates().remove(0);
        // So many trips that all rounds are whole.
        let answer = |trips| {
            let case = case(kernel, 64 << 10, trips, &tile);
            (kernel.reference)(&case, &inputs(&case))
        };
        assert!(answer(2048) != answer(2049), "{}", kernel.name);
        assert!(answer(2048) != answer(4096), "{}", kernel.name);
    }
}

#[test]
fn a_read_folds_each_threads_words_wherever_they_lie() {
    for tile in tiles_of(&READ) {
        let case = case(&READ, 1 << 20, 1, &tile);
        let words = &inputs(&case)[0];
        let [threads, per] = ["threads", "per"].map(|key| tile[key] as usize);
        let output = (READ.reference)(&case, std::slice::from_ref(words));
        assert_eq!(output.len() * per * 4, words.len());
        for at in [0, threads - 1, threads, output.len() - 1] {
            let (group, thread) = (at / threads, at % threads);
            let mut fold = [0u32; 4];
            for item in 0..per {
                let vector = match tile["strided"] {
                    1 => item * output.len() + at,
                    _ => (group * per + item) * threads + thread,
                };
                for (lane, fold) in fold.iter_mut().enumerate() {
                    *fold = fold.wrapping_mul(31).wrapping_add(words[vector * 4 + lane]);
                }
            }
            assert_eq!(output[at], weighed(&fold), "{tile:?} {at}");
        }
    }
}

#[test]
fn a_buffer_of_many_pieces_has_the_words_of_a_serial_draw() {
    use rand_chacha::rand_core::Rng;
    let bytes = (9 << 20) + 4;
    let mut serial = vec![0u32; bytes / 4];
    operands::stream(7, 3).fill_bytes(bytemuck::cast_slice_mut(&mut serial));
    let words = operands::words(bytes as u64, Input::Exact, operands::stream(7, 3));
    assert!(words == serial);
}
